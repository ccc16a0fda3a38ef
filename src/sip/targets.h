/*
 * sip/targets.h - where requests go (RFC 3263)
 */
#ifndef SIP_TARGETS_H
#define SIP_TARGETS_H

#include "core/dns.h"
#include "sip/head.h"

enum { SIP_TARGETS = 16 }; /* addresses of one server that are tried */

/* What is wanted of a URI whose transport may be left open. */
struct sip_way {
	enum addr_proto proto; /* where the URI names none, if it is ... */
	bool decided;	       /* ... by somebody; else DNS has it, or UDP */
};

/* All addresses of a URI in the order in which they are to be tried, at most
 * `max`. Chance is drawn from `rng` where weights ask for it; without one the
 * heavier comes first. 0: a transport that there is not, a SIPS URI that asks
 * for UDP, no SIP URI, and a name of which `d` knows nothing; `d` may be NULL. */
size_t sip_uri_targets(const struct sip_uri *u, const struct dns *d,
		       struct rng *rng, const struct sip_way *way,
		       struct addr *out, size_t max);

/* The first of them, without chance and with a transport that is decided. */
bool sip_uri_addr(const struct sip_uri *u, const struct dns *d,
		  enum addr_proto otherwise, struct addr *a);

/* What dns_fetch has to ask for. False as above, but for unknown names. */
bool sip_uri_want(const struct sip_uri *u, const struct sip_way *way,
		  struct dns_want *w);

#endif
