/*
 * net/sendq.h - datagrams that leave together, from whatever socket each
 *
 * A relay sends each datagram from a socket of its own, which sendmmsg cannot
 * do. A queue keeps what is sent, of many sockets, and hands it to the system
 * by one call (io_uring, Linux 6.1). Not every system has that, nor lets
 * everybody use it.
 */
#ifndef NET_SENDQ_H
#define NET_SENDQ_H

#include <stdbool.h>
#include <stddef.h>

#include "core/addr.h"
#include "core/err.h"

struct sendq;

/* A datagram that was put in did not go. Called by sendq_flush and sendq_put;
 * may not call either. */
typedef void(sendq_unsent_h)(void *arg);

/* NULL with ERR_ENV where the system has none or does not let us: a datagram is
 * sent to find out. */
struct sendq *sendq_new(sendq_unsent_h *unsent, struct err *e);
void sendq_free(struct sendq *q); /* NULL is fine; flushed before */

enum { SENDQ_ROOM = 2048 };

/* Keeps a copy to be sent from `fd`, in order; a full queue is flushed first.
 * False, and nothing is kept, when it is longer than SENDQ_ROOM. To be flushed
 * before `fd` is closed or `arg` is freed. */
bool sendq_put(struct sendq *q, int fd, const struct addr *to, const void *p,
	       size_t n, void *arg);

/* Sends what is kept: none of it is afterwards. Free when that is nothing. */
void sendq_flush(struct sendq *q);

#endif
