/*
 * net/local.h - which of our addresses others can reach us at
 */
#ifndef NET_LOCAL_H
#define NET_LOCAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/addr.h"

/* The address that datagrams to `peer` leave from, port 0. False when there
 * is no way to it. Nothing is sent. */
bool net_local_for(const struct addr *peer, struct addr *out);

/* The host's first address of a family (4 or 6) that is neither loopback nor
 * link-local, port 0; loopback when it has none. */
void net_local_any(uint8_t family, struct addr *out);

#endif
