/* The layer, its keys, and server transactions. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/log.h"
#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/txn_int.h"

#include <osipparser2/osip_parser.h>

/* ---- keys: RFC 3261 section 17.1.3 and 17.2.3 ---- */

enum { USUAL_KEY = 256 };

static size_t key_size(const struct sip_view *v, struct span by,
		       struct span method)
{
	return v->branch.n + by.n + method.n + 2;
}

static char *put(char *at, struct span s)
{
	if (s.n)
		memcpy(at, s.p, s.n);
	return at + s.n;
}

static void key_write(char *at, const struct sip_view *v, struct span by,
		      struct span method)
{
	at = put(at, v->branch);
	*at++ = '|';
	at = put(at, by);
	*at++ = '|';
	put(at, method);
}

static struct span key_by(const struct sip_view *v, bool client)
{
	return client ? span_of("") : sip_via_sent_by(v->via);
}

/* An ACK and a CANCEL find their INVITE by its method. */
struct sip_txn *txn_find(const struct hash *h, const struct sip_view *v,
			 struct span method, bool client)
{
	struct span by = key_by(v, client);
	size_t n = key_size(v, by, method);
	char usual[USUAL_KEY];
	char *key = n <= sizeof(usual) ? usual : xmalloc(n);
	struct hash_le *e;

	key_write(key, v, by, method);
	e = hash_find(h, span_from(key, n));
	if (key != usual)
		free(key);
	return e ? container_of(e, struct sip_txn, by_key) : NULL;
}

/* ---- life ---- */

void txn_free(struct sip_txn *x)
{
	client_detach(x);
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

/* ---- what osip asks for and tells ---- */

static int on_send(osip_transaction_t *tr, osip_message_t *m, char *host,
		   int port, int sock)
{
	const struct sip_txn *x = osip_transaction_get_your_instance(tr);

	(void)m;
	(void)host;
	(void)port;
	(void)sock;
	txn_repeat(x);
	return 0; /* anything else would kill a response */
}

static void on_message(int type, osip_transaction_t *tr, osip_message_t *m)
{
	struct sip_txn *x = osip_transaction_get_your_instance(tr);

	(void)type;
	(void)m;
	x->news = NEWS_REQUEST;
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
	struct due d = {-1, TIMEOUT_G};

	switch (tr->state) {
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
	if (d.at_us < 0)
		return;
	x->timer_event = d.event;
	timer_at(&x->timer, d.at_us - loop_wall_us(l) + loop_now(l));
}

/* ---- rest ---- */

/* A server of no INVITE that is through has only to say the same again when
 * asked, for up to 32 s (RFC 3261 section 17.2.2, timer J). osip's transaction
 * is not needed for that: it takes 15 KB, and its messages another 10. The
 * timer is set. */
static void rest(struct sip_txn *x)
{
	osip_remove_transaction(x->layer->osip, x->tr);
	osip_transaction_free2(x->tr);
	x->tr = NULL;
}

void txn_repeat(const struct sip_txn *x)
{
	if (x->reply_n)
		x->layer->conf.send(&x->peer, span_from(x->reply, x->reply_n),
				    x->layer->conf.arg);
}

/* ---- running the machines ---- */

static void tell(struct sip_txn *x, const struct addr *from)
{
	struct sip_txns *t = x->layer;

	if (x->news == NEWS_REQUEST)
		t->conf.request(x, &x->view, from, t->conf.arg);
	else if (x->dead)
		txn_free(x);
}

/* One event through osip's machine; osip allows no second one inside its
 * callbacks, so what they told is acted upon afterwards. */
static void run(struct sip_txn *x, type_t type, osip_message_t *m,
		const struct addr *from)
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
		if (x->tr->state == NIST_COMPLETED)
			rest(x);
	}
	tell(x, from);
}

static void on_timer(void *arg)
{
	struct sip_txn *x = arg;

	if (x->client)
		client_on_timer(x);
	else if (x->tr)
		run(x, x->timer_event, NULL, NULL);
	else
		txn_free(x);
}

struct sip_txn *txn_new(struct sip_txns *t, const struct addr *peer,
			struct span text, bool client)
{
	struct sip_txn *x = xcalloc(1, sizeof(*x));
	struct span by;
	size_t n;

	x->layer = t;
	x->client = client;
	x->peer = *peer;
	x->text = span_dup(text);
	if (!sip_view(span_from(x->text, text.n), &x->view)) {
		free(x->text);
		free(x);
		return NULL;
	}
	by = key_by(&x->view, client);
	n = key_size(&x->view, by, x->view.method);
	x->key = xmalloc(n);
	key_write(x->key, &x->view, by, x->view.method);
	timer_init(&x->timer, t->conf.loop, on_timer, x);
	list_append(&t->all, &x->le);
	hash_add(client ? &t->client : &t->server, &x->by_key,
		 span_from(x->key, n));
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
	run(x, type, m, NULL);
}

/* ---- what arrives ---- */

/* Matches nothing we have: a transaction of its own. */
static void new_server(struct sip_txns *t, const struct addr *from,
		       const struct sip_view *v, osip_message_t *m)
{
	bool invite = span_is(v->method, "INVITE");
	struct addr reply_to;
	struct sip_txn *x;

	sip_reply_addr(v, from, &reply_to);
	x = txn_new(t, &reply_to, v->text, false);
	assert(x);
	x->source = *from;
	if (osip_transaction_init(&x->tr, invite ? IST : NIST, t->osip, m)) {
		osip_message_free(m);
		x->tr = NULL;
		txn_free(x);
		return;
	}
	osip_transaction_set_your_instance(x->tr, x);
	run(x, invite ? RCV_REQINVITE : RCV_REQUEST, m, from);
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
	struct sip_txn *x = txn_find(&t->server, v, method, false);
	struct err e = ERR_INIT;
	osip_message_t *m;

	if (sip_head_check(v, &e) < 0 || !(m = sip_head_parse(v, &e))) {
		receive_faulty(t, from, v, e.text);
		return;
	}
	if (x && !x->tr) {
		osip_message_free(m);
		txn_repeat(x);
	} else if (x) {
		run(x,
		    ack				? RCV_REQACK
		    : span_is(method, "INVITE") ? RCV_REQINVITE
						: RCV_REQUEST,
		    m, from);
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
			client_malformed(x, why);
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
		client_receive(t, from, &v);
}

struct sip_txn *sip_txn_of_cancel(struct sip_txns *t,
				  const struct sip_view *cancel)
{
	return txn_find(&t->server, cancel, span_of("INVITE"), false);
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
