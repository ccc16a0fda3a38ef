#include "capture/copies.h"

#include <stdlib.h>

#include "core/xalloc.h"

static int by_number(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Those that may be copies of each other stand together, the earliest first. */
static int by_voice(const void *pa, const void *pb)
{
	const struct capture_stream *a = *(struct capture_stream *const *)pa;
	const struct capture_stream *b = *(struct capture_stream *const *)pb;
	int order = by_number(a->leg, b->leg);

	order = order ? order : by_number(a->party, b->party);
	order = order ? order : by_number(a->m_line, b->m_line);
	order = order ? order : by_number(a->ssrc, b->ssrc);
	order = order ? order : by_number(a->encrypted, b->encrypted);
	return order ? order : (a > b) - (a < b);
}

static bool is_one_voice(const struct capture_stream *a,
			 const struct capture_stream *b)
{
	return a->leg == b->leg && a->party == b->party &&
	       a->m_line == b->m_line && a->ssrc == b->ssrc &&
	       a->encrypted == b->encrypted;
}

/* Most of the time that the later one lasts. */
static bool is_at_once(const struct capture_stream *a,
		       const struct capture_stream *b)
{
	int64_t until_us = a->last_us < b->last_us ? a->last_us : b->last_us;

	return until_us - b->first_us > (b->last_us - b->first_us) / 2;
}

void copies_mark(struct capture_calls *c)
{
	struct capture_stream **at = xcalloc(c->n_streams + 1, sizeof(*at));
	const struct capture_stream *kept = NULL;
	size_t i, n = 0;

	for (i = 0; i < c->n_streams; i++)
		if (c->stream[i].leg != SIZE_MAX)
			at[n++] = &c->stream[i];
	qsort(at, n, sizeof(*at), by_voice);
	for (i = 0; i < n; i++) {
		at[i]->copy = kept && is_one_voice(kept, at[i]) &&
			      is_at_once(kept, at[i]);
		if (!at[i]->copy)
			kept = at[i];
	}
	free(at);
}
