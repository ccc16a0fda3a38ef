/* Asking a world that runs, and counting what it leaves behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/buf.h"
#include "scenario/load.h"
#include "world/status.h"
#include "world/world.h"

/* ---- a user who asks or acts at given moments ---- */

struct moment {
	int64_t at_us;	 /* 0 ends the list */
	const char *act; /* NULL: ask only */
	enum recording_verb verb;
	uint32_t call;
	const char *instance;
	enum recording_result result;
	const char *states; /* "1/default recording vault 25+25;" */
};

struct user {
	const struct moment *next;
	struct world *w;
	struct timer timer;
	struct buf said, events;
};

static void add_session(const struct world *w, int call,
			const struct recording *r, size_t n, void *arg)
{
	struct recording_stream stream;
	struct recording_session s;
	struct buf *b = arg;
	size_t p;

	(void)w;
	recording_describe(r, n, &s);
	buf_addf(b, "%d/%s %s%s", call, s.instance, s.state,
		 recording_is_active(r, n) ? "" : " (over)");
	for (p = 0; p < RECORDING_STREAMS; p++)
		if (recording_describe_stream(r, n, p, &stream))
			buf_addf(b, " %s:%s:%s", stream.party, stream.label,
				 stream.codec);
	buf_add_str(b, "; ");
}

static void on_moment(void *arg)
{
	struct user *u = arg;
	const struct moment *m = u->next++;

	if (m->act)
		assert_int_equal(world_do(u->w, m->verb, m->call, m->instance),
				 m->result);
	buf_clear(&u->said);
	world_each_session(u->w, add_session, &u->said);
	if (strcmp(buf_str(&u->said), m->states) != 0)
		fail_msg("at %d ms, %s: \"%s\", not \"%s\"",
			 (int)(m->at_us / 1000), m->act ? m->act : "asked",
			 buf_str(&u->said), m->states);
	if (u->next->at_us)
		timer_at(&u->timer, u->next->at_us);
}

static void on_up(struct world *w, void *arg)
{
	struct user *u = arg;

	u->w = w;
	timer_init(&u->timer, world_loop(w), on_moment, u);
	timer_at(&u->timer, u->next->at_us);
}

static void on_down(struct world *w, void *arg)
{
	struct user *u = arg;

	assert_ptr_equal(u->w, w);
	timer_stop(&u->timer);
}

static void on_event(const struct trace *t, const struct trace_event *ev,
		     void *arg)
{
	struct user *u = arg;

	assert_non_null(t);
	buf_addf(&u->events, "%s ", ev->kind);
}

static void run(const char *text, const struct world_conf *conf,
		struct world_result *r)
{
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;

	causes_init(&causes);
	if (scn_load_text(&set, "status.yml", text, strlen(text), NULL, 0,
			  &causes) < 0)
		fail_msg("%s", causes.at[0].text);
	if (world_run(set.at[0], conf, r, &e) < 0)
		fail_msg("%s", e.text);
	scn_set_fini(&set);
	causes_fini(&causes);
}

static void play(const char *text, const struct moment *m, const char *events)
{
	struct user u = {.next = m};
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL,
		.hooks = {.event = on_event,
			  .up = on_up,
			  .down = on_down,
			  .arg = &u},
	};
	struct world_result r;

	buf_init(&u.said, 4096);
	buf_init(&u.events, 4096);
	run(text, &conf, &r);
	assert_int_equal(u.next->at_us, 0);
	assert_string_equal(buf_str(&u.events), events);
	trace_free(r.trace);
	buf_fini(&u.said);
	buf_fini(&u.events);
}

#define BOTH "caller:1:PCMU callee:2:PCMU"

static void test_status_life(void **state)
{
	static const struct moment m[] = {
		{.at_us = 100000, .states = "1/default waiting; "},
		{.at_us = 600000, .states = "1/default hunting; "},
		{.at_us = 1500000, .states = "1/default recording " BOTH "; "},
		{.at_us = 1600000,
		 .act = "pause",
		 .verb = RECORDING_PAUSE,
		 .call = 1,
		 .states = "1/default pausing " BOTH "; "},
		{.at_us = 1700000, .states = "1/default paused " BOTH "; "},
		{.at_us = 1800000,
		 .act = "resume",
		 .verb = RECORDING_RESUME,
		 .call = 1,
		 .instance = "default",
		 .states = "1/default resuming " BOTH "; "},
		{.at_us = 1900000, .states = "1/default recording " BOTH "; "},
		{.at_us = 2000000,
		 .act = "stop of another call",
		 .verb = RECORDING_STOP,
		 .call = 2,
		 .result = RECORDING_NO_INSTANCE,
		 .states = "1/default recording " BOTH "; "},
		{.at_us = 2100000,
		 .act = "stop of another instance",
		 .verb = RECORDING_STOP,
		 .call = 1,
		 .instance = "defaul",
		 .result = RECORDING_NO_INSTANCE,
		 .states = "1/default recording " BOTH "; "},
		{.at_us = 2200000,
		 .act = "stop",
		 .verb = RECORDING_STOP,
		 .call = 1,
		 .states = "1/default idle (over); "},
		{.at_us = 2300000,
		 .act = "stop again",
		 .verb = RECORDING_STOP,
		 .call = 1,
		 .result = RECORDING_NOT_RECORDING,
		 .states = "1/default idle (over); "},
		{.at_us = 0},
	};

	(void)state;
	play("name: x\ncall: {answer: 500ms, end: 3s}\n"
	     "srs: [{name: vault, wait: 500ms}]\n",
	     m, "start pause resume stop ");
}

static void test_status_instances(void **state)
{
	static const struct moment m[] = {
		{.at_us = 1500000,
		 .states = "1/one recording " BOTH "; "
			   "1/two idle (over); "},
		{.at_us = 1600000,
		 .act = "stop all",
		 .verb = RECORDING_STOP,
		 .call = 1,
		 .states = "1/one idle (over); 1/two idle (over); "},
		{.at_us = 0},
	};

	(void)state;
	play("name: x\nsrs: [{name: a}, {name: b, refuse: 486}]\n"
	     "src: {instances: {one: {servers: a}, two: {servers: b}}}\n",
	     m, "start exhausted stop ");
}

/* ---- leaks ---- */

struct leaker {
	struct timer timer;
	int fd[2];
};

static void leak_timer(struct world *w, void *arg)
{
	struct leaker *l = arg;

	timer_init(&l->timer, world_loop(w), NULL, NULL);
	timer_after(&l->timer, INT64_C(3600000000));
}

static void leak_descriptors(struct world *w, void *arg)
{
	struct leaker *l = arg;

	(void)w;
	assert_int_equal(pipe(l->fd), 0);
}

static void leak(void (*up)(struct world *w, void *arg), struct leaker *l,
		 enum scn_clock clock, struct world_left *left)
{
	struct world_conf conf = {
		.clock = clock, .leaks = true, .hooks = {.up = up, .arg = l}};
	struct world_result r;

	run("name: x\ncall: {answer: 10ms, end: 200ms}\nsrs: [{name: a}]\n",
	    &conf, &r);
	*left = r.left;
	trace_free(r.trace);
}

static void assert_left(const struct world_left *left, size_t timers,
			size_t descriptors)
{
	assert_int_equal(left->timers, timers);
	assert_int_equal(left->transactions, 0);
	assert_int_equal(left->dialogs, 0);
	assert_int_equal(left->flows, 0);
	assert_int_equal(left->descriptors, descriptors);
}

static void test_leaks_none(void **state)
{
	struct world_left left;

	(void)state;
	leak(NULL, NULL, SCN_CLOCK_VIRTUAL, &left);
	assert_left(&left, 0, 0);
	leak(NULL, NULL, SCN_CLOCK_REAL, &left);
	assert_left(&left, 0, 0);
}

static void test_leaks_found(void **state)
{
	struct world_left left;
	struct leaker l;

	(void)state;
	leak(leak_timer, &l, SCN_CLOCK_REAL, &left);
	assert_left(&left, 1, 0);
	leak(leak_timer, &l, SCN_CLOCK_VIRTUAL, &left);
	assert_left(&left, 1, 0);
	leak(leak_descriptors, &l, SCN_CLOCK_VIRTUAL, &left);
	close(l.fd[0]);
	close(l.fd[1]);
	assert_left(&left, 0, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_status_life),
		cmocka_unit_test(test_status_instances),
		cmocka_unit_test(test_leaks_none),
		cmocka_unit_test(test_leaks_found),
	};

	return cmocka_run_group_tests_name("world_status", tests, NULL, NULL);
}
