#include "media/rtcp.h"

#include <string.h>

/* Packet types, RFC 3550 section 12.1. */
enum { SR = 200, RR = 201, SDES = 202, BYE = 203 };

enum {
	VERSION = 2,
	VERSION_SHIFT = 6,
	PADDING = 0x20,
	COUNT = 0x1f,
	SDES_END = 0,
	SDES_CNAME = 1,
	CNAME_MAX = 255,
	BLOCK_WORDS = 6
};

/* Seconds from 1900 to 1970, and the length of an NTP era. */
#define NTP_UNIX 2208988800
#define NTP_ERA ((int64_t)1 << 32)

static void write_head(struct buf *b, uint8_t count, uint8_t type, size_t words)
{
	buf_add_char(b, (char)(VERSION << VERSION_SHIFT | count));
	buf_add_char(b, (char)type);
	buf_add_be16(b, (uint16_t)(words - 1));
}

static void write_ntp(struct buf *b, int64_t wall_us)
{
	uint64_t us = (uint64_t)wall_us;

	buf_add_be32(b, (uint32_t)(us / 1000000 + NTP_UNIX));
	buf_add_be32(b, (uint32_t)((us % 1000000 << 32) / 1000000));
}

static void write_sender(struct buf *b, const struct rtcp_sender *s)
{
	write_head(b, 0, SR, 7);
	buf_add_be32(b, s->ssrc);
	write_ntp(b, s->wall_us);
	buf_add_be32(b, s->rtp_ts);
	buf_add_be32(b, s->packets);
	buf_add_be32(b, s->octets);
}

/* Section 6.4.1: the count of lost packets stops at the ends of its 24 bits. */
static uint32_t lost24(int32_t lost)
{
	if (lost > 0x7fffff)
		lost = 0x7fffff;
	if (lost < -0x800000)
		lost = -0x800000;
	return (uint32_t)lost & 0xffffff;
}

static void write_block(struct buf *b, const struct rtcp_block *block)
{
	buf_add_be32(b, block->ssrc);
	buf_add_be32(b, (uint32_t)block->fraction << 24 | lost24(block->lost));
	buf_add_be32(b, block->highest_seq);
	buf_add_be32(b, block->jitter);
	buf_add_be32(b, block->lsr);
	buf_add_be32(b, block->dlsr);
}

/* Section 6.5: one chunk, ended by at least one null, up to a full word. */
static void write_sdes(struct buf *b, uint32_t ssrc, const char *cname)
{
	size_t n = strnlen(cname, CNAME_MAX);
	size_t item_words = (2 + n) / 4 + 1;
	size_t nulls = item_words * 4 - 2 - n;

	write_head(b, 1, SDES, 2 + item_words);
	buf_add_be32(b, ssrc);
	buf_add_char(b, SDES_CNAME);
	buf_add_char(b, (char)n);
	buf_add(b, cname, n);
	while (nulls--)
		buf_add_char(b, SDES_END);
}

void rtcp_write_sr(struct buf *b, const struct rtcp_sender *s,
		   const char *cname)
{
	write_sender(b, s);
	write_sdes(b, s->ssrc, cname);
}

void rtcp_write_rr(struct buf *b, uint32_t own_ssrc,
		   const struct rtcp_block *block, const char *cname)
{
	write_head(b, block ? 1 : 0, RR, block ? 2 + BLOCK_WORDS : 2);
	buf_add_be32(b, own_ssrc);
	if (block)
		write_block(b, block);
	write_sdes(b, own_ssrc, cname);
}

void rtcp_write_sr_bye(struct buf *b, const struct rtcp_sender *s,
		       const char *cname)
{
	rtcp_write_sr(b, s, cname);
	write_head(b, 1, BYE, 2);
	buf_add_be32(b, s->ssrc);
}

struct packet {
	uint8_t count, type;
	bool padded;
	struct span body; /* after the first word, without padding */
};

/* The last octet counts the padding, a multiple of four (section 6.4.1). */
static bool cut_padding(struct span *body)
{
	size_t pad;

	if (!body->n)
		return false;
	pad = (uint8_t)body->p[body->n - 1];
	if (!pad || pad % 4 || pad > body->n)
		return false;
	body->n -= pad;
	return true;
}

static bool next_packet(struct span *r, struct packet *p)
{
	uint16_t words;
	uint8_t first;

	if (!rd_u8(r, &first) || first >> VERSION_SHIFT != VERSION)
		return false;
	if (!rd_u8(r, &p->type) || !rd_be16(r, &words) ||
	    !rd_bytes(r, (size_t)words * 4, &p->body))
		return false;
	p->count = first & COUNT;
	p->padded = first & PADDING;
	/* RFC 3550 A.2: only the last one may be padded. */
	return !p->padded || (!r->n && cut_padding(&p->body));
}

static int64_t wall_of_ntp(uint32_t seconds, uint32_t fraction)
{
	int64_t since_1900 = seconds;

	if (!seconds && !fraction)
		return 0;
	/* RFC 4330 section 3: without the top bit it is 2036 or later. The
	 * uptime RFC 3550 section 6.4.1 allows is read so too: a wrong clock. */
	if (!(seconds & 0x80000000))
		since_1900 += NTP_ERA;
	return (since_1900 - NTP_UNIX) * 1000000 +
	       (int64_t)(((uint64_t)fraction * 1000000 + 0x80000000) >> 32);
}

static bool read_sender(struct span *r, struct rtcp_sender *s)
{
	uint32_t seconds, fraction;

	if (!rd_be32(r, &seconds) || !rd_be32(r, &fraction) ||
	    !rd_be32(r, &s->rtp_ts) || !rd_be32(r, &s->packets) ||
	    !rd_be32(r, &s->octets))
		return false;
	s->wall_us = wall_of_ntp(seconds, fraction);
	return true;
}

static int32_t lost_of(uint32_t v)
{
	int32_t lost = (int32_t)(v & 0xffffff);

	return lost > 0x7fffff ? lost - 0x1000000 : lost;
}

static bool read_block(struct span *r, struct rtcp_block *b)
{
	uint32_t loss;

	if (!rd_be32(r, &b->ssrc) || !rd_be32(r, &loss) ||
	    !rd_be32(r, &b->highest_seq) || !rd_be32(r, &b->jitter) ||
	    !rd_be32(r, &b->lsr) || !rd_be32(r, &b->dlsr))
		return false;
	b->fraction = (uint8_t)(loss >> 24);
	b->lost = lost_of(loss);
	return true;
}

/* SR and RR differ by the sender's part only; profile extensions after the
 * blocks are left alone. */
static bool read_report(struct packet p, struct rtcp_seen *out)
{
	struct rtcp_sender sender = {0};
	struct span r = p.body;

	if (!rd_be32(&r, &sender.ssrc))
		return false;
	if (p.type == SR && !read_sender(&r, &sender))
		return false;
	if (r.n < (size_t)p.count * BLOCK_WORDS * 4)
		return false;
	if (p.type == SR && !out->sr)
		out->sender = sender;
	if (!out->sr && !out->rr)
		out->ssrc = sender.ssrc;
	if (p.count && !out->has_block)
		out->has_block = read_block(&r, &out->block);
	out->sr |= p.type == SR;
	out->rr |= p.type == RR;
	return true;
}

static void keep_cname(struct span text, struct rtcp_seen *out)
{
	if (out->cname[0] || !text.n)
		return;
	memcpy(out->cname, text.p, text.n);
	out->cname[text.n] = '\0';
}

/* One chunk: items until a null, then nulls up to the next full word. `start`
 * is the length of what was left where the chunk began. */
static bool read_chunk(struct span *r, struct rtcp_seen *out)
{
	size_t start = r->n;
	uint8_t type, n;
	struct span text;
	uint32_t ssrc;

	if (!rd_be32(r, &ssrc))
		return false;
	for (;;) {
		if (!rd_u8(r, &type))
			return false;
		if (type == SDES_END)
			break;
		if (!rd_u8(r, &n) || !rd_bytes(r, n, &text))
			return false;
		if (type == SDES_CNAME)
			keep_cname(text, out);
	}
	return rd_bytes(r, (4 - (start - r->n) % 4) % 4, &text);
}

static bool read_sdes(struct packet p, struct rtcp_seen *out)
{
	while (p.count--)
		if (!read_chunk(&p.body, out))
			return false;
	return true;
}

static bool read_packet(struct packet p, struct rtcp_seen *out)
{
	switch (p.type) {
	case SR:
	case RR:
		return read_report(p, out);
	case SDES:
		return read_sdes(p, out);
	case BYE:
		out->bye = true;
		return p.body.n >= (size_t)p.count * 4;
	default:
		return true;
	}
}

bool rtcp_parse(const void *p, size_t n, struct rtcp_seen *out)
{
	struct span r = span_from(p, n);
	struct packet packet;
	bool first = true;

	memset(out, 0, sizeof(*out));
	while (r.n) {
		if (!next_packet(&r, &packet))
			return false;
		/* RFC 3550 A.2: a report, unpadded, comes first. */
		if (first &&
		    (packet.padded || (packet.type != SR && packet.type != RR)))
			return false;
		if (!read_packet(packet, out))
			return false;
		first = false;
	}
	return !first;
}

uint32_t rtcp_middle(int64_t wall_us)
{
	uint64_t us = (uint64_t)wall_us;
	uint64_t seconds = us / 1000000 + NTP_UNIX;

	return (uint32_t)((seconds & 0xffff) << 16 |
			  us % 1000000 * 65536 / 1000000);
}

bool rtcp_is(const void *p, size_t n)
{
	const uint8_t *octet = p;

	return n >= 4 && octet[0] >> VERSION_SHIFT == VERSION &&
	       octet[1] >= 192 && octet[1] <= 223;
}

int64_t rtcp_interval_us(bool first, double unit)
{
	double mean_us = first ? 2.5e6 : 5e6;

	return (int64_t)(mean_us * (0.5 + unit));
}
