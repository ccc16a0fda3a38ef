#include "capture/member.h"

#include <stdlib.h>
#include <string.h>

#include "capture/leg.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "media/rtcp.h"
#include "media/rtp.h"
#include "sip/view.h"

struct member {
	struct hash_le he;
	const struct capture_stream *stream; /* or NULL */
	const struct capture_leg *leg;	     /* likewise */
	uint32_t ssrc;
};

struct members {
	struct member *at; /* owned */
	size_t n;
	struct hash by_call_id, by_ssrc;
};

static struct span ssrc_key(const uint32_t *ssrc)
{
	return span_from((const char *)ssrc, sizeof(*ssrc));
}

static void add_streams(struct members *m, const struct capture_calls *c,
			size_t call)
{
	const struct capture_stream *s;

	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s)) {
		struct member *one = &m->at[m->n++];

		one->stream = s;
		one->ssrc = s->ssrc;
		hash_add(&m->by_ssrc, &one->he, ssrc_key(&one->ssrc));
	}
}

static void add_call(struct members *m, const struct capture_calls *c,
		     size_t call)
{
	size_t i;

	for (i = 0; i < c->call[call].n_legs; i++) {
		struct member *one = &m->at[m->n++];

		one->leg = &c->leg[c->call[call].leg[i]];
		hash_add(&m->by_call_id, &one->he, span_of(one->leg->call_id));
	}
	add_streams(m, c, call);
}

struct members *members_new(const struct capture_calls *c, size_t call)
{
	struct members *m = xcalloc(1, sizeof(*m));
	size_t i;

	hash_init(&m->by_call_id);
	hash_init(&m->by_ssrc);
	m->at = xcalloc(c->n_legs + c->n_streams + 1, sizeof(*m->at));
	if (call == SIZE_MAX)
		add_streams(m, c, call);
	for (i = 0; i < c->n_calls; i++)
		if (i == call || call == CAPTURE_EVERY_CALL)
			add_call(m, c, i);
	return m;
}

void members_free(struct members *m)
{
	if (!m)
		return;
	hash_fini(&m->by_call_id);
	hash_fini(&m->by_ssrc);
	free(m->at);
	free(m);
}

bool members_message(const struct members *m, struct span text)
{
	struct sip_view v;

	return legs_is_sip(text) && sip_view(text, &v) &&
	       hash_find(&m->by_call_id, v.call_id);
}

const struct capture_leg *members_leg(const struct members *m,
				      struct span call_id, int64_t at_us)
{
	struct hash_le *e;

	for (e = hash_find(&m->by_call_id, call_id); e; e = hash_find_next(e)) {
		const struct capture_leg *l =
			container_of(e, struct member, he)->leg;

		if (at_us >= l->start_us && at_us <= l->last_us)
			return l;
	}
	return NULL;
}

const struct capture_stream *members_stream(const struct members *m,
					    const struct capture_packet *p)
{
	struct hash_le *e;
	struct rtp rtp;

	if (!rtp_parse(p->data.p, p->data.n, &rtp))
		return NULL;
	for (e = hash_find(&m->by_ssrc, ssrc_key(&rtp.ssrc)); e;
	     e = hash_find_next(e)) {
		const struct capture_stream *s =
			container_of(e, struct member, he)->stream;

		if (p->at_us >= s->first_us && p->at_us <= s->last_us &&
		    addr_eq(&p->src, &s->src) && addr_eq(&p->dst, &s->dst))
			return s;
	}
	return NULL;
}

static bool is_between(const struct members *m, uint32_t ssrc,
		       const struct addr *src, const struct addr *dst)
{
	struct hash_le *e;

	for (e = hash_find(&m->by_ssrc, ssrc_key(&ssrc)); e;
	     e = hash_find_next(e)) {
		const struct capture_stream *s =
			container_of(e, struct member, he)->stream;

		if (addr_ip_eq(src, &s->src) && addr_ip_eq(dst, &s->dst))
			return true;
	}
	return false;
}

bool members_report(const struct members *m, const struct capture_packet *p)
{
	struct rtcp_seen seen;

	if (!rtcp_is(p->data.p, p->data.n) ||
	    !rtcp_parse(p->data.p, p->data.n, &seen))
		return false;
	return is_between(m, seen.ssrc, &p->src, &p->dst) ||
	       (seen.has_block &&
		is_between(m, seen.block.ssrc, &p->dst, &p->src));
}
