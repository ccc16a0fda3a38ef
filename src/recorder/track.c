#include "recorder/track.h"

#include <stdbool.h>
#include <stdlib.h>

#include "core/xalloc.h"
#include "media/sound.h"

enum { JUMP_S = 30, AHEAD_S = 3600, SILENCE = 800 };

struct rec_track {
	struct sound_writer *file;
	uint32_t rate;
	bool begun;
	uint32_t ssrc;
	uint32_t next_ts;  /* of the sample after the last one written */
	int64_t start_us;  /* arrival of the first packet */
	uint64_t written;  /* samples */
	uint64_t unsafe_n; /* of them since the header was right */
};

struct rec_track *rec_track_open(const char *path, uint32_t rate, struct err *e)
{
	struct sound_writer *file = sound_writer_open(path, rate, e);
	struct rec_track *t;

	if (!file)
		return NULL;
	t = xcalloc(1, sizeof(*t));
	t->file = file;
	t->rate = rate;
	return t;
}

void rec_track_close(struct rec_track *t)
{
	if (!t)
		return;
	sound_writer_close(t->file);
	free(t);
}

/* Samples that fit into the time since the first packet. */
static uint64_t samples_until(const struct rec_track *t, int64_t now_us)
{
	int64_t us = now_us - t->start_us;

	/* in two steps: a session of years would overflow the product */
	return (uint64_t)(us / 1000000) * t->rate +
	       (uint64_t)(us % 1000000) * t->rate / 1000000;
}

/* A program that is killed leaves all but the last second. */
static void make_safe(struct rec_track *t, size_t n)
{
	t->unsafe_n += n;
	if (t->unsafe_n < t->rate)
		return;
	sound_writer_flush(t->file);
	t->unsafe_n = 0;
}

static void write(struct rec_track *t, const int16_t *pcm, size_t n)
{
	sound_writer_add(t->file, pcm, n);
	t->written += n;
	make_safe(t, n);
}

static void write_silence(struct rec_track *t, uint64_t n)
{
	static const int16_t silence[SILENCE];

	for (; n > SILENCE; n -= SILENCE)
		write(t, silence, SILENCE);
	write(t, silence, (size_t)n);
}

static bool has_room(const struct rec_track *t, int64_t now_us, uint64_t n)
{
	return t->written + n <=
	       samples_until(t, now_us) + (uint64_t)AHEAD_S * t->rate;
}

/* Goes on where the clock says we are. */
static void continue_at(struct rec_track *t, int64_t now_us)
{
	uint64_t here = samples_until(t, now_us);

	if (here > t->written)
		write_silence(t, here - t->written);
}

static bool is_continuous(const struct rec_track *t, uint32_t ssrc, int32_t gap)
{
	int64_t jump = (int64_t)JUMP_S * t->rate;

	return t->begun && t->ssrc == ssrc && gap <= jump && gap >= -jump;
}

void rec_track_put(struct rec_track *t, uint32_t ssrc, uint32_t ts,
		   int64_t now_us, const int16_t *pcm, size_t n)
{
	int32_t gap = (int32_t)(ts - t->next_ts);
	size_t late = 0;

	if (!t->begun)
		t->start_us = now_us;
	if (!is_continuous(t, ssrc, gap)) {
		continue_at(t, now_us);
		gap = 0;
	}
	if (gap < 0)
		late = (size_t)-gap < n ? (size_t)-gap : n;
	if (!has_room(t, now_us, (gap > 0 ? (uint64_t)gap : 0) + n - late))
		return;
	if (gap > 0)
		write_silence(t, (uint64_t)gap);
	write(t, pcm + late, n - late);
	if (late < n)
		t->next_ts = ts + (uint32_t)n;
	t->begun = true;
	t->ssrc = ssrc;
}
