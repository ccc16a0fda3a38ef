#include "capture/link.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"

enum {
	ETHER_IP4 = 0x0800,
	ETHER_IP6 = 0x86dd,
	ETHER_MPLS = 0x8847,
	ETHER_MPLS_UP = 0x8848, /* upstream-assigned labels, RFC 5332 */
	ETHER_PPPOE = 0x8864,	/* its session stage */
	PPP_IP4 = 0x0021,
	PPP_IP6 = 0x0057,
	MACS = 12,
};

enum link_kind {
	LINK_ETHER,  /* an Ethernet type, VLAN tags behind it */
	LINK_RAW,    /* no header */
	LINK_FAMILY, /* an address family, either byte order */
};

static const struct link {
	int dlt;
	enum link_kind kind;
	size_t type_at; /* where the Ethernet type is */
	size_t header;	/* octets */
} links[] = {
	{DLT_EN10MB, LINK_ETHER, 12, 14},
	{DLT_LINUX_SLL, LINK_ETHER, 14, 16},
	{DLT_LINUX_SLL2, LINK_ETHER, 0, 20},
	{DLT_RAW, LINK_RAW, 0, 0},
	{DLT_IPV4, LINK_RAW, 0, 0},
	{DLT_IPV6, LINK_RAW, 0, 0},
	{DLT_NULL, LINK_FAMILY, 0, 4},
	{DLT_LOOP, LINK_FAMILY, 0, 4},
};

static const struct link *link_of(int dlt)
{
	size_t i;

	for (i = 0; i < sizeof(links) / sizeof(links[0]); i++) {
		if (links[i].dlt == dlt)
			return &links[i];
	}
	return NULL;
}

bool capture_link_known(int dlt)
{
	return link_of(dlt) != NULL;
}

const char *capture_link_name(int dlt, char out[16])
{
	const char *name = pcap_datalink_val_to_name(dlt);

	if (name)
		return name;
	snprintf(out, 16, "%d", dlt);
	return out;
}

/* IEEE 802.1Q, 802.1ad, and the older way to stack tags. */
static bool is_vlan(uint16_t type)
{
	return type == 0x8100 || type == 0x88a8 || type == 0x9100;
}

/* The bottom of the stack tells what is below only by its first half octet:
 * IPv4, IPv6, or the control word of a pseudowire (RFC 4385) that carries
 * Ethernet. */
static bool strip_mpls(struct span *rest, uint16_t *type)
{
	uint32_t label, word;
	uint16_t inner;

	do {
		if (!rd_be32(rest, &label))
			return false;
	} while (!(label & 0x100));
	switch (rest->n ? (uint8_t)rest->p[0] >> 4 : 15) {
	case 4:
		*type = ETHER_IP4;
		return true;
	case 6:
		*type = ETHER_IP6;
		return true;
	case 0:
		if (!rd_be32(rest, &word) || rest->n < MACS)
			return false;
		*rest = span_skip(*rest, MACS);
		if (!rd_be16(rest, &inner))
			return false;
		*type = inner;
		return true;
	default:
		return false;
	}
}

static bool strip_pppoe(struct span *rest, uint16_t *type)
{
	uint32_t head;
	uint16_t length, protocol;

	if (!rd_be32(rest, &head) || !rd_be16(rest, &length) ||
	    !rd_be16(rest, &protocol) || head >> 16 != 0x1100)
		return false;
	*type = protocol == PPP_IP4 ? ETHER_IP4 : ETHER_IP6;
	return protocol == PPP_IP4 || protocol == PPP_IP6;
}

static bool strip_vlan(struct span *rest, uint16_t *type)
{
	uint16_t tag;

	return rd_be16(rest, &tag) && rd_be16(rest, type);
}

/* Takes one layer off; false when it is whole nonsense or none of ours. */
static bool strip_layer(struct span *rest, uint16_t *type)
{
	if (is_vlan(*type))
		return strip_vlan(rest, type);
	if (*type == ETHER_MPLS || *type == ETHER_MPLS_UP)
		return strip_mpls(rest, type);
	if (*type == ETHER_PPPOE)
		return strip_pppoe(rest, type);
	return false;
}

bool capture_ether_strip(uint16_t type, struct span rest, struct span *ip)
{
	while (type != ETHER_IP4 && type != ETHER_IP6) {
		if (!strip_layer(&rest, &type))
			return false;
	}
	*ip = rest;
	return true;
}

static bool strip_ether(const struct link *l, struct span frame,
			struct span *ip)
{
	struct span at = span_skip(frame, l->type_at);
	uint16_t type;

	return rd_be16(&at, &type) &&
	       capture_ether_strip(type, span_skip(frame, l->header), ip);
}

int capture_link_type(int dlt, struct span frame)
{
	const struct link *l = link_of(dlt);
	struct span at, rest;
	uint16_t type;

	if (!l || l->kind != LINK_ETHER)
		return -1;
	at = span_skip(frame, l->type_at);
	if (!rd_be16(&at, &type))
		return -1;
	rest = span_skip(frame, l->header);
	while (is_vlan(type)) {
		if (!strip_vlan(&rest, &type))
			return -1;
	}
	return type;
}

static bool is_ip_family(uint32_t family)
{
	/* AF_INET everywhere; AF_INET6 of Linux, NetBSD, FreeBSD, macOS */
	return family == 2 || family == 10 || family == 24 || family == 28 ||
	       family == 30;
}

static bool strip_family(struct span frame, struct span *ip)
{
	uint32_t family;

	*ip = frame;
	return rd_be32(ip, &family) &&
	       (is_ip_family(family) ||
		is_ip_family(__builtin_bswap32(family)));
}

bool capture_link_strip(int dlt, struct span frame, struct span *ip)
{
	const struct link *l;

	/* nearly every frame of nearly every capture */
	if (dlt == DLT_EN10MB && frame.n > 14 && frame.p[12] == 8 &&
	    frame.p[13] == 0) {
		*ip = span_from(frame.p + 14, frame.n - 14);
		return true;
	}
	l = link_of(dlt);
	if (!l)
		return false;
	switch (l->kind) {
	case LINK_ETHER:
		return strip_ether(l, frame, ip);
	case LINK_FAMILY:
		return strip_family(frame, ip);
	case LINK_RAW:
		break;
	}
	*ip = frame;
	return true;
}
