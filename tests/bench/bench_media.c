/* What the media room costs a packet of 20 ms, and six seconds of audio. */
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "core/xalloc.h"
#include "media/codec.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/sound.h"
#include "media/source.h"

enum { PACKET = 160 };

struct state {
	const struct codec *codec;
	struct source *source;
	struct sound sound;
	int16_t pcm[PACKET];
	uint8_t octets[PACKET], packet[RTP_MAX];
	size_t n_packet;
	struct buf rtcp;
};

static void encode(size_t n, void *arg)
{
	struct state *s = arg;

	while (n--) {
		codec_encode(s->codec, s->pcm, PACKET, s->octets);
		BENCH_USE(s);
	}
}

static void decode(size_t n, void *arg)
{
	struct state *s = arg;

	while (n--) {
		codec_decode(s->codec, s->octets, PACKET, s->pcm);
		BENCH_USE(s);
	}
}

static void encode_spandsp(size_t n, void *arg)
{
	struct state *s = arg;
	size_t i;

	while (n--) {
		for (i = 0; i < PACKET; i++)
			s->octets[i] = linear_to_alaw(s->pcm[i]);
		BENCH_USE(s);
	}
}

static void decode_spandsp(size_t n, void *arg)
{
	struct state *s = arg;
	size_t i;

	while (n--) {
		for (i = 0; i < PACKET; i++)
			s->pcm[i] = alaw_to_linear(s->octets[i]);
		BENCH_USE(s);
	}
}

static void next(size_t n, void *arg)
{
	struct state *s = arg;
	int64_t at_us;
	struct rtp r;

	while (n--) {
		source_next(s->source, &at_us, &r);
		BENCH_USE(&r);
	}
}

static void next_and_write(size_t n, void *arg)
{
	struct state *s = arg;
	int64_t at_us;
	struct rtp r;

	while (n--) {
		source_next(s->source, &at_us, &r);
		s->n_packet = rtp_write(&r, s->packet);
		BENCH_USE(s);
	}
}

static void parse(size_t n, void *arg)
{
	struct state *s = arg;
	struct rtp r;

	while (n--) {
		rtp_parse(s->packet, s->n_packet, &r);
		BENCH_USE(&r);
	}
}

static void copy(size_t n, void *arg)
{
	struct state *s = arg;
	uint8_t other[RTP_MAX];

	while (n--) {
		memcpy(other, s->packet, s->n_packet);
		BENCH_USE(other);
	}
}

static void report(size_t n, void *arg)
{
	struct rtcp_sender sender = {.ssrc = 1, .wall_us = 1767225600000000};
	struct state *s = arg;

	while (n--) {
		buf_clear(&s->rtcp);
		rtcp_write_sr(&s->rtcp, &sender, "x9cmRz1VbOqpk4Lu");
	}
}

static void parse_report(size_t n, void *arg)
{
	struct state *s = arg;
	struct rtcp_seen seen;

	while (n--) {
		rtcp_parse(s->rtcp.p, s->rtcp.n, &seen);
		BENCH_USE(&seen);
	}
}

static void make_tone(size_t n, void *arg)
{
	struct state *s = arg;

	while (n--)
		source_free(source_tone(s->codec, 440));
}

static void analyse(size_t n, void *arg)
{
	struct state *s = arg;
	struct sound_facts facts;

	while (n--) {
		sound_analyse(&s->sound, 440, &facts);
		BENCH_USE(&facts);
	}
}

/* Six seconds of what a recorder would have kept. */
static void fill_sound(struct state *s)
{
	int64_t at_us;
	struct rtp r;
	size_t i;

	s->sound.rate = codec_rate(s->codec);
	s->sound.n = 6 * s->sound.rate;
	s->sound.pcm = xreallocarray(NULL, s->sound.n, sizeof(int16_t));
	for (i = 0; i < s->sound.n; i += PACKET) {
		source_next(s->source, &at_us, &r);
		codec_decode(s->codec, (const uint8_t *)r.payload.p, PACKET,
			     s->sound.pcm + i);
	}
	memcpy(s->pcm, s->sound.pcm, sizeof(s->pcm));
}

int main(void)
{
	static struct state s;
	double base;

	s.codec = codec_find("PCMA");
	s.source = source_tone(s.codec, 440);
	buf_init(&s.rtcp, 1500);
	fill_sound(&s);

	bench_head("media, a packet of 20 ms");
	base = bench_row("encode G.711, spandsp", 0, encode_spandsp, &s);
	bench_row("encode G.711", base, encode, &s);
	base = bench_row("decode G.711, spandsp", 0, decode_spandsp, &s);
	bench_row("decode G.711", base, decode, &s);
	bench_row("source_next, tone", 0, next, &s);
	bench_row("source_next, rtp_write", 0, next_and_write, &s);
	base = bench_row("memcpy of a packet", 0, copy, &s);
	bench_row("rtp_parse", base, parse, &s);
	bench_row("rtcp_write_sr", 0, report, &s);
	bench_row("rtcp_parse", 0, parse_report, &s);
	bench_head("media, other");
	bench_row("source_tone", 0, make_tone, &s);
	bench_row("sound_analyse, 6 s", 0, analyse, &s);

	sound_fini(&s.sound);
	source_free(s.source);
	buf_fini(&s.rtcp);
	return 0;
}
