/* What a party says of its media, and what comes of it. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "call/call_int.h"
#include "call/offer.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "sip/view.h"

static enum sdp_dir dir_of(const struct stance *s)
{
	return sdp_dir_of(!s->muted, !s->holds);
}

/* ---- writing ---- */

/* Owned text; NULL when `offer` is there and cannot be answered. */
static char *compose(const struct offer_desc *d, const struct span *offer,
		     struct err *e)
{
	struct buf b;
	int rc = 0;

	buf_init(&b, SDP_MAX);
	if (offer)
		rc = offer_answer(&b, d, *offer, e);
	else
		offer_write(&b, d);
	if (rc == 0)
		return buf_steal(&b);
	buf_fini(&b);
	return NULL;
}

/* RFC 3264 section 8: what differs from the description before has the version
 * of that plus one. */
static char *describe(struct party *p, struct offer_desc *d,
		      const struct span *offer, struct err *e)
{
	char *text;

	if (!p->said) {
		p->sess_id = rng_u32(p->call->conf.rng);
		p->version = 1;
	}
	d->sess_id = p->sess_id;
	d->version = p->version;
	text = compose(d, offer, e);
	if (!text || !p->said || strcmp(text, p->said) == 0)
		return text;
	free(text);
	d->version++;
	return compose(d, offer, e);
}

/* It goes out: the next one counts from here. */
static void say(struct party *p, const char *text)
{
	if (p->said && strcmp(text, p->said) != 0)
		p->version++;
	free(p->said);
	p->said = xstrdup(text);
}

/* Where it listens, or NULL. With a relay between two phones each is told the
 * relay's port on its own side, so that is where the other one listens. */
static const struct addr *
listens(const struct party *p, const struct ports *moved, enum call_kind kind)
{
	const struct party *other = &p->call->party[!p->index];
	bool relayed = kind == CALL_AUDIO && p->live && other->live;
	const struct ports *ports = &(relayed ? other : p)->line[kind].ports;

	if (moved && moved[kind].rtp)
		ports = &moved[kind];
	return ports->rtp ? flow_addr(ports->rtp) : NULL;
}

static void set_line(struct offer_line *l, const struct addr *rtp,
		     const struct sdp_codec *codec, size_t n_codecs)
{
	l->rtp = rtp;
	l->codec = codec;
	l->n_codecs = n_codecs;
}

char *party_first_offer(struct party *p, const struct sdp_codec *codec,
			size_t n_codecs)
{
	const struct call_conf *conf = &p->call->conf;
	struct offer_desc d = {.n_lines = 1, .dir = dir_of(&p->stance)};
	struct sdp_codec video[SDP_CODECS];
	size_t n = offer_named(video, conf->video, conf->n_video);
	char *text;

	set_line(&d.line[CALL_AUDIO], listens(p, NULL, CALL_AUDIO), codec,
		 n_codecs);
	if (n) {
		set_line(&d.line[CALL_VIDEO], listens(p, NULL, CALL_VIDEO),
			 video, n);
		d.n_lines = CALL_KINDS;
	}
	text = describe(p, &d, NULL, NULL);
	say(p, text);
	return text;
}

/* The codecs named, or, without any, those it has. */
static void offer_audio(const struct sdp *own, const struct call_change *what,
			struct offer_line *l,
			struct sdp_codec named[SDP_CODECS])
{
	size_t n = offer_named(named, what->codec, what->n_codecs);

	l->codec = n ? named : own->media[CALL_AUDIO].codec;
	l->n_codecs = n ? n : own->media[CALL_AUDIO].n_codecs;
}

/* RFC 3264 section 8.2: removed is a line with port 0, and it stays. One that
 * was refused is not offered once more by the way. False: there is no line. */
static bool offer_video(const struct party *p, const struct sdp *own,
			const struct call_change *what, struct offer_line *l,
			struct sdp_codec named[SDP_CODECS])
{
	bool had = own->n_media > CALL_VIDEO;
	size_t n = offer_named(named, what->video, what->n_video);

	l->codec = named;
	l->n_codecs = n;
	if (n)
		return true;
	if (what->no_video || !p->line[CALL_VIDEO].media.n_codecs || !had) {
		l->rtp = NULL;
		return had;
	}
	l->codec = own->media[CALL_VIDEO].codec;
	l->n_codecs = own->media[CALL_VIDEO].n_codecs;
	return true;
}

char *party_offer(struct party *p, const struct stance *stance,
		  const struct ports *moved, const struct call_change *what)
{
	static const struct call_change as_it_is = {.kind = CALL_REINVITE};
	struct sdp *own = sdp_parse(span_of(p->sdp), NULL);
	struct sdp_codec audio[SDP_CODECS], video[SDP_CODECS];
	struct offer_desc d = {.dir = dir_of(stance)};
	char *text;
	size_t k;

	assert(own && own->n_media > 0); /* it is of our making */
	for (k = 0; k < CALL_KINDS; k++)
		d.line[k].rtp = listens(p, moved, (enum call_kind)k);
	if (!what)
		what = &as_it_is;
	offer_audio(own, what, &d.line[CALL_AUDIO], audio);
	d.n_lines = offer_video(p, own, what, &d.line[CALL_VIDEO], video) ? 2
									  : 1;
	text = describe(p, &d, NULL, NULL);
	say(p, text);
	sdp_free(own);
	return text;
}

/* ---- what comes of it ---- */

static bool speaks(const struct voice *v, const struct sdp_codec *c)
{
	return span_case_eq(span_of(voice_codec(v)->name), span_of(c->name));
}

/* What is agreed for one kind, and not yet in force. */
struct agreed {
	struct call_media media;
	struct addr to;
};

static int agree(const struct party *p, enum call_kind kind,
		 const struct sdp *mine, const struct sdp *peer, bool as_listed,
		 struct agreed *a, struct err *e)
{
	struct voice *v = p->line[kind].voice;

	memset(a, 0, sizeof(*a));
	if (!v) /* it never had that kind */
		return 0;
	if (offer_agree(&a->media, &a->to, kind, mine, peer, v, as_listed, e) <
	    0)
		return -1;
	if (speaks(v, &a->media.codec[0]) ||
	    voice_recode(v, &a->media.codec[0], e) == 0)
		return 0;
	offer_media_fini(&a->media);
	return -1;
}

static void take(struct line *l, const struct agreed *a)
{
	offer_media_fini(&l->media);
	l->media = a->media;
	if (a->media.n_codecs)
		l->to = a->to;
}

static int settle(struct party *p, const struct sdp *mine,
		  const struct sdp *peer, bool as_listed, struct err *e)
{
	struct agreed audio, video;

	if (agree(p, CALL_AUDIO, mine, peer, as_listed, &audio, e) < 0)
		return -1;
	/* a call goes on without video */
	agree(p, CALL_VIDEO, mine, peer, as_listed, &video, NULL);
	take(&p->line[CALL_AUDIO], &audio);
	take(&p->line[CALL_VIDEO], &video);
	return 0;
}

int party_settle(struct party *p, const char *mine, struct span peer,
		 bool as_listed, struct err *e)
{
	struct sdp *a = sdp_parse(span_of(mine), e);
	struct sdp *b = sdp_parse(peer, e);
	int rc = -1;
	char *sdp;

	if (a && b)
		rc = settle(p, a, b, as_listed, e);
	sdp_free(a);
	sdp_free(b);
	if (rc < 0)
		return -1;
	sdp = xstrdup(mine); /* which may be p->sdp */
	free(p->sdp);
	p->sdp = sdp;
	live_settled(p->live);
	return 0;
}

/* Names of the codecs of a line. */
static size_t names_of(const struct sdp_media *m, const char *name[SDP_CODECS])
{
	size_t i;

	for (i = 0; i < m->n_codecs; i++)
		name[i] = m->codec[i].name;
	return m->n_codecs;
}

/* Whether it takes the video that is offered. */
static bool takes_video(struct party *p, struct span offer)
{
	const struct call_conf *conf = &p->call->conf;
	struct sdp *s = sdp_parse(offer, NULL);
	const struct sdp_media *m = s ? offer_line_of(s, CALL_VIDEO) : NULL;
	const char *name[SDP_CODECS];
	struct err e = ERR_INIT;
	bool takes = m && !(conf->refuse_video && p->index == CALL_CALLEE);

	if (takes && call_open_video(p, name, names_of(m, name), &e) < 0) {
		call_warn(p, "video", e.text);
		takes = false;
	}
	sdp_free(s);
	return takes;
}

char *party_answer(struct party *p, const struct stance *stance,
		   const struct ports *moved, struct span offer, struct err *e)
{
	struct offer_desc d = {.dir = dir_of(stance)};
	char *text;

	d.line[CALL_AUDIO].rtp = listens(p, moved, CALL_AUDIO);
	if (takes_video(p, offer))
		d.line[CALL_VIDEO].rtp = listens(p, moved, CALL_VIDEO);
	text = describe(p, &d, &offer, e);
	if (!text)
		return NULL;
	if (party_settle(p, text, offer, false, e) < 0) {
		free(text);
		return NULL;
	}
	say(p, text);
	return text;
}

struct span party_sdp_of(const struct sip_view *v)
{
	if (!span_case_is(sip_view_type(v), "application/sdp"))
		return span_of("");
	return v->body;
}
