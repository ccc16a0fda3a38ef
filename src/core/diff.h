/*
 * core/diff.h - what changed between two texts, line by line
 */
#ifndef CORE_DIFF_H
#define CORE_DIFF_H

#include <stddef.h>

#include "core/span.h"

enum diff_kind { DIFF_SAME, DIFF_GONE, DIFF_NEW };

struct diff_line {
	enum diff_kind kind;
	struct span text; /* of the old text when it is gone, else of the new;
			   * without its line end */
};

/* All lines of both, in order; what is gone stands before what is new. */
struct diff {
	struct diff_line *at; /* owned; the texts are borrowed */
	size_t n;
	size_t changes; /* lines that are gone or new */
};

/* The fewest changes there are (Myers, "An O(ND) difference algorithm", 1986).
 * Beyond DIFF_MOST of them, all that lies between the common beginning and the
 * common end counts as replaced: memory stays below 4 * DIFF_MOST^2 bytes. */
enum { DIFF_MOST = 2000 };
void diff_lines(struct diff *d, struct span old, struct span now);
void diff_fini(struct diff *d);

#endif
