/*
 * cli/inspect.h - what `inspect` prints of a capture
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <stdbool.h>
#include <stdio.h>

#include "capture/calls.h"
#include "core/err.h"

/* One table of calls with their streams, one of streams without a call. */
void inspect_print(const struct capture_calls *c, const char *path, FILE *out);

/* The row of one call, its streams, and its ladder. Reads the file again. */
int inspect_call(const struct capture_calls *c, const char *path, size_t call,
		 FILE *out, struct err *e);

/* The object of the contract; with only one of the calls unless `call` is
 * SIZE_MAX, and without orphans then. */
void inspect_json(const struct capture_calls *c, const char *path, size_t call,
		  FILE *out);

/* A number from 1, or a Call-ID; one that looks like a number is found when
 * there is no such call. -1 with ERR_EMPTY and how many there are. */
int inspect_find(const struct capture_calls *c, const char *wanted,
		 size_t *call, struct err *e);

/* The same in a file, of which the calls are handed out, borrowed from the
 * cache: with `*legs` each leg is one, and so it is by the Call-ID of a leg that
 * began no call, which `*legs` then says. Without `wanted` nothing is chosen. */
int inspect_choose(const char *path, const char *wanted, bool *legs,
		   const struct capture_calls **of, size_t *call,
		   struct err *e);

/* On standard error, one line each. */
void inspect_warn(const struct capture_info *info, const char *path);

/* The capture that a word names: `-` is standard input. */
const char *inspect_input(const char *word);

/* A call is looked at in a second pass, and a pipe has but one. */
bool inspect_is_pipe(const char *path);

#endif
