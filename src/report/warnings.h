/*
 * report/warnings.h - what a run was warned of; for this room only
 */
#ifndef REPORT_WARNINGS_H
#define REPORT_WARNINGS_H

#include "core/buf.h"
#include "report/report.h"

/* Array of the warnings of a run, of several that say the same the first, and
 * how many they are. */
json_t *warnings_json(const struct report_input *in);

/* Appends them, a line each; of very many the first. */
void warnings_text(struct buf *b, const char *indent, const json_t *warnings);

#endif
