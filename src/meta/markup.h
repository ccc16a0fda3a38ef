/*
 * meta/markup.h - writes XML 1.0 in UTF-8, indented, into a buf
 *
 * A document is written for every recording that begins and for every change
 * of one, and this is most of what it takes; what a user wrote is read by
 * libxml2 and written by this. The caller sees to it that what it opens it
 * closes; that the buf has room it looks up in the end.
 */
#ifndef META_MARKUP_H
#define META_MARKUP_H

#include "core/buf.h"

enum { MARKUP_DEPTH = 320 }; /* elements in each other */

struct markup {
	struct buf *b; /* borrowed */
	bool indent;   /* each element on a line of its own */
	bool in_tag;   /* the newest start tag is not closed yet */
	bool newline;  /* the next end tag has a line of its own */
	size_t depth;
	struct {
		size_t at, n; /* of the name, in the buf */
	} open[MARKUP_DEPTH];
};

/* How a value becomes text. */
enum markup_how {
	MARKUP_RAW,	/* as it is */
	MARKUP_ESCAPED, /* it is UTF-8 that XML allows */
	MARKUP_CLEAN	/* likewise made so: white space becomes blanks, what is
			 * no UTF-8 and no printable character U+FFFD, one for
			 * each byte */
};

void markup_begin(struct markup *m, struct buf *b); /* the declaration */
void markup_open(struct markup *m, struct span name);
/* Of the element that was opened last, before anything is in it. */
void markup_attr(struct markup *m, struct span name, const char *value,
		 enum markup_how how);
void markup_text(struct markup *m, const char *text, enum markup_how how);
void markup_close(struct markup *m); /* the innermost */
/* In text that counts nothing is indented. On until told otherwise. */
void markup_indent(struct markup *m, bool on);

#endif
