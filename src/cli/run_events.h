/*
 * cli/run_events.h - events of all runs as JSON lines, while they happen
 *
 * Opened before workers are forked, which share it: a line is never broken by
 * that of another worker.
 */
#ifndef CLI_RUN_EVENTS_H
#define CLI_RUN_EVENTS_H

#include "core/err.h"
#include "scenario/model.h"
#include "trace/trace.h"

struct run_events;

/* `to` is a file, "-" for standard output, "udp:HOST:PORT" or "unix:PATH", a
 * datagram socket that is there. ERR_USAGE for what is none of these, ERR_ENV
 * when it cannot be opened. */
struct run_events *run_events_open(const char *to, struct err *e);
void run_events_close(struct run_events *ev); /* NULL is fine */

/* Writes one line, or datagram. -1 with ERR_ENV when it is lost. A UDP port
 * that nobody listens at is no fault. */
int run_events_add(struct run_events *ev, const struct scenario *s,
		   const struct trace *t, const struct trace_event *event,
		   struct err *e);

#endif
