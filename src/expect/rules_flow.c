/* Rules about transactions and dialogs: what follows what. */
#include "expect/rules.h"

#include <string.h>

#include "sip/reliable.h"

/* RFC 3261 section 17.1.1.1 */
#define T1_US INT64_C(500000)

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

static bool has_final(const struct judge *j, const struct said *provisional)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, "INVITE", 200, 699, &s))
		if (span_eq(s.v.branch, provisional->v.branch))
			return true;
	return false;
}

/* RFC 3261 sections 13.3.1 and 9.2: whoever takes an INVITE up answers it, and
 * be it with 487 when it was cancelled meanwhile. */
static void final_comes(struct judge *j)
{
	struct said s = {.i = 0};

	while (rule_next_reply(j, "INVITE", 100, 199, &s)) {
		rule_seen(j, &s);
		if (has_final(j, &s))
			continue;
		rule_fail(j, &s, "%d, and nothing after that", s.v.code);
		return;
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

const struct rule rules_flow[] = {
	{"3261-9.2-a", cancel_ok},
	{"3261-9.2-b", cancel_ends},
	{"3261-15.1.2-a", bye_ok},
	{"3261-17.2.1", invite_again},
	{"3261-17.2.1.trying", trying},
	{"D-final", final_comes},
	{"3261-13.2.1-a", offer_in_2xx},
	{"3262-3-a", reliable},
	{"3311-5.2-b", update_in_time},
	{"3311-5.2-c", update_without_sdp},
	{"4028-9-a", min_se},
	{"4028-9-b", session_expires},
	{"4320-4-a", no_408},
	{"3261-13.3.1.4", ok_again},
	{"3261-13.3.1.4-a", bye_without_ack},
	{NULL, NULL},
};
