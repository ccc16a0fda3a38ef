/* What a captured call is like, before anything of it is played. */
#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "call/call_int.h"
#include "call/overheard.h"
#include "core/xalloc.h"

enum { HOURS_MAX = 24 };

struct look {
	struct call_facts *out;
	const struct capture_tape *tape;
	const struct call_capture *conf;
	struct overheard *overheard; /* owned */
	size_t newest[CALL_PARTIES]; /* alias of each */
	bool known;
};

/* ---- seats ---- */

static bool sits(const struct call_seat *s, const struct addr *a)
{
	return addr_ip_eq(&s->at, a) && (!s->at.port || s->at.port == a->port);
}

int look_seat(const struct call_capture *c, const struct addr *a)
{
	size_t i;

	for (i = 0; i < c->n_seats; i++)
		if (sits(&c->seat[i], a))
			return c->seat[i].party;
	return CALL_PARTIES;
}

const struct capture_tape *look_up(const struct call_capture *c, struct err *e)
{
	struct capture_wanted wanted;
	size_t i;

	memset(&wanted, 0, sizeof(wanted));
	wanted.call_id = c->call_id;
	wanted.number = c->number;
	wanted.pair = c->pair;
	for (i = 0; i < c->n_seats; i++) {
		if (c->seat[i].party == CALL_CALLER)
			wanted.caller = c->seat[i].at;
		else
			wanted.callee = c->seat[i].at;
	}
	return cache_tape(c->path, c->legs, &wanted, e);
}

static bool is_there(const struct capture_tape *t, const struct call_seat *seat)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (sits(seat, &t->at[i].src) || sits(seat, &t->at[i].dst))
			return true;
	return false;
}

static int check_seats(const struct look *l, struct err *e)
{
	char text[ADDR_TEXT];
	size_t i;

	for (i = 0; i < l->conf->n_seats; i++)
		if (!is_there(l->tape, &l->conf->seat[i]))
			return err_set(
				e, ERR_SCENARIO,
				"%s: nothing of the call comes from or "
				"goes to %s",
				l->conf->path,
				addr_ip_text(&l->conf->seat[i].at, text));
	return 0;
}

/* ---- what can be recorded ---- */

static int check_stream(const struct look *l, const struct capture_stream *s,
			struct err *e)
{
	if (s->encrypted)
		return err_set(e, ERR_INPUT,
			       "%s: stream 0x%08x of the call is encrypted "
			       "(SRTP): there is nothing to record",
			       l->conf->path, s->ssrc);
	return 0;
}

bool look_is_unnamed(const struct capture_stream *s)
{
	return !s->codec[0] && s->n_types;
}

/* One that nothing names is left out, but for nothing else there is no call.
 */
static int check_streams(const struct look *l, struct err *e)
{
	const struct capture_tape *t = l->tape;
	const struct capture_stream *s, *unnamed = NULL;
	bool named = false;

	for (s = capture_next_stream(t->calls, t->call, NULL); s;
	     s = capture_next_stream(t->calls, t->call, s)) {
		if (capture_tape_party(t, s) >= CAPTURE_NOBODY)
			continue;
		if (check_stream(l, s, e) < 0)
			return -1;
		if (look_is_unnamed(s))
			unnamed = s;
		else
			named = true;
	}
	if (!unnamed || named)
		return 0;
	return err_set(e, ERR_INPUT,
		       "%s: stream 0x%08x has payload type %u, and no SDP in "
		       "the capture says what that is",
		       l->conf->path, unnamed->ssrc, unnamed->type[0]);
}

/* Longer than any time of a scenario: a damaged time of one frame, mostly. */
static int check_length(const struct look *l, struct err *e)
{
	double hours = (double)l->tape->end_us / 3.6e9;

	if (hours <= HOURS_MAX)
		return 0;
	return err_set(e, ERR_INPUT,
		       "%s: the call lasts %.0f hours, and %d can be played",
		       l->conf->path, hours, HOURS_MAX);
}

/* ---- names ---- */

static size_t find_alias(const struct call_facts *f, int party, const char *uri,
			 const char *name)
{
	size_t i = 0;

	while (i < f->n_aliases &&
	       (f->alias[i].party != party ||
		strcmp(f->alias[i].uri, uri) != 0 ||
		strcmp(f->alias[i].name ? f->alias[i].name : "",
		       name ? name : "") != 0))
		i++;
	return i;
}

/* Takes both over. */
static void add_alias(struct look *l, int party, char *uri, char *name)
{
	struct call_facts *f = l->out;
	size_t i = l->newest[party] = find_alias(f, party, uri, name);

	if (i < f->n_aliases) {
		free(uri);
		free(name);
		return;
	}
	f->alias = xreallocarray(f->alias, f->n_aliases + 1, sizeof(*f->alias));
	f->alias[i].party = party;
	f->alias[i].uri = uri;
	f->alias[i].name = name;
	f->n_aliases++;
}

static void hear_name(struct look *l, int party, struct span value)
{
	char *uri, *name;

	identity_read(value, &uri, &name);
	add_alias(l, party, uri, name);
}

/* From and To of the first message name both. */
static void hear_first(struct look *l, const struct sip_view *v)
{
	struct span caller = l->out->turned ? v->to : v->from;
	struct span callee = l->out->turned ? v->from : v->to;

	hear_name(l, CALL_CALLER, caller);
	hear_name(l, CALL_CALLEE, callee);
}

int look_newcomer(bool turned, const struct capture_moment *m,
		  const struct sip_view *v, char **uri, char **name)
{
	bool calls = m->leg->joins == CAPTURE_CALLER;
	enum capture_party joins = calls != m->leg->swapped ? CAPTURE_CALLER
							    : CAPTURE_CALLEE;
	struct span value;

	if (m->party != joins ||
	    !sip_view_element(v, "P-Asserted-Identity", 0, &value))
		value = calls ? v->from : v->to;
	identity_read(value, uri, name);
	return ((int)joins) ^ turned;
}

/* A transfer is one when its answer is there. */
static void look_at_newcomer(struct look *l, const struct capture_moment *m,
			     const struct sip_view *v)
{
	char *uri, *name;
	int party;

	if (m->leg->joins == CAPTURE_NOBODY || v->request || v->code < 200 ||
	    v->code > 299 || !span_is(v->cseq_method, "INVITE"))
		return;
	party = look_newcomer(l->out->turned, m, v, &uri, &name);
	add_alias(l, party, uri, name);
}

static void look_at_message(struct look *l, const struct capture_moment *m)
{
	int party = ((int)m->party) ^ l->out->turned;
	struct call_facts *f = l->out;
	struct sip_view v;
	struct span value;

	if (!sip_view(m->data, &v))
		return;
	if (!f->n_aliases)
		hear_first(l, &v);
	look_at_newcomer(l, m, &v);
	if (!m->leg->turn)
		return;
	if (sip_view_element(&v, "P-Asserted-Identity", 0, &value))
		hear_name(l, party, value);
	if (overheard_message(l->overheard, &v, party)) {
		f->changes |= l->known;
		if (!l->known)
			memcpy(f->first, l->newest, sizeof(f->first));
		l->known = true;
	}
	if (f->answered_us < 0 && v.code >= 200 && v.code < 300 &&
	    span_is(v.cseq_method, "INVITE"))
		f->answered_us = m->at_us;
}

/* ---- all ---- */

static void look_at_all(struct look *l)
{
	const struct capture_leg *leg = l->tape->leg;
	struct call_facts *f = l->out;
	size_t i;

	f->answered_us = -1;
	for (i = 0; i < l->tape->n; i++) {
		const struct capture_moment *m = &l->tape->at[i];

		if (m->stream)
			f->n_rtp[((int)m->party) ^ l->out->turned]++;
		else
			look_at_message(l, m);
	}
	f->end_us = l->tape->end_us;
	if (!leg)
		f->answered_us = 0;
	f->cancelled = leg && leg->outcome == CAPTURE_CANCELLED;
	f->reject = leg && leg->outcome == CAPTURE_REJECTED ? leg->final : 0;
}

/* Whom the capture calls caller sits where the callee is to be. */
static bool is_turned(const struct look *l)
{
	const struct capture_leg *leg = l->tape->leg;
	bool turned = false;
	size_t i;

	for (i = 0; i < l->conf->n_seats; i++) {
		const struct call_seat *s = &l->conf->seat[i];
		bool src = sits(s, &leg->src);
		bool far = sits(s, &leg->far);

		turned |= src != far &&
			  s->party == (src ? CALL_CALLEE : CALL_CALLER);
	}
	return turned;
}

int call_look(struct call_facts *out, const struct call_capture *c,
	      struct err *e)
{
	struct look l = {.out = out, .conf = c};

	memset(out, 0, sizeof(*out));
	l.tape = look_up(c, e);
	if (!l.tape || check_seats(&l, e) < 0 || check_streams(&l, e) < 0 ||
	    check_length(&l, e) < 0)
		return -1;
	out->turned = l.tape->leg && is_turned(&l);
	l.overheard = overheard_new();
	look_at_all(&l);
	overheard_free(l.overheard);
	return 0;
}

void call_facts_fini(struct call_facts *f)
{
	size_t i;

	for (i = 0; i < f->n_aliases; i++) {
		free(f->alias[i].uri);
		free(f->alias[i].name);
	}
	free(f->alias);
	memset(f, 0, sizeof(*f));
}
