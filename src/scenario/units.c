#include "scenario/units.h"

#include <math.h>
#include <stdlib.h>

/* Longest run of digits that a double holds exactly. */
enum { DIGITS = 15 };

static bool digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Takes digits, with a fraction or without, off the front of `*s`. */
static bool take_number(struct span *s, double *out)
{
	double value = 0, scale = 1;
	size_t i = 0, n = 0;
	bool point = false;

	for (; i < s->n; i++) {
		if (s->p[i] == '.' && !point && i + 1 < s->n && n &&
		    digit(s->p[i + 1])) {
			point = true;
			continue;
		}
		if (!digit(s->p[i]))
			break;
		value = value * 10 + (s->p[i] - '0');
		if (point)
			scale *= 10;
		if (++n > DIGITS)
			return false;
	}
	*s = span_skip(*s, i);
	*out = value / scale;
	return n > 0;
}

struct unit {
	const char *name;
	double factor;
};

/* A number and one of the units; plain zero needs none. */
static bool with_unit(struct span s, const struct unit *unit, size_t n,
		      double *out)
{
	double value;
	size_t i;

	if (!take_number(&s, &value))
		return false;
	if (s.n == 0 && !(value > 0)) {
		*out = 0;
		return true;
	}
	for (i = 0; i < n; i++) {
		if (!span_is(s, unit[i].name))
			continue;
		*out = value * unit[i].factor;
		return true;
	}
	return false;
}

bool scn_unit_number(struct span text, double *out)
{
	return take_number(&text, out) && text.n == 0;
}

bool scn_unit_time(struct span text, double *out)
{
	static const struct unit unit[] = {
		{"s", 1e6}, {"ms", 1e3}, {"us", 1}, {"m", 60e6}, {"h", 3600e6}};

	if (!with_unit(text, unit, sizeof(unit) / sizeof(*unit), out))
		return false;
	*out = round(*out);
	return *out <= 24 * 3600e6;
}

bool scn_unit_hz(struct span text, double *out)
{
	static const struct unit unit[] = {{"Hz", 1}, {"kHz", 1e3}};

	return with_unit(text, unit, sizeof(unit) / sizeof(*unit), out);
}

bool scn_unit_share(struct span text, double *out)
{
	static const struct unit unit[] = {{"%", 0.01}};

	return with_unit(text, unit, 1, out) && *out <= 1;
}

bool scn_unit_rate(struct span text, double *out)
{
	static const struct unit unit[] = {{"/s", 1}, {"/m", 1.0 / 60}};

	return with_unit(text, unit, sizeof(unit) / sizeof(*unit), out) &&
	       *out > 0;
}

bool scn_unit_range(struct span text, unit_h *one, struct scn_range *out)
{
	double min = -HUGE_VAL, max = HUGE_VAL;
	size_t dots = span_find(text, span_of(".."));
	struct span low = span_from(text.p, dots);
	struct span high = span_skip(text, dots == text.n ? dots : dots + 2);

	if (low.n && !one(low, &min))
		return false;
	if (high.n && !one(high, &max))
		return false;
	if (!low.n && !high.n)
		return false;
	if (dots == text.n)
		max = min;
	if (min > max)
		return false;
	free(out->text);
	out->set = true;
	out->min = min;
	out->max = max;
	out->text = span_dup(text);
	return true;
}
