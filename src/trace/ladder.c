#include "trace/ladder.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

enum { LABEL_MAX = 200 };

enum row_kind {
	ROW_SIP,
	ROW_RTP_FIRST,
	ROW_RTP_LAST,
	ROW_ATTEMPT,	 /* one that follows another */
	ROW_ATTEMPT_END, /* one that nothing follows */
	ROW_EVENT,
	ROW_NOTE
};

struct row {
	int64_t at_us;
	size_t order;
	enum row_kind kind;
	union {
		const struct trace_sip *sip;
		const struct trace_rtp *rtp;
		const struct trace_attempt *attempt;
		const struct trace_event *event;
		const struct trace_note *note;
	} of;
	const struct trace_attempt *before; /* of ROW_ATTEMPT */
};

/* What a ladder is made from. */
struct plan {
	const struct trace *t;
	int call;
	int64_t t0_us, until_us;
	bool spoke[LADDER_LANES]; /* something came from it */
	bool heard[LADDER_LANES]; /* something arrived there */
	struct row *row;	  /* owned */
	size_t n, cap;
	struct ladder *out;
};

/* Place of an actor, or -1; add_lane makes one while there is room. */
static int find_lane(const struct ladder *l, const char *name)
{
	int i;

	for (i = 0; i < l->lanes; i++)
		if (strcmp(l->lane[i], name) == 0)
			return i;
	return -1;
}

static void add_lane(struct ladder *l, const char *name)
{
	if (find_lane(l, name) < 0 && l->lanes < LADDER_LANES)
		l->lane[l->lanes++] = name;
}

/* A row of the ladder, or NULL when it is too late for it. */
static struct row *add_row(struct plan *l, int64_t at_us, size_t order,
			   enum row_kind kind)
{
	struct row *r;

	if (at_us < 0 || at_us > l->until_us)
		return NULL;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->row = xreallocarray(l->row, l->cap, sizeof(*l->row));
	}
	r = &l->row[l->n++];
	memset(r, 0, sizeof(*r));
	r->at_us = at_us;
	r->order = order;
	r->kind = kind;
	return r;
}

static int by_time(const void *pa, const void *pb)
{
	const struct row *a = pa, *b = pb;

	if (a->at_us != b->at_us)
		return a->at_us < b->at_us ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

/* ---- collecting ---- */

static void collect_sip(struct plan *l)
{
	const struct trace_sip *m;
	size_t i = 0;

	while (trace_call_sip(l->t, l->call, &i, &m)) {
		struct row *r = add_row(l, m->sent_us, m->order, ROW_SIP);
		int from, to;

		if (r) {
			r->of.sip = m;
			add_lane(l->out, m->from);
			add_lane(l->out, m->to);
		}
		from = find_lane(l->out, m->from);
		to = find_lane(l->out, m->to);
		if (from >= 0)
			l->spoke[from] = true;
		if (to >= 0 && m->arrived_us >= 0)
			l->heard[to] = true;
	}
}

static bool is_streams_call(const struct plan *l, const struct trace_rtp *r)
{
	return r->call == l->call ||
	       (r->call < 0 && trace_calls(l->t) == 1 && l->call == 0);
}

static void collect_rtp(struct plan *l)
{
	size_t i;

	for (i = 0; i < trace_n_rtp(l->t); i++) {
		const struct trace_rtp *s = trace_rtp_at(l->t, i);
		int64_t first = s->sent ? s->first_sent_us : s->first_us;
		int64_t last = s->last_us > s->last_sent_us ? s->last_us
							    : s->last_sent_us;
		struct row *r;

		if (!is_streams_call(l, s))
			continue;
		if (s->sent > 1 || s->received > 1) {
			r = add_row(l, first, s->order, ROW_RTP_FIRST);
			if (r)
				r->of.rtp = s;
		}
		/* what ends at one time ends in the order it began */
		r = add_row(l, last, SIZE_MAX / 2 + s->order, ROW_RTP_LAST);
		if (r)
			r->of.rtp = s;
	}
}

/* The attempt of the same hunt before (step -1) or after (1) number `i`. */
static const struct trace_attempt *next_to(const struct plan *l, size_t i,
					   int step)
{
	const struct trace_attempt *a = trace_attempt_at(l->t, i), *b;
	size_t n = trace_n_attempts(l->t);

	for (i += (size_t)step; i < n; i += (size_t)step) {
		b = trace_attempt_at(l->t, i);
		if (b->call == a->call && strcmp(b->instance, a->instance) == 0)
			return b;
	}
	return NULL;
}

static bool went_well(const struct trace_attempt *a)
{
	return !a->result || a->result[0] == '2';
}

/* Whether an event of the hunt says how the attempt ended. */
static bool is_told(const struct plan *l, const struct trace_attempt *a)
{
	const struct trace_event *e;
	size_t i;

	for (i = 0; i < trace_n_events(l->t); i++) {
		e = trace_event_at(l->t, i);
		if (e->call == a->call && e->at_us == a->ended_us &&
		    strcmp(e->callid, a->call_id) == 0)
			return true;
	}
	return false;
}

static void collect_attempts(struct plan *l)
{
	size_t i;

	for (i = 0; i < trace_n_attempts(l->t); i++) {
		const struct trace_attempt *a = trace_attempt_at(l->t, i);
		const struct trace_attempt *before;
		struct row *r;

		if (a->call != l->call)
			continue;
		before = next_to(l, i, -1);
		if (before && !went_well(before) && !is_told(l, before)) {
			r = add_row(l, a->at_us, a->order, ROW_ATTEMPT);
			if (r) {
				r->of.attempt = a;
				r->before = before;
			}
		}
		if (went_well(a) || next_to(l, i, 1) || is_told(l, a))
			continue;
		r = add_row(l, a->ended_us, SIZE_MAX / 2, ROW_ATTEMPT_END);
		if (r)
			r->of.attempt = a;
	}
}

/* What is said of the run is part of every call that went on then, and what
 * came before all of them is part of the first. */
static bool is_calls_note(const struct plan *l, const struct trace_note *n)
{
	const struct trace_call *c = trace_call_at(l->t, l->call);

	if (n->kind == TRACE_STATE)
		return false;
	if (n->call >= 0 || trace_calls(l->t) < 2)
		return n->call < 0 || n->call == l->call;
	return c && (l->call == 0 || (c->t0_us >= 0 && n->at_us >= c->t0_us)) &&
	       (c->ended_us < 0 || n->at_us <= c->ended_us);
}

static void collect_notes(struct plan *l)
{
	size_t i;

	for (i = 0; i < trace_n_events(l->t); i++) {
		const struct trace_event *e = trace_event_at(l->t, i);
		struct row *r = NULL;

		if (e->call == l->call)
			r = add_row(l, e->at_us, e->order, ROW_EVENT);
		if (r)
			r->of.event = e;
	}
	for (i = 0; i < trace_n_notes(l->t); i++) {
		const struct trace_note *n = trace_note_at(l->t, i);
		struct row *r = NULL;

		if (is_calls_note(l, n))
			r = add_row(l, n->at_us, n->order, ROW_NOTE);
		if (r)
			r->of.note = n;
	}
}

/* ---- labels ---- */

/* Text of bounded length; what does not fit is dropped. */
struct label {
	char text[LABEL_MAX];
	size_t n;
};

static void say(struct label *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void say(struct label *s, const char *fmt, ...)
{
	size_t room = sizeof(s->text) - s->n;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(s->text + s->n, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		s->n += (size_t)n < room ? (size_t)n : room - 1;
}

static bool has(struct span text, const char *word)
{
	return span_find(text, span_of(word)) < text.n;
}

/* What the message carries, by its lines of Content-Type: of the message or
 * of its parts. */
static void say_body(struct label *s, struct span text)
{
	struct span rest = text, line;
	bool sdp = false, metadata = false, in_head = true;

	while (span_line(&rest, &line)) {
		if (!span_case_starts(line, "Content-Type") &&
		    !(in_head && span_case_starts(line, "c:"))) {
			in_head = in_head && line.n;
			continue;
		}
		sdp = sdp || has(line, "application/sdp");
		metadata = metadata || has(line, "application/rs-metadata");
	}
	if (metadata && has(text, "requestsnapshot"))
		say(s, " (snapshot request)");
	else if (sdp || metadata)
		say(s, " (%s%s%s)", sdp ? "sdp" : "",
		    sdp && metadata ? "+" : "", metadata ? "metadata" : "");
}

static void say_sip(struct label *s, const struct trace_sip *m)
{
	if (m->request)
		say(s, "%.*s", SPAN_ARG(m->method));
	else
		say(s, "%d %.*s", m->code, SPAN_ARG(m->method));
	say_body(s, m->text);
	if (m->again)
		say(s, ", again");
}

static void say_rtp(struct label *s, const struct row *r)
{
	const struct trace_rtp *rtp = r->of.rtp;
	bool video = rtp->media && strcmp(rtp->media, "video") == 0;
	uint64_t n = rtp->received ? rtp->received : rtp->sent;

	if (r->kind == ROW_RTP_FIRST) {
		say(s, "%sRTP begins", video ? "video " : "");
		if (rtp->codec)
			say(s, " (%s)", rtp->codec);
		return;
	}
	say(s, "%sRTP %" PRIu64 " packet%s", video ? "video " : "", n,
	    n == 1 ? "" : "s");
	if (rtp->received && rtp->lost)
		say(s, ", %" PRIu64 " lost", rtp->lost);
}

static void say_attempt(struct label *s, const struct row *r)
{
	const struct trace_attempt *a = r->of.attempt;

	if (r->before) {
		say(s, "%s: %s %s -> %s",
		    r->before->result[0] == '3' ? "redirect" : "failover",
		    r->before->server, r->before->result, a->server);
		return;
	}
	say(s, "%s: %s", a->server, a->result);
	if (a->why)
		say(s, " (%s)", a->why);
}

static void say_event(struct label *s, const struct trace_event *e)
{
	say(s, "%s", e->name);
	if (e->instance[0] && strcmp(e->instance, "default") != 0)
		say(s, " %s", e->instance);
	if (e->code[0])
		say(s, " %s", e->code);
	if (e->reason[0])
		say(s, " %s", e->reason);
}

static void say_note(struct label *s, const struct trace_note *n)
{
	if (n->kind == TRACE_WARNING)
		say(s, "warning: ");
	if (n->who)
		say(s, "%s: ", n->who);
	say(s, "%s", n->text);
}

/* ---- rows ---- */

static const char *name_or(const char *name, const char *other)
{
	return name ? name : other;
}

static struct ladder_row *put_row(struct plan *l, int64_t at_us,
				  enum ladder_kind kind, const char *label)
{
	struct ladder_row *r = &l->out->row[l->out->n++];

	r->at_us = at_us;
	r->kind = kind;
	r->from = r->to = -1;
	r->label = xstrdup(label);
	return r;
}

/* An arrow where both ends have a lane of their own, a note otherwise. */
static struct ladder_row *put_between(struct plan *l, const struct row *r,
				      enum ladder_kind kind, const char *from,
				      const char *to, bool arrived,
				      struct label *s)
{
	int src = find_lane(l->out, from);
	int dst = find_lane(l->out, to);
	bool outside = dst >= 0 && l->spoke[dst] && !l->heard[dst];
	bool lost = !arrived && !outside;
	struct label note = {"", 0};
	struct ladder_row *out;

	if (lost)
		say(s, ", lost");
	if (src >= 0 && dst >= 0 && src != dst) {
		out = put_row(l, r->at_us - l->t0_us, kind, s->text);
		out->from = src;
		out->to = dst;
	} else {
		say(&note, "%s > %s: %s", from, to, s->text);
		out = put_row(l, r->at_us - l->t0_us, kind, note.text);
	}
	out->lost = lost;
	return out;
}

static void put_sip(struct plan *l, const struct row *r, struct label *s)
{
	const struct trace_sip *m = r->of.sip;

	say_sip(s, m);
	put_between(l, r, LADDER_SIP, m->from, m->to, m->arrived_us >= 0, s)
		->sip = m;
}

static void put_rtp(struct plan *l, const struct row *r, struct label *s)
{
	const struct trace_rtp *rtp = r->of.rtp;
	const char *to = name_or(rtp->server, rtp->to);
	/* of a live party: nobody sees there what arrives */
	bool phone = !rtp->server && find_lane(l->out, to) < 0;

	say_rtp(s, r);
	put_between(l, r, LADDER_RTP, rtp->from, to, rtp->received > 0 || phone,
		    s);
}

static void put_any(struct plan *l, const struct row *r)
{
	struct label s = {"", 0};

	switch (r->kind) {
	case ROW_SIP:
		put_sip(l, r, &s);
		return;
	case ROW_RTP_FIRST:
	case ROW_RTP_LAST:
		put_rtp(l, r, &s);
		return;
	case ROW_ATTEMPT:
	case ROW_ATTEMPT_END:
		say_attempt(&s, r);
		break;
	case ROW_EVENT:
		say_event(&s, r->of.event);
		break;
	case ROW_NOTE:
		say_note(&s, r->of.note);
		break;
	}
	put_row(l, r->at_us - l->t0_us, LADDER_NOTE, s.text);
}

void ladder_make(struct ladder *l, const struct trace *t, int call,
		 int64_t until_us)
{
	const struct trace_call *c = trace_call_at(t, call);
	struct plan p = {.t = t, .call = call, .until_us = until_us, .out = l};
	size_t i;

	memset(l, 0, sizeof(*l));
	collect_sip(&p);
	collect_rtp(&p);
	collect_attempts(&p);
	collect_notes(&p);
	if (!p.n)
		return;
	qsort(p.row, p.n, sizeof(*p.row), by_time);
	p.t0_us = c && c->t0_us >= 0 ? c->t0_us : p.row[0].at_us;
	l->row = xcalloc(p.n, sizeof(*l->row));
	for (i = 0; i < p.n; i++)
		put_any(&p, &p.row[i]);
	free(p.row);
}

void ladder_fini(struct ladder *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->row[i].label);
	free(l->row);
	memset(l, 0, sizeof(*l));
}

void trace_ladder(const struct trace *t, int call, int64_t until_us,
		  struct buf *out)
{
	struct ladder l;

	ladder_make(&l, t, call, until_us);
	ladder_text(&l, out);
	ladder_fini(&l);
}
