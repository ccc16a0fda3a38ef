/*
 * A world for one call: loop, wire, trace, and a listener that writes down
 * what the call tells.
 */
#ifndef CALL_FIXTURE_H
#define CALL_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "call/call.h"
#include "media/rtp.h"
#include "sip/view.h"

enum { MAX_RTP = 4096, MAX_VIDEO = 4096 };

struct heard {
	int64_t at_us;
	size_t n;
	uint8_t bytes[256];
};

struct seen {
	int64_t at_us;
	struct rtp rtp;
	uint8_t begin[2]; /* of the payload */
};

struct fixture {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct call_conf conf;
	struct call *call;
	struct err err;
	struct heard heard[CALL_PARTIES][MAX_RTP];
	size_t n_heard[CALL_PARTIES];
	struct seen seen[CALL_PARTIES][MAX_VIDEO];
	size_t n_seen[CALL_PARTIES];
	int64_t known_us, answered_us, ended_us; /* -1: never */
	int n_known, n_answered, n_changed, n_ended;
};

static const char *const fixture_codecs[] = {"PCMU", "PCMA"};
static const char *const fixture_video_codecs[] = {"H264", "VP8"};

static void fixture_known(struct call *c, void *arg)
{
	struct fixture *f = arg;

	(void)c;
	f->n_known++;
	f->known_us = loop_now(f->loop);
}

static void fixture_answered(struct call *c, void *arg)
{
	struct fixture *f = arg;

	(void)c;
	f->n_answered++;
	f->answered_us = loop_now(f->loop);
}

static void fixture_changed(struct call *c, void *arg)
{
	struct fixture *f = arg;

	assert_false(call_is_over(c));
	f->n_changed++;
}

static void fixture_ended(struct call *c, void *arg)
{
	struct fixture *f = arg;

	(void)c;
	f->n_ended++;
	f->ended_us = loop_now(f->loop);
}

static void fixture_video(struct fixture *f, int party, const void *p, size_t n)
{
	struct seen *s = &f->seen[party][f->n_seen[party]++];

	assert_true(f->n_seen[party] <= MAX_VIDEO);
	s->at_us = loop_now(f->loop);
	assert_true(rtp_parse(p, n, &s->rtp));
	assert_true(s->rtp.payload.n >= sizeof(s->begin));
	memcpy(s->begin, s->rtp.payload.p, sizeof(s->begin));
}

static void fixture_rtp(struct call *c, int party, enum call_kind kind,
			const void *p, size_t n, void *arg)
{
	struct fixture *f = arg;
	struct heard *h = &f->heard[party][f->n_heard[party]];

	(void)c;
	if (kind == CALL_VIDEO) {
		fixture_video(f, party, p, n);
		return;
	}
	assert_true(f->n_heard[party] < MAX_RTP && n <= sizeof(h->bytes));
	h->at_us = loop_now(f->loop);
	h->n = n;
	memcpy(h->bytes, p, n);
	f->n_heard[party]++;
}

static void fixture_init_clock(struct fixture *f, enum loop_clock clock)
{
	struct call_conf *c = &f->conf;

	memset(f, 0, sizeof(*f));
	f->known_us = f->answered_us = f->ended_us = -1;
	f->loop = loop_new(clock);
	f->trace = trace_new();
	trace_set_classifier(f->trace, sip_classify);
	rng_init(&f->rng, 7);
	f->wire = clock == LOOP_VIRTUAL
			  ? wire_sim_new(f->loop, f->trace, &f->rng, 1000)
			  : wire_udp_new(f->loop, f->trace);
	f->ids = ids_new(7, true);
	c->loop = f->loop;
	c->wire = f->wire;
	c->trace = f->trace;
	c->ids = f->ids;
	c->rng = &f->rng;
	c->party[CALL_CALLER].id = "caller";
	c->party[CALL_CALLER].aor = "sip:alice@example.com";
	c->party[CALL_CALLER].name = "Alice";
	c->party[CALL_CALLER].source.hz = 440;
	c->party[CALL_CALLEE].id = "callee";
	c->party[CALL_CALLEE].aor = "sip:bob@example.com";
	c->party[CALL_CALLEE].source.hz = 660;
	c->ring_us = c->early_media_us = c->cancel_us = -1;
	c->forked_us = -1;
	c->answer_us = 1000000;
	c->end_us = 2000000;
	c->codec = fixture_codecs;
	c->n_codecs = 2;
}

static void fixture_init(struct fixture *f)
{
	fixture_init_clock(f, LOOP_VIRTUAL);
}

static void fixture_fini(struct fixture *f)
{
	call_free(f->call);
	assert_int_equal(wire_flows(f->wire), 0);
	wire_free(f->wire);
	assert_int_equal(loop_timers(f->loop), 0);
	loop_free(f->loop);
	trace_free(f->trace);
	ids_free(f->ids);
	call_cache_free();
}

static void fixture_open(struct fixture *f)
{
	static const struct call_handlers handlers = {
		.sdp_known = fixture_known,
		.answered = fixture_answered,
		.changed = fixture_changed,
		.rtp = fixture_rtp,
		.ended = fixture_ended,
	};

	f->call = call_new(&f->conf, &handlers, f, &f->err);
}

/* The whole call, until nothing moves any more. */
static inline void fixture_run(struct fixture *f)
{
	fixture_open(f);
	assert_non_null(f->call);
	call_start(f->call);
	loop_run(f->loop);
	assert_false(call_busy(f->call));
}

/* The SIP of the call, one word a message: "INVITE 100 180 200 ACK ...". */
static inline const char *fixture_story(const struct fixture *f)
{
	static char text[1024];
	const struct trace_sip *m;
	size_t i = 0, n = 0;

	text[0] = '\0';
	while (trace_call_sip(f->trace, 0, &i, &m) && n < sizeof(text)) {
		if (m->request)
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%.*s", n ? " " : "",
					      SPAN_ARG(m->method));
		else
			n += (size_t)snprintf(text + n, sizeof(text) - n,
					      "%s%d", n ? " " : "", m->code);
	}
	return text;
}

/* When the nth (from 0) message of a kind was sent: "BYE", "200". */
static inline int64_t fixture_sent(const struct fixture *f, const char *what,
				   size_t nth)
{
	const struct trace_sip *m;
	size_t i = 0;

	while (trace_call_sip(f->trace, 0, &i, &m)) {
		char code[8];

		snprintf(code, sizeof(code), "%d", m->code);
		if ((m->request ? span_is(m->method, what)
				: strcmp(code, what) == 0) &&
		    nth-- == 0)
			return m->sent_us;
	}
	return -1;
}

#endif
