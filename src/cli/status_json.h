/*
 * cli/status_json.h - questions about a run and their answers in JSON
 */
#ifndef CLI_STATUS_JSON_H
#define CLI_STATUS_JSON_H

#include "core/buf.h"
#include "core/span.h"

struct world;

enum { STATUS_ANSWER_MAX = 16 * 1024 * 1024 };

/* Does what one request line asks for and appends the answer, one line. It
 * has "ok", and "error" or "result" or an array named as it was asked. */
void status_answer(struct world *w, struct span line, struct buf *out);

#endif
