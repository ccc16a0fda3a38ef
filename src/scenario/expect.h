/*
 * scenario/expect.h - what an entry of `expect` must and must not say
 */
#ifndef SCENARIO_EXPECT_H
#define SCENARIO_EXPECT_H

#include "scenario/read.h"

/* Judges a check that has been read, names included, and fills in what follows
 * from its subject ("vault/caller"). `n` is the entry, `subject` the value of
 * the check's key. */
void scn_expect_check(struct faults *f, const struct node *n,
		      const struct node *subject, const struct scenario *s,
		      struct scn_check *c);

/* Frees what a check owns. */
void scn_check_fini(struct scn_check *c);

#endif
