/* Verbs at any moment, in any order: whatever a user asks, no recording is
 * left open and none stops without having started. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/rng.h"
#include "scenario/load.h"
#include "world/world.h"

static const char *const recorders[] = {
	"{name: a}",
	"{name: a, wait: 700ms}",
	"{name: a, ring: 100ms, wait: 2s}",
	"{name: a, refuse: 486}",
	"{name: a, answer: inactive}",
	"{name: a, bye_after: 600ms}",
	"{name: a, die_after: 600ms}",
	"{name: a, mangle: no-sdp}",
	"{name: a, mangle: one-media}",
	"{name: a, mangle: garbage}",
};

/* The first four are answered, so that a party may say bye. */
static const char *const calls[] = {
	"{answer: 300ms, end: 2s}",
	"{ring: 100ms, early_media: 200ms, answer: 500ms, end: 2s}",
	"{answer: 300ms, end: 2s, ended_by: callee}",
	"{answer: 300ms, end: 2s, offer: late}",
	"{ring: 100ms, cancel: 900ms}",
	"{reject: 486, answer: 400ms}",
};
enum { ANSWERED = 4 };

/* The last ones only where something kills the recorder. */
static const char *const verbs[] = {
	"start: recording",
	"pause: recording",
	"resume: recording",
	"stop: recording",
	"hold: callee",
	"unhold: callee",
	"mute: caller, by: update",
	"unmute: caller",
	"reinvite: caller, codec: PCMA",
	"reinvite: callee, port: new, by: update",
	"reinvite: callee, offer: none",
	"kill: a",
	"revive: a",
};
enum { MORTAL = 2 };

#define PICK(r, list) (list)[rng_below(r, sizeof(list) / sizeof((list)[0]))]

static void write_scenario(struct buf *b, uint64_t seed)
{
	struct rng r;
	uint32_t call, i, n, n_verbs = sizeof(verbs) / sizeof(verbs[0]);

	rng_init(&r, seed);
	buf_addf(b, "name: storm %u\n", (unsigned)seed);
	call = rng_below(&r, sizeof(calls) / sizeof(calls[0]));
	buf_addf(b, "call: %s\n", calls[call]);
	buf_addf(b, "srs: [%s, {name: b}]\n", PICK(&r, recorders));
	buf_add_str(b, "src: {answer_within: 3s}\n");
	buf_add_str(b, "timeline:\n");
	if (seed % 2)
		n_verbs -= MORTAL;
	else
		buf_addf(b, "  - {at: %ums, kill: a}\n", rng_below(&r, 2500));
	if (call < ANSWERED && seed % 3 == 0)
		buf_addf(b, "  - {at: %ums, bye: %s}\n",
			 600 + rng_below(&r, 1300),
			 seed % 2 ? "caller" : "callee");
	n = 1 + rng_below(&r, 6);
	for (i = 0; i < n; i++)
		buf_addf(b, "  - {at: %ums, %s}\n", rng_below(&r, 2500),
			 verbs[rng_below(&r, n_verbs)]);
}

static void check_trace(const struct trace *t, uint64_t seed)
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
	for (i = 0; i < trace_n_attempts(t); i++)
		if (!trace_attempt_at(t, i)->result)
			fail_msg("seed %u: an attempt is still open",
				 (unsigned)seed);
	for (i = 0; i < trace_n_notes(t); i++)
		if (strstr(trace_note_at(t, i)->text, "never came to its end"))
			fail_msg("seed %u: never came to rest", (unsigned)seed);
}

static void storm(uint64_t seed)
{
	struct world_conf conf = {.clock = SCN_CLOCK_VIRTUAL, .seed = seed};
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;
	struct buf text;

	causes_init(&causes);
	buf_init(&text, 4096);
	write_scenario(&text, seed);
	if (scn_load_text(&set, "storm.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		fail_msg("seed %u: %s\n%s", (unsigned)seed, causes.at[0].text,
			 text.p);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("seed %u: %s", (unsigned)seed, e.text);
	check_trace(r.trace, seed);
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
