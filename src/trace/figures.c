#include "trace/figures.h"

#include <string.h>

/* Numbers are never negative; unsigned ones divide faster. */
static uint64_t *word_of(struct figures *f, int64_t n)
{
	return &f->seen[(uint64_t)n % FIGURES_SEEN / 64];
}

static uint64_t bit_of(int64_t n)
{
	return UINT64_C(1) << ((uint64_t)n % 64);
}

static uint64_t open_gaps(const struct figures *f)
{
	return f->begun ? (uint64_t)(f->top - f->base + 1) - f->distinct : 0;
}

uint64_t figures_gaps(const struct figures *f)
{
	return f->closed_gaps + open_gaps(f);
}

static void begin_segment(struct figures *f, uint16_t seq)
{
	f->closed_gaps += open_gaps(f);
	f->begun = true;
	f->timed = false;
	f->base = f->top = 65536 + seq;
	f->distinct = 0;
	memset(f->seen, 0, sizeof(f->seen));
}

/* Numbers passed over have not been seen. */
static void advance(struct figures *f, int64_t top)
{
	int64_t n;

	if (top - f->top >= FIGURES_SEEN)
		memset(f->seen, 0, sizeof(f->seen));
	else
		for (n = f->top + 1; n < top; n++)
			*word_of(f, n) &= ~bit_of(n);
	f->top = top;
}

/* Puts a sequence number in its place; false when it was seen before. */
static bool place(struct figures *f, uint16_t seq)
{
	int delta = (int16_t)(uint16_t)(seq - (uint16_t)f->top);
	int64_t n = f->top + delta;

	if (!f->begun || delta > FIGURES_DROPOUT || delta <= -FIGURES_SEEN) {
		begin_segment(f, seq);
		n = f->top;
	} else if (delta > 0) {
		advance(f, n);
	} else if (*word_of(f, n) & bit_of(n)) {
		f->duplicates++;
		return false;
	} else {
		f->reordered++;
		if (n < f->base)
			f->base = n;
	}
	*word_of(f, n) |= bit_of(n);
	f->distinct++;
	f->received++;
	return true;
}

/* RFC 3550 section A.8, between neighbours of one payload type. A packet that
 * repeats a timestamp, as events (RFC 4733) and video do, tells nothing of
 * when it was due and is passed over. */
static void measure_jitter(struct figures *f, uint32_t ts, uint8_t pt,
			   int64_t at_us, double us_per_tick)
{
	int32_t ticks = (int32_t)(ts - f->timed_ts);
	double d;

	if (f->timed && f->timed_pt == pt) {
		if (ticks == 0)
			return;
		d = (double)(at_us - f->timed_us) - (double)ticks * us_per_tick;
		f->jitter_us += ((d < 0 ? -d : d) - f->jitter_us) / 16;
	}
	f->timed = true;
	f->timed_us = at_us;
	f->timed_ts = ts;
	f->timed_pt = pt;
}

bool figures_add(struct figures *f, uint16_t seq, uint32_t ts, uint8_t pt,
		 int64_t at_us, double us_per_tick)
{
	if (!place(f, seq))
		return false;
	if (us_per_tick > 0)
		measure_jitter(f, ts, pt, at_us, us_per_tick);
	return true;
}
