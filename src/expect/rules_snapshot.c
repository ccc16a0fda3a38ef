/* Rules about requests for a snapshot, and what a recorder makes of a fault. */
#include "expect/rules.h"

#include <string.h>

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

const struct rule rules_snapshot[] = {
	{"7866-9.2-e", snapshot_disposition},
	{"7866-9.2-f", snapshot_without_sdp},
	{"7866-9.2-g", snapshot_in_update},
	{"7865-7-a", snapshot_body},
	{"7866-9.2-i", fault_noticed},
	{"D-stays", stays},
	{NULL, NULL},
};
