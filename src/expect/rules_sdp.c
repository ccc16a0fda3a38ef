/* Rules about descriptions: offers, answers, and what they are written like. */
#include "expect/rules.h"

#include <ctype.h>
#include <string.h>

/* ---- an answer and its offer ---- */

struct exchange {
	struct judge *j;
	const struct said *reply;
	const struct sdp *offer, *answer;
};

typedef void(exchange_h)(const struct exchange *x);

static void with_exchange(struct judge *j, const struct said *reply,
			  struct span offer, struct span answer, exchange_h *h)
{
	struct err e = ERR_INIT;
	struct exchange x = {.j = j, .reply = reply};
	struct sdp *o = sdp_parse(offer, &e), *a = NULL;

	if (o) {
		a = sdp_parse(answer, &e);
		x.offer = o;
		x.answer = a;
		rule_seen(j, reply);
		if (a)
			h(&x);
		else
			rule_fail(j, reply, "an answer that is no SDP: %s",
				  e.text);
	}
	sdp_free(o);
	sdp_free(a);
}

/* What each 2xx with SDP answers, and a 2xx that has none where one is due. */
static void each_exchange(struct judge *j, exchange_h *h)
{
	struct said s = {.i = 0}, req;
	struct span offer, answer;

	while (rule_next_reply(j, NULL, 200, 299, &s)) {
		if (s.m->again || !rule_request_of(j, &s, &req) ||
		    !rule_has_sdp(&req.v, &offer))
			continue;
		if (rule_has_sdp(&s.v, &answer)) {
			with_exchange(j, &s, offer, answer, h);
		} else if (span_is(s.v.cseq_method, "INVITE")) {
			rule_seen(j, &s);
			rule_fail(j, &s, "a %d without SDP", s.v.code);
		}
	}
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* m-lines that both have. */
static size_t pairs(const struct exchange *x)
{
	return least(x->offer->n_media, x->answer->n_media);
}

static bool is_taken(const struct exchange *x, size_t m)
{
	return x->offer->media[m].port && x->answer->media[m].port;
}

#define FAIL(x, ...) rule_fail((x)->j, (x)->reply, __VA_ARGS__)

static void check_lines(const struct exchange *x)
{
	size_t m;

	if (x->offer->n_media != x->answer->n_media)
		FAIL(x, "%zu m-lines for the %zu of the offer",
		     x->answer->n_media, x->offer->n_media);
	for (m = 0; m < pairs(x); m++)
		if (strcmp(x->offer->media[m].type, x->answer->media[m].type) !=
		    0)
			FAIL(x, "m-line %zu is %s, offered was %s", m + 1,
			     x->answer->media[m].type, x->offer->media[m].type);
}

static void check_proto(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++)
		if (is_taken(x, m) && strcmp(x->offer->media[m].proto,
					     x->answer->media[m].proto) != 0)
			FAIL(x, "m-line %zu is %s, offered was %s", m + 1,
			     x->answer->media[m].proto,
			     x->offer->media[m].proto);
}

static void check_time(const struct exchange *x)
{
	const struct sdp_line *o = sdp_find(x->offer, -1, "t=");
	const struct sdp_line *a = sdp_find(x->answer, -1, "t=");

	if (!a)
		FAIL(x, "no t= in the answer");
	else if (o && !span_eq(span_trim(o->text), span_trim(a->text)))
		FAIL(x, "%.*s, offered was %.*s", SPAN_ARG(a->text),
		     SPAN_ARG(o->text));
}

/* The fourth word of an m-line and those after it. */
static struct span formats_of(const struct sdp_media *m)
{
	struct span rest = m->line[0].text;

	span_cut(&rest, ' ');
	span_cut(&rest, ' ');
	span_cut(&rest, ' ');
	return span_trim(rest);
}

static void check_refused(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < x->answer->n_media; m++)
		if (!x->answer->media[m].port &&
		    !formats_of(&x->answer->media[m]).n)
			FAIL(x, "m-line %zu has no format", m + 1);
}

static void check_direction(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++) {
		enum sdp_dir o = x->offer->media[m].dir;
		const struct sdp_media *a = &x->answer->media[m];

		if (!is_taken(x, m))
			continue;
		if ((!sdp_dir_receives(o) && sdp_dir_sends(a->dir)) ||
		    (!sdp_dir_sends(o) && sdp_dir_receives(a->dir)))
			FAIL(x, "%s is answered by %s in m-line %zu",
			     sdp_dir_name(o),
			     a->has_dir ? sdp_dir_name(a->dir)
					: "no direction, which is sendrecv,",
			     m + 1);
	}
}

static void check_formats(const struct exchange *x)
{
	size_t m, c;

	for (m = 0; m < pairs(x); m++) {
		const struct sdp_media *o = &x->offer->media[m];
		const struct sdp_media *a = &x->answer->media[m];
		bool common = false;

		if (!is_taken(x, m))
			continue;
		for (c = 0; c < a->n_codecs; c++)
			common |= sdp_codec_like(o, &a->codec[c]) != NULL;
		if (!common)
			FAIL(x,
			     "m-line %zu takes none of what was offered: "
			     "%.*s",
			     m + 1, SPAN_ARG(a->line[0].text));
	}
}

static void check_port_zero(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++)
		if (!x->offer->media[m].port && x->answer->media[m].port)
			FAIL(x, "m-line %zu has port %u, offered was 0", m + 1,
			     x->answer->media[m].port);
}

static void check_reach(const struct exchange *x)
{
	size_t m, c;

	for (m = 0; m < pairs(x); m++) {
		const struct sdp_media *a = &x->answer->media[m];

		if (!is_taken(x, m))
			continue;
		if (!sdp_find(x->answer, -1, "c=") &&
		    !sdp_find(x->answer, (int)m, "c="))
			FAIL(x, "m-line %zu has no c=", m + 1);
		for (c = 0; c < a->n_codecs; c++)
			if (a->codec[c].pt >= 96 && !a->codec[c].name[0])
				FAIL(x, "payload type %u has no rtpmap",
				     a->codec[c].pt);
	}
}

static void check_said(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++) {
		const struct sdp_media *a = &x->answer->media[m];

		if (!is_taken(x, m))
			continue;
		if (!a->has_dir)
			FAIL(x, "m-line %zu says no direction", m + 1);
		else if (a->dir != SDP_RECVONLY && a->dir != SDP_INACTIVE)
			FAIL(x, "m-line %zu is %s", m + 1,
			     sdp_dir_name(a->dir));
	}
}

static void check_all_taken(const struct exchange *x, bool audio_only)
{
	size_t m;

	for (m = 0; m < x->offer->n_media; m++) {
		const struct sdp_media *o = &x->offer->media[m];

		if (!o->port || (audio_only && strcmp(o->type, "audio") != 0))
			continue;
		if (m >= x->answer->n_media)
			FAIL(x, "m-line %zu, %s, is not in the answer", m + 1,
			     o->type);
		else if (!x->answer->media[m].port)
			FAIL(x, "m-line %zu, %s, is refused", m + 1, o->type);
	}
}

static void check_taken(const struct exchange *x)
{
	check_all_taken(x, false);
}

static void check_audio_taken(const struct exchange *x)
{
	check_all_taken(x, true);
}

static void check_label(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++)
		if (x->answer->media[m].label[0] &&
		    strcmp(x->answer->media[m].label,
			   x->offer->media[m].label) != 0)
			FAIL(x, "m-line %zu has label '%s', offered was '%s'",
			     m + 1, x->answer->media[m].label,
			     x->offer->media[m].label);
}

static void check_echo(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++)
		if (is_taken(x, m) && x->offer->media[m].label[0] &&
		    !x->answer->media[m].label[0])
			FAIL(x, "m-line %zu has no label", m + 1);
}

static void check_session_label(const struct exchange *x)
{
	if (sdp_find(x->answer, -1, "a=label:"))
		FAIL(x, "a=label before the first m-line");
}

static void check_mux(const struct exchange *x)
{
	size_t m;

	for (m = 0; m < pairs(x); m++)
		if (x->answer->media[m].rtcp_mux &&
		    !x->offer->media[m].rtcp_mux)
			FAIL(x, "a=rtcp-mux in m-line %zu", m + 1);
}

static void check_ports(const struct exchange *x)
{
	size_t m, k;

	for (m = 0; m < pairs(x); m++)
		for (k = 0; k < m; k++)
			if (is_taken(x, m) && is_taken(x, k) &&
			    addr_eq(&x->answer->media[m].conn,
				    &x->answer->media[k].conn))
				FAIL(x, "m-lines %zu and %zu have port %u",
				     k + 1, m + 1, x->answer->media[m].port);
}

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
		found = memchr(order, line.p[0], strlen(order));
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

#define OF_EXCHANGE(name)                                                      \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_exchange(j, check_##name);                                \
	}

OF_EXCHANGE(lines)
OF_EXCHANGE(proto)
OF_EXCHANGE(time)
OF_EXCHANGE(refused)
OF_EXCHANGE(direction)
OF_EXCHANGE(formats)
OF_EXCHANGE(port_zero)
OF_EXCHANGE(reach)
OF_EXCHANGE(said)
OF_EXCHANGE(taken)
OF_EXCHANGE(audio_taken)
OF_EXCHANGE(label)
OF_EXCHANGE(echo)
OF_EXCHANGE(session_label)
OF_EXCHANGE(mux)
OF_EXCHANGE(ports)

static void syntax(struct judge *j)
{
	each_text(j, check_text);
}

static void origin(struct judge *j)
{
	each_text(j, check_origin);
}

const struct rule rules_sdp[] = {
	{"3264-6-a", lines},
	{"3264-6-a.proto", proto},
	{"3264-6-a.time", time},
	{"3264-6-b", refused},
	{"3264-6.1-a", direction},
	{"3264-6.1-b", formats},
	{"3264-8.2-a", port_zero},
	{"3264-5-a", reach},
	{"3264-8-a", changed_version},
	{"3264-8-b", same_version},
	{"7866-7.2-a", said},
	{"7866-7.2-c", ready_later},
	{"7866-7.2-e", adds_nothing},
	{"7866-8.4-a", taken},
	{"7866-8.4-a.audio", audio_taken},
	{"4574-5-a", label},
	{"4574-5-a.echo", echo},
	{"4574-6-a", session_label},
	{"5761-5.1.1-a", mux},
	{"8866-5-a", syntax},
	{"8866-5.2-a", origin},
	{"8866-9-a", ports},
	{NULL, NULL},
};
