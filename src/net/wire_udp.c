/* Sockets on the real clock; those of UDP are here. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "net/sendq.h"
#include "net/udp_socket.h"
#include "net/wire_tcp.h"

enum {
	BATCH = 16,	  /* datagrams read at once */
	SIP_BATCHES = 32, /* of SIP, in one turn */
	SIP_ROOM = 65536,
	RTP_ROOM = 2048,
	AWAIT = 512 /* own SIP datagrams on their way to us */
};

struct udp_flow {
	int sock;
	struct flow *flow;
	int64_t read_us; /* when RTP was last read, by loop_now */
	struct loop_fd fd;
};

/* The socket of a flow that was buried. */
struct grave {
	struct le le;
	struct addr addr;
	int sock;
};

struct udp {
	struct wire wire;
	struct list graves;
	struct sendq *queue; /* of RTP and RTCP; owned; NULL: there is none */
	struct udp_flow *reading;	/* NULL once its flow was closed */
	struct trace_sip *await[AWAIT]; /* a ring; NULL when it came */
	size_t next_await, n_await;
	struct sockaddr_storage from[BATCH];
	struct mmsghdr msg[BATCH]; /* into `iov` */
	struct iovec iov[BATCH];
	char small[BATCH][RTP_ROOM];
	char big[BATCH][SIP_ROOM]; /* untouched but for what messages fill */
};

static struct udp *udp_of(const struct flow *f)
{
	return (struct udp *)f->wire;
}

/* ---- reading ---- */

/* The trace's record of a SIP datagram that we sent to ourselves. */
static struct trace_sip *take_awaited(struct udp *u, const struct addr *src,
				      const struct addr *dst, struct span text)
{
	size_t i;

	for (i = 0; u->n_await && i < AWAIT; i++) {
		struct trace_sip **at = &u->await[(u->next_await + i) % AWAIT];
		struct trace_sip *m = *at;

		if (m && addr_eq(&m->src, src) && addr_eq(&m->dst, dst) &&
		    span_eq(m->text, text)) {
			*at = NULL;
			u->n_await--;
			return m;
		}
	}
	return NULL;
}

/* Up to `most` datagrams of a flow, no more than BATCH, into u->msg; how many. */
static int receive(struct udp *u, const struct udp_flow *uf, unsigned most)
{
	bool sip = uf->flow->kind == FLOW_SIP;
	unsigned i;
	ssize_t n;

	for (i = 0; i < most; i++) {
		u->iov[i].iov_base = sip ? u->big[i] : u->small[i];
		u->iov[i].iov_len = sip ? SIP_ROOM : RTP_ROOM;
		u->msg[i].msg_hdr.msg_namelen = sizeof(u->from[i]);
	}
	if (most > 1)
		return recvmmsg(uf->sock, u->msg, most, MSG_DONTWAIT, NULL);
	n = recvmsg(uf->sock, &u->msg[0].msg_hdr, MSG_DONTWAIT);
	u->msg[0].msg_len = n < 0 ? 0 : (unsigned)n;
	return n < 0 ? -1 : 1;
}

static void take_sip(struct udp *u, const struct udp_flow *uf, int i)
{
	struct span text = span_from(u->big[i], u->msg[i].msg_len);
	struct addr from;

	if (addr_from_sockaddr((struct sockaddr *)&u->from[i], &from))
		wire_deliver(uf->flow, &from, text.p, text.n,
			     take_awaited(u, &from, &uf->flow->local, text));
}

/* All that there is, within reason: what waits for the next turn is said again
 * by who waits for an answer. */
static void read_sip(struct udp *u, struct udp_flow *uf)
{
	int left, i, n = BATCH;

	for (left = SIP_BATCHES; left > 0 && n == BATCH; left--) {
		n = receive(u, uf, BATCH);
		for (i = 0; i < n && u->reading == uf; i++)
			take_sip(u, uf, i);
		if (u->reading != uf)
			break;
	}
}

/* Most streams bring a packet each 20 ms: when the last one was read that long
 * ago, another waits. To ask for more costs a third of the call, and what there
 * is beyond it is read in the next turn. */
static unsigned expected(struct udp_flow *uf)
{
	int64_t now_us = loop_now(uf->flow->wire->loop);
	int64_t since_us = now_us - uf->read_us;

	uf->read_us = now_us;
	return since_us > 10000 && since_us < 30000 ? 1 : BATCH;
}

static void take_rtp(struct udp *u, const struct udp_flow *uf, int i)
{
	struct addr from;

	if (u->msg[i].msg_hdr.msg_flags & MSG_TRUNC)
		return;
	if (addr_from_sockaddr((struct sockaddr *)&u->from[i], &from))
		wire_deliver(uf->flow, &from, u->small[i], u->msg[i].msg_len,
			     NULL);
}

static void read_rtp(struct udp *u, struct udp_flow *uf, unsigned most)
{
	int i, n = receive(u, uf, most);

	for (i = 0; i < n && u->reading == uf; i++)
		take_rtp(u, uf, i);
}

static void read_errors(struct udp *u, struct udp_flow *uf)
{
	struct addr to;
	int left, error;

	for (left = BATCH; left > 0 && u->reading == uf; left--) {
		if (!udp_socket_error(uf->sock, &to, &error))
			return;
		if (uf->flow->error)
			uf->flow->error(&to,
					error == ECONNREFUSED ? WIRE_REFUSED
							      : strerror(error),
					uf->flow->arg);
	}
}

static void on_ready(uint32_t events, void *arg)
{
	struct udp_flow *uf = arg;
	struct udp *u = udp_of(uf->flow);

	u->reading = uf;
	if (events & EPOLLERR)
		read_errors(u, uf);
	if (u->reading == uf && events & EPOLLIN) {
		if (uf->flow->kind == FLOW_SIP)
			read_sip(u, uf);
		else
			read_rtp(u, uf, expected(uf));
	}
	u->reading = NULL;
}

/* ---- sending together ---- */

static void on_unsent(void *arg)
{
	const struct flow *f = arg;

	if (f->unsent)
		f->unsent(f->arg);
}

static void on_turn_end(void *arg)
{
	struct udp *u = arg;

	sendq_flush(u->queue);
}

static void open_queue(struct udp *u)
{
	const char *io = getenv("SIPREC_SRC_IO");
	struct err e = ERR_INIT;

	if (io && strcmp(io, "plain") == 0)
		return;
	u->queue = sendq_new(on_unsent, &e);
	if (u->queue)
		loop_on_turn_end(u->wire.loop, on_turn_end, u);
	else
		log_debug("%s", e.text);
}

static void close_queue(struct udp *u)
{
	if (!u->queue)
		return;
	loop_on_turn_end(u->wire.loop, NULL, NULL);
	sendq_free(u->queue);
}

static void flush(struct udp *u)
{
	if (u->queue)
		sendq_flush(u->queue);
}

/* ---- sending ---- */

static int udp_send(struct flow *f, const struct addr *to, const void *p,
		    size_t n, struct trace_sip *sip)
{
	struct udp *u = udp_of(f);
	struct udp_flow *uf = f->priv;
	struct sockaddr_storage ss;
	socklen_t len;
	int tries;

	if (u->queue && f->kind != FLOW_SIP &&
	    sendq_put(u->queue, uf->sock, to, p, n, f))
		return 0;
	/* what is sent by itself does not overtake */
	flush(u);
	len = addr_to_sockaddr(to, &ss);
	if (sip && wire_flow_at(&u->wire, to)) {
		u->n_await += !u->await[u->next_await];
		u->await[u->next_await] = sip;
		u->next_await = (u->next_await + 1) % AWAIT;
	}
	/* an error that waits on the socket is told once, in place of a send */
	for (tries = 0; tries < 2; tries++)
		if (sendto(uf->sock, p, n, 0, (struct sockaddr *)&ss, len) >= 0)
			return 0;
	log_debug("sendto: %s", strerror(errno));
	return -1;
}

/* ---- opening ---- */

static void grave_free(struct grave *g)
{
	list_unlink(&g->le);
	close(g->sock);
	free(g);
}

/* Room for a flow where one was buried. */
static void dig_up(struct udp *u, const struct addr *a)
{
	struct le *le, *next;

	for (le = u->graves.head; le; le = next) {
		struct grave *g = container_of(le, struct grave, le);

		next = le->next;
		if (addr_eq(&g->addr, a))
			grave_free(g);
	}
}

static int udp_open(struct flow *f, const struct addr *local, struct err *e)
{
	struct udp_flow *uf = f->priv;
	int sock;

	dig_up(udp_of(f), local);
	sock = udp_socket_open(local, f->kind == FLOW_SIP, &f->local, e);
	if (sock < 0)
		return -1;
	uf->sock = sock;
	uf->flow = f;
	if (loop_fd_watch(&uf->fd, f->wire->loop, sock, EPOLLIN, on_ready, uf,
			  e) < 0) {
		close(sock);
		return -1;
	}
	if (f->kind == FLOW_SIP)
		loop_fd_serve_last(&uf->fd);
	return 0;
}

static void udp_drain(struct flow *f)
{
	struct udp *u = udp_of(f);
	struct udp_flow *before = u->reading;

	flush(u);
	u->reading = f->priv;
	read_rtp(u, f->priv, BATCH);
	u->reading = before;
}

static bool bury_socket(struct udp *u, struct udp_flow *uf,
			const struct addr *local)
{
	struct grave *g;

	if (!udp_socket_deafen(uf->sock, local))
		return false;
	loop_fd_stop(&uf->fd);
	g = xcalloc(1, sizeof(*g));
	g->addr = *local;
	g->sock = uf->sock;
	list_append(&u->graves, &g->le);
	return true;
}

static void udp_close(struct flow *f, bool bury)
{
	struct udp_flow *uf = f->priv;
	struct udp *u = udp_of(f);

	if (u->reading == uf)
		u->reading = NULL;
	flush(u);
	if (!bury || !bury_socket(u, uf, &f->local))
		loop_fd_close(&uf->fd);
}

static void udp_free(struct wire *w)
{
	struct udp *u = (struct udp *)w;

	while (u->graves.head)
		grave_free(container_of(u->graves.head, struct grave, le));
	close_queue(u);
	free(u);
}

static const struct wire_ops udp_ops = {.room = sizeof(struct udp_flow),
					.open = udp_open,
					.send = udp_send,
					.close = udp_close,
					.free = udp_free,
					.drain = udp_drain,
					.streams = &wire_tcp_ops};

struct wire *wire_udp_new(struct loop *l, struct trace *t)
{
	struct udp *u = xcalloc(1, sizeof(*u));
	size_t i;

	wire_init(&u->wire, &udp_ops, l, t);
	for (i = 0; i < BATCH; i++) {
		u->msg[i].msg_hdr.msg_iov = &u->iov[i];
		u->msg[i].msg_hdr.msg_iovlen = 1;
		u->msg[i].msg_hdr.msg_name = &u->from[i];
	}
	udp_socket_many();
	open_queue(u);
	return &u->wire;
}
