#include "cli/srs_judge.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/err.h"
#include "core/xalloc.h"
#include "expect/client.h"
#include "report/text.h"
#include "scenario/rules.h"
#include "sip/view.h"

/* For the answer to a BYE of ours, and for what was under way. */
#define LATER_US INT64_C(500000)

struct session {
	struct srs_judge *judge;
	char *call_id;
	int call; /* in the trace */
	int code; /* that it was refused with before it began; 0: it was not */
	bool judged;
	bool mute; /* nothing is said of it unless it broke a rule */
	struct timer later;
};

struct srs_judge {
	struct loop *loop;
	struct trace *trace;
	const char *level;
	bool json;
	struct scn_strings recorder;
	struct session **session; /* owned, each */
	size_t n;
	size_t said; /* of these something was said */
	size_t bad;
};

struct srs_judge *srs_judge_new(struct loop *l, struct trace *t,
				const char *level, bool json)
{
	struct srs_judge *j = xcalloc(1, sizeof(*j));

	j->loop = l;
	j->trace = t;
	j->level = level;
	j->json = json;
	trace_log_arrivals(t, true);
	return j;
}

void srs_judge_free(struct srs_judge *j)
{
	size_t i;

	if (!j)
		return;
	for (i = 0; i < j->n; i++) {
		timer_stop(&j->session[i]->later);
		free(j->session[i]->call_id);
		free(j->session[i]);
	}
	free(j->session);
	scn_strings_fini(&j->recorder);
	free(j);
}

void srs_judge_recorder(struct srs_judge *j, const char *name)
{
	scn_strings_add(&j->recorder, name);
}

/* ---- what is said of a session ---- */

static bool counts(const struct srs_judge *j, const char *level)
{
	return strcmp(level, "must") == 0 || strcmp(j->level, "should") == 0;
}

struct tally {
	size_t kept, broken, lesser, unseen;
};

static void count(const struct srs_judge *j, const struct verdicts *v,
		  struct tally *t)
{
	size_t i;

	memset(t, 0, sizeof(*t));
	for (i = 0; i < v->n; i++) {
		if (v->at[i].status == VERDICT_PASSED)
			t->kept++;
		else if (v->at[i].status == VERDICT_SKIPPED)
			t->unseen++;
		else if (counts(j, scn_client_rules[i].level))
			t->broken++;
		else
			t->lesser++;
	}
}

/* First line of the message that proves it. */
static struct span first_line(const char *message)
{
	struct span rest = span_of(message), line = span_of("");

	span_line(&rest, &line);
	return line;
}

static void print_clean(const char *before, struct span text)
{
	struct buf b;

	buf_init(&b, 64 * 1024);
	text_clean(&b, text, false);
	printf("%s%s\n", before, buf_str(&b));
	buf_fini(&b);
}

static void print_finding(const struct verdict *v, const char *level)
{
	printf("  %-6s %s\n", level, v->check);
	print_clean("         wanted: ", span_of(v->wanted));
	print_clean("         got:    ", span_of(v->got));
	if (v->message)
		print_clean("         by:     ", first_line(v->message));
}

/* What was not looked at, and why. */
static void print_note(const struct verdict *v)
{
	printf("  note   %s\n", v->check);
	print_clean("         got:    ", span_of(v->got));
	print_clean("         why:    ", span_of(v->why));
}

static void print_text(const struct srs_judge *j, const struct session *s,
		       const struct verdicts *v, const struct tally *t)
{
	size_t i;

	printf("%s ", t->broken ? "FAIL" : "ok  ");
	if (s->code)
		printf("refused %d ", s->code);
	print_clean("session ", span_of(s->call_id));
	for (i = 0; i < v->n; i++)
		if (v->at[i].status == VERDICT_FAILED)
			print_finding(&v->at[i],
				      counts(j, scn_client_rules[i].level)
					      ? scn_client_rules[i].level
					      : "(should)");
		else if (v->at[i].why)
			print_note(&v->at[i]);
	printf("  %zu rules kept, %zu broken", t->kept, t->broken);
	if (t->lesser)
		printf(", %zu that should be kept broken", t->lesser);
	printf(", %zu without an occasion\n", t->unseen);
}

static json_t *finding(const struct verdict *v, const char *level)
{
	static const char *const status[] = {
		[VERDICT_PASSED] = "passed",
		[VERDICT_FAILED] = "failed",
		[VERDICT_SKIPPED] = "skipped",
	};
	json_t *o = json_object();

	json_object_set_new(o, "rule", text_json(v->check));
	json_object_set_new(o, "level", text_json(level));
	json_object_set_new(o, "status", text_json(status[v->status]));
	json_object_set_new(o, "wanted", text_json(v->wanted));
	json_object_set_new(o, "got", text_json(v->got));
	if (v->status != VERDICT_FAILED && v->why)
		json_object_set_new(o, "why", text_json(v->why));
	if (v->status == VERDICT_FAILED && v->message)
		json_object_set_new(o, "message", text_json(v->message));
	return o;
}

static void print_json(const struct session *s, const struct verdicts *v,
		       const struct tally *t)
{
	json_t *o = json_object(), *all = json_array();
	size_t i;

	json_object_set_new(o, "kind", json_string("verdict"));
	json_object_set_new(o, "call_id", text_json(s->call_id));
	json_object_set_new(o, "status",
			    json_string(t->broken ? "failed" : "passed"));
	if (s->code)
		json_object_set_new(o, "refused", json_integer(s->code));
	for (i = 0; i < v->n; i++)
		json_array_append_new(
			all, finding(&v->at[i], scn_client_rules[i].level));
	json_object_set_new(o, "findings", all);
	json_dumpf(o, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(o);
}

static void judge_now(struct session *s)
{
	struct srs_judge *j = s->judge;
	struct verdicts v;
	struct tally t;

	if (s->judged)
		return;
	s->judged = true;
	timer_stop(&s->later);
	verdicts_init(&v);
	expect_client(j->trace, s->call, (const char *const *)j->recorder.at,
		      j->recorder.n, &v);
	count(j, &v, &t);
	if (!s->mute || t.broken) {
		if (j->json)
			print_json(s, &v, &t);
		else
			print_text(j, s, &v, &t);
		j->said++;
	}
	j->bad += t.broken > 0;
	verdicts_fini(&v);
}

/* ---- sessions ---- */

static void on_later(void *arg)
{
	judge_now(arg);
}

static struct session *find(struct srs_judge *j, const char *call_id)
{
	size_t i = j->n;

	while (i-- > 0)
		if (strcmp(j->session[i]->call_id, call_id) == 0)
			return j->session[i];
	return NULL;
}

static struct session *begin(struct srs_judge *j, struct span call_id,
			     int64_t now_us)
{
	struct session *s = xcalloc(1, sizeof(*s));

	s->judge = j;
	s->call_id = span_dup(call_id);
	s->call = (int)j->n;
	timer_init(&s->later, j->loop, on_later, s);
	trace_call(j->trace, s->call)->t0_us = now_us;
	trace_bind_call_id(j->trace, call_id, s->call);
	j->session = xreallocarray(j->session, j->n + 1, sizeof(*j->session));
	j->session[j->n++] = s;
	return s;
}

void srs_judge_begins(struct srs_judge *j, const char *call_id)
{
	if (!find(j, call_id))
		begin(j, span_of(call_id), loop_now(j->loop));
}

void srs_judge_ended(struct srs_judge *j, const char *call_id)
{
	struct session *s = find(j, call_id);

	if (s && !s->judged)
		timer_after(&s->later, LATER_US);
}

/* ---- what never came to be a session ---- */

/* The last final answer, and whether anything was more than a question that
 * belongs to no session, such as OPTIONS. */
static void look_at_stray(struct session *s)
{
	const struct trace_sip *m;
	size_t i = 0;

	s->mute = true;
	while (trace_call_sip(s->judge->trace, s->call, &i, &m)) {
		struct sip_view v;

		if (m->code >= 300)
			s->code = m->code;
		if (m->request && sip_view(m->text, &v) &&
		    (v.to_tag.n || span_is(m->method, "INVITE")))
			s->mute = false;
	}
}

/* The user agent refuses some requests before the recorder hears of them. */
static void judge_strays(struct srs_judge *j)
{
	size_t i;

	for (i = 0; i < trace_n_sip(j->trace); i++) {
		const struct trace_sip *m = trace_sip_at(j->trace, i);
		struct session *s;

		if (m->call >= 0 || !m->request || !m->call_id.n ||
		    !scn_strings_has(&j->recorder, m->to))
			continue;
		s = begin(j, m->call_id, m->sent_us);
		look_at_stray(s);
		judge_now(s);
	}
}

/* What could not even be read. */
static void print_warnings(const struct srs_judge *j)
{
	size_t i;

	for (i = 0; !j->json && i < trace_n_notes(j->trace); i++) {
		const struct trace_note *n = trace_note_at(j->trace, i);

		if (n->kind == TRACE_WARNING &&
		    scn_strings_has(&j->recorder, n->who))
			print_clean("warning: ", span_of(n->text));
	}
}

int srs_judge_finish(struct srs_judge *j)
{
	size_t i;

	for (i = 0; i < j->n; i++)
		judge_now(j->session[i]);
	judge_strays(j);
	print_warnings(j);
	if (!j->json)
		printf("%zu passed, %zu failed\n", j->said - j->bad, j->bad);
	if (j->said)
		return j->bad ? 1 : 0;
	fprintf(stderr, "nobody called: no client was judged\n");
	return err_exit_code(ERR_EMPTY);
}
