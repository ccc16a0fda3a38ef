#include "recorder_fixture.h"

/* ---- what it answers ---- */

static void test_answer_polite(void **state)
{
	struct fix *f = fix_new();
	struct sip_view v;
	struct span contact, tag;
	struct sdp *a;

	(void)state;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	assert_int_equal(f->progress, 100);
	assert_int_equal(f->final, 200);
	assert_int_equal(recorder_sessions(f->r), 1);
	assert_true(recorder_busy(f->r));
	assert_true(sip_view(span_of(f->answer), &v));
	assert_true(sip_view_header(&v, "Contact", 0, &contact));
	assert_true(sip_param(contact, "+sip.srs", &tag));
	a = sdp_of(f->answer);
	assert_int_equal(a->n_media, 2);
	assert_string_equal(a->media[0].label, "1");
	assert_string_equal(a->media[1].label, "2");
	assert_int_equal(a->media[0].dir, SDP_RECVONLY);
	assert_int_equal(a->media[0].n_codecs, 3);
	assert_string_equal(a->media[0].codec[0].name, "PCMA");
	assert_string_equal(a->media[0].codec[1].name, "PCMU");
	assert_string_equal(a->media[0].codec[2].name, "telephone-event");
	assert_int_equal(a->media[0].codec[2].pt, 101);
	assert_int_equal(a->media[1].n_codecs, 1);
	assert_string_equal(a->media[1].codec[0].name, "PCMU");
	assert_int_not_equal(a->media[0].port, a->media[1].port);
	assert_int_equal(a->media[0].port % 2, 0);
	assert_false(told(f, "warning"));
	sdp_free(a);
	fix_free(f);
}

static void test_answer_of_each_line(void **state)
{
	static const struct {
		const char *name, *line, *has, *lacks;
		int port; /* 0: refused, 1: accepted */
	} rows[] = {
		{"removed line", "m=audio 0 RTP/AVP 0\r\na=label:3\r\n",
		 "a=label:3", "a=recvonly", 0},
		{"inactive", "m=audio 2 RTP/AVP 0\r\na=inactive\r\n",
		 "a=inactive", "a=recvonly", 1},
		{"nothing to come", "m=audio 2 RTP/AVP 0\r\na=recvonly\r\n",
		 "a=inactive", "a=recvonly", 1},
		{"rtcp-mux", "m=audio 2 RTP/AVP 0\r\na=rtcp-mux\r\n",
		 "a=rtcp-mux", "a=label", 1},
		{"unknown codec",
		 "m=audio 2 RTP/AVP 101 97\r\n"
		 "a=rtpmap:101 telephone-event/8000\r\n"
		 "a=rtpmap:97 opus/48000/2\r\na=fmtp:97 useinbandfec=1\r\n",
		 "a=rtpmap:97 opus/48000/2\r\na=fmtp:97 useinbandfec=1\r\n"
		 "a=rtpmap:101 telephone-event/8000",
		 "a=label", 1},
		{"only events",
		 "m=audio 2 RTP/AVP 101\r\n"
		 "a=rtpmap:101 telephone-event/8000\r\n",
		 "RTP/AVP 101\r\n", "a=label", 1},
		{"video", "m=video 2 RTP/AVPF 96\r\na=rtpmap:96 VP8/90000\r\n",
		 "RTP/AVPF 96\r\n", "a=label", 1},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();
		char *sdp = xasprintf("%s%s", two_lines, rows[i].line);
		const char *own;
		struct sdp *a;

		print_message("%s\n", rows[i].name);
		fix_start(f);
		fix_invite(f, sdp);
		fix_run(f, 50 * MS);
		assert_int_equal(f->final, 200);
		a = sdp_of(f->answer);
		assert_int_equal(a->n_media, 3);
		assert_int_equal(a->media[2].port != 0, rows[i].port);
		own = a->media[2].line[0].text.p;
		assert_non_null(strstr(own, rows[i].has));
		assert_null(strstr(own, rows[i].lacks));
		sdp_free(a);
		free(sdp);
		fix_free(f);
	}
}

static void test_answer_inactive(void **state)
{
	struct fix *f = fix_new();
	struct sdp *a;

	(void)state;
	f->conf.answer = RECORDER_INACTIVE;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	a = sdp_of(f->answer);
	assert_int_equal(a->media[0].dir, SDP_INACTIVE);
	assert_int_not_equal(a->media[0].port, 0);
	sdp_free(a);
	fix_free(f);
}

static void test_answer_never(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	f->conf.answer = RECORDER_NEVER;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 10 * SECOND);
	assert_int_equal(f->progress, 0);
	assert_int_equal(f->final, 0);
	assert_false(recorder_busy(f->r));
	fix_run(f, 40 * SECOND);
	assert_int_equal(f->outcome, SIP_TIMEOUT);
	assert_string_equal(buf_str(&f->told), "invite gets no answer\n");
	fix_free(f);
}

/* ---- when ---- */

static void test_ring_and_wait(void **state)
{
	static const struct {
		const char *name;
		int64_t ring_us, wait_us;
		int progress;
		int64_t progress_us, final_us; /* at the SRC, 2 ms later */
	} rows[] = {
		{"at once", -1, 0, 100, 2 * MS, 2 * MS},
		{"180 at once", 0, 0, 180, 2 * MS, 2 * MS},
		{"ring alone", 50 * MS, 0, 180, 52 * MS, 52 * MS},
		{"ring and wait", 50 * MS, SECOND, 180, 52 * MS, 1002 * MS},
		{"wait alone", -1, SECOND, 100, 2 * MS, 1002 * MS},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();

		print_message("%s\n", rows[i].name);
		f->conf.ring_us = rows[i].ring_us;
		f->conf.wait_us = rows[i].wait_us;
		fix_start(f);
		fix_invite(f, two_lines);
		fix_run(f, 2 * SECOND);
		assert_int_equal(f->final, 200);
		assert_int_equal(f->progress, rows[i].progress);
		assert_int_equal(f->progress_us, rows[i].progress_us);
		assert_int_equal(f->final_us, rows[i].final_us);
		fix_free(f);
	}
}

static void test_cancel_while_waiting(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	f->conf.ring_us = 50 * MS;
	f->conf.wait_us = 10 * SECOND;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, SECOND);
	sip_session_hangup(f->session, NULL);
	fix_run(f, SECOND);
	assert_int_equal(f->final, 487);
	assert_true(told(f, "cancelled"));
	assert_false(told(f, "ended"));
	assert_false(recorder_busy(f->r));
	fix_run(f, 20 * SECOND);
	assert_int_equal(recorder_sessions(f->r), 0);
	fix_free(f);
}

/* ---- refusing ---- */

static void test_refuse(void **state)
{
	static const struct {
		const char *name;
		int refuse;
		const char *redirect;
		int code;
		const char *contact; /* or NULL */
	} rows[] = {
		{"busy", 486, NULL, 486, NULL},
		{"decline", 603, NULL, 603, NULL},
		{"redirect", 0, "sip:b@127.0.0.1:5070", 302,
		 "Contact: <sip:b@127.0.0.1:5070>\r\n"},
		{"moved for good", 301, "sip:b@127.0.0.1", 301,
		 "Contact: <sip:b@127.0.0.1>\r\n"},
		{"redirect to nowhere", 302, NULL, 302, NULL},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();

		print_message("%s\n", rows[i].name);
		f->conf.refuse = rows[i].refuse;
		f->conf.redirect = rows[i].redirect;
		fix_start(f);
		fix_invite(f, two_lines);
		fix_run(f, 200 * MS);
		assert_int_equal(f->final, rows[i].code);
		if (rows[i].contact)
			assert_non_null(strstr(f->answer, rows[i].contact));
		else
			assert_null(strstr(f->answer, "Contact:"));
		assert_true(told(f, "refused"));
		assert_false(recorder_busy(f->r));
		assert_int_equal(wire_flows(f->wire), 3);
		fix_free(f);
	}
}

static const char one_line[] =
	"v=0\r\no=src 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"
	"t=0 0\r\nm=audio 20000 RTP/AVP 0\r\na=sendonly\r\n";

/* `code` by either mode; 0: lenient accepts with a warning. */
static void test_what_is_wrong(void **state)
{
	static const struct {
		const char *name, *headers, *type, *body, *why;
		int lenient, strict;
	} rows[] = {
		{"no metadata, no label", SRC_HEADERS, "application/sdp",
		 one_line, "no a=label in m-line 1", 200, 400},
		{"no siprec", NULL, "application/sdp", one_line,
		 "no 'siprec' in Require", 200, 400},
		{"no metadata", SRC_HEADERS, "application/sdp", two_lines,
		 "no recording metadata", 200, 400},
		{"broken SDP", SRC_HEADERS, "application/sdp", "v=0\r\nm=x\r\n",
		 "sdp line", 400, 400},
		{"empty SDP", SRC_HEADERS, "application/sdp", "",
		 "no SDP offer", 488, 488},
		{"no SDP", SRC_HEADERS, NULL, "", "no SDP offer", 488, 488},
		{"metadata that is none", SRC_HEADERS,
		 "application/rs-metadata+xml", "<x", "metadata line", 488,
		 488},
		{"unknown body", SRC_HEADERS, "text/plain", "hello",
		 "type text/plain", 415, 415},
		{"multipart without end", SRC_HEADERS, MULTIPART,
		 "--cut\r\nContent-Type: application/sdp\r\n\r\nv=0",
		 "not closed", 200, 400},
	};
	size_t i, mode;

	(void)state;
	for (i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();
		size_t row = i / 2;

		mode = i % 2;
		print_message("%s, %s\n", rows[row].name,
			      mode ? "strict" : "lenient");
		f->conf.strict = mode;
		fix_start(f);
		fix_invite_raw(f, rows[row].headers, rows[row].type,
			       span_of(rows[row].body));
		fix_run(f, 200 * MS);
		assert_int_equal(f->final,
				 mode ? rows[row].strict : rows[row].lenient);
		assert_true(told(f, rows[row].why));
		if (f->final != 200)
			assert_non_null(strstr(f->answer, "\r\nWarning: 399 "));
		else
			assert_true(trace_n_notes(f->trace) > 0);
		fix_free(f);
	}
}

static void test_strict_takes_what_is_right(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	f->conf.strict = true;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 200 * MS);
	assert_int_equal(f->final, 200);
	fix_free(f);
}

/* ---- answering wrongly ---- */

static const char *body_of(const char *message)
{
	return strstr(message, "\r\n\r\n") + 4;
}

static void test_mangled_bodies(void **state)
{
	static const struct {
		const char *mangle, *has, *lacks;
	} rows[] = {
		{"no-sdp", "", "v=0"},
		{"one-media", "a=label:1", "a=label:2"},
		{"ports-zero", "m=audio 0 RTP/AVP 0", "a=recvonly"},
		{"no-labels", "a=recvonly", "a=label"},
		{"multipart", "Content-Type: application/sdp\r\n", "metadata"},
		{"sendrecv", "a=label:2", "a=recvonly"},
		{"last-refused", "m=audio 0 RTP/AVP 0", "m=audio 0 RTP/AVP 8"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();

		print_message("%s\n", rows[i].mangle);
		f->conf.mangle = recorder_mangle_bit(rows[i].mangle);
		assert_int_not_equal(f->conf.mangle, 0);
		fix_start(f);
		fix_invite(f, two_lines);
		fix_run(f, 50 * MS);
		assert_int_equal(f->final, 200);
		assert_non_null(strstr(body_of(f->answer), rows[i].has));
		assert_null(strstr(body_of(f->answer), rows[i].lacks));
		fix_free(f);
	}
	assert_int_equal(recorder_mangle_bit("no-such"), 0);
}

static void test_mangled_messages(void **state)
{
	static const char *const rows[] = {"garbage", "bad-status",
					   "no-to-tag"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct fix *f = fix_new();

		print_message("%s\n", rows[i]);
		f->conf.mangle = recorder_mangle_bit(rows[i]);
		fix_start(f);
		fix_invite(f, two_lines);
		fix_run(f, 200 * MS);
		assert_int_equal(f->outcome, SIP_MALFORMED);
		assert_false(recorder_busy(f->r));
		assert_int_equal(recorder_sessions(f->r), 0);
		fix_free(f);
	}
}

/* ---- noise ---- */

static void test_garbage_is_survived(void **state)
{
	static const char *const rows[] = {
		"",
		"\r\n\r\n",
		"\xff\xfe\x80",
		"INVITE",
		"INVITE x SIP/2.0\r\n",
		"INVITE sip:v@h SIP/2.0\r\nCSeq: 1 INVITE\r\n\r\n",
		"SIP/2.0 200 OK\r\n\r\n"};
	struct fix *f = fix_new();
	size_t i;

	(void)state;
	fix_start(f);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		flow_send(f->media, recorder_addr(f->r), rows[i],
			  strlen(rows[i]));
	fix_run(f, SECOND);
	assert_string_equal(buf_str(&f->told), "");
	fix_invite(f, two_lines);
	fix_run(f, SECOND);
	assert_int_equal(f->final, 200);
	fix_free(f);
}

/* Without ACK the 200 is repeated for 32 s, then the session is over (RFC 3261
 * section 13.3.1.4). */
static void test_lost_ack(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 1500);
	sip_ua_kill(f->src);
	fix_run(f, 31 * SECOND);
	assert_true(recorder_busy(f->r));
	fix_run(f, 40 * SECOND);
	assert_true(told(f, "never acknowledged"));
	assert_false(recorder_busy(f->r));
	assert_int_equal(wire_flows(f->wire), 2);
	fix_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_polite),
		cmocka_unit_test(test_answer_of_each_line),
		cmocka_unit_test(test_answer_inactive),
		cmocka_unit_test(test_answer_never),
		cmocka_unit_test(test_ring_and_wait),
		cmocka_unit_test(test_cancel_while_waiting),
		cmocka_unit_test(test_refuse),
		cmocka_unit_test(test_what_is_wrong),
		cmocka_unit_test(test_strict_takes_what_is_right),
		cmocka_unit_test(test_mangled_bodies),
		cmocka_unit_test(test_mangled_messages),
		cmocka_unit_test(test_garbage_is_survived),
		cmocka_unit_test(test_lost_ack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
