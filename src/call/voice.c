#include "call/voice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "core/xalloc.h"
#include "media/codec.h"
#include "media/dtmf.h"
#include "media/rtp.h"
#include "media/source.h"
#include "media/video.h"

/* Packets before the keys of the conf: a second, for the recorder to come. */
enum { KEYS_AFTER = 50 };

struct voice {
	struct loop *loop;
	struct timer timer;
	struct sdp_codec codec; /* fmtp borrowed */
	const char *warning;	/* borrowed, or NULL */

	/* synthesized: the packet to come, as the source made it */
	const struct call_source *conf; /* borrowed; NULL: video */
	uint32_t seed;			/* of video */
	struct source *source;		/* owned; NULL: captured or live */
	struct rtp next;
	size_t fetched; /* packets that the source has given */
	uint32_t ssrc, first_ts;
	uint16_t first_seq;
	uint8_t pt;
	struct dtmf_pad pad;
	bool has_events;
	uint8_t event_pt;

	/* captured: borrowed from the cache */
	const struct capture_rtp *stream;
	size_t pos;

	bool live; /* somebody else speaks, this only knows the codec */
	bool started, stopped, muted;
	bool silent;	   /* the last packet was withheld */
	uint16_t withheld; /* packets so far */
	int64_t start_us;
	struct flow *flow;
	struct addr to;
};

/* ---- opening ---- */

static const struct codec *first_known(const char *const *name, size_t n)
{
	const struct codec *c = NULL;
	size_t i;

	for (i = 0; i < n && !c; i++)
		c = codec_find(name[i]);
	return c;
}

static struct source *open_sound(const struct codec *c, const char *path,
				 struct err *e)
{
	size_t n;
	const struct source_packet *packet = cache_sound(c, path, &n, e);

	return packet ? source_packets(packet, n) : NULL;
}

static struct source *open_source(const struct codec *c,
				  const struct call_source *s, struct err *e)
{
	if (s->kind == CALL_WAV)
		return open_sound(c, s->path, e);
	if (s->kind == CALL_TONE)
		return source_tone(c, s->hz);
	return source_silence(c);
}

static int open_synthesized(struct voice *v, const char *const *codec,
			    size_t n_codecs, struct err *e)
{
	const struct codec *c = first_known(codec, n_codecs);

	if (!c)
		return err_set(e, ERR_SCENARIO,
			       "none of the call's codecs can be encoded: "
			       "PCMU and PCMA can");
	v->source = open_source(c, v->conf, e);
	if (!v->source)
		return -1;
	sdp_static_codec(codec_pt(c), &v->codec);
	return 0;
}

static int open_captured(struct voice *v, const struct call_source *s,
			 struct err *e)
{
	const struct capture_rtp *r = cache_stream(s, &v->warning, e);

	if (!r)
		return -1;
	if (!r->codec[0])
		return err_set(e, ERR_INPUT,
			       "%s: stream 0x%08x has payload type %u, and "
			       "no SDP in the capture says what that is",
			       s->path, r->ssrc, r->pt);
	if (r->cut && !v->warning)
		v->warning = "some of its packets are cut";
	v->stream = r;
	v->codec.pt = r->pt;
	v->codec.rate = r->clock_rate;
	v->codec.channels = r->channels ? r->channels : 1;
	v->codec.fmtp = r->fmtp;
	snprintf(v->codec.name, sizeof(v->codec.name), "%s", r->codec);
	return 0;
}

static int open_video(struct voice *v, const char *const *codec,
		      size_t n_codecs, struct err *e)
{
	size_t i;

	for (i = 0; i < n_codecs && !v->source; i++)
		if (sdp_codec_by_name(span_of(codec[i]), &v->codec))
			v->source = source_video(codec[i], v->seed);
	if (v->source)
		return 0;
	return err_set(e, ERR_SCENARIO,
		       "none of the call's video codecs can be made up: VP8 "
		       "and H264 can");
}

static void on_due(void *arg);

static struct voice *make(struct loop *loop, struct rng *rng)
{
	struct voice *v = xcalloc(1, sizeof(*v));

	v->loop = loop;
	timer_init(&v->timer, loop, on_due, v);
	v->ssrc = rng_u32(rng);
	v->first_ts = rng_u32(rng);
	v->first_seq = (uint16_t)rng_u32(rng);
	return v;
}

struct voice *voice_video(struct loop *loop, struct rng *rng,
			  const char *const *codec, size_t n_codecs,
			  struct err *e)
{
	struct voice *v = make(loop, rng);

	v->seed = rng_u32(rng);
	if (open_video(v, codec, n_codecs, e) < 0) {
		voice_free(v);
		return NULL;
	}
	return v;
}

static bool is_sound(const struct sdp_codec *c)
{
	struct span name = span_of(c->name);

	return !span_case_is(name, "telephone-event") &&
	       !span_case_is(name, "CN");
}

/* What it really speaks is not known before it is heard. */
static int open_live(struct voice *v, const char *const *codec, size_t n_codecs,
		     struct err *e)
{
	size_t i;

	v->live = true;
	for (i = 0; i < n_codecs; i++)
		if (sdp_codec_by_name(span_of(codec[i]), &v->codec) &&
		    is_sound(&v->codec))
			return 0;
	return err_set(e, ERR_SCENARIO, "the call has no codec of sound");
}

static int open_of_kind(struct voice *v, const char *const *codec,
			size_t n_codecs, struct err *e)
{
	if (v->conf->kind == CALL_PCAP)
		return open_captured(v, v->conf, e);
	if (v->conf->kind == CALL_UDP)
		return open_live(v, codec, n_codecs, e);
	return open_synthesized(v, codec, n_codecs, e);
}

struct voice *voice_new(struct loop *loop, struct rng *rng,
			const struct call_source *s, const char *const *codec,
			size_t n_codecs, struct err *e)
{
	struct voice *v = make(loop, rng);

	v->conf = s;
	if (open_of_kind(v, codec, n_codecs, e) < 0) {
		voice_free(v);
		return NULL;
	}
	return v;
}

void voice_free(struct voice *v)
{
	if (!v)
		return;
	timer_stop(&v->timer);
	source_free(v->source);
	free(v);
}

const struct sdp_codec *voice_codec(const struct voice *v)
{
	return &v->codec;
}

static bool is_video(const struct voice *v)
{
	return v->source && !v->conf;
}

bool voice_can(const struct voice *v, const char *codec)
{
	struct sdp_codec c;

	if (v->live)
		return sdp_codec_by_name(span_of(codec), &c) && is_sound(&c);
	if (voice_is_captured(v))
		return false;
	return is_video(v) ? video_knows(codec) : codec_find(codec) != NULL;
}

bool voice_is_captured(const struct voice *v)
{
	return v->stream != NULL;
}

const char *voice_warning(const struct voice *v)
{
	return v->warning;
}

/* ---- speaking ---- */

/* Makes the next packet the one to come; false when nothing is left. */
static bool fetch(struct voice *v, int64_t *at_us)
{
	if (v->source) {
		v->fetched++;
		return source_next(v->source, at_us, &v->next);
	}
	if (v->live || v->pos == v->stream->n)
		return false;
	*at_us = v->stream->packet[v->pos++].at_us;
	return true;
}

/* Of sound, and of video, where a marker ends a frame. */
static void set_kind(struct voice *v, struct rtp *r)
{
	if (v->has_events && dtmf_pad_next(&v->pad, r)) {
		r->pt = v->event_pt;
		return;
	}
	r->pt = v->pt;
	r->marker = r->marker || (v->silent && v->conf);
}

static void send_synthesized(struct voice *v)
{
	uint8_t bytes[RTP_MAX];
	struct rtp r = v->next;

	set_kind(v, &r);
	r.seq = (uint16_t)(r.seq + v->first_seq - v->withheld);
	r.ts += v->first_ts;
	r.ssrc = v->ssrc;
	v->silent = false;
	flow_send(v->flow, &v->to, bytes, rtp_write(&r, bytes));
}

static void send_packet(struct voice *v)
{
	struct span s;

	if (v->source && v->fetched == KEYS_AFTER && v->conf && v->conf->keys)
		dtmf_press(&v->pad, v->conf->keys);
	if (v->muted) {
		dtmf_pad_rest(&v->pad);
		v->silent = true;
		v->withheld++;
		return;
	}
	if (v->source) {
		send_synthesized(v);
		return;
	}
	s = v->stream->packet[v->pos - 1].data;
	flow_send(v->flow, &v->to, s.p, s.n);
}

/* A turn of the real clock may come late: all that is due goes at once. */
static void on_due(void *arg)
{
	struct voice *v = arg;
	int64_t at_us;

	do {
		send_packet(v);
		if (!fetch(v, &at_us))
			return;
	} while (v->start_us + at_us <= loop_now(v->loop));
	timer_at(&v->timer, v->start_us + at_us);
}

void voice_start(struct voice *v, struct flow *flow, const struct addr *to,
		 uint8_t pt, int64_t delay_us)
{
	int64_t at_us;

	v->flow = flow;
	v->to = *to;
	v->pt = pt;
	if (v->started || v->stopped)
		return;
	v->started = true;
	v->start_us = loop_now(v->loop) + delay_us;
	if (fetch(v, &at_us))
		timer_at(&v->timer, v->start_us + at_us);
}

void voice_events(struct voice *v, bool agreed, uint8_t pt)
{
	v->has_events = agreed;
	v->event_pt = pt;
}

bool voice_press(struct voice *v, const char *keys)
{
	return v->source && v->has_events &&
	       dtmf_press(&v->pad, keys) == strlen(keys);
}

void voice_mute(struct voice *v, bool muted)
{
	v->muted = muted;
}

static struct source *open_other(const struct voice *v, const char *codec,
				 struct err *e)
{
	return is_video(v) ? source_video(codec, v->seed)
			   : open_source(codec_find(codec), v->conf, e);
}

/* All our codecs pack 20 ms of 8000 Hz, or the same frames: the packets of one
 * stand where those of another do. */
static int respeak(struct voice *v, const struct sdp_codec *codec,
		   struct err *e)
{
	struct source *source;
	int64_t at_us;
	size_t i;

	source = open_other(v, codec->name, e);
	if (!source)
		return -1;
	for (i = 0; i < v->fetched; i++)
		source_next(source, &at_us, &v->next);
	source_free(v->source);
	v->source = source;
	return 0;
}

int voice_recode(struct voice *v, const struct sdp_codec *codec, struct err *e)
{
	if (!voice_can(v, codec->name))
		return err_set(e, ERR_INPUT, "it cannot speak %s", codec->name);
	if (!v->live && respeak(v, codec, e) < 0)
		return -1;
	sdp_codec_by_name(span_of(codec->name), &v->codec);
	return 0;
}

void voice_stop(struct voice *v)
{
	v->stopped = true;
	timer_stop(&v->timer);
}
