#include "core/list.h"

#include <assert.h>

void list_insert_after(struct list *l, struct le *at, struct le *e)
{
	assert(!e->list);
	e->list = l;
	e->prev = at;
	e->next = at ? at->next : l->head;
	if (e->next)
		e->next->prev = e;
	else
		l->tail = e;
	if (at)
		at->next = e;
	else
		l->head = e;
	l->n++;
}

void list_append(struct list *l, struct le *e)
{
	list_insert_after(l, l->tail, e);
}

void list_prepend(struct list *l, struct le *e)
{
	list_insert_after(l, NULL, e);
}

void list_unlink(struct le *e)
{
	struct list *l = e->list;

	if (!l)
		return;
	if (e->prev)
		e->prev->next = e->next;
	else
		l->head = e->next;
	if (e->next)
		e->next->prev = e->prev;
	else
		l->tail = e->prev;
	l->n--;
	e->prev = e->next = NULL;
	e->list = NULL;
}

bool le_linked(const struct le *e)
{
	return e->list != NULL;
}
