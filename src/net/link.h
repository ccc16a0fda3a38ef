/*
 * net/link.h - a connection as SIP uses it: readable bytes, TCP or TLS below
 *
 * What stream.h carries, with encryption where the address asks for it. It
 * tells trace and capture what goes over it, before encryption and after
 * decryption.
 */
#ifndef NET_LINK_H
#define NET_LINK_H

#include "net/stream.h"
#include "net/tls.h"

struct link;
struct link_server;

struct link_handlers {
	void (*up)(void *arg); /* connected; not for accepted ones */
	void (*data)(const void *p, size_t n, void *arg);
	/* Once; it is still to be closed. `why` is for people: "TCP connection
	 * refused". */
	void (*gone)(const char *why, void *arg);
};

/* TLS 1.3: how long a server may take to say that it likes our certificate,
 * when it says nothing of a session either. */
#define LINK_WAIT_US INT64_C(500000)

struct link_conf {
	struct loop *loop;
	struct wire *wire;
	struct tls *tls;	  /* for addresses of TLS; borrowed */
	const char *name;	  /* of the actor, for the trace */
	const struct addr *local; /* as in stream_conf; a server's, with port */
	const struct link_handlers *h;
	void *arg;
};

/* Begins to connect, by the transport of `to`; `host` is who the server has to
 * be for TLS (net/tls.h). NULL as in stream_connect. */
struct link *link_connect(const struct link_conf *conf, const struct addr *to,
			  struct span host, struct err *e);

/* One message: noted, shown, sent. Before it is up it waits, and nobody sees it
 * if that never comes. -1 as in stream_send. */
int link_send(struct link *l, struct span message);
/* Bytes that are no message: shown and sent; only when it is up. */
int link_send_bytes(struct link *l, const void *p, size_t n);
/* Whether whoever is at the other end has shown that it is this host, too. TCP
 * shows nothing and is for all. */
bool link_is_for(const struct link *l, struct span host);
/* One came, says who framed it. */
void link_received(struct link *l, struct span message);

const struct addr *link_remote(const struct link *l);

void link_close(struct link *l); /* NULL is fine; no handler after */
void link_reset(struct link *l); /* as stream_reset */

/* A link is there, and is the handler's: it takes or closes it before it
 * returns. */
typedef void(link_accept_h)(struct link *l, void *arg);
void link_take(struct link *l, const struct link_handlers *h, void *arg);

/* Of the transport of conf->local. NULL as in listener_open. */
struct link_server *link_listen(const struct link_conf *conf,
				link_accept_h *accept, void *arg,
				struct err *e);
const struct addr *link_server_addr(const struct link_server *s);
void link_server_close(struct link_server *s); /* NULL is fine */

#endif
