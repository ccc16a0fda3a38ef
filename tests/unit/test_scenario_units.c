#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>

#include "scenario/suggest.h"
#include "scenario/units.h"

#define BAD -1.0

static const struct row {
	const char *name;
	unit_h *unit;
	const char *in;
	double out;
} rows[] = {
	{"seconds", scn_unit_time, "4s", 4e6},
	{"milliseconds", scn_unit_time, "300ms", 3e5},
	{"microseconds", scn_unit_time, "20us", 20},
	{"minutes", scn_unit_time, "2m", 120e6},
	{"hours", scn_unit_time, "1h", 3600e6},
	{"fraction", scn_unit_time, "2.1s", 2.1e6},
	{"zero without unit", scn_unit_time, "0", 0},
	{"a day", scn_unit_time, "24h", 86400e6},
	{"more than a day", scn_unit_time, "25h", BAD},
	{"no unit", scn_unit_time, "4", BAD},
	{"no number", scn_unit_time, "s", BAD},
	{"negative", scn_unit_time, "-4s", BAD},
	{"blank", scn_unit_time, "4 s", BAD},
	{"trailing", scn_unit_time, "4s.", BAD},
	{"empty", scn_unit_time, "", BAD},
	{"point first", scn_unit_time, ".5s", BAD},
	{"point last", scn_unit_time, "5.s", BAD},
	{"exponent", scn_unit_time, "1e3s", BAD},
	{"too many digits", scn_unit_time, "1234567890123456s", BAD},
	{"hertz", scn_unit_hz, "440Hz", 440},
	{"kilohertz", scn_unit_hz, "1.5kHz", 1500},
	{"hertz in small", scn_unit_hz, "440hz", BAD},
	{"per cent", scn_unit_share, "2%", 0.02},
	{"all", scn_unit_share, "100%", 1},
	{"more than all", scn_unit_share, "101%", BAD},
	{"share without unit", scn_unit_share, "2", BAD},
	{"a second", scn_unit_rate, "50/s", 50},
	{"a minute", scn_unit_rate, "30/m", 0.5},
	{"none a second", scn_unit_rate, "0/s", BAD},
	{"number", scn_unit_number, "12", 12},
	{"number with unit", scn_unit_number, "12s", BAD},
};

static void test_unit_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		const struct row *r = &rows[i];
		double got = BAD;
		bool ok = r->unit(span_of(r->in), &got);

		if (ok != (r->out >= 0) || (ok && fabs(got - r->out) > 1e-9))
			fail_msg("%s: '%s' gives %g", r->name, r->in, got);
	}
}

static const struct range_row {
	const char *name, *in;
	bool ok;
	double min, max;
} ranges[] = {
	{"both ends", "190..210", true, 190, 210},
	{"from", "2..", true, 2, HUGE_VAL},
	{"up to", "..3", true, -HUGE_VAL, 3},
	{"one value", "2", true, 2, 2},
	{"equal ends", "2..2", true, 2, 2},
	{"fractions", "1.5..2.5", true, 1.5, 2.5},
	{"backwards", "3..2", false, 0, 0},
	{"nothing", "..", false, 0, 0},
	{"empty", "", false, 0, 0},
	{"three dots", "1...2", false, 0, 0},
	{"three ends", "1..2..3", false, 0, 0},
	{"a word", "1..x", false, 0, 0},
};

static void test_range_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ranges) / sizeof(*ranges); i++) {
		const struct range_row *r = &ranges[i];
		struct scn_range got = {.set = false};
		bool ok = scn_unit_range(span_of(r->in), scn_unit_number, &got);

		if (ok != r->ok || got.set != r->ok)
			fail_msg("%s: '%s'", r->name, r->in);
		if (ok) {
			assert_true(got.min >= r->min && got.min <= r->min);
			assert_true(got.max >= r->max && got.max <= r->max);
			assert_string_equal(got.text, r->in);
		}
		free(got.text);
	}
}

static void test_range_of_times(void **state)
{
	struct scn_range got = {.set = false};

	(void)state;
	assert_true(scn_unit_range(span_of("100ms..2s"), scn_unit_time, &got));
	assert_int_equal((int)got.min, 100000);
	assert_int_equal((int)got.max, 2000000);
	assert_false(scn_unit_range(span_of("1..2s"), scn_unit_time, &got));
	free(got.text);
}

static void test_suggest_nearest(void **state)
{
	char hint[SUGGEST_HINT];
	struct suggest s;

	(void)state;
	scn_suggest_init(&s, "durtion");
	scn_suggest_try(&s, "direction");
	scn_suggest_try(&s, "duration");
	assert_string_equal(scn_suggest_hint(&s, hint),
			    " (did you mean 'duration'?)");
}

static void test_suggest_swapped_letters(void **state)
{
	struct suggest s;

	(void)state;
	scn_suggest_init(&s, "srtat");
	scn_suggest_try(&s, "stop");
	scn_suggest_try(&s, "start");
	assert_string_equal(s.best, "start");
}

static void test_suggest_nothing_near(void **state)
{
	char hint[SUGGEST_HINT];
	struct suggest s;

	(void)state;
	scn_suggest_init(&s, "xyz");
	scn_suggest_try(&s, "duration");
	scn_suggest_try(&s, "at");
	assert_string_equal(scn_suggest_hint(&s, hint), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unit_rows),
		cmocka_unit_test(test_range_rows),
		cmocka_unit_test(test_range_of_times),
		cmocka_unit_test(test_suggest_nearest),
		cmocka_unit_test(test_suggest_swapped_letters),
		cmocka_unit_test(test_suggest_nothing_near),
	};

	return cmocka_run_group_tests_name("scenario_units", tests, NULL, NULL);
}
