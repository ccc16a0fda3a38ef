#include "capture/reports.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "media/rtcp.h"

enum { SOURCES = 65536 };

/* Ports are left out: RTCP has its own, or that of RTP (RFC 5761). */
struct key {
	struct addr src, dst; /* ports 0 */
	uint32_t ssrc;
};

/* What was told by, or of, a source. */
struct source {
	struct hash_le he;
	struct source *next;
	struct key key;
	uint64_t packets;
	bool bye;
	char cname[64];
	bool reported;
	struct rtcp_block block;
};

struct reports {
	struct hash by_key;
	struct source *sources; /* owned */
};

struct reports *reports_new(void)
{
	struct reports *r = xcalloc(1, sizeof(*r));

	hash_init(&r->by_key);
	return r;
}

void reports_free(struct reports *r)
{
	if (!r)
		return;
	hash_fini(&r->by_key);
	while (r->sources) {
		struct source *s = r->sources;

		r->sources = s->next;
		free(s);
	}
	free(r);
}

static struct key key_of(const struct addr *src, const struct addr *dst,
			 uint32_t ssrc)
{
	struct key k = {*src, *dst, ssrc};

	k.src.port = k.dst.port = 0;
	return k;
}

static struct source *find(const struct reports *r, const struct key *k)
{
	struct hash_le *e = hash_find(&r->by_key,
				      span_from((const char *)k, sizeof(*k)));

	return e ? container_of(e, struct source, he) : NULL;
}

/* NULL when there are too many. */
static struct source *source_of(struct reports *r, const struct addr *src,
				const struct addr *dst, uint32_t ssrc)
{
	struct key k = key_of(src, dst, ssrc);
	struct source *s = find(r, &k);

	if (s || r->by_key.n >= SOURCES)
		return s;
	s = xcalloc(1, sizeof(*s));
	s->key = k;
	s->next = r->sources;
	r->sources = s;
	hash_add(&r->by_key, &s->he,
		 span_from((const char *)&s->key, sizeof(s->key)));
	return s;
}

bool reports_add(struct reports *r, const struct capture_packet *p)
{
	struct rtcp_seen seen;
	struct source *s;

	if (!rtcp_is(p->data.p, p->data.n) ||
	    !rtcp_parse(p->data.p, p->data.n, &seen))
		return false;
	s = source_of(r, &p->src, &p->dst, seen.ssrc);
	if (s) {
		s->packets++;
		s->bye = s->bye || seen.bye;
		if (seen.cname[0])
			memccpy(s->cname, seen.cname, '\0',
				sizeof(s->cname) - 1);
	}
	/* a report goes the other way than what it is about */
	if (seen.has_block)
		s = source_of(r, &p->dst, &p->src, seen.block.ssrc);
	if (seen.has_block && s) {
		s->reported = true;
		s->block = seen.block;
	}
	return true;
}

void reports_tell(const struct reports *r, struct capture_stream *s)
{
	struct key k = key_of(&s->src, &s->dst, s->ssrc);
	const struct source *of = find(r, &k);

	if (!of)
		return;
	s->rtcp.packets = of->packets;
	s->rtcp.bye = of->bye;
	memcpy(s->rtcp.cname, of->cname, sizeof(s->rtcp.cname));
	s->rtcp.reported = of->reported;
	s->rtcp.lost = of->block.lost;
	s->rtcp.jitter = of->block.jitter;
}
