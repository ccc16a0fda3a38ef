/*
 * cli/one_shot.h - what commands share that run a scenario nobody wrote
 *
 * They make its text from their options, and print in a few lines what
 * happened.
 */
#ifndef CLI_ONE_SHOT_H
#define CLI_ONE_SHOT_H

#include "cli/login.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "scenario/model.h"
#include "world/world.h"

/* As a YAML text in double quotes, in which "${" is no variable. */
void one_shot_quote(struct buf *b, struct span text);
/* "  key: "value"" on a line of its own; nothing for NULL. */
void one_shot_key(struct buf *b, const char *key, const char *value);
/* The sections src, srs and expect: the recorder at `uri` (NULL: an embedded
 * one) answers within that time (NULL: the default), may ask for the login,
 * and records. */
void one_shot_recorder(struct buf *b, const char *uri,
		       const char *answer_within, const struct login *login);

/* A key of that text, and the option that it came from. */
struct one_shot_key {
	const char *key; /* in quotes, as faults begin: "'uri'"; NULL ends */
	const char *option;
};

/* Shows the faults of the text by the options that the user wrote, and returns
 * the exit code. */
int one_shot_faults(const struct opt_table *table,
		    const struct one_shot_key *keys,
		    const struct causes *causes);

/* Runs it, prints what happened, returns the exit code. Faults are `table`'s.
 */
int one_shot_run(const struct opt_table *table, const struct scenario *s,
		 const struct world_conf *world);

#endif
