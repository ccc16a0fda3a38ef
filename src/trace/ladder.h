/*
 * trace/ladder.h - one call as a text ladder
 *
 *            caller      callee      src         vault
 *    +0.000  |---------->|           |           |  INVITE (sdp)
 *    +1.001  |           |           |---------->|  INVITE (sdp+metadata)
 *
 * ASCII, at most 100 columns; what is longer is cut.
 */
#ifndef TRACE_LADDER_H
#define TRACE_LADDER_H

#include <stdint.h>

#include "core/buf.h"
#include "trace/trace.h"

/* Appends the ladder of a call, up to and with `until_us` (loop_now; INT64_MAX
 * for all of it). Actors stand in the order they appear; those beyond the
 * twelfth are only named in notes. A message that did not arrive ends in `x`,
 * unless it went to somebody who talks but of whom no arrivals are known: an
 * outside peer. Streams of the call itself are drawn while the trace has a
 * single call. Nothing is appended when nothing happened. */
void trace_ladder(const struct trace *t, int call, int64_t until_us,
		  struct buf *out);

#endif
