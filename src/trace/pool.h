/*
 * trace/pool.h - an array whose elements never move
 */
#ifndef TRACE_POOL_H
#define TRACE_POOL_H

#include <stddef.h>

struct pool {
	size_t size; /* of an element, octets */
	size_t n;    /* elements in use */
	char **chunk;
	size_t n_chunks;
};

void pool_init(struct pool *p, size_t size);
void pool_fini(struct pool *p);
void *pool_add(struct pool *p);		       /* zeroed, the last one */
void *pool_at(const struct pool *p, size_t i); /* i < n */

#endif
