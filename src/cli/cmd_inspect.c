#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/opt.h"

static const struct opt options[] = {
	{"json", 0, NULL, "print an object for machines"},
	{"legs", 0, NULL, "one call for each Call-ID"},
	{NULL, 0, NULL, NULL}};
static const struct opt_table table = {
	"inspect", "PCAP", "Lists the calls in a capture, and their streams.",
	options};

struct inspect {
	const char *path; /* borrowed, NULL: not said */
	bool json, legs;
};

static void show_warnings(const struct capture_info *info, const char *path)
{
	struct span rest = span_of(info->warning), one;

	while (capture_next_warning(&rest, &one))
		fprintf(stderr, "%s: %.*s\n", path, SPAN_ARG(one));
}

static int inspect(const struct inspect *i)
{
	struct capture_calls calls;
	struct err e = ERR_INIT;

	if (capture_calls(&calls, i->path, i->legs, &e) < 0)
		return cmd_show_err(&e);
	show_warnings(&calls.info, i->path);
	if (i->json)
		inspect_json(&calls, i->path, stdout);
	else
		inspect_print(&calls, i->path, stdout);
	capture_calls_fini(&calls);
	return 0;
}

/* -1 to go on, else the exit code. */
static int take_option(struct inspect *i, const struct opt_got *got)
{
	if (opt_is(got, "json"))
		i->json = true;
	else
		i->legs = true;
	return -1;
}

static int take_path(struct inspect *i, const char *path)
{
	if (i->path)
		return opt_fault(&table, "one capture at a time");
	i->path = path;
	return -1;
}

int cmd_inspect(int argc, char **argv)
{
	struct inspect i = {.path = NULL};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			code = take_path(&i, got.value);
		else
			code = take_option(&i, &got);
	}
	if (code < 0 && !i.path)
		code = opt_fault(&table, "which capture? (see --help)");
	return code < 0 ? inspect(&i) : code;
}
