/*
 * media/source.h - what a party says, packet by packet
 *
 * A source makes RTP: a tone, silence or a sound file encoded in 20 ms
 * packets, made-up video, or the packets of a captured stream with their own
 * timing. It has no clock: it says when the next packet is due, counted from
 * its start.
 */
#ifndef MEDIA_SOURCE_H
#define MEDIA_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "media/codec.h"
#include "media/rtp.h"

struct source;

/* Endless tone of -10 dBm0, phase continuous, the same bytes every time. `hz`
 * is taken to 0.1 Hz; 0 and what is not below half the codec's rate is silence.
 */
struct source *source_tone(const struct codec *c, double hz);
struct source *source_silence(const struct codec *c);
/* Ends with the file, its last packet filled up with silence. NULL with the
 * error of sound_read. */
struct source *source_wav(const struct codec *c, const char *path,
			  struct err *e);

/* Endless video (media/video.h); the packets of a frame are due together. NULL
 * for a codec that it does not know. */
struct source *source_video(const char *codec, uint32_t seed);

/* One captured packet: when, from the first one, and its bytes. */
struct source_packet {
	int64_t at_us;
	struct rtp rtp; /* payload points into `bytes` of the owner */
};

/* Plays packets kept elsewhere; `packet` is borrowed and must outlive the
 * source. Payload types, markers, gaps of sequence and timestamp are kept. */
struct source *source_packets(const struct source_packet *packet, size_t n);

void source_free(struct source *s);

/* The next packet: `*at_us` after the start and `*r` with its payload, borrowed
 * until the next one. seq and ts count from 0, ssrc is 0, pt the codec's
 * static one, 0 of video: the sender puts its own on top. A capture's packets come as they
 * are. False at the end. */
bool source_next(struct source *s, int64_t *at_us, struct rtp *r);

/* Whether seq, ssrc, pt are the capture's own and to be kept (translator,
 * RFC 3550 section 7.1). */
bool source_is_captured(const struct source *s);

#endif
