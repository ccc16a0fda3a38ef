#include "net/wire.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "net/wire_int.h"

enum {
	PAIR_TRIES = 64,
	GONE_US = 2000000 /* longer than a datagram is under way */
};

/* Where a flow of ours was: what it sent may arrive after it was closed. */
struct gone {
	struct hash_le he;
	struct le le;
	struct addr addr;
	int64_t until_us;
};

static struct span addr_key(const struct addr *a)
{
	return span_from((const char *)a, sizeof(*a));
}

struct flow *wire_flow_at(const struct wire *w, const struct addr *a)
{
	struct hash_le *e = hash_find(&w->flows, addr_key(a));

	return e ? container_of(e, struct flow, by_addr) : NULL;
}

struct flow *flow_open(struct wire *w, const struct flow_conf *conf,
		       struct err *e)
{
	struct addr local = w->loopback;
	struct flow *f = xcalloc(1, sizeof(*f) + w->ops->room);

	if (conf->local)
		local = addr_with(conf->local, ADDR_UDP);
	f->priv = f + 1;
	f->wire = w;
	f->kind = conf->kind;
	f->recv = conf->recv;
	f->error = conf->error;
	f->unsent = conf->unsent;
	f->arg = conf->arg;
	if (w->ops->open(f, &local, e) < 0) {
		free(f);
		return NULL;
	}
	hash_add(&w->flows, &f->by_addr, addr_key(&f->local));
	w->n_flows++;
	trace_name_addr(w->trace, &f->local, conf->name);
	return f;
}

/* The port beside that of `one`: below an odd one, above an even one. False when
 * somebody has it. */
static bool open_beside(struct wire *w, const struct flow_conf *conf,
			struct flow *one, struct flow **rtp, struct flow **rtcp)
{
	bool odd = one->local.port % 2;
	struct addr next = one->local;
	struct flow_conf c = *conf;
	struct flow *other;

	if (odd && conf->local && conf->local->port)
		return false; /* RTP is wanted there and nowhere else */
	next.port ^= 1;
	c.kind = odd ? FLOW_RTP : FLOW_RTCP;
	c.local = &next;
	other = flow_open(w, &c, NULL);
	if (!other)
		return false;
	one->kind = odd ? FLOW_RTCP : FLOW_RTP;
	*rtp = odd ? other : one;
	*rtcp = odd ? one : other;
	return true;
}

int flow_open_pair(struct wire *w, const struct flow_conf *conf,
		   struct flow **rtp, struct flow **rtcp, struct err *e)
{
	struct flow_conf c = *conf;
	struct flow *one;
	int tries;

	c.kind = FLOW_RTP;
	*rtp = *rtcp = NULL;
	for (tries = 0; tries < PAIR_TRIES; tries++) {
		one = flow_open(w, &c, e);
		if (!one)
			return -1;
		if (open_beside(w, conf, one, rtp, rtcp))
			return 0;
		flow_close(one);
	}
	return err_set(e, ERR_ENV, "no free pair of RTP and RTCP ports");
}

int flow_open_apart(struct wire *w, const struct flow_conf *conf,
		    struct flow **rtp, struct flow **rtcp, struct err *e)
{
	struct flow_conf c = *conf;

	c.kind = FLOW_RTCP;
	*rtp = NULL;
	*rtcp = flow_open(w, &c, e);
	if (!*rtcp)
		return -1;
	c.kind = FLOW_RTP;
	*rtp = flow_open(w, &c, e);
	if (*rtp)
		return 0;
	flow_close(*rtcp);
	*rtcp = NULL;
	return -1;
}

void flow_drain(struct flow *f)
{
	if (f && f->wire->ops->drain)
		f->wire->ops->drain(f);
}

const struct addr *flow_addr(const struct flow *f)
{
	return &f->local;
}

static void gone_free(struct gone *g)
{
	hash_del(&g->he);
	list_unlink(&g->le);
	free(g);
}

static struct gone *gone_oldest(struct wire *w)
{
	struct le *le = w->gone_list.head;

	return le ? container_of(le, struct gone, le) : NULL;
}

static void gone_add(struct wire *w, const struct addr *a)
{
	int64_t now_us = loop_now(w->loop);
	struct hash_le *he;
	struct gone *g;

	while ((g = gone_oldest(w)) && g->until_us < now_us)
		gone_free(g);
	he = hash_find(&w->gone, addr_key(a));
	if (he) {
		g = container_of(he, struct gone, he);
		list_unlink(&g->le);
	} else {
		g = xcalloc(1, sizeof(*g));
		g->addr = *a;
		hash_add(&w->gone, &g->he, addr_key(&g->addr));
	}
	g->until_us = now_us + GONE_US;
	list_append(&w->gone_list, &g->le);
}

/* Whether we sent what comes from there, so that it is known already. */
static bool is_ours(const struct wire *w, const struct addr *from)
{
	struct hash_le *he;

	if (wire_flow_at(w, from))
		return true;
	he = hash_find(&w->gone, addr_key(from));
	return he &&
	       container_of(he, struct gone, he)->until_us >= loop_now(w->loop);
}

static void close_flow(struct flow *f, bool bury)
{
	if (!f)
		return;
	way_free(f->way);
	hash_del(&f->by_addr);
	/* who else asks whether something is ours? */
	if (f->kind == FLOW_SIP || f->wire->observe)
		gone_add(f->wire, &f->local);
	f->wire->n_flows--;
	f->wire->ops->close(f, bury);
	free(f);
}

void flow_close(struct flow *f)
{
	close_flow(f, false);
}

void flow_bury(struct flow *f)
{
	close_flow(f, true);
}

size_t wire_flows(const struct wire *w)
{
	return w->n_flows + w->n_streams + w->listeners.n;
}

void wire_init(struct wire *w, const struct wire_ops *ops, struct loop *l,
	       struct trace *t)
{
	w->ops = ops;
	w->loop = l;
	w->trace = t;
	hash_init(&w->flows);
	hash_init(&w->gone);
	hash_init(&w->listeners);
	hash_init(&w->ways);
	w->loopback = addr_loopback(0);
}

struct addr wire_loopback(const struct wire *w)
{
	return w->loopback;
}

void wire_use_ipv6(struct wire *w)
{
	addr_parse_ip(span_of("::1"), &w->loopback);
}

void wire_observe(struct wire *w, wire_observe_h *h, void *arg)
{
	w->observe = h;
	w->observe_arg = arg;
}

void wire_free(struct wire *w)
{
	if (!w)
		return;
	assert(wire_flows(w) == 0);
	while (w->gone_list.head)
		gone_free(gone_oldest(w));
	hash_fini(&w->gone);
	hash_fini(&w->flows);
	hash_fini(&w->listeners);
	hash_fini(&w->ways);
	w->ops->free(w);
}

void wire_see(struct wire *w, enum wire_sight what, const struct addr *src,
	      const struct addr *dst, const void *p, size_t n)
{
	if (w->observe)
		w->observe(loop_now(w->loop), what, src, dst, p, n,
			   w->observe_arg);
}

static void observe(struct wire *w, const struct addr *src,
		    const struct addr *dst, const void *p, size_t n)
{
	wire_see(w, WIRE_BYTES, src, dst, p, n);
}

/* ---- streams: the record of the last packet is usually the right one ---- */

static uint32_t ssrc_of(const void *p, size_t n)
{
	struct span r = span_from(p, n);
	uint32_t ssrc = 0;

	r = span_skip(r, 8);
	rd_be32(&r, &ssrc);
	return ssrc;
}

static void note_rtp_sent(struct flow *f, const struct addr *to, const void *p,
			  size_t n)
{
	if (!f->out || f->out->ssrc != ssrc_of(p, n) ||
	    !addr_eq(&f->out_dst, to)) {
		f->out = trace_rtp_of(f->wire->trace, &f->local, to, p, n);
		f->out_dst = *to;
	}
	if (f->out)
		trace_rtp_sent(f->out, loop_now(f->wire->loop));
}

static void note_rtp_received(struct flow *f, const struct addr *from,
			      const void *p, size_t n)
{
	struct wire *w = f->wire;

	if (!f->in || f->in->ssrc != ssrc_of(p, n) ||
	    !addr_eq(&f->in_src, from)) {
		f->in = trace_rtp_of(w->trace, from, &f->local, p, n);
		f->in_src = *from;
	}
	if (f->in)
		trace_rtp_received(w->trace, f->in, loop_now(w->loop), p, n);
}

/* ---- sending ---- */

static int send_now(struct flow *f, const struct addr *to, const void *p,
		    size_t n)
{
	struct wire *w = f->wire;
	struct trace_sip *sip = NULL;

	observe(w, &f->local, to, p, n);
	if (f->kind == FLOW_SIP)
		sip = trace_add_sip(w->trace, loop_now(w->loop), &f->local, to,
				    p, n);
	else if (f->kind == FLOW_RTP)
		note_rtp_sent(f, to, p, n);
	return w->ops->send(f, to, p, n, sip);
}

int flow_send(struct flow *f, const struct addr *to, const void *p, size_t n)
{
	if (n > WIRE_MTU)
		return -1;
	if (f->way)
		return way_send(f->way, to, sizeof(*to), p, n);
	return send_now(f, to, p, n);
}

static int way_ends(const void *tag, const void *p, size_t n, void *arg)
{
	struct addr to;

	memcpy(&to, tag, sizeof(to));
	return send_now(arg, &to, p, n);
}

void flow_impair(struct flow *f, struct rng *rng, const struct way_conf *conf)
{
	way_free(f->way);
	f->way = way_new(f->wire->loop, rng, conf, way_ends, f);
}

/* ---- receiving ---- */

void wire_deliver(struct flow *f, const struct addr *from, const void *p,
		  size_t n, struct trace_sip *sip)
{
	struct wire *w = f->wire;
	int64_t now_us = loop_now(w->loop);

	if (!sip && (w->observe || f->kind == FLOW_SIP) && !is_ours(w, from)) {
		observe(w, from, &f->local, p, n);
		if (f->kind == FLOW_SIP)
			sip = trace_add_sip(w->trace, now_us, from, &f->local,
					    p, n);
	}
	if (sip)
		trace_sip_arrived(sip, now_us);
	if (f->kind == FLOW_RTP)
		note_rtp_received(f, from, p, n);
	f->recv(from, p, n, f->arg);
}
