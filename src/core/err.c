#include "core/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

int err_set(struct err *e, enum err_kind kind, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return -1;
	e->kind = kind;
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	return -1;
}

int err_wrap(struct err *e, const char *fmt, ...)
{
	char tail[sizeof(e->text)];
	va_list ap;
	size_t n;

	if (!e)
		return -1;
	memcpy(tail, e->text, sizeof(tail));
	va_start(ap, fmt);
	vsnprintf(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	n = strlen(e->text);
	snprintf(e->text + n, sizeof(e->text) - n, ": %s", tail);
	return -1;
}

int err_exit_code(enum err_kind kind)
{
	switch (kind) {
	case ERR_NONE:
		return 0;
	case ERR_FAILED:
		return 1;
	case ERR_USAGE:
		return 2;
	case ERR_SCENARIO:
		return 3;
	case ERR_ENV:
	case ERR_INPUT:
		return 4;
	case ERR_EMPTY:
		return 5;
	}
	return 1;
}

void causes_init(struct causes *c)
{
	c->at = NULL;
	c->n = 0;
}

void causes_fini(struct causes *c)
{
	free(c->at);
	causes_init(c);
}

void causes_add(struct causes *c, const struct err *e)
{
	c->at = xreallocarray(c->at, c->n + 1, sizeof(*c->at));
	c->at[c->n++] = *e;
}

void causes_addf(struct causes *c, enum err_kind kind, const char *fmt, ...)
{
	struct err e = ERR_INIT;
	va_list ap;

	e.kind = kind;
	va_start(ap, fmt);
	vsnprintf(e.text, sizeof(e.text), fmt, ap);
	va_end(ap);
	causes_add(c, &e);
}
