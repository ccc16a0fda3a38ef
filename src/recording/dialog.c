/* The recording session once it is up: changes of ours, wishes of the SRS. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"
#include "sip/mime.h"

/* Another INVITE is open: look again after this long. */
#define SYNC_AGAIN_US INT64_C(50000)

/* Timer B and the wait after a 491: longer is silent only who sent a 1xx. */
#define CHANGE_WITHIN_US INT64_C(40000000)

static void stop_media(struct instance *i)
{
	size_t p;

	for (p = 0; p < RECORDING_PARTIES; p++)
		fork_stop(i->fork[p]);
}

/* RFC 3261 section 12.2.1.2: the dialog is gone. */
static void lost(struct instance *i, const char *code, const char *reason)
{
	i->disorder = "the recorder was lost";
	instance_event(i, "lost", code, reason);
	stop_media(i);
	instance_event(i, "stop", "", "");
	instance_hangup(i, i->rs);
	i->rs = NULL;
	instance_over(i);
}

static void apply_pause(struct instance *i)
{
	size_t p;

	for (p = 0; p < RECORDING_PARTIES; p++)
		fork_pause(i->fork[p], i->want_paused || i->agreed_paused);
}

/* ---- re-INVITE of ours ---- */

static void accepted(struct instance *i, const struct sip_view *resp)
{
	bool was = i->agreed_paused;
	char why[200];

	if (!instance_take_answer(i, resp, why, sizeof(why))) {
		lost(i, "", why);
		return;
	}
	refresh_arm(i, resp);
	i->agreed_paused = i->offered_paused;
	if (was != i->agreed_paused)
		instance_event(i, i->agreed_paused ? "pause" : "resume", "",
			       "");
	else
		instance_event(i, "update", "", "");
	apply_pause(i);
	instance_sync(i);
}

/* RFC 3261 section 14.1: the session stays as it was. */
static void not_accepted(struct instance *i, const struct sip_view *resp)
{
	char code[16], reason[100];

	snprintf(code, sizeof(code), "%d", resp->code);
	snprintf(reason, sizeof(reason), "%.*s", SPAN_ARG(resp->reason));
	if (resp->code == 481 || resp->code == 408) {
		lost(i, code, reason);
		return;
	}
	i->want_paused = i->offered_paused = i->agreed_paused;
	i->snapshot = false;
	instance_event(i, "refused", code, reason);
	apply_pause(i);
}

static void on_changed(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	struct instance *i = arg;

	(void)s;
	timer_stop(&i->change_timer);
	if (i->state != INSTANCE_RECORDING)
		return;
	if (o == SIP_UNREACHABLE)
		lost(i, "503", "unreachable");
	else if (o == SIP_MALFORMED)
		lost(i, "", "its answer is malformed");
	else if (o != SIP_FINAL)
		lost(i, "408", "timeout");
	else if (resp->code < 300)
		accepted(i, resp);
	else
		not_accepted(i, resp);
}

void instance_change_late(void *arg)
{
	lost(arg, "408", "timeout");
}

static void send_change(struct instance *i)
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
	if (i->want_paused == i->agreed_paused && !i->snapshot && !i->refresh)
		return;
	if (sip_session_is_open(i->rs))
		timer_after(&i->sync_timer, SYNC_AGAIN_US);
	else
		send_change(i);
}

/* ---- what the recorder asks ---- */

/* Takes over `theirs`. False: it cannot be answered, nothing changed. */
static bool take_offer(struct instance *i, struct sdp *theirs)
{
	struct sdp *before = i->wish;
	bool ok = theirs && theirs->n_media >= rs_offer_lines(i);

	if (ok) {
		i->wish = theirs;
		ok = rs_offer_can_answer(i) &&
		     rs_offer_write_answer(i, NULL) == 0;
	}
	if (ok) {
		sdp_free(before);
		instance_aim(i, theirs);
	} else {
		i->wish = before;
		sdp_free(theirs);
	}
	return ok;
}

static struct sdp *sdp_of(const struct sip_view *v, struct err *e)
{
	const struct mime_part *part;
	struct mime m;

	if (mime_of(&m, v, e) < 0)
		return NULL;
	part = mime_find(&m, "application/sdp");
	if (!part) {
		err_set(e, ERR_INPUT, "no SDP");
		return NULL;
	}
	return sdp_parse(part->body, e);
}

/* What goes with a 2xx to the recorder's request. */
static void answer_headers(struct instance *i, const struct sip_view *req,
			   struct buf *headers)
{
	buf_init(headers, 1024);
	rs_offer_abilities(headers);
	refresh_add_answer(req, headers);
	refresh_arm(i, req);
}

/* RFC 3261 section 14.2: our offer in the 2xx, the answer in the ACK. */
static void answer_without_offer(struct instance *i, struct sip_session *s,
				 const struct sip_view *req)
{
	struct buf body, headers;
	char type[128];

	if (rs_offer_write(i, i->want_paused, NULL) < 0) {
		sip_session_reject(s, 500, NULL);
		return;
	}
	buf_init(&body, 65000);
	rs_offer_body(i, &body, type, sizeof(type));
	answer_headers(i, req, &headers);
	i->answer_due = true;
	sip_session_answer(s, 200, buf_str(&headers), type, buf_span(&body));
	buf_fini(&body);
	buf_fini(&headers);
}

static void on_reinvited(struct sip_session *s, const struct sip_view *req,
			 void *arg)
{
	struct instance *i = arg;
	struct buf headers;

	if (span_empty(req->body)) {
		answer_without_offer(i, s, req);
		return;
	}
	if (!take_offer(i, sdp_of(req, NULL))) {
		sip_session_reject(s, 488, NULL);
		return;
	}
	answer_headers(i, req, &headers);
	sip_session_answer(s, 200, buf_str(&headers), "application/sdp",
			   buf_span(&i->sdp));
	buf_fini(&headers);
	instance_event(i, "update", "", "the recorder changed its media");
}

static void on_acked(struct sip_session *s, const struct sip_view *ack,
		     void *arg)
{
	struct instance *i = arg;
	char why[200];

	if (i->state != INSTANCE_RECORDING)
		return;
	if (i->answer_due && !span_empty(ack->body))
		instance_take_answer(i, ack, why, sizeof(why));
	i->answer_due = false;
	/* what waits after a 491 was written before this exchange */
	if (sip_session_waits(s))
		send_change(i);
}

/* RFC 3311 section 5.2. */
static void on_update_offer(struct instance *i, struct sip_session *s,
			    struct sip_txn *x, const struct sip_view *req)
{
	struct buf headers;

	if (sip_session_is_open(s)) {
		sip_session_reply(s, x, 491, NULL, NULL, span_of(""));
		return;
	}
	if (!take_offer(i, sdp_of(req, NULL))) {
		sip_session_reply(s, x, 488, NULL, NULL, span_of(""));
		return;
	}
	answer_headers(i, req, &headers);
	sip_session_reply(s, x, 200, buf_str(&headers), "application/sdp",
			  buf_span(&i->sdp));
	buf_fini(&headers);
	instance_event(i, "update", "", "the recorder changed its media");
}

/* UPDATE with `requestsnapshot` (7866-9.2): 200 now, the document in an
 * exchange of its own. */
static bool on_request(struct sip_session *s, struct sip_txn *x,
		       const struct sip_view *req, void *arg)
{
	struct instance *i = arg;
	struct mime m;

	if (!span_is(req->method, "UPDATE") || mime_of(&m, req, NULL) < 0 ||
	    i->state != INSTANCE_RECORDING)
		return false;
	if (mime_find(&m, "application/sdp")) {
		on_update_offer(i, s, x, req);
		return true;
	}
	if (!mime_metadata(&m))
		return false;
	sip_session_reply(s, x, 200, NULL, NULL, span_of(""));
	i->snapshot = true;
	timer_after(&i->sync_timer, 0);
	return true;
}

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	struct instance *i = arg;

	i->rs = NULL;
	if (i->state == INSTANCE_RECORDING) {
		i->disorder = how == SIP_ENDED_BY_PEER
				      ? "the recorder hung up"
				      : "our 2xx was never acknowledged";
		instance_event(i, "lost", "", i->disorder);
		stop_media(i);
		instance_event(i, "stop", "", "");
		instance_over(i);
	}
	sip_session_release(s);
}

const struct sip_session_handlers instance_handlers = {
	.reinvited = on_reinvited,
	.acked = on_acked,
	.request = on_request,
	.ended = on_ended,
};
