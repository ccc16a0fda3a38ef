/*
 * rules: what RFCs want of a recorder, or of its client, judged by all that it
 * said.
 */
#include "expect/rules.h"

#include <string.h>

#include "scenario/rules.h"
#include "sip/head.h"

/* ---- messages ---- */

static bool is_about(const struct judge *j, const char *name)
{
	return j->c->to.n ? scn_strings_has(&j->c->to, name)
			  : judge_is_recorder(j, name);
}

static bool next(const struct judge *j, struct said *s, bool said)
{
	bool by_recorder = said != j->client;
	const struct trace_sip *m;

	while (trace_call_sip(j->t, j->call, &s->i, &m)) {
		if (!is_about(j, by_recorder ? m->from : m->to) ||
		    !judge_came(j, m) || !judge_of_instance(j, m->call_id) ||
		    !sip_view(m->text, &s->v))
			continue;
		s->m = m;
		return true;
	}
	return false;
}

bool rule_next_said(const struct judge *j, struct said *s)
{
	return next(j, s, true);
}

bool rule_next_asked(const struct judge *j, struct said *s)
{
	return next(j, s, false);
}

bool rule_next_reply(const struct judge *j, const char *method, int min,
		     int max, struct said *s)
{
	while (rule_next_said(j, s))
		if (!s->v.request && s->v.code >= min && s->v.code <= max &&
		    (!method || span_is(s->v.cseq_method, method)))
			return true;
	return false;
}

bool rule_next_request(const struct judge *j, const char *method,
		       struct said *s)
{
	while (rule_next_said(j, s))
		if (s->v.request && (method ? span_is(s->v.method, method)
					    : !span_is(s->v.method, "ACK")))
			return true;
	return false;
}

static bool is_answered_by(const struct sip_view *req,
			   const struct sip_view *resp)
{
	return req->request && !resp->request && req->cseq == resp->cseq &&
	       span_eq(req->call_id, resp->call_id) &&
	       span_eq(req->method, resp->cseq_method) &&
	       span_eq(req->branch, resp->branch);
}

bool rule_request_of(const struct judge *j, const struct said *reply,
		     struct said *req)
{
	struct said s = {.i = 0};

	while (rule_next_asked(j, &s) && s.m->order < reply->m->order) {
		if (!is_answered_by(&s.v, &reply->v))
			continue;
		*req = s;
		return true;
	}
	return false;
}

bool rule_final_of(const struct judge *j, const struct said *req,
		   struct said *reply)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, NULL, 200, 699, &s)) {
		if (!is_answered_by(&req->v, &s.v))
			continue;
		*reply = s;
		return true;
	}
	return false;
}

static size_t count_char(struct span s, char c)
{
	size_t n = 0, i;

	for (i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

bool rule_is_one_uri(struct span contact)
{
	size_t open = count_char(contact, '<');
	struct sip_uri uri;

	return open <= 1 && open == count_char(contact, '>') &&
	       sip_uri_parse(sip_addr_uri(contact), &uri);
}

bool rule_has_sdp(const struct sip_view *v, struct span *sdp)
{
	const struct mime_part *part;
	struct mime m;

	mime_of(&m, v, NULL);
	part = mime_find(&m, "application/sdp");
	if (part)
		*sdp = part->body;
	return part != NULL;
}

/* ---- verdict ---- */

void rule_seen(struct judge *j, const struct said *s)
{
	j->seen++;
	if (!j->failed && s) {
		j->proof = s->m;
		j->at_us = judge_when(s->m);
	}
}

void rule_fail(struct judge *j, const struct said *s, const char *fmt, ...)
{
	va_list ap;

	if (j->failed && j->brief)
		return;
	if (!j->failed && s) {
		j->proof = s->m;
		j->at_us = judge_when(s->m);
	}
	if (j->got.n)
		buf_add_str(&j->got, "; ");
	va_start(ap, fmt);
	buf_vaddf(&j->got, fmt, ap);
	va_end(ap);
	j->failed = true;
}

void rule_limit(struct judge *j, const char *text)
{
	buf_addf(&j->got, "%s%s", j->got.n ? "; " : "", text);
	buf_addf(&j->why,
		 "%sthat is the most that is read here, and breaks no "
		 "rule",
		 j->why.n ? "; " : "");
}

static judge_h *find_in(const struct rule *const *lists, size_t n,
			struct span id)
{
	const struct rule *r;
	size_t i;

	for (i = 0; i < n; i++)
		for (r = lists[i]; r->id; r++)
			if (span_is(id, r->id))
				return r->judge;
	return NULL;
}

/* `client`: whether it judges one. */
static judge_h *find(const char *text, bool *client)
{
	static const struct rule *const ours[] = {
		rules_client, rules_client_metadata, rules_client_sdp,
		rules_client_media};
	static const struct rule *const theirs[] = {
		rules_sip, rules_flow, rules_snapshot,
		rules_sdp, rules_text, rules_media};
	struct span id = span_of(text), end = span_of(".src");
	judge_h *judge = find_in(ours, sizeof(ours) / sizeof(*ours), id);

	*client = judge != NULL;
	if (judge)
		return judge;
	if (id.n > end.n && span_find(id, end) == id.n - end.n) {
		*client = true;
		id.n -= end.n;
	}
	return find_in(theirs, sizeof(theirs) / sizeof(*theirs), id);
}

bool expect_knows_rule(const char *id)
{
	bool client;

	return find(id, &client) != NULL;
}

static bool is_pack(const char *id)
{
	return strcmp(id, SCN_RULES_PACK) == 0;
}

static bool in_pack(const struct judge *j, const struct scn_client_rule *r)
{
	return j->c->should || strcmp(r->level, "must") == 0;
}

static void want(struct judge *j, const char *id)
{
	const struct scn_rule *rule = scn_rule_find(id);
	size_t i, n = 0;

	if (j->wanted.n)
		buf_add_str(&j->wanted, "; ");
	for (i = 0; i < scn_n_client_rules; i++)
		n += in_pack(j, &scn_client_rules[i]);
	if (is_pack(id))
		buf_addf(&j->wanted, "the %zu rules of %s that a client %s", n,
			 id,
			 j->c->should ? "must or should keep" : "must keep");
	else
		buf_add_str(&j->wanted, rule ? rule->text : id);
}

static void judge_by(struct judge *j, const char *id)
{
	judge_h *judge = find(id, &j->client);
	const struct trace_sip *proof = j->proof;
	int64_t at_us = j->at_us;
	bool before = j->failed;

	j->failed = false;
	if (judge)
		judge(j);
	if (j->failed)
		judge_fail(j, "rule %s", id);
	if (!before)
		return;
	/* the first that was broken has its proof already */
	j->failed = true;
	j->proof = proof;
	j->at_us = at_us;
}

static void judge_pack(struct judge *j)
{
	size_t i;

	j->brief = true;
	for (i = 0; i < scn_n_client_rules; i++)
		if (in_pack(j, &scn_client_rules[i]))
			judge_by(j, scn_client_rules[i].rule.id);
}

/* One after the other, until one does not hold; of a pack all are told. */
void judge_rules(struct judge *j)
{
	const struct scn_strings *list = &j->c->list;
	size_t i;

	for (i = 0; i < list->n; i++)
		want(j, list->at[i]);
	for (i = 0; i < list->n && !j->failed; i++) {
		if (is_pack(list->at[i]))
			judge_pack(j);
		else
			judge_by(j, list->at[i]);
	}
	if (!j->failed && !j->seen) {
		j->skipped = true;
		if (!j->got.n)
			buf_add_str(&j->got, "nothing that it is about");
	} else if (!j->failed) {
		buf_addf(&j->got, "%sso in %zu place%s", j->got.n ? "; " : "",
			 j->seen, j->seen == 1 ? "" : "s");
	}
}
