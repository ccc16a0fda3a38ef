/* What the recorder asks for while it records, and our answers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"
#include "sip/mime.h"
#include "sip/print.h"

enum { HEADERS_MAX = 2048 };

/* A request taken apart. */
struct asked {
	struct sdp *offer; /* owned, or NULL */
	bool answered;	   /* the offer is the recording's now */
	bool new_answer;   /* and our answer is not what we said before */
	bool snapshot;	   /* all metadata is asked for (RFC 7866 9.2) */
	const struct sip_view *req;
	int refuse; /* code to refuse it with, or 0 */
	char why[200];
};

/* ---- reading ---- */

static void refuse(struct asked *a, int code, const char *why)
{
	if (a->refuse)
		return;
	a->refuse = code;
	snprintf(a->why, sizeof(a->why), "%s", why);
}

static bool is_optional(const struct mime_part *p)
{
	struct span handling;

	return sip_param(p->disposition_value, "handling", &handling) &&
	       span_case_is(handling, "optional");
}

static void take_offer(struct asked *a, const struct mime_part *p)
{
	struct err e = ERR_INIT;

	if (a->offer)
		return;
	a->offer = sdp_parse(p->body, &e);
	if (!a->offer)
		refuse(a, 488, e.text);
}

/* RFC 7865 section 7. Other metadata of a recorder's means nothing. */
static void take_metadata(struct asked *a, const struct mime_part *p)
{
	struct err e = ERR_INIT;
	struct meta_found found = {NULL, 0};

	if (meta_xpath(p->body, "boolean(/r:requestsnapshot)", &found, &e) < 0)
		refuse(a, 400, e.text);
	else if (found.n == 1 && strcmp(found.value[0], "true") == 0)
		a->snapshot = true;
	meta_found_fini(&found);
}

static void take_bodies(struct asked *a, const struct sip_view *req)
{
	const struct mime_part *meta;
	struct err e = ERR_INIT;
	struct mime m;
	size_t i;

	if (mime_of(&m, req, &e) < 0)
		refuse(a, 400, e.text);
	meta = mime_metadata(&m);
	for (i = 0; i < m.n && !a->refuse; i++) {
		if (span_case_is(m.part[i].type, "application/sdp"))
			take_offer(a, &m.part[i]);
		else if (&m.part[i] == meta)
			take_metadata(a, meta);
		else if (!is_optional(&m.part[i]))
			refuse(a, 415, "a body of a type that is not known");
	}
}

static void asked_read(struct asked *a, const struct sip_view *req)
{
	memset(a, 0, sizeof(*a));
	a->req = req;
	take_bodies(a, req);
	if (refresh_too_short(req))
		refuse(a, 422, "the session interval is too small");
}

/* ---- the offer ---- */

/* Aims the forks anew; `changed`, or where that makes a difference, it is an
 * update. A mere refresh is none. */
static void follow(struct instance *i, bool changed)
{
	struct aim before[RECORDING_STREAMS];

	instance_aims(i, before);
	instance_aim(i, i->wish);
	if (changed || instance_aims_differ(i, before))
		instance_event(i, "update", "",
			       "the recorder changed its media");
}

/* Makes the offer the recorder's newest wish and i->sdp the answer; or refuses
 * it, and nothing changes. RFC 3264 section 8: m-lines never disappear. */
static void take_wish(struct instance *i, struct asked *a)
{
	uint64_t version = i->sdp_version;
	struct lines offered = i->lines;
	size_t agreed = i->agreed.n;
	bool settled = i->settled;
	struct sdp *before = i->wish;
	struct err e = ERR_INIT;

	if (a->refuse || !a->offer)
		return;
	if (a->offer->n_media < i->agreed.n) {
		refuse(a, 488, "m-lines are missing");
		return;
	}
	i->wish = a->offer;
	lines_follow(i, i->wish);
	if (!rs_offer_can_answer(i))
		refuse(a, 488, "no m-line has a codec and protocol of ours");
	else if (rs_offer_write_answer(i, &e) < 0)
		refuse(a, 488, e.text);
	if (a->refuse) {
		i->wish = before;
		i->lines = offered;
		return;
	}
	lines_settled(i);
	a->offer = NULL;
	a->answered = true;
	/* an offer that was never agreed on is nothing to differ from */
	a->new_answer = i->lines.n != agreed ||
			(settled && i->sdp_version != version);
	sdp_free(before);
}

/* ---- replies ---- */

static void accept_headers(struct instance *i, const struct asked *a,
			   struct buf *headers)
{
	rs_offer_abilities(i, headers);
	refresh_add_answer(a->req, headers);
	refresh_arm(i, a->req);
}

/* RFC 3261 sections 8.2.3 and 20.43, RFC 4028 section 9. */
static void refuse_headers(const struct instance *i, const struct asked *a,
			   struct buf *headers)
{
	char why[sizeof(a->why)];
	size_t n;

	for (n = 0; a->why[n]; n++) {
		char c = a->why[n];

		why[n] = c < ' ' || c > '~' || c == '"' || c == '\\' ? '\'' : c;
	}
	why[n] = '\0';
	if (a->refuse == 422)
		buf_add_str(headers, "Min-SE: 90\r\n");
	if (a->refuse == 415)
		rs_offer_abilities(i, headers);
	buf_addf(headers, "Warning: 399 %s \"%s\"\r\n",
		 sip_ua_addr_text(instance_ua(i)), why);
}

static void reply_headers(struct instance *i, const struct asked *a,
			  struct buf *headers)
{
	buf_init(headers, HEADERS_MAX);
	if (a->refuse)
		refuse_headers(i, a, headers);
	else
		accept_headers(i, a, headers);
}

/* A snapshot goes in an exchange of its own (RFC 7866 section 9.2). */
static void want_snapshot(struct instance *i)
{
	i->snapshot = true;
	timer_after(&i->sync_timer, 0);
}

/* ---- re-INVITE ---- */

/* RFC 3261 section 14.2: our offer in the 2xx, the answer in the ACK. */
static void offer_in_2xx(struct instance *i, struct sip_session *s,
			 const char *headers)
{
	struct buf body;
	char type[128];

	if (rs_offer_write(i, i->want_paused, NULL) < 0) {
		sip_session_reject(s, 500, NULL);
		return;
	}
	buf_init(&body, SIP_MAX);
	rs_offer_body(i, &body, type, sizeof(type));
	i->answer_due = true;
	sip_session_answer(s, 200, headers, type, buf_span(&body));
	buf_fini(&body);
}

static void answer_in_2xx(struct instance *i, struct sip_session *s,
			  const struct asked *a, const char *headers)
{
	sip_session_answer(s, 200, headers, "application/sdp",
			   buf_span(&i->sdp));
	follow(i, a->new_answer);
	if (a->snapshot)
		want_snapshot(i);
}

void asked_reinvite(struct sip_session *s, const struct sip_view *req,
		    void *arg)
{
	struct instance *i = arg;
	struct buf headers;
	struct asked a;

	i->answer_due = false;
	if (instance_has(i, HABIT_REQUESTS_405) && span_empty(req->body)) {
		sip_session_reject(s, 405, NULL);
		return;
	}
	asked_read(&a, req);
	if (i->updating)
		refuse(&a, 491, "an offer of ours is open");
	take_wish(i, &a);
	reply_headers(i, &a, &headers);
	if (a.refuse)
		sip_session_reject(s, a.refuse, buf_str(&headers));
	else if (a.answered)
		answer_in_2xx(i, s, &a, buf_str(&headers));
	else
		offer_in_2xx(i, s, buf_str(&headers));
	buf_fini(&headers);
	sdp_free(a.offer);
}

/* An ACK that forgets its answer leaves the session as it was. */
static void take_answer(struct instance *i, const struct sip_view *ack)
{
	if (!span_empty(ack->body)) {
		instance_changed(i, ack);
		return;
	}
	trace_notef(i->r->conf.trace, i->r->conf.call,
		    loop_now(i->r->conf.loop), TRACE_WARNING,
		    instance_server(i), "its ACK has no answer to our offer");
	instance_unanswered(i);
}

void asked_ack(struct sip_session *s, const struct sip_view *ack, void *arg)
{
	struct instance *i = arg;
	bool due = i->answer_due;

	i->answer_due = false;
	if (due && i->state == INSTANCE_RECORDING)
		take_answer(i, ack);
	/* what waits after a 491 was written before this exchange */
	if (i->state == INSTANCE_RECORDING && sip_session_waits(s))
		instance_send_change(i);
}

/* ---- UPDATE ---- */

/* RFC 3311 section 5.2. */
static void on_update(struct instance *i, struct sip_session *s,
		      struct sip_txn *x, struct asked *a)
{
	bool open = sip_session_is_offering(s) || i->answer_due || i->updating;
	struct span sdp = span_of("");
	struct buf headers;

	if (a->offer && open)
		refuse(a, 491, "an offer of ours is open");
	take_wish(i, a);
	reply_headers(i, a, &headers);
	if (a->answered)
		sdp = buf_span(&i->sdp);
	sip_session_reply(s, x, a->refuse ? a->refuse : 200, buf_str(&headers),
			  a->answered ? "application/sdp" : NULL, sdp);
	if (a->answered)
		follow(i, a->new_answer);
	if (!a->refuse && a->snapshot)
		want_snapshot(i);
	buf_fini(&headers);
}

/* HABIT_REQUESTS_405. True: it was refused. */
static bool refuse_as_module(struct sip_session *s, struct sip_txn *x,
			     const struct sip_view *req)
{
	bool sdp = span_case_is(sip_view_type(req), "application/sdp");

	if (span_empty(req->body)) {
		if (span_is(req->method, "UPDATE"))
			return false;
		sip_session_reply(s, x, 405, NULL, NULL, span_of(""));
	} else {
		if (sdp && span_is(req->method, "UPDATE"))
			return false;
		/* what was asked comes back, and is called SDP */
		sip_session_reply(s, x, 488, NULL, "application/sdp",
				  req->body);
	}
	return true;
}

/* HABIT_BYE_405; the recorder is gone all the same (RFC 3261 section 15.1.1),
 * and there is nobody to say BYE to. */
bool asked_bye(struct sip_session *s, struct sip_txn *x,
	       const struct sip_view *req, void *arg)
{
	struct instance *i = arg;

	(void)req;
	if (i->state != INSTANCE_RECORDING || !instance_has(i, HABIT_BYE_405))
		return false;
	i->hung_up = true;
	sip_session_reply(s, x, 405, NULL, NULL, span_of(""));
	return true;
}

bool asked_request(struct sip_session *s, struct sip_txn *x,
		   const struct sip_view *req, void *arg)
{
	struct instance *i = arg;
	struct asked a;

	if (instance_has(i, HABIT_REQUESTS_405) && refuse_as_module(s, x, req))
		return true;
	if (!span_is(req->method, "UPDATE") || i->state != INSTANCE_RECORDING)
		return false;
	asked_read(&a, req);
	on_update(i, s, x, &a);
	sdp_free(a.offer);
	return true;
}
