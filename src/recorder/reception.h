/*
 * recorder/reception.h - how well a stream arrives (RFC 3550 appendix A)
 */
#ifndef RECORDER_RECEPTION_H
#define RECORDER_RECEPTION_H

#include <stdbool.h>
#include <stdint.h>

#include "media/rtcp.h"
#include "media/rtp.h"

/* Embedded; zeroed memory has seen nothing. */
struct reception {
	bool begun;
	uint32_t ssrc;
	uint32_t rate; /* of the timestamps, Hz; 0 counts as 8000 */
	uint16_t max_seq;
	uint32_t cycles;   /* wraps of the sequence number, times 65536 */
	uint32_t base_seq; /* the first one */
	uint64_t received, lost_before; /* all; of earlier sources */
	uint64_t received_here;		/* of this source */
	uint32_t expected_prior;
	uint64_t received_prior;
	int64_t transit; /* of the last packet, timestamp units */
	double jitter;
	uint32_t lsr; /* middle of the last SR's NTP time */
	int64_t sr_us;
};

/* A new SSRC, or a sequence number far off, begins anew; what was lost before
 * stays counted. */
void reception_packet(struct reception *r, const struct rtp *p, int64_t now_us);
/* An event, whose timestamp says nothing of when it was sent. */
void reception_event(struct reception *r, const struct rtp *p);
void reception_sr(struct reception *r, const struct rtcp_sender *s,
		  int64_t now_us);

/* Report block of what came since the last one (section 6.4.1). */
void reception_block(struct reception *r, int64_t now_us, struct rtcp_block *b);

uint64_t reception_lost(const struct reception *r); /* never less than 0 */

#endif
