#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/xalloc.h"
#include "media/sound.h"
#include "media/source.h"

struct fixture {
	struct source *source;
	char path[64];
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));
	int fd;

	snprintf(f->path, sizeof(f->path), "/tmp/test-source-XXXXXX");
	fd = mkstemp(f->path);
	if (fd >= 0)
		close(fd);
	*state = f;
	return fd < 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	source_free(f->source);
	free(f);
	return 0;
}

/* Decodes `n` packets of the source, checking what each says of itself. */
static void hear(struct source *s, const struct codec *c, size_t n,
		 struct sound *out)
{
	int64_t at_us;
	struct rtp r;
	size_t i;

	out->rate = codec_rate(c);
	out->n = n * 160;
	out->pcm = xreallocarray(NULL, out->n, sizeof(*out->pcm));
	for (i = 0; i < n; i++) {
		assert_true(source_next(s, &at_us, &r));
		assert_int_equal(at_us, i * 20000);
		assert_int_equal(r.seq, i & 0xffff);
		assert_int_equal(r.ts, i * 160);
		assert_int_equal(r.ssrc, 0);
		assert_int_equal(r.pt, codec_pt(c));
		assert_int_equal(r.marker, i == 0);
		assert_int_equal(r.payload.n, 160);
		codec_decode(c, (const uint8_t *)r.payload.p, 160,
			     out->pcm + i * 160);
	}
}

static const struct {
	const char *name, *codec;
	double hz;
} tones[] = {
	{"whole packets a period", "PCMU", 400},
	{"eleven periods in 200 samples", "PCMU", 440},
	{"the callee's", "PCMA", 660},
	{"prime", "PCMU", 997},
	{"tenths of a Hz", "PCMA", 440.5},
	{"low", "PCMU", 50},
	{"high", "PCMA", 3900},
};

static void test_tone_is_heard(void **state)
{
	struct fixture *f = *state;
	const struct codec *c;
	struct sound_facts facts;
	struct sound sound;
	size_t i;

	for (i = 0; i < sizeof(tones) / sizeof(tones[0]); i++) {
		c = codec_find(tones[i].codec);
		f->source = source_tone(c, tones[i].hz);
		hear(f->source, c, 100, &sound);
		sound_analyse(&sound, tones[i].hz, &facts);
		sound_fini(&sound);
		source_free(f->source);
		f->source = NULL;
		if (facts.tone < 1 || facts.silent > 0 ||
		    facts.loudest_hz < tones[i].hz - 0.5 ||
		    facts.loudest_hz > tones[i].hz + 0.5)
			fail_msg("%s: tone %g, silent %g, loudest %g Hz",
				 tones[i].name, facts.tone, facts.silent,
				 facts.loudest_hz);
	}
}

/* -10 dBm0: 13.14 dB below a sine of full scale, which is 0.7071. */
static void test_tone_level(void **state)
{
	struct fixture *f = *state;
	const struct codec *c = codec_find("PCMA");
	struct sound_facts facts;
	struct sound sound;

	f->source = source_tone(c, 440);
	hear(f->source, c, 50, &sound);
	sound_analyse(&sound, 440, &facts);
	sound_fini(&sound);
	assert_in_range((int)(facts.rms * 10000), 1540, 1575);
}

/* Sample by sample the same as one sine that never started anew. */
static void test_tone_phase_goes_on(void **state)
{
	struct fixture *f = *state;
	const struct codec *c = codec_find("PCMU");
	struct source *again = source_tone(c, 997);
	struct rtp a, b;
	int64_t at_us;
	char first[160];
	size_t i;

	f->source = source_tone(c, 997);
	source_next(f->source, &at_us, &a);
	memcpy(first, a.payload.p, 160);
	/* 997 Hz comes round after 8000 samples, 50 packets. */
	for (i = 0; i < 50; i++) {
		source_next(f->source, &at_us, &a);
		source_next(again, &at_us, &b);
		if (i < 49)
			assert_memory_not_equal(a.payload.p, first, 160);
	}
	assert_memory_equal(a.payload.p, first, 160);
	source_free(again);
}

static void test_tone_outside_is_silence(void **state)
{
	static const double hz[] = {0, -440, 4000, 1e300};
	struct fixture *f = *state;
	const struct codec *c = codec_find("PCMU");
	struct rtp r;
	int64_t at_us;
	size_t i, k;

	for (i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		f->source = source_tone(c, hz[i]);
		assert_true(source_next(f->source, &at_us, &r));
		for (k = 0; k < r.payload.n; k++)
			assert_int_equal((uint8_t)r.payload.p[k], 0xff);
		source_free(f->source);
		f->source = NULL;
	}
}

static void test_silence_has_no_end(void **state)
{
	struct fixture *f = *state;
	const struct codec *c = codec_find("PCMA");
	struct sound_facts facts;
	struct sound sound;

	f->source = source_silence(c);
	hear(f->source, c, 66000, &sound);
	sound_analyse(&sound, 440, &facts);
	sound_fini(&sound);
	assert_true(facts.silent >= 1);
	assert_false(source_is_captured(f->source));
}

static void write_wav(const char *path, size_t n)
{
	struct sound_writer *w = sound_writer_open(path, 8000, NULL);
	int16_t sample = 8000;

	assert_non_null(w);
	while (n--)
		assert_int_equal(sound_writer_add(w, &sample, 1), 0);
	sound_writer_close(w);
}

static void test_wav_ends_in_a_full_packet(void **state)
{
	struct fixture *f = *state;
	const struct codec *c = codec_find("PCMU");
	struct err e = ERR_INIT;
	struct sound sound;
	int64_t at_us;
	struct rtp r;

	write_wav(f->path, 2 * 160 + 1);
	f->source = source_wav(c, f->path, &e);
	assert_non_null(f->source);
	hear(f->source, c, 3, &sound);
	assert_false(source_next(f->source, &at_us, &r));
	assert_false(source_next(f->source, &at_us, &r));
	assert_in_range(sound.pcm[320], 7900, 8200);
	assert_int_equal(sound.pcm[321], 0);
	assert_int_equal(sound.pcm[479], 0);
	sound_fini(&sound);
}

static void test_wav_without_samples(void **state)
{
	struct fixture *f = *state;
	struct err e = ERR_INIT;
	int64_t at_us;
	struct rtp r;

	write_wav(f->path, 0);
	f->source = source_wav(codec_find("PCMU"), f->path, &e);
	assert_non_null(f->source);
	assert_false(source_next(f->source, &at_us, &r));
}

static void test_wav_missing(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_null(source_wav(codec_find("PCMU"), "/nowhere/bob.wav", &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_string_equal(e.text,
			    "/nowhere/bob.wav: No such file or directory");
}

static void test_captured_stays_as_it_was(void **state)
{
	static const struct source_packet packets[] = {
		{0,
		 {.marker = true,
		  .pt = 8,
		  .seq = 65535,
		  .ts = 77,
		  .ssrc = 5,
		  .payload = {"ab", 2}}},
		{19000,
		 {.pt = 101,
		  .seq = 0,
		  .ts = 77,
		  .ssrc = 5,
		  .payload = {"c", 1}}},
		{61000, {.pt = 8, .seq = 3, .ts = 557, .ssrc = 5}},
	};
	struct fixture *f = *state;
	int64_t at_us;
	struct rtp r;
	size_t i;

	f->source = source_packets(packets, 3);
	assert_true(source_is_captured(f->source));
	for (i = 0; i < 3; i++) {
		assert_true(source_next(f->source, &at_us, &r));
		assert_int_equal(at_us, packets[i].at_us);
		assert_int_equal(r.marker, packets[i].rtp.marker);
		assert_int_equal(r.pt, packets[i].rtp.pt);
		assert_int_equal(r.seq, packets[i].rtp.seq);
		assert_int_equal(r.ts, packets[i].rtp.ts);
		assert_int_equal(r.ssrc, 5);
		assert_true(span_eq(r.payload, packets[i].rtp.payload));
	}
	assert_false(source_next(f->source, &at_us, &r));
}

static void test_captured_nothing(void **state)
{
	struct fixture *f = *state;
	int64_t at_us;
	struct rtp r;

	f->source = source_packets(NULL, 0);
	assert_true(source_is_captured(f->source));
	assert_false(source_next(f->source, &at_us, &r));
}

/* Of a key frame and of the next: first packet, second, last. */
static const struct {
	const char *codec;
	uint8_t key[3], more[2];
	size_t head; /* where that octet is */
} videos[] = {
	/* FU header (RFC 6184 5.8): start, middle, end of type 5, then 1 */
	{"H264", {0x85, 0x05, 0x45}, {0x81, 0x41}, 1},
	/* descriptor (RFC 7741 4.2): S of a partition's start */
	{"vp8", {0x90, 0x80, 0x80}, {0x90, 0x80}, 0},
};

static uint8_t octet(const struct rtp *r, size_t at)
{
	assert_true(at < r->payload.n);
	return (uint8_t)r->payload.p[at];
}

static void check_video(struct fixture *f, size_t row)
{
	size_t at = videos[row].head, n = 0, packets = 0;
	uint32_t frame = 0;
	int64_t at_us;
	struct rtp r;

	f->source = source_video(videos[row].codec, 7);
	assert_false(source_is_captured(f->source));
	for (packets = 0; frame < 26; packets++) {
		assert_true(source_next(f->source, &at_us, &r));
		assert_int_equal(at_us, frame * 40000);
		assert_int_equal(r.ts, frame * 3600);
		assert_int_equal(r.seq, packets);
		assert_true(r.payload.n > 4 && r.payload.n < RTP_MAX - 100);
		if (frame == 0)
			assert_int_equal(octet(&r, at),
					 videos[row].key[n == 0	    ? 0
							 : r.marker ? 2
								    : 1]);
		if (frame == 1 && (n == 0 || r.marker))
			assert_int_equal(octet(&r, at),
					 videos[row].more[n != 0]);
		n++;
		if (!r.marker)
			continue;
		assert_in_range(n, 2, 6);
		n = 0;
		frame++;
	}
	assert_true(packets > 52);
	source_free(f->source);
	f->source = NULL;
}

static void test_video_frames(void **state)
{
	size_t i;

	for (i = 0; i < sizeof(videos) / sizeof(*videos); i++)
		check_video(*state, i);
}

static void test_video_is_the_same_again(void **state)
{
	struct source *a = source_video("H264", 1);
	struct source *b = source_video("H264", 1);
	struct source *c = source_video("H264", 2);
	struct rtp r, s, t;
	int64_t at_us;
	bool other = false;
	int i;

	(void)state;
	for (i = 0; i < 100; i++) {
		source_next(a, &at_us, &r);
		source_next(b, &at_us, &s);
		source_next(c, &at_us, &t);
		assert_true(span_eq(r.payload, s.payload));
		other |= !span_eq(r.payload, t.payload);
	}
	assert_true(other);
	assert_null(source_video("H265", 1));
	source_free(a);
	source_free(b);
	source_free(c);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_tone_is_heard),
		CASE(test_tone_level),
		CASE(test_tone_phase_goes_on),
		CASE(test_tone_outside_is_silence),
		CASE(test_silence_has_no_end),
		CASE(test_wav_ends_in_a_full_packet),
		CASE(test_wav_without_samples),
		CASE(test_wav_missing),
		CASE(test_captured_stays_as_it_was),
		CASE(test_captured_nothing),
		CASE(test_video_frames),
		CASE(test_video_is_the_same_again),
	};

	return cmocka_run_group_tests_name("media_source", tests, NULL, NULL);
}
