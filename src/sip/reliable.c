#include "sip/reliable.h"

#include <stdlib.h>

#include "core/xalloc.h"
#include "sip/session_int.h"

enum { EARLY_MAX = 64, WAITING_MAX = 64 };

static const char tag_100rel[] = "100rel";

/* ---- headers ---- */

static struct span next_word(struct span *rest)
{
	size_t n = 0;
	struct span word;

	*rest = span_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ' && rest->p[n] != '\t' &&
	       rest->p[n] != '\r' && rest->p[n] != '\n')
		n++;
	word = span_from(rest->p, n);
	*rest = span_skip(*rest, n);
	return word;
}

bool sip_rack_parse(struct span value, struct sip_rack *r)
{
	if (!parse_u32(next_word(&value), 1, UINT32_MAX, &r->rseq) ||
	    !parse_u32(next_word(&value), 0, UINT32_MAX, &r->cseq))
		return false;
	r->method = next_word(&value);
	return !span_empty(r->method) && span_empty(span_trim(value));
}

bool sip_rseq_of(const struct sip_view *resp, uint32_t *rseq)
{
	struct span value;

	return resp->code > 100 && resp->code < 200 &&
	       sip_view_lists(resp, "Require", tag_100rel) &&
	       sip_view_header(resp, "RSeq", 0, &value) &&
	       parse_u32(span_trim(value), 1, UINT32_MAX, rseq);
}

/* ---- of an INVITE of ours ---- */

static struct early *early_of(const struct early_dialogs *d, struct span tag)
{
	struct le *e;

	for (e = d->all.head; e; e = e->next) {
		struct early *early = container_of(e, struct early, le);

		if (span_is(tag, early->tag))
			return early;
	}
	return NULL;
}

static struct early *early_add(struct sip_session *s, struct span tag)
{
	struct early *early;

	if (s->early.all.n == EARLY_MAX)
		return NULL;
	early = xcalloc(1, sizeof(*early));
	early->tag = span_dup(tag);
	early->cseq = s->out_cseq;
	list_append(&s->early.all, &early->le);
	return early;
}

void early_fini(struct early_dialogs *d)
{
	while (d->all.head) {
		struct early *early = container_of(d->all.head, struct early,
						   le);

		list_unlink(&early->le);
		free(early->tag);
		free(early);
	}
	d->current = NULL;
}

/* RFC 3261 section 12.2.1.1: each dialog counts its own requests. */
static void make_current(struct sip_session *s, struct early *early)
{
	if (s->early.current == early)
		return;
	if (s->early.current)
		s->early.current->cseq = s->local_cseq;
	s->early.current = early;
	s->local_cseq = early->cseq;
}

/* In order, if the dialog's numbers say so: they are counted from the first one
 * of an INVITE. */
static bool counts(struct early *early, uint32_t invite_cseq, uint32_t rseq)
{
	if (early->invite_cseq != invite_cseq)
		early->rseq = 0;
	early->invite_cseq = invite_cseq;
	if (early->rseq && rseq != early->rseq + 1)
		return false;
	early->rseq = rseq;
	return true;
}

bool early_in_order(struct sip_session *s, const struct sip_view *resp)
{
	struct early *early;
	uint32_t rseq;

	s->early.prack_due = 0;
	if (!sip_rseq_of(resp, &rseq) || span_empty(resp->to_tag))
		return true;
	early = early_of(&s->early, resp->to_tag);
	if (!early)
		early = early_add(s, resp->to_tag);
	if (!early)
		return true;
	if (!counts(early, resp->cseq, rseq))
		return false;
	s->early.prack_due = rseq;
	if (s->state != UP) {
		make_current(s, early);
		session_take_dialog(s, resp);
	}
	return true;
}

void early_leave(struct sip_session *s, const struct sip_view *resp)
{
	struct early *early = early_of(&s->early, resp->to_tag);

	if (!s->early.current)
		return;
	if (!early)
		early = early_add(s, resp->to_tag);
	if (early)
		make_current(s, early);
}

static void on_prack_outcome(struct sip_session *s, enum sip_outcome o,
			     const struct sip_view *resp, void *arg)
{
	struct early *early;

	(void)arg;
	if (o != SIP_FINAL || resp->code >= 300)
		return;
	early = early_of(&s->early, resp->to_tag);
	if (early)
		early->confirmed = true;
}

void sip_session_prack(struct sip_session *s, const char *content_type,
		       struct span body)
{
	char *headers;

	if (!s->early.prack_due)
		return;
	headers = xasprintf("RAck: %u %u INVITE\r\n%s", s->early.prack_due,
			    s->out_cseq, s->always ? s->always : "");
	s->early.prack_due = 0;
	session_send(s, "PRACK", headers, content_type, body, on_prack_outcome,
		     NULL);
	free(headers);
}

void early_settle(struct sip_session *s)
{
	sip_session_prack(s, NULL, span_of(""));
}

/* ---- of an INVITE of the peer's ---- */

struct provisional {
	struct le le;
	uint32_t rseq;
	bool has_body;
	char *text;
	size_t n;
};

static struct provisional *first_of(const struct sip_session *s)
{
	struct le *e = s->provisional.waiting.head;

	return e ? container_of(e, struct provisional, le) : NULL;
}

static void provisional_free(struct provisional *p)
{
	list_unlink(&p->le);
	free(p->text);
	free(p);
}

static void forget_final(struct sip_session *s)
{
	free(s->provisional.final);
	s->provisional.final = NULL;
}

static void repeat_later(struct provisionals *q, int64_t now_us)
{
	int64_t next_us = now_us + q->wait_us;

	timer_at(&q->timer, next_us < q->until_us ? next_us : q->until_us);
}

static void send_first(struct sip_session *s)
{
	struct provisionals *q = &s->provisional;
	const struct provisional *p = first_of(s);
	int64_t now_us = loop_now(s->ua->conf.loop);

	q->wait_us = T1_US;
	q->until_us = now_us + 64 * T1_US;
	repeat_later(q, now_us);
	sip_txn_reply(s->in, span_from(p->text, p->n));
}

/* Section 3: T1, twice as long each time, and after 64*T1 the INVITE is
 * refused with a 5xx. */
static void on_timer(void *arg)
{
	struct sip_session *s = arg;
	struct provisionals *q = &s->provisional;
	const struct provisional *p = first_of(s);
	int64_t now_us = loop_now(s->ua->conf.loop);

	session_enter(s);
	if (now_us >= q->until_us) {
		sip_session_reject(s, 504, NULL);
	} else {
		q->wait_us *= 2;
		repeat_later(q, now_us);
		sip_txn_reply(s->in, span_from(p->text, p->n));
	}
	session_leave(s);
}

void provisionals_init(struct sip_session *s)
{
	timer_init(&s->provisional.timer, s->ua->conf.loop, on_timer, s);
}

void provisionals_fini(struct sip_session *s)
{
	timer_stop(&s->provisional.timer);
	forget_final(s);
	while (first_of(s))
		provisional_free(first_of(s));
}

void provisionals_stop(struct sip_session *s)
{
	struct list *waiting = &s->provisional.waiting;

	timer_stop(&s->provisional.timer);
	forget_final(s);
	while (waiting->n > 1)
		provisional_free(
			container_of(waiting->tail, struct provisional, le));
}

bool provisionals_hold(struct sip_session *s, struct span ok)
{
	bool described = false;
	struct le *e;

	for (e = s->provisional.waiting.head; e; e = e->next)
		described |= container_of(e, struct provisional, le)->has_body;
	if (!described || !timer_running(&s->provisional.timer))
		return false;
	session_replace(&s->provisional.final, xmemdup(ok.p, ok.n));
	s->provisional.final_n = ok.n;
	return true;
}

/* RFC 3262 section 3: the first number is anything up to 2^31 - 1. */
static uint32_t next_rseq(struct sip_session *s)
{
	struct provisionals *q = &s->provisional;

	if (q->cseq != s->in_cseq || !q->rseq) {
		provisionals_fini(s);
		q->cseq = s->in_cseq;
		q->rseq = rng_below(s->ua->conf.rng, INT32_MAX - 1);
	}
	return ++q->rseq;
}

bool sip_session_takes_reliable(const struct sip_session *s)
{
	const struct sip_view *req = sip_session_invite_view(s);

	return req && (sip_view_lists(req, "Supported", tag_100rel) ||
		       sip_view_lists(req, "Require", tag_100rel));
}

void sip_session_progress_reliably(struct sip_session *s, int code,
				   const char *headers,
				   const char *content_type, struct span body)
{
	struct list *waiting = &s->provisional.waiting;
	struct provisional *p;
	char *lines;

	if (!s->in || s->provisional.final || waiting->n == WAITING_MAX)
		return;
	p = xcalloc(1, sizeof(*p));
	p->rseq = next_rseq(s);
	p->has_body = content_type != NULL;
	lines = xasprintf("%sRequire: %s\r\nRSeq: %u\r\n",
			  headers ? headers : "", tag_100rel, p->rseq);
	session_print_reply(s, &s->ua->out, s->in, code, lines, content_type,
			    body);
	free(lines);
	p->n = s->ua->out.n;
	p->text = xmemdup(s->ua->out.p, p->n);
	list_append(waiting, &p->le);
	if (waiting->n == 1)
		send_first(s);
}

/* What waited for the PRACK goes on. */
static void go_on(struct sip_session *s)
{
	struct provisionals *q = &s->provisional;
	char *final = q->final;

	if (!s->in)
		return;
	if (q->waiting.head)
		send_first(s);
	q->final = NULL;
	if (final && !provisionals_hold(s, span_from(final, q->final_n)))
		sip_session_answer_raw(s, span_from(final, q->final_n));
	free(final);
}

static bool is_for(const struct provisional *p, const struct sip_session *s,
		   const struct sip_rack *rack)
{
	return p && p->rseq == rack->rseq &&
	       s->provisional.cseq == rack->cseq &&
	       span_is(rack->method, "INVITE");
}

void provisionals_prack(struct sip_session *s, struct sip_txn *x,
			const struct sip_view *req)
{
	struct span value;
	struct sip_rack rack;

	if (!sip_view_header(req, "RAck", 0, &value) ||
	    !sip_rack_parse(value, &rack)) {
		sip_session_reply(s, x, 400, NULL, NULL, span_of(""));
		return;
	}
	if (!is_for(first_of(s), s, &rack)) { /* section 3 */
		sip_session_reply(s, x, 481, NULL, NULL, span_of(""));
		return;
	}
	timer_stop(&s->provisional.timer);
	provisional_free(first_of(s));
	s->provisional.acked = true;
	if (!s->h.pracked || !s->h.pracked(s, x, req, s->arg))
		sip_session_reply(s, x, 200, NULL, NULL, span_of(""));
	go_on(s);
}

bool sip_session_is_early(const struct sip_session *s)
{
	if (s->state == INCOMING)
		return s->provisional.acked;
	return (s->state == INVITING || s->state == PROCEEDING) &&
	       s->early.current && s->early.current->confirmed;
}
