#include "trace/pool.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

/* A scenario fills part of one chunk, a load of thousands of calls many. */
enum { CHUNK = 256 };

void pool_init(struct pool *p, size_t size)
{
	memset(p, 0, sizeof(*p));
	p->size = size;
}

void pool_fini(struct pool *p)
{
	size_t i;

	for (i = 0; i < p->n_chunks; i++)
		free(p->chunk[i]);
	free(p->chunk);
	pool_init(p, p->size);
}

void *pool_add(struct pool *p)
{
	if (p->n == p->n_chunks * CHUNK) {
		p->chunk = xreallocarray(p->chunk, p->n_chunks + 1,
					 sizeof(*p->chunk));
		p->chunk[p->n_chunks++] = xcalloc(CHUNK, p->size);
	}
	return pool_at(p, p->n++);
}

void *pool_at(const struct pool *p, size_t i)
{
	assert(i / CHUNK < p->n_chunks);
	return p->chunk[i / CHUNK] + i % CHUNK * p->size;
}
