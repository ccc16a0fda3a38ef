/*
 * report/text.h - pieces of text that all reports need
 */
#ifndef REPORT_TEXT_H
#define REPORT_TEXT_H

#include <stdbool.h>

#include <jansson.h>

#include "core/buf.h"
#include "core/span.h"

/* Appends text that peers may have had a hand in as valid UTF-8 without
 * control characters, which would command the terminal: they become "\n" and
 * "\x1b". `lines`: line feeds stay. */
void text_clean(struct buf *b, struct span s, bool lines);

/* The same of a message: CRLF is a line feed. */
void text_lines(struct buf *b, struct span s);

/* Why a run was skipped: what it says, or that no check applied. */
const char *run_skipped(const json_t *run);

/* A JSON string of cleaned text; NULL is "". */
json_t *text_json(const char *s);

/* Appends text as XML 1.0 content or attribute value. */
void text_xml(struct buf *b, const char *s);

/* ---- what a run says of itself ---- */

const char *run_text(const json_t *run, const char *key); /* never NULL */
bool run_is(const json_t *run, const char *status);

/* Appends the name, with the values of the matrix: "name [code=486]". */
void run_title(struct buf *b, const json_t *run);

/* Appends "check: wanted x, got y" of its first failed check, or its error. */
void run_message(struct buf *b, const json_t *run);

struct totals {
	int passed, failed, errors, skipped;
	double wall_s;
};

struct totals runs_count(const json_t *runs);

#endif
