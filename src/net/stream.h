/*
 * net/stream.h - connections between actors, on TCP sockets or simulated
 *
 * A stream carries bytes in order, in whatever pieces; a listener takes new
 * ones at an address. Both belong to a wire, and actors cannot tell which wire
 * it is. On the simulated one pieces are cut at random places, by the seed.
 * What the bytes mean is known above: who frames messages says what was sent
 * and received, for the trace.
 */
#ifndef NET_STREAM_H
#define NET_STREAM_H

#include "net/wire.h"

struct stream;
struct listener;

enum stream_end {
	STREAM_CLOSED, /* by the peer, in good order */
	STREAM_RESET,
	STREAM_REFUSED,	    /* nobody listens there */
	STREAM_UNREACHABLE, /* no way to that host */
	STREAM_TIMEOUT	    /* it did not answer, or no more */
};
const char *stream_end_text(enum stream_end end); /* "refused" */

/* Most bytes that wait to be sent. */
enum { STREAM_QUEUE = 4 * 1024 * 1024 };

/* None is called before the function that made the stream returned. Each may
 * close the stream, but `data` is then not to be read any further. */
struct stream_handlers {
	void (*up)(void *arg); /* connected; not for accepted ones */
	void (*data)(const void *p, size_t n, void *arg);
	/* Once; it carries nothing any more, and is still to be closed. */
	void (*gone)(enum stream_end end, void *arg);
};

struct stream_conf {
	const char *name;	  /* of the actor, for the trace */
	const struct addr *local; /* its IP address; NULL: any */
	enum addr_proto proto;	  /* what the trace says it is */
	const struct stream_handlers *h;
	void *arg;
};

/* Begins to connect: `up` or `gone` follows. NULL (ERR_ENV) only when the
 * system has no descriptor left or `local` is not ours. */
struct stream *stream_connect(struct wire *w, const struct stream_conf *conf,
			      const struct addr *to, struct err *e);

/* -1 when it is gone or more waits than STREAM_QUEUE. What is sent before it
 * is up waits. */
int stream_send(struct stream *s, const void *p, size_t n);

const struct addr *stream_local(const struct stream *s);
const struct addr *stream_remote(const struct stream *s);

/* What was sent still arrives. NULL is fine; no handler after. */
void stream_close(struct stream *s);
/* As a process that dies hard would: the peer is told RESET. */
void stream_reset(struct stream *s);

/* Somebody connected. The stream is the handler's, which takes or closes it
 * before it returns. */
typedef void(listener_accept_h)(struct stream *s, void *arg);
void stream_take(struct stream *s, const struct stream_handlers *h, void *arg);

/* `local`: NULL or port 0 as in flow_open. NULL with ERR_ENV when the address
 * is taken or not ours. Handlers of `conf` are not used. */
struct listener *listener_open(struct wire *w, const struct stream_conf *conf,
			       listener_accept_h *accept, void *arg,
			       struct err *e);
const struct addr *listener_addr(const struct listener *l);
void listener_close(struct listener *l); /* NULL is fine */

/* ---- for trace and capture ---- */

/* One message, whole and readable, was handed to stream_send or came. */
void stream_note_sent(struct stream *s, struct span message);
void stream_note_received(struct stream *s, struct span message);

/* Readable bytes of the stream as they went or came, for the observer of the
 * wire: below encryption they are not what stream_send gets. What an actor of
 * ours at the other end has sent was seen there. */
void stream_show_sent(struct stream *s, const void *p, size_t n);
void stream_show_received(struct stream *s, const void *p, size_t n);

#endif
