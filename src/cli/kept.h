/*
 * cli/kept.h - the kept files of a run, as commands name them
 */
#ifndef CLI_KEPT_H
#define CLI_KEPT_H

/* The capture of a kept run when `path` is a directory, else `path`; owned by
 * the caller. Whether it is there is for its reader to say. */
char *kept_capture(const char *path);

#endif
