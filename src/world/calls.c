#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "world/priv.h"

/* ---- the call tells, the recording acts ---- */

/* Who they are by now. */
static void tell_parties(struct world_call *c)
{
	int p;

	for (p = 0; p < CALL_PARTIES; p++) {
		const struct call_identity *who = call_identity(c->call, p);
		struct recording_party now = {
			.id = who->id, .uri = who->uri, .name = who->name};
		char *aor = span_dup(sip_uri_aor(span_of(who->uri)));

		now.aor = aor;
		recording_party(c->recording, p, &now,
				who->person != c->person[p]);
		c->person[p] = who->person;
		free(aor);
	}
}

static enum recording_kind kind_of(enum call_kind k)
{
	static const enum recording_kind kinds[CALL_LINES] = {
		[CALL_AUDIO] = RECORDING_AUDIO,
		[CALL_VIDEO] = RECORDING_VIDEO,
		[CALL_AUDIO2] = RECORDING_AUDIO2};

	return kinds[k];
}

static void fill_stream(const struct world_call *c, int party,
			enum call_kind kind, struct recording_media *out)
{
	const struct call_media *m = call_media(c->call, party, kind);
	/* nobody who takes over plays one */
	bool captured = kind == CALL_AUDIO &&
			c->w->s->media[party].source == SCN_SOURCE_PCAP &&
			call_identity(c->call, party)->person == 0;

	out->party = party;
	out->kind = kind_of(kind);
	out->codec = m->codec;
	/* a capture is passed on as it is: whatever else the call agreed on,
	 * nothing but its own codec can come of it */
	out->n_codecs = captured ? 1 : m->n_codecs;
	out->ptime = m->ptime;
	out->dir = m->dir;
}

/* A forked callee knows what its second phone will say before the caller does.
 */
static bool is_known(const struct world_call *c, enum call_kind kind)
{
	return call_media(c->call, CALL_CALLER, kind)->n_codecs &&
	       call_media(c->call, CALL_CALLEE, kind)->n_codecs;
}

/* The audio of both first, then the video, then further audio. */
static size_t fill_media(const struct world_call *c,
			 struct recording_media media[RECORDING_STREAMS])
{
	size_t n = 0;
	int k, p;

	for (k = 0; k < CALL_LINES; k++) {
		for (p = 0; p < RECORDING_PARTIES; p++) {
			enum call_kind kind = (enum call_kind)k;

			if (is_known(c, kind))
				fill_stream(c, p, kind, &media[n++]);
		}
	}
	return n;
}

static void on_sdp_known(struct call *call, void *arg)
{
	struct world_call *c = arg;
	struct recording_media media[RECORDING_STREAMS];
	const struct trace_call *tc = trace_call(c->w->trace, c->index);
	int64_t began_us = loop_wall_us(c->w->loop) - loop_now(c->w->loop) +
			   tc->t0_us;

	(void)call;
	tell_parties(c);
	recording_media_known(c->recording, media, fill_media(c, media),
			      began_us);
}

static void on_changed(struct call *call, void *arg)
{
	struct world_call *c = arg;
	struct recording_media media[RECORDING_STREAMS];

	tell_parties(c);
	recording_media_changed(c->recording, media, fill_media(c, media),
				call_changed_by_update(call));
}

static void on_answered(struct call *call, void *arg)
{
	struct world_call *c = arg;

	(void)call;
	recording_answered(c->recording);
}

static void on_rtp(struct call *call, int party, enum call_kind kind,
		   const void *p, size_t n, void *arg)
{
	struct world_call *c = arg;

	(void)call;
	recording_rtp(c->recording, party, kind_of(kind), p, n);
}

static bool is_settled(struct call *call, void *arg)
{
	const struct world_call *c = arg;

	(void)call;
	return !c->recording || recording_is_settled(c->recording);
}

static void on_ended(struct call *call, void *arg)
{
	struct world_call *c = arg;

	(void)call;
	recording_call_ended(c->recording);
}

static void on_live(int party, const char *text, void *arg)
{
	const struct world_call *c = arg;
	const struct world_hooks *hooks = &c->w->conf->hooks;

	if (hooks->live)
		hooks->live(c->w->s->call.party[party].id, text, hooks->arg);
}

static const struct call_handlers handlers = {
	.sdp_known = on_sdp_known,
	.answered = on_answered,
	.changed = on_changed,
	.rtp = on_rtp,
	.settled = is_settled,
	.ended = on_ended,
	.live = on_live,
};

static void on_event(const struct trace_event *ev, void *arg)
{
	struct world_call *c = arg;
	const struct world_hooks *hooks = &c->w->conf->hooks;

	if (hooks->event)
		hooks->event(c->w->trace, ev, hooks->arg);
	timeline_event(c->timeline, ev->kind);
}

/* ---- making one ---- */

static void fill_source(struct call_source *out, const struct scn_media *m)
{
	static const enum call_source_kind kind[] = {
		[SCN_SOURCE_TONE] = CALL_TONE,
		[SCN_SOURCE_WAV] = CALL_WAV,
		[SCN_SOURCE_PCAP] = CALL_PCAP,
		[SCN_SOURCE_SILENCE] = CALL_SILENCE,
		[SCN_SOURCE_UDP] = CALL_UDP,
	};

	out->kind = kind[m->source];
	out->hz = m->hz;
	out->path = m->path;
	out->has_ssrc = m->has_ssrc;
	out->ssrc = m->ssrc;
	out->stream = m->stream;
	out->way.loss = m->loss;
	out->way.reorder = m->reorder;
	out->way.duplicate = m->duplicate;
	out->way.jitter_us = m->jitter_us;
	out->keys = m->dtmf;
	if (m->udp)
		build_addr(m->udp, &out->udp);
	if (m->peer)
		build_addr(m->peer, &out->peer);
}

static void fill_parties(struct world_call *c)
{
	const struct scenario *s = c->w->s;
	size_t p;

	c->party = xcalloc(s->call.n_parties, sizeof(*c->party));
	for (p = 0; p < s->call.n_parties; p++) {
		c->party[p].id = s->call.party[p].id;
		c->party[p].aor = s->call.party[p].aor;
		c->party[p].name = s->call.party[p].name;
		fill_source(&c->party[p].source, &s->media[p]);
	}
	for (p = 0; s->call.capture.n && p < CALL_PARTIES; p++) {
		const struct scn_party *who =
			&s->call.capture.one[c->index].party[p];

		c->party[p].aor = who->aor;
		c->party[p].name = who->name;
		c->aor[p] = span_dup(sip_uri_aor(span_of(who->aor)));
	}
}

void world_capture(const struct scn_capture *c, struct call_seat *seat,
		   struct call_capture *out)
{
	static const enum call_rewrite rewrite[] = {
		[SCN_REWRITE_NONE] = CALL_REWRITE_NONE,
		[SCN_REWRITE_SSRC] = CALL_REWRITE_SSRC,
		[SCN_REWRITE_TIME] = CALL_REWRITE_TIME,
	};
	size_t i;

	for (i = 0; i < c->n_seats; i++) {
		addr_parse(span_of(c->seat[i].at), &seat[i].at);
		seat[i].party = c->seat[i].party == SCN_CALLEE ? CALL_CALLEE
							       : CALL_CALLER;
	}
	out->path = c->path;
	out->call_id = c->call_id;
	out->number = (size_t)c->index;
	out->pair = (size_t)c->pair;
	out->legs = c->legs;
	out->speed = c->speed;
	out->start_us = c->start_at_us;
	out->rewrite = rewrite[c->rewrite];
	out->seat = seat;
	out->n_seats = c->n_seats;
}

static const struct call_capture *fill_capture(struct world_call *c)
{
	const struct scn_capture *sc = &c->w->s->call.capture;

	if (!sc->wanted)
		return NULL;
	c->seat = xcalloc(sc->n_seats + 1, sizeof(*c->seat));
	world_capture(sc, c->seat, &c->capture);
	if (sc->n) {
		c->capture.number = (size_t)sc->one[c->index].index;
		c->capture.pair = (size_t)sc->one[c->index].pair;
	}
	return &c->capture;
}

static struct call *make_call(struct world_call *c, struct err *e)
{
	struct world *w = c->w;
	const struct scn_call *sc = &w->s->call;
	struct call_conf conf = {
		.loop = w->loop,
		.wire = w->wire,
		.trace = w->trace,
		.ids = w->ids,
		.rng = &w->call_rng,
		.index = c->index,
		.ring_us = build_or_never(sc->ring_us),
		.early_media_us = build_or_never(sc->early_media_us),
		.forked_us = build_or_never(sc->forked_us),
		.answer_us = sc->answer_us,
		.cancel_us = build_or_never(sc->cancel_us),
		.end_us = sc->end_us,
		.reject = sc->reject,
		.ended_by_callee = sc->ended_by_callee,
		.late_offer = sc->late_offer,
		.bare_answer = sc->bare_answer,
		.reliable = sc->reliable,
		.codec = (const char *const *)sc->codecs.at,
		.n_codecs = sc->codecs.n,
		.video = (const char *const *)sc->video.at,
		.n_video = sc->video.n,
		.refuse_video = sc->video_refused,
		.header = (const char *const *)sc->headers.at,
		.n_headers = sc->headers.n};
	int p;

	conf.connected = sc->connected.aor;
	conf.connected_name = sc->connected.name;
	conf.capture = fill_capture(c);
	fill_parties(c);
	for (p = 0; p < CALL_PARTIES; p++)
		conf.party[p] = c->party[p];
	return call_new(&conf, &handlers, c, e);
}

static int64_t on_wall(void *arg)
{
	const struct world_call *c = arg;

	return call_wall_us(c->call);
}

static struct recording *make_recording(struct world_call *c, struct err *e)
{
	struct world *w = c->w;
	struct recording_conf conf = {.ua = w->src,
				      .health = w->health,
				      .wire = w->wire,
				      .loop = w->loop,
				      .trace = w->trace,
				      .ids = w->ids,
				      .rng = &w->rng,
				      .dns = w->dns,
				      .call = c->index,
				      .instance = w->set,
				      .n_instances = w->s->n_instances,
				      .event = on_event,
				      .arg = c};
	int p;

	for (p = 0; p < RECORDING_PARTIES; p++) {
		conf.party[p].id = c->party[p].id;
		conf.party[p].uri = c->party[p].aor;
		conf.party[p].aor = c->aor[p] ? c->aor[p] : w->aor[p];
		conf.party[p].name = c->party[p].name;
	}
	if (w->s->call.capture.wanted)
		conf.wall_us = on_wall;
	conf.call_id = call_id(c->call);
	conf.dlg_id = call_dlg_id(c->call);
	return recording_new(&conf, e);
}

static void free_names(struct world_call *c)
{
	free(c->aor[CALL_CALLER]);
	free(c->aor[CALL_CALLEE]);
	free(c->party);
	free(c->seat);
}

struct world_call *world_call_new(struct world *w, int index, struct err *e)
{
	struct world_call *c = xcalloc(1, sizeof(*c));

	c->w = w;
	c->index = index;
	if (scenario_is_live(w->s) && w->conf->clock != SCN_CLOCK_REAL)
		err_set(e, ERR_SCENARIO,
			"a party is live: that needs the real clock");
	else
		c->call = make_call(c, e);
	if (!c->call) {
		free_names(c);
		free(c);
		return NULL;
	}
	c->timeline = timeline_new(c);
	call_start(c->call);
	c->recording = make_recording(c, e);
	list_append(&w->calls, &c->le);
	if (!c->recording) {
		world_call_free(c);
		return NULL;
	}
	timeline_start(c->timeline);
	return c;
}

static void record_end(struct world_call *c)
{
	struct trace_call *tc = trace_call(c->w->trace, c->index);
	const char *why = c->recording ? recording_disorder(c->recording)
				       : NULL;

	if (why) {
		tc->in_order = false;
		tc->disorder = trace_keep(c->w->trace, why);
	}
}

void world_call_free(struct world_call *c)
{
	record_end(c);
	list_unlink(&c->le);
	recording_free(c->recording); /* its steps learn how they went */
	timeline_free(c->timeline);
	call_free(c->call);
	free_names(c);
	free(c);
}

bool world_call_over(const struct world_call *c)
{
	return call_is_over(c->call) && !call_busy(c->call) &&
	       !recording_busy(c->recording) && !timeline_pending(c->timeline);
}
