/* re-INVITEs that we send in a session. */
#include "core/xalloc.h"
#include "sip/session_int.h"

void session_keep_invite(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body)
{
	session_replace(&s->change_headers, headers ? xstrdup(headers) : NULL);
	session_replace(&s->change_type,
			content_type ? xstrdup(content_type) : NULL);
	buf_clear(&s->change_body);
	buf_add_span(&s->change_body, body);
}

static void on_reinvite_outcome(enum sip_outcome o, const struct sip_view *resp,
				const char *why, void *arg);

static int send_reinvite(struct sip_session *s)
{
	struct sip_ua *ua = s->ua;
	struct addr to;

	s->out_cseq = ++s->local_cseq;
	s->change_tries++;
	to = session_print(s, "INVITE", s->out_cseq, s->change_headers,
			   s->change_type, buf_span(&s->change_body));
	s->out = sip_txn_request(ua->txns, &to, buf_span(&ua->out),
				 on_reinvite_outcome, s, NULL);
	return s->out ? 0 : -1;
}

int sip_session_reinvite(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body,
			 sip_change_h *h, void *arg)
{
	bool waits = timer_running(&s->change_timer);

	if (s->state != UP || (!waits && sip_session_is_open(s)))
		return -1;
	session_keep_invite(s, headers, content_type, body);
	s->change_h = h;
	s->change_arg = arg;
	if (waits)
		return 0;
	s->change_tries = 0;
	s->challenges = 0;
	return send_reinvite(s);
}

static void changed(struct sip_session *s, enum sip_outcome o,
		    const struct sip_view *resp)
{
	sip_change_h *h = s->change_h;

	s->change_h = NULL;
	if (h)
		h(s, o, resp, s->change_arg);
}

/* RFC 3261 section 14.1: we own the Call-ID of what we began, so 2.1 to 4 s,
 * else up to 2 s; in steps of 10 ms. */
static void wait_and_retry(struct sip_session *s)
{
	uint32_t steps = rng_below(s->ua->conf.rng, s->outgoing ? 191 : 201);

	timer_after(&s->change_timer,
		    ((s->outgoing ? 210 : 0) + (int64_t)steps) * 10000);
}

void session_on_change_timer(void *arg)
{
	struct sip_session *s = arg;

	session_enter(s);
	if (s->state == ENDING)
		session_ended(s, SIP_ENDED_LOST);
	else if (s->in || timer_running(&s->ok_timer))
		wait_and_retry(s); /* section 14.1: not while theirs is open */
	else if (s->state == UP && send_reinvite(s) < 0)
		changed(s, SIP_UNREACHABLE, NULL);
	session_leave(s);
}

static void on_reinvite_outcome(enum sip_outcome o, const struct sip_view *resp,
				const char *why, void *arg)
{
	struct sip_session *s = arg;

	(void)why;
	session_enter(s);
	if (o == SIP_PROVISIONAL) {
		if (early_in_order(s, resp))
			early_settle(s);
		session_leave(s);
		return;
	}
	s->out = NULL;
	if (session_is_challenged(s, o, resp, &s->challenges) &&
	    s->state == UP) {
		s->change_tries--; /* it counts as the same one */
		if (send_reinvite(s) < 0)
			changed(s, o, resp);
	} else if (o == SIP_FINAL && resp->code < 300) {
		session_take_target(s, resp);
		s->acked = false;
		s->acking = true;
		changed(s, o, resp);
		s->acking = false;
		sip_session_ack(s, NULL, span_of(""));
		if (s->hangup && s->state == UP)
			session_send_bye(s);
	} else if (o == SIP_FINAL && resp->code == 491 && s->state == UP &&
		   s->change_tries < CHANGE_TRIES) {
		wait_and_retry(s);
	} else {
		changed(s, o, resp);
	}
	session_leave(s);
}
