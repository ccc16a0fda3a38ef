#include "capture/book.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/view.h"

struct key {
	struct addr addr;
	uint8_t pt;
	uint8_t pad; /* always 0: keys are compared bytewise */
};

/* One payload type at one address, as somebody said once. */
struct note {
	struct hash_le he;
	struct note *next;
	struct key key;
	int64_t at_us;
	struct sdp_codec codec; /* fmtp owned */
};

struct capture_book {
	struct hash by_key;
	struct note *notes; /* owned */
};

struct capture_book *capture_book_new(void)
{
	struct capture_book *b = xcalloc(1, sizeof(*b));

	hash_init(&b->by_key);
	return b;
}

void capture_book_free(struct capture_book *b)
{
	if (!b)
		return;
	hash_fini(&b->by_key);
	while (b->notes) {
		struct note *n = b->notes;

		b->notes = n->next;
		free(n->codec.fmtp);
		free(n);
	}
	free(b);
}

static struct key key_of(const struct addr *a, uint8_t pt)
{
	struct key k;

	memset(&k, 0, sizeof(k));
	k.addr = *a;
	k.pt = pt;
	return k;
}

static struct note *newest(const struct capture_book *b, const struct key *k)
{
	struct hash_le *e;

	e = hash_find(&b->by_key, span_from((const char *)k, sizeof(*k)));
	return e ? container_of(e, struct note, he) : NULL;
}

static struct note *older(const struct note *n)
{
	struct hash_le *e = hash_find_next(&n->he);

	return e ? container_of(e, struct note, he) : NULL;
}

static bool same_codec(const struct sdp_codec *a, const struct sdp_codec *b)
{
	return strcmp(a->name, b->name) == 0 && a->rate == b->rate &&
	       a->channels == b->channels &&
	       span_eq(span_of(a->fmtp), span_of(b->fmtp));
}

static void note(struct capture_book *b, const struct addr *a, int64_t at_us,
		 const struct sdp_codec *c)
{
	struct key k = key_of(a, c->pt);
	struct note *n = newest(b, &k);

	if (n && same_codec(&n->codec, c))
		return;
	n = xcalloc(1, sizeof(*n));
	n->key = k;
	n->at_us = at_us;
	n->codec = *c;
	n->codec.fmtp = c->fmtp ? xstrdup(c->fmtp) : NULL;
	n->next = b->notes;
	b->notes = n;
	hash_add(&b->by_key, &n->he,
		 span_from((const char *)&n->key, sizeof(n->key)));
}

static void note_media(struct capture_book *b, int64_t at_us,
		       const struct sdp_media *m)
{
	size_t i;

	if (!m->port || !addr_is_set(&m->conn))
		return;
	for (i = 0; i < m->n_codecs; i++) {
		if (m->codec[i].name[0])
			note(b, &m->conn, at_us, &m->codec[i]);
	}
}

static void note_sdp(struct capture_book *b, int64_t at_us, struct span text)
{
	struct sdp *sdp = sdp_parse(text, NULL);
	size_t i;

	if (!sdp)
		return;
	for (i = 0; i < sdp->n_media; i++)
		note_media(b, at_us, &sdp->media[i]);
	sdp_free(sdp);
}

void capture_book_read(struct capture_book *b, const struct capture_packet *p)
{
	struct mime parts = {.n = 0};
	struct sip_view v;
	size_t i;

	/* a start line begins with a letter, RTP and STUN do not */
	if (!p->data.n || p->data.p[0] < 'A' || p->data.p[0] > 'z' ||
	    !sip_view(p->data, &v))
		return;
	mime_of(&parts, &v, NULL); /* what could be read stays in parts */
	for (i = 0; i < parts.n; i++) {
		if (span_case_is(parts.part[i].type, "application/sdp"))
			note_sdp(b, p->at_us, parts.part[i].body);
	}
}

/* What was said last before the stream began, else first after it. */
static const struct sdp_codec *look_up(const struct capture_book *b,
				       const struct addr *a, uint8_t pt,
				       int64_t at_us)
{
	struct key k = key_of(a, pt);
	const struct note *n = newest(b, &k), *found = NULL;

	for (; n; n = older(n)) {
		found = n;
		if (n->at_us <= at_us)
			break;
	}
	return found ? &found->codec : NULL;
}

void capture_book_name(const struct capture_book *b, struct capture_rtp *s)
{
	const struct sdp_codec *c = look_up(b, &s->dst, s->pt, s->first_us);
	struct sdp_codec fixed = {.pt = s->pt};

	if (!c)
		c = look_up(b, &s->src, s->pt, s->first_us);
	if (!c && sdp_static_codec(s->pt, &fixed))
		c = &fixed;
	if (!c)
		return;
	memcpy(s->codec, c->name, sizeof(s->codec));
	s->codec[sizeof(s->codec) - 1] = '\0';
	s->clock_rate = c->rate;
	s->channels = c->channels;
	s->rtpmap = c->channels > 1 ? xasprintf("%s/%u/%u", c->name, c->rate,
						c->channels)
				    : xasprintf("%s/%u", c->name, c->rate);
	s->fmtp = c->fmtp ? xstrdup(c->fmtp) : NULL;
}
