/*
 * core/addr.h - an IP address, a port and the transport that it is of
 *
 * Plain data, compared and hashed bytewise: always start from addr_init or
 * addr_parse so that unused octets are zero. Port 5060 of UDP and port 5060 of
 * TCP are two addresses; what says nothing of a transport is of UDP.
 */
#ifndef CORE_ADDR_H
#define CORE_ADDR_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

#include "core/span.h"

enum addr_proto { ADDR_UDP, ADDR_TCP, ADDR_TLS };

struct addr {
	uint8_t family; /* 4 or 6; 0: no address */
	uint8_t proto;	/* enum addr_proto */
	uint16_t port;	/* host order */
	uint8_t ip[16]; /* network order, 4 or 16 used */
};

/* "[2001:db8::1]:5060" with brackets and port: 48 bytes and a NUL are enough. */
enum { ADDR_TEXT = 56 };

void addr_init(struct addr *a);
struct addr addr_loopback(uint16_t port); /* 127.0.0.1 */

/* An IP literal, brackets optional, no port. "localhost" is 127.0.0.1. */
bool addr_parse_ip(struct span text, struct addr *out);

/* "127.0.0.1:5060", "[::1]:5060"; the port may be missing (0). */
bool addr_parse(struct span text, struct addr *out);

bool addr_eq(const struct addr *a, const struct addr *b);
bool addr_ip_eq(const struct addr *a, const struct addr *b);
bool addr_is_set(const struct addr *a);
bool addr_is_any(const struct addr *a); /* 0.0.0.0 or :: */
/* RFC 3261 section 17.1.1.2: whoever sends there need not repeat itself. */
bool addr_is_reliable(const struct addr *a);
/* The same at another transport. */
struct addr addr_with(const struct addr *a, enum addr_proto proto);
/* "UDP", "TCP", "TLS", as in a Via (RFC 3261 section 20.42). */
const char *addr_proto_text(const struct addr *a);

/* All three write into `out` and return it. */
const char *addr_text(const struct addr *a, char out[ADDR_TEXT]); /* ip:port */
const char *addr_ip_text(const struct addr *a, char out[ADDR_TEXT]); /* bare */
const char *addr_host_text(const struct addr *a, char out[ADDR_TEXT]); /* as in
							    a URI: brackets */

socklen_t addr_to_sockaddr(const struct addr *a, struct sockaddr_storage *ss);
bool addr_from_sockaddr(const struct sockaddr *sa, struct addr *out);

#endif
