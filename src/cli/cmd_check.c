#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>

#include "cli/opt.h"

static const struct opt options[] = {
	{"var", 0, "K=V", "value for ${K}; beats vars and matrix"},
	{"verbose", 'v', NULL, "print a line for each good file as well"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_check_table = {
	"check", "FILE|DIR ...",
	"Parses and validates scenarios without running them.", options};

struct check {
	struct cmd_vars vars;
	struct cmd_paths paths;
	bool verbose;
	size_t files, runs, faults, warnings;
};

static size_t show_warnings(const struct scn_set *set)
{
	size_t i, j, n = 0;

	for (i = 0; i < set->n; i++) {
		const struct scn_strings *w = &set->at[i]->warnings;

		for (j = 0; j < w->n; j++) {
			if (i && scn_strings_has(&set->at[i - 1]->warnings,
						 w->at[j]))
				continue;
			fprintf(stderr, "%s\n", w->at[j]);
			n++;
		}
	}
	return n;
}

static int check_file(struct check *c, const char *path)
{
	struct scn_set set;
	struct causes causes;
	int code = 0;

	causes_init(&causes);
	c->files++;
	if (scn_load(&set, path, c->vars.at, c->vars.n, &causes) < 0) {
		c->faults += causes.n;
		code = cmd_show_causes(&causes);
	} else {
		c->runs += set.n;
		c->warnings += show_warnings(&set);
		if (c->verbose)
			printf("%s: ok\n", path);
	}
	scn_set_fini(&set);
	causes_fini(&causes);
	return code;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

static int check_paths(struct check *c)
{
	struct scn_strings files;
	struct err e = ERR_INIT;
	int code = 0;
	size_t i;

	if (!c->paths.n)
		return opt_fault(&cmd_check_table, "which file? (see --help)");
	if (scn_find(&files, c->paths.at, c->paths.n, &e) < 0)
		return cmd_show_err(&e);
	for (i = 0; i < files.n; i++) {
		int this = check_file(c, files.at[i]);

		if (this > code)
			code = this;
	}
	printf("%zu file%s, %zu run%s, %zu fault%s, %zu warning%s\n", c->files,
	       plural(c->files), c->runs, plural(c->runs), c->faults,
	       plural(c->faults), c->warnings, plural(c->warnings));
	scn_strings_fini(&files);
	return code;
}

/* -1 to go on, else the exit code. */
static int take_option(struct check *c, const struct opt_got *got)
{
	struct err e = ERR_INIT;

	if (opt_is(got, "verbose"))
		c->verbose = true;
	else if (cmd_vars_add(&c->vars, got->value, &e) < 0)
		return opt_fault(&cmd_check_table, "%s", e.text);
	return -1;
}

int cmd_check(int argc, char **argv)
{
	struct check c = {.files = 0};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &cmd_check_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			cmd_paths_add(&c.paths, got.value);
		else
			code = take_option(&c, &got);
	}
	if (code < 0)
		code = check_paths(&c);
	cmd_vars_fini(&c.vars);
	cmd_paths_fini(&c.paths);
	return code;
}
