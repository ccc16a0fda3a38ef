#include "capture/group.h"

#include <stdlib.h>
#include <string.h>

#include "capture/leg.h"
#include "capture/transfer.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

/* How much later a B2BUA's second leg may begin. */
#define MOMENT_US INT64_C(2000000)

/* A leg by something that it may have in common with another. */
struct sign {
	struct hash_le he;
	size_t leg;
	char *key; /* owned */
};

struct grouping {
	struct capture_calls *c;
	struct hash by_sign;
	struct sign *sign; /* owned */
	size_t n, cap;
	size_t *head; /* owned; the first leg of each leg's group */
};

static size_t head_of(const struct grouping *g, size_t leg)
{
	while (g->head[leg] != leg)
		leg = g->head[leg];
	return leg;
}

/* The later one joins the earlier, so that a head is the first of its call. */
static void join(struct grouping *g, size_t a, size_t b)
{
	a = head_of(g, a);
	b = head_of(g, b);
	if (a < b)
		g->head[b] = a;
	else
		g->head[a] = b;
}

static int64_t end_of(const struct capture_leg *l)
{
	return l->end_us >= 0 ? l->end_us : INT64_MAX;
}

static bool overlap(const struct capture_leg *a, const struct capture_leg *b)
{
	return a->start_us <= end_of(b) && b->start_us <= end_of(a);
}

/* A recording is a session of its own (RFC 7866), whatever it has in common
 * with what it records. */
static bool may_join(const struct capture_leg *a, const struct capture_leg *b)
{
	return a->siprec == b->siprec && overlap(a, b);
}

/* Whether `b` begins where `a` went, and goes elsewhere: what a B2BUA does. Two
 * calls of one caller to one callee do not, though they may share ports. */
static bool goes_on(const struct capture_leg *a, const struct capture_leg *b)
{
	return addr_ip_eq(&b->src, &a->dst) && !addr_eq(&b->dst, &a->dst) &&
	       !addr_eq(&b->src, &a->src);
}

/* `b` begins while `a` is being set up. */
static bool same_moment(const struct capture_leg *a,
			const struct capture_leg *b)
{
	return b->start_us - a->start_us <= MOMENT_US &&
	       (a->answered_us < 0 || b->start_us <= a->answered_us);
}

/* ---- signs ---- */

/* What a sign in common is worth. */
enum proof { ALONE, ON_THE_WAY, AT_THE_MOMENT };

static bool proves(enum proof p, const struct capture_leg *a,
		   const struct capture_leg *b)
{
	return p == ALONE ||
	       (goes_on(a, b) && (p == ON_THE_WAY || same_moment(a, b)));
}

static char *parties_sign(const struct capture_leg *l)
{
	struct span caller = leg_user(l->caller), callee = leg_user(l->callee);

	return xasprintf("parties %.*s %.*s", SPAN_ARG(caller),
			 SPAN_ARG(callee));
}

static char *session_sign(const struct capture_leg *l)
{
	return l->session_id ? xasprintf("session %s", l->session_id) : NULL;
}

static char *media_sign(const struct capture_media *m)
{
	char text[ADDR_TEXT];

	if (!m->addr.port || !addr_is_set(&m->addr) || addr_is_any(&m->addr))
		return NULL;
	return xasprintf("media %s", addr_text(&m->addr, text));
}

/* Joins `leg` with the newest that bears the sign and fits, and has it bear
 * the sign too. Takes over `key`, NULL is none. */
static void bear(struct grouping *g, size_t leg, char *key, enum proof proof)
{
	const struct capture_leg *l = &g->c->leg[leg];
	struct hash_le *e;
	struct sign *s;
	int left = 16; /* of those that used an address before */

	if (!key)
		return;
	for (e = hash_find(&g->by_sign, span_of(key)); e && left;
	     e = hash_find_next(e), left--) {
		size_t at = container_of(e, struct sign, he)->leg;
		const struct capture_leg *o = &g->c->leg[at];

		if (at == leg || !may_join(o, l) || !proves(proof, o, l))
			continue;
		join(g, at, leg);
		break;
	}
	s = &g->sign[g->n++];
	s->leg = leg;
	s->key = key;
	hash_add(&g->by_sign, &s->he, span_of(key));
}

/* The first description of each party tells where its media is. */
static size_t count_signs(const struct capture_calls *c)
{
	size_t i, k, n = 0;

	for (i = 0; i < c->n_legs; i++) {
		n += 2;
		for (k = 0; k < c->leg[i].n_sdp; k++)
			n += c->leg[i].sdp[k].n_media;
	}
	return n;
}

static void bear_all(struct grouping *g, size_t leg)
{
	const struct capture_leg *l = &g->c->leg[leg];
	size_t i, k;

	bear(g, leg, session_sign(l), ALONE);
	for (i = 0; i < l->n_sdp; i++) {
		for (k = 0; k < l->sdp[i].n_media; k++)
			bear(g, leg, media_sign(&l->sdp[i].media[k]),
			     ON_THE_WAY);
	}
	bear(g, leg, parties_sign(l), AT_THE_MOMENT);
}

static void find_groups(struct grouping *g)
{
	size_t i;

	g->sign = xcalloc(count_signs(g->c) + 1, sizeof(*g->sign));
	for (i = 0; i < g->c->n_legs; i++)
		bear_all(g, i);
	transfers_find(g->c);
	for (i = 0; i < g->c->n_legs; i++)
		if (g->c->leg[i].next != SIZE_MAX)
			join(g, i, g->c->leg[i].next);
}

static void grouping_fini(struct grouping *g)
{
	size_t i;

	hash_fini(&g->by_sign);
	for (i = 0; i < g->n; i++)
		free(g->sign[i].key);
	free(g->sign);
	free(g->head);
}

/* ---- calls ---- */

/* A call that goes on in another leg ends with that. */
static void follow(struct capture_calls *c, struct capture_call *call)
{
	struct capture_leg *l = &c->leg[call->leg[0]];
	unsigned turn = 1;

	for (l->turn = turn; l->next != SIZE_MAX; l->turn = ++turn)
		l = &c->leg[l->next];
	call->end_us = l->end_us;
	call->outcome = l->outcome;
	if (call->transfers < turn - 1)
		call->transfers = turn - 1;
}

static void begin_call(struct capture_call *call, const struct capture_leg *l)
{
	call->start_us = l->start_us;
	call->answered_us = l->answered_us;
	call->end_us = l->end_us;
	call->outcome = l->outcome;
	call->final = l->final;
}

static void add_leg(struct capture_call *call, struct capture_leg *l,
		    size_t leg)
{
	if (!call->n_legs)
		begin_call(call, l);
	call->leg = xreallocarray(call->leg, call->n_legs + 1, sizeof(leg));
	call->leg[call->n_legs++] = leg;
	/* what one leg does a B2BUA hands on to the next */
	if (l->reinvites > call->reinvites)
		call->reinvites = l->reinvites;
	if (l->holds > call->holds)
		call->holds = l->holds;
	if (l->transfers > call->transfers)
		call->transfers = l->transfers;
	call->again += l->again;
}

void group_legs(struct capture_calls *c, bool by_leg)
{
	struct grouping g = {.c = c};
	size_t i;

	hash_init(&g.by_sign);
	g.head = xcalloc(c->n_legs + 1, sizeof(*g.head));
	for (i = 0; i < c->n_legs; i++)
		g.head[i] = i;
	if (!by_leg)
		find_groups(&g);
	c->call = xcalloc(c->n_legs + 1, sizeof(*c->call));
	for (i = 0; i < c->n_legs; i++) {
		size_t head = head_of(&g, i);

		c->leg[i].call = head == i ? c->n_calls++ : c->leg[head].call;
		add_leg(&c->call[c->leg[i].call], &c->leg[i], i);
	}
	for (i = 0; i < c->n_calls; i++)
		follow(c, &c->call[i]);
	grouping_fini(&g);
}
