#include "capture/transfer.h"

#include <string.h>

#include "capture/leg.h"

/* How long after a REFER whom it asked may call. */
#define REFER_US INT64_C(32000000)

static void go_on(struct capture_calls *c, size_t from, size_t to,
		  enum capture_party joins, bool swaps)
{
	c->leg[from].next = to;
	c->leg[to].joins = joins;
	c->leg[to].swapped = swaps;
}

static bool may_go_on(const struct capture_leg *a, const struct capture_leg *b)
{
	return a != b && a->siprec == b->siprec && a->answered_us >= 0 &&
	       b->answered_us >= 0 && b->start_us >= a->start_us;
}

/* ---- REFER ---- */

/* Whom was asked calls whom it was told to (RFC 3515 section 2.4.4). */
static bool obeys(const struct capture_leg *a, const struct capture_leg *b)
{
	bool caller = a->referred == CAPTURE_CALLER;
	const char *who = caller ? a->caller : a->callee;
	const struct addr *at = caller ? &a->src : &a->far;

	return span_eq(leg_user(b->callee), leg_user(a->refer_to)) &&
	       (span_eq(leg_user(b->caller), leg_user(who)) ||
		addr_ip_eq(&b->src, at));
}

static void find_referred(struct capture_calls *c, size_t from)
{
	const struct capture_leg *a = &c->leg[from];
	size_t i;

	for (i = from + 1; i < c->n_legs; i++) {
		const struct capture_leg *b = &c->leg[i];

		if (b->start_us > a->refer_us + REFER_US)
			return;
		if (b->start_us >= a->refer_us && may_go_on(a, b) &&
		    b->joins == CAPTURE_NOBODY && obeys(a, b)) {
			go_on(c, from, i, CAPTURE_CALLEE,
			      a->referred == CAPTURE_CALLEE);
			return;
		}
	}
}

/* ---- Replaces ---- */

/* The newest leg of that Call-ID before another, or SIZE_MAX. */
static size_t replaced(const struct capture_calls *c, size_t by)
{
	size_t i = by;

	while (i-- > 0)
		if (strcmp(c->leg[i].call_id, c->leg[by].replaces) == 0)
			return i;
	return SIZE_MAX;
}

/* Who sends it takes the place of the other one (RFC 3891 section 3). */
static void find_replaced(struct capture_calls *c, size_t by)
{
	const struct capture_leg *b = &c->leg[by];
	size_t from = replaced(c, by);

	if (from != SIZE_MAX && b->kept != CAPTURE_NOBODY &&
	    c->leg[from].next == SIZE_MAX && may_go_on(&c->leg[from], b))
		go_on(c, from, by, CAPTURE_CALLER, b->kept == CAPTURE_CALLER);
}

/* ---- both ---- */

/* Of a transfer with consultation the call that was transferred goes on, not
 * the one in which that was agreed on. Legs are in order, so what one goes on
 * in is looked at after it. */
void transfers_find(struct capture_calls *c)
{
	size_t i;

	for (i = 0; i < c->n_legs; i++)
		if (c->leg[i].refer_to)
			find_referred(c, i);
	for (i = 0; i < c->n_legs; i++)
		if (c->leg[i].replaces && c->leg[i].joins == CAPTURE_NOBODY)
			find_replaced(c, i);
	for (i = 0; i < c->n_legs; i++)
		if (c->leg[i].next != SIZE_MAX)
			c->leg[c->leg[i].next].swapped ^= c->leg[i].swapped;
}
