/*
 * world/status.h - what goes on in a world while it runs
 *
 * For hooks between `up` and `down` (world/world.h). Calls are numbered from
 * 1, as the user sees them.
 */
#ifndef WORLD_STATUS_H
#define WORLD_STATUS_H

#include "core/loop.h"
#include "recording/query.h"
#include "world/world.h"

struct loop *world_loop(const struct world *w);
const char *world_scenario(const struct world *w); /* its name */

/* Milliseconds from the first INVITE of a call to `at_us`; -1 for -1. */
int64_t world_call_ms(const struct world *w, int call, int64_t at_us);

/* Called for each instance of each call that runs. */
typedef void(world_session_h)(const struct world *w, int call,
			      const struct recording *r, size_t instance,
			      void *arg);
void world_each_session(const struct world *w, world_session_h *h, void *arg);

/* As a step of the timeline would do it; `instance` NULL: each of the call.
 * RECORDING_NO_INSTANCE also when that call does not run. */
enum recording_result world_do(struct world *w, enum recording_verb verb,
			       uint32_t call, const char *instance);

#endif
