/*
 * cli/ladder.h - what `explain --ladder` prints
 */
#ifndef CLI_LADDER_H
#define CLI_LADDER_H

#include "core/err.h"
#include "scenario/model.h"

/* Plays the scenario on the virtual clock, judges nothing, keeps no file, and
 * prints the ladder of its first call on standard output. -1 with ERR_ENV when
 * a recorder of it is outside, or when it cannot begin. */
int ladder_print(const struct scenario *s, struct err *e);

#endif
