/* Connections of the simulated wire: bytes that come in pieces, by timers. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "net/wire_sim.h"

enum {
	FIRST_PORT = 40000, /* of those who connect */
	LAST_PORT = 49999
};

enum piece_kind { PIECE_UP, PIECE_DATA, PIECE_END };

/* What is on its way to an end. */
struct piece {
	struct le le;
	enum piece_kind kind;
	int64_t due_us;
	size_t n;	     /* DATA */
	enum stream_end end; /* END */
};

struct sim_end {
	struct sim *sim;
	struct stream *stream;
	struct sim_end *peer; /* NULL: not yet, or no more */
	struct list coming;   /* struct piece, in order */
	struct buf in;	      /* the bytes of its DATA */
	struct buf early;     /* sent before it was up */
	struct timer timer;   /* the next piece; first of all, the SYN */
	bool called;	      /* the SYN has arrived */
};

static int64_t now_of(const struct sim_end *x)
{
	return loop_now(x->sim->wire.loop);
}

static void arm(struct sim_end *x)
{
	if (x->coming.head)
		timer_at(
			&x->timer,
			container_of(x->coming.head, struct piece, le)->due_us);
}

static struct piece *add_piece(struct sim_end *x, enum piece_kind kind)
{
	struct piece *p = xcalloc(1, sizeof(*p));

	p->kind = kind;
	p->due_us = now_of(x) + x->sim->latency_us;
	list_append(&x->coming, &p->le);
	if (x->coming.n == 1)
		arm(x);
	return p;
}

static void piece_free(struct piece *p)
{
	list_unlink(&p->le);
	free(p);
}

static void add_data(struct sim_end *x, const void *p, size_t n)
{
	if (n == 0)
		return;
	buf_add(&x->in, p, n);
	add_piece(x, PIECE_DATA)->n = n;
}

static void on_timer(void *arg);

static struct sim_end *end_new(struct sim *s)
{
	struct sim_end *x = xcalloc(1, sizeof(*x));

	x->sim = s;
	buf_init(&x->in, 2 * STREAM_QUEUE);
	buf_init(&x->early, STREAM_QUEUE);
	timer_init(&x->timer, s->wire.loop, on_timer, x);
	return x;
}

/* ---- connecting ---- */

static void made(struct stream *s, void *priv)
{
	struct sim_end *x = priv;

	x->stream = s;
	s->priv = x;
}

static bool is_loopback(const struct addr *a)
{
	static const uint8_t one[16] = {[15] = 1};

	return a->family == 4 ? a->ip[0] == 127
			      : memcmp(a->ip, one, sizeof(one)) == 0;
}

/* Of other hosts those are there that have something open. */
static bool is_host(const struct wire *w, const struct addr *a)
{
	const struct hash_le *he;
	size_t i;

	for (i = 0; i < w->flows.n_slots; i++)
		for (he = w->flows.slot[i]; he; he = he->next)
			if (addr_ip_eq(a, (const struct addr *)he->key.p))
				return true;
	for (i = 0; i < w->listeners.n_slots; i++)
		for (he = w->listeners.slot[i]; he; he = he->next)
			if (addr_ip_eq(a, (const struct addr *)he->key.p))
				return true;
	return is_loopback(a);
}

static void on_syn(struct sim_end *x)
{
	struct stream *s = x->stream;
	struct listener *l = wire_listener_at(s->wire, &s->remote);
	struct sim_end *other;

	x->called = true;
	if (!l) {
		add_piece(x, PIECE_END)->end = is_host(s->wire, &s->remote)
						       ? STREAM_REFUSED
						       : STREAM_UNREACHABLE;
		return;
	}
	other = end_new(x->sim);
	other->called = true;
	other->peer = x;
	x->peer = other;
	add_piece(x, PIECE_UP);
	listener_accept(l, &s->remote, &s->local, other, made);
}

/* ---- what arrives ---- */

static void on_up(struct sim_end *x)
{
	x->stream->up = true;
	if (x->peer)
		add_data(x->peer, x->early.p, x->early.n);
	buf_clear(&x->early);
	stream_tell_up(x->stream);
}

/* All that is due, in pieces as a reader with little room would get it. */
static void on_data(struct sim_end *x)
{
	int64_t now_us = now_of(x);
	struct sim *s = x->sim;
	struct span rest;
	size_t n = 0;
	char *bytes;

	while (x->coming.head) {
		struct piece *p = container_of(x->coming.head, struct piece,
					       le);

		if (p->kind != PIECE_DATA || p->due_us > now_us)
			break;
		n += p->n;
		piece_free(p);
	}
	bytes = xmemdup(x->in.p, n);
	memmove(x->in.p, x->in.p + n, x->in.n - n);
	x->in.n -= n;
	arm(x);
	s->reading = x;
	for (rest = span_from(bytes, n); rest.n && s->reading == x;) {
		size_t cut = rest.n;

		if (rng_below(&s->cuts, 2))
			cut = 1 + rng_below(&s->cuts, (uint32_t)rest.n);
		stream_tell_data(x->stream, rest.p, cut);
		rest = span_skip(rest, cut);
	}
	s->reading = NULL;
	free(bytes);
}

static void on_timer(void *arg)
{
	struct sim_end *x = arg;
	struct piece *p;
	enum stream_end end;

	if (!x->called) {
		on_syn(x);
		return;
	}
	p = container_of(x->coming.head, struct piece, le);
	if (p->kind == PIECE_DATA) {
		on_data(x);
		return;
	}
	end = p->end;
	if (p->kind == PIECE_UP) {
		piece_free(p);
		arm(x);
		on_up(x);
	} else {
		piece_free(p);
		stream_tell_gone(x->stream, end);
	}
}

/* ---- what the owner does ---- */

static int sim_connect(struct stream *s, const struct addr *local,
		       struct err *e)
{
	struct sim *sim = (struct sim *)s->wire;
	struct sim_end *x = end_new(sim);

	(void)e;
	if (sim->next_tcp < FIRST_PORT || sim->next_tcp > LAST_PORT)
		sim->next_tcp = FIRST_PORT;
	s->local = *local;
	if (addr_is_any(local) && local->family == 4)
		s->local = addr_loopback(0);
	else if (addr_is_any(local))
		s->local.ip[15] = 1;
	s->local.port = sim->next_tcp++;
	made(s, x);
	timer_after(&x->timer, sim->latency_us);
	return 0;
}

static int sim_stream_send(struct stream *s, const void *p, size_t n)
{
	struct sim_end *x = s->priv;

	if (!s->up) {
		buf_add(&x->early, p, n);
		return x->early.overflow ? -1 : 0;
	}
	if (!x->peer)
		return 0; /* it was closed, and we are yet to hear of it */
	if (x->peer->in.n + n > STREAM_QUEUE)
		return -1;
	add_data(x->peer, p, n);
	return 0;
}

static void sim_stream_close(struct stream *s, bool reset)
{
	struct sim_end *x = s->priv;

	if (x->sim->reading == x)
		x->sim->reading = NULL;
	if (x->peer) {
		x->peer->peer = NULL;
		add_piece(x->peer, PIECE_END)->end = reset ? STREAM_RESET
							   : STREAM_CLOSED;
	}
	while (x->coming.head)
		piece_free(container_of(x->coming.head, struct piece, le));
	timer_stop(&x->timer);
	buf_fini(&x->in);
	buf_fini(&x->early);
	free(x);
}

static int sim_listen(struct listener *l, const struct addr *local,
		      struct err *e)
{
	struct sim *s = (struct sim *)l->wire;
	char text[ADDR_TEXT];

	l->local = *local;
	if (local->port == 0) {
		do
			l->local.port = wire_sim_port(s);
		while (wire_listener_at(&s->wire, &l->local) ||
		       wire_flow_at(&s->wire, &l->local) || !l->local.port);
	} else if (wire_listener_at(&s->wire, local)) {
		return err_set(e, ERR_ENV, "tcp:%s: address already in use",
			       addr_text(local, text));
	}
	return 0;
}

static void sim_unlisten(struct listener *l)
{
	(void)l;
}

const struct stream_ops wire_sim_tcp_ops = {sim_connect, sim_stream_send,
					    sim_stream_close, sim_listen,
					    sim_unlisten};
