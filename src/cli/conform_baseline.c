#include "cli/conform.h"

#include <string.h>

#include "core/buf.h"
#include "report/report.h"

enum { BASELINE_MAX = 1024 * 1024 };

static struct conform_check *find(const struct conform_list *l, struct span id)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		if (span_is(id, l->at[i].id))
			return &l->at[i];
	return NULL;
}

static bool exists(struct span id)
{
	size_t i;

	for (i = 0; i < conform_n_texts; i++)
		if (span_is(id, conform_texts[i].id))
			return true;
	return false;
}

/* A check that is not run now may stand there all the same. */
static int take_line(const struct conform_list *l, const char *path, int number,
		     struct span line, struct err *e)
{
	struct span id = span_trim(span_cut(&line, '#'));
	struct conform_check *c = find(l, id);

	if (!id.n)
		return 0;
	if (c)
		c->known = true;
	else if (!exists(id))
		return err_set(e, ERR_USAGE,
			       "%s:%d: there is no check '%.*s' ('siprec-src "
			       "conform --list' shows them)",
			       path, number, id.n > 60 ? 60 : (int)id.n, id.p);
	return 0;
}

int conform_baseline_read(struct conform_list *l, const char *path,
			  struct err *e)
{
	struct span rest, line;
	struct buf text;
	int rc, number = 0;

	buf_init(&text, BASELINE_MAX);
	rc = buf_read_file(&text, path, e);
	rest = buf_span(&text);
	while (rc == 0 && span_line(&rest, &line))
		rc = take_line(l, path, ++number, line, e);
	buf_fini(&text);
	return rc;
}

int conform_baseline_write(const struct conform_list *l, const char *path,
			   const char *to, struct err *e)
{
	struct buf text;
	size_t i;
	int rc;

	buf_init(&text, BASELINE_MAX);
	buf_addf(&text,
		 "# checks that failed at %s; 'siprec-src conform --baseline' "
		 "reads it\n",
		 to);
	for (i = 0; i < l->n; i++)
		if (l->at[i].finding && report_is(l->at[i].finding, "failed"))
			buf_addf(&text, "%s\n", l->at[i].id);
	rc = buf_write_file(&text, path, e);
	buf_fini(&text);
	return rc;
}
