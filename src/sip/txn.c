#include "sip/txn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

#include <osip2/osip.h>
#include <osipparser2/osip_parser.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/log.h"
#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"

struct sip_txns {
	struct sip_txns_conf conf;
	osip_t *osip;
	struct hash client, server; /* by key */
	struct list all;
	size_t waiting;
};

/* What osip's callbacks told while an event was executed. */
enum news {
	NEWS_NONE,
	NEWS_PROVISIONAL,
	NEWS_FINAL,
	NEWS_TIMEOUT,
	NEWS_REQUEST
};

struct sip_txn {
	struct le le; /* in layer->all; first for sip_txns_left */
	struct hash_le by_key;
	struct sip_txns *layer;
	osip_transaction_t *tr; /* NULL: at rest */
	struct timer timer;	/* the next of osip's timers */
	type_t timer_event;
	struct addr peer;     /* where what we send goes */
	struct addr source;   /* of a request of the peer's */
	char *key;	      /* owned */
	char *text;	      /* owned: request, as sent or received */
	struct sip_view view; /* of `text` */
	char *reply; /* owned: newest response (server), ACK (client) */
	size_t reply_n;
	sip_outcome_h *h; /* NULL: detached */
	void *arg;
	void *owner;
	bool client;
	bool dead;    /* osip is through with it */
	bool refused; /* the transport would not take the request */
	char *why;    /* owned: the reason, if it is known */
	enum news news;
};

/* ---- keys: RFC 3261 section 17.1.3 and 17.2.3 ---- */

/* An ACK and a CANCEL find their INVITE by its method. */
static char *make_key(const struct sip_view *v, struct span method, bool client)
{
	struct span by = client ? span_of("") : sip_via_sent_by(v->via);

	return xasprintf("%.*s|%.*s|%.*s", SPAN_ARG(v->branch), SPAN_ARG(by),
			 SPAN_ARG(method));
}

static struct sip_txn *find(const struct hash *h, const struct sip_view *v,
			    struct span method, bool client)
{
	char *key = make_key(v, method, client);
	struct hash_le *e = hash_find(h, span_of(key));

	free(key);
	return e ? container_of(e, struct sip_txn, by_key) : NULL;
}

/* ---- life ---- */

/* RFC 3261 section 9.1: how long a final response may take once nobody wants
 * it. The machine of an INVITE has no timer for that, its user has. */
#define UNWANTED_US INT64_C(32000000)

static bool is_unwanted(const struct sip_txn *x)
{
	return x->client && !x->h && x->tr && x->tr->state == ICT_PROCEEDING;
}

static void detach(struct sip_txn *x)
{
	if (x->client && x->h)
		x->layer->waiting--;
	x->h = NULL;
}

static void txn_free(struct sip_txn *x)
{
	detach(x);
	timer_stop(&x->timer);
	hash_del(&x->by_key);
	list_unlink(&x->le);
	if (x->tr) {
		if (!x->dead)
			osip_remove_transaction(x->layer->osip, x->tr);
		osip_transaction_free2(x->tr);
	}
	free(x->key);
	free(x->text);
	free(x->reply);
	free(x->why);
	free(x);
}

void sip_txn_detach(struct sip_txn *x)
{
	detach(x);
	if (is_unwanted(x))
		timer_after(&x->timer, UNWANTED_US);
}

void sip_txn_kill(struct sip_txn *x)
{
	txn_free(x);
}

const struct sip_view *sip_txn_view(const struct sip_txn *x)
{
	return &x->view;
}

const struct addr *sip_txn_peer(const struct sip_txn *x)
{
	return &x->peer;
}

const struct addr *sip_txn_source(const struct sip_txn *x)
{
	return &x->source;
}

void sip_txn_set_owner(struct sip_txn *x, void *owner)
{
	x->owner = owner;
}

void *sip_txn_owner(const struct sip_txn *x)
{
	return x->owner;
}

size_t sip_txns_waiting(const struct sip_txns *t)
{
	return t->waiting;
}

size_t sip_txns_left(const struct sip_txns *t)
{
	const struct le *e;
	size_t n = 0;

	for (e = t->all.head; e; e = e->next) {
		const struct sip_txn *x = (const struct sip_txn *)e;

		n += (x->client && x->h) || !timer_running(&x->timer);
	}
	return n;
}

static struct sip_txn *txn_new(struct sip_txns *t, const struct addr *peer,
			       struct span text, bool client);

/* ---- what osip asks for and tells ---- */

static void make_ack(struct sip_txn *x, osip_message_t *ack)
{
	struct sip_view resp;
	struct buf b;
	osip_to_t *to = ack->to;
	char *to_text = NULL;

	if (x->reply || osip_to_to_str(to, &to_text) != 0)
		return;
	buf_init(&b, SIP_MAX);
	memset(&resp, 0, sizeof(resp));
	resp.to = span_of(to_text);
	sip_print_ack(&b, &x->view, &resp);
	osip_free(to_text);
	x->reply_n = b.n;
	x->reply = buf_steal(&b);
}

static int on_send(osip_transaction_t *tr, osip_message_t *m, char *host,
		   int port, int sock)
{
	struct sip_txn *x = osip_transaction_get_your_instance(tr);
	struct span text = span_from(x->text, x->view.text.n);

	(void)host;
	(void)port;
	(void)sock;
	if (x->client && MSG_IS_ACK(m)) {
		make_ack(x, m);
		text = span_from(x->reply, x->reply_n);
	} else if (!x->client) {
		text = span_from(x->reply, x->reply_n);
	}
	if (text.n &&
	    x->layer->conf.send(&x->peer, text, x->layer->conf.arg) < 0)
		x->refused = x->client && !MSG_IS_ACK(m);
	return 0; /* anything else would kill an ACK or a response */
}

static void on_message(int type, osip_transaction_t *tr, osip_message_t *m)
{
	struct sip_txn *x = osip_transaction_get_your_instance(tr);

	(void)m;
	switch (type) {
	case OSIP_ICT_STATUS_1XX_RECEIVED:
	case OSIP_NICT_STATUS_1XX_RECEIVED:
		x->news = NEWS_PROVISIONAL;
		break;
	case OSIP_ICT_STATUS_TIMEOUT:
	case OSIP_NICT_STATUS_TIMEOUT:
		x->news = NEWS_TIMEOUT;
		break;
	default:
		x->news = x->client ? NEWS_FINAL : NEWS_REQUEST;
		break;
	}
}

static void on_kill(int type, osip_transaction_t *tr)
{
	struct sip_txn *x = osip_transaction_get_your_instance(tr);

	(void)type;
	osip_remove_transaction(x->layer->osip, tr);
	x->dead = true;
}

static void on_transport_error(int type, osip_transaction_t *tr, int error)
{
	(void)type;
	(void)tr;
	(void)error; /* our send never fails towards osip */
}

static void install(osip_t *osip)
{
	static const int news[] = {
		OSIP_ICT_STATUS_1XX_RECEIVED,
		OSIP_ICT_STATUS_2XX_RECEIVED,
		OSIP_ICT_STATUS_3XX_RECEIVED,
		OSIP_ICT_STATUS_4XX_RECEIVED,
		OSIP_ICT_STATUS_5XX_RECEIVED,
		OSIP_ICT_STATUS_6XX_RECEIVED,
		OSIP_NICT_STATUS_1XX_RECEIVED,
		OSIP_NICT_STATUS_2XX_RECEIVED,
		OSIP_NICT_STATUS_3XX_RECEIVED,
		OSIP_NICT_STATUS_4XX_RECEIVED,
		OSIP_NICT_STATUS_5XX_RECEIVED,
		OSIP_NICT_STATUS_6XX_RECEIVED,
		OSIP_ICT_STATUS_TIMEOUT,
		OSIP_NICT_STATUS_TIMEOUT,
		OSIP_IST_INVITE_RECEIVED,
		OSIP_NIST_REGISTER_RECEIVED,
		OSIP_NIST_BYE_RECEIVED,
		OSIP_NIST_OPTIONS_RECEIVED,
		OSIP_NIST_INFO_RECEIVED,
		OSIP_NIST_CANCEL_RECEIVED,
		OSIP_NIST_NOTIFY_RECEIVED,
		OSIP_NIST_SUBSCRIBE_RECEIVED,
		OSIP_NIST_UNKNOWN_REQUEST_RECEIVED,
	};
	size_t i;

	osip_set_cb_send_message(osip, on_send);
	for (i = 0; i < sizeof(news) / sizeof(news[0]); i++)
		osip_set_message_callback(osip, news[i], on_message);
	for (i = 0; i < OSIP_KILL_CALLBACK_COUNT; i++)
		osip_set_kill_transaction_callback(osip, (int)i, on_kill);
	for (i = 0; i < OSIP_TRANSPORT_ERROR_CALLBACK_COUNT; i++)
		osip_set_transport_error_callback(osip, (int)i,
						  on_transport_error);
}

/* ---- timers: one of ours for the next of osip's ---- */

struct due {
	int64_t at_us; /* -1: none */
	type_t event;
};

static void consider(struct due *d, const struct timeval *tv, type_t event)
{
	int64_t at_us = (int64_t)tv->tv_sec * 1000000 + tv->tv_usec;

	if (tv->tv_sec == -1 || (d->at_us >= 0 && d->at_us <= at_us))
		return;
	d->at_us = at_us;
	d->event = event;
}

/* Which timers count depends on the state: osip leaves the others set. */
static struct due next_due(const osip_transaction_t *tr)
{
	struct due d = {-1, TIMEOUT_A};

	switch (tr->state) {
	case ICT_CALLING:
		consider(&d, &tr->ict_context->timer_b_start, TIMEOUT_B);
		consider(&d, &tr->ict_context->timer_a_start, TIMEOUT_A);
		break;
	case ICT_COMPLETED:
		consider(&d, &tr->ict_context->timer_d_start, TIMEOUT_D);
		break;
	case NICT_TRYING:
	case NICT_PROCEEDING:
		consider(&d, &tr->nict_context->timer_f_start, TIMEOUT_F);
		consider(&d, &tr->nict_context->timer_e_start, TIMEOUT_E);
		break;
	case NICT_COMPLETED:
		consider(&d, &tr->nict_context->timer_k_start, TIMEOUT_K);
		break;
	case IST_COMPLETED:
		consider(&d, &tr->ist_context->timer_h_start, TIMEOUT_H);
		consider(&d, &tr->ist_context->timer_g_start, TIMEOUT_G);
		break;
	case IST_CONFIRMED:
		consider(&d, &tr->ist_context->timer_i_start, TIMEOUT_I);
		break;
	case NIST_COMPLETED:
		consider(&d, &tr->nist_context->timer_j_start, TIMEOUT_J);
		break;
	default:
		break;
	}
	return d;
}

static void arm(struct sip_txn *x)
{
	struct loop *l = x->layer->conf.loop;
	struct due d = next_due(x->tr);

	timer_stop(&x->timer);
	if (x->refused) {
		timer_after(&x->timer, 0);
	} else if (d.at_us >= 0) {
		x->timer_event = d.event;
		timer_at(&x->timer, d.at_us - loop_wall_us(l) + loop_now(l));
	} else if (is_unwanted(x)) {
		timer_after(&x->timer, UNWANTED_US);
	}
}

/* ---- rest ---- */

static bool is_finished(const osip_transaction_t *tr)
{
	return tr->state == ICT_COMPLETED || tr->state == NICT_COMPLETED ||
	       tr->state == NIST_COMPLETED;
}

/* What is left to do then is to say the same again when asked, for up to 32 s
 * (RFC 3261 section 17, timers D, J and K). osip's transaction is not needed
 * for that: it takes 15 KB, and its messages another 10. The timer is set. */
static void rest(struct sip_txn *x)
{
	osip_remove_transaction(x->layer->osip, x->tr);
	osip_transaction_free2(x->tr);
	x->tr = NULL;
}

/* The response of a server, the ACK of a client; other clients have none. */
static void repeat(const struct sip_txn *x)
{
	if (x->reply_n)
		x->layer->conf.send(&x->peer, span_from(x->reply, x->reply_n),
				    x->layer->conf.arg);
}

/* ---- running the machines ---- */

/* No more events for it: freed by whoever runs next. */
static void bury(struct sip_txn *x)
{
	if (x->dead)
		return;
	osip_remove_transaction(x->layer->osip, x->tr);
	x->dead = true;
}

/* Ends the owner's hold and tells the outcome; x must not be touched after,
 * unless it lives on by its own. */
static void conclude(struct sip_txn *x, enum sip_outcome o,
		     const struct sip_view *resp, const char *why)
{
	sip_outcome_h *h = x->h;
	void *arg = x->arg;

	if (o != SIP_PROVISIONAL)
		detach(x);
	if (x->dead)
		txn_free(x);
	if (h)
		h(o, resp, why, arg);
}

static void tell(struct sip_txn *x, const struct sip_view *v,
		 const struct addr *from)
{
	struct sip_txns *t = x->layer;

	switch (x->news) {
	case NEWS_PROVISIONAL:
		conclude(x, SIP_PROVISIONAL, v, NULL);
		break;
	case NEWS_FINAL:
		conclude(x, SIP_FINAL, v, NULL);
		break;
	case NEWS_TIMEOUT:
		conclude(x, SIP_TIMEOUT, NULL, NULL);
		break;
	case NEWS_REQUEST:
		t->conf.request(x, &x->view, from, t->conf.arg);
		break;
	case NEWS_NONE:
		if (x->dead)
			txn_free(x);
		break;
	}
}

/* One event through osip's machine; osip allows no second one inside its
 * callbacks, so what they told is acted upon afterwards. */
static void run(struct sip_txn *x, type_t type, osip_message_t *m,
		const struct sip_view *v, const struct addr *from)
{
	osip_event_t *evt = osip_malloc(sizeof(*evt));

	if (!evt)
		abort();
	evt->type = type;
	evt->sip = m;
	evt->transactionid = x->tr->transactionid;
	x->news = NEWS_NONE;
	osip_transaction_execute(x->tr, evt);
	if (!x->dead) {
		arm(x);
		if (is_finished(x->tr) && !x->refused)
			rest(x);
	}
	tell(x, v, from);
}

static void on_timer(void *arg)
{
	struct sip_txn *x = arg;

	if (x->refused) {
		char *why = x->why;

		x->why = NULL;
		x->refused = false;
		bury(x);
		conclude(x, SIP_UNREACHABLE, NULL, why);
		free(why);
		return;
	}
	if (!x->tr || is_unwanted(x)) {
		txn_free(x);
		return;
	}
	run(x, x->timer_event, NULL, NULL, NULL);
}

static struct sip_txn *txn_new(struct sip_txns *t, const struct addr *peer,
			       struct span text, bool client)
{
	struct sip_txn *x = xcalloc(1, sizeof(*x));

	x->layer = t;
	x->client = client;
	x->peer = *peer;
	x->text = span_dup(text);
	sip_view(span_from(x->text, text.n), &x->view);
	x->key = make_key(&x->view, x->view.method, client);
	timer_init(&x->timer, t->conf.loop, on_timer, x);
	list_append(&t->all, &x->le);
	hash_add(client ? &t->client : &t->server, &x->by_key, span_of(x->key));
	return x;
}

struct sip_txn *sip_txn_request(struct sip_txns *t, const struct addr *to,
				struct span text, sip_outcome_h *h, void *arg,
				struct err *e)
{
	osip_message_t *m = NULL;
	struct sip_txn *x;
	struct sip_view v;
	bool invite;

	if (!sip_view(text, &v)) {
		err_set(e, ERR_INPUT, "not a SIP request");
		return NULL;
	}
	if (sip_head_check(&v, e) < 0 || !(m = sip_head_parse(&v, e)))
		return NULL;
	invite = span_is(v.method, "INVITE");
	x = txn_new(t, to, text, true);
	if (osip_transaction_init(&x->tr, invite ? ICT : NICT, t->osip, m)) {
		err_set(e, ERR_INPUT, "no transaction can be made of it");
		osip_message_free(m);
		x->tr = NULL;
		txn_free(x);
		return NULL;
	}
	osip_transaction_set_your_instance(x->tr, x);
	x->h = h;
	x->arg = arg;
	t->waiting += h != NULL;
	run(x, invite ? SND_REQINVITE : SND_REQUEST, m, NULL, NULL);
	return x;
}

/* For the machine, which has to know of a response that osip cannot read: one
 * of that code that it can. */
static osip_message_t *stand_in(const struct sip_txn *x, int code)
{
	struct sip_reply r = {.code = code, .to_tag = "x"};
	osip_message_t *m = NULL;
	struct sip_view v;
	struct buf b;

	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, &x->view, &r);
	if (sip_view(buf_span(&b), &v))
		m = sip_head_parse(&v, NULL);
	buf_fini(&b);
	return m;
}

void sip_txn_reply(struct sip_txn *x, struct span text)
{
	osip_message_t *m = NULL;
	struct sip_view v;
	type_t type;

	if (!x->tr) /* it had its final response */
		return;
	if (sip_view(text, &v) && !(m = sip_head_parse(&v, NULL)))
		m = stand_in(x, v.code);
	if (!m) {
		/* on purpose no SIP: goes out as it is, untended */
		x->layer->conf.send(&x->peer, text, x->layer->conf.arg);
		return;
	}
	type = v.code < 200   ? SND_STATUS_1XX
	       : v.code < 300 ? SND_STATUS_2XX
			      : SND_STATUS_3456XX;
	free(x->reply);
	x->reply = xmemdup(text.p, text.n);
	x->reply_n = text.n;
	run(x, type, m, NULL, NULL);
}

/* ---- what arrives ---- */

static void receive_response(struct sip_txns *t, const struct addr *from,
			     const struct sip_view *v)
{
	struct sip_txn *x = find(&t->client, v, v->cseq_method, true);
	struct err e = ERR_INIT;
	osip_message_t *m;
	type_t type;
	bool orphan;

	if (sip_head_check(v, &e) < 0 || !(m = sip_head_parse(v, &e))) {
		if (x && x->h && (v->code < 100 || v->code >= 200)) {
			bury(x);
			conclude(x, SIP_MALFORMED, NULL, e.text);
		}
		t->conf.garbage(from, e.text, t->conf.arg);
		return;
	}
	if (!x) {
		osip_message_free(m);
		t->conf.stray(v, from, t->conf.arg);
		return;
	}
	/* nobody waits for it any more: the machine rests, and a 2xx has still
	 * to be ended by somebody */
	orphan = !x->h && v->code / 100 == 2;
	type = v->code < 200   ? RCV_STATUS_1XX
	       : v->code < 300 ? RCV_STATUS_2XX
			       : RCV_STATUS_3456XX;
	if (x->tr) {
		run(x, type, m, v, from);
	} else {
		osip_message_free(m);
		if (v->code >= 300)
			repeat(x);
	}
	if (orphan)
		t->conf.stray(v, from, t->conf.arg);
}

/* Matches nothing we have: a transaction of its own. */
static void new_server(struct sip_txns *t, const struct addr *from,
		       const struct sip_view *v, osip_message_t *m)
{
	bool invite = span_is(v->method, "INVITE");
	struct addr reply_to;
	struct sip_txn *x;

	sip_reply_addr(v, from, &reply_to);
	x = txn_new(t, &reply_to, v->text, false);
	x->source = *from;
	if (osip_transaction_init(&x->tr, invite ? IST : NIST, t->osip, m)) {
		osip_message_free(m);
		x->tr = NULL;
		txn_free(x);
		return;
	}
	osip_transaction_set_your_instance(x->tr, x);
	run(x, invite ? RCV_REQINVITE : RCV_REQUEST, m, v, from);
}

/* RFC 3261 section 8.2.6.2 */
static bool is_answerable(const struct sip_view *v)
{
	return !span_is(v->method, "ACK") && v->via.n && v->from.n && v->to.n &&
	       v->call_id.n && v->cseq_method.n;
}

static void receive_faulty(struct sip_txns *t, const struct addr *from,
			   const struct sip_view *v, const char *why)
{
	t->conf.garbage(from, why, t->conf.arg);
	if (t->conf.faulty && is_answerable(v))
		t->conf.faulty(v, from, why, t->conf.arg);
}

static void receive_request(struct sip_txns *t, const struct addr *from,
			    const struct sip_view *v)
{
	bool ack = span_is(v->method, "ACK");
	struct span method = ack ? span_of("INVITE") : v->method;
	struct sip_txn *x = find(&t->server, v, method, false);
	struct err e = ERR_INIT;
	osip_message_t *m;

	if (sip_head_check(v, &e) < 0 || !(m = sip_head_parse(v, &e))) {
		receive_faulty(t, from, v, e.text);
		return;
	}
	if (x && !x->tr) {
		osip_message_free(m);
		repeat(x);
	} else if (x) {
		run(x,
		    ack				? RCV_REQACK
		    : span_is(method, "INVITE") ? RCV_REQINVITE
						: RCV_REQUEST,
		    m, v, from);
	} else if (ack) {
		osip_message_free(m);
		t->conf.request(NULL, v, from, t->conf.arg);
	} else {
		new_server(t, from, v, m);
	}
}

/* What cannot be told from noise still answers whoever waits for that peer. */
void sip_txns_noise(struct sip_txns *t, const struct addr *from,
		    const char *why)
{
	struct le *e;

	for (e = t->all.head; e; e = e->next) {
		struct sip_txn *x = container_of(e, struct sip_txn, le);

		if (x->client && x->h && addr_eq(&x->peer, from)) {
			bury(x);
			conclude(x, SIP_MALFORMED, NULL, why);
			break;
		}
	}
	t->conf.garbage(from, why, t->conf.arg);
}

/* What keeps a path open: line ends, STUN, which begins with two zero bits
 * (RFC 5626 section 3.5), and the zeros that some send in their place. */
static bool is_keepalive(struct span s)
{
	return span_empty(span_trim(s)) || s.p[0] == 0 || s.p[0] == 1;
}

void sip_txns_receive(struct sip_txns *t, const struct addr *from,
		      struct span datagram)
{
	struct sip_view v;

	if (is_keepalive(datagram))
		return;
	if (!sip_view(datagram, &v))
		sip_txns_noise(t, from, "what came is not SIP");
	else if (v.request)
		receive_request(t, from, &v);
	else
		receive_response(t, from, &v);
}

/* Over UDP a 1xx shows that somebody is there after all. */
static bool is_unanswered(const struct sip_txn *x)
{
	if (!x->client || !x->h || !x->tr)
		return false;
	if (addr_is_reliable(&x->peer))
		return true;
	return x->tr->state == ICT_CALLING || x->tr->state == NICT_TRYING;
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

struct sip_txn *sip_txn_of_cancel(struct sip_txns *t,
				  const struct sip_view *cancel)
{
	return find(&t->server, cancel, span_of("INVITE"), false);
}

/* ---- the layer ---- */

__attribute__((format(printf, 4, 0))) static void
osip_says(const char *fi, int li, osip_trace_level_t level, const char *chfr,
	  va_list ap) __attribute__((format(printf, 4, 0)));

static void osip_says(const char *fi, int li, osip_trace_level_t level,
		      const char *chfr, va_list ap)
{
	char text[512];

	(void)fi;
	(void)li;
	(void)level;
	if (!log_wants(LOG_DEBUG))
		return;
	vsnprintf(text, sizeof(text), chfr, ap);
	log_debug("osip: %.*s", (int)strcspn(text, "\n"), text);
}

struct sip_txns *sip_txns_new(const struct sip_txns_conf *conf)
{
	struct sip_txns *t = xcalloc(1, sizeof(*t));

	/* it prints all that it says before it asks who listens */
	osip_trace_initialize_func(log_wants(LOG_DEBUG) ? END_TRACE_LEVEL
							: TRACE_LEVEL0,
				   osip_says);
	if (osip_init(&t->osip) != 0)
		abort();
	install(t->osip);
	t->conf = *conf;
	hash_init(&t->client);
	hash_init(&t->server);
	return t;
}

void sip_txns_free(struct sip_txns *t)
{
	if (!t)
		return;
	while (t->all.head)
		txn_free(container_of(t->all.head, struct sip_txn, le));
	hash_fini(&t->client);
	hash_fini(&t->server);
	osip_release(t->osip);
	free(t);
}
