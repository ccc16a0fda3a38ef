/*
 * scenario/suggest.h - "did you mean ...?"
 *
 * Offer every name that would have been right; the nearest by edit distance
 * is kept, if it is near enough to be a slip of the hand.
 */
#ifndef SCENARIO_SUGGEST_H
#define SCENARIO_SUGGEST_H

#include <stddef.h>

enum { SUGGEST_HINT = 80 };

struct suggest {
	const char *word; /* what was written, borrowed */
	const char *best; /* nearest name so far, borrowed, or NULL */
	size_t distance;  /* of best; before that the first one too far */
};

void scn_suggest_init(struct suggest *s, const char *word);
void scn_suggest_try(struct suggest *s, const char *name);

/* Writes " (did you mean 'x'?)", or nothing, into `out` and returns it. */
const char *scn_suggest_hint(const struct suggest *s, char out[SUGGEST_HINT]);

#endif
