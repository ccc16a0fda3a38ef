/*
 * Classic pcap, of which libpcap would copy each packet once more.
 */
#include "capture/frame.h"

#include <pcap/dlt.h>
#include <stdio.h>
#include <string.h>

#include "capture/link.h"

enum {
	FILE_HEADER = 24,
	PACKET_HEADER = 16,
	MODIFIED_HEADER = 24,  /* of Alexey Kuznetsov's variant */
	SNAP_MAX = 256 * 1024, /* as libpcap has it */
	LINKTYPE_RAW = 101,    /* DLT_RAW has another number in memory */
};

/* The magic numbers, as they look in our byte order and in the other. */
static const struct variant {
	uint32_t magic;
	bool swapped;
	int64_t unit_ns; /* of the second part of a time */
	size_t header;	 /* of a packet */
} variants[] = {
	{0xa1b2c3d4, false, 1000, PACKET_HEADER},
	{0xd4c3b2a1, true, 1000, PACKET_HEADER},
	{0xa1b23c4d, false, 1, PACKET_HEADER},
	{0x4d3cb2a1, true, 1, PACKET_HEADER},
	{0xa1b2cd34, false, 1000, MODIFIED_HEADER},
	{0x34cdb2a1, true, 1000, MODIFIED_HEADER},
};

static uint32_t get32(const struct variant *v, const char *p)
{
	uint32_t n;

	memcpy(&n, p, sizeof(n));
	return v->swapped ? __builtin_bswap32(n) : n;
}

static const struct variant *variant_of(struct span head)
{
	uint32_t magic;
	size_t i;

	if (head.n < sizeof(magic))
		return NULL;
	memcpy(&magic, head.p, sizeof(magic));
	for (i = 0; i < sizeof(variants) / sizeof(variants[0]); i++) {
		if (variants[i].magic == magic)
			return &variants[i];
	}
	return NULL;
}

/* The upper bits tell of checksums behind each frame, which we do not look
 * at. */
static int link_of(uint32_t said)
{
	said &= 0x03ffffff;
	return said == LINKTYPE_RAW ? DLT_RAW : (int)said;
}

static int take_link(const struct variant *v, struct span head,
		     struct capture_info *info, struct err *e)
{
	int link = link_of(get32(v, head.p + 20));
	char number[16];

	snprintf(info->link_type, sizeof(info->link_type), "%s",
		 capture_link_name(link, number));
	if (!capture_link_known(link))
		return err_set(e, ERR_INPUT, "link type %s is not supported",
			       info->link_type);
	return link;
}

/* Never negative: seconds are unsigned, and no part of one is over 5 s. */
static int64_t time_ns(const struct variant *v, const char *p)
{
	return (int64_t)get32(v, p) * 1000000000 +
	       (int64_t)get32(v, p + 4) * v->unit_ns;
}

static void break_off(struct capture_info *info)
{
	info->broken_off = true;
	capture_warn(info, "the file breaks off inside packet %zu",
		     info->frames + 1);
}

/* False when there are no more. */
static bool take_packet(struct window *w, const struct variant *v, int link,
			const struct capture_sink *s)
{
	struct span head = window_peek(w, v->header), data;
	uint32_t caplen, length;
	int64_t at_ns;

	if (head.n < v->header) {
		if (head.n)
			break_off(s->info);
		return false;
	}
	at_ns = time_ns(v, head.p);
	caplen = get32(v, head.p + 8);
	length = get32(v, head.p + 12);
	if (caplen > SNAP_MAX) {
		capture_warn(s->info,
			     "packet %zu is damaged, the rest is left out: it "
			     "claims %u octets",
			     s->info->frames + 1, caplen);
		return false;
	}
	window_skip(w, v->header);
	data = window_peek(w, caplen);
	if (data.n < caplen) {
		break_off(s->info);
		return false;
	}
	capture_sink_put(s, w, at_ns, link, data, length);
	window_skip(w, caplen);
	return true;
}

int capture_pcap_read(struct window *w, const struct capture_sink *s,
		      struct err *e)
{
	struct span head = window_peek(w, FILE_HEADER);
	const struct variant *v = variant_of(head);
	int link;

	if (!v)
		return err_set(e, ERR_INPUT,
			       "not a capture file: unknown file format");
	if (head.n < FILE_HEADER)
		return err_set(e, ERR_INPUT,
			       "not a capture file: its header is cut");
	link = take_link(v, head, s->info, e);
	if (link < 0)
		return -1;
	window_skip(w, FILE_HEADER);
	while (take_packet(w, v, link, s))
		;
	return 0;
}
