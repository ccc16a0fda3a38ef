/* The SRC on the simulated wire, and recorders that say what a test wants. */
#ifndef RECORDING_FIXTURE_H
#define RECORDING_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/xalloc.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "recording/recording.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/print.h"
#include "sip/view.h"

#define MS INT64_C(1000)
#define SECOND INT64_C(1000000)

enum { PEERS = 3, GOT = 128, LINES = 6 };

struct got {
	int64_t at_us;
	char *text;
	size_t n;
	struct sip_view v;
};

struct line { /* where a recorder takes one m-line's media */
	struct flow *rtp, *rtcp;
	unsigned n_rtp, n_rtcp;
	struct rtp last;
	struct rtcp_seen report;
};

struct peer {
	struct flow *flow;
	struct addr addr;
	char uri[64];
	struct line line[LINES];
	struct got got[GOT];
	size_t n_got;
	unsigned branch;
	uint32_t cseq;
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct sip_ua *src;
	struct recording_server server[PEERS];
	struct recording_settings set;
	struct recording *r;
	struct peer peer[PEERS];
	uint16_t seq[RECORDING_PARTIES];
} w;

static inline void on_message(const struct addr *from, const void *p, size_t n,
			      void *arg)
{
	struct peer *at = arg;
	struct got *g = &at->got[at->n_got++];

	(void)from;
	assert_true(at->n_got < GOT);
	g->at_us = loop_now(w.loop);
	g->text = span_dup(span_from(p, n));
	g->n = n;
	assert_true(sip_view(span_from(g->text, n), &g->v));
}

static inline void on_media(const struct addr *from, const void *p, size_t n,
			    void *arg)
{
	struct line *l = arg;

	(void)from;
	if (rtcp_is(p, n)) {
		assert_true(rtcp_parse(p, n, &l->report));
		l->n_rtcp++;
	} else {
		assert_true(rtp_parse(p, n, &l->last));
		l->n_rtp++;
	}
}

static inline void peer_open(struct peer *p, int number)
{
	char name[8], text[ADDR_TEXT];
	struct flow_conf fc = {
		.kind = FLOW_SIP, .name = name, .recv = on_message, .arg = p};
	int i;

	snprintf(name, sizeof(name), "srs%d", number);
	p->flow = flow_open(w.wire, &fc, NULL);
	assert_non_null(p->flow);
	p->addr = *flow_addr(p->flow);
	snprintf(p->uri, sizeof(p->uri), "sip:srs@%s",
		 addr_text(&p->addr, text));
	fc.recv = on_media;
	for (i = 0; i < LINES; i++) {
		fc.arg = &p->line[i];
		assert_int_equal(flow_open_pair(w.wire, &fc, &p->line[i].rtp,
						&p->line[i].rtcp, NULL),
				 0);
	}
}

static inline int setup(void **state)
{
	struct sip_ua_conf uc = {0};
	int i;

	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_VIRTUAL);
	w.trace = trace_new();
	trace_set_classifier(w.trace, sip_classify);
	rng_init(&w.rng, 3);
	w.wire = wire_sim_new(w.loop, w.trace, &w.rng, MS);
	w.ids = ids_new(3, true);
	uc.loop = w.loop;
	uc.wire = w.wire;
	uc.trace = w.trace;
	uc.ids = w.ids;
	uc.rng = &w.rng;
	w.src = recording_agent(&uc, NULL);
	assert_non_null(w.src);
	for (i = 0; i < PEERS; i++) {
		peer_open(&w.peer[i], i);
		w.server[i].name = w.peer[i].uri;
		w.server[i].uri = w.peer[i].uri;
	}
	w.set.name = "default";
	w.set.server = w.server;
	w.set.n_servers = 1;
	w.set.answer_within_us = 32 * SECOND;
	return 0;
}

static inline void peer_close(struct peer *p)
{
	size_t i;

	flow_close(p->flow);
	for (i = 0; i < LINES; i++) {
		flow_close(p->line[i].rtp);
		flow_close(p->line[i].rtcp);
	}
	for (i = 0; i < p->n_got; i++)
		free(p->got[i].text);
}

static inline int teardown(void **state)
{
	int i;

	(void)state;
	if (w.r)
		recording_call_ended(w.r);
	recording_free(w.r);
	loop_run(w.loop);
	assert_false(sip_ua_busy(w.src));
	sip_ua_free(w.src);
	for (i = 0; i < PEERS; i++)
		peer_close(&w.peer[i]);
	assert_int_equal(wire_flows(w.wire), 0);
	wire_free(w.wire);
	assert_int_equal(loop_timers(w.loop), 0);
	loop_free(w.loop);
	trace_free(w.trace);
	ids_free(w.ids);
	return 0;
}

static inline void stop_loop(void *arg)
{
	loop_stop(arg);
}

static inline void run_for(int64_t us)
{
	struct timer t;

	timer_init(&t, w.loop, stop_loop, w.loop);
	timer_after(&t, us);
	loop_run(w.loop);
	timer_stop(&t);
}

static inline void settle(void)
{
	run_for(5 * MS);
}

/* ---- the call ---- */

static inline void make_recording(void)
{
	struct recording_conf conf = {
		.ua = w.src,
		.wire = w.wire,
		.loop = w.loop,
		.trace = w.trace,
		.ids = w.ids,
		.rng = &w.rng,
		.call_id = "call",
		.dlg_id = "dlg",
		.party = {{"caller", "sip:alice@example.com",
			   "sip:alice@example.com", "Alice"},
			  {"callee", "sip:bob@example.com",
			   "sip:bob@example.com", "Bob"}},
		.instance = &w.set,
		.n_instances = 1};

	w.r = recording_new(&conf, NULL);
	assert_non_null(w.r);
}

static inline void media_known(void)
{
	static const struct sdp_codec codec[] = {
		{.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1},
		{.pt = 8, .name = "PCMA", .rate = 8000, .channels = 1}};
	struct recording_media m[RECORDING_PARTIES] = {
		{0, RECORDING_AUDIO, codec, 2, 20, SDP_SENDRECV},
		{1, RECORDING_AUDIO, codec, 2, 20, SDP_SENDRECV}};

	recording_media_known(w.r, m, 2, loop_wall_us(w.loop));
	settle();
}

/* Both parties speak: `n` packets each, 20 ms apart. */
static inline void talk(unsigned n)
{
	uint8_t out[RTP_MAX];
	int p;

	while (n-- > 0) {
		for (p = 0; p < RECORDING_PARTIES; p++) {
			struct rtp r = {.seq = w.seq[p],
					.ts = w.seq[p] * 160u,
					.ssrc = 0x1000u + (uint32_t)p,
					.payload = span_of("0123456789")};

			w.seq[p]++;
			recording_rtp(w.r, p, RECORDING_AUDIO, out,
				      rtp_write(&r, out));
		}
		run_for(20 * MS);
	}
}

/* ---- what came to a recorder ---- */

/* The newest of a kind: "INVITE", or "200/BYE" for a response with the method
 * of its CSeq. NULL: none. */
static inline const struct got *last(const struct peer *p, const char *what)
{
	size_t i;

	for (i = p->n_got; i-- > 0;) {
		const struct sip_view *v = &p->got[i].v;
		char word[64];

		if (v->request)
			snprintf(word, sizeof(word), "%.*s",
				 SPAN_ARG(v->method));
		else
			snprintf(word, sizeof(word), "%d/%.*s", v->code,
				 SPAN_ARG(v->cseq_method));
		if (strcmp(word, what) == 0)
			return &p->got[i];
	}
	return NULL;
}

static inline size_t count(const struct peer *p, const char *what)
{
	const struct got *end = last(p, what);
	size_t i, n = 0;

	for (i = 0; end && i < p->n_got; i++)
		n += p->got[i].v.request == end->v.request &&
		     p->got[i].v.code == end->v.code &&
		     span_eq(p->got[i].v.cseq_method, end->v.cseq_method);
	return n;
}

/* The SDP of a message; freed by the caller. */
static inline struct sdp *sdp_in(const struct got *g)
{
	const struct mime_part *part;
	struct sdp *s;
	struct mime m;

	assert_non_null(g);
	assert_int_equal(mime_of(&m, &g->v, NULL), 0);
	part = mime_find(&m, "application/sdp");
	assert_non_null(part);
	s = sdp_parse(part->body, NULL);
	assert_non_null(s);
	return s;
}

static inline struct span metadata_in(const struct got *g)
{
	struct mime m;

	assert_int_equal(mime_of(&m, &g->v, NULL), 0);
	assert_non_null(mime_metadata(&m));
	return mime_metadata(&m)->body;
}

static inline bool in(struct span text, const char *what)
{
	return span_find(text, span_of(what)) < text.n;
}

/* ---- what a recorder says ---- */

static inline void peer_send(struct peer *p, const char *text, size_t n)
{
	flow_send(p->flow, sip_ua_addr(w.src), text, n);
	settle();
}

/* m-lines on the recorder's ports; %1 to %6 in `sections` stand for them. */
static inline char *sdp_text(const struct peer *p, const char *sections)
{
	struct buf b;

	buf_init(&b, SDP_MAX);
	buf_add_str(&b, "v=0\r\no=srs 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			"c=IN IP4 127.0.0.1\r\nt=0 0\r\n");
	for (; *sections; sections++) {
		if (*sections == '%')
			buf_addf(&b, "%u",
				 flow_addr(p->line[*++sections - '1'].rtp)
					 ->port);
		else
			buf_add_char(&b, *sections);
	}
	return buf_steal(&b);
}

#define TAKES                                                                  \
	"m=audio %1 RTP/AVP 0\r\na=recvonly\r\n"                               \
	"m=audio %2 RTP/AVP 0\r\na=recvonly\r\n"
#define WAITS                                                                  \
	"m=audio %1 RTP/AVP 0\r\na=inactive\r\n"                               \
	"m=audio %2 RTP/AVP 0\r\na=inactive\r\n"

/* Answers a request; `sections` NULL: no body. */
static inline void reply_to(struct peer *p, const struct got *g, int code,
			    const char *headers, const char *sections)
{
	char contact[80], *sdp = sections ? sdp_text(p, sections) : NULL;
	struct sip_reply r = {.code = code,
			      .to_tag = "srs",
			      .contact = contact,
			      .headers = headers};
	struct buf b;

	assert_non_null(g);
	snprintf(contact, sizeof(contact), "<%s>;+sip.srs", p->uri);
	if (sdp) {
		r.content_type = "application/sdp";
		r.body = span_of(sdp);
	}
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, &g->v, &r);
	peer_send(p, b.p, b.n);
	buf_fini(&b);
	free(sdp);
}

static inline void reply(struct peer *p, const char *method, int code,
			 const char *sections)
{
	reply_to(p, last(p, method), code, NULL, sections);
}

/* A request in the dialog that the newest INVITE made. `content_type` NULL
 * and `sections`: SDP. */
static inline void request(struct peer *p, const char *method,
			   const char *headers, const char *content_type,
			   const char *body)
{
	const struct sip_view *inv = &p->got[0].v;
	char branch[32], *to, *from, *call_id, *uri, contact[80], via[80];
	char host[ADDR_TEXT];
	struct sip_out r = {.method = method, .headers = headers};
	struct span src;
	struct buf b;

	if (strcmp(method, "ACK") != 0)
		p->cseq++;
	snprintf(branch, sizeof(branch), "srs%u", ++p->branch);
	snprintf(contact, sizeof(contact), "<%s>;+sip.srs", p->uri);
	to = xasprintf("%.*s", SPAN_ARG(inv->from));
	from = xasprintf("%.*s;tag=srs", SPAN_ARG(inv->to));
	call_id = span_dup(inv->call_id);
	assert_true(sip_view_header(inv, "Contact", 0, &src));
	uri = span_dup(sip_addr_uri(src));
	r.uri = uri;
	snprintf(via, sizeof(via), "UDP %s", addr_text(&p->addr, host));
	r.via = via;
	r.branch = branch;
	r.from = from;
	r.to = to;
	r.call_id = call_id;
	r.cseq = p->cseq;
	r.contact = contact;
	r.content_type = content_type;
	if (body)
		r.body = span_of(body);
	buf_init(&b, SIP_MAX);
	sip_print_request(&b, &r);
	peer_send(p, b.p, b.n);
	buf_fini(&b);
	free(to);
	free(from);
	free(call_id);
	free(uri);
}

static inline void reinvite(struct peer *p, const char *sections)
{
	char *sdp = sections ? sdp_text(p, sections) : NULL;

	request(p, "INVITE", NULL, sdp ? "application/sdp" : NULL, sdp);
	free(sdp);
}

static inline void ack(struct peer *p, const char *sections)
{
	char *sdp = sections ? sdp_text(p, sections) : NULL;

	request(p, "ACK", NULL, sdp ? "application/sdp" : NULL, sdp);
	free(sdp);
}

/* ---- the usual course ---- */

static inline void start_recording(const char *sections)
{
	make_recording();
	media_known();
	reply(&w.peer[0], "INVITE", 200, sections);
	assert_int_equal(count(&w.peer[0], "ACK"), 1);
}

static inline void ask(enum recording_verb verb)
{
	assert_int_equal(recording_do(w.r, verb, NULL), RECORDING_OK);
	settle();
}

/* "start pause stop": kinds of all events so far. */
static inline const char *events(void)
{
	static char text[512];
	size_t i, n = 0;

	text[0] = '\0';
	for (i = 0; i < trace_n_events(w.trace); i++)
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
				      i ? " " : "",
				      trace_event_at(w.trace, i)->kind);
	return text;
}

static inline unsigned packets_at(const struct peer *p)
{
	return p->line[0].n_rtp + p->line[1].n_rtp;
}

#endif
