#include "media/source.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/sound.h"
#include "media/video.h"

enum {
	PACKETS_PER_SECOND = 50,
	PACKET_US = 1000000 / PACKETS_PER_SECOND,
	/* Peak of a sine of -10 dBm0 (G.711: full scale is +3.14 dBm0). Even,
	 * so that no sample of a tone lies between two integers: of its
	 * values only 0, 1/2 and 1 are rational. */
	TONE_PEAK = 7218,
	TONE_STEPS_PER_HZ = 10
};

struct source {
	/* Encoded audio: packets are cut from `octets` and never copied. */
	const struct codec *codec; /* NULL: captured packets, or video */
	uint8_t *octets;	   /* owned */
	size_t n_octets;	   /* without what a repeat hangs on */
	size_t pos;
	bool repeats;

	const struct source_packet *packet; /* borrowed */
	size_t n_packets;

	struct video *video; /* owned, or NULL */

	uint32_t count; /* packets made */
};

static size_t packet_octets(const struct codec *c)
{
	return codec_rate(c) / PACKETS_PER_SECOND;
}

static struct source *source_new(const struct codec *c, uint8_t *octets,
				 size_t n, bool repeats)
{
	struct source *s = xcalloc(1, sizeof(*s));

	s->codec = c;
	s->octets = octets;
	s->n_octets = n;
	s->repeats = repeats;
	return s;
}

static uint32_t common_divisor(uint32_t a, uint32_t b)
{
	uint32_t rest;

	while (b) {
		rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

/* Sample `i` of a tone of `steps` turns in `per` samples. The phase is reduced
 * in integers, so the last period is as exact as the first. */
static int16_t tone_sample(uint64_t i, uint32_t steps, uint32_t per)
{
	double turn = (double)(i * steps % per) / per;

	return (int16_t)lround(TONE_PEAK * sin(turn * 2 * M_PI));
}

/* One period of the tone, and a packet more: a packet that begins anywhere in
 * the period lies in one piece. */
struct source *source_tone(const struct codec *c, double hz)
{
	uint32_t per = codec_rate(c) * TONE_STEPS_PER_HZ, steps = 0;
	size_t period, n, i;
	uint8_t *octets;
	int16_t sample;

	if (hz > 0 && hz < codec_rate(c) / 2.0)
		steps = (uint32_t)lround(hz * TONE_STEPS_PER_HZ);
	period = per / common_divisor(per, steps);
	n = period + packet_octets(c);
	octets = xmalloc(n);
	for (i = 0; i < n; i++) {
		sample = tone_sample(i, steps, per);
		codec_encode(c, &sample, 1, octets + i);
	}
	return source_new(c, octets, period, true);
}

struct source *source_silence(const struct codec *c)
{
	return source_tone(c, 0);
}

struct source *source_wav(const struct codec *c, const char *path,
			  struct err *e)
{
	size_t each = packet_octets(c), n;
	struct sound sound;
	uint8_t *octets;

	if (sound_read(&sound, path, codec_rate(c), e) < 0)
		return NULL;
	n = (sound.n + each - 1) / each * each;
	octets = xmalloc(n);
	memset(octets, codec_silence(c), n);
	codec_encode(c, sound.pcm, sound.n, octets);
	sound_fini(&sound);
	return source_new(c, octets, n, false);
}

struct source *source_video(const char *codec, uint32_t seed)
{
	struct video *v = video_new(codec, seed);
	struct source *s;

	if (!v)
		return NULL;
	s = source_new(NULL, NULL, 0, false);
	s->video = v;
	return s;
}

struct source *source_packets(const struct source_packet *packet, size_t n)
{
	struct source *s = source_new(NULL, NULL, 0, false);

	s->packet = packet;
	s->n_packets = n;
	return s;
}

void source_free(struct source *s)
{
	if (!s)
		return;
	free(s->octets);
	video_free(s->video);
	free(s);
}

static bool next_captured(struct source *s, int64_t *at_us, struct rtp *r)
{
	if (s->count == s->n_packets)
		return false;
	*at_us = s->packet[s->count].at_us;
	*r = s->packet[s->count].rtp;
	s->count++;
	return true;
}

static bool next_encoded(struct source *s, int64_t *at_us, struct rtp *r)
{
	size_t each = packet_octets(s->codec);

	if (s->pos >= s->n_octets)
		return false;
	*at_us = (int64_t)s->count * PACKET_US;
	r->marker = !s->count; /* RFC 3551 4.1: a talk spurt begins */
	r->pt = codec_pt(s->codec);
	r->seq = (uint16_t)s->count;
	r->ts = s->count * (uint32_t)each;
	r->ssrc = 0;
	r->payload = span_from((const char *)s->octets + s->pos, each);
	s->pos += each;
	if (s->repeats)
		s->pos %= s->n_octets;
	s->count++;
	return true;
}

bool source_next(struct source *s, int64_t *at_us, struct rtp *r)
{
	if (s->video) {
		video_next(s->video, at_us, r);
		return true;
	}
	return s->codec ? next_encoded(s, at_us, r)
			: next_captured(s, at_us, r);
}

bool source_is_captured(const struct source *s)
{
	return !s->codec && !s->video;
}
