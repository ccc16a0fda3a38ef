/*
 * core/list.h - intrusive doubly linked lists
 *
 * The element `struct le` lives inside the object that is listed; a list owns
 * nothing. Zeroed memory is a valid, unlinked element and an empty list.
 */
#ifndef CORE_LIST_H
#define CORE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list;

struct le {
	struct le *prev;
	struct le *next;
	struct list *list; /* NULL while in no list */
};

struct list {
	struct le *head;
	struct le *tail;
	size_t n;
};

#define container_of(ptr, type, member)                                        \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

void list_append(struct list *l, struct le *e);
void list_prepend(struct list *l, struct le *e);
void list_insert_after(struct list *l, struct le *at, struct le *e);
void list_unlink(struct le *e); /* no-op when in no list */
bool le_linked(const struct le *e);

#endif
