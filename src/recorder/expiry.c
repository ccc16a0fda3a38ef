/* The recorder's session timer (RFC 4028), when it has one. */
#include "recorder/rec.h"
#include "sip/expires.h"

bool rec_expiry_too_short(const struct rec_session *s,
			  const struct sip_view *req)
{
	uint32_t least_s = s->recorder->conf.timer.min_s;
	struct sip_expires x;

	/* section 9: only who knows timers can do anything about it */
	return sip_expires_read(req, &x) && x.seconds < least_s &&
	       sip_view_lists(req, "Supported", "timer");
}

/* Section 9: what was asked for may be lowered to our wish, never below the
 * client's minimum, and never raised. */
static uint32_t interval(const struct recorder_timer *t,
			 const struct sip_view *req)
{
	uint32_t least_s = sip_expires_min(req), s = t->expires_s;
	struct sip_expires x;

	if (s < least_s)
		s = least_s;
	return sip_expires_read(req, &x) && x.seconds < s ? x.seconds : s;
}

/* The client's word counts, then ours; who has no timer cannot refresh. */
static bool is_ours(const struct recorder_timer *t, const struct sip_view *req)
{
	struct sip_expires x;

	if (!sip_view_lists(req, "Supported", "timer"))
		return true;
	if (sip_expires_read(req, &x) && x.says_who)
		return x.uas;
	return t->we_refresh;
}

static void arm(struct rec_session *s)
{
	if (!s->expires_s)
		timer_stop(&s->expiry);
	else if (s->we_refresh)
		timer_after(&s->expiry, (int64_t)s->expires_s * 500000);
	else
		timer_after(&s->expiry, sip_expires_watch_us(s->expires_s));
}

void rec_expiry_accept(struct rec_session *s, const struct sip_view *req,
		       struct buf *headers)
{
	const struct recorder_timer *t = &s->recorder->conf.timer;

	if (!t->expires_s)
		return;
	s->expires_s = interval(t, req);
	s->we_refresh = is_ours(t, req);
	buf_addf(headers, "Session-Expires: %u;refresher=%s\r\n", s->expires_s,
		 s->we_refresh ? "uas" : "uac");
	if (!s->we_refresh)
		buf_add_str(headers, "Require: timer\r\n");
	arm(s);
}

void rec_expiry_refuse(const struct rec_session *s, struct buf *headers)
{
	buf_addf(headers, "Min-SE: %u\r\n", s->recorder->conf.timer.min_s);
}

void rec_expiry_add_request(const struct rec_session *s, struct buf *headers)
{
	if (s->expires_s)
		buf_addf(headers, "Session-Expires: %u;refresher=%s\r\n",
			 s->expires_s, s->we_refresh ? "uac" : "uas");
}

static void accepted(struct rec_session *s, const struct sip_view *resp)
{
	struct sip_expires x;

	/* section 7.2: we go on when the client has no timer */
	s->we_refresh = true;
	if (sip_expires_read(resp, &x)) {
		s->expires_s = x.seconds;
		s->we_refresh = !x.uas;
	}
	arm(s);
}

bool rec_expiry_outcome(struct rec_session *s, bool refresh, enum sip_outcome o,
			const struct sip_view *resp)
{
	if (!s->recorder->conf.timer.expires_s)
		return true;
	if (o == SIP_FINAL && resp->code < 300)
		accepted(s, resp);
	else if (refresh)
		arm(s); /* refused: once more, later */
	/* section 10: it found nobody */
	return !refresh ||
	       (o == SIP_FINAL && resp->code != 408 && resp->code != 481);
}

void rec_expiry_give_up(struct rec_session *s, const char *why)
{
	rec_warn(s, "%s: the session is given up", why);
	sip_session_hangup(s->sip, NULL);
}

void rec_expiry_due(void *arg)
{
	struct rec_session *s = arg;
	const struct recorder_timer *t = &s->recorder->conf.timer;
	struct recorder_line line = {
		.send = t->by_update ? "UPDATE" : "re-INVITE",
		.offer = t->by_update ? RECORDER_OFFER_NONE
				      : RECORDER_OFFER_SAME,
		.refresh = true};

	if (!s->we_refresh)
		rec_expiry_give_up(s, "the client did not refresh it");
	else if (!t->forgets)
		rec_ask(s, &line, 0);
}
