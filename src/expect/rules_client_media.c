/* Rules about a recording client: the media that came for its lines. */
#include "expect/rules.h"

#include <inttypes.h>

/* RFC 3550 section 6.2: the first report comes within 3.75 s, the next 7.5 s
 * later at the latest. */
#define REPORT_US INT64_C(8000000)

/* A line of the session, as the client offers it and the recorder answers. */
struct line {
	const struct sdp_media *offer, *answer;
	const struct trace_rtp *stream; /* that came for it, or NULL */
};

typedef void(line_h)(struct judge *j, const struct said *s,
		     const struct line *l);

/* The newest stream that came to an address of the recorder's. */
static const struct trace_rtp *stream_to(const struct judge *j,
					 const struct addr *dst)
{
	size_t i = trace_n_rtp(j->t);

	while (i-- > 0) {
		const struct trace_rtp *r = trace_rtp_at(j->t, i);

		if (r->received && r->dst.port == dst->port &&
		    addr_ip_eq(&r->dst, dst))
			return r;
	}
	return NULL;
}

static void with_lines(struct judge *j, const struct said *offer,
		       const struct said *answer, line_h *h)
{
	struct span a, b;
	struct sdp *o, *r;
	size_t m;

	if (!rule_has_sdp(&offer->v, &a) || !rule_has_sdp(&answer->v, &b))
		return;
	o = sdp_parse(a, NULL);
	r = sdp_parse(b, NULL);
	for (m = 0; o && r && m < o->n_media && m < r->n_media; m++) {
		struct line l = {.offer = &o->media[m], .answer = &r->media[m]};

		l.stream = l.answer->port ? stream_to(j, &l.answer->conn)
					  : NULL;
		h(j, offer, &l);
	}
	sdp_free(o);
	sdp_free(r);
}

/* The recorder's 2xx to a request of the client's. */
static bool accepted(const struct judge *j, const struct said *s,
		     struct said *reply)
{
	reply->i = 0;
	while (rule_next_asked(j, reply))
		if (!reply->v.request && reply->v.code / 100 == 2 &&
		    reply->v.cseq == s->v.cseq &&
		    span_eq(reply->v.call_id, s->v.call_id) &&
		    span_eq(reply->v.branch, s->v.branch))
			return true;
	return false;
}

/* The lines of each exchange that the client began; the last one of a dialog
 * is the one that holds. */
static void each_line(struct judge *j, line_h *h)
{
	struct said s = {.i = 0}, reply;

	while (rule_next_said(j, &s))
		if (s.v.request && !s.m->again && accepted(j, &s, &reply))
			with_lines(j, &s, &reply, h);
}

static void check_symmetric(struct judge *j, const struct said *s,
			    const struct line *l)
{
	const struct trace_rtp *r = l->stream;
	char a[ADDR_TEXT], b[ADDR_TEXT];

	if (!r || r->first_us < s->m->sent_us || !l->offer->port)
		return;
	rule_seen(j, s);
	if (r->src.port != l->offer->port ||
	    !addr_ip_eq(&r->src, &l->offer->conn))
		rule_fail(j, s, "RTP of label '%s' comes from %s, not from %s",
			  l->offer->label, addr_text(&r->src, a),
			  addr_text(&l->offer->conn, b));
}

static bool answers_type(const struct sdp_media *answer, uint8_t pt)
{
	return sdp_codec_by_pt(answer, pt) != NULL || pt == 13;
}

static void check_type(struct judge *j, const struct said *s,
		       const struct line *l)
{
	const struct trace_rtp *r = l->stream;

	if (!r || r->first_us < s->m->sent_us)
		return;
	rule_seen(j, s);
	if (!answers_type(l->answer, r->pt))
		rule_fail(j, s,
			  "payload type %u for label '%s', which the "
			  "answer does not have",
			  r->pt, l->offer->label);
}

static void check_reports(struct judge *j, const struct said *s,
			  const struct line *l)
{
	const struct trace_rtp *r = l->stream;

	if (!r || r->first_us < s->m->sent_us ||
	    r->last_us - r->first_us < REPORT_US)
		return;
	rule_seen(j, s);
	if (!r->sender_rtcp)
		rule_fail(j, s, "no RTCP for label '%s' in %.0f s",
			  l->offer->label,
			  (double)(r->last_us - r->first_us) / 1e6);
}

static void check_compound(struct judge *j, const struct said *s,
			   const struct line *l)
{
	const struct trace_rtp *r = l->stream;

	if (!r || !r->sender_rtcp)
		return;
	rule_seen(j, s);
	if (r->sender_rtcp_bad)
		rule_fail(j, s, "RTCP for label '%s' is no compound packet",
			  l->offer->label);
	else if (!r->sender_rtcp_cname)
		rule_fail(j, s, "RTCP for label '%s' without CNAME",
			  l->offer->label);
}

/* When the next request that may change the lines of that dialog was sent, by
 * one side; INT64_MAX: none was. */
static int64_t next_change(const struct judge *j, const struct said *s,
			   bool (*next)(const struct judge *, struct said *))
{
	struct said n = *s;

	while (next(j, &n))
		if (n.v.request && !n.m->again &&
		    span_eq(n.v.call_id, s->v.call_id) &&
		    (span_is(n.v.method, "INVITE") ||
		     span_is(n.v.method, "UPDATE")))
			return n.m->sent_us;
	return INT64_MAX;
}

/* A second, for what was under way, and one to look, if it stays so long. */
static void check_silence(struct judge *j, const struct said *s,
			  const struct line *l)
{
	const struct trace_rtp *r = l->stream;
	int64_t from_us = s->m->sent_us + 1000000;
	int64_t until_us = from_us + 1000000;
	int64_t by_client = next_change(j, s, rule_next_said);
	int64_t by_recorder = next_change(j, s, rule_next_asked);
	size_t i;

	if (!r ||
	    (l->offer->dir != SDP_INACTIVE && l->answer->dir != SDP_INACTIVE))
		return;
	until_us = by_client < until_us ? by_client : until_us;
	until_us = by_recorder < until_us ? by_recorder : until_us;
	if (until_us <= from_us)
		return;
	rule_seen(j, s);
	for (i = 0; i < r->n_log; i++)
		if (r->log[i].at_us > from_us && r->log[i].at_us < until_us) {
			rule_fail(j, s,
				  "RTP for label '%s' after it became "
				  "inactive",
				  l->offer->label);
			return;
		}
}

#define OF_LINES(name)                                                         \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_line(j, check_##name);                                    \
	}

OF_LINES(symmetric)
OF_LINES(type)
OF_LINES(reports)
OF_LINES(compound)
OF_LINES(silence)

const struct rule rules_client_media[] = {
	{"7866-8.1.8-a", symmetric},   {"3264-6.1-d", type},
	{"7866-8.1.1-a.src", reports}, {"3550-6.1-a.src", compound},
	{"7866-7.1.1.1-c", silence},   {NULL, NULL},
};
