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

char *party_first_offer(struct party *p, const struct sdp_codec *codec,
			size_t n_codecs)
{
	struct offer_desc d = {.rtp = flow_addr(p->rtp),
			       .codec = codec,
			       .n_codecs = n_codecs,
			       .dir = dir_of(&p->stance)};
	char *text = describe(p, &d, NULL, NULL);

	say(p, text);
	return text;
}

static size_t find_codecs(struct sdp_codec out[SDP_CODECS],
			  const char *const *name, size_t n_names)
{
	size_t i, n = 0;

	for (i = 0; i < n_names && n < SDP_CODECS; i++)
		if (sdp_codec_by_name(span_of(name[i]), &out[n]))
			n++;
	return n;
}

char *party_offer(struct party *p, const struct stance *stance,
		  const struct flow *rtp, const char *const *codec,
		  size_t n_codecs)
{
	struct sdp *own = sdp_parse(span_of(p->sdp), NULL);
	struct sdp_codec named[SDP_CODECS];
	struct offer_desc d = {.rtp = flow_addr(rtp), .dir = dir_of(stance)};
	char *text;

	assert(own && own->n_media == 1); /* it is of our making */
	d.codec = named;
	d.n_codecs = find_codecs(named, codec, n_codecs);
	if (d.n_codecs == 0) {
		d.codec = own->media[0].codec;
		d.n_codecs = own->media[0].n_codecs;
	}
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

int party_settle(struct party *p, const char *mine, struct span peer,
		 bool as_listed, struct err *e)
{
	struct call_media m;
	struct addr to;
	char *sdp;

	if (offer_agree(&m, &to, span_of(mine), peer, p->voice, as_listed, e) <
	    0)
		return -1;
	if (!speaks(p->voice, &m.codec[0]) &&
	    voice_recode(p->voice, &m.codec[0], e) < 0) {
		offer_media_fini(&m);
		return -1;
	}
	offer_media_fini(&p->media);
	p->media = m;
	p->to = to;
	sdp = xstrdup(mine); /* which may be p->sdp */
	free(p->sdp);
	p->sdp = sdp;
	return 0;
}

char *party_answer(struct party *p, const struct stance *stance,
		   const struct flow *rtp, struct span offer, struct err *e)
{
	struct offer_desc d = {.rtp = flow_addr(rtp), .dir = dir_of(stance)};
	char *text = describe(p, &d, &offer, e);

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
