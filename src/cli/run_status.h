/*
 * cli/run_status.h - a run answers who asks what is recorded right now
 *
 * On a unix stream socket a client sends one line: "sessions", "streams", or
 * "stop", "pause" or "resume" and an id. It gets one JSON object and the end.
 * An id is CALL/INSTANCE as in the answer to "sessions", or CALL for all
 * instances of the call.
 */
#ifndef CLI_RUN_STATUS_H
#define CLI_RUN_STATUS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "core/span.h"

struct run_status;
struct world;

enum { STATUS_REQUEST_MAX = 512 };

enum status_what {
	STATUS_SESSIONS,
	STATUS_STREAMS,
	STATUS_STOP, /* this and the rest have an id */
	STATUS_PAUSE,
	STATUS_RESUME
};

struct status_request {
	enum status_what what;
	uint32_t call;	      /* from 1 */
	struct span instance; /* empty: all of the call */
};

/* Reads one line, without its end; spans borrow from it. -1 with ERR_USAGE. */
int status_request_parse(struct status_request *rq, struct span line,
			 struct err *e);

/* Listens; a socket that an ended run left there is replaced. -1 with
 * ERR_ENV. Made before workers are forked; who asks between two runs waits
 * for the next. */
struct run_status *run_status_open(const char *path, struct err *e);
void run_status_close(struct run_status *s); /* NULL is fine; removes it */

/* Hooks of a world: answer while it runs. */
void run_status_up(struct run_status *s, struct world *w);
void run_status_down(struct run_status *s);

#endif
