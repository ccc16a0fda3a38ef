/*
 * trace/ladder_draw.h - the lines of a ladder
 */
#ifndef TRACE_LADDER_DRAW_H
#define TRACE_LADDER_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/buf.h"

enum { LADDER_LANES = 12, LADDER_COLUMNS = 100 };

struct lanes {
	const char *name[LADDER_LANES]; /* borrowed */
	int n;
};

/* Place of an actor, or -1; lanes_add makes one while there is room. */
int lanes_find(const struct lanes *l, const char *name);
int lanes_add(struct lanes *l, const char *name);

/* The line of names. */
void ladder_names(const struct lanes *l, struct buf *out);

/* An arrow between two different lanes; `lost` ends it in an x. */
void ladder_arrow(const struct lanes *l, int64_t at_us, int from, int to,
		  bool lost, const char *label, struct buf *out);

/* "-- text --", centred below the names. */
void ladder_note(const struct lanes *l, int64_t at_us, const char *text,
		 struct buf *out);

#endif
