/*
 * capture/ip.h - IP packets, UDP and TCP in captured bytes
 *
 * Checksums are not looked at: with offload they are wrong in captures.
 */
#ifndef CAPTURE_IP_H
#define CAPTURE_IP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/span.h"

enum { IP_TCP = 6, IP_UDP = 17, IP_DATAGRAM_MAX = 65535 };

struct capture_ip {
	struct addr src, dst; /* ports 0 until capture_udp_parse */
	uint8_t proto;	      /* IPv6: what follows `payload`'s start */
	struct span payload;  /* borrowed; may be shorter than `length` */
	size_t length;	      /* of the payload, as the header says */
	bool fragment;
	bool more;     /* fragments follow */
	size_t offset; /* of this fragment, octets */
	uint32_t id;   /* of the datagram it belongs to */
};

/* IPv4 (RFC 791) or IPv6 (RFC 8200), extension headers walked. False when the
 * header is not whole or makes no sense. */
bool capture_ip_parse(struct span packet, struct capture_ip *out);

/* Walks on through extension headers that lay inside the fragments of an IPv6
 * packet. False when they are not whole. */
bool capture_ip_walk(struct capture_ip *ip);

/* Takes the UDP header off a whole packet: fills in the ports and gives the
 * data. `*cut` tells that octets are missing at its end. */
bool capture_udp_parse(struct capture_ip *ip, struct span *data, bool *cut);

/* A whole UDP datagram in a whole IPv4 packet without options: what nearly all
 * packets are, at once. False for all that needs a closer look. */
bool capture_ip4_udp(struct span packet, struct addr *src, struct addr *dst,
		     struct span *data);

/* The same of a TCP segment (RFC 9293 section 3.1). `*length` is that of the
 * data as the IP header says. */
bool capture_tcp_parse(struct capture_ip *ip, struct span *data, size_t *length,
		       uint32_t *seq, uint8_t *flags);

/* The packet inside another: IPv4 or IPv6 in IP (RFC 2003, RFC 4213), or in
 * GRE (RFC 2784, RFC 2890), Ethernet frames in GRE among them. False when it
 * carries something else. */
bool capture_ip_inner(const struct capture_ip *ip, struct span *inner);

#endif
