/* Whether a call and its recordings ended in good order. */
#include <string.h>

#include "expect/expect.h"
#include "expect/judge.h"

static bool is_accepted(const struct trace_attempt *a)
{
	return a->result && a->result[0] == '2';
}

static const struct trace_event *
find_event(const struct trace *t, const char *kind, const char *call_id)
{
	size_t i;

	for (i = 0; i < trace_n_events(t); i++) {
		const struct trace_event *e = trace_event_at(t, i);

		if (strcmp(e->kind, kind) == 0 &&
		    strcmp(e->callid, call_id) == 0)
			return e;
	}
	return NULL;
}

/* Another recorder went on with what the one of attempt `at` had begun. */
static bool is_replaced(const struct trace *t, size_t at)
{
	const struct trace_attempt *a = trace_attempt_at(t, at);
	size_t i;

	for (i = at + 1; i < trace_n_attempts(t); i++) {
		const struct trace_attempt *b = trace_attempt_at(t, i);

		if (b->call == a->call && is_accepted(b) &&
		    strcmp(b->instance, a->instance) == 0)
			return true;
	}
	return false;
}

/* RFC 3261 section 15.1.1: whoever sent it, a BYE ends a session when it has
 * its 2xx. False: `code` is what it got at last, 0 for nothing. No BYE at all
 * is nobody's fault. */
static bool bye_is_answered(const struct trace *t,
			    const struct trace_attempt *a, int *code)
{
	const struct trace_sip *m;
	bool asked = false;
	size_t i = 0;

	*code = 0;
	while (trace_call_sip(t, a->call, &i, &m)) {
		if (!span_is(m->method, "BYE") ||
		    !span_is(m->call_id, a->call_id))
			continue;
		asked |= m->request;
		if (m->code >= 200)
			*code = m->code;
		if (*code / 100 == 2)
			return true;
	}
	return !asked;
}

static void add_loss(struct buf *why, const struct trace *t,
		     const struct trace_attempt *a,
		     const struct trace_event *lost)
{
	const struct trace_event *start = find_event(t, "start", a->call_id);
	int64_t from_us = start ? start->at_us : a->ended_us;

	buf_addf(why, "%s was lost after %.1f s: %s", a->server,
		 (double)(lost->at_us - from_us) / 1e6, lost->reason);
}

static bool attempt_in_order(const struct trace *t, size_t at, struct buf *why)
{
	const struct trace_attempt *a = trace_attempt_at(t, at);
	const struct trace_event *lost = find_event(t, "lost", a->call_id);
	int code;

	if (lost && is_replaced(t, at))
		return true;
	if (lost)
		add_loss(why, t, a, lost);
	else if (bye_is_answered(t, a, &code))
		return true;
	else if (code)
		buf_addf(why, "%s: the BYE was answered with %d", a->server,
			 code);
	else
		buf_addf(why, "%s never answered the BYE", a->server);
	return false;
}

bool expect_in_order(const struct trace *t, int call, struct buf *why)
{
	const struct trace_call *tc = trace_call_at(t, call);
	size_t i;

	for (i = 0; i < trace_n_attempts(t); i++)
		if (trace_attempt_at(t, i)->call == call &&
		    is_accepted(trace_attempt_at(t, i)) &&
		    !attempt_in_order(t, i, why))
			return false;
	if (tc && tc->in_order)
		return true;
	if (!tc || tc->t0_us < 0)
		buf_add_str(why, "the call never began");
	else
		buf_add_str(why,
			    tc->disorder ? tc->disorder : "they did not end");
	return false;
}
