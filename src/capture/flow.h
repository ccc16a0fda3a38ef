/*
 * capture/flow.h - RTP streams of a capture, as figures
 *
 * A flow is one (source, destination, SSRC). It is a stream when SDP speaks of
 * one of its ends, or by itself: five packets in sequence. No packet is kept.
 * Of those that are not streams yet the oldest give way when they are too
 * many, so that other traffic with such first octets costs no memory.
 */
#ifndef CAPTURE_FLOW_H
#define CAPTURE_FLOW_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/calls.h"
#include "capture/capture.h"
#include "capture/ends.h"
#include "core/list.h"
#include "trace/figures.h"

enum flow_kind { FLOW_MEDIA, FLOW_EVENTS, FLOW_NOISE };

/* One payload type of a flow. */
struct flow_type {
	uint8_t pt;
	enum flow_kind kind;
	double us_per_tick; /* 0: not known */
	uint64_t packets;
	char codec[CAPTURE_CODEC]; /* "PCMU/8000", or "" */
};

struct flow_key {
	struct addr src, dst;
	uint32_t ssrc;
};

struct flow {
	struct flow *chain; /* in its slot of the table */
	struct flow *after; /* whose packet came after one of this */
	uint64_t sum;	    /* of the key */
	struct flow_key key;
	unsigned generation; /* of the ends when they were looked for */
	int64_t first_us, last_us;
	bool is_rtp; /* enough of them in sequence, or SDP knows an end */
	uint16_t run, run_seq;
	size_t cut;

	/* Who asked for it, or who sends it, as far as SDP said. */
	const struct end *dst_end, *src_end;

	/* Of the type of the newest packet; `at_packets` are to be added to
	 * its own. */
	struct flow_type *at_type;
	uint8_t at_pt;
	double us_per_tick;
	uint64_t at_packets;

	bool gone;	 /* not in the table any more */
	bool has_events; /* one of its types is */
	struct figures figures;
	struct le le; /* in the list it waits in, or of streams */
	struct flow_type type[CAPTURE_TYPES];
	size_t n_types;
	uint32_t first_ts;
	uint32_t event_ts; /* of the newest event (RFC 4733) */
	unsigned n_events;
	char events[CAPTURE_DIGITS];
};

/* Makes the numbers of packets of its types true. */
void flow_sum_up(struct flow *flow);

struct flows;

struct flows *flows_new(const struct ends *ends); /* `ends` borrowed */
void flows_free(struct flows *f);		  /* NULL is fine */

/* Takes in a datagram; false when it is not RTP. */
bool flows_add(struct flows *f, const struct capture_packet *p);

/* All of them, those that wait too, in no order that means anything: start
 * with NULL. */
struct flow *flows_next(const struct flows *f, const struct flow *at);

#endif
