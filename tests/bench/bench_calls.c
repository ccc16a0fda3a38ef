/*
 * Recorded calls in a row on the virtual clock, each with verbs of chance at
 * moments of chance: the memory of the process stays as it was after the first
 * thousand, and nothing is left open.
 *
 *   bench_calls [CALLS [SRC]]
 *
 * runs until CALLS (10000) were recorded; SRC is more for `src`, such as
 * "profile: opensips". Prints NAME=VALUE lines for the script; 1 when something
 * was left.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "core/clock.h"
#include "scenario/load.h"
#include "world/world.h"
#include "../unit/storm.h"

enum { CALLS = 10000, WARM = 1000 };

static void stop_at(uint64_t seed, const char *why)
{
	fprintf(stderr, "call %u: %s\n", (unsigned)seed, why);
	exit(1);
}

static size_t total(const struct world_left *left)
{
	return left->timers + left->transactions + left->dialogs + left->flows +
	       left->descriptors;
}

static void add_left(struct world_left *sum, const struct world_left *one)
{
	sum->timers += one->timers;
	sum->transactions += one->transactions;
	sum->dialogs += one->dialogs;
	sum->flows += one->flows;
	sum->descriptors += one->descriptors;
}

static bool was_recorded(const struct trace *t)
{
	size_t i;

	for (i = 0; i < trace_n_events(t); i++)
		if (strcmp(trace_event_at(t, i)->kind, "start") == 0)
			return true;
	return false;
}

/* True when it was recorded, by whom and for how long ever. */
static bool one_call(uint64_t seed, const char *src, struct world_left *left)
{
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL, .seed = seed, .leaks = true};
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;
	struct buf text;
	bool recorded;

	causes_init(&causes);
	buf_init(&text, 4096);
	storm_write(&text, seed, src);
	if (scn_load_text(&set, "call.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		stop_at(seed, causes.at[0].text);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		stop_at(seed, e.text);
	if (total(&r.left))
		fprintf(stderr, "call %u left something:\n%s", (unsigned)seed,
			buf_str(&text));
	add_left(left, &r.left);
	recorded = was_recorded(r.trace);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
	buf_fini(&text);
	return recorded;
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

static void tell_left(const struct world_left *left)
{
	printf("left_timers=%zu\nleft_transactions=%zu\nleft_dialogs=%zu\n"
	       "left_flows=%zu\nleft_descriptors=%zu\n",
	       left->timers, left->transactions, left->dialogs, left->flows,
	       left->descriptors);
}

int main(int argc, char **argv)
{
	uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : CALLS;
	uint64_t seed = 0, recorded = 0;
	struct world_left left = {.timers = 0};
	int64_t begin_us = clock_cpu_us();
	long warm = 0;

	while (recorded < n) {
		if (!one_call(++seed, argc > 2 ? argv[2] : "", &left))
			continue;
		if (++recorded == WARM)
			warm = resident_kb();
	}
	printf("calls=%u\nrecorded=%u\ncall_ms=%.2f\n", (unsigned)seed,
	       (unsigned)recorded,
	       (double)(clock_cpu_us() - begin_us) / 1e3 / (double)seed);
	printf("warm_kb=%ld\nend_kb=%ld\n", warm, resident_kb());
	tell_left(&left);
	return total(&left) ? 1 : 0;
}
