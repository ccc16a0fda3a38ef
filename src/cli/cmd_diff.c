#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/kept.h"
#include "cli/plain.h"
#include "core/buf.h"
#include "core/diff.h"
#include "core/xalloc.h"
#include "trace/ladder.h"

enum { TEXT_MAX = 256 * 1024 * 1024, AROUND = 3 };

static const struct opt options[] = {
	{"ladder", 'l', NULL, "who sent what alone, not the messages"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_diff_table = {
	"diff", "RUN RUN",
	"Compares the messages of two captures, or of the kept files of two "
	"runs,\ndialog by dialog, without branches, tags, times and whatever "
	"else no two runs\nshare. The exit code is 1 when they differ.",
	options};

/* ---- a run as a text ---- */

struct telling {
	const struct ladder *l;
	struct plain *plain;
	bool ladder; /* only */
	struct buf *out;
};

static void add_indented(struct buf *out, struct span text)
{
	struct span line;

	while (span_line(&text, &line))
		buf_addf(out, "    %.*s\n", SPAN_ARG(line));
}

static void tell_row(const struct telling *t, const struct ladder_row *r)
{
	struct buf message;

	if (r->from < 0) {
		buf_addf(t->out, "%s\n", r->label);
		return;
	}
	buf_addf(t->out, "%s > %s: %s\n", t->l->lane[r->from],
		 t->l->lane[r->to], r->label);
	if (!r->sip || t->ladder)
		return;
	buf_init(&message, TEXT_MAX);
	plain_message(t->plain, r->sip->text, &message);
	add_indented(t->out, buf_span(&message));
	buf_fini(&message);
}

static bool of_dialog(const struct ladder_row *r, struct span call_id)
{
	return r->sip && span_eq(r->sip->call_id, call_id);
}

/* Whether no row before `i` has its Call-ID. */
static bool begins_dialog(const struct ladder *l, size_t i)
{
	size_t k;

	for (k = 0; k < i; k++)
		if (of_dialog(&l->row[k], l->row[i].sip->call_id))
			return false;
	return true;
}

static void tell_dialog(const struct telling *t, size_t first)
{
	struct span call_id = t->l->row[first].sip->call_id;
	size_t i;

	buf_addf(t->out, "== dialog of %s and %s\n", t->l->row[first].sip->from,
		 t->l->row[first].sip->to);
	for (i = first; i < t->l->n; i++)
		if (of_dialog(&t->l->row[i], call_id))
			tell_row(t, &t->l->row[i]);
}

/* What happens at once in two dialogs happens in any order: they are told one
 * after the other, and the media after them. */
static void tell(const struct telling *t)
{
	size_t i;

	for (i = 0; i < t->l->n; i++)
		if (t->l->row[i].sip && begins_dialog(t->l, i))
			tell_dialog(t, i);
	buf_add_str(t->out, "== media\n");
	for (i = 0; i < t->l->n; i++)
		if (!t->l->row[i].sip)
			tell_row(t, &t->l->row[i]);
}

static int read_run(const char *path, bool ladder_only, struct buf *out,
		    struct err *e)
{
	struct telling t = {.ladder = ladder_only, .out = out};
	struct capture_calls calls;
	struct trace *trace;
	struct ladder l;

	if (inspect_is_pipe(path))
		return err_set(e, ERR_USAGE, "%s is a pipe: it is read twice",
			       path);
	if (capture_calls(&calls, path, false, e) < 0)
		return -1;
	inspect_warn(&calls.info, path);
	trace = calls.n_calls ? capture_call_trace(&calls, path,
						   CAPTURE_EVERY_CALL, e)
			      : NULL;
	if (!calls.n_calls)
		err_set(e, ERR_EMPTY, "%s: no call in it", path);
	capture_calls_fini(&calls);
	if (!trace)
		return -1;
	ladder_make(&l, trace, 0, INT64_MAX);
	t.l = &l;
	t.plain = plain_new();
	tell(&t);
	plain_free(t.plain);
	ladder_fini(&l);
	trace_free(trace);
	return 0;
}

/* ---- what differs ---- */

/* Whether a change is so near that line `i` is shown with it. */
static bool is_near(const struct diff *d, size_t i)
{
	size_t k = i < AROUND ? 0 : i - AROUND;

	for (; k < d->n && k <= i + AROUND; k++)
		if (d->at[k].kind != DIFF_SAME)
			return true;
	return false;
}

/* The line that says where one is: of a dialog, or of a message. */
static bool is_heading(struct span line)
{
	return line.n && *line.p != ' ';
}

static void print_diff(const struct diff *d)
{
	static const char mark[] = {
		[DIFF_SAME] = ' ', [DIFF_GONE] = '-', [DIFF_NEW] = '+'};
	struct span heading = span_of("");
	bool shown = false;
	size_t i;

	for (i = 0; i < d->n; i++) {
		bool near = is_near(d, i);

		if (near && !shown)
			printf("@@ %.*s @@\n", SPAN_ARG(heading));
		if (near)
			printf("%c%.*s\n", mark[d->at[i].kind],
			       SPAN_ARG(d->at[i].text));
		if (is_heading(d->at[i].text))
			heading = d->at[i].text;
		shown = near;
	}
}

static int compare(const char *a, const char *b, bool ladder_only)
{
	struct err e = ERR_INIT;
	char *path_a = kept_capture(a), *path_b = kept_capture(b);
	struct buf text_a, text_b;
	struct diff d;
	int code;

	buf_init(&text_a, TEXT_MAX);
	buf_init(&text_b, TEXT_MAX);
	if (kept_check(a, &e) < 0 || kept_check(b, &e) < 0 ||
	    read_run(path_a, ladder_only, &text_a, &e) < 0 ||
	    read_run(path_b, ladder_only, &text_b, &e) < 0) {
		code = cmd_show_err(&e);
	} else {
		diff_lines(&d, buf_span(&text_a), buf_span(&text_b));
		code = d.changes ? 1 : 0;
		if (d.changes) {
			printf("--- %s\n+++ %s\n", a, b);
			print_diff(&d);
		}
		diff_fini(&d);
	}
	buf_fini(&text_a);
	buf_fini(&text_b);
	free(path_a);
	free(path_b);
	return code;
}

int cmd_diff(int argc, char **argv)
{
	const char *of[2] = {NULL, NULL};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	bool ladder_only = false;
	size_t n = 0;

	opt_init(&p, &cmd_diff_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_OPTION)
			ladder_only = true;
		else if (n < 2)
			of[n++] = got.value;
		else
			return opt_fault(&cmd_diff_table,
					 "two of them, not more: '%s'",
					 got.value);
	}
	if (n < 2)
		return opt_fault(&cmd_diff_table, "which two? (see --help)");
	return compare(of[0], of[1], ladder_only);
}
