#include "net/sendq.h"

#include <errno.h>
#include <liburing.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/log.h"
#include "core/xalloc.h"
#include "net/udp_socket.h"

enum { KEPT = 128 }; /* at most; a power of two */

/* One to each entry of the ring, in use as long as that is. */
struct letter {
	struct sockaddr_in6 to; /* of either family */
	char bytes[SENDQ_ROOM];
};

struct sendq {
	struct io_uring ring;
	sendq_unsent_h *unsent;
	struct letter letter[KEPT];
};

static void tell_unsent(const struct sendq *q, uint64_t arg, int error)
{
	log_debug("send: %s", strerror(error));
	q->unsent((void *)(uintptr_t)arg);
}

/* ---- putting in ---- */

static unsigned put_addr(const struct addr *a, struct sockaddr_in6 *to)
{
	struct sockaddr_in *in = (struct sockaddr_in *)to;

	if (a->family == 6) {
		*to = (struct sockaddr_in6){.sin6_family = AF_INET6,
					    .sin6_port = htons(a->port)};
		memcpy(&to->sin6_addr, a->ip, 16);
		return sizeof(*to);
	}
	*in = (struct sockaddr_in){.sin_family = AF_INET,
				   .sin_port = htons(a->port)};
	memcpy(&in->sin_addr, a->ip, 4);
	return sizeof(*in);
}

bool sendq_put(struct sendq *q, int fd, const struct addr *to, const void *p,
	       size_t n, void *arg)
{
	struct io_uring_sqe *s;
	struct letter *l;

	if (n > SENDQ_ROOM)
		return false;
	s = io_uring_get_sqe(&q->ring);
	if (!s) {
		sendq_flush(q);
		s = io_uring_get_sqe(&q->ring);
	}
	l = &q->letter[s - q->ring.sq.sqes];
	memcpy(l->bytes, p, n);
	/* as with a socket that does not block: it goes now or not at all, so
	 * that the letter is free when the entry is */
	io_uring_prep_send(s, fd, l->bytes, n, MSG_DONTWAIT);
	io_uring_prep_send_set_addr(s, (struct sockaddr *)&l->to,
				    (uint16_t)put_addr(to, &l->to));
	s->flags |= IOSQE_CQE_SKIP_SUCCESS;
	io_uring_sqe_set_data64(s, (uintptr_t)arg);
	return true;
}

/* ---- sending ---- */

/* Only what failed comes back. */
static void look_back(struct sendq *q)
{
	struct io_uring_cq *c = &q->ring.cq;
	struct io_uring_cqe e;

	while (io_uring_cq_ready(&q->ring)) {
		e = c->cqes[*c->khead & c->ring_mask];
		io_uring_cq_advance(&q->ring, 1);
		if (e.res < 0)
			tell_unsent(q, e.user_data, -e.res);
	}
}

/* The system does not take them: what is not sent now is not sent later. The
 * entries cannot be taken back, so they become ones that do nothing. */
static void give_up(struct sendq *q, int error)
{
	struct io_uring_sq *s = &q->ring.sq;
	unsigned at;

	for (at = *s->khead; at != s->sqe_tail; at++) {
		struct io_uring_sqe *e = &s->sqes[at & s->ring_mask];

		if (e->opcode == IORING_OP_SEND)
			tell_unsent(q, e->user_data, error);
		io_uring_prep_nop(e);
		e->flags = IOSQE_CQE_SKIP_SUCCESS;
	}
}

void sendq_flush(struct sendq *q)
{
	int rc = 0;

	while (rc >= 0 && io_uring_sq_ready(&q->ring)) {
		rc = io_uring_submit(&q->ring);
		if (rc == -EINTR)
			rc = 0;
	}
	if (rc < 0)
		give_up(q, -rc);
	look_back(q);
}

/* ---- making one ---- */

/* Sends itself a datagram. */
static bool works(struct sendq *q)
{
	struct addr at = addr_loopback(0);
	int fd = udp_socket_open(&at, false, &at, NULL);
	bool came = false;
	char c = 0;

	if (fd < 0)
		return false;
	sendq_put(q, fd, &at, "x", 1, NULL);
	sendq_flush(q);
	came = recv(fd, &c, 1, MSG_DONTWAIT) == 1 && c == 'x';
	close(fd);
	return came;
}

static void ignore(void *arg)
{
	(void)arg;
}

struct sendq *sendq_new(sendq_unsent_h *unsent, struct err *e)
{
	struct sendq *q = xcalloc(1, sizeof(*q));
	int rc = io_uring_queue_init(KEPT, &q->ring, IORING_SETUP_SUBMIT_ALL);

	if (rc < 0) {
		err_set(e, ERR_ENV, "io_uring: %s", strerror(-rc));
		free(q);
		return NULL;
	}
	q->unsent = ignore;
	if (!works(q)) {
		err_set(e, ERR_ENV, "io_uring: it sends no datagrams");
		sendq_free(q);
		return NULL;
	}
	q->unsent = unsent;
	return q;
}

void sendq_free(struct sendq *q)
{
	if (!q)
		return;
	io_uring_queue_exit(&q->ring);
	free(q);
}
