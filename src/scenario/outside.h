/*
 * scenario/outside.h - a scenario at somebody else's recorder
 */
#ifndef SCENARIO_OUTSIDE_H
#define SCENARIO_OUTSIDE_H

#include "scenario/model.h"

/* The recorder of the scenario is the one at `uri` from now on, on the real
 * clock; `user` NULL: it asks for no login, or for one that the scenario has. What
 * can then not be known is marked (scn_check.unknown). A scenario
 * that needs more than one recorder, or tells one what to do, is not run:
 * `s->skip` says why. */
void scenario_aim(struct scenario *s, const char *uri, const char *user,
		  const char *password);

#endif
