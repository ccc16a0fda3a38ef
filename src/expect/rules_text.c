/* Rules about descriptions: how they are written, and how they change. */
#include "expect/rules.h"

#include <ctype.h>
#include <string.h>

/* ---- how a description is written ---- */

typedef void(text_h)(struct judge *j, const struct said *s, struct span text);

static void each_text(struct judge *j, text_h *h)
{
	struct said s = {.i = 0};
	struct span text;

	while (rule_next_said(j, &s)) {
		if (s.m->again || !rule_has_sdp(&s.v, &text))
			continue;
		rule_seen(j, &s);
		h(j, &s, text);
	}
}

/* RFC 8866 section 5: i, c, b, k and a may come in each part. */
static const char session_order[] = "vosiuepcbtrzka";
static const char media_order[] = "micbka";

static void check_order(struct judge *j, const struct said *s, struct span text)
{
	const char *order = session_order;
	struct span line;
	size_t at = 0, n = 0;

	while (span_line(&text, &line)) {
		const char *found;

		n++;
		if (!line.n)
			continue;
		if (line.p[0] == 'm') {
			order = media_order;
			at = 0;
		}
		found = line.p[0] ? strchr(order, line.p[0]) : NULL;
		/* t, r and z go round */
		if (found && strchr("trz", line.p[0]) && at < strlen(order) &&
		    strchr("trz", order[at]))
			at = (size_t)(found - order);
		if (!found || (size_t)(found - order) < at) {
			rule_fail(j, s, "line %zu is out of order: %.*s", n,
				  SPAN_ARG(line));
			return;
		}
		at = (size_t)(found - order);
	}
}

/* RFC 8866 section 5.3: a blank is a name. */
static bool has_value(struct span text, const char *start)
{
	struct span line;

	while (span_line(&text, &line))
		if (span_starts(line, start))
			return line.n > strlen(start);
	return false;
}

static void check_text(struct judge *j, const struct said *s, struct span text)
{
	struct span rest = text;
	size_t i;

	for (i = 0; i < text.n; i++)
		if (text.p[i] == '\n' && (i == 0 || text.p[i - 1] != '\r')) {
			rule_fail(j, s, "a line that ends in LF, not CRLF");
			return;
		}
	if (!span_starts(rest, "v=0\r\n"))
		rule_fail(j, s, "it does not begin with v=0");
	if (!has_value(text, "s="))
		rule_fail(j, s, "no s=, or an empty one");
	if (!has_value(text, "t="))
		rule_fail(j, s, "no t=");
	check_order(j, s, text);
}

static bool is_number(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return s.n > 0;
}

static bool is_origin(struct span value)
{
	struct span word[6], rest = value;
	struct addr a;
	size_t n;

	for (n = 0; n < 6; n++)
		word[n] = span_cut(&rest, ' ');
	if (rest.n || !word[0].n || !is_number(word[1]) ||
	    !is_number(word[2]) || !span_is(word[3], "IN") || !word[5].n)
		return false;
	if (!span_is(word[4], "IP4") && !span_is(word[4], "IP6"))
		return false;
	/* a host name may stand there too, with either */
	if (span_chr(word[5], ':') < word[5].n)
		return span_is(word[4], "IP6");
	return !addr_parse(word[5], &a) || span_is(word[4], "IP4");
}

static void check_origin(struct judge *j, const struct said *s,
			 struct span text)
{
	struct span line;

	while (span_line(&text, &line))
		if (span_starts(line, "o=")) {
			if (!is_origin(span_skip(line, 2)))
				rule_fail(j, s, "%.*s", SPAN_ARG(line));
			return;
		}
	rule_fail(j, s, "no o=");
}

/* ---- from one description to the next ---- */

/* The description of the recorder's before this one in its dialog. */
static bool before(const struct judge *j, const struct said *s,
		   struct span *text)
{
	struct said e = {.i = 0};
	bool found = false;
	struct span one;

	while (rule_next_said(j, &e) && e.m != s->m)
		if (!e.m->again && span_eq(e.v.call_id, s->v.call_id) &&
		    rule_has_sdp(&e.v, &one)) {
			*text = one;
			found = true;
		}
	return found;
}

static void without_version(struct span origin, struct span out[2])
{
	struct span rest = origin;

	span_cut(&rest, ' ');
	span_cut(&rest, ' ');
	out[0] = span_from(origin.p, (size_t)(rest.p - origin.p));
	span_cut(&rest, ' ');
	out[1] = rest;
}

static void compare_origin(struct judge *j, const struct said *s,
			   const struct sdp *was, const struct sdp *is)
{
	struct span a[2], b[2];

	without_version(was->origin, a);
	without_version(is->origin, b);
	if (!span_eq(a[0], b[0]) || !span_eq(a[1], b[1]))
		rule_fail(j, s, "o=%.*s after o=%.*s", SPAN_ARG(is->origin),
			  SPAN_ARG(was->origin));
	else if (is->version != was->version + 1)
		rule_fail(j, s, "version %llu after %llu",
			  (unsigned long long)is->version,
			  (unsigned long long)was->version);
}

/* `changed`: what is judged, those that changed or those that say they did
 * not. */
static void each_next(struct judge *j, bool changed)
{
	struct said s = {.i = 0};
	struct err e = ERR_INIT;
	struct span old, new;

	while (rule_next_said(j, &s)) {
		struct sdp *was, *is;

		if (s.m->again || !rule_has_sdp(&s.v, &new) ||
		    !before(j, &s, &old))
			continue;
		was = sdp_parse(old, &e);
		is = sdp_parse(new, &e);
		if (was && is && changed && !span_eq(old, new) &&
		    is->version != was->version) {
			rule_seen(j, &s);
			compare_origin(j, &s, was, is);
		} else if (was && is && !changed &&
			   is->version == was->version) {
			rule_seen(j, &s);
			if (!span_eq(span_trim(old), span_trim(new)))
				rule_fail(j, &s,
					  "another description with version "
					  "%llu",
					  (unsigned long long)is->version);
		}
		sdp_free(was);
		sdp_free(is);
	}
}

static void changed_version(struct judge *j)
{
	each_next(j, true);
}

static void same_version(struct judge *j)
{
	each_next(j, false);
}

/* ---- offers of the recorder's ---- */

static void adds_nothing(struct judge *j)
{
	struct said s = {.i = 0};
	struct err e = ERR_INIT;
	struct span text, old;

	while (rule_next_request(j, NULL, &s)) {
		struct sdp *was, *is;

		if (!rule_has_sdp(&s.v, &text) || !before(j, &s, &old))
			continue;
		rule_seen(j, &s);
		was = sdp_parse(old, &e);
		is = sdp_parse(text, &e);
		if (was && is && is->n_media > was->n_media)
			rule_fail(j, &s, "%zu m-lines after %zu", is->n_media,
				  was->n_media);
		sdp_free(was);
		sdp_free(is);
	}
}

/* Whether some description in a message has this direction. */
static bool says(struct span text, enum sdp_dir dir)
{
	struct err e = ERR_INIT;
	struct sdp *s = sdp_parse(text, &e);
	bool found = false;
	size_t m;

	for (m = 0; s && m < s->n_media; m++)
		found |= s->media[m].port && s->media[m].dir == dir;
	sdp_free(s);
	return found;
}

static void ready_later(struct judge *j)
{
	struct said s = {.i = 0}, req, later;
	struct span offer, text;
	bool ready = false;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		if (s.m->again || !rule_request_of(j, &s, &req) ||
		    req.v.to_tag.n || !rule_has_sdp(&req.v, &offer) ||
		    !says(offer, SDP_SENDONLY) || !rule_has_sdp(&s.v, &text) ||
		    !says(text, SDP_INACTIVE))
			continue;
		rule_seen(j, &s);
		later = s;
		while (!ready && rule_next_request(j, NULL, &later))
			ready = rule_has_sdp(&later.v, &text) &&
				says(text, SDP_RECVONLY);
		if (!ready)
			rule_fail(j, &s, "inactive, and no offer afterwards");
	}
}

/* ---- the table ---- */

static void syntax(struct judge *j)
{
	each_text(j, check_text);
}

static void origin(struct judge *j)
{
	each_text(j, check_origin);
}

const struct rule rules_text[] = {
	{"3264-8-a", changed_version},
	{"3264-8-b", same_version},
	{"7866-7.2-c", ready_later},
	{"7866-7.2-e", adds_nothing},
	{"8866-5-a", syntax},
	{"8866-5.2-a", origin},
	{NULL, NULL},
};
