/* What the scenario changes in the SRC's requests. */
#include <stdlib.h>

#include "core/xalloc.h"
#include "world/priv.h"

static struct sip_edit build_edit(const struct scn_edit *e)
{
	struct sip_edit out = {.of = e->of,
			       .times = (unsigned)e->times,
			       .drop = e->drop,
			       .again = (unsigned)e->again,
			       .replace = e->replace,
			       .with = e->with,
			       .header = (const char *const *)e->headers.at,
			       .n_headers = e->headers.n,
			       .length = e->longer - e->shorter,
			       .text = e->text};
	size_t i;

	for (i = 0; i < e->mangle.n; i++)
		out.spoil |= sip_spoil_bit(e->mangle.at[i]);
	return out;
}

void build_edits(struct world *w)
{
	const struct scenario *s = w->s;
	size_t i;

	if (!s->n_edits)
		return;
	w->edit = xcalloc(s->n_edits, sizeof(*w->edit));
	for (i = 0; i < s->n_edits; i++)
		w->edit[i] = build_edit(&s->edit[i]);
	w->edits = sip_edits_new(w->edit, s->n_edits);
}

int build_edits_check(const struct world *w, struct err *e)
{
	const struct scn_edit *edit;
	size_t idle = w->edits ? sip_edits_idle(w->edits) : 0;

	if (!w->edits || idle == w->s->n_edits)
		return 0;
	edit = &w->s->edit[idle];
	return err_set(e, ERR_SCENARIO,
		       "%s:%d:%d: no %s had what 'replace' names: '%.60s'",
		       w->s->file, edit->place.line, edit->place.col, edit->of,
		       edit->replace);
}

void build_edits_free(struct world *w)
{
	sip_edits_free(w->edits);
	free(w->edit);
}
