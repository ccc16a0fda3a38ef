/* The user agents of the SRC: one for all recordings, and one for each socket
 * that `src.socket` asks for. */
#include <stdlib.h>

#include "core/xalloc.h"
#include "world/priv.h"

static struct sip_ua *make(struct world *w, const struct addr *local,
			   struct err *e)
{
	struct sip_ua_conf conf = {.loop = w->loop,
				   .wire = w->wire,
				   .trace = w->trace,
				   .ids = w->ids,
				   .rng = &w->rng,
				   .local = local,
				   .edits = w->edits};

	return recording_agent(&conf, e);
}

int agents_make(struct world *w, struct err *e)
{
	struct addr local;

	w->src = make(w, build_local(w, &local), e);
	return w->src ? 0 : -1;
}

static struct agent *find(const struct world *w, const struct addr *at)
{
	size_t i;

	for (i = 0; i < w->n_agents; i++)
		if (addr_eq(&w->agent[i].at, at))
			return &w->agent[i];
	return NULL;
}

int agents_make_sockets(struct world *w, struct err *e)
{
	size_t i;

	w->agent = xcalloc(w->s->n_instances, sizeof(*w->agent));
	for (i = 0; i < w->s->n_instances; i++) {
		const char *text = w->s->instance[i].socket;
		struct agent *a = &w->agent[w->n_agents];

		if (!text || !build_addr(text, &a->at) || find(w, &a->at))
			continue;
		a->ua = make(w, &a->at, e);
		if (!a->ua)
			return err_wrap(e, "socket of the SRC");
		w->n_agents++;
	}
	return 0;
}

struct sip_ua *agents_at(const struct world *w, const char *socket)
{
	const struct agent *a = NULL;
	struct addr at;

	if (socket && build_addr(socket, &at))
		a = find(w, &at);
	return a ? a->ua : NULL;
}

bool agents_busy(const struct world *w)
{
	size_t i;

	for (i = 0; i < w->n_agents; i++)
		if (sip_ua_busy(w->agent[i].ua))
			return true;
	return sip_ua_busy(w->src);
}

struct sip_ua_left agents_left(const struct world *w)
{
	struct sip_ua_left all = sip_ua_left(w->src);
	size_t i;

	for (i = 0; i < w->n_agents; i++) {
		struct sip_ua_left one = sip_ua_left(w->agent[i].ua);

		all.dialogs += one.dialogs;
		all.transactions += one.transactions;
	}
	return all;
}

void agents_free(struct world *w)
{
	while (w->n_agents)
		sip_ua_free(w->agent[--w->n_agents].ua);
	free(w->agent);
	sip_ua_free(w->src);
}
