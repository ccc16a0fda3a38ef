/*
 * trace/figures.h - what sequence numbers and timestamps tell of a stream
 *
 * The figures of one RTP stream, packet by packet, after RFC 3550 sections
 * A.1, A.3 and A.8. Nothing is kept of a packet.
 *
 * Where RFC 3550 section A.1 waits for two packets in a row before it believes
 * a jump of the sequence, we believe the first: a jump of over 3000 forward, or
 * of 1024 and more back, starts a new segment. Nothing between two segments
 * counts as lost.
 */
#ifndef TRACE_FIGURES_H
#define TRACE_FIGURES_H

#include <stdbool.h>
#include <stdint.h>

enum {
	FIGURES_DROPOUT = 3000, /* RFC 3550 section A.1 */
	FIGURES_SEEN = 1024	/* how far back a duplicate is known as one */
};

/* Zeroed memory is a stream before its first packet. What every packet touches
 * stands together. */
struct figures {
	uint64_t received; /* sequence numbers, each once */

	/* The segment being received: extended sequence numbers that begin at
	 * 65536 + the first, so that earlier ones stay positive. */
	int64_t top, base; /* highest and lowest seen */
	uint64_t distinct; /* of this segment */

	double jitter_us; /* between packets of one payload type with new
			   * timestamps */
	/* The packet that jitter is measured from. */
	int64_t timed_us;
	uint32_t timed_ts;
	uint8_t timed_pt;
	bool timed;
	bool begun;

	uint64_t duplicates;
	uint64_t reordered;		  /* came after a later one */
	uint64_t closed_gaps;		  /* of the segments before */
	uint64_t seen[FIGURES_SEEN / 64]; /* bit n % FIGURES_SEEN: n was seen */
};

/* A packet at `at_us`; `us_per_tick` of its clock, 0 when that is not known:
 * no jitter then. False when its number was seen before. */
bool figures_add(struct figures *f, uint16_t seq, uint32_t ts, uint8_t pt,
		 int64_t at_us, double us_per_tick);

/* Numbers between the lowest and the highest that did not arrive, over all
 * segments. */
uint64_t figures_gaps(const struct figures *f);

#endif
