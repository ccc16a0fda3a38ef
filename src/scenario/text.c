#include "scenario/text.h"

#include <ctype.h>
#include <regex.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/span.h"
#include "core/xalloc.h"

const char *const scn_text_method[] = {
	"INVITE",  "ACK",	"BYE",	   "CANCEL",   "OPTIONS",
	"UPDATE",  "INFO",	"PRACK",   "REFER",    "NOTIFY",
	"MESSAGE", "SUBSCRIBE", "PUBLISH", "REGISTER", NULL};

static bool in_list(const char *const *list, const char *text, size_t n)
{
	for (; *list; list++) {
		if (strlen(*list) == n && strncasecmp(*list, text, n) == 0)
			return true;
	}
	return false;
}

static bool uri_characters(const char *p)
{
	if (!*p)
		return false;
	for (; *p; p++) {
		if ((unsigned char)*p <= ' ' || strchr("<>\"\x7f", *p))
			return false;
	}
	return true;
}

/* "[::1]..." must close its bracket; anything else begins with a name. */
static bool begins_with_host(const char *p)
{
	if (*p == '[')
		return strchr(p, ']') != NULL;
	return isalnum((unsigned char)*p) != 0;
}

bool scn_text_is_sip_uri(const char *text)
{
	struct span s = span_of(text);
	const char *at;

	if (span_case_starts(s, "sip:"))
		text += 4;
	else if (span_case_starts(s, "sips:"))
		text += 5;
	else
		return false;
	at = strchr(text, '@');
	return uri_characters(text) && at != text &&
	       begins_with_host(at ? at + 1 : text);
}

bool scn_text_is_aor(const char *text)
{
	if (scn_text_is_sip_uri(text))
		return true;
	return span_case_starts(span_of(text), "tel:") &&
	       uri_characters(text + 4);
}

/* Without quotes and quoted-pairs (RFC 3261 section 25.1), owned; NULL when
 * there is none. */
static char *display_name(struct span s)
{
	bool quoted;
	char *name, *to;
	size_t i;

	s = span_trim(s);
	quoted = s.n >= 2 && s.p[0] == '"' && s.p[s.n - 1] == '"';
	if (quoted)
		s = span_from(s.p + 1, s.n - 2);
	if (s.n == 0)
		return NULL;
	name = to = span_dup(s);
	for (i = 0; i < s.n; i++) {
		if (quoted && s.p[i] == '\\' && i + 1 < s.n)
			i++;
		*to++ = s.p[i];
	}
	*to = '\0';
	return name;
}

bool scn_text_name_addr(const char *text, char **aor, char **name)
{
	struct span all = span_trim(span_of(text)), uri = all;
	const char *open = strrchr(text, '<');

	*aor = *name = NULL;
	if (open) {
		size_t before = (size_t)(open - all.p);

		if (all.p[all.n - 1] != '>')
			return false;
		*name = display_name(span_from(all.p, before));
		uri = span_from(open + 1, all.n - before - 2);
	}
	*aor = span_dup(uri);
	return scn_text_is_aor(*aor);
}

/* RFC 3261 section 25.1. */
static bool is_token(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (!isalnum((unsigned char)p[i]) &&
		    (!p[i] || !strchr("-.!%*_+`'~", p[i])))
			return false;
	}
	return n > 0;
}

char *scn_text_header_fault(const char *line)
{
	static const char *const ours[] = {"Via",
					   "v",
					   "From",
					   "f",
					   "To",
					   "t",
					   "Call-ID",
					   "i",
					   "CSeq",
					   "Contact",
					   "m",
					   "Content-Length",
					   "l",
					   "Content-Type",
					   "c",
					   "Require",
					   "Max-Forwards",
					   "Route",
					   "Record-Route",
					   "MIME-Version",
					   NULL};
	const char *colon = strchr(line, ':'), *p;
	size_t n = colon ? (size_t)(colon - line) : 0;

	while (n && (line[n - 1] == ' ' || line[n - 1] == '\t'))
		n--;
	if (!is_token(line, n))
		return xasprintf("a header is 'Name: value', not '%.60s'",
				 line);
	if (in_list(ours, line, n))
		return xasprintf("header '%.*s' is written by the SRC itself",
				 (int)n, line);
	for (p = colon; *p; p++) {
		if (iscntrl((unsigned char)*p) && *p != '\t')
			return xasprintf("header '%.*s' has a control "
					 "character in it",
					 (int)n, line);
	}
	return NULL;
}

char *scn_text_header_taken(const char *line, const char *const *names)
{
	struct span rest = span_of(line);
	struct span name = span_trim(span_cut(&rest, ':'));

	if (!in_list(names, name.p, name.n))
		return NULL;
	return xasprintf("header '%.*s' is written by the SRC itself",
			 SPAN_ARG(name));
}

/* regcomp copies what an interval repeats, and recurses into parentheses:
 * "((a{99}){99}){99}" would take all memory. */
static bool regex_is_modest(const char *p)
{
	size_t copies = 1, open = 0, number = 0;
	bool interval = false;

	if (strlen(p) > 1000)
		return false;
	for (; *p; p++) {
		open += *p == '(';
		if (*p == '{') {
			interval = true;
			number = 0;
		} else if (interval && isdigit((unsigned char)*p)) {
			number = number * 10 + (size_t)(*p - '0');
		} else if (interval) {
			copies *= number > 1 ? number : 1;
			number = 0;
			interval = *p != '}';
		}
		if (copies > 1000 || number > 1000 || open > 50)
			return false;
	}
	return true;
}

bool scn_text_regex_fault(const char *pattern, char *why, size_t size)
{
	regex_t re;
	int rc;

	if (!regex_is_modest(pattern)) {
		snprintf(why, size, "it is too large");
		return true;
	}
	rc = regcomp(&re, pattern, REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (rc == 0) {
		regfree(&re);
		return false;
	}
	regerror(rc, &re, why, size);
	return true;
}

bool scn_text_is_plain_name(const char *text)
{
	const char *p;

	for (p = text; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			return false;
	}
	return p > text && text[0] != '.';
}

bool scn_text_is_method(const char *text)
{
	const char *const *m;

	for (m = scn_text_method; *m; m++) {
		if (strcmp(*m, text) == 0)
			return true;
	}
	return false;
}
