#include "report/text.h"

#include <stdio.h>
#include <string.h>

#include "report/report.h"

enum { JSON_TEXT_MAX = 1024 * 1024 };

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Length of the UTF-8 sequence at the front of `s` (RFC 3629 section 4), 0
 * when it is none. */
static size_t utf8_length(struct span s, uint32_t *code)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char c = (unsigned char)s.p[0];
	size_t i, n = c < 0x80	 ? 1
		      : c < 0xc2 ? 0
		      : c < 0xe0 ? 2
		      : c < 0xf0 ? 3
		      : c < 0xf5 ? 4
				 : 0;

	if (n == 0 || n > s.n)
		return 0;
	*code = n == 1 ? c : c & (0x7fU >> n);
	for (i = 1; i < n; i++) {
		c = (unsigned char)s.p[i];
		if ((c & 0xc0) != 0x80)
			return 0;
		*code = *code << 6 | (c & 0x3f);
	}
	if (*code < least[n] || *code > 0x10ffff ||
	    (*code >= 0xd800 && *code <= 0xdfff))
		return 0;
	return n;
}

static void add_control(struct buf *b, uint32_t code)
{
	if (code == '\n')
		buf_add_str(b, "\\n");
	else if (code == '\r')
		buf_add_str(b, "\\r");
	else if (code == '\t')
		buf_add_char(b, ' ');
	else
		buf_addf(b, "\\x%02x", (unsigned)code);
}

static bool is_control(uint32_t code)
{
	return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

void text_clean(struct buf *b, struct span s, bool lines)
{
	uint32_t code = 0;
	size_t n;

	while (s.n) {
		n = utf8_length(s, &code);
		if (n == 0) {
			buf_add_str(b, replacement);
			n = 1;
		} else if (is_control(code) && !(lines && code == '\n')) {
			add_control(b, code);
		} else {
			buf_add(b, s.p, n);
		}
		s = span_skip(s, n);
	}
}

void text_lines(struct buf *b, struct span s)
{
	struct span line;

	while (span_line(&s, &line)) {
		text_clean(b, line, false);
		buf_add_char(b, '\n');
	}
}

bool report_is(const json_t *run, const char *status)
{
	return run_is(run, status);
}

const char *report_text(const json_t *run, const char *key)
{
	return run_text(run, key);
}

const char *run_skipped(const json_t *run)
{
	const char *why = run_text(run, "skipped");

	return *why ? why : "no check applies";
}

json_t *text_json(const char *s)
{
	struct buf b;
	json_t *out;

	buf_init(&b, JSON_TEXT_MAX);
	text_clean(&b, span_of(s), false);
	out = json_string(buf_str(&b));
	buf_fini(&b);
	return out;
}

void report_shell(struct buf *b, const char *word)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-./:=,@+%";
	const char *p;

	if (word[0] && strspn(word, plain) == strlen(word)) {
		buf_add_str(b, word);
		return;
	}
	buf_add_char(b, '\'');
	for (p = word; *p; p++)
		if (*p == '\'')
			buf_add_str(b, "'\\''");
		else
			buf_add_char(b, *p);
	buf_add_char(b, '\'');
}

/* XML 1.0 section 2.2: these can not even be written as references. */
static bool xml_forbids(uint32_t code)
{
	return (code < 0x20 && code != '\t' && code != '\n' && code != '\r') ||
	       code == 0xfffe || code == 0xffff;
}

static void add_xml_char(struct buf *b, uint32_t code, const char *p, size_t n)
{
	switch (code) {
	case '&':
		buf_add_str(b, "&amp;");
		break;
	case '<':
		buf_add_str(b, "&lt;");
		break;
	case '>':
		buf_add_str(b, "&gt;");
		break;
	case '"':
		buf_add_str(b, "&quot;");
		break;
	default:
		buf_add(b, p, n);
	}
}

void text_xml(struct buf *b, const char *s)
{
	struct span rest = span_of(s);
	uint32_t code = 0;
	size_t n;

	while (rest.n) {
		n = utf8_length(rest, &code);
		if (n == 0 || xml_forbids(code)) {
			buf_add_str(b, replacement);
			n = n ? n : 1;
		} else {
			add_xml_char(b, code, rest.p, n);
		}
		rest = span_skip(rest, n);
	}
}

const char *run_text(const json_t *run, const char *key)
{
	const char *s = json_string_value(json_object_get(run, key));

	return s ? s : "";
}

bool run_is(const json_t *run, const char *status)
{
	return !strcmp(run_text(run, "status"), status);
}

void run_title(struct buf *b, const json_t *run)
{
	json_t *matrix = json_object_get(run, "matrix"), *value;
	const char *key, *sep = " [";

	buf_add_str(b, run_text(run, "name"));
	json_object_foreach(matrix, key, value)
	{
		buf_addf(b, "%s%s=%s", sep, key, json_string_value(value));
		sep = ", ";
	}
	if (json_object_size(matrix))
		buf_add_char(b, ']');
}

void run_message(struct buf *b, const json_t *run)
{
	json_t *check;
	size_t i;

	if (run_is(run, "error")) {
		buf_add_str(b, run_text(run, "error"));
		return;
	}
	json_array_foreach(json_object_get(run, "expect"), i, check)
	{
		if (!run_is(check, "failed"))
			continue;
		buf_addf(b, "%s: wanted %s, got %s", run_text(check, "check"),
			 run_text(check, "wanted"), run_text(check, "got"));
		return;
	}
}

struct totals runs_count(const json_t *runs)
{
	struct totals t = {0, 0, 0, 0, 0.0};
	json_t *run;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		t.passed += run_is(run, "passed");
		t.failed += run_is(run, "failed");
		t.errors += run_is(run, "error");
		t.skipped += run_is(run, "skipped");
		t.wall_s += json_number_value(json_object_get(run, "wall_ms")) /
			    1e3;
	}
	return t;
}
