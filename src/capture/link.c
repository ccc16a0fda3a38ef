#include "capture/link.h"

#include <pcap/pcap.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "core/buf.h"

enum { ETHER_IP4 = 0x0800, ETHER_IP6 = 0x86dd };

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

static bool strip_ether(const struct link *l, struct span frame,
			struct span *ip)
{
	struct span at = span_skip(frame, l->type_at);
	struct span rest = span_skip(frame, l->header);
	uint16_t type, tag;

	if (!rd_be16(&at, &type))
		return false;
	while (is_vlan(type)) {
		if (!rd_be16(&rest, &tag) || !rd_be16(&rest, &type))
			return false;
	}
	*ip = rest;
	return type == ETHER_IP4 || type == ETHER_IP6;
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
	const struct link *l = link_of(dlt);

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
