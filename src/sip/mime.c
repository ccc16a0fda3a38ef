#include "sip/mime.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* RFC 2046 section 5.1.1 */
enum { BOUNDARY_MAX = 70 };

/* One run of mime_split over a body and what is nested in it. */
struct splitter {
	struct mime *m;
	struct err *e;
	int rc; /* -1 from the first fault on */
};

/* A delimiter line found in a body. */
struct delimiter {
	size_t begin; /* with the line end that belongs to it */
	size_t end;   /* after its own line end */
	bool close;
};

static bool split(struct splitter *s, struct span boundary, struct span body,
		  int depth);

/* Only the first fault is told; reading goes on. */
static bool is_first_fault(struct splitter *s)
{
	bool first = s->rc == 0;

	s->rc = -1;
	return first;
}

static struct span without_params(struct span value)
{
	return span_trim(span_cut(&value, ';'));
}

static bool is_multipart(struct span type)
{
	return span_case_starts(type, "multipart/");
}

static void set_type(struct mime_part *p, struct span value)
{
	p->type_value = span_trim(value);
	p->type = without_params(p->type_value);
	/* RFC 2046 section 5.1 */
	if (p->type.n == 0)
		p->type = span_of("text/plain");
}

static void set_disposition(struct mime_part *p, struct span value)
{
	p->disposition_value = value;
	p->disposition = without_params(value);
}

/* No fault of who sent it. */
static bool is_first_limit(struct splitter *s)
{
	bool first = is_first_fault(s);

	if (first)
		s->m->limit = true;
	return first;
}

static void keep_part(struct splitter *s, const struct mime_part *p)
{
	if (s->m->n < MIME_PARTS)
		s->m->part[s->m->n++] = *p;
	else if (is_first_limit(s))
		err_set(s->e, ERR_INPUT, "more than %d parts in a body",
			MIME_PARTS);
}

/* What follows "--boundary" decides: "--" closes, blanks may follow, and then
 * the line ends. Anything else is text, or the boundary of an inner multipart
 * that begins with this one. */
static bool is_delimiter_end(struct span rest, struct delimiter *d)
{
	size_t n = rest.n;

	d->close = span_starts(rest, "--");
	if (d->close)
		rest = span_skip(rest, 2);
	while (rest.n && (rest.p[0] == ' ' || rest.p[0] == '\t'))
		rest = span_skip(rest, 1);
	if (span_starts(rest, "\r\n"))
		rest = span_skip(rest, 2);
	else if (span_starts(rest, "\n"))
		rest = span_skip(rest, 1);
	else if (rest.n)
		return false;
	d->end = n - rest.n;
	return true;
}

static size_t line_end_before(const char *p, size_t at, size_t from)
{
	if (at > from && p[at - 1] == '\n')
		at--;
	if (at > from && p[at - 1] == '\r')
		at--;
	return at;
}

/* The first delimiter line at or after `from`, which is a line's beginning. */
static bool find_delimiter(struct span body, struct span boundary, size_t from,
			   struct delimiter *d)
{
	size_t at = from;

	while (at < body.n) {
		struct span rest;

		at += span_find(span_skip(body, at), boundary);
		rest = span_skip(body, at + boundary.n);
		if (at >= body.n)
			return false;
		if (at < from + 2 || memcmp(body.p + at - 2, "--", 2) != 0 ||
		    (at > from + 2 && body.p[at - 3] != '\n') ||
		    !is_delimiter_end(rest, d)) {
			at++;
			continue;
		}
		d->begin = line_end_before(body.p, at - 2, from);
		d->end += at + boundary.n;
		return true;
	}
	return false;
}

static bool is_name_char(char c)
{
	return c > ' ' && c < 0x7f && !strchr("<>()[]{}@,;:\\\"/?=", c);
}

/* Whether a line can be a header; a part that begins otherwise is all body,
 * though nothing says so. */
static bool is_header_line(struct span s)
{
	size_t n = 0;

	while (n < s.n && is_name_char(s.p[n]))
		n++;
	if (n == 0)
		return false;
	while (n < s.n && (s.p[n] == ' ' || s.p[n] == '\t'))
		n++;
	return n < s.n && s.p[n] == ':';
}

/* Divides a part at its first empty line. */
static void cut_headers(struct span text, struct mime_part *p)
{
	struct span rest = text, line;

	p->body = text;
	while (span_line(&rest, &line)) {
		size_t before = (size_t)(line.p - text.p);

		if (before == 0 && line.n && !is_header_line(line))
			return;
		if (line.n)
			continue;
		p->headers = span_from(text.p, before);
		p->body = rest;
		return;
	}
	p->headers = text;
	p->body = span_skip(text, text.n);
}

/* What is inside of a part that is itself multipart; false when it cannot be
 * divided. */
static bool split_inner(struct splitter *s, const struct mime_part *p)
{
	struct span boundary;

	if (p->depth >= MIME_DEPTH) {
		if (is_first_limit(s))
			err_set(s->e, ERR_INPUT,
				"multiparts nested more than %d deep",
				MIME_DEPTH);
		return false;
	}
	if (!sip_param(p->type_value, "boundary", &boundary) ||
	    boundary.n == 0) {
		if (is_first_fault(s))
			err_set(s->e, ERR_INPUT,
				"'%.*s' has no boundary parameter",
				SPAN_ARG(p->type));
		return false;
	}
	if (boundary.n > BOUNDARY_MAX && is_first_fault(s))
		err_set(s->e, ERR_INPUT,
			"boundary of %zu characters, at most %d are allowed",
			boundary.n, BOUNDARY_MAX);
	return split(s, boundary, p->body, p->depth + 1);
}

static void read_part(struct splitter *s, struct span text, int depth)
{
	struct mime_part p = {.depth = depth};
	struct sip_view head = {.request = false};
	struct span value = {NULL, 0};

	cut_headers(text, &p);
	head.headers = p.headers;
	sip_view_header(&head, "Content-Type", 0, &value);
	set_type(&p, value);
	if (sip_view_header(&head, "Content-Disposition", 0, &value))
		set_disposition(&p, value);
	if (!is_multipart(p.type) || !split_inner(s, &p))
		keep_part(s, &p);
}

/* False when the boundary occurs nowhere. */
static bool split(struct splitter *s, struct span boundary, struct span body,
		  int depth)
{
	struct delimiter at, next;

	if (!find_delimiter(body, boundary, 0, &at)) {
		if (is_first_fault(s))
			err_set(s->e, ERR_INPUT,
				"boundary '%.*s' does not occur in the body",
				SPAN_ARG(boundary));
		return false;
	}
	while (!at.close && find_delimiter(body, boundary, at.end, &next)) {
		read_part(s, span_from(body.p + at.end, next.begin - at.end),
			  depth);
		at = next;
	}
	if (at.close)
		return true;
	if (is_first_fault(s))
		err_set(s->e, ERR_INPUT,
			"multipart is not closed by '--%.*s--'",
			SPAN_ARG(boundary));
	if (at.end < body.n)
		read_part(s, span_skip(body, at.end), depth);
	return true;
}

int mime_split(struct mime *m, struct span content_type, struct span body,
	       struct err *e)
{
	struct splitter s = {m, e, 0};
	struct mime_part p = {.body = body};

	m->n = 0;
	m->limit = false;
	set_type(&p, content_type);
	if (!is_multipart(p.type) || !split_inner(&s, &p))
		keep_part(&s, &p);
	return s.rc;
}

int mime_of(struct mime *m, const struct sip_view *v, struct err *e)
{
	struct span value = {NULL, 0};
	int rc;

	m->n = 0;
	m->limit = false;
	if (v->body.n == 0)
		return 0;
	sip_view_header(v, "Content-Type", 0, &value);
	rc = mime_split(m, value, v->body, e);
	if (m->n == 1 && m->part[0].depth == 0 &&
	    sip_view_header(v, "Content-Disposition", 0, &value))
		set_disposition(&m->part[0], value);
	return rc;
}

const struct mime_part *mime_find(const struct mime *m, const char *type)
{
	size_t i;

	for (i = 0; i < m->n; i++)
		if (span_case_is(m->part[i].type, type))
			return &m->part[i];
	return NULL;
}

const struct mime_part *mime_metadata(const struct mime *m)
{
	const struct mime_part *p;

	p = mime_find(m, "application/rs-metadata+xml");
	return p ? p : mime_find(m, "application/rs-metadata");
}

void mime_add(struct buf *b, const char *boundary, const char *headers,
	      struct span body)
{
	buf_add_all(b, "--", boundary, "\r\n", headers, "\r\n");
	buf_add_span(b, body);
	buf_add_str(b, "\r\n");
}

void mime_close(struct buf *b, const char *boundary)
{
	buf_add_all(b, "--", boundary, "--\r\n");
}

static bool occurs(const char *text, const struct span *body, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_find(body[i], span_of(text)) < body[i].n)
			return true;
	return false;
}

void mime_boundary(char *out, size_t size, const char *token,
		   const struct span *body, size_t n)
{
	unsigned i;
	int width;

	/* room for "-4294967295" and the NUL */
	assert(size > 12);
	if (size > BOUNDARY_MAX + 1)
		size = BOUNDARY_MAX + 1;
	width = (int)size - 12;
	snprintf(out, size, "%.*s", width, token);
	for (i = 1; out[0] == '\0' || occurs(out, body, n); i++)
		snprintf(out, size, "%.*s-%u", width, token, i);
}
