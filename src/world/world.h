/*
 * world/world.h - runs a scenario
 *
 * Builds clock, wire, call, recordings and recorders from the model, arms the
 * timeline, runs until nothing is open any more, and leaves the trace.
 */
#ifndef WORLD_WORLD_H
#define WORLD_WORLD_H

#include <stdbool.h>
#include <stdint.h>

#include "core/err.h"
#include "scenario/model.h"
#include "trace/trace.h"

struct world_conf {
	enum scn_clock clock; /* VIRTUAL or REAL, decided */
	uint64_t seed;
	const char *dir; /* of the files, made when missing; NULL: no
				 * file is written. Checks that look at audio
				 * or files need one. */
};

struct world_result {
	struct trace *trace; /* owned by the caller; never NULL after 0 */
	int64_t duration_us; /* on the run's clock */
	bool interrupted;    /* ended by a signal; trace is as far as it got */
};

/* -1 (ERR_ENV, ERR_INPUT) when it could not begin, or an external recorder
 * could not be reached before the call; `r->trace` may be NULL then. */
int world_run(const struct scenario *s, const struct world_conf *conf,
	      struct world_result *r, struct err *e);

/* Whether a check of the scenario reads files that a run wrote. */
bool world_needs_files(const struct scenario *s);

#endif
