/*
 * world/request.h - what a user may ask of a run, one line of text
 *
 * "sessions", "streams", or "stop", "pause" or "resume" and an id: CALL for
 * all instances of a call, or CALL/INSTANCE.
 */
#ifndef WORLD_REQUEST_H
#define WORLD_REQUEST_H

#include "core/err.h"
#include "core/span.h"
#include "recording/recording.h"

enum { WORLD_REQUEST_MAX = 512 }; /* octets, with the end of the line */

enum world_asked { WORLD_SESSIONS, WORLD_STREAMS, WORLD_VERB };

struct world_request {
	enum world_asked asked;
	enum recording_verb verb; /* WORLD_VERB, as the two below */
	uint32_t call;		  /* from 1 */
	struct span instance;	  /* empty: all of the call */
};

/* Reads a line, blanks around words do not matter; spans borrow from it. -1
 * with ERR_USAGE. */
int world_request_parse(struct world_request *rq, struct span line,
			struct err *e);

#endif
