/* A recording session that is up: changes, refusals, wishes of the recorder. */
#include "recording_fixture.h"

#define SNAPSHOT                                                               \
	"<requestsnapshot xmlns=\"urn:ietf:params:xml:ns:recording:1\"/>"

static struct peer *const srs = &w.peer[0];

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

/* ---- directions ---- */

static void test_inactive_answer_outlasts_changes(void **state)
{
	(void)state;
	start_recording(WAITS);
	talk(5);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	talk(5);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, WAITS);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_refused_change_keeps_an_inactive_line(void **state)
{
	(void)state;
	start_recording("m=audio %1 RTP/AVP 0\r\na=inactive\r\n"
			"m=audio %2 RTP/AVP 0\r\na=recvonly\r\n");
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 488, NULL);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 0);
	assert_int_equal(srs->line[1].n_rtp, 5);
	assert_string_equal(events(), "start refused");
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	assert_string_equal(events(), "start refused pause");
	hang_up();
}

static void test_recorder_holds_then_takes_in_our_exchange(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, WAITS);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_resume_waits_for_the_answer(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, WAITS); /* of the pause */
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	assert_string_equal(events(), "start pause resume");
	hang_up();
}

/* ---- SDP from exchange to exchange (RFC 3264 section 8) ---- */

static uint64_t version_of(const struct got *g)
{
	struct sdp *s = sdp_in(g);
	uint64_t version = s->version;

	sdp_free(s);
	return version;
}

static size_t lines_in(const struct got *g)
{
	struct sdp *s = sdp_in(g);
	size_t n = s->n_media;

	sdp_free(s);
	return n;
}

static uint16_t port_in(const struct got *g, size_t line)
{
	struct sdp *s = sdp_in(g);
	uint16_t port;

	assert_true(line < s->n_media);
	port = s->media[line].port;
	sdp_free(s);
	return port;
}

static void test_refresh_keeps_the_version(void **state)
{
	uint64_t first;

	(void)state;
	start_recording(TAKES);
	first = version_of(last(srs, "INVITE"));
	reinvite(srs, TAKES);
	ack(srs, NULL);
	assert_int_equal(version_of(last(srs, "200/INVITE")), first);
	reinvite(srs, WAITS);
	ack(srs, NULL);
	assert_int_equal(version_of(last(srs, "200/INVITE")), first + 1);
	hang_up();
}

static void test_added_line_stays_refused(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, TAKES "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000"
			    "\r\na=recvonly\r\n");
	ack(srs, NULL);
	assert_int_equal(lines_in(last(srs, "200/INVITE")), 3);
	assert_int_equal(port_in(last(srs, "200/INVITE"), 2), 0);
	ask(RECORDING_PAUSE);
	/* 3264-8-c: a line never disappears */
	assert_int_equal(lines_in(last(srs, "INVITE")), 3);
	assert_int_equal(port_in(last(srs, "INVITE"), 2), 0);
	reply(srs, "INVITE", 200, WAITS "m=video 0 RTP/AVP 96\r\n");
	assert_string_equal(events(), "start update pause");
	reinvite(srs, NULL);
	assert_int_equal(lines_in(last(srs, "200/INVITE")), 3);
	ack(srs, WAITS "m=video 0 RTP/AVP 96\r\n");
	hang_up();
}

static void test_removed_line_stays_removed(void **state)
{
	static const char removed[] = "m=audio %1 RTP/AVP 0\r\na=recvonly\r\n"
				      "m=audio 0 RTP/AVP 0\r\n";
	uint64_t version;

	(void)state;
	start_recording(TAKES);
	talk(5);
	reinvite(srs, removed);
	ack(srs, NULL);
	assert_int_equal(port_in(last(srs, "200/INVITE"), 1), 0);
	assert_true(srs->line[1].report.bye);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 10);
	assert_int_equal(srs->line[1].n_rtp, 5);
	request(srs, "UPDATE", NULL, "application/rs-metadata+xml", SNAPSHOT);
	/* RFC 7866 section 7.2: not offered against the recorder's wish, and
	 * then metadata names no label of it */
	assert_int_not_equal(port_in(last(srs, "INVITE"), 0), 0);
	assert_int_equal(port_in(last(srs, "INVITE"), 1), 0);
	assert_true(in(metadata_in(last(srs, "INVITE")), "<label>1</label>"));
	assert_false(in(metadata_in(last(srs, "INVITE")), "<label>2</label>"));
	version = version_of(last(srs, "INVITE"));
	reply(srs, "INVITE", 200, removed);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	assert_int_equal(version_of(last(srs, "200/INVITE")), version + 1);
	talk(5);
	assert_int_equal(srs->line[1].n_rtp, 10);
	hang_up();
}

static void test_offer_without_our_codecs(void **state)
{
	(void)state;
	start_recording(TAKES);
	/* 3264-6.1-b: one line refused, none left is 488 */
	reinvite(srs, "m=audio %1 RTP/AVP 96\r\na=rtpmap:96 EVRC/8000\r\n"
		      "a=recvonly\r\nm=audio %2 RTP/AVP 0\r\na=recvonly\r\n");
	ack(srs, NULL);
	assert_int_equal(port_in(last(srs, "200/INVITE"), 0), 0);
	assert_int_not_equal(port_in(last(srs, "200/INVITE"), 1), 0);
	reinvite(srs, "m=audio %1 RTP/AVP 96\r\na=rtpmap:96 EVRC/8000\r\n"
		      "a=recvonly\r\nm=audio 0 RTP/AVP 0\r\n");
	assert_int_equal(count(srs, "488/INVITE"), 1);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 0);
	assert_int_equal(srs->line[1].n_rtp, 5);
	hang_up();
}

/* 7866-8.3.1-b, 3264-6-c: no RTP and no RTCP on what the answer refuses. */
static void test_refused_line_gets_nothing(void **state)
{
	(void)state;
	start_recording("m=audio 0 RTP/AVP 0\r\n"
			"m=audio %2 RTP/AVP 0\r\na=recvonly\r\n");
	talk(600);
	assert_int_equal(srs->line[0].n_rtp + srs->line[0].n_rtcp, 0);
	assert_int_equal(srs->line[1].n_rtp, 600);
	assert_true(srs->line[1].n_rtcp >= 1);
	hang_up();
	assert_int_equal(srs->line[0].n_rtcp, 0);
	assert_true(srs->line[1].report.bye);
}

/* The recorder moves: what it gets there is still known by its party. */
static void test_moved_stream_keeps_its_party(void **state)
{
	const struct trace_rtp *r = NULL;
	size_t i;

	(void)state;
	start_recording(TAKES);
	talk(1);
	/* its lines change places */
	reinvite(srs, "m=audio %2 RTP/AVP 0\r\na=recvonly\r\n"
		      "m=audio %1 RTP/AVP 0\r\na=recvonly\r\n");
	ack(srs, NULL);
	talk(1);
	for (i = 0; i < trace_n_rtp(w.trace); i++) {
		r = trace_rtp_at(w.trace, i);
		assert_string_equal(r->party,
				    r->ssrc == 0x1000 ? "caller" : "callee");
	}
	assert_int_equal(i, 4);
	hang_up();
}

static void test_all_lines_removed_and_back(void **state)
{
	static const char none[] = "m=audio 0 RTP/AVP 0\r\n"
				   "m=audio 0 RTP/AVP 0\r\n";

	(void)state;
	start_recording(TAKES);
	reinvite(srs, none);
	ack(srs, NULL);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, none);
	assert_string_equal(events(), "start update pause");
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, none);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	reinvite(srs, none);
	ack(srs, NULL);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, "m=audio 0 RTP/AVP 0\r\n");
	assert_string_equal(
		trace_event_at(w.trace, trace_n_events(w.trace) - 1)->kind,
		"stop");
	reply(srs, "BYE", 200, NULL);
}

static void test_shrinking_offer_is_refused(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, "m=audio %1 RTP/AVP 0\r\na=recvonly\r\n");
	assert_int_equal(count(srs, "488/INVITE"), 1);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

/* An exchange of the recorder's after a pause that it refused. */
static void test_refused_pause_leaves_no_trace(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 488, NULL);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_answer_nobody_can_send_to(void **state)
{
	static const struct {
		const char *name, *sections, *why;
	} rows[] = {
		{"other family",
		 "m=audio %1 RTP/AVP 0\r\nc=IN IP6 ::1\r\na=recvonly\r\n"
		 "m=audio %2 RTP/AVP 0\r\nc=IN IP6 ::1\r\na=recvonly\r\n",
		 "no stream"},
		{"all refused",
		 "m=audio 0 RTP/AVP 0\r\nm=audio 0 RTP/AVP 0\r\n", "no stream"},
		{"host name",
		 "m=audio %1 RTP/AVP 0\r\nc=IN IP4 host\r\na=recvonly\r\n"
		 "m=audio 0 RTP/AVP 0\r\n",
		 "without an IP address"},
	};
	size_t n;

	(void)state;
	make_recording();
	for (n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		const struct trace_attempt *a;

		if (n == 0)
			media_known();
		else
			ask(RECORDING_START);
		reply(srs, "INVITE", 200, rows[n].sections);
		reply(srs, "BYE", 200, NULL);
		a = trace_attempt_at(w.trace, n);
		if (strcmp(a->result, "unusable") != 0 ||
		    !strstr(a->why, rows[n].why))
			fail_msg("%s: %s: %s", rows[n].name, a->result, a->why);
	}
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_inactive_answer_outlasts_changes),
		T(test_refused_change_keeps_an_inactive_line),
		T(test_recorder_holds_then_takes_in_our_exchange),
		T(test_resume_waits_for_the_answer),
		T(test_refresh_keeps_the_version),
		T(test_added_line_stays_refused),
		T(test_removed_line_stays_removed),
		T(test_offer_without_our_codecs),
		T(test_refused_line_gets_nothing),
		T(test_moved_stream_keeps_its_party),
		T(test_all_lines_removed_and_back),
		T(test_shrinking_offer_is_refused),
		T(test_refused_pause_leaves_no_trace),
		T(test_answer_nobody_can_send_to),
	};

	return cmocka_run_group_tests_name("recording_dialog", tests, NULL,
					   NULL);
}
