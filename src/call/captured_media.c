/* What the parties of a captured call agree on, and what they send. */
#include <string.h>

#include "call/captured_int.h"
#include "call/offer.h"
#include "media/rtp.h"

enum { COMFORT_NOISE = 13 }; /* RFC 3551 table 4 */

#define PATIENCE_US INT64_C(32000000) /* timer B */

/* ---- who is who ---- */

int captured_party(const struct captured *d, const struct capture_moment *m)
{
	const struct call_capture *conf = d->call->conf.capture;
	int src = m->stream ? look_seat(conf, &m->src) : CALL_PARTIES;
	int dst = m->stream ? look_seat(conf, &m->dst) : CALL_PARTIES;

	if (src != dst && src < CALL_PARTIES)
		return src;
	if (src != dst && dst < CALL_PARTIES)
		return !dst;
	return ((int)m->party) ^ d->turned;
}

enum call_kind captured_kind(const struct captured *d,
			     const struct capture_stream *s)
{
	if (strcmp(s->media, "video") == 0)
		return CALL_VIDEO;
	return s->m_line && s->m_line == d->line[CALL_AUDIO2] ? CALL_AUDIO2
							      : CALL_AUDIO;
}

/* ---- what they agreed on ---- */

/* Whether a message may change what was agreed on. */
static bool asks_anew(const struct capture_moment *m)
{
	struct sip_view v;

	return !m->stream && sip_view(m->data, &v) && v.request &&
	       !span_empty(v.body) &&
	       (span_is(v.method, "INVITE") || span_is(v.method, "UPDATE"));
}

bool captured_elsewhere(const struct captured *d,
			const struct capture_moment *m)
{
	return m->leg && m->leg->turn && m->leg->turn != d->turn;
}

/* Whether it is the party's, and of this kind; `pt`: what it carries. */
static bool says(const struct captured *d, const struct capture_moment *m,
		 int party, enum call_kind kind, uint8_t *pt)
{
	struct rtp r;

	if (!m->stream || captured_elsewhere(d, m) ||
	    captured_kind(d, m->stream) != kind ||
	    captured_party(d, m) != party ||
	    !rtp_parse(m->data.p, m->data.n, &r))
		return false;
	*pt = r.pt;
	return true;
}

static bool is_speech(const struct call_media *m, uint8_t pt)
{
	size_t i;

	for (i = 0; i < m->n_codecs && m->codec[i].pt != pt;)
		i++;
	return pt != COMFORT_NOISE &&
	       (i == m->n_codecs ||
		!span_case_is(span_of(m->codec[i].name), "telephone-event"));
}

/* What the party sends until somebody asks for something else is what it has
 * agreed to, whatever they said (field: an answer without what then comes).
 * What it speaks first comes first. */
static void take_sent(const struct captured *d, int party, enum call_kind kind,
		      const struct sdp *mine, const struct sdp *peer)
{
	struct call_media *m = &d->call->party[party].line[kind].media;
	bool known[128] = {false};
	int first = -1;
	uint8_t pt;
	size_t i;

	for (i = d->pos; i < d->tape->n && !asks_anew(&d->tape->at[i]); i++) {
		if (!says(d, &d->tape->at[i], party, kind, &pt) || known[pt])
			continue;
		known[pt] = offer_sent(m, pt, mine, peer, d->line[kind]);
		if (first < 0 && known[pt] && is_speech(m, pt))
			first = pt;
	}
	if (first >= 0)
		offer_sent(m, (uint8_t)first, mine, peer, d->line[kind]);
}

/* The first line of audio stays the first, whatever becomes of the second. */
static void take_line(struct captured *d, int party, enum call_kind kind)
{
	unsigned taken = kind == CALL_AUDIO    ? d->line[CALL_AUDIO2]
			 : kind == CALL_AUDIO2 ? d->line[CALL_AUDIO]
					       : 0;
	const struct sdp *mine = overheard_sdp(d->overheard, party);
	const struct sdp *peer = overheard_sdp(d->overheard, !party);
	struct call_media *m = &d->call->party[party].line[kind].media;

	offer_media_fini(m);
	if (offer_overheard(m, &d->line[kind], kind, taken, mine, peer))
		take_sent(d, party, kind, mine, peer);
	if (d->line[kind] && !m->n_codecs)
		offer_said(m, mine, d->line[kind]);
}

void captured_tell_media(struct captured *d)
{
	struct call *c = d->call;
	void (*tell)(struct call *, void *);
	int p, k;

	for (k = 0; k < CALL_LINES; k++)
		for (p = 0; p < CALL_PARTIES; p++)
			take_line(d, p, (enum call_kind)k);
	if (!d->line[CALL_AUDIO] && !d->line[CALL_VIDEO] && !c->known)
		return;
	tell = c->known ? c->h.changed : c->h.sdp_known;
	c->known = true;
	c->by_update = overheard_by_update(d->overheard);
	if (tell)
		tell(c, c->arg);
	d->patience_us = loop_now(c->conf.loop) + PATIENCE_US;
}

/* ---- streams without SIP ---- */

static bool has_said(const struct captured *d, int party)
{
	const struct capture_moment *m = d->tape->at;
	size_t i;

	for (i = 0; i < d->tape->n; i++)
		if (captured_party(d, &m[i]) == party &&
		    !look_is_unnamed(m[i].stream))
			return true;
	return false;
}

/* What is sent is what there is. Who is silent could say the same. */
static void take_streams(struct captured *d, int party)
{
	struct call_media *m = &d->call->party[party].line[CALL_AUDIO].media;
	int of = has_said(d, party) ? party : !party;
	bool known[128] = {false};
	uint8_t pt;
	size_t i;

	for (i = 0; i < d->tape->n; i++) {
		const struct capture_moment *at = &d->tape->at[i];

		if (!says(d, at, of, CALL_AUDIO, &pt) || known[pt])
			continue;
		known[pt] = true;
		offer_named_type(m, pt, at->stream->codec);
	}
	m->dir = sdp_dir_of(has_said(d, party), has_said(d, !party));
	m->ptime = 20;
}

void captured_tell_streams(struct captured *d)
{
	struct call *c = d->call;
	int p;

	for (p = 0; p < CALL_PARTIES; p++)
		take_streams(d, p);
	c->known = c->answered = true;
	trace_call(c->conf.trace, c->conf.index)->answered_us = loop_now(
		c->conf.loop);
	if (c->h.sdp_known)
		c->h.sdp_known(c, c->arg);
	if (c->h.answered)
		c->h.answered(c, c->arg);
	d->patience_us = loop_now(c->conf.loop) + PATIENCE_US;
}
