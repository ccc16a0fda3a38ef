/* Which of the offered codecs a line takes. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/codec.h"
#include "media/dtmf.h"
#include "recorder/rec.h"

static bool is_event(const struct sdp_codec *c)
{
	return span_case_is(span_of(c->name), DTMF_CODEC);
}

static bool is_comfort_noise(const struct sdp_codec *c)
{
	return span_case_is(span_of(c->name), "CN");
}

static bool is_decoded(const struct sdp_codec *c)
{
	return codec_find(c->name) && c->channels == 1;
}

static bool has(const struct rec_codecs *all, uint8_t pt)
{
	size_t i = 0;

	while (i < all->n && all->codec[i].pt != pt)
		i++;
	return i < all->n;
}

static void add(struct rec_codecs *all, const struct sdp_codec *c)
{
	struct sdp_codec *to = &all->codec[all->n];

	if (all->n == REC_CODECS || has(all, c->pt))
		return;
	*to = *c;
	to->fmtp = c->fmtp && !is_event(c) ? xstrdup(c->fmtp) : NULL;
	all->n++;
}

/* What can be heard is taken, in their order, with the noise between; when
 * nothing can, of audio all, for one is as good as the other. */
static void take_offered(struct rec_codecs *all, const struct sdp_media *m)
{
	bool audio = strcmp(m->type, "audio") == 0, heard = false;
	size_t i;

	for (i = 0; i < m->n_codecs; i++)
		heard = heard || (audio && is_decoded(&m->codec[i]));
	for (i = 0; i < m->n_codecs && (audio || !all->n); i++) {
		const struct sdp_codec *c = &m->codec[i];

		if (!is_event(c) && (!heard || is_decoded(c)))
			add(all, c);
	}
	for (i = 0; i < m->n_codecs && heard; i++)
		if (is_comfort_noise(&m->codec[i]))
			add(all, &m->codec[i]);
}

/* What it was told to take, in its own order. */
static void take_wanted(struct rec_codecs *all,
			const struct recorder_conf *conf,
			const struct sdp_media *m)
{
	struct sdp_codec wanted;
	size_t i;

	for (i = 0; i < conf->n_codecs; i++) {
		const struct sdp_codec *c = NULL;

		if (sdp_codec_by_name(span_of(conf->codec[i]), &wanted) &&
		    !is_event(&wanted))
			c = sdp_codec_like(m, &wanted);
		if (c)
			add(all, c);
	}
}

static bool wants_events(const struct recorder_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_codecs; i++)
		if (span_case_is(span_of(conf->codec[i]), DTMF_CODEC))
			return true;
	return false;
}

void rec_codecs_take(struct rec_codecs *all, const struct recorder_conf *conf,
		     const struct sdp_media *m)
{
	bool picky = conf->n_codecs && strcmp(m->type, "audio") == 0;
	size_t i;

	rec_codecs_fini(all);
	if (picky)
		take_wanted(all, conf, m);
	else
		take_offered(all, m);
	/* events go along with a codec, or are all that there is */
	if (picky && (!all->n || !wants_events(conf)))
		return;
	for (i = 0; i < m->n_codecs; i++)
		if (is_event(&m->codec[i]))
			add(all, &m->codec[i]);
}

void rec_codecs_fini(struct rec_codecs *all)
{
	while (all->n > 0)
		free(all->codec[--all->n].fmtp);
}

const struct sdp_codec *rec_codecs_event(const struct rec_codecs *all,
					 uint8_t pt)
{
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->codec[i].pt == pt && is_event(&all->codec[i]))
			return &all->codec[i];
	return NULL;
}

const struct codec *rec_codecs_decoder(const struct rec_codecs *all, uint8_t pt)
{
	struct sdp_codec fixed;
	size_t i;

	for (i = 0; i < all->n; i++)
		if (all->codec[i].pt == pt)
			return codec_find(all->codec[i].name);
	return sdp_static_codec(pt, &fixed) ? codec_find(fixed.name) : NULL;
}
