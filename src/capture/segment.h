/*
 * capture/segment.h - TCP segments of connections that a file is to show
 *
 * Keeps the numbers of each direction, and whether who was called has answered
 * yet. Nothing is ever lost here, so nothing is sent twice.
 */
#ifndef CAPTURE_SEGMENT_H
#define CAPTURE_SEGMENT_H

#include "core/addr.h"
#include "core/buf.h"

/* RFC 9293 section 3.1. */
enum {
	SEGMENT_FIN = 1,
	SEGMENT_SYN = 2,
	SEGMENT_RST = 4,
	SEGMENT_PSH = 8,
	SEGMENT_ACK = 16,
	SEGMENT_HEADER = 20,
	SEGMENT_SUM = 16 /* where the checksum is, 0 for now */
};

struct segments;

struct segments *segments_new(void);
void segments_free(struct segments *s); /* NULL is fine */

/* The next segment from `src` to `dst`, in place of what `out` holds. */
void segments_next(struct segments *s, struct buf *out, unsigned flags,
		   const struct addr *src, const struct addr *dst,
		   struct span data);

/* Whether a SYN of the connection waits for its answer: `by` sent it, `to` is
 * to answer. */
bool segments_half_open(const struct segments *s, const struct addr *src,
			const struct addr *dst, struct addr *by,
			struct addr *to);

#endif
