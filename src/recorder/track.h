/*
 * recorder/track.h - the sound of one stream, each sample at its time
 *
 * RTP timestamps say where a packet's samples belong; what is missing between
 * them is silence, what comes too late is dropped. Where timestamps cannot be
 * trusted (a new source, a jump of over 30 s) the time of arrival decides.
 */
#ifndef RECORDER_TRACK_H
#define RECORDER_TRACK_H

#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct rec_track;

/* Begins a sound file of `rate` Hz at `path`, replacing it. */
struct rec_track *rec_track_open(const char *path, uint32_t rate,
				 struct err *e);

/* Samples of a packet that arrived now. The file is never more than an hour
 * longer than the time since its first packet, whatever timestamps say. */
void rec_track_put(struct rec_track *t, uint32_t ssrc, uint32_t ts,
		   int64_t now_us, const int16_t *pcm, size_t n);

void rec_track_close(struct rec_track *t); /* NULL is fine */

#endif
