/* Rules about heads of messages. */
#include "expect/rules.h"

#include <stdlib.h>
#include <string.h>

#include "sip/head.h"

/* ---- Contact ---- */

static bool has_contact(const struct said *s, struct span *value)
{
	return sip_view_element(&s->v, "Contact", 0, value);
}

static void contact_tag(struct judge *j)
{
	struct said s = {.i = 0};
	struct span contact, tag;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!has_contact(&s, &contact))
			rule_fail(j, &s, "a %d without Contact", s.v.code);
		else if (!sip_param(contact, "+sip.srs", &tag))
			rule_fail(j, &s, "Contact: %.*s", SPAN_ARG(contact));
	}
}

static void contact_tag_form(struct judge *j)
{
	static const char *const wrong[] = {"sip.srs",	"+srs",	    "srs",
					    "+sip-srs", "+sip.src", "sip-srs"};
	struct said s = {.i = 0};
	struct span contact, tag;
	size_t i;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		if (!has_contact(&s, &contact))
			continue;
		for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			if (!sip_param(contact, wrong[i], &tag))
				continue;
			rule_seen(j, &s);
			rule_fail(j, &s, "the tag is written '%s'", wrong[i]);
		}
		if (!sip_param(contact, "+sip.srs", &tag))
			continue;
		rule_seen(j, &s);
		if (tag.n)
			rule_fail(j, &s, "the tag has the value '%.*s'",
				  SPAN_ARG(tag));
	}
}

static void contact_one(struct judge *j)
{
	struct said s = {.i = 0};
	struct span contact, other;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!has_contact(&s, &contact))
			rule_fail(j, &s, "a %d without Contact", s.v.code);
		else if (sip_view_element(&s.v, "Contact", 1, &other))
			rule_fail(j, &s, "a second Contact: %.*s",
				  SPAN_ARG(other));
		else if (!rule_is_one_uri(contact))
			rule_fail(j, &s, "no SIP URI: %.*s", SPAN_ARG(contact));
	}
}

/* 7866-6.2-a: of the first INVITEs; those in a dialog confirm one. */
static bool is_recording(const struct sip_view *invite)
{
	struct span contact, tag;

	return sip_view_lists(invite, "Require", "siprec") &&
	       sip_view_element(invite, "Contact", 0, &contact) &&
	       sip_param(contact, "+sip.src", &tag);
}

static void not_a_recording(struct judge *j)
{
	struct said s = {.i = 0}, reply;
	struct span contact, tag;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "INVITE") || s.v.to_tag.n ||
		    is_recording(&s.v) || !rule_final_of(j, &s, &reply))
			continue;
		rule_seen(j, &reply);
		if (reply.v.code < 300 && has_contact(&reply, &contact) &&
		    sip_param(contact, "+sip.srs", &tag))
			rule_fail(j, &reply,
				  "a %d with +sip.srs, as if it were one",
				  reply.v.code);
	}
}

/* ---- what is repeated ---- */

static bool same_number(const struct sip_view *a, const struct sip_view *b)
{
	return a->cseq == b->cseq && span_eq(a->cseq_method, b->cseq_method);
}

static const char *not_repeated(const struct sip_view *req,
				const struct sip_view *resp)
{
	if (!span_eq(req->from, resp->from))
		return "another From";
	if (!span_eq(req->call_id, resp->call_id))
		return "another Call-ID";
	if (!same_number(req, resp))
		return "another CSeq";
	if (!span_eq(sip_addr_uri(req->to), sip_addr_uri(resp->to)))
		return "another To";
	if (req->to_tag.n && !span_eq(req->to_tag, resp->to_tag))
		return "another To tag";
	if (sip_view_header_count(req, "Via") !=
	    sip_view_header_count(resp, "Via"))
		return "another number of Via";
	if (resp->code > 100 && !resp->to_tag.n)
		return "no To tag";
	return NULL;
}

static void repeats(struct judge *j)
{
	struct said s = {.i = 0}, req;
	const char *why;

	while (rule_next_reply(j, NULL, 100, 699, &s)) {
		if (!rule_request_of(j, &s, &req))
			continue;
		rule_seen(j, &s);
		why = not_repeated(&req.v, &s.v);
		if (why)
			rule_fail(j, &s, "%s in the %d to %.*s", why, s.v.code,
				  SPAN_ARG(req.v.method));
	}
}

static void one_tag(struct judge *j)
{
	struct said s = {.i = 0}, first;

	while (rule_next_reply(j, "INVITE", 101, 699, &s)) {
		first.i = 0;
		rule_seen(j, &s);
		while (rule_next_reply(j, "INVITE", 101, 699, &first) &&
		       first.m != s.m) {
			if (!span_eq(first.v.branch, s.v.branch) ||
			    span_eq(first.v.to_tag, s.v.to_tag))
				continue;
			rule_fail(j, &s, "To tag '%.*s' after '%.*s'",
				  SPAN_ARG(s.v.to_tag),
				  SPAN_ARG(first.v.to_tag));
			break;
		}
	}
}

/* ---- what it says that it can do ---- */

static void allow(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!sip_view_header_count(&s.v, "Allow"))
			rule_fail(j, &s, "a %d without Allow", s.v.code);
	}
}

static void allow_update(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!sip_view_lists(&s.v, "Allow", "UPDATE"))
			rule_fail(j, &s, "UPDATE is not in Allow");
	}
}

static void options_allow(struct judge *j)
{
	static const char *const methods[] = {"INVITE", "ACK", "BYE", "CANCEL"};
	struct said s = {.i = 0};
	size_t i;

	while (rule_next_reply(j, "OPTIONS", 200, 299, &s)) {
		rule_seen(j, &s);
		for (i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
			if (!sip_view_lists(&s.v, "Allow", methods[i]))
				rule_fail(j, &s, "%s is not in Allow",
					  methods[i]);
	}
}

/* A media range of Accept, parameters aside. */
static bool accepts(const struct sip_view *v, const char *type)
{
	struct sip_walk w;
	struct span range;

	sip_walk(&w, v, "Accept");
	while (sip_walk_next(&w, &range))
		if (span_case_is(span_trim(span_cut(&range, ';')), type))
			return true;
	return false;
}

static void options_accept(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, "OPTIONS", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!accepts(&s.v, "application/sdp"))
			rule_fail(j, &s, "application/sdp is not in Accept");
		if (!accepts(&s.v, "application/rs-metadata+xml") &&
		    !accepts(&s.v, "application/rs-metadata"))
			rule_fail(j, &s, "the metadata type is not in Accept");
	}
}

/* ---- length ---- */

static void content_length(struct judge *j)
{
	struct said s = {.i = 0};
	struct span value;
	uint32_t n;

	while (rule_next_said(j, &s)) {
		size_t head = (size_t)(s.v.headers.p + s.v.headers.n -
				       s.v.text.p);
		size_t rest = s.v.text.n - head;

		rest -= rest > 1 && s.v.text.p[head] == '\r' ? 2 : rest > 0;
		if (!sip_view_header(&s.v, "Content-Length", 0, &value))
			continue;
		rule_seen(j, &s);
		if (!parse_u32(span_trim(value), 0, UINT32_MAX, &n) ||
		    n != rest)
			rule_fail(j, &s, "Content-Length %.*s, %zu octets came",
				  SPAN_ARG(value), rest);
	}
}

/* ---- what cannot be ---- */

static bool is_ours(struct span option)
{
	static const char *const known[] = {"siprec", "100rel", "timer",
					    "replaces"};
	size_t i;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (span_case_is(option, known[i]))
			return true;
	return false;
}

/* The option of Require that nobody can know. */
static bool odd_option(const struct sip_view *v, struct span *option)
{
	struct sip_walk w;

	sip_walk(&w, v, "Require");
	while (sip_walk_next(&w, option))
		if (!is_ours(*option))
			return true;
	return false;
}

static bool is_asked_for(const struct said *req, struct span option)
{
	char *token = span_dup(option);
	bool is = sip_view_lists(&req->v, "Require", token);

	free(token);
	return is;
}

static void check_unsupported(struct judge *j, const struct said *req,
			      const struct said *reply, struct span option)
{
	struct sip_walk w;
	struct span listed;
	bool found = false;

	sip_walk(&w, &reply->v, "Unsupported");
	while (sip_walk_next(&w, &listed)) {
		found |= span_case_eq(listed, option);
		if (!is_asked_for(req, listed))
			rule_fail(j, reply, "Unsupported lists '%.*s'",
				  SPAN_ARG(listed));
	}
	if (!found)
		rule_fail(j, reply, "Unsupported does not list '%.*s'",
			  SPAN_ARG(option));
}

static void unsupported(struct judge *j)
{
	struct said s = {.i = 0}, reply;
	struct span option;

	while (rule_next_asked(j, &s)) {
		if (!s.v.request || s.m->again || !odd_option(&s.v, &option))
			continue;
		if (rule_final_of(j, &s, &reply) &&
		    (reply.v.code == 401 || reply.v.code == 407))
			continue; /* first things first: a login */
		rule_seen(j, NULL);
		if (!rule_final_of(j, &s, &reply))
			rule_fail(j, NULL, "no answer to '%.*s'",
				  SPAN_ARG(option));
		else if (reply.v.code != 420)
			rule_fail(j, &reply, "%d to 'Require: %.*s'",
				  reply.v.code, SPAN_ARG(option));
		else
			check_unsupported(j, &s, &reply, option);
	}
}

static void unsupported_media(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, NULL, 415, 415, &s)) {
		rule_seen(j, &s);
		if (!sip_view_header_count(&s.v, "Accept") &&
		    !sip_view_header_count(&s.v, "Accept-Encoding"))
			rule_fail(j, &s, "a 415 without Accept");
	}
}

/* ---- logins ---- */

static void challenge(struct judge *j)
{
	struct said s = {.i = 0};
	struct span value;

	while (rule_next_reply(j, NULL, 401, 407, &s)) {
		const char *name = s.v.code == 401 ? "WWW-Authenticate"
						   : "Proxy-Authenticate";

		if (s.v.code != 401 && s.v.code != 407)
			continue;
		rule_seen(j, &s);
		if (!sip_view_header(&s.v, name, 0, &value))
			rule_fail(j, &s, "a %d without %s", s.v.code, name);
		else if (span_find(value, span_of("realm=")) == value.n ||
			 span_find(value, span_of("nonce=")) == value.n)
			rule_fail(j, &s, "%s: %.*s", name, SPAN_ARG(value));
	}
}

/* Of a scenario whose login is wrong. */
static void wrong_login(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "INVITE") || s.m->again ||
		    (!sip_view_header_count(&s.v, "Authorization") &&
		     !sip_view_header_count(&s.v, "Proxy-Authorization")) ||
		    !rule_final_of(j, &s, &reply))
			continue;
		rule_seen(j, &reply);
		if (reply.v.code < 300)
			rule_fail(j, &reply, "%d to it", reply.v.code);
	}
}

/* ---- requests of the recorder's ---- */

static const char *lacks(const struct sip_view *v)
{
	if (!v->to.n)
		return "To";
	if (!v->from_tag.n)
		return "a From tag";
	if (!v->cseq_method.n)
		return "CSeq";
	if (!v->call_id.n)
		return "Call-ID";
	if (!sip_view_header_count(v, "Max-Forwards"))
		return "Max-Forwards";
	if (!span_starts(v->branch, "z9hG4bK"))
		return "a branch that begins with z9hG4bK";
	return NULL;
}

static void well_formed(struct judge *j)
{
	struct said s = {.i = 0};
	const char *what;

	while (rule_next_request(j, NULL, &s)) {
		rule_seen(j, &s);
		what = lacks(&s.v);
		if (what)
			rule_fail(j, &s, "its %.*s lacks %s",
				  SPAN_ARG(s.v.method), what);
	}
}

static void no_metadata(struct judge *j)
{
	struct said s = {.i = 0};
	struct mime m;

	while (rule_next_reply(j, NULL, 100, 699, &s)) {
		rule_seen(j, &s);
		mime_of(&m, &s.v, NULL);
		if (mime_metadata(&m))
			rule_fail(j, &s, "metadata in a %d", s.v.code);
	}
}

const struct rule rules_sip[] = {
	{"7866-6.2-a", not_a_recording},
	{"7866-6.2-d", contact_tag},
	{"3840-9-a", contact_tag_form},
	{"3261-8.1.1.8-a", contact_one},
	{"3261-8.2.6.2", repeats},
	{"3261-12.1.1", one_tag},
	{"3261-20.5-a", allow},
	{"3311-4-a", allow_update},
	{"3261-20.14-a", content_length},
	{"3261-8.2.2.3-a", unsupported},
	{"3261-8.2.3-a", unsupported_media},
	{"3261-22.1", challenge},
	{"D-wrong-login", wrong_login},
	{"3261-11-a.accept", options_accept},
	{"3261-11-a.allow", options_allow},
	{"3261-8.1.1-a", well_formed},
	{"D-md-200", no_metadata},
	{NULL, NULL},
};
