/* The habits of the OpenSIPS module have names, and the notation knows them
 * all. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "recording/habit.h"
#include "scenario/table.h"

static const struct scn_word *words(void)
{
	return scn_table_key(&scn_src_table, "profile")->word;
}

static void test_habit_words_are_names(void **state)
{
	const struct scn_word *w;
	size_t n = 0;

	(void)state;
	for (w = words(); w->name; w++)
		if (strcmp(w->name, "rfc") != 0 &&
		    strcmp(w->name, "opensips") != 0)
			assert_string_equal(w->name,
					    recording_habit_at(n++)->name);
	assert_int_equal(n, RECORDING_HABITS);
}

static void test_habit_each_is_one_bit(void **state)
{
	uint64_t all = 0;
	size_t n;

	(void)state;
	for (n = 0; n < RECORDING_HABITS; n++) {
		const struct recording_habit_info *h = recording_habit_at(n);

		assert_non_null(h->does);
		assert_non_null(h->rule);
		assert_true(recording_habits(h->name) == UINT64_C(1) << n);
		all |= recording_habits(h->name);
	}
	assert_true(recording_habits("opensips") == all);
	assert_true(recording_habits("rfc") == 0);
	assert_true(recording_habits("no-such-habit") == 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_habit_words_are_names),
		cmocka_unit_test(test_habit_each_is_one_bit),
	};

	return cmocka_run_group_tests_name("recording_habit", tests, NULL,
					   NULL);
}
