/*
 * report/report.h - what the user is told of the runs
 *
 * Each run becomes a JSON object with the fields of the contract, and with a
 * few of our own whose names begin with "_"; runs in other processes hand it
 * over as text. Console, JUnit, TAP and JSON reports are views of an array of
 * such objects and need nothing else.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "core/buf.h"
#include "expect/expect.h"
#include "scenario/model.h"
#include "trace/trace.h"

enum report_status {
	REPORT_PASSED,
	REPORT_FAILED,
	REPORT_ERROR, /* it could not be run, or not to its end */
	REPORT_SKIPPED
};

/* All is borrowed. */
struct report_input {
	const struct scenario *s;
	const struct trace *t; /* NULL when nothing ran */
	const struct verdicts *v;
	enum report_status status;
	const char *error; /* of REPORT_ERROR, else NULL */
	const char *clock; /* "virtual" or "real" */
	uint64_t seed;
	int64_t duration_us; /* on the run's clock */
	int64_t wall_us;     /* it took so long */
	const char *kept;    /* directory of the files that stay, or NULL */
	const char *argv0;   /* the program, for the command that runs it
			      * again */
	const char *to;	     /* --to of this run and what goes with it, as words
			      * of a shell; or NULL */
	const struct scn_var *var; /* --var of this run */
	size_t n_vars;
};

/* Appends a word of a shell command, quoted where it has to be. */
void report_shell(struct buf *b, const char *word);

/* Result of one run, owned by the caller. "_text" is what the console shows
 * of a failure, "_again" the command that runs just this one once more. */
json_t *report_scenario(const struct report_input *in);

/* An event while it happens, owned by the caller: all its fields, and
 * `event`, its name in scenarios. */
json_t *report_event(const struct trace *t, const struct trace_event *e);

/* What an HTML report shows of a run beside the above, owned by the caller; its
 * place is "_page". Sound is read from the files of the run, which must still
 * be there. Of a load, the first call is shown. */
json_t *report_page(const struct trace *t);

/* Of a run, or of anything that has a `status`. */
bool report_is(const json_t *run, const char *status);
const char *report_text(const json_t *run, const char *key); /* never NULL */
/* "ok", "skip", "FAIL", ...: five columns, in its colour. */
void report_put_word(FILE *f, const char *word);

/* Green and red on the console; default off. */
void report_set_color(bool on);

/* One line for a finished run. `verbose` adds how long it really took, which
 * no two runs share, and a line for each check and each warning. */
void report_console_line(FILE *f, const json_t *run, bool verbose);

/* The failures in full, then "N passed, N failed"; errors count as failed. */
void report_console_summary(FILE *f, const json_t *runs);

/* The whole array in a format of others, and in ours. */
void report_junit(FILE *f, const json_t *runs);
void report_tap(FILE *f, const json_t *runs); /* TAP 14 */
void report_json(FILE *f, const json_t *runs);

/* One page that needs nothing else: HTML with drawings, sound and script in
 * it. A run without "_page" has its checks, attempts and streams only. */
void report_html(FILE *f, const json_t *runs);

#endif
