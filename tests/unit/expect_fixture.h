/*
 * A stage for tests of checks: a trace that is told by hand, and one check.
 * Recorders `first` and `vault` are embedded, `far` is not. The call begins
 * at 1 s of loop time.
 */
#ifndef EXPECT_FIXTURE_H
#define EXPECT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "expect/expect.h"
#include "sip/view.h"

enum { T0_US = 1000000, TEXT_MAX = 65536, HOSTS = 6 };

static const char *const stage_hosts[HOSTS] = {"caller", "callee", "src",
					       "first",	 "vault",  "far"};

struct stage {
	struct scenario s;
	struct scn_srs srs[3];
	struct scn_check check;
	struct trace *t;
	struct verdicts v;
};

static inline struct addr stage_addr(const char *host, int port)
{
	uint16_t i = 0;

	while (i < HOSTS - 1 && strcmp(stage_hosts[i], host) != 0)
		i++;
	return addr_loopback((uint16_t)(port + i));
}

static inline void stage_call(struct stage *st, int call)
{
	struct trace_call *tc = trace_call(st->t, call);

	tc->t0_us = T0_US;
	tc->final = 200;
	tc->in_order = true;
}

static inline void stage_init(struct stage *st, enum scn_check_kind kind,
			      const char *key)
{
	size_t i;

	memset(st, 0, sizeof(*st));
	st->srs[0].name = (char *)"first";
	st->srs[1].name = (char *)"vault";
	st->srs[2].name = (char *)"far";
	st->srs[2].uri = (char *)"sip:far@192.0.2.1";
	st->s.file = (char *)"a.yml";
	st->s.name = (char *)"a story";
	st->s.srs = st->srs;
	st->s.n_srs = 3;
	st->s.check = &st->check;
	st->s.n_checks = 1;
	st->s.load.calls = 1;
	st->check.kind = kind;
	st->check.key = key;
	st->check.place.line = 12;
	st->check.place.col = 5;
	st->check.within_us = SCN_UNSET;
	st->t = trace_new();
	trace_set_classifier(st->t, sip_classify);
	for (i = 0; i < HOSTS; i++) {
		struct addr a = stage_addr(stage_hosts[i], 5060);

		trace_name_addr(st->t, &a, stage_hosts[i]);
	}
	stage_call(st, 0);
	verdicts_init(&st->v);
}

static inline void stage_fini(struct stage *st)
{
	verdicts_fini(&st->v);
	trace_free(st->t);
}

/* ---- lists of the model ---- */

static inline struct scn_strings stage_list(char **at)
{
	struct scn_strings s = {at, 0};

	while (at[s.n])
		s.n++;
	return s;
}
#define LIST(...) stage_list((char *[]){__VA_ARGS__, NULL})

static inline struct scn_range stage_range(double min, double max,
					   const char *text)
{
	struct scn_range r = {true, min, max, (char *)text};

	return r;
}

/* ---- messages ---- */

/* Sends a message at a time of the call; it arrives 1 ms later, or, with
 * `lost`, never. */
static inline void stage_send_bytes(struct stage *st, int at_ms,
				    const char *from, const char *to,
				    const char *text, bool lost)
{
	struct addr src = stage_addr(from, 5060), dst = stage_addr(to, 5060);
	int64_t now = T0_US + (int64_t)at_ms * 1000;
	struct trace_sip *m;

	m = trace_add_sip(st->t, now, &src, &dst, text, strlen(text));
	if (!lost)
		trace_sip_arrived(m, now + 1000);
}

static inline char *stage_message(const char *start, const char *call_id,
				  const char *cseq, const char *headers,
				  const char *type, const char *body)
{
	char *typed = type ? xasprintf("Content-Type: %s\r\n", type)
			   : xstrdup("");
	char *text = xasprintf(
		"%s\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bK%s%s\r\n"
		"From: <sip:src@127.0.0.1>;tag=1\r\n"
		"To: <sip:srs@127.0.0.1>;tag=2\r\n"
		"Call-ID: %s\r\nCSeq: %s\r\n%s%s"
		"Content-Length: %zu\r\n\r\n%s",
		start, call_id, cseq, call_id, cseq, headers, typed,
		strlen(body), body);
	char *blank = strstr(text, "branch=");

	/* a branch is a token: no blank between number and method */
	blank = strchr(blank, ' ');
	*blank = '-';
	free(typed);
	return text;
}

static inline void stage_body(struct stage *st, int at_ms, const char *from,
			      const char *to, const char *start,
			      const char *call_id, const char *cseq,
			      const char *type, const char *body)
{
	char *text = stage_message(start, call_id, cseq,
				   "Contact: <sip:src@127.0.0.1>;+sip.src\r\n",
				   type, body);

	trace_bind_call_id(st->t, span_of(call_id), 0);
	stage_send_bytes(st, at_ms, from, to, text, false);
	free(text);
}

/* `cseq` is "1 INVITE"; the request line is made from it. */
static inline void stage_request(struct stage *st, int at_ms, const char *from,
				 const char *to, const char *call_id,
				 const char *cseq)
{
	char *start = xasprintf("%s sip:x@127.0.0.1 SIP/2.0",
				strchr(cseq, ' ') + 1);

	stage_body(st, at_ms, from, to, start, call_id, cseq, NULL, "");
	free(start);
}

static inline void stage_reply(struct stage *st, int at_ms, const char *from,
			       const char *to, int code, const char *call_id,
			       const char *cseq)
{
	char *start = xasprintf("SIP/2.0 %d Whatever", code);

	stage_body(st, at_ms, from, to, start, call_id, cseq, NULL, "");
	free(start);
}

static inline void stage_attempt(struct stage *st, int at_ms,
				 const char *server, const char *result,
				 const char *why)
{
	int64_t now = T0_US + (int64_t)at_ms * 1000;
	char *uri = xasprintf("sip:%s@127.0.0.1", server);
	struct trace_attempt *a;

	a = trace_add_attempt(st->t, 0, now, "default", server, uri, server);
	if (result)
		trace_attempt_end(st->t, a, now + 2000, result, why);
	free(uri);
}

/* ---- streams ---- */

/* `n` packets of a kind of a party at a recorder, 20 ms apart; every `drop`th
 * is lost on the way (0: none). */
static inline void stage_stream(struct stage *st, int at_ms, const char *server,
				const char *party, const char *media, int n,
				int drop)
{
	bool video = strcmp(media, "video") == 0;
	uint16_t port = !strcmp(party, "caller") ? 30000 : 30100;
	struct addr src = stage_addr("src", video ? 20002 : 20000);
	struct addr dst = stage_addr(server,
				     video ? (uint16_t)(port + 2) : port);
	unsigned char p[172] = {0x80, 0};
	struct trace_rtp *r = NULL;
	int64_t now;
	int i;

	trace_bind_rtp(
		st->t, &src, &dst,
		&(struct trace_bind){0, "default", server, party, media,
				     !strcmp(party, "caller") ? "1" : "2",
				     "PCMU", 8000, 0, NULL});
	for (i = 0; i < n; i++) {
		now = T0_US + (int64_t)(at_ms + 20 * i) * 1000;
		p[2] = (unsigned char)(i >> 8);
		p[3] = (unsigned char)i;
		p[5] = (unsigned char)((i * 160) >> 16);
		p[6] = (unsigned char)((i * 160) >> 8);
		p[7] = (unsigned char)(i * 160);
		p[11] = 0x42;
		r = trace_rtp_of(st->t, &src, &dst, p, sizeof(p));
		trace_rtp_sent(r, now);
		if (strcmp(server, "far") != 0 && !(drop && i % drop == 1))
			trace_rtp_received(st->t, r, now + 1000, p, sizeof(p));
	}
}

static inline void stage_rtp(struct stage *st, int at_ms, const char *server,
			     const char *party, int n, int drop)
{
	stage_stream(st, at_ms, server, party, "audio", n, drop);
}

/* ---- verdicts ---- */

static inline const struct verdict *stage_judge(struct stage *st)
{
	verdicts_fini(&st->v);
	expect_judge(&st->s, st->t, 0, &st->v);
	assert_int_equal(st->v.n, 1);
	return &st->v.at[0];
}

static inline void stage_passes(struct stage *st, const char *wanted,
				const char *got)
{
	const struct verdict *v = stage_judge(st);

	assert_string_equal(v->wanted, wanted);
	assert_string_equal(v->got, got);
	if (v->why)
		fail_msg("unexpected why: %s", v->why);
	assert_int_equal(v->status, VERDICT_PASSED);
}

static inline void stage_fails(struct stage *st, const char *wanted,
			       const char *got, const char *why)
{
	const struct verdict *v = stage_judge(st);

	assert_string_equal(v->wanted, wanted);
	assert_string_equal(v->got, got);
	assert_int_equal(v->status, VERDICT_FAILED);
	assert_string_equal(v->why, why);
	assert_int_equal(v->line, 12);
	assert_int_equal(v->col, 5);
}

#endif
