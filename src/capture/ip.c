#include "capture/ip.h"

#include <string.h>

#include "capture/link.h"
#include "core/buf.h"

enum {
	IP6_HOP_BY_HOP = 0,
	IP_IN_IP4 = 4,
	IP_IN_IP6 = 41,
	IP6_ROUTING = 43,
	IP6_FRAGMENT = 44,
	IP_GRE = 47,
	IP_AH = 51,
	IP6_DESTINATION = 60,
	IP6_MOBILITY = 135,
	IP6_HIP = 139,
	IP6_SHIM = 140,

	GRE_CHECKSUM = 0x8000,
	GRE_ROUTING = 0x4000,
	GRE_KEY = 0x2000,
	GRE_SEQUENCE = 0x1000,
	GRE_VERSION = 0x0007,

	ETHER_BRIDGED = 0x6558, /* a whole Ethernet frame */
	ETHER_ERSPAN = 0x88be,	/* a mirrored one */
	ERSPAN_HEADER = 8,
	ETHER_MACS = 12,
};

static bool rd_ip(struct span *r, uint8_t family, struct addr *out)
{
	struct span ip;

	addr_init(out);
	if (!rd_bytes(r, family == 6 ? 16 : 4, &ip))
		return false;
	out->family = family;
	memcpy(out->ip, ip.p, ip.n);
	return true;
}

/* Padding after the packet goes; a length of 0 comes from segmentation offload
 * and says nothing. */
static void take_payload(struct capture_ip *out, struct span rest, size_t said)
{
	out->length = said ? said : rest.n;
	out->payload = rest;
	if (out->payload.n > out->length)
		out->payload.n = out->length;
}

static size_t be16(const uint8_t *p)
{
	return (size_t)p[0] << 8 | p[1];
}

static void set_ip4(struct addr *a, const uint8_t *p)
{
	memset(a, 0, sizeof(*a));
	a->family = 4;
	memcpy(a->ip, p, 4);
}

/* Every packet comes by here: its header is checked once, then taken. */
static bool parse_ip4(struct span packet, struct capture_ip *out)
{
	const uint8_t *p = (const uint8_t *)packet.p;
	size_t header, total, offset;

	if (packet.n < 20)
		return false;
	header = (size_t)(p[0] & 0x0f) * 4;
	total = be16(p + 2);
	offset = be16(p + 6);
	if (header < 20 || header > packet.n || (total && total < header))
		return false;
	set_ip4(&out->src, p + 12);
	set_ip4(&out->dst, p + 16);
	out->proto = p[9];
	packet.p += header;
	packet.n -= header;
	take_payload(out, packet, total ? total - header : 0);
	out->id = (uint32_t)be16(p + 4);
	out->more = (offset & 0x2000) != 0;
	out->offset = (offset & 0x1fff) * 8;
	out->fragment = out->more || out->offset;
	return true;
}

static bool skip_octets(struct capture_ip *ip, size_t n)
{
	if (n > ip->payload.n)
		return false;
	ip->payload = span_skip(ip->payload, n);
	ip->length -= n;
	return true;
}

static bool take_fragment_header(struct capture_ip *ip)
{
	struct span r = ip->payload;
	uint8_t next, reserved;
	uint16_t offset;

	if (!rd_u8(&r, &next) || !rd_u8(&r, &reserved) ||
	    !rd_be16(&r, &offset) || !rd_be32(&r, &ip->id))
		return false;
	ip->proto = next;
	ip->offset = offset & 0xfff8;
	ip->more = (offset & 1) != 0;
	ip->fragment = ip->more || ip->offset; /* RFC 6946: or an atomic one */
	return skip_octets(ip, 8);
}

/* Its length counts units of 8 octets, the first not among them; that of an
 * authentication header (RFC 4302 section 2.2) 4 octets, less two of them. */
static bool take_option_header(struct capture_ip *ip)
{
	bool ah = ip->proto == IP_AH;
	struct span r = ip->payload;
	uint8_t next, units;

	if (!rd_u8(&r, &next) || !rd_u8(&r, &units))
		return false;
	ip->proto = next;
	return skip_octets(ip, ah ? ((size_t)units + 2) * 4
				  : ((size_t)units + 1) * 8);
}

bool capture_ip_walk(struct capture_ip *ip)
{
	while (!ip->fragment) {
		switch (ip->proto) {
		case IP6_HOP_BY_HOP:
		case IP6_ROUTING:
		case IP6_DESTINATION:
		case IP6_MOBILITY:
		case IP6_HIP:
		case IP6_SHIM:
		case IP_AH:
			if (!take_option_header(ip))
				return false;
			break;
		case IP6_FRAGMENT:
			if (!take_fragment_header(ip))
				return false;
			break;
		default:
			return true;
		}
	}
	return true;
}

static bool parse_ip6(struct span packet, struct capture_ip *out)
{
	uint32_t flow;
	uint16_t length;
	uint8_t hops;

	if (!rd_be32(&packet, &flow) || !rd_be16(&packet, &length) ||
	    !rd_u8(&packet, &out->proto) || !rd_u8(&packet, &hops) ||
	    !rd_ip(&packet, 6, &out->src) || !rd_ip(&packet, 6, &out->dst))
		return false;
	take_payload(out, packet, length);
	return capture_ip_walk(out);
}

bool capture_ip_parse(struct span packet, struct capture_ip *out)
{
	if (!packet.n)
		return false;
	switch ((uint8_t)packet.p[0] >> 4) {
	case 4:
		return parse_ip4(packet, out);
	case 6:
		memset(out, 0, sizeof(*out));
		return parse_ip6(packet, out);
	default:
		return false;
	}
}

bool capture_ip4_udp(struct span packet, struct addr *src, struct addr *dst,
		     struct span *data)
{
	const uint8_t *p = (const uint8_t *)packet.p;
	size_t total;

	if (packet.n < 28 || p[0] != 0x45 || p[9] != IP_UDP || (p[6] & 0x3f) ||
	    p[7])
		return false;
	total = be16(p + 2);
	if (total < 28 || total > packet.n || be16(p + 24) != total - 20)
		return false;
	set_ip4(src, p + 12);
	set_ip4(dst, p + 16);
	src->port = (uint16_t)be16(p + 20);
	dst->port = (uint16_t)be16(p + 22);
	*data = span_from(packet.p + 28, total - 28);
	return true;
}

bool capture_udp_parse(struct capture_ip *ip, struct span *data, bool *cut)
{
	const uint8_t *p = (const uint8_t *)ip->payload.p;
	size_t length;

	if (ip->proto != IP_UDP || ip->payload.n < 8)
		return false;
	length = be16(p + 4);
	if (length && length < 8)
		return false;
	ip->src.port = (uint16_t)be16(p);
	ip->dst.port = (uint16_t)be16(p + 2);
	*cut = ip->payload.n < (length ? length : ip->length);
	*data = span_from(ip->payload.p + 8, ip->payload.n - 8);
	if (length && data->n > length - 8)
		data->n = length - 8;
	return true;
}

bool capture_tcp_parse(struct capture_ip *ip, struct span *data, size_t *length,
		       uint32_t *seq, uint8_t *flags)
{
	struct span r = ip->payload;
	uint8_t words;
	uint32_t ack;
	size_t header;

	if (ip->proto != IP_TCP || !rd_be16(&r, &ip->src.port) ||
	    !rd_be16(&r, &ip->dst.port) || !rd_be32(&r, seq) ||
	    !rd_be32(&r, &ack) || !rd_u8(&r, &words) || !rd_u8(&r, flags))
		return false;
	header = (size_t)(words >> 4) * 4;
	if (header < 20 || header > ip->length)
		return false;
	*data = span_skip(ip->payload, header);
	*length = ip->length - header;
	return true;
}

/* ---- tunnels ---- */

/* An Ethernet frame behind `skip` octets. */
static bool inner_ether(struct span r, size_t skip, struct span *inner)
{
	uint16_t type;

	r = span_skip(r, skip + ETHER_MACS);
	return rd_be16(&r, &type) && capture_ether_strip(type, r, inner);
}

static bool inner_gre(struct span r, struct span *inner)
{
	uint16_t flags, type;
	size_t options;

	if (!rd_be16(&r, &flags) || !rd_be16(&r, &type) ||
	    flags & (GRE_VERSION | GRE_ROUTING))
		return false;
	options = 4 * (size_t)(!!(flags & GRE_CHECKSUM) + !!(flags & GRE_KEY) +
			       !!(flags & GRE_SEQUENCE));
	r = span_skip(r, options);
	if (type == ETHER_BRIDGED)
		return inner_ether(r, 0, inner);
	/* type I has no header of its own, and no sequence number */
	if (type == ETHER_ERSPAN)
		return inner_ether(r, flags & GRE_SEQUENCE ? ERSPAN_HEADER : 0,
				   inner);
	return capture_ether_strip(type, r, inner);
}

bool capture_ip_inner(const struct capture_ip *ip, struct span *inner)
{
	switch (ip->proto) {
	case IP_IN_IP4:
	case IP_IN_IP6:
		*inner = ip->payload;
		return true;
	case IP_GRE:
		return inner_gre(ip->payload, inner);
	default:
		return false;
	}
}
