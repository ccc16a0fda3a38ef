#include "capture/store.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

enum { BLOCK = 256 * 1024 };

struct block {
	struct block *next;
	size_t size, used;
	char bytes[];
};

struct capture_store {
	struct block *blocks; /* owned; the newest first */
};

struct capture_store *capture_store_new(void)
{
	return xcalloc(1, sizeof(struct capture_store));
}

void capture_store_free(struct capture_store *s)
{
	if (!s)
		return;
	while (s->blocks) {
		struct block *b = s->blocks;

		s->blocks = b->next;
		free(b);
	}
	free(s);
}

static struct block *room_for(struct capture_store *s, size_t n)
{
	struct block *b = s->blocks;
	size_t size = n > BLOCK ? n : BLOCK;

	if (b && b->size - b->used >= n)
		return b;
	b = xmalloc(sizeof(*b) + size);
	b->next = s->blocks;
	b->size = size;
	b->used = 0;
	s->blocks = b;
	return b;
}

struct span capture_store_add(struct capture_store *s, struct span bytes)
{
	struct block *b;
	char *copy;

	if (!bytes.n)
		return span_from("", 0);
	b = room_for(s, bytes.n);
	copy = b->bytes + b->used;
	memcpy(copy, bytes.p, bytes.n);
	b->used += bytes.n;
	return span_from(copy, bytes.n);
}
