#include "capture/tape.h"

#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/member.h"
#include "capture/store.h"
#include "capture/tcp.h"
#include "core/xalloc.h"
#include "sip/view.h"

struct taped {
	struct capture_tape *tape;
	int64_t cancel_us;
	bool led[CAPTURE_NOBODY]; /* its legs have a stream of theirs */
};

/* Calls that are read for the second time: one, or all. */
struct taping {
	const struct capture_calls *calls;
	struct taped *at; /* owned, all three */
	struct members *members;
	struct tcp *tcp;
	size_t first, n; /* number of the first call, and of calls */
};

/* ---- which call ---- */

static bool has_call_id(const struct capture_calls *c, size_t call,
			const char *call_id)
{
	size_t i;

	for (i = 0; i < c->call[call].n_legs; i++) {
		if (strcmp(c->leg[c->call[call].leg[i]].call_id, call_id) == 0)
			return true;
	}
	return false;
}

bool capture_find_call(const struct capture_calls *c,
		       const struct capture_wanted *wanted, size_t *call,
		       struct err *e)
{
	const char *s = c->n_calls == 1 ? "" : "s";

	if (!wanted->call_id) {
		*call = wanted->number - 1;
		if (wanted->number && wanted->number <= c->n_calls)
			return true;
		err_set(e, ERR_SCENARIO, "no call %zu in it: it has %zu call%s",
			wanted->number, c->n_calls, s);
		return false;
	}
	for (*call = 0; *call < c->n_calls; ++*call) {
		if (has_call_id(c, *call, wanted->call_id))
			return true;
	}
	err_set(e, ERR_SCENARIO,
		"no call with Call-ID '%.100s' in it: it has %zu call%s",
		wanted->call_id, c->n_calls, s);
	return false;
}

bool capture_is_later_leg(const struct capture_calls *c, size_t call,
			  const char *call_id)
{
	return strcmp(c->leg[c->call[call].leg[0]].call_id, call_id) != 0;
}

/* ---- what happened ---- */

static void add(struct taped *of, const struct capture_packet *p,
		const struct capture_stream *stream,
		const struct capture_leg *leg, enum capture_party party)
{
	struct capture_tape *t = of->tape;
	struct capture_moment *m;

	if (t->n == t->cap) {
		t->cap = t->cap ? t->cap * 2 : 256;
		t->at = xreallocarray(t->at, t->cap, sizeof(*t->at));
	}
	m = &t->at[t->n];
	m->at_us = p->at_us;
	/* a message over TCP is whole when its last segment is there */
	if (t->n && m->at_us < m[-1].at_us)
		m->at_us = m[-1].at_us;
	m->data = capture_store_add(t->store, p->data);
	m->src = p->src;
	m->dst = p->dst;
	m->stream = stream;
	m->leg = leg;
	m->party = party;
	t->n++;
}

static enum capture_party other(enum capture_party p)
{
	return p == CAPTURE_CALLER ? CAPTURE_CALLEE : CAPTURE_CALLER;
}

/* Messages are told of the legs that a call was in, or that somebody was
 * transferred to. */
static void add_message(struct taping *g, const struct capture_packet *p)
{
	const struct capture_leg *leg;
	enum capture_party party;
	struct taped *of;
	struct sip_view v;

	if (!members_message(g->members, p->data) || !sip_view(p->data, &v))
		return;
	leg = members_leg(g->members, v.call_id, p->at_us);
	if (!leg || (!leg->turn && leg->joins == CAPTURE_NOBODY))
		return;
	of = &g->at[leg->call - g->first];
	if (leg == of->tape->leg && v.request && of->cancel_us < 0 &&
	    span_is(v.method, "CANCEL"))
		of->cancel_us = p->at_us;
	party = span_is(v.from_tag, leg->caller_tag) != leg->swapped
			? CAPTURE_CALLER
			: CAPTURE_CALLEE;
	add(of, p, NULL, leg, v.request ? party : other(party));
}

static void on_message(const struct capture_packet *p, void *arg)
{
	add_message(arg, p);
}

static const struct capture_leg *stream_leg(const struct capture_calls *c,
					    const struct capture_stream *s)
{
	return s->leg == SIZE_MAX ? NULL : &c->leg[s->leg];
}

/* The voice of a party that the legs of the call have not, one beside them has.
 * What a relay sends on was said before. */
static void add_rtp(struct taping *g, const struct capture_packet *p,
		    const struct capture_stream *s)
{
	const struct capture_leg *l = stream_leg(g->calls, s);
	struct taped *of = &g->at[s->call == SIZE_MAX ? 0 : s->call - g->first];
	enum capture_party party = capture_tape_party(of->tape, s);

	if (party < CAPTURE_NOBODY && !s->copy &&
	    (!of->led[party] || (l && l->turn)))
		add(of, p, s, l, party);
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct taping *g = arg;
	const struct capture_stream *s;

	if (p->tcp) {
		tcp_add(g->tcp, p, on_message, g);
		return;
	}
	s = members_stream(g->members, p);
	if (!s)
		add_message(g, p);
	else if (!p->cut)
		add_rtp(g, p, s);
}

/* ---- all ---- */

static void begin(struct taping *g)
{
	size_t i, call = g->n == 1 ? g->at[0].tape->call : CAPTURE_EVERY_CALL;

	g->members = members_new(g->calls, call);
	g->tcp = tcp_new();
	for (i = 0; i < g->n; i++) {
		g->at[i].cancel_us = -1;
		g->at[i].tape->store = capture_store_new();
		g->at[i].tape->n = 0;
	}
}

static void end(struct taping *g)
{
	members_free(g->members);
	tcp_free(g->tcp);
}

static void begin_again(void *arg)
{
	struct taping *g = arg;
	size_t i;

	end(g);
	for (i = 0; i < g->n; i++)
		capture_store_free(g->at[i].tape->store);
	begin(g);
}

/* ---- streams without SIP ---- */

static bool sits(const struct addr *seat, const struct addr *a)
{
	return addr_is_set(seat) && addr_ip_eq(seat, a) &&
	       (!seat->port || seat->port == a->port);
}

/* Who says a stream; -1: nobody told. */
static int sayer(const struct capture_stream *s,
		 const struct capture_wanted *wanted)
{
	if (sits(&wanted->caller, &s->src) || sits(&wanted->callee, &s->dst))
		return CAPTURE_CALLER;
	if (sits(&wanted->callee, &s->src) || sits(&wanted->caller, &s->dst))
		return CAPTURE_CALLEE;
	return -1;
}

static bool is_told(const struct capture_wanted *wanted)
{
	return addr_is_set(&wanted->caller) || addr_is_set(&wanted->callee);
}

static bool goes_along(const struct capture_stream *a,
		       const struct capture_stream *b)
{
	return addr_eq(&a->src, &b->src) && addr_eq(&a->dst, &b->dst);
}

static bool goes_back(const struct capture_stream *a,
		      const struct capture_stream *b)
{
	return addr_eq(&a->src, &b->dst) && addr_eq(&a->dst, &b->src);
}

const struct capture_stream **capture_pairs(const struct capture_calls *c,
					    const struct capture_wanted *wanted,
					    size_t *n)
{
	const struct capture_stream **out = xcalloc(c->n_streams + 1,
						    sizeof(const void *));
	size_t i, k;

	*n = 0;
	for (i = 0; i < c->n_streams; i++) {
		const struct capture_stream *s = &c->stream[i];

		if (s->call != SIZE_MAX ||
		    (is_told(wanted) && sayer(s, wanted) < 0))
			continue;
		for (k = 0; k < *n; k++)
			if (goes_along(s, out[k]) || goes_back(s, out[k]))
				break;
		if (k == *n)
			out[(*n)++] = s;
	}
	return out;
}

/* The first stream of the pair that is wanted. */
static const struct capture_stream *lead(const struct capture_calls *c,
					 const struct capture_wanted *wanted,
					 struct err *e)
{
	size_t n, at = wanted->pair ? wanted->pair - 1 : 0;
	const struct capture_stream **all = capture_pairs(c, wanted, &n);
	const struct capture_stream *first = at < n ? all[at] : NULL;

	if (!first && !n && is_told(wanted))
		err_set(e, ERR_SCENARIO,
			"no stream without SIP in it comes from or goes to "
			"who was named");
	else if (!first)
		err_set(e, ERR_SCENARIO,
			"no pair %zu of streams without SIP in it: it has %zu",
			at + 1, n);
	free(all);
	return first;
}

static bool seat_streams(struct capture_tape *t,
			 const struct capture_wanted *wanted, struct err *e)
{
	const struct capture_calls *c = t->calls;
	const struct capture_stream *first = lead(c, wanted, e);
	enum capture_party party;
	size_t i;

	if (!first)
		return false;
	party = is_told(wanted) ? (enum capture_party)sayer(first, wanted)
				: CAPTURE_CALLER;
	t->call = SIZE_MAX;
	t->seat = xcalloc(c->n_streams, sizeof(*t->seat));
	for (i = 0; i < c->n_streams; i++) {
		const struct capture_stream *s = &c->stream[i];

		t->seat[i] = CAPTURE_NOBODY;
		if (s->call == SIZE_MAX && goes_along(s, first))
			t->seat[i] = party;
		else if (s->call == SIZE_MAX && goes_back(s, first))
			t->seat[i] = other(party);
	}
	return true;
}

enum capture_party capture_tape_party(const struct capture_tape *t,
				      const struct capture_stream *s)
{
	return t->seat ? t->seat[s - t->calls->stream] : s->party;
}

static void find_led(struct taped *of)
{
	const struct capture_tape *t = of->tape;
	const struct capture_stream *s;

	for (s = t->leg ? capture_next_stream(t->calls, t->call, NULL) : NULL;
	     s; s = capture_next_stream(t->calls, t->call, s))
		if (s->party < CAPTURE_NOBODY && t->calls->leg[s->leg].turn)
			of->led[s->party] = true;
}

/* ---- times ---- */

static int64_t end_of(const struct taped *of)
{
	const struct capture_tape *t = of->tape;
	const struct capture_leg *l = capture_call_last(t->calls, t->call);

	if (l->outcome == CAPTURE_CANCELLED && of->cancel_us >= 0)
		return of->cancel_us;
	return l->end_us >= 0 ? l->end_us
			      : capture_call_until(t->calls, t->call);
}

/* Times count from the first moment from here on. */
static void set_times(const struct taped *of)
{
	struct capture_tape *t = of->tape;
	int64_t first_us = t->n ? t->at[0].at_us : 0;
	int64_t end_us = t->n ? t->at[t->n - 1].at_us : 0;
	size_t i;

	if (t->leg)
		end_us = end_of(of);
	t->first_us = first_us;
	t->end_us = end_us > first_us ? end_us - first_us : 0;
	for (i = 0; i < t->n; i++)
		t->at[i].at_us -= first_us;
}

/* Tapes whose `calls`, `call` and `leg` are set. */
static int tape(struct capture_tape *out, size_t n, const char *path,
		struct err *e)
{
	struct taping g = {.calls = out->calls,
			   .n = n,
			   .first = out->call,
			   .at = xcalloc(n + 1, sizeof(*g.at))};
	size_t i;
	int rc;

	for (i = 0; i < n; i++) {
		g.at[i].tape = &out[i];
		find_led(&g.at[i]);
	}
	begin(&g);
	rc = capture_read_all(path, on_packet, begin_again, &g, NULL, e);
	if (rc == 0)
		tcp_flush(g.tcp, on_message, &g);
	for (i = 0; rc == 0 && i < n; i++)
		set_times(&g.at[i]);
	end(&g);
	free(g.at);
	return rc;
}

static void take_call(struct capture_tape *t, size_t call)
{
	t->call = call;
	t->leg = &t->calls->leg[t->calls->call[call].leg[0]];
}

static bool find(struct capture_tape *t, const struct capture_wanted *wanted,
		 struct err *e)
{
	size_t call;

	if (wanted->pair ||
	    (!wanted->call_id && !t->calls->n_calls && t->calls->n_streams))
		return seat_streams(t, wanted, e);
	if (!capture_find_call(t->calls, wanted, &call, e))
		return false;
	take_call(t, call);
	return true;
}

int capture_tape_read(struct capture_tape *out, const char *path,
		      const struct capture_calls *calls,
		      const struct capture_wanted *wanted, struct err *e)
{
	memset(out, 0, sizeof(*out));
	out->calls = calls;
	if (!find(out, wanted, e))
		return err_wrap(e, "%s", path);
	if (tape(out, 1, path, e) == 0)
		return 0;
	capture_tape_fini(out);
	return -1;
}

int capture_tapes_read(struct capture_tape *out, const char *path,
		       const struct capture_calls *calls, struct err *e)
{
	size_t i, n = calls->n_calls;

	memset(out, 0, n * sizeof(*out));
	for (i = 0; i < n; i++) {
		out[i].calls = calls;
		take_call(&out[i], i);
	}
	if (n == 0 || tape(out, n, path, e) == 0)
		return 0;
	for (i = 0; i < n; i++)
		capture_tape_fini(&out[i]);
	return -1;
}

void capture_tape_fini(struct capture_tape *t)
{
	capture_store_free(t->store);
	free(t->seat);
	free(t->at);
	memset(t, 0, sizeof(*t));
}
