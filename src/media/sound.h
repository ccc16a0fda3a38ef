/*
 * media/sound.h - sound files and what is in them
 */
#ifndef MEDIA_SOUND_H
#define MEDIA_SOUND_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

/* Samples of one channel. */
struct sound {
	int16_t *pcm; /* owned */
	size_t n;
	uint32_t rate; /* Hz */
};

/* Reads any format libsndfile knows, mixes to one channel, resamples to
 * `rate` (0: as in the file; else 2000 to 384000). -1 with ERR_ENV (file) or
 * ERR_INPUT ("not a sound file: ..."), `s` empty; text begins with the path.
 * At most 1 hour is read, of at most 64 channels. */
int sound_read(struct sound *s, const char *path, uint32_t rate, struct err *e);
void sound_fini(struct sound *s);

/* Whether sound_read would read it, at the cost of its header. */
int sound_check(const char *path, struct err *e);

/* Writes 16-bit mono WAV while a recording runs. Up to 1600 samples wait in
 * memory. The header is right after every flush, so a program that is killed
 * leaves a file that plays. Adding returns -1 once a write failed (disk full).
 */
struct sound_writer;
struct sound_writer *sound_writer_open(const char *path, uint32_t rate,
				       struct err *e);
int sound_writer_add(struct sound_writer *w, const int16_t *pcm, size_t n);
void sound_writer_flush(struct sound_writer *w);
void sound_writer_close(struct sound_writer *w); /* NULL is fine */

/* What is heard. Frames of 20 ms; a frame holds the tone when at least 80% of
 * its energy is a sine of that frequency. So short a frame cannot tell tones
 * less than 15 Hz apart; loudest_hz can: it is good to 1 Hz at 8000 Hz.
 *
 * Tones are told from 25 Hz to 25 Hz below half the rate; `hz` beyond (0: no
 * tone is asked for) is in no frame. A sound without a whole frame is silent.
 */
struct sound_facts {
	double seconds;
	double silent;	   /* share of frames below -50 dBFS */
	double tone;	   /* share of the other frames with `hz` */
	double loudest_hz; /* of its loudest half second or so, 0 when silent */
	double rms;	   /* whole, 0..1 of full scale */
};
void sound_analyse(const struct sound *s, double hz, struct sound_facts *f);

#endif
