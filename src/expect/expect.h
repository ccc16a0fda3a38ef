/*
 * expect/expect.h - what a finished run was worth
 *
 * Pure functions from the trace of a run, the files it left and the scenario
 * to verdicts, one for each check of `expect`. Actors are never asked, so a
 * trace can be judged again, anywhere, with the same result. What each check
 * means is in siprec-src-scenario(5).
 */
#ifndef EXPECT_EXPECT_H
#define EXPECT_EXPECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "scenario/model.h"
#include "trace/trace.h"

enum verdict_status { VERDICT_PASSED, VERDICT_FAILED, VERDICT_SKIPPED };

/* The outcome of one check, in the words of the scenario. */
struct verdict {
	int line, col;
	const char *check;  /* key of the check: "recorded_by"; borrowed from
			     * the scenario */
	const char *source; /* the entry as written, borrowed, or NULL */
	enum verdict_status status;
	char *wanted; /* owned, as the two below */
	char *got;
	char *why;     /* NULL when it passed */
	char *message; /* owned: SIP that proves it, or NULL */
	bool unmet;    /* it failed, for what it is about never came to be */
	int call;      /* the call that `got` is about */
	int64_t at_us; /* loop time where the ladder may end; -1: its end */
};

struct verdicts {
	struct verdict *at; /* owned, in the order of the file */
	size_t n;
};

void verdicts_init(struct verdicts *v);
void verdicts_fini(struct verdicts *v);

/* Appends one that comes from elsewhere; its texts are taken over. */
void verdicts_add(struct verdicts *v, const struct verdict *verdict);

/* FAILED when one check failed; SKIPPED when none passed either, for there was
 * none, or nothing that they are about. */
enum verdict_status verdicts_status(const struct verdicts *v);

/* Whether a rule of scenario/rules.h has a judge: all do. */
bool expect_knows_rule(const char *id);

/* Appends a verdict for each check that applies to this run. A scenario
 * without checks is judged by one verdict of its own, `good_order`: the call
 * and every recording in it ended as they should. When `if:` has left out all
 * the checks there is no verdict. */
void expect_judge(const struct scenario *s, const struct trace *t, int call,
		  struct verdicts *out);

/* Whether a call and each recording of it ended in good order: a recorder that
 * had begun was there until our BYE, or another went on for it, and the BYE has
 * its 2xx. False: what was not so is appended to `why`. */
bool expect_in_order(const struct trace *t, int call, struct buf *why);

/* expect_judge for all calls of a load: a check passes when it does so for each
 * call; else the verdict is that of the first call that failed, and says
 * which one and how many. */
void expect_judge_load(const struct scenario *s, const struct trace *t,
		       struct verdicts *out);

#endif
