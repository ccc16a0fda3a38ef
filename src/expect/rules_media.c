/* Rules about media: what a recorder's RTCP says. */
#include "expect/rules.h"

#include <inttypes.h>
#include <string.h>

/* RFC 3550 section 6.2: the first report comes within 3.75 s, the next 7.5 s
 * later at the latest. */
#define REPORT_US INT64_C(8000000)

/* A stream that went to a recorder of the check for long enough. */
static bool next_stream(const struct judge *j, int64_t least_us, size_t *i,
			const struct trace_rtp **out)
{
	while (*i < trace_n_rtp(j->t)) {
		const struct trace_rtp *r = trace_rtp_at(j->t, (*i)++);

		if (r->call != j->call || !r->server || !r->sent ||
		    (j->c->to.n && !scn_strings_has(&j->c->to, r->server)) ||
		    r->last_sent_us - r->first_sent_us < least_us)
			continue;
		*out = r;
		return true;
	}
	return false;
}

/* The 2xx that agreed on the streams: what speaks against who reports nothing.
 */
static void agreed(struct judge *j, struct said *s)
{
	s->i = 0;
	s->m = NULL;
	rule_next_reply(j, "INVITE", 200, 299, s);
}

static void seen(struct judge *j, const struct said *ok)
{
	rule_seen(j, ok->m ? ok : NULL);
}

static void fail(struct judge *j, const struct said *ok,
		 const struct trace_rtp *r, const char *what)
{
	rule_fail(j, ok->m ? ok : NULL, "%s about %s (%" PRIu64 " packets)",
		  what, r->party ? r->party : "a stream", r->sent);
}

/* What is wrong with a stream; "" when nothing is, NULL when the rule is not
 * about it. */
typedef const char *(look_h)(const struct judge *j, const struct trace_rtp *r);

static void each(struct judge *j, int64_t least_us, look_h *look)
{
	const struct trace_rtp *r;
	struct said ok;
	size_t i = 0;

	agreed(j, &ok);
	while (next_stream(j, least_us, &i, &r)) {
		const char *wrong = look(j, r);

		if (wrong)
			seen(j, &ok);
		if (wrong && wrong[0])
			fail(j, &ok, r, wrong);
	}
}

static const char *look_reported(const struct judge *j,
				 const struct trace_rtp *r)
{
	(void)j;
	return r->reported ? "" : "no report";
}

static void reported(struct judge *j)
{
	each(j, REPORT_US, look_reported);
}

static const char *look_compound(const struct judge *j,
				 const struct trace_rtp *r)
{
	(void)j;
	if (!r->rtcp)
		return NULL;
	if (r->rtcp_bad)
		return "RTCP that is no compound packet";
	return r->rtcp_cname ? "" : "RTCP without CNAME";
}

static void compound(struct judge *j)
{
	each(j, 0, look_compound);
}

/* What the scenario loses before it comes to us is missing in what we send. */
static bool loses(const struct scenario *s, const char *party)
{
	size_t i;

	for (i = 0; party && i < s->call.n_parties; i++)
		if (strcmp(s->call.party[i].id, party) == 0)
			return s->media[i].loss > 0;
	return false;
}

static const char *look_loss(const struct judge *j, const struct trace_rtp *r)
{
	if (!r->reported || !loses(j->s, r->party))
		return NULL;
	return r->reported_lost > 0 ? "" : "no loss reported";
}

static void loss_told(struct judge *j)
{
	each(j, REPORT_US, look_loss);
}

static const char *look_symmetric(const struct judge *j,
				  const struct trace_rtp *r)
{
	(void)j;
	if (!r->rtcp)
		return NULL;
	return r->rtcp_astray ? "RTCP from another port" : "";
}

static void symmetric(struct judge *j)
{
	each(j, 0, look_symmetric);
}

const struct rule rules_media[] = {
	{"7866-8.1.1-a", reported},
	{"3550-6.1-a", compound},
	{"3550-6.4.2", loss_told},
	{"7866-8.1.8-b", symmetric},
	{NULL, NULL},
};
