/* The INVITE that begins a session of ours. */
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
	trace_dialog_notef(s->ua->conf.trace, span_of(s->call_id),
			   loop_now(s->ua->conf.loop), kind, s->ua->conf.name,
			   "%s", text);
}

/* The first INVITE is printed, for UDP unless its URI wants something else. */
static void mind_size(struct sip_session *s, const struct sip_invite *inv)
{
	struct sip_uri u;
	char text[160];

	if (s->ua->out.n <= LARGE || s->peer.proto != ADDR_UDP ||
	    !sip_uri_parse(span_of(inv->uri), &u) || u.transport[0])
		return;
	if (s->by_size == SIP_SIZE_WARNS && !s->ua->large_told) {
		s->ua->large_told = true;
		snprintf(
			text, sizeof(text),
			"INVITE of %zu bytes, over %d, by UDP (RFC 3261 18.1.1 "
			"wants TCP): 'transport: auto' minds it",
			s->ua->out.n, LARGE);
		note(s, TRACE_WARNING, text);
	}
	if (s->by_size != SIP_SIZE_DECIDES)
		return;
	s->peer.proto = ADDR_TCP;
	s->by_udp = true;
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

/* ---- the addresses of its URI: RFC 3263 section 4.3 ---- */

/* The first INVITE, to where the peer is now. */
static bool send_first(struct sip_session *s, const struct sip_invite *inv,
		       struct err *e)
{
	print_invite(s, inv);
	mind_size(s, inv);
	s->out = sip_txn_request(s->ua->txns, &s->peer, buf_span(&s->ua->out),
				 on_invite_outcome, s, e);
	return s->out != NULL;
}

/* A new try for the same dialog to be; early ones are no more. */
static void begin_again(struct sip_session *s)
{
	early_fini(&s->early);
	session_replace(&s->remote, xstrdup(s->first_remote));
	session_replace(&s->remote_tag, NULL);
	session_replace(&s->route, NULL);
	session_replace(&s->target, xstrdup(s->first_target));
	session_set_state(s, INVITING);
}

/* The same request, with a branch of its own: Call-ID and CSeq stay. */
static bool invite_next_target(struct sip_session *s, const char *why)
{
	struct sip_invite inv = {.uri = s->first_target,
				 .headers = s->change_headers,
				 .content_type = s->change_type,
				 .body = buf_span(&s->change_body)};
	char was[ADDR_TEXT], is[ADDR_TEXT], text[200];

	if (s->hangup || s->at_target + 1 >= s->n_targets)
		return false;
	addr_text(&s->peer, was);
	s->peer = s->targets[++s->at_target];
	s->by_udp = false;
	begin_again(s);
	snprintf(text, sizeof(text), "%s: %s; the INVITE goes to %s", was, why,
		 addr_text(&s->peer, is));
	note(s, TRACE_NOTE, text);
	if (!send_first(s, &inv, NULL))
		return false;
	if (s->h.moved)
		s->h.moved(s, s->arg);
	return true;
}

/* Whether an address did not serve, so that another of the server's may. NULL:
 * it did, or what it said is said for all of them. */
static const char *why_not_there(const struct sip_session *s,
				 enum sip_outcome o,
				 const struct sip_view *resp, const char *why)
{
	if (o == SIP_UNREACHABLE)
		return why ? why : "nobody is there";
	if (o == SIP_TIMEOUT && s->state == INVITING)
		return "no answer";
	return o == SIP_FINAL && resp->code == 503 ? "503" : NULL;
}

bool sip_session_next_target(struct sip_session *s)
{
	struct sip_txn *left = s->out;
	bool gone;

	if (s->state != INVITING || !left)
		return false;
	session_enter(s);
	gone = invite_next_target(s, "no answer");
	if (s->out != left)
		sip_txn_kill(left);
	session_leave(s);
	return gone;
}

/* With a login, by TCP or UDP, to another address. */
static bool may_go_again(const struct sip_session *s)
{
	return s->auth.user || s->n_targets > 1 ||
	       s->by_size == SIP_SIZE_DECIDES;
}

static void take_targets(struct sip_session *s, const struct addr *at, size_t n)
{
	s->peer = at[0];
	s->n_targets = n;
	if (n > 1)
		s->targets = xmemdup(at, n * sizeof(*at));
}

struct sip_session *sip_session_invite(struct sip_ua *ua,
				       const struct sip_invite *inv,
				       const struct sip_session_handlers *h,
				       void *arg, struct err *e)
{
	char call_id[33], tag[TOKEN + 1];
	struct addr to[SIP_TARGETS];
	struct sip_session *s;
	size_t n = ua_targets(ua, inv->uri, &inv->way, to, SIP_TARGETS);

	if (!n) {
		ua_nowhere(ua, inv->uri, e);
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
	take_targets(s, to, n);
	s->by_size = inv->by_size;
	s->sips = span_case_starts(span_of(inv->uri), "sips:");
	s->local_cseq = s->out_cseq = 1;
	if (inv->always)
		s->always = xstrdup(inv->always);
	auth_init(&s->auth, inv->login);
	if (may_go_again(s))
		session_keep_invite(s, inv->headers, inv->content_type,
				    inv->body);
	if (send_first(s, inv, e))
		return s;
	session_free(s);
	return NULL;
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
	s->ack_to = session_print(s, "ACK", s->out_cseq, s->always,
				  content_type, body);
	ua_send(ua, &s->ack_to);
	free(s->ack);
	s->ack_n = ua->out.n;
	s->ack_cseq = s->out_cseq;
	s->ack = xmemdup(buf_str(&ua->out), ua->out.n);
}

static void ack_again(struct sip_session *s, uint32_t cseq)
{
	struct addr to = session_print(s, "ACK", cseq, s->always, NULL,
				       span_of(""));

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

static bool invite_again(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body)
{
	begin_again(s);
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
	if (may_go_again(s))
		session_keep_invite(s, inv->headers, inv->content_type,
				    inv->body);
	if (!s->hangup &&
	    invite_again(s, inv->headers, inv->content_type, inv->body))
		return 0;
	session_set_state(s, OVER);
	return -1;
}

static void on_invite_final(struct sip_session *s, enum sip_outcome o,
			    const struct sip_view *resp, const char *why)
{
	struct sip_failure f = {.outcome = o,
				.code = code_of(o, resp),
				.resp = resp,
				.why = why,
				.cancelled = s->hangup};
	bool again = session_is_challenged(s, o, resp, &s->challenges);

	s->out = NULL;
	if (o == SIP_FINAL && s->auth.why[0])
		f.why = s->auth.why;
	if (o == SIP_FINAL && resp->code < 300)
		on_first_2xx(s, resp);
	else if (!again || !invite_with_login(s))
		session_failed(s, &f);
}

static void on_invite_outcome(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct sip_session *s = arg;
	const char *not_there;

	session_enter(s);
	if (o != SIP_UNREACHABLE)
		s->by_udp = false;
	not_there = why_not_there(s, o, resp, why);
	if (o == SIP_PROVISIONAL)
		on_provisional(s, resp);
	else if ((o != SIP_UNREACHABLE || !invite_by_udp(s, why)) &&
		 (!not_there || !invite_next_target(s, not_there)))
		on_invite_final(s, o, resp, why);
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
