#include "scenario/fault.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

void scn_faults_init(struct faults *f, const char *file)
{
	f->file = file;
	f->n = 0;
}

void scn_faults_fini(struct faults *f)
{
	while (f->n)
		free(f->at[--f->n].text);
}

static int place_cmp(struct scn_place a, struct scn_place b)
{
	if (a.line != b.line)
		return a.line < b.line ? -1 : 1;
	return a.col == b.col ? 0 : a.col < b.col ? -1 : 1;
}

static bool known(const struct faults *f, struct scn_place place,
		  const char *text)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (place_cmp(f->at[i].place, place) == 0 &&
		    strcmp(f->at[i].text, text) == 0)
			return true;
	}
	return false;
}

/* Takes over `text`. */
static void add(struct faults *f, enum err_kind kind, struct scn_place place,
		char *text)
{
	struct fault *new;

	if (f->n == FAULTS_MAX || known(f, place, text)) {
		free(text);
		return;
	}
	new = &f->at[f->n];
	new->kind = kind;
	new->place = place;
	new->text = text;
	new->seq = f->n++;
}

void scn_fault(struct faults *f, struct scn_place place, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, ERR_SCENARIO, place, xvasprintf(fmt, ap));
	va_end(ap);
}

void scn_fault_env(struct faults *f, struct scn_place place, const char *fmt,
		   ...)
{
	va_list ap;

	va_start(ap, fmt);
	add(f, ERR_ENV, place, xvasprintf(fmt, ap));
	va_end(ap);
}

static int fault_cmp(const void *a, const void *b)
{
	const struct fault *x = a, *y = b;
	int order = place_cmp(x->place, y->place);

	if (order)
		return order;
	return x->seq < y->seq ? -1 : 1;
}

void scn_faults_report(struct faults *f, struct causes *out)
{
	size_t i;

	qsort(f->at, f->n, sizeof(*f->at), fault_cmp);
	for (i = 0; i < f->n; i++)
		causes_addf(out, f->at[i].kind, "%s:%d:%d: %s", f->file,
			    f->at[i].place.line, f->at[i].place.col,
			    f->at[i].text);
}
