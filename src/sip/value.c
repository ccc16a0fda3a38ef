#include "sip/value.h"

#include "sip/view.h"

/* Length of the quoted string that `s` begins with, quotes included
 * (RFC 3261 section 25.1); all of `s` when it is not closed. */
static size_t quoted_len(struct span s)
{
	size_t i;

	for (i = 1; i < s.n; i++) {
		if (s.p[i] == '\\')
			i++;
		else if (s.p[i] == '"')
			return i + 1;
	}
	return s.n;
}

/* Most characters are no more than passed over. */
static bool is_mark(char c)
{
	return c == ',' || c == ';' || c == '<' || c == '"';
}

static bool is_one_of(char c, const char *set)
{
	while (*set && *set != c)
		set++;
	return *set;
}

size_t sip_value_find(struct span s, const char *stops)
{
	size_t i = 0;

	while (i < s.n) {
		if (!is_mark(s.p[i]))
			i++;
		else if (is_one_of(s.p[i], stops))
			return i;
		else if (s.p[i] == '"')
			i += quoted_len(span_skip(s, i));
		else if (s.p[i] == '<')
			i += span_chr(span_skip(s, i), '>');
		else
			i++;
	}
	return s.n;
}

struct span sip_value_take(struct span *rest)
{
	size_t n = sip_value_find(*rest, ",");
	struct span element = span_from(rest->p, n);

	*rest = span_skip(*rest, n < rest->n ? n + 1 : n);
	return span_trim(element);
}

/* Parameters of a value, from their first semicolon on. With brackets they
 * begin after '>', without at the first semicolon: RFC 3261 section 20.10. */
static struct span params_of(struct span value)
{
	size_t n = sip_value_find(value, "<;,");

	if (n < value.n && value.p[n] == '<') {
		value = span_skip(value, n);
		value = span_skip(value, span_chr(value, '>'));
		n = sip_value_find(value, ";,");
	}
	value = span_skip(value, n);
	if (value.n && value.p[0] == ',')
		value.n = 0;
	return value;
}

static struct span unquoted(struct span s)
{
	size_t n;

	s = span_trim(s);
	if (s.n == 0 || s.p[0] != '"')
		return s;
	n = quoted_len(s);
	if (n > 1 && s.p[n - 1] == '"')
		n--;
	return span_from(s.p + 1, n - 1);
}

bool sip_param(struct span value, const char *name, struct span *out)
{
	struct span rest = params_of(value);

	while (rest.n && rest.p[0] == ';') {
		struct span param, key;

		rest = span_skip(rest, 1);
		param = span_from(rest.p, sip_value_find(rest, ";,"));
		rest = span_skip(rest, param.n);
		key = span_cut(&param, '=');
		if (!span_case_is(span_trim(key), name))
			continue;
		*out = unquoted(param);
		return true;
	}
	return false;
}

struct span sip_via_sent_by(struct span via)
{
	struct span by = span_trim(via);

	by = span_trim(span_skip(by, span_chr(by, ' ')));
	by.n = span_chr(by, ';');
	return span_trim(by);
}

struct span sip_addr_uri(struct span value)
{
	size_t n = sip_value_find(value, "<;,");

	if (n < value.n && value.p[n] == '<') {
		value = span_skip(value, n + 1);
		n = span_chr(value, '>');
	}
	return span_trim(span_from(value.p, n));
}

struct span sip_uri_aor(struct span uri)
{
	size_t host, n;

	if (!span_case_starts(uri, "sip:") && !span_case_starts(uri, "sips:"))
		return uri;
	/* a user part may hold both marks (section 25.1) */
	host = span_chr(uri, '@');
	if (host == uri.n)
		host = 0;
	for (n = host; n < uri.n && uri.p[n] != ';' && uri.p[n] != '?'; n++)
		;
	return span_from(uri.p, n);
}

struct span sip_addr_display(struct span value)
{
	size_t n;

	value = span_trim(value);
	if (value.n && value.p[0] == '"')
		return unquoted(value);
	n = sip_value_find(value, "<;,");
	if (n == value.n || value.p[n] != '<')
		return span_from(value.p, 0);
	return span_trim(span_from(value.p, n));
}
