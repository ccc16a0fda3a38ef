#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call_fixture.h"

#include "call/cache.h"
#include "capture/capture.h"
#include "core/xalloc.h"

/* A capture being written, and the call played out of it. A is 10.0.0.1, B
 * 10.0.0.2; both speak SIP at 5060 and RTP at 4000. */
static struct fixture f;
static struct capture_writer *writer;
static int64_t now_us;
static int session;	  /* of o= */
static char hearer = 'B'; /* of what A says */
static char path[] = "/tmp/captured-test-XXXXXX";
static struct call_capture capture;

static int setup(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

static struct addr addr_of(char who, uint16_t port)
{
	struct addr a;

	assert_true(addr_parse_ip(span_of("10.0.0.0"), &a));
	a.ip[3] = (uint8_t)(who - 'A' + 1);
	a.port = port;
	return a;
}

static void begin(void)
{
	static const struct call_capture first = {.number = 1, .speed = 1};

	writer = capture_writer_open(path, NULL);
	assert_non_null(writer);
	now_us = 1000000000;
	session = 1;
	capture = first;
	capture.path = path;
}

static void put(char from, uint16_t port, const void *p, size_t n)
{
	struct addr src = addr_of(from, port);
	struct addr dst = addr_of(from == 'A' ? hearer : 'A', port);

	capture_writer_add(writer, now_us, &src, &dst, p, n);
}

/* "200 INVITE" or "INVITE", of the dialog that A began, with a description
 * whose m-lines are `media` (NULL: none). */
static void sip_more(char from, const char *what, int cseq, const char *media,
		     bool by_b, const char *more)
{
	bool response = what[0] >= '0' && what[0] <= '9';
	char *start, *body, *text;
	const char *method = response ? what + 4 : what;

	start = response ? xasprintf("SIP/2.0 %.3s x", what)
			 : xasprintf("%s sip:x@10.0.0.9 SIP/2.0", what);
	body = media ? xasprintf("v=0\r\no=- %d %d IN IP4 h\r\ns=-\r\n"
				 "c=IN IP4 10.0.0.%d\r\nt=0 0\r\n%s",
				 session, cseq, from - 'A' + 1, media)
		     : xstrdup("");
	text = xasprintf("%s\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK%d%c\r\n"
			 "From: %s;tag=%s\r\nTo: %s;tag=%s\r\n"
			 "Call-ID: captured-1\r\nCSeq: %d %s\r\n%s%s"
			 "Content-Length: %zu\r\n\r\n%s",
			 start, cseq, from,
			 by_b ? "<sip:bob@b.org>" : "\"Ann\" <sip:ann@a.org>",
			 by_b ? "b" : "a",
			 by_b ? "<sip:ann@a.org>" : "<sip:bob@b.org>",
			 by_b ? "a" : "b", cseq, method, more,
			 media ? "Content-Type: application/sdp\r\n" : "",
			 strlen(body), body);
	put(from, 5060, text, strlen(text));
	now_us += 10000;
	free(start);
	free(body);
	free(text);
}

static void sip(char from, const char *what, int cseq, const char *media)
{
	sip_more(from, what, cseq, media, false, "");
}

#define PCMU "m=audio 4000 RTP/AVP 0\r\n"
#define BOTH "m=audio 4000 RTP/AVP 0 8\r\n"
#define PCMA "m=audio 4000 RTP/AVP 8\r\n"

/* n packets of 20 ms, from `seq` on. */
static void speak(char from, uint8_t pt, uint16_t seq, int n)
{
	uint8_t bytes[RTP_HEADER + 160] = {0x80};

	for (; n > 0; n--, seq++, now_us += 20000) {
		bytes[1] = pt;
		bytes[2] = (uint8_t)(seq >> 8);
		bytes[3] = (uint8_t)seq;
		bytes[6] = (uint8_t)(seq * 160 >> 8);
		bytes[7] = (uint8_t)(seq * 160);
		bytes[11] = (uint8_t)from;
		put(from, 4000, bytes, sizeof(bytes));
	}
}

/* n packets of PCMU between two others. */
static void speak_to(char from, char to, int n)
{
	hearer = to;
	speak(from, 0, 1, n);
	hearer = 'B';
}

static void answered_call(void)
{
	sip('A', "INVITE", 1, BOTH);
	sip('B', "180 INVITE", 1, NULL);
	sip('B', "200 INVITE", 1, BOTH);
	sip('A', "ACK", 1, NULL);
}

static void play(void)
{
	assert_int_equal(capture_writer_close(writer, NULL), 0);
	fixture_init(&f);
	trace_log_arrivals(f.trace, true);
	f.conf.capture = &capture;
	fixture_run(&f);
}

static const struct call_media *audio(int party)
{
	return call_media(f.call, party, CALL_AUDIO);
}

static uint16_t seq_at(int party, size_t i)
{
	const uint8_t *b = f.heard[party][i].bytes;

	return (uint16_t)(b[2] << 8 | b[3]);
}

/* ---- its course ---- */

static void test_captured_course(void **state)
{
	(void)state;
	begin();
	answered_call();
	speak('A', 0, 1, 20);
	sip('A', "BYE", 2, NULL);
	sip('B', "200 BYE", 2, NULL);
	play();
	assert_string_equal(fixture_story(&f), "INVITE 180 200 ACK BYE 200");
	assert_int_equal(f.n_known, 1);
	assert_int_equal(f.n_answered, 1);
	assert_int_equal(f.n_changed, 0);
	assert_int_equal(f.n_ended, 1);
	assert_int_equal(f.known_us, 20000);
	assert_int_equal(f.answered_us, 20000);
	assert_int_equal(f.ended_us, 440000);
	assert_int_equal(f.n_heard[CALL_CALLER], 20);
	assert_int_equal(f.heard[CALL_CALLER][19].at_us, 420000);
	assert_int_equal(f.n_heard[CALL_CALLEE], 0);
	assert_string_equal(call_id(f.call), "captured-1");
	assert_true(trace_call_at(f.trace, 0)->in_order);
	assert_int_equal(trace_call_at(f.trace, 0)->final, 200);
	assert_string_equal(audio(CALL_CALLER)->codec[0].name, "PCMU");
	fixture_fini(&f);
}

static void test_captured_hole(void **state)
{
	(void)state;
	begin();
	answered_call();
	speak('B', 0, 1, 10);
	now_us += 500000; /* 25 packets are missing */
	speak('B', 0, 36, 10);
	sip('A', "BYE", 2, NULL);
	play();
	assert_int_equal(f.n_heard[CALL_CALLEE], 20);
	assert_int_equal(seq_at(CALL_CALLEE, 10), 36);
	assert_int_equal(f.heard[CALL_CALLEE][10].at_us -
				 f.heard[CALL_CALLEE][9].at_us,
			 520000);
	assert_int_equal(trace_n_originals(f.trace), 1);
	assert_int_equal(trace_original_at(f.trace, 0)->n_log, 20);
	fixture_fini(&f);
}

static void test_captured_faster(void **state)
{
	(void)state;
	begin();
	answered_call();
	speak('A', 0, 1, 20);
	sip('A', "BYE", 2, NULL);
	capture.speed = 4;
	capture.start_us = 240000; /* ten packets */
	play();
	assert_int_equal(f.known_us, 0);
	assert_int_equal(f.n_heard[CALL_CALLER], 10);
	assert_int_equal(seq_at(CALL_CALLER, 0), 11);
	assert_int_equal(f.heard[CALL_CALLER][1].at_us, 5000);
	assert_int_equal(f.ended_us, 50000);
	fixture_fini(&f);
}

static void test_captured_rewritten(void **state)
{
	static const size_t from[] = {2, 8}, until[] = {8, 12};
	static const enum call_rewrite how[] = {CALL_REWRITE_TIME,
						CALL_REWRITE_SSRC};
	size_t i, k;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin();
		answered_call();
		speak('A', 0, 65530, 20); /* its numbers wrap */
		sip('A', "BYE", 2, NULL);
		capture.rewrite = how[i];
		play();
		assert_int_equal(f.n_heard[CALL_CALLER], 20);
		for (k = 1; k < 20; k++)
			assert_int_equal(
				(uint16_t)(seq_at(0, k) - seq_at(0, k - 1)), 1);
		assert_int_equal(seq_at(0, 0) == 65530, i == 1);
		assert_int_equal(f.heard[0][0].bytes[11] == 'A', i == 0);
		for (k = from[i]; k < until[i] && i == 1; k++)
			assert_int_equal(f.heard[0][0].bytes[k],
					 f.heard[0][19].bytes[k]);
		fixture_fini(&f);
	}
}

static void test_captured_endings(void **state)
{
	static const struct {
		const char *name, *first, *then;
		char from;
		int final;
	} rows[] = {
		{"refused", "486 INVITE", NULL, 'B', 486},
		{"cancelled", "CANCEL", "487 INVITE", 'A', 487},
		{"asked for a password", "407 INVITE", NULL, 'B', 407},
		{"left ringing", "180 INVITE", NULL, 'B', 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("%s\n", rows[i].name);
		begin();
		sip('A', "INVITE", 1, BOTH);
		sip(rows[i].from, rows[i].first, 1, NULL);
		if (rows[i].then)
			sip('B', rows[i].then, 1, NULL);
		play();
		assert_int_equal(f.n_known, 0);
		assert_int_equal(f.n_ended, 1);
		assert_int_equal(f.ended_us, 10000);
		assert_int_equal(trace_call_at(f.trace, 0)->final,
				 rows[i].final);
		fixture_fini(&f);
	}
}

/* ---- offers and answers ---- */

static void test_captured_offers(void **state)
{
	static const struct {
		const char *name;
		struct {
			char from;
			const char *what;
			int cseq;
			const char *media;
		} say[8];
		int known, changed;
	} rows[] = {
		{"183 and 200 say the same",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "183 INVITE", 1, PCMU},
		  {'B', "200 INVITE", 1, PCMU}},
		 1,
		 0},
		{"another phone answers",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "183 INVITE", 1, PCMU},
		  {'B', "200 INVITE", 1, PCMA}},
		 1,
		 1},
		{"the ACK answers",
		 {{'A', "INVITE", 1, NULL},
		  {'B', "200 INVITE", 1, BOTH},
		  {'B', "200 INVITE", 1, BOTH},
		  {'A', "ACK", 1, PCMU},
		  {'A', "ACK", 1, PCMU}},
		 1,
		 0},
		{"the PRACK answers",
		 {{'A', "INVITE", 1, NULL},
		  {'B', "183 INVITE", 1, BOTH},
		  {'A', "PRACK", 2, PCMU},
		  {'B', "200 PRACK", 2, NULL},
		  {'B', "200 INVITE", 1, NULL}},
		 1,
		 0},
		{"the PRACK offers",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "183 INVITE", 1, BOTH},
		  {'A', "PRACK", 2, PCMU},
		  {'B', "200 PRACK", 2, PCMU}},
		 1,
		 1},
		{"a re-INVITE, once more on its way",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "200 INVITE", 1, BOTH},
		  {'A', "INVITE", 2, PCMA},
		  {'A', "INVITE", 2, PCMA},
		  {'B', "200 INVITE", 2, PCMA},
		  {'B', "200 INVITE", 2, PCMA},
		  {'B', "200 INVITE", 1, BOTH}},
		 1,
		 1},
		{"a refused re-INVITE",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "200 INVITE", 1, BOTH},
		  {'A', "INVITE", 2, PCMA},
		  {'B', "488 INVITE", 2, NULL}},
		 1,
		 0},
		{"an UPDATE",
		 {{'A', "INVITE", 1, BOTH},
		  {'B', "200 INVITE", 1, BOTH},
		  {'A', "UPDATE", 2, PCMA},
		  {'B', "200 UPDATE", 2, PCMA}},
		 1,
		 1},
		{"a description nobody can read",
		 {{'A', "INVITE", 1, BOTH}, {'B', "200 INVITE", 1, "m=\r\n"}},
		 0,
		 0},
		{"an answer without its offer",
		 {{'B', "200 INVITE", 1, BOTH}, {'A', "ACK", 1, NULL}},
		 0,
		 0},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("%s\n", rows[i].name);
		begin();
		for (k = 0; k < 8 && rows[i].say[k].what; k++)
			sip(rows[i].say[k].from, rows[i].say[k].what,
			    rows[i].say[k].cseq, rows[i].say[k].media);
		sip('A', "BYE", 9, NULL);
		play();
		assert_int_equal(f.n_known, rows[i].known);
		assert_int_equal(f.n_changed, rows[i].changed);
		fixture_fini(&f);
	}
}

static void test_captured_hold(void **state)
{
	static const struct {
		const char *offer, *answer;
		enum sdp_dir caller, callee;
	} rows[] = {
		{PCMU "a=sendonly\r\n", PCMU "a=recvonly\r\n", SDP_SENDONLY,
		 SDP_RECVONLY},
		{PCMU "a=inactive\r\n", PCMU "a=inactive\r\n", SDP_INACTIVE,
		 SDP_INACTIVE},
		/* RFC 2543 */
		{"m=audio 4000 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n", PCMU,
		 SDP_SENDONLY, SDP_RECVONLY},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin();
		answered_call();
		sip('A', "INVITE", 2, rows[i].offer);
		sip('B', "200 INVITE", 2, rows[i].answer);
		sip('A', "BYE", 9, NULL);
		play();
		assert_int_equal(f.n_changed, 1);
		assert_int_equal(audio(CALL_CALLER)->dir, rows[i].caller);
		assert_int_equal(audio(CALL_CALLEE)->dir, rows[i].callee);
		fixture_fini(&f);
	}
}

static void test_captured_codec_is_what_is_sent(void **state)
{
	(void)state;
	begin();
	answered_call();
	speak('A', 8, 1, 10); /* the second of those they agreed on */
	sip_more('B', "INVITE", 1, PCMU, true, "");
	sip_more('A', "200 INVITE", 1, PCMU, true, "");
	speak('A', 9, 11, 10); /* nobody spoke of it */
	sip('A', "BYE", 2, NULL);
	play();
	assert_int_equal(f.n_changed, 1);
	assert_int_equal(audio(CALL_CALLER)->codec[0].pt, 9);
	assert_string_equal(audio(CALL_CALLER)->codec[0].name, "G722");
	assert_string_equal(audio(CALL_CALLEE)->codec[0].name, "PCMU");
	assert_int_equal(f.n_heard[CALL_CALLER], 20);
	fixture_fini(&f);
}

/* ---- names ---- */

static void test_captured_names(void **state)
{
	const struct call_identity *who;

	(void)state;
	begin();
	sip('A', "INVITE", 1, BOTH);
	sip_more('B', "200 INVITE", 1, BOTH, false,
		 "P-Asserted-Identity: \"Carol\" <sip:carol@b.org>\r\n");
	sip_more('A', "UPDATE", 2, NULL, false,
		 "P-Asserted-Identity: <sip:dave@a.org>\r\n");
	sip('A', "BYE", 9, NULL);
	assert_int_equal(capture_writer_close(writer, NULL), 0);
	fixture_init(&f);
	f.conf.capture = &capture;
	f.conf.party[CALL_CALLER].aor = "sip:ann@a.org";
	f.conf.party[CALL_CALLEE].aor = "sip:bob@b.org";
	fixture_run(&f);
	assert_int_equal(f.n_known, 1);
	assert_int_equal(f.n_changed, 1);
	who = call_identity(f.call, CALL_CALLER);
	assert_string_equal(who->uri, "sip:dave@a.org");
	who = call_identity(f.call, CALL_CALLEE);
	assert_string_equal(who->uri, "sip:carol@b.org");
	assert_string_equal(who->name, "Carol");
	fixture_fini(&f);
}

/* A B2BUA shows whom a party was transferred to: another name with another
 * session. The same name, or the same session, is the same person. */
static void test_captured_transfer(void **state)
{
	static const struct {
		const char *name, *more;
		int session;
		unsigned person;
	} rows[] = {
		{"another name, another session",
		 "P-Asserted-Identity: <sip:carol@c.org>\r\n", 2, 1},
		{"another name for the same session",
		 "P-Asserted-Identity: <sip:carol@c.org>\r\n", 1, 0},
		{"the same name, moved", "", 2, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		print_message("%s\n", rows[i].name);
		begin();
		answered_call();
		session = rows[i].session;
		sip_more('B', "INVITE", 1, PCMU, true, rows[i].more);
		session = 1;
		sip_more('A', "200 INVITE", 1, PCMU, true, "");
		sip('A', "BYE", 2, NULL);
		assert_int_equal(capture_writer_close(writer, NULL), 0);
		fixture_init(&f);
		f.conf.capture = &capture;
		f.conf.party[CALL_CALLEE].aor = "sip:bob@b.org";
		fixture_run(&f);
		assert_int_equal(f.n_changed, 1);
		assert_int_equal(call_identity(f.call, CALL_CALLEE)->person,
				 rows[i].person);
		fixture_fini(&f);
	}
}

static void test_captured_seats(void **state)
{
	struct call_seat seat = {.party = CALL_CALLER};

	(void)state;
	begin();
	answered_call();
	speak('A', 0, 1, 10);
	sip('A', "BYE", 2, NULL);
	seat.at = addr_of('B', 0);
	capture.seat = &seat;
	capture.n_seats = 1;
	play();
	assert_int_equal(f.n_heard[CALL_CALLEE], 10);
	assert_int_equal(f.n_heard[CALL_CALLER], 0);
	assert_string_equal(call_identity(f.call, CALL_CALLER)->uri,
			    "sip:alice@example.com"); /* who was named stays */
	fixture_fini(&f);
}

/* The last packets of an open call have one time. */
static void test_captured_last_instant(void **state)
{
	int64_t then_us;

	(void)state;
	begin();
	answered_call();
	then_us = now_us;
	speak('A', 0, 1, 10);
	now_us = then_us;
	speak('B', 0, 1, 10);
	play();
	assert_int_equal(f.n_heard[CALL_CALLER], 10);
	assert_int_equal(f.n_heard[CALL_CALLEE], 10);
	fixture_fini(&f);
}

/* What nothing names is left out, and the rest is played. */
static void test_captured_unnamed(void **state)
{
	(void)state;
	begin();
	answered_call();
	speak('A', 0, 1, 10);
	speak('B', 99, 1, 10);
	sip('A', "BYE", 2, NULL);
	play();
	assert_int_equal(f.n_heard[CALL_CALLER], 10);
	assert_int_equal(trace_n_notes(f.trace), 1);
	assert_string_equal(trace_note_at(f.trace, 0)->text,
			    "stream 0x00000042 has payload type 99: no SDP in "
			    "the capture says what that is, it is not "
			    "recorded");
	fixture_fini(&f);
}

/* Beside a call, and between other ends: which pair is picked by its number, of
 * all or of those that were named. */
static void test_captured_pairs(void **state)
{
	static const struct {
		const char *name;
		size_t pair;
		char caller; /* 0: nobody is named */
		int of_caller, of_callee;
	} rows[] = {
		{"the first", 1, 0, 15, 0},
		{"the second", 2, 0, 17, 13},
		{"of those of C the first", 1, 'C', 13, 17},
		{"one too many", 3, 0, -1, 0},
		{"of those of C the second", 2, 'C', -1, 0},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct call_seat seat = {.party = CALL_CALLER};
		struct call_facts facts;
		struct err e = ERR_INIT;

		print_message("%s\n", rows[i].name);
		begin();
		sip('A', "BYE", 2, NULL);
		speak_to('A', 'B', 15);
		speak_to('A', 'C', 17);
		speak_to('C', 'A', 13);
		capture.pair = rows[i].pair;
		seat.at = rows[i].caller ? addr_of(rows[i].caller, 0)
					 : addr_of('A', 0);
		capture.seat = &seat;
		capture.n_seats = rows[i].caller != 0;
		if (rows[i].of_caller < 0) {
			assert_int_equal(capture_writer_close(writer, NULL), 0);
			assert_int_equal(call_look(&facts, &capture, &e), -1);
			assert_non_null(strstr(e.text, "of streams without "
						       "SIP in it"));
			call_cache_free();
			continue;
		}
		play();
		assert_int_equal(f.n_heard[CALL_CALLER], rows[i].of_caller);
		assert_int_equal(f.n_heard[CALL_CALLEE], rows[i].of_callee);
		fixture_fini(&f);
	}
}

/* ---- what cannot be played ---- */

static void test_captured_faults(void **state)
{
	static const struct {
		const char *name, *media, *has;
		size_t number;
		uint8_t pt;
		enum err_kind kind;
	} rows[] = {
		{"no such call", PCMU, "no call 2 in it: it has 1 call", 2, 0,
		 ERR_SCENARIO},
		{"SRTP", "m=audio 4000 RTP/SAVP 0\r\n", "is encrypted (SRTP)",
		 1, 0, ERR_INPUT},
		{"a frame of another day", PCMU, "lasts 25 hours", 1, 200,
		 ERR_INPUT},
		{"a number without a name", PCMU, "payload type 99", 1, 99,
		 ERR_INPUT},
	};
	struct call_facts facts;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct err e = ERR_INIT;

		print_message("%s\n", rows[i].name);
		begin();
		sip('A', "INVITE", 1, rows[i].media);
		sip('B', "200 INVITE", 1, rows[i].media);
		if (rows[i].pt == 200)
			now_us += INT64_C(25) * 3600 * 1000000;
		else
			speak('A', rows[i].pt, 1, 10);
		sip('A', "BYE", 2, NULL);
		assert_int_equal(capture_writer_close(writer, NULL), 0);
		capture.number = rows[i].number;
		assert_int_equal(call_look(&facts, &capture, &e), -1);
		assert_int_equal(e.kind, rows[i].kind);
		if (!strstr(e.text, rows[i].has))
			fail_msg("%s", e.text);
		call_cache_free();
	}
}

/* As what somebody says in another call, it would be noise. */
static void test_encrypted_is_not_said(void **state)
{
	struct call_source s = {.kind = CALL_PCAP, .path = path};
	struct err e = ERR_INIT;
	const char *warning;

	(void)state;
	begin();
	sip('A', "INVITE", 1, "m=audio 4000 RTP/SAVP 0\r\n");
	sip('B', "200 INVITE", 1, "m=audio 4000 RTP/SAVP 0\r\n");
	speak('A', 0, 1, 10);
	assert_int_equal(capture_writer_close(writer, NULL), 0);
	assert_null(cache_stream(&s, &warning, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_non_null(strstr(e.text, "is encrypted (SRTP)"));
	call_cache_free();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_captured_course),
		cmocka_unit_test(test_captured_hole),
		cmocka_unit_test(test_captured_faster),
		cmocka_unit_test(test_captured_rewritten),
		cmocka_unit_test(test_captured_endings),
		cmocka_unit_test(test_captured_offers),
		cmocka_unit_test(test_captured_hold),
		cmocka_unit_test(test_captured_codec_is_what_is_sent),
		cmocka_unit_test(test_captured_names),
		cmocka_unit_test(test_captured_transfer),
		cmocka_unit_test(test_captured_seats),
		cmocka_unit_test(test_captured_last_instant),
		cmocka_unit_test(test_captured_unnamed),
		cmocka_unit_test(test_captured_pairs),
		cmocka_unit_test(test_captured_faults),
		cmocka_unit_test(test_encrypted_is_not_said),
	};

	return cmocka_run_group_tests_name("call_captured", tests, setup,
					   teardown);
}
