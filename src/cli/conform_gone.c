/* A recorder that goes away while it is examined. */
#include "cli/conform.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "report/report.h"

/* How long an answer may be under way. */
#define SLACK_US INT64_C(500000)

enum { TEXT_MAX = 64 * 1024, NAMES = 8 };

/* What is kept of each run. */
struct conform_seen {
	const struct conform_check *c;
	int64_t begin_us, end_us;
	int64_t unheard_us; /* of what had no answer at all; -1: nothing */
	char *unheard;	    /* that message; owned */
};

void conform_watch_fini(struct conform_watch *w)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		free(w->seen[i].unheard);
	free(w->seen);
}

/* -1: there is no such time. */
static int64_t time_of(const json_t *run, const char *key)
{
	const json_t *at = json_object_get(run, key);

	return at ? json_integer_value(json_object_get(run, "_begin_us")) +
			       json_integer_value(at)
		  : -1;
}

bool conform_watch_run(struct conform_watch *w, const struct conform_check *c,
		       const json_t *run)
{
	int64_t heard_us = time_of(run, "_heard_us");
	struct conform_seen *seen;

	w->seen = xreallocarray(w->seen, w->n + 1, sizeof(*w->seen));
	seen = &w->seen[w->n++];
	seen->c = c;
	seen->begin_us = json_integer_value(json_object_get(run, "_begin_us"));
	seen->end_us = json_integer_value(json_object_get(run, "_end_us"));
	seen->unheard_us = time_of(run, "_unheard_us");
	seen->unheard = xstrdup(report_text(run, "_unheard"));
	if (!w->begin_us || seen->begin_us < w->begin_us)
		w->begin_us = seen->begin_us;
	if (heard_us > w->heard_us)
		w->heard_us = heard_us;
	return seen->unheard_us >= 0;
}

/* It had no answer from when on the recorder was heard no more. */
static bool is_silenced(const struct conform_watch *w,
			const struct conform_seen *seen)
{
	return seen->unheard_us >= w->heard_us - SLACK_US;
}

bool conform_watch_has(const struct conform_watch *w,
		       const struct conform_check *c)
{
	size_t i;

	for (i = 0; i < w->n; i++)
		if (w->seen[i].c == c && is_silenced(w, &w->seen[i]))
			return true;
	return false;
}

/* The first thing that was not answered any more; NULL: nothing. */
static const struct conform_seen *first_silenced(const struct conform_watch *w)
{
	const struct conform_seen *first = NULL;
	size_t i;

	for (i = 0; i < w->n; i++)
		if (is_silenced(w, &w->seen[i]) &&
		    (!first || w->seen[i].unheard_us < first->unheard_us))
			first = &w->seen[i];
	return first;
}

/* The checks that were under way when it was heard last, until somebody missed
 * it. */
static void add_names(struct buf *b, const struct conform_watch *w,
		      int64_t until_us)
{
	size_t i, n = 0;

	for (i = 0; i < w->n; i++) {
		const struct conform_seen *seen = &w->seen[i];

		if (seen->end_us < w->heard_us || seen->begin_us > until_us)
			continue;
		if (n < NAMES)
			buf_addf(b, "%s'%s'", n ? ", " : "", seen->c->id);
		n++;
	}
	if (n > NAMES)
		buf_addf(b, " and %zu more", n - NAMES);
}

static void add_why(struct buf *b, const struct conform_watch *w)
{
	const struct conform_seen *first = first_silenced(w);
	struct span rest = span_of(first ? first->unheard : ""), line;

	buf_add_str(b, "it went away during ");
	add_names(b, w, first ? first->unheard_us : w->heard_us);
	if (!first)
		return;
	span_line(&rest, &line);
	buf_addf(b, "; the first without an answer is the %.*s of '%s'",
		 (int)span_chr(line, ' '), line.p, first->c->id);
}

static void set(json_t *o, const char *key, const struct buf *text)
{
	json_object_set_new(o, key, json_string(buf_str(text)));
}

void conform_gone(json_t *finding, const struct conform_watch *w,
		  const char *why)
{
	const struct conform_seen *first = first_silenced(w);
	struct buf got, reason;

	buf_init(&got, TEXT_MAX);
	buf_init(&reason, TEXT_MAX);
	buf_addf(&got,
		 "%s; it was heard last %.3f s after the first check began",
		 why, (double)(w->heard_us - w->begin_us) / 1e6);
	add_why(&reason, w);
	set(finding, "got", &got);
	set(finding, "why", &reason);
	if (first)
		json_object_set_new(finding, "unanswered",
				    json_string(first->unheard));
	buf_fini(&got);
	buf_fini(&reason);
}
