/* audio, files */
#include "expect_fixture.h"

#include <stdio.h>
#include <unistd.h>

#include "media/sound.h"

static char dir[] = "/tmp/test_expect_audio.XXXXXX";

/* A file of `seconds`, the first part of it a tone, the rest silence; known
 * to the trace as a recording. Owned path. */
static char *write_wav(struct stage *st, const char *party, const char *name,
		       double hz, double seconds, double share)
{
	char *path = xasprintf("%s/%s", dir, name);
	size_t i, n = (size_t)(seconds * 8000);
	int16_t *pcm = xcalloc(n + 1, sizeof(*pcm));
	struct sound_writer *w = sound_writer_open(path, 8000, NULL);

	assert_non_null(w);
	for (i = 0; i < (size_t)((double)n * share); i++)
		pcm[i] = (int16_t)(8000 *
				   sin(2 * M_PI * hz * (double)i / 8000));
	sound_writer_add(w, pcm, n);
	sound_writer_close(w);
	free(pcm);
	trace_add_file(st->t, TRACE_FILE_AUDIO, 0, "vault", party, path);
	return path;
}

static void drop(char *path)
{
	unlink(path);
	free(path);
}

static void audio_init(struct stage *st)
{
	stage_init(st, SCN_CHECK_AUDIO, "audio");
	st->check.subject = (char *)"vault";
	st->check.party = (char *)"caller";
}

static void test_audio_tone(void **state)
{
	struct stage st;
	char *path;

	(void)state;
	audio_init(&st);
	path = write_wav(&st, "caller", "vault-caller.wav", 440, 2, 1);
	st.check.hz = 440;
	stage_passes(&st, "a tone of 440 Hz of caller at vault",
		     "sound of 2.0 s, 0% silent, loudest at 440 Hz");
	st.check.hz = 660;
	stage_fails(
		&st, "a tone of 660 Hz of caller at vault",
		"sound of 2.0 s, 0% silent, loudest at 440 Hz",
		"660 Hz is in 0% of what is not silent, not in 80% or more");
	st.check.hz = 0;
	st.check.silence = true;
	stage_fails(&st, "silence of caller at vault",
		    "sound of 2.0 s, 0% silent, loudest at 440 Hz",
		    "0% of it is silent, not 95% or more");
	drop(path);
	stage_fini(&st);
}

static void test_audio_mostly_silent(void **state)
{
	struct stage st;
	char *path;

	(void)state;
	audio_init(&st);
	path = write_wav(&st, "caller", "vault-caller.wav", 440, 2, 0.25);
	st.check.hz = 440;
	stage_fails(&st, "a tone of 440 Hz of caller at vault",
		    "sound of 2.0 s, 75% silent, loudest at 440 Hz",
		    "too much of it is silent");
	drop(path);
	stage_fini(&st);
}

static void test_audio_silence(void **state)
{
	struct stage st;
	char *path;

	(void)state;
	audio_init(&st);
	st.check.silence = true;
	path = write_wav(&st, "caller", "vault-caller.wav", 440, 2, 0);
	stage_passes(&st, "silence of caller at vault", "silence (2.0 s)");
	st.check.silence = false;
	stage_fails(&st, "sound of caller at vault", "silence (2.0 s)",
		    "too much of it is silent");
	drop(path);
	stage_fini(&st);
}

static void test_audio_empty(void **state)
{
	struct stage st;
	char *path;

	(void)state;
	audio_init(&st);
	st.check.silence = true;
	path = write_wav(&st, "caller", "vault-caller.wav", 440, 0, 0);
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	drop(path);
	stage_fini(&st);
}

static void test_audio_missing(void **state)
{
	struct stage st;

	(void)state;
	audio_init(&st);
	stage_fails(&st, "sound of caller at vault",
		    "no recording of caller at vault",
		    "vault wrote no audio of that party");
	st.check.subject = (char *)"far";
	stage_fails(&st, "sound of caller at far",
		    "no recording of caller at far",
		    "far is not ours: what it wrote is not known");
	st.check.subject = (char *)"vault";
	trace_add_file(st.t, TRACE_FILE_AUDIO, 0, "vault", "caller",
		       "/nowhere/x.wav");
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_string_equal(st.v.at[0].got, "a recording that cannot be read");
	assert_non_null(strstr(st.v.at[0].why, "/nowhere/x.wav"));
	stage_fini(&st);
}

static void test_files(void **state)
{
	struct stage st;
	char *a, *b;

	(void)state;
	stage_init(&st, SCN_CHECK_FILES, "files");
	st.check.subject = (char *)"*.wav";
	stage_fails(&st, "1.. files like *.wav", "none",
		    "0 files have such a name");
	a = write_wav(&st, "caller", "a.wav", 440, 1, 1);
	b = write_wav(&st, "callee", "b.wav", 660, 2, 1);
	trace_add_file(st.t, TRACE_FILE_METADATA, 0, "vault", NULL, "v-1.xml");
	st.check.count = stage_range(2, 2, "2");
	stage_passes(&st, "2 files like *.wav", "a.wav, b.wav");
	st.check.duration = stage_range(0.9e6, 1.1e6, "900ms..1100ms");
	stage_fails(&st, "2 files like *.wav, duration 900ms..1100ms",
		    "a.wav (1.00 s), b.wav (2.00 s)", "b.wav lasts 2.00 s");
	st.check.duration.set = false;
	st.check.hz = 440;
	stage_fails(&st, "2 files like *.wav, tone 440 Hz",
		    "a.wav (1.00 s), b.wav (2.00 s)",
		    "b.wav does not hold 440 Hz, loudest is 660 Hz");
	st.check.count.set = false;
	st.check.subject = (char *)"a*";
	stage_passes(&st, "1.. files like a*, tone 440 Hz", "a.wav (1.00 s)");
	drop(a);
	drop(b);
	stage_fini(&st);
}

/* What others wrote is known by where it lies. */
static void test_files_outside(void **state)
{
	char *a, *b, *glob = xasprintf("%s/*.wav", dir);
	char *text = xasprintf("1.. files like %s, duration 2s", glob);
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_FILES, "files");
	a = write_wav(&st, "caller", "a.wav", 440, 1, 1);
	b = write_wav(&st, "callee", "b.wav", 660, 2, 1);
	trace_add_file(st.t, TRACE_FILE_OUTSIDE, -1, NULL, NULL, b);
	trace_add_file(st.t, TRACE_FILE_OUTSIDE, -1, NULL, NULL, "/rec/x.raw");
	st.check.subject = st.check.path = glob;
	st.check.duration = stage_range(1.9e6, 2.1e6, "2s");
	stage_passes(&st, text, "b.wav (2.00 s)");
	st.check.duration.set = false;
	st.check.subject = st.check.path = (char *)"/rec/*.wav";
	stage_fails(&st, "1.. files like /rec/*.wav", "none",
		    "0 files like /rec/*.wav were written during the run");
	/* by name alone: ours, for nobody stands outside */
	st.check.subject = (char *)"*.wav";
	st.check.path = (char *)"/rec/*";
	stage_passes(&st, "1.. files like *.wav", "a.wav, b.wav");
	free(text);
	free(glob);
	drop(a);
	drop(b);
	stage_fini(&st);
}

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_audio_tone),
		cmocka_unit_test(test_audio_mostly_silent),
		cmocka_unit_test(test_audio_silence),
		cmocka_unit_test(test_audio_empty),
		cmocka_unit_test(test_audio_missing),
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_files_outside),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
