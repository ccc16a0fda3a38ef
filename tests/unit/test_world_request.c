/* What a user may ask of a run (world/request.h). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "world/request.h"

static void test_request_good(void **state)
{
	static const struct {
		const char *name, *line;
		enum world_asked asked;
		enum recording_verb verb;
		uint32_t call;
		const char *instance;
	} rows[] = {
		{"sessions", "sessions", WORLD_SESSIONS, 0, 0, ""},
		{"streams, CRLF", "streams\r", WORLD_STREAMS, 0, 0, ""},
		{"a whole call", "stop 1", WORLD_VERB, RECORDING_STOP, 1, ""},
		{"one instance", "pause 12/default", WORLD_VERB,
		 RECORDING_PAUSE, 12, "default"},
		{"blanks", "  resume   2147483647/a b ", WORLD_VERB,
		 RECORDING_RESUME, INT32_MAX, "a b"},
		{"a slash in the name", "stop 3/a/b", WORLD_VERB,
		 RECORDING_STOP, 3, "a/b"},
	};
	struct world_request rq;
	struct err e = ERR_INIT;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (world_request_parse(&rq, span_of(rows[i].line), &e) < 0)
			fail_msg("%s: %s", rows[i].name, e.text);
		if (rq.asked != rows[i].asked ||
		    (rq.asked == WORLD_VERB && rq.verb != rows[i].verb) ||
		    rq.call != rows[i].call ||
		    !span_is(rq.instance, rows[i].instance))
			fail_msg("%s: read otherwise", rows[i].name);
	}
}

static void test_request_broken(void **state)
{
	static const struct {
		const char *name, *line, *says;
	} rows[] = {
		{"nothing", "", "none of sessions"},
		{"unknown", "start 1", "'start' is none of"},
		{"a part of a word", "session", "'session' is none of"},
		{"case", "STOP 1", "'STOP' is none of"},
		{"no id", "stop", "stop what?"},
		{"an id too much", "sessions 1", "takes no id"},
		{"call 0", "stop 0", "'0' is no id"},
		{"too large", "stop 2147483648", "is no id"},
		{"negative", "stop -1", "is no id"},
		{"no call", "stop /default", "is no id"},
		{"no instance", "stop 1/", "'1/' is no id"},
		{"a name alone", "pause default", "'default' is no id"},
	};
	struct world_request rq;
	struct err e;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&e, 0, sizeof(e));
		if (world_request_parse(&rq, span_of(rows[i].line), &e) == 0)
			fail_msg("%s: was read", rows[i].name);
		assert_int_equal(e.kind, ERR_USAGE);
		if (!strstr(e.text, rows[i].says))
			fail_msg("%s: %s", rows[i].name, e.text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_request_good),
		cmocka_unit_test(test_request_broken),
	};

	return cmocka_run_group_tests_name("world_request", tests, NULL, NULL);
}
