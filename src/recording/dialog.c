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

/* ---- re-INVITE of ours ---- */

void instance_changed(struct instance *i, const struct sip_view *resp)
{
	struct aim before[RECORDING_STREAMS];
	bool was = i->agreed_paused;
	char why[200];

	instance_aims(i, before);
	if (!instance_take_answer(i, resp, why, sizeof(why))) {
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
	apply_pause(i);
	timer_after(&i->sync_timer, 0); /* the next one after the ACK to this */
}

/* RFC 3261 section 14.1: the session stays as it was. */
static void not_accepted(struct instance *i, const struct sip_view *resp)
{
	char code[16], reason[100];

	snprintf(code, sizeof(code), "%d", resp->code);
	snprintf(reason, sizeof(reason), "%.*s", SPAN_ARG(resp->reason));
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
}

static void on_changed(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct instance *i = arg;

	(void)s;
	timer_stop(&i->change_timer);
	if (i->state != INSTANCE_RECORDING)
		return;
	if (o != SIP_FINAL && instance_has(i, HABIT_DEAF_TO_LOSS))
		unheard(i);
	else if (o == SIP_UNREACHABLE)
		instance_lost(i, "503", "unreachable");
	else if (o == SIP_MALFORMED)
		instance_lost(i, "", "its answer is malformed");
	else if (o != SIP_FINAL)
		instance_lost(i, "408", "timeout");
	else if (resp->code < 300)
		instance_changed(i, resp);
	else
		not_accepted(i, resp);
}

void instance_change_late(void *arg)
{
	struct instance *i = arg;

	if (instance_has(i, HABIT_DEAF_TO_LOSS))
		unheard(i);
	else
		instance_lost(i, "408", "timeout");
}

void instance_send_change(struct instance *i)
{
	struct buf body, headers;
	char type[128];
	struct err e = ERR_INIT;

	if (rs_offer_write(i, i->want_paused, &e) < 0)
		return;
	buf_init(&body, 65000);
	buf_init(&headers, 16384);
	rs_offer_body(i, &body, type, sizeof(type));
	rs_offer_headers(i, &headers, false);
	if (sip_session_reinvite(i->rs, buf_str(&headers), type,
				 buf_span(&body), on_changed, i) == 0) {
		i->snapshot = i->refresh = false;
		timer_after(&i->change_timer, CHANGE_WITHIN_US);
	} else {
		i->stale |= i->news;
	}
	buf_fini(&body);
	buf_fini(&headers);
}

void instance_sync(void *arg)
{
	struct instance *i = arg;

	if (i->state != INSTANCE_RECORDING || !i->rs)
		return;
	if (i->want_paused)
		apply_pause(i); /* at once, whatever the recorder will say */
	if (i->want_paused == i->agreed_paused && !i->snapshot && !i->refresh &&
	    !i->stale)
		return;
	if (sip_session_is_open(i->rs))
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
