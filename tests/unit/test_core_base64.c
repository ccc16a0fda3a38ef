#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base64.h"
#include "core/ids.h"

/* RFC 4648 section 10, and what is none. */
static const struct {
	const char *name, *text, *bytes; /* NULL: refused */
	bool same;			 /* it is written so */
} rows[] = {
	{"nothing", "", "", true},
	{"one octet", "Zg==", "f", true},
	{"two octets", "Zm8=", "fo", true},
	{"three octets", "Zm9v", "foo", true},
	{"six octets", "Zm9vYmFy", "foobar", true},
	{"no padding", "Zm8", "fo", false},
	{"half of the padding", "Zg=", NULL, false},
	{"too much padding", "Zg===", NULL, false},
	{"only padding", "====", NULL, false},
	{"padding inside", "Zg==Zg==", NULL, false},
	{"one character", "Z", NULL, false},
	{"bits that are not used", "Zh==", NULL, false},
	{"a blank", "Zm 9", NULL, false},
	{"of URLs", "-_==", NULL, false},
	{"seven octets are too many", "Zm9vYmFyIQ==", NULL, false},
};

static void test_base64_rows(void **state)
{
	uint8_t out[6];
	char text[BASE64_TEXT(6)];
	bool ok;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		ok = base64_read(span_of(rows[i].text), out, sizeof(out), &n);
		if (ok != (rows[i].bytes != NULL))
			fail_msg("%s: %s", rows[i].name, ok ? "read" : "not");
		if (!ok)
			continue;
		assert_int_equal(n, strlen(rows[i].bytes));
		assert_memory_equal(out, rows[i].bytes, n);
		base64_write(out, n, text);
		if (rows[i].same)
			assert_string_equal(text, rows[i].text);
	}
}

static void test_base64_nul_inside(void **state)
{
	uint8_t out[6];
	size_t n;

	(void)state;
	assert_false(base64_read(span_from("Zm\0v", 4), out, sizeof(out), &n));
}

static void test_key_repeats_with_the_seed(void **state)
{
	struct ids *a = ids_new(7, true), *b = ids_new(7, true);
	uint8_t one[46], other[46];

	(void)state;
	ids_key(a, "srtp", one, sizeof(one));
	ids_key(b, "srtp", other, sizeof(other));
	assert_memory_equal(one, other, sizeof(one));
	ids_key(a, "srtp", one, sizeof(one));
	assert_memory_not_equal(one, other, sizeof(one));
	ids_free(a);
	ids_free(b);
}

static void test_key_of_a_live_source(void **state)
{
	struct ids *a = ids_new(7, false);
	uint8_t one[46] = {0}, other[46] = {0};

	(void)state;
	ids_key(a, "srtp", one, sizeof(one));
	ids_key(a, "srtp", other, sizeof(other));
	assert_memory_not_equal(one, other, sizeof(one));
	ids_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_base64_rows),
		cmocka_unit_test(test_base64_nul_inside),
		cmocka_unit_test(test_key_repeats_with_the_seed),
		cmocka_unit_test(test_key_of_a_live_source),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
