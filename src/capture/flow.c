#include "capture/flow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/rtp.h"
#include "sdp/sdp.h"

enum {
	IN_SEQUENCE = 5,
	WAITING = 8192, /* flows that may become streams */
	GUESS_AT = 64,	/* packets after which a rate is guessed */
	SLOTS = 1024,	/* at first */
	NOISE_PT = 13,	/* RFC 3551, table 4; before, it was 19 */
	OLD_NOISE_PT = 19,
};

/* A pause after which the same addresses may belong to another call. */
#define PAUSE_US 200000

struct flows {
	const struct ends *ends;
	struct flow **slot; /* owned */
	size_t n_slots, n;  /* a power of two */
	struct list streams, waiting;
	struct flow *last; /* of the newest packet, or NULL */
};

/* What we look at in a packet. */
struct head {
	uint8_t pt;
	uint16_t seq;
	uint32_t ts;
};

struct flows *flows_new(const struct ends *ends)
{
	struct flows *f = xcalloc(1, sizeof(*f));

	f->ends = ends;
	f->n_slots = SLOTS;
	f->slot = xcalloc(f->n_slots, sizeof(struct flow *));
	return f;
}

static void free_list(struct list *l)
{
	while (l->head) {
		struct flow *flow = container_of(l->head, struct flow, le);

		list_unlink(&flow->le);
		free(flow);
	}
}

void flows_free(struct flows *f)
{
	if (!f)
		return;
	free_list(&f->streams);
	free_list(&f->waiting);
	free(f->slot);
	free(f);
}

static struct flow *flow_at(const struct le *e)
{
	return e ? container_of(e, struct flow, le) : NULL;
}

struct flow *flows_next(const struct flows *f, const struct flow *at)
{
	if (!at)
		return flow_at(f->streams.head ? f->streams.head
					       : f->waiting.head);
	if (at->le.next)
		return flow_at(at->le.next);
	return at->le.list == &f->streams ? flow_at(f->waiting.head) : NULL;
}

/* ---- the table ---- */

static uint64_t mix(uint64_t sum, uint64_t v)
{
	sum = (sum ^ v) * UINT64_C(0x9e3779b97f4a7c15);
	return sum ^ sum >> 29;
}

static uint64_t sum_addr(uint64_t sum, const struct addr *a)
{
	uint64_t part[2];

	if (a->family == 4) {
		uint32_t ip;

		memcpy(&ip, a->ip, sizeof(ip));
		return mix(sum, (uint64_t)a->port << 32 | ip);
	}
	memcpy(part, a->ip, sizeof(part));
	return mix(mix(mix(sum, part[0]), part[1]), a->port);
}

static bool same_addr(const struct addr *a, const struct addr *b)
{
	uint64_t x[2], y[2];
	uint32_t z, w;

	memcpy(x, a, sizeof(x));
	memcpy(y, b, sizeof(y));
	memcpy(&z, (const char *)a + sizeof(x), sizeof(z));
	memcpy(&w, (const char *)b + sizeof(y), sizeof(w));
	return x[0] == y[0] && x[1] == y[1] && z == w;
}

static uint64_t sum_key(const struct capture_packet *p, uint32_t ssrc)
{
	return sum_addr(sum_addr(mix(0, ssrc), &p->src), &p->dst);
}

static bool is_of(const struct flow *flow, const struct capture_packet *p,
		  uint32_t ssrc)
{
	return flow->key.ssrc == ssrc && same_addr(&flow->key.src, &p->src) &&
	       same_addr(&flow->key.dst, &p->dst);
}

static void grow(struct flows *f)
{
	size_t i, n = f->n_slots * 2;
	struct flow **slot = xcalloc(n, sizeof(struct flow *));

	for (i = 0; i < f->n_slots; i++) {
		while (f->slot[i]) {
			struct flow *flow = f->slot[i];

			f->slot[i] = flow->chain;
			flow->chain = slot[flow->sum & (n - 1)];
			slot[flow->sum & (n - 1)] = flow;
		}
	}
	free(f->slot);
	f->slot = slot;
	f->n_slots = n;
}

static void put_in(struct flows *f, struct flow *flow)
{
	struct flow **slot;

	if (++f->n * 2 > f->n_slots)
		grow(f);
	slot = &f->slot[flow->sum & (f->n_slots - 1)];
	flow->chain = *slot;
	*slot = flow;
}

static void take_out(struct flows *f, struct flow *flow)
{
	struct flow **at = &f->slot[flow->sum & (f->n_slots - 1)];

	while (*at != flow)
		at = &(*at)->chain;
	*at = flow->chain;
	f->n--;
}

/* ---- what payload types mean ---- */

/* RFC 3264 section 5.1: payload types are the receiver's, so what the receiver
 * said counts first. */
static const struct end_codec *said_codec(const struct flow *flow, uint8_t pt)
{
	const struct end_codec *c = end_codec(flow->dst_end, pt);

	return c && c->name[0] ? c : end_codec(flow->src_end, pt);
}

static enum flow_kind kind_of(const char *name)
{
	if (span_case_is(span_of(name), "telephone-event"))
		return FLOW_EVENTS;
	return span_case_is(span_of(name), "CN") ? FLOW_NOISE : FLOW_MEDIA;
}

static void set_codec(struct flow_type *t, const char *name, uint32_t rate,
		      unsigned channels)
{
	t->kind = kind_of(name);
	t->us_per_tick = rate ? 1e6 / rate : 0;
	if (channels > 1)
		snprintf(t->codec, sizeof(t->codec), "%s/%u/%u", name, rate,
			 channels);
	else
		snprintf(t->codec, sizeof(t->codec), "%s/%u", name, rate);
}

static void learn_type(struct flow *flow, struct flow_type *t)
{
	const struct end_codec *said = said_codec(flow, t->pt);
	struct sdp_codec fixed = {.pt = t->pt};

	if (said && said->name[0])
		set_codec(t, said->name, said->rate, said->channels);
	else if (sdp_static_codec(t->pt, &fixed))
		set_codec(t, fixed.name, fixed.rate, fixed.channels);
	else if (t->pt == NOISE_PT || t->pt == OLD_NOISE_PT)
		set_codec(t, "CN", 8000, 1);
	flow->has_events = flow->has_events || t->kind == FLOW_EVENTS;
}

static struct flow_type *type_of(struct flow *flow, uint8_t pt)
{
	struct flow_type *t;
	size_t i;

	for (i = 0; i < flow->n_types; i++) {
		if (flow->type[i].pt == pt)
			return &flow->type[i];
	}
	/* more than anybody uses: the last place stands for them all */
	if (flow->n_types == CAPTURE_TYPES)
		return &flow->type[CAPTURE_TYPES - 1];
	t = &flow->type[flow->n_types++];
	t->pt = pt;
	learn_type(flow, t);
	return t;
}

/* Clock rates in use, RFC 3551 section 6 and RFC 7587. */
static void guess_rate(struct flow *flow, struct flow_type *t, uint32_t ts,
		       int64_t at_us)
{
	static const double rates[] = {8000,  16000, 24000, 32000,
				       44100, 48000, 90000};
	double span_us = (double)(at_us - flow->first_us);
	double rate = (double)(ts - flow->first_ts) * 1e6 / span_us;
	size_t i;

	for (i = 0; span_us > 0 && i < sizeof(rates) / sizeof(*rates); i++) {
		if (rate > rates[i] * 0.95 && rate < rates[i] * 1.05)
			t->us_per_tick = 1e6 / rates[i];
	}
}

/* ---- whose a flow is ---- */

static void look_for_ends(const struct flows *f, struct flow *flow,
			  int64_t at_us)
{
	flow->generation = ends_generation(f->ends);
	if (!flow->dst_end)
		flow->dst_end = ends_find(f->ends, &flow->key.dst, at_us);
	if (!flow->src_end)
		flow->src_end = ends_find(f->ends, &flow->key.src, at_us);
}

static void make_stream(struct flows *f, struct flow *flow)
{
	if (flow->is_rtp)
		return;
	flow->is_rtp = true;
	list_unlink(&flow->le);
	list_append(&f->streams, &flow->le);
}

/* SDP said something since. */
static void look_again(struct flows *f, struct flow *flow, int64_t at_us)
{
	size_t i;

	look_for_ends(f, flow, at_us);
	if (!flow->dst_end && !flow->src_end)
		return;
	make_stream(f, flow);
	for (i = 0; i < flow->n_types; i++)
		learn_type(flow, &flow->type[i]);
	flow->us_per_tick = 0; /* to be taken from the type again */
}

static const struct leg *leg_of(const struct flow *flow)
{
	if (flow->dst_end)
		return flow->dst_end->leg;
	return flow->src_end ? flow->src_end->leg : NULL;
}

/* Whether after a pause the addresses are another call's: SSRCs come again
 * too, where a recording is played. */
static bool is_anothers(const struct flows *f, const struct flow *flow,
			const struct capture_packet *p)
{
	const struct leg *leg = leg_of(flow);
	const struct end *now;

	if (p->at_us - flow->last_us < PAUSE_US || !leg || leg_end_us(leg) < 0)
		return false;
	now = ends_find(f->ends, flow->dst_end ? &p->dst : &p->src, p->at_us);
	return now && now->leg != leg;
}

static void drop_oldest(struct flows *f)
{
	struct flow *flow = container_of(f->waiting.head, struct flow, le);

	take_out(f, flow);
	list_unlink(&flow->le);
	free(flow);
}

static struct flow *begin(struct flows *f, const struct capture_packet *p,
			  uint32_t ssrc, uint32_t ts)
{
	struct flow *flow = xcalloc(1, sizeof(*flow));

	if (f->waiting.n >= WAITING)
		drop_oldest(f);
	flow->key.src = p->src;
	flow->key.dst = p->dst;
	flow->key.ssrc = ssrc;
	flow->sum = sum_key(p, ssrc);
	flow->first_us = p->at_us;
	flow->last_us = p->at_us;
	flow->first_ts = ts;
	list_append(&f->waiting, &flow->le);
	put_in(f, flow);
	look_again(f, flow, p->at_us);
	return flow;
}

static struct flow *look_up(const struct flows *f,
			    const struct capture_packet *p, uint32_t ssrc)
{
	uint64_t sum = sum_key(p, ssrc);
	struct flow *flow = f->slot[sum & (f->n_slots - 1)];

	while (flow && !(flow->sum == sum && is_of(flow, p, ssrc)))
		flow = flow->chain;
	return flow;
}

/* What the next packet will touch is fetched while this one is counted. */
static void expect(const struct flow *flow)
{
	if (!flow)
		return;
	__builtin_prefetch(flow);
	__builtin_prefetch(&flow->generation);
	__builtin_prefetch(&flow->at_type);
	__builtin_prefetch(&flow->figures);
}

/* Streams take turns, every 20 ms in the same order: the one that came next
 * the last time is looked at first. */
static struct flow *find(struct flows *f, const struct capture_packet *p,
			 uint32_t ssrc)
{
	struct flow *flow = f->last ? f->last->after : NULL;

	if (!flow || flow->gone || !is_of(flow, p, ssrc)) {
		flow = look_up(f, p, ssrc);
		if (f->last && flow && flow->is_rtp)
			f->last->after = flow;
	}
	/* others may be dropped at any time */
	f->last = flow && flow->is_rtp ? flow : NULL;
	if (f->last)
		expect(f->last->after);
	return flow;
}

static struct flow *flow_of(struct flows *f, const struct capture_packet *p,
			    uint32_t ssrc, uint32_t ts)
{
	struct flow *flow = find(f, p, ssrc);

	if (flow && flow->generation != ends_generation(f->ends)) {
		if (is_anothers(f, flow, p)) {
			take_out(f, flow);
			flow->gone = true;
			flow = NULL;
		} else if (!flow->dst_end) {
			look_again(f, flow, p->at_us);
		}
	}
	return flow ? flow : begin(f, p, ssrc, ts);
}

/* ---- packets ---- */

static uint16_t be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint32_t be32(const uint8_t *p)
{
	return (uint32_t)be16(p) << 16 | be16(p + 2);
}

/* RFC 3550 section 5.1, and RFC 5761 section 4: types 192 to 223 are RTCP. */
static bool looks_like_rtp(struct span d)
{
	const uint8_t *p = (const uint8_t *)d.p;

	return d.n >= RTP_HEADER && p[0] >> 6 == 2 &&
	       !(p[1] >= 192 && p[1] <= 223);
}

static void count_run(struct flows *f, struct flow *flow, uint16_t seq)
{
	if (flow->run && seq == flow->run_seq)
		return;
	flow->run = flow->run && seq == (uint16_t)(flow->run_seq + 1)
			    ? (uint16_t)(flow->run + 1)
			    : 1;
	flow->run_seq = seq;
	if (flow->run >= IN_SEQUENCE)
		make_stream(f, flow);
}

/* RFC 4733 section 2.3: an event has one timestamp, in however many packets it
 * is told. */
static void note_event(struct flow *flow, const struct capture_packet *p,
		       uint32_t ts)
{
	static const char digits[] = "0123456789*#ABCD";
	size_t n = strlen(flow->events);
	struct rtp rtp;
	uint8_t event;

	if (flow->n_events && ts == flow->event_ts)
		return;
	if (!rtp_parse(p->data.p, p->data.n, &rtp) || rtp.payload.n < 4)
		return;
	flow->event_ts = ts;
	flow->n_events++;
	event = (uint8_t)rtp.payload.p[0];
	if (event < 16 && n + 1 < sizeof(flow->events))
		flow->events[n] = digits[event];
}

void flow_sum_up(struct flow *flow)
{
	if (flow->at_type)
		flow->at_type->packets += flow->at_packets;
	flow->at_packets = 0;
}

/* Another payload type than before, or one whose clock is not known yet. */
static void change_type(struct flow *flow, const struct head *h,
			const struct capture_packet *p)
{
	struct flow_type *t;

	flow_sum_up(flow);
	t = flow->at_type = type_of(flow, h->pt);
	flow->at_pt = h->pt;
	if (t->us_per_tick == 0 && t->packets >= GUESS_AT)
		guess_rate(flow, t, h->ts, p->at_us);
	flow->us_per_tick = t->us_per_tick;
}

static void count_type(struct flow *flow, const struct head *h,
		       const struct capture_packet *p)
{
	if (flow->at_pt != h->pt || flow->us_per_tick == 0)
		change_type(flow, h, p);
	flow->at_packets++;
}

bool flows_add(struct flows *f, const struct capture_packet *p)
{
	const uint8_t *octet = (const uint8_t *)p->data.p;
	struct flow *flow;
	struct head h;

	if (!looks_like_rtp(p->data))
		return false;
	h.pt = octet[1] & 0x7f;
	h.seq = be16(octet + 2);
	h.ts = be32(octet + 4);
	flow = flow_of(f, p, be32(octet + 8), h.ts);
	if (!flow->is_rtp)
		count_run(f, flow, h.seq);
	flow->cut += p->cut;
	flow->last_us = p->at_us;
	count_type(flow, &h, p);
	if (flow->has_events && flow->at_type->kind == FLOW_EVENTS)
		note_event(flow, p, h.ts);
	figures_add(&flow->figures, h.seq, h.ts, h.pt, p->at_us,
		    flow->us_per_tick);
	return true;
}
