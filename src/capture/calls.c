#include "capture/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/copies.h"
#include "capture/ends.h"
#include "capture/flow.h"
#include "capture/frame.h"
#include "capture/group.h"
#include "capture/leg.h"
#include "capture/reports.h"
#include "capture/tcp.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

struct builder {
	struct ends *ends; /* all owned */
	struct legs *legs;
	struct flows *flows;
	struct reports *reports;
	struct tcp *tcp;
	int64_t first_us, last_us;
};

const char *capture_outcome_name(enum capture_outcome o)
{
	static const char *const names[] = {"answered", "rejected", "cancelled",
					    "unanswered", "open"};

	return names[o];
}

const char *capture_party_name(enum capture_party p)
{
	static const char *const names[] = {"caller", "callee", NULL};

	return names[p];
}

static void builder_init(struct builder *b)
{
	b->ends = ends_new();
	b->legs = legs_new(b->ends);
	b->flows = flows_new(b->ends);
	b->reports = reports_new();
	b->tcp = tcp_new();
	b->first_us = b->last_us = -1;
}

static void builder_fini(struct builder *b)
{
	flows_free(b->flows);
	reports_free(b->reports);
	tcp_free(b->tcp);
	legs_free(b->legs);
	ends_free(b->ends);
}

static void begin_again(void *arg)
{
	builder_fini(arg);
	builder_init(arg);
}

static void on_message(const struct capture_packet *p, void *arg)
{
	struct builder *b = arg;

	legs_add(b->legs, p);
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct builder *b = arg;

	if (b->first_us < 0)
		b->first_us = p->at_us;
	b->last_us = p->at_us;
	if (p->tcp)
		tcp_add(b->tcp, p, on_message, b);
	else if (!flows_add(b->flows, p) && !legs_add(b->legs, p))
		reports_add(b->reports, p);
}

/* ---- legs ---- */

/* Moves the facts out. They began in the order they were found: all packets
 * came sorted. */
static void take_legs(struct builder *b, struct capture_calls *out)
{
	struct leg *leg;

	for (leg = legs_next(b->legs, NULL); leg; leg = legs_next(b->legs, leg))
		out->n_legs++;
	out->leg = xcalloc(out->n_legs + 1, sizeof(*out->leg));
	out->n_legs = 0;
	for (leg = legs_next(b->legs, NULL); leg;
	     leg = legs_next(b->legs, leg)) {
		leg_close(leg);
		leg_place(leg, out->n_legs);
		out->leg[out->n_legs++] = *leg_facts(leg);
		memset(leg_facts(leg), 0, sizeof(struct capture_leg));
	}
}

/* ---- streams ---- */

static enum capture_party other(enum capture_party p)
{
	return p == CAPTURE_CALLER ? CAPTURE_CALLEE : CAPTURE_CALLER;
}

/* Media goes to who asked for it, and comes from the other. */
static void tie(struct capture_stream *s, const struct flow *f)
{
	const struct end *d = f->dst_end, *e = f->src_end;
	const struct end *by = d && !(d->guess && e && !e->guess) ? d : e;

	s->leg = s->call = SIZE_MAX;
	s->party = CAPTURE_NOBODY;
	if (!by)
		return;
	s->leg = leg_placed(by->leg);
	s->party = by == d ? other(d->party) : e->party;
	s->m_line = by->m_line;
	memcpy(s->media, by->media, sizeof(s->media));
	s->encrypted = (!d || d->encrypted) && (!e || e->encrypted);
}

static const struct flow_type *main_type(const struct flow *f)
{
	const struct flow_type *t = &f->type[0];
	size_t i;

	for (i = 1; i < f->n_types; i++) {
		if ((t->kind != FLOW_MEDIA && f->type[i].kind == FLOW_MEDIA) ||
		    (t->kind == f->type[i].kind &&
		     f->type[i].packets > t->packets))
			t = &f->type[i];
	}
	return t;
}

static void take_types(struct capture_stream *s, const struct flow *f)
{
	size_t i;

	for (i = 0; i < f->n_types; i++) {
		const struct flow_type *t = &f->type[i];

		if (t->kind == FLOW_NOISE)
			s->comfort_noise += t->packets;
		else if (t->kind == FLOW_MEDIA && t->codec[0])
			memcpy(s->spoken[i], t->codec, sizeof(t->codec));
		else if (t->kind == FLOW_MEDIA)
			snprintf(s->spoken[i], sizeof(s->spoken[i]), "type %u",
				 t->pt);
		s->type[s->n_types++] = t->pt;
	}
	s->pt = main_type(f)->pt;
	memcpy(s->codec, main_type(f)->codec, sizeof(s->codec));
	s->n_events = f->n_events;
	memcpy(s->events, f->events, sizeof(s->events));
}

static void take_stream(const struct builder *b, struct capture_stream *s,
			const struct flow *f)
{
	s->src = f->key.src;
	s->dst = f->key.dst;
	s->ssrc = f->key.ssrc;
	s->packets = f->figures.received;
	s->duplicates = f->figures.duplicates;
	s->reordered = f->figures.reordered;
	s->lost = figures_gaps(&f->figures);
	s->jitter_ms = f->figures.jitter_us / 1000;
	s->cut = f->cut;
	s->first_us = f->first_us;
	s->last_us = f->last_us;
	tie(s, f);
	take_types(s, f);
	reports_tell(b->reports, s);
}

static int by_first(const void *pa, const void *pb)
{
	const struct capture_stream *a = pa, *b = pb;

	if (a->first_us != b->first_us)
		return a->first_us < b->first_us ? -1 : 1;
	return memcmp(&a->src, &b->src, sizeof(a->src));
}

static void take_streams(const struct builder *b, struct capture_calls *out)
{
	struct flow *f;

	for (f = flows_next(b->flows, NULL); f; f = flows_next(b->flows, f)) {
		flow_sum_up(f);
		out->n_streams += f->is_rtp;
	}
	out->stream = xcalloc(out->n_streams + 1, sizeof(*out->stream));
	out->n_streams = 0;
	for (f = flows_next(b->flows, NULL); f; f = flows_next(b->flows, f)) {
		if (f->is_rtp)
			take_stream(b, &out->stream[out->n_streams++], f);
	}
	qsort(out->stream, out->n_streams, sizeof(*out->stream), by_first);
}

struct way {
	struct hash_le he;
	struct addr ends[2];
};

static struct span way_key(const struct addr ends[2])
{
	return span_from((const char *)ends, 2 * sizeof(*ends));
}

static void tie_to(struct capture_stream *s, const struct capture_stream *o)
{
	s->leg = o->leg;
	s->party = other(o->party);
	s->m_line = o->m_line;
	memcpy(s->media, o->media, sizeof(s->media));
	s->encrypted = o->encrypted;
}

/* The other direction of a stream that is tied belongs to the same leg: what
 * SDP said of it was not true behind a NAT. */
static void tie_backwards(struct capture_calls *c)
{
	struct way *way = xcalloc(c->n_streams + 1, sizeof(*way));
	struct hash tied;
	size_t i;

	hash_init(&tied);
	for (i = 0; i < c->n_streams; i++) {
		way[i].ends[0] = c->stream[i].src;
		way[i].ends[1] = c->stream[i].dst;
		if (c->stream[i].leg != SIZE_MAX)
			hash_add(&tied, &way[i].he, way_key(way[i].ends));
	}
	for (i = 0; i < c->n_streams; i++) {
		struct addr back[2] = {c->stream[i].dst, c->stream[i].src};
		struct hash_le *e = hash_find(&tied, way_key(back));

		if (c->stream[i].leg == SIZE_MAX && e)
			tie_to(&c->stream[i],
			       &c->stream[container_of(e, struct way, he) -
					  way]);
	}
	hash_fini(&tied);
	free(way);
}

static void put_into_call(struct capture_calls *c, struct capture_stream *s)
{
	struct capture_leg *l = &c->leg[s->leg];

	s->call = l->call;
	/* without its INVITE nobody knows how long ago it was answered */
	if (s->party == CAPTURE_CALLEE && l->answered_us >= 0 && !l->partial &&
	    s->first_us < l->answered_us)
		l->early_media = c->call[s->call].early_media = true;
	if (l->swapped && s->party < CAPTURE_NOBODY)
		s->party = other(s->party);
}

/* From the last to the first, so that each list begins with the earliest. */
static void put_into_calls(struct capture_calls *c)
{
	size_t i;

	c->orphan = SIZE_MAX;
	for (i = 0; i < c->n_calls; i++)
		c->call[i].stream = SIZE_MAX;
	for (i = c->n_streams; i-- > 0;) {
		struct capture_stream *s = &c->stream[i];
		size_t *head = &c->orphan;

		if (s->leg != SIZE_MAX) {
			put_into_call(c, s);
			head = &c->call[s->call].stream;
		}
		s->next = *head;
		*head = i;
	}
}

const struct capture_stream *
capture_next_stream(const struct capture_calls *c, size_t call,
		    const struct capture_stream *at)
{
	size_t next = c->orphan;

	if (at)
		next = at->next;
	else if (call != SIZE_MAX)
		next = c->call[call].stream;
	return next == SIZE_MAX ? NULL : &c->stream[next];
}

static void warn(struct capture_info *info)
{
	if (info->cut)
		capture_warn(info,
			     "%zu packet%s cut by the snap length, from packet "
			     "%zu on",
			     info->cut, info->cut == 1 ? " is" : "s are",
			     info->first_cut);
	if (info->disordered)
		capture_warn(info,
			     "packets are not in order of time, from packet "
			     "%zu on: sorted",
			     info->disordered);
}

int capture_calls(struct capture_calls *out, const char *path, bool by_leg,
		  struct err *e)
{
	struct builder b;
	int rc;

	memset(out, 0, sizeof(*out));
	builder_init(&b);
	rc = capture_read_all(path, on_packet, begin_again, &b, &out->info, e);
	if (rc == 0) {
		tcp_flush(b.tcp, on_message, &b);
		warn(&out->info);
		out->first_us = b.first_us;
		out->last_us = b.last_us;
		take_legs(&b, out);
		take_streams(&b, out);
		tie_backwards(out);
		group_legs(out, by_leg);
		put_into_calls(out);
		copies_mark(out);
	}
	builder_fini(&b);
	return rc;
}

const struct capture_leg *capture_call_last(const struct capture_calls *c,
					    size_t call)
{
	const struct capture_leg *l = &c->leg[c->call[call].leg[0]];

	while (l->next != SIZE_MAX)
		l = &c->leg[l->next];
	return l;
}

int64_t capture_call_until(const struct capture_calls *c, size_t call)
{
	const struct capture_call *of = &c->call[call];
	const struct capture_stream *s;
	int64_t until_us = of->end_us;
	size_t i;

	if (until_us >= 0)
		return until_us;
	for (i = 0; i < of->n_legs; i++) {
		if (c->leg[of->leg[i]].last_us > until_us)
			until_us = c->leg[of->leg[i]].last_us;
	}
	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s)) {
		if (s->last_us > until_us)
			until_us = s->last_us;
	}
	return until_us;
}

void capture_calls_fini(struct capture_calls *c)
{
	size_t i;

	for (i = 0; i < c->n_legs; i++)
		capture_leg_fini(&c->leg[i]);
	for (i = 0; i < c->n_calls; i++)
		free(c->call[i].leg);
	free(c->leg);
	free(c->call);
	free(c->stream);
	memset(c, 0, sizeof(*c));
}
