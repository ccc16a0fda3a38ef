#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "meta/meta.h"

static struct buf complete, prefixed;

static int setup(void **state)
{
	(void)state;
	buf_init(&complete, META_MAX);
	buf_init(&prefixed, META_MAX);
	if (buf_read_file(&complete, "fixtures/meta/complete.xml", NULL) < 0)
		return -1;
	return buf_read_file(&prefixed, "fixtures/meta/other-prefix.xml", NULL);
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&complete);
	buf_fini(&prefixed);
	meta_fini();
	return 0;
}

static const struct {
	const char *xpath, *found; /* values joined by '|' */
} rows[] = {
	{"//r:participant/r:nameID/@aor",
	 "sip:alice@example.com|sip:bob@example.com"},
	{"//r:label", "1|2"},
	{"r:recording/r:datamode", "complete"},
	{"//label", ""},
	{"count(//r:stream)", "2"},
	{"5 div 2", "2.5"},
	{"1 div 0", "Infinity"},
	{"count(//r:stream) = 2", "true"},
	{"boolean(//r:nothing)", "false"},
	{"string(//r:name)", "Alice"},
	{"//r:recording/namespace::*[. = '" META_NS "']", META_NS},
	{"normalize-space(//r:participant)", "Alice"},
	{"//r:participant[1]", "Alice"},
};

static void test_xpath_table(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct meta_found found;
		struct err e = ERR_INIT;
		struct buf got;

		if (meta_xpath(buf_span(&complete), rows[i].xpath, &found, &e) <
		    0)
			fail_msg("%s", e.text);
		buf_init(&got, 4096);
		for (k = 0; k < found.n; k++)
			buf_addf(&got, "%s%s", k ? "|" : "", found.value[k]);
		if (strcmp(buf_str(&got), rows[i].found))
			fail_msg("%s: got '%s'", rows[i].xpath, buf_str(&got));
		buf_fini(&got);
		meta_found_fini(&found);
	}
}

static const struct {
	const char *xpath, *text;
} broken[] = {
	{"", "xpath '': invalid expression at character 1"},
	{"//r:participant[", "xpath '//r:participant[': invalid expression at "
			     "character 17"},
	{"//q:label", "xpath '//q:label': unknown prefix (r is known)"},
	{"nope()", "xpath 'nope()': unknown function"},
	{"$x", "xpath '$x': unknown variable"},
	{"count()", "xpath 'count()': wrong number of arguments"},
	{"count(1)", "xpath 'count(1)': a value of the wrong type"},
};

static void test_xpath_broken(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct err e = ERR_INIT;

		if (meta_xpath_check(broken[i].xpath, &e) != -1)
			fail_msg("'%s' accepted", broken[i].xpath);
		if (e.kind != ERR_SCENARIO || strcmp(e.text, broken[i].text))
			fail_msg("%s: got '%s'", broken[i].xpath, e.text);
	}
	assert_int_equal(meta_xpath_check("//r:label = '1'", NULL), 0);
}

static void test_xpath_bad_document(void **state)
{
	struct meta_found found;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(meta_xpath(span_of("<a>\n</b>"), "1", &found, &e), -1);
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.text,
			    "metadata line 2: Opening and ending tag mismatch: "
			    "a line 1 and b");
	assert_int_equal(found.n, 0);
}

static void test_xpath_is_bounded(void **state)
{
	struct meta_found found;
	struct err e = ERR_INIT;
	struct buf b;
	size_t i;

	(void)state;
	buf_init(&b, META_MAX);
	buf_add_str(&b, "<a>");
	for (i = 0; i < 200000; i++)
		buf_add_str(&b, "<b/>");
	buf_add_str(&b, "</a>");
	assert_int_equal(meta_xpath(buf_span(&b), "count(//b[count(//b) = 0])",
				    &found, &e),
			 -1);
	assert_non_null(strstr(e.text, "too many steps"));
	buf_fini(&b);

	buf_init(&b, META_MAX);
	for (i = 0; i < 200; i++)
		buf_add_str(&b, "<a>");
	for (i = 0; i < 900000; i++)
		buf_add_char(&b, 'x');
	for (i = 0; i < 200; i++)
		buf_add_str(&b, "</a>");
	assert_int_equal(meta_xpath(buf_span(&b), "//a", &found, &e), -1);
	assert_string_equal(e.text, "xpath finds more than 8388608 bytes");
	assert_int_equal(found.n, 0);
	buf_fini(&b);
}

static void test_label_sender(void **state)
{
	struct meta_sender who;

	(void)state;
	assert_true(meta_label_sender(buf_span(&complete), "2", &who));
	assert_string_equal(who.aor, "sip:bob@example.com");
	assert_true(strlen(who.id) > 0);
	assert_true(meta_label_sender(buf_span(&complete), "1", &who));
	assert_string_equal(who.aor, "sip:alice@example.com");
	assert_false(meta_label_sender(buf_span(&complete), "3", &who));
	assert_string_equal(who.aor, "");
	assert_string_equal(who.id, "");
	assert_false(meta_label_sender(span_of("<a"), "1", &who));
}

static void test_label_sender_ids_with_blanks(void **state)
{
	struct meta_sender who;

	(void)state;
	assert_true(meta_label_sender(buf_span(&prefixed), "a_leg", &who));
	assert_string_equal(who.aor, "tel:+15551234567");
}

static void test_label_without_sender(void **state)
{
	static const char xml[] = "<recording xmlns='" META_NS
				  "'><stream stream_id='x'>"
				  "<label>1</label></stream></recording>";
	struct meta_sender who = {.aor = "old"};

	(void)state;
	assert_true(meta_label_sender(span_of(xml), "1", &who));
	assert_string_equal(who.aor, "");
}

/* What comes from outside may be of any length. */
static void test_label_sender_is_cut(void **state)
{
	struct meta_sender who;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, META_MAX);
	buf_add_str(&b, "<recording xmlns='" META_NS "'><participant "
			"participant_id='");
	for (i = 0; i < 500; i++)
		buf_add_char(&b, 'p');
	buf_add_str(&b, "'><nameID aor='sip:");
	for (i = 0; i < 500; i++)
		buf_add_char(&b, 'x');
	buf_add_str(&b, "'/></participant><stream stream_id='s'><label>1"
			"</label></stream><participantstreamassoc "
			"participant_id='");
	for (i = 0; i < 500; i++)
		buf_add_char(&b, 'p');
	buf_add_str(&b, "'><send>s</send></participantstreamassoc>"
			"</recording>");
	assert_true(meta_label_sender(buf_span(&b), "1", &who));
	assert_int_equal(strlen(who.id), sizeof(who.id) - 1);
	assert_int_equal(strlen(who.aor), sizeof(who.aor) - 1);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_xpath_table),
		cmocka_unit_test(test_xpath_broken),
		cmocka_unit_test(test_xpath_bad_document),
		cmocka_unit_test(test_xpath_is_bounded),
		cmocka_unit_test(test_label_sender),
		cmocka_unit_test(test_label_sender_ids_with_blanks),
		cmocka_unit_test(test_label_without_sender),
		cmocka_unit_test(test_label_sender_is_cut),
	};

	return cmocka_run_group_tests_name("meta_query", tests, setup,
					   teardown);
}
