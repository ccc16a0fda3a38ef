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
 * `rate` (0: as in the file). -1 with ERR_ENV (file) or ERR_INPUT ("not a
 * sound file: ..."); text begins with the path. At most 1 hour is read. */
int sound_read(struct sound *s, const char *path, uint32_t rate, struct err *e);
void sound_fini(struct sound *s);

/* Writes 16-bit mono WAV while a recording runs. The header is right after
 * every flush, so a program that is killed leaves a file that plays. */
struct sound_writer;
struct sound_writer *sound_writer_open(const char *path, uint32_t rate,
				       struct err *e);
int sound_writer_add(struct sound_writer *w, const int16_t *pcm, size_t n);
void sound_writer_flush(struct sound_writer *w);
void sound_writer_close(struct sound_writer *w); /* NULL is fine */

/* What is heard. Frames of 20 ms; share: 0..1 of the frames that are not
 * silent and hold the tone (Goertzel: the tone has at least 80% of the frame's
 * energy). */
struct sound_facts {
	double seconds;
	double silent;	   /* share of frames below -50 dBFS */
	double tone;	   /* share of the other frames with `hz` */
	double loudest_hz; /* strongest frequency, 0 when silent */
	double rms;	   /* whole, 0..1 of full scale */
};
void sound_analyse(const struct sound *s, double hz, struct sound_facts *f);

#endif
