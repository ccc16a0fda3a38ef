/* A call out of a capture, played at the captured moments. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/captured_int.h"
#include "core/xalloc.h"
#include "media/rtp.h"

#define TURN_US INT64_C(1000)

/* ---- packets ---- */

static void pass_over(struct captured *d, int party)
{
	if (d->passed_over)
		return;
	d->passed_over = true;
	call_warn(&d->call->party[party], "packets of a further m-line",
		  "a party has two streams of audio and one of video, "
		  "they are left out");
}

/* Adds to a big-endian number; what is over is lost. */
static void shift(uint8_t *at, size_t n, uint32_t by)
{
	uint64_t sum = by;

	while (n-- > 0) {
		sum += at[n];
		at[n] = (uint8_t)sum;
		sum >>= 8;
	}
}

/* RFC 3550 section 5.1: sequence number, timestamp, SSRC. */
static struct span rewritten(const struct captured *d, struct span packet,
			     uint8_t bytes[RTP_MAX])
{
	enum call_rewrite how = d->call->conf.capture->rewrite;

	if (how == CALL_REWRITE_NONE || packet.n > RTP_MAX)
		return packet;
	memcpy(bytes, packet.p, packet.n);
	if (how == CALL_REWRITE_SSRC) {
		shift(bytes + 8, 4, d->shift);
	} else {
		shift(bytes + 2, 2, d->shift >> 16);
		shift(bytes + 4, 4, d->shift);
	}
	return span_from((const char *)bytes, packet.n);
}

/* Whose packet is on its way, and of which line. */
struct sent {
	int party;
	enum call_kind kind;
};

static int arrives(const void *tag, const void *p, size_t n, void *arg)
{
	struct call *c = ((struct captured *)arg)->call;
	struct sent sent;

	memcpy(&sent, tag, sizeof(sent));
	if (!c->over && c->known && c->h.rtp)
		c->h.rtp(c, sent.party, sent.kind, p, n, c->arg);
	return 0;
}

static void pass_on(struct captured *d, const struct sent *sent,
		    struct span packet)
{
	if (d->way[sent->party])
		way_send(d->way[sent->party], sent, sizeof(*sent), packet.p,
			 packet.n);
	else
		arrives(sent, packet.p, packet.n, d);
}

static void on_packet(struct captured *d, const struct capture_moment *m)
{
	struct call *c = d->call;
	enum call_kind kind = captured_kind(d, m->stream);
	int party = captured_party(d, m);
	uint8_t bytes[RTP_MAX];
	struct span packet;

	if (c->over || m->at_us < c->conf.capture->start_us ||
	    captured_elsewhere(d, m))
		return;
	if (m->stream->m_line && d->line[kind] &&
	    m->stream->m_line != d->line[kind]) {
		pass_over(d, party);
		return;
	}
	packet = rewritten(d, m->data, bytes);
	trace_original(c->conf.trace, c->conf.index, c->party[party].who->id,
		       call_kind_name(kind), loop_now(c->conf.loop), packet.p,
		       packet.n);
	pass_on(d, &(struct sent){party, kind}, packet);
}

/* ---- its course ---- */

static int64_t due_us(const struct captured *d, int64_t at_us)
{
	int64_t skipped_us = d->call->conf.capture->start_us;
	int64_t after_us = at_us > skipped_us ? at_us - skipped_us : 0;

	return d->call->t0_us + d->late_us +
	       (int64_t)((double)after_us / d->speed);
}

static void finish(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;
	struct trace_call *t = trace_call(conf->trace, conf->index);

	if (!t->final && d->tape->leg)
		t->final = d->tape->leg->final;
	t->in_order = true;
	call_over(d->call);
}

/* What is recorded must not have passed before the recorder is ready for it. */
static bool waits(struct captured *d)
{
	struct call *c = d->call;
	int64_t now_us = loop_now(c->conf.loop);

	if (!d->hurries || d->patience_us < 0 || c->over)
		return false;
	if (now_us < d->patience_us && c->h.settled &&
	    !c->h.settled(c, c->arg)) {
		if (d->waits_us < 0)
			d->waits_us = now_us;
		timer_after(&d->timer, TURN_US);
		return true;
	}
	if (d->waits_us >= 0)
		d->late_us += now_us - d->waits_us;
	d->waits_us = d->patience_us = -1;
	return false;
}

/* A turn of the real clock may come late: all that is due goes at once. */
static void on_due(void *arg)
{
	struct captured *d = arg;
	const struct capture_tape *t = d->tape;

	if (!t->leg && !d->call->known)
		captured_tell_streams(d);
	while (d->pos < t->n) {
		const struct capture_moment *m = &t->at[d->pos];

		if (due_us(d, m->at_us) > loop_now(d->call->conf.loop)) {
			timer_at(&d->timer, due_us(d, m->at_us));
			return;
		}
		if (waits(d))
			return;
		d->pos++;
		if (m->stream)
			on_packet(d, m);
		else
			captured_message(d, m);
		/* what both sent last may have one time */
		if (m->at_us >= t->end_us &&
		    (d->pos == t->n || m[1].at_us > m->at_us))
			finish(d);
	}
	finish(d);
}

void captured_start(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	if (d->tape->leg)
		trace_bind_call_id(conf->trace, span_of(captured_call_id(d)),
				   conf->index);
	timer_at(&d->timer, due_us(d, 0));
}

void captured_stop(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	trace_call(conf->trace, conf->index)->in_order = true;
	timer_stop(&d->timer);
	d->pos = d->tape->n;
}

const char *captured_call_id(const struct captured *d)
{
	return d->tape->leg ? d->tape->leg->call_id : "";
}

/* The moment that is played now; nothing is while it waits. */
int64_t captured_wall_us(const struct captured *d)
{
	const struct call *c = d->call;
	int64_t now_us = d->waits_us >= 0 ? d->waits_us
					  : loop_now(c->conf.loop);
	double played_us = (double)(now_us - c->t0_us - d->late_us) * d->speed;

	return d->tape->first_us + c->conf.capture->start_us +
	       (int64_t)played_us;
}

bool captured_busy(const struct captured *d)
{
	return d->pos < d->tape->n;
}

/* ---- opening ---- */

/* Whether the scenario calls a party something that no message does. */
static void find_named(struct captured *d, const struct call_facts *f)
{
	const struct call_conf *conf = &d->call->conf;
	size_t i;
	int p;

	for (p = 0; p < CALL_PARTIES; p++) {
		d->named[p] = true;
		for (i = 0; i < f->n_aliases; i++)
			if (f->alias[i].party == p &&
			    strcmp(f->alias[i].uri, conf->party[p].aor) == 0)
				d->named[p] = false;
	}
}

static void set_pace(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	d->waits_us = d->patience_us = -1;
	d->speed = conf->capture->speed;
	if (d->speed > 0)
		return;
	d->hurries = loop_clock(conf->loop) == LOOP_REAL;
	d->speed = d->hurries ? CALL_MAX_SPEED : 1;
}

/* We cannot offer what has no name. */
static void warn_of_unnamed(const struct captured *d)
{
	const struct capture_tape *t = d->tape;
	const struct capture_stream *s;
	char what[80];

	for (s = capture_next_stream(t->calls, t->call, NULL); s;
	     s = capture_next_stream(t->calls, t->call, s)) {
		enum capture_party p = capture_tape_party(t, s);

		if (p >= CAPTURE_NOBODY || !look_is_unnamed(s))
			continue;
		snprintf(what, sizeof(what),
			 "stream 0x%08x has payload type %u", s->ssrc,
			 s->type[0]);
		call_warn(&d->call->party[((int)p) ^ d->turned], what,
			  "no SDP in the capture says what that is, it is "
			  "not recorded");
	}
}

struct captured *captured_new(struct call *c, struct err *e)
{
	const struct call_capture *conf = c->conf.capture;
	struct call_facts facts;
	struct captured *d;
	int p;

	if (call_look(&facts, conf, e) < 0)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->call = c;
	d->tape = look_up(conf, e);
	set_pace(d);
	d->overheard = overheard_new();
	d->turn = 1;
	d->turned = facts.turned;
	warn_of_unnamed(d);
	d->shift = rng_u32(c->conf.rng) | 1;
	find_named(d, &facts);
	for (p = 0; p < CALL_PARTIES; p++)
		d->way[p] = way_new(c->conf.loop, c->conf.rng,
				    &c->conf.party[p].source.way, arrives, d);
	timer_init(&d->timer, c->conf.loop, on_due, d);
	call_facts_fini(&facts);
	return d;
}

void captured_free(struct captured *d)
{
	int p;

	if (!d)
		return;
	timer_stop(&d->timer);
	overheard_free(d->overheard);
	for (p = 0; p < CALL_PARTIES; p++) {
		way_free(d->way[p]);
		free(d->session[p]);
	}
	free(d);
}
