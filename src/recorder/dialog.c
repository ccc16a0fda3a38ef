#include <stdlib.h>

#include "core/xalloc.h"
#include "net/local.h"
#include "recorder/rec.h"

/* From metadata that cannot be used to the request for better. */
#define ANEW_US INT64_C(20000)

/* ---- life ---- */

void rec_session_free(struct rec_session *s)
{
	size_t i;

	timer_stop(&s->ring);
	timer_stop(&s->final);
	timer_stop(&s->bye);
	timer_stop(&s->die);
	timer_stop(&s->expiry);
	rec_script_fini(s);
	rec_ask_fini(s);
	for (i = 0; i < s->n_streams; i++)
		rec_stream_free(s->stream[i]);
	list_unlink(&s->le);
	free(s->call_id);
	free(s->sdp);
	free(s->used);
	free(s);
}

static void on_ended(struct sip_session *sip, enum sip_ended how, void *arg)
{
	struct rec_session *s = arg;
	size_t i;

	for (i = 0; i < s->n_streams; i++)
		rec_stream_drain(s->stream[i]);
	if (how == SIP_ENDED_CANCELLED)
		rec_tell(s, "cancelled", "the caller cancelled");
	else if (how == SIP_ENDED_LOST)
		rec_warn(s, "our 200 was never acknowledged");
	else if (s->answered)
		rec_tell(s, "bye", "%s hung up",
			 how == SIP_ENDED_BY_PEER ? "the client" : "we");
	rec_session_free(s);
	sip_session_release(sip);
}

/* ---- refusing ---- */

static bool is_quotable(char c)
{
	return c >= ' ' && c <= '~' && c != '"' && c != '\\';
}

/* RFC 3261 section 20.43; `why` may come from outside. */
static char *warning_header(const struct rec_session *s, const char *why)
{
	char host[ADDR_TEXT];
	char text[300];
	size_t n;

	for (n = 0; why[n] && n + 1 < sizeof(text); n++)
		text[n] = is_quotable(why[n]) ? why[n] : '\'';
	text[n] = '\0';
	return xasprintf("Accept: " REC_ACCEPT "\r\n"
			 "Warning: 399 %s \"%s\"\r\n",
			 addr_text(recorder_addr(s->recorder), host), text);
}

static char *refusal_headers(const struct rec_session *s, int code,
			     const char *why)
{
	char *warning = warning_header(s, why);
	struct buf b;

	if (code != 422)
		return warning;
	buf_init(&b, 2048);
	buf_add_str(&b, warning);
	rec_expiry_refuse(s, &b);
	free(warning);
	return buf_steal(&b);
}

/* The session may be gone afterwards. */
static void refuse(struct rec_session *s, int code, const char *why)
{
	char *headers = refusal_headers(s, code, why);

	rec_tell(s, "refused", "%d %s", code, why);
	sip_session_reject(s->sip, code, headers);
	free(headers);
}

static void refuse_by_script(struct rec_session *s)
{
	char *headers = rec_script_headers(s->line, NULL);

	rec_tell(s, "refused", "%d", s->line->reply);
	sip_session_reject(s->sip, s->line->reply, headers);
	free(headers);
}

static void refuse_as_told(struct rec_session *s)
{
	const struct recorder_conf *conf = &s->recorder->conf;
	int code = conf->refuse ? conf->refuse : 302;
	char *headers = NULL;

	if (conf->redirect)
		headers = xasprintf("Contact: <%s>\r\n", conf->redirect);
	rec_tell(s, "refused", "%d", code);
	sip_session_reject(s->sip, code, headers);
	free(headers);
}

/* Once the request is answered. */
static void ask_anew(struct rec_session *s)
{
	static const struct recorder_line snapshot = {
		.send = "UPDATE", .times = 1, .snapshot = true};

	if (!s->recorder->conf.asks_anew || s->asked_anew)
		return;
	s->asked_anew = true;
	rec_ask(s, &snapshot, ANEW_US);
}

enum { FAULTS_TOLD = 10 };

/* Takes the request's offer and metadata over. 0, or the code to refuse it
 * with and `e`. */
static int follow(struct rec_session *s, const struct sip_view *req,
		  const struct rec_offer *o, struct err *e)
{
	size_t i;

	if (rec_expiry_too_short(s, req)) {
		err_set(e, ERR_INPUT, "the session interval is too small");
		return 422;
	}
	for (i = 0; i < o->faults.n && i < FAULTS_TOLD; i++)
		rec_warn(s, "%s", o->faults.at[i].text);
	if (o->refuse) {
		err_set(e, ERR_INPUT, "%s", o->why);
		return o->refuse;
	}
	if (s->recorder->conf.strict && o->faults.n) {
		*e = o->faults.at[0];
		return o->strict_refuse;
	}
	if (o->sdp && rec_streams_follow(s, o->sdp, e) < 0)
		return e->kind == ERR_ENV ? 503 : 488;
	if (o->has_metadata)
		rec_streams_metadata(s, o->metadata);
	if (o->useless)
		ask_anew(s);
	return 0;
}

/* ---- the first INVITE ---- */

static void on_bye(void *arg)
{
	struct rec_session *s = arg;

	sip_session_hangup(s->sip, NULL);
}

static void on_die(void *arg)
{
	struct rec_session *s = arg;

	recorder_kill(s->recorder);
}

static void answer(struct rec_session *s)
{
	const struct recorder_conf *conf = &s->recorder->conf;
	struct sip_session *sip = s->sip;

	s->answered = true;
	rec_tell(s, "answered", "200, %zu m-lines", s->n_streams);
	if (!rec_answer_send(s)) {
		rec_session_free(s);
		sip_session_drop(sip);
		return;
	}
	rec_script_answered(s);
	if (conf->bye_after_us >= 0)
		timer_after(&s->bye, conf->bye_after_us);
	if (conf->die_after_us >= 0)
		timer_after(&s->die, conf->die_after_us);
}

/* False: it was refused, and the session is gone. */
static bool take_offer(struct rec_session *s)
{
	struct err e = ERR_INIT;
	struct rec_offer o;
	int code;

	rec_offer_read(&o, sip_session_invite_view(s->sip), true);
	code = follow(s, sip_session_invite_view(s->sip), &o, &e);
	if (code)
		refuse(s, code, e.text);
	rec_offer_fini(&o);
	return code == 0;
}

static void decide(struct rec_session *s)
{
	if (s->described || take_offer(s))
		answer(s);
}

static void on_final(void *arg)
{
	struct rec_session *s = arg;
	const struct recorder_conf *conf = &s->recorder->conf;

	timer_stop(&s->ring);
	if (s->line && s->line->reply >= 300)
		refuse_by_script(s);
	else if (conf->refuse || conf->redirect)
		refuse_as_told(s);
	else
		decide(s);
}

static void progress(struct rec_session *s, int code, const char *type,
		     struct span body)
{
	if (s->recorder->conf.reliable && sip_session_takes_reliable(s->sip))
		sip_session_progress_reliably(s->sip, code, REC_HEADERS, type,
					      body);
	else
		sip_session_progress(s->sip, code, NULL, type, body);
}

/* The session may be gone afterwards. */
static void answer_early(struct rec_session *s)
{
	struct buf sdp;

	if (!take_offer(s))
		return;
	s->described = true;
	buf_init(&sdp, SDP_MAX);
	rec_describe(s, RECORDER_OFFER_SAME, s->mangle, &sdp);
	progress(s, 183, "application/sdp", buf_span(&sdp));
	buf_fini(&sdp);
}

static void on_ring(void *arg)
{
	struct rec_session *s = arg;

	if (s->recorder->conf.early_answer)
		answer_early(s);
	else
		progress(s, 180, NULL, span_of(""));
}

/* ---- changes ---- */

static void tell_change(struct rec_session *s, const struct sip_view *req,
			const struct rec_offer *o)
{
	rec_tell(s, "reinvite", "%.*s with%s%s%s", SPAN_ARG(req->method),
		 o->sdp ? " SDP" : "", o->has_metadata ? " metadata" : "",
		 o->sdp || o->has_metadata ? "" : "out a body");
}

/* 0, or the code to refuse the change with. */
static int change(struct rec_session *s, const struct sip_view *req,
		  struct rec_offer *o, char **headers)
{
	struct err e = ERR_INIT;
	int code;

	rec_offer_read(o, req, false);
	tell_change(s, req, o);
	code = follow(s, req, o, &e);
	if (code) {
		rec_warn(s, "change refused with %d: %s", code, e.text);
		*headers = refusal_headers(s, code, e.text);
	}
	return code;
}

/* Without an offer of its own a re-INVITE asks for one (RFC 3261 section
 * 14.2): what we said last. An UPDATE without SDP changes metadata alone (RFC
 * 3311 section 5.2). */
static void accept_change(struct rec_session *s, struct sip_txn *x,
			  const struct recorder_line *line, bool has_sdp)
{
	unsigned mangle = line ? line->mangle : 0;
	int code = line && line->reply >= 200 ? line->reply : 200;
	const struct sip_view *req = x ? sip_txn_view(x)
				       : sip_session_invite_view(s->sip);
	char *headers = rec_ok_headers(s, req, line);
	const char *type = NULL;
	struct buf sdp;

	buf_init(&sdp, SDP_MAX);
	if ((has_sdp || !x) && !(mangle & MANGLE_NO_SDP)) {
		rec_describe(s, RECORDER_OFFER_SAME, mangle, &sdp);
		type = "application/sdp";
	}
	if (x)
		sip_session_reply(s->sip, x, code, headers, type,
				  buf_span(&sdp));
	else
		sip_session_answer(s->sip, code, headers, type, buf_span(&sdp));
	buf_fini(&sdp);
	free(headers);
}

void rec_change(struct rec_session *s, struct sip_txn *x,
		const struct recorder_line *line)
{
	const struct sip_view *req = x ? sip_txn_view(x)
				       : sip_session_invite_view(s->sip);
	char *headers = NULL;
	struct rec_offer o;
	int code;

	if (!req)
		return; /* a BYE was faster */
	if (line && line->answer == RECORDER_INACTIVE)
		s->hold = true;
	code = change(s, req, &o, &headers);
	if (!code)
		accept_change(s, x, line, o.sdp != NULL);
	else if (x)
		sip_session_reply(s->sip, x, code, headers, NULL, span_of(""));
	else
		sip_session_reject(s->sip, code, headers);
	free(headers);
	rec_offer_fini(&o);
}

static void on_reinvite(struct sip_session *sip, const struct sip_view *req,
			void *arg)
{
	struct rec_session *s = arg;

	(void)sip;
	(void)req;
	if (!rec_script_do(s, "re-INVITE"))
		rec_change(s, NULL, NULL);
}

static bool on_request(struct sip_session *sip, struct sip_txn *x,
		       const struct sip_view *req, void *arg)
{
	struct rec_session *s = arg;

	(void)sip;
	if (rec_script_request(s, x, req))
		return true;
	if (!span_is(req->method, "UPDATE"))
		return false;
	rec_change(s, x, NULL);
	return true;
}

static bool on_bye_request(struct sip_session *sip, struct sip_txn *x,
			   const struct sip_view *req, void *arg)
{
	(void)sip;
	return rec_script_request(arg, x, req);
}

static void on_acked(struct sip_session *sip, const struct sip_view *ack,
		     void *arg)
{
	(void)sip;
	(void)ack;
	rec_script_do(arg, "ACK");
}

/* ---- the beginning ---- */

/* Where media is to come: the address the INVITE came to, or, when that is
 * any of the host, the one that its sender sees. */
static struct addr media_addr(const struct recorder *r, const struct addr *from)
{
	struct addr a = *recorder_addr(r);

	if (r->conf.local && addr_is_any(r->conf.local))
		net_local_for(from, &a);
	a.port = 0;
	return a;
}

static struct rec_session *session_new(struct recorder *r,
				       const struct sip_view *req,
				       const struct addr *from,
				       const struct recorder_line *line)
{
	struct rec_session *s = xcalloc(1, sizeof(*s));
	struct loop *l = r->conf.loop;

	s->recorder = r;
	s->line = line;
	s->mangle = line ? line->mangle : r->conf.mangle;
	s->hold = (line ? line->answer : r->conf.answer) == RECORDER_INACTIVE;
	s->used = xcalloc(r->conf.n_lines + 1, sizeof(*s->used));
	s->call_id = span_dup(req->call_id);
	s->local = media_addr(r, from);
	s->sess_id = rng_u32(r->conf.rng);
	s->version = 1;
	timer_init(&s->ring, l, on_ring, s);
	timer_init(&s->final, l, on_final, s);
	timer_init(&s->bye, l, on_bye, s);
	timer_init(&s->die, l, on_die, s);
	timer_init(&s->expiry, l, rec_expiry_due, s);
	list_append(&r->sessions, &s->le);
	return s;
}

/* The 180 comes first when both are due at once: it is started first. */
static void arm(struct rec_session *s)
{
	const struct recorder_conf *conf = &s->recorder->conf;
	int64_t final_us = s->line ? s->line->wait_us : conf->wait_us;

	if (conf->ring_us == 0 && !conf->early_answer)
		on_ring(s);
	else if (conf->ring_us >= 0) /* it may end the session */
		timer_after(&s->ring, conf->ring_us);
	if (final_us < conf->ring_us)
		final_us = conf->ring_us;
	if (final_us > 0 || timer_running(&s->ring))
		timer_after(&s->final, final_us);
	else
		on_final(s);
}

/* A lenient recorder records a plain call too, but does not say that the session
 * is a recording one: no +sip.srs (7866-6.2-a). */
static void say_no_recorder(struct rec_session *s)
{
	char *contact = xasprintf("<%s>", recorder_uri(s->recorder));

	sip_session_set_contact(s->sip, contact);
	free(contact);
}

void rec_session_begin(struct recorder *r, struct sip_txn *x,
		       const struct sip_view *req, const struct addr *from,
		       const struct recorder_line *line)
{
	static const struct sip_session_handlers handlers = {
		.reinvited = on_reinvite,
		.request = on_request,
		.bye = on_bye_request,
		.acked = on_acked,
		.ended = on_ended};
	struct rec_session *s = session_new(r, req, from, line);

	s->sip = sip_session_incoming(r->ua, x, &handlers, s);
	if (!rec_is_recording(req))
		say_no_recorder(s);
	rec_tell(s, "invite", "from %.*s", SPAN_ARG(sip_addr_uri(req->from)));
	if (!(s->mangle & MANGLE_NO_TRYING))
		sip_session_progress(s->sip, 100, NULL, NULL, span_of(""));
	arm(s);
}
