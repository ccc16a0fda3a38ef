/* The recording session once it is up: changes of ours, and its end. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

/* Another INVITE is open: look again after this long. */
#define SYNC_AGAIN_US INT64_C(50000)

/* Timer B and the wait after a 491: longer is silent only who sent a 1xx. */
#define CHANGE_WITHIN_US INT64_C(40000000)

static void apply_pause(struct instance *i)
{
	if (!instance_has(i, HABIT_MEDIA_BY_ANSWER))
		forks_pause(i, i->want_paused || i->agreed_paused);
}

/* ---- re-INVITE, or UPDATE, of ours ---- */

void instance_changed(struct instance *i, const struct sip_view *resp)
{
	struct aim before[RECORDING_STREAMS];
	bool was = i->agreed_paused;
	char why[200];

	instance_aims(i, before);
	if (!instance_take_answer(i, resp, why, sizeof(why))) {
		verb_refused(i, RECORDING_UNUSABLE, 0);
		instance_lost(i, "", why);
		return;
	}
	refresh_arm(i, resp);
	i->agreed_paused = i->offered_paused;
	if (was != i->agreed_paused)
		instance_event(i, i->agreed_paused ? "pause" : "resume", "",
			       "");
	/* a refresh and a snapshot change nothing */
	if (i->news ||
	    (was == i->agreed_paused && instance_aims_differ(i, before)))
		instance_event(i, "update", "", "");
	if (instance_has(i, HABIT_START_AGAIN))
		instance_event(i, "start", "", "");
	verb_accepted(i);
	apply_pause(i);
	timer_after(&i->sync_timer, 0); /* the next one after the ACK to this */
}

/* RFC 3261 section 14.1: the session stays as it was. */
static void not_accepted(struct instance *i, const struct sip_view *resp)
{
	char code[16], reason[200];

	snprintf(code, sizeof(code), "%d", resp->code);
	refusal_text(resp, NULL, reason, sizeof(reason));
	if ((resp->code == 481 || resp->code == 408) &&
	    !instance_has(i, HABIT_DEAF_TO_LOSS)) {
		instance_lost(i, code, reason);
		return;
	}
	if (instance_has(i, HABIT_PAUSE_STICKS))
		i->agreed_paused = i->offered_paused;
	/* what was asked for since then is not what was refused */
	if (i->offered_paused != i->agreed_paused)
		i->want_paused = i->agreed_paused;
	i->offered_paused = i->agreed_paused;
	i->snapshot = false;
	verb_settle(i);
	lines_refused(i, resp->code);
	instance_event(i, "refused", code, reason);
	apply_pause(i);
	timer_after(&i->sync_timer, 0);
}

/* HABIT_DEAF_TO_LOSS: nobody heard it, nobody minds. */
static void unheard(struct instance *i)
{
	i->want_paused = i->agreed_paused = i->offered_paused;
	i->snapshot = i->refresh = i->stale = false;
	verb_settle(i);
}

void instance_unanswered(struct instance *i)
{
	i->offered_paused = i->agreed_paused;
	i->stale |= i->news;
	verb_unwritten(i);
	timer_after(&i->sync_timer, 0);
}

/* RFC 3311 section 5.1: what RFC 3261 section 14.1 says of a re-INVITE holds
 * for an UPDATE. We own the Call-ID: 2.1 to 4 s, in steps of 10 ms. The session
 * waits so by itself with a re-INVITE, and tries as often. */
static bool wait_out(struct instance *i, const struct sip_view *resp)
{
	int64_t steps;

	if (resp->code != 491 || i->update_tries++)
		return false;
	steps = 210 + rng_below(i->r->conf.rng, 191);
	i->not_before_us = loop_now(i->r->conf.loop) + steps * 10000;
	instance_unanswered(i);
	return true;
}

static void failed(struct instance *i, enum sip_outcome o,
		   const struct sip_view *resp)
{
	struct recording_outcome out = verb_outcome(o, resp);

	i->update_tries = 0;
	verb_refused(i, out.result, out.code);
	if (o != SIP_FINAL && instance_has(i, HABIT_DEAF_TO_LOSS))
		unheard(i);
	else if (o == SIP_UNREACHABLE)
		instance_lost(i, "503", "unreachable");
	else if (o == SIP_MALFORMED)
		instance_lost(i, "", "its answer is malformed");
	else if (o != SIP_FINAL)
		instance_lost(i, "408", "timeout");
	else
		not_accepted(i, resp);
}

static void on_changed(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct instance *i = arg;
	bool update = i->updating;

	(void)s;
	timer_stop(&i->change_timer);
	i->updating = false;
	if (i->state != INSTANCE_RECORDING)
		return;
	if (o == SIP_FINAL && resp->code < 300) {
		i->update_tries = 0;
		instance_changed(i, resp);
	} else if (o != SIP_FINAL || !update || !wait_out(i, resp)) {
		failed(i, o, resp);
	}
}

void instance_change_late(void *arg)
{
	struct instance *i = arg;

	verb_refused(i, RECORDING_TIMEOUT, 0);
	if (instance_has(i, HABIT_DEAF_TO_LOSS))
		unheard(i);
	else
		instance_lost(i, "408", "timeout");
}

static int send_it(struct instance *i, bool update, const char *headers,
		   const char *type, struct span body)
{
	if (update)
		return sip_session_request(i->rs, "UPDATE", headers, type, body,
					   on_changed, i);
	return sip_session_reinvite(i->rs, headers, type, body, on_changed, i);
}

/* There is no such offer: the session stays as it was, and it is said. */
static void not_written(struct instance *i, const struct err *e)
{
	i->want_paused = i->offered_paused = i->agreed_paused;
	i->snapshot = i->refresh = false;
	verb_refused(i, RECORDING_FAILED, 0);
	instance_event(i, "refused", "", e->text);
	apply_pause(i);
}

void instance_send_change(struct instance *i)
{
	bool update = verb_by_update(i) && !sip_session_waits(i->rs);
	struct buf body, headers;
	char type[128];
	struct err e = ERR_INIT;

	if (rs_offer_write(i, i->want_paused, &e) < 0) {
		not_written(i, &e);
		return;
	}
	buf_init(&body, 65000);
	buf_init(&headers, 16384);
	rs_offer_body(i, &body, type, sizeof(type));
	rs_offer_headers(i, &headers, false);
	if (send_it(i, update, buf_str(&headers), type, buf_span(&body)) == 0) {
		i->updating = update;
		i->snapshot = i->refresh = false;
		timer_after(&i->change_timer, CHANGE_WITHIN_US);
	} else {
		verb_refused(i, RECORDING_FAILED, 0);
		i->stale |= i->news;
	}
	buf_fini(&body);
	buf_fini(&headers);
}

void instance_sync(void *arg)
{
	struct instance *i = arg;

	verb_flush(i);
	if (i->state != INSTANCE_RECORDING || !i->rs)
		return;
	if (i->want_paused)
		apply_pause(i); /* at once, whatever the recorder will say */
	if (i->want_paused == i->agreed_paused && !i->snapshot && !i->refresh &&
	    !i->stale)
		return;
	if (sip_session_is_open(i->rs) || i->updating ||
	    loop_now(i->r->conf.loop) < i->not_before_us)
		timer_after(&i->sync_timer, SYNC_AGAIN_US);
	else
		instance_send_change(i);
}

/* ---- the end ---- */

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	struct instance *i = arg;

	i->rs = NULL;
	if (i->state == INSTANCE_RECORDING)
		instance_lost(i, "",
			      how == SIP_ENDED_BY_PEER
				      ? "the recorder hung up"
				      : "our 2xx was never acknowledged");
	sip_session_release(s);
}

const struct sip_session_handlers instance_handlers = {
	.reinvited = asked_reinvite,
	.acked = asked_ack,
	.request = asked_request,
	.bye = asked_bye,
	.ended = on_ended,
};
