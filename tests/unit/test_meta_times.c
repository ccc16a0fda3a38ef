#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "meta/xml.h"

#define DAY INT64_C(86400000000)
#define SEC INT64_C(1000000)

static const struct {
	const char *in;
	bool ok;
	int64_t us;
} times[] = {
	{"1970-01-01T00:00:00Z", true, 0},
	{"1970-01-02T00:00:01.5Z", true, DAY + SEC + 500000},
	{"1969-12-31T23:59:59Z", true, -SEC},
	{"2000-02-29T00:00:00Z", true, 11016 * DAY},
	{"2026-01-01T00:00:00Z", true, 20454 * DAY},
	{"0000-03-01T00:00:00Z", true, -719468 * DAY},
	{"1970-01-01T01:00:00+01:00", true, 0},
	{"1970-01-01T00:00:00-00:30", true, 1800 * SEC},
	{"1970-01-01T00:00:00-00:00", true, 0},
	{"1970-01-01T00:00:60Z", true, 60 * SEC},
	{"1970-01-01T00:00:00.123456789Z", true, 123456},
	{"", false, 0},
	{"1970-01-01T00:00:00", false, 0},
	{"1970-01-01T00:00:00z", false, 0},
	{"1970-01-01t00:00:00Z", false, 0},
	{"1970-01-01 00:00:00Z", false, 0},
	{"1970-01-01T00:00:00+0000", false, 0},
	{"1970-01-01T00:00:00.Z", false, 0},
	{"1970-01-01T24:00:00Z", false, 0},
	{"1970-01-01T00:60:00Z", false, 0},
	{"1970-01-01T00:00:61Z", false, 0},
	{"1970-13-01T00:00:00Z", false, 0},
	{"1970-00-01T00:00:00Z", false, 0},
	{"2100-02-29T00:00:00Z", false, 0},
	{"1970-04-31T00:00:00Z", false, 0},
	{"19700-01-01T00:00:00Z", false, 0},
	{"1970-01-01T00:00:00+24:00", false, 0},
	{"1970-01-01T00:00:00Z ", false, 0},
	{"1970-1-1T00:00:00Z", false, 0},
};

static void test_time_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int64_t us = 0;
		bool ok = time_read(times[i].in, &us);

		if (ok != times[i].ok || (ok && us != times[i].us))
			fail_msg("'%s': %d, %lld", times[i].in, ok,
				 (long long)us);
	}
}

#define U "0123456789abcdef0123456789abcdef"

static const struct {
	const char *in;
	bool ok;
} ids[] = {
	{U ";remote=" U, true},
	{" " U " ;\n\tremote = " U "\n", true},
	{U ";remote=00000000000000000000000000000000", true},
	{"", false},
	{U, false},
	{U ";remote=", false},
	{U ";remote=" U "0", false},
	{U "0;remote=" U, false},
	{U ";remote=" U ";x", false},
	{U ";Remote=" U, false},
	{"0123456789ABCDEF0123456789abcdef;remote=" U, false},
	{"01234567-89ab-cdef-0123-456789abcdef;remote=" U, false},
	{"1-2345@192.0.2.7", false},
};

static void test_sip_session_id_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(ids) / sizeof(*ids); i++)
		if (sip_session_id_ok(ids[i].in) != ids[i].ok)
			fail_msg("'%s'", ids[i].in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_time_table),
		cmocka_unit_test(test_sip_session_id_table),
	};

	return cmocka_run_group_tests_name("meta_times", tests, NULL, NULL);
}
