/*
 * Comparing what was found with `is`, `has`, `matches`, `count` and ranges,
 * and putting both into words.
 */
#include "expect/judge.h"

#include <math.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

enum { QUOTE_MAX = 160, VALUES_SHOWN = 4 };

bool want_range(const struct scn_range *r, double v)
{
	double slack = 1e-9 * fmax(1.0, fabs(v));

	return !r->set || (v >= r->min - slack && v <= r->max + slack);
}

bool want_matches(const char *pattern, struct span text)
{
	char *s = span_dup(text);
	bool hit = false;
	regex_t re;

	if (regcomp(&re, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB) == 0) {
		hit = regexec(&re, s, 0, NULL, 0) == 0;
		regfree(&re);
	}
	free(s);
	return hit;
}

void want_add_us(struct buf *b, int64_t us)
{
	if (us < 1000000)
		buf_addf(b, "%.4g ms", (double)us / 1e3);
	else
		buf_addf(b, "%.10g s", round((double)us / 1e3) / 1e3);
}

void want_add_time(const struct judge *j, struct buf *b, int64_t at_us)
{
	buf_addf(b, "%.3f s", (double)(at_us - j->t0_us) / 1e6);
}

void want_add_quoted(struct buf *b, struct span text)
{
	bool cut = text.n > QUOTE_MAX;

	if (cut)
		text.n = QUOTE_MAX;
	buf_addf(b, "'%.*s%s'", SPAN_ARG(text), cut ? "..." : "");
}

bool want_given(const struct scn_check *c)
{
	return c->is || c->has.n || c->matches || c->count.set;
}

void want_text(struct judge *j)
{
	const struct scn_check *c = j->c;
	struct buf *b = &j->wanted;
	size_t i;

	if (c->is) {
		buf_add_str(b, " is ");
		want_add_quoted(b, span_of(c->is));
	}
	for (i = 0; i < c->has.n; i++) {
		buf_add_str(b, i ? " and " : " has ");
		want_add_quoted(b, span_of(c->has.at[i]));
	}
	if (c->matches) {
		buf_add_str(b, " matches ");
		want_add_quoted(b, span_of(c->matches));
	}
	if (c->count.set)
		buf_addf(b, " count %s", c->count.text);
}

static bool value_fits(const struct scn_check *c, struct span v)
{
	size_t i;

	if (c->is && !span_is(v, c->is))
		return false;
	for (i = 0; i < c->has.n; i++)
		if (c->has.at[i][0] &&
		    span_find(v, span_of(c->has.at[i])) == v.n)
			return false;
	return !c->matches || want_matches(c->matches, v);
}

static void got_values(struct judge *j, struct span const *value, size_t n)
{
	size_t i;

	if (!n)
		buf_add_str(&j->got, "none");
	for (i = 0; i < n && i < VALUES_SHOWN; i++) {
		buf_add_str(&j->got, i ? ", " : "");
		want_add_quoted(&j->got, value[i]);
	}
	if (n > VALUES_SHOWN)
		buf_addf(&j->got, " and %zu more", n - VALUES_SHOWN);
}

void want_values(struct judge *j, struct span const *value, size_t n)
{
	const struct scn_check *c = j->c;
	bool text = c->is || c->has.n || c->matches;
	size_t i;

	got_values(j, value, n);
	if (c->count.set && !want_range(&c->count, (double)n))
		judge_fail(j, "there are %zu", n);
	if (!text)
		return;
	for (i = 0; i < n; i++)
		if (value_fits(c, value[i]))
			return;
	judge_fail(j, "%s", n > 1 ? "none of them fits" : "it does not fit");
}
