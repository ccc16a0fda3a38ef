/* INVITEs that we send in a session, first and later. */
#include "sip/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/head.h"
#include "sip/print.h"
#include "sip/session_int.h"

/* ---- INVITE of ours ---- */

static void on_invite_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg);

/* What it takes to send an INVITE once more. */
static void keep_invite(struct sip_session *s, const char *headers,
			const char *content_type, struct span body)
{
	session_replace(&s->change_headers, headers ? xstrdup(headers) : NULL);
	session_replace(&s->change_type,
			content_type ? xstrdup(content_type) : NULL);
	buf_clear(&s->change_body);
	buf_add_span(&s->change_body, body);
}

static bool send_invite(struct sip_session *s, const char *headers,
			const char *content_type, struct span body)
{
	session_print(s, "INVITE", s->out_cseq, headers, content_type, body);
	s->out = sip_txn_request(s->ua->txns, &s->peer, buf_span(&s->ua->out),
				 on_invite_outcome, s, NULL);
	return s->out != NULL;
}

static char *with_tag(const char *value, const char *tag)
{
	return xasprintf("%s;tag=%s", value, tag);
}

/* ---- by its size: RFC 3261 section 18.1.1 ---- */

enum { LARGE = 1300 };

static void print_invite(struct sip_session *s, const struct sip_invite *inv)
{
	session_print(s, "INVITE", s->out_cseq, inv->headers, inv->content_type,
		      inv->body);
}

static void note(struct sip_session *s, enum trace_note_kind kind,
		 const char *text)
{
	struct trace *t = s->ua->conf.trace;

	trace_notef(t, trace_call_of(t, span_of(s->call_id)),
		    loop_now(s->ua->conf.loop), kind, s->ua->conf.name, "%s",
		    text);
}

/* The INVITE is printed, for UDP unless its URI wants something else. */
static void mind_size(struct sip_session *s, const struct sip_invite *inv)
{
	struct sip_uri u;
	char text[160];

	if (s->ua->out.n <= LARGE || s->peer.proto != ADDR_UDP ||
	    !sip_uri_parse(span_of(inv->uri), &u) || u.transport[0])
		return;
	if (inv->by_size == SIP_SIZE_WARNS) {
		snprintf(text, sizeof(text),
			 "an INVITE of %zu bytes goes by UDP, though RFC 3261 "
			 "18.1.1 wants TCP beyond %d ('transport: auto')",
			 s->ua->out.n, LARGE);
		note(s, TRACE_WARNING, text);
	}
	if (inv->by_size != SIP_SIZE_DECIDES)
		return;
	s->peer.proto = ADDR_TCP;
	s->by_udp = true;
	keep_invite(s, inv->headers, inv->content_type, inv->body);
	print_invite(s, inv);
}

/* Nobody took the connection: the same INVITE by UDP, as if size did not
 * matter. */
static bool invite_by_udp(struct sip_session *s, const char *why)
{
	char text[160];

	if (!s->by_udp || s->hangup)
		return false;
	s->by_udp = false;
	snprintf(text, sizeof(text), "%s: the INVITE goes by UDP",
		 why ? why : "TCP is refused");
	note(s, TRACE_NOTE, text);
	s->peer.proto = ADDR_UDP;
	return send_invite(s, s->change_headers, s->change_type,
			   buf_span(&s->change_body));
}

struct sip_session *sip_session_invite(struct sip_ua *ua,
				       const struct sip_invite *inv,
				       const struct sip_session_handlers *h,
				       void *arg, struct err *e)
{
	char call_id[33], tag[TOKEN + 1];
	struct sip_session *s;
	struct addr to;

	if (!ua_next_hop(inv->uri, NULL, inv->proto, &to)) {
		err_set(e, ERR_INPUT, "'%s' leads nowhere", inv->uri);
		return NULL;
	}
	ids_hex(ua->conf.ids, "call-id", call_id, 32);
	ua_token(ua, "tag", tag);
	s = session_new(ua, span_of(call_id), h, arg);
	s->state = INVITING;
	s->outgoing = true;
	s->local_tag = xstrdup(tag);
	s->local = with_tag(inv->from, tag);
	s->remote = xstrdup(inv->to);
	s->first_remote = xstrdup(inv->to);
	s->target = xstrdup(inv->uri);
	s->first_target = xstrdup(inv->uri);
	s->peer = to;
	s->sips = span_case_starts(span_of(inv->uri), "sips:");
	s->local_cseq = s->out_cseq = 1;
	if (inv->always)
		s->always = xstrdup(inv->always);
	auth_init(&s->auth, inv->login);
	if (s->auth.user)
		keep_invite(s, inv->headers, inv->content_type, inv->body);
	print_invite(s, inv);
	mind_size(s, inv);
	s->out = sip_txn_request(ua->txns, &s->peer, buf_span(&ua->out),
				 on_invite_outcome, s, e);
	if (!s->out) {
		session_free(s);
		return NULL;
	}
	return s;
}

void session_send_cancel(struct sip_session *s)
{
	struct sip_ua *ua = s->ua;

	session_set_state(s, CANCELLING);
	buf_clear(&ua->out);
	sip_print_cancel(&ua->out, sip_txn_view(s->out), s->hangup_headers);
	sip_txn_request(ua->txns, &s->peer, buf_span(&ua->out), NULL, NULL,
			NULL);
	/* section 9.1: without a final response by then it counts as ended */
	timer_after(&s->cancel_timer, 64 * T1_US);
}

void session_on_cancel_timer(void *arg)
{
	struct sip_session *s = arg;
	struct sip_failure f = {
		.outcome = SIP_TIMEOUT, .code = 408, .cancelled = true};

	session_enter(s);
	if (s->out)
		sip_txn_kill(s->out);
	s->out = NULL;
	session_failed(s, &f);
	session_leave(s);
}

void sip_session_ack(struct sip_session *s, const char *content_type,
		     struct span body)
{
	struct sip_ua *ua = s->ua;

	if (s->acked)
		return;
	s->acked = true;
	session_print(s, "ACK", s->out_cseq, s->always, content_type, body);
	session_next_hop(s, &s->ack_to);
	ua_send(ua, &s->ack_to);
	free(s->ack);
	s->ack_n = ua->out.n;
	s->ack_cseq = s->out_cseq;
	s->ack = xmemdup(buf_str(&ua->out), ua->out.n);
}

static void ack_again(struct sip_session *s, uint32_t cseq)
{
	struct addr to;

	session_print(s, "ACK", cseq, s->always, NULL, span_of(""));
	session_next_hop(s, &to);
	ua_send(s->ua, &to);
}

/* RFC 3261 section 13.2.2.4: the ACK goes out each time. The newest one is
 * kept; an older one, and that of a re-INVITE which our BYE overtook, had no
 * body. */
void session_2xx_again(struct sip_session *s, const struct sip_view *resp)
{
	struct sip_ua *ua = s->ua;

	if (s->ack && resp->cseq == s->ack_cseq) {
		buf_clear(&ua->out);
		buf_add(&ua->out, s->ack, s->ack_n);
		ua_send(ua, &s->ack_to);
	} else if (s->ack || s->state != UP) {
		ack_again(s, resp->cseq);
	}
}

static void on_first_2xx(struct sip_session *s, const struct sip_view *resp)
{
	if (s->forsaken) {
		session_replace(&s->remote_tag, NULL);
		ua_leave_orphans(s->ua, s->call_id);
		session_ended(s, SIP_ENDED_LOST);
		return;
	}
	early_leave(s, resp);
	session_take_dialog(s, resp);
	timer_stop(&s->cancel_timer);
	s->acked = false;
	session_set_state(s, UP);
	s->acking = true;
	if (!s->hangup && s->h.answered)
		s->h.answered(s, resp, s->arg);
	s->acking = false;
	sip_session_ack(s, NULL, span_of(""));
	if (s->hangup && s->state == UP)
		session_send_bye(s);
}

static int code_of(enum sip_outcome o, const struct sip_view *resp)
{
	switch (o) {
	case SIP_FINAL:
		return resp->code;
	case SIP_TIMEOUT:
		return 408; /* RFC 3261 section 8.1.3.1 */
	case SIP_UNREACHABLE:
		return 503;
	default:
		return 500;
	}
}

static void on_provisional(struct sip_session *s, const struct sip_view *resp)
{
	if (s->state == INVITING)
		session_set_state(s, PROCEEDING);
	if (!early_in_order(s, resp))
		return;
	if (s->hangup && s->state == PROCEEDING)
		session_send_cancel(s);
	else if (s->h.progress)
		s->h.progress(s, resp, s->arg);
	early_settle(s);
}

/* A new try for the same dialog to be; early ones are no more. */
static bool invite_again(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body)
{
	early_fini(&s->early);
	session_replace(&s->remote, xstrdup(s->first_remote));
	session_replace(&s->remote_tag, NULL);
	session_replace(&s->route, NULL);
	session_replace(&s->target, xstrdup(s->first_target));
	session_set_state(s, INVITING);
	s->out_cseq = ++s->local_cseq;
	return send_invite(s, headers, content_type, body);
}

/* RFC 3261 section 22.2 */
static bool invite_with_login(struct sip_session *s)
{
	return !s->hangup && invite_again(s, s->change_headers, s->change_type,
					  buf_span(&s->change_body));
}

int sip_session_invite_again(struct sip_session *s,
			     const struct sip_invite *inv)
{
	s->challenges = 0;
	if (s->auth.user)
		keep_invite(s, inv->headers, inv->content_type, inv->body);
	if (!s->hangup &&
	    invite_again(s, inv->headers, inv->content_type, inv->body))
		return 0;
	session_set_state(s, OVER);
	return -1;
}

static void on_invite_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct sip_session *s = arg;
	struct sip_failure f = {.outcome = o,
				.code = code_of(o, resp),
				.resp = resp,
				.why = why,
				.cancelled = s->hangup};

	session_enter(s);
	if (o != SIP_UNREACHABLE)
		s->by_udp = false;
	if (o == SIP_PROVISIONAL) {
		on_provisional(s, resp);
	} else if (o != SIP_UNREACHABLE || !invite_by_udp(s, why)) {
		bool again = session_is_challenged(s, o, resp, &s->challenges);

		s->out = NULL;
		if (o == SIP_FINAL && s->auth.why[0])
			f.why = s->auth.why;
		if (o == SIP_FINAL && resp->code < 300)
			on_first_2xx(s, resp);
		else if (!again || !invite_with_login(s))
			session_failed(s, &f);
	}
	session_leave(s);
}

void sip_session_second_invite(struct sip_session *s, const char *headers,
			       const char *content_type, struct span body)
{
	if (!s->out || s->remote_tag)
		return;
	session_print(s, "INVITE", s->out_cseq, headers, content_type, body);
	sip_txn_request(s->ua->txns, &s->peer, buf_span(&s->ua->out), NULL,
			NULL, NULL);
}

void sip_session_forsake(struct sip_session *s)
{
	s->forsaken = true;
}

const char *sip_session_contact(const struct sip_session *s)
{
	return ua_contact(s->ua, (enum addr_proto)s->peer.proto, s->sips);
}

void sip_session_set_contact(struct sip_session *s, const char *value)
{
	session_replace(&s->contact, xstrdup(value));
}

/* ---- re-INVITE of ours ---- */

static void on_reinvite_outcome(enum sip_outcome o, const struct sip_view *resp,
				const char *why, void *arg);

static int send_reinvite(struct sip_session *s)
{
	struct sip_ua *ua = s->ua;
	struct addr to;

	s->out_cseq = ++s->local_cseq;
	s->change_tries++;
	session_print(s, "INVITE", s->out_cseq, s->change_headers,
		      s->change_type, buf_span(&s->change_body));
	session_next_hop(s, &to);
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
	keep_invite(s, headers, content_type, body);
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
