/* The peer's INVITEs, first and later, and our answers to them. */
#include "sip/session.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/session_int.h"

/* ---- INVITE of the peer's ---- */

struct sip_session *sip_session_incoming(struct sip_ua *ua, struct sip_txn *x,
					 const struct sip_session_handlers *h,
					 void *arg)
{
	const struct sip_view *req = sip_txn_view(x);
	struct sip_session *s = session_new(ua, req->call_id, h, arg);
	char tag[TOKEN + 1];

	ua_token(ua, "tag", tag);
	s->state = INCOMING;
	s->local_tag = xstrdup(tag);
	s->local = xasprintf("%.*s;tag=%s", SPAN_ARG(req->to), tag);
	s->remote = span_dup(req->from);
	s->remote_tag = span_dup(req->from_tag);
	s->target = span_dup(sip_addr_uri(req->from));
	session_take_target(s, req);
	session_take_route(s, req, false);
	s->peer = *sip_txn_peer(x);
	s->sips = span_case_starts(req->uri, "sips:");
	s->remote_cseq = req->cseq;
	s->in = x;
	s->in_cseq = req->cseq;
	s->in_branch = span_dup(req->branch);
	sip_txn_set_owner(x, s);
	return s;
}

void session_print_reply(struct sip_session *s, struct buf *b,
			 const struct sip_txn *x, int code, const char *headers,
			 const char *content_type, struct span body)
{
	struct sip_reply r = {.code = code,
			      .from = sip_txn_source(x),
			      .to_tag = s->local_tag,
			      .headers = headers,
			      .content_type = content_type,
			      .body = body};

	if (code > 100 && code < 300)
		r.contact = s->contact
				    ? s->contact
				    : ua_contact(s->ua,
						 (enum addr_proto)s->peer.proto,
						 s->sips);
	buf_clear(b);
	sip_print_reply(b, sip_txn_view(x), &r);
}

void sip_session_reply(struct sip_session *s, struct sip_txn *x, int code,
		       const char *headers, const char *content_type,
		       struct span body)
{
	const struct sip_view *req = sip_txn_view(x);

	/* RFC 3311 section 5.2: accepted, it names a new target */
	if (code / 100 == 2 && span_is(req->method, "UPDATE"))
		session_take_target(s, req);
	session_print_reply(s, &s->ua->out, x, code, headers, content_type,
			    body);
	sip_txn_reply(x, buf_span(&s->ua->out));
}

void sip_session_progress(struct sip_session *s, int code, const char *headers,
			  const char *content_type, struct span body)
{
	if (!s->in)
		return;
	/* RFC 3262 section 3: who requires it gets no other */
	if (code > 100 &&
	    sip_view_lists(sip_txn_view(s->in), "Require", "100rel"))
		sip_session_progress_reliably(s, code, headers, content_type,
					      body);
	else
		sip_session_reply(s, s->in, code, headers, content_type, body);
}

void sip_session_print_answer(struct sip_session *s, struct buf *b, int code,
			      const char *headers, const char *content_type,
			      struct span body)
{
	if (s->in)
		session_print_reply(s, b, s->in, code, headers, content_type,
				    body);
}

void sip_session_answer_raw(struct sip_session *s, struct span text)
{
	struct sip_txn *x = s->in;

	if (!x || provisionals_hold(s, text))
		return;
	provisionals_stop(s);
	session_replace(&s->ok, xmemdup(text.p, text.n));
	s->ok_n = text.n;
	s->ok_to = *sip_txn_peer(x);
	s->in = NULL;
	sip_txn_set_owner(x, NULL);
	session_take_target(s, sip_txn_view(x));
	if (s->state == INCOMING)
		session_set_state(s, ANSWERED);
	/* RFC 3261 section 13.3.1.4 */
	s->ok_wait_us = T1_US;
	s->ok_until_us = loop_now(s->ua->conf.loop) + 64 * T1_US;
	timer_after(&s->ok_timer, s->ok_wait_us);
	sip_txn_reply(x, text);
}

void sip_session_answer(struct sip_session *s, int code, const char *headers,
			const char *content_type, struct span body)
{
	if (!s->in)
		return;
	session_print_reply(s, &s->ua->out, s->in, code, headers, content_type,
			    body);
	sip_session_answer_raw(s, buf_span(&s->ua->out));
}

void sip_session_reject(struct sip_session *s, int code, const char *headers)
{
	struct sip_txn *x = s->in;

	if (!x)
		return;
	session_enter(s);
	s->in = NULL;
	provisionals_stop(s);
	sip_txn_set_owner(x, NULL);
	sip_session_reply(s, x, code, headers, NULL, span_of(""));
	if (s->state == INCOMING)
		session_ended(s, SIP_ENDED_HERE);
	session_leave(s);
}

/* RFC 3261 section 13.3.1.4: given up after 64*T1, not at the next repeat. */
static void repeat_ok_later(struct sip_session *s)
{
	int64_t next_us = loop_now(s->ua->conf.loop) + s->ok_wait_us;

	timer_at(&s->ok_timer,
		 next_us < s->ok_until_us ? next_us : s->ok_until_us);
}

void session_on_ok_timer(void *arg)
{
	struct sip_session *s = arg;
	struct sip_ua *ua = s->ua;

	session_enter(s);
	if (loop_now(ua->conf.loop) >= s->ok_until_us) {
		/* never acknowledged: BYE, and nobody to talk to */
		if (s->h.ended)
			s->h.ended(s, SIP_ENDED_LOST, s->arg);
		s->h.ended = NULL;
		session_send_bye(s);
	} else {
		buf_clear(&ua->out);
		buf_add(&ua->out, s->ok, s->ok_n);
		ua_send(ua, &s->ok_to);
		s->ok_wait_us *= 2;
		if (s->ok_wait_us > T2_US)
			s->ok_wait_us = T2_US;
		repeat_ok_later(s);
	}
	session_leave(s);
}

/* The session whose newest INVITE of the peer's has this branch, or NULL. */
static struct sip_session *of_invite(struct sip_ua *ua,
				     const struct sip_view *req)
{
	struct hash_le *e;

	for (e = hash_find(&ua->by_call_id, req->call_id); e;
	     e = hash_find_next(e)) {
		struct sip_session *s = container_of(e, struct sip_session,
						     by_call_id);

		if (s->remote_tag && s->in_branch &&
		    span_is(req->from_tag, s->remote_tag) &&
		    span_is(req->branch, s->in_branch))
			return s;
	}
	return NULL;
}

bool session_invite_again(struct sip_ua *ua, const struct sip_view *req)
{
	struct sip_session *s = of_invite(ua, req);

	if (!s || !s->ok)
		return false;
	buf_clear(&ua->out);
	buf_add(&ua->out, s->ok, s->ok_n);
	ua_send(ua, &s->ok_to);
	return true;
}

bool session_answered(struct sip_ua *ua, const struct sip_view *cancel)
{
	return of_invite(ua, cancel) != NULL;
}

bool session_is_merged(struct sip_ua *ua, const struct sip_view *req)
{
	struct hash_le *e;

	for (e = hash_find(&ua->by_call_id, req->call_id); e;
	     e = hash_find_next(e)) {
		struct sip_session *s = container_of(e, struct sip_session,
						     by_call_id);

		if (s->in && s->state == INCOMING && req->cseq == s->in_cseq &&
		    span_is(req->from_tag, s->remote_tag))
			return true;
	}
	return false;
}

void session_acked(struct sip_session *s, const struct sip_view *ack)
{
	if (ack->cseq != s->in_cseq || !timer_running(&s->ok_timer))
		return;
	session_enter(s);
	timer_stop(&s->ok_timer);
	if (s->state == ANSWERED)
		session_set_state(s, UP);
	if (s->h.acked)
		s->h.acked(s, ack, s->arg);
	if (s->hangup && s->state == UP)
		session_send_bye(s);
	session_leave(s);
}

void session_cancelled(struct sip_session *s)
{
	struct sip_txn *x = s->in;

	if (!x)
		return;
	session_enter(s);
	s->in = NULL;
	provisionals_stop(s);
	sip_txn_set_owner(x, NULL);
	sip_session_reply(s, x, 487, NULL, NULL, span_of(""));
	if (s->state == INCOMING)
		session_ended(s, SIP_ENDED_CANCELLED);
	session_leave(s);
}
