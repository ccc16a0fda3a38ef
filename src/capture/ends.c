#include "capture/ends.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

/* How long after its end media still counts as a leg's, and how long before
 * its description. */
#define AFTER_US INT64_C(2000000)
#define BEFORE_US INT64_C(10000000)

/* An address that thousands of calls use one after the other is not followed
 * back through all of them. */
enum { LOOK_BACK = 64 };

struct note {
	struct hash_le he;
	struct note *next;
	struct end end;
};

struct ends {
	struct hash by_addr;
	struct note *notes; /* owned */
	unsigned generation;
};

struct ends *ends_new(void)
{
	struct ends *e = xcalloc(1, sizeof(*e));

	hash_init(&e->by_addr);
	return e;
}

void ends_free(struct ends *e)
{
	if (!e)
		return;
	hash_fini(&e->by_addr);
	while (e->notes) {
		struct note *n = e->notes;

		e->notes = n->next;
		free(n->end.codec);
		free(n);
	}
	free(e);
}

unsigned ends_generation(const struct ends *e)
{
	return e->generation;
}

static struct span key_of(const struct addr *a)
{
	return span_from((const char *)a, sizeof(*a));
}

static struct note *newest(const struct ends *e, const struct addr *a)
{
	struct hash_le *he = hash_find(&e->by_addr, key_of(a));

	return he ? container_of(he, struct note, he) : NULL;
}

static struct note *older(const struct note *n)
{
	struct hash_le *he = hash_find_next(&n->he);

	return he ? container_of(he, struct note, he) : NULL;
}

static bool same_codecs(const struct end *e, const struct sdp_media *m)
{
	size_t i;

	if (e->n_codecs != m->n_codecs)
		return false;
	for (i = 0; i < m->n_codecs; i++) {
		if (e->codec[i].pt != m->codec[i].pt ||
		    e->codec[i].rate != m->codec[i].rate ||
		    strncmp(e->codec[i].name, m->codec[i].name,
			    sizeof(e->codec[i].name) - 1) != 0)
			return false;
	}
	return true;
}

static void take_codecs(struct end *e, const struct sdp_media *m)
{
	size_t i;

	e->n_codecs = m->n_codecs;
	e->codec = m->n_codecs ? xcalloc(m->n_codecs, sizeof(*e->codec)) : NULL;
	for (i = 0; i < m->n_codecs; i++) {
		e->codec[i].pt = m->codec[i].pt;
		e->codec[i].channels = m->codec[i].channels;
		e->codec[i].rate = m->codec[i].rate;
		memccpy(e->codec[i].name, m->codec[i].name, '\0',
			sizeof(e->codec[i].name) - 1);
	}
}

void ends_add(struct ends *e, const struct addr *at, const struct end *who,
	      const struct sdp_media *m)
{
	struct note *n = newest(e, at);

	if (n && n->end.leg == who->leg && n->end.party == who->party &&
	    n->end.m_line == who->m_line && same_codecs(&n->end, m))
		return;
	n = xcalloc(1, sizeof(*n));
	n->end = *who;
	n->end.addr = *at;
	take_codecs(&n->end, m);
	n->next = e->notes;
	e->notes = n;
	hash_add(&e->by_addr, &n->he, key_of(&n->end.addr));
	e->generation++;
}

static bool is_over(const struct end *e, int64_t at_us)
{
	int64_t end_us = leg_end_us(e->leg);

	return end_us >= 0 && end_us + AFTER_US < at_us;
}

const struct end *ends_find(const struct ends *e, const struct addr *a,
			    int64_t at_us)
{
	const struct note *n, *guess = NULL, *later = NULL;
	int left = LOOK_BACK;

	for (n = newest(e, a); n && left; n = older(n), left--) {
		if (n->end.at_us > at_us) {
			later = n;
			continue;
		}
		if (is_over(&n->end, at_us))
			continue;
		if (!n->end.guess)
			return &n->end;
		if (!guess)
			guess = n;
	}
	if (guess)
		return &guess->end;
	if (later && (leg_is_partial(later->end.leg) ||
		      later->end.at_us - at_us < BEFORE_US))
		return &later->end;
	return NULL;
}

const struct end *ends_other(const struct ends *e, const struct addr *a,
			     const struct leg *leg, int64_t at_us)
{
	const struct note *n;
	int left = LOOK_BACK;

	for (n = newest(e, a); n && left; n = older(n), left--) {
		if (n->end.leg != leg && !n->end.guess &&
		    n->end.at_us <= at_us && !is_over(&n->end, at_us))
			return &n->end;
	}
	return NULL;
}

const struct end_codec *end_codec(const struct end *e, uint8_t pt)
{
	size_t i;

	for (i = 0; e && i < e->n_codecs; i++) {
		if (e->codec[i].pt == pt)
			return &e->codec[i];
	}
	return NULL;
}
