/* TCP sockets on the real clock; a part of the wire of wire_udp.c. */
#include "net/wire_tcp.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/xalloc.h"

enum {
	ROUNDS = 16, /* reads of a connection, or connections, in one turn */
	BACKLOG = 512
};

struct tcp {
	struct loop_fd fd;
	struct timer soon; /* a failure found while it was sent */
	int sock;
	uint32_t watched; /* EPOLL* */
	struct stream *stream;
	struct buf out; /* what the system has not taken yet */
	enum stream_end end;
};

struct tcp_listener {
	struct loop_fd fd;
	int sock;
	struct listener *listener;
};

/* Who is being served: NULL as soon as it was closed. One loop a thread. */
static _Thread_local struct tcp *serving;
static _Thread_local struct tcp_listener *accepting;

static enum stream_end end_of(int error)
{
	switch (error) {
	case ECONNREFUSED:
		return STREAM_REFUSED;
	case ETIMEDOUT:
		return STREAM_TIMEOUT;
	case EHOSTUNREACH:
	case ENETUNREACH:
	case EHOSTDOWN:
	case ENETDOWN:
	case EACCES:
	case EADDRNOTAVAIL:
	case EINVAL: /* from the loopback to somewhere else */
		return STREAM_UNREACHABLE;
	default:
		return STREAM_RESET;
	}
}

static void on_ready(uint32_t events, void *arg);

static void watch(struct tcp *t, uint32_t events)
{
	struct stream *s = t->stream;

	if (t->watched == events)
		return;
	loop_fd_stop(&t->fd);
	t->watched = events;
	if (loop_fd_watch(&t->fd, s->wire->loop, t->sock, events, on_ready, t,
			  NULL) == 0)
		loop_fd_serve_last(&t->fd);
}

/* Told from the loop, never from inside what the owner calls. */
static void fail_soon(struct tcp *t, enum stream_end end)
{
	loop_fd_stop(&t->fd);
	t->end = end;
	timer_after(&t->soon, 0);
}

static void on_soon(void *arg)
{
	struct tcp *t = arg;

	stream_tell_gone(t->stream, t->end);
}

static void tell_gone(struct tcp *t, enum stream_end end)
{
	loop_fd_stop(&t->fd);
	timer_stop(&t->soon);
	stream_tell_gone(t->stream, end);
}

/* Sends what waits. */
static void flush(struct tcp *t)
{
	while (t->out.n) {
		ssize_t n = send(t->sock, t->out.p, t->out.n, MSG_NOSIGNAL);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno != EAGAIN) {
			fail_soon(t, end_of(errno));
			return;
		}
		if (n < 0)
			break;
		memmove(t->out.p, t->out.p + n, t->out.n - (size_t)n);
		t->out.n -= (size_t)n;
	}
	watch(t, t->out.n ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int error_of(int sock)
{
	int error = 0;
	socklen_t len = sizeof(error);

	getsockopt(sock, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

static void on_connected(struct tcp *t)
{
	int error = error_of(t->sock);

	if (error) {
		tell_gone(t, end_of(error));
		return;
	}
	t->stream->up = true;
	flush(t);
	stream_tell_up(t->stream);
}

static void read_all(struct tcp *t)
{
	static _Thread_local char piece[65536];
	int rounds;

	for (rounds = 0; rounds < ROUNDS && serving == t; rounds++) {
		ssize_t n = recv(t->sock, piece, sizeof(piece), 0);

		if (n > 0)
			stream_tell_data(t->stream, piece, (size_t)n);
		else if (n == 0)
			tell_gone(t, STREAM_CLOSED);
		else if (errno != EAGAIN && errno != EINTR)
			tell_gone(t, end_of(errno));
		if (n <= 0)
			return;
	}
}

static void on_ready(uint32_t events, void *arg)
{
	struct tcp *t = arg;

	serving = t;
	if (!t->stream->up)
		on_connected(t);
	else if (events & EPOLLOUT)
		flush(t);
	if (serving == t && t->stream->up && !t->stream->gone &&
	    events & (EPOLLIN | EPOLLHUP | EPOLLERR))
		read_all(t);
	serving = NULL;
}

static struct tcp *tcp_new(struct loop *l, int sock)
{
	struct tcp *t = xcalloc(1, sizeof(*t));
	int on = 1;

	t->sock = sock;
	buf_init(&t->out, STREAM_QUEUE);
	timer_init(&t->soon, l, on_soon, t);
	setsockopt(sock, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	return t;
}

static int open_socket(const struct addr *local, struct sockaddr_storage *ss,
		       socklen_t *len, struct err *e)
{
	int sock;

	*len = addr_to_sockaddr(local, ss);
	sock = socket(ss->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		      0);
	if (sock < 0)
		err_set(e, ERR_ENV, "socket: %s", strerror(errno));
	return sock;
}

static int refuse_address(int sock, const struct addr *local, struct err *e)
{
	char text[ADDR_TEXT];

	err_set(e, ERR_ENV, "tcp:%s: %s", addr_text(local, text),
		strerror(errno));
	close(sock);
	return -1;
}

static int tcp_connect(struct stream *s, const struct addr *local,
		       struct err *e)
{
	struct sockaddr_storage ss, to;
	socklen_t len, to_len = addr_to_sockaddr(&s->remote, &to);
	int sock = open_socket(local, &ss, &len, e), rc;
	struct tcp *t;

	if (sock < 0)
		return -1;
	if (!addr_is_any(local) && bind(sock, (struct sockaddr *)&ss, len) < 0)
		return refuse_address(sock, local, e);
	rc = connect(sock, (struct sockaddr *)&to, to_len);
	t = tcp_new(s->wire->loop, sock);
	t->stream = s;
	s->priv = t;
	if (rc < 0 && errno != EINPROGRESS)
		fail_soon(t, end_of(errno));
	else
		watch(t, EPOLLOUT);
	len = sizeof(ss);
	s->local = *local;
	if (getsockname(sock, (struct sockaddr *)&ss, &len) == 0)
		addr_from_sockaddr((struct sockaddr *)&ss, &s->local);
	return 0;
}

static int tcp_send(struct stream *s, const void *p, size_t n)
{
	struct tcp *t = s->priv;

	if (t->out.n + n > STREAM_QUEUE)
		return -1;
	buf_add(&t->out, p, n);
	if (s->up && !timer_running(&t->soon))
		flush(t);
	return 0;
}

static void tcp_close(struct stream *s, bool reset)
{
	struct tcp *t = s->priv;
	struct linger hard = {.l_onoff = 1, .l_linger = 0};

	if (serving == t)
		serving = NULL;
	loop_fd_stop(&t->fd);
	timer_stop(&t->soon);
	if (reset)
		setsockopt(t->sock, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
	close(t->sock);
	buf_fini(&t->out);
	free(t);
}

/* ---- listening ---- */

static void made(struct stream *s, void *priv)
{
	struct tcp *t = priv;

	t->stream = s;
	s->priv = t;
	watch(t, EPOLLIN);
}

static void on_connection(uint32_t events, void *arg)
{
	struct tcp_listener *tl = arg;
	struct listener *l = tl->listener;
	int rounds;

	(void)events;
	accepting = tl;
	for (rounds = 0; rounds < ROUNDS && accepting == tl; rounds++) {
		struct sockaddr_storage ss;
		socklen_t len = sizeof(ss);
		struct addr remote, local;
		int sock = accept4(tl->sock, (struct sockaddr *)&ss, &len,
				   SOCK_NONBLOCK | SOCK_CLOEXEC);

		if (sock < 0)
			break;
		local = l->local;
		len = sizeof(ss);
		if (!addr_from_sockaddr((struct sockaddr *)&ss, &remote)) {
			close(sock);
			continue;
		}
		if (getsockname(sock, (struct sockaddr *)&ss, &len) == 0)
			addr_from_sockaddr((struct sockaddr *)&ss, &local);
		listener_accept(l, &local, &remote,
				tcp_new(l->wire->loop, sock), made);
	}
	accepting = NULL;
}

static int tcp_listen(struct listener *l, const struct addr *local,
		      struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len;
	struct tcp_listener *tl;
	int sock = open_socket(local, &ss, &len, e), on = 1;

	if (sock < 0)
		return -1;
	setsockopt(sock, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(sock, (struct sockaddr *)&ss, len) < 0 ||
	    listen(sock, BACKLOG) < 0 ||
	    getsockname(sock, (struct sockaddr *)&ss, &len) < 0)
		return refuse_address(sock, local, e);
	addr_from_sockaddr((struct sockaddr *)&ss, &l->local);
	tl = xcalloc(1, sizeof(*tl));
	tl->sock = sock;
	tl->listener = l;
	l->priv = tl;
	if (loop_fd_watch(&tl->fd, l->wire->loop, sock, EPOLLIN, on_connection,
			  tl, e) < 0) {
		close(sock);
		free(tl);
		return -1;
	}
	return 0;
}

static void tcp_unlisten(struct listener *l)
{
	struct tcp_listener *tl = l->priv;

	if (accepting == tl)
		accepting = NULL;
	loop_fd_stop(&tl->fd);
	close(tl->sock);
	free(tl);
}

const struct stream_ops wire_tcp_ops = {tcp_connect, tcp_send, tcp_close,
					tcp_listen, tcp_unlisten};
