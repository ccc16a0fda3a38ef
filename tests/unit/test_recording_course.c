/* The course of a recording: verbs at odd moments, recorders that vanish. */
#include "recording_fixture.h"

static struct peer *const srs = &w.peer[0];

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

static bool has_header(const struct got *g, const char *name, const char *is)
{
	struct span value;

	assert_non_null(g);
	return sip_view_header(&g->v, name, 0, &value) && span_is(value, is);
}

/* ---- session timers (RFC 4028) ---- */

static void test_session_is_refreshed_again_and_again(void **state)
{
	static const char expires[] = "Session-Expires: 90;refresher=uac\r\n"
				      "Require: timer\r\n";
	uint32_t n;

	(void)state;
	make_recording();
	media_known();
	reply_to(srs, last(srs, "INVITE"), 200, expires, TAKES);
	for (n = 2; n < 5; n++) {
		run_for(46 * SECOND);
		assert_int_equal(last(srs, "INVITE")->v.cseq, n);
		assert_true(has_header(last(srs, "INVITE"), "Session-Expires",
				       "90;refresher=uac"));
		reply_to(srs, last(srs, "INVITE"), 200, expires, TAKES);
	}
	/* section 7.2: without the header there is no timer any more */
	run_for(46 * SECOND);
	reply(srs, "INVITE", 200, TAKES);
	run_for(100 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 5);
	hang_up();
}

static void test_recorder_refreshes(void **state)
{
	char *sdp = sdp_text(srs, TAKES);

	(void)state;
	start_recording(TAKES);
	request(srs, "INVITE",
		"Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n",
		"application/sdp", sdp);
	ack(srs, NULL);
	/* section 9 */
	assert_true(has_header(last(srs, "200/INVITE"), "Session-Expires",
			       "90;refresher=uac"));
	assert_true(has_header(last(srs, "200/INVITE"), "Require", "timer"));
	assert_true(
		sip_view_lists(&last(srs, "200/INVITE")->v, "Allow", "UPDATE"));
	run_for(50 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 1);
	request(srs, "INVITE", "Session-Expires: 90;refresher=uas\r\n",
		"application/sdp", sdp);
	ack(srs, NULL);
	assert_true(has_header(last(srs, "200/INVITE"), "Session-Expires",
			       "90;refresher=uas"));
	run_for(46 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 2);
	reply(srs, "INVITE", 200, TAKES);
	request(srs, "INVITE", "Session-Expires: 90;refresher=uas\r\n", NULL,
		NULL);
	ack(srs, TAKES);
	request(srs, "UPDATE", NULL, NULL, NULL);
	run_for(46 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 3);
	reply(srs, "INVITE", 200, TAKES);
	free(sdp);
	hang_up();
}

/* ---- UPDATE with an offer (RFC 3311) ---- */

static void test_update_with_an_offer(void **state)
{
	char *sdp = sdp_text(srs, WAITS);
	struct sdp *s;

	(void)state;
	start_recording(TAKES);
	request(srs, "UPDATE", NULL, "application/sdp", sdp);
	s = sdp_in(last(srs, "200/UPDATE"));
	assert_int_equal(s->media[0].dir, SDP_INACTIVE);
	assert_true(has_header(last(srs, "200/UPDATE"), "Content-Type",
			       "application/sdp"));
	sdp_free(s);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	assert_string_equal(events(), "start update");
	/* section 5.2: not while our own offer is open */
	ask(RECORDING_PAUSE);
	request(srs, "UPDATE", NULL, "application/sdp", sdp);
	assert_int_equal(count(srs, "491/UPDATE"), 1);
	reply(srs, "INVITE", 200, WAITS);
	request(srs, "UPDATE", NULL, "application/sdp", "v=0\r\n");
	assert_int_equal(count(srs, "488/UPDATE"), 1);
	free(sdp);
	hang_up();
}

/* ---- recorders that vanish ---- */

static void check_lost(const char *code, const char *reason)
{
	size_t i;

	for (i = 0; i < trace_n_events(w.trace); i++) {
		const struct trace_event *ev = trace_event_at(w.trace, i);

		if (strcmp(ev->kind, "lost") != 0 &&
		    strcmp(ev->kind, "stop") != 0)
			continue;
		assert_true(
			span_eq(span_of(ev->callid), srs->got[0].v.call_id));
		if (strcmp(ev->kind, "stop") == 0)
			return;
		assert_string_equal(ev->code, code);
		assert_string_equal(ev->reason, reason);
	}
	fail_msg("not lost: %s", events());
}

static void test_recorder_rings_at_a_change_and_falls_silent(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 100, NULL);
	run_for(41 * SECOND);
	check_lost("408", "timeout");
	assert_non_null(last(srs, "BYE"));
	reply(srs, "BYE", 200, NULL);
	reply(srs, "INVITE", 487, NULL);
}

static void test_recorder_never_acknowledges(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, TAKES);
	run_for(33 * SECOND);
	check_lost("", "our 2xx was never acknowledged");
	reply(srs, "BYE", 200, NULL);
}

static void test_recorder_hangs_up_while_we_change(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	request(srs, "BYE", NULL, NULL, NULL);
	assert_int_equal(count(srs, "200/BYE"), 1);
	check_lost("", "the recorder hung up");
	reply(srs, "INVITE", 487, NULL);
	run_for(40 * SECOND);
	assert_null(last(srs, "BYE"));
}

static void test_malformed_answer_to_a_change(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	{
		const struct got *inv = last(srs, "INVITE");
		struct sip_reply r = {.code = 200,
				      .headers = "To: <sip:x>\r\n"};
		struct buf b;

		buf_init(&b, SIP_MAX);
		sip_print_reply(&b, &inv->v, &r);
		peer_send(srs, b.p, b.n);
		buf_fini(&b);
	}
	check_lost("", "its answer is malformed");
	reply(srs, "BYE", 200, NULL);
}

/* Noise that keeps a path open is no answer: STUN (RFC 5626 section 3.5.2) and
 * what boxes send in its place. */
static void test_keepalives_are_no_answer(void **state)
{
	(void)state;
	make_recording();
	media_known();
	peer_send(srs, "\0\0\0\0", 4);
	peer_send(srs, "\0\1\0\0\x21\x12\xa4\x42xxxxxxxxxxxx", 20);
	peer_send(srs, "\r\n\r\n", 4);
	reply(srs, "INVITE", 200, TAKES);
	assert_string_equal(events(), "start");
	hang_up();
}

/* ---- verbs ---- */

static void test_pause_of_a_failed_hunt_is_forgotten(void **state)
{
	struct sdp *s;

	(void)state;
	make_recording();
	media_known();
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 486, NULL);
	assert_string_equal(events(), "exhausted");
	ask(RECORDING_START);
	s = sdp_in(last(srs, "INVITE"));
	assert_int_equal(s->media[0].dir, SDP_SENDONLY);
	sdp_free(s);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_answer_before_media(void **state)
{
	(void)state;
	w.set.start = RECORDING_AT_ANSWER;
	make_recording();
	recording_answered(w.r);
	settle();
	assert_null(last(srs, "INVITE"));
	media_known();
	reply(srs, "INVITE", 200, TAKES);
	assert_string_equal(events(), "start");
	hang_up();
}

static void test_manual_start_before_media(void **state)
{
	(void)state;
	w.set.start = RECORDING_MANUAL;
	make_recording();
	assert_int_equal(recording_do(w.r, RECORDING_PAUSE, NULL),
			 RECORDING_NOT_RECORDING);
	ask(RECORDING_START);
	assert_null(last(srs, "INVITE"));
	media_known();
	reply(srs, "INVITE", 200, TAKES);
	assert_int_equal(recording_do(w.r, RECORDING_START, NULL),
			 RECORDING_ALREADY);
	ask(RECORDING_STOP);
	reply(srs, "BYE", 200, NULL);
	ask(RECORDING_START);
	assert_true(in(metadata_in(last(srs, "INVITE")),
		       trace_event_at(w.trace, 0)->session_id));
	reply(srs, "INVITE", 200, TAKES);
	assert_string_equal(events(), "start stop start");
	hang_up();
}

static void test_stop_while_the_recorder_thinks(void **state)
{
	(void)state;
	make_recording();
	media_known();
	ask(RECORDING_STOP);
	assert_null(last(srs, "CANCEL")); /* RFC 3261 section 9.1 */
	reply(srs, "INVITE", 180, NULL);
	assert_non_null(last(srs, "CANCEL"));
	assert_int_equal(
		sip_view_header_count(&last(srs, "CANCEL")->v, "Require"), 0);
	reply(srs, "INVITE", 200, TAKES); /* it crosses */
	assert_non_null(last(srs, "ACK"));
	assert_non_null(last(srs, "BYE"));
	reply(srs, "BYE", 200, NULL);
	assert_string_equal(events(), "cancelled");
	assert_true(span_eq(span_of(trace_event_at(w.trace, 0)->callid),
			    srs->got[0].v.call_id));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_session_is_refreshed_again_and_again),
		T(test_recorder_refreshes),
		T(test_update_with_an_offer),
		T(test_recorder_rings_at_a_change_and_falls_silent),
		T(test_recorder_never_acknowledges),
		T(test_recorder_hangs_up_while_we_change),
		T(test_malformed_answer_to_a_change),
		T(test_keepalives_are_no_answer),
		T(test_pause_of_a_failed_hunt_is_forgotten),
		T(test_answer_before_media),
		T(test_manual_start_before_media),
		T(test_stop_while_the_recorder_thinks),
	};

	return cmocka_run_group_tests_name("recording_course", tests, NULL,
					   NULL);
}
