#include "sip/conns.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "sip/frame.h"
#include "sip/head.h"

/* Who connects has this long to say something. */
#define MUTE_US INT64_C(32000000)

enum { PROTOS = ADDR_TLS + 1, SLICE = 65536, MUTES = 64 };

struct sip_conns {
	struct sip_conns_conf conf;
	struct link_server *server[PROTOS]; /* by transport, or NULL */
	struct hash by_remote;
	struct list all;
	struct list mute; /* accepted, and no message came yet; oldest first */
	struct timer mute_timer;
};

struct conn {
	struct le le;
	struct hash_le by_remote;
	struct le by_mute; /* linked while it is in c->mute */
	bool mute;
	int64_t since_us; /* it is mute */
	struct sip_conns *c;
	struct addr remote;
	struct link *link; /* NULL: closed */
	struct sip_frame frame;
	bool busy; /* its bytes are being read: not to be freed */
};

/* ---- life ---- */

static void conn_free(struct conn *x)
{
	sip_frame_fini(&x->frame);
	free(x);
}

static void conn_speaks(struct conn *x)
{
	if (!x->mute)
		return;
	list_unlink(&x->by_mute);
	x->mute = false;
	if (!x->c->mute.n)
		timer_stop(&x->c->mute_timer);
}

/* Nobody finds it any more. */
static void conn_close(struct conn *x)
{
	conn_speaks(x);
	link_close(x->link);
	x->link = NULL;
	hash_del(&x->by_remote);
	list_unlink(&x->le);
	if (!x->busy)
		conn_free(x);
}

static void conn_lost(struct conn *x, const char *why)
{
	struct sip_conns *c = x->c;
	struct addr remote = x->remote;

	conn_close(x);
	c->conf.lost(&remote, why, c->conf.arg);
}

static struct conn *conn_new(struct sip_conns *c, const struct addr *remote)
{
	struct conn *x = xcalloc(1, sizeof(*x));

	x->c = c;
	x->remote = *remote;
	sip_frame_init(&x->frame);
	hash_add(&c->by_remote, &x->by_remote,
		 span_from((const char *)&x->remote, sizeof(x->remote)));
	list_append(&c->all, &x->le);
	return x;
}

static struct conn *find(const struct sip_conns *c, const struct addr *to)
{
	struct hash_le *he = hash_find(
		&c->by_remote, span_from((const char *)to, sizeof(*to)));

	return he ? container_of(he, struct conn, by_remote) : NULL;
}

/* ---- what comes ---- */

static void give_up(struct conn *x, const char *fault)
{
	struct sip_conns *c = x->c;
	char *why = xasprintf("%s connection closed: %s",
			      addr_proto_text(&x->remote), fault);

	c->conf.garbage(&x->remote, fault, c->conf.arg);
	if (x->link)
		conn_lost(x, why);
	free(why);
}

/* The next thing in what came; false: there is none. */
static bool take_next(struct conn *x)
{
	struct sip_conns *c = x->c;
	struct err e = ERR_INIT;
	struct span what;

	switch (sip_frame_next(&x->frame, &what, &e)) {
	case SIP_FRAME_MESSAGE:
		conn_speaks(x);
		link_received(x->link, what);
		c->conf.message(&x->remote, what, c->conf.arg);
		return true;
	case SIP_FRAME_PING:
		link_send_bytes(x->link, "\r\n", 2);
		return true;
	case SIP_FRAME_GARBAGE:
		give_up(x, e.text);
		return false;
	default:
		return false;
	}
}

static void on_up(void *arg)
{
	(void)arg;
}

/* A message that is whole is taken out before more is added, so there is always
 * room for a slice. */
static void on_data(const void *p, size_t n, void *arg)
{
	struct conn *x = arg;
	struct span rest = span_from(p, n);

	x->busy = true;
	while (x->link && rest.n) {
		size_t part = rest.n < SLICE ? rest.n : SLICE;

		sip_frame_add(&x->frame, rest.p, part);
		rest = span_skip(rest, part);
		while (x->link && take_next(x))
			;
	}
	x->busy = false;
	if (!x->link)
		conn_free(x);
}

static void on_gone(const char *why, void *arg)
{
	conn_lost(arg, why);
}

static const struct link_handlers handlers = {on_up, on_data, on_gone};

/* ---- connections that nothing comes over ---- */

static struct conn *oldest_mute(const struct sip_conns *c)
{
	return c->mute.head ? container_of(c->mute.head, struct conn, by_mute)
			    : NULL;
}

static void on_mute(void *arg)
{
	struct sip_conns *c = arg;
	int64_t now_us = loop_now(c->conf.loop);
	struct conn *x;

	while ((x = oldest_mute(c)) && x->since_us + MUTE_US <= now_us)
		conn_close(x);
	if (x)
		timer_after(&c->mute_timer, x->since_us + MUTE_US - now_us);
}

/* They would take all descriptors of the process in time. */
static void begin_mute(struct conn *x)
{
	struct sip_conns *c = x->c;

	if (c->mute.n == MUTES)
		conn_close(oldest_mute(c));
	x->mute = true;
	x->since_us = loop_now(c->conf.loop);
	list_append(&c->mute, &x->by_mute);
	if (!timer_running(&c->mute_timer))
		timer_after(&c->mute_timer, MUTE_US);
}

static void on_accept(struct link *l, void *arg)
{
	struct conn *x = conn_new(arg, link_remote(l));

	x->link = l;
	begin_mute(x);
	link_take(l, &handlers, x);
}

/* ---- sending ---- */

/* Without brackets, as certificates have it. */
static struct span via_host(struct span via)
{
	struct span by = sip_via_sent_by(via);

	if (by.n && by.p[0] == '[') {
		by = span_skip(by, 1);
		by.n = span_chr(by, ']');
	} else {
		by.n = span_chr(by, ':');
	}
	return by;
}

static struct span host_of(const struct sip_view *v, struct sip_uri *u)
{
	struct span first = v->uri;

	if (!v->request)
		return via_host(v->via);
	if (sip_view_element(v, "Route", 0, &first))
		first = sip_addr_uri(first);
	return sip_uri_parse(first, u) ? span_of(u->host) : span_of("");
}

static struct conn *open_conn(struct sip_conns *c, const struct addr *to,
			      struct span host)
{
	struct conn *x;
	struct link_conf conf = {.loop = c->conf.loop,
				 .wire = c->conf.wire,
				 .tls = c->conf.tls,
				 .name = c->conf.name,
				 .local = c->conf.local,
				 .h = &handlers};

	if (to->proto == ADDR_TLS && !c->conf.tls)
		return NULL;
	x = conn_new(c, to);
	conf.arg = x;
	x->link = link_connect(&conf, to, host, NULL);
	if (x->link)
		return x;
	conn_close(x);
	return NULL;
}

int sip_conns_send(struct sip_conns *c, const struct addr *to, struct span text)
{
	struct span key = span_from((const char *)to, sizeof(*to));
	struct span host = span_of("");
	struct hash_le *he;
	struct sip_view v;
	struct sip_uri u;
	struct conn *x;

	memset(&v, 0, sizeof(v));
	if (to->proto == ADDR_TLS && sip_view(text, &v))
		host = host_of(&v, &u);
	for (he = hash_find(&c->by_remote, key); he; he = hash_find_next(he)) {
		x = container_of(he, struct conn, by_remote);
		/* who asked over it gets the answer over it */
		if (!v.request || link_is_for(x->link, host))
			return link_send(x->link, text);
	}
	x = open_conn(c, to, host);
	return x ? link_send(x->link, text) : -1;
}

bool sip_conns_has(const struct sip_conns *c, const struct addr *to)
{
	return find(c, to) != NULL;
}

/* ---- the whole ---- */

int sip_conns_listen(struct sip_conns *c, const struct addr *at, struct err *e)
{
	struct link_conf conf = {.loop = c->conf.loop,
				 .wire = c->conf.wire,
				 .tls = c->conf.tls,
				 .name = c->conf.name,
				 .local = at};
	struct link_server **server = &c->server[at->proto];

	if (at->proto == ADDR_TLS && !c->conf.tls)
		return err_set(e, ERR_ENV, "TLS without a certificate");
	*server = link_listen(&conf, on_accept, c, e);
	return *server ? 0 : -1;
}

const struct addr *sip_conns_addr(const struct sip_conns *c,
				  enum addr_proto proto)
{
	return c->server[proto] ? link_server_addr(c->server[proto]) : NULL;
}

struct sip_conns *sip_conns_new(const struct sip_conns_conf *conf)
{
	struct sip_conns *c = xcalloc(1, sizeof(*c));

	c->conf = *conf;
	hash_init(&c->by_remote);
	timer_init(&c->mute_timer, conf->loop, on_mute, c);
	return c;
}

void sip_conns_close(struct sip_conns *c)
{
	int i;

	timer_stop(&c->mute_timer);
	while (c->all.head)
		conn_close(container_of(c->all.head, struct conn, le));
	for (i = 0; i < PROTOS; i++) {
		link_server_close(c->server[i]);
		c->server[i] = NULL;
	}
}

void sip_conns_free(struct sip_conns *c)
{
	if (!c)
		return;
	sip_conns_close(c);
	hash_fini(&c->by_remote);
	free(c);
}
