/* 10,000 recorded calls in a row on the virtual clock, each with verbs of
 * chance at moments of chance: the memory of the process stays as it was
 * after the first thousand, and nothing is left open. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "core/rng.h"
#include "scenario/load.h"
#include "world/world.h"

enum { CALLS = 10000, WARM = 1000, GROWTH_KB = 512 };

static const char *const recorders[] = {
	"{name: a}",
	"{name: a, wait: 700ms}",
	"{name: a, refuse: 486}",
	"{name: a, answer: inactive}",
	"{name: a, bye_after: 600ms}",
	"{name: a, mangle: one-media}",
	"{name: a, mangle: garbage}",
};
static const char *const calls[] = {
	"{answer: 300ms, end: 2s}",
	"{ring: 100ms, early_media: 200ms, answer: 500ms, end: 2s}",
	"{answer: 300ms, end: 2s, ended_by: callee}",
	"{ring: 100ms, cancel: 900ms}",
	"{reject: 486, answer: 400ms}",
};
static const char *const verbs[] = {"start", "pause", "resume", "stop"};

#define PICK(r, list) (list)[rng_below(r, sizeof(list) / sizeof((list)[0]))]

static void write_scenario(struct buf *b, uint64_t seed)
{
	struct rng r;
	uint32_t i, n;

	rng_init(&r, seed);
	buf_addf(b, "name: call %u\n", (unsigned)seed);
	buf_addf(b, "call: %s\n", PICK(&r, calls));
	buf_addf(b, "srs: [%s, {name: b}]\n", PICK(&r, recorders));
	buf_add_str(b, "src: {answer_within: 3s}\n");
	buf_add_str(b, "timeline:\n");
	n = 1 + rng_below(&r, 6);
	for (i = 0; i < n; i++)
		buf_addf(b, "  - {at: %ums, %s: recording}\n",
			 rng_below(&r, 2500), PICK(&r, verbs));
}

static void stop_at(uint64_t seed, const char *why)
{
	fprintf(stderr, "call %u: %s\n", (unsigned)seed, why);
	exit(1);
}

static void add_left(struct world_left *sum, const struct world_left *one)
{
	sum->timers += one->timers;
	sum->transactions += one->transactions;
	sum->dialogs += one->dialogs;
	sum->flows += one->flows;
	sum->descriptors += one->descriptors;
}

static void one_call(uint64_t seed, struct world_left *left, size_t *recorded)
{
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL, .seed = seed, .leaks = true};
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;
	struct buf text;

	causes_init(&causes);
	buf_init(&text, 4096);
	write_scenario(&text, seed);
	if (scn_load_text(&set, "call.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		stop_at(seed, causes.at[0].text);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		stop_at(seed, e.text);
	add_left(left, &r.left);
	*recorded += trace_n_events(r.trace) > 0;
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
	buf_fini(&text);
}

/* Resident memory of this process in KB. */
static long resident_kb(void)
{
	long pages = 0, resident = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%ld %ld", &pages, &resident) != 2)
		stop_at(0, "no /proc/self/statm");
	fclose(f);
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : CALLS, seed;
	struct world_left left = {.timers = 0};
	int64_t begin_us = clock_cpu_us();
	long before = 0, after;
	size_t recorded = 0, open;

	for (seed = 1; seed <= n; seed++) {
		one_call(seed, &left, &recorded);
		if (seed == WARM)
			before = resident_kb();
	}
	after = resident_kb();
	open = left.timers + left.transactions + left.dialogs + left.flows +
	       left.descriptors;
	printf("%u calls, %zu with events, %.2f ms of CPU each\n", (unsigned)n,
	       recorded, (double)(clock_cpu_us() - begin_us) / 1e3 / (double)n);
	printf("memory after %d calls %ld KB, after %u %ld KB\n", WARM, before,
	       (unsigned)n, after);
	printf("left behind: %zu timers, %zu transactions, %zu dialogs, "
	       "%zu flows, %zu descriptors\n",
	       left.timers, left.transactions, left.dialogs, left.flows,
	       left.descriptors);
	return open || (before && after - before > GROWTH_KB) ? 1 : 0;
}
