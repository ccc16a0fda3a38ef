/*
 * sip/conns.h - the connections of one user agent (RFC 3261 section 18)
 *
 * Who has a connection to an address uses it again; who has none opens one.
 * Messages that are sent before it is up wait. Whoever connects to us is
 * answered on the same connection, which is known by the address it came from;
 * who connects and says nothing for 32 s is cut off, and so is the oldest of more
 * than 64 such.
 */
#ifndef SIP_CONNS_H
#define SIP_CONNS_H

#include "net/link.h"

struct sip_conns;

struct sip_conns_conf {
	struct loop *loop;
	struct wire *wire;
	struct tls *tls;	  /* borrowed; NULL: there is no TLS */
	const char *name;	  /* of the actor; borrowed */
	const struct addr *local; /* connections leave from its IP address;
				   * borrowed; NULL: any */
	/* A message came, whole. */
	void (*message)(const struct addr *from, struct span text, void *arg);
	/* The connection to there is gone: what was sent may not have arrived,
	 * and nothing will come. `why`: "TCP connection refused". */
	void (*lost)(const struct addr *to, const char *why, void *arg);
	/* What came is no SIP, and the connection is lost by it. */
	void (*garbage)(const struct addr *from, const char *why, void *arg);
	void *arg;
};

struct sip_conns *sip_conns_new(const struct sip_conns_conf *conf);
void sip_conns_free(struct sip_conns *c); /* closes all; NULL is fine */

/* Takes connections at an address, of its transport; port 0 for any. Once for
 * each transport. -1 with ERR_ENV. */
int sip_conns_listen(struct sip_conns *c, const struct addr *at, struct err *e);
/* Where, or NULL. */
const struct addr *sip_conns_addr(const struct sip_conns *c,
				  enum addr_proto proto);

/* Sends a message to an address of TCP or TLS. Who a server has to be to get it
 * by TLS is the host of the topmost Route, or of the Request-URI (RFC 5922
 * section 7.2); for a response, that of the topmost Via. -1 when it could not even be
 * begun; what fails later is told by `lost`. */
int sip_conns_send(struct sip_conns *c, const struct addr *to,
		   struct span text);

/* Whether there is a connection to there, or one is being made. */
bool sip_conns_has(const struct sip_conns *c, const struct addr *to);

/* Closes all connections, and stops listening: as a process that dies would. */
void sip_conns_close(struct sip_conns *c);

#endif
