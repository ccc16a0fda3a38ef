/*
 * JUnit XML, as CI servers read it: one test case a run.
 */
#include "report/report.h"

#include "report/text.h"

enum { XML_MAX = 64 * 1024 * 1024 };

static void add_attribute(struct buf *b, const char *name, const char *value)
{
	buf_addf(b, " %s=\"", name);
	text_xml(b, value);
	buf_add_char(b, '"');
}

static void add_totals(struct buf *b, const char *element,
		       const struct totals *t)
{
	buf_addf(b,
		 "<%s name=\"siprec-src\" tests=\"%d\" failures=\"%d\" "
		 "errors=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
		 element, t->passed + t->failed + t->errors + t->skipped,
		 t->failed, t->errors, t->skipped, t->wall_s);
}

static void add_failure(struct buf *b, const json_t *run)
{
	const char *element = run_is(run, "error") ? "error" : "failure";
	struct buf message;

	buf_init(&message, XML_MAX);
	run_message(&message, run);
	buf_addf(b, "      <%s", element);
	add_attribute(b, "message", buf_str(&message));
	add_attribute(b, "type", element);
	buf_add_char(b, '>');
	text_xml(b, run_text(run, "_text"));
	buf_addf(b, "</%s>\n", element);
	buf_fini(&message);
}

static void add_case(struct buf *b, const json_t *run)
{
	double wall_ms = json_number_value(json_object_get(run, "wall_ms"));
	struct buf title;

	buf_init(&title, XML_MAX);
	run_title(&title, run);
	buf_add_str(b, "    <testcase");
	add_attribute(b, "name", buf_str(&title));
	add_attribute(b, "classname", run_text(run, "file"));
	buf_addf(b, " time=\"%.3f\"", wall_ms / 1e3);
	buf_fini(&title);
	if (run_is(run, "passed")) {
		buf_add_str(b, "/>\n");
		return;
	}
	buf_add_str(b, ">\n");
	if (run_is(run, "skipped")) {
		buf_add_str(b, "      <skipped");
		add_attribute(b, "message", run_skipped(run));
		buf_add_str(b, "/>\n");
	} else {
		add_failure(b, run);
	}
	buf_add_str(b, "    </testcase>\n");
}

void report_junit(FILE *f, const json_t *runs)
{
	struct totals t = runs_count(runs);
	json_t *run;
	struct buf b;
	size_t i;

	buf_init(&b, XML_MAX);
	buf_add_str(&b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
	add_totals(&b, "testsuites", &t);
	buf_add_str(&b, "  ");
	add_totals(&b, "testsuite", &t);
	json_array_foreach(runs, i, run) add_case(&b, run);
	buf_add_str(&b, "  </testsuite>\n</testsuites>\n");
	fwrite(buf_str(&b), 1, b.n, f);
	buf_fini(&b);
}
