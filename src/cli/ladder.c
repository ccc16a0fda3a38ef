#include "cli/ladder.h"

#include <stdio.h>

#include "core/buf.h"
#include "trace/ladder.h"
#include "world/world.h"

enum { TEXT_MAX = 16 * 1024 * 1024 };

/* Name of a recorder that is not embedded, or NULL. */
static const char *find_outside(const struct scenario *s)
{
	size_t i, k;

	for (i = 0; i < s->n_srs; i++)
		if (s->srs[i].uri)
			return s->srs[i].name;
	for (i = 0; i < s->n_instances; i++)
		for (k = 0; k < s->instance[i].n_servers; k++)
			if (s->instance[i].server[k].uri)
				return s->instance[i].server[k].uri;
	return NULL;
}

int ladder_print(const struct scenario *s, struct err *e)
{
	struct world_conf conf = {.clock = SCN_CLOCK_VIRTUAL, .seed = s->seed};
	const char *outside = find_outside(s);
	struct world_result r;
	struct buf text;
	int rc;

	if (outside)
		return err_set(e, ERR_ENV,
			       "%s: no ladder without a run: recorder '%s' is "
			       "not embedded",
			       s->file, outside);
	buf_init(&text, TEXT_MAX);
	rc = world_run(s, &conf, &r, e);
	if (rc == 0) {
		trace_ladder(r.trace, 0, INT64_MAX, &text);
		fputs(buf_str(&text), stdout);
	}
	trace_free(r.trace);
	buf_fini(&text);
	return rc;
}
