#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <sndfile.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/xalloc.h"
#include "media/sound.h"

struct fixture {
	char dir[64], path[80];
	struct sound sound;
	struct err e;
};

static int setup(void **state)
{
	struct fixture *f = xcalloc(1, sizeof(*f));

	snprintf(f->dir, sizeof(f->dir), "/tmp/test-sound-XXXXXX");
	if (!mkdtemp(f->dir))
		return -1;
	snprintf(f->path, sizeof(f->path), "%s/x", f->dir);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	sound_fini(&f->sound);
	free(f);
	return 0;
}

/* Replaces the sound by a sine; amplitude of full scale 1. */
static void make_sine(struct sound *s, uint32_t rate, double seconds, double hz,
		      double amplitude)
{
	double turn = 2 * M_PI * hz / rate;
	size_t i;

	sound_fini(s);
	s->rate = rate;
	s->n = (size_t)(rate * seconds);
	s->pcm = xreallocarray(NULL, s->n, sizeof(*s->pcm));
	for (i = 0; i < s->n; i++)
		s->pcm[i] = (int16_t)lround(32767 * amplitude *
					    sin(turn * (double)i));
}

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *f = fopen(path, "wb");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

/* A file of `frames` frames with value[c] in every frame of channel c. */
static void write_channels(const char *path, int format, int rate,
			   const float *value, int channels, int frames)
{
	SF_INFO info = {
		.samplerate = rate, .channels = channels, .format = format};
	SNDFILE *file = sf_open(path, SFM_WRITE, &info);
	int i;

	assert_non_null(file);
	for (i = 0; i < frames; i++)
		assert_int_equal(sf_writef_float(file, value, 1), 1);
	sf_close(file);
}

static void test_write_and_read_again(void **state)
{
	struct fixture *f = *state;
	struct sound_writer *w;
	int16_t pcm[5000];
	size_t i;

	for (i = 0; i < 5000; i++)
		pcm[i] = (int16_t)(i * 13 - 32768);
	w = sound_writer_open(f->path, 16000, &f->e);
	assert_non_null(w);
	for (i = 0; i < 5000; i += 50)
		assert_int_equal(sound_writer_add(w, pcm + i, 50), 0);
	sound_writer_close(w);
	assert_int_equal(sound_read(&f->sound, f->path, 0, &f->e), 0);
	assert_int_equal(sound_check(f->path, &f->e), 0);
	assert_int_equal(f->sound.rate, 16000);
	assert_int_equal(f->sound.n, 5000);
	assert_memory_equal(f->sound.pcm, pcm, sizeof(pcm));
}

/* What a killed program leaves behind: the file as it is after a flush. */
static void test_write_flushed_file_plays(void **state)
{
	struct fixture *f = *state;
	struct sound_writer *w = sound_writer_open(f->path, 8000, &f->e);
	static const int16_t pcm[4000] = {100, 200};
	int got, rc;

	assert_non_null(w);
	sound_writer_add(w, pcm, 4000);
	sound_writer_flush(w);
	rc = sound_read(&f->sound, f->path, 0, &f->e);
	got = (int)f->sound.n;
	sound_writer_add(w, pcm, 10);
	sound_writer_close(w);
	assert_int_equal(rc, 0);
	assert_int_equal(got, 4000);
	assert_int_equal(f->sound.pcm[1], 200);
	sound_fini(&f->sound);
	assert_int_equal(sound_read(&f->sound, f->path, 0, &f->e), 0);
	assert_int_equal(f->sound.n, 4010);
}

static void test_write_one_large_piece(void **state)
{
	struct fixture *f = *state;
	struct sound_writer *w = sound_writer_open(f->path, 8000, &f->e);

	assert_non_null(w);
	make_sine(&f->sound, 8000, 2, 300, 0.5);
	assert_int_equal(sound_writer_add(w, f->sound.pcm, f->sound.n), 0);
	sound_writer_close(w);
	sound_fini(&f->sound);
	assert_int_equal(sound_read(&f->sound, f->path, 0, &f->e), 0);
	assert_int_equal(f->sound.n, 16000);
}

static void test_write_where_nothing_can_be(void **state)
{
	struct fixture *f = *state;

	assert_null(sound_writer_open("/nowhere/x.wav", 8000, &f->e));
	assert_int_equal(f->e.kind, ERR_ENV);
	assert_string_equal(f->e.text,
			    "/nowhere/x.wav: No such file or directory");
	sound_writer_close(NULL);
}

static void test_write_to_a_full_disk(void **state)
{
	static const int16_t pcm[4000];
	struct fixture *f = *state;
	struct sound_writer *w;
	int rc = 0, i;

	if (access("/dev/full", W_OK) < 0)
		skip();
	w = sound_writer_open("/dev/full", 8000, &f->e);
	if (!w) {
		assert_int_equal(f->e.kind, ERR_ENV);
		return;
	}
	for (i = 0; i < 4; i++)
		rc = sound_writer_add(w, pcm, 4000);
	sound_writer_close(w);
	assert_int_equal(rc, -1);
}

static void test_read_mixes_channels(void **state)
{
	static const float left_right[] = {0.5f, -0.25f};
	struct fixture *f = *state;

	write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000,
		       left_right, 2, 100);
	assert_int_equal(sound_read(&f->sound, f->path, 8000, &f->e), 0);
	assert_int_equal(f->sound.n, 100);
	assert_in_range(f->sound.pcm[50], 4095, 4097);
}

static void test_read_64_channels_and_no_more(void **state)
{
	static const float value[65] = {0};
	struct fixture *f = *state;

	write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, value,
		       64, 10);
	assert_int_equal(sound_read(&f->sound, f->path, 8000, &f->e), 0);
	sound_fini(&f->sound);
	write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, value,
		       65, 10);
	assert_int_equal(sound_read(&f->sound, f->path, 8000, &f->e), -1);
	assert_int_equal(f->e.kind, ERR_INPUT);
	assert_non_null(strstr(f->e.text, "/x: 65 channels, at most 64"));
}

static void test_read_floats_beyond_the_scale(void **state)
{
	static const struct {
		float in;
		int want;
	} values[] = {{7, 32767},    {-7, -32768}, {NAN, 0},
		      {INFINITY, 0}, {-1, -32768}, {0.5f, 16384}};
	struct fixture *f = *state;
	size_t i;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_FLOAT, 8000,
			       &values[i].in, 1, 10);
		assert_int_equal(sound_read(&f->sound, f->path, 8000, &f->e),
				 0);
		assert_int_equal(f->sound.pcm[5], values[i].want);
		sound_fini(&f->sound);
	}
}

static const struct {
	uint32_t from, to;
} rates[] = {{8000, 8000},  {16000, 8000},  {44100, 8000}, {48000, 8000},
	     {8000, 48000}, {2000, 384000}, {11025, 16000}};

static void test_read_resamples(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;
	struct sound_writer *w;
	size_t i;

	for (i = 0; i < sizeof(rates) / sizeof(rates[0]); i++) {
		make_sine(&f->sound, rates[i].from, 2, 440, 0.25);
		w = sound_writer_open(f->path, rates[i].from, &f->e);
		sound_writer_add(w, f->sound.pcm, f->sound.n);
		sound_writer_close(w);
		sound_fini(&f->sound);
		assert_int_equal(
			sound_read(&f->sound, f->path, rates[i].to, &f->e), 0);
		sound_analyse(&f->sound, 440, &facts);
		sound_fini(&f->sound);
		if (fabs(facts.seconds - 2) > 0.002 || facts.tone < 0.98 ||
		    fabs(facts.rms - 0.1768) > 0.002)
			fail_msg("%u to %u Hz: %g s, tone %g, rms %g",
				 rates[i].from, rates[i].to, facts.seconds,
				 facts.tone, facts.rms);
	}
}

static void test_read_refuses_odd_rates(void **state)
{
	static const float value = 0;
	struct fixture *f = *state;

	write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 100, &value,
		       1, 10);
	assert_int_equal(sound_read(&f->sound, f->path, 8000, &f->e), -1);
	assert_non_null(strstr(f->e.text, "sampled at 100 Hz"));
	write_channels(f->path, SF_FORMAT_WAV | SF_FORMAT_PCM_16, 8000, &value,
		       1, 10);
	assert_int_equal(sound_read(&f->sound, f->path, 1, &f->e), -1);
	assert_non_null(strstr(f->e.text, "cannot resample to 1 Hz"));
	assert_int_equal(f->e.kind, ERR_INPUT);
}

static void check_refused(struct fixture *f, const char *path,
			  enum err_kind kind, const char *why)
{
	char want[200];

	assert_int_equal(sound_read(&f->sound, path, 8000, &f->e), -1);
	assert_int_equal(f->e.kind, kind);
	snprintf(want, sizeof(want), "%s: %s", path, why);
	assert_memory_equal(f->e.text, want, strlen(want));
	assert_null(f->sound.pcm);
	assert_int_equal(f->sound.n, 0);
	assert_int_equal(sound_check(path, &f->e), -1);
	assert_int_equal(f->e.kind, kind);
	assert_memory_equal(f->e.text, want, strlen(want));
}

static void test_read_what_is_no_sound(void **state)
{
	struct fixture *f = *state;

	check_refused(f, f->path, ERR_ENV, "No such file or directory");
	check_refused(f, f->dir, ERR_ENV, "not a regular file");
	write_file(f->path, "v=0\r\n", 5);
	check_refused(f, f->path, ERR_INPUT, "not a sound file: ");
	assert_int_not_equal(f->e.text[strlen(f->e.text) - 1], '.');
	write_file(f->path, "", 0);
	check_refused(f, f->path, ERR_INPUT, "not a sound file: ");
}

static void test_read_pipe_does_not_block(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(mkfifo(f->path, 0600), 0);
	check_refused(f, f->path, ERR_ENV, "not a regular file");
}

/* Every length of a broken file is read or refused, never worse. */
static void test_read_cut_at_every_byte(void **state)
{
	static const int16_t pcm[20] = {1, 2, 3};
	struct fixture *f = *state;
	struct sound_writer *w = sound_writer_open(f->path, 8000, &f->e);
	char bytes[200];
	size_t whole, n;
	FILE *file;

	sound_writer_add(w, pcm, 20);
	sound_writer_close(w);
	file = fopen(f->path, "rb");
	whole = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	assert_int_equal(whole, 44 + 40);
	for (n = 0; n <= whole; n++) {
		write_file(f->path, bytes, n);
		if (sound_read(&f->sound, f->path, 8000, &f->e) == 0)
			assert_true(f->sound.n <= 20);
		else
			assert_int_equal(f->e.kind, ERR_INPUT);
		sound_fini(&f->sound);
	}
}

static void test_analyse_tone_and_others(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;

	make_sine(&f->sound, 8000, 3, 440, 0.25);
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.seconds > 2.999 && facts.seconds < 3.001);
	assert_true(facts.tone >= 1 && facts.silent <= 0);
	assert_true(fabs(facts.loudest_hz - 440) < 0.2);
	assert_true(fabs(facts.rms - 0.1768) < 0.0005);
	sound_analyse(&f->sound, 660, &facts);
	assert_true(facts.tone <= 0);
	sound_analyse(&f->sound, 480, &facts);
	assert_true(facts.tone <= 0);
	sound_analyse(&f->sound, 0, &facts);
	assert_true(facts.tone <= 0);
}

static void test_analyse_strange_frequencies(void **state)
{
	static const double hz[] = {-1,	   1e-9, 3999.9,  4000,
				    1e300, NAN,	 INFINITY};
	struct fixture *f = *state;
	struct sound_facts facts;
	size_t i;

	make_sine(&f->sound, 8000, 1, 440, 0.25);
	for (i = 0; i < sizeof(hz) / sizeof(hz[0]); i++) {
		sound_analyse(&f->sound, hz[i], &facts);
		assert_true(facts.tone <= 0);
	}
}

static void test_analyse_half_silent(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;

	make_sine(&f->sound, 8000, 2, 660, 0.25);
	memset(f->sound.pcm, 0, 8000 * sizeof(*f->sound.pcm));
	sound_analyse(&f->sound, 660, &facts);
	assert_true(fabs(facts.silent - 0.5) < 0.001);
	assert_true(facts.tone >= 1);
	assert_true(fabs(facts.loudest_hz - 660) < 0.5);
}

/* The threshold of silence is -50 dBFS: 0.00316 of full scale. */
static void test_analyse_quiet(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;

	make_sine(&f->sound, 8000, 1, 440, 0.0040);
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.silent >= 1);
	assert_true(facts.loudest_hz <= 0);
	make_sine(&f->sound, 8000, 1, 440, 0.0050);
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.silent <= 0);
	assert_true(facts.tone >= 1);
}

static void test_analyse_mix_of_two(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;
	size_t i;

	make_sine(&f->sound, 8000, 1, 440, 0.25);
	for (i = 0; i < f->sound.n; i++)
		f->sound.pcm[i] = (int16_t)(f->sound.pcm[i] +
					    8000 * sin(660 * 2 * M_PI / 8000 *
						       (double)i));
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.tone < 0.2);
}

static void test_analyse_nothing(void **state)
{
	struct sound none = {0};
	struct sound_facts facts;

	(void)state;
	sound_analyse(&none, 440, &facts);
	assert_true(facts.silent >= 1);
	assert_true(facts.tone <= 0 && facts.rms <= 0);
	assert_true(facts.seconds <= 0 && facts.loudest_hz <= 0);
}

static void test_analyse_shorter_than_a_frame(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;

	make_sine(&f->sound, 8000, 0.01, 1000, 0.5);
	sound_analyse(&f->sound, 1000, &facts);
	assert_true(facts.silent >= 1);
	assert_true(facts.rms > 0.3);
	assert_true(fabs(facts.loudest_hz - 1000) < 50);
}

/* Below 20 Hz nothing is looked for, and what leaks from there does not make
 * up a frequency. */
static void test_analyse_rumble(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;

	make_sine(&f->sound, 8000, 1, 18, 0.5);
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.loudest_hz >= 20 && facts.loudest_hz < 25);
}

static void test_analyse_constant_is_no_tone(void **state)
{
	struct fixture *f = *state;
	struct sound_facts facts;
	size_t i;

	make_sine(&f->sound, 8000, 1, 440, 0);
	for (i = 0; i < f->sound.n; i++)
		f->sound.pcm[i] = INT16_MIN;
	sound_analyse(&f->sound, 440, &facts);
	assert_true(facts.tone <= 0 && facts.silent <= 0);
	assert_true(facts.rms >= 1 && facts.rms < 1.0001);
	assert_true(facts.loudest_hz <= 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_write_and_read_again),
		CASE(test_write_flushed_file_plays),
		CASE(test_write_one_large_piece),
		CASE(test_write_where_nothing_can_be),
		CASE(test_write_to_a_full_disk),
		CASE(test_read_mixes_channels),
		CASE(test_read_64_channels_and_no_more),
		CASE(test_read_floats_beyond_the_scale),
		CASE(test_read_resamples),
		CASE(test_read_refuses_odd_rates),
		CASE(test_read_what_is_no_sound),
		CASE(test_read_pipe_does_not_block),
		CASE(test_read_cut_at_every_byte),
		CASE(test_analyse_tone_and_others),
		CASE(test_analyse_strange_frequencies),
		CASE(test_analyse_half_silent),
		CASE(test_analyse_quiet),
		CASE(test_analyse_mix_of_two),
		CASE(test_analyse_nothing),
		CASE(test_analyse_shorter_than_a_frame),
		CASE(test_analyse_rumble),
		CASE(test_analyse_constant_is_no_tone),
	};

	return cmocka_run_group_tests_name("media_sound", tests, NULL, NULL);
}
