#include "net/stream.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "net/wire_int.h"

/* A message under way between two actors of ours. */
struct way_message {
	struct le le;
	struct trace_sip *sip;
};

const char *stream_end_text(enum stream_end end)
{
	static const char *const text[] = {
		[STREAM_CLOSED] = "closed",
		[STREAM_RESET] = "reset",
		[STREAM_REFUSED] = "refused",
		[STREAM_UNREACHABLE] = "no way there",
		[STREAM_TIMEOUT] = "no answer",
	};

	return text[end];
}

/* ---- ways ---- */

static struct way *way_use(struct wire *w, const struct addr *from,
			   const struct addr *to)
{
	struct addr ends[2] = {addr_with(from, ADDR_TCP),
			       addr_with(to, ADDR_TCP)};
	struct span key = span_from((const char *)ends, sizeof(ends));
	struct hash_le *he = hash_find(&w->ways, key);
	struct way *way = he ? container_of(he, struct way, by_ends) : NULL;

	if (!way) {
		way = xcalloc(1, sizeof(*way));
		memcpy(way->ends, ends, sizeof(ends));
		hash_add(&w->ways, &way->by_ends,
			 span_from((const char *)way->ends, sizeof(ends)));
	}
	way->refs++;
	return way;
}

static struct trace_sip *way_take(struct way *way)
{
	struct way_message *m = container_of(way->sent.head, struct way_message,
					     le);
	struct trace_sip *sip = m->sip;

	list_unlink(&m->le);
	free(m);
	return sip;
}

static void way_done(struct way *way)
{
	if (!way || --way->refs > 0)
		return;
	while (way->sent.head)
		way_take(way);
	hash_del(&way->by_ends);
	free(way);
}

/* ---- life ---- */

static struct stream *stream_new(struct wire *w, const struct addr *remote)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->wire = w;
	s->remote = *remote;
	w->n_streams++;
	return s;
}

static void stream_free(struct stream *s)
{
	way_done(s->out);
	way_done(s->in);
	s->wire->n_streams--;
	free(s);
}

/* Both addresses are known. */
static void know_ways(struct stream *s)
{
	s->out = way_use(s->wire, &s->local, &s->remote);
	s->in = way_use(s->wire, &s->remote, &s->local);
}

struct listener *wire_listener_at(const struct wire *w, const struct addr *a)
{
	struct addr at = addr_with(a, ADDR_TCP), any = at;
	struct hash_le *he;

	he = hash_find(&w->listeners, span_from((char *)&at, sizeof(at)));
	memset(any.ip, 0, sizeof(any.ip));
	if (!he)
		he = hash_find(&w->listeners,
			       span_from((char *)&any, sizeof(any)));
	return he ? container_of(he, struct listener, by_addr) : NULL;
}

struct stream *stream_connect(struct wire *w, const struct stream_conf *conf,
			      const struct addr *to, struct err *e)
{
	struct addr remote = addr_with(to, conf->proto), any;
	struct stream *s = stream_new(w, &remote);

	addr_init(&any);
	any.family = to->family;
	if (conf->local && conf->local->family == to->family)
		any = *conf->local;
	any.port = 0;
	s->h = conf->h;
	s->arg = conf->arg;
	if (w->ops->streams->connect(s, &any, e) < 0) {
		stream_free(s);
		return NULL;
	}
	s->local.proto = (uint8_t)conf->proto;
	s->ours = wire_listener_at(w, &remote) != NULL;
	know_ways(s);
	trace_name_addr(w->trace, &s->local, conf->name);
	wire_see(w, WIRE_OPENED, &s->local, &s->remote, NULL, 0);
	return s;
}

void stream_take(struct stream *s, const struct stream_handlers *h, void *arg)
{
	s->h = h;
	s->arg = arg;
}

int stream_send(struct stream *s, const void *p, size_t n)
{
	if (s->gone)
		return -1;
	return s->wire->ops->streams->send(s, p, n);
}

static void end_stream(struct stream *s, bool reset)
{
	if (!s)
		return;
	if (!s->gone)
		wire_see(s->wire, reset ? WIRE_RESET : WIRE_CLOSED, &s->local,
			 &s->remote, NULL, 0);
	s->wire->ops->streams->close(s, reset);
	stream_free(s);
}

void stream_close(struct stream *s)
{
	end_stream(s, false);
}

void stream_reset(struct stream *s)
{
	end_stream(s, true);
}

const struct addr *stream_local(const struct stream *s)
{
	return &s->local;
}

const struct addr *stream_remote(const struct stream *s)
{
	return &s->remote;
}

/* ---- listeners ---- */

struct listener *listener_open(struct wire *w, const struct stream_conf *conf,
			       listener_accept_h *accept, void *arg,
			       struct err *e)
{
	struct listener *l = xcalloc(1, sizeof(*l));
	struct addr shown;

	l->wire = w;
	l->accept = accept;
	l->arg = arg;
	if (w->ops->streams->listen(l, conf->local ? conf->local : &w->loopback,
				    e) < 0) {
		free(l);
		return NULL;
	}
	l->local.proto = ADDR_TCP;
	hash_add(&w->listeners, &l->by_addr,
		 span_from((const char *)&l->local, sizeof(l->local)));
	l->proto = conf->proto;
	shown = addr_with(&l->local, conf->proto);
	trace_name_addr(w->trace, &shown, conf->name);
	return l;
}

const struct addr *listener_addr(const struct listener *l)
{
	return &l->local;
}

void listener_close(struct listener *l)
{
	if (!l)
		return;
	hash_del(&l->by_addr);
	l->wire->ops->streams->unlisten(l);
	free(l);
}

void listener_accept(struct listener *l, const struct addr *local,
		     const struct addr *remote, void *priv,
		     void (*made)(struct stream *s, void *priv))
{
	struct addr from = addr_with(remote, l->proto);
	struct stream *s = stream_new(l->wire, &from);

	s->local = addr_with(local, l->proto);
	s->up = true;
	know_ways(s);
	/* who connected has made them before */
	s->ours = s->in->refs > 1;
	if (!s->ours)
		wire_see(s->wire, WIRE_OPENED, &s->remote, &s->local, NULL, 0);
	made(s, priv);
	l->accept(s, l->arg);
}

/* ---- what the wires tell ---- */

void stream_tell_up(struct stream *s)
{
	s->up = true;
	if (s->h->up)
		s->h->up(s->arg);
}

void stream_tell_data(struct stream *s, const void *p, size_t n)
{
	s->h->data(p, n, s->arg);
}

void stream_tell_gone(struct stream *s, enum stream_end end)
{
	s->gone = true;
	if (!s->ours || end == STREAM_REFUSED)
		wire_see(s->wire,
			 end == STREAM_CLOSED ? WIRE_CLOSED : WIRE_RESET,
			 &s->remote, &s->local, NULL, 0);
	s->h->gone(end, s->arg);
}

/* ---- for trace and capture ---- */

void stream_note_sent(struct stream *s, struct span message)
{
	struct wire *w = s->wire;
	struct way_message *m;
	struct trace_sip *sip;

	sip = trace_add_sip(w->trace, loop_now(w->loop), &s->local, &s->remote,
			    message.p, message.n);
	if (!s->ours || !sip)
		return;
	m = xcalloc(1, sizeof(*m));
	m->sip = sip;
	list_append(&s->out->sent, &m->le);
}

/* The record that its sender made. What went before and was not taken for a
 * message never comes as one. */
static struct trace_sip *take_record(struct stream *s, struct span message)
{
	while (s->in->sent.head) {
		struct trace_sip *sip = way_take(s->in);

		if (span_eq(sip->text, message))
			return sip;
	}
	return NULL;
}

void stream_note_received(struct stream *s, struct span message)
{
	struct wire *w = s->wire;
	int64_t now_us = loop_now(w->loop);
	struct trace_sip *sip = s->ours ? take_record(s, message) : NULL;

	if (!sip)
		sip = trace_add_sip(w->trace, now_us, &s->remote, &s->local,
				    message.p, message.n);
	if (sip)
		trace_sip_arrived(sip, now_us);
}

void stream_show_sent(struct stream *s, const void *p, size_t n)
{
	wire_see(s->wire, WIRE_BYTES, &s->local, &s->remote, p, n);
}

void stream_show_received(struct stream *s, const void *p, size_t n)
{
	if (!s->ours)
		wire_see(s->wire, WIRE_BYTES, &s->remote, &s->local, p, n);
}
