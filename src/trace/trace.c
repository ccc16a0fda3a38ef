#include "trace/trace.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/xalloc.h"
#include "trace/priv.h"

struct call {
	struct trace_call pub;
	const struct trace_sip **sip; /* its messages, in order */
	size_t n_sip, cap_sip;
};

struct addr_name {
	struct hash_le le;
	struct addr addr;
	const char *name; /* NULL when nobody gave one */
	const char *text; /* of the address; made when first wanted */
};

struct call_id_bind {
	struct hash_le le;
	int call;
};

/* Bytes that went one way; hashed as they lie, so without padding. */
struct same_key {
	struct addr src, dst;
	uint64_t digest;
};

struct sip_record {
	struct trace_sip pub;
	struct hash_le same;
	struct hash_le unbound; /* while its Call-ID is of no call */
	struct same_key key;
};

_Static_assert(sizeof(struct same_key) == 2 * sizeof(struct addr) + 8,
	       "a hashed key has no padding");

struct span trace_addr_key(const struct addr *a)
{
	return span_from((const char *)a, sizeof(*a));
}

struct trace *trace_new(void)
{
	struct trace *t = xcalloc(1, sizeof(*t));

	arena_init(&t->arena);
	pool_init(&t->calls, sizeof(struct call));
	pool_init(&t->sip, sizeof(struct sip_record));
	pool_init(&t->attempts, sizeof(struct trace_attempt));
	pool_init(&t->events, sizeof(struct trace_event));
	pool_init(&t->notes, sizeof(struct note_record));
	pool_init(&t->steps, sizeof(struct trace_step));
	pool_init(&t->files, sizeof(struct trace_file));
	hash_init(&t->names);
	hash_init(&t->call_ids);
	hash_init(&t->same_sip);
	hash_init(&t->unbound);
	hash_init(&t->loose_notes);
	trace_rtp_init(t);
	return t;
}

void trace_free(struct trace *t)
{
	if (!t)
		return;
	trace_rtp_fini(t);
	hash_fini(&t->names);
	hash_fini(&t->call_ids);
	hash_fini(&t->same_sip);
	hash_fini(&t->unbound);
	hash_fini(&t->loose_notes);
	pool_fini(&t->calls);
	pool_fini(&t->sip);
	pool_fini(&t->attempts);
	pool_fini(&t->events);
	pool_fini(&t->notes);
	pool_fini(&t->steps);
	pool_fini(&t->files);
	arena_fini(&t->arena);
	free(t);
}

void trace_forget(struct trace *t)
{
	t->forgets = true;
}

/* ---- calls ---- */

static struct call *call_at(const struct trace *t, int call)
{
	if (call < 0 || (size_t)call >= t->calls.n)
		return NULL;
	return pool_at(&t->calls, (size_t)call);
}

struct trace_call *trace_call(struct trace *t, int call)
{
	assert(call >= 0);
	while (t->calls.n <= (size_t)call) {
		struct call *c = pool_add(&t->calls);

		c->pub.t0_us = -1;
		c->pub.answered_us = -1;
		c->pub.ended_us = -1;
	}
	return &call_at(t, call)->pub;
}

const struct trace_call *trace_call_at(const struct trace *t, int call)
{
	const struct call *c = call_at(t, call);

	return c ? &c->pub : NULL;
}

int trace_calls(const struct trace *t)
{
	return (int)t->calls.n;
}

const char *trace_keep(struct trace *t, const char *text)
{
	return arena_intern(&t->arena, text);
}

static void list_in_call(struct trace *t, const struct trace_sip *m);

/* A Call-ID is often known only once its first message is on the wire. */
static void claim_unbound(struct trace *t, struct span call_id, int call)
{
	struct hash_le *le;

	while ((le = hash_find(&t->unbound, call_id))) {
		struct sip_record *r = container_of(le, struct sip_record,
						    unbound);

		hash_del(le);
		r->pub.call = call;
		list_in_call(t, &r->pub);
	}
}

void trace_bind_call_id(struct trace *t, struct span call_id, int call)
{
	struct hash_le *le = hash_find(&t->call_ids, call_id);
	struct call_id_bind *b;

	trace_call(t, call);
	if (le) {
		container_of(le, struct call_id_bind, le)->call = call;
		return;
	}
	b = arena_alloc(&t->arena, sizeof(*b));
	b->call = call;
	hash_add(&t->call_ids, &b->le,
		 arena_copy(&t->arena, call_id.p, call_id.n));
	claim_unbound(t, call_id, call);
	trace_claim_notes(t, call_id, call);
}

int trace_call_of(const struct trace *t, struct span call_id)
{
	struct hash_le *le = hash_find(&t->call_ids, call_id);

	return le ? container_of(le, struct call_id_bind, le)->call : -1;
}

/* ---- names ---- */

static struct addr_name *find_name(const struct trace *t, const struct addr *a)
{
	struct hash_le *le = hash_find(&t->names, trace_addr_key(a));

	return le ? container_of(le, struct addr_name, le) : NULL;
}

static struct addr_name *name_for(struct trace *t, const struct addr *a)
{
	struct addr_name *an = find_name(t, a);

	if (!an) {
		an = arena_alloc(&t->arena, sizeof(*an));
		an->addr = *a;
		hash_add(&t->names, &an->le, trace_addr_key(&an->addr));
	}
	return an;
}

void trace_name_addr(struct trace *t, const struct addr *a, const char *name)
{
	if (t->forgets)
		return;
	name_for(t, a)->name = arena_intern(&t->arena, name);
}

const char *trace_name_of(const struct trace *t, const struct addr *a)
{
	const struct addr_name *an = find_name(t, a);

	return an ? an->name : NULL;
}

const char *trace_who(struct trace *t, const struct addr *a)
{
	struct addr_name *an = name_for(t, a);
	char text[ADDR_TEXT];

	if (an->name)
		return an->name;
	if (!an->text)
		an->text = arena_intern(&t->arena, addr_text(a, text));
	return an->text;
}

/* ---- SIP ---- */

void trace_set_classifier(struct trace *t, trace_classify_h *h)
{
	t->classify = h;
}

/* Whether the bytes went this way before; the first that did is kept. Equal
 * digests are followed by a comparison. */
static bool went_before(struct trace *t, struct sip_record *m)
{
	struct span key = span_from((const char *)&m->key, sizeof(m->key));
	struct hash_le *le;

	m->key.src = m->pub.src;
	m->key.dst = m->pub.dst;
	m->key.digest = hash_sum(m->pub.text);
	for (le = hash_find(&t->same_sip, key); le; le = hash_find_next(le))
		if (span_eq(container_of(le, struct sip_record, same)->pub.text,
			    m->pub.text))
			return true;
	hash_add(&t->same_sip, &m->same, key);
	return false;
}

/* In the arena, as they live as long as it; what they outgrow stays there. */
static void grow_call(struct trace *t, struct call *c)
{
	const struct trace_sip **before = c->sip;

	c->cap_sip = c->cap_sip ? c->cap_sip * 2 : 8;
	c->sip = arena_alloc(&t->arena, c->cap_sip * sizeof(*c->sip));
	if (c->n_sip)
		memcpy(c->sip, before, c->n_sip * sizeof(*c->sip));
}

/* In the order of the trace; almost always at the end. */
static void list_in_call(struct trace *t, const struct trace_sip *m)
{
	struct call *c = call_at(t, m->call);
	size_t i;

	if (!c)
		return;
	if (c->n_sip == c->cap_sip)
		grow_call(t, c);
	for (i = c->n_sip++; i > 0 && c->sip[i - 1]->order > m->order; i--)
		c->sip[i] = c->sip[i - 1];
	c->sip[i] = m;
}

/* Whom `who` spoke with last under the Call-ID of `m`, or NULL. */
static const char *far_end(const struct trace *t, const struct trace_sip *m,
			   const char *who)
{
	const struct call *c = call_at(t, m->call);
	size_t i;

	for (i = c ? c->n_sip : 0; i > 0; i--) {
		const struct trace_sip *o = c->sip[i - 1];

		if (!span_eq(o->call_id, m->call_id))
			continue;
		if (o->from == who || o->to == who)
			return o->from == who ? o->to : o->from;
	}
	return NULL;
}

/* A peer may send from a port that nobody was told of, and over connections it
 * mostly does (RFC 3261 section 18.1.1): the dialog says who it is. */
static void know_by_dialog(const struct trace *t, struct trace_sip *m)
{
	bool from = trace_name_of(t, &m->src) != NULL;
	bool to = trace_name_of(t, &m->dst) != NULL;
	const char *who = NULL;

	if (from != to)
		who = far_end(t, m, from ? m->from : m->to);
	if (!who)
		return;
	if (from)
		m->to = who;
	else
		m->from = who;
}

struct trace_sip *trace_add_sip(struct trace *t, int64_t now_us,
				const struct addr *src, const struct addr *dst,
				const void *p, size_t n)
{
	struct sip_record *r;
	struct trace_sip *m;

	if (t->forgets)
		return NULL;
	r = pool_add(&t->sip);
	m = &r->pub;
	m->order = t->order++;
	m->sent_us = now_us;
	m->arrived_us = -1;
	m->src = *src;
	m->dst = *dst;
	m->from = trace_who(t, src);
	m->to = trace_who(t, dst);
	m->text = arena_copy(&t->arena, p, n);
	m->again = went_before(t, r);
	if (t->classify)
		t->classify(m);
	m->call = m->call_id.n ? trace_call_of(t, m->call_id) : -1;
	if (m->call < 0 && m->call_id.n)
		hash_add(&t->unbound, &r->unbound, m->call_id);
	know_by_dialog(t, m);
	list_in_call(t, m);
	return m;
}

void trace_sip_arrived(struct trace_sip *m, int64_t now_us)
{
	m->arrived_us = now_us;
}

size_t trace_n_sip(const struct trace *t)
{
	return t->sip.n;
}

const struct trace_sip *trace_sip_at(const struct trace *t, size_t i)
{
	return &((struct sip_record *)pool_at(&t->sip, i))->pub;
}

bool trace_call_sip(const struct trace *t, int call, size_t *i,
		    const struct trace_sip **m)
{
	const struct call *c = call_at(t, call);

	if (!c || *i >= c->n_sip)
		return false;
	*m = c->sip[(*i)++];
	return true;
}
