/*
 * pcapng (draft-ietf-opsawg-pcapng), because libpcap gives up on files whose
 * interfaces have different link types.
 */
#include <pcap/dlt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/frame.h"
#include "capture/link.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum {
	BLOCK_INTERFACE = 1,
	BLOCK_OLD_PACKET = 2,
	BLOCK_SIMPLE_PACKET = 3,
	BLOCK_ENHANCED_PACKET = 6,
	BLOCK_SECTION = 0x0a0d0d0a,

	SECTION_HEAD = 12, /* type, length, byte order */

	OPTION_END = 0,
	OPTION_TSRESOL = 9,
	OPTION_TSOFFSET = 14,

	LINKTYPE_RAW = 101, /* DLT_RAW has another number in memory */
};
enum { BAD_NAMED = 5 };
#define BLOCK_MAX (16u * 1024 * 1024)
#define INTERFACES_MAX 4096

struct interface {
	int link;
	bool known;	  /* capture_link_known */
	uint32_t snap;	  /* 0: no limit */
	uint8_t resol;	  /* if_tsresol: 10^-n, or 2^-n with the high bit */
	int64_t offset_s; /* if_tsoffset */
};

struct pcapng {
	struct window *w;
	size_t done; /* octets of the block that was handled */
	const struct capture_sink *sink;
	bool little;		 /* byte order of the section */
	struct interface *iface; /* owned; of the section */
	size_t n_ifaces;
	int64_t last_ns; /* time of the packet before */
	size_t first_skipped;
	size_t skipped;	       /* frames of unknown link types */
	size_t bad[BAD_NAMED]; /* the first damaged packets, by frame */
	size_t n_bad;	       /* all of them */
	size_t simple;	       /* packets without a time */
};

enum got { GOT_BLOCK, GOT_END, GOT_PIECE, GOT_JUNK };

static bool rd16(const struct pcapng *g, struct span *r, uint16_t *v)
{
	if (!rd_be16(r, v))
		return false;
	if (g->little)
		*v = __builtin_bswap16(*v);
	return true;
}

static bool rd32(const struct pcapng *g, struct span *r, uint32_t *v)
{
	if (!rd_be32(r, v))
		return false;
	if (g->little)
		*v = __builtin_bswap32(*v);
	return true;
}

static bool rd64(const struct pcapng *g, struct span *r, uint64_t *v)
{
	uint32_t a, b;

	if (!rd32(g, r, &a) || !rd32(g, r, &b))
		return false;
	*v = g->little ? (uint64_t)b << 32 | a : (uint64_t)a << 32 | b;
	return true;
}

/* A section's header says its byte order behind type and length. */
static enum got take_order(struct pcapng *g, struct span head)
{
	static const uint8_t big[4] = {0x1a, 0x2b, 0x3c, 0x4d};
	static const uint8_t little[4] = {0x4d, 0x3c, 0x2b, 0x1a};

	if (head.n < SECTION_HEAD)
		return GOT_PIECE;
	g->little = memcmp(head.p + 8, little, sizeof(little)) == 0;
	if (!g->little && memcmp(head.p + 8, big, sizeof(big)) != 0)
		return GOT_JUNK;
	return GOT_BLOCK;
}

/* The next block, which stays in the window until the one after; `body` is
 * what lies between its two lengths, for a section header without the byte
 * order. */
static enum got next_block(struct pcapng *g, uint32_t *type, struct span *body)
{
	struct span head, r, whole, tail;
	uint32_t length, again, taken = 8;
	enum got got = GOT_BLOCK;

	window_skip(g->w, g->done);
	g->done = 0;
	head = window_peek(g->w, SECTION_HEAD);
	if (head.n == 0)
		return GOT_END;
	*type = BLOCK_SECTION;
	r = head;
	if (head.n < taken)
		return GOT_PIECE;
	rd32(g, &r, type);
	if (*type == BLOCK_SECTION) {
		got = take_order(g, head);
		taken = SECTION_HEAD;
	}
	if (got != GOT_BLOCK)
		return got;
	rd32(g, &r, &length);
	if (length < taken + 4 || length % 4 || length > BLOCK_MAX)
		return GOT_JUNK;
	whole = window_peek(g->w, length);
	if (whole.n < length)
		return GOT_PIECE;
	g->done = length;
	tail = span_skip(whole, length - 4);
	rd32(g, &tail, &again);
	*body = span_from(whole.p + taken, length - 4 - taken);
	return again == length ? GOT_BLOCK : GOT_JUNK;
}

static void take_option(const struct pcapng *g, struct interface *i,
			uint16_t code, struct span value)
{
	uint64_t v;

	if (code == OPTION_TSRESOL)
		rd_u8(&value, &i->resol);
	else if (code == OPTION_TSOFFSET && rd64(g, &value, &v))
		i->offset_s = (int64_t)v;
}

static void take_options(const struct pcapng *g, struct interface *i,
			 struct span r)
{
	uint16_t code, length;
	struct span value;

	while (rd16(g, &r, &code) && rd16(g, &r, &length) &&
	       code != OPTION_END && rd_bytes(&r, length, &value)) {
		take_option(g, i, code, value);
		r = span_skip(r, (4u - length % 4) % 4);
	}
}

/* "EN10MB, LINUX_SLL": every link type once. */
static void note_link(struct capture_info *info, int link)
{
	size_t n = strlen(info->link_type), room = sizeof(info->link_type);
	char number[16];
	const char *name = capture_link_name(link, number);

	if (strstr(info->link_type, name) || n + strlen(name) + 3 > room)
		return;
	snprintf(info->link_type + n, room - n, "%s%s", n ? ", " : "", name);
}

static bool take_interface(struct pcapng *g, struct span r)
{
	struct interface i = {.resol = 6};
	uint16_t link, reserved;

	if (g->n_ifaces >= INTERFACES_MAX || !rd16(g, &r, &link) ||
	    !rd16(g, &r, &reserved) || !rd32(g, &r, &i.snap))
		return false;
	i.link = link == LINKTYPE_RAW ? DLT_RAW : link;
	i.known = capture_link_known(i.link);
	take_options(g, &i, r);
	g->iface = xreallocarray(g->iface, g->n_ifaces + 1, sizeof(i));
	g->iface[g->n_ifaces++] = i;
	note_link(g->sink->info, i.link);
	return true;
}

/* Part of a second in nanoseconds, of `units` units of 2^-n s. */
static uint64_t binary_ns(uint64_t units, unsigned n)
{
	if (n > 32) {
		units >>= n - 32;
		n = 32;
	}
	return units * 1000000000u >> n;
}

static uint64_t power_of_10(unsigned n)
{
	uint64_t v = 1;

	while (n--)
		v *= 10;
	return v;
}

static int64_t time_ns(const struct interface *i, uint64_t t)
{
	unsigned n = i->resol & 0x7fu;
	uint64_t sec = 0, part = 0;
	int64_t ns;

	if (i->resol & 0x80) {
		sec = n < 64 ? t >> n : 0;
		part = n < 64 ? binary_ns(t & ((UINT64_C(1) << n) - 1), n) : 0;
	} else if (n <= 9) {
		sec = t / power_of_10(n);
		part = t % power_of_10(n) * power_of_10(9 - n);
	} else if (n <= 19) {
		sec = t / power_of_10(n);
		part = t % power_of_10(n) / power_of_10(n - 9);
	}
	if (sec > INT64_MAX ||
	    __builtin_add_overflow((int64_t)sec, i->offset_s, &ns) ||
	    __builtin_mul_overflow(ns, INT64_C(1000000000), &ns) ||
	    __builtin_add_overflow(ns, (int64_t)part, &ns) || ns < 0)
		return 0;
	return ns;
}

/* False when the packet names no interface or is longer than its block. */
static bool put(struct pcapng *g, uint32_t iface, const uint64_t *t,
		struct span r, uint32_t caplen, uint32_t len)
{
	const struct interface *i;
	struct span data;

	if (iface >= g->n_ifaces || !rd_bytes(&r, caplen, &data))
		return false;
	i = &g->iface[iface];
	if (t)
		g->last_ns = time_ns(i, *t);
	if (i->known) {
		capture_sink_put(g->sink, g->w, g->last_ns, i->link, data, len);
		return true;
	}
	g->sink->info->frames++;
	if (!g->skipped++)
		g->first_skipped = g->sink->info->frames;
	return true;
}

static bool take_enhanced(struct pcapng *g, struct span r)
{
	uint32_t iface, high, low, caplen, len;
	uint64_t t;

	if (!rd32(g, &r, &iface) || !rd32(g, &r, &high) || !rd32(g, &r, &low) ||
	    !rd32(g, &r, &caplen) || !rd32(g, &r, &len))
		return false;
	t = (uint64_t)high << 32 | low;
	return put(g, iface, &t, r, caplen, len);
}

static bool take_old(struct pcapng *g, struct span r)
{
	uint16_t iface, drops;
	uint32_t high, low, caplen, len;
	uint64_t t;

	if (!rd16(g, &r, &iface) || !rd16(g, &r, &drops) ||
	    !rd32(g, &r, &high) || !rd32(g, &r, &low) ||
	    !rd32(g, &r, &caplen) || !rd32(g, &r, &len))
		return false;
	t = (uint64_t)high << 32 | low;
	return put(g, iface, &t, r, caplen, len);
}

/* No time: it keeps its place behind the packet before it. */
static bool take_simple(struct pcapng *g, struct span r)
{
	uint32_t len, caplen;

	if (!g->n_ifaces || !rd32(g, &r, &len))
		return false;
	caplen = len;
	if (g->iface[0].snap && caplen > g->iface[0].snap)
		caplen = g->iface[0].snap;
	if (!put(g, 0, NULL, r, caplen, len))
		return false;
	g->simple++;
	return true;
}

/* Its block is whole, so the next one is found: only this one is left out. */
static void leave_out(struct pcapng *g)
{
	g->sink->info->frames++;
	if (g->n_bad < BAD_NAMED)
		g->bad[g->n_bad] = g->sink->info->frames;
	g->n_bad++;
}

static bool take_packet(struct pcapng *g, uint32_t type, struct span body)
{
	if (type == BLOCK_ENHANCED_PACKET)
		return take_enhanced(g, body);
	if (type == BLOCK_SIMPLE_PACKET)
		return take_simple(g, body);
	return take_old(g, body);
}

/* False: what comes after it cannot be read. */
static bool take_block(struct pcapng *g, uint32_t type, struct span body)
{
	switch (type) {
	case BLOCK_SECTION:
		g->n_ifaces = 0;
		return true;
	case BLOCK_INTERFACE:
		return take_interface(g, body);
	case BLOCK_ENHANCED_PACKET:
	case BLOCK_SIMPLE_PACKET:
	case BLOCK_OLD_PACKET:
		if (!take_packet(g, type, body))
			leave_out(g);
		return true;
	default:
		return true;
	}
}

static bool is_packet(uint32_t type)
{
	return type == BLOCK_ENHANCED_PACKET || type == BLOCK_SIMPLE_PACKET ||
	       type == BLOCK_OLD_PACKET;
}

static void note_end(struct capture_info *info, enum got got, uint32_t type)
{
	if (got == GOT_PIECE && is_packet(type))
		capture_warn(info, "the file breaks off inside packet %zu",
			     info->frames + 1);
	else if (got == GOT_PIECE)
		capture_warn(info, "the file breaks off after packet %zu",
			     info->frames);
	else if (got == GOT_JUNK)
		capture_warn(info,
			     "the file is damaged after packet %zu, the rest "
			     "is left out",
			     info->frames);
	info->broken_off = got == GOT_PIECE;
}

static void note_bad(const struct pcapng *g)
{
	struct buf which;
	size_t i;

	if (!g->n_bad)
		return;
	buf_init(&which, 256);
	for (i = 0; i < g->n_bad && i < BAD_NAMED; i++)
		buf_addf(&which, "%s%zu", i ? ", " : "", g->bad[i]);
	capture_warn(g->sink->info,
		     "%zu damaged packet%s left out (no such interface, or "
		     "shorter than said): %s%s",
		     g->n_bad, g->n_bad == 1 ? "" : "s", buf_str(&which),
		     g->n_bad > BAD_NAMED ? ", ..." : "");
	buf_fini(&which);
}

static void note_simple(const struct pcapng *g)
{
	if (g->simple)
		capture_warn(g->sink->info,
			     "%zu packet%s in simple packet blocks, which have "
			     "no times: times, durations and jitter are "
			     "unknown",
			     g->simple, g->simple == 1 ? "" : "s");
}

static int check_links(const struct pcapng *g, struct err *e)
{
	struct capture_info *info = g->sink->info;

	if (g->skipped && g->skipped == info->frames - g->n_bad)
		return err_set(e, ERR_INPUT, "link type %s is not supported",
			       info->link_type);
	if (g->skipped)
		capture_warn(info,
			     "%zu packet%s of other link types skipped, from "
			     "packet %zu on",
			     g->skipped, g->skipped == 1 ? "" : "s",
			     g->first_skipped);
	return 0;
}

int capture_pcapng_read(struct window *w, const struct capture_sink *s,
			struct err *e)
{
	struct pcapng g = {.w = w, .sink = s};
	uint32_t type = BLOCK_SECTION;
	struct span body;
	enum got got;
	int rc;

	while ((got = next_block(&g, &type, &body)) == GOT_BLOCK) {
		if (!take_block(&g, type, body)) {
			got = GOT_JUNK;
			break;
		}
	}
	note_end(s->info, got, type);
	note_bad(&g);
	note_simple(&g);
	rc = check_links(&g, e);
	free(g.iface);
	return rc;
}
