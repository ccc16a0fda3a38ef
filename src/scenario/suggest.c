#include "scenario/suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

static char fold(char c)
{
	return (char)tolower((unsigned char)c);
}

/* Insertions, deletions, substitutions and swaps of neighbours, case folded
 * (optimal string alignment). Both words have at most LONGEST characters. */
static size_t distance(const char *a, size_t na, const char *b, size_t nb)
{
	size_t d[LONGEST + 1][LONGEST + 1];
	size_t i, j;

	for (i = 0; i <= na; i++)
		d[i][0] = i;
	for (j = 0; j <= nb; j++)
		d[0][j] = j;
	for (i = 1; i <= na; i++) {
		for (j = 1; j <= nb; j++) {
			size_t same = fold(a[i - 1]) != fold(b[j - 1]);

			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + same);
			if (i > 1 && j > 1 &&
			    fold(a[i - 1]) == fold(b[j - 2]) &&
			    fold(a[i - 2]) == fold(b[j - 1]))
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[na][nb];
}

void scn_suggest_init(struct suggest *s, const char *word)
{
	s->word = word;
	s->best = NULL;
	s->distance = strlen(word) / 3 + 2;
}

void scn_suggest_try(struct suggest *s, const char *name)
{
	size_t n = strlen(s->word), m = strlen(name), d;

	if (n == 0 || n > LONGEST || m > LONGEST)
		return;
	d = distance(s->word, n, name, m);
	if (d < s->distance && d < m) {
		s->distance = d;
		s->best = name;
	}
}

const char *scn_suggest_hint(const struct suggest *s, char out[SUGGEST_HINT])
{
	out[0] = '\0';
	if (s->best)
		snprintf(out, SUGGEST_HINT, " (did you mean '%s'?)", s->best);
	return out;
}
