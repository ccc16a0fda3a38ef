/*
 * cli/one_shot.h - what commands share that run a scenario nobody wrote
 *
 * They make its text from their options, and print in a few lines what
 * happened.
 */
#ifndef CLI_ONE_SHOT_H
#define CLI_ONE_SHOT_H

#include "cli/opt.h"
#include "core/buf.h"
#include "core/span.h"
#include "scenario/model.h"
#include "world/world.h"

/* As a YAML text in double quotes, in which "${" is no variable. */
void one_shot_quote(struct buf *b, struct span text);
/* "  key: "value"" on a line of its own; nothing for NULL. */
void one_shot_key(struct buf *b, const char *key, const char *value);

/* Lines and columns of a text that nobody wrote help nobody. */
const char *one_shot_without_place(const char *text);

/* Runs it, prints what happened, returns the exit code. Faults are `table`'s.
 */
int one_shot_run(const struct opt_table *table, const struct scenario *s,
		 const struct world_conf *world);

#endif
