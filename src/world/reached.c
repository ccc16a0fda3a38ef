/* Whether those that a run was to talk to were there at all. */
#include <string.h>

#include "world/priv.h"

static bool is_embedded(const struct scenario *s, const char *server)
{
	int i = scenario_srs(s, server);

	return i >= 0 && !s->srs[i].uri;
}

static bool expects_end(const struct scn_check *c)
{
	size_t i;

	for (i = 0; i < c->n_events; i++)
		if (strcmp(c->event[i].name, "exhausted") == 0)
			return true;
	return false;
}

/* The check says that nobody may be there. */
static bool expects_nobody(const struct scn_check *c)
{
	size_t i;

	if (c->kind == SCN_CHECK_EVENTS)
		return expects_end(c);
	if (c->kind == SCN_CHECK_RECORDED_BY)
		return !c->list.n;
	for (i = 0; c->kind == SCN_CHECK_ATTEMPTS && i < c->list.n; i++)
		if (strstr(c->list.at[i], " unreachable"))
			return true;
	return c->kind == SCN_CHECK_ATTEMPTS && !c->list.n;
}

static bool is_excused(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_checks; i++)
		if (expects_nobody(&s->check[i]))
			return true;
	return s->level != SCN_LEVEL_NONE; /* conform finds out by itself */
}

/* The first of the attempts when all of them found nobody; `nameless`: nobody
 * even to send to. */
static const struct trace_attempt *
all_in_vain(const struct scenario *s, const struct trace *t, bool nameless)
{
	size_t i, n = trace_n_attempts(t);

	for (i = 0; i < n; i++) {
		const struct trace_attempt *a = trace_attempt_at(t, i);

		if (is_embedded(s, a->server) || !a->result ||
		    strcmp(a->result, "unreachable") != 0 ||
		    (nameless && a->call_id[0]))
			return NULL;
	}
	return n ? trace_attempt_at(t, 0) : NULL;
}

static int check(const struct scenario *s, const struct trace *t, bool nameless,
		 struct err *e)
{
	const struct trace_attempt *a = all_in_vain(s, t, nameless);

	if (!a || trace_is_exact(t) || is_excused(s))
		return 0;
	return err_set(e, ERR_ENV, "recorder '%s' cannot be reached: %s",
		       a->server, a->why ? a->why : "nobody is there");
}

int world_reached(const struct scenario *s, const struct trace *t,
		  struct err *e)
{
	return check(s, t, false, e);
}

int reached_by_name(const struct world *w, struct err *e)
{
	return check(w->s, w->trace, true, e);
}
