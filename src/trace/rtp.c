#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "trace/figures.h"
#include "trace/priv.h"

/* What we need of a packet (RFC 3550 section 5.1). */
struct head {
	uint8_t pt;
	bool marker;
	uint16_t seq;
	uint32_t ts, ssrc;
	size_t payload; /* octets */
};

/* A stream's place in the table and what it is bound by; hashed as they lie,
 * so without padding. */
struct way {
	struct addr src, dst;
	uint32_t ssrc;
};

struct ends {
	struct addr src, dst;
};

_Static_assert(sizeof(struct way) == 2 * sizeof(struct addr) + 4 &&
		       sizeof(struct ends) == 2 * sizeof(struct addr),
	       "a hashed key has no padding");

struct stream {
	struct trace_rtp pub; /* first: callers hold this */

	/* From the bind; NULL when there is none. */
	const char *agreed;
	uint8_t agreed_pt;

	struct figures figures; /* of what arrived */
	struct hash_le le;
	struct way way;
};

struct rtp_bind {
	struct hash_le le;
	struct ends ends;
	struct trace_bind is; /* its texts are in the arena */
};

/* Where an original is found. Few share a call and an SSRC; hashed as they
 * lie, so without padding. */
struct original_key {
	int call;
	uint32_t ssrc;
};

struct original {
	struct trace_original pub; /* first: callers hold this */
	struct hash_le le;
	struct original_key key;
};

void trace_rtp_init(struct trace *t)
{
	pool_init(&t->originals, sizeof(struct original));
	hash_init(&t->originals_by);
	pool_init(&t->rtp, sizeof(struct stream));
	hash_init(&t->rtp_binds);
	hash_init(&t->streams);
}

void trace_rtp_fini(struct trace *t)
{
	size_t i;

	for (i = 0; i < t->rtp.n; i++)
		free(((struct stream *)pool_at(&t->rtp, i))->pub.log);
	for (i = 0; i < t->originals.n; i++)
		free(((struct original *)pool_at(&t->originals, i))->pub.log);
	hash_fini(&t->originals_by);
	pool_fini(&t->originals);
	hash_fini(&t->rtp_binds);
	hash_fini(&t->streams);
	pool_fini(&t->rtp);
}

void trace_log_arrivals(struct trace *t, bool on)
{
	t->log_arrivals = on;
}

void trace_exact(struct trace *t, bool on)
{
	t->exact = on;
}

bool trace_is_exact(const struct trace *t)
{
	return t->exact;
}

/* ---- who a stream belongs to ---- */

static struct span ends_key(const struct ends *ends)
{
	return span_from((const char *)ends, sizeof(*ends));
}

static struct rtp_bind *bind_of(const struct trace *t, const struct addr *src,
				const struct addr *dst)
{
	struct ends ends = {*src, *dst};
	struct hash_le *le = hash_find(&t->rtp_binds, ends_key(&ends));

	return le ? container_of(le, struct rtp_bind, le) : NULL;
}

void trace_bind_rtp(struct trace *t, const struct addr *src,
		    const struct addr *dst, const struct trace_bind *bind)
{
	struct rtp_bind *b = bind_of(t, src, dst);

	if (!b) {
		b = arena_alloc(&t->arena, sizeof(*b));
		b->ends = (struct ends){*src, *dst};
		hash_add(&t->rtp_binds, &b->le, ends_key(&b->ends));
	}
	b->is.call = bind->call;
	b->is.instance = arena_intern(&t->arena, bind->instance);
	b->is.server = arena_intern(&t->arena, bind->server);
	b->is.party = arena_intern(&t->arena, bind->party);
	b->is.media = arena_intern(&t->arena, bind->media);
	b->is.label = arena_intern(&t->arena, bind->label);
	b->is.codec = arena_intern(&t->arena, bind->codec);
	b->is.suite = bind->suite ? arena_intern(&t->arena, bind->suite) : NULL;
	b->is.clock_rate = bind->clock_rate;
	b->is.pt = bind->pt;
}

/* What was agreed is not yet what comes. */
static void name_codec(struct trace *t, struct stream *s, uint8_t pt)
{
	struct trace_rtp *r = &s->pub;
	char text[32];

	if (r->codec == s->agreed)
		return;
	if (pt == s->agreed_pt) {
		r->codec = s->agreed;
	} else if (!r->codec) {
		snprintf(text, sizeof(text), "payload type %u", pt);
		r->codec = arena_intern(&t->arena, text);
	}
}

static void apply_bind(struct trace *t, struct stream *s,
		       const struct rtp_bind *b)
{
	struct trace_rtp *r = &s->pub;

	r->call = -1;
	r->clock_rate = 8000;
	if (!b)
		return;
	r->call = b->is.call;
	r->instance = b->is.instance;
	r->server = b->is.server;
	r->party = b->is.party;
	r->media = b->is.media;
	r->label = b->is.label;
	r->suite = b->is.suite;
	s->agreed = b->is.codec;
	s->agreed_pt = b->is.pt;
	name_codec(t, s, r->pt);
	if (b->is.clock_rate)
		r->clock_rate = b->is.clock_rate;
}

/* ---- packets ---- */

/* False for what is not a whole RTP packet, RTCP on the same port among it
 * (RFC 5761 section 4). */
static bool read_head(struct span s, struct head *h)
{
	uint8_t first, second, pad;
	uint16_t words;
	struct span skipped;

	if (!rd_u8(&s, &first) || first >> 6 != 2 || !rd_u8(&s, &second) ||
	    (second >= 192 && second <= 223) || !rd_be16(&s, &h->seq) ||
	    !rd_be32(&s, &h->ts) || !rd_be32(&s, &h->ssrc) ||
	    !rd_bytes(&s, (size_t)(first & 15) * 4, &skipped))
		return false;
	if (first & 0x10 &&
	    (!rd_bytes(&s, 2, &skipped) || !rd_be16(&s, &words) ||
	     !rd_bytes(&s, (size_t)words * 4, &skipped)))
		return false;
	h->pt = second & 0x7f;
	h->marker = second >> 7;
	h->payload = s.n;
	if (first & 0x20 && s.n) {
		pad = (uint8_t)s.p[s.n - 1];
		h->payload = pad < s.n ? s.n - pad : 0;
	}
	return true;
}

static struct stream *stream_new(struct trace *t, const struct way *way,
				 uint8_t pt)
{
	struct stream *s = pool_add(&t->rtp);
	struct trace_rtp *r = &s->pub;

	s->way = *way;
	r->order = t->order++;
	r->src = way->src;
	r->dst = way->dst;
	r->from = trace_who(t, &way->src);
	r->to = trace_who(t, &way->dst);
	r->ssrc = way->ssrc;
	r->pt = pt;
	r->first_sent_us = r->last_sent_us = -1;
	r->first_us = r->last_us = -1;
	apply_bind(t, s, bind_of(t, &way->src, &way->dst));
	hash_add(&t->streams, &s->le,
		 span_from((const char *)&s->way, sizeof(s->way)));
	return s;
}

static struct trace_rtp *find(const struct trace *t, const struct way *way)
{
	struct hash_le *le = hash_find(
		&t->streams, span_from((const char *)way, sizeof(*way)));

	return le ? &container_of(le, struct stream, le)->pub : NULL;
}

struct trace_rtp *trace_rtp_of(struct trace *t, const struct addr *src,
			       const struct addr *dst, const void *p, size_t n)
{
	struct way way = {*src, *dst, 0};
	struct trace_rtp *r;
	struct head h;

	if (t->forgets || !read_head(span_from(p, n), &h))
		return NULL;
	way.ssrc = h.ssrc;
	r = find(t, &way);
	return r ? r : &stream_new(t, &way, h.pt)->pub;
}

struct trace_rtp *trace_rtp_find(const struct trace *t, const struct addr *src,
				 const struct addr *dst, uint32_t ssrc)
{
	struct way way = {*src, *dst, ssrc};

	return find(t, &way);
}

void trace_rtp_key(struct trace_rtp *r, char key)
{
	size_t n = strlen(r->dtmf);

	if (n < TRACE_KEYS)
		r->dtmf[n] = key;
}

void trace_rtp_reported(struct trace_rtp *r, int32_t lost, uint32_t jitter,
			int64_t rtt_us)
{
	r->reported = true;
	r->reported_lost = lost;
	r->reported_jitter_us = (double)jitter * 1e6 / r->clock_rate;
	r->reported_rtt_us = rtt_us;
}

void trace_rtp_rtcp(struct trace_rtp *r, const struct trace_rtcp *seen)
{
	r->rtcp++;
	r->rtcp_bad |= seen->bad;
	r->rtcp_cname |= seen->cname;
	r->rtcp_astray |= seen->astray;
}

void trace_rtp_sender_rtcp(struct trace_rtp *r, const struct trace_rtcp *seen)
{
	r->sender_rtcp++;
	r->sender_rtcp_bad |= seen->bad;
	r->sender_rtcp_cname |= seen->cname;
}

/*
 * What `lost` is, at any moment: the larger of
 * - gaps: numbers between the lowest and the highest that arrived which did
 *   not arrive themselves, over all segments; all we know of a stream that
 *   comes from outside, and
 * - missing: packets we sent and nobody received, which knows of the end of a
 *   stream too. Those still on their way are among them; those that came twice
 *   were sent twice.
 */
static void set_lost(struct stream *s)
{
	struct trace_rtp *r = &s->pub;
	uint64_t came = r->received + r->duplicates;
	uint64_t gaps = came ? figures_gaps(&s->figures) : 0;
	uint64_t missing = r->sent > came ? r->sent - came : 0;

	r->lost = gaps > missing ? gaps : missing;
}

void trace_rtp_sent(struct trace_rtp *r, int64_t now_us)
{
	if (r->sent++ == 0)
		r->first_sent_us = now_us;
	r->last_sent_us = now_us;
	set_lost((struct stream *)r);
}

static void place(struct stream *s, const struct head *h, int64_t now_us)
{
	struct trace_rtp *r = &s->pub;

	figures_add(&s->figures, h->seq, h->ts, h->pt, now_us,
		    1e6 / (double)r->clock_rate);
	r->received = s->figures.received;
	r->duplicates = s->figures.duplicates;
	r->reordered = s->figures.reordered;
	r->jitter_us = s->figures.jitter_us;
	set_lost(s);
}

static struct trace_arrival *grow(struct trace_arrival **log, size_t *n,
				  size_t *cap)
{
	if (*n == *cap) {
		*cap = *cap ? *cap * 2 : 256;
		*log = xreallocarray(*log, *cap, sizeof(**log));
	}
	return &(*log)[(*n)++];
}

static void note_arrival(struct trace_arrival *a, const struct head *h,
			 int64_t now_us, size_t n)
{
	a->at_us = now_us;
	a->ts = h->ts;
	a->seq = h->seq;
	a->size = n < UINT16_MAX ? (uint16_t)n : UINT16_MAX;
	a->pt = h->pt;
	a->marker = h->marker;
}

void trace_rtp_received(struct trace *t, struct trace_rtp *r, int64_t now_us,
			const void *p, size_t n)
{
	struct stream *s = (struct stream *)r;
	struct head h;

	if (!read_head(span_from(p, n), &h))
		return;
	if (r->first_us < 0)
		r->first_us = now_us;
	else if (now_us - r->last_us > r->max_gap_us)
		r->max_gap_us = now_us - r->last_us;
	r->last_us = now_us;
	if (h.pt != r->pt)
		r->pt_changed = true;
	r->pt = h.pt;
	name_codec(t, s, h.pt);
	r->octets += h.payload;
	place(s, &h, now_us);
	if (t->log_arrivals)
		note_arrival(grow(&r->log, &r->n_log, &r->cap_log), &h, now_us,
			     n);
}

size_t trace_n_rtp(const struct trace *t)
{
	return t->rtp.n;
}

const struct trace_rtp *trace_rtp_at(const struct trace *t, size_t i)
{
	return &((struct stream *)pool_at(&t->rtp, i))->pub;
}

/* ---- what was captured ---- */

static struct span original_key(const struct original_key *key)
{
	return span_from((const char *)key, sizeof(*key));
}

static struct trace_original *original_new(struct trace *t,
					   const struct original_key *key,
					   const char *party, const char *media)
{
	struct original *o = pool_add(&t->originals);

	o->key = *key;
	o->pub.call = key->call;
	o->pub.party = arena_intern(&t->arena, party);
	o->pub.media = arena_intern(&t->arena, media);
	o->pub.ssrc = key->ssrc;
	hash_add(&t->originals_by, &o->le, original_key(&o->key));
	return &o->pub;
}

/* A party, a kind of media and an SSRC each. */
static struct trace_original *original_of(struct trace *t, int call,
					  const char *party, const char *media,
					  uint32_t ssrc)
{
	struct original_key key = {call, ssrc};
	struct hash_le *le = hash_find(&t->originals_by, original_key(&key));

	for (; le; le = hash_find_next(le)) {
		struct original *o = container_of(le, struct original, le);

		if (strcmp(o->pub.media, media) == 0 &&
		    strcmp(o->pub.party, party) == 0)
			return &o->pub;
	}
	return original_new(t, &key, party, media);
}

void trace_original(struct trace *t, int call, const char *party,
		    const char *media, int64_t now_us, const void *p, size_t n)
{
	struct trace_original *o;
	struct head h;

	if (!t->log_arrivals || !read_head(span_from(p, n), &h))
		return;
	o = original_of(t, call, party, media, h.ssrc);
	note_arrival(grow(&o->log, &o->n_log, &o->cap_log), &h, now_us, n);
}

size_t trace_n_originals(const struct trace *t)
{
	return t->originals.n;
}

const struct trace_original *trace_original_at(const struct trace *t, size_t i)
{
	return &((struct original *)pool_at(&t->originals, i))->pub;
}
