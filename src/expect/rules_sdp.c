/* Rules about answers and their offers. */
#include "expect/rules.h"

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

const struct rule rules_sdp[] = {
	{"3264-6-a", lines},
	{"3264-6-a.proto", proto},
	{"3264-6-a.time", time},
	{"3264-6-b", refused},
	{"3264-6.1-a", direction},
	{"3264-6.1-b", formats},
	{"3264-8.2-a", port_zero},
	{"3264-5-a", reach},
	{"7866-7.2-a", said},
	{"7866-8.4-a", taken},
	{"7866-8.4-a.audio", audio_taken},
	{"4574-5-a", label},
	{"4574-5-a.echo", echo},
	{"4574-6-a", session_label},
	{"5761-5.1.1-a", mux},
	{"8866-9-a", ports},
	{NULL, NULL},
};
