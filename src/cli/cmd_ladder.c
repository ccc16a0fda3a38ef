#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/kept.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/file.h"
#include "report/ladder.h"
#include "trace/ladder.h"

enum { TEXT_MAX = 256 * 1024 * 1024 };

static const struct opt options[] = {
	{"call", 0, "N", "one call alone; a number or a Call-ID"},
	{"as", 0, "text|svg|mermaid", "its form (default: text)"},
	{"out", 'o', "FILE", "write it there"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_ladder_table = {
	"ladder", "PCAP|RUN",
	"Draws the messages and streams of a capture, or of the kept files of "
	"a run\n(a directory with a wire.pcap).",
	options};

typedef void form_h(const struct ladder *l, struct buf *out);

static void svg(const struct ladder *l, struct buf *out)
{
	report_ladder_svg(l, NULL, out);
}

static const struct form {
	const char *name;
	form_h *draw;
} forms[] = {{"text", ladder_text},
	     {"svg", svg},
	     {"mermaid", report_ladder_mermaid}};

enum { FORMS = sizeof(forms) / sizeof(*forms) };

/* Texts are borrowed from the command line; NULL: not said. */
struct picture {
	const char *of, *call, *out;
	form_h *draw;
};

static int write_out(const struct buf *text, const char *path, struct err *e)
{
	if (path)
		return buf_write_file(text, path, e);
	fwrite(buf_str(text), 1, text->n, stdout);
	return 0;
}

static int draw_trace(const struct picture *p, const struct trace *t,
		      struct err *e)
{
	struct ladder l;
	struct buf text;
	int rc;

	buf_init(&text, TEXT_MAX);
	ladder_make(&l, t, 0, INT64_MAX);
	p->draw(&l, &text);
	rc = write_out(&text, p->out, e);
	ladder_fini(&l);
	buf_fini(&text);
	return rc;
}

static int draw_calls(const struct picture *p, const char *path,
		      const struct capture_calls *c, struct err *e)
{
	size_t call = CAPTURE_EVERY_CALL;
	struct trace *t;
	int rc;

	if (!c->n_calls)
		return err_set(e, ERR_EMPTY, "%s: no call in it", path);
	if (p->call && inspect_find(c, p->call, &call, e) < 0)
		return err_wrap(e, "%s", path);
	t = capture_call_trace(c, path, call, e);
	if (!t)
		return -1;
	rc = draw_trace(p, t, e);
	trace_free(t);
	return rc;
}

static int draw(const struct picture *p)
{
	char *path = kept_capture(p->of);
	struct capture_calls calls;
	struct err e = ERR_INIT;
	int rc = -1;

	if (inspect_is_pipe(path)) {
		err_set(&e, ERR_USAGE, "%s is a pipe: it is read twice", path);
	} else if (kept_check(p->of, &e) < 0 ||
		   (p->out && file_spare(path, p->out, &e) < 0)) {
		rc = -1;
	} else if (capture_calls(&calls, path, false, &e) == 0) {
		inspect_warn(&calls.info, path);
		rc = draw_calls(p, path, &calls, &e);
		capture_calls_fini(&calls);
	}
	free(path);
	return rc < 0 ? cmd_show_err(&e) : 0;
}

/* -1 to go on, else the exit code. */
static int take_form(struct picture *p, const char *name)
{
	size_t i;

	for (i = 0; i < FORMS; i++) {
		if (strcmp(forms[i].name, name) == 0) {
			p->draw = forms[i].draw;
			return -1;
		}
	}
	return opt_fault(&cmd_ladder_table,
			 "--as wants text, svg or mermaid, not '%s'", name);
}

static int take(struct picture *p, const struct opt_got *got)
{
	if (opt_is(got, "as"))
		return take_form(p, got->value);
	if (opt_is(got, "call"))
		p->call = got->value;
	else
		p->out = strcmp(got->value, "-") == 0 ? NULL : got->value;
	return -1;
}

int cmd_ladder(int argc, char **argv)
{
	struct picture p = {.draw = ladder_text};
	struct opt_parser parser;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&parser, &cmd_ladder_table, argc, argv);
	while (code < 0 && (kind = opt_next(&parser, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = parser.exit_code;
		else if (kind == OPT_OPTION)
			code = take(&p, &got);
		else if (p.of)
			code = opt_fault(&cmd_ladder_table, "one at a time");
		else
			p.of = inspect_input(got.value);
	}
	if (code < 0 && !p.of)
		code = opt_fault(&cmd_ladder_table,
				 "of which capture? (see --help)");
	return code < 0 ? draw(&p) : code;
}
