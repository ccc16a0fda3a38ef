/*
 * report/block.h - a failure in full; for this room only
 */
#ifndef REPORT_BLOCK_H
#define REPORT_BLOCK_H

#include "core/buf.h"
#include "report/report.h"

/* Appends the command that runs this one again. */
void block_again(struct buf *b, const struct report_input *in);

/* Appends title, failed checks, warnings (report/warnings.h), ladder, command
 * and kept files. */
void block_text(struct buf *b, const struct report_input *in,
		const json_t *warnings, const char *title, const char *again);

#endif
