/* The course of a call: who says what when. */
#include <stdio.h>
#include <string.h>

#include "call_fixture.h"
#include "media/rtp.h"

static struct fixture f;

static void stop_loop(void *arg)
{
	loop_stop(arg);
}

static void check_pace(int party, int64_t first_us, size_t n)
{
	struct rtp before, r;
	size_t i;

	assert_int_equal(f.n_heard[party], n);
	for (i = 0; i < n; i++) {
		const struct heard *h = &f.heard[party][i];

		assert_int_equal(h->at_us, first_us + (int64_t)i * 20000);
		assert_true(rtp_parse(h->bytes, h->n, &r));
		assert_int_equal(r.payload.n, 160);
		assert_int_equal(r.marker, i == 0);
		if (i > 0) {
			assert_int_equal(r.ssrc, before.ssrc);
			assert_int_equal(r.seq, (uint16_t)(before.seq + 1));
			assert_int_equal(r.ts, before.ts + 160);
		}
		before = r;
	}
}

static void test_course_answered(void **state)
{
	const struct trace_call *t;

	(void)state;
	fixture_init(&f);
	f.conf.ring_us = 200000;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 180 200 ACK BYE 200");
	assert_int_equal(fixture_sent(&f, "INVITE", 0), 0);
	assert_int_equal(fixture_sent(&f, "100", 0), 1000);
	assert_int_equal(fixture_sent(&f, "180", 0), 200000);
	assert_int_equal(fixture_sent(&f, "200", 0), 1000000);
	assert_int_equal(fixture_sent(&f, "BYE", 0), 2000000);
	assert_int_equal(f.known_us, 1001000);
	assert_int_equal(f.answered_us, 1001000);
	assert_int_equal(f.ended_us, 2000000);
	assert_int_equal(f.n_known + f.n_answered + f.n_ended, 3);
	t = trace_call_at(f.trace, 0);
	assert_int_equal(t->t0_us, 0);
	assert_int_equal(t->answered_us, 1001000);
	assert_int_equal(t->ended_us, 2000000);
	assert_int_equal(t->final, 200);
	assert_true(t->in_order);
	assert_null(t->disorder);
	/* what the callee said last was on its way when the call ended */
	check_pace(CALL_CALLER, 1002000, 50);
	check_pace(CALL_CALLEE, 1001000, 50);
	fixture_fini(&f);
}

static void test_course_early_media(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.early_media_us = 400000;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 183 200 ACK BYE 200");
	assert_int_equal(f.known_us, 401000);
	assert_int_equal(f.answered_us, 1001000);
	assert_int_equal(f.n_known, 1);
	check_pace(CALL_CALLEE, 401000, 80);
	check_pace(CALL_CALLER, 402000, 80);
	fixture_fini(&f);
}

static void check_end(int final, const char *disorder)
{
	const struct trace_call *t = trace_call_at(f.trace, 0);

	assert_int_equal(t->final, final);
	assert_int_equal(t->ended_us, f.ended_us);
	assert_int_equal(f.n_ended, 1);
	assert_true(call_is_over(f.call));
	if (disorder)
		assert_string_equal(t->disorder, disorder);
	else
		assert_null(t->disorder);
	assert_int_equal(t->in_order, disorder == NULL);
}

static void test_course_ended_by_callee(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.ended_by_callee = true;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f), "INVITE 100 200 ACK BYE 200");
	assert_int_equal(fixture_sent(&f, "BYE", 0), 2000000);
	assert_int_equal(f.ended_us, 2000000);
	check_end(200, NULL);
	check_pace(CALL_CALLEE, 1001000, 50);
	fixture_fini(&f);
}

static void test_course_ended_at_answer(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.ended_by_callee = true;
	f.conf.end_us = f.conf.answer_us;
	fixture_run(&f);
	/* the BYE waits for the ACK, RFC 3261 section 15 */
	assert_string_equal(fixture_story(&f), "INVITE 100 200 ACK BYE 200");
	check_end(200, NULL);
	fixture_fini(&f);
}

static void test_course_rejected(void **state)
{
	static const int codes[] = {302, 404, 486, 503, 603, 699};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		char story[64];

		fixture_init(&f);
		f.conf.reject = codes[i];
		f.conf.ring_us = 100000;
		fixture_run(&f);
		snprintf(story, sizeof(story), "INVITE 100 180 %d ACK",
			 codes[i]);
		assert_string_equal(fixture_story(&f), story);
		assert_int_equal(f.ended_us, 1001000);
		check_end(codes[i], NULL);
		assert_int_equal(f.n_known + f.n_answered, 0);
		assert_int_equal(trace_n_rtp(f.trace), 0);
		fixture_fini(&f);
	}
}

static void test_course_rejected_after_early_media(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.reject = 486;
	f.conf.early_media_us = 900000;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f), "INVITE 100 183 486 ACK");
	check_end(486, NULL);
	assert_int_equal(f.n_known, 1);
	assert_false(call_is_answered(f.call));
	/* 0.900 to 1.000; the packet of 1.000 flies when the 486 comes */
	check_pace(CALL_CALLEE, 901000, 5);
	fixture_fini(&f);
}

static void test_course_cancelled(void **state)
{
	static const struct {
		const char *name;
		int64_t ring_us, cancel_us, answer_us;
		const char *story;
		int final;
	} rows[] = {
		{"after 180", 100000, 500000, 1000000,
		 "INVITE 100 180 CANCEL 200 487 ACK", 487},
		{"before 180", 700000, 500000, 1000000,
		 "INVITE 100 CANCEL 200 487 ACK", 487},
		/* before the 100: CANCEL waits for it, section 9.1 */
		{"at once", -1, 0, 1000000, "INVITE 100 CANCEL 200 487 ACK",
		 487},
		{"crosses the 200", -1, 1000000, 1000000,
		 "INVITE 100 CANCEL 200 200 ACK BYE 200", 200},
		{"too late", -1, 1500000, 1000000, "INVITE 100 200 ACK BYE 200",
		 200},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		fixture_init(&f);
		f.conf.ring_us = rows[i].ring_us;
		f.conf.cancel_us = rows[i].cancel_us;
		f.conf.answer_us = rows[i].answer_us;
		fixture_run(&f);
		assert_string_equal(fixture_story(&f), rows[i].story);
		check_end(rows[i].final, NULL);
		if (rows[i].final == 487) {
			assert_int_equal(f.ended_us, rows[i].cancel_us);
			assert_int_equal(trace_n_rtp(f.trace), 0);
		}
		fixture_fini(&f);
	}
}

static void test_course_ended_before_answer(void **state)
{
	static const struct {
		const char *name;
		bool by_callee;
		const char *story;
		int final;
	} rows[] = {
		{"caller", false, "INVITE 100 CANCEL 200 487 ACK", 487},
		{"callee", true, "INVITE 100 480 ACK", 480},
	};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		print_message("%s\n", rows[i].name);
		fixture_init(&f);
		f.conf.end_us = 500000;
		f.conf.ended_by_callee = rows[i].by_callee;
		fixture_run(&f);
		assert_string_equal(fixture_story(&f), rows[i].story);
		check_end(rows[i].final, NULL);
		fixture_fini(&f);
	}
}

static void test_course_at_time_zero(void **state)
{
	(void)state;
	fixture_init(&f);
	f.conf.ring_us = f.conf.early_media_us = f.conf.answer_us = 0;
	fixture_run(&f);
	/* not before the INVITE came, and in their order */
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 180 183 200 ACK BYE 200");
	assert_int_equal(fixture_sent(&f, "200", 0), 1000);
	check_end(200, NULL);
	fixture_fini(&f);
}

static void test_course_commands(void **state)
{
	(void)state;
	fixture_init(&f);
	fixture_open(&f);
	call_cancel(f.call); /* nothing to end yet */
	call_bye(f.call, CALL_CALLER);
	assert_int_equal(f.n_ended, 0);
	assert_string_equal(call_id(f.call), "");
	call_start(f.call);
	call_start(f.call);
	call_bye(f.call, CALL_CALLEE); /* not called yet */
	assert_false(call_is_over(f.call));
	call_bye(f.call, CALL_CALLER);
	call_bye(f.call, CALL_CALLER);
	call_cancel(f.call);
	loop_run(f.loop);
	assert_string_equal(fixture_story(&f), "INVITE 100 CANCEL 200 487 ACK");
	check_end(487, NULL);
	fixture_fini(&f);
}

static void test_course_headers(void **state)
{
	static const char *const headers[] = {"X-One: 1", "Subject: two"};
	const struct trace_sip *m;
	struct sip_view v;
	struct span value;
	size_t i = 0;

	(void)state;
	fixture_init(&f);
	f.conf.header = headers;
	f.conf.n_headers = 2;
	f.conf.party[CALL_CALLER].name = "Al \"A\" Ice";
	f.conf.party[CALL_CALLEE].aor = "tel:+15551234;phone-context=x";
	fixture_run(&f);
	assert_true(trace_call_sip(f.trace, 0, &i, &m));
	assert_true(sip_view(m->text, &v));
	assert_true(sip_view_header(&v, "X-One", 0, &value));
	assert_true(span_is(value, "1"));
	assert_true(sip_view_header(&v, "Subject", 0, &value));
	assert_true(span_starts(v.uri, "sip:+15551234@127.0.0.1:"));
	assert_true(span_starts(v.from, "\"Al \\\"A\\\" Ice\" "
					"<sip:alice@example.com>;tag="));
	assert_true(span_is(v.to, "<tel:+15551234;phone-context=x>"));
	assert_true(span_eq(v.call_id, span_of(call_id(f.call))));
	assert_string_equal(m->from, "caller");
	assert_string_equal(m->to, "callee");
	check_end(200, NULL);
	fixture_fini(&f);
}

static void test_course_bad_header(void **state)
{
	static const char *const headers[] = {"Call-ID: another"};

	(void)state;
	fixture_init(&f);
	f.conf.header = headers;
	f.conf.n_headers = 1;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f), "");
	check_end(0, "the INVITE could not be sent");
	assert_int_equal(trace_n_notes(f.trace), 1);
	assert_non_null(
		strstr(trace_note_at(f.trace, 0)->text, "2 Call-ID headers"));
	fixture_fini(&f);
}

static void test_course_unknown_extension(void **state)
{
	static const char *const headers[] = {"Require: levitation"};

	(void)state;
	fixture_init(&f);
	f.conf.header = headers;
	f.conf.n_headers = 1;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f), "INVITE 420 ACK");
	check_end(420, "the call was refused");
	fixture_fini(&f);
}

/* Somebody else's INVITE at the callee's address changes nothing. */
static void on_stranger(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	struct sip_view v;

	(void)from;
	assert_true(sip_view(span_from(p, n), &v));
	*(int *)arg = v.code;
}

static void test_course_stranger(void **state)
{
	static const char invite[] =
		"INVITE sip:bob@127.0.0.1:5061 SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:9;rport;branch=z9hG4bKx\r\n"
		"From: <sip:eve@example.com>;tag=1\r\n"
		"To: <sip:bob@example.com>\r\n"
		"Call-ID: eve\r\nCSeq: 1 INVITE\r\n"
		"Contact: <sip:eve@127.0.0.1:9>\r\n"
		"Content-Length: 0\r\n\r\n";
	struct addr to = addr_loopback(5061);
	struct flow_conf fc = {
		.kind = FLOW_SIP, .name = "eve", .recv = on_stranger};
	struct flow *flow;
	int code = 0;

	(void)state;
	fixture_init(&f);
	fixture_open(&f);
	fc.arg = &code;
	flow = flow_open(f.wire, &fc, &f.err);
	assert_non_null(flow);
	flow_send(flow, &to, invite, sizeof(invite) - 1);
	call_start(f.call);
	loop_run(f.loop);
	assert_int_equal(code, 486);
	assert_string_equal(fixture_story(&f), "INVITE 100 200 ACK BYE 200");
	check_end(200, NULL);
	flow_close(flow);
	fixture_fini(&f);
}

static void test_course_same_seed_same_bytes(void **state)
{
	static struct fixture again;
	size_t i;

	(void)state;
	fixture_init(&f);
	fixture_run(&f);
	fixture_init(&again);
	fixture_run(&again);
	assert_string_equal(call_dlg_id(f.call), call_dlg_id(again.call));
	assert_int_equal(trace_n_sip(f.trace), trace_n_sip(again.trace));
	for (i = 0; i < trace_n_sip(f.trace); i++)
		assert_true(span_eq(trace_sip_at(f.trace, i)->text,
				    trace_sip_at(again.trace, i)->text));
	fixture_fini(&again);
	fixture_fini(&f);
}

static void stop_when_done(void *arg)
{
	struct timer *t = arg;

	if (call_is_over(f.call) && !call_busy(f.call))
		loop_stop(f.loop);
	else
		timer_after(t, 1000);
}

static void test_course_on_sockets(void **state)
{
	struct timer t;

	(void)state;
	fixture_init_clock(&f, LOOP_REAL);
	f.conf.ring_us = 20000;
	f.conf.answer_us = 50000;
	f.conf.end_us = 250000;
	fixture_open(&f);
	assert_non_null(f.call);
	timer_init(&t, f.loop, stop_when_done, &t);
	timer_after(&t, 0);
	call_start(f.call);
	loop_run(f.loop);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 180 200 ACK BYE 200");
	check_end(200, NULL);
	assert_in_range(f.n_heard[CALL_CALLER], 8, 10);
	assert_in_range(f.n_heard[CALL_CALLEE], 8, 10);
	call_free(f.call); /* with its last transactions still there */
	f.call = NULL;
	fixture_fini(&f);
}

static void test_course_freed_at_any_time(void **state)
{
	int64_t stop_us;

	(void)state;
	for (stop_us = 0; stop_us <= 2004000; stop_us += 167000) {
		struct timer t;

		fixture_init(&f);
		f.conf.early_media_us = 300000;
		fixture_open(&f);
		call_start(f.call);
		timer_init(&t, f.loop, stop_loop, f.loop);
		timer_after(&t, stop_us);
		loop_run(f.loop);
		call_free(f.call);
		f.call = NULL;
		loop_run(f.loop); /* what was flying finds nobody */
		fixture_fini(&f);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_course_answered),
		cmocka_unit_test(test_course_early_media),
		cmocka_unit_test(test_course_ended_by_callee),
		cmocka_unit_test(test_course_ended_at_answer),
		cmocka_unit_test(test_course_rejected),
		cmocka_unit_test(test_course_rejected_after_early_media),
		cmocka_unit_test(test_course_cancelled),
		cmocka_unit_test(test_course_ended_before_answer),
		cmocka_unit_test(test_course_at_time_zero),
		cmocka_unit_test(test_course_commands),
		cmocka_unit_test(test_course_headers),
		cmocka_unit_test(test_course_bad_header),
		cmocka_unit_test(test_course_unknown_extension),
		cmocka_unit_test(test_course_stranger),
		cmocka_unit_test(test_course_same_seed_same_bytes),
		cmocka_unit_test(test_course_on_sockets),
		cmocka_unit_test(test_course_freed_at_any_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
