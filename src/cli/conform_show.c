#include "cli/conform.h"

#include <errno.h>
#include <string.h>

#include "core/buf.h"
#include "report/report.h"

enum { STORY_MAX = 256 * 1024 };

static const char *word_of(const json_t *finding)
{
	if (json_object_get(finding, "known"))
		return "known";
	if (report_is(finding, "passed"))
		return "ok";
	if (report_is(finding, "skipped"))
		return "skip";
	return report_is(finding, "error") ? "ERROR" : "FAIL";
}

static void add_rfc(struct buf *b, const json_t *finding)
{
	json_t *one;
	size_t i;

	json_array_foreach(json_object_get(finding, "rfc"), i, one)
		buf_addf(b, "%s%s", i ? ", " : "", json_string_value(one));
}

static void put_rfc(FILE *f, const json_t *finding)
{
	struct buf b;

	buf_init(&b, STORY_MAX);
	add_rfc(&b, finding);
	fprintf(f, "%s", buf_str(&b));
	buf_fini(&b);
}

void conform_show_line(FILE *f, const json_t *finding)
{
	report_put_word(f, word_of(finding));
	fprintf(f, " %-6s %-24s %s  (", report_text(finding, "level"),
		report_text(finding, "check"), report_text(finding, "name"));
	put_rfc(f, finding);
	fputs(")", f);
	if (report_is(finding, "skipped"))
		fprintf(f, ": %s", report_text(finding, "skipped"));
	fputc('\n', f);
}

static void add_part(struct buf *b, const char *head, const json_t *finding,
		     const char *key)
{
	const char *text = report_text(finding, key);

	if (*text)
		buf_addf(b, "%s%s\n", head, text);
}

/* A message, line by line. */
static void add_message(struct buf *b, const char *head, const json_t *finding,
			const char *key)
{
	struct span rest = span_of(report_text(finding, key)), line;

	if (!rest.n)
		return;
	buf_addf(b, "    %s:\n", head);
	while (span_line(&rest, &line))
		buf_addf(b, "      | %.*s\n", SPAN_ARG(line));
}

/* What is shown of a failure, also in the reports of others. */
static void add_story(struct buf *b, const json_t *finding)
{
	const char *pcap = report_text(json_object_get(finding, "artifacts"),
				       "pcap");

	buf_addf(b, "%s %s: %s (%s, ", word_of(finding),
		 report_text(finding, "check"), report_text(finding, "name"),
		 report_text(finding, "level"));
	add_rfc(b, finding);
	buf_add_str(b, ")\n");
	add_part(b, "    ", finding, "error");
	add_part(b, "    wanted: ", finding, "wanted");
	add_part(b, "    got:    ", finding, "got");
	add_part(b, "    why:    ", finding, "why");
	add_message(b, "its message", finding, "message");
	add_message(b, "without an answer", finding, "unanswered");
	add_part(b, "    again:  ", finding, "_again");
	if (*pcap)
		buf_addf(b, "    kept:   %s\n", pcap);
}

static bool is_bad(const json_t *finding)
{
	return report_is(finding, "failed") || report_is(finding, "error");
}

struct sums {
	size_t passed, failed, skipped, known;
};

static void count(struct sums *n, const json_t *finding)
{
	n->passed += report_is(finding, "passed");
	n->failed += is_bad(finding);
	if (json_object_get(finding, "known"))
		n->known++;
	else
		n->skipped += report_is(finding, "skipped");
}

static void show_story(FILE *f, const json_t *finding)
{
	struct buf b;

	buf_init(&b, STORY_MAX);
	add_story(&b, finding);
	fprintf(f, "\n%s", buf_str(&b));
	buf_fini(&b);
}

static void show_sum(FILE *f, const struct sums *n)
{
	fprintf(f, "%zu passed, %zu failed", n->passed, n->failed);
	if (n->known)
		fprintf(f, ", %zu known", n->known);
	if (n->skipped)
		fprintf(f, ", %zu skipped", n->skipped);
	fputc('\n', f);
}

void conform_show_end(FILE *f, const struct conform_list *l, bool cut)
{
	struct sums n = {.passed = 0};
	size_t i;

	for (i = 0; i < l->n; i++) {
		count(&n, l->at[i].finding);
		if (is_bad(l->at[i].finding))
			show_story(f, l->at[i].finding);
	}
	if (n.failed)
		fputc('\n', f);
	for (i = 0; i < l->n; i++)
		if (l->at[i].known && report_is(l->at[i].finding, "passed"))
			fprintf(f, "%s is in the baseline and passed\n",
				l->at[i].id);
	if (cut)
		fputs(CONFORM_INTERRUPTED "\n", f);
	show_sum(f, &n);
	fflush(f);
}

void conform_show_list(FILE *f, const struct conform_list *l)
{
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		const struct scenario *s = l->at[i].item.s;

		fprintf(f, "%-6s %-6s %-24s %s  (", conform_level(s->level),
			s->field ? "field" : "strict", l->at[i].id, s->name);
		for (k = 0; k < s->rfc.n; k++)
			fprintf(f, "%s%s", k ? ", " : "", s->rfc.at[k]);
		fputs(")\n", f);
	}
}

/* ---- reports ---- */

/* A finding as a run of its own, for formats that know nothing else. */
static json_t *as_run(const json_t *finding)
{
	json_t *o = json_copy((json_t *)(uintptr_t)finding);
	json_t *expect = json_array();
	struct buf name, story;

	buf_init(&name, STORY_MAX);
	buf_init(&story, STORY_MAX);
	buf_addf(&name, "%s: %s (%s, ", report_text(finding, "check"),
		 report_text(finding, "name"), report_text(finding, "level"));
	add_rfc(&name, finding);
	buf_add_str(&name, ")");
	json_object_set_new(o, "name", json_string(buf_str(&name)));
	if (is_bad(finding)) {
		add_story(&story, finding);
		json_object_set_new(o, "_text", json_string(buf_str(&story)));
	}
	json_array_append(expect, (json_t *)(uintptr_t)finding);
	json_object_set_new(o, "expect", expect);
	buf_fini(&name);
	buf_fini(&story);
	return o;
}

/* What is said of the whole. */
static json_t *cut_run(void)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:[], s:s}", "name", "conform",
			 "file", "conform", "status", "error", "error",
			 CONFORM_INTERRUPTED, "expect", "_text",
			 CONFORM_INTERRUPTED "\n");
}

static json_t *as_runs(const struct conform_list *l, bool cut)
{
	json_t *runs = json_array();
	size_t i;

	for (i = 0; i < l->n; i++)
		json_array_append_new(runs, as_run(l->at[i].finding));
	if (cut)
		json_array_append_new(runs, cut_run());
	return runs;
}

/* Without the keys that are ours alone. */
static json_t *public_of(const json_t *finding)
{
	json_t *o = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)finding, key,
			    value) if (key[0] != '_')
		json_object_set(o, key, value);
	return o;
}

/* All of them as one scenario, as the contract says. */
static json_t *as_whole(const struct conform_list *l, const char *to, bool cut)
{
	json_t *expect = json_array(), *o;
	const char *status = "passed";
	double wall_ms = 0;
	size_t i;

	for (i = 0; i < l->n; i++) {
		const json_t *finding = l->at[i].finding;

		if (is_bad(finding))
			status = "failed";
		wall_ms += json_number_value(
			json_object_get(finding, "wall_ms"));
		json_array_append_new(expect, public_of(finding));
	}
	o = json_pack("{s:s, s:s, s:{}, s:s, s:s, s:s, s:I, s:o, s:[], s:[], "
		      "s:[]}",
		      "name", "conform", "file", "conform", "matrix", "status",
		      cut ? "error" : status, "clock", "real", "uri", to,
		      "wall_ms", (json_int_t)wall_ms, "expect", expect,
		      "attempts", "events", "streams");
	if (cut)
		json_object_set_new(o, "error",
				    json_string(CONFORM_INTERRUPTED));
	return json_pack("[o]", o);
}

int conform_reports_write(struct conform_conf *conf,
			  const struct conform_list *l, bool cut, struct err *e)
{
	json_t *runs = as_runs(l, cut);
	json_t *whole = as_whole(l, conf->run.to, cut);
	size_t i;
	int rc = 0;

	for (i = 0; i < conf->run.n_reports; i++) {
		struct run_report *r = &conf->run.report[i];

		if (run_report_write(r, r->format == RUN_JSON ? whole : runs,
				     e) < 0)
			rc = -1;
	}
	json_decref(runs);
	json_decref(whole);
	return rc;
}
