/*
 * capture/link.h - what lies around an IP packet on its link
 */
#ifndef CAPTURE_LINK_H
#define CAPTURE_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"

bool capture_link_known(int dlt);

/* "EN10MB", or a number for a type that libpcap does not know. `out` holds the
 * number. */
const char *capture_link_name(int dlt, char out[16]);

/* The frame without its link header, VLAN tags, MPLS labels (RFC 3032) and
 * PPPoE (RFC 2516) among it, and with padding still behind it; false when it
 * does not carry IP. */
bool capture_link_strip(int dlt, struct span frame, struct span *ip);

/* The same of what lies behind an Ethernet type. */
bool capture_ether_strip(uint16_t type, struct span rest, struct span *ip);

/* The Ethernet type of a frame, the one behind its VLAN tags; -1: there is
 * none. */
int capture_link_type(int dlt, struct span frame);

#endif
