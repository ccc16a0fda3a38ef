/*
 * The hunt: servers in the order given, each a new dialog, until one accepts
 * or a code says that nobody shall (RFC-MATRIX section 17).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"
#include "sip/head.h"
#include "sip/mime.h"
#include "sip/reliable.h"

enum { REDIRECTS = 5, WHY = 200 };

static void try_next(struct instance *i);
static void try_server(struct instance *i);

static struct trace *trace_of(const struct instance *i)
{
	return i->r->conf.trace;
}

static int64_t now_of(const struct instance *i)
{
	return loop_now(i->r->conf.loop);
}

static void end_attempt(struct instance *i, const char *result, const char *why)
{
	timer_stop(&i->answer_timer);
	timer_stop(&i->silence_timer);
	if (i->attempt) {
		trace_attempt_end(trace_of(i), i->attempt, now_of(i), result,
				  why);
		i->hunted = i->attempt->result;
	}
	i->attempt = NULL;
}

/* The session goes on by itself: CANCEL, or ACK and BYE for a late 2xx. */
static void let_go(struct instance *i)
{
	if (i->rs)
		instance_hangup(i, i->rs);
	i->rs = NULL;
}

static bool is_skip_code(const struct instance *i, const char *code)
{
	return i->has_skip && code[0] &&
	       regexec(&i->skip, code, 0, NULL, 0) == 0;
}

/* Nobody else is asked. */
static void end_hunt(struct instance *i, const char *why, const char *kind,
		     const char *code, const char *reason)
{
	i->disorder = why;
	instance_event(i, kind, code, reason);
	if (instance_has(i, HABIT_STOP_ALONE) && strcmp(kind, "exhausted") != 0)
		instance_event(i, "stop", "", "");
	verb_failed(i, i->hunted);
	instance_over(i);
}

/* The first from `at` on that may be asked now; i->n: none. */
static size_t next_server(struct instance *i, size_t at)
{
	char why[HEALTH_WHY];

	if (instance_has(i, HABIT_RETRY_AFTER_UNSEEN))
		return at;
	for (; at < i->n; at++) {
		const struct recording_server *s = instance_nth(i, at);

		if (!health_is_out(i->r->conf.health, s->uri, why))
			break;
		trace_notef(trace_of(i), i->r->conf.call, now_of(i),
			    TRACE_WARNING, i->set->name, "%s is left out: %s",
			    s->name, why);
	}
	return at;
}

/* The last one's reason is told: the others had theirs, or the same. */
static void end_exhausted(struct instance *i, const char *code,
			  const char *reason)
{
	char *why = xasprintf("no server accepted it (%s)", reason);

	end_hunt(i, trace_keep(trace_of(i), why), "exhausted", code, reason);
	free(why);
}

static void move_on(struct instance *i, const char *code, const char *reason)
{
	size_t next;

	if (i->r->ended) { /* HABIT_NO_CANCEL: nobody waits any more */
		instance_over(i);
		return;
	}
	next = next_server(i, i->at + 1);
	if (next >= i->n) {
		end_exhausted(i, code, reason);
		return;
	}
	instance_event(i, "failover", code, reason);
	i->redirects = 0;
	i->at = next;
	try_next(i);
}

/* On to a Contact of a redirect. Who sent us there knows the keys that it was
 * offered, so it is offered others (RFC 4568 section 6.1: unique). */
static void try_redirected(struct instance *i)
{
	if (keys_wanted(i)) {
		keys_forget(i);
		rs_offer_write(i, i->want_paused, NULL);
	}
	try_server(i);
}

/* One server did not accept. `code` is what skip codes are matched against,
 * "" when there is none; `text` is for people. */
static void refused(struct instance *i, const char *code, const char *text)
{
	char reason[WHY + 80];

	snprintf(reason, sizeof(reason), "%s: %s", instance_server(i), text);
	/* RFC 3261 section 21.6: a 6xx speaks for all targets */
	if (!is_skip_code(i, code) && code[0] != '6' && redirect_next(i)) {
		try_redirected(i);
		return;
	}
	redirect_forget(i);
	if (is_skip_code(i, code)) {
		end_hunt(i, "a skip code ended the hunt", "skipped", code,
			 reason);
		return;
	}
	move_on(i, code, reason);
}

/* Skip codes are about answers to a first INVITE; the loss of a recorder is
 * what `on_loss` says it is. */
void hunt_on(struct instance *i, const char *code, const char *text)
{
	char reason[WHY + 64];

	snprintf(reason, sizeof(reason), "%s: %s", instance_server(i), text);
	instance_forget_session(i);
	i->state = INSTANCE_HUNTING;
	move_on(i, code, reason);
}

/* ---- outcomes ---- */

/* RFC 3261 section 8.1.3.4, when it is asked for. */
static bool follow(struct instance *i, const struct sip_failure *f)
{
	if (!i->set->follow_redirects || f->outcome != SIP_FINAL ||
	    f->code / 100 != 3)
		return false;
	redirect_take(i, f->resp);
	if (!redirect_next(i))
		return false;
	try_redirected(i);
	return true;
}

/* The session goes on: it is no new dialog (RFC 4028 section 7.3). */
static bool ask_for_longer(struct instance *i, struct sip_session *s,
			   const struct sip_failure *f)
{
	if (i->state != INSTANCE_HUNTING || f->outcome != SIP_FINAL ||
	    f->code != 422 || i->redirects >= REDIRECTS ||
	    !refresh_longer(i, f->resp))
		return false;
	i->redirects++;
	end_attempt(i, "422", "the session interval is too small");
	i->rs = s;
	try_server(i);
	return true;
}

/* For the hunts to come. */
static void learn(struct instance *i, const struct sip_failure *f)
{
	struct health *h = i->r->conf.health;

	if (f->outcome == SIP_FINAL && f->code == 503)
		health_rest(h, instance_server(i), instance_uri(i),
			    refusal_retry_us(f->resp));
	else if (f->outcome == SIP_TIMEOUT || f->outcome == SIP_UNREACHABLE)
		health_silent(h, instance_uri(i));
}

static void on_failed(struct sip_session *s, const struct sip_failure *f,
		      void *arg)
{
	struct instance *i = arg;
	char code[16], why[WHY], text[WHY + 16];
	const char *result = code;

	i->rs = NULL;
	if (ask_for_longer(i, s, f))
		return;
	sip_session_release(s);
	snprintf(code, sizeof(code), "%d", f->code);
	why[0] = '\0';
	switch (f->outcome) {
	case SIP_TIMEOUT:
		result = "timeout";
		break;
	case SIP_UNREACHABLE:
		result = "unreachable";
		snprintf(why, sizeof(why), "%s", f->why ? f->why : "");
		break;
	case SIP_MALFORMED:
		result = "malformed";
		snprintf(why, sizeof(why), "%s", f->why ? f->why : "");
		code[0] = '\0';
		break;
	default:
		refusal_text(f->resp, f->why, why, sizeof(why));
		break;
	}
	learn(i, f);
	end_attempt(i, result, why[0] ? why : NULL);
	if (f->code == 300 && i->state == INSTANCE_HUNTING &&
	    instance_has(i, HABIT_300_ACCEPTED)) {
		end_hunt(i, "a 300 is no success", "skipped", code, why);
		return;
	}
	if (i->state != INSTANCE_HUNTING || follow(i, f))
		return;
	if (f->outcome == SIP_FINAL)
		snprintf(text, sizeof(text), "%s %s", code, why);
	else
		snprintf(text, sizeof(text), "%s", why[0] ? why : result);
	refused(i, code, text);
}

/* The call, or the user's wish, was over before anybody recorded. */
static void hunt_over_late(struct instance *i)
{
	if (instance_has(i, HABIT_STOP_ALONE))
		instance_event(i, "stop", "", "");
	instance_over(i);
}

static bool has_sdp(const struct sip_view *resp)
{
	struct mime m;

	return mime_of(&m, resp, NULL) == 0 && mime_find(&m, "application/sdp");
}

/* RFC 3262 section 5: what a reliable response has answered, the 2xx of the
 * same dialog need not say again. */
static bool take_answer(struct instance *i, const struct sip_view *resp,
			char *why, size_t size)
{
	struct sip_view early;

	if (i->early && !has_sdp(resp) &&
	    sip_view(span_from(i->early, i->early_n), &early) &&
	    span_eq(early.to_tag, resp->to_tag))
		return instance_take_answer(i, &early, why, size);
	return instance_take_answer(i, resp, why, size);
}

static void on_answered(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	struct instance *i = arg;
	char why[WHY], code[16];

	sip_session_ack(s, NULL, span_of(""));
	if (!take_answer(i, resp, why, sizeof(why))) {
		/* D-fo-2xx-bad: BYE, and on */
		end_attempt(i, "unusable", why);
		let_go(i);
		if (instance_has(i, HABIT_UNUSABLE_ENDS_HUNT))
			end_hunt(i, "a 200 could not be used", "skipped", "",
				 why);
		else
			refused(i, "", why);
		return;
	}
	if (i->r->ended) { /* HABIT_NO_CANCEL */
		end_attempt(i, "cancelled", NULL);
		let_go(i);
		hunt_over_late(i);
		return;
	}
	snprintf(code, sizeof(code), "%d", resp->code);
	trace_attempt_taken(trace_of(i), i->attempt, instance_server(i));
	end_attempt(i, code, NULL);
	instance_recording(i, resp);
}

static void on_progress(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	struct instance *i = arg;
	uint32_t rseq;

	(void)s;
	timer_stop(&i->silence_timer);
	if (!sip_rseq_of(resp, &rseq) || !has_sdp(resp))
		return;
	free(i->early);
	i->early_n = resp->text.n;
	i->early = xmemdup(resp->text.p, resp->text.n);
}

/* RFC 3261 section 8.1.3.1, and before it RFC 3263 section 4.3 */
static void too_late(struct instance *i, const char *why)
{
	if (i->rs && sip_session_next_target(i->rs))
		return;
	end_attempt(i, "timeout", why);
	health_silent(i->r->conf.health, instance_uri(i));
	if (i->rs && instance_has(i, HABIT_ORPHAN_200))
		sip_session_forsake(i->rs);
	let_go(i);
	refused(i, "408", "timeout");
}

void hunt_timeout(void *arg)
{
	too_late(arg, "no final response in time");
}

void hunt_silent(void *arg)
{
	too_late(arg, "no provisional response in time");
}

/* ---- attempts ---- */

static void await_answer(struct instance *i)
{
	timer_after(&i->answer_timer, i->set->answer_within_us);
	if (i->set->provisional_within_us)
		timer_after(&i->silence_timer, i->set->provisional_within_us);
}

/* Each address of a server has its time. */
static void on_moved(struct sip_session *s, void *arg)
{
	(void)s;
	await_answer(arg);
}

/* As the module prints a Contact that has its brackets already. */
static void bracket_contact(struct instance *i)
{
	char *value = xasprintf("<%s>", sip_session_contact(i->rs));

	sip_session_set_contact(i->rs, value);
	free(value);
}

/* What is a server's own is not for whom it redirects to. */
static const struct sip_login *login_of(const struct instance *i)
{
	const struct sip_login *own = &instance_at(i)->login;

	return own->user && !i->redirect ? own : &i->set->login;
}

/* Goes on with i->rs when that is a session already; without one after it `e`
 * says why. */
static void send_invite(struct instance *i, const char *uri, struct err *e)
{
	struct sip_session_handlers h = instance_handlers;
	struct buf body, headers, own;
	char type[128];
	char *from = rs_offer_from(i), *to = rs_offer_to(i, uri);
	struct sip_invite inv = {.uri = uri,
				 .way = i->set->way,
				 .by_size = i->set->by_size,
				 .from = from,
				 .to = to,
				 .login = login_of(i)};

	h.failed = on_failed;
	h.answered = on_answered;
	h.progress = on_progress;
	h.moved = on_moved;
	buf_init(&body, 65000);
	buf_init(&headers, 16384);
	rs_offer_body(i, &body, type, sizeof(type));
	rs_offer_headers(i, &headers, true);
	inv.headers = buf_str(&headers);
	buf_init(&own, 16384);
	if (i->set->headers_on_all)
		rs_offer_own_headers(i, &own);
	inv.always = buf_str(&own);
	inv.content_type = type;
	inv.body = buf_span(&body);
	if (!i->rs)
		i->rs = sip_session_invite(instance_ua(i), &inv, &h, i, e);
	else if (sip_session_invite_again(i->rs, &inv) < 0)
		let_go(i);
	i->attempt = trace_add_attempt(trace_of(i), i->r->conf.call, now_of(i),
				       i->set->name, instance_server(i), uri,
				       i->rs ? sip_session_call_id(i->rs) : "");
	i->call_id = i->attempt->call_id;
	if (i->rs && instance_has(i, HABIT_DOUBLE_BRACKETS))
		bracket_contact(i);
	if (i->rs)
		trace_bind_call_id(trace_of(i),
				   span_of(sip_session_call_id(i->rs)),
				   i->r->conf.call);
	else
		end_attempt(i, "unreachable", e->text);
	buf_fini(&body);
	buf_fini(&headers);
	buf_fini(&own);
	free(from);
	free(to);
}

/* Not what a client may do while its INVITE is open. */
void hunt_again(struct instance *i, bool paused)
{
	struct buf body, headers;
	struct err e = ERR_INIT;
	char type[128];

	i->want_paused = paused;
	if (rs_offer_write(i, paused, &e) < 0)
		return;
	buf_init(&body, 65000);
	buf_init(&headers, 16384);
	rs_offer_body(i, &body, type, sizeof(type));
	rs_offer_headers(i, &headers, false);
	sip_session_second_invite(i->rs, buf_str(&headers), type,
				  buf_span(&body));
	buf_fini(&body);
	buf_fini(&headers);
}

static void try_server(struct instance *i)
{
	const char *uri = instance_uri(i);
	struct err why = ERR_INIT;

	free(i->early);
	i->early = NULL;
	send_invite(i, uri, &why);
	if (!i->rs) {
		refused(i, "503", why.text[0] ? why.text : "it cannot be sent");
		return;
	}
	await_answer(i);
}

static void try_next(struct instance *i)
{
	struct err e = ERR_INIT;

	i->ask_s = i->set->session_expires_s;
	i->min_se_s = 0;
	/* what the recorder is told may have changed since the last one */
	lines_init(&i->lines);
	lines_init(&i->agreed);
	keys_forget(i);
	if (rs_offer_write(i, i->want_paused, &e) < 0) {
		trace_notef(trace_of(i), i->r->conf.call, now_of(i),
			    TRACE_WARNING, i->set->name, "%s", e.text);
		i->disorder = "its offer could not be written";
		verb_failed(i, NULL);
		instance_event(i, "exhausted", "", e.text);
		instance_over(i);
		return;
	}
	try_server(i);
}

void hunt_begin(struct instance *i)
{
	i->at = 0;
	i->redirects = 0;
	i->state = INSTANCE_HUNTING;
	i->disorder = NULL;
	i->hunted = NULL;
	i->at = next_server(i, 0);
	if (i->at < i->n) {
		try_next(i);
	} else {
		i->at = i->n ? i->n - 1 : 0;
		end_hunt(i, "every server is left out", "exhausted", "",
			 "every server is left out for now");
	}
}

void hunt_cancel(struct instance *i)
{
	end_attempt(i, "cancelled", NULL);
	let_go(i);
	instance_event(i, "cancelled", "", "");
	hunt_over_late(i);
}
