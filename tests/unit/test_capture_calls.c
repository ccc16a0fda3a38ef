#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture/calls.h"
#include "capture_files.h"
#include "trace/ladder.h"
#include "trace/trace.h"

/* A capture being written. Addresses are A to F: 10.0.0.1:5060 and so on; the
 * media of A is at 10.0.0.1:4000. */
struct scene {
	struct capture_writer *w;
	int64_t now_us;
	struct capture_calls got;
};

static struct addr addr_at(char who, uint16_t port)
{
	struct addr a;

	assert_true(addr_parse_ip(span_of("10.0.0.0"), &a));
	a.ip[3] = (uint8_t)(who - 'A' + 1);
	a.port = port;
	return a;
}

static void begin(struct scene *s)
{
	s->w = capture_writer_open(files_path, NULL);
	s->now_us = 1000000000;
	assert_non_null(s->w);
}

static void put(struct scene *s, struct addr src, struct addr dst,
		const void *p, size_t n)
{
	capture_writer_add(s->w, s->now_us, &src, &dst, p, n);
	s->now_us += 10000;
}

static void end(struct scene *s, bool by_leg)
{
	struct err e = ERR_INIT;

	assert_int_equal(capture_writer_close(s->w, NULL), 0);
	assert_int_equal(capture_calls(&s->got, files_path, by_leg, &e), 0);
	assert_string_equal(s->got.info.warning, "");
}

/* What a message is made of; zero is "alice calls bob, Call-ID 1". */
struct msg {
	const char *way;   /* "AB": from A to B */
	const char *start; /* "INVITE", "200" */
	const char *cseq;  /* "1 INVITE" */
	const char *call_id, *from, *to, *more;
	const char *sdp; /* attributes and such of the m-line; NULL: none */
	char at;	 /* whose address is in the SDP; 0: the sender's */
	bool to_tag;
	bool by_callee; /* the callee's request, or a response to it */
};

static char *body_of(const struct msg *m)
{
	char who = m->at ? m->at : m->way[0];

	if (!m->sdp)
		return xstrdup("");
	return xasprintf("v=0\r\no=- 1 1 IN IP4 h\r\ns=-\r\n"
			 "c=IN IP4 10.0.0.%d\r\nt=0 0\r\n"
			 "m=audio 4000 %s\r\n",
			 who - 'A' + 1, m->sdp);
}

static const char *or_else(const char *s, const char *other)
{
	return s ? s : other;
}

static void say(struct scene *s, const struct msg *m)
{
	bool request = m->start[0] > '9';
	const char *alice = or_else(m->from, "<sip:alice@h>");
	const char *bob = or_else(m->to, "<sip:bob@h>");
	char *body = body_of(m);
	char *text = xasprintf(
		"%s%s%s\r\n"
		"Via: SIP/2.0/UDP %c;branch=z9hG4bK%s%s\r\n"
		"From: %s;tag=%s\r\n"
		"To: %s%s\r\n"
		"Call-ID: %s\r\n"
		"CSeq: %s\r\n"
		"%s%s"
		"Content-Length: %zu\r\n\r\n%s",
		request ? m->start : "SIP/2.0 ",
		request ? " sip:x@h SIP/2.0" : m->start, request ? "" : " Text",
		m->way[0], m->cseq, m->way, m->by_callee ? bob : alice,
		m->by_callee ? "b" : "a", m->by_callee ? alice : bob,
		!m->to_tag     ? ""
		: m->by_callee ? ";tag=a"
			       : ";tag=b",
		or_else(m->call_id, "1"), m->cseq, or_else(m->more, ""),
		m->sdp ? "Content-Type: application/sdp\r\n" : "", strlen(body),
		body);

	put(s, addr_at(m->way[0], 5060), addr_at(m->way[1], 5060), text,
	    strlen(text));
	free(text);
	free(body);
}

#define SAY(s, ...) SAY_(s, __VA_ARGS__)
#define SAY_(s, w, m, ...)                                                     \
	say(s, &(struct msg){.way = w, .start = m, .cseq = __VA_ARGS__})
#define PCMU "RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000"
#define INVITE "INVITE", "1 INVITE"
#define ANSWER "200", "1 INVITE", .to_tag = true

static void rtp(struct scene *s, const char *way, uint32_t ssrc, uint8_t pt,
		uint16_t seq, const char *payload)
{
	struct buf b;

	buf_init(&b, 1472);
	buf_add_be16(&b, (uint16_t)(0x8000 | pt));
	buf_add_be16(&b, seq);
	buf_add_be32(&b, seq * 80u);
	buf_add_be32(&b, ssrc);
	buf_add(&b, payload, 4);
	put(s, addr_at(way[0], 4000), addr_at(way[1], 4000), b.p, b.n);
	buf_fini(&b);
}

/* ---- outcomes ---- */

/* Messages of a call, in words: I INVITE, C CANCEL, B BYE, A ACK, digits a
 * response to the INVITE, c the INVITE once more with credentials and another
 * CSeq, a its ACK. The same again is a retransmission. */
static void play(struct scene *s, const char *words)
{
	static const char *const codes[] = {"100", "200", "302", "401", "486",
					    "487", "180", "503", "404", "603"};
	const char *cseq = "1 INVITE";

	for (; *words; words++) {
		switch (*words) {
		case 'I':
			SAY(s, "AB", INVITE, .sdp = PCMU);
			break;
		case 'c':
			cseq = "2 INVITE";
			SAY(s, "AB", "INVITE", "2 INVITE", .sdp = PCMU);
			break;
		case 'C':
			SAY(s, "AB", "CANCEL", "1 CANCEL");
			break;
		case 'A':
			SAY(s, "AB", "ACK", "1 ACK", .to_tag = true);
			break;
		case 'a':
			SAY(s, "AB", "ACK", "2 ACK", .to_tag = true);
			break;
		case 'B':
			SAY(s, "AB", "BYE", "3 BYE", .to_tag = true);
			break;
		case 'b':
			SAY(s, "BA", "BYE", "9 BYE", .to_tag = true,
			    .by_callee = true);
			break;
		default:
			SAY(s, "BA", codes[*words - '0'], cseq, .to_tag = true);
		}
	}
}

static const struct {
	const char *name, *words;
	enum capture_outcome outcome;
	int final;
	unsigned again;
	int ms; /* to the end, -1: it has none */
} outcomes[] = {
	{"answered", "I061AB", CAPTURE_ANSWERED, 200, 0, 50},
	{"ended by the callee", "I1Ab", CAPTURE_ANSWERED, 200, 0, 30},
	{"open", "I61A", CAPTURE_OPEN, 200, 0, -1},
	{"busy", "I64A", CAPTURE_REJECTED, 486, 0, 20},
	{"redirected", "I2A", CAPTURE_REJECTED, 302, 0, 10},
	{"asked for a password", "I3A", CAPTURE_REJECTED, 401, 0, 10},
	{"with a password", "I3Ac1aB", CAPTURE_ANSWERED, 200, 0, 60},
	{"cancelled", "I6C5A", CAPTURE_CANCELLED, 487, 0, 30},
	{"cancelled, no answer", "I6C", CAPTURE_CANCELLED, 0, 0, 20},
	{"cancelled too late", "I6C1AB", CAPTURE_ANSWERED, 200, 0, 50},
	{"cancelled, refused", "IC9A", CAPTURE_REJECTED, 603, 0, 20},
	{"unanswered", "I", CAPTURE_UNANSWERED, 0, 0, -1},
	{"rings for ever", "I06", CAPTURE_UNANSWERED, 0, 0, -1},
	{"sent again", "III11AAB", CAPTURE_ANSWERED, 200, 4, 70},
	{"only the end", "AB", CAPTURE_ANSWERED, 0, 0, 10},
};

static void test_outcomes(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(outcomes) / sizeof(outcomes[0]); i++) {
		const struct capture_leg *l;
		struct scene s;

		print_message("%s\n", outcomes[i].name);
		begin(&s);
		play(&s, outcomes[i].words);
		end(&s, false);
		assert_int_equal(s.got.n_legs, 1);
		l = &s.got.leg[0];
		assert_int_equal(l->outcome, outcomes[i].outcome);
		assert_int_equal(l->final, outcomes[i].final);
		assert_int_equal(l->again, outcomes[i].again);
		assert_int_equal(l->reinvites, 0);
		assert_int_equal(
			l->end_us < 0 ? -1 : (l->end_us - l->start_us) / 1000,
			outcomes[i].ms);
		assert_string_equal(l->caller, "sip:alice@h");
		assert_string_equal(l->callee, "sip:bob@h");
		capture_calls_fini(&s.got);
	}
}

/* Other requests are no calls. */
static void test_no_calls(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", "REGISTER", "1 REGISTER");
	SAY(&s, "BA", "200", "1 REGISTER", .to_tag = true);
	SAY(&s, "AB", "OPTIONS", "1 OPTIONS");
	SAY(&s, "AB", "MESSAGE", "1 MESSAGE");
	end(&s, false);
	assert_int_equal(s.got.n_calls, 0);
	capture_calls_fini(&s.got);
}

/* ---- changes ---- */

static void answered(struct scene *s)
{
	SAY(s, "AB", INVITE, .sdp = PCMU);
	SAY(s, "BA", ANSWER, .sdp = PCMU);
	SAY(s, "AB", "ACK", "1 ACK", .to_tag = true);
}

/* Offer and answer in a re-INVITE of the caller, or of the callee. */
static void reinvite(struct scene *s, bool by_callee, const char *cseq,
		     const char *dir)
{
	char *sdp = xasprintf("%s\r\na=%s", PCMU, dir);
	const char *way = by_callee ? "BA" : "AB";
	const char *back = by_callee ? "AB" : "BA";

	SAY(s, way, "INVITE", cseq, .to_tag = true, .by_callee = by_callee,
	    .sdp = sdp);
	SAY(s, back, "200", cseq, .to_tag = true, .by_callee = by_callee,
	    .sdp = PCMU "\r\na=recvonly");
	free(sdp);
}

static void test_holds(void **state)
{
	const struct capture_leg *l;
	struct scene s;

	(void)state;
	begin(&s);
	answered(&s);
	reinvite(&s, false, "2 INVITE", "sendonly");
	reinvite(&s, false, "3 INVITE", "sendonly");
	reinvite(&s, false, "4 INVITE", "sendrecv");
	/* the callee counts for itself: this is its first one */
	reinvite(&s, true, "1 INVITE", "inactive");
	end(&s, false);
	l = &s.got.leg[0];
	assert_int_equal(l->reinvites, 4);
	assert_int_equal(l->holds, 2);
	assert_int_equal(l->final, 200);
	/* two of the call; of the others those that were new */
	assert_int_equal(l->n_sdp, 7);
	assert_true(l->sdp[0].offer);
	assert_int_equal(l->sdp[0].party, CAPTURE_CALLER);
	assert_false(l->sdp[1].offer);
	assert_int_equal(l->sdp[1].party, CAPTURE_CALLEE);
	assert_true(l->sdp[2].holds);
	assert_true(l->sdp[4].resumes || l->sdp[5].resumes);
	assert_string_equal(l->sdp[0].media[0].codecs,
			    "PCMU/8000 telephone-event/8000");
	capture_calls_fini(&s.got);
}

/* What is refused holds nobody, and does not hinder what comes after it. */
static void test_refused_holds(void **state)
{
	static const struct {
		const char *name, *method, *code;
	} rows[] = {{"re-INVITE refused", "INVITE", "491"},
		    {"UPDATE refused", "UPDATE", "488"},
		    {"re-INVITE in progress", "INVITE", "100"},
		    {"re-INVITE to be authorized", "INVITE", "401"}};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *cseq = xasprintf("2 %s", rows[i].method);
		const struct capture_leg *l;
		struct scene s;
		int said;

		print_message("%s\n", rows[i].name);
		for (said = 0; said < 2; said++) {
			begin(&s);
			answered(&s);
			SAY(&s, "AB", rows[i].method, cseq, .to_tag = true,
			    .sdp = PCMU "\r\na=sendonly");
			SAY(&s, "BA", rows[i].code, cseq, .to_tag = true);
			if (said)
				reinvite(&s, false, "3 INVITE", "sendonly");
			end(&s, false);
			l = &s.got.leg[0];
			assert_int_equal(l->holds,
					 said || rows[i].code[0] == '1');
			assert_int_equal(l->sdp[2].holds,
					 rows[i].code[0] == '1');
			capture_calls_fini(&s.got);
		}
		free(cseq);
	}
}

/* The 200 to an INVITE without SDP offers, the ACK answers. */
static void test_late_offer(void **state)
{
	const struct capture_leg *l;
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE);
	SAY(&s, "BA", ANSWER, .sdp = PCMU);
	SAY(&s, "AB", "ACK", "1 ACK", .to_tag = true, .sdp = PCMU);
	end(&s, false);
	l = &s.got.leg[0];
	assert_int_equal(l->n_sdp, 2);
	assert_true(l->sdp[0].offer);
	assert_int_equal(l->sdp[0].party, CAPTURE_CALLEE);
	assert_false(l->sdp[1].offer);
	capture_calls_fini(&s.got);
}

static void test_transfer(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	answered(&s);
	SAY(&s, "BA", "REFER", "5 REFER", .to_tag = true, .by_callee = true,
	    .more = "Refer-To: <sip:carol@h?Replaces=x>\r\n");
	SAY(&s, "AC", INVITE, .call_id = "2", .to = "<sip:carol@h>",
	    .more = "Replaces: x;to-tag=1;from-tag=2\r\n");
	end(&s, false);
	assert_int_equal(s.got.n_calls, 2);
	assert_int_equal(s.got.leg[0].transfers, 1);
	assert_string_equal(s.got.leg[0].refer_to, "sip:carol@h?Replaces=x");
	assert_string_equal(s.got.leg[1].replaces, "x");
	capture_calls_fini(&s.got);
}

/* After Bob's REFER, or with Replaces, a second leg begins. */
static const struct {
	const char *name, *refer_to; /* NULL: no REFER */
	const char *way, *from, *to, *replaces;
	bool answered, one, swapped;
	enum capture_party joins;
} transfers[] = {
	{"obeyed", "sip:carol@h", "AC", NULL, "<sip:carol@h>", "", true, true,
	 false, CAPTURE_CALLEE},
	{"from another address", "sip:carol@h", "DC", "<sip:alice@h>",
	 "<sip:carol@x>", "", true, true, false, CAPTURE_CALLEE},
	{"under another name", "sip:carol@h", "AC", "<sip:anonymous@h>",
	 "<sip:carol@h>", "", true, true, false, CAPTURE_CALLEE},
	{"not answered", "sip:carol@h", "AC", NULL, "<sip:carol@h>", "", false,
	 false, false, CAPTURE_NOBODY},
	{"of somebody else", "sip:carol@h", "DC", "<sip:dave@h>",
	 "<sip:carol@h>", "", true, false, false, CAPTURE_NOBODY},
	{"to somebody else", "sip:carol@h", "AC", NULL, "<sip:eve@h>", "", true,
	 false, false, CAPTURE_NOBODY},
	{"no REFER", NULL, "AC", NULL, "<sip:carol@h>", "", true, false, false,
	 CAPTURE_NOBODY},
	{"the callee's place", NULL, "CA", "<sip:carol@h>", "<sip:alice@h>",
	 "Replaces: 1;to-tag=a;from-tag=b\r\n", true, true, true,
	 CAPTURE_CALLER},
	{"the caller's place", NULL, "CB", "<sip:carol@h>", "<sip:bob@h>",
	 "Replaces: 1;from-tag=a;to-tag=b\r\n", true, true, false,
	 CAPTURE_CALLER},
	{"the place in another call", NULL, "CB", "<sip:carol@h>",
	 "<sip:bob@h>", "Replaces: 7;to-tag=b;from-tag=a\r\n", true, false,
	 false, CAPTURE_NOBODY},
	{"both say so", "sip:carol@h", "AC", NULL, "<sip:carol@h>",
	 "Replaces: 1;to-tag=b;from-tag=a\r\n", true, true, false,
	 CAPTURE_CALLEE},
};

static void test_transfers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(transfers) / sizeof(transfers[0]); i++) {
		char *more = transfers[i].refer_to
				     ? xasprintf("Refer-To: <%s>\r\n",
						 transfers[i].refer_to)
				     : NULL;
		const char *way = transfers[i].way;
		const char back[] = {way[1], way[0], '\0'};
		struct scene s;

		print_message("%s\n", transfers[i].name);
		begin(&s);
		answered(&s);
		if (more)
			SAY(&s, "BA", "REFER", "5 REFER", .to_tag = true,
			    .by_callee = true, .more = more);
		s.now_us += 5000000; /* not the moment of a B2BUA's leg */
		SAY(&s, way, INVITE, .call_id = "2", .from = transfers[i].from,
		    .to = transfers[i].to, .more = transfers[i].replaces,
		    .sdp = PCMU);
		if (transfers[i].answered)
			SAY(&s, back, ANSWER, .call_id = "2",
			    .from = transfers[i].from, .to = transfers[i].to,
			    .sdp = PCMU);
		SAY(&s, "AB", "BYE", "9 BYE", .to_tag = true);
		end(&s, false);
		assert_int_equal(s.got.n_calls, transfers[i].one ? 1 : 2);
		assert_int_equal(s.got.leg[0].next,
				 transfers[i].one ? 1 : SIZE_MAX);
		assert_int_equal(s.got.leg[1].joins, transfers[i].joins);
		assert_int_equal(s.got.leg[1].swapped, transfers[i].swapped);
		assert_int_equal(s.got.leg[1].turn, transfers[i].one ? 2 : 1);
		/* the first leg has ended, the call has not */
		assert_int_equal(s.got.call[0].outcome,
				 transfers[i].one ? CAPTURE_OPEN
						  : CAPTURE_ANSWERED);
		capture_calls_fini(&s.got);
		free(more);
	}
}

/* ---- several legs ---- */

/* A calls B, which goes on to C with another Call-ID. */
static const struct {
	const char *name;
	const char *session; /* Session-ID of both */
	char media;	     /* whose is offered to C */
	const char *caller;  /* to C; NULL: alice as well */
	int later_ms;
	const char *way; /* of the second leg */
	size_t calls;
} legs[] = {
	{"same parties at once", NULL, 'B', NULL, 50, "BC", 1},
	{"same parties, much later", NULL, 'B', NULL, 5000, "BC", 2},
	{"other parties", NULL, 'B', "<sip:pbx@h>", 50, "BC", 2},
	{"other parties, same media", NULL, 'A', "<sip:pbx@h>", 50, "BC", 1},
	{"other parties, same session", "Session-ID: abc;remote=0000\r\n", 'B',
	 "<sip:pbx@h>", 50, "BC", 1},
	{"no session", "Session-ID: 0000;remote=0000\r\n", 'B', "<sip:pbx@h>",
	 50, "BC", 2},
	{"from elsewhere", NULL, 'D', NULL, 50, "DC", 2},
	{"two calls of one phone", NULL, 'A', NULL, 50, "AB", 2},
};

static void test_legs(void **state)
{
	size_t i;
	int by_leg;

	(void)state;
	for (i = 0; i < 2 * sizeof(legs) / sizeof(legs[0]); i++) {
		const char *session = legs[i / 2].session;
		struct scene s;

		by_leg = i % 2;
		print_message("%s\n", legs[i / 2].name);
		begin(&s);
		SAY(&s, "AB", INVITE, .sdp = PCMU, .more = session);
		s.now_us += legs[i / 2].later_ms * 1000;
		SAY(&s, legs[i / 2].way, INVITE, .call_id = "2", .sdp = PCMU,
		    .at = legs[i / 2].media, .from = legs[i / 2].caller,
		    .more = session);
		end(&s, by_leg);
		assert_int_equal(s.got.n_legs, 2);
		assert_int_equal(s.got.n_calls, by_leg ? 2 : legs[i / 2].calls);
		capture_calls_fini(&s.got);
	}
}

/* A proxy hands the same messages on: one leg, nothing counted twice. */
static void test_proxy(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = PCMU);
	SAY(&s, "BC", INVITE, .sdp = PCMU, .at = 'A');
	SAY(&s, "BD", INVITE, .sdp = PCMU, .at = 'A');
	SAY(&s, "CB", "486", "1 INVITE", .to_tag = true);
	SAY(&s, "DB", ANSWER, .sdp = PCMU);
	SAY(&s, "BA", ANSWER, .sdp = PCMU, .at = 'D');
	SAY(&s, "AB", "INVITE", "2 INVITE", .to_tag = true, .sdp = PCMU);
	SAY(&s, "BD", "INVITE", "2 INVITE", .to_tag = true, .sdp = PCMU,
	    .at = 'A');
	end(&s, false);
	assert_int_equal(s.got.n_legs, 1);
	assert_int_equal(s.got.leg[0].outcome, CAPTURE_OPEN);
	assert_int_equal(s.got.leg[0].final, 200);
	assert_int_equal(s.got.leg[0].reinvites, 1);
	assert_int_equal(s.got.leg[0].again, 0);
	assert_int_equal(s.got.leg[0].far.ip[3], 4);
	capture_calls_fini(&s.got);
}

/* ---- streams ---- */

static void talk(struct scene *s, const char *way, uint32_t ssrc, uint8_t pt,
		 unsigned packets)
{
	unsigned i;

	for (i = 0; i < packets; i++)
		rtp(s, way, ssrc, pt, (uint16_t)i, "talk");
}

static const struct capture_stream *stream(const struct scene *s, uint32_t ssrc)
{
	size_t i;

	for (i = 0; i < s->got.n_streams; i++) {
		if (s->got.stream[i].ssrc == ssrc)
			return &s->got.stream[i];
	}
	return NULL;
}

static void test_streams(void **state)
{
	const struct capture_stream *t;
	struct scene s;

	(void)state;
	begin(&s);
	answered(&s);
	talk(&s, "AB", 1, 0, 3); /* few, but SDP says what they are */
	talk(&s, "BA", 2, 0, 10);
	talk(&s, "EF", 3, 8, 5); /* nobody said so */
	talk(&s, "FE", 4, 8, 4); /* and this may be anything */
	rtp(&s, "AB", 1, 0, 6, "late");
	rtp(&s, "AB", 1, 0, 5, "more");
	rtp(&s, "AB", 1, 0, 5, "more");
	end(&s, false);
	assert_int_equal(s.got.n_streams, 3);
	t = stream(&s, 1);
	assert_int_equal(t->call, 0);
	assert_int_equal(t->party, CAPTURE_CALLER);
	assert_int_equal(t->m_line, 1);
	assert_string_equal(t->media, "audio");
	assert_string_equal(t->codec, "PCMU/8000");
	assert_int_equal(t->packets, 5);
	assert_int_equal(t->lost, 2);
	assert_int_equal(t->duplicates, 1);
	assert_int_equal(t->reordered, 1);
	assert_false(t->encrypted);
	assert_int_equal(stream(&s, 2)->party, CAPTURE_CALLEE);
	assert_true(stream(&s, 3)->call == SIZE_MAX);
	assert_string_equal(stream(&s, 3)->codec, "PCMA/8000");
	capture_calls_fini(&s.got);
}

static void test_events_and_noise(void **state)
{
	const struct capture_stream *t;
	struct scene s;
	int i;

	(void)state;
	begin(&s);
	answered(&s);
	talk(&s, "AB", 1, 0, 3);
	for (i = 0; i < 3; i++) { /* one event, with one timestamp */
		char packet[16] = "\x80\x65\0\x03\0\0\x10\0\0\0\0\1\x0b\x0a\0";

		packet[3] = (char)(3 + i);
		put(&s, addr_at('A', 4000), addr_at('B', 4000), packet, 16);
	}
	rtp(&s, "AB", 1, 101, 6, "\1\x0a\0\0");
	rtp(&s, "AB", 1, 13, 7, "noise");
	end(&s, false);
	t = stream(&s, 1);
	assert_string_equal(t->events, "#1");
	assert_int_equal(t->n_events, 2);
	assert_int_equal(t->comfort_noise, 1);
	assert_int_equal(t->n_types, 3);
	assert_int_equal(t->type[1], 101);
	/* what it says most counts */
	assert_string_equal(t->codec, "PCMU/8000");
	capture_calls_fini(&s.got);
}

/* The address in the SDP is not where media comes from; the signalling's is,
 * and the way back is that of the stream that is known. */
static void test_behind_nat(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = PCMU, .at = 'E');
	SAY(&s, "BA", ANSWER, .sdp = PCMU, .at = 'F');
	talk(&s, "AB", 1, 0, 5);
	talk(&s, "BA", 2, 0, 5);
	end(&s, false);
	assert_int_equal(stream(&s, 1)->party, CAPTURE_CALLER);
	assert_int_equal(stream(&s, 2)->party, CAPTURE_CALLEE);
	capture_calls_fini(&s.got);
}

static void test_encrypted(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = "RTP/SAVP 0\r\na=crypto:1 X inline:Y");
	SAY(&s, "BA", ANSWER, .sdp = "RTP/SAVP 0\r\na=crypto:1 X inline:Y");
	talk(&s, "AB", 1, 0, 5);
	end(&s, false);
	assert_true(stream(&s, 1)->encrypted);
	capture_calls_fini(&s.got);
}

/* One call after another with the same ports and the same SSRC. */
static void test_ports_used_again(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	answered(&s);
	talk(&s, "AB", 1, 0, 5);
	SAY(&s, "AB", "BYE", "2 BYE", .to_tag = true);
	s.now_us += 10000000;
	SAY(&s, "AB", INVITE, .call_id = "2", .sdp = PCMU);
	SAY(&s, "BA", ANSWER, .call_id = "2", .sdp = PCMU);
	talk(&s, "AB", 1, 0, 7);
	end(&s, false);
	assert_int_equal(s.got.n_calls, 2);
	assert_int_equal(s.got.n_streams, 2);
	assert_int_equal(s.got.stream[0].call, 0);
	assert_int_equal(s.got.stream[0].packets, 5);
	assert_int_equal(s.got.stream[1].call, 1);
	assert_int_equal(s.got.stream[1].packets, 7);
	capture_calls_fini(&s.got);
}

static void test_early_media(void **state)
{
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = PCMU);
	SAY(&s, "BA", "183", "1 INVITE", .to_tag = true, .sdp = PCMU);
	talk(&s, "BA", 1, 0, 5);
	SAY(&s, "BA", ANSWER, .sdp = PCMU);
	end(&s, false);
	assert_true(s.got.call[0].early_media);
	assert_int_equal(s.got.leg[0].n_sdp, 2);
	capture_calls_fini(&s.got);
}

/* Nobody knows who is early in a call that was answered before its capture. */
static void test_early_media_without_the_invite(void **state)
{
	struct scene s;
	unsigned i;

	(void)state;
	begin(&s);
	talk(&s, "BA", 1, 0, 5);
	SAY(&s, "BA", ANSWER, .sdp = PCMU);
	SAY(&s, "AB", "ACK", "1 ACK", .to_tag = true, .sdp = PCMU);
	for (i = 5; i < 10; i++)
		rtp(&s, "BA", 1, 0, (uint16_t)i, "talk");
	end(&s, false);
	assert_true(s.got.leg[0].partial);
	assert_int_equal(stream(&s, 1)->party, CAPTURE_CALLEE);
	assert_false(s.got.call[0].early_media);
	assert_false(s.got.leg[0].early_media);
	capture_calls_fini(&s.got);
}

/* On both sides of a relay; a phone that moves is no relay. */
static void test_copies(void **state)
{
	struct scene s;
	unsigned i;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = PCMU, .at = 'E');
	SAY(&s, "BA", ANSWER, .sdp = PCMU, .at = 'F');
	for (i = 0; i < 10; i++) {
		rtp(&s, "AF", 1, 0, (uint16_t)i, "talk");
		rtp(&s, "EB", 1, 0, (uint16_t)i, "talk");
	}
	for (i = 0; i < 10; i++)
		rtp(&s, i < 5 ? "BE" : "CE", 2, 0, (uint16_t)i, "talk");
	end(&s, false);
	assert_int_equal(s.got.n_streams, 4);
	for (i = 0; i < 4; i++) {
		assert_int_equal(s.got.stream[i].party,
				 i < 2 ? CAPTURE_CALLER : CAPTURE_CALLEE);
		assert_int_equal(s.got.stream[i].copy, i == 1);
	}
	capture_calls_fini(&s.got);
}

/* Others' datagrams that look a little like RTP take no memory for long. */
static void test_noise_gives_way(void **state)
{
	struct scene s;
	uint32_t i;

	(void)state;
	begin(&s);
	talk(&s, "EF", 3, 0, 4);
	for (i = 0; i < 10000; i++)
		rtp(&s, "EF", 1000 + i, 0, 1, "else");
	rtp(&s, "EF", 3, 0, 4, "end ");
	end(&s, false);
	assert_int_equal(s.got.n_streams, 0);
	capture_calls_fini(&s.got);
}

/* ---- what is wrong with the file ---- */

static void check_warning(struct buf *file, const char *warning)
{
	struct capture_calls c;
	struct span rest, one;
	struct err e = ERR_INIT;
	size_t n = 0;

	write_bytes(file->p, file->n);
	assert_int_equal(capture_calls(&c, files_path, false, &e), 0);
	rest = span_of(c.info.warning);
	while (capture_next_warning(&rest, &one)) {
		assert_true(span_is(one, warning));
		n++;
	}
	assert_int_equal(n, 1);
	capture_calls_fini(&c);
	buf_fini(file);
}

static void test_warnings(void **state)
{
	struct buf file, frame;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 1, 0, "one");
	buf_init(&frame, 65535);
	add_frame(&frame, "two");
	pcap_record(&file, 2, 0, span_from(frame.p, 20), frame.n);
	pcap_record(&file, 3, 0, span_from(frame.p, 40), frame.n);
	check_warning(&file, "2 packets are cut by the snap length, from "
			     "packet 2 on");
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 5, 0, "one");
	pcap_datagram(&file, 4, 0, "two");
	pcap_datagram(&file, 3, 0, "three");
	check_warning(&file, "packets are not in order of time, from packet 2 "
			     "on: sorted");
	buf_fini(&frame);
}

/* ---- one call out of many ---- */

static void test_extract(void **state)
{
	char *path = xasprintf("%s.part", files_path);
	struct capture_calls part;
	struct err e = ERR_INIT;
	char *big = xcalloc(1, 3001);
	struct scene s;

	(void)state;
	memset(big, 'x', 3000);
	memcpy(big, "X: ", 3);
	memcpy(big + 2998, "\r\n", 2);
	begin(&s);
	answered(&s);
	SAY(&s, "CD", INVITE, .call_id = "2", .sdp = PCMU, .more = big);
	SAY(&s, "DC", ANSWER, .call_id = "2", .sdp = PCMU);
	talk(&s, "AB", 1, 0, 5);
	talk(&s, "CD", 2, 0, 5);
	end(&s, false);
	assert_int_equal(s.got.n_calls, 2);
	assert_int_equal(capture_extract(&s.got, files_path, 1, path, &e), 0);
	assert_int_equal(capture_calls(&part, path, false, &e), 0);
	assert_int_equal(part.n_calls, 1);
	assert_string_equal(part.leg[0].call_id, "2");
	/* three fragments, the answer, the stream */
	assert_int_equal(part.info.frames, 9);
	assert_int_equal(part.n_streams, 1);
	assert_int_equal(part.stream[0].packets, 5);
	assert_true(part.stream[0].first_us == stream(&s, 2)->first_us);
	capture_calls_fini(&part);
	capture_calls_fini(&s.got);
	unlink(path);
	free(big);
	free(path);
}

/* Both legs of a call over a B2BUA, which stands between the parties. */
/* Noise and events between them are no change. */
static void test_codec_changes(void **state)
{
	const struct capture_stream *t;
	struct err e = ERR_INIT;
	struct trace *told;
	struct buf text;
	struct scene s;
	unsigned i;

	(void)state;
	begin(&s);
	answered(&s);
	for (i = 0; i < 12; i++) {
		static const uint8_t pt[12] = {0, 0, 13, 0, 101, 0,
					       8, 8, 8,	 8, 8,	 99};

		rtp(&s, "AB", 1, pt[i], (uint16_t)i, "talk");
	}
	end(&s, false);
	t = stream(&s, 1);
	assert_string_equal(t->codec, "PCMA/8000");
	assert_int_equal(t->n_types, 5);
	assert_string_equal(t->spoken[0], "PCMU/8000");
	assert_string_equal(t->spoken[1], "");
	assert_string_equal(t->spoken[2], "");
	assert_string_equal(t->spoken[3], "PCMA/8000");
	assert_string_equal(t->spoken[4], "type 99");
	told = capture_call_trace(&s.got, files_path, 0, &e);
	assert_non_null(told);
	buf_init(&text, 65536);
	trace_ladder(told, 0, INT64_MAX, &text);
	assert_string_equal(buf_str(&text),
			    "           caller      callee\n"
			    "   +0.000  |---------->|  INVITE (sdp)\n"
			    "   +0.010  |<----------|  200 INVITE (sdp)\n"
			    "   +0.020  |---------->|  ACK\n"
			    "   +0.030  |---------->|  RTP begins (PCMU)\n"
			    "   +0.090  -- caller goes on with PCMA --\n"
			    "   +0.140  -- caller goes on with type 99 --\n"
			    "   +0.140  |---------->|  RTP 12 packets\n");
	buf_fini(&text);
	trace_free(told);
	capture_calls_fini(&s.got);
}

static void test_ladder(void **state)
{
	struct err e = ERR_INIT;
	struct trace *t;
	struct buf text;
	struct scene s;

	(void)state;
	begin(&s);
	SAY(&s, "AB", INVITE, .sdp = PCMU);
	SAY(&s, "BC", INVITE, .call_id = "2", .sdp = PCMU);
	SAY(&s, "CB", ANSWER, .call_id = "2", .sdp = PCMU);
	SAY(&s, "BA", ANSWER, .sdp = PCMU);
	SAY(&s, "DE", INVITE, .call_id = "3");
	talk(&s, "AB", 1, 0, 5);
	SAY(&s, "AB", "BYE", "2 BYE", .to_tag = true);
	end(&s, false);
	assert_int_equal(s.got.n_calls, 2);
	t = capture_call_trace(&s.got, files_path, 0, &e);
	assert_non_null(t);
	buf_init(&text, 65536);
	trace_ladder(t, 0, INT64_MAX, &text);
	assert_string_equal(
		buf_str(&text),
		"           caller      10.0.0.2:.. callee\n"
		"   +0.000  |---------->|           |  INVITE (sdp)\n"
		"   +0.010  |           |---------->|  INVITE (sdp)\n"
		"   +0.020  |           |<----------|  200 INVITE (sdp)\n"
		"   +0.030  |<----------|           |  200 INVITE (sdp)\n"
		"   +0.050  |---------->|           |  RTP begins (PCMU)\n"
		"   +0.090  |---------->|           |  RTP 5 packets\n"
		"   +0.100  |---------->|           |  BYE\n");
	buf_fini(&text);
	trace_free(t);
	capture_calls_fini(&s.got);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_outcomes),
		cmocka_unit_test(test_no_calls),
		cmocka_unit_test(test_holds),
		cmocka_unit_test(test_refused_holds),
		cmocka_unit_test(test_late_offer),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_transfers),
		cmocka_unit_test(test_legs),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_events_and_noise),
		cmocka_unit_test(test_behind_nat),
		cmocka_unit_test(test_encrypted),
		cmocka_unit_test(test_ports_used_again),
		cmocka_unit_test(test_early_media),
		cmocka_unit_test(test_early_media_without_the_invite),
		cmocka_unit_test(test_copies),
		cmocka_unit_test(test_noise_gives_way),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_extract),
		cmocka_unit_test(test_codec_changes),
		cmocka_unit_test(test_ladder),
	};

	return cmocka_run_group_tests_name("capture_calls", tests, files_setup,
					   files_teardown);
}
