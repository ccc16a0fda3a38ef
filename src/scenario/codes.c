#include "scenario/read.h"

#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

/* Final codes on which a hunt goes on, or not. */
enum { FIRST = 300, LAST = 699, CODES = LAST - FIRST + 1, SHOWN = 4 };

struct matches {
	bool hit[CODES];
	int n;
};

/* What there is to say of a pattern. */
struct opinion {
	char pattern[128]; /* "" while it is of none, or of a longer one */
	struct matches m;
	bool surprising; /* matches elsewhere than at both ends */
};

static void match_all(struct matches *m, const char *pattern)
{
	regex_t re;
	int i;

	m->n = 0;
	memset(m->hit, 0, sizeof(m->hit));
	if (regcomp(&re, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) != 0)
		return;
	for (i = 0; i < CODES; i++) {
		char code[8];

		snprintf(code, sizeof(code), "%d", FIRST + i);
		m->hit[i] = regexec(&re, code, 0, NULL, 0) == 0;
		m->n += m->hit[i];
	}
	regfree(&re);
}

static bool same_anchored(const struct matches *m, const char *front,
			  const char *pattern, const char *back)
{
	char *anchored = xasprintf("%s(%s)%s", front, pattern, back);
	struct matches a;

	match_all(&a, anchored);
	free(anchored);
	return memcmp(a.hit, m->hit, sizeof(a.hit)) == 0;
}

static bool whole_hundred(const struct matches *m, int first)
{
	int i;

	for (i = 0; i < 100; i++) {
		if (!m->hit[first + i])
			return false;
	}
	return true;
}

/* Whole hundreds first, then the first few of the others. */
static void print_matches(const struct matches *m, struct buf *out)
{
	bool whole[CODES / 100];
	const char *sep = "";
	int i, shown = 0;

	for (i = 0; i < CODES / 100; i++) {
		whole[i] = whole_hundred(m, i * 100);
		if (!whole[i])
			continue;
		buf_addf(out, "%sall of %d-%d", sep, FIRST + i * 100,
			 FIRST + i * 100 + 99);
		sep = ", ";
	}
	if (*sep && m->n % 100)
		sep = ", and ";
	for (i = 0; i < CODES; i++) {
		if (!m->hit[i] || whole[i / 100])
			continue;
		if (shown++ == SHOWN) {
			buf_add_str(out, ", ..");
			return;
		}
		buf_addf(out, "%s%d", sep, FIRST + i);
		sep = ", ";
	}
}

/* Each run of a matrix asks for the same pattern: the last one is kept. */
static const struct opinion *opinion_of(const char *pattern)
{
	static struct opinion last;

	if (pattern[0] && strcmp(pattern, last.pattern) == 0)
		return &last;
	match_all(&last.m, pattern);
	last.surprising = !same_anchored(&last.m, "^", pattern, "") &&
			  !same_anchored(&last.m, "", pattern, "$");
	last.pattern[0] = '\0';
	if (strlen(pattern) < sizeof(last.pattern))
		memcpy(last.pattern, pattern, strlen(pattern) + 1);
	return &last;
}

void scn_check_skip_codes(struct scn_strings *warnings, const char *file,
			  struct scn_place place, const char *pattern)
{
	const struct opinion *o;
	struct buf text;

	if (!pattern[0])
		return; /* as if it were not set */
	o = opinion_of(pattern);
	if (strlen(pattern) >= 3 && !o->surprising && o->m.n)
		return;
	buf_init(&text, 4096);
	buf_addf(&text, "%s:%d:%d: warning: pattern '%s' ", file, place.line,
		 place.col, pattern);
	if (o->m.n == 0) {
		buf_add_str(&text, "matches no code of 300-699");
	} else {
		buf_addf(&text, "%s: it matches ",
			 o->surprising ? "is matched anywhere in the code"
				       : "is short");
		print_matches(&o->m, &text);
		buf_addf(&text, " (%d of %d codes)", o->m.n, CODES);
	}
	if (!scn_strings_has(warnings, buf_str(&text)))
		scn_strings_add(warnings, buf_str(&text));
	buf_fini(&text);
}
