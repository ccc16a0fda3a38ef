/* The party that is called. */
#include <stdlib.h>

#include "call/call_int.h"
static const char sdp_type[] = "application/sdp";

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;

	(void)s;
	timer_stop(&c->step[STEP_RING]);
	timer_stop(&c->step[STEP_EARLY]);
	timer_stop(&c->step[STEP_FORKED]);
	timer_stop(&c->step[STEP_ANSWER]);
	/* what was refused or cancelled ends when the caller learns of it */
	if (c->answered || how == SIP_ENDED_LOST)
		call_party_gone(p, how);
	else
		p->gone = true;
}

/* The ACK to the first 200, or the PRACK to a reliable 183: the answer to a
 * late offer. */
static void take_answer(struct party *p, const struct sip_view *ack)
{
	struct call *c = p->call;
	struct err e = ERR_INIT;

	if (party_settle(p, p->sdp, party_sdp_of(ack), false, &e) < 0) {
		call_warn(p, "the caller's SDP", e.text);
		call_break(p, "the caller's SDP could not be used");
		return;
	}
	c->known = true;
	if (c->h.sdp_known)
		c->h.sdp_known(c, c->arg);
	call_speak(p);
}

static void on_acked(struct sip_session *s, const struct sip_view *ack,
		     void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;

	if (c->conf.late_offer && !c->known && !c->over)
		take_answer(p, ack);
	else
		change_acked(s, ack, arg);
}

static bool on_pracked(struct sip_session *s, struct sip_txn *x,
		       const struct sip_view *prack, void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;

	(void)s;
	(void)x;
	if (c->conf.late_offer && !c->known && !c->over &&
	    !span_empty(prack->body))
		take_answer(p, prack);
	return false;
}

/* False when what is offered cannot be answered. */
static bool take_offer(struct party *p, struct span offer)
{
	char *answer = party_answer(p, &p->stance, NULL, offer, NULL);

	free(answer);
	return answer != NULL;
}

static void arm_steps(struct call *c)
{
	call_arm(c, STEP_RING, c->conf.ring_us);
	call_arm(c, STEP_EARLY, c->conf.early_media_us);
	call_arm(c, STEP_FORKED, c->conf.forked_us);
	call_arm(c, STEP_ANSWER, c->conf.answer_us);
	if (c->conf.ended_by_callee && !c->conf.reject)
		call_arm(c, STEP_END, c->conf.end_us);
}

void callee_invited(struct sip_ua *ua, struct sip_txn *x,
		    const struct sip_view *req, const struct addr *from,
		    void *arg)
{
	static const struct sip_session_handlers handlers = {
		.reinvited = change_reinvited,
		.acked = on_acked,
		.pracked = on_pracked,
		.request = change_request,
		.ended = on_ended,
	};
	struct party *p = arg;

	(void)from;
	if (p->session || !span_is(req->call_id, call_id(p->call))) {
		sip_ua_reply(ua, x, 486, NULL);
		return;
	}
	p->invite = x;
	p->session = sip_session_incoming(ua, x, &handlers, p);
	sip_session_progress(p->session, 100, NULL, NULL, span_of(""));
	if (p->call->conf.late_offer ||
	    take_offer(p, sip_session_invite_view(p->session)->body))
		arm_steps(p->call);
	else
		sip_session_reject(p->session, 488, NULL);
}

bool callee_is_reliable(const struct call *c)
{
	const struct sip_session *s = c->party[CALL_CALLEE].session;

	return c->conf.reliable && sip_session_takes_reliable(s);
}

static char *headers_of(const struct call *c)
{
	return identity_headers(c->conf.connected_name, c->conf.connected);
}

static void progress(struct call *c, int code, const char *type,
		     struct span body)
{
	struct sip_session *s = c->party[CALL_CALLEE].session;
	char *headers = headers_of(c);

	if (callee_is_reliable(c))
		sip_session_progress_reliably(s, code, headers, type, body);
	else
		sip_session_progress(s, code, headers, type, body);
	free(headers);
}

void callee_ring(struct call *c)
{
	progress(c, 180, NULL, span_of(""));
}

void callee_early(struct call *c)
{
	struct party *p = &c->party[CALL_CALLEE];

	progress(c, 183, sdp_type, span_of(p->sdp));
	if (!c->conf.late_offer)
		call_speak(p);
}

/* What a reliable 183 has offered is not offered again, and what was changed
 * since the 183 is no answer to the INVITE (RFC 3262 section 5). */
static bool has_said_all(const struct call *c)
{
	return c->conf.bare_answer || c->changed_early ||
	       (c->conf.late_offer && c->conf.early_media_us >= 0);
}

void callee_answer(struct call *c)
{
	struct party *p = &c->party[CALL_CALLEE];
	bool bare = has_said_all(c);
	char *headers;

	if (c->conf.reject) {
		sip_session_reject(p->session, c->conf.reject, NULL);
		return;
	}
	headers = headers_of(c);
	sip_session_answer(p->session, 200, headers, bare ? NULL : sdp_type,
			   span_of(bare ? "" : p->sdp));
	free(headers);
	if (!c->conf.late_offer)
		call_speak(p);
}
