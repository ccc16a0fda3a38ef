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

struct world;
struct call_capture;
struct call_seat;

/* Who wants to know while it runs. All may be NULL. */
struct world_hooks {
	/* A recording has an event; both are borrowed. */
	void (*event)(const struct trace *t, const struct trace_event *ev,
		      void *arg);
	/* A live party: where it is heard ("listening udp:127.0.0.1:4000"), who
	 * it turns out to be; and at the end what it sent. */
	void (*live)(const char *party, const char *text, void *arg);
	/* All is built, nothing has begun; and, for each of these, the end:
	 * what was put on the loop must come off it now. world/status.h says
	 * what can be asked in between. */
	void (*up)(struct world *w, void *arg);
	void (*down)(struct world *w, void *arg);
	void *arg;
};

/* What a finished run left behind; all of it should be zero. */
struct world_left {
	size_t timers;	     /* that never end, or that nobody is left to
			      * stop */
	size_t transactions; /* of the SRC, that would not end by themselves */
	size_t dialogs;	     /* of the SRC, recorders and calls */
	size_t flows;	     /* of the wire, when all actors were freed */
	size_t descriptors;  /* of the process, more than before the run */
};

struct world_conf {
	enum scn_clock clock; /* VIRTUAL or REAL, decided */
	uint64_t seed;
	bool ipv6; /* ::1 for whoever the scenario gives no address */
	enum scn_transport transport; /* of whatever the scenario leaves open */
	const char *dir; /* of the files, made when missing; NULL: no
				 * file is written. Checks that look at audio
				 * or files need one. */
	struct world_hooks hooks;
	bool tls_by_option; /* who lacks a CA or a certificate is pointed to
			     * --ca and --cert, not to the scenario */
	bool leaks; /* fill in world_result.left; under the virtual clock
		     * timers of RFC 3261 run out for it, after the run */
};

struct world_result {
	struct trace *trace; /* owned by the caller; never NULL after 0 */
	int64_t duration_us; /* on the run's clock */
	bool interrupted;    /* ended by a signal; trace is as far as it got */
	struct world_left left;
};

/* -1 (ERR_ENV, ERR_INPUT) when it could not begin, or no URI of a recorder led
 * anywhere; `r->trace` may be NULL then. */
int world_run(const struct scenario *s, const struct world_conf *conf,
	      struct world_result *r, struct err *e);

/* After a run whose recorders are all external: -1 (ERR_ENV) when no attempt
 * found anybody there (refused, no such name), and the scenario does not expect
 * that. */
int world_reached(const struct scenario *s, const struct trace *t,
		  struct err *e);

/* The captured call of a scenario, for call/; borrows from `c`, and `seat` has
 * room for its seats. */
void world_capture(const struct scn_capture *c, struct call_seat *seat,
		   struct call_capture *out);

/* Whether a check of the scenario reads files that a run wrote. */
bool world_needs_files(const struct scenario *s);

#endif
