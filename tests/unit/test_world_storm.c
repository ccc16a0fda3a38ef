/* Verbs at any moment, in any order: whatever a user asks comes to something, no
 * recording is left open and none stops without having started. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "scenario/load.h"
#include "world/world.h"
#include "storm.h"

/* What changes who sends a request when. */
static const struct {
	const char *src;
	bool pairs; /* each start has its stop */
} settings[] = {
	{"", true},
	{"on_loss: failover", true},
	{"start: answer, headers_on: all", true},
	{"session_expires: 90s", true},
	{"profile: opensips", false},
};

static void check_pairs(const struct trace *t, uint64_t seed)
{
	int open = 0;
	size_t i;

	for (i = 0; i < trace_n_events(t); i++) {
		const char *kind = trace_event_at(t, i)->kind;

		if (strcmp(kind, "start") == 0)
			open++;
		if (strcmp(kind, "stop") == 0)
			open--;
		if (open < 0 || open > 1)
			fail_msg("seed %u: start and stop do not pair",
				 (unsigned)seed);
	}
	if (open)
		fail_msg("seed %u: a recording never stopped", (unsigned)seed);
}

static void check_trace(const struct trace *t, uint64_t seed)
{
	size_t i;

	for (i = 0; i < trace_n_steps(t); i++)
		if (!trace_step_at(t, i)->result)
			fail_msg("seed %u: a verb came to nothing",
				 (unsigned)seed);
	for (i = 0; i < trace_n_attempts(t); i++)
		if (!trace_attempt_at(t, i)->result)
			fail_msg("seed %u: an attempt is still open",
				 (unsigned)seed);
	for (i = 0; i < trace_n_notes(t); i++)
		if (strstr(trace_note_at(t, i)->text, "never came to its end"))
			fail_msg("seed %u: never came to rest", (unsigned)seed);
}

static void check_left(const struct world_left *left, uint64_t seed)
{
	size_t n = left->timers + left->transactions + left->dialogs +
		   left->flows + left->descriptors;

	if (n)
		fail_msg("seed %u: %zu things left open", (unsigned)seed, n);
}

static void storm(uint64_t seed)
{
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL, .seed = seed, .leaks = true};
	/* apart from what the seed's remainders decide */
	size_t n = seed / 6 % (sizeof(settings) / sizeof(settings[0]));
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;
	struct buf text;

	causes_init(&causes);
	buf_init(&text, 4096);
	storm_write(&text, seed, settings[n].src);
	if (scn_load_text(&set, "storm.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		fail_msg("seed %u: %s\n%s", (unsigned)seed, causes.at[0].text,
			 text.p);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("seed %u: %s", (unsigned)seed, e.text);
	check_trace(r.trace, seed);
	if (settings[n].pairs)
		check_pairs(r.trace, seed);
	check_left(&r.left, seed);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
	buf_fini(&text);
}

static void test_storm_of_verbs(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 400; seed++)
		storm(seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm_of_verbs),
	};

	if (argc > 1) {
		storm(strtoull(argv[1], NULL, 10));
		return 0;
	}
	return cmocka_run_group_tests_name("world_storm", tests, NULL, NULL);
}
