/* Changes of a call that is up: re-INVITE and UPDATE, from either side. */
#include <stdlib.h>

#include "call/call_int.h"
#include "core/xalloc.h"
#include "sip/print.h"

/* Another exchange is open, or the call is not answered: look again then. */
#define AGAIN_US INT64_C(10000)

enum { TRIES = 3 };

static const char allow[] = "Allow: " SIP_ALLOW "\r\n";
static const char sdp_type[] = "application/sdp";

/* One thing that was asked for, from then until its answer. */
struct change {
	struct le le;
	struct call_change what;
	struct stance stance;		 /* of the party when it is accepted */
	char *sdp;			 /* owned: what was offered, or NULL */
	struct ports moved[CALL_KINDS];	 /* new ports, of those that move */
	struct voice *voice[CALL_KINDS]; /* owned: of who takes over, or NULL */
	int tries;

	/* of the party, before an offer that waits and was never sent */
	char *said; /* owned, or NULL */
	uint64_t version;
};

static void look_again(void *arg);

void change_init(struct party *p)
{
	timer_init(&p->change_timer, p->call->conf.loop, look_again, p);
}

static void close_moved(struct change *ch)
{
	size_t k;

	for (k = 0; k < CALL_KINDS; k++)
		call_close_ports(&ch->moved[k]);
}

static void change_free(struct change *ch)
{
	size_t k;

	if (!ch)
		return;
	list_unlink(&ch->le);
	close_moved(ch);
	for (k = 0; k < CALL_KINDS; k++)
		voice_free(ch->voice[k]);
	free(ch->sdp);
	free(ch->said);
	free(ch);
}

void change_stop(struct party *p)
{
	timer_stop(&p->change_timer);
	while (p->changes.head)
		change_free(container_of(p->changes.head, struct change, le));
}

void change_fini(struct party *p)
{
	change_stop(p);
	change_free(p->open);
	free(p->offered);
}

static void tell(struct call *c, bool by_update)
{
	c->by_update = by_update;
	if (!c->over && c->h.changed)
		c->h.changed(c, c->arg);
}

/* ---- what a party asks for ---- */

static struct stance stance_after(const struct party *p,
				  enum call_change_kind kind)
{
	struct stance s = p->stance;

	switch (kind) {
	case CALL_HOLD:
		s.holds = true;
		break;
	case CALL_UNHOLD:
		s.holds = false;
		break;
	case CALL_MUTE:
		s.muted = true;
		break;
	case CALL_UNMUTE:
		s.muted = false;
		break;
	case CALL_TRANSFER:
		s.holds = s.muted = false;
		break;
	case CALL_REINVITE:
	case CALL_IDENTIFY:
		break;
	}
	return s;
}

/* The old ports are kept until the next change: packets are on their way. */
static void take_ports(struct party *p, struct change *ch)
{
	size_t k;

	for (k = 0; k < CALL_KINDS; k++) {
		struct line *l = &p->line[k];

		if (!ch->moved[k].rtp)
			continue;
		call_close_ports(&l->old);
		l->old = l->ports;
		l->ports = ch->moved[k];
		ch->moved[k] = (struct ports){NULL, NULL};
	}
}

static void swap_voices(struct party *p, struct change *ch)
{
	size_t k;

	for (k = 0; k < CALL_KINDS; k++) {
		struct voice *before = p->line[k].voice;

		if (!ch->voice[k])
			continue;
		p->line[k].voice = ch->voice[k];
		ch->voice[k] = before;
	}
}

/* Voices that take over have codecs of their own to settle with. */
static int settle(struct party *p, struct change *ch,
		  const struct sip_view *resp, struct err *e)
{
	bool as_listed = ch->what.n_codecs > 0;
	bool other = ch->what.to != NULL;
	int rc;

	if (other)
		swap_voices(p, ch);
	rc = party_settle(p, ch->sdp, party_sdp_of(resp), as_listed, e);
	if (other && rc < 0)
		swap_voices(p, ch);
	if (other && rc == 0)
		identity_replace(p, ch->what.to);
	return rc;
}

/* The 2xx answers our offer, or accepts what had none. */
static int take_answer(struct party *p, struct change *ch,
		       const struct sip_view *resp, struct err *e)
{
	if (ch->sdp && settle(p, ch, resp, e) < 0)
		return -1;
	p->stance = ch->stance;
	take_ports(p, ch);
	call_speak(p);
	p->call->changed_early |= ch->sdp && !p->call->answered;
	tell(p->call, ch->what.by_update);
	return 0;
}

/* The 2xx has the offer: the ACK answers it, and when that arrives the change
 * is made. */
static int take_late_offer(struct party *p, struct change *ch,
			   const struct sip_view *resp, struct err *e)
{
	char *answer = party_answer(p, &ch->stance, ch->moved,
				    party_sdp_of(resp), e);

	if (!answer)
		return -1;
	sip_session_ack(p->session, sdp_type, span_of(answer));
	free(answer);
	p->stance = ch->stance;
	take_ports(p, ch);
	call_speak(p);
	return 0;
}

static void accepted(struct party *p, struct change *ch,
		     const struct sip_view *resp)
{
	struct err e = ERR_INIT;
	int rc = ch->what.late_offer ? take_late_offer(p, ch, resp, &e)
				     : take_answer(p, ch, resp, &e);

	if (rc == 0)
		return;
	call_warn(p, "the answer to a change", e.text);
	call_break(p, "the answer to a change could not be used");
}

/* RFC 3261 section 14.1, which RFC 3311 section 5.3 takes over: who made the
 * Call-ID waits 2.1 to 4 s, the other one up to 2 s, in steps of 10 ms. */
static int64_t glare_us(const struct party *p)
{
	bool own = p->index == CALL_CALLER;
	uint32_t steps = rng_below(p->call->conf.rng, own ? 191 : 201);

	return ((own ? 210 : 0) + (int64_t)steps) * 10000;
}

/* Of an INVITE the session has waited out the first 491 itself. */
static bool try_again(struct party *p, struct change *ch, int code)
{
	if (code != 491 || ++ch->tries == TRIES)
		return false;
	free(ch->sdp);
	free(ch->said);
	ch->sdp = ch->said = NULL;
	close_moved(ch);
	list_prepend(&p->changes, &ch->le);
	timer_after(&p->change_timer, glare_us(p));
	return true;
}

/* RFC 3261 section 14.1: all stays as it was. */
static void refused(const struct party *p, const struct sip_view *resp)
{
	char *why = xasprintf("%d %.*s", resp->code, SPAN_ARG(resp->reason));

	call_warn(p, "a change was refused", why);
	free(why);
}

static void on_outcome(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct party *p = arg;
	struct change *ch = p->open;
	int code = o == SIP_FINAL ? resp->code : 408;

	(void)s;
	p->open = NULL;
	if (p->call->over) {
		change_free(ch);
		return;
	}
	if (code < 300)
		accepted(p, ch, resp);
	else if (code == 408 || code == 481) /* section 12.2.1.2 */
		call_break(p, "a change of the call went unheard");
	else if (try_again(p, ch, code))
		return;
	else
		refused(p, resp);
	change_free(ch);
	if (!p->call->over) /* not before the ACK to this one */
		timer_after(&p->change_timer, 0);
}

/* ---- sending ---- */

static int open_moved(struct party *p, struct change *ch,
		      const struct call_party *who, struct err *e)
{
	size_t k;

	for (k = 0; k < CALL_KINDS; k++)
		if (p->line[k].ports.rtp && !ch->moved[k].rtp &&
		    call_open_ports(p, who, &ch->moved[k], e) < 0)
			return -1;
	return 0;
}

/* Who takes over has video when the one before had. */
static int open_voices(const struct party *p, struct change *ch, struct err *e)
{
	const struct call_conf *conf = &p->call->conf;
	const struct voice *seen = p->line[CALL_VIDEO].voice;
	const char *codec = seen ? voice_codec(seen)->name : NULL;

	if (ch->voice[CALL_AUDIO])
		return 0;
	ch->voice[CALL_AUDIO] = call_open_voice(p->call, ch->what.to, e);
	if (codec)
		ch->voice[CALL_VIDEO] = voice_video(conf->loop, conf->rng,
						    &codec, 1, e);
	return ch->voice[CALL_AUDIO] && (!codec || ch->voice[CALL_VIDEO]) ? 0
									  : -1;
}

static bool has_offer(const struct call_change *what)
{
	return !what->late_offer &&
	       !(what->kind == CALL_IDENTIFY && what->by_update);
}

static int offer(struct party *p, struct change *ch, struct err *e)
{
	const struct call_party *who = ch->what.to ? ch->what.to : p->who;

	ch->stance = stance_after(p, ch->what.kind);
	if ((ch->what.new_port || ch->what.to) && open_moved(p, ch, who, e) < 0)
		return -1;
	if (ch->what.to && open_voices(p, ch, e) < 0)
		return -1;
	if (ch->what.n_video &&
	    call_open_video(p, ch->what.video, ch->what.n_video, e) < 0)
		return -1;
	if (has_offer(&ch->what))
		ch->sdp = party_offer(p, &ch->stance, ch->moved, &ch->what);
	return 0;
}

static int send_change(struct party *p, const struct change *ch)
{
	const struct call_change *what = &ch->what;
	const char *type = ch->sdp ? sdp_type : NULL;
	struct span body = span_of(ch->sdp);
	char *headers = what->to ? identity_headers(what->to->name,
						    what->to->aor)
				 : identity_headers(what->name, what->uri);
	int rc;

	if (what->by_update)
		rc = sip_session_request(p->session, "UPDATE", headers, type,
					 body, on_outcome, p);
	else
		rc = sip_session_reinvite(p->session, headers, type, body,
					  on_outcome, p);
	free(headers);
	return rc;
}

/* Before the answer it is UPDATE that changes what a reliable 183 and its
 * PRACK have agreed on (RFC 3311 section 5.1). */
static bool may_send(const struct party *p, const struct change *ch)
{
	if (!p->call->known || p->offered)
		return false;
	if (ch->what.by_update && sip_session_is_early(p->session))
		return true;
	return sip_session_is_up(p->session) &&
	       !sip_session_is_open(p->session);
}

static void send_next(struct party *p, struct change *ch)
{
	struct err e = ERR_INIT;

	list_unlink(&ch->le);
	if (offer(p, ch, &e) == 0 && send_change(p, ch) == 0) {
		p->open = ch;
		return;
	}
	call_warn(p, "a change could not be sent",
		  e.text[0] ? e.text : "its dialog takes none");
	change_free(ch);
	look_again(p);
}

static void look_again(void *arg)
{
	struct party *p = arg;
	struct change *ch;

	if (p->call->over || p->open || !p->changes.head)
		return;
	ch = container_of(p->changes.head, struct change, le);
	if (p->session && may_send(p, ch))
		send_next(p, ch);
	else
		timer_after(&p->change_timer, AGAIN_US);
}

void call_change(struct call *c, int party, const struct call_change *change)
{
	struct party *p = &c->party[party];
	struct change *ch;

	if (c->t0_us < 0 || c->over || c->captured)
		return;
	ch = xcalloc(1, sizeof(*ch));
	ch->what = *change;
	list_append(&p->changes, &ch->le);
	if (!timer_running(&p->change_timer))
		look_again(p);
}

/* ---- what the other one asks for ---- */

/* An offer of ours is on its way, or in a 2xx that waits for its ACK; one that
 * waits out a 491 is not. */
static bool is_offering(const struct party *p)
{
	if (p->offered)
		return true;
	return p->open &&
	       (p->open->what.by_update ? p->open->sdp != NULL
					: !sip_session_waits(p->session));
}

/* What waits out a 491 is no news to anybody: the next description counts from
 * the one before it. */
static void unsay_waiting(struct party *p)
{
	struct change *ch = p->open;

	if (!ch || !ch->said)
		return;
	free(p->said);
	p->said = ch->said;
	p->version = ch->version;
	ch->said = NULL;
}

/* It was written before this exchange, and goes out after it. */
static void renew_waiting(struct party *p)
{
	struct change *ch = p->open;

	if (!ch || ch->what.late_offer || ch->what.by_update)
		return;
	ch->said = xstrdup(p->said);
	ch->version = p->version;
	free(ch->sdp);
	offer(p, ch, NULL);
	send_change(p, ch);
}

/* RFC 3261 section 14.2: an INVITE without offer asks for ours. */
static void offer_in_answer(struct party *p, struct sip_session *s)
{
	unsay_waiting(p);
	free(p->offered);
	p->offered = party_offer(p, &p->stance, NULL, NULL);
	sip_session_answer(s, 200, allow, sdp_type, span_of(p->offered));
}

/* NULL: it cannot be answered. The one that offers tells the call's owner, as
 * it is the last to know both sides. */
static char *answer(struct party *p, const struct sip_view *req)
{
	struct err e = ERR_INIT;
	char *text;

	unsay_waiting(p);
	text = party_answer(p, &p->stance, NULL, party_sdp_of(req), &e);
	if (text)
		call_speak(p);
	else
		call_warn(p, "a change cannot be answered", e.text);
	renew_waiting(p);
	return text;
}

static struct party *other_of(struct party *p)
{
	return &p->call->party[!p->index];
}

void change_reinvited(struct sip_session *s, const struct sip_view *req,
		      void *arg)
{
	struct party *p = arg;
	char *text;

	if (is_offering(p)) {
		sip_session_reject(s, 491, NULL);
		return;
	}
	if (span_empty(req->body)) {
		offer_in_answer(p, s);
		return;
	}
	text = answer(p, req);
	if (text)
		identity_hear(other_of(p), req);
	if (text)
		sip_session_answer(s, 200, allow, sdp_type, span_of(text));
	else
		sip_session_reject(s, 488, NULL);
	free(text);
}

void change_acked(struct sip_session *s, const struct sip_view *ack, void *arg)
{
	struct party *p = arg;
	char *mine = p->offered;
	struct err e = ERR_INIT;

	(void)s;
	if (!mine)
		return;
	p->offered = NULL;
	if (p->call->over) {
		free(mine);
		return;
	}
	if (party_settle(p, mine, party_sdp_of(ack), false, &e) == 0) {
		call_speak(p);
		renew_waiting(p);
		tell(p->call, false);
	} else {
		call_warn(p, "the answer in an ACK", e.text);
		call_break(p, "the answer to a change could not be used");
	}
	free(mine);
}

/* UPDATE (RFC 3311 section 5.2). */
bool change_request(struct sip_session *s, struct sip_txn *x,
		    const struct sip_view *req, void *arg)
{
	struct party *p = arg;
	char *text;

	if (!span_is(req->method, "UPDATE"))
		return false;
	if (span_empty(req->body)) {
		identity_hear(other_of(p), req);
		return false;
	}
	if (is_offering(p) || !p->call->known) {
		sip_session_reply(s, x, 491, NULL, NULL, span_of(""));
		return true;
	}
	text = answer(p, req);
	if (text)
		identity_hear(other_of(p), req);
	if (text)
		sip_session_reply(s, x, 200, allow, sdp_type, span_of(text));
	else
		sip_session_reply(s, x, 488, NULL, NULL, span_of(""));
	free(text);
	return true;
}
