/*
 * One run as a JSON object: the fields of the contract.
 */
#include "report/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "report/block.h"
#include "report/streams.h"
#include "report/text.h"
#include "report/warnings.h"

enum { TEXT_MAX = 1024 * 1024 };

static const char *const status_names[] = {
	[REPORT_PASSED] = "passed",
	[REPORT_FAILED] = "failed",
	[REPORT_ERROR] = "error",
	[REPORT_SKIPPED] = "skipped",
};

static const char *const verdict_names[] = {
	[VERDICT_PASSED] = "passed",
	[VERDICT_FAILED] = "failed",
	[VERDICT_SKIPPED] = "skipped",
};

static void set_text(json_t *o, const char *key, const char *s)
{
	json_object_set_new(o, key, text_json(s));
}

static void set_int(json_t *o, const char *key, int64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *matrix_json(const struct scenario *s)
{
	json_t *o = json_object();
	size_t i;

	for (i = 0; i < s->n_matrix; i++)
		set_text(o, s->matrix[i].name, s->matrix[i].value);
	return o;
}

/* What a peer sent, line by line. */
static void set_lines(json_t *o, const char *key, struct span s)
{
	struct buf b;

	buf_init(&b, TEXT_MAX);
	text_lines(&b, s);
	json_object_set_new(o, key, json_string(buf_str(&b)));
	buf_fini(&b);
}

static json_t *verdict_json(const struct verdict *v)
{
	json_t *o = json_object();

	set_int(o, "line", v->line);
	set_int(o, "col", v->col);
	set_text(o, "check", v->check);
	set_text(o, "status", verdict_names[v->status]);
	set_text(o, "wanted", v->wanted);
	set_text(o, "got", v->got);
	if (v->why)
		set_text(o, "why", v->why);
	if (v->unmet)
		json_object_set_new(o, "unmet", json_true());
	if (v->message && v->status == VERDICT_FAILED)
		set_lines(o, "message", span_of(v->message));
	return o;
}

static json_t *expect_json(const struct verdicts *v)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; v && i < v->n; i++)
		json_array_append_new(a, verdict_json(&v->at[i]));
	return a;
}

/* Calls have numbers only where there are several of them. */
static void set_call(json_t *o, const struct report_input *in, int call)
{
	if (in->s->load.calls > 1)
		set_int(o, "call", call + 1);
}

static json_t *attempts_json(const struct report_input *in)
{
	const struct trace_attempt *a;
	json_t *out = json_array(), *o;
	size_t i;

	for (i = 0; in->t && i < trace_n_attempts(in->t); i++) {
		a = trace_attempt_at(in->t, i);
		o = json_object();
		set_call(o, in, a->call);
		set_text(o, "instance", a->instance);
		set_text(o, "server", a->server);
		set_text(o, "uri", a->uri);
		set_text(o, "result", a->result ? a->result : "open");
		if (a->why)
			set_text(o, "why", a->why);
		set_int(o, "at_ms", report_call_ms(in->t, a->call, a->at_us));
		set_text(o, "call_id", a->call_id);
		json_array_append_new(out, o);
	}
	return out;
}

static void set_event(json_t *o, const struct trace *t,
		      const struct trace_event *e)
{
	set_text(o, "name", e->name);
	set_int(o, "at_ms", report_call_ms(t, e->call, e->at_us));
	set_text(o, "dlg_id", e->dlg_id);
	set_text(o, "dlg_callid", e->dlg_callid);
	set_text(o, "callid", e->callid);
	set_text(o, "session_id", e->session_id);
	set_text(o, "server", e->server);
	set_text(o, "instance", e->instance);
}

json_t *report_event(const struct trace *t, const struct trace_event *e)
{
	json_t *o = json_object();

	set_text(o, "event", e->kind);
	set_event(o, t, e);
	set_text(o, "code", e->code);
	set_text(o, "reason", e->reason);
	return o;
}

static json_t *events_json(const struct report_input *in)
{
	const struct trace_event *e;
	json_t *out = json_array(), *o;
	size_t i;

	for (i = 0; in->t && i < trace_n_events(in->t); i++) {
		e = trace_event_at(in->t, i);
		o = json_object();
		set_call(o, in, e->call);
		set_event(o, in->t, e);
		if (e->code && e->code[0])
			set_text(o, "code", e->code);
		if (e->reason && e->reason[0])
			set_text(o, "reason", e->reason);
		json_array_append_new(out, o);
	}
	return out;
}

/* Only files that stay are worth naming. */
static json_t *artifacts_json(const struct report_input *in)
{
	json_t *metadata = json_array(), *audio = json_array();
	json_t *o = json_object();
	const struct trace_file *f;
	size_t i;

	for (i = 0; in->kept && in->t && i < trace_n_files(in->t); i++) {
		f = trace_file_at(in->t, i);
		if (f->kind == TRACE_FILE_PCAP)
			set_text(o, "pcap", f->path);
		else if (f->kind != TRACE_FILE_OUTSIDE)
			json_array_append_new(
				f->kind == TRACE_FILE_AUDIO ? audio : metadata,
				text_json(f->path));
	}
	json_object_set_new(o, "metadata", metadata);
	json_object_set_new(o, "audio", audio);
	return o;
}

static bool was_accepted(const struct trace *t)
{
	size_t i;

	for (i = 0; i < trace_n_attempts(t); i++)
		if (trace_attempt_at(t, i)->result &&
		    trace_attempt_at(t, i)->result[0] == '2')
			return true;
	return false;
}

/* When nobody recorded, the first final answer as it came. */
static void set_refusal(json_t *o, const struct trace *t)
{
	const struct trace_attempt *a;
	size_t i;

	if (!t || !trace_n_attempts(t) || was_accepted(t))
		return;
	a = trace_attempt_at(t, 0);
	for (i = 0; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);

		if (m->code < 200 || !span_is(m->method, "INVITE") ||
		    !span_is(m->call_id, a->call_id))
			continue;
		set_lines(o, "_refusal", m->text);
		return;
	}
}

static void set_heard_at(json_t *o, const char *key, const struct trace_sip *m)
{
	set_int(o, key, m->arrived_us >= 0 ? m->arrived_us : m->sent_us);
}

/* When a recorder outside was heard last, and what it was asked after that: on
 * the clock of the run. */
static void set_heard(json_t *o, const struct trace *t)
{
	const struct trace_sip *heard = NULL, *asked = NULL;
	const char *server;
	size_t i;

	if (!t || !trace_n_attempts(t))
		return;
	server = trace_attempt_at(t, 0)->server;
	for (i = 0; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);

		if (strcmp(m->from, server) == 0) {
			heard = m;
			asked = NULL;
		} else if (!asked && m->request && strcmp(m->to, server) == 0 &&
			   !span_is(m->method, "ACK")) {
			asked = m;
		}
	}
	if (heard)
		set_heard_at(o, "_heard_us", heard);
	if (asked) {
		set_heard_at(o, "_unheard_us", asked);
		set_lines(o, "_unheard", asked->text);
	}
}

static void add_story(json_t *o, const struct report_input *in)
{
	struct buf title, again, text;

	buf_init(&title, TEXT_MAX);
	buf_init(&again, TEXT_MAX);
	buf_init(&text, TEXT_MAX);
	run_title(&title, o);
	block_again(&again, in);
	block_text(&text, in, json_object_get(o, "warnings"), buf_str(&title),
		   buf_str(&again));
	set_text(o, "_again", buf_str(&again));
	json_object_set_new(o, "_text", json_string(buf_str(&text)));
	buf_fini(&title);
	buf_fini(&again);
	buf_fini(&text);
}

json_t *report_scenario(const struct report_input *in)
{
	json_t *o = json_object();

	set_text(o, "name", in->s->name);
	set_text(o, "file", in->s->file);
	json_object_set_new(o, "matrix", matrix_json(in->s));
	set_text(o, "status", status_names[in->status]);
	if (in->error)
		set_text(o, "error", in->error);
	if (in->s->skip)
		set_text(o, "skipped", in->s->skip);
	set_text(o, "clock", in->clock);
	set_int(o, "seed", (int64_t)in->seed);
	set_int(o, "duration_ms", in->duration_us / 1000);
	set_int(o, "wall_ms", in->wall_us / 1000);
	json_object_set_new(o, "expect", expect_json(in->v));
	json_object_set_new(o, "attempts", attempts_json(in));
	json_object_set_new(o, "events", events_json(in));
	json_object_set_new(o, "streams", report_streams(in));
	json_object_set_new(o, "warnings", warnings_json(in));
	json_object_set_new(o, "artifacts", artifacts_json(in));
	set_refusal(o, in->t);
	if (in->to)
		set_heard(o, in->t);
	if (in->status == REPORT_FAILED || in->status == REPORT_ERROR)
		add_story(o, in);
	return o;
}
