#include "media/rtp.h"

#include <string.h>

#include "core/buf.h"
#include "media/rtcp.h"

/* First octet, RFC 3550 section 5.1. */
enum {
	VERSION = 2,
	VERSION_SHIFT = 6,
	PADDING = 0x20,
	EXTENSION = 0x10,
	CSRC_COUNT = 0x0f,
	MARKER = 0x80,
	PAYLOAD_TYPE = 0x7f
};

/* Takes the header extension (section 5.3.1): profile, length in words. */
static bool skip_extension(struct span *r)
{
	uint16_t profile, words;
	struct span body;

	return rd_be16(r, &profile) && rd_be16(r, &words) &&
	       rd_bytes(r, (size_t)words * 4, &body);
}

/* The last octet counts the padding, itself included. */
static bool cut_padding(struct span *r)
{
	size_t pad;

	if (!r->n)
		return false;
	pad = (uint8_t)r->p[r->n - 1];
	if (!pad || pad > r->n)
		return false;
	r->n -= pad;
	return true;
}

static uint16_t get_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t get_be32(const uint8_t *p)
{
	return (uint32_t)get_be16(p) << 16 | get_be16(p + 2);
}

/* The fixed part is there whole: checked once, for this is done for every
 * packet. */
static void read_fixed(const uint8_t *p, struct rtp *out)
{
	out->marker = p[1] & MARKER;
	out->pt = p[1] & PAYLOAD_TYPE;
	out->seq = get_be16(p + 2);
	out->ts = get_be32(p + 4);
	out->ssrc = get_be32(p + 8);
}

bool rtp_parse(const void *p, size_t n, struct rtp *out)
{
	struct span r = {p, n}, csrc;
	const uint8_t *octet = p;

	if (n < RTP_HEADER || octet[0] >> VERSION_SHIFT != VERSION ||
	    rtcp_is(p, n))
		return false;
	read_fixed(octet, out);
	r.p += RTP_HEADER;
	r.n -= RTP_HEADER;
	if (octet[0] & CSRC_COUNT &&
	    !rd_bytes(&r, (size_t)(octet[0] & CSRC_COUNT) * 4, &csrc))
		return false;
	if (octet[0] & EXTENSION && !skip_extension(&r))
		return false;
	if (octet[0] & PADDING && !cut_padding(&r))
		return false;
	out->payload = r;
	return true;
}

static uint8_t *put_be16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v >> 8);
	p[1] = (uint8_t)v;
	return p + 2;
}

static uint8_t *put_be32(uint8_t *p, uint32_t v)
{
	return put_be16(put_be16(p, (uint16_t)(v >> 16)), (uint16_t)v);
}

size_t rtp_write(const struct rtp *r, uint8_t *out)
{
	if (r->payload.n > RTP_MAX - RTP_HEADER)
		return 0;
	*out++ = VERSION << VERSION_SHIFT;
	*out++ = (uint8_t)((r->marker ? MARKER : 0) | (r->pt & PAYLOAD_TYPE));
	out = put_be16(out, r->seq);
	out = put_be32(out, r->ts);
	out = put_be32(out, r->ssrc);
	if (r->payload.n)
		memcpy(out, r->payload.p, r->payload.n);
	return RTP_HEADER + r->payload.n;
}

bool rtp_seq_before(uint16_t a, uint16_t b)
{
	return (uint16_t)(a - b) > 0x8000;
}

bool rtp_ts_before(uint32_t a, uint32_t b)
{
	return a - b > 0x80000000;
}
