/*
 * Which of the bodies that went to a recorder a check looks at.
 */
#include "expect/judge.h"

#include <string.h>

#include "sip/mime.h"
#include "sip/view.h"

static const char *const what_names[] = {
	[PICK_OFFER] = "offer",
	[PICK_ANSWER] = "answer",
	[PICK_METADATA] = "metadata document",
};

static const char *last_accepted(const struct judge *j)
{
	const struct trace_attempt *a;
	size_t i;

	for (i = trace_n_attempts(j->t); i-- > 0;) {
		a = trace_attempt_at(j->t, i);
		if (a->call == j->call && a->result && a->result[0] == '2' &&
		    (!j->c->instance || !strcmp(a->instance, j->c->instance)))
			return a->server;
	}
	return NULL;
}

/* NULL when there are several. */
static const char *only_recorder(const struct scenario *s)
{
	const char *only = s->n_srs == 1 ? s->srs[0].name : NULL;
	size_t i, k;

	if (s->n_srs > 1)
		return NULL;
	for (i = 0; i < s->n_instances; i++) {
		for (k = 0; k < s->instance[i].n_servers; k++) {
			const char *name = s->instance[i].server[k].name;

			if (only && strcmp(only, name) != 0)
				return NULL;
			only = name;
		}
	}
	return only;
}

const char *judge_recorder(struct judge *j)
{
	const char *name;

	if (j->c->to.n)
		return j->c->to.at[0];
	name = last_accepted(j);
	if (!name)
		name = only_recorder(j->s);
	if (!name) {
		buf_add_str(&j->got, "no recorder accepted");
		judge_fail(j, "`to:` says which recorder is meant");
	}
	return name;
}

static bool carries(const struct judge *j, enum pick_what what,
		    const char *recorder, const struct trace_sip *m)
{
	if (what == PICK_ANSWER && (m->request || m->code / 100 != 2 ||
				    strcmp(m->from, recorder) != 0))
		return false;
	if (what != PICK_ANSWER &&
	    (!m->request || strcmp(m->to, recorder) != 0))
		return false;
	return judge_came(j, m) && judge_of_instance(j, m->call_id) &&
	       !judge_is_repeat(j, m);
}

static bool body_of(enum pick_what what, const struct trace_sip *m,
		    struct span *body)
{
	const struct mime_part *part;
	struct sip_view v;
	struct mime mime;

	if (!sip_view(m->text, &v))
		return false;
	mime_of(&mime, &v, NULL); /* the parts before a fault are there */
	part = what == PICK_METADATA ? mime_metadata(&mime)
				     : mime_find(&mime, "application/sdp");
	if (part)
		*body = part->body;
	return part != NULL;
}

/* Whether the document after `n` earlier ones may still be the one. */
static bool goes_on(const struct judge *j, enum scn_at at, size_t n,
		    const struct trace_sip *next)
{
	switch (at) {
	case SCN_AT_START:
		return n < 1;
	case SCN_AT_NTH:
		return n < (size_t)j->c->at_nth;
	case SCN_AT_TIME:
		return judge_when(next) <= j->t0_us + j->c->at_us;
	case SCN_AT_END:
	case SCN_AT_DEFAULT:
		break;
	}
	return true;
}

static void pick_fail(struct judge *j, enum pick_what what, enum scn_at at,
		      const char *recorder, size_t n)
{
	const char *way = what == PICK_ANSWER ? "from" : "at";

	j->unmet = true;
	if (n)
		buf_addf(&j->got, "only %zu", n);
	else
		buf_addf(&j->got, "no %s arrived %s %s", what_names[what], way,
			 recorder);
	if (at == SCN_AT_NTH)
		judge_fail(j, "`at: %d` asks for number %d", j->c->at_nth,
			   j->c->at_nth);
	else if (at == SCN_AT_TIME)
		judge_fail(j, "there was none by then");
	else
		judge_fail(j, "there is nothing to look into");
}

bool judge_pick(struct judge *j, enum pick_what what, const char *recorder,
		enum scn_at preset, struct picked *out)
{
	enum scn_at at = j->c->at == SCN_AT_DEFAULT ? preset : j->c->at;
	const struct trace_sip *m;
	struct span body;
	size_t i = 0, n = 0;

	while (trace_call_sip(j->t, j->call, &i, &m)) {
		if (!carries(j, what, recorder, m) || !body_of(what, m, &body))
			continue;
		if (!goes_on(j, at, n, m))
			break;
		out->m = m;
		out->body = body;
		n++;
	}
	if (n == 0 || (at == SCN_AT_NTH && n < (size_t)j->c->at_nth)) {
		pick_fail(j, what, at, recorder, n);
		return false;
	}
	j->at_us = judge_when(out->m);
	j->proof = out->m;
	return true;
}
