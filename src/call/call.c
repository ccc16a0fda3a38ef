#include "call/call.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/call_int.h"
#include "call/offer.h"
#include "core/xalloc.h"
#include "media/dtmf.h"
#include "sip/head.h"

enum { PACKET_US = 20000 };

/* ---- opening ---- */

/* "alice" of "sip:alice@example.com", the digits of a tel URI. */
static char *user_of(const char *aor)
{
	struct span rest = span_of(aor), scheme = span_cut(&rest, ':');
	struct sip_uri u;

	if (span_case_is(scheme, "tel"))
		return span_dup(span_cut(&rest, ';'));
	if (sip_uri_parse(span_of(aor), &u) && u.user[0])
		return xstrdup(u.user);
	return NULL;
}

static bool is_of(const struct ports *ports, const struct addr *from)
{
	return ports->rtp && addr_eq(from, flow_addr(ports->rtp));
}

/* What was sent before a change of ports may still be on its way. CALL_KINDS:
 * none of its. */
static enum call_kind kind_from(const struct party *p, const struct addr *from)
{
	int k = 0;

	while (k < CALL_KINDS && !is_of(&p->line[k].ports, from) &&
	       !is_of(&p->line[k].old, from))
		k++;
	return (enum call_kind)k;
}

bool call_heard(const struct party *hearer, const struct addr *from,
		const void *p, size_t n)
{
	struct call *c = hearer->call;
	const struct party *speaker = &c->party[!hearer->index];
	enum call_kind kind = kind_from(speaker, from);

	if (kind == CALL_KINDS)
		return false;
	if (c->known && !c->over && c->h.rtp)
		c->h.rtp(c, speaker->index, kind, p, n, c->arg);
	return true;
}

static void on_rtp(const struct addr *from, const void *p, size_t n, void *arg)
{
	call_heard(arg, from, p, n);
}

/* Where a live party is: two addresses of different families have no way to
 * each other. */
static const struct addr *local_of(const struct party *p, struct addr *local)
{
	const struct party *other = &p->call->party[!p->index];
	const struct party *live = p->live ? p : other;

	if (live->who->source.kind != CALL_UDP)
		return NULL;
	*local = live->who->source.udp;
	local->port = 0;
	return local;
}

int call_open_ports(struct party *p, const struct call_party *who,
		    struct ports *ports, struct err *e)
{
	struct call *c = p->call;
	const struct call_source *s = &who->source;
	struct addr local;
	struct flow_conf conf = {.kind = FLOW_RTP,
				 .name = who->id,
				 .local = local_of(p, &local),
				 .recv = on_rtp,
				 .arg = p};

	if (flow_open_pair(c->conf.wire, &conf, &ports->rtp, &ports->rtcp, e) <
	    0)
		return -1;
	flow_impair(ports->rtp, c->conf.rng, &s->way);
	return 0;
}

void call_close_ports(struct ports *ports)
{
	flow_close(ports->rtp);
	flow_close(ports->rtcp);
	ports->rtp = ports->rtcp = NULL;
}

int call_open_video(struct party *p, const char *const *codec, size_t n,
		    struct err *e)
{
	const struct call_conf *conf = &p->call->conf;
	struct line *l = &p->line[CALL_VIDEO];

	if (!l->voice)
		l->voice = voice_video(conf->loop, conf->rng, codec, n, e);
	if (!l->voice ||
	    (!l->ports.rtp && call_open_ports(p, p->who, &l->ports, e) < 0))
		return err_wrap(e, "%s", p->who->id);
	return 0;
}

static int open_ua(struct party *p, const char *name, struct err *e)
{
	const struct call_conf *conf = &p->call->conf;
	bool callee = p->index == CALL_CALLEE;
	struct sip_ua_conf uc = {.loop = conf->loop,
				 .wire = conf->wire,
				 .trace = conf->trace,
				 .ids = conf->ids,
				 .rng = conf->rng,
				 .name = name,
				 .user = p->user,
				 .accept = "application/sdp",
				 .understood = "100rel",
				 .invite = callee ? callee_invited : NULL,
				 .arg = p};

	p->ua = sip_ua_new(&uc, e);
	return p->ua ? 0 : -1;
}

struct voice *call_open_voice(const struct call *c,
			      const struct call_party *who, struct err *e)
{
	const struct call_conf *conf = &c->conf;
	struct voice *v = voice_new(conf->loop, conf->rng, &who->source,
				    conf->codec, conf->n_codecs, e);

	if (!v)
		err_wrap(e, "%s", who->id);
	else if (voice_warning(v))
		trace_notef(conf->trace, conf->index, loop_now(conf->loop),
			    TRACE_WARNING, who->id, "%s: %s", who->source.path,
			    voice_warning(v));
	return v;
}

static int open_voice(struct party *p, struct err *e)
{
	struct voice *v = call_open_voice(p->call, p->who, e);

	p->line[CALL_AUDIO].voice = v;
	return v ? 0 : -1;
}

static int open_audio(struct party *p, struct err *e)
{
	if (p->who->source.kind == CALL_UDP)
		return live_open(p, e);
	return call_open_ports(p, p->who, &p->line[CALL_AUDIO].ports, e);
}

static int open_party(struct call *c, int index, struct err *e)
{
	struct party *p = &c->party[index];
	const struct call_party *who = p->who;

	p->user = user_of(who->aor);
	if (open_ua(p, who->id, e) < 0 || open_audio(p, e) < 0)
		return err_wrap(e, "%s", who->id);
	return 0;
}

/* The first offer: of the caller, or of the callee when it comes late. */
static int write_offer(struct call *c, struct err *e)
{
	struct voice *const voice[] = {
		c->party[CALL_CALLER].line[CALL_AUDIO].voice,
		c->party[CALL_CALLEE].line[CALL_AUDIO].voice};
	struct party *p = &c->party[c->conf.late_offer];
	struct sdp_codec codec[SDP_CODECS];
	size_t n;

	if (offer_codecs(codec, &n, voice, c->conf.codec, c->conf.n_codecs, e) <
	    0)
		return -1;
	if (c->conf.n_video &&
	    call_open_video(p, c->conf.video, c->conf.n_video, e) < 0)
		return -1;
	p->sdp = party_first_offer(p, codec, n);
	return 0;
}

static void on_ring(void *arg)
{
	callee_ring(arg);
}

static void on_early(void *arg)
{
	callee_early(arg);
}

static void on_forked(void *arg)
{
	forked_early(arg);
}

static void on_answer(void *arg)
{
	callee_answer(arg);
}

static void on_cancel(void *arg)
{
	call_cancel(arg);
}

static void on_end(void *arg)
{
	struct call *c = arg;
	struct party *caller = &c->party[CALL_CALLER];

	if (caller->session)
		call_bye(c,
			 c->conf.ended_by_callee ? CALL_CALLEE : CALL_CALLER);
	else
		call_party_gone(caller, SIP_ENDED_HERE);
}

static struct call *call_make(const struct call_conf *conf,
			      const struct call_handlers *h, void *arg)
{
	static timer_h *const step[CALL_STEPS] = {
		[STEP_RING] = on_ring,	   [STEP_EARLY] = on_early,
		[STEP_FORKED] = on_forked, [STEP_ANSWER] = on_answer,
		[STEP_CANCEL] = on_cancel, [STEP_END] = on_end,
	};
	struct call *c = xcalloc(1, sizeof(*c));
	int i;

	c->conf = *conf;
	if (h)
		c->h = *h;
	c->arg = arg;
	c->t0_us = -1;
	for (i = 0; i < CALL_STEPS; i++)
		timer_init(&c->step[i], conf->loop, step[i], c);
	for (i = 0; i < CALL_PARTIES; i++) {
		c->party[i].call = c;
		c->party[i].index = i;
		identity_init(&c->party[i]);
		change_init(&c->party[i]);
	}
	/* h_entry and h_id of OpenSIPS' dialog table */
	snprintf(c->dlg_id, sizeof(c->dlg_id), "%u:%u",
		 rng_below(conf->rng, 4096),
		 rng_below(conf->rng, UINT32_MAX) + 1);
	return c;
}

struct call *call_new(const struct call_conf *conf,
		      const struct call_handlers *h, void *arg, struct err *e)
{
	struct call *c = call_make(conf, h, arg);

	if (conf->capture) {
		c->captured = captured_new(c, e);
		if (c->captured)
			return c;
		call_free(c);
		return NULL;
	}
	/* files before addresses: what is wrong with them is the user's */
	if (open_voice(&c->party[CALL_CALLER], e) < 0 ||
	    open_voice(&c->party[CALL_CALLEE], e) < 0 ||
	    open_party(c, CALL_CALLER, e) < 0 ||
	    open_party(c, CALL_CALLEE, e) < 0 || write_offer(c, e) < 0) {
		call_free(c);
		return NULL;
	}
	return c;
}

static void line_fini(struct line *l)
{
	voice_free(l->voice);
	call_close_ports(&l->ports);
	call_close_ports(&l->old);
	call_close_ports(&l->forked);
	offer_media_fini(&l->media);
}

static void party_fini(struct party *p)
{
	size_t k;

	change_fini(p);
	identity_fini(p);
	sip_ua_free(p->ua);
	live_free(p->live);
	for (k = 0; k < CALL_LINES; k++)
		line_fini(&p->line[k]);
	free(p->user);
	free(p->sdp);
	free(p->said);
	free(p->heard_tag);
}

void call_free(struct call *c)
{
	int i;

	if (!c)
		return;
	captured_free(c->captured);
	for (i = 0; i < CALL_STEPS; i++)
		timer_stop(&c->step[i]);
	for (i = 0; i < CALL_PARTIES; i++)
		party_fini(&c->party[i]);
	free(c);
}

const char *call_kind_name(enum call_kind k)
{
	static const char *const names[CALL_LINES] = {"audio", "video",
						      "audio2"};

	return names[k];
}

/* ---- its course ---- */

void call_arm(struct call *c, enum call_step step, int64_t after_us)
{
	if (after_us >= 0)
		timer_at(&c->step[step], c->t0_us + after_us);
}

void call_start(struct call *c)
{
	if (c->t0_us >= 0)
		return;
	c->t0_us = loop_now(c->conf.loop);
	trace_call(c->conf.trace, c->conf.index)->t0_us = c->t0_us;
	if (c->captured) {
		captured_start(c->captured);
		return;
	}
	call_arm(c, STEP_CANCEL, c->conf.cancel_us);
	if (!c->conf.reject && !c->conf.ended_by_callee)
		call_arm(c, STEP_END, c->conf.end_us);
	caller_invite(c);
}

static void fall_silent(struct party *p)
{
	size_t k;

	for (k = 0; k < CALL_KINDS; k++)
		if (p->line[k].voice)
			voice_stop(p->line[k].voice);
}

void call_over(struct call *c)
{
	int64_t now_us = loop_now(c->conf.loop);

	if (c->over)
		return;
	c->over = true;
	fall_silent(&c->party[CALL_CALLER]);
	fall_silent(&c->party[CALL_CALLEE]);
	change_stop(&c->party[CALL_CALLER]);
	change_stop(&c->party[CALL_CALLEE]);
	timer_stop(&c->step[STEP_CANCEL]);
	timer_stop(&c->step[STEP_END]);
	trace_call(c->conf.trace, c->conf.index)->ended_us = now_us;
	if (c->h.ended)
		c->h.ended(c, c->arg);
}

static void hang_up(struct call *c, struct party *p)
{
	c->hung_up = true;
	if (c->captured)
		captured_stop(c->captured);
	if (p->session)
		sip_session_hangup(p->session, NULL);
	call_over(c);
}

void call_cancel(struct call *c)
{
	if (c->t0_us >= 0 && !c->answered && !c->over)
		hang_up(c, &c->party[CALL_CALLER]);
}

void call_bye(struct call *c, int party)
{
	struct party *callee = &c->party[CALL_CALLEE];

	/* a callee that was not called yet has nothing to end */
	if (c->t0_us < 0 || c->over ||
	    (!c->captured && party == CALL_CALLEE && !callee->session))
		return;
	if (party == CALL_BOTH && callee->session)
		sip_session_hangup(callee->session, NULL);
	hang_up(c, &c->party[party == CALL_CALLEE]);
}

void call_warn(const struct party *p, const char *what, const char *why)
{
	const struct call_conf *conf = &p->call->conf;

	trace_notef(conf->trace, conf->index, loop_now(conf->loop),
		    TRACE_WARNING, p->who->id, "%s: %s", what, why);
}

void call_break(struct party *p, const char *disorder)
{
	if (!p->call->disorder)
		p->call->disorder = disorder;
	call_bye(p->call, p->index);
}

static const char *disorder_of(const struct call *c)
{
	int i;

	for (i = 0; i < CALL_PARTIES && !c->disorder; i++)
		if (c->party[i].how == SIP_ENDED_LOST)
			return "a 2xx or a BYE of the call got lost";
	return c->disorder;
}

void call_party_gone(struct party *p, enum sip_ended how)
{
	struct call *c = p->call;
	struct party *other = &c->party[!p->index];
	struct trace_call *t = trace_call(c->conf.trace, c->conf.index);

	p->gone = true;
	p->how = how;
	call_over(c);
	/* alone in its dialog: the BYE went unheard */
	if (other->session && !other->gone && sip_session_is_up(other->session))
		sip_session_hangup(other->session, NULL);
	if (!t->disorder)
		t->disorder = disorder_of(c);
	if (other->gone || !other->session)
		t->in_order = !t->disorder;
}

/* ---- media ---- */

/* A load begins its calls at a round rate; without this all of them would
 * speak in the same millisecond of every twenty, as no real ones do. The
 * golden section spreads any number of them evenly. */
static int64_t phase_us(const struct call *c)
{
	return (int64_t)c->conf.index * 12361 % PACKET_US;
}

static const struct sdp_codec *events_of(const struct line *l)
{
	size_t i;

	for (i = 0; i < l->media.n_codecs; i++)
		if (span_case_is(span_of(l->media.codec[i].name), DTMF_CODEC))
			return &l->media.codec[i];
	return NULL;
}

static void speak(const struct party *p, const struct line *l)
{
	const struct sdp_codec *events = events_of(l);
	bool agreed = l->media.n_codecs > 0;

	voice_events(l->voice, events != NULL, events ? events->pt : 0);

	voice_mute(l->voice, !agreed || !sdp_dir_sends(l->media.dir));
	if (agreed)
		voice_start(l->voice, l->ports.rtp, &l->to,
			    l->media.codec[0].pt, phase_us(p->call));
}

void call_speak(struct party *p)
{
	size_t k;

	for (k = 0; k < CALL_KINDS && !p->call->over; k++)
		if (p->line[k].voice)
			speak(p, &p->line[k]);
}

void call_dtmf(struct call *c, int party, const char *keys)
{
	struct party *p = &c->party[party];
	const struct line *l = &p->line[CALL_AUDIO];

	if (c->over || voice_press(l->voice, keys))
		return;
	call_warn(p, "keys are not pressed",
		  !l->media.n_codecs ? "nothing is agreed yet"
		  : events_of(l)     ? "too many of them"
				     : "the other one takes no " DTMF_CODEC);
}

/* ---- what others may know ---- */

const struct call_media *call_media(const struct call *c, int party,
				    enum call_kind kind)
{
	return &c->party[party].line[kind].media;
}

bool call_changed_by_update(const struct call *c)
{
	return c->by_update;
}

const struct call_identity *call_identity(const struct call *c, int party)
{
	return &c->party[party].identity;
}

const char *call_id(const struct call *c)
{
	const struct sip_session *s = c->party[CALL_CALLER].session;

	if (c->captured)
		return captured_call_id(c->captured);
	return s ? sip_session_call_id(s) : "";
}

const char *call_dlg_id(const struct call *c)
{
	return c->dlg_id;
}

int64_t call_wall_us(const struct call *c)
{
	return c->captured ? captured_wall_us(c->captured)
			   : loop_wall_us(c->conf.loop);
}

bool call_is_answered(const struct call *c)
{
	return c->answered;
}

bool call_is_over(const struct call *c)
{
	return c->over;
}

bool call_busy(const struct call *c)
{
	if (c->captured)
		return captured_busy(c->captured);
	return sip_ua_busy(c->party[CALL_CALLER].ua) ||
	       sip_ua_busy(c->party[CALL_CALLEE].ua);
}
