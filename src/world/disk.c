/* What recorders outside write while a run goes on, for `files` checks. */
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/xalloc.h"
#include "media/sound.h"
#include "world/priv.h"

/* So long nothing may change before what was wanted counts as complete, and so
 * long it is waited for. */
#define QUIET_US INT64_C(300000)
#define PATIENCE_US INT64_C(5000000)

/* A file as it was seen. */
struct seen {
	char *path; /* owned */
	ino_t ino;
	off_t size;
	struct timespec written;
};

struct seen_list {
	struct seen *at; /* owned, by path */
	size_t n;
};

/* One check. */
struct look {
	const struct scn_check *check;
	struct seen_list before; /* when the run began */
	struct seen_list now;	 /* at the last look, without those */
};

struct disk {
	struct look *look; /* owned */
	size_t n;
	int64_t give_up_us; /* 0: nobody waits yet */
	int64_t changed_us; /* since then all looked the same */
};

static void seen_fini(struct seen_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->at[i].path);
	free(l->at);
	memset(l, 0, sizeof(*l));
}

static bool same_state(const struct seen *a, const struct seen *b)
{
	return a->ino == b->ino && a->size == b->size &&
	       a->written.tv_sec == b->written.tv_sec &&
	       a->written.tv_nsec == b->written.tv_nsec;
}

static bool has(const struct seen_list *l, const struct seen *s)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (strcmp(l->at[i].path, s->path) == 0)
			return same_state(&l->at[i], s);
	return false;
}

/* Files that the check means, but for those of `but` (may be NULL). */
static void see(const struct scn_check *c, const struct seen_list *but,
		struct seen_list *out)
{
	struct stat st;
	glob_t g;
	size_t i;

	memset(out, 0, sizeof(*out));
	if (glob(c->path, 0, NULL, &g) != 0)
		return;
	out->at = xcalloc(g.gl_pathc + 1, sizeof(*out->at));
	for (i = 0; i < g.gl_pathc; i++) {
		struct seen *s = &out->at[out->n];

		if (stat(g.gl_pathv[i], &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		*s = (struct seen){.path = g.gl_pathv[i],
				   .ino = st.st_ino,
				   .size = st.st_size,
				   .written = st.st_mtim};
		if (but && has(but, s))
			continue;
		s->path = xstrdup(g.gl_pathv[i]);
		out->n++;
	}
	globfree(&g);
}

void disk_begin(struct world *w)
{
	struct disk *d = xcalloc(1, sizeof(*d));
	size_t i;

	w->disk = d;
	d->look = xcalloc(w->s->n_checks + 1, sizeof(*d->look));
	for (i = 0; i < w->s->n_checks; i++) {
		if (!scenario_reads_disk(w->s, &w->s->check[i]))
			continue;
		d->look[d->n].check = &w->s->check[i];
		see(&w->s->check[i], NULL, &d->look[d->n++].before);
	}
}

/* Whether the files may be what the check wants. */
static bool is_enough(const struct look *l)
{
	const struct scn_check *c = l->check;
	size_t i;

	if (c->count.set ? (double)l->now.n < c->count.min : !l->now.n)
		return false;
	for (i = 0; (c->duration.set || c->hz > 0) && i < l->now.n; i++)
		if (sound_check(l->now.at[i].path, NULL) < 0)
			return false;
	return true;
}

/* Looks again; whether anything is not as it was. */
static bool look_again(struct look *l)
{
	struct seen_list now;
	bool changed;
	size_t i;

	see(l->check, &l->before, &now);
	changed = now.n != l->now.n;
	for (i = 0; i < now.n; i++)
		changed = changed || !has(&l->now, &now.at[i]);
	seen_fini(&l->now);
	l->now = now;
	return changed;
}

bool disk_waits(struct world *w)
{
	struct disk *d = w->disk;
	int64_t now_us = loop_now(w->loop);
	bool enough = true, changed = false;
	size_t i;

	for (i = 0; i < d->n; i++) {
		changed = look_again(&d->look[i]) || changed;
		enough = is_enough(&d->look[i]) && enough;
	}
	if (!d->n || w->conf->clock != SCN_CLOCK_REAL || w->interrupted)
		return false;
	if (!d->give_up_us)
		d->give_up_us = now_us + PATIENCE_US;
	if (changed || !d->changed_us)
		d->changed_us = now_us;
	return now_us < d->give_up_us &&
	       (!enough || now_us - d->changed_us < QUIET_US);
}

static bool is_told(const struct trace *t, const char *path)
{
	size_t i;

	for (i = 0; i < trace_n_files(t); i++)
		if (strcmp(trace_file_at(t, i)->path, path) == 0)
			return true;
	return false;
}

void disk_end(struct world *w)
{
	size_t i, k;

	for (i = 0; i < w->disk->n; i++) {
		const struct seen_list *l = &w->disk->look[i].now;

		look_again(&w->disk->look[i]);
		for (k = 0; k < l->n; k++)
			if (!is_told(w->trace, l->at[k].path))
				trace_add_file(w->trace, TRACE_FILE_OUTSIDE, -1,
					       NULL, NULL, l->at[k].path);
	}
}

void disk_free(struct disk *d)
{
	size_t i;

	for (i = 0; d && i < d->n; i++) {
		seen_fini(&d->look[i].before);
		seen_fini(&d->look[i].now);
	}
	if (d)
		free(d->look);
	free(d);
}
