#include "world/status.h"

#include "world/priv.h"

struct loop *world_loop(const struct world *w)
{
	return w->loop;
}

const char *world_scenario(const struct world *w)
{
	return w->s->name;
}

int64_t world_call_ms(const struct world *w, int call, int64_t at_us)
{
	const struct trace_call *c = trace_call_at(w->trace, call - 1);

	if (at_us < 0)
		return -1;
	return (at_us - (c && c->t0_us > 0 ? c->t0_us : 0)) / 1000;
}

void world_each_session(const struct world *w, world_session_h *h, void *arg)
{
	const struct le *e;
	size_t n;

	for (e = w->calls.head; e; e = e->next) {
		const struct world_call *c = container_of(e, struct world_call,
							  le);

		for (n = 0; n < recording_instances(c->recording); n++)
			h(w, c->index + 1, c->recording, n, arg);
	}
}

enum recording_result world_do(struct world *w, enum recording_verb verb,
			       uint32_t call, const char *instance)
{
	struct le *e;

	for (e = w->calls.head; e; e = e->next) {
		struct world_call *c = container_of(e, struct world_call, le);

		if ((uint32_t)c->index + 1 == call)
			return recording_do(c->recording, verb, instance);
	}
	return RECORDING_NO_INSTANCE;
}
