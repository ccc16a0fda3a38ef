#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/inspect.h"
#include "cli/opt.h"

static const struct opt options[] = {
	{"call", 0, "N", "one call with its ladder; a number or a Call-ID"},
	{"extract", 0, "N", "write the frames of a call to FILE"},
	{"json", 0, NULL, "print an object for machines"},
	{"legs", 0, NULL, "one call for each Call-ID"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_inspect_table = {
	"inspect", "PCAP",
	"Lists the calls in a capture, and their streams. With --extract N "
	"FILE "
	"it\nwrites a call of it to a new capture. A name of - is standard "
	"input, or output.",
	options};

/* Texts are borrowed from the command line; NULL: not said. */
struct inspect {
	const char *path;
	const char *call;
	const char *extract, *to;
	bool json, legs;
};

static int extract(const struct inspect *i, const struct capture_calls *c,
		   struct err *e)
{
	size_t call;

	if (inspect_find(c, i->extract, &call, e) < 0)
		return err_wrap(e, "%s", i->path);
	return capture_extract(c, i->path, call, i->to, e);
}

static int show(const struct inspect *i, const struct capture_calls *c,
		struct err *e)
{
	size_t call = SIZE_MAX;

	if (i->call && inspect_find(c, i->call, &call, e) < 0)
		return err_wrap(e, "%s", i->path);
	if (i->json)
		inspect_json(c, i->path, call, stdout);
	else if (i->call)
		return inspect_call(c, i->path, call, stdout, e);
	else
		inspect_print(c, i->path, stdout);
	return 0;
}

static int inspect(const struct inspect *i)
{
	struct capture_calls calls;
	struct err e = ERR_INIT;
	int rc;

	if (capture_calls(&calls, i->path, i->legs, &e) < 0)
		return cmd_show_err(&e);
	inspect_warn(&calls.info, i->path);
	rc = i->extract ? extract(i, &calls, &e) : show(i, &calls, &e);
	capture_calls_fini(&calls);
	return rc < 0 ? cmd_show_err(&e) : 0;
}

static int check(const struct inspect *i)
{
	if (!i->path)
		return opt_fault(&cmd_inspect_table,
				 "which capture? (see --help)");
	if (i->extract && !i->to)
		return opt_fault(&cmd_inspect_table,
				 "--extract %s to which file?", i->extract);
	if ((i->extract || (i->call && !i->json)) && inspect_is_pipe(i->path))
		return opt_fault(&cmd_inspect_table,
				 "%s is a pipe: --%s reads it twice", i->path,
				 i->extract ? "extract" : "call");
	return -1;
}

static void take_option(struct inspect *i, const struct opt_got *got)
{
	if (opt_is(got, "json"))
		i->json = true;
	else if (opt_is(got, "legs"))
		i->legs = true;
	else if (opt_is(got, "call"))
		i->call = got->value;
	else
		i->extract = got->value;
}

/* -1 to go on, else the exit code. The word behind --extract N is its FILE. */
static int take_word(struct inspect *i, const char *word, bool to)
{
	if (to ? i->to : i->path)
		return opt_fault(&cmd_inspect_table, "one capture at a time");
	if (to)
		i->to = word;
	else
		i->path = inspect_input(word);
	return -1;
}

int cmd_inspect(int argc, char **argv)
{
	struct inspect i = {.path = NULL};
	bool wants_file = false;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &cmd_inspect_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT) {
			code = p.exit_code;
		} else if (kind == OPT_ARG) {
			code = take_word(&i, got.value, wants_file);
			wants_file = false;
		} else {
			take_option(&i, &got);
			wants_file = opt_is(&got, "extract");
		}
	}
	if (code < 0)
		code = check(&i);
	return code < 0 ? inspect(&i) : code;
}
