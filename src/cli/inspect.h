/*
 * cli/inspect.h - what `inspect` prints of a capture
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <stdio.h>

#include "capture/calls.h"
#include "core/err.h"

/* One table of calls with their streams, one of streams without a call. */
void inspect_print(const struct capture_calls *c, const char *path, FILE *out);

/* The object of the contract. */
void inspect_json(const struct capture_calls *c, const char *path, FILE *out);

#endif
