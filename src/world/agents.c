/* The user agents of the SRC: one for all recordings, and one for each socket
 * that `src.socket` asks for and for certificates that are not as others'. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "world/priv.h"

static const struct scn_tls no_tls;

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static bool same_tls(const struct scn_tls *a, const struct scn_tls *b)
{
	return same_text(a->ca, b->ca) && same_text(a->cert, b->cert) &&
	       same_text(a->key, b->key) && a->shows == b->shows &&
	       a->unchecked == b->unchecked && a->version == b->version;
}

static int make(struct world *w, struct agent *a, const struct addr *local,
		struct err *e)
{
	struct sip_ua_conf conf = {.loop = w->loop,
				   .wire = w->wire,
				   .trace = w->trace,
				   .ids = w->ids,
				   .rng = &w->rng,
				   .dns = w->dns,
				   .local = local,
				   .edits = w->edits};

	a->tls = build_tls(w, a->wants, "src", local, e);
	if (!a->tls)
		return err_wrap(e, "tls of the SRC");
	conf.tls = a->tls;
	a->ua = recording_agent(&conf, e);
	return a->ua ? 0 : -1;
}

/* Of those that are there. */
static struct agent *find(const struct world *w, const struct addr *at,
			  const struct scn_tls *tls)
{
	size_t i;

	for (i = 0; i < w->n_agents; i++)
		if (addr_eq(&w->agent[i].at, at) &&
		    same_tls(w->agent[i].wants, tls))
			return &w->agent[i];
	return NULL;
}

/* Where an instance wants to be; no address: anywhere. */
static struct addr place_of(const struct scn_instance *in)
{
	struct addr at;

	addr_init(&at);
	if (in->socket)
		build_addr(in->socket, &at);
	return at;
}

static int add(struct world *w, const struct addr *at,
	       const struct scn_tls *tls, const struct addr *local,
	       struct err *e)
{
	struct agent *a = &w->agent[w->n_agents];

	a->at = *at;
	a->wants = tls;
	w->n_agents++;
	return make(w, a, local, e);
}

int agents_make_sockets(struct world *w, struct err *e)
{
	size_t i;

	w->agent = xcalloc(w->s->n_instances + 1, sizeof(*w->agent));
	for (i = 0; i < w->s->n_instances; i++) {
		const struct scn_instance *in = &w->s->instance[i];
		struct addr at = place_of(in);

		if (addr_is_set(&at) && !find(w, &at, &in->tls) &&
		    add(w, &at, &in->tls, &at, e) < 0)
			return err_wrap(e, "socket of the SRC");
	}
	return 0;
}

int agents_make(struct world *w, struct err *e)
{
	struct addr room, nowhere;
	const struct addr *local = build_local(w, &room);
	size_t i;

	addr_init(&nowhere);
	if (add(w, &nowhere, &no_tls, local, e) < 0)
		return -1;
	w->src = w->agent[w->n_agents - 1].ua;
	for (i = 0; i < w->s->n_instances; i++) {
		const struct scn_instance *in = &w->s->instance[i];
		struct addr at = place_of(in);

		if (!find(w, &at, &in->tls) &&
		    add(w, &at, &in->tls, local, e) < 0)
			return -1;
		w->set[i].ua = find(w, &at, &in->tls)->ua;
	}
	return 0;
}

bool agents_busy(const struct world *w)
{
	size_t i;

	for (i = 0; i < w->n_agents; i++)
		if (sip_ua_busy(w->agent[i].ua))
			return true;
	return false;
}

struct sip_ua_left agents_left(const struct world *w)
{
	struct sip_ua_left all = {0};
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
	while (w->n_agents) {
		sip_ua_free(w->agent[--w->n_agents].ua);
		tls_free(w->agent[w->n_agents].tls);
	}
	free(w->agent);
}
