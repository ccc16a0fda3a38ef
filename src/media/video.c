#include "media/video.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/rng.h"
#include "core/xalloc.h"

enum {
	FRAME_US = 1000000 / VIDEO_FRAMES_PER_SECOND,
	FRAME_TICKS = VIDEO_RATE / VIDEO_FRAMES_PER_SECOND,
	KEY_EVERY = VIDEO_FRAMES_PER_SECOND, /* frames */
	KEY_PACKETS = 6,
	PACKETS_MIN = 2, /* of other frames */
	PACKETS_MAX = 4,
	CHUNK = 480, /* octets of a frame in each packet but its last */
	HEAD = 16,
	NOISE = 4096
};

/* Where a packet stands in its frame. */
struct place {
	bool key, first, last;
	uint32_t frame;
};

/* Writes what goes before the noise; returns the octets. */
typedef size_t(head_h)(const struct place *p, uint8_t out[HEAD]);

struct video {
	head_h *head;
	struct rng rng;
	uint8_t noise[NOISE];
	uint8_t payload[HEAD + CHUNK];
	uint32_t frame, count;
	unsigned packet, packets; /* of this frame */
};

/* RFC 6184 section 5.8: every slice in FU-A fragments. What follows the header
 * of the first is the start of a slice header: macroblock 0, slice type I or
 * P, parameter set 0. */
static size_t head_h264(const struct place *p, uint8_t out[HEAD])
{
	uint8_t type = p->key ? 5 : 1, importance = p->key ? 0x60 : 0x40;

	out[0] = (uint8_t)(importance | 28);
	out[1] = (uint8_t)((p->first ? 0x80 : 0) | (p->last ? 0x40 : 0) | type);
	if (!p->first)
		return 2;
	out[2] = p->key ? 0x88 : 0x9a;
	out[3] = 0x84;
	return 4;
}

/* RFC 7741 section 4.2 with a picture id of 15 bits, then, in the first packet
 * of a frame, the frame tag (RFC 6386 section 9.1); a key frame tells its size,
 * 320 by 240. */
static size_t head_vp8(const struct place *p, uint8_t out[HEAD])
{
	static const uint8_t key[] = {0x9d, 0x01, 0x2a, 0x40, 0x01, 0xf0, 0x00};
	size_t n = 4;

	out[0] = (uint8_t)(0x80 | (p->first ? 0x10 : 0));
	out[1] = 0x80;
	out[2] = (uint8_t)(0x80 | (p->frame >> 8 & 0x7f));
	out[3] = (uint8_t)p->frame;
	if (!p->first)
		return n;
	out[n++] = (uint8_t)(0x10 | (p->key ? 0 : 1)); /* is shown */
	out[n++] = 0x10;
	out[n++] = 0;
	if (!p->key)
		return n;
	memcpy(out + n, key, sizeof(key));
	return n + sizeof(key);
}

static head_h *head_of(const char *codec)
{
	if (strcasecmp(codec, "H264") == 0)
		return head_h264;
	return strcasecmp(codec, "VP8") == 0 ? head_vp8 : NULL;
}

bool video_knows(const char *codec)
{
	return head_of(codec) != NULL;
}

static void begin_frame(struct video *v)
{
	unsigned more = rng_below(&v->rng, PACKETS_MAX - PACKETS_MIN + 1);

	v->packet = 0;
	v->packets = v->frame % KEY_EVERY ? PACKETS_MIN + more : KEY_PACKETS;
}

struct video *video_new(const char *codec, uint32_t seed)
{
	head_h *head = head_of(codec);
	struct video *v;
	size_t i;

	if (!head)
		return NULL;
	v = xcalloc(1, sizeof(*v));
	v->head = head;
	rng_init(&v->rng, seed);
	/* without zeros no start code of H.264 is in it */
	for (i = 0; i < NOISE; i++)
		v->noise[i] = (uint8_t)(1 + rng_below(&v->rng, 255));
	begin_frame(v);
	return v;
}

void video_free(struct video *v)
{
	free(v);
}

void video_next(struct video *v, int64_t *at_us, struct rtp *r)
{
	struct place p = {.key = v->frame % KEY_EVERY == 0,
			  .first = v->packet == 0,
			  .last = v->packet + 1 == v->packets,
			  .frame = v->frame};
	uint32_t part = rng_below(&v->rng, CHUNK - 1) + 1;
	uint32_t from = rng_below(&v->rng, NOISE - CHUNK);
	size_t n = v->head(&p, v->payload);
	size_t noise = p.last ? part : CHUNK;

	memcpy(v->payload + n, v->noise + from, noise);
	*at_us = (int64_t)v->frame * FRAME_US;
	memset(r, 0, sizeof(*r));
	r->marker = p.last;
	r->seq = (uint16_t)v->count++;
	r->ts = v->frame * FRAME_TICKS;
	r->payload = span_from((const char *)v->payload, n + noise);
	v->packet++;
	if (!p.last)
		return;
	v->frame++;
	begin_frame(v);
}
