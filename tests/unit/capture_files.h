/*
 * Capture files made byte by byte, and what is read out of them.
 */
#ifndef TESTS_CAPTURE_FILES_H
#define TESTS_CAPTURE_FILES_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum { SEEN_MAX = 16, LINK_ETHERNET = 1 };

static char files_dir[] = "/tmp/capture-test-XXXXXX";
static char files_path[sizeof(files_dir) + 16];

static inline int files_setup(void **state)
{
	(void)state;
	if (!mkdtemp(files_dir))
		return -1;
	snprintf(files_path, sizeof(files_path), "%s/x.pcap", files_dir);
	return 0;
}

static inline int files_teardown(void **state)
{
	(void)state;
	unlink(files_path);
	return rmdir(files_dir);
}

/* What capture_read handed out. */
struct seen {
	size_t n;
	struct {
		int64_t at_us;
		char src[ADDR_TEXT], dst[ADDR_TEXT];
		char text[64]; /* the data's beginning */
		size_t size;
		bool cut;
		size_t frame;
	} at[SEEN_MAX];
	struct capture_info info;
	struct err e;
};

static inline void seen_h(const struct capture_packet *p, void *arg)
{
	struct seen *s = arg;
	size_t i = s->n++;

	if (i >= SEEN_MAX)
		return;
	s->at[i].at_us = p->at_us;
	addr_text(&p->src, s->at[i].src);
	addr_text(&p->dst, s->at[i].dst);
	snprintf(s->at[i].text, sizeof(s->at[i].text), "%.*s",
		 SPAN_ARG(p->data));
	s->at[i].size = p->data.n;
	s->at[i].cut = p->cut;
	s->at[i].frame = p->frame;
}

static inline int read_path(struct seen *s, const char *path)
{
	memset(s, 0, sizeof(*s));
	return capture_read(path, seen_h, s, &s->info, &s->e);
}

static inline void write_bytes(const void *p, size_t n)
{
	FILE *f = fopen(files_path, "wb");

	assert_non_null(f);
	assert_true(!n || fwrite(p, 1, n, f) == n);
	fclose(f);
}

static inline int read_bytes(struct seen *s, const void *p, size_t n)
{
	write_bytes(p, n);
	return read_path(s, files_path);
}

static inline int read_buf(struct seen *s, const struct buf *b)
{
	return read_bytes(s, b->p, b->n);
}

/* ---- packets, always in network order ---- */

static inline void add_udp(struct buf *b, const char *text)
{
	buf_add_be16(b, 4000);
	buf_add_be16(b, 5000);
	buf_add_be16(b, (uint16_t)(8 + strlen(text)));
	buf_add_be16(b, 0);
	buf_add_str(b, text);
}

/* From 10.0.0.1 to 10.0.0.2; `offset` in octets. */
static inline void add_ip4(struct buf *b, uint16_t id, size_t offset, bool more,
			   struct span payload)
{
	buf_add_be16(b, 0x4500);
	buf_add_be16(b, (uint16_t)(20 + payload.n));
	buf_add_be16(b, id);
	buf_add_be16(b, (uint16_t)((more ? 0x2000u : 0u) | offset / 8));
	buf_add_be16(b, 64 << 8 | 17);
	buf_add_be16(b, 0);
	buf_add_be32(b, 0x0a000001);
	buf_add_be32(b, 0x0a000002);
	buf_add_span(b, payload);
}

static inline void add_ip4_udp(struct buf *b, const char *text)
{
	struct buf udp;

	buf_init(&udp, 65535);
	add_udp(&udp, text);
	add_ip4(b, 1, 0, false, buf_span(&udp));
	buf_fini(&udp);
}

/* From 2001:db8::1 to 2001:db8::2. */
static inline void add_ip6(struct buf *b, uint8_t next, struct span payload)
{
	buf_add_be32(b, 0x60000000);
	buf_add_be16(b, (uint16_t)payload.n);
	buf_add_be16(b, (uint16_t)(next << 8 | 64));
	buf_add_be32(b, 0x20010db8);
	buf_add_be32(b, 0);
	buf_add_be32(b, 0);
	buf_add_be32(b, 1);
	buf_add_be32(b, 0x20010db8);
	buf_add_be32(b, 0);
	buf_add_be32(b, 0);
	buf_add_be32(b, 2);
	buf_add_span(b, payload);
}

static inline void add_ethernet(struct buf *b, uint16_t type,
				struct span packet)
{
	buf_add(b, "\2\0\0\0\0\2\2\0\0\0\0\1", 12);
	buf_add_be16(b, type);
	buf_add_span(b, packet);
}

/* An Ethernet frame with one datagram over IPv4. */
static inline void add_frame(struct buf *b, const char *text)
{
	struct buf packet;

	buf_init(&packet, 65535);
	add_ip4_udp(&packet, text);
	add_ethernet(b, 0x0800, buf_span(&packet));
	buf_fini(&packet);
}

/* ---- classic pcap, big-endian microseconds ---- */

static inline void pcap_begin(struct buf *b, uint32_t link)
{
	buf_init(b, 1 << 20);
	buf_add_be32(b, 0xa1b2c3d4);
	buf_add_be32(b, 0x00020004);
	buf_add_be32(b, 0);
	buf_add_be32(b, 0);
	buf_add_be32(b, 262144);
	buf_add_be32(b, link);
}

static inline void pcap_record(struct buf *b, uint32_t sec, uint32_t us,
			       struct span frame, size_t len)
{
	buf_add_be32(b, sec);
	buf_add_be32(b, us);
	buf_add_be32(b, (uint32_t)frame.n);
	buf_add_be32(b, (uint32_t)len);
	buf_add_span(b, frame);
}

/* A record with one datagram. */
static inline void pcap_datagram(struct buf *b, uint32_t sec, uint32_t us,
				 const char *text)
{
	struct buf frame;

	buf_init(&frame, 65535);
	add_frame(&frame, text);
	pcap_record(b, sec, us, buf_span(&frame), frame.n);
	buf_fini(&frame);
}

#endif
