/* Rules about a recording client: its descriptions, metadata and media. */
#include "expect/rules.h"

#include <inttypes.h>
#include <string.h>

#include "meta/meta.h"

/* RFC 3550 section 6.2: the first report comes within 3.75 s, the next 7.5 s
 * later at the latest. */
#define REPORT_US INT64_C(8000000)

/* ---- bodies ---- */

/* Next message with a body; `m` has its parts, `e` what is wrong with them. */
static bool next_body(const struct judge *j, struct said *s, struct mime *m,
		      struct err *e)
{
	while (rule_next_said(j, s)) {
		if (!s->v.body.n)
			continue;
		*e = (struct err)ERR_INIT;
		mime_of(m, &s->v, e);
		return true;
	}
	return false;
}

static void parts(struct judge *j)
{
	struct said s = {.i = 0};
	struct mime m;
	struct err e;

	while (next_body(j, &s, &m, &e)) {
		rule_seen(j, &s);
		if (e.kind)
			rule_fail(j, &s, "%s", e.text);
	}
}

/* Next metadata part. */
static bool next_metadata(const struct judge *j, struct said *s, struct mime *m,
			  const struct mime_part **part)
{
	struct err e;

	while (next_body(j, s, m, &e)) {
		*part = mime_metadata(m);
		if (*part)
			return true;
	}
	return false;
}

static void disposition(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	while (next_metadata(j, &s, &m, &p)) {
		rule_seen(j, &s);
		if (!span_case_is(p->disposition, "recording-session"))
			rule_fail(j, &s, "Content-Disposition: %.*s",
				  SPAN_ARG(p->disposition));
	}
}

static void carrier(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	while (next_metadata(j, &s, &m, &p)) {
		rule_seen(j, &s);
		if (s.v.request && !span_is(s.v.method, "INVITE") &&
		    !span_is(s.v.method, "UPDATE"))
			rule_fail(j, &s, "metadata in a %.*s",
				  SPAN_ARG(s.v.method));
	}
}

static void metadata_sent(struct judge *j)
{
	struct said s = {.i = 0}, first = {.i = 0};
	const struct mime_part *p;
	struct mime m;
	bool found = next_metadata(j, &s, &m, &p);

	while (rule_next_said(j, &first))
		if (first.v.request && span_is(first.v.method, "INVITE"))
			break;
	if (!first.m)
		return;
	rule_seen(j, found ? &s : &first);
	if (!found)
		rule_fail(j, &first, "no metadata in the whole session");
}

static void complete_first(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	if (!next_metadata(j, &s, &m, &p))
		return;
	rule_seen(j, &s);
	if (span_find(p->body, span_of(">partial<")) < p->body.n)
		rule_fail(j, &s, "the first document is a partial one");
}

/* ---- what is wrong with the documents ---- */

static size_t labels_of(const struct sdp *s, const char **label)
{
	size_t i, n = 0;

	for (i = 0; s && i < s->n_media; i++)
		if (s->media[i].port && s->media[i].label[0])
			label[n++] = s->media[i].label;
	return n;
}

/* Faults of one kind: the rule of meta/ that found them. */
static void each_document(struct judge *j, const char *kind)
{
	struct said s = {.i = 0};
	const struct mime_part *p, *other;
	const char *label[SDP_MEDIA];
	struct meta_faults faults;
	struct mime m;
	size_t i;

	while (next_metadata(j, &s, &m, &p)) {
		struct sdp *sdp;

		other = mime_find(&m, "application/sdp");
		sdp = other ? sdp_parse(other->body, NULL) : NULL;
		faults = (struct meta_faults){NULL, 0};
		meta_check(p->body, label, labels_of(sdp, label), sdp != NULL,
			   &faults);
		rule_seen(j, &s);
		for (i = 0; i < faults.n; i++)
			if (strcmp(faults.at[i].rule, kind) == 0)
				rule_fail(j, &s, "line %d: %s",
					  faults.at[i].line, faults.at[i].text);
		meta_faults_fini(&faults);
		sdp_free(sdp);
	}
}

#define OF_DOCUMENTS(name, kind)                                               \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_document(j, kind);                                        \
	}

OF_DOCUMENTS(well_formed, "xml")
OF_DOCUMENTS(valid, "xsd")
OF_DOCUMENTS(root, "L1")
OF_DOCUMENTS(ids, "L2")
OF_DOCUMENTS(references, "L4")
OF_DOCUMENTS(labels, "L5")
OF_DOCUMENTS(times, "L6")
OF_DOCUMENTS(order_of_times, "L7")
OF_DOCUMENTS(session_ids, "L8")

/* RFC 3261 section 10.3: an address-of-record has no port and no parameters
 * that say how to reach it. */
static void addresses(struct judge *j)
{
	struct said s = {.i = 0};
	struct meta_found found;
	struct err e = ERR_INIT;
	const struct mime_part *p;
	struct mime m;
	size_t i;

	while (next_metadata(j, &s, &m, &p)) {
		if (meta_xpath(p->body, "//r:nameID/@aor", &found, &e) < 0)
			continue;
		if (found.n)
			rule_seen(j, &s);
		for (i = 0; i < found.n; i++) {
			struct span aor = span_of(found.value[i]);

			if (span_case_starts(aor, "sip") &&
			    span_chr(aor, ';') < aor.n)
				rule_fail(j, &s, "aor '%.*s' has parameters",
					  SPAN_ARG(aor));
		}
		meta_found_fini(&found);
	}
}

/* ---- descriptions ---- */

typedef void(sdp_h)(struct judge *j, const struct said *s, const struct sdp *d);

static void each_sdp(struct judge *j, sdp_h *h)
{
	struct said s = {.i = 0};
	struct err e = ERR_INIT;
	struct span text;
	struct sdp *d;

	while (rule_next_said(j, &s)) {
		if (s.m->again || !rule_has_sdp(&s.v, &text))
			continue;
		d = sdp_parse(text, &e);
		if (!d)
			continue; /* 8866-5-a says so */
		rule_seen(j, &s);
		h(j, &s, d);
		sdp_free(d);
	}
}

static void check_direction(struct judge *j, const struct said *s,
			    const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (d->media[m].port && d->media[m].dir != SDP_SENDONLY &&
		    d->media[m].dir != SDP_INACTIVE)
			rule_fail(j, s, "m-line %zu is %s%s", m + 1,
				  sdp_dir_name(d->media[m].dir),
				  d->media[m].has_dir ? ""
						      : ", for it says none");
}

static void check_label(struct judge *j, const struct said *s,
			const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (d->media[m].port && !d->media[m].label[0])
			rule_fail(j, s, "m-line %zu has no label", m + 1);
}

static void check_label_unique(struct judge *j, const struct said *s,
			       const struct sdp *d)
{
	size_t m, k;

	for (m = 0; m < d->n_media; m++)
		for (k = 0; k < m; k++)
			if (d->media[m].label[0] &&
			    strcmp(d->media[m].label, d->media[k].label) == 0)
				rule_fail(j, s,
					  "m-lines %zu and %zu have label '%s'",
					  k + 1, m + 1, d->media[m].label);
}

static void check_label_token(struct judge *j, const struct said *s,
			      const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (strpbrk(d->media[m].label, " \"(),/:;<=>?@[\\]{}"))
			rule_fail(j, s, "label '%s' is no token",
				  d->media[m].label);
}

static bool is_dynamic(const struct sdp_codec *c)
{
	return c->pt >= 96;
}

static void check_reach(struct judge *j, const struct said *s,
			const struct sdp *d)
{
	size_t m, c;

	for (m = 0; m < d->n_media; m++) {
		const struct sdp_media *line = &d->media[m];

		if (!line->port)
			continue;
		if (!addr_is_set(&line->conn))
			rule_fail(j, s, "m-line %zu has no address", m + 1);
		for (c = 0; c < line->n_codecs; c++)
			if (is_dynamic(&line->codec[c]) &&
			    !line->codec[c].name[0])
				rule_fail(j, s,
					  "m-line %zu has type %u without "
					  "rtpmap",
					  m + 1, line->codec[c].pt);
	}
}

static void check_own_ports(struct judge *j, const struct said *s,
			    const struct sdp *d)
{
	size_t m, k;

	for (m = 0; m < d->n_media; m++)
		for (k = 0; k < m; k++)
			if (d->media[m].port &&
			    d->media[m].port == d->media[k].port &&
			    !sdp_find(d, -1, "a=group:BUNDLE"))
				rule_fail(j, s,
					  "m-lines %zu and %zu have port %u",
					  k + 1, m + 1, d->media[m].port);
}

static bool is_secure_way(const struct said *s)
{
	return span_case_starts(s->v.via, "SIP/2.0/TLS");
}

static void check_keys(struct judge *j, const struct said *s,
		       const struct sdp *d)
{
	size_t m;

	for (m = 0; m < d->n_media; m++)
		if (sdp_find(d, (int)m, "a=crypto:") && !is_secure_way(s))
			rule_fail(j, s, "m-line %zu has a key in clear", m + 1);
}

/* What the phones negotiate between them means nothing here. */
static void check_foreign_lines(struct judge *j, const struct said *s,
				const struct sdp *d)
{
	static const char *const foreign[] = {
		"a=candidate:", "a=ice-ufrag:", "a=ice-pwd:", "a=mid:"};
	size_t m, i;

	for (m = 0; m < d->n_media; m++)
		for (i = 0; i < sizeof(foreign) / sizeof(*foreign); i++)
			if (sdp_find(d, (int)m, foreign[i]) &&
			    !sdp_find(d, -1, "a=group:") &&
			    !sdp_find(d, -1, "a=ice-"))
				rule_fail(j, s,
					  "m-line %zu has '%s' of the "
					  "recorded call",
					  m + 1, foreign[i]);
}

static bool before(const struct judge *j, const struct said *s,
		   struct span *text)
{
	struct said e = {.i = 0};
	struct span one;
	bool found = false;

	while (rule_next_said(j, &e) && e.m != s->m)
		if (!e.m->again && span_eq(e.v.call_id, s->v.call_id) &&
		    rule_has_sdp(&e.v, &one)) {
			*text = one;
			found = true;
		}
	return found;
}

static void check_places(struct judge *j, const struct said *s,
			 const struct sdp *d)
{
	struct span old;
	struct sdp *was;
	size_t m;

	if (!before(j, s, &old))
		return;
	was = sdp_parse(old, NULL);
	for (m = 0; was && m < was->n_media; m++) {
		if (m >= d->n_media) {
			rule_fail(j, s, "%zu m-lines after %zu", d->n_media,
				  was->n_media);
			break;
		}
		if (was->media[m].port && d->media[m].port &&
		    (strcmp(was->media[m].type, d->media[m].type) != 0 ||
		     strcmp(was->media[m].label, d->media[m].label) != 0))
			rule_fail(j, s,
				  "m-line %zu was %s with label '%s', and is "
				  "%s with '%s'",
				  m + 1, was->media[m].type,
				  was->media[m].label, d->media[m].type,
				  d->media[m].label);
	}
	sdp_free(was);
}

#define OF_SDP(name)                                                           \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_sdp(j, check_##name);                                     \
	}

OF_SDP(direction)
OF_SDP(label)
OF_SDP(label_unique)
OF_SDP(label_token)
OF_SDP(reach)
OF_SDP(own_ports)
OF_SDP(keys)
OF_SDP(foreign_lines)
OF_SDP(places)

/* ---- media ---- */

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

/* A second, for what was under way. */
static void check_silence(struct judge *j, const struct said *s,
			  const struct line *l)
{
	const struct trace_rtp *r = l->stream;
	int64_t from_us = s->m->sent_us + 1000000;
	size_t i;

	if (!r ||
	    (l->offer->dir != SDP_INACTIVE && l->answer->dir != SDP_INACTIVE))
		return;
	rule_seen(j, s);
	for (i = 0; i < r->n_log; i++)
		if (r->log[i].at_us > from_us &&
		    r->log[i].at_us < from_us + 1000000) {
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

const struct rule rules_client_body[] = {
	{"2046-5.1.1-a", parts},
	{"3261-20.11-a", disposition},
	{"7866-9.1-g", carrier},
	{"7866-9.1-a", metadata_sent},
	{"7866-9.1-f", complete_first},
	{"7865-5.1-a", well_formed},
	{"7865-9-a", valid},
	{"7865-5.1.2-a", root},
	{"7865-6.10-b", ids},
	{"7865-6.5.1-b", references},
	{"7866-9.1-h", labels},
	{"7865-6.9-a", times},
	{"7865-6.9-b", order_of_times},
	{"7865-6.3.1-c", session_ids},
	{"7865-6.5.1-a", addresses},
	{"7866-7.1.1-a", direction},
	{"7866-7.1.1-b", label},
	{"D-label-unique", label_unique},
	{"4574-4-a", label_token},
	{"3264-5-a.src", reach},
	{"8866-9-a.src", own_ports},
	{"4568-3-a", keys},
	{"7866-12-d", foreign_lines},
	{"3264-8-c", places},
	{"7866-8.1.8-a", symmetric},
	{"3264-6.1-d", type},
	{"7866-8.1.1-a.src", reports},
	{"3550-6.1-a.src", compound},
	{"7866-7.1.1.1-c", silence},
	{NULL, NULL},
};
