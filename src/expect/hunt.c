/*
 * recorded_by, attempts, events, result: how the search for a recorder went, and
 * what the user asked of it.
 */
#include "expect/judge.h"

#include <string.h>

static bool instance_fits(const struct judge *j, const char *instance)
{
	return !j->c->instance || !strcmp(j->c->instance, instance);
}

/* ---- recorded_by ---- */

static bool is_last_of_server(const struct judge *j, size_t at)
{
	const struct trace_attempt *a = trace_attempt_at(j->t, at), *b;
	size_t i;

	for (i = at + 1; i < trace_n_attempts(j->t); i++) {
		b = trace_attempt_at(j->t, i);
		if (b->call == j->call && instance_fits(j, b->instance) &&
		    b->result && b->result[0] == '2' &&
		    !strcmp(a->server, b->server))
			return false;
	}
	return true;
}

/* Next attempt that a recorder accepted, each recorder once. A 2xx that could
 * not be used is no acceptance: its result is "unusable". */
static const struct trace_attempt *next_accepted(const struct judge *j,
						 size_t *i)
{
	const struct trace_attempt *a;

	while (*i < trace_n_attempts(j->t)) {
		a = trace_attempt_at(j->t, (*i)++);
		if (a->call == j->call && instance_fits(j, a->instance) &&
		    a->result && a->result[0] == '2' &&
		    is_last_of_server(j, *i - 1))
			return a;
	}
	return NULL;
}

static bool got_media(const struct judge *j, const char *server)
{
	const struct trace_rtp *r;
	size_t i;

	for (i = 0; i < trace_n_rtp(j->t); i++) {
		r = trace_rtp_at(j->t, i);
		if (judge_stream(j, r, server, NULL) &&
		    (r->received > 0 ||
		     (judge_is_external(j, server) && r->sent > 0)))
			return true;
	}
	return false;
}

static bool recorded(const struct judge *j, const char *server)
{
	const struct trace_attempt *a;
	size_t i = 0;

	while ((a = next_accepted(j, &i)))
		if (!strcmp(a->server, server))
			return got_media(j, server);
	return false;
}

static bool wants_nobody(const struct scn_strings *list)
{
	return !list->n || (list->n == 1 && !strcmp(list->at[0], "nobody"));
}

static void check_recorders(struct judge *j)
{
	const struct scn_strings *list = &j->c->list;
	const struct trace_attempt *a;
	size_t i = 0, n = 0;

	while ((a = next_accepted(j, &i))) {
		j->at_us = a->ended_us;
		if (!got_media(j, a->server)) {
			if (scn_strings_has(list, a->server))
				judge_fail(j, "%s accepted but got no RTP",
					   a->server);
			continue;
		}
		buf_addf(&j->got, "%s%s", n++ ? ", " : "", a->server);
		if (wants_nobody(list) || !scn_strings_has(list, a->server))
			judge_fail(j, "%s accepted and got RTP", a->server);
	}
	if (!n)
		buf_add_str(&j->got, "nobody");
}

static void why_not_recorded(struct judge *j, const char *server)
{
	const struct trace_attempt *a, *last = NULL;
	size_t i;

	for (i = 0; i < trace_n_attempts(j->t); i++) {
		a = trace_attempt_at(j->t, i);
		if (a->call == j->call && instance_fits(j, a->instance) &&
		    !strcmp(a->server, server))
			last = a;
	}
	if (!last)
		judge_fail(j, "%s was never asked", server);
	else if (!last->result)
		judge_fail(j, "%s has not answered yet", server);
	else if (last->result[0] != '2')
		judge_fail(j, "%s: %s%s%s%s", server, last->result,
			   last->why ? " (" : "", last->why ? last->why : "",
			   last->why ? ")" : "");
}

void judge_recorded_by(struct judge *j)
{
	const struct scn_strings *list = &j->c->list;
	size_t i;

	strings_add(&j->wanted, list, "nobody");
	check_recorders(j);
	for (i = 0; !wants_nobody(list) && i < list->n; i++)
		if (!recorded(j, list->at[i]))
			why_not_recorded(j, list->at[i]);
}

/* ---- attempts ---- */

static const char *result_of(const struct trace_attempt *a)
{
	return a->result ? a->result : "open";
}

/* "second 486": a name, a blank, a result, and perhaps a blank and words of the
 * reason. A URI has no blanks in it. */
static bool attempt_fits(const struct trace_attempt *a, const char *want)
{
	struct span rest = span_of(want);
	struct span name = span_cut(&rest, ' ');
	struct span result = span_cut(&rest, ' ');
	struct span why = span_of(a->why);

	return span_is(name, a->server) && span_is(result, result_of(a)) &&
	       (!rest.n || span_find(why, rest) < why.n);
}

static void check_attempt(struct judge *j, size_t n,
			  const struct trace_attempt *a)
{
	const struct scn_strings *list = &j->c->list;
	const char *why = a->why ? a->why : "";

	if (n < list->n && attempt_fits(a, list->at[n]))
		return;
	if (n < list->n)
		judge_fail(j, "attempt %zu is '%s %s'%s%s%s, not '%s'", n + 1,
			   a->server, result_of(a), a->why ? " (" : "", why,
			   a->why ? ")" : "", list->at[n]);
	else
		judge_fail(j, "attempt %zu, '%s %s', is one too many", n + 1,
			   a->server, result_of(a));
}

void judge_attempts(struct judge *j)
{
	const struct scn_strings *list = &j->c->list;
	const struct trace_attempt *a;
	size_t i, n = 0;

	strings_add(&j->wanted, list, "none");
	for (i = 0; i < trace_n_attempts(j->t); i++) {
		a = trace_attempt_at(j->t, i);
		if (a->call != j->call || !instance_fits(j, a->instance))
			continue;
		buf_addf(&j->got, "%s%s %s", n ? ", " : "", a->server,
			 result_of(a));
		if (!j->failed) {
			j->at_us = a->ended_us;
			check_attempt(j, n, a);
		}
		n++;
	}
	if (!n)
		buf_add_str(&j->got, "none");
	if (!j->failed && n < list->n) {
		judge_fail(j, "no '%s' came after that", list->at[n]);
		j->at_us = -1;
	}
}

/* ---- events ---- */

static const char *field_of(const struct trace_event *ev, const char *key)
{
	const struct {
		const char *key, *value;
	} fields[] = {
		{"server", ev->server},
		{"session_id", ev->session_id},
		{"callid", ev->callid},
		{"dlg_id", ev->dlg_id},
		{"dlg_callid", ev->dlg_callid},
		{"instance", ev->instance},
		{"code", ev->code},
		{"reason", ev->reason},
	};
	size_t i;

	for (i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
		if (!strcmp(fields[i].key, key))
			return fields[i].value ? fields[i].value : "";
	return NULL;
}

/* The name in the scenario of the recorder an event is about, or "". */
static const char *server_name(const struct judge *j,
			       const struct trace_event *ev)
{
	const struct trace_attempt *a;
	size_t i;

	for (i = 0; i < trace_n_attempts(j->t); i++) {
		a = trace_attempt_at(j->t, i);
		if (a->call == ev->call && !strcmp(a->call_id, ev->callid))
			return a->server;
	}
	return "";
}

/* `server` may be the recorder's name instead of its URI; a code is compared
 * whole, all else is looked for inside the field. */
static bool field_fits(const struct judge *j, const struct trace_event *ev,
		       const char *key, const char *value)
{
	const char *got = field_of(ev, key);

	if (!got)
		return false;
	if (!strcmp(key, "code"))
		return !strcmp(got, value);
	if (!strcmp(key, "server") && !strcmp(server_name(j, ev), value))
		return true;
	return strstr(got, value) != NULL;
}

static void check_fields(struct judge *j, size_t n,
			 const struct trace_event *ev)
{
	const struct scn_event_want *w = &j->c->event[n];
	const char *key, *got;
	size_t i;

	for (i = 0; i < w->has_key.n; i++) {
		key = w->has_key.at[i];
		if (field_fits(j, ev, key, w->has_value.at[i]))
			continue;
		got = field_of(ev, key);
		judge_fail(j, "%s of event %zu (%s) is '%s', without '%s'", key,
			   n + 1, ev->kind, got ? got : "", w->has_value.at[i]);
	}
}

static void check_event(struct judge *j, size_t n, const struct trace_event *ev)
{
	if (n >= j->c->n_events)
		judge_fail(j, "event %zu, %s, is one too many", n + 1,
			   ev->kind);
	else if (strcmp(ev->kind, j->c->event[n].name) != 0)
		judge_fail(j, "event %zu is %s, not %s", n + 1, ev->kind,
			   j->c->event[n].name);
	else
		check_fields(j, n, ev);
}

static void events_wanted(struct judge *j)
{
	const struct scn_event_want *w;
	size_t i, k;

	for (i = 0; i < j->c->n_events; i++) {
		w = &j->c->event[i];
		buf_addf(&j->wanted, "%s%s", i ? ", " : "", w->name);
		for (k = 0; k < w->has_key.n; k++)
			buf_addf(&j->wanted, "%s%s '%s'", k ? ", " : " (",
				 w->has_key.at[k], w->has_value.at[k]);
		if (w->has_key.n)
			buf_add_char(&j->wanted, ')');
	}
	if (!j->c->n_events)
		buf_add_str(&j->wanted, "none");
}

void judge_events(struct judge *j)
{
	const struct trace_event *ev;
	size_t i, n = 0;

	events_wanted(j);
	for (i = 0; i < trace_n_events(j->t); i++) {
		ev = trace_event_at(j->t, i);
		if (ev->call != j->call || !instance_fits(j, ev->instance))
			continue;
		buf_addf(&j->got, "%s%s", n ? ", " : "", ev->kind);
		if (!j->failed) {
			j->at_us = ev->at_us;
			check_event(j, n, ev);
		}
		n++;
	}
	if (!n)
		buf_add_str(&j->got, "none");
	if (!j->failed && n < j->c->n_events) {
		judge_fail(j, "no %s came after that", j->c->event[n].name);
		j->at_us = -1;
	}
}

/* ---- result ---- */

static const struct trace_step *step_of(const struct judge *j)
{
	const struct trace_step *s;
	size_t i;

	for (i = 0; i < trace_n_steps(j->t); i++) {
		s = trace_step_at(j->t, i);
		if (s->call == j->call && s->step == j->c->step)
			return s;
	}
	return NULL;
}

void judge_result(struct judge *j)
{
	const struct trace_step *s = step_of(j);

	buf_add_str(&j->wanted, j->c->is);
	if (!s) {
		buf_add_str(&j->got, "the step was never done");
		judge_fail(j, "its time, or its event, never came");
	} else if (!s->result) {
		buf_add_str(&j->got, "none yet");
		judge_fail(j, "the run ended before");
	} else {
		j->at_us = s->ended_us;
		buf_add_str(&j->got, s->result);
		if (strcmp(s->result, j->c->is) != 0)
			judge_fail(j,
				   "it was asked at %.3f s and came to this "
				   "at %.3f s",
				   (double)(s->at_us - j->t0_us) / 1e6,
				   (double)(s->ended_us - j->t0_us) / 1e6);
	}
}
