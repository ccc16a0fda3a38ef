#include "call/offer.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/codec.h"

enum { PTIME_MS = 20, FIRST_DYNAMIC = 96 };

_Static_assert(FIRST_DYNAMIC + SDP_CODECS <= 128,
	       "every codec of an offer finds a dynamic payload type");

/* RFC 3264 section 6.1: by name, rate and channels. */
static bool alike(const struct sdp_codec *a, const struct sdp_codec *b)
{
	return span_case_eq(span_of(a->name), span_of(b->name)) &&
	       a->rate == b->rate && a->channels == b->channels;
}

/* ---- the codecs of the offer ---- */

static const struct sdp_codec *with_pt(const struct sdp_codec *c, size_t n,
				       uint8_t pt)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (c[i].pt == pt)
			return &c[i];
	return NULL;
}

static bool has_like(const struct sdp_codec *c, size_t n,
		     const struct sdp_codec *wanted)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (alike(&c[i], wanted))
			return true;
	return false;
}

static int name_codec(struct sdp_codec *c, const char *name, struct err *e)
{
	if (sdp_codec_by_name(span_of(name), c))
		return 0;
	return err_set(e, ERR_SCENARIO, "codec '%s' is not known", name);
}

/* A capture may hold a codec that is named under that codec's usual number:
 * nothing is to be added for it. */
static bool is_named(const struct sdp_codec *c, const char *const *name,
		     size_t n_names)
{
	struct sdp_codec usual;
	size_t i;

	for (i = 0; i < n_names; i++)
		if (sdp_codec_by_name(span_of(name[i]), &usual) &&
		    alike(&usual, c) && usual.pt == c->pt && !c->fmtp)
			return true;
	return false;
}

static int add_captured(struct sdp_codec out[SDP_CODECS], size_t *n,
			const struct sdp_codec *c, struct err *e)
{
	const struct sdp_codec *other = with_pt(out, *n, c->pt);

	if (other && alike(other, c))
		return 0;
	if (other)
		return err_set(e, ERR_SCENARIO,
			       "the captures of caller and callee both use "
			       "payload type %u, for %s and for %s",
			       c->pt, other->name, c->name);
	out[(*n)++] = *c;
	return 0;
}

/* The usual number, unless a capture has taken it for something else. */
static int add_named(struct sdp_codec out[SDP_CODECS], size_t *n,
		     const char *name, struct err *e)
{
	struct sdp_codec c;

	if (name_codec(&c, name, e) < 0)
		return -1;
	if (has_like(out, *n, &c))
		return 0;
	if (*n == SDP_CODECS)
		return err_set(e, ERR_SCENARIO, "more than %d codecs",
			       SDP_CODECS);
	if (with_pt(out, *n, c.pt))
		c.pt = FIRST_DYNAMIC;
	while (with_pt(out, *n, c.pt))
		c.pt++;
	out[(*n)++] = c;
	return 0;
}

int offer_codecs(struct sdp_codec out[SDP_CODECS], size_t *n,
		 struct voice *const voice[CALL_PARTIES],
		 const char *const *name, size_t n_names, struct err *e)
{
	size_t i;

	*n = 0;
	for (i = 0; i < CALL_PARTIES; i++) {
		const struct sdp_codec *c = voice_codec(voice[i]);

		if (voice_is_captured(voice[i]) &&
		    !is_named(c, name, n_names) &&
		    add_captured(out, n, c, e) < 0)
			return -1;
	}
	for (i = 0; i < n_names; i++)
		if (add_named(out, n, name[i], e) < 0)
			return -1;
	return 0;
}

/* In the packets of both codecs a frame takes more than one: RFC 6184 section
 * 6.3 asks for mode 1 then. */
static char fragments[] = "profile-level-id=42e01f;packetization-mode=1";

size_t offer_named(struct sdp_codec out[SDP_CODECS], const char *const *name,
		   size_t n_names)
{
	size_t i, n = 0;

	for (i = 0; i < n_names && n < SDP_CODECS; i++) {
		if (!sdp_codec_by_name(span_of(name[i]), &out[n]))
			continue;
		if (span_case_is(span_of(name[i]), "H264"))
			out[n].fmtp = fragments;
		n++;
	}
	return n;
}

static const char *const types[CALL_LINES] = {"audio", "video", "audio"};

static void fill_line(struct sdp_out_media *m, const struct offer_desc *d,
		      enum call_kind kind)
{
	const struct offer_line *l = &d->line[kind];

	memset(m, 0, sizeof(*m));
	m->type = types[kind];
	if (!l->rtp)
		return;
	m->addr = *l->rtp;
	m->codec = l->codec;
	m->n_codecs = l->n_codecs;
	m->dir = d->dir;
	m->ptime = kind == CALL_AUDIO ? PTIME_MS : 0;
}

static void write_desc(struct buf *b, const struct offer_desc *d,
		       const struct sdp_out_media *media, size_t n)
{
	struct sdp_out out = {.sess_id = d->sess_id,
			      .version = d->version,
			      .addr = *d->line[CALL_AUDIO].rtp,
			      .media = media,
			      .n_media = n};

	sdp_write(b, &out);
}

void offer_write(struct buf *b, const struct offer_desc *d)
{
	struct sdp_out_media media[CALL_KINDS];
	size_t k;

	for (k = 0; k < d->n_lines; k++)
		fill_line(&media[k], d, (enum call_kind)k);
	write_desc(b, d, media, d->n_lines);
}

/* ---- what came of it ---- */

const struct sdp_media *offer_line_of(const struct sdp *s, enum call_kind kind)
{
	size_t k = (size_t)kind;

	if (k >= s->n_media || strcmp(s->media[k].type, types[k]) != 0 ||
	    s->media[k].port == 0 || !addr_is_set(&s->media[k].conn))
		return NULL;
	return &s->media[k];
}

/* RFC 3264 section 6.1: a direction of one is the reverse of the other's. */
static enum sdp_dir common_dir(enum sdp_dir mine, enum sdp_dir peer)
{
	return sdp_dir_of(sdp_dir_sends(mine) && sdp_dir_receives(peer),
			  sdp_dir_receives(mine) && sdp_dir_sends(peer));
}

/* One line for each that is offered, in their order. */
static void answer_line(struct sdp_out_media *m, const struct offer_desc *d,
			const struct sdp *offer, size_t line)
{
	const struct sdp_media *theirs = &offer->media[line];
	enum call_kind kind = (enum call_kind)line;

	memset(m, 0, sizeof(*m));
	m->type = theirs->type;
	if (line < CALL_KINDS && d->line[kind].rtp &&
	    offer_line_of(offer, kind)) {
		fill_line(m, d, kind);
		m->codec = theirs->codec;
		m->n_codecs = theirs->n_codecs;
		m->dir = common_dir(d->dir, theirs->dir);
	}
	m->proto = theirs->proto;
}

static void write_answer(struct buf *b, const struct offer_desc *d,
			 const struct sdp *offer)
{
	struct sdp_out_media media[SDP_MEDIA];
	size_t m;

	for (m = 0; m < offer->n_media; m++)
		answer_line(&media[m], d, offer, m);
	write_desc(b, d, media, offer->n_media);
}

int offer_answer(struct buf *b, const struct offer_desc *d, struct span offer,
		 struct err *e)
{
	struct sdp *s = sdp_parse(offer, e);
	bool audio = s && offer_line_of(s, CALL_AUDIO);

	if (audio)
		write_answer(b, d, s);
	else if (s)
		err_set(e, ERR_INPUT, "no audio is offered");
	sdp_free(s);
	return audio ? 0 : -1;
}

/* RFC 3264 section 5.1: one codec may be there under two numbers. */
static const struct sdp_codec *find_common(const struct sdp_media *peer,
					   const struct sdp_codec *c)
{
	const struct sdp_codec *same = sdp_codec_by_pt(peer, c->pt);

	return same && alike(same, c) ? same : sdp_codec_like(peer, c);
}

/* The numbers are those that the peer listens for. */
static void take_common(struct call_media *m, const struct sdp_media *mine,
			const struct sdp_media *peer)
{
	size_t i;

	m->codec = xcalloc(mine->n_codecs, sizeof(*m->codec));
	for (i = 0; i < mine->n_codecs; i++) {
		const struct sdp_codec *c = find_common(peer, &mine->codec[i]);

		if (!c)
			continue;
		m->codec[m->n_codecs] = *c;
		if (c->fmtp)
			m->codec[m->n_codecs].fmtp = xstrdup(c->fmtp);
		m->n_codecs++;
	}
}

static void put_first(struct call_media *m, size_t i)
{
	struct sdp_codec found = m->codec[i];

	memmove(m->codec + 1, m->codec, i * sizeof(found));
	m->codec[0] = found;
}

/* A captured stream has one number, whatever else is the same. */
static bool keep_speaking(struct call_media *m, const struct voice *own)
{
	const struct sdp_codec *spoken = voice_codec(own);
	size_t i;

	for (i = 0; i < m->n_codecs; i++) {
		if (alike(&m->codec[i], spoken) &&
		    (!voice_is_captured(own) || m->codec[i].pt == spoken->pt)) {
			put_first(m, i);
			return true;
		}
	}
	return false;
}

static bool speak_first(struct call_media *m, const struct voice *own)
{
	size_t i;

	for (i = 0; i < m->n_codecs; i++) {
		if (voice_can(own, m->codec[i].name)) {
			put_first(m, i);
			return true;
		}
	}
	return false;
}

int offer_agree(struct call_media *m, struct addr *to, enum call_kind kind,
		const struct sdp *mine, const struct sdp *peer,
		const struct voice *own, bool as_listed, struct err *e)
{
	const struct sdp_media *a = offer_line_of(mine, kind);
	const struct sdp_media *b = offer_line_of(peer, kind);

	memset(m, 0, sizeof(*m));
	if (!a || !b)
		return err_set(e, ERR_INPUT, "no %s was agreed on",
			       types[kind]);
	take_common(m, a, b);
	if (!(as_listed && speak_first(m, own)) && !keep_speaking(m, own) &&
	    !speak_first(m, own)) {
		offer_media_fini(m);
		return err_set(e, ERR_INPUT, "%s was not agreed on",
			       voice_codec(own)->name);
	}
	m->dir = common_dir(a->dir, b->dir);
	m->ptime = kind == CALL_AUDIO ? PTIME_MS : 0;
	*to = b->conn;
	return 0;
}

void offer_media_fini(struct call_media *m)
{
	size_t i;

	for (i = 0; i < m->n_codecs; i++)
		free(m->codec[i].fmtp);
	free(m->codec);
	memset(m, 0, sizeof(*m));
}

/* ---- what others agreed on ---- */

static bool is_pair(const struct sdp *mine, const struct sdp *peer, size_t i,
		    enum call_kind kind)
{
	return i < mine->n_media && i < peer->n_media &&
	       strcmp(mine->media[i].type, types[kind]) == 0 &&
	       strcmp(peer->media[i].type, types[kind]) == 0 &&
	       mine->media[i].port && peer->media[i].port;
}

/* RFC 2543 put a call on hold with c=0.0.0.0: nothing is to be sent there. */
static enum sdp_dir overheard_dir(const struct sdp_media *mine,
				  const struct sdp_media *peer)
{
	enum sdp_dir d = common_dir(mine->dir, peer->dir);

	return sdp_dir_of(sdp_dir_sends(d) && !addr_is_any(&peer->conn),
			  sdp_dir_receives(d) && !addr_is_any(&mine->conn));
}

static void add_copy(struct call_media *m, const struct sdp_codec *c)
{
	m->codec = xreallocarray(m->codec, m->n_codecs + 1, sizeof(*m->codec));
	m->codec[m->n_codecs] = *c;
	if (c->fmtp)
		m->codec[m->n_codecs].fmtp = xstrdup(c->fmtp);
	m->n_codecs++;
}

/* Payload types are the receiver's (RFC 3264 section 5.1). */
static void take_overheard(struct call_media *m, const struct sdp_media *mine,
			   const struct sdp_media *peer)
{
	size_t i;

	for (i = 0; i < peer->n_codecs; i++) {
		if (peer->codec[i].name[0] && peer->codec[i].rate &&
		    sdp_codec_like(mine, &peer->codec[i]))
			add_copy(m, &peer->codec[i]);
	}
}

/* The place of the line that is meant, from 1, or 0. */
static unsigned find_pair(unsigned line, enum call_kind kind, unsigned taken,
			  const struct sdp *mine, const struct sdp *peer)
{
	unsigned i;

	if (line && is_pair(mine, peer, line - 1, kind))
		return line;
	for (i = 0; i < mine->n_media; i++)
		if (i + 1 != taken && is_pair(mine, peer, i, kind))
			return i + 1;
	return 0;
}

bool offer_overheard(struct call_media *m, unsigned *line, enum call_kind kind,
		     unsigned taken, const struct sdp *mine,
		     const struct sdp *peer)
{
	unsigned i = find_pair(*line, kind, taken, mine, peer);
	const struct sdp_media *a, *b;

	memset(m, 0, sizeof(*m));
	*line = i;
	if (!i--)
		return false;
	a = &mine->media[i];
	b = &peer->media[i];
	take_overheard(m, a, b);
	m->dir = overheard_dir(a, b);
	if (kind != CALL_VIDEO)
		m->ptime = b->ptime ? b->ptime : a->ptime ? a->ptime : PTIME_MS;
	return true;
}

void offer_said(struct call_media *m, const struct sdp *mine, unsigned line)
{
	const struct sdp_media *a = &mine->media[line - 1];
	size_t i;

	for (i = 0; i < a->n_codecs; i++)
		if (a->codec[i].name[0] && a->codec[i].rate)
			add_copy(m, &a->codec[i]);
}

void offer_named_type(struct call_media *m, uint8_t pt, const char *codec)
{
	struct span rest = span_of(codec), name = span_cut(&rest, '/');
	struct span rate = span_cut(&rest, '/');
	struct sdp_codec c = {.channels = 1};
	uint32_t channels;

	if (!sdp_static_codec(pt, &c)) {
		if (!name.n || name.n >= sizeof(c.name) ||
		    !parse_u32(rate, 1, UINT32_MAX, &c.rate))
			return;
		memcpy(c.name, name.p, name.n);
		if (parse_u32(rest, 1, 255, &channels))
			c.channels = (uint8_t)channels;
	}
	c.pt = pt;
	add_copy(m, &c);
}

bool offer_sent(struct call_media *m, uint8_t pt, const struct sdp *mine,
		const struct sdp *peer, unsigned line)
{
	const struct sdp_codec *named;
	struct sdp_codec found = {.fmtp = NULL};
	size_t i;

	for (i = 0; i < m->n_codecs; i++) {
		if (m->codec[i].pt == pt) {
			put_first(m, i);
			return true;
		}
	}
	named = sdp_codec_by_pt(&peer->media[line - 1], pt);
	if (!named)
		named = sdp_codec_by_pt(&mine->media[line - 1], pt);
	if (named && named->name[0])
		found = *named;
	else if (!sdp_static_codec(pt, &found))
		return false;
	found.pt = pt;
	add_copy(m, &found);
	put_first(m, m->n_codecs - 1);
	return true;
}
