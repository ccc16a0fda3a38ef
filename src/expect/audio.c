/*
 * audio, files: what the recorders wrote down.
 */
#include "expect/judge.h"

#include <fnmatch.h>
#include <string.h>

#include "media/sound.h"

/* A tone must be in 80% of the frames that are not silent, and no more than
 * half of all frames may be silent; silence allows 5% of other frames, where
 * a recording begins and ends. */
static const double tone_min = 0.8, tone_silent_max = 0.5, silence_min = 0.95;

static bool analyse(const char *path, double hz, struct sound_facts *f,
		    struct err *e)
{
	struct sound s;

	if (sound_read(&s, path, 0, e) < 0)
		return false;
	memset(f, 0, sizeof(*f));
	if (s.n)
		sound_analyse(&s, hz, f);
	sound_fini(&s);
	return true;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static void add_heard(struct judge *j, const struct sound_facts *f)
{
	if (j->got.n)
		buf_add_str(&j->got, ", ");
	if (f->seconds <= 0)
		buf_add_str(&j->got, "an empty recording");
	else if (f->silent >= silence_min)
		buf_addf(&j->got, "silence (%.1f s)", f->seconds);
	else
		buf_addf(&j->got,
			 "sound of %.1f s, %.0f%% silent, loudest at "
			 "%.0f Hz",
			 f->seconds, 100.0 * f->silent, f->loudest_hz);
}

static void check_tone(struct judge *j, const struct sound_facts *f)
{
	if (f->seconds <= 0 || f->silent > tone_silent_max)
		judge_fail(j, "too much of it is silent");
	else if (j->c->hz > 0 && f->tone < tone_min)
		judge_fail(j,
			   "%.0f Hz is in %.0f%% of what is not silent, not "
			   "in %.0f%% or more",
			   j->c->hz, 100.0 * f->tone, 100.0 * tone_min);
}

/* ---- audio ---- */

static void audio_wanted(struct judge *j)
{
	const struct scn_check *c = j->c;

	if (c->silence)
		buf_addf(&j->wanted, "silence of %s at %s", c->party,
			 c->subject);
	else if (c->hz > 0)
		buf_addf(&j->wanted, "a tone of %.0f Hz of %s at %s", c->hz,
			 c->party, c->subject);
	else
		buf_addf(&j->wanted, "sound of %s at %s", c->party, c->subject);
}

static void audio_file(struct judge *j, const struct trace_file *file)
{
	struct err e = ERR_INIT;
	struct sound_facts f;

	if (!analyse(file->path, j->c->hz, &f, &e)) {
		buf_addf(&j->got, "%sa recording that cannot be read",
			 j->got.n ? ", " : "");
		judge_fail(j, "%s", e.text);
		return;
	}
	add_heard(j, &f);
	if (!j->c->silence)
		check_tone(j, &f);
	else if (f.seconds <= 0 || f.silent < silence_min)
		judge_fail(j, "%.0f%% of it is silent, not %.0f%% or more",
			   100.0 * f.silent, 100.0 * silence_min);
}

static bool is_audio_of(const struct judge *j, const struct trace_file *f)
{
	return f->kind == TRACE_FILE_AUDIO && f->call == j->call && f->server &&
	       f->party && !strcmp(f->server, j->c->subject) &&
	       !strcmp(f->party, j->c->party);
}

void judge_audio(struct judge *j)
{
	const struct trace_file *f;
	size_t i;

	audio_wanted(j);
	for (i = 0; i < trace_n_files(j->t); i++) {
		f = trace_file_at(j->t, i);
		if (is_audio_of(j, f))
			audio_file(j, f);
	}
	if (j->got.n)
		return;
	buf_addf(&j->got, "no recording of %s at %s", j->c->party,
		 j->c->subject);
	judge_fail(j,
		   judge_is_external(j, j->c->subject)
			   ? "%s is not ours: what it wrote is not known"
			   : "%s wrote no audio of that party",
		   j->c->subject);
}

/* ---- files ---- */

static void files_wanted(struct judge *j)
{
	const struct scn_check *c = j->c;

	buf_addf(&j->wanted, "%s files like %s",
		 c->count.set ? c->count.text : "1..", c->subject);
	if (c->duration.set)
		buf_addf(&j->wanted, ", duration %s", c->duration.text);
	if (c->hz > 0)
		buf_addf(&j->wanted, ", tone %.0f Hz", c->hz);
}

static void check_file(struct judge *j, const struct trace_file *file)
{
	const char *name = base_name(file->path);
	const struct scn_check *c = j->c;
	struct err e = ERR_INIT;
	struct sound_facts f;

	buf_addf(&j->got, "%s%s", j->got.n ? ", " : "", name);
	if (!c->duration.set && c->hz <= 0)
		return;
	if (!analyse(file->path, c->hz, &f, &e)) {
		judge_fail(j, "%s", e.text);
		return;
	}
	buf_addf(&j->got, " (%.2f s)", f.seconds);
	if (!want_range(&c->duration, f.seconds * 1e6))
		judge_fail(j, "%s lasts %.2f s", name, f.seconds);
	if (c->hz > 0 && (f.silent > tone_silent_max || f.tone < tone_min))
		judge_fail(j, "%s does not hold %.0f Hz, loudest is %.0f Hz",
			   name, c->hz, f.loudest_hz);
}

/* Ours by its name, another's by where it lies. */
static bool is_meant(const struct judge *j, const struct trace_file *f)
{
	const struct scn_check *c = j->c;

	if (f->kind == TRACE_FILE_OUTSIDE)
		return scenario_reads_disk(j->s, c) &&
		       fnmatch(c->path, f->path, FNM_PATHNAME | FNM_PERIOD) ==
			       0;
	return f->call == j->call &&
	       fnmatch(c->subject, base_name(f->path), 0) == 0;
}

void judge_files(struct judge *j)
{
	const struct scn_check *c = j->c;
	const struct trace_file *f;
	size_t i, n = 0;

	files_wanted(j);
	for (i = 0; i < trace_n_files(j->t); i++) {
		f = trace_file_at(j->t, i);
		if (!is_meant(j, f))
			continue;
		n++;
		check_file(j, f);
	}
	if (!n)
		buf_add_str(&j->got, "none");
	if (c->count.set ? want_range(&c->count, (double)n) : n > 0)
		return;
	if (scenario_reads_disk(j->s, c))
		judge_fail(j, "%zu files like %s were written during the run",
			   n, c->path);
	else
		judge_fail(j, "%zu files have such a name", n);
}
