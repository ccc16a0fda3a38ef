/*
 * bench.h - what a piece of work costs, in CPU time of this process
 *
 * A case does its work `n` times. It runs until it took a tenth of a second,
 * three times over; the best round counts, since the others only add what the
 * machine did besides.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/clock.h"

typedef void(bench_case_h)(size_t n, void *arg);

/* Keeps the compiler from dropping work whose result nobody uses. */
#define BENCH_USE(p) __asm__ volatile("" : : "r"(p) : "memory")

/* Nanoseconds for one piece of work. */
static inline double bench_ns(bench_case_h *work, void *arg)
{
	double ns, best;
	int64_t start_us, took_us = 0;
	size_t n = 1;
	int round;

	while (took_us < 100000) {
		n *= 2;
		start_us = clock_cpu_us();
		work(n, arg);
		took_us = clock_cpu_us() - start_us;
	}
	best = (double)took_us * 1000 / (double)n;
	for (round = 1; round < 3; round++) {
		start_us = clock_cpu_us();
		work(n, arg);
		ns = (double)(clock_cpu_us() - start_us) * 1000 / (double)n;
		best = ns < best ? ns : best;
	}
	return best;
}

static inline void bench_head(const char *what)
{
	printf("%-36s %12s %12s %8s\n", what, "ns each", "each / s", "ratio");
}

/* One row; `base_ns` is what the ratio is taken of, 0 for none. Returns the
 * time, to be the base of rows below. */
static inline double bench_row(const char *name, double base_ns,
			       bench_case_h *work, void *arg)
{
	double ns = bench_ns(work, arg);

	printf("%-36s %12.1f %12.0f", name, ns, 1e9 / ns);
	if (base_ns > 0)
		printf(" %8.2f", ns / base_ns);
	putchar('\n');
	return ns;
}

#endif
