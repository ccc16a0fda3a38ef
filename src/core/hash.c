#include "core/hash.h"

#include <assert.h>
#include <stdlib.h>

#include "core/xalloc.h"

uint64_t hash_sum(struct span key)
{
	uint64_t sum = key.n * UINT64_C(0x9e3779b97f4a7c15), v;

	for (; key.n >= sizeof(v); key = span_skip(key, sizeof(v))) {
		memcpy(&v, key.p, sizeof(v));
		sum = (sum ^ v) * UINT64_C(0xff51afd7ed558ccd);
		sum ^= sum >> 32;
	}
	v = 0;
	if (key.n)
		memcpy(&v, key.p, key.n);
	sum = (sum ^ v) * UINT64_C(0xff51afd7ed558ccd);
	return sum ^ sum >> 32;
}

static uint32_t sum_of(struct span key)
{
	return (uint32_t)hash_sum(key);
}

void hash_init(struct hash *h)
{
	h->slot = NULL;
	h->n_slots = 0;
	h->n = 0;
}

void hash_fini(struct hash *h)
{
	free(h->slot);
	hash_init(h);
}

static void grow(struct hash *h)
{
	size_t n_slots = h->n_slots ? h->n_slots * 2 : 16;
	struct hash_le **slot = xcalloc(n_slots, sizeof(struct hash_le *));
	size_t i;

	for (i = 0; i < h->n_slots; i++) {
		struct hash_le *e = h->slot[i];
		struct hash_le *back = NULL;

		/* turned round twice: elements of one key keep their order */
		while (e) {
			struct hash_le *next = e->next;

			e->next = back;
			back = e;
			e = next;
		}
		while (back) {
			struct hash_le *next = back->next;
			size_t at = back->sum & (n_slots - 1);

			back->next = slot[at];
			slot[at] = back;
			back = next;
		}
	}
	free(h->slot);
	h->slot = slot;
	h->n_slots = n_slots;
}

void hash_add(struct hash *h, struct hash_le *e, struct span key)
{
	size_t at;

	assert(!e->table);
	if (h->n >= h->n_slots)
		grow(h);
	e->table = h;
	e->key = key;
	e->sum = sum_of(key);
	at = e->sum & (h->n_slots - 1);
	e->next = h->slot[at];
	h->slot[at] = e;
	h->n++;
}

void hash_del(struct hash_le *e)
{
	struct hash_le **at;

	if (!e->table)
		return;
	at = &e->table->slot[e->sum & (e->table->n_slots - 1)];
	while (*at != e)
		at = &(*at)->next;
	*at = e->next;
	e->table->n--;
	e->table = NULL;
	e->next = NULL;
}

static struct hash_le *match(struct hash_le *e, uint32_t sum, struct span key)
{
	while (e && (e->sum != sum || !span_eq(e->key, key)))
		e = e->next;
	return e;
}

struct hash_le *hash_find(const struct hash *h, struct span key)
{
	uint32_t sum = sum_of(key);

	if (!h->n_slots)
		return NULL;
	return match(h->slot[sum & (h->n_slots - 1)], sum, key);
}

struct hash_le *hash_find_next(const struct hash_le *e)
{
	return match(e->next, e->sum, e->key);
}
