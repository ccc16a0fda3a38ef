/*
 * trace/ladder.h - one call as a ladder
 *
 *            caller      callee      src         vault
 *    +0.000  |---------->|           |           |  INVITE (sdp)
 *    +1.001  |           |           |---------->|  INVITE (sdp+metadata)
 *
 * A ladder is a list of rows between lanes; this room draws it as text, report/
 * in the forms of others (report/ladder.h).
 */
#ifndef TRACE_LADDER_H
#define TRACE_LADDER_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"
#include "trace/trace.h"

enum { LADDER_LANES = 12 };

enum ladder_kind { LADDER_SIP, LADDER_RTP, LADDER_NOTE };

struct ladder_row {
	int64_t at_us; /* since the first INVITE of the call */
	enum ladder_kind kind;
	int from, to;		     /* different lanes; -1 both: a note */
	bool lost;		     /* it did not arrive */
	char *label;		     /* owned */
	const struct trace_sip *sip; /* behind it, or NULL; of the trace */
};

struct ladder {
	const char *lane[LADDER_LANES]; /* names, of the trace */
	int lanes;
	struct ladder_row *row; /* owned */
	size_t n;
};

/* The ladder of a call, up to and with `until_us` (loop_now; INT64_MAX for all
 * of it), with no rows when nothing happened. Actors stand in the order they
 * appear; those beyond the twelfth are only named in notes. A message that did
 * not arrive is lost, unless it went to somebody who talks but of whom no
 * arrivals are known: an outside peer. Streams of the call itself are there
 * while the trace has a single call. It borrows from the trace; the caller
 * frees it with ladder_fini. */
void ladder_make(struct ladder *l, const struct trace *t, int call,
		 int64_t until_us);
void ladder_fini(struct ladder *l);

/* Appends the whole of it in ASCII, at most 100 columns; what is longer is cut.
 * Nothing when it has no rows. */
void ladder_text(const struct ladder *l, struct buf *out);

/* ladder_text of a call in one step. */
void trace_ladder(const struct trace *t, int call, int64_t until_us,
		  struct buf *out);

#endif
