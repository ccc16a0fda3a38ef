/* The party that calls. */
#include <stdlib.h>

#include "call/call_int.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/reliable.h"

enum { HEADERS_MAX = 16 * 1024 };

static void unusable(struct party *p, const struct err *e)
{
	call_warn(p, "the callee's SDP", e->text);
	call_break(p, "the callee's SDP could not be used");
}

/* The callee's answer, in the first message of a dialog that has one (RFC 3261
 * section 13.2.1). Of forked ones the newest counts. */
static void take_answer(struct party *p, const struct sip_view *resp)
{
	struct call *c = p->call;
	struct span sdp = party_sdp_of(resp);
	void (*tell)(struct call *, void *);
	struct err e = ERR_INIT;

	if (c->conf.late_offer || span_empty(sdp) ||
	    (c->known && span_is(resp->to_tag, p->heard_tag)))
		return;
	if (party_settle(p, p->sdp, sdp, false, &e) < 0) {
		unusable(p, &e);
		return;
	}
	free(p->heard_tag);
	p->heard_tag = span_dup(resp->to_tag);
	tell = c->known ? c->h.changed : c->h.sdp_known;
	c->known = true;
	if (tell)
		tell(c, c->arg);
	call_speak(p);
}

/* RFC 3261 section 13.2.1: the offer of the 200 is answered in the ACK, that
 * of a reliable 183 in the PRACK (RFC 3262 section 5). */
static void take_offer(struct party *p, const struct sip_view *resp)
{
	struct err e = ERR_INIT;
	char *answer = party_answer(p, &p->stance, NULL, party_sdp_of(resp),
				    &e);

	if (!answer) {
		unusable(p, &e);
		return;
	}
	if (resp->code < 200)
		sip_session_prack(p->session, "application/sdp",
				  span_of(answer));
	else
		sip_session_ack(p->session, "application/sdp", span_of(answer));
	free(answer);
	call_speak(p);
}

static bool has_sdp(const struct sip_view *resp)
{
	return !span_empty(party_sdp_of(resp));
}

static void take_sdp(struct party *p, const struct sip_view *resp)
{
	const struct call *c = p->call;
	uint32_t rseq;

	if (!c->conf.late_offer)
		take_answer(p, resp);
	else if (!c->known && (resp->code >= 200 ||
			       (sip_rseq_of(resp, &rseq) && has_sdp(resp))))
		take_offer(p, resp);
}

/* Who answers, and the SDP. A name that comes alone is told by itself. */
static void take_response(struct party *p, const struct sip_view *resp)
{
	struct call *c = p->call;
	bool known = c->known;
	bool news = identity_hear(&c->party[CALL_CALLEE], resp);

	take_sdp(p, resp);
	if (!news || !known || c->over || !c->h.changed)
		return;
	c->by_update = false;
	c->h.changed(c, c->arg);
}

static void on_progress(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	struct party *p = arg;

	(void)s;
	if (!p->call->over)
		take_response(p, resp);
}

static void on_answered(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;
	struct trace_call *t = trace_call(c->conf.trace, c->conf.index);

	(void)s;
	c->answered = true;
	t->final = resp->code;
	t->answered_us = loop_now(c->conf.loop);
	timer_stop(&c->step[STEP_CANCEL]);
	take_response(p, resp);
	if (!c->known && !c->conf.late_offer && !c->disorder)
		call_break(p, "the call was answered without SDP");
	if (!c->over && c->h.answered)
		c->h.answered(c, c->arg);
}

static const char *failure_text(const struct sip_failure *f)
{
	switch (f->outcome) {
	case SIP_TIMEOUT:
		return "the call was not answered in time";
	case SIP_UNREACHABLE:
		return "the callee could not be reached";
	case SIP_MALFORMED:
		return "the answer to the call could not be read";
	default:
		return "the call was refused";
	}
}

static void on_failed(struct sip_session *s, const struct sip_failure *f,
		      void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;
	bool final = f->outcome == SIP_FINAL;

	(void)s;
	if (final)
		trace_call(c->conf.trace, c->conf.index)->final = f->code;
	if (!c->disorder &&
	    !(final && (c->hung_up || f->code == c->conf.reject)))
		c->disorder = failure_text(f);
	call_party_gone(p, SIP_ENDED_HERE);
}

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	struct party *p = arg;
	struct call *c = p->call;
	struct trace_call *t = trace_call(c->conf.trace, c->conf.index);

	(void)s;
	if (t->final == 0)
		t->final = 200; /* it crossed our CANCEL */
	call_party_gone(p, how);
}

static char *uri_of(const struct party *callee)
{
	return xasprintf("sip:%s%s%s", callee->user ? callee->user : "",
			 callee->user ? "@" : "", sip_ua_addr_text(callee->ua));
}

static char *headers_of(const struct call_conf *conf)
{
	struct buf b;
	size_t i;

	buf_init(&b, HEADERS_MAX);
	buf_add_str(&b, "Allow: " SIP_ALLOW "\r\n");
	if (conf->reliable)
		buf_add_str(&b, "Supported: 100rel\r\n");
	for (i = 0; i < conf->n_headers; i++)
		buf_addf(&b, "%s\r\n", conf->header[i]);
	return buf_steal(&b);
}

static struct sip_session *send_invite(struct call *c, struct err *e)
{
	static const struct sip_session_handlers handlers = {
		.progress = on_progress,
		.answered = on_answered,
		.failed = on_failed,
		.reinvited = change_reinvited,
		.acked = change_acked,
		.request = change_request,
		.ended = on_ended,
	};
	struct party *p = &c->party[CALL_CALLER];
	char *uri = uri_of(&c->party[CALL_CALLEE]);
	const struct call_party *who = c->conf.party;
	char *from = identity_text(who[CALL_CALLER].name, who[CALL_CALLER].aor);
	char *to = identity_text(who[CALL_CALLEE].name, who[CALL_CALLEE].aor);
	char *headers = headers_of(&c->conf);
	struct sip_invite inv = {
		.uri = uri, .from = from, .to = to, .headers = headers};
	struct sip_session *s;

	if (!c->conf.late_offer) {
		inv.content_type = "application/sdp";
		inv.body = span_of(p->sdp);
	}
	s = sip_session_invite(p->ua, &inv, &handlers, p, e);
	free(uri);
	free(from);
	free(to);
	free(headers);
	return s;
}

void caller_invite(struct call *c)
{
	struct party *p = &c->party[CALL_CALLER];
	struct err e = ERR_INIT;

	p->session = send_invite(c, &e);
	if (p->session) {
		trace_bind_call_id(c->conf.trace, span_of(call_id(c)),
				   c->conf.index);
		return;
	}
	/* the owner is told in the next turn, as of all ends */
	call_warn(p, "the INVITE could not be sent", e.text);
	c->disorder = "the INVITE could not be sent";
	timer_stop(&c->step[STEP_CANCEL]);
	timer_after(&c->step[STEP_END], 0);
}
