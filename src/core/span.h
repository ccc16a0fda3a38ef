/*
 * core/span.h - text that lies inside something else
 *
 * A span borrows: it never owns its bytes and is not NUL-terminated. An empty
 * span may have a NULL pointer. Names say how they compare: `eq` exactly,
 * `case_eq` with ASCII case folded (SIP tokens, RFC 3261 section 7.3.1).
 */
#ifndef CORE_SPAN_H
#define CORE_SPAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct span {
	const char *p;
	size_t n;
};

/* For printf: printf("%.*s", SPAN_ARG(s)). */
#define SPAN_ARG(s) (int)(s).n, (s).p ? (s).p : ""

static inline struct span span_from(const char *p, size_t n)
{
	struct span s = {p, n};

	return s;
}

/* NULL gives an empty span. */
static inline struct span span_of(const char *s)
{
	return span_from(s, s ? strlen(s) : 0);
}

/* Without its first n bytes. */
static inline struct span span_skip(struct span s, size_t n)
{
	if (n > s.n)
		n = s.n;
	return span_from(s.p ? s.p + n : NULL, s.n - n);
}

static inline bool span_empty(struct span s)
{
	return s.n == 0;
}

static inline bool span_eq(struct span a, struct span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool span_is(struct span s, const char *text)
{
	return span_eq(s, span_of(text));
}

/* The same n bytes but for the case of ASCII letters. */
bool span_case_same(const char *a, const char *b, size_t n);

static inline bool span_case_eq(struct span a, struct span b)
{
	return a.n == b.n && span_case_same(a.p, b.p, a.n);
}

static inline bool span_case_is(struct span s, const char *text)
{
	return span_case_eq(s, span_of(text));
}

static inline bool span_starts(struct span s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.n >= n && (n == 0 || memcmp(s.p, prefix, n) == 0);
}

bool span_case_starts(struct span s, const char *prefix);
int span_cmp(struct span a, struct span b); /* as memcmp, shorter first */

static inline bool span_is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Without blanks, tabs, CR and LF at both ends. */
static inline struct span span_trim(struct span s)
{
	while (s.n && span_is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && span_is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Position of `c` or of `text` in `s`; s.n when it is not there. */
static inline size_t span_chr(struct span s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

size_t span_find(struct span s, struct span text);

/* Cuts the part before `sep` off `*rest` and returns it; the separator goes
 * too. Without a separator all of it is returned and `*rest` is empty. */
static inline struct span span_cut(struct span *rest, char sep)
{
	size_t at = span_chr(*rest, sep);
	struct span head = span_from(rest->p, at);

	*rest = span_skip(*rest, at < rest->n ? at + 1 : at);
	return head;
}

/* Next line without its CRLF or LF; false when nothing is left. */
bool span_line(struct span *rest, struct span *line);

/* Owned copy, NUL-terminated. */
char *span_dup(struct span s);

/* Whole span as a decimal number in min..max. False on anything else: empty,
 * sign, blanks, trailing characters, out of range. */
bool parse_u32(struct span s, uint32_t min, uint32_t max, uint32_t *out);
bool parse_u64(struct span s, uint64_t min, uint64_t max, uint64_t *out);

/* Whole span as hexadecimal digits, up to 8 of them, no prefix. */
bool parse_hex32(struct span s, uint32_t *out);

#endif
