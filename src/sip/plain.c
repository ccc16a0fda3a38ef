#include "sip/plain.h"

#include <string.h>

/* ---- kinds of characters ---- */

enum {
	TOKEN = 1, /* of a token that nobody escapes */
	HOST = 2,
	USER = 4,
	TEXT = 8, /* printable, no quote: of a value that nobody looks into */
	HEX = 16,
	DIGIT = 32
};

static const struct {
	const char *chars;
	uint8_t kinds;
} sets[] = {
	{"0123456789", TOKEN | HOST | USER | TEXT | HEX | DIGIT},
	{"abcdefABCDEF", TOKEN | HOST | USER | TEXT | HEX},
	{"ghijklmnopqrstuvwxyzGHIJKLMNOPQRSTUVWXYZ",
	 TOKEN | HOST | USER | TEXT},
	{"-.", TOKEN | HOST | USER | TEXT},
	{"_", TOKEN | USER | TEXT},
	{"+", TOKEN | USER | TEXT},
	{"!*~", TOKEN | TEXT},
	{" !#$%&'()*,/;<=>?@[\\]^`{|}:", TEXT},
};

static uint8_t kinds[256];

static void learn_kinds(void)
{
	size_t i;
	const char *c;

	if (kinds['0'])
		return;
	for (i = 0; i < sizeof(sets) / sizeof(*sets); i++)
		for (c = sets[i].chars; *c; c++)
			kinds[(unsigned char)*c] |= sets[i].kinds;
}

static bool is(char c, uint8_t kind)
{
	return kinds[(unsigned char)c] & kind;
}

/* How many of a kind `s` begins with. */
static size_t run_of(struct span s, uint8_t kind)
{
	const char *at = s.p, *end = s.p + s.n;

	while (at < end && is(*at, kind))
		at++;
	return (size_t)(at - s.p);
}

static bool is_all(struct span s, uint8_t kind)
{
	return s.n && run_of(s, kind) == s.n;
}

/* Cuts a run of a kind off `*rest`; false when there is none. */
static bool take(struct span *rest, uint8_t kind, struct span *out)
{
	size_t n = run_of(*rest, kind);

	*out = span_from(rest->p, n);
	*rest = span_skip(*rest, n);
	return n > 0;
}

static bool take_char(struct span *rest, char c)
{
	if (!rest->n || rest->p[0] != c)
		return false;
	*rest = span_skip(*rest, 1);
	return true;
}

static bool take_text(struct span *rest, const char *text)
{
	size_t n = strlen(text);

	if (rest->n < n || memcmp(rest->p, text, n) != 0)
		return false;
	*rest = span_skip(*rest, n);
	return true;
}

/* ---- URIs ---- */

enum { LONGEST = 100 };

static bool take_port(struct span *rest, uint16_t *port)
{
	struct span digits;
	uint32_t n;

	*port = 0;
	if (!take_char(rest, ':'))
		return true;
	if (!take(rest, DIGIT, &digits) || !parse_u32(digits, 1, 65535, &n))
		return false;
	*port = (uint16_t)n;
	return true;
}

static bool take_host(struct span *rest, struct span *host)
{
	size_t n;

	if (!take_char(rest, '['))
		return take(rest, HOST, host) && host->n <= LONGEST;
	for (n = 0; n < rest->n && (is(rest->p[n], HEX | DIGIT) ||
				    rest->p[n] == ':' || rest->p[n] == '.');)
		n++;
	*host = span_from(rest->p, n);
	*rest = span_skip(*rest, n);
	return n > 1 && n <= LONGEST && take_char(rest, ']');
}

/* ";name", ";name=value", as many as there are. */
static bool skip_params(struct span *rest)
{
	struct span part;

	while (take_char(rest, ';')) {
		if (!take(rest, TOKEN, &part))
			return false;
		if (take_char(rest, '=') && !take(rest, TOKEN, &part))
			return false;
	}
	return true;
}

bool sip_uri_plain(struct span text, struct plain_uri *u)
{
	struct span rest = text, part;
	size_t n;

	learn_kinds();
	if (!take_text(&rest, "sip"))
		return false;
	u->sips = take_char(&rest, 's');
	if (!take_char(&rest, ':'))
		return false;
	n = run_of(rest, USER);
	u->user = span_from(rest.p, 0);
	if (n < rest.n && rest.p[n] == '@') {
		if (!n || n > LONGEST)
			return false;
		take(&rest, USER, &u->user);
		take_char(&rest, '@');
	}
	if (!take_host(&rest, &u->host) || !take_port(&rest, &u->port))
		return false;
	part = rest;
	if (!skip_params(&rest) || rest.n)
		return false;
	u->params = part;
	return true;
}

bool sip_uri_plain_param(const struct plain_uri *u, const char *name,
			 struct span *value)
{
	struct span rest = u->params, key;

	while (take_char(&rest, ';')) {
		take(&rest, TOKEN, &key);
		*value = span_from(rest.p, 0);
		if (take_char(&rest, '='))
			take(&rest, TOKEN, value);
		if (span_case_is(key, name))
			return true;
	}
	return false;
}

/* ---- headers ---- */

/* What stands once, or at most once. */
enum {
	FROM = 1,
	TO = 2,
	CALL_ID = 4,
	CSEQ = 8,
	VIA = 16,
	LENGTH = 32,
	TYPE = 64,
	HOPS = 128,
	NEEDED = FROM | TO | CALL_ID | CSEQ | VIA
};

struct look {
	const struct sip_view *v;
	unsigned seen;
};

static bool once(struct look *l, unsigned what)
{
	if (l->seen & what)
		return false;
	l->seen |= what;
	return true;
}

/* "SIP/2.0/UDP 192.0.2.1:5060;rport;branch=z9hG4bK1": one Via a line. */
static bool read_via(struct look *l, struct span s)
{
	struct span part;
	uint16_t port;

	if (!take_text(&s, "SIP/2.0/") ||
	    (!take_text(&s, "UDP ") && !take_text(&s, "TCP ") &&
	     !take_text(&s, "TLS ")) ||
	    !take_host(&s, &part) || !take_port(&s, &port) ||
	    !skip_params(&s) || s.n)
		return false;
	l->seen |= VIA;
	return true;
}

/* "Alice" <sip:a@b>, Alice <sip:a@b>, <sip:a@b>; `*params` is what follows. */
static bool name_addr(struct span s, struct span *params)
{
	struct plain_uri u;
	struct span part;
	size_t n;

	if (take_char(&s, '"')) {
		while (s.n && (is(s.p[0], TEXT) && s.p[0] != '\\'))
			s = span_skip(s, 1);
		if (!take_char(&s, '"') || !take_char(&s, ' '))
			return false;
	} else {
		while (take(&s, TOKEN, &part))
			if (!take_char(&s, ' '))
				return false;
	}
	if (!take_char(&s, '<'))
		return false;
	n = span_chr(s, '>');
	if (n == s.n || !sip_uri_plain(span_from(s.p, n), &u))
		return false;
	*params = span_skip(s, n + 1);
	s = *params;
	return skip_params(&s) && !s.n;
}

/* How many tags there are, the last one in `*tag`. */
static int tags_in(struct span params, struct span *tag)
{
	const struct plain_uri u = {.params = params};
	struct span rest = params, key;
	int n = 0;

	while (take_char(&rest, ';')) {
		take(&rest, TOKEN, &key);
		n += span_case_is(key, "tag");
		if (take_char(&rest, '='))
			take(&rest, TOKEN, &key);
	}
	*tag = span_from(NULL, 0);
	if (n)
		sip_uri_plain_param(&u, "tag", tag);
	return n;
}

static bool read_from(struct look *l, struct span s)
{
	struct span params, tag;

	return once(l, FROM) && name_addr(s, &params) &&
	       tags_in(params, &tag) == 1 && tag.n;
}

/* A response but 100 has a tag. */
static bool read_to(struct look *l, struct span s)
{
	bool reply = !l->v->request && l->v->code > 100;
	struct span params, tag;
	int n;

	if (!once(l, TO) || !name_addr(s, &params))
		return false;
	n = tags_in(params, &tag);
	return n == 1 ? tag.n > 0 : n == 0 && !reply;
}

static bool read_contact(struct look *l, struct span s)
{
	struct span params;

	(void)l;
	return name_addr(s, &params);
}

static bool read_call_id(struct look *l, struct span s)
{
	struct span part;

	if (!once(l, CALL_ID) || !take(&s, TOKEN, &part))
		return false;
	return !s.n || (take_char(&s, '@') && take_host(&s, &part) && !s.n);
}

static bool read_cseq(struct look *l, struct span s)
{
	struct span number;
	uint32_t n;

	return once(l, CSEQ) && take(&s, DIGIT, &number) &&
	       parse_u32(number, 0, INT32_MAX, &n) && take_char(&s, ' ') &&
	       is_all(s, TOKEN) && (!l->v->request || span_eq(s, l->v->method));
}

static bool read_length(struct look *l, struct span s)
{
	size_t have = (size_t)(l->v->text.p + l->v->text.n - l->v->body.p);
	uint32_t n;

	return once(l, LENGTH) && parse_u32(s, 0, UINT32_MAX, &n) && n <= have;
}

static bool media_type(struct span *s)
{
	struct span part;

	return take(s, TOKEN, &part) && take_char(s, '/') &&
	       take(s, TOKEN, &part);
}

static bool read_type(struct look *l, struct span s)
{
	return once(l, TYPE) && media_type(&s) && skip_params(&s) && !s.n;
}

static bool read_accept(struct look *l, struct span s)
{
	(void)l;
	do
		if (!media_type(&s))
			return false;
	while (take_text(&s, ", "));
	return !s.n;
}

static bool read_tokens(struct look *l, struct span s)
{
	struct span part;

	(void)l;
	do
		if (!take(&s, TOKEN, &part))
			return false;
	while (take_text(&s, ", "));
	return !s.n;
}

static bool read_hops(struct look *l, struct span s)
{
	return once(l, HOPS) && is_all(s, DIGIT);
}

static const struct {
	const char *name;
	bool (*read)(struct look *l, struct span value);
} readers[] = {
	{"Via", read_via},
	{"From", read_from},
	{"To", read_to},
	{"Call-ID", read_call_id},
	{"CSeq", read_cseq},
	{"Contact", read_contact},
	{"Content-Length", read_length},
	{"Content-Type", read_type},
	{"Max-Forwards", read_hops},
	{"Accept", read_accept},
	{"Allow", read_tokens},
	{"Require", read_tokens},
};

/* Of the headers that libosip2 looks into each begins with one of these; all
 * others it keeps as they are. */
static bool is_looked_into(struct span name)
{
	static const char first[] = "acefilmprtvw";

	return name.n < 2 || strchr(first, name.p[0] | 0x20);
}

/* As libosip2 keeps it: it would only mind quotes. */
static bool is_kept(struct span s)
{
	return s.n && span_chr(s, '"') == s.n && span_chr(s, '\0') == s.n &&
	       span_chr(s, '\r') == s.n;
}

/* A CR stays: that is nothing to trim for libosip2. */
static struct span without_blanks(struct span s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s = span_skip(s, 1);
	while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
		s.n--;
	return s;
}

static bool header(struct look *l, struct span line)
{
	struct span name = span_from(line.p, span_chr(line, ':')), value;
	size_t i;

	if (!name.n || name.n == line.n)
		return false;
	value = without_blanks(span_skip(line, name.n + 1));
	for (i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (name.p[0] == readers[i].name[0] &&
		    span_is(name, readers[i].name))
			return readers[i].read(l, value);
	return !is_looked_into(name) && is_all(name, TOKEN) && is_kept(value);
}

/* ---- the whole ---- */

static bool start(const struct sip_view *v, struct span line)
{
	struct plain_uri u;

	if (!v->request) {
		struct span code;

		return take_text(&line, "SIP/2.0 ") &&
		       take(&line, DIGIT, &code) && code.n == 3 &&
		       v->code >= 100 && v->code <= 699 &&
		       take_char(&line, ' ') && is_all(line, TEXT);
	}
	return is_all(v->method, TOKEN) &&
	       line.n == v->method.n + v->uri.n + 9 && line.p == v->method.p &&
	       sip_uri_plain(v->uri, &u) &&
	       v->uri.p == line.p + v->method.n + 1 &&
	       memcmp(line.p + line.n - 8, " SIP/2.0", 8) == 0;
}

/* The next line without its CRLF; false without one. */
static bool take_line(struct span *rest, struct span *line)
{
	size_t n = span_chr(*rest, '\n');

	if (n == rest->n || n < 1 || rest->p[n - 1] != '\r')
		return false;
	*line = span_from(rest->p, n - 1);
	*rest = span_skip(*rest, n + 1);
	return true;
}

enum { LINES_MAX = 200 };

bool sip_is_plain(const struct sip_view *v)
{
	struct span rest = v->text, line;
	struct look l = {.v = v};
	int n = 0;

	learn_kinds();
	if (!v->branch.n || !take_line(&rest, &line) || !start(v, line))
		return false;
	while (take_line(&rest, &line) && n++ < LINES_MAX) {
		if (!line.n)
			return (l.seen & NEEDED) == NEEDED;
		if (!header(&l, line))
			return false;
	}
	return false;
}
