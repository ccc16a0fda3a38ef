/* What a run says of its check. */
#include "cli/conform.h"

#include <stdlib.h>
#include <string.h>

#include "core/span.h"
#include "core/xalloc.h"
#include "report/report.h"

static json_t *rfc_of(const struct scenario *s)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < s->rfc.n; i++)
		json_array_append_new(a, json_string(s->rfc.at[i]));
	return a;
}

static void copy(json_t *to, const json_t *from, const char *key)
{
	json_t *value = json_object_get(from, key);

	if (value)
		json_object_set(to, key, value);
}

static void set(json_t *o, const char *key, const char *text)
{
	json_object_set_new(o, key, json_string(text));
}

/* The first expectation of that status, or NULL. */
static const json_t *first(const json_t *run, const char *status)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(run, "expect"), i,
			   one) if (report_is(one, status)) return one;
	return NULL;
}

/* What the check is about never came to be, so it says nothing: the recorder
 * took no INVITE, or not in a way that can be used, and its answer is the proof;
 * or all was over before. */
static void not_reached(json_t *o, const json_t *refusal)
{
	set(o, "status", "skipped");
	set(o, "skipped",
	    refusal ? "no session came of the answer to the INVITE"
		    : "it did not come to that");
	json_object_del(o, "why");
	if (refusal)
		json_object_set(o, "message", (json_t *)(uintptr_t)refusal);
	else
		json_object_set_new(o, "_unmet", json_true());
}

static void take_verdict(json_t *o, const json_t *verdict)
{
	copy(o, verdict, "wanted");
	copy(o, verdict, "got");
	copy(o, verdict, "why");
	copy(o, verdict, "message");
	copy(o, verdict, "line");
}

/* One expectation speaks for all: that which failed, or the first. */
static void take_run(json_t *o, const json_t *run)
{
	const json_t *failed = first(run, "failed");
	const json_t *refusal = json_object_get(run, "_refusal");
	const json_t *one = failed ? failed : first(run, "passed");

	copy(o, run, "status");
	copy(o, run, "error");
	if (!one)
		one = first(run, "skipped");
	if (one)
		take_verdict(o, one);
	if (failed && !json_object_get(failed, "message") &&
	    (refusal || json_object_get(failed, "unmet")))
		not_reached(o, refusal);
	else if (report_is(o, "skipped"))
		set(o, "skipped",
		    json_object_get(run, "skipped")
			    ? report_text(run, "skipped")
			    : report_text(o, "got"));
}

json_t *conform_finding(const struct conform_check *c, const json_t *run,
			const struct run_conf *conf)
{
	const struct scenario *s = c->item.s;
	char *again = xasprintf("%s conform %s --only %s", cmd_program(),
				conf->again, c->id);
	json_t *o = json_object();

	set(o, "check", c->id);
	set(o, "level", conform_level(s->level));
	json_object_set_new(o, "rfc", rfc_of(s));
	set(o, "grade", s->field ? "field" : "strict");
	set(o, "name", s->name);
	set(o, "file", s->file);
	take_run(o, run);
	copy(o, run, "wall_ms");
	copy(o, run, "artifacts");
	copy(o, run, "_page");
	if (c->known && report_is(o, "failed")) {
		set(o, "status", "skipped");
		set(o, "skipped", "known: the baseline has it");
		json_object_set_new(o, "known", json_true());
	}
	set(o, "_again", again);
	json_object_set_new(o, "_exit",
			    json_incref(json_object_get(run, "_exit")));
	free(again);
	return o;
}

json_t *conform_not_run(const struct conform_check *c,
			const struct run_conf *conf, const char *why)
{
	json_t *run = json_pack("{s:s, s:s}", "status", "skipped", "skipped",
				why);
	json_t *finding = conform_finding(c, run, conf);

	json_decref(run);
	return finding;
}

void conform_refused(json_t *finding, const json_t *probe)
{
	struct span all = span_of(report_text(probe, "message"));
	char *code;

	if (!report_is(probe, "failed") || !report_is(finding, "failed"))
		return;
	span_cut(&all, ' ');
	all = span_cut(&all, ' ');
	code = xasprintf("%.*s from ", SPAN_ARG(all));
	if (all.n && strstr(report_text(finding, "got"), code)) {
		set(finding, "status", "skipped");
		set(finding, "skipped",
		    "refused as the plain INVITE of 'answers' is");
		json_object_del(finding, "why");
	}
	free(code);
}

bool conform_unmet(const json_t *finding)
{
	return json_object_get(finding, "_unmet") != NULL;
}

static int badness(const json_t *finding)
{
	if (report_is(finding, "error"))
		return 3;
	if (report_is(finding, "failed"))
		return 2;
	return json_object_get(finding, "known") ? 1 : 0;
}

json_t *conform_worse(json_t *a, json_t *b)
{
	json_t *worse = badness(b) > badness(a) ? b : a;

	json_decref(worse == a ? b : a);
	return worse;
}

static bool was_heard(const json_t *run)
{
	return json_object_get(run, "_heard_us") != NULL;
}

const char *conform_unreachable(const json_t *run)
{
	const json_t *attempt = json_array_get(json_object_get(run, "attempts"),
					       0);
	const char *result = report_text(attempt, "result");

	if (report_is(run, "error"))
		return report_text(run, "error");
	if (strcmp(result, "unreachable") == 0)
		return *report_text(attempt, "why")
			       ? report_text(attempt, "why")
			       : "nobody is there";
	if (strcmp(result, "timeout") == 0 && !was_heard(run))
		return "no answer to an INVITE";
	return NULL;
}

bool conform_hangs(const json_t *run)
{
	const json_t *attempt = json_array_get(json_object_get(run, "attempts"),
					       0);

	return report_is(run, "failed") && was_heard(run) &&
	       strcmp(report_text(attempt, "result"), "timeout") == 0;
}
