/* Sockets on the real clock; those of UDP are here. */
#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "net/wire_tcp.h"

enum {
	BATCH = 16, /* datagrams read from a socket in one turn */
	RTP_ROOM = 2048,
	AWAIT = 512, /* own SIP datagrams on their way to us */
	RCVBUF = 512 * 1024,
	DISCARD = 9 /* RFC 863 */
};

struct udp_flow {
	struct loop_fd fd;
	int sock;
	struct flow *flow;
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
	struct udp_flow *reading;	/* NULL once its flow was closed */
	struct trace_sip *await[AWAIT]; /* a ring; NULL when it came */
	size_t next_await;
	char big[65536]; /* one SIP datagram */
	char small[BATCH][RTP_ROOM];
	struct sockaddr_storage from[BATCH];
	struct mmsghdr msg[BATCH];
	struct iovec iov[BATCH];
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

	for (i = 0; i < AWAIT; i++) {
		struct trace_sip **at = &u->await[(u->next_await + i) % AWAIT];
		struct trace_sip *m = *at;

		if (m && addr_eq(&m->src, src) && addr_eq(&m->dst, dst) &&
		    span_eq(m->text, text)) {
			*at = NULL;
			return m;
		}
	}
	return NULL;
}

static void read_sip(struct udp *u, struct udp_flow *uf)
{
	int left;

	for (left = BATCH; left > 0 && u->reading == uf; left--) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		struct trace_sip *sip;
		struct addr from;
		ssize_t n = recvfrom(uf->sock, u->big, sizeof(u->big), 0,
				     (struct sockaddr *)&ss, &len);

		if (n < 0)
			return;
		if (!addr_from_sockaddr((struct sockaddr *)&ss, &from))
			continue;
		sip = take_awaited(u, &from, &uf->flow->local,
				   span_from(u->big, (size_t)n));
		wire_deliver(uf->flow, &from, u->big, (size_t)n, sip);
	}
}

static void read_rtp(struct udp *u, struct udp_flow *uf)
{
	int i, n;

	for (i = 0; i < BATCH; i++)
		u->msg[i].msg_hdr.msg_namelen = sizeof(u->from[i]);
	n = recvmmsg(uf->sock, u->msg, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n && u->reading == uf; i++) {
		struct addr from;

		if (u->msg[i].msg_hdr.msg_flags & MSG_TRUNC)
			continue;
		if (addr_from_sockaddr((struct sockaddr *)&u->from[i], &from))
			wire_deliver(uf->flow, &from, u->small[i],
				     u->msg[i].msg_len, NULL);
	}
}

/* ICMP errors come with the address that we sent to (IP_RECVERR). */
static void read_errors(struct udp *u, struct udp_flow *uf)
{
	int left;

	for (left = BATCH; left > 0 && u->reading == uf; left--) {
		struct sockaddr_storage ss;
		struct msghdr m;
		struct iovec iov = {u->small[0], RTP_ROOM};
		char control[512];
		struct addr to;

		memset(&m, 0, sizeof(m));
		m.msg_name = &ss;
		m.msg_namelen = sizeof(ss);
		m.msg_iov = &iov;
		m.msg_iovlen = 1;
		m.msg_control = control;
		m.msg_controllen = sizeof(control);
		if (recvmsg(uf->sock, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
			return;
		if (uf->flow->error &&
		    addr_from_sockaddr((struct sockaddr *)&ss, &to))
			uf->flow->error(&to, uf->flow->arg);
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
			read_rtp(u, uf);
	}
	u->reading = NULL;
}

/* ---- sending ---- */

static int udp_send(struct flow *f, const struct addr *to, const void *p,
		    size_t n, struct trace_sip *sip)
{
	struct udp *u = udp_of(f);
	struct udp_flow *uf = f->priv;
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);
	int tries;

	if (sip && wire_flow_at(&u->wire, to)) {
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

static void set_options(int sock, enum flow_kind kind, int family)
{
	int on = 1, size = RCVBUF;

	setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (kind != FLOW_SIP)
		return;
	if (family == 6)
		setsockopt(sock, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		setsockopt(sock, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

static int open_socket(struct flow *f, const struct addr *local, struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(local, &ss);
	char text[ADDR_TEXT];
	int sock = socket(ss.ss_family,
			  SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_set(e, ERR_ENV, "socket: %s", strerror(errno));
	set_options(sock, f->kind, local->family);
	if (bind(sock, (struct sockaddr *)&ss, len) < 0 ||
	    getsockname(sock, (struct sockaddr *)&ss, &len) < 0) {
		err_set(e, ERR_ENV, "%s: %s", addr_text(local, text),
			strerror(errno));
		close(sock);
		return -1;
	}
	addr_from_sockaddr((struct sockaddr *)&ss, &f->local);
	return sock;
}

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
	struct udp_flow *uf;
	int sock;

	dig_up(udp_of(f), local);
	sock = open_socket(f, local, e);
	if (sock < 0)
		return -1;
	uf = xcalloc(1, sizeof(*uf));
	uf->sock = sock;
	uf->flow = f;
	f->priv = uf;
	if (loop_fd_watch(&uf->fd, f->wire->loop, sock, EPOLLIN, on_ready, uf,
			  e) < 0) {
		close(sock);
		free(uf);
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

	u->reading = f->priv;
	read_rtp(u, f->priv);
	u->reading = before;
}

/* The socket stays bound, but is connected to where nobody is: the system finds
 * no socket for what others send, and says so. */
static bool bury_socket(struct udp *u, int sock, const struct addr *local)
{
	struct addr nobody = *local;
	struct sockaddr_storage ss;
	struct grave *g;
	socklen_t len;

	nobody.port = DISCARD;
	len = addr_to_sockaddr(&nobody, &ss);
	if (connect(sock, (struct sockaddr *)&ss, len) < 0)
		return false;
	g = xcalloc(1, sizeof(*g));
	g->addr = *local;
	g->sock = sock;
	list_append(&u->graves, &g->le);
	return true;
}

static void udp_close(struct flow *f, bool bury)
{
	struct udp_flow *uf = f->priv;
	struct udp *u = udp_of(f);

	if (u->reading == uf)
		u->reading = NULL;
	loop_fd_stop(&uf->fd);
	if (!bury || !bury_socket(u, uf->sock, &f->local))
		close(uf->sock);
	free(uf);
}

static void udp_free(struct wire *w)
{
	struct udp *u = (struct udp *)w;

	while (u->graves.head)
		grave_free(container_of(u->graves.head, struct grave, le));
	free(u);
}

static const struct wire_ops udp_ops = {udp_open, udp_send,  udp_close,
					udp_free, udp_drain, &wire_tcp_ops};

/* A thousand calls need more descriptors than a shell usually grants. */
static void raise_descriptor_limit(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}

struct wire *wire_udp_new(struct loop *l, struct trace *t)
{
	struct udp *u = xcalloc(1, sizeof(*u));
	size_t i;

	wire_init(&u->wire, &udp_ops, l, t);
	for (i = 0; i < BATCH; i++) {
		u->iov[i].iov_base = u->small[i];
		u->iov[i].iov_len = RTP_ROOM;
		u->msg[i].msg_hdr.msg_iov = &u->iov[i];
		u->msg[i].msg_hdr.msg_iovlen = 1;
		u->msg[i].msg_hdr.msg_name = &u->from[i];
	}
	raise_descriptor_limit();
	return &u->wire;
}
