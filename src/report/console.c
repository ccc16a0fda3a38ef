/*
 * What the terminal shows: quiet on success, loud on failure.
 */
#include "report/report.h"

#include <string.h>

#include "report/text.h"
#include "report/warnings.h"

enum { TITLE_MAX = 64 * 1024 };

enum color { COLOR_GREEN = 32, COLOR_RED = 31, COLOR_YELLOW = 33 };

static bool color_on;

void report_set_color(bool on)
{
	color_on = on;
}

static void put_colored(FILE *f, enum color c, const char *s, int width)
{
	if (color_on)
		fprintf(f, "\033[%dm%-*s\033[0m", (int)c, width, s);
	else
		fprintf(f, "%-*s", width, s);
}

void report_put_word(FILE *f, const char *word)
{
	enum color c = COLOR_YELLOW;

	if (strcmp(word, "ok") == 0)
		c = COLOR_GREEN;
	else if (strcmp(word, "FAIL") == 0 || strcmp(word, "ERROR") == 0)
		c = COLOR_RED;
	put_colored(f, c, word, 5);
}

static void put_word(FILE *f, const json_t *run)
{
	if (run_is(run, "passed"))
		report_put_word(f, "ok");
	else if (run_is(run, "skipped"))
		report_put_word(f, "skip");
	else
		report_put_word(f, run_is(run, "error") ? "ERROR" : "FAIL");
}

static void put_checks(FILE *f, const json_t *run)
{
	json_t *check;
	size_t i;

	json_array_foreach(json_object_get(run, "expect"), i, check) fprintf(
		f, "      %s line %d: %s: %s\n", run_text(check, "status"),
		(int)json_integer_value(json_object_get(check, "line")),
		run_text(check, "check"), run_text(check, "got"));
}

static void put_warnings(FILE *f, const json_t *run)
{
	struct buf b;

	buf_init(&b, TITLE_MAX);
	warnings_text(&b, "      ", json_object_get(run, "warnings"));
	fputs(buf_str(&b), f);
	buf_fini(&b);
}

void report_console_line(FILE *f, const json_t *run, bool verbose)
{
	json_t *duration = json_object_get(run, "duration_ms");
	json_t *wall = json_object_get(run, "wall_ms");
	struct buf title;

	buf_init(&title, TITLE_MAX);
	run_title(&title, run);
	put_word(f, run);
	fprintf(f, " %s  (%s", buf_str(&title), run_text(run, "file"));
	if (run_is(run, "skipped"))
		fprintf(f, ", %s", run_skipped(run));
	else
		fprintf(f, ", %.1f s", json_number_value(duration) / 1e3);
	if (verbose)
		fprintf(f, " in %.0f ms", json_number_value(wall));
	fputs(")\n", f);
	if (verbose) {
		put_checks(f, run);
		put_warnings(f, run);
	}
	buf_fini(&title);
}

/* The block begins with "FAIL " or "ERROR ". */
static void put_block(FILE *f, const json_t *run)
{
	const char *text = run_text(run, "_text");
	struct span rest = span_of(text);
	struct span word = span_cut(&rest, ' ');
	char head[16];

	snprintf(head, sizeof(head), "%.*s", SPAN_ARG(word));
	fputc('\n', f);
	put_colored(f, COLOR_RED, head, 0);
	fprintf(f, " %.*s", SPAN_ARG(rest));
}

void report_console_summary(FILE *f, const json_t *runs)
{
	struct totals t = runs_count(runs);
	json_t *run;
	char text[64];
	size_t i;

	json_array_foreach(runs, i, run) if (*run_text(run, "_text"))
		put_block(f, run);
	if (t.failed + t.errors)
		fputc('\n', f);
	fprintf(f, "%d passed, ", t.passed);
	snprintf(text, sizeof(text), "%d failed", t.failed + t.errors);
	if (t.failed + t.errors)
		put_colored(f, COLOR_RED, text, 0);
	else
		fputs(text, f);
	if (t.skipped)
		fprintf(f, ", %d skipped", t.skipped);
	fputc('\n', f);
}
