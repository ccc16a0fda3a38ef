/*
 * report/ladder.h - a ladder in the forms that others show
 *
 * Labels may hold what peers said: they are cleaned and escaped. A ladder
 * without rows is a drawing without rows, still well-formed.
 */
#ifndef REPORT_LADDER_H
#define REPORT_LADDER_H

#include "core/buf.h"
#include "trace/ladder.h"

/* Appends an `svg` element (SVG 1.1) that stands by itself, in a file or in a
 * page. With `link`, the row number N (from 0) that has a message is a link to
 * "#<link>N". */
void report_ladder_svg(const struct ladder *l, const char *link,
		       struct buf *out);

/* Appends a sequenceDiagram of Mermaid. */
void report_ladder_mermaid(const struct ladder *l, struct buf *out);

#endif
