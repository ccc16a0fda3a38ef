/*
 * How far the packets of a replay are from each other, beside how far they were
 * in the capture that was replayed.
 *
 *     bench_spacing CAPTURE REPLAY
 *
 * Of each stream of the first the one with its SSRC in the second is looked at;
 * a gap is between packets with sequence numbers that follow each other. Prints
 * shell assignments.
 */
#include <stdio.h>
#include <stdlib.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/span.h"
#include "core/xalloc.h"

struct errors {
	int64_t *us;
	size_t n, cap;
};

static uint16_t seq_of(struct span packet)
{
	uint16_t seq = 0;

	packet = span_skip(packet, 2);
	rd_be16(&packet, &seq);
	return seq;
}

static const struct capture_rtp *find(const struct capture_streams *s,
				      uint32_t ssrc)
{
	size_t i;

	for (i = 0; i < s->n; i++)
		if (s->at[i].ssrc == ssrc)
			return &s->at[i];
	return NULL;
}

static void add(struct errors *e, int64_t us)
{
	if (e->n == e->cap) {
		e->cap = e->cap ? e->cap * 2 : 1024;
		e->us = xreallocarray(e->us, e->cap, sizeof(*e->us));
	}
	e->us[e->n++] = us < 0 ? -us : us;
}

/* Both come in order, so one pass through both does. */
static void compare(const struct capture_rtp *was, const struct capture_rtp *is,
		    struct errors *e)
{
	size_t i, k = 1;

	for (i = 1; i < was->n && k < is->n; i++) {
		uint16_t seq = seq_of(was->packet[i].data);

		if (seq != seq_of(is->packet[k].data))
			continue;
		if (seq_of(was->packet[i - 1].data) ==
		    seq_of(is->packet[k - 1].data))
			add(e, is->packet[k].at_us - is->packet[k - 1].at_us -
				       was->packet[i].at_us +
				       was->packet[i - 1].at_us);
		k++;
	}
}

static int by_size(const void *pa, const void *pb)
{
	const int64_t *a = pa, *b = pb;

	return (*a > *b) - (*a < *b);
}

static double share_ms(const struct errors *e, double share)
{
	size_t at = (size_t)((double)e->n * share);

	if (!e->n)
		return -1;
	return (double)e->us[at < e->n ? at : e->n - 1] / 1000;
}

int main(int argc, char **argv)
{
	struct capture_streams was, is;
	struct errors errors = {NULL, 0, 0};
	struct err e = ERR_INIT;
	size_t i;

	if (argc != 3)
		return 2;
	if (capture_streams(&was, argv[1], &e) < 0 ||
	    capture_streams(&is, argv[2], &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (i = 0; i < was.n; i++) {
		const struct capture_rtp *other = find(&is, was.at[i].ssrc);

		if (other)
			compare(&was.at[i], other, &errors);
	}
	qsort(errors.us, errors.n, sizeof(*errors.us), by_size);
	printf("spacing_gaps=%zu\n", errors.n);
	printf("spacing_p50_ms=%.3f\n", share_ms(&errors, 0.5));
	printf("spacing_p99_ms=%.3f\n", share_ms(&errors, 0.99));
	printf("spacing_max_ms=%.3f\n", share_ms(&errors, 1));
	free(errors.us);
	capture_streams_fini(&was);
	capture_streams_fini(&is);
	return 0;
}
