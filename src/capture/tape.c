#include "capture/tape.h"

#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/member.h"
#include "capture/store.h"
#include "capture/tcp.h"
#include "core/xalloc.h"
#include "sip/view.h"

/* A call that is read for the second time. */
struct taping {
	struct capture_tape *tape;
	struct members *members; /* owned, both */
	struct tcp *tcp;
	int64_t cancel_us;
	bool led[CAPTURE_NOBODY]; /* legs of the call have a stream of theirs */
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

/* ---- what happened ---- */

static void add(struct taping *g, const struct capture_packet *p,
		const struct capture_stream *stream,
		const struct capture_leg *leg, enum capture_party party)
{
	struct capture_tape *t = g->tape;
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

/* Where its messages are told: the call was in it, or somebody was transferred
 * there. */
static const struct capture_leg *leg_of(const struct taping *g,
					struct span call_id)
{
	const struct capture_calls *c = &g->tape->calls;
	const struct capture_call *call = &c->call[g->tape->call];
	size_t i;

	for (i = 0; i < call->n_legs; i++) {
		const struct capture_leg *l = &c->leg[call->leg[i]];

		if ((l->turn || l->joins != CAPTURE_NOBODY) &&
		    span_is(call_id, l->call_id))
			return l;
	}
	return NULL;
}

static void add_message(struct taping *g, const struct capture_packet *p)
{
	const struct capture_leg *leg;
	enum capture_party party;
	struct sip_view v;

	if (!g->tape->leg || !members_message(g->members, p->data) ||
	    !sip_view(p->data, &v))
		return;
	leg = leg_of(g, v.call_id);
	if (!leg)
		return;
	if (leg == g->tape->leg && v.request && g->cancel_us < 0 &&
	    span_is(v.method, "CANCEL"))
		g->cancel_us = p->at_us;
	party = span_is(v.from_tag, leg->caller_tag) != leg->swapped
			? CAPTURE_CALLER
			: CAPTURE_CALLEE;
	add(g, p, NULL, leg, v.request ? party : other(party));
}

static void on_message(const struct capture_packet *p, void *arg)
{
	add_message(arg, p);
}

static const struct capture_leg *stream_leg(const struct capture_tape *t,
					    const struct capture_stream *s)
{
	return s->leg == SIZE_MAX ? NULL : &t->calls.leg[s->leg];
}

/* The voice of a party that the legs of the call have not, one beside them has.
 */
static bool is_led(const struct taping *g, const struct capture_stream *s)
{
	const struct capture_leg *l = stream_leg(g->tape, s);

	return s->party < CAPTURE_NOBODY &&
	       (!g->led[s->party] || (l && l->turn));
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
	else if (!p->cut && is_led(g, s))
		add(g, p, s, stream_leg(g->tape, s), s->party);
}

/* ---- all ---- */

static void begin(struct taping *g)
{
	struct capture_tape *t = g->tape;

	g->members = members_new(&t->calls, t->call);
	g->tcp = tcp_new();
	g->cancel_us = -1;
	t->store = capture_store_new();
	t->n = 0;
}

static void end(struct taping *g)
{
	members_free(g->members);
	tcp_free(g->tcp);
}

static void begin_again(void *arg)
{
	struct taping *g = arg;

	end(g);
	capture_store_free(g->tape->store);
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

/* The one that leads the others, and whose it is. */
static const struct capture_stream *lead(const struct capture_tape *t,
					 const struct capture_wanted *wanted,
					 enum capture_party *party)
{
	bool told = addr_is_set(&wanted->caller) ||
		    addr_is_set(&wanted->callee);
	size_t i;

	for (i = 0; i < t->calls.n_streams; i++) {
		int who = told ? sayer(&t->calls.stream[i], wanted)
			       : CAPTURE_CALLER;

		if (who < 0)
			continue;
		*party = (enum capture_party)who;
		return &t->calls.stream[i];
	}
	return NULL;
}

static bool seat_streams(struct capture_tape *t,
			 const struct capture_wanted *wanted, struct err *e)
{
	enum capture_party party = CAPTURE_CALLER;
	const struct capture_stream *first = lead(t, wanted, &party);
	size_t i;

	if (!first) {
		err_set(e, ERR_SCENARIO,
			"no stream in it comes from or goes to who was named");
		return false;
	}
	t->call = SIZE_MAX;
	for (i = 0; i < t->calls.n_streams; i++) {
		struct capture_stream *s = &t->calls.stream[i];

		if (addr_eq(&s->src, &first->src) &&
		    addr_eq(&s->dst, &first->dst))
			s->party = party;
		else if (addr_eq(&s->src, &first->dst) &&
			 addr_eq(&s->dst, &first->src))
			s->party = other(party);
	}
	return true;
}

static void find_led(struct taping *g)
{
	const struct capture_tape *t = g->tape;
	size_t i;

	for (i = 0; t->leg && i < t->calls.n_streams; i++) {
		const struct capture_stream *s = &t->calls.stream[i];

		if (s->call == t->call && s->party < CAPTURE_NOBODY &&
		    t->calls.leg[s->leg].turn)
			g->led[s->party] = true;
	}
}

static int64_t end_of(const struct taping *g)
{
	const struct capture_leg *l = capture_call_last(&g->tape->calls,
							g->tape->call);

	if (l->outcome == CAPTURE_CANCELLED && g->cancel_us >= 0)
		return g->cancel_us;
	return l->end_us >= 0
		       ? l->end_us
		       : capture_call_until(&g->tape->calls, g->tape->call);
}

/* Times count from the first moment from here on. */
static void set_times(const struct taping *g)
{
	struct capture_tape *t = g->tape;
	int64_t first_us = t->n ? t->at[0].at_us : 0;
	int64_t end_us = t->n ? t->at[t->n - 1].at_us : 0;
	size_t i;

	if (t->leg)
		end_us = end_of(g);
	t->end_us = end_us > first_us ? end_us - first_us : 0;
	for (i = 0; i < t->n; i++)
		t->at[i].at_us -= first_us;
}

static int tape(struct capture_tape *t, const char *path, struct err *e)
{
	struct taping g = {.tape = t};
	int rc;

	find_led(&g);
	begin(&g);
	rc = capture_read_all(path, on_packet, begin_again, &g, NULL, e);
	if (rc == 0) {
		tcp_flush(g.tcp, on_message, &g);
		set_times(&g);
	}
	end(&g);
	return rc;
}

static bool find(struct capture_tape *t, const struct capture_wanted *wanted,
		 struct err *e)
{
	if (!wanted->call_id && !t->calls.n_calls && t->calls.n_streams)
		return seat_streams(t, wanted, e);
	if (!capture_find_call(&t->calls, wanted, &t->call, e))
		return false;
	t->leg = &t->calls.leg[t->calls.call[t->call].leg[0]];
	return true;
}

int capture_tape_read(struct capture_tape *out, const char *path,
		      const struct capture_wanted *wanted, struct err *e)
{
	memset(out, 0, sizeof(*out));
	if (capture_calls(&out->calls, path, false, e) < 0)
		return -1;
	if (!find(out, wanted, e)) {
		err_wrap(e, "%s", path);
		capture_tape_fini(out);
		return -1;
	}
	if (tape(out, path, e) == 0)
		return 0;
	capture_tape_fini(out);
	return -1;
}

void capture_tape_fini(struct capture_tape *t)
{
	capture_calls_fini(&t->calls);
	capture_store_free(t->store);
	free(t->at);
	memset(t, 0, sizeof(*t));
}
