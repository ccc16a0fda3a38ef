/*
 * scenario/outside.h - a scenario at somebody else's recorder
 */
#ifndef SCENARIO_OUTSIDE_H
#define SCENARIO_OUTSIDE_H

#include "scenario/model.h"

/* The recorder of the scenario is the one at `uri` from now on, on the real
 * clock. `as` has what that one wants: login, files of TLS, and SRTP, where the
 * scenario says nothing of its own. What can then not be known is marked
 * (scn_check.unknown). A scenario that needs more than one recorder, tells one
 * what to do, or forbids the SRTP that is wanted is not run: `s->skip` says
 * why. */
void scenario_aim(struct scenario *s, const char *uri,
		  const struct scn_instance *as);

#endif
