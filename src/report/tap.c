/*
 * TAP version 14: one test point a run, with a YAML block where it failed.
 */
#include "report/report.h"

#include <stdlib.h>

#include "core/buf.h"
#include "report/text.h"

enum { TITLE_MAX = 64 * 1024 };

/* "#" begins a directive and "\" escapes in a description. */
static void put_description(FILE *f, const json_t *run)
{
	struct buf title;
	size_t i;

	buf_init(&title, TITLE_MAX);
	run_title(&title, run);
	for (i = 0; i < title.n; i++) {
		if (title.p[i] == '#' || title.p[i] == '\\')
			fputc('\\', f);
		fputc(title.p[i], f);
	}
	buf_fini(&title);
}

/* A JSON string is a YAML scalar too. */
static void put_value(FILE *f, const char *head, const char *s)
{
	json_t *text = json_string(s);
	char *quoted = json_dumps(text, JSON_ENCODE_ANY);

	fprintf(f, "  %s: %s\n", head, quoted);
	free(quoted);
	json_decref(text);
}

static void put_check(FILE *f, const json_t *check)
{
	fprintf(f, "    - line: %d\n",
		(int)json_integer_value(json_object_get(check, "line")));
	put_value(f, "    check", run_text(check, "check"));
	put_value(f, "    wanted", run_text(check, "wanted"));
	put_value(f, "    got", run_text(check, "got"));
	if (*run_text(check, "why"))
		put_value(f, "    why", run_text(check, "why"));
}

static void put_diagnostic(FILE *f, const json_t *run)
{
	struct buf message;
	json_t *check;
	bool headed = false;
	size_t i;

	buf_init(&message, TITLE_MAX);
	run_message(&message, run);
	fputs("  ---\n", f);
	put_value(f, "message", buf_str(&message));
	fprintf(f, "  severity: %s\n", run_is(run, "error") ? "error" : "fail");
	put_value(f, "file", run_text(run, "file"));
	put_value(f, "again", run_text(run, "_again"));
	json_array_foreach(json_object_get(run, "expect"), i, check)
	{
		if (!run_is(check, "failed"))
			continue;
		if (!headed)
			fputs("  failed:\n", f);
		headed = true;
		put_check(f, check);
	}
	fputs("  ...\n", f);
	buf_fini(&message);
}

void report_tap(FILE *f, const json_t *runs)
{
	json_t *run;
	size_t i;

	fprintf(f, "TAP version 14\n1..%zu\n", json_array_size(runs));
	json_array_foreach(runs, i, run)
	{
		bool good = run_is(run, "passed") || run_is(run, "skipped");

		fprintf(f, "%s %zu - ", good ? "ok" : "not ok", i + 1);
		put_description(f, run);
		if (run_is(run, "skipped"))
			fprintf(f, " # SKIP %s", run_skipped(run));
		fputc('\n', f);
		if (!good)
			put_diagnostic(f, run);
	}
}
