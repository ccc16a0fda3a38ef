/*
 * media/video.h - video that is made up, in the packets of a codec
 *
 * Frames of noise, 25 a second, cut into packets as the codec's payload format
 * says, with headers that are right as far as RTP goes: nobody decodes them.
 * The number of packets and their times do not depend on the codec.
 */
#ifndef MEDIA_VIDEO_H
#define MEDIA_VIDEO_H

#include <stdbool.h>
#include <stdint.h>

#include "media/rtp.h"

enum { VIDEO_RATE = 90000, VIDEO_FRAMES_PER_SECOND = 25 };

struct video;

/* "H264" (RFC 6184), "VP8" (RFC 7741), in any case. */
bool video_knows(const char *codec);

/* The same seed makes the same video. NULL for a codec that it does not know.
 */
struct video *video_new(const char *codec, uint32_t seed);
void video_free(struct video *v); /* NULL is fine */

/* The next packet, as source_next. It never ends; pt is 0. */
void video_next(struct video *v, int64_t *at_us, struct rtp *r);

#endif
