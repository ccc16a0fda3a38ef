#include "net/link.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/list.h"
#include "core/xalloc.h"

enum { WHY = 256 };

/* A message that waits for the connection. */
struct waiting {
	struct le le;
	size_t n;
	char bytes[];
};

struct link {
	struct stream *stream;
	struct tls_end *tls; /* NULL: TCP */
	struct loop *loop;
	const struct link_handlers *h;
	void *arg;
	struct list waiting;
	struct buf plain, out; /* of TLS, while something comes or goes */
	struct timer timer;    /* runs while TLS_WAITS */
	bool server, up;
	struct link **alive; /* set to NULL when it is closed */
};

struct link_server {
	struct listener *listener;
	struct loop *loop;
	struct tls *tls;
	struct addr addr; /* with its transport */
	link_accept_h *accept;
	void *arg;
};

/* ---- sending ---- */

static int send_out(struct link *l)
{
	int rc = 0;

	if (l->out.n)
		rc = stream_send(l->stream, l->out.p, l->out.n);
	buf_clear(&l->out);
	return rc;
}

int link_send_bytes(struct link *l, const void *p, size_t n)
{
	stream_show_sent(l->stream, p, n);
	if (!l->tls)
		return stream_send(l->stream, p, n);
	tls_write(l->tls, span_from(p, n), &l->out);
	return send_out(l);
}

static int send_message(struct link *l, struct span message)
{
	stream_note_sent(l->stream, message);
	return link_send_bytes(l, message.p, message.n);
}

int link_send(struct link *l, struct span message)
{
	struct waiting *w;

	if (l->up)
		return send_message(l, message);
	w = xcalloc(1, sizeof(*w) + message.n);
	w->n = message.n;
	memcpy(w->bytes, message.p, message.n);
	list_append(&l->waiting, &w->le);
	return 0;
}

static void drop_waiting(struct link *l, bool send)
{
	while (l->waiting.head) {
		struct waiting *w = container_of(l->waiting.head,
						 struct waiting, le);

		list_unlink(&w->le);
		if (send)
			send_message(l, span_from(w->bytes, w->n));
		free(w);
	}
}

/* ---- what the stream tells ---- */

static void set_up(struct link *l)
{
	timer_stop(&l->timer);
	l->up = true;
	drop_waiting(l, true);
	if (!l->server)
		l->h->up(l->arg);
}

static void fail(struct link *l, const char *kind, const char *why)
{
	char text[WHY];

	timer_stop(&l->timer);
	snprintf(text, sizeof(text), "%s%s", kind, why);
	l->h->gone(text, l->arg);
}

/* Takes what came over TLS as far as it goes. */
static void take(struct link *l, struct span came)
{
	enum tls_state state = tls_take(l->tls, came, &l->plain, &l->out);
	struct link *alive = l;

	/* for the time of this call: taken back below, or the link is gone */
	/* cppcheck-suppress autoVariables */
	l->alive = &alive;
	send_out(l);
	if (state == TLS_UP && !l->up)
		set_up(l);
	if (alive && l->plain.n) {
		struct buf plain = l->plain;

		buf_init(&l->plain, plain.max);
		stream_show_received(l->stream, plain.p, plain.n);
		l->h->data(plain.p, plain.n, l->arg);
		buf_fini(&plain);
	}
	if (!alive)
		return;
	l->alive = NULL;
	if (state == TLS_FAILED)
		fail(l, "TLS: ", tls_why(l->tls));
	else if (state == TLS_CLOSED)
		fail(l, "TLS connection ", stream_end_text(STREAM_CLOSED));
	else if (state == TLS_WAITS && !timer_running(&l->timer))
		timer_after(&l->timer, LINK_WAIT_US);
}

static void on_timer(void *arg)
{
	set_up(arg);
}

static void on_up(void *arg)
{
	struct link *l = arg;

	if (l->tls)
		take(l, span_of(""));
	else
		set_up(l);
}

static void on_data(const void *p, size_t n, void *arg)
{
	struct link *l = arg;

	if (l->tls) {
		take(l, span_from(p, n));
		return;
	}
	stream_show_received(l->stream, p, n);
	l->h->data(p, n, l->arg);
}

static void on_gone(enum stream_end end, void *arg)
{
	struct link *l = arg;
	char kind[32];

	/* before TLS begins it is the connection below that fails */
	snprintf(kind, sizeof(kind), "%s connection ",
		 l->tls && !l->up ? "TCP" : addr_proto_text(link_remote(l)));
	fail(l, kind, stream_end_text(end));
}

static const struct stream_handlers stream_handlers = {on_up, on_data, on_gone};

/* ---- life ---- */

static struct link *link_new(struct loop *loop)
{
	struct link *l = xcalloc(1, sizeof(*l));

	l->loop = loop;
	buf_init(&l->plain, STREAM_QUEUE);
	buf_init(&l->out, 2 * STREAM_QUEUE);
	timer_init(&l->timer, loop, on_timer, l);
	return l;
}

static void link_free(struct link *l)
{
	if (l->alive)
		*l->alive = NULL;
	timer_stop(&l->timer);
	drop_waiting(l, false);
	tls_end_free(l->tls);
	buf_fini(&l->plain);
	buf_fini(&l->out);
	free(l);
}

struct link *link_connect(const struct link_conf *conf, const struct addr *to,
			  struct span host, struct err *e)
{
	struct link *l = link_new(conf->loop);
	struct stream_conf sc = {.name = conf->name,
				 .local = conf->local,
				 .proto = (enum addr_proto)to->proto,
				 .h = &stream_handlers,
				 .arg = l};

	l->h = conf->h;
	l->arg = conf->arg;
	if (to->proto == ADDR_TLS)
		l->tls = tls_connect(conf->tls, host, to,
				     loop_wall_us(conf->loop));
	l->stream = stream_connect(conf->wire, &sc, to, e);
	if (!l->stream) {
		link_free(l);
		return NULL;
	}
	return l;
}

void link_received(struct link *l, struct span message)
{
	stream_note_received(l->stream, message);
}

const struct addr *link_remote(const struct link *l)
{
	return stream_remote(l->stream);
}

void link_take(struct link *l, const struct link_handlers *h, void *arg)
{
	l->h = h;
	l->arg = arg;
}

bool link_is_for(const struct link *l, struct span host)
{
	return !l->tls || l->server || tls_is_for(l->tls, host);
}

void link_close(struct link *l)
{
	if (!l)
		return;
	if (l->tls) {
		tls_bye(l->tls, &l->out);
		send_out(l);
	}
	stream_close(l->stream);
	link_free(l);
}

void link_reset(struct link *l)
{
	stream_reset(l->stream);
	link_free(l);
}

/* ---- listening ---- */

static void on_accept(struct stream *stream, void *arg)
{
	struct link_server *s = arg;
	struct link *l = link_new(s->loop);

	l->stream = stream;
	l->server = true;
	l->up = s->addr.proto != ADDR_TLS;
	if (!l->up)
		l->tls = tls_accept(s->tls, loop_wall_us(s->loop));
	stream_take(stream, &stream_handlers, l);
	s->accept(l, s->arg);
}

struct link_server *link_listen(const struct link_conf *conf,
				link_accept_h *accept, void *arg, struct err *e)
{
	struct link_server *s = xcalloc(1, sizeof(*s));
	struct stream_conf sc = {.name = conf->name,
				 .local = conf->local,
				 .proto = (enum addr_proto)conf->local->proto};

	s->loop = conf->loop;
	s->tls = conf->tls;
	s->accept = accept;
	s->arg = arg;
	s->addr = *conf->local;
	s->listener = listener_open(conf->wire, &sc, on_accept, s, e);
	if (!s->listener) {
		free(s);
		return NULL;
	}
	s->addr = addr_with(listener_addr(s->listener),
			    (enum addr_proto)conf->local->proto);
	return s;
}

const struct addr *link_server_addr(const struct link_server *s)
{
	return &s->addr;
}

void link_server_close(struct link_server *s)
{
	if (!s)
		return;
	listener_close(s->listener);
	free(s);
}
