/* What the user asks of a recording, and when it is known how it went. */
#include "recording_fixture.h"

static struct peer *const first = &w.peer[0];

/* One thing asked, and what it came to. */
struct asking {
	char text[RECORDING_OUTCOME];
	unsigned told;
};

static void on_done(struct recording_outcome o, void *arg)
{
	struct asking *a = arg;
	char text[RECORDING_OUTCOME];

	snprintf(a->text, sizeof(a->text), "%s",
		 recording_outcome_text(o, text));
	a->told++;
}

static void ask_for(struct asking *a, const struct recording_ask *what)
{
	memset(a, 0, sizeof(*a));
	recording_ask(w.r, what, on_done, a);
	settle();
}

static void ask_verb(struct asking *a, enum recording_verb verb)
{
	struct recording_ask what = {.verb = verb};

	ask_for(a, &what);
}

/* Told once, or ("") not yet. */
static void expect(const struct asking *a, const char *text)
{
	assert_string_equal(a->text, text);
	assert_int_equal(a->told, text[0] != '\0');
}

static void test_pause_is_told_when_it_is_answered(void **state)
{
	struct asking pause, again;

	(void)state;
	start_recording(TAKES);
	ask_verb(&pause, RECORDING_PAUSE);
	ask_verb(&again, RECORDING_PAUSE);
	expect(&pause, "");
	expect(&again, "");
	reply(first, "INVITE", 488, NULL);
	expect(&pause, "refused 488");
	expect(&again, "refused 488");
	assert_string_equal(events(), "start refused");
	assert_int_equal(count(first, "INVITE"), 2);
}

static void test_resume_behind_a_refused_pause(void **state)
{
	struct asking pause, resume;

	(void)state;
	start_recording(TAKES);
	ask_verb(&pause, RECORDING_PAUSE);
	ask_verb(&resume, RECORDING_RESUME);
	expect(&resume, "");
	reply(first, "INVITE", 500, NULL);
	expect(&pause, "refused 500");
	expect(&resume, "ok");
	assert_int_equal(count(first, "INVITE"), 2);
}

static void test_nobody_of_that_name(void **state)
{
	struct recording_ask what = {
		.verb = RECORDING_SEND, .method = "INFO", .instance = "nobody"};
	struct asking a;

	(void)state;
	start_recording(TAKES);
	ask_for(&a, &what);
	expect(&a, "no such instance");
	assert_int_equal(count(first, "INFO"), 0);
}

static void test_send(void **state)
{
	static const char *const lines[] = {"X-A: 1", "X-B: 2"};
	struct recording_ask what = {.verb = RECORDING_SEND,
				     .method = "INFO",
				     .header = lines,
				     .n_headers = 2,
				     .type = "text/x",
				     .body = span_of("hello")};
	const struct got *info;
	struct asking a;
	struct span value;

	(void)state;
	start_recording(TAKES);
	ask_for(&a, &what);
	expect(&a, "");
	info = last(first, "INFO");
	assert_true(span_is(info->v.body, "hello"));
	assert_true(sip_view_header(&info->v, "X-B", 0, &value));
	assert_true(span_is(value, "2"));
	assert_int_equal(info->v.cseq, 2);
	reply(first, "INFO", 200, NULL);
	expect(&a, "ok");
	assert_string_equal(events(), "start");
}

static void test_send_to_who_is_gone(void **state)
{
	struct recording_ask what = {.verb = RECORDING_SEND, .method = "FOO"};
	struct asking a, pause;

	(void)state;
	start_recording(TAKES);
	ask_for(&a, &what);
	ask_verb(&pause, RECORDING_PAUSE);
	reply(first, "FOO", 481, NULL);
	expect(&a, "refused 481");
	expect(&pause, "lost");
	assert_string_equal(events(), "start lost stop");
}

static void test_update_has_sdp_and_metadata(void **state)
{
	struct recording_ask what = {.verb = RECORDING_UPDATE,
				     .by_update = true};
	struct asking a, pause;

	(void)state;
	start_recording(TAKES);
	ask_for(&a, &what);
	assert_int_equal(count(first, "UPDATE"), 1);
	assert_true(metadata_in(last(first, "UPDATE")).n > 0);
	/* an offer is open: nothing else goes out, and none is taken */
	ask_verb(&pause, RECORDING_PAUSE);
	assert_int_equal(count(first, "INVITE"), 1);
	reply(first, "UPDATE", 200, TAKES);
	expect(&a, "ok");
	run_for(60 * MS); /* it looks again now and then */
	assert_int_equal(count(first, "INVITE"), 2);
	reply(first, "INVITE", 200, TAKES);
	expect(&pause, "ok");
	assert_string_equal(events(), "start update pause");
}

/* An answer without SDP cannot be used: the offer has none. */
static void test_update_without_an_answer(void **state)
{
	struct recording_ask what = {.verb = RECORDING_UPDATE,
				     .by_update = true};
	struct asking a;

	(void)state;
	start_recording(TAKES);
	ask_for(&a, &what);
	reply(first, "UPDATE", 200, NULL);
	expect(&a, "unusable");
	assert_string_equal(events(), "start lost stop");
}

static void test_what_waits_is_told_at_the_end(void **state)
{
	struct asking pause, start, stop;

	(void)state;
	make_recording();
	ask_verb(&start, RECORDING_START);
	ask_verb(&pause, RECORDING_PAUSE);
	expect(&start, "");
	expect(&pause, "");
	recording_free(w.r);
	w.r = NULL;
	expect(&start, "cancelled");
	expect(&pause, "cancelled");
	make_recording();
	media_known();
	ask_verb(&pause, RECORDING_PAUSE);
	ask_verb(&stop, RECORDING_STOP);
	expect(&pause, "cancelled");
	expect(&stop, "ok");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_pause_is_told_when_it_is_answered),
		T(test_resume_behind_a_refused_pause),
		T(test_nobody_of_that_name),
		T(test_send),
		T(test_send_to_who_is_gone),
		T(test_update_has_sdp_and_metadata),
		T(test_update_without_an_answer),
		T(test_what_waits_is_told_at_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
