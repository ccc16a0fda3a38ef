/*
 * cli/run_status.h - a run answers who asks what is recorded right now
 *
 * On a unix stream socket a client sends one line, as world/request.h has it,
 * and gets one JSON object in a line, and the end.
 */
#ifndef CLI_RUN_STATUS_H
#define CLI_RUN_STATUS_H

#include "core/err.h"

struct run_status;
struct world;

/* Listens; a socket that an ended run left there is replaced. -1 with
 * ERR_ENV. Made before workers are forked; who asks between two runs waits
 * for the next. */
struct run_status *run_status_open(const char *path, struct err *e);
void run_status_close(struct run_status *s); /* NULL is fine; removes it */

/* Hooks of a world: answer while it runs. */
void run_status_up(struct run_status *s, struct world *w);
void run_status_down(struct run_status *s);

#endif
