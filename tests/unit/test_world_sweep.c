/* One verb at every millisecond of a short call: it comes to something, nothing
 * is left open, and no recording stops more often than it starts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "scenario/load.h"
#include "world/world.h"

#define N(list) (sizeof(list) / sizeof((list)[0]))

/* The checks of a sanitizer cost more than the milliseconds between are worth. */
#ifdef __SANITIZE_ADDRESS__
enum { STEP = 6 };
#else
enum { STEP = 1 };
#endif

/* A call that is answered at 40 ms and ends at 200 ms. Before and after that
 * little happens, so a moment here and there will do. */
enum { ANSWER = 40, OVER = 206, END = 250, COARSE = 6 };

/* The recording's life in it, with everything that can be open when a verb
 * comes. */
static const struct {
	const char *name;
	const char *srs, *src;
	const char *steps; /* besides the verb */
} lives[] = {
	{"rings and thinks", "[{name: a, ring: 10ms, wait: 20ms}]",
	 "start: sdp", ""},
	{"refuses first",
	 "[{name: a, wait: 20ms, refuse: 486}, {name: b, wait: 20ms}]",
	 "start: answer", ""},
	{"thinks about changes, and refuses some",
	 "[{name: a, script: [{when: re-INVITE, wait: 15ms, times: 2},"
	 " {when: re-INVITE, reply: 488}, {when: UPDATE, wait: 15ms},"
	 " {when: UPDATE, reply: 491, times: 9}]}]",
	 "start: sdp",
	 "  - {at: 80ms, pause: recording}\n"
	 "  - {at: 110ms, resume: recording}\n"
	 "  - {at: 140ms, update: recording, by: update}\n"
	 "  - {at: 170ms, pause: recording}\n"},
	{"changes it itself, and hangs up",
	 "[{name: a, script: [{after: 20ms, send: re-INVITE},"
	 " {after: 60ms, send: re-INVITE, offer: none},"
	 " {after: 80ms, send: UPDATE, offer: inactive},"
	 " {after: 100ms, send: BYE}]}, {name: b}]",
	 "on_loss: failover", ""},
	{"does not know the dialog",
	 "[{name: a, script: [{when: re-INVITE, reply: 481},"
	 " {when: UPDATE, reply: 481}, {when: INFO, reply: 481}]}]",
	 "start: manual",
	 "  - {at: 60ms, start: recording}\n"
	 "  - {at: 150ms, pause: recording}\n"},
};

/* Whose habits it has; those of the module repeat events on purpose. */
static const struct {
	const char *name;
	bool pairs; /* each start has its stop */
} profiles[] = {{"rfc", true}, {"opensips", false}};

static bool every_ms; /* however long it takes */

static const char *const asked[] = {
	"start: recording",
	"pause: recording",
	"resume: recording",
	"stop: recording",
	"send: INFO",
	"update: recording",
	"update: recording, by: update",
};

struct swept {
	size_t profile, life, verb;
	unsigned ms;
	char text[2048];
};

static void write_swept(struct swept *s)
{
	snprintf(s->text, sizeof(s->text),
		 "name: sweep\n"
		 "call: {answer: 40ms, end: 200ms}\n"
		 "srs: %s\n"
		 "src: {profile: %s, answer_within: 1s, %s}\n"
		 "timeline:\n"
		 "  - {at: %ums, %s}\n%s",
		 lives[s->life].srs, profiles[s->profile].name,
		 lives[s->life].src, s->ms, asked[s->verb],
		 lives[s->life].steps);
}

static void check_swept(const struct swept *s, const struct world_result *r)
{
	const struct world_left *left = &r->left;
	size_t starts = 0, stops = 0, i;

	for (i = 0; i < trace_n_events(r->trace); i++) {
		const char *kind = trace_event_at(r->trace, i)->kind;

		starts += strcmp(kind, "start") == 0;
		stops += strcmp(kind, "stop") == 0;
	}
	if (profiles[s->profile].pairs && starts != stops)
		fail_msg("%zu starts, %zu stops\n%s", starts, stops, s->text);
	if (trace_n_steps(r->trace) == 0)
		fail_msg("the verb was never asked\n%s", s->text);
	for (i = 0; i < trace_n_steps(r->trace); i++)
		if (!trace_step_at(r->trace, i)->result)
			fail_msg("a verb has no result\n%s", s->text);
	if (left->timers || left->flows || left->transactions || left->dialogs)
		fail_msg("left: %zu timers, %zu transactions, %zu flows, "
			 "%zu dialogs\n%s",
			 left->timers, left->transactions, left->flows,
			 left->dialogs, s->text);
}

static void sweep_one(struct swept *s)
{
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL, .seed = 1, .leaks = true};
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;

	write_swept(s);
	causes_init(&causes);
	if (scn_load_text(&set, "sweep.yml", s->text, strlen(s->text), NULL, 0,
			  &causes) < 0)
		fail_msg("%s\n%s", causes.at[0].text, s->text);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("%s\n%s", e.text, s->text);
	check_swept(s, &r);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
}

static unsigned next_ms(unsigned ms)
{
	bool coarse = ms < ANSWER || ms > OVER;

	if (every_ms)
		return ms + 1;
	return ms + (coarse ? (unsigned)COARSE : (unsigned)STEP);
}

static void sweep_life(size_t profile, size_t life)
{
	struct swept s = {.profile = profile, .life = life};

	for (s.verb = 0; s.verb < N(asked); s.verb++)
		for (s.ms = 0; s.ms < END; s.ms = next_ms(s.ms))
			sweep_one(&s);
}

static void test_sweep_of_verbs(void **state)
{
	size_t profile, life;

	(void)state;
	for (profile = 0; profile < N(profiles); profile++)
		for (life = 0; life < N(lives); life++)
			sweep_life(profile, life);
}

/* An argument: each millisecond of a call, whatever the build. */
int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sweep_of_verbs),
	};

	(void)argv;
	every_ms = argc > 1;
	return cmocka_run_group_tests_name("world_sweep", tests, NULL, NULL);
}
