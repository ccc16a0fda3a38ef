#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "report/report.h"
#include "report/text.h"

static void test_clean(void **state)
{
	static const struct {
		const char *name, *in, *out;
		bool lines;
	} rows[] = {
		{"plain", "abc", "abc", false},
		{"letters", "J\xc3\xbcrg \xe2\x82\xac \xf0\x9f\x98\x80",
		 "J\xc3\xbcrg \xe2\x82\xac \xf0\x9f\x98\x80", false},
		{"escape", "a\033[31mb", "a\\x1b[31mb", false},
		{"line ends", "a\r\nb\tc", "a\\r\\nb c", false},
		{"lines kept", "a\nb", "a\nb", true},
		{"lone byte",
		 "a\xff"
		 "b",
		 "a\xef\xbf\xbd"
		 "b",
		 false},
		{"cut short", "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd", false},
		{"overlong", "\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", false},
		{"overlong of three", "\xe0\x80\xaf",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", false},
		{"surrogate", "\xed\xa0\x80",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", false},
		{"beyond Unicode", "\xf4\x90\x80\x80",
		 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", false},
		{"C1 control",
		 "\xc2\x9b"
		 "1m",
		 "\\x9b1m", false},
		{"delete", "\x7f", "\\x7f", false},
		{"empty", "", "", false},
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1024);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		text_clean(&b, span_of(rows[i].in), rows[i].lines);
		if (strcmp(buf_str(&b), rows[i].out) != 0)
			fail_msg("%s: '%s'", rows[i].name, buf_str(&b));
	}
	buf_fini(&b);
}

static void test_json_takes_any_bytes(void **state)
{
	json_t *j = text_json("\xff\x01");

	(void)state;
	assert_non_null(j);
	assert_string_equal(json_string_value(j), "\xef\xbf\xbd\\x01");
	json_decref(j);
}

static void test_shell(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
		{"scenarios/basic.yml", "scenarios/basic.yml"},
		{"my file.yml", "'my file.yml'"},
		{"it's", "'it'\\''s'"},
		{"a=$(b)", "'a=$(b)'"},
		{"", "''"},
	};
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, 1024);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		buf_clear(&b);
		report_shell(&b, rows[i].in);
		assert_string_equal(buf_str(&b), rows[i].out);
	}
	buf_fini(&b);
}

static void test_xml(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	text_xml(&b, "<a b=\"c\">&'\n\033\xef\xbf\xbe\xff\xc3\xbc");
	assert_string_equal(buf_str(&b),
			    "&lt;a b=&quot;c&quot;&gt;&amp;'\n\xef\xbf\xbd"
			    "\xef\xbf\xbd\xef\xbf\xbd\xc3\xbc");
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clean),
		cmocka_unit_test(test_json_takes_any_bytes),
		cmocka_unit_test(test_shell),
		cmocka_unit_test(test_xml),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
