/*
 * media/rtcp.h - RTCP reports (RFC 3550 section 6)
 */
#ifndef MEDIA_RTCP_H
#define MEDIA_RTCP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/span.h"

struct rtcp_sender {
	uint32_t ssrc;
	int64_t wall_us;	  /* NTP time of the report, us since 1970; 0
				   * in a received one: the sender has no clock */
	uint32_t rtp_ts;	  /* the same instant on the stream's clock */
	uint32_t packets, octets; /* payload octets */
};

struct rtcp_block {
	uint32_t ssrc;	      /* reported source */
	uint8_t fraction;     /* lost since the last report, of 256 */
	int32_t lost;	      /* cumulative, 24 bits */
	uint32_t highest_seq; /* extended */
	uint32_t jitter;      /* timestamp units */
	uint32_t lsr, dlsr;
};

/* Compound packets, appended to `b`: SR or RR first, then SDES with the CNAME
 * (section 6.1; its first 255 bytes). `block` NULL: an RR with no block. */
void rtcp_write_sr(struct buf *b, const struct rtcp_sender *s,
		   const char *cname);
void rtcp_write_rr(struct buf *b, uint32_t own_ssrc,
		   const struct rtcp_block *block, const char *cname);
/* The same with a BYE at the end (section 6.6). */
void rtcp_write_sr_bye(struct buf *b, const struct rtcp_sender *s,
		       const char *cname);

/* What a received compound packet says. */
struct rtcp_seen {
	bool sr, rr, bye;
	uint32_t ssrc;		   /* of the first packet */
	struct rtcp_sender sender; /* when `sr` */
	struct rtcp_block block;   /* first report block, when there */
	bool has_block;
	char cname[256]; /* first SDES CNAME as received, or "" */
};

/* False when it is no valid compound RTCP packet (section A.2); `out` is then
 * of no use. Packets of other types are skipped. */
bool rtcp_parse(const void *p, size_t n, struct rtcp_seen *out);

/* The middle 32 bits of NTP time, of which LSR and round trips are made. */
uint32_t rtcp_middle(int64_t wall_us);

/* Whether a datagram on a shared port is RTCP (RFC 5761 section 4). */
bool rtcp_is(const void *p, size_t n);

/* Next report after this long: 5 s times 0.5 to 1.5, half of it at first
 * (section 6.2, 6.3.1); `unit` is random in 0..1. With two members nobody
 * reconsiders, so the division by e - 3/2 that makes up for it is left out:
 * the mean is 5 s, not 4.1. */
int64_t rtcp_interval_us(bool first, double unit);

#endif
