/*
 * cli/conform.h - the parts of the command `conform`
 *
 * A check is a scenario of the folder conform/, built into the program. It is
 * run as `run --to URI` would run it; what became of it is put into one
 * finding: wanted, got, and the message of the recorder's that proves it.
 */
#ifndef CLI_CONFORM_H
#define CLI_CONFORM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/run.h"

/* Made by embed.sh, sorted by id. */
struct conform_text {
	const char *id; /* name of the file */
	const char *text;
	size_t n;
};
extern const struct conform_text conform_texts[];
extern const size_t conform_n_texts;

struct conform_conf {
	struct run_conf run; /* jobs, reports, files, console; `to` */
	enum scn_level level;
	bool field; /* --grade field */
	struct scn_strings only;
	const char *baseline, *write_baseline; /* files, or NULL */
	bool list;
	const char *show; /* id or pattern, or NULL */
};

/* -1: go on; else the exit code. `conf` wants conform_conf_fini either way. */
int conform_conf_read(struct conform_conf *conf, int argc, char **argv);
void conform_conf_fini(struct conform_conf *conf);
int conform_fault(const char *text); /* returns 2 */

/* ---- the checks (conform_list.c) ---- */

struct conform_check {
	const char *id;
	struct scn_set set;   /* owned; one scenario */
	struct run_item item; /* its run */
	bool known;	      /* the baseline has it */
	json_t *finding;      /* owned; NULL: not yet */
};

struct conform_list {
	struct conform_check *at; /* owned */
	size_t n;
	/* Asks whether anybody is still there: the last of all or, when it was
	 * not asked for, one more behind them. */
	struct conform_check *there;
};

/* Those that are asked for, aimed at the recorder. Shows faults and returns the
 * exit code, 0 with one check at least. */
int conform_list_load(struct conform_list *l, const struct conform_conf *conf);
void conform_list_fini(struct conform_list *l);
bool conform_is_plain(const struct conform_check *c); /* 'answers' */

const char *conform_level(enum scn_level level); /* "must" */

/* ---- baseline (conform_baseline.c) ---- */

/* A line for each check that fails: its id; "#" begins a comment. Marks the
 * checks. -1 with ERR_ENV, or ERR_USAGE for an id that there is not. */
int conform_baseline_read(struct conform_list *l, const char *path,
			  struct err *e);
int conform_baseline_write(const struct conform_list *l, const char *path,
			   const char *to, struct err *e);

/* ---- findings (conform_find.c) ---- */

/* What a run says of its check; both are borrowed, the finding is owned by the
 * caller: id, level, rfc, name, status, wanted, got, why, message. */
json_t *conform_finding(const struct conform_check *c, const json_t *run,
			const struct run_conf *conf);
/* A recorder that refuses a plain INVITE (`probe`) is not told so again by each
 * check that it refuses in the same words. */
void conform_refused(json_t *finding, const json_t *probe);
/* Whether it is worth another try: what it is about never came to be. */
bool conform_unmet(const json_t *finding);
/* The finding of a check that was not run to its end; owned by the caller. */
json_t *conform_not_run(const struct conform_check *c,
			const struct run_conf *conf, const char *why);
/* Of two runs of one check, the worse; takes both over. */
json_t *conform_worse(json_t *a, json_t *b);
/* The recorder could not be reached at all; NULL: it could, else why. */
const char *conform_unreachable(const json_t *run);
/* It gave a provisional answer to the INVITE and no final one. */
bool conform_hangs(const json_t *run);

/* ---- a recorder that goes away (conform_gone.c) ---- */

/* All runs, by the clock of the machine: when the recorder was heard last, and
 * what came of those that were under way then. Begins as zeros. */
struct conform_watch {
	struct conform_seen *seen; /* owned */
	size_t n;
	int64_t begin_us; /* of the first */
	int64_t heard_us; /* the recorder, last; 0: never */
};
/* Takes note of a run. True: the last that was asked there had no answer. */
bool conform_watch_run(struct conform_watch *w, const struct conform_check *c,
		       const json_t *run);
/* Whether a run of the check lacks an answer because the recorder was gone. */
bool conform_watch_has(const struct conform_watch *w,
		       const struct conform_check *c);
/* Says in the finding of `there` when and where the recorder went. */
void conform_gone(json_t *finding, const struct conform_watch *w,
		  const char *why);
void conform_watch_fini(struct conform_watch *w);

/* ---- the run (conform_run.c) ---- */

/* Runs all and shows what came of them; the exit code. */
int conform_run(struct conform_conf *conf, struct conform_list *list);

/* ---- what is shown (conform_show.c) ---- */

#define CONFORM_INTERRUPTED "interrupted by signal"

void conform_show_line(FILE *f, const json_t *finding);
/* `cut`: a signal came before all was run. */
void conform_show_end(FILE *f, const struct conform_list *l, bool cut);
void conform_show_list(FILE *f, const struct conform_list *l);
/* JUnit and TAP have a case a finding, JSON one scenario with them all. */
int conform_reports_write(struct conform_conf *conf,
			  const struct conform_list *l, bool cut,
			  struct err *e);

#endif
