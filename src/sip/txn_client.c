/* Client transactions: RFC 3261 section 17.1. */
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/txn_int.h"

#define GIVE_UP_US (64 * T1_US)
#define TIMER_D_US INT64_C(32000000)

/* RFC 3261 section 9.1: how long a final response may take once nobody wants
 * it. An INVITE has no timer for that, its user has. */
#define UNWANTED_US INT64_C(32000000)

static bool is_unwanted(const struct sip_txn *x)
{
	return x->invite && !x->h && x->state == CLIENT_PROCEEDING;
}

void client_detach(struct sip_txn *x)
{
	if (x->client && x->h)
		x->layer->waiting--;
	x->h = NULL;
}

void sip_txn_detach(struct sip_txn *x)
{
	client_detach(x);
	if (is_unwanted(x))
		timer_after(&x->timer, UNWANTED_US);
}

/* Ends the owner's hold, unless it is provisional, and tells the outcome; x
 * must not be touched after. */
static void conclude(struct sip_txn *x, enum sip_outcome o,
		     const struct sip_view *resp, const char *why, bool dead)
{
	sip_outcome_h *h = x->h;
	void *arg = x->arg;

	if (o != SIP_PROVISIONAL)
		client_detach(x);
	if (dead)
		txn_free(x);
	if (h)
		h(o, resp, why, arg);
}

void client_malformed(struct sip_txn *x, const char *why)
{
	conclude(x, SIP_MALFORMED, NULL, why, true);
}

/* ---- timers ---- */

/* An INVITE that is being dealt with has none (figure 5). */
static void arm(struct sip_txn *x)
{
	int64_t at_us = x->give_up_us;

	timer_stop(&x->timer);
	if (x->refused) {
		timer_after(&x->timer, 0);
	} else if (x->invite && x->state == CLIENT_PROCEEDING) {
		if (is_unwanted(x))
			timer_after(&x->timer, UNWANTED_US);
	} else {
		if (x->again_us >= 0 && x->again_us < at_us)
			at_us = x->again_us;
		timer_at(&x->timer, at_us);
	}
}

static void transmit(struct sip_txn *x)
{
	if (x->layer->conf.send(&x->peer, x->view.text, x->layer->conf.arg) < 0)
		x->refused = true;
}

/* Timer A doubles, timer E up to T2, and is T2 once a 1xx came. */
static void retransmit(struct sip_txn *x)
{
	x->step_us *= 2;
	if (!x->invite && (x->step_us > T2_US || x->state == CLIENT_PROCEEDING))
		x->step_us = T2_US;
	x->again_us = loop_now(x->layer->conf.loop) + x->step_us;
	transmit(x);
	arm(x);
}

static void unreachable(struct sip_txn *x)
{
	char *why = x->why;

	x->why = NULL;
	conclude(x, SIP_UNREACHABLE, NULL, why, true);
	free(why);
}

void client_on_timer(struct sip_txn *x)
{
	if (x->refused)
		unreachable(x);
	else if (x->state == CLIENT_RESTING || is_unwanted(x))
		txn_free(x);
	else if (loop_now(x->layer->conf.loop) >= x->give_up_us)
		conclude(x, SIP_TIMEOUT, NULL, NULL, true);
	else
		retransmit(x);
}

/* ---- sending ---- */

struct sip_txn *sip_txn_request(struct sip_txns *t, const struct addr *to,
				struct span text, sip_outcome_h *h, void *arg,
				struct err *e)
{
	struct sip_txn *x = txn_new(t, to, text, true);
	int64_t now_us = loop_now(t->conf.loop);

	if (!x) {
		err_set(e, ERR_INPUT, "not a SIP request");
		return NULL;
	}
	if (sip_head_test(&x->view, e) < 0) {
		txn_free(x);
		return NULL;
	}
	x->invite = span_is(x->view.method, "INVITE");
	x->h = h;
	x->arg = arg;
	t->waiting += h != NULL;
	x->step_us = T1_US;
	x->again_us = addr_is_reliable(to) ? -1 : now_us + T1_US;
	x->give_up_us = now_us + GIVE_UP_US;
	transmit(x);
	arm(x);
	return x;
}

/* ---- what arrives ---- */

static void make_ack(struct sip_txn *x, const struct sip_view *resp)
{
	struct buf b;

	buf_init(&b, SIP_MAX);
	sip_print_ack(&b, &x->view, resp);
	x->reply_n = b.n;
	x->reply = buf_steal(&b);
}

/* Until timer D or K whatever comes again is taken in, and acknowledged. The
 * request itself is not said again: it need not be kept so long. */
static void rest(struct sip_txn *x, const struct sip_view *resp)
{
	bool reliable = addr_is_reliable(&x->peer);

	if (x->invite) {
		make_ack(x, resp);
		txn_repeat(x);
	}
	memset(&x->view, 0, sizeof(x->view));
	free(x->text);
	x->text = NULL;
	x->state = CLIENT_RESTING;
	timer_after(&x->timer, reliable ? 0 : x->invite ? TIMER_D_US : T4_US);
}

/* A 2xx ends the transaction of an INVITE (section 17.1.1.2). */
static void on_final(struct sip_txn *x, const struct sip_view *v)
{
	bool over = x->invite && v->code < 300;

	if (!over)
		rest(x, v);
	conclude(x, SIP_FINAL, v, NULL, over);
}

static void on_response(struct sip_txn *x, const struct sip_view *v)
{
	if (x->state == CLIENT_RESTING) {
		if (v->code >= 300)
			txn_repeat(x);
	} else if (v->code >= 200) {
		on_final(x, v);
	} else {
		x->state = CLIENT_PROCEEDING;
		arm(x);
		conclude(x, SIP_PROVISIONAL, v, NULL, false);
	}
}

void client_receive(struct sip_txns *t, const struct addr *from,
		    const struct sip_view *v)
{
	struct sip_txn *x = txn_find(&t->client, v, v->cseq_method, true);
	struct err e = ERR_INIT;
	bool orphan;

	if (sip_head_test(v, &e) < 0) {
		if (x && x->h && (v->code < 100 || v->code >= 200))
			client_malformed(x, e.text);
		t->conf.garbage(from, e.text, t->conf.arg);
		return;
	}
	if (!x) {
		t->conf.stray(v, from, t->conf.arg);
		return;
	}
	/* nobody waits for it any more: the machine rests, and a 2xx has still
	 * to be ended by somebody */
	orphan = !x->h && v->code / 100 == 2;
	on_response(x, v);
	if (orphan)
		t->conf.stray(v, from, t->conf.arg);
}

/* Over UDP a 1xx shows that somebody is there after all. */
static bool is_unanswered(const struct sip_txn *x)
{
	if (!x->client || !x->h || x->state == CLIENT_RESTING)
		return false;
	return addr_is_reliable(&x->peer) || x->state == CLIENT_CALLING;
}

void sip_txns_unreachable(struct sip_txns *t, const struct addr *to,
			  const char *why)
{
	struct le *e, *next;

	for (e = t->all.head; e; e = next) {
		struct sip_txn *x = container_of(e, struct sip_txn, le);

		next = e->next;
		if (!addr_eq(&x->peer, to) || !is_unanswered(x))
			continue;
		x->refused = true;
		if (why && !x->why)
			x->why = xstrdup(why);
		arm(x);
	}
}
