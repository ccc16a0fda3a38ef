#include "expect_fixture.h"

static void test_recorded_by_one(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.list = LIST((char *)"vault");
	stage_attempt(&st, 1000, "first", "486", "Busy Here");
	stage_attempt(&st, 1010, "vault", "200", NULL);
	stage_rtp(&st, 1020, "vault", "caller", 3, 0);
	stage_passes(&st, "vault", "vault");
	st.check.list = LIST((char *)"first");
	stage_fails(&st, "first", "vault",
		    "vault accepted and got RTP; first: 486 (Busy Here)");
	st.check.list = LIST((char *)"vault", (char *)"far");
	stage_fails(&st, "vault, far", "vault", "far was never asked");
	st.check.list = LIST((char *)"nobody");
	stage_fails(&st, "nobody", "vault", "vault accepted and got RTP");
	stage_fini(&st);
}

static void test_recorded_by_without_media(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	stage_attempt(&st, 1010, "vault", "200", NULL);
	st.check.list = LIST((char *)"vault");
	stage_fails(&st, "vault", "nobody", "vault accepted but got no RTP");
	st.check.list = LIST((char *)"nobody");
	stage_passes(&st, "nobody", "nobody");
	stage_fini(&st);
}

static void test_recorded_by_unusable(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.list = LIST((char *)"vault");
	stage_attempt(&st, 1010, "vault", "unusable", "answer has no SDP");
	stage_rtp(&st, 1020, "vault", "caller", 3, 0);
	stage_fails(&st, "vault", "nobody",
		    "vault: unusable (answer has no SDP)");
	stage_fini(&st);
}

static void test_recorded_by_external(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.list = LIST((char *)"far");
	stage_attempt(&st, 1010, "far", "200", NULL);
	stage_rtp(&st, 1020, "far", "caller", 3, 0);
	stage_passes(&st, "far", "far");
	stage_fini(&st);
}

static void test_recorded_by_instance(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.list = LIST((char *)"vault");
	st.check.instance = (char *)"second";
	stage_attempt(&st, 1010, "vault", "200", NULL);
	stage_rtp(&st, 1020, "vault", "caller", 3, 0);
	stage_fails(&st, "vault", "nobody", "vault was never asked");
	stage_fini(&st);
}

static void test_recorded_by_within(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.list = LIST((char *)"vault");
	st.check.within_us = 1500000;
	stage_attempt(&st, 1010, "vault", "200", NULL);
	stage_rtp(&st, 1020, "vault", "caller", 3, 0);
	stage_passes(&st, "vault, within 1.5 s", "vault");
	st.check.within_us = 500000;
	stage_fails(&st, "vault, within 500 ms", "vault, at 1.012 s",
		    "it came too late");
	stage_fini(&st);
}

static void test_attempts(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_ATTEMPTS, "attempts");
	stage_attempt(&st, 1000, "first", "timeout", NULL);
	stage_attempt(&st, 33000, "vault", "486", "Busy Here");
	st.check.list = LIST((char *)"first timeout", (char *)"vault 486");
	stage_passes(&st, "first timeout, vault 486",
		     "first timeout, vault 486");
	st.check.list = LIST((char *)"first timeout", (char *)"vault 200");
	stage_fails(&st, "first timeout, vault 200", "first timeout, vault 486",
		    "attempt 2 is 'vault 486' (Busy Here), not 'vault 200'");
	assert_int_equal(st.v.at[0].at_us, T0_US + 33002000);
	st.check.list = LIST((char *)"first timeout");
	stage_fails(&st, "first timeout", "first timeout, vault 486",
		    "attempt 2, 'vault 486', is one too many");
	st.check.list = LIST((char *)"first timeout", (char *)"vault 486",
			     (char *)"far 200");
	stage_fails(&st, "first timeout, vault 486, far 200",
		    "first timeout, vault 486", "no 'far 200' came after that");
	assert_int_equal(st.v.at[0].at_us, -1);
	stage_fini(&st);
}

static void test_attempts_open_and_none(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_ATTEMPTS, "attempts");
	st.check.list = LIST((char *)"first 200");
	stage_fails(&st, "first 200", "none", "no 'first 200' came after that");
	stage_attempt(&st, 1000, "first", NULL, NULL);
	stage_fails(&st, "first 200", "first open",
		    "attempt 1 is 'first open', not 'first 200'");
	stage_fini(&st);
}

static void add_event(struct stage *st, int at_ms, const char *kind,
		      const char *callid, const char *code)
{
	struct trace_event ev = {
		.call = 0,
		.at_us = T0_US + (int64_t)at_ms * 1000,
		.kind = kind,
		.name = "SIPREC_SRC_X",
		.dlg_id = "1",
		.dlg_callid = "cs",
		.callid = callid,
		.session_id = "c2Vzc2lvbg==",
		.server = "sip:127.0.0.1:5064",
		.instance = "default",
		.code = code,
		.reason = "",
	};

	trace_add_event(st->t, &ev);
}

static void test_events_in_order(void **state)
{
	struct scn_event_want want[3] = {{.name = (char *)"failover"},
					 {.name = (char *)"start"},
					 {.name = (char *)"stop"}};
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_EVENTS, "events");
	st.check.event = want;
	st.check.n_events = 3;
	add_event(&st, 1000, "failover", "first", "486");
	add_event(&st, 1010, "start", "vault", "");
	stage_fails(&st, "failover, start, stop", "failover, start",
		    "no stop came after that");
	add_event(&st, 5000, "stop", "vault", "");
	stage_passes(&st, "failover, start, stop", "failover, start, stop");
	add_event(&st, 5001, "stop", "vault", "");
	stage_fails(&st, "failover, start, stop", "failover, start, stop, stop",
		    "event 4, stop, is one too many");
	want[1].name = (char *)"skipped";
	stage_fails(&st, "failover, skipped, stop",
		    "failover, start, stop, stop",
		    "event 2 is start, not skipped");
	assert_int_equal(st.v.at[0].at_us, T0_US + 1010000);
	stage_fini(&st);
}

static void test_events_fields(void **state)
{
	static const struct {
		const char *name, *key, *value, *why;
	} rows[] = {
		{"server by URI", "server", "5064", NULL},
		{"server by name", "server", "vault", NULL},
		{"other server", "server", "first",
		 "server of event 1 (refused) is 'sip:127.0.0.1:5064', "
		 "without 'first'"},
		{"part of an id", "session_id", "c2Vz", NULL},
		{"call id", "callid", "vault", NULL},
		{"dialog", "dlg_callid", "cs", NULL},
		{"whole code", "code", "486", NULL},
		{"part of a code", "code", "48",
		 "code of event 1 (refused) is '486', without '48'"},
		{"no such field", "colour", "red",
		 "colour of event 1 (refused) is '', without 'red'"},
	};
	struct scn_event_want want = {.name = (char *)"refused"};
	const struct verdict *v;
	struct stage st;
	size_t i;

	(void)state;
	stage_init(&st, SCN_CHECK_EVENTS, "events");
	st.check.event = &want;
	st.check.n_events = 1;
	stage_attempt(&st, 1000, "vault", "200", NULL);
	add_event(&st, 2000, "refused", "vault", "486");
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		want.has_key = LIST((char *)rows[i].key);
		want.has_value = LIST((char *)rows[i].value);
		v = stage_judge(&st);
		if ((v->why == NULL) != (rows[i].why == NULL))
			fail_msg("%s: %s", rows[i].name,
				 v->why ? v->why : "passed");
		if (v->why)
			assert_string_equal(v->why, rows[i].why);
	}
	stage_fini(&st);
}

static void test_good_order_without_checks(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_EVENTS, "events");
	st.s.n_checks = 0;
	assert_int_equal(stage_judge(&st)->status, VERDICT_PASSED);
	assert_string_equal(st.v.at[0].check, "good_order");
	trace_call(st.t, 0)->in_order = false;
	trace_call(st.t, 0)->disorder = "the BYE to vault was not answered";
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_string_equal(st.v.at[0].got,
			    "the BYE to vault was not answered");
	assert_int_equal(verdicts_status(&st.v), VERDICT_FAILED);
	verdicts_fini(&st.v);
	st.s.n_checks_skipped = 1;
	expect_judge(&st.s, st.t, 0, &st.v);
	assert_int_equal(verdicts_status(&st.v), VERDICT_SKIPPED);
	stage_fini(&st);
}

static void test_call_that_never_began(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_RECORDED_BY, "recorded_by");
	st.check.source = (char *)"{recorded_by: nobody}";
	trace_call(st.t, 0)->t0_us = -1;
	stage_fails(&st, "{recorded_by: nobody}", "the call never began",
		    "no INVITE of the call was sent");
	stage_fini(&st);
}

static void test_load_names_the_call(void **state)
{
	struct trace_attempt *a;
	struct stage st;
	int call;

	(void)state;
	stage_init(&st, SCN_CHECK_ATTEMPTS, "attempts");
	st.check.list = LIST((char *)"vault 200");
	st.s.load.calls = 3;
	for (call = 0; call < 3; call++) {
		stage_call(&st, call);
		a = trace_add_attempt(st.t, call, T0_US, "default", "vault",
				      "sip:vault", "x");
		trace_attempt_end(st.t, a, T0_US + 1, call ? "503" : "200",
				  NULL);
	}
	expect_judge_load(&st.s, st.t, &st.v);
	assert_int_equal(st.v.n, 1);
	assert_int_equal(st.v.at[0].status, VERDICT_FAILED);
	assert_int_equal(st.v.at[0].call, 1);
	assert_string_equal(st.v.at[0].got, "call 2 of 3: vault 503");
	assert_string_equal(st.v.at[0].why,
			    "attempt 1 is 'vault 503', not 'vault 200'; "
			    "2 of 3 calls failed so");
	verdicts_fini(&st.v);
	st.s.load.calls = 1;
	expect_judge_load(&st.s, st.t, &st.v);
	assert_int_equal(verdicts_status(&st.v), VERDICT_PASSED);
	stage_fini(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_recorded_by_one),
		cmocka_unit_test(test_recorded_by_without_media),
		cmocka_unit_test(test_recorded_by_unusable),
		cmocka_unit_test(test_recorded_by_external),
		cmocka_unit_test(test_recorded_by_instance),
		cmocka_unit_test(test_recorded_by_within),
		cmocka_unit_test(test_attempts),
		cmocka_unit_test(test_attempts_open_and_none),
		cmocka_unit_test(test_events_in_order),
		cmocka_unit_test(test_events_fields),
		cmocka_unit_test(test_good_order_without_checks),
		cmocka_unit_test(test_call_that_never_began),
		cmocka_unit_test(test_load_names_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
