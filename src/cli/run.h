/*
 * cli/run.h - the parts of the command `run`
 *
 * All scenario files are loaded first. What is selected becomes a list of
 * items, one for each run; workers take items and hand back results as JSON;
 * the parent shows and reports them in the order of the list.
 */
#ifndef CLI_RUN_H
#define CLI_RUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <jansson.h>

#include "cli/cmd.h"
#include "cli/login.h"
#include "cli/one_shot.h"
#include "cli/opt.h"
#include "cli/run_events.h"
#include "cli/run_status.h"
#include "cli/tls_opt.h"
#include "core/err.h"
#include "scenario/load.h"
#include "scenario/model.h"
#include "world/world.h"

/* ---- options (run_opt.c) ---- */

enum run_keep { RUN_KEEP_ON_FAIL, RUN_KEEP_ALWAYS, RUN_KEEP_NEVER };
enum run_color { RUN_COLOR_AUTO, RUN_COLOR_ALWAYS, RUN_COLOR_NEVER };
enum run_format { RUN_JUNIT, RUN_TAP, RUN_JSON, RUN_HTML };

/* Which runs an HTML report shows with ladder, messages and sound: with many
 * of them only those that failed, else nobody could load the page. */
enum run_pages { RUN_PAGES_NONE, RUN_PAGES_BAD, RUN_PAGES_ALL };
enum { RUN_PAGES_MANY = 100 };

struct run_report {
	enum run_format format;
	const char *path; /* "-" is stdout */
	FILE *f;	  /* NULL until opened */
};

struct run_conf {
	struct cmd_paths paths;
	struct cmd_vars vars;
	const char *to;	    /* the recorder of all scenarios; NULL: their own */
	struct login login; /* of that recorder */
	struct tls_opt tls; /* towards it */
	const char
		*srtp;	 /* suites that it is offered, as for `call`, or NULL */
	bool clear_keys; /* they may be told where others can read them */
	struct scn_set outside; /* what all these say, as a scenario */
	char *again; /* these options, but for the login, as words of a shell;
		      * owned; NULL without `to` */
	struct scn_strings tags, not_tags; /* any of them */
	struct scn_strings names;	   /* shell patterns, any of them */
	unsigned jobs;
	bool jobs_set;
	unsigned shard, shards; /* 1 of 1 is all */
	unsigned repeat;
	bool fail_fast;
	bool seed_set;
	uint64_t seed;
	enum scn_clock clock;
	enum scn_transport transport; /* where a file says nothing */
	bool ipv6;
	enum run_keep keep;
	const char *out;
	enum run_color color;
	bool progress;
	bool quiet;
	int verbose;
	struct run_report *report; /* owned array */
	size_t n_reports;
	const char *events_to; /* NULL: nowhere */
	struct run_events *events;
	const char *status_path; /* NULL: nobody may ask */
	struct run_status *status;
	bool leaks;
	enum run_pages pages;
};

/* Defaults; and one option of the table by its long name, for commands that
 * have some of them. -1 with ERR_USAGE. */
void run_conf_init(struct run_conf *conf);
int run_conf_take(struct run_conf *conf, const char *option, const char *value,
		  struct err *e);

/* -1: go on; else the exit code. `conf` wants run_conf_fini either way. */
int run_conf_read(struct run_conf *conf, int argc, char **argv);
void run_conf_fini(struct run_conf *conf);
bool run_events_on_stdout(const struct run_conf *conf);

/* Sets `pages`, once it is known how many runs there are. */
void run_conf_pages(struct run_conf *conf, size_t runs);

/* What is wrong with the command line, in the words of all faults of it;
 * returns 2. */
int run_fault(const char *text);

/* ---- what is run (run_list.c) ---- */

struct run_item {
	const struct scenario *s; /* borrowed from the list */
	char *dir;		  /* of its files, owned */
};

struct run_list {
	struct scn_set *set; /* owned; one for each file */
	size_t n_sets;
	struct run_item *item; /* owned */
	size_t n;
};

/* Loads all files, whatever is selected, so that a fault never goes unseen.
 * Shows faults and returns the exit code; 0 with at least one item. */
int run_list_load(struct run_list *l, const struct run_conf *conf);
void run_list_fini(struct run_list *l);

/* ---- the recorder of --to (run_outside.c) ---- */

/* What options say of it, borrowed from `conf`. */
struct one_shot_rec run_outside_rec(const struct run_conf *conf);
/* Fills in `outside` and `again`, once options are read. -1: go on; else the exit code, and
 * the fault is shown as `table`'s. */
int run_outside_load(struct run_conf *conf, const struct opt_table *table);
/* That one is the scenario's from now on. */
void run_aim(struct scenario *s, const struct run_conf *conf);

/* ---- one run (run_one.c) ---- */

/* Runs and judges one item in this process. Owned by the caller. Besides the
 * fields of a report it has "_exit", the exit code it stands for. */
json_t *run_one(const struct run_conf *conf, const struct run_item *item);

/* The result of a run that left none. */
json_t *run_one_lost(const struct run_conf *conf, const struct run_item *item,
		     const char *why);

/* ---- what it left behind (run_left.c) ---- */

json_t *run_left_json(const struct world_left *left); /* owned by the caller */
/* "0 timers, 1 dialog, ..."; owned by the caller. */
char *run_left_text(const struct world_left *left);
/* That of all runs together, one line. */
void run_left_show(FILE *f, const json_t *runs);

/* ---- its files (run_files.c) ---- */

/* Makes the directory, with all above it, and takes the sounds, documents and
 * captures of an earlier run out of it. -1 with ERR_ENV; with ERR_USAGE, and
 * nothing done, when `s` reads one of them. */
int run_files_begin(const struct scenario *s, const char *dir, struct err *e);

/* Takes the files of the run away, and the directory if it is empty then. */
void run_files_drop(const char *dir);

/* ---- workers (run_pool.c) ---- */

/* Runs job `i` in a worker; the result is handed over. */
typedef json_t *(run_job_h)(size_t i, void *arg);

enum run_next {
	RUN_GO_ON,
	RUN_NO_MORE, /* begin no more jobs */
	RUN_CUT,     /* and interrupt those that run */
};

/* Called in the parent, as jobs end. `result` is owned by the handler; NULL
 * when the worker did not live to give one, with the reason in `why`. The
 * handler may run a pool of its own. */
typedef enum run_next(run_done_h)(size_t i, json_t *result, const char *why,
				  void *arg);

/* Runs jobs 0 to n - 1 in at most `jobs` processes. On SIGINT or SIGTERM no
 * more are begun, and those that run are told; a second signal ends the
 * program. Returns the signal, or 0; -1 when workers cannot be had, or when
 * one ended badly after its last job. */
int run_pool(size_t n, unsigned jobs, run_job_h *job, run_done_h *done,
	     void *arg, struct err *e);

/* ---- what is shown (run_show.c) ---- */

struct run_show {
	FILE *out; /* stdout, or stderr when a report has stdout */
	const struct run_conf *conf;
	size_t n;    /* runs in all */
	size_t done; /* shown or held back for their turn */
	size_t bad;
	bool progress;
};

void run_show_init(struct run_show *s, const struct run_conf *conf, size_t n);
void run_show_clear(const struct run_show *s); /* of progress */
void run_show_line(struct run_show *s, const json_t *run);
void run_show_progress(struct run_show *s);
void run_show_end(struct run_show *s, const json_t *runs);

/* Opens all reports before anything runs. -1 with ERR_ENV. */
int run_reports_open(struct run_conf *conf, struct err *e);
int run_report_write(struct run_report *r, const json_t *runs, struct err *e);
int run_reports_write(struct run_conf *conf, const json_t *runs, struct err *e);

#endif
