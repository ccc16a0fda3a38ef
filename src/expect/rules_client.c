/* Rules about a recording client: its messages and their heads. */
#include "expect/rules.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "sip/head.h"

enum { UDP_MAX = 1300 }; /* RFC 3261 section 18.1.1 */

/* How long a client may take to send what was asked for; RFC-MATRIX 7866-9.1-k
 * suggests it. */
#define SOON_US INT64_C(2000000)
/* RFC 3261 section 13.3.1.4: when a 2xx is given up. */
#define ACK_US INT64_C(32000000)

/* ---- what a client sends, and what it is asked ---- */

static bool next_request(const struct judge *j, const char *method,
			 struct said *s)
{
	while (rule_next_said(j, s))
		if (s->v.request && (!method || span_is(s->v.method, method)))
			return true;
	return false;
}

/* Next response of the recorder's. */
static bool next_reply(const struct judge *j, const char *method, int min,
		       int max, struct said *s)
{
	while (rule_next_asked(j, s))
		if (!s->v.request && s->v.code >= min && s->v.code <= max &&
		    (!method || span_is(s->v.cseq_method, method)))
			return true;
	return false;
}

/* Next request of the recorder's. */
static bool next_asked(const struct judge *j, const char *method,
		       struct said *s)
{
	while (rule_next_asked(j, s))
		if (s->v.request && span_is(s->v.method, method))
			return true;
	return false;
}

static bool next_first_invite(const struct judge *j, struct said *s)
{
	while (next_request(j, "INVITE", s))
		if (!s->v.to_tag.n)
			return true;
	return false;
}

/* RFC 7866 section 6.1.1: what makes and keeps the dialog. */
static bool next_with_contact(const struct judge *j, struct said *s)
{
	while (rule_next_said(j, s)) {
		struct span method = s->v.request ? s->v.method
						  : s->v.cseq_method;
		bool good = s->v.request || s->v.code / 100 == 2;

		if (good &&
		    (span_is(method, "INVITE") || span_is(method, "UPDATE")))
			return true;
	}
	return false;
}

static bool has_contact(const struct said *s, struct span *value)
{
	return sip_view_element(&s->v, "Contact", 0, value);
}

static bool same_dialog(const struct said *a, const struct said *b)
{
	return span_eq(a->v.call_id, b->v.call_id);
}

static const char *what(const struct said *s, char out[64])
{
	if (s->v.request)
		snprintf(out, 64, "%.*s", SPAN_ARG(s->v.method));
	else
		snprintf(out, 64, "%d to %.*s", s->v.code,
			 SPAN_ARG(s->v.cseq_method));
	return out;
}

/* ---- who is who ---- */

static void from_is_its_own(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_first_invite(j, &s)) {
		struct span from = sip_uri_aor(sip_addr_uri(s.v.from));
		struct span to = sip_uri_aor(sip_addr_uri(s.v.to));

		rule_seen(j, &s);
		if (span_eq(from, to) || span_eq(from, sip_uri_aor(s.v.uri)))
			rule_fail(j, &s, "From is the recorder: %.*s",
				  SPAN_ARG(from));
	}
}

static void contact_tag(struct judge *j)
{
	struct said s = {.i = 0};
	struct span contact, tag;
	char name[64];

	while (next_with_contact(j, &s)) {
		rule_seen(j, &s);
		if (!has_contact(&s, &contact))
			rule_fail(j, &s, "%s without Contact", what(&s, name));
		else if (!sip_param(contact, "+sip.src", &tag))
			rule_fail(j, &s, "%s with Contact: %.*s",
				  what(&s, name), SPAN_ARG(contact));
	}
}

static void contact_tag_form(struct judge *j)
{
	static const char *const wrong[] = {"sip.src",	"+src",	    "src",
					    "+sip-src", "+sip.srs", "sip-src"};
	struct said s = {.i = 0};
	struct span contact, tag;
	size_t i;

	while (next_with_contact(j, &s)) {
		if (!has_contact(&s, &contact))
			continue;
		for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
			if (!sip_param(contact, wrong[i], &tag))
				continue;
			rule_seen(j, &s);
			rule_fail(j, &s, "the tag is written '%s'", wrong[i]);
		}
		if (sip_param(contact, "+sip.src", &tag)) {
			rule_seen(j, &s);
			if (tag.n)
				rule_fail(j, &s, "the tag has the value '%.*s'",
					  SPAN_ARG(tag));
		} else if (span_find(contact, span_of("+sip.src")) <
			   contact.n) {
			rule_seen(j, &s);
			rule_fail(j, &s, "the tag stands inside the URI: %.*s",
				  SPAN_ARG(contact));
		}
	}
}

static void contact_one(struct judge *j)
{
	struct said s = {.i = 0};
	struct span contact, other;
	char name[64];

	while (next_with_contact(j, &s)) {
		rule_seen(j, &s);
		if (!has_contact(&s, &contact))
			rule_fail(j, &s, "%s without Contact", what(&s, name));
		else if (sip_view_element(&s.v, "Contact", 1, &other))
			rule_fail(j, &s, "a second Contact: %.*s",
				  SPAN_ARG(other));
		else if (!rule_is_one_uri(contact))
			rule_fail(j, &s, "%s: no SIP URI: %.*s", what(&s, name),
				  SPAN_ARG(contact));
	}
}

/* ---- heads ---- */

static void require_siprec(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_first_invite(j, &s)) {
		rule_seen(j, &s);
		if (!sip_view_lists(&s.v, "Require", "siprec"))
			rule_fail(j, &s, "an INVITE without Require: siprec");
	}
}

static void accept_metadata(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_first_invite(j, &s)) {
		rule_seen(j, &s);
		if (!sip_view_lists(&s.v, "Accept",
				    "application/rs-metadata") &&
		    !sip_view_lists(&s.v, "Accept",
				    "application/rs-metadata-request") &&
		    !sip_view_lists(&s.v, "Accept",
				    "application/rs-metadata+xml"))
			rule_fail(
				j, &s,
				"an INVITE whose Accept does not name the "
				"metadata type: no snapshot can be asked for");
	}
}

static void allow_update(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_first_invite(j, &s)) {
		rule_seen(j, &s);
		if (!sip_view_lists(&s.v, "Allow", "UPDATE"))
			rule_fail(j, &s,
				  "an INVITE whose Allow does not list UPDATE: "
				  "no snapshot can be asked for");
	}
}

static void large_by_udp(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_request(j, NULL, &s)) {
		if (!span_case_starts(s.v.via, "SIP/2.0/UDP"))
			continue;
		rule_seen(j, &s);
		if (s.v.text.n > UDP_MAX)
			rule_fail(j, &s, "%.*s of %zu octets by UDP",
				  SPAN_ARG(s.v.method), s.v.text.n);
	}
}

static void no_require(struct judge *j)
{
	struct said s = {.i = 0};
	struct span value;

	while (next_request(j, "CANCEL", &s)) {
		rule_seen(j, &s);
		if (sip_view_header(&s.v, "Require", 0, &value))
			rule_fail(j, &s, "CANCEL with Require: %.*s",
				  SPAN_ARG(value));
	}
}

/* Lower-case hex digits, 32 of them. */
static bool is_session_id(struct span id)
{
	size_t i;

	for (i = 0; i < id.n; i++)
		if (!isxdigit((unsigned char)id.p[i]) ||
		    isupper((unsigned char)id.p[i]))
			return false;
	return id.n == 32;
}

static void session_id(struct judge *j)
{
	struct said s = {.i = 0};
	struct span value;

	while (rule_next_said(j, &s)) {
		if (!sip_view_header(&s.v, "Session-ID", 0, &value))
			continue;
		rule_seen(j, &s);
		value.n = span_chr(value, ';');
		if (!is_session_id(span_trim(value)))
			rule_fail(j, &s, "Session-ID: %.*s", SPAN_ARG(value));
	}
}

/* ---- transactions and dialogs ---- */

/* When the last message came or went. */
static int64_t end_of(const struct judge *j)
{
	struct said s = {.i = 0};
	int64_t end_us = 0;

	while (rule_next_asked(j, &s))
		end_us = judge_when(s.m) > end_us ? judge_when(s.m) : end_us;
	for (s.i = 0; rule_next_said(j, &s);)
		end_us = judge_when(s.m) > end_us ? judge_when(s.m) : end_us;
	return end_us;
}

/* An ACK for each 2xx; those whose time is not over are left alone. */
static void ack_of_2xx(struct judge *j)
{
	struct said s = {.i = 0}, ack;
	int64_t end_us = end_of(j);

	while (next_reply(j, "INVITE", 200, 299, &s)) {
		bool came = false;

		for (ack.i = 0; !came && next_request(j, "ACK", &ack);)
			came = ack.v.cseq == s.v.cseq && same_dialog(&ack, &s);
		if (!came && end_us - s.m->sent_us < ACK_US)
			continue;
		rule_seen(j, &s);
		if (!came)
			rule_fail(j, &s, "no ACK for a %d", s.v.code);
	}
}

static void cancel_after_1xx(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (next_request(j, "CANCEL", &s)) {
		bool came = false;

		for (reply.i = 0;
		     !came && next_reply(j, "INVITE", 100, 199, &reply);)
			came = reply.m->sent_us <= judge_when(s.m) &&
			       same_dialog(&reply, &s);
		rule_seen(j, &s);
		if (!came)
			rule_fail(j, &s, "CANCEL before any response");
	}
}

/* No INVITE came that could have made it, and the recorder says so. */
static bool is_of_no_dialog(const struct judge *j, const struct said *bye)
{
	struct said s = {.i = 0};

	while (next_request(j, "INVITE", &s))
		if (same_dialog(&s, bye))
			return false;
	for (s.i = 0; next_reply(j, "BYE", 481, 481, &s);)
		if (same_dialog(&s, bye))
			return true;
	return false;
}

static void bye_in_dialog(struct judge *j)
{
	struct said s = {.i = 0};

	while (next_request(j, "BYE", &s)) {
		rule_seen(j, &s);
		if (!s.v.to_tag.n)
			rule_fail(j, &s, "BYE without To tag");
		else if (is_of_no_dialog(j, &s))
			rule_fail(j, &s, "BYE of a dialog that never was: 481");
	}
}

static void cseq_rises(struct judge *j)
{
	struct said s = {.i = 0}, before;

	while (next_request(j, NULL, &s)) {
		if (!s.v.to_tag.n || s.m->again || span_is(s.v.method, "ACK") ||
		    span_is(s.v.method, "CANCEL"))
			continue;
		rule_seen(j, &s);
		for (before.i = 0; next_request(j, NULL, &before) &&
				   before.m->order < s.m->order;)
			if (same_dialog(&before, &s) &&
			    before.v.cseq >= s.v.cseq &&
			    !span_eq(before.v.branch, s.v.branch) &&
			    !span_is(before.v.method, "ACK"))
				rule_fail(j, &s, "%.*s with CSeq %u after %u",
					  SPAN_ARG(s.v.method), s.v.cseq,
					  before.v.cseq);
	}
}

/* The client's final response to a request of the recorder's. */
static bool answer_to(const struct judge *j, const struct said *request,
		      struct said *reply)
{
	reply->i = 0;
	while (rule_next_said(j, reply))
		if (!reply->v.request && reply->v.code >= 200 &&
		    reply->v.cseq == request->v.cseq &&
		    same_dialog(reply, request) &&
		    span_eq(reply->v.cseq_method, request->v.method) &&
		    span_eq(reply->v.branch, request->v.branch))
			return true;
	return false;
}

static void bye_taken(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (next_asked(j, "BYE", &s)) {
		if (!answer_to(j, &s, &reply))
			continue;
		rule_seen(j, &reply);
		if (reply.v.code >= 300)
			rule_fail(j, &reply, "%d to the recorder's BYE",
				  reply.v.code);
	}
}

static void offer_when_asked(struct judge *j)
{
	struct said s = {.i = 0}, reply;
	struct span sdp;

	while (next_asked(j, "INVITE", &s)) {
		if (rule_has_sdp(&s.v, &sdp) || !answer_to(j, &s, &reply) ||
		    reply.v.code == 491 || reply.v.code == 500)
			continue;
		rule_seen(j, &reply);
		if (reply.v.code >= 300)
			rule_fail(j, &reply,
				  "%d to a re-INVITE without an offer",
				  reply.v.code);
		else if (!rule_has_sdp(&reply.v, &sdp))
			rule_fail(j, &reply, "a %d without an offer",
				  reply.v.code);
	}
}

static void allow_in_405(struct judge *j)
{
	struct said s = {.i = 0};
	struct span value;

	while (rule_next_said(j, &s)) {
		if (s.v.request || s.v.code != 405)
			continue;
		rule_seen(j, &s);
		if (!sip_view_header(&s.v, "Allow", 0, &value))
			rule_fail(j, &s, "405 to %.*s without Allow",
				  SPAN_ARG(s.v.cseq_method));
	}
}

static bool asks_for_snapshot(const struct said *s)
{
	return span_is(s->v.method, "UPDATE") &&
	       span_find(s->v.body, span_of("requestsnapshot")) < s->v.body.n;
}

/* A document that is sent after `asked`, soon. */
static bool document_follows(const struct judge *j, const struct said *asked)
{
	struct said s = {.i = 0};
	struct mime m;

	while (next_request(j, NULL, &s)) {
		if (s.m->order < asked->m->order || !same_dialog(&s, asked) ||
		    judge_when(s.m) - asked->m->sent_us > SOON_US)
			continue;
		mime_of(&m, &s.v, NULL);
		if (mime_metadata(&m))
			return true;
	}
	return false;
}

static void snapshot_sent(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (next_asked(j, "UPDATE", &s)) {
		bool answered;

		if (!asks_for_snapshot(&s))
			continue;
		answered = answer_to(j, &s, &reply);
		rule_seen(j, answered ? &reply : &s);
		if (answered && reply.v.code >= 300)
			rule_fail(j, &reply, "%d to a request for a snapshot",
				  reply.v.code);
		else if (!document_follows(j, &s))
			rule_fail(j, &s,
				  "no document within 2 s of a request for a "
				  "snapshot");
	}
}

/* RFC 3261 section 12.2.1.2. */
static void ends_a_dead_dialog(struct judge *j)
{
	struct said s = {.i = 0}, later;

	while (next_reply(j, NULL, 408, 481, &s)) {
		if ((s.v.code != 408 && s.v.code != 481) || !s.v.to_tag.n ||
		    span_is(s.v.cseq_method, "BYE") ||
		    span_is(s.v.cseq_method, "CANCEL"))
			continue;
		rule_seen(j, &s);
		for (later.i = 0; next_request(j, NULL, &later);)
			if (later.m->order > s.m->order &&
			    same_dialog(&later, &s) && !later.m->again &&
			    !span_is(later.v.method, "ACK") &&
			    !span_is(later.v.method, "BYE"))
				rule_fail(j, &later, "%.*s after a %d",
					  SPAN_ARG(later.v.method), s.v.code);
	}
}

const struct rule rules_client[] = {
	{"7866-6.1.1-c", from_is_its_own},
	{"7866-6.1.1-d", contact_tag},
	{"7866-6.1.1-g", require_siprec},
	{"3840-9-a.src", contact_tag_form},
	{"3261-8.1.1.8-a.src", contact_one},
	{"3261-20.1-a", accept_metadata},
	{"3311-4-a.src", allow_update},
	{"3261-18.1.1-a", large_by_udp},
	{"3261-8.2.2.3-b", no_require},
	{"7989-5-a", session_id},
	{"3261-13.2.2.4-a", ack_of_2xx},
	{"3261-9.1-a", cancel_after_1xx},
	{"3261-15-a", bye_in_dialog},
	{"3261-12.2.1.1-a", cseq_rises},
	{"3261-15.1.2-a.src", bye_taken},
	{"3261-14.2-b", offer_when_asked},
	{"3261-8.2.1-a", allow_in_405},
	{"7866-9.1-k", snapshot_sent},
	{"3261-12.2.1.2-a", ends_a_dead_dialog},
	{NULL, NULL},
};
