#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "cli/opt.h"

static const struct opt options[] = {{"jobs", 'j', "N", "how many"},
				     {"quiet", 'q', NULL, "say less"},
				     {"out", 0, "DIR", "where"},
				     {NULL, 0, NULL, NULL}};
static const struct opt_table table = {"try", "FILE ...", "Tries.", options};

/* What comes out, as one text: "jobs=4 quiet +file". */
static const struct row {
	const char *name;
	const char *word[6];
	const char *got;
} rows[] = {
	{"nothing", {NULL}, ""},
	{"equals", {"--jobs=4"}, "jobs=4 "},
	{"next word", {"--jobs", "4"}, "jobs=4 "},
	{"empty value", {"--jobs="}, "jobs= "},
	{"value like an option", {"--out", "-q"}, "out=-q "},
	{"letter and value", {"-j4"}, "jobs=4 "},
	{"letter, then value", {"-j", "4"}, "jobs=4 "},
	{"letters together", {"-qj4", "a"}, "quiet jobs=4 +a "},
	{"order is kept", {"--out=a", "x", "--out=b"}, "out=a +x out=b "},
	{"after two dashes", {"-q", "--", "-q", "--x"}, "quiet +-q +--x "},
	{"one dash", {"-"}, "+- "},
	{"unknown", {"--job=4"}, "exit2"},
	{"unknown letter", {"-x"}, "exit2"},
	{"no value", {"--jobs"}, "exit2"},
	{"no value for a letter", {"-j"}, "exit2"},
	{"flag with value", {"--quiet=1"}, "exit2"},
};

static void collect(const struct row *r, char *out, size_t size)
{
	char *argv[8] = {(char *)(uintptr_t) "try"};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int argc = 1;

	while (argc < 7 && r->word[argc - 1]) {
		argv[argc] = (char *)(uintptr_t)r->word[argc - 1];
		argc++;
	}
	out[0] = '\0';
	opt_init(&p, &table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		size_t n = strlen(out);

		if (kind == OPT_EXIT) {
			snprintf(out, size, "exit%d", p.exit_code);
			return;
		}
		if (kind == OPT_ARG)
			snprintf(out + n, size - n, "+%s ", got.value);
		else
			snprintf(out + n, size - n, "%s%s%s ", got.opt->name,
				 got.value ? "=" : "",
				 got.value ? got.value : "");
	}
}

static void test_opt_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char got[128];

		collect(&rows[i], got, sizeof(got));
		if (strcmp(got, rows[i].got) != 0)
			fail_msg("%s: '%s'", rows[i].name, got);
	}
}

static void test_opt_help_names_every_option(void **state)
{
	char text[2048] = "";
	FILE *out = fmemopen(text, sizeof(text), "w");

	(void)state;
	opt_print_help(&table, out);
	fclose(out);
	assert_non_null(strstr(text, "usage: siprec-src try [OPTION ...] "
				     "FILE ...\n"));
	assert_non_null(strstr(text, "-j, --jobs N"));
	assert_non_null(strstr(text, "    --out DIR"));
	assert_non_null(strstr(text, "--version"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_opt_rows),
		cmocka_unit_test(test_opt_help_names_every_option),
	};

	return cmocka_run_group_tests_name("cli_opt", tests, NULL, NULL);
}
