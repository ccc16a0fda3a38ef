/*
 * net/dns_fetch.h - asks DNS for where a SIP URI leads (RFC 3263)
 *
 * Before a run begins, and never inside it: the answers go into a table, and
 * core/dns.h decides by that.
 */
#ifndef NET_DNS_FETCH_H
#define NET_DNS_FETCH_H

#include "core/dns.h"

/* Asks the DNS servers of the system, and its hosts file, for all that
 * dns_targets will look for, in 5 s at most. Names that do not exist are no
 * error. -1 with ERR_ENV when no server answers. Does nothing for literals. */
int dns_fetch(struct dns *d, const struct dns_want *w, struct err *e);

#endif
