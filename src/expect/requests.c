/*
 * requests, never, reply, header: what was asked of whom, and the answers.
 */
#include "expect/judge.h"

#include <string.h>

#include "sip/view.h"

enum { HEADERS_MAX = 64 };

static void wanted_to(struct judge *j)
{
	if (!j->c->to.n)
		return;
	buf_add_str(&j->wanted, " to ");
	strings_add(&j->wanted, &j->c->to, "");
}

static void check_request(struct judge *j, size_t n, const struct trace_sip *m)
{
	const struct scn_strings *list = &j->c->list;

	if (n < list->n && span_is(m->method, list->at[n]))
		return;
	if (n < list->n)
		judge_fail(j, "request %zu is %.*s, not %s", n + 1,
			   SPAN_ARG(m->method), list->at[n]);
	else
		judge_fail(j, "request %zu, %.*s to %s, is one too many", n + 1,
			   SPAN_ARG(m->method), m->to);
}

void judge_requests(struct judge *j)
{
	const struct scn_strings *list = &j->c->list;
	const struct trace_sip *m;
	size_t i = 0, n = 0;

	strings_add(&j->wanted, list, "none");
	wanted_to(j);
	while (judge_next_request(j, NULL, &i, &m)) {
		buf_addf(&j->got, "%s%.*s", n ? ", " : "", SPAN_ARG(m->method));
		if (!j->failed) {
			j->at_us = judge_when(m);
			check_request(j, n, m);
		}
		n++;
	}
	if (!n)
		buf_add_str(&j->got, "none");
	if (!j->failed && n < list->n) {
		judge_fail(j, "no %s came after that", list->at[n]);
		j->at_us = -1;
	}
}

void judge_never(struct judge *j)
{
	int64_t within = j->c->within_us;
	const struct trace_sip *m;
	size_t i = 0;

	buf_addf(&j->wanted, "no %s", j->c->subject);
	wanted_to(j);
	if (within != SCN_UNSET) {
		buf_add_str(&j->wanted, " within ");
		want_add_us(&j->wanted, within);
	}
	if (!judge_next_request(j, j->c->subject, &i, &m) ||
	    (within != SCN_UNSET && judge_when(m) > j->t0_us + within)) {
		buf_add_str(&j->got, "none");
		return;
	}
	j->at_us = judge_when(m);
	buf_addf(&j->got, "%s to %s at ", j->c->subject, m->to);
	want_add_time(j, &j->got, j->at_us);
	judge_fail(j, "%s sent one", m->from);
}

static const struct trace_sip *answer_to(const struct judge *j,
					 const struct trace_sip *req);

/* A login answers the challenge: a later request says it all again. */
static bool is_challenged(const struct judge *j, const struct trace_sip *req)
{
	const struct trace_sip *m = answer_to(j, req), *next;
	size_t i = 0;

	if (!j->s->challenges_pass || !m || (m->code != 401 && m->code != 407))
		return false;
	while (trace_call_sip(j->t, j->call, &i, &next))
		if (next->request && next->order > m->order &&
		    span_eq(next->method, req->method) &&
		    span_eq(next->call_id, req->call_id))
			return true;
	return false;
}

/* The request that `at` means, the first unless it says otherwise; NULL when
 * there is none. */
static const struct trace_sip *meant_request(const struct judge *j,
					     const char *method)
{
	const struct scn_check *c = j->c;
	const struct trace_sip *m, *found = NULL;
	size_t i = 0;
	int n = 0;

	while (c->by_src ? judge_next_asked(j, method, &i, &m)
			 : judge_next_request(j, method, &i, &m)) {
		if (c->at == SCN_AT_TIME && judge_when(m) > j->t0_us + c->at_us)
			break;
		if (is_challenged(j, m))
			continue;
		found = m;
		n++;
		if (c->at == SCN_AT_DEFAULT || c->at == SCN_AT_START ||
		    (c->at == SCN_AT_NTH && n == c->at_nth))
			break;
	}
	return c->at == SCN_AT_NTH && n < c->at_nth ? NULL : found;
}

/* When the request was first sent: a retransmission may be what arrived. */
static int64_t first_sent(const struct judge *j, const struct trace_sip *req)
{
	const struct trace_sip *m;
	size_t i = 0;

	while (trace_call_sip(j->t, j->call, &i, &m))
		if (m->request && m->cseq == req->cseq &&
		    span_eq(m->method, req->method) &&
		    span_eq(m->call_id, req->call_id) &&
		    !strcmp(m->to, req->to))
			return m->sent_us;
	return req->sent_us;
}

/* The first final response to it that reached the asker; without one the last
 * provisional one, or NULL. */
static const struct trace_sip *answer_to(const struct judge *j,
					 const struct trace_sip *req)
{
	const struct trace_sip *m, *last = NULL;
	size_t i = 0;

	while ((!last || last->code < 200) &&
	       trace_call_sip(j->t, j->call, &i, &m))
		if (!m->request && m->cseq == req->cseq &&
		    span_eq(m->method, req->method) &&
		    span_eq(m->call_id, req->call_id) &&
		    !strcmp(m->from, req->to) && judge_came(j, m))
			last = m;
	return last;
}

static void add_texts(struct buf *b, const char *lead,
		      const struct scn_strings *texts)
{
	size_t i;

	for (i = 0; i < texts->n; i++)
		buf_addf(b, "%s%s'%s'", i ? ", " : "", i ? "" : lead,
			 texts->at[i]);
}

static void reply_wanted(struct judge *j)
{
	const struct scn_check *c = j->c;

	buf_addf(&j->wanted, "%s to %s",
		 c->code.set ? c->code.text : "an answer", c->subject);
	if (c->by_src)
		buf_add_str(&j->wanted, c->to.n ? " of " : " by src");
	else if (c->to.n)
		buf_add_str(&j->wanted, " from ");
	strings_add(&j->wanted, &c->to, "");
	if (c->by_src && c->to.n)
		buf_add_str(&j->wanted, " by src");
	if (c->within_us != SCN_UNSET) {
		buf_add_str(&j->wanted, " within ");
		want_add_us(&j->wanted, c->within_us);
	}
	add_texts(&j->wanted, " with ", &c->has);
	add_texts(&j->wanted, " without ", &c->has_not);
}

static void reply_check_texts(struct judge *j, const struct trace_sip *m)
{
	const struct scn_check *c = j->c;
	size_t i;

	for (i = 0; i < c->has.n; i++)
		if (span_find(m->text, span_of(c->has.at[i])) == m->text.n)
			judge_fail(j, "'%s' is not in it", c->has.at[i]);
	for (i = 0; i < c->has_not.n; i++)
		if (span_find(m->text, span_of(c->has_not.at[i])) < m->text.n)
			judge_fail(j, "'%s' is in it", c->has_not.at[i]);
}

static bool code_fits(const struct scn_check *c, int code)
{
	bool fits = want_range(&c->code, code);
	size_t i;

	for (i = 0; i < c->n_code_or; i++)
		fits |= want_range(&c->code_or[i], code);
	return fits;
}

static void reply_check(struct judge *j, const struct trace_sip *req,
			const struct trace_sip *m)
{
	int64_t took = judge_when(m) - first_sent(j, req);

	j->at_us = judge_when(m);
	j->proof = m;
	buf_addf(&j->got, "%d from %s after ", m->code, m->from);
	want_add_us(&j->got, took);
	if (!code_fits(j->c, m->code))
		judge_fail(j, "the code is another one");
	if (j->c->within_us != SCN_UNSET && took > j->c->within_us)
		judge_fail(j, "the answer came too late");
	reply_check_texts(j, m);
}

/* A recorder outside is not seen to get anything. */
static void not_answered(struct judge *j, const struct trace_sip *req,
			 const struct trace_sip *last)
{
	j->proof = last;
	if (last)
		buf_addf(&j->got, "%d from %s and no final answer", last->code,
			 last->from);
	else
		buf_addf(&j->got, "no final answer from %s", req->to);
	judge_fail(j, "the %s %s at %.3f s and %s", j->c->subject,
		   req->arrived_us >= 0 ? "came" : "was sent",
		   (double)(judge_when(req) - j->t0_us) / 1e6,
		   last ? "no more came than that" : "was never answered");
}

void judge_reply(struct judge *j)
{
	const struct trace_sip *req = meant_request(j, j->c->subject), *m;

	reply_wanted(j);
	if (!req) {
		buf_addf(&j->got, "no %s%s arrived",
			 j->c->at == SCN_AT_NTH ? "such " : "", j->c->subject);
		judge_fail(j, "there was nothing to answer");
		j->unmet = true;
		return;
	}
	m = answer_to(j, req);
	if (m && m->code >= 200)
		reply_check(j, req, m);
	else
		not_answered(j, req, m);
}

void judge_header(struct judge *j)
{
	const char *method = j->c->of ? j->c->of : "INVITE";
	const struct trace_sip *m = meant_request(j, method);
	struct span value[HEADERS_MAX];
	struct sip_view v;
	unsigned n = 0;

	buf_addf(&j->wanted, "%s of %s", j->c->subject, method);
	wanted_to(j);
	if (want_given(j->c))
		want_text(j);
	else
		buf_add_str(&j->wanted, " is there");
	if (!m || !sip_view(m->text, &v)) {
		buf_addf(&j->got, "no %s%s arrived",
			 j->c->at == SCN_AT_NTH ? "such " : "", method);
		judge_fail(j, "there is no message to look into");
		return;
	}
	j->at_us = judge_when(m);
	while (n < HEADERS_MAX &&
	       sip_view_header(&v, j->c->subject, n, &value[n]))
		n++;
	want_values(j, value, n);
	if (!n && !want_given(j->c))
		judge_fail(j, "the %s to %s has no such header", method, m->to);
}
