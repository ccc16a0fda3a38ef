#include "cli/cmd.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/opt.h"
#include "core/buf.h"

static const struct opt options[] = {
	{"json", 0, NULL, "print an array of objects"},
	{"var", 0, "K=V", "value for ${K}; beats vars and matrix"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_list_table = {
	"list", "[FILE|DIR ...]",
	"Prints names, tags and files of scenarios (default: those below '.').",
	options};

struct listing {
	struct cmd_vars vars;
	struct cmd_paths paths;
	json_t *array; /* NULL: text */
};

static json_t *strings_json(const struct scn_strings *s)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < s->n; i++)
		json_array_append_new(a, json_string(s->at[i]));
	return a;
}

/* The name of the first run stands for the file. */
static void add_json(struct listing *l, const struct scn_set *set)
{
	const struct scenario *s = set->at[0];

	json_array_append_new(l->array,
			      json_pack("{s:s, s:s, s:o, s:I}", "name", s->name,
					"file", s->file, "tags",
					strings_json(&s->tags), "runs",
					(json_int_t)set->n));
}

static void print_text(const struct scn_set *set)
{
	const struct scenario *s = set->at[0];
	struct buf tags;
	size_t i;

	buf_init(&tags, 1024);
	for (i = 0; i < s->tags.n; i++)
		buf_addf(&tags, "%s%s", i ? "," : "", s->tags.at[i]);
	printf("%-40s  %-16s  %s", s->file, tags.n ? buf_str(&tags) : "-",
	       s->name);
	if (set->n > 1)
		printf("  (%zu runs)", set->n);
	putchar('\n');
	buf_fini(&tags);
}

static int list_file(struct listing *l, const char *path)
{
	struct scn_set set;
	struct causes causes;
	int code = 0;

	causes_init(&causes);
	if (scn_load(&set, path, l->vars.at, l->vars.n, &causes) < 0)
		code = cmd_show_causes(&causes);
	else if (l->array)
		add_json(l, &set);
	else
		print_text(&set);
	scn_set_fini(&set);
	causes_fini(&causes);
	return code;
}

static int list_paths(struct listing *l)
{
	struct scn_strings files;
	struct err e = ERR_INIT;
	int code = 0;
	size_t i;

	if (!l->paths.n)
		cmd_paths_add(&l->paths, ".");
	if (scn_find(&files, l->paths.at, l->paths.n, &e) < 0)
		return cmd_show_err(&e);
	for (i = 0; i < files.n; i++) {
		int this = list_file(l, files.at[i]);

		if (this > code)
			code = this;
	}
	scn_strings_fini(&files);
	if (l->array) {
		json_dumpf(l->array, stdout, JSON_INDENT(1));
		putchar('\n');
	}
	return code;
}

/* -1 to go on, else the exit code. */
static int take_option(struct listing *l, const struct opt_got *got)
{
	struct err e = ERR_INIT;

	if (opt_is(got, "json")) {
		if (!l->array)
			l->array = json_array();
	} else if (cmd_vars_add(&l->vars, got->value, &e) < 0) {
		return opt_fault(&cmd_list_table, "%s", e.text);
	}
	return -1;
}

int cmd_list(int argc, char **argv)
{
	struct listing l = {.array = NULL};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &cmd_list_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			cmd_paths_add(&l.paths, got.value);
		else
			code = take_option(&l, &got);
	}
	if (code < 0)
		code = list_paths(&l);
	json_decref(l.array);
	cmd_vars_fini(&l.vars);
	cmd_paths_fini(&l.paths);
	return code;
}
