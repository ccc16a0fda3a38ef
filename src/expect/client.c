#include "expect/client.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "expect/judge.h"
#include "scenario/rules.h"

/* A scenario of recorders of ours, and of who talks to them from outside. */
struct stage {
	struct scenario s;
	struct scn_strings ours;
};

static bool is_ours(const struct stage *st, const char *name)
{
	return scn_strings_has(&st->ours, name);
}

static void add_recorder(struct stage *st, const char *name, bool outside)
{
	struct scn_srs *one;

	if (scenario_srs(&st->s, name) >= 0)
		return;
	st->s.srs = xreallocarray(st->s.srs, st->s.n_srs + 1,
				  sizeof(*st->s.srs));
	one = &st->s.srs[st->s.n_srs++];
	memset(one, 0, sizeof(*one));
	one->name = xstrdup(name);
	one->uri = outside ? one->name : NULL;
}

static void add_clients(struct stage *st, const struct trace *t, int call)
{
	const struct trace_sip *m;
	size_t i = 0;

	while (trace_call_sip(t, call, &i, &m)) {
		if (!is_ours(st, m->from))
			add_recorder(st, m->from, true);
		if (!is_ours(st, m->to))
			add_recorder(st, m->to, true);
	}
}

static void stage_fini(struct stage *st)
{
	size_t i;

	for (i = 0; i < st->s.n_srs; i++)
		free(st->s.srs[i].name);
	free(st->s.srs);
	scn_strings_fini(&st->ours);
}

static void judge_by(struct stage *st, const struct trace *t, int call,
		     const char *id, struct verdicts *out)
{
	struct scn_check c = {.kind = SCN_CHECK_RULES,
			      .key = id,
			      .to = st->ours,
			      .within_us = SCN_UNSET};

	scn_strings_add(&c.list, id);
	st->s.check = &c;
	st->s.n_checks = 1;
	expect_judge(&st->s, t, call, out);
	scn_strings_fini(&c.list);
}

void expect_client(const struct trace *t, int call, const char *const *recorder,
		   size_t n, struct verdicts *out)
{
	struct stage st;
	size_t i;

	memset(&st, 0, sizeof(st));
	for (i = 0; i < n; i++) {
		scn_strings_add(&st.ours, recorder[i]);
		add_recorder(&st, recorder[i], false);
	}
	add_clients(&st, t, call);
	for (i = 0; i < scn_n_client_rules; i++)
		judge_by(&st, t, call, scn_client_rules[i].rule.id, out);
	stage_fini(&st);
}
