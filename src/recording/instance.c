#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"
#include "sip/head.h"
#include "sip/mime.h"

enum { TEXT_MAX = 60000 };

const struct recording_server *instance_nth(const struct instance *i, size_t n)
{
	return &i->set->server[(i->first + n) % i->set->n_servers];
}

const struct recording_server *instance_at(const struct instance *i)
{
	return instance_nth(i, i->at);
}

struct sip_ua *instance_ua(const struct instance *i)
{
	return i->set->ua ? i->set->ua : i->r->conf.ua;
}

const char *instance_uri(const struct instance *i)
{
	return i->redirect ? i->redirect : instance_at(i)->uri;
}

/* Who answered of those that a name stands for, when it is somebody of the
 * scenario; or NULL. */
static const char *one_of_many(const struct instance *i)
{
	const char *name = NULL;
	struct sip_uri uri;
	struct addr literal;
	size_t k;

	if (i->rs && sip_session_is_up(i->rs) &&
	    sip_uri_parse(span_of(instance_uri(i)), &uri) &&
	    !addr_parse_ip(span_of(uri.host), &literal))
		name = trace_name_of(i->r->conf.trace, sip_session_peer(i->rs));
	for (k = 0; name && k < i->set->n_servers; k++)
		if (strcmp(i->set->server[k].name, name) == 0)
			name = NULL;
	return name;
}

const char *instance_server(const struct instance *i)
{
	const char *name = NULL;
	struct sip_uri uri;
	struct addr a;

	if (!i->redirect) {
		name = one_of_many(i);
		return name ? name : instance_at(i)->name;
	}
	if (sip_uri_parse(span_of(i->redirect), &uri) &&
	    sip_uri_addr(&uri, i->r->conf.dns, i->set->way.proto, &a))
		name = trace_name_of(i->r->conf.trace, &a);
	return name ? name : i->redirect;
}

bool instance_has(const struct instance *i, enum recording_habit h)
{
	return i->set->habits >> h & 1;
}

void instance_event(struct instance *i, const char *kind, const char *code,
		    const char *reason)
{
	struct recording *r = i->r;
	struct trace_event ev = {.call = r->conf.call,
				 .at_us = loop_now(r->conf.loop),
				 .kind = kind,
				 .dlg_id = r->conf.dlg_id,
				 .dlg_callid = r->conf.call_id,
				 .callid = i->call_id ? i->call_id : "",
				 .session_id = i->session_id,
				 .server = i->set->n_servers ? instance_uri(i)
							     : "",
				 .instance = i->set->name,
				 .code = code,
				 .reason = reason};
	const struct trace_event *added;
	char name[40] = "SIPREC_SRC_";
	size_t n;

	if (strcmp(kind, "start") == 0 || strcmp(kind, "stop") == 0)
		memcpy(name, "E_SIPREC_", sizeof("E_SIPREC_"));
	else if (instance_has(i, HABIT_TWO_EVENTS))
		return;
	if (instance_has(i, HABIT_SERVER_AS_INSTANCE))
		ev.instance = ev.server;
	n = strlen(name);
	for (; *kind && n + 1 < sizeof(name); kind++)
		name[n++] = (char)(*kind - 'a' + 'A');
	name[n] = '\0';
	ev.name = name;
	added = trace_add_event(r->conf.trace, &ev);
	if (r->conf.event)
		r->conf.event(added, r->conf.arg);
}

/* ---- life ---- */

int instance_init(struct instance *i, struct recording *r,
		  const struct recording_settings *set, size_t first, size_t n,
		  struct err *e)
{
	struct loop *l = r->conf.loop;
	char why[200];
	int rc;

	i->r = r;
	i->set = set;
	i->first = first;
	i->n = n;
	buf_init(&i->sdp, TEXT_MAX);
	buf_init(&i->meta, TEXT_MAX);
	timer_init(&i->answer_timer, l, hunt_timeout, i);
	timer_init(&i->silence_timer, l, hunt_silent, i);
	timer_init(&i->sync_timer, l, instance_sync, i);
	timer_init(&i->alive_timer, l, alive_due, i);
	timer_init(&i->rtcp_timer, l, alive_rtcp_due, i);
	timer_init(&i->refresh_timer, l, refresh_due, i);
	timer_init(&i->change_timer, l, instance_change_late, i);
	i->wanted = set->start != RECORDING_MANUAL;
	if (!set->skip_failover_codes || !set->skip_failover_codes[0])
		return 0;
	rc = regcomp(&i->skip, set->skip_failover_codes,
		     REG_EXTENDED | REG_ICASE | REG_NOSUB);
	if (rc) {
		regerror(rc, &i->skip, why, sizeof(why));
		return err_set(e, ERR_SCENARIO, "skip_failover_codes '%s': %s",
			       set->skip_failover_codes, why);
	}
	i->has_skip = true;
	return 0;
}

static void stop_timers(struct instance *i)
{
	timer_stop(&i->answer_timer);
	timer_stop(&i->silence_timer);
	timer_stop(&i->sync_timer);
	timer_stop(&i->alive_timer);
	timer_stop(&i->rtcp_timer);
	timer_stop(&i->refresh_timer);
	timer_stop(&i->change_timer);
}

void instance_forget_session(struct instance *i)
{
	i->snapshot = i->refresh = i->answer_due = i->updating = false;
	i->hung_up = false;
	i->update_tries = 0;
	i->not_before_us = 0;
	i->expires_s = i->watch_s = 0;
	stop_timers(i);
	redirect_forget(i);
	free(i->early);
	i->early = NULL;
	sdp_free(i->wish);
	i->wish = NULL;
}

void instance_over(struct instance *i)
{
	i->state = INSTANCE_IDLE;
	i->wanted = i->want_paused = false;
	verb_over(i);
	instance_forget_session(i);
	forks_close(i);
}

void instance_fini(struct instance *i)
{
	if (!i->r)
		return;
	sip_session_release(i->rs);
	i->rs = NULL;
	instance_over(i);
	if (i->has_skip)
		regfree(&i->skip);
	sdp_free(i->offer);
	buf_fini(&i->sdp);
	buf_fini(&i->meta);
}

/* ---- beginning ---- */

/* They stay the same over failover and over stop and start again: it is the
 * same CS (D-fo-newdialog, 7865-6.5.1-b). The streams of one party share its
 * CNAME (7022-4.2-a). */
static void make_ids(struct instance *i)
{
	struct ids *ids = i->r->conf.ids;
	uint8_t uuid[16];
	size_t p;

	if (i->session_id[0])
		return;
	ids_uuid(ids, "session", uuid);
	ids_base64(uuid, i->session_id);
	for (p = 0; p < RECORDING_PARTIES; p++) {
		roster_new_id(i, p);
		ids_hex(ids, "cname", i->cname[p], CNAME - 1);
	}
	i->sdp_id = (uint64_t)(loop_wall_us(i->r->conf.loop) / 1000000) +
		    UINT64_C(2208988800);
	i->sdp_version = 1;
}

void instance_begin(struct instance *i)
{
	struct recording *r = i->r;

	if (i->state != INSTANCE_IDLE || !i->wanted || !r->known || r->ended)
		return;
	i->begun = true;
	make_ids(i);
	i->associate_us = loop_wall_us(r->conf.loop);
	i->agreed_paused = i->want_paused;
	hunt_begin(i);
}

/* ---- the answer ---- */

static void bind_stream(struct instance *i, size_t s)
{
	struct recording *r = i->r;
	const struct stream *of = &r->stream[s];
	const struct sdp_codec *c = fork_codec(i->fork[s]);
	struct trace_bind bind = {.call = r->conf.call,
				  .instance = i->set->name,
				  .server = instance_server(i),
				  .party = r->party[of->party].id,
				  .media = recording_kind_name(of->kind),
				  .label = rs_offer_label(i, s),
				  .codec = c->name,
				  .suite = fork_suite(i->fork[s]),
				  .clock_rate = c->rate,
				  .pt = c->pt};

	trace_bind_rtp(r->conf.trace, fork_source(i->fork[s]),
		       fork_dst(i->fork[s]), &bind);
}

static bool aim_one(struct instance *i, size_t s, const struct sdp *theirs)
{
	size_t line = i->lines.of[s];

	if (line == NO_LINE || line >= theirs->n_media) {
		fork_stop(i->fork[s]);
		return false;
	}
	if (!fork_aim(i->fork[s], &i->offer->media[line], &theirs->media[line]))
		return false;
	bind_stream(i, s);
	return true;
}

void instance_rebind(struct instance *i, size_t p)
{
	size_t s;

	for (s = 0; i->state == INSTANCE_RECORDING && s < i->r->n_streams; s++)
		if ((size_t)i->r->stream[s].party == p && i->fork[s] &&
		    fork_codec(i->fork[s]))
			bind_stream(i, s);
}

size_t instance_aim(struct instance *i, const struct sdp *theirs)
{
	size_t s, n = 0;

	for (s = 0; s < i->r->n_streams; s++)
		if (i->fork[s])
			n += aim_one(i, s, theirs);
	if (!instance_has(i, HABIT_MEDIA_BY_ANSWER))
		forks_pause(i, i->want_paused || i->offered_paused);
	return n;
}

void instance_aims(const struct instance *i, struct aim at[])
{
	const struct fork *f;
	size_t s;

	memset(at, 0, RECORDING_STREAMS * sizeof(*at));
	for (s = 0; s < RECORDING_STREAMS; s++) {
		f = i->fork[s];
		if (!f)
			continue;
		at[s].dst = *fork_dst(f);
		at[s].taken = fork_is_taken(f);
	}
}

bool instance_aims_differ(const struct instance *i, const struct aim before[])
{
	struct aim now[RECORDING_STREAMS];
	size_t s;

	instance_aims(i, now);
	for (s = 0; s < RECORDING_STREAMS; s++)
		if (before[s].taken != now[s].taken ||
		    !addr_eq(&before[s].dst, &now[s].dst))
			return true;
	return false;
}

/* The recorder may have removed every line before. */
static bool has_media(const struct sdp *s)
{
	size_t m;

	for (m = 0; m < s->n_media; m++)
		if (s->media[m].port)
			return true;
	return false;
}

/* In each line that is answered. */
static bool speaks_ours(const struct sdp *offer, const struct sdp *answer)
{
	size_t m;

	for (m = 0; m < offer->n_media && m < answer->n_media; m++)
		if (offer->media[m].n_codecs && answer->media[m].port &&
		    !sdp_codec_like(&answer->media[m],
				    &offer->media[m].codec[0]))
			return false;
	return true;
}

static bool take_sdp(struct instance *i, const struct sdp *answer, char *why,
		     size_t size)
{
	struct err e = ERR_INIT;
	bool usable = false;
	size_t flow;

	if (instance_has(i, HABIT_NO_TRANSCODING) &&
	    !speaks_ours(i->offer, answer)) {
		snprintf(why, size,
			 "its answer lacks the codec that is spoken");
		return false;
	}
	if (answer->n_media < i->offer->n_media &&
	    instance_has(i, HABIT_ONE_MEDIA_ACCEPTED)) {
		usable = has_media(answer);
	} else if (sdp_check_answer(i->offer, answer, &usable, &e) < 0) {
		snprintf(why, size, "%s", e.text);
		if (answer->n_media != i->offer->n_media ||
		    (!usable && has_media(i->offer)))
			return false;
		trace_notef(i->r->conf.trace, i->r->conf.call,
			    loop_now(i->r->conf.loop), TRACE_WARNING,
			    instance_server(i), "%s", e.text);
	}
	if (sdp_check_keys(i->offer, answer, &e) < 0) {
		snprintf(why, size, "%s", e.text);
		return false;
	}
	lines_settled(i);
	flow = instance_aim(i, answer);
	if (usable && flow)
		return true;
	snprintf(why, size, "its SDP leaves no stream that can flow");
	return !has_media(i->offer);
}

bool instance_take_answer(struct instance *i, const struct sip_view *resp,
			  char *why, size_t size)
{
	const struct mime_part *part;
	struct err e = ERR_INIT;
	struct sdp *answer;
	struct mime m;
	bool ok;

	snprintf(why, size, "its %d has no SDP", resp->code);
	if (mime_of(&m, resp, &e) < 0) {
		snprintf(why, size, "%s", e.text);
		return false;
	}
	part = mime_find(&m, "application/sdp");
	if (!part)
		return false;
	answer = sdp_parse(part->body, &e);
	if (!answer) {
		snprintf(why, size, "%s", e.text);
		return false;
	}
	ok = take_sdp(i, answer, why, size);
	sdp_free(answer);
	return ok;
}

void instance_recording(struct instance *i, const struct sip_view *resp)
{
	i->state = INSTANCE_RECORDING;
	i->agreed_paused = i->offered_paused;
	refresh_arm(i, resp);
	alive_begin(i);
	instance_event(i, "start", "", "");
	verb_accepted(i);
	if (i->state == INSTANCE_RECORDING)
		timer_after(&i->sync_timer, 0);
}

/* ---- ending ---- */

void instance_hangup(const struct instance *i, struct sip_session *rs)
{
	struct buf headers;

	buf_init(&headers, 16384);
	/* RFC 4028 section 7.1: in every request but ACK */
	if (!instance_has(i, HABIT_NO_ABILITIES))
		buf_add_str(&headers, "Supported: timer\r\n");
	if (i->set->headers_on_all)
		rs_offer_own_headers(i, &headers);
	sip_session_hangup(rs, buf_str(&headers));
	sip_session_release(rs);
	buf_fini(&headers);
}

static void stop_recording(struct instance *i)
{
	struct sip_session *rs = i->rs;
	bool gone = i->hung_up;

	instance_event(i, "stop", "", "");
	i->rs = NULL;
	instance_over(i);
	if (gone)
		sip_session_drop(rs);
	else
		instance_hangup(i, rs);
}

void instance_call_ended(struct instance *i)
{
	i->wanted = false;
	if (i->state == INSTANCE_RECORDING)
		stop_recording(i);
	else if (i->state == INSTANCE_HUNTING) {
		if (!instance_has(i, HABIT_NO_CANCEL))
			hunt_cancel(i);
	} else if (i->stopped && instance_has(i, HABIT_STOP_AGAIN))
		instance_event(i, "stop", "", "");
	verb_over(i);
}

/* ---- verbs ---- */

enum recording_result instance_start(struct instance *i)
{
	if (i->state != INSTANCE_IDLE)
		return RECORDING_ALREADY;
	if (i->r->ended)
		return RECORDING_NOT_RECORDING;
	if (i->begun && instance_has(i, HABIT_START_ONCE))
		return RECORDING_ALREADY;
	i->wanted = true;
	if (i->r->known)
		instance_begin(i);
	return RECORDING_OK;
}

enum recording_result instance_pause(struct instance *i, bool paused)
{
	if (i->state == INSTANCE_IDLE && !i->wanted)
		return RECORDING_NOT_RECORDING;
	if (i->state == INSTANCE_HUNTING && paused != i->want_paused &&
	    instance_has(i, HABIT_SECOND_INVITE)) {
		hunt_again(i, paused);
		return RECORDING_OK;
	}
	i->want_paused = paused;
	instance_sync(i);
	return RECORDING_OK;
}

/* Whom the module does not record (any more). */
static enum recording_result stop_idle(struct instance *i)
{
	if (i->wanted && instance_has(i, HABIT_EARLY_STOP_IGNORED))
		return RECORDING_NOT_RECORDING;
	if (i->stopped && instance_has(i, HABIT_STOP_AGAIN))
		instance_event(i, "stop", "", "");
	else if (!i->wanted)
		return RECORDING_NOT_RECORDING;
	i->wanted = false;
	i->want_paused = false;
	verb_over(i);
	return RECORDING_OK;
}

enum recording_result instance_stop(struct instance *i)
{
	if (i->state == INSTANCE_IDLE)
		return stop_idle(i);
	i->stopped = i->state == INSTANCE_RECORDING;
	i->wanted = false;
	i->want_paused = false;
	if (i->state == INSTANCE_RECORDING)
		stop_recording(i);
	else
		hunt_cancel(i);
	return RECORDING_OK;
}
