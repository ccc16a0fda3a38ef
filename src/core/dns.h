/*
 * core/dns.h - where requests for a SIP URI go (RFC 3263)
 *
 * All that is known of names is a table of records: what a scenario says, and
 * what net/dns_fetch has asked the servers of the system before a run begins.
 * So the same rules decide on both clocks, and no look-up waits inside a run.
 */
#ifndef CORE_DNS_H
#define CORE_DNS_H

#include <stdbool.h>
#include <stddef.h>

#include "core/addr.h"
#include "core/err.h"
#include "core/rng.h"
#include "core/span.h"

struct dns;

struct dns *dns_new(void);
void dns_free(struct dns *d); /* NULL is fine */

/* Adds a record as a zone file writes it, the name apart:
 *   "A 192.0.2.1", "AAAA 2001:db8::1", "CNAME other.example.com",
 *   "SRV 10 60 5060 a.example.com" (priority, weight, port, target; RFC 2782),
 *   "NAPTR 50 10 s SIP+D2T _sip._tcp.example.com" (order, preference, flag,
 *   service, replacement; RFC 3403; empty regular expression).
 * -1 with ERR_SCENARIO and what would be right. */
int dns_add(struct dns *d, const char *name, const char *record, struct err *e);

/* A look-up of the name did not come to its end, for this reason. */
void dns_fail(struct dns *d, struct span host, const char *why);

/* Why nothing serves at a name: what dns_fail said of it, or that there is no such
 * name, or that its records lead nowhere. Borrowed; `d` may be NULL. */
const char *dns_why_not(const struct dns *d, struct span host);

size_t dns_records(const struct dns *d);

/* What a URI says of where it goes. */
struct dns_want {
	struct span host; /* a name, or an IP literal */
	uint16_t port;	  /* 0: it says none */
	bool secure;	  /* sips: TLS and nothing else */
	bool has_proto;	  /* transport= is there, or the user decided */
	enum addr_proto proto;
};

/* Writes the addresses in the order in which they are to be tried, with
 * transport and port: of each SRV target all addresses, targets by priority
 * and, inside one, by weight and chance (RFC 2782). At most `max`; 0: nothing
 * is known that serves. `d` may be NULL: then literals alone are known. */
size_t dns_targets(const struct dns *d, const struct dns_want *w,
		   struct rng *rng, struct addr *out, size_t max);

/* Host names from which SIP, by whichever transport, leads to an address; its
 * port does not count. Borrowed from `d`. */
size_t dns_hosts(const struct dns *d, const struct addr *a, const char **out,
		 size_t max);

#endif
