/*
 * cli/kept.h - the kept files of a run, as commands name them
 */
#ifndef CLI_KEPT_H
#define CLI_KEPT_H

#include "core/err.h"

/* The capture of a kept run when `path` is a directory, else `path`; owned by
 * the caller. Whether it is there is for its reader to say. */
char *kept_capture(const char *path);

/* -1 (ERR_ENV) for a directory that no run has kept. */
int kept_check(const char *path, struct err *e);

#endif
