/*
 * core/hash.h - intrusive hash tables keyed by bytes
 *
 * The element `struct hash_le` lives inside the object. The key is borrowed
 * and must stay unchanged while the element is in the table, so it usually
 * points into the same object. Several elements may have one key; the newest
 * is found first. The table grows by itself; iteration order is not promised,
 * so nothing a user sees may depend on it.
 */
#ifndef CORE_HASH_H
#define CORE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

struct hash_le {
	struct hash_le *next;
	struct hash *table; /* NULL while in no table */
	struct span key;
	uint32_t sum;
};

struct hash {
	struct hash_le **slot; /* owned */
	size_t n_slots;	       /* a power of two, or 0 while empty */
	size_t n;
};

/* Of any bytes, eight a step; the same within a process and no further. */
uint64_t hash_sum(struct span key);

void hash_init(struct hash *h);
void hash_fini(struct hash *h); /* elements are left alone */
void hash_add(struct hash *h, struct hash_le *e, struct span key);
void hash_del(struct hash_le *e); /* no-op when in no table */

/* Newest element with exactly this key, or NULL; then the next older. */
struct hash_le *hash_find(const struct hash *h, struct span key);
struct hash_le *hash_find_next(const struct hash_le *e);

#endif
