/* Rules about requests for a snapshot, and what a recorder makes of a fault. */
#include "expect/rules.h"

#include <string.h>

/* ---- snapshots ---- */

/* A request for a snapshot, wherever it is. */
struct ask {
	struct said s;
	struct mime m;
	const struct mime_part *part;
};

static bool asks_for_snapshot(struct ask *a)
{
	size_t i;

	mime_of(&a->m, &a->s.v, NULL);
	for (i = 0; i < a->m.n; i++) {
		struct span text = a->m.part[i].body;

		if (span_find(text, span_of("requestsnapshot")) == text.n)
			continue;
		a->part = &a->m.part[i];
		return true;
	}
	return false;
}

/* The next one; `a` begins as zeros. */
static bool next_ask(struct judge *j, struct ask *a)
{
	while (rule_next_said(j, &a->s)) {
		if (!asks_for_snapshot(a))
			continue;
		rule_seen(j, &a->s);
		return true;
	}
	return false;
}

static bool is_update(const struct ask *a)
{
	return span_is(a->s.v.method, "UPDATE");
}

static void snapshot_disposition(struct judge *j)
{
	struct ask a = {.part = NULL};

	while (next_ask(j, &a))
		if (is_update(&a) &&
		    !span_case_is(a.part->disposition, "recording-session"))
			rule_fail(j, &a.s, "Content-Disposition '%.*s'",
				  SPAN_ARG(a.part->disposition));
}

static void snapshot_without_sdp(struct judge *j)
{
	struct ask a = {.part = NULL};

	while (next_ask(j, &a))
		if (is_update(&a) && mime_find(&a.m, "application/sdp"))
			rule_fail(j, &a.s,
				  "SDP beside a request for a snapshot");
}

static void snapshot_in_update(struct judge *j)
{
	struct ask a = {.part = NULL};

	while (next_ask(j, &a))
		if (!is_update(&a))
			rule_fail(j, &a.s, "it is in %s of %.*s",
				  a.s.v.request ? "a request" : "a response",
				  SPAN_ARG(a.s.v.cseq_method));
}

static void snapshot_body(struct judge *j)
{
	const struct span space = span_of("urn:ietf:params:xml:ns:recording:1");
	struct ask a = {.part = NULL};

	while (next_ask(j, &a)) {
		const struct mime_part *p = a.part;

		if (!span_case_is(p->type, "application/rs-metadata+xml"))
			rule_fail(j, &a.s, "its type is %.*s",
				  SPAN_ARG(p->type));
		if (span_find(p->body, space) == p->body.n)
			rule_fail(j, &a.s, "its root is in another namespace");
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

const struct rule rules_snapshot[] = {
	{"7866-9.2-e", snapshot_disposition},
	{"7866-9.2-f", snapshot_without_sdp},
	{"7866-9.2-g", snapshot_in_update},
	{"7865-7-a", snapshot_body},
	{"7866-9.2-i", fault_noticed},
	{"D-stays", stays},
	{NULL, NULL},
};
