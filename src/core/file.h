/*
 * core/file.h - files that are read are not written over
 */
#ifndef CORE_FILE_H
#define CORE_FILE_H

#include <stdbool.h>

#include "core/err.h"

/* Whether both paths lead to one and the same thing, by whatever name or link.
 * False when one of them is not there. */
bool file_same(const char *a, const char *b);

/* Whether `path` names something in `dir` itself, not below it. */
bool file_lies_in(const char *path, const char *dir);

/* Asked before `to` is opened: -1 with ERR_USAGE when it is the regular file
 * `from`, which would be lost. */
int file_spare(const char *from, const char *to, struct err *e);

#endif
