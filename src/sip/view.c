#include "sip/view.h"

#include <string.h>

#include "sip/value.h"

/* RFC 3261 section 7.3.3 and the IANA registry of compact forms. */
static const char *const compact[26] = {
	['a' - 'a'] = "Accept-Contact",
	['b' - 'a'] = "Referred-By",
	['c' - 'a'] = "Content-Type",
	['d' - 'a'] = "Request-Disposition",
	['e' - 'a'] = "Content-Encoding",
	['f' - 'a'] = "From",
	['i' - 'a'] = "Call-ID",
	['j' - 'a'] = "Reject-Contact",
	['k' - 'a'] = "Supported",
	['l' - 'a'] = "Content-Length",
	['m' - 'a'] = "Contact",
	['n' - 'a'] = "Identity-Info",
	['o' - 'a'] = "Event",
	['r' - 'a'] = "Refer-To",
	['s' - 'a'] = "Subject",
	['t' - 'a'] = "To",
	['u' - 'a'] = "Allow-Events",
	['v' - 'a'] = "Via",
	['x' - 'a'] = "Session-Expires",
	['y' - 'a'] = "Identity",
};

static struct span long_name(struct span name)
{
	unsigned i;

	if (name.n != 1)
		return name;
	i = (unsigned)((unsigned char)name.p[0] | 0x20) - 'a';
	if (i >= 26 || !compact[i])
		return name;
	return span_of(compact[i]);
}

static bool is_wsp(char c)
{
	return c == ' ' || c == '\t';
}

/* Takes one line with its continuation lines (RFC 3261 section 7.3.1). */
static struct span take_folded(struct span *rest)
{
	struct span line = span_from(rest->p, 0);

	do {
		size_t n = span_chr(*rest, '\n');

		if (n < rest->n)
			n++;
		line.n += n;
		*rest = span_skip(*rest, n);
	} while (rest->n && is_wsp(rest->p[0]));
	return line;
}

/* False when it has no name or no colon. */
static bool split_header(struct span line, struct span *name,
			 struct span *value)
{
	size_t colon = span_chr(line, ':');

	if (colon == line.n || is_wsp(line.p[0]))
		return false;
	*name = long_name(span_trim(span_from(line.p, colon)));
	*value = span_trim(span_skip(line, colon + 1));
	return name->n > 0;
}

/* Length of the empty line that ends the headers; 0: that is none. */
static size_t empty_line(struct span rest)
{
	return span_starts(rest, "\n") ? 1 : span_starts(rest, "\r\n") ? 2 : 0;
}

/* The headers that `rest` begins with; false when no empty line ends them. */
static bool find_headers(struct span rest, struct span *headers)
{
	const char *from = rest.p;

	while (!empty_line(rest)) {
		if (!rest.n)
			return false;
		span_cut(&rest, '\n');
	}
	*headers = span_from(from, (size_t)(rest.p - from));
	return true;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "SIP/2.0"; other versions are somebody else's to refuse. */
static bool is_version(struct span s)
{
	return s.n == 7 && span_case_starts(s, "SIP/") && is_digit(s.p[4]) &&
	       s.p[5] == '.' && is_digit(s.p[6]);
}

static bool status_line(struct span line, struct sip_view *v)
{
	struct span code;
	uint32_t n;

	span_cut(&line, ' ');
	line = span_trim(line);
	code = span_cut(&line, ' ');
	if (code.n != 3 || !parse_u32(code, 100, 699, &n))
		return false;
	v->code = (int)n;
	v->reason = span_trim(line);
	return true;
}

static bool is_token(struct span s)
{
	static const char other[] = "-.!%*_+`'~";
	size_t i;

	for (i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!is_digit(c) && ((c | 0x20) < 'a' || (c | 0x20) > 'z') &&
		    !memchr(other, c, sizeof(other) - 1))
			return false;
	}
	return s.n > 0;
}

static bool request_line(struct span line, struct sip_view *v)
{
	size_t end;

	v->method = span_cut(&line, ' ');
	if (line.n == 0 || !is_token(v->method))
		return false;
	line = span_trim(line);
	for (end = line.n; end > 0 && line.p[end - 1] != ' '; end--)
		;
	if (end == 0 || !is_version(span_skip(line, end)))
		return false;
	v->uri = span_trim(span_from(line.p, end));
	v->request = true;
	return v->uri.n > 0;
}

static bool start_line(struct span *rest, struct sip_view *v)
{
	struct span line, head;

	/* RFC 3261 section 7.5: empty lines before it are ignored */
	do {
		if (!span_line(rest, &line))
			return false;
	} while (line.n == 0);
	head = span_from(line.p, span_chr(line, ' '));
	if (is_version(head))
		return status_line(line, v);
	return request_line(line, v);
}

static void read_cseq(struct sip_view *v, struct span value)
{
	size_t n = 0;

	while (n < value.n && is_digit(value.p[n]))
		n++;
	if (!parse_u32(span_from(value.p, n), 0, UINT32_MAX, &v->cseq))
		v->cseq = 0;
	v->cseq_method = span_trim(span_skip(value, n));
}

/* Headers a view knows by itself. */
struct known {
	struct span via, from, to, call_id, cseq, length;
};

/* Where the value of a header goes, or NULL: by length, which tells nearly all
 * other names apart without a comparison. */
static struct span *place_for(struct known *k, struct span name)
{
	switch (name.n) {
	case 2:
		return span_case_is(name, "To") ? &k->to : NULL;
	case 3:
		return span_case_is(name, "Via") ? &k->via : NULL;
	case 4:
		if (span_case_is(name, "From"))
			return &k->from;
		return span_case_is(name, "CSeq") ? &k->cseq : NULL;
	case 7:
		return span_case_is(name, "Call-ID") ? &k->call_id : NULL;
	case 14:
		return span_case_is(name, "Content-Length") ? &k->length : NULL;
	}
	return NULL;
}

/* Whether the name of one may begin so, be it long or compact. */
static bool begins_known(char c)
{
	switch (c | 0x20) {
	case 'c':
	case 'f':
	case 'i':
	case 'l':
	case 't':
	case 'v':
		return true;
	}
	return c == '\r'; /* blank to split_header */
}

/* Takes the next header. The first of a name counts. */
static void take_known(struct span *headers, struct known *k)
{
	struct span line = take_folded(headers), name, value, *place;

	if (!begins_known(line.p[0]) || !split_header(line, &name, &value))
		return;
	place = place_for(k, name);
	if (place && !place->p)
		*place = value;
}

/* What comes after the start line; false when no empty line ends the headers. */
static bool read_headers(struct span rest, struct sip_view *v)
{
	const char *from = rest.p;
	struct known k = {0};
	uint32_t n;

	while (!empty_line(rest)) {
		if (!rest.n)
			return false;
		take_known(&rest, &k);
	}
	v->headers = span_from(from, (size_t)(rest.p - from));
	v->body = span_skip(rest, empty_line(rest));
	v->via = sip_value_take(&k.via);
	v->from = k.from;
	v->to = k.to;
	v->call_id = k.call_id;
	read_cseq(v, k.cseq);
	if (parse_u32(k.length, 0, UINT32_MAX, &n) && n < v->body.n)
		v->body.n = n;
	return true;
}

bool sip_view(struct span text, struct sip_view *v)
{
	struct span rest = text, value;

	memset(v, 0, sizeof(*v));
	v->text = text;
	if (!start_line(&rest, v) || !read_headers(rest, v))
		return false;
	if (sip_param(v->from, "tag", &value))
		v->from_tag = value;
	if (sip_param(v->to, "tag", &value))
		v->to_tag = value;
	if (sip_param(v->via, "branch", &value))
		v->branch = value;
	return true;
}

/* Whether a line may be a header of that name: most others begin otherwise, and
 * are no compact form. */
static bool may_be(struct span line, const char *name)
{
	return line.n < 2 || (line.p[0] | 0x20) == (name[0] | 0x20) ||
	       line.p[0] == '\r' || line.p[1] == ':' ||
	       span_is_blank(line.p[1]);
}

/* Next header of that name, which is a long one. */
static bool next_named(struct span *rest, struct span wanted,
		       struct span *value)
{
	struct span line, name;

	while (rest->n) {
		line = take_folded(rest);
		if (may_be(line, wanted.p) &&
		    split_header(line, &name, value) &&
		    span_case_eq(name, wanted))
			return true;
	}
	return false;
}

bool sip_view_header(const struct sip_view *v, const char *name, unsigned nth,
		     struct span *value)
{
	struct span rest = v->headers, wanted = long_name(span_of(name));
	struct span found;

	while (next_named(&rest, wanted, &found)) {
		if (nth-- > 0)
			continue;
		*value = found;
		return true;
	}
	return false;
}

unsigned sip_view_header_count(const struct sip_view *v, const char *name)
{
	struct span rest = v->headers, wanted = long_name(span_of(name));
	struct span value;
	unsigned n = 0;

	while (next_named(&rest, wanted, &value))
		n++;
	return n;
}

void sip_walk(struct sip_walk *w, const struct sip_view *v, const char *name)
{
	w->rest = v->headers;
	w->list = span_of("");
	w->name = long_name(span_of(name));
}

bool sip_walk_next(struct sip_walk *w, struct span *value)
{
	for (;;) {
		while (w->list.n) {
			*value = sip_value_take(&w->list);
			if (value->n)
				return true;
		}
		if (!next_named(&w->rest, w->name, &w->list))
			return false;
	}
}

bool sip_view_element(const struct sip_view *v, const char *name, unsigned nth,
		      struct span *value)
{
	struct span element;
	struct sip_walk w;

	sip_walk(&w, v, name);
	do
		if (!sip_walk_next(&w, &element))
			return false;
	while (nth-- > 0);
	*value = element;
	return true;
}

bool sip_view_lists(const struct sip_view *v, const char *name,
		    const char *token)
{
	struct span element;
	struct sip_walk w;

	sip_walk(&w, v, name);
	while (sip_walk_next(&w, &element)) {
		element.n = sip_value_find(element, ";");
		element = span_trim(element);
		if (element.n && span_case_is(element, token))
			return true;
	}
	return false;
}

struct span sip_view_type(const struct sip_view *v)
{
	struct span value;

	if (!sip_view_header(v, "Content-Type", 0, &value))
		return span_from(NULL, 0);
	return span_trim(span_cut(&value, ';'));
}

void sip_classify(struct trace_sip *m)
{
	struct span rest = m->text, cseq = span_of("");
	struct sip_view v = {0};

	if (!start_line(&rest, &v) || !find_headers(rest, &v.headers))
		return;
	sip_view_header(&v, "CSeq", 0, &cseq);
	read_cseq(&v, cseq);
	m->request = v.request;
	m->method = v.request ? v.method : v.cseq_method;
	m->code = v.code;
	m->cseq = v.cseq;
	sip_view_header(&v, "Call-ID", 0, &m->call_id);
}
