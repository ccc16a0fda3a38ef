/*
 * Distances of the packets of recorded streams, as a capture of the loopback
 * saw them.
 *
 *     bench_gaps CAPTURE
 *
 * The source sends a stream on under its own SSRC: of two streams with one
 * SSRC the first is the call's, the second the recorded one. The error of a
 * gap is how far it is from 20 ms. Prints shell assignments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

enum { PACKET_US = 20000, WORST_US = 1000000 };

struct way {
	struct addr src, dst;
	uint32_t ssrc;
};

struct stream {
	struct hash_le by_way, by_ssrc;
	struct way way;
	bool recorded;
	int64_t last_us;
	uint16_t last_seq;
};

struct side {
	uint64_t packets, gaps, longer;
	int64_t missing;
	uint32_t error[WORST_US]; /* gaps by their error, in us */
};

struct gaps {
	struct hash by_way, by_ssrc;
	struct side side[2]; /* of the calls, of the recordings */
};

static struct span key_of(const void *p, size_t n)
{
	return span_from(p, n);
}

static struct stream *stream_new(struct gaps *g, const struct way *way)
{
	struct stream *s = xcalloc(1, sizeof(*s));

	s->way = *way;
	s->recorded = hash_find(&g->by_ssrc,
				key_of(&way->ssrc, sizeof(way->ssrc))) != NULL;
	hash_add(&g->by_way, &s->by_way, key_of(&s->way, sizeof(s->way)));
	hash_add(&g->by_ssrc, &s->by_ssrc,
		 key_of(&s->way.ssrc, sizeof(s->way.ssrc)));
	return s;
}

static void count_gap(struct side *side, int64_t gap_us)
{
	int64_t error_us = gap_us - PACKET_US;

	if (error_us < 0)
		error_us = -error_us;
	if (error_us < WORST_US)
		side->error[error_us]++;
	else
		side->longer++;
	side->gaps++;
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct gaps *g = arg;
	struct way way = {p->src, p->dst, 0};
	struct span r = p->data;
	struct hash_le *le;
	struct stream *s;
	struct side *side;
	uint8_t first, second;
	uint16_t seq;
	uint32_t ts;

	/* PCMU only: RTCP and SIP share no second octet with it */
	if (!rd_u8(&r, &first) || first != 0x80 || !rd_u8(&r, &second) ||
	    second & 0x7f || !rd_be16(&r, &seq) || !rd_be32(&r, &ts) ||
	    !rd_be32(&r, &way.ssrc))
		return;
	le = hash_find(&g->by_way, key_of(&way, sizeof(way)));
	s = le ? container_of(le, struct stream, by_way) : stream_new(g, &way);
	side = &g->side[s->recorded];
	side->packets++;
	if (le) {
		int16_t ahead = (int16_t)(uint16_t)(seq - s->last_seq);

		count_gap(side, p->at_us - s->last_us);
		/* one that came late was counted as missing before */
		side->missing += ahead - (ahead > 0);
	}
	s->last_us = p->at_us;
	s->last_seq = seq;
}

static double share_ms(const struct side *side, double share)
{
	uint64_t want = (uint64_t)((double)side->gaps * share), seen = 0;
	size_t us;

	for (us = 0; us < WORST_US && seen <= want; us++)
		seen += side->error[us];
	return (double)us / 1000;
}

static void print(const char *name, const struct side *side)
{
	printf("%s_packets=%llu\n", name, (unsigned long long)side->packets);
	printf("%s_missing=%lld\n", name, (long long)side->missing);
	printf("%s_p50_ms=%.3f\n", name, share_ms(side, 0.5));
	printf("%s_p99_ms=%.3f\n", name, share_ms(side, 0.99));
	printf("%s_p999_ms=%.3f\n", name, share_ms(side, 0.999));
}

int main(int argc, char **argv)
{
	static struct gaps g;
	struct capture_info info;
	struct err e = ERR_INIT;

	if (argc != 2)
		return 2;
	hash_init(&g.by_way);
	hash_init(&g.by_ssrc);
	if (capture_read(argv[1], on_packet, &g, &info, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	print("call", &g.side[0]);
	print("recorded", &g.side[1]);
	return 0;
}
