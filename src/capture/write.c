#include <assert.h>
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/segment.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum {
	TCP = 6,
	UDP = 17,
	UDP_HEADER = 8,
	IP4_HEADER = 20,
	IP6_HEADER = 40,
	IP6_FRAGMENT = 44,
	IP6_FRAGMENT_HEADER = 8,
	MTU = 1500,
	HOPS = 64,
	SEGMENT_MAX = 65535, /* UDP header and data */
	BUFFER = 256 * 1024,
};

struct capture_writer {
	pcap_t *pcap;	     /* owned */
	pcap_dumper_t *dump; /* owned, its FILE too */
	char *buffer;	     /* owned; of the FILE */
	char *path;
	struct buf segment;	   /* UDP or TCP header and data */
	uint8_t protocol;	   /* of it */
	struct segments *segments; /* owned; numbers of TCP */
	struct buf frame;
	uint16_t ip4_id; /* of the datagram before */
	uint32_t ip6_id; /* of the fragmented one before */
	bool failed;
	int why; /* errno of the first failure */
};

static void set_failed(struct capture_writer *w)
{
	if (!w->failed)
		w->why = errno;
	w->failed = true;
}

struct capture_writer *capture_writer_open(const char *path, struct err *e)
{
	struct capture_writer *w = NULL;
	FILE *f = fopen(path, "wbe");

	if (!f) {
		err_set(e, ERR_ENV, "%s: cannot be written: %s", path,
			strerror(errno));
		return NULL;
	}
	w = xcalloc(1, sizeof(*w));
	w->path = xstrdup(path);
	w->buffer = xmalloc(BUFFER);
	setvbuf(f, w->buffer, _IOFBF, BUFFER);
	buf_init(&w->segment, SEGMENT_MAX);
	buf_init(&w->frame, 14 + MTU);
	w->segments = segments_new();
	w->pcap = pcap_open_dead_with_tstamp_precision(
		DLT_EN10MB, SEGMENT_MAX, PCAP_TSTAMP_PRECISION_NANO);
	assert(w->pcap);
	w->dump = pcap_dump_fopen(w->pcap, f);
	if (!w->dump) {
		err_set(e, ERR_ENV, "%s: cannot be written: %s", path,
			pcap_geterr(w->pcap));
		capture_writer_close(w, NULL);
		return NULL;
	}
	return w;
}

/* Ones' complement sum of RFC 1071, not yet folded. */
static uint32_t add_up(uint32_t sum, const void *p, size_t n)
{
	const uint8_t *octet = p;
	size_t i;

	for (i = 0; i + 1 < n; i += 2)
		sum += (uint32_t)octet[i] << 8 | octet[i + 1];
	if (n % 2)
		sum += (uint32_t)octet[n - 1] << 8;
	return (sum & 0xffff) + (sum >> 16);
}

static uint16_t fold(uint32_t sum)
{
	sum = (sum & 0xffff) + (sum >> 16);
	sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put_be16(struct buf *b, size_t at, uint16_t v)
{
	b->p[at] = (char)(v >> 8);
	b->p[at + 1] = (char)(v & 0xff);
}

static size_t ip_size(const struct addr *a)
{
	return a->family == 6 ? 16 : 4;
}

/* RFC 768 and RFC 9293 section 3.1, with the pseudo headers of RFC 791 and RFC 8200 section 8.1. */
static uint16_t sum_of(const struct buf *segment, uint8_t protocol,
		       const struct addr *src, const struct addr *dst)
{
	uint32_t sum = protocol + (uint32_t)segment->n;
	uint16_t folded;

	sum = add_up(sum, src->ip, ip_size(src));
	sum = add_up(sum, dst->ip, ip_size(dst));
	folded = fold(add_up(sum, segment->p, segment->n));
	return folded || protocol == TCP ? folded : 0xffff;
}

static void build_datagram(struct buf *b, const struct addr *src,
			   const struct addr *dst, const void *p, size_t n)
{
	buf_clear(b);
	buf_add_be16(b, src->port);
	buf_add_be16(b, dst->port);
	buf_add_be16(b, (uint16_t)(n + UDP_HEADER));
	buf_add_be16(b, 0);
	buf_add(b, p, n);
	put_be16(b, 6, sum_of(b, UDP, src, dst));
}

/* A locally administered address with the last octets of the IP address. */
static void add_mac(struct buf *b, const struct addr *a)
{
	buf_add_be16(b, 0x0200);
	buf_add(b, a->ip + ip_size(a) - 4, 4);
}

static void begin_frame(struct buf *b, const struct addr *src,
			const struct addr *dst, uint16_t type)
{
	buf_clear(b);
	add_mac(b, dst);
	add_mac(b, src);
	buf_add_be16(b, type);
}

static void put_frame(struct capture_writer *w, int64_t wall_us)
{
	struct pcap_pkthdr head = {.caplen = (bpf_u_int32)w->frame.n,
				   .len = (bpf_u_int32)w->frame.n};

	head.ts.tv_sec = wall_us / 1000000;
	head.ts.tv_usec = wall_us % 1000000 * 1000; /* nanoseconds */
	pcap_dump((u_char *)w->dump, &head, (const u_char *)w->frame.p);
	if (ferror(pcap_dump_file(w->dump)))
		set_failed(w);
}

/* One packet with `part` of the segment, `more` when another follows. */
static void add_ip4(struct capture_writer *w, const struct addr *src,
		    const struct addr *dst, struct span part, size_t offset,
		    bool more)
{
	struct buf *b = &w->frame;
	size_t at = b->n;

	buf_add_be16(b, 0x4500);
	buf_add_be16(b, (uint16_t)(IP4_HEADER + part.n));
	buf_add_be16(b, w->ip4_id);
	buf_add_be16(b, (uint16_t)((more ? 0x2000u : 0u) | offset / 8));
	buf_add_be16(b, (uint16_t)(HOPS << 8 | w->protocol));
	buf_add_be16(b, 0);
	buf_add(b, src->ip, 4);
	buf_add(b, dst->ip, 4);
	put_be16(b, at + 10, fold(add_up(0, b->p + at, IP4_HEADER)));
	buf_add_span(b, part);
}

static void write_ip4(struct capture_writer *w, int64_t wall_us,
		      const struct addr *src, const struct addr *dst)
{
	const size_t room = (MTU - IP4_HEADER) / 8 * 8;
	struct span all = buf_span(&w->segment);
	size_t at;

	w->ip4_id++;
	for (at = 0; at < all.n; at += room) {
		struct span part = span_skip(all, at);
		bool more = part.n > room;

		if (more)
			part.n = room;
		begin_frame(&w->frame, src, dst, 0x0800);
		add_ip4(w, src, dst, part, at, more);
		put_frame(w, wall_us);
	}
}

static void add_ip6(struct buf *b, const struct addr *src,
		    const struct addr *dst, size_t length, uint8_t next)
{
	buf_add_be32(b, 0x60000000);
	buf_add_be16(b, (uint16_t)length);
	buf_add_be16(b, (uint16_t)(next << 8 | HOPS));
	buf_add(b, src->ip, 16);
	buf_add(b, dst->ip, 16);
}

static void write_ip6_fragments(struct capture_writer *w, int64_t wall_us,
				const struct addr *src, const struct addr *dst)
{
	const size_t room = (MTU - IP6_HEADER - IP6_FRAGMENT_HEADER) / 8 * 8;
	struct span all = buf_span(&w->segment);
	size_t at;

	w->ip6_id++;
	for (at = 0; at < all.n; at += room) {
		struct span part = span_skip(all, at);
		bool more = part.n > room;

		if (more)
			part.n = room;
		begin_frame(&w->frame, src, dst, 0x86dd);
		add_ip6(&w->frame, src, dst, part.n + IP6_FRAGMENT_HEADER,
			IP6_FRAGMENT);
		buf_add_be16(&w->frame, (uint16_t)(w->protocol << 8));
		buf_add_be16(&w->frame, (uint16_t)(at | more));
		buf_add_be32(&w->frame, w->ip6_id);
		buf_add_span(&w->frame, part);
		put_frame(w, wall_us);
	}
}

static void write_ip6(struct capture_writer *w, int64_t wall_us,
		      const struct addr *src, const struct addr *dst)
{
	if (w->segment.n > MTU - IP6_HEADER) {
		write_ip6_fragments(w, wall_us, src, dst);
		return;
	}
	begin_frame(&w->frame, src, dst, 0x86dd);
	add_ip6(&w->frame, src, dst, w->segment.n, w->protocol);
	buf_add_span(&w->frame, buf_span(&w->segment));
	put_frame(w, wall_us);
}

static void write_segment(struct capture_writer *w, int64_t wall_us,
			  const struct addr *src, const struct addr *dst)
{
	if (dst->family == 6)
		write_ip6(w, wall_us, src, dst);
	else
		write_ip4(w, wall_us, src, dst);
}

static void put_tcp(struct capture_writer *w, int64_t wall_us, unsigned flags,
		    const struct addr *src, const struct addr *dst,
		    struct span data)
{
	segments_next(w->segments, &w->segment, flags, src, dst, data);
	put_be16(&w->segment, SEGMENT_SUM, sum_of(&w->segment, TCP, src, dst));
	w->protocol = TCP;
	write_segment(w, wall_us, src, dst);
}

/* Who accepted, and the ACK of it, are written when there is something to be
 * written after them. */
static void finish_handshake(struct capture_writer *w, int64_t wall_us,
			     const struct addr *src, const struct addr *dst)
{
	struct addr by, to;

	if (!segments_half_open(w->segments, src, dst, &by, &to))
		return;
	put_tcp(w, wall_us, SEGMENT_SYN | SEGMENT_ACK, &to, &by, span_of(""));
	put_tcp(w, wall_us, SEGMENT_ACK, &by, &to, span_of(""));
}

void capture_writer_mark(struct capture_writer *w, int64_t wall_us,
			 enum capture_mark mark, const struct addr *src,
			 const struct addr *dst)
{
	if (mark == CAPTURE_OPENED) {
		put_tcp(w, wall_us, SEGMENT_SYN, src, dst, span_of(""));
		return;
	}
	if (mark == CAPTURE_CLOSED)
		finish_handshake(w, wall_us, src, dst);
	put_tcp(w, wall_us,
		SEGMENT_ACK |
			(mark == CAPTURE_CLOSED ? SEGMENT_FIN : SEGMENT_RST),
		src, dst, span_of(""));
}

static void add_stream(struct capture_writer *w, int64_t wall_us,
		       const struct addr *src, const struct addr *dst,
		       struct span rest)
{
	const size_t room = MTU - SEGMENT_HEADER -
			    (dst->family == 6 ? IP6_HEADER : IP4_HEADER);

	finish_handshake(w, wall_us, src, dst);
	while (rest.n) {
		size_t n = rest.n < room ? rest.n : room;

		put_tcp(w, wall_us, SEGMENT_ACK | SEGMENT_PSH, src, dst,
			span_from(rest.p, n));
		rest = span_skip(rest, n);
	}
}

void capture_writer_add(struct capture_writer *w, int64_t wall_us,
			const struct addr *src, const struct addr *dst,
			const void *p, size_t n)
{
	bool ip6 = dst->family == 6;

	if (addr_is_reliable(src)) {
		add_stream(w, wall_us, src, dst, span_from(p, n));
		return;
	}
	if (n > (size_t)SEGMENT_MAX - UDP_HEADER - (ip6 ? 0 : IP4_HEADER))
		return;
	build_datagram(&w->segment, src, dst, p, n);
	w->protocol = UDP;
	write_segment(w, wall_us, src, dst);
}

void capture_writer_flush(struct capture_writer *w)
{
	if (pcap_dump_flush(w->dump) < 0)
		set_failed(w);
}

int capture_writer_close(struct capture_writer *w, struct err *e)
{
	int rc = 0;

	if (!w)
		return 0;
	if (w->dump) {
		capture_writer_flush(w);
		pcap_dump_close(w->dump);
	}
	if (w->failed)
		rc = err_set(e, ERR_ENV, "%s: cannot be written: %s", w->path,
			     strerror(w->why));
	pcap_close(w->pcap);
	buf_fini(&w->segment);
	segments_free(w->segments);
	buf_fini(&w->frame);
	free(w->buffer);
	free(w->path);
	free(w);
	return rc;
}
