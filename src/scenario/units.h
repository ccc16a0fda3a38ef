/*
 * scenario/units.h - 4s, 300ms, 440Hz, 2%, 190..210
 *
 * Each reads a whole span and is false on anything else: a missing or wrong
 * unit, blanks, signs, trailing characters, a number out of range.
 */
#ifndef SCENARIO_UNITS_H
#define SCENARIO_UNITS_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "scenario/model.h"

/* Reads one value into the unit of the model. */
typedef bool unit_h(struct span text, double *out);

unit_h scn_unit_number; /* 12, 0.5 */
unit_h scn_unit_time;	/* 4s, 300ms, 20us, 2m, 1h, 0; us, at most 24 h */
unit_h scn_unit_hz;	/* 440Hz, 1.5kHz */
unit_h scn_unit_share;	/* 2%, 0; 0..1 */
unit_h scn_unit_rate;	/* 50/s, 30/m; a second */

/* `190..210`, `2..`, `..3` or one value, each end read by `one`. On success
 * `out` owns its text; what it held before is freed. */
bool scn_unit_range(struct span text, unit_h *one, struct scn_range *out);

#endif
