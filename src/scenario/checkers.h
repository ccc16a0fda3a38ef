/*
 * scenario/checkers.h - judges of text that this room may not judge itself
 */
#ifndef SCENARIO_CHECKERS_H
#define SCENARIO_CHECKERS_H

#include "scenario/load.h"

/* Those of scn_set_checkers; members are NULL when none were set. */
const struct scn_checkers *scn_checkers(void);

#endif
