/*
 * report/page.h - what a page shows of a run; for this room only
 *
 * Figures are made where the trace is, as elements for the page; the page
 * itself is put together later, of runs that may come from other processes.
 */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include <jansson.h>

#include "core/buf.h"
#include "trace/trace.h"

/* Appends an `svg` of a stream's loss and jitter over its time, by the log of
 * its arrivals. Nothing when it has none. */
void page_stream(const struct trace_rtp *r, struct buf *out);

/* Appends an `svg` of the sound in a file; -1 when it cannot be read. */
int page_wave(const char *path, struct buf *out);

/* Array of {"title", "text"}: the metadata documents of a call as they were
 * sent, those of one recording after the other. Each line begins with ' ', '+'
 * or '-': what changed since the one before. */
json_t *page_documents(const struct trace *t, int call);

#endif
