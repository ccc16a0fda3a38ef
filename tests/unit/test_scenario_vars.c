#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "scenario/load.h"

#define SRS "srs: {name: v}\n"

static void load(struct scn_set *set, const char *text,
		 const struct scn_var *var, size_t n)
{
	struct causes c;

	causes_init(&c);
	if (scn_load_text(set, "f.yml", text, strlen(text), var, n, &c) < 0)
		fail_msg("%s", c.at[0].text);
	causes_fini(&c);
}

static const struct row {
	const char *what, *yaml, *name; /* of the first run */
} rows[] = {
	{"vars", "name: a ${b}\nvars: {b: 1}\n", "a 1"},
	{"vars of vars", "name: ${c}\nvars: {b: 1, c: \"<${b}>\"}\n", "<1>"},
	{"vars of the matrix",
	 "name: ${c}\nmatrix: {b: [1, 2]}\nvars: {c: \"<${b}>\"}\n", "<1>"},
	{"matrix before vars", "name: ${b}\nvars: {b: 1}\nmatrix: {b: 2}\n",
	 "2"},
	{"two in one", "name: ${a}${a}x\nvars: {a: 1}\n", "11x"},
	{"empty value", "name: a${a}\nvars: {a: ''}\n", "a"},
	{"literal", "name: $${a} $5\n", "${a} $5"},
	{"not again", "name: ${a}\nvars: {a: '$${b}'}\n", "${b}"},
	{"environment", "name: ${SCN_TEST}\nneeds: {env: SCN_TEST}\n", "env"},
	{"vars before environment",
	 "name: ${SCN_TEST}\nvars: {SCN_TEST: 1}\nneeds: {env: [SCN_TEST]}\n",
	 "1"},
};

static void test_vars_rows(void **state)
{
	size_t i;

	(void)state;
	setenv("SCN_TEST", "env", 1);
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = xasprintf("%s%s", rows[i].yaml, SRS);
		struct scn_set set;

		load(&set, text, NULL, 0);
		if (strcmp(set.at[0]->name, rows[i].name) != 0)
			fail_msg("%s: '%s'", rows[i].what, set.at[0]->name);
		scn_set_fini(&set);
		free(text);
	}
}

static void test_matrix_order(void **state)
{
	static const char *const names[] = {"1-x", "1-y", "1-z",
					    "2-x", "2-y", "2-z"};
	struct scn_set set;
	size_t i;

	(void)state;
	load(&set,
	     "name: \"${a}-${b}\"\nmatrix: {a: [1, 2], b: [x, y, z]}\n" SRS,
	     NULL, 0);
	assert_int_equal(set.n, 6);
	for (i = 0; i < set.n; i++)
		assert_string_equal(set.at[i]->name, names[i]);
	assert_int_equal(set.at[5]->n_matrix, 2);
	assert_string_equal(set.at[5]->matrix[1].name, "b");
	assert_string_equal(set.at[5]->matrix[1].value, "z");
	assert_string_equal(set.at[5]->stem, "f-2-z");
	scn_set_fini(&set);
}

static void test_matrix_stems_are_safe_and_differ(void **state)
{
	struct scn_set set;

	(void)state;
	load(&set, "name: x\nmatrix: {a: [../b, \"..:b\", \"\"]}\n" SRS, NULL,
	     0);
	assert_string_equal(set.at[0]->stem, "f-.._b");
	assert_string_equal(set.at[1]->stem, "f-.._b-2");
	assert_string_equal(set.at[2]->stem, "f-");
	scn_set_fini(&set);
}

/* A type is asked of the text after the value is in place. */
static void test_matrix_values_take_types(void **state)
{
	struct scn_set set;

	(void)state;
	load(&set,
	     "name: x\nmatrix: {c: [486, 603]}\n"
	     "srs: {name: v, refuse: \"${c}\", wait: \"${c}ms\"}\n",
	     NULL, 0);
	assert_int_equal(set.at[1]->srs[0].refuse, 603);
	assert_int_equal(set.at[1]->srs[0].wait_us, 603000);
	scn_set_fini(&set);
}

static void test_var_of_command_line_wins(void **state)
{
	static char a[] = "a", b[] = "b", nine[] = "9", eight[] = "8";
	const struct scn_var var[] = {{a, eight}, {a, nine}, {b, eight}};
	struct scn_set set;

	(void)state;
	load(&set,
	     "name: \"${a}${b}\"\nmatrix: {a: [1, 2]}\nvars: {b: 3}\n" SRS, var,
	     3);
	assert_int_equal(set.n, 1);
	assert_string_equal(set.at[0]->name, "98");
	assert_string_equal(set.at[0]->matrix[0].value, "9");
	scn_set_fini(&set);
}

static void test_if_leaves_checks_out(void **state)
{
	struct scn_set set;

	(void)state;
	load(&set,
	     "name: x\nmatrix: {c: [486, 603, 500], d: [1, 2]}\n" SRS
	     "expect:\n"
	     "  - {recorded_by: v, if: {c: [486, 500]}}\n"
	     "  - {recorded_by: nobody, if: {c: 603, d: 1}}\n"
	     "  - {never: BYE}\n",
	     NULL, 0);
	assert_int_equal(set.n, 6);
	assert_int_equal(set.at[0]->n_checks, 2);
	assert_int_equal(set.at[0]->n_checks_skipped, 1);
	assert_string_equal(set.at[2]->check[0].source,
			    "{recorded_by: nobody, if: {c: 603, d: 1}}");
	assert_int_equal(set.at[3]->n_checks, 1);
	assert_int_equal(set.at[3]->n_checks_skipped, 2);
	assert_int_equal(set.at[5]->n_checks, 2);
	scn_set_fini(&set);
}

static void test_matrix_too_many_runs(void **state)
{
	struct scn_set set;
	struct causes c;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, 65536);
	buf_add_str(&b, "name: x\n" SRS "matrix:\n");
	for (i = 0; i < 40; i++)
		buf_addf(&b, "  k%d: [1, 2, 3, 4, 5, 6, 7, 8, 9]\n", i);
	causes_init(&c);
	assert_int_equal(scn_load_text(&set, "f.yml", b.p, b.n, NULL, 0, &c),
			 -1);
	assert_non_null(strstr(c.at[0].text, "f.yml:4:3: the matrix makes too "
					     "many runs"));
	causes_fini(&c);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vars_rows),
		cmocka_unit_test(test_matrix_order),
		cmocka_unit_test(test_matrix_stems_are_safe_and_differ),
		cmocka_unit_test(test_matrix_values_take_types),
		cmocka_unit_test(test_var_of_command_line_wins),
		cmocka_unit_test(test_if_leaves_checks_out),
		cmocka_unit_test(test_matrix_too_many_runs),
	};

	return cmocka_run_group_tests_name("scenario_vars", tests, NULL, NULL);
}
