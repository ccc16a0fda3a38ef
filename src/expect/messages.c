/*
 * Who got which message. Judged by what arrived: a request that was lost on
 * the way and sent again counts once, at its arrival.
 */
#include "expect/judge.h"

#include <string.h>

#include "sip/view.h"

void strings_add(struct buf *b, const struct scn_strings *s, const char *none)
{
	size_t i;

	if (!s->n)
		buf_add_str(b, none);
	for (i = 0; i < s->n; i++)
		buf_addf(b, "%s%s", i ? ", " : "", s->at[i]);
}

static const struct scn_server *server_named(const struct scenario *s,
					     const char *name)
{
	size_t i, k;

	for (i = 0; i < s->n_instances; i++)
		for (k = 0; k < s->instance[i].n_servers; k++)
			if (!strcmp(s->instance[i].server[k].name, name))
				return &s->instance[i].server[k];
	return NULL;
}

bool judge_is_recorder(const struct judge *j, const char *name)
{
	return scenario_srs(j->s, name) >= 0 || server_named(j->s, name);
}

bool judge_is_external(const struct judge *j, const char *name)
{
	int i = scenario_srs(j->s, name);

	if (i >= 0)
		return j->s->srs[i].uri != NULL;
	return server_named(j->s, name) != NULL;
}

bool judge_came(const struct judge *j, const struct trace_sip *m)
{
	return m->arrived_us >= 0 || judge_is_external(j, m->to) ||
	       judge_is_external(j, m->from);
}

int64_t judge_when(const struct trace_sip *m)
{
	return m->arrived_us >= 0 ? m->arrived_us : m->sent_us;
}

bool judge_of_instance(const struct judge *j, struct span call_id)
{
	const struct trace_attempt *a;
	size_t i;

	if (!j->c->instance)
		return true;
	for (i = 0; i < trace_n_attempts(j->t); i++) {
		a = trace_attempt_at(j->t, i);
		if (a->call == j->call &&
		    !strcmp(a->instance, j->c->instance) &&
		    span_is(call_id, a->call_id))
			return true;
	}
	return false;
}

static bool same_branch(const struct trace_sip *a, const struct trace_sip *b)
{
	struct sip_view va, vb;

	return sip_view(a->text, &va) && sip_view(b->text, &vb) &&
	       span_eq(va.branch, vb.branch);
}

/* RFC 3261 section 17.2.3: the branch tells transactions apart, and the
 * method where ACK and CANCEL borrow it. */
static bool same_transaction(const struct trace_sip *a,
			     const struct trace_sip *b)
{
	return a->request == b->request && a->code == b->code &&
	       a->cseq == b->cseq && span_eq(a->method, b->method) &&
	       span_eq(a->call_id, b->call_id) && !strcmp(a->from, b->from) &&
	       !strcmp(a->to, b->to) && same_branch(a, b);
}

bool judge_is_repeat(const struct judge *j, const struct trace_sip *m)
{
	const struct trace_sip *e;
	size_t i = 0;

	while (trace_call_sip(j->t, j->call, &i, &e) && e != m)
		if (judge_came(j, e) && same_transaction(e, m))
			return true;
	return false;
}

static bool is_about(const struct judge *j, const char *name)
{
	return j->c->to.n ? scn_strings_has(&j->c->to, name)
			  : judge_is_recorder(j, name);
}

static bool next_request(const struct judge *j, bool by_recorder,
			 const char *method, size_t *i,
			 const struct trace_sip **out)
{
	const struct trace_sip *m;

	while (trace_call_sip(j->t, j->call, i, &m)) {
		if (!m->request)
			continue;
		if (method ? !span_is(m->method, method)
			   : span_is(m->method, "ACK"))
			continue;
		if (!is_about(j, by_recorder ? m->from : m->to) ||
		    !judge_came(j, m))
			continue;
		if (!judge_of_instance(j, m->call_id) || judge_is_repeat(j, m))
			continue;
		*out = m;
		return true;
	}
	return false;
}

bool judge_next_request(const struct judge *j, const char *method, size_t *i,
			const struct trace_sip **m)
{
	return next_request(j, false, method, i, m);
}

bool judge_next_asked(const struct judge *j, const char *method, size_t *i,
		      const struct trace_sip **m)
{
	return next_request(j, true, method, i, m);
}
