#include "capture/ip.h"

#include <string.h>

#include "core/buf.h"

enum {
	IP6_HOP_BY_HOP = 0,
	IP6_ROUTING = 43,
	IP6_FRAGMENT = 44,
	IP6_DESTINATION = 60,
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

static bool parse_ip4(struct span packet, struct capture_ip *out)
{
	struct span r = packet;
	uint8_t first, tos, ttl;
	uint16_t total, id, offset, sum;
	size_t header;

	if (!rd_u8(&r, &first) || !rd_u8(&r, &tos) || !rd_be16(&r, &total) ||
	    !rd_be16(&r, &id) || !rd_be16(&r, &offset) || !rd_u8(&r, &ttl) ||
	    !rd_u8(&r, &out->proto) || !rd_be16(&r, &sum) ||
	    !rd_ip(&r, 4, &out->src) || !rd_ip(&r, 4, &out->dst))
		return false;
	header = (size_t)(first & 0x0f) * 4;
	if (header < 20 || header > packet.n || (total && total < header))
		return false;
	take_payload(out, span_skip(packet, header),
		     total ? total - header : 0);
	out->id = id;
	out->more = (offset & 0x2000) != 0;
	out->offset = (size_t)(offset & 0x1fff) * 8;
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

static bool take_option_header(struct capture_ip *ip)
{
	struct span r = ip->payload;
	uint8_t next, units;

	if (!rd_u8(&r, &next) || !rd_u8(&r, &units))
		return false;
	ip->proto = next;
	return skip_octets(ip, ((size_t)units + 1) * 8);
}

bool capture_ip_walk(struct capture_ip *ip)
{
	while (!ip->fragment) {
		switch (ip->proto) {
		case IP6_HOP_BY_HOP:
		case IP6_ROUTING:
		case IP6_DESTINATION:
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
	memset(out, 0, sizeof(*out));
	if (!packet.n)
		return false;
	switch ((uint8_t)packet.p[0] >> 4) {
	case 4:
		return parse_ip4(packet, out);
	case 6:
		return parse_ip6(packet, out);
	default:
		return false;
	}
}

bool capture_udp_parse(struct capture_ip *ip, struct span *data, bool *cut)
{
	struct span r = ip->payload;
	uint16_t length, sum;

	if (ip->proto != IP_UDP || !rd_be16(&r, &ip->src.port) ||
	    !rd_be16(&r, &ip->dst.port) || !rd_be16(&r, &length) ||
	    !rd_be16(&r, &sum) || (length && length < 8))
		return false;
	*cut = ip->payload.n < (length ? length : ip->length);
	if (length && r.n > length - 8u)
		r.n = length - 8u;
	*data = r;
	return true;
}
