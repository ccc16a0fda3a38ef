#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/codec.h"
#include "media/srtp.h"
#include "recorder/rec.h"

/* Samples of one packet: what an Ethernet frame holds of G.711. */
enum { SAMPLES_MAX = 1500, CNAME_MAX = 128, REPORT = 512 };

/* ---- the sound ---- */

static bool is_audio(const struct rec_stream *st)
{
	return span_case_is(span_of(st->type), "audio");
}

/* "caller", else what the SRC calls the line. */
static void stem_of(const struct rec_stream *st, char *out, size_t size)
{
	char *text;

	if (st->party)
		text = xstrdup(st->party);
	else if (st->label[0])
		text = xasprintf("label-%s", st->label);
	else
		text = xasprintf("line-%zu", st->number);
	rec_name_clean(span_of(text), out, size);
	free(text);
}

static void open_track(struct rec_stream *st, uint32_t rate)
{
	struct rec_session *s = st->session;
	struct recorder *r = s->recorder;
	struct err e = ERR_INIT;
	char who[96];
	char *stem;

	if (!r->conf.dir || st->no_track)
		return;
	stem_of(st, who, sizeof(who));
	stem = xasprintf("%s-%s", r->conf.name, who);
	free(st->path);
	st->path = rec_names_take(&r->names, r->conf.dir, stem, "wav",
				  r->conf.keep);
	free(stem);
	st->track = rec_track_open(st->path, rate, &e);
	if (!st->track) {
		st->no_track = true;
		rec_warn(s, "no sound is written: %s", e.text);
		return;
	}
	trace_add_file(r->conf.trace, TRACE_FILE_AUDIO, rec_call(s),
		       r->conf.name, st->party ? st->party : st->label,
		       st->path);
}

static void take_sound(struct rec_stream *st, const struct rtp *p,
		       int64_t now_us)
{
	const struct codec *c = is_audio(st)
					? rec_codecs_decoder(&st->codecs, p->pt)
					: NULL;
	size_t n = p->payload.n < SAMPLES_MAX ? p->payload.n : SAMPLES_MAX;
	int16_t pcm[SAMPLES_MAX];

	if (!c || n == 0)
		return;
	if (!st->track)
		open_track(st, codec_rate(c));
	if (!st->track)
		return;
	codec_decode(c, (const uint8_t *)p->payload.p, n, pcm);
	rec_track_put(st->track, p->ssrc, p->ts, now_us, pcm, n);
}

/* ---- what arrives ---- */

static int64_t now_of(const struct rec_stream *st)
{
	return loop_now(st->session->recorder->conf.loop);
}

static void plan_report(struct rec_stream *st, bool first)
{
	struct rng *rng = st->session->recorder->conf.rng;

	timer_after(&st->report, rtcp_interval_us(first, rng_unit(rng)));
}

static void tell_media(struct rec_stream *st)
{
	struct rec_session *s = st->session;
	struct recorder_event ev = {.kind = "media",
				    .call_id = s->call_id,
				    .text = is_audio(st)
						    ? "first packet"
						    : "first packet; it is "
						      "counted, and no file "
						      "is written",
				    .label = st->label,
				    .party = st->party,
				    .media = st->type,
				    .path = st->path};

	st->told = true;
	rec_event(s->recorder, ev);
}

static void take_rtcp(struct rec_stream *st, const void *p, size_t n)
{
	struct trace_rtp *t = trace_rtp_find(st->session->recorder->conf.trace,
					     &st->from, flow_addr(st->rtp),
					     st->in.ssrc);
	struct rtcp_seen seen = {.cname = ""};
	struct trace_rtcp facts = {.bad = !rtcp_parse(p, n, &seen)};

	facts.cname = !facts.bad && seen.cname[0];
	if (t)
		trace_rtp_sender_rtcp(t, &facts);
	if (!facts.bad && seen.sr)
		reception_sr(&st->in, &seen.sender, now_of(st));
}

static void tell_key(struct rec_stream *st, struct dtmf_key key)
{
	const struct recorder *r = st->session->recorder;
	struct trace_rtp *t = trace_rtp_find(r->conf.trace, &st->from,
					     flow_addr(st->rtp), st->in.ssrc);
	uint32_t rate = st->event_rate ? st->event_rate : 8000;
	const char one[] = {key.key, '\0'};
	struct recorder_event ev = {.kind = "dtmf",
				    .call_id = st->session->call_id,
				    .text = "a key was pressed",
				    .label = st->label,
				    .party = st->party,
				    .media = st->type,
				    .key = one,
				    .duration_ms = key.duration * 1000u / rate};

	if (t)
		trace_rtp_key(t, key.key);
	rec_event(st->session->recorder, ev);
}

/* True when the packet is an event, and no sound. */
static bool take_event(struct rec_stream *st, const struct rtp *p)
{
	const struct sdp_codec *c = rec_codecs_event(&st->codecs, p->pt);
	struct dtmf_key key;

	if (!c)
		return false;
	st->event_rate = c->rate;
	reception_event(&st->in, p);
	if (dtmf_hear(&st->ear, p, &key))
		tell_key(st, key);
	return true;
}

/* Of either port: what is RTCP shows by itself (RFC 5761 section 4). */
static void on_packet(const struct addr *from, const void *bytes, size_t n,
		      void *arg)
{
	struct rec_stream *st = arg;
	int64_t now_us = now_of(st);
	uint8_t p[SEAL_PACKET];
	struct rtp rtp;

	if (!rec_secure_open(st, from, bytes, &n, p))
		return;
	if (rtcp_is(p, n)) {
		take_rtcp(st, p, n);
		return;
	}
	if (!rtp_parse(p, n, &rtp))
		return;
	st->from = *from;
	if (!take_event(st, &rtp)) {
		reception_packet(&st->in, &rtp, now_us);
		take_sound(st, &rtp, now_us);
	}
	if (!timer_running(&st->report))
		plan_report(st, true);
	if (!st->told)
		tell_media(st);
}

/* RFC 3550 section 6.4.2. A stream that rests is not reported on. */
static void on_report(void *arg)
{
	struct rec_stream *st = arg;
	struct flow *f = st->mux ? st->rtp : st->rtcp;
	const struct recorder *r = st->session->recorder;
	uint8_t out[REPORT + SEAL_ROOM];
	char cname[CNAME_MAX];
	struct rtcp_block block;
	struct buf b;
	size_t n;

	plan_report(st, false);
	if (!f || st->in.received == st->reported ||
	    !addr_is_set(&st->peer_rtcp) || !st->peer_rtcp.port)
		return;
	st->reported = st->in.received;
	reception_block(&st->in, now_of(st), &block);
	rec_name_clean(span_of(r->conf.name), cname, sizeof(cname));
	buf_init(&b, REPORT);
	rtcp_write_rr(&b, st->own_ssrc, &block, cname);
	memcpy(out, b.p, b.n);
	n = b.n;
	buf_fini(&b);
	if (rec_secure_close(st, out, &n))
		flow_send(f, &st->peer_rtcp, out, n);
}

/* ---- the m-line ---- */

static void close_pair(struct flow **rtp, struct flow **rtcp)
{
	flow_close(*rtp);
	flow_close(*rtcp);
	*rtp = *rtcp = NULL;
}

static void close_flows(struct rec_stream *st)
{
	struct dtmf_key key;

	if (st->rtp && dtmf_hear_end(&st->ear, &key))
		tell_key(st, key);
	close_pair(&st->rtp, &st->rtcp);
	close_pair(&st->next_rtp, &st->next_rtcp);
	rec_secure_fini(st);
	timer_stop(&st->report);
}

void rec_stream_drain(struct rec_stream *st)
{
	flow_drain(st->rtp);
}

static int open_flows(struct rec_stream *st, struct flow **rtp,
		      struct flow **rtcp, struct err *e)
{
	struct rec_session *s = st->session;
	struct wire *w = s->recorder->conf.wire;
	struct flow_conf conf = {.name = s->recorder->conf.name,
				 .local = &s->local,
				 .recv = on_packet,
				 .arg = st};

	if (s->recorder->conf.rtcp_named)
		return flow_open_apart(w, &conf, rtp, rtcp, e);
	return flow_open_pair(w, &conf, rtp, rtcp, e);
}

static bool is_refused(const struct rec_stream *st)
{
	return st->session->recorder->conf.no_video &&
	       span_case_is(span_of(st->type), "video");
}

int rec_stream_follow(struct rec_stream *st, const struct sdp_media *m,
		      struct err *e)
{
	const struct recorder_conf *conf = &st->session->recorder->conf;

	memcpy(st->type, m->type, sizeof(st->type));
	memcpy(st->proto, m->proto, sizeof(st->proto));
	memcpy(st->label, m->label, sizeof(st->label));
	rec_codecs_take(&st->codecs, conf, m);
	if (st->codecs.n)
		st->in.rate = st->codecs.codec[0].rate;
	st->mux = m->rtcp_mux && !conf->rtcp_next && !conf->rtcp_named;
	st->peer_rtcp = st->mux ? m->conn : m->rtcp;
	/* RFC 3264 section 6.1; we never send */
	st->dir = m->dir == SDP_SENDONLY || m->dir == SDP_SENDRECV
			  ? SDP_RECVONLY
			  : SDP_INACTIVE;
	if (st->session->hold)
		st->dir = SDP_INACTIVE;
	if ((m->port && m->n_codecs && !st->codecs.n) || is_refused(st) ||
	    (m->port && !rec_secure_follow(st, m)))
		close_flows(st); /* RFC 3264 section 6: no format of it */
	else if (m->port && !st->rtp && !st->gone)
		return open_flows(st, &st->rtp, &st->rtcp, e);
	if (m->port == 0)
		close_flows(st);
	return 0;
}

int rec_stream_move(struct rec_stream *st, struct err *e)
{
	close_pair(&st->next_rtp, &st->next_rtcp);
	if (!st->rtp)
		return 0;
	rec_secure_moves(st);
	return open_flows(st, &st->next_rtp, &st->next_rtcp, e);
}

void rec_stream_moved(struct rec_stream *st, bool accepted)
{
	if (accepted && st->next_rtp) {
		close_pair(&st->rtp, &st->rtcp);
		st->rtp = st->next_rtp;
		st->rtcp = st->next_rtcp;
		st->next_rtp = st->next_rtcp = NULL;
	}
	close_pair(&st->next_rtp, &st->next_rtcp);
}

/* One who is only called something else has the same id. */
void rec_stream_spoken_by(struct rec_stream *st, char *party, const char *id)
{
	bool other = st->party && strcmp(st->sender, id) != 0 &&
		     strcmp(st->party, party) != 0;

	if (st->party && !other) {
		free(party);
		return;
	}
	free(st->party);
	st->party = party;
	snprintf(st->sender, sizeof(st->sender), "%s", id);
	if (!other)
		return;
	rec_track_close(st->track);
	st->track = NULL;
	st->no_track = st->told = false;
}

void rec_stream_remove(struct rec_stream *st)
{
	st->gone = true;
	close_flows(st);
}

struct rec_stream *rec_stream_new(struct rec_session *s, size_t number)
{
	struct rec_stream *st = xcalloc(1, sizeof(*st));

	st->session = s;
	st->number = number;
	st->own_ssrc = rng_u32(s->recorder->conf.rng);
	timer_init(&st->report, s->recorder->conf.loop, on_report, st);
	return st;
}

static void tell_ended(const struct rec_stream *st)
{
	struct rec_session *s = st->session;
	struct recorder_event ev = {.kind = "ended",
				    .call_id = s->call_id,
				    .text = st->in.received ? "stream ended"
							    : "no packet came",
				    .label = st->label,
				    .party = st->party,
				    .media = st->type,
				    .path = st->path,
				    .packets = st->in.received,
				    .lost = reception_lost(&st->in)};

	rec_event(s->recorder, ev);
}

void rec_stream_free(struct rec_stream *st)
{
	if (!st)
		return;
	close_flows(st);
	rec_track_close(st->track);
	if (st->session->answered)
		tell_ended(st);
	rec_codecs_fini(&st->codecs);
	free(st->party);
	free(st->path);
	free(st);
}
