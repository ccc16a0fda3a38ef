/* Rules about messages: heads, transactions, dialogs. */
#include "expect/rules.h"

#include <stdlib.h>
#include <string.h>

#include "sip/head.h"
#include "sip/reliable.h"

/* RFC 3261 section 17.1.1.1 */
#define T1_US INT64_C(500000)

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

static size_t count_char(struct span s, char c)
{
	size_t n = 0, i;

	for (i = 0; i < s.n; i++)
		n += s.p[i] == c;
	return n;
}

static void contact_one(struct judge *j)
{
	struct said s = {.i = 0};
	struct span contact, other;
	struct sip_uri uri;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		rule_seen(j, &s);
		if (!has_contact(&s, &contact))
			rule_fail(j, &s, "a %d without Contact", s.v.code);
		else if (sip_view_element(&s.v, "Contact", 1, &other))
			rule_fail(j, &s, "a second Contact: %.*s",
				  SPAN_ARG(other));
		else if (count_char(contact, '<') > 1 ||
			 count_char(contact, '<') != count_char(contact, '>') ||
			 !sip_uri_parse(sip_addr_uri(contact), &uri))
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

/* ---- transactions ---- */

/* The INVITE of a CANCEL, and its final response when there is one. */
static bool cancelled_invite(const struct judge *j, const struct said *cancel,
			     struct said *invite)
{
	struct said s = {.i = 0};

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "INVITE") ||
		    !span_eq(s.v.branch, cancel->v.branch))
			continue;
		*invite = s;
		return true;
	}
	return false;
}

/* RFC 3261 section 9.2: after a 2xx the transaction may be gone, unless RFC 6026
 * is kept. */
static bool came_too_late(const struct judge *j, const struct said *invite,
			  const struct said *reply)
{
	struct said final;

	return reply->v.code == 481 && rule_final_of(j, invite, &final) &&
	       final.v.code < 300 && final.m->order < reply->m->order;
}

static void cancel_ok(struct judge *j)
{
	struct said s = {.i = 0}, invite, reply;
	bool found;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "CANCEL") || s.m->again ||
		    !cancelled_invite(j, &s, &invite))
			continue;
		found = rule_final_of(j, &s, &reply);
		if (found && came_too_late(j, &invite, &reply))
			continue;
		rule_seen(j, NULL);
		if (!found)
			rule_fail(j, NULL, "no answer to the CANCEL");
		else if (reply.v.code != 200)
			rule_fail(j, &reply, "%d to the CANCEL", reply.v.code);
	}
}

static void cancel_ends(struct judge *j)
{
	struct said s = {.i = 0}, invite, reply, final;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "CANCEL") || s.m->again ||
		    !cancelled_invite(j, &s, &invite) ||
		    !rule_final_of(j, &s, &reply))
			continue;
		if (!rule_final_of(j, &invite, &final)) {
			rule_seen(j, &reply);
			rule_fail(j, &reply, "the INVITE has no answer");
		} else if (final.m->order > reply.m->order) {
			rule_seen(j, &final);
			if (final.v.code != 487)
				rule_fail(j, &final, "%d to the INVITE",
					  final.v.code);
		}
	}
}

static void bye_ok(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "BYE") || s.m->again)
			continue;
		rule_seen(j, NULL);
		if (!rule_final_of(j, &s, &reply))
			rule_fail(j, NULL, "no answer to the BYE");
		else if (reply.v.code >= 300)
			rule_fail(j, &reply, "%d to the BYE", reply.v.code);
		else
			rule_seen(j, &reply);
	}
}

static void invite_again(struct judge *j)
{
	struct said s = {.i = 0}, first, other;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "INVITE") || !s.m->again ||
		    !rule_final_of(j, &s, &first))
			continue;
		rule_seen(j, &first);
		other = first;
		while (rule_next_reply(j, "INVITE", 200, 699, &other))
			if (span_eq(other.v.branch, first.v.branch) &&
			    (other.v.code != first.v.code ||
			     !span_eq(other.v.to_tag, first.v.to_tag)))
				rule_fail(
					j, &other,
					"%d with tag '%.*s' after %d with "
					"tag '%.*s'",
					other.v.code, SPAN_ARG(other.v.to_tag),
					first.v.code, SPAN_ARG(first.v.to_tag));
	}
}

/* RFC 3261 section 17.2.1, and the way there and back. */
#define TRYING_US INT64_C(500000)

static void trying(struct judge *j)
{
	struct said s = {.i = 0}, reply;
	bool found;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "INVITE") || s.m->again)
			continue;
		reply.i = s.i;
		found = false;
		while (!found && rule_next_reply(j, "INVITE", 100, 699, &reply))
			found = span_eq(reply.v.branch, s.v.branch);
		rule_seen(j, NULL);
		if (!found)
			rule_fail(j, NULL, "no response");
		else if (judge_when(reply.m) - s.m->sent_us > TRYING_US)
			rule_fail(j, &reply, "%d after %.3f s", reply.v.code,
				  (double)(judge_when(reply.m) - s.m->sent_us) /
					  1e6);
		else
			rule_seen(j, &reply);
	}
}

static void offer_in_2xx(struct judge *j)
{
	struct said s = {.i = 0}, req;
	struct span sdp;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		if (!rule_request_of(j, &s, &req) || rule_has_sdp(&req.v, &sdp))
			continue;
		rule_seen(j, &s);
		if (!rule_has_sdp(&s.v, &sdp))
			rule_fail(j, &s, "a %d without SDP", s.v.code);
	}
}

static void no_408(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, NULL, 200, 699, &s)) {
		if (span_is(s.v.cseq_method, "INVITE"))
			continue;
		rule_seen(j, &s);
		if (s.v.code == 408)
			rule_fail(j, &s, "408 to %.*s",
				  SPAN_ARG(s.v.cseq_method));
	}
}

static void update_in_time(struct judge *j)
{
	struct said s = {.i = 0}, reply;

	while (rule_next_asked(j, &s)) {
		if (!span_is(s.v.method, "UPDATE") || s.m->again)
			continue;
		rule_seen(j, NULL);
		if (!rule_final_of(j, &s, &reply))
			rule_fail(j, NULL, "no answer to the UPDATE");
		else if (judge_when(reply.m) - s.m->sent_us > 4 * T1_US)
			rule_fail(j, &reply, "%d after %.3f s", reply.v.code,
				  (double)(judge_when(reply.m) - s.m->sent_us) /
					  1e6);
		else
			rule_seen(j, &reply);
	}
}

static void update_without_sdp(struct judge *j)
{
	struct said s = {.i = 0}, req;
	struct span sdp;

	while (rule_next_reply(j, "UPDATE", 200, 299, &s)) {
		if (!rule_request_of(j, &s, &req) || rule_has_sdp(&req.v, &sdp))
			continue;
		rule_seen(j, &s);
		if (rule_has_sdp(&s.v, &sdp))
			rule_fail(j, &s, "SDP that nobody asked for");
	}
}

static void reliable(struct judge *j)
{
	struct said s = {.i = 0}, req;
	uint32_t rseq;

	while (rule_next_reply(j, "INVITE", 101, 199, &s)) {
		if (!sip_view_lists(&s.v, "Require", "100rel"))
			continue;
		rule_seen(j, &s);
		if (!sip_rseq_of(&s.v, &rseq))
			rule_fail(j, &s, "a reliable %d without RSeq",
				  s.v.code);
		if (rule_request_of(j, &s, &req) &&
		    !sip_view_lists(&req.v, "Supported", "100rel") &&
		    !sip_view_lists(&req.v, "Require", "100rel"))
			rule_fail(j, &s, "a reliable %d to who has no 100rel",
				  s.v.code);
	}
}

/* ---- session timer ---- */

static bool seconds_of(const struct sip_view *v, const char *name, uint32_t *s)
{
	struct span value;

	return sip_view_header(v, name, 0, &value) &&
	       parse_u32(span_trim(span_cut(&value, ';')), 0, INT32_MAX, s);
}

static void min_se(struct judge *j)
{
	struct said s = {.i = 0};
	uint32_t least;

	while (rule_next_reply(j, NULL, 422, 422, &s)) {
		rule_seen(j, &s);
		if (!seconds_of(&s.v, "Min-SE", &least))
			rule_fail(j, &s, "a 422 without Min-SE");
		else if (least < 90)
			rule_fail(j, &s, "Min-SE: %u", least);
	}
}

static void check_expires(struct judge *j, const struct said *s,
			  const struct said *req)
{
	uint32_t asked, given;
	struct span value, refresher;

	sip_view_header(&s->v, "Session-Expires", 0, &value);
	if (!seconds_of(&s->v, "Session-Expires", &given) || given < 90) {
		rule_fail(j, s, "Session-Expires: %.*s", SPAN_ARG(value));
		return;
	}
	if (!sip_param(value, "refresher", &refresher) ||
	    (!span_case_is(refresher, "uac") &&
	     !span_case_is(refresher, "uas")))
		rule_fail(j, s, "Session-Expires without refresher");
	else if (span_case_is(refresher, "uac") &&
		 !sip_view_lists(&s->v, "Require", "timer"))
		rule_fail(j, s, "we are to refresh, without 'Require: timer'");
	if (seconds_of(&req->v, "Session-Expires", &asked) && given > asked)
		rule_fail(j, s, "Session-Expires %u, asked for %u", given,
			  asked);
}

static void session_expires(struct judge *j)
{
	struct said s = {.i = 0}, req;

	while (rule_next_reply(j, NULL, 200, 299, &s)) {
		if (!sip_view_header_count(&s.v, "Session-Expires") ||
		    !rule_request_of(j, &s, &req))
			continue;
		rule_seen(j, &s);
		check_expires(j, &s, &req);
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

/* ---- snapshots ---- */

static bool asks_for_snapshot(const struct said *s, const struct mime_part **p,
			      struct mime *m)
{
	size_t i;

	mime_of(m, &s->v, NULL);
	for (i = 0; i < m->n; i++) {
		struct span text = m->part[i].body;

		if (span_find(text, span_of("requestsnapshot")) == text.n)
			continue;
		*p = &m->part[i];
		return true;
	}
	return false;
}

static void snapshot_disposition(struct judge *j)
{
	const struct mime_part *p;
	struct said s = {.i = 0};
	struct mime m;

	while (rule_next_request(j, "UPDATE", &s)) {
		if (!asks_for_snapshot(&s, &p, &m))
			continue;
		rule_seen(j, &s);
		if (!span_case_is(p->disposition, "recording-session"))
			rule_fail(j, &s, "Content-Disposition '%.*s'",
				  SPAN_ARG(p->disposition));
	}
}

static void snapshot_without_sdp(struct judge *j)
{
	const struct mime_part *p;
	struct said s = {.i = 0};
	struct mime m;

	while (rule_next_request(j, "UPDATE", &s)) {
		if (!asks_for_snapshot(&s, &p, &m))
			continue;
		rule_seen(j, &s);
		if (mime_find(&m, "application/sdp"))
			rule_fail(j, &s, "SDP beside a request for a snapshot");
	}
}

static void snapshot_in_update(struct judge *j)
{
	const struct mime_part *p;
	struct said s = {.i = 0};
	struct mime m;

	while (rule_next_said(j, &s)) {
		if (!asks_for_snapshot(&s, &p, &m))
			continue;
		rule_seen(j, &s);
		if (!span_is(s.v.method, "UPDATE"))
			rule_fail(j, &s, "it is in %s of %.*s",
				  s.v.request ? "a request" : "a response",
				  SPAN_ARG(s.v.cseq_method));
	}
}

static void snapshot_body(struct judge *j)
{
	const struct mime_part *p;
	struct said s = {.i = 0};
	struct mime m;

	while (rule_next_said(j, &s)) {
		if (!asks_for_snapshot(&s, &p, &m))
			continue;
		rule_seen(j, &s);
		if (!span_case_is(p->type, "application/rs-metadata+xml"))
			rule_fail(j, &s, "its type is %.*s", SPAN_ARG(p->type));
		if (span_find(p->body, span_of("urn:ietf:params:xml:ns:"
					       "recording:1")) == p->body.n)
			rule_fail(j, &s, "its root is in another namespace");
	}
}

static bool hung_up_or_asked(const struct judge *j, struct said *s)
{
	s->i = 0;
	while (rule_next_request(j, NULL, s))
		if (span_is(s->v.method, "BYE") ||
		    span_is(s->v.method, "UPDATE"))
			return true;
	return false;
}

/* Of whatever was sent in this call with a body; scenarios see to it that it
 * has a fault. */
static void fault_noticed(struct judge *j)
{
	struct said s = {.i = 0}, reply, last = {.m = NULL};

	while (rule_next_asked(j, &s)) {
		if (!s.v.request || !s.v.body.n || s.m->again ||
		    !rule_final_of(j, &s, &reply))
			continue;
		rule_seen(j, &reply);
		if (reply.v.code >= 300)
			return;
		last = reply;
	}
	if (last.m && !hung_up_or_asked(j, &s))
		rule_fail(j, &last, "%d, and no word of it afterwards",
			  last.v.code);
}

static void stays(struct judge *j)
{
	struct said s = {.i = 0}, bye = {.i = 0};

	while (rule_next_reply(j, "INVITE", 200, 299, &s))
		rule_seen(j, &s);
	while (rule_next_request(j, "BYE", &bye)) {
		rule_seen(j, &bye);
		rule_fail(j, &bye, "a BYE at %.3f s",
			  (double)(judge_when(bye.m) - j->t0_us) / 1e6);
	}
}

/* ---- ACK that never comes ---- */

static bool has_ack(const struct judge *j, const struct said *ok)
{
	struct said s = {.i = 0};

	while (rule_next_asked(j, &s))
		if (span_is(s.v.method, "ACK") && s.v.cseq == ok->v.cseq &&
		    span_eq(s.v.call_id, ok->v.call_id))
			return true;
	return false;
}

static void ok_again(struct judge *j)
{
	struct said s = {.i = 0}, other;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		if (s.m->again || has_ack(j, &s))
			continue;
		rule_seen(j, &s);
		other = s;
		while (rule_next_reply(j, "INVITE", 200, 299, &other))
			if (other.m->again)
				break;
		if (other.m == s.m || !other.m->again)
			rule_fail(j, &s, "the %d came once", s.v.code);
	}
}

static void bye_without_ack(struct judge *j)
{
	struct said s = {.i = 0}, bye;

	while (rule_next_reply(j, "INVITE", 200, 299, &s)) {
		if (s.m->again || has_ack(j, &s))
			continue;
		rule_seen(j, &s);
		bye = s;
		if (!rule_next_request(j, "BYE", &bye))
			rule_fail(j, &s, "no BYE came");
		else
			rule_seen(j, &bye);
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
	{"3261-9.2-a", cancel_ok},
	{"3261-9.2-b", cancel_ends},
	{"3261-11-a.accept", options_accept},
	{"3261-11-a.allow", options_allow},
	{"3261-15.1.2-a", bye_ok},
	{"3261-17.2.1", invite_again},
	{"3261-17.2.1.trying", trying},
	{"3261-13.2.1-a", offer_in_2xx},
	{"3261-8.1.1-a", well_formed},
	{"3262-3-a", reliable},
	{"3311-5.2-b", update_in_time},
	{"3311-5.2-c", update_without_sdp},
	{"4028-9-a", min_se},
	{"4028-9-b", session_expires},
	{"4320-4-a", no_408},
	{"D-md-200", no_metadata},
	{"7866-9.2-e", snapshot_disposition},
	{"7866-9.2-f", snapshot_without_sdp},
	{"7866-9.2-g", snapshot_in_update},
	{"7865-7-a", snapshot_body},
	{"7866-9.2-i", fault_noticed},
	{"D-stays", stays},
	{"3261-13.3.1.4", ok_again},
	{"3261-13.3.1.4-a", bye_without_ack},
	{NULL, NULL},
};
