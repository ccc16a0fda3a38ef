#include "scenario/read.h"

#include <string.h>

#include "scenario/suggest.h"

const char *const scn_event_names[] = {
	"failover",  "skipped", "exhausted", "start",	"stop",
	"pause",     "resume",	"update",    "refused", "lost",
	"cancelled", "forged",	NULL};

static void fault_name(struct faults *f, const struct node *n, const char *what,
		       const struct suggest *s)
{
	char hint[SUGGEST_HINT];

	scn_fault(f, n->place, "there is no %s '%.60s'%s", what, s->word,
		  scn_suggest_hint(s, hint));
}

int scn_name_srs(struct faults *f, const struct node *n,
		 const struct scenario *s, const char *name)
{
	int found = scenario_srs(s, name);
	struct suggest hint;
	size_t i;

	if (found >= 0)
		return found;
	scn_suggest_init(&hint, name);
	for (i = 0; i < s->n_srs; i++)
		scn_suggest_try(&hint, s->srs[i].name);
	fault_name(f, n, "recorder", &hint);
	return -1;
}

bool scn_name_recorder(struct faults *f, const struct node *n,
		       const struct scenario *s, const char *name)
{
	size_t i, j;

	for (i = 0; i < s->n_instances; i++) {
		for (j = 0; j < s->instance[i].n_servers; j++) {
			if (!strcmp(s->instance[i].server[j].name, name))
				return true;
		}
	}
	return scn_name_srs(f, n, s, name) >= 0;
}

int scn_name_party(struct faults *f, const struct node *n,
		   const struct scenario *s, const char *id)
{
	struct suggest hint;
	size_t i;

	scn_suggest_init(&hint, id);
	for (i = 0; i < s->call.n_parties; i++) {
		if (strcmp(s->call.party[i].id, id) == 0)
			return (int)i;
		scn_suggest_try(&hint, s->call.party[i].id);
	}
	fault_name(f, n, "party", &hint);
	return -1;
}

bool scn_name_instance(struct faults *f, const struct node *n,
		       const struct scenario *s, const char *name)
{
	struct suggest hint;
	size_t i;

	scn_suggest_init(&hint, name);
	for (i = 0; i < s->n_instances; i++) {
		if (strcmp(s->instance[i].name, name) == 0)
			return true;
		scn_suggest_try(&hint, s->instance[i].name);
	}
	fault_name(f, n, "instance", &hint);
	return false;
}

bool scn_name_event(struct faults *f, const struct node *n, const char *name)
{
	const char *const *e;
	struct suggest hint;

	scn_suggest_init(&hint, name);
	for (e = scn_event_names; *e; e++) {
		if (strcmp(*e, name) == 0)
			return true;
		scn_suggest_try(&hint, *e);
	}
	fault_name(f, n, "event", &hint);
	return false;
}
