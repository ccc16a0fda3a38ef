#include "meta/markup.h"

#include <assert.h>
#include <string.h>

/* ---- characters ---- */

/* How many bytes the UTF-8 character at `s` has by its first (RFC 3629 section
 * 3), and its bits; 0 when no character begins so. */
static size_t lead_len(unsigned char lead, uint32_t *bits)
{
	static const struct {
		unsigned char mask, value;
	} leads[] = {{0x80, 0}, {0xe0, 0xc0}, {0xf0, 0xe0}, {0xf8, 0xf0}};
	size_t i;

	for (i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		if ((lead & leads[i].mask) == leads[i].value) {
			*bits = lead & (unsigned char)~leads[i].mask;
			return i + 1;
		}
	}
	return 0;
}

/* Length of the printable character at `s` that XML 1.0 allows, else 0. */
static size_t char_len(const char *s)
{
	static const uint32_t least[] = {0, ' ', 0x80, 0x800, 0x10000};
	uint32_t c = 0;
	size_t n = lead_len((unsigned char)*s, &c), i;

	for (i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[n] || c == 0x7f || (c >= 0xd800 && c <= 0xdfff) ||
	    c == 0xfffe || c == 0xffff || c > 0x10ffff)
		return 0;
	return n;
}

static const char *escape_of(char c, bool attr)
{
	switch (c) {
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '&':
		return "&amp;";
	case '"':
		return "&quot;";
	case '\r':
		return "&#13;";
	case '\n':
		return attr ? "&#10;" : NULL;
	case '\t':
		return attr ? "&#9;" : NULL;
	}
	return NULL;
}

/* What nobody has to look at twice. */
static size_t plain_len(const char *s)
{
	size_t n = 0;

	while (s[n] >= ' ' && s[n] < 0x7f && s[n] != '<' && s[n] != '>' &&
	       s[n] != '&' && s[n] != '"')
		n++;
	return n;
}

/* One character, maybe of several bytes; returns how many. */
static size_t put_char(struct buf *b, const char *s, bool attr, bool clean)
{
	size_t n = clean ? char_len(s) : 1;
	const char *escape = escape_of(*s, attr);

	if (clean && strchr("\t\r\n", *s))
		buf_add_char(b, ' ');
	else if (escape)
		buf_add_str(b, escape);
	else if (n)
		buf_add(b, s, n);
	else
		buf_add_str(b, "\xef\xbf\xbd");
	return n ? n : 1;
}

static void put(struct buf *b, const char *s, enum markup_how how, bool attr)
{
	if (how == MARKUP_RAW) {
		buf_add_str(b, s);
		return;
	}
	while (*s) {
		size_t n = plain_len(s);

		buf_add(b, s, n);
		s += n;
		if (*s)
			s += put_char(b, s, attr, how == MARKUP_CLEAN);
	}
}

/* ---- tags ---- */

void markup_begin(struct markup *m, struct buf *b)
{
	m->b = b;
	m->indent = m->newline = true;
	m->in_tag = false;
	m->depth = 0;
	buf_add_str(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
}

static void put_indent(const struct markup *m)
{
	static const char blanks[] = "                ";
	size_t n = 2 * (m->depth - 1), part;

	for (; n; n -= part) {
		part = n < sizeof(blanks) - 1 ? n : sizeof(blanks) - 1;
		buf_add(m->b, blanks, part);
	}
}

static void end_tag_open(struct markup *m)
{
	if (m->in_tag)
		buf_add_char(m->b, '>');
	m->in_tag = false;
}

void markup_open(struct markup *m, struct span name)
{
	assert(m->depth < MARKUP_DEPTH);
	if (m->in_tag && m->indent)
		buf_add(m->b, ">\n", 2);
	else
		end_tag_open(m);
	m->in_tag = true;
	m->depth++;
	if (m->indent)
		put_indent(m);
	buf_add_char(m->b, '<');
	m->open[m->depth - 1].at = m->b->n;
	m->open[m->depth - 1].n = name.n;
	buf_add_span(m->b, name);
}

void markup_attr(struct markup *m, struct span name, const char *value,
		 enum markup_how how)
{
	buf_add_char(m->b, ' ');
	buf_add_span(m->b, name);
	buf_add(m->b, "=\"", 2);
	put(m->b, value, how, true);
	buf_add_char(m->b, '"');
}

void markup_text(struct markup *m, const char *text, enum markup_how how)
{
	end_tag_open(m);
	put(m->b, text, how, false);
	if (m->indent)
		m->newline = false;
}

/* The name is what was written before, unless that did not fit. */
static void put_end_tag(struct markup *m)
{
	size_t at = m->open[m->depth - 1].at, n = m->open[m->depth - 1].n;
	char name[256];

	if (m->b->overflow)
		return;
	buf_add(m->b, "</", 2);
	while (n) {
		size_t part = n < sizeof(name) ? n : sizeof(name);

		/* the buf may move while it grows */
		memcpy(name, m->b->p + at, part);
		buf_add(m->b, name, part);
		at += part;
		n -= part;
	}
	buf_add_char(m->b, '>');
}

void markup_close(struct markup *m)
{
	if (m->in_tag) {
		buf_add(m->b, "/>", 2);
	} else {
		if (m->indent && m->newline)
			put_indent(m);
		put_end_tag(m);
	}
	m->in_tag = false;
	m->newline = true;
	if (m->indent)
		buf_add_char(m->b, '\n');
	m->depth--;
}

void markup_indent(struct markup *m, bool on)
{
	m->indent = on;
	m->newline = true;
}
