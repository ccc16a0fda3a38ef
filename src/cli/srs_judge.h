/*
 * cli/srs_judge.h - `srs --judge`: the clients of the recorder, judged
 *
 * A session is judged a moment after it ended, when all that belongs to it has
 * come, or at the end of the program.
 */
#ifndef CLI_SRS_JUDGE_H
#define CLI_SRS_JUDGE_H

#include <stdbool.h>

#include "core/loop.h"
#include "trace/trace.h"

struct srs_judge;

/* `level`: "must" or "should", the least that counts. All is borrowed. */
struct srs_judge *srs_judge_new(struct loop *l, struct trace *t,
				const char *level, bool json);
void srs_judge_free(struct srs_judge *j); /* NULL is fine */

void srs_judge_recorder(struct srs_judge *j, const char *name); /* ours */
void srs_judge_begins(struct srs_judge *j, const char *call_id);
void srs_judge_ended(struct srs_judge *j, const char *call_id);

/* Judges what is left, also those whose requests were refused before they could
 * begin anything, and prints the sum. The exit code: 1 when a rule that counts
 * was broken, 5 when nobody was there to be judged. */
int srs_judge_finish(struct srs_judge *j);

#endif
