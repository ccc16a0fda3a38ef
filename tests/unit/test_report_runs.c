/* A run as JSON, and what the formats make of it. */
#include "expect_fixture.h"

#include <stdio.h>

#include "report/report.h"

/* Everything a report function writes; owned. */
static char *written(void (*report)(FILE *f, const json_t *runs),
		     const json_t *runs)
{
	char *text = NULL;
	size_t size = 0;
	FILE *f = open_memstream(&text, &size);

	report(f, runs);
	fclose(f);
	return text;
}

static void line_plain(FILE *f, const json_t *run)
{
	report_console_line(f, run, false);
}

static void line_verbose(FILE *f, const json_t *run)
{
	report_console_line(f, run, true);
}

static void expect_text(void (*report)(FILE *f, const json_t *runs),
			const json_t *runs, const char *want)
{
	char *text = written(report, runs);

	assert_string_equal(text, want);
	free(text);
}

struct desk {
	struct stage st;
	struct scn_var matrix[1], var[2];
	struct report_input in;
};

static void desk_init(struct desk *d)
{
	memset(d, 0, sizeof(*d));
	stage_init(&d->st, SCN_CHECK_RECORDED_BY, "recorded_by");
	d->st.check.source = (char *)"{recorded_by: vault}";
	d->st.check.list.n = 0;
	d->in.s = &d->st.s;
	d->in.t = d->st.t;
	d->in.v = &d->st.v;
	d->in.clock = "virtual";
	d->in.seed = 7;
	d->in.duration_us = 6000000;
	d->in.wall_us = 9400;
	d->in.argv0 = "siprec-src";
}

static char *vault[] = {(char *)"vault", NULL};

/* The check wants vault; that is what happens, or not. */
static json_t *desk_run(struct desk *d, bool recorded)
{
	d->st.check.list = stage_list(vault);
	stage_attempt(&d->st, 1001, "vault", recorded ? "200" : "486",
		      recorded ? NULL : "Busy \033Here");
	stage_rtp(&d->st, 1010, "vault", "caller", 20, 5);
	stage_judge(&d->st);
	d->in.status = recorded ? REPORT_PASSED : REPORT_FAILED;
	return report_scenario(&d->in);
}

static void desk_fini(struct desk *d, json_t *run)
{
	json_decref(run);
	stage_fini(&d->st);
}

static void test_run_passed(void **state)
{
	struct desk d;
	json_t *run, *o;

	(void)state;
	desk_init(&d);
	run = desk_run(&d, true);
	assert_string_equal(json_string_value(json_object_get(run, "status")),
			    "passed");
	assert_int_equal(
		json_integer_value(json_object_get(run, "duration_ms")), 6000);
	assert_null(json_object_get(run, "_text"));
	o = json_array_get(json_object_get(run, "expect"), 0);
	expect_text(line_plain, run, "ok    a story  (a.yml, 6.0 s)\n");
	expect_text(line_verbose, run,
		    "ok    a story  (a.yml, 6.0 s in 9 ms)\n"
		    "      passed line 12: recorded_by: vault\n");
	assert_int_equal(json_integer_value(json_object_get(o, "line")), 12);
	o = json_array_get(json_object_get(run, "attempts"), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "at_ms")), 1001);
	assert_string_equal(json_string_value(json_object_get(o, "uri")),
			    "sip:vault@127.0.0.1");
	desk_fini(&d, run);
}

/* What says the same is there once. */
static void test_warnings(void **state)
{
	struct desk d;
	json_t *run, *all, *one;

	(void)state;
	desk_init(&d);
	trace_notef(d.st.t, -1, 5000, TRACE_WARNING, NULL, "of the run");
	trace_notef(d.st.t, 0, 7000, TRACE_NOTE, "src", "no warning");
	trace_notef(d.st.t, 0, 1008000, TRACE_WARNING, "src", "a \033 twice");
	trace_notef(d.st.t, 0, 1009000, TRACE_WARNING, "src", "a \033 twice");
	trace_notef(d.st.t, 0, 1009000, TRACE_WARNING, "vault", "a \033 twice");
	run = desk_run(&d, true);
	all = json_object_get(run, "warnings");
	assert_int_equal(json_array_size(all), 3);
	one = json_array_get(all, 1);
	assert_int_equal(json_integer_value(json_object_get(one, "times")), 2);
	assert_int_equal(json_integer_value(json_object_get(one, "at_ms")), 8);
	expect_text(line_plain, run, "ok    a story  (a.yml, 6.0 s)\n");
	expect_text(line_verbose, run,
		    "ok    a story  (a.yml, 6.0 s in 9 ms)\n"
		    "      passed line 12: recorded_by: vault\n"
		    "      warning: of the run\n"
		    "      warning: src: a \\x1b twice (2 times)\n"
		    "      warning: vault: a \\x1b twice\n");
	desk_fini(&d, run);
}

/* The console shows the first of very many. */
static void test_warnings_without_end(void **state)
{
	struct desk d;
	json_t *run;
	char *text;
	int i;

	(void)state;
	desk_init(&d);
	for (i = 0; i < 25; i++)
		trace_notef(d.st.t, 0, 1000 * i, TRACE_WARNING, "src",
			    "number %d", i);
	run = desk_run(&d, true);
	text = written(line_verbose, run);
	assert_non_null(strstr(text, "      warning: src: number 19\n"
				     "      ... and 5 warnings more\n"));
	free(text);
	desk_fini(&d, run);
}

/* What a recorder of ours said of a stream. */
static void tell_more(struct trace *t, const struct trace_rtp *known)
{
	struct trace_rtp *r = trace_rtp_find(t, &known->src, &known->dst,
					     known->ssrc);

	assert_ptr_equal(r, known);
	if (!r->server || strcmp(r->server, "vault") != 0)
		return;
	trace_rtp_reported(r, 3, 16, 2500);
	trace_rtp_key(r, '1');
	trace_rtp_key(r, '#');
	r->suite = "AEAD_AES_128_GCM";
	r->forged = 2;
	r->replayed = 1;
	r->rtcp_forged = 4;
}

static void test_streams(void **state)
{
	struct desk d;
	json_t *run, *want;
	size_t i;

	(void)state;
	desk_init(&d);
	stage_rtp(&d.st, 1010, "far", "callee", 3, 0);
	json_decref(desk_run(&d, true));
	for (i = 0; i < trace_n_rtp(d.st.t); i++)
		tell_more(d.st.t, trace_rtp_at(d.st.t, i));
	run = report_scenario(&d.in);
	want = json_pack(
		"[{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:n, s:n, s:n,"
		" s:n, s:n, s:i, s:i, s:n, s:n, s:n},"
		"{s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i, s:i, s:i,"
		" s:i, s:f, s:i, s:i, s:{s:i, s:f, s:f}, s:s,"
		" s:{s:s, s:i, s:i, s:i}}]",
		"server", "far", "party", "callee", "media", "audio", "label",
		"2", "ssrc", "0x00000042", "codec", "PCMU", "sent", 3,
		"received", "lost", "reordered", "duplicates", "jitter_ms",
		"first_ms", 1010, "last_ms", 1050, "reported", "dtmf", "srtp",
		"server", "vault", "party", "caller", "media", "audio", "label",
		"1", "ssrc", "0x00000042", "codec", "PCMU", "sent", 20,
		"received", 16, "lost", 4, "reordered", 0, "duplicates", 0,
		"jitter_ms", 0.0, "first_ms", 1011, "last_ms", 1391, "reported",
		"lost", 3, "jitter_ms", 2.0, "rtt_ms", 2.5, "dtmf", "1#",
		"srtp", "suite", "AEAD_AES_128_GCM", "forged", 2, "replayed", 1,
		"rtcp_forged", 4);
	assert_non_null(want);
	if (!json_equal(json_object_get(run, "streams"), want))
		fail_msg("%s", json_dumps(json_object_get(run, "streams"), 0));
	json_decref(want);
	desk_fini(&d, run);
}

/* The packets of one party at one recorder, to two ports, are one entry. */
static void test_streams_of_a_load(void **state)
{
	static const unsigned char packet[172] = {0x80};
	struct addr src = stage_addr("src", 20000);
	struct addr dst = stage_addr("vault", 40000);
	struct trace_rtp *r;
	struct desk d;
	json_t *run, *o;

	(void)state;
	desk_init(&d);
	d.st.s.load.calls = 2;
	stage_call(&d.st, 1);
	trace_bind_rtp(d.st.t, &src, &dst,
		       &(struct trace_bind){1, "default", "vault", "caller",
					    "audio", "1", "PCMU", 8000, 0,
					    NULL});
	r = trace_rtp_of(d.st.t, &src, &dst, packet, sizeof(packet));
	trace_rtp_sent(r, T0_US + 500000);
	trace_rtp_received(d.st.t, r, T0_US + 501000, packet, sizeof(packet));
	run = desk_run(&d, true);
	o = json_object_get(run, "streams");
	assert_int_equal(json_array_size(o), 1);
	o = json_array_get(o, 0);
	assert_int_equal(json_integer_value(json_object_get(o, "streams")), 2);
	assert_int_equal(json_integer_value(json_object_get(o, "sent")), 21);
	assert_int_equal(json_integer_value(json_object_get(o, "first_ms")),
			 501);
	assert_int_equal(json_integer_value(json_object_get(o, "last_ms")),
			 1391);
	assert_null(json_object_get(o, "ssrc"));
	o = json_array_get(json_object_get(run, "attempts"), 0);
	assert_int_equal(json_integer_value(json_object_get(o, "call")), 1);
	desk_fini(&d, run);
}

static void test_artifacts_only_when_kept(void **state)
{
	struct desk d;
	json_t *run, *o;

	(void)state;
	desk_init(&d);
	trace_add_file(d.st.t, TRACE_FILE_PCAP, -1, NULL, NULL,
		       "out/wire.pcap");
	trace_add_file(d.st.t, TRACE_FILE_AUDIO, 0, "vault", "caller",
		       "out/vault-caller.wav");
	run = desk_run(&d, true);
	o = json_object_get(run, "artifacts");
	assert_null(json_object_get(o, "pcap"));
	assert_int_equal(json_array_size(json_object_get(o, "audio")), 0);
	json_decref(run);
	d.in.kept = "out";
	run = report_scenario(&d.in);
	o = json_object_get(run, "artifacts");
	assert_string_equal(json_string_value(json_object_get(o, "pcap")),
			    "out/wire.pcap");
	assert_int_equal(json_array_size(json_object_get(o, "audio")), 1);
	desk_fini(&d, run);
}

static void test_failure_in_full(void **state)
{
	static const char head[] = "\nFAIL a story [code=486] (a.yml)\n"
				   "  a.yml:12:5: recorded_by\n"
				   "      {recorded_by: vault}\n"
				   "    wanted: vault\n"
				   "    got:    nobody\n"
				   "    why:    vault: 486 (Busy \\x1bHere)\n"
				   "\n";
	static const char tail[] =
		"\n"
		"  again: siprec-src run a.yml --seed 7 --clock virtual "
		"--var code=486 --var 'who=a b'\n"
		"  kept:  out/a-486\n"
		"\n0 passed, 1 failed\n";
	struct desk d;
	json_t *run, *runs;
	char *text;

	(void)state;
	desk_init(&d);
	d.matrix[0] = (struct scn_var){(char *)"code", (char *)"486"};
	d.st.s.matrix = d.matrix;
	d.st.s.n_matrix = 1;
	d.var[0] = d.matrix[0];
	d.var[1] = (struct scn_var){(char *)"who", (char *)"a b"};
	d.in.var = d.var;
	d.in.n_vars = 2;
	d.in.kept = "out/a-486";
	stage_request(&d.st, 1001, "src", "vault", "rs", "1 INVITE");
	run = desk_run(&d, false);
	runs = json_pack("[O]", run);
	text = written(report_console_summary, runs);
	assert_memory_equal(text, head, strlen(head));
	assert_non_null(strstr(text, "INVITE"));
	assert_true(strlen(text) > strlen(tail));
	assert_string_equal(text + strlen(text) - strlen(tail), tail);
	free(text);
	json_decref(runs);
	desk_fini(&d, run);
}

/* One of each outcome, without a ladder. */
static json_t *four_runs(void)
{
	json_t *failed = json_pack("{s:s, s:i, s:s, s:s, s:s, s:s}", "check",
				   "never", "line", 9, "status", "failed",
				   "wanted", "no BYE", "got", "BYE \"at\" 5 s",
				   "why", "src sent one");

	return json_pack(
		"[{s:s, s:s, s:{}, s:s, s:i, s:i, s:[]},"
		" {s:s, s:s, s:{s:s}, s:s, s:i, s:i, s:[o], s:s, s:s},"
		" {s:s, s:s, s:{}, s:s, s:i, s:i, s:[], s:s, s:s, s:s},"
		" {s:s, s:s, s:{}, s:s, s:i, s:i, s:[]}]",
		"name", "one", "file", "1.yml", "matrix", "status", "passed",
		"duration_ms", 5000, "wall_ms", 4, "expect", "name", "two <#2>",
		"file", "2.yml", "matrix", "code", "486", "status", "failed",
		"duration_ms", 5000, "wall_ms", 6, "expect", failed, "_text",
		"FAIL two\n  & so on\n", "_again", "run 2.yml", "name", "three",
		"file", "3.yml", "matrix", "status", "error", "duration_ms", 0,
		"wall_ms", 0, "expect", "error", "port 5060 is busy", "_text",
		"ERROR three\n", "_again", "run 3.yml", "name", "four", "file",
		"4.yml", "matrix", "status", "skipped", "duration_ms", 0,
		"wall_ms", 0, "expect");
}

static void test_console(void **state)
{
	json_t *runs = four_runs(), *none = json_array();

	(void)state;
	expect_text(line_plain, json_array_get(runs, 1),
		    "FAIL  two <#2> [code=486]  (2.yml, 5.0 s)\n");
	expect_text(line_plain, json_array_get(runs, 2),
		    "ERROR three  (3.yml, 0.0 s)\n");
	expect_text(line_plain, json_array_get(runs, 3),
		    "skip  four  (4.yml, no check applies)\n");
	expect_text(report_console_summary, runs,
		    "\nFAIL two\n  & so on\n\nERROR three\n"
		    "\n1 passed, 2 failed, 1 skipped\n");
	expect_text(report_console_summary, none, "0 passed, 0 failed\n");
	report_set_color(true);
	expect_text(line_plain, json_array_get(runs, 0),
		    "\033[32mok   \033[0m one  (1.yml, 5.0 s)\n");
	expect_text(line_plain, json_array_get(runs, 1),
		    "\033[31mFAIL \033[0m two <#2> [code=486]  (2.yml, 5.0 "
		    "s)\n");
	report_set_color(false);
	json_decref(runs);
	json_decref(none);
}

static void test_junit(void **state)
{
	json_t *runs = four_runs();

	(void)state;
	expect_text(
		report_junit, runs,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites name=\"siprec-src\" tests=\"4\" failures=\"1\" "
		"errors=\"1\" skipped=\"1\" time=\"0.010\">\n"
		"  <testsuite name=\"siprec-src\" tests=\"4\" failures=\"1\" "
		"errors=\"1\" skipped=\"1\" time=\"0.010\">\n"
		"    <testcase name=\"one\" classname=\"1.yml\" "
		"time=\"0.004\"/>\n"
		"    <testcase name=\"two &lt;#2&gt; [code=486]\" "
		"classname=\"2.yml\" time=\"0.006\">\n"
		"      <failure message=\"never: wanted no BYE, got BYE "
		"&quot;at&quot; 5 s\" type=\"failure\">FAIL two\n"
		"  &amp; so on\n"
		"</failure>\n"
		"    </testcase>\n"
		"    <testcase name=\"three\" classname=\"3.yml\" "
		"time=\"0.000\">\n"
		"      <error message=\"port 5060 is busy\" "
		"type=\"error\">ERROR three\n"
		"</error>\n"
		"    </testcase>\n"
		"    <testcase name=\"four\" classname=\"4.yml\" "
		"time=\"0.000\">\n"
		"      <skipped message=\"no check applies\"/>\n"
		"    </testcase>\n"
		"  </testsuite>\n"
		"</testsuites>\n");
	json_decref(runs);
}

static void test_tap(void **state)
{
	json_t *runs = four_runs();

	(void)state;
	expect_text(report_tap, runs,
		    "TAP version 14\n"
		    "1..4\n"
		    "ok 1 - one\n"
		    "not ok 2 - two <\\#2> [code=486]\n"
		    "  ---\n"
		    "  message: \"never: wanted no BYE, got BYE \\\"at\\\" 5 "
		    "s\"\n"
		    "  severity: fail\n"
		    "  file: \"2.yml\"\n"
		    "  again: \"run 2.yml\"\n"
		    "  failed:\n"
		    "    - line: 9\n"
		    "      check: \"never\"\n"
		    "      wanted: \"no BYE\"\n"
		    "      got: \"BYE \\\"at\\\" 5 s\"\n"
		    "      why: \"src sent one\"\n"
		    "  ...\n"
		    "not ok 3 - three\n"
		    "  ---\n"
		    "  message: \"port 5060 is busy\"\n"
		    "  severity: error\n"
		    "  file: \"3.yml\"\n"
		    "  again: \"run 3.yml\"\n"
		    "  ...\n"
		    "ok 4 - four # SKIP no check applies\n");
	json_decref(runs);
}

static void test_json(void **state)
{
	json_t *runs = four_runs(), *all, *two;
	char *text = written(report_json, runs);
	int passed, failed, errors, skipped, format;
	const char *tool;

	(void)state;
	all = json_loads(text, 0, NULL);
	assert_non_null(all);
	assert_int_equal(json_unpack(all, "{s:i, s:s, s:{s:i, s:i, s:i, s:i}}",
				     "format", &format, "tool", &tool,
				     "summary", "passed", &passed, "failed",
				     &failed, "errors", &errors, "skipped",
				     &skipped),
			 0);
	assert_int_equal(format, 1);
	assert_string_equal(tool, "siprec-src " SIPREC_SRC_VERSION);
	assert_int_equal(passed * 1000 + failed * 100 + errors * 10 + skipped,
			 1111);
	two = json_array_get(json_object_get(all, "scenarios"), 1);
	assert_string_equal(json_string_value(json_object_get(two, "name")),
			    "two <#2>");
	assert_null(json_object_get(two, "_text"));
	assert_null(json_object_get(two, "_again"));
	free(text);
	json_decref(all);
	json_decref(runs);
}

static void test_error_without_trace(void **state)
{
	struct desk d;
	json_t *run;

	(void)state;
	desk_init(&d);
	d.in.t = NULL;
	d.in.v = NULL;
	d.in.status = REPORT_ERROR;
	d.in.error = "port 5060 is busy";
	run = report_scenario(&d.in);
	assert_string_equal(json_string_value(json_object_get(run, "error")),
			    "port 5060 is busy");
	assert_string_equal(json_string_value(json_object_get(run, "_text")),
			    "ERROR a story (a.yml)\n"
			    "  port 5060 is busy\n"
			    "  again: siprec-src run a.yml --seed 7 --clock "
			    "virtual\n");
	assert_int_equal(json_array_size(json_object_get(run, "streams")), 0);
	desk_fini(&d, run);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_passed),
		cmocka_unit_test(test_streams),
		cmocka_unit_test(test_streams_of_a_load),
		cmocka_unit_test(test_warnings),
		cmocka_unit_test(test_warnings_without_end),
		cmocka_unit_test(test_artifacts_only_when_kept),
		cmocka_unit_test(test_failure_in_full),
		cmocka_unit_test(test_console),
		cmocka_unit_test(test_junit),
		cmocka_unit_test(test_tap),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_error_without_trace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
