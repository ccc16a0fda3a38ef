/*
 * trace/arena.h - memory that is only ever added to
 *
 * Copies of messages and names live here until the whole arena goes.
 */
#ifndef TRACE_ARENA_H
#define TRACE_ARENA_H

#include <stddef.h>

#include "core/hash.h"
#include "core/span.h"

struct arena_block;

struct arena {
	struct arena_block *head; /* the one being filled */
	size_t n_blocks;	  /* of the usual size, ever asked for */
	struct hash interned;
};

void arena_init(struct arena *a);
void arena_fini(struct arena *a);

/* Zeroed and aligned for any object; valid until arena_fini. */
void *arena_alloc(struct arena *a, size_t n);

/* A copy of the bytes, followed by a NUL that is not counted. */
struct span arena_copy(struct arena *a, const void *p, size_t n);

/* The arena's one copy of a string; NULL stays NULL. */
const char *arena_intern(struct arena *a, const char *s);

#endif
