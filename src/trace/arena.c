#include "trace/arena.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "core/list.h"
#include "core/xalloc.h"

enum {
	BLOCK = 64 * 1024,
	LARGE = BLOCK / 4,
	/* What fills so many blocks is a load: from then on blocks are huge
	 * pages, which come at a time and not 4 KiB after 4 KiB. */
	BLOCKS_SMALL = 16,
	HUGE_PAGE = 2 * 1024 * 1024
};

struct arena_block {
	struct arena_block *next;
	size_t used, cap;
	alignas(max_align_t) char data[];
};

struct interned {
	struct hash_le le;
	char text[];
};

void arena_init(struct arena *a)
{
	a->head = NULL;
	a->n_blocks = 0;
	hash_init(&a->interned);
}

void arena_fini(struct arena *a)
{
	struct arena_block *b, *next;

	for (b = a->head; b; b = next) {
		next = b->next;
		free(b);
	}
	hash_fini(&a->interned);
	arena_init(a);
}

static struct arena_block *huge_page(void)
{
	void *p = aligned_alloc(HUGE_PAGE, HUGE_PAGE);

	if (p)
		madvise(p, HUGE_PAGE, MADV_HUGEPAGE);
	return p;
}

static struct arena_block *block_new(struct arena *a, size_t cap)
{
	struct arena_block *b = NULL;

	if (cap == BLOCK && a->n_blocks++ >= BLOCKS_SMALL)
		b = huge_page();
	if (b)
		cap = HUGE_PAGE - sizeof(*b);
	else
		b = xmalloc(sizeof(*b) + cap);
	b->next = NULL;
	b->used = 0;
	b->cap = cap;
	return b;
}

/* What is large gets a block of its own behind the head, so that the head
 * goes on being filled. */
static struct arena_block *block_for(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;

	if (b && b->cap - b->used >= n)
		return b;
	b = block_new(a, n > LARGE ? n : BLOCK);
	if (a->head && n > LARGE) {
		b->next = a->head->next;
		a->head->next = b;
	} else {
		b->next = a->head;
		a->head = b;
	}
	return b;
}

static void *take(struct arena *a, size_t n)
{
	size_t step = alignof(max_align_t);
	size_t whole = (n + step - 1) / step * step;
	struct arena_block *b = block_for(a, whole);
	void *p = b->data + b->used;

	b->used += whole;
	return p;
}

void *arena_alloc(struct arena *a, size_t n)
{
	return memset(take(a, n), 0, n);
}

struct span arena_copy(struct arena *a, const void *p, size_t n)
{
	char *copy = take(a, n + 1);

	if (n)
		memcpy(copy, p, n);
	copy[n] = '\0';
	return span_from(copy, n);
}

const char *arena_intern(struct arena *a, const char *s)
{
	struct hash_le *le;
	struct interned *in;
	size_t n;

	if (!s)
		return NULL;
	le = hash_find(&a->interned, span_of(s));
	if (le)
		return container_of(le, struct interned, le)->text;
	n = strlen(s);
	in = arena_alloc(a, sizeof(*in) + n + 1);
	memcpy(in->text, s, n + 1);
	hash_add(&a->interned, &in->le, span_from(in->text, n));
	return in->text;
}
