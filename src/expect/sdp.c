/*
 * sdp, same: the lines that were offered and answered, and whether two
 * recorders were told the same.
 */
#include "expect/judge.h"

#include <ctype.h>
#include <string.h>

#include "sdp/sdp.h"

enum { LINES_SHOWN = 16, SAME_MAX = 1024 * 1024 };

/* ---- sdp ---- */

/* Whether a line is, or begins with, the text, up to the end of a word:
 * "a=rtpmap:0" is in "a=rtpmap:0 PCMU/8000", "a=label:1" not in "a=label:10".
 */
static bool line_has(struct span line, const char *text)
{
	size_t n = strlen(text);

	if (!span_starts(line, text))
		return false;
	return line.n == n || !isalnum((unsigned char)line.p[n]) || n == 0 ||
	       !isalnum((unsigned char)text[n - 1]);
}

static bool lines_have(const struct sdp_line *line, size_t n, const char *text)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (line_has(line[i].text, text))
			return true;
	return false;
}

static bool lines_match(const struct sdp_line *line, size_t n,
			const char *pattern)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (want_matches(pattern, line[i].text))
			return true;
	return false;
}

static void sdp_wanted(struct judge *j)
{
	const struct scn_check *c = j->c;
	size_t i;

	if (c->media)
		buf_addf(&j->wanted, "m-line %d of the %s", c->media,
			 c->subject);
	else
		buf_addf(&j->wanted, "the %s", c->subject);
	for (i = 0; i < c->has.n; i++)
		buf_addf(&j->wanted, "%s%s", i ? ", " : " has ", c->has.at[i]);
	if (c->has.n && c->has_not.n)
		buf_add_str(&j->wanted, ", and");
	for (i = 0; i < c->has_not.n; i++)
		buf_addf(&j->wanted, "%s%s", i ? ", " : " has not ",
			 c->has_not.at[i]);
	if (c->matches)
		buf_addf(&j->wanted, "%s a line that matches '%s'",
			 c->has.n || c->has_not.n ? ", and" : " has",
			 c->matches);
	if (!c->has.n && !c->has_not.n && !c->matches)
		buf_add_str(&j->wanted, " is there");
}

static void check_lines(struct judge *j, const struct sdp_line *line, size_t n)
{
	const struct scn_check *c = j->c;
	size_t i;

	for (i = 0; i < n && i < LINES_SHOWN; i++)
		buf_addf(&j->got, "%s%.*s", i ? " | " : "",
			 SPAN_ARG(line[i].text));
	if (n > LINES_SHOWN)
		buf_addf(&j->got, " and %zu more lines", n - LINES_SHOWN);
	for (i = 0; i < c->has.n; i++)
		if (!lines_have(line, n, c->has.at[i]))
			judge_fail(j, "%s is missing", c->has.at[i]);
	for (i = 0; i < c->has_not.n; i++)
		if (lines_have(line, n, c->has_not.at[i]))
			judge_fail(j, "%s is there", c->has_not.at[i]);
	if (c->matches && !lines_match(line, n, c->matches))
		judge_fail(j, "no line matches '%s'", c->matches);
}

static void check_sdp(struct judge *j, struct span text)
{
	struct err e = ERR_INIT;
	struct sdp *s = sdp_parse(text, &e);
	size_t media = (size_t)j->c->media;

	if (!s) {
		buf_addf(&j->got, "an %s that is not SDP", j->c->subject);
		judge_fail(j, "%s", e.text);
	} else if (media > s->n_media) {
		buf_addf(&j->got, "%zu m-lines", s->n_media);
		judge_fail(j, "the %s has no m-line %zu", j->c->subject, media);
	} else if (media) {
		check_lines(j, s->media[media - 1].line,
			    s->media[media - 1].n_lines);
	} else {
		check_lines(j, s->line, s->n_lines);
	}
	sdp_free(s);
}

static enum pick_what what_of(const struct scn_check *c)
{
	if (!strcmp(c->subject, "metadata"))
		return PICK_METADATA;
	return !strcmp(c->subject, "answer") ? PICK_ANSWER : PICK_OFFER;
}

void judge_sdp(struct judge *j)
{
	struct picked p;
	const char *recorder;

	sdp_wanted(j);
	recorder = judge_recorder(j);
	if (recorder &&
	    judge_pick(j, what_of(j->c), recorder, SCN_AT_START, &p))
		check_sdp(j, p.body);
}

/* ---- same ---- */

/* Each attempt is a session description of its own with ports of its own:
 * what o=, c=, the m-line's port and a=rtcp say may differ, and keys have to;
 * the rest not. */
static void add_sdp_line(struct buf *b, struct span line)
{
	struct span rest = line, first;

	if (span_starts(line, "o="))
		buf_add_str(b, "o=(origin)");
	else if (span_starts(line, "c="))
		buf_add_str(b, "c=(address)");
	else if (span_starts(line, "a=rtcp:"))
		buf_add_str(b, "a=rtcp:(port)");
	else if (span_starts(line, "a=crypto:"))
		buf_addf(b, "%.*s(key)",
			 (int)span_find(line, span_of("inline:")), line.p);
	else if (span_starts(line, "m=")) {
		first = span_cut(&rest, ' ');
		span_cut(&rest, ' ');
		buf_addf(b, "%.*s (port) %.*s", SPAN_ARG(first),
			 SPAN_ARG(rest));
	} else {
		buf_add_span(b, line);
	}
}

static size_t count_digits(struct span s)
{
	size_t n = 0;

	while (n < s.n && isdigit((unsigned char)s.p[n]))
		n++;
	return n;
}

/* Length of an RFC 3339 time at the front of `s`, or 0. */
static size_t time_length(struct span s)
{
	static const char shape[] = "dddd-dd-ddTdd:dd:dd";
	size_t i, n = sizeof(shape) - 1;

	if (s.n < n)
		return 0;
	for (i = 0; i < n; i++)
		if (shape[i] == 'd' ? !isdigit((unsigned char)s.p[i])
				    : s.p[i] != shape[i])
			return 0;
	if (n < s.n && s.p[n] == '.')
		n += 1 + count_digits(span_skip(s, n + 1));
	if (n < s.n && s.p[n] == 'Z')
		n++;
	else if (n + 6 <= s.n && (s.p[n] == '+' || s.p[n] == '-'))
		n += 6;
	return n;
}

/* A document tells the same call, perhaps written later: times may differ,
 * ids and all else may not. */
static void add_xml_line(struct buf *b, struct span line)
{
	size_t n;

	while (line.n) {
		n = time_length(line);
		if (n) {
			buf_add_str(b, "(time)");
		} else {
			buf_add_char(b, line.p[0]);
			n = 1;
		}
		line = span_skip(line, n);
	}
}

static void normalise(struct buf *b, enum pick_what what, struct span text)
{
	struct span line;

	while (span_line(&text, &line)) {
		if (what == PICK_METADATA)
			add_xml_line(b, line);
		else
			add_sdp_line(b, line);
		buf_add_char(b, '\n');
	}
}

static void add_difference(struct judge *j, struct span a, struct span b,
			   const char *name_a, const char *name_b)
{
	struct span la = {NULL, 0}, lb = {NULL, 0};
	bool more_a, more_b;
	int line = 0;

	do {
		more_a = span_line(&a, &la);
		more_b = span_line(&b, &lb);
		line++;
	} while (more_a && more_b && span_eq(la, lb));
	buf_addf(&j->got, "%sline %d: ", j->got.n ? ", " : "", line);
	want_add_quoted(&j->got, more_a ? la : span_of(""));
	buf_addf(&j->got, " at %s, ", name_a);
	want_add_quoted(&j->got, more_b ? lb : span_of(""));
	buf_addf(&j->got, " at %s", name_b);
	judge_fail(j, "%s and %s were told different things", name_a, name_b);
}

static bool same_text(struct judge *j, const char *recorder, struct buf *out)
{
	enum pick_what what = what_of(j->c);
	struct picked p;

	if (!judge_pick(j, what, recorder, SCN_AT_START, &p))
		return false;
	normalise(out, what, p.body);
	return true;
}

void judge_same(struct judge *j)
{
	const struct scn_strings *across = &j->c->across;
	struct buf first, other;
	size_t i;

	buf_init(&first, SAME_MAX);
	buf_init(&other, SAME_MAX);
	buf_addf(&j->wanted, "the same %s at ", j->c->subject);
	strings_add(&j->wanted, across, "nobody");
	if (!across->n || !same_text(j, across->at[0], &first))
		goto out;
	for (i = 1; i < across->n; i++) {
		buf_clear(&other);
		if (!same_text(j, across->at[i], &other))
			goto out;
		if (!span_eq(buf_span(&first), buf_span(&other)))
			add_difference(j, buf_span(&first), buf_span(&other),
				       across->at[0], across->at[i]);
	}
	if (!j->failed)
		buf_add_str(&j->got, "the same");
out:
	buf_fini(&first);
	buf_fini(&other);
}
