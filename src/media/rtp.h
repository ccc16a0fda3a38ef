/*
 * media/rtp.h - RTP packets (RFC 3550 section 5.1)
 */
#ifndef MEDIA_RTP_H
#define MEDIA_RTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

enum { RTP_HEADER = 12, RTP_MAX = 1472 };

struct rtp {
	bool marker;
	uint8_t pt; /* 0..127 */
	uint16_t seq;
	uint32_t ts; /* wraps; units of the clock rate */
	uint32_t ssrc;
	struct span payload; /* borrowed, without padding */
};

/* False for anything that is not a whole RTP version 2 packet, RTCP (RFC 5761
 * section 4: types 192 to 223) among it. CSRCs and a header extension are
 * skipped. `out` is of no use after false. */
bool rtp_parse(const void *p, size_t n, struct rtp *out);

/* Writes header and payload into `out` (RTP_MAX bytes); returns the length, 0
 * when the payload is too long. */
size_t rtp_write(const struct rtp *r, uint8_t *out);

/* RFC 3550 section A.1: does a come before b, with wrap-around? */
bool rtp_seq_before(uint16_t a, uint16_t b);
bool rtp_ts_before(uint32_t a, uint32_t b);

#endif
