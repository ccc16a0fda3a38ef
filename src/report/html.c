/*
 * All runs as one page that stands by itself.
 */
#include "report/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "report/text.h"

enum { PAGE_MAX = 1024 * 1024 * 1024 };

static const char style[] =
	"body{font:15px/1.5 system-ui,sans-serif;color:#1c2430;"
	"background:#f6f7f9;margin:0 auto;max-width:1100px;padding:1rem}"
	"h1{font-size:1.4rem}h2{font-size:1.15rem;margin:.2rem 0}"
	"h3{font-size:1rem;margin:1.2rem 0 .4rem}"
	"section{background:#fff;border:1px solid #dde1e6;border-radius:6px;"
	"padding:1rem;margin:1rem 0}"
	"section.failed,section.error{border-left:5px solid #b3261e}"
	"section.passed{border-left:5px solid #2e7d32}"
	".wide{overflow-x:auto}"
	"table{border-collapse:collapse;font-size:.9rem}"
	"th,td{text-align:left;vertical-align:top;padding:.2rem .7rem .2rem 0;"
	"border-bottom:1px solid #eceff2}"
	"td.n{text-align:right;font-variant-numeric:tabular-nums}"
	".passed>b,b.passed{color:#2e7d32}"
	".failed>b,b.failed,b.error{color:#b3261e}b.skipped{color:#6b7684}"
	"pre{font:12px/1.45 ui-monospace,Menlo,Consolas,monospace;margin:0;"
	"white-space:pre-wrap;overflow-wrap:anywhere}"
	"code{font:.85em ui-monospace,Menlo,Consolas,monospace;"
	"overflow-wrap:break-word}"
	"details{border-top:1px solid #eceff2;padding:.15rem 0}"
	"details pre{background:#f6f7f9;padding:.6rem;margin:.3rem 0}"
	"summary{cursor:pointer;font:12px ui-monospace,Menlo,Consolas,"
	"monospace}"
	"details:target{background:#fff6d6}"
	"ins{background:#dcf3dd;text-decoration:none}"
	"del{background:#fbdedc;text-decoration:none}"
	".fig{max-width:100%;height:auto;font:11px system-ui,sans-serif}"
	".fig .bg{fill:#f6f7f9}.fig .loss{fill:#e57f78}"
	".fig .jit{fill:none;stroke:#2456a6;stroke-width:1.5}"
	".fig .wave{stroke:#2456a6;fill:none}"
	"figure{margin:.6rem 0}figcaption{font-size:.9rem}"
	"audio{width:100%;max-width:640px;display:block}"
	"@media print{body{background:#fff;max-width:none;padding:0}"
	"section{break-before:page;border:0;padding:0}"
	"audio{display:none}.wide{overflow:visible}"
	".lad{max-width:100%;height:auto}}";

/* An arrow of a ladder opens the message it leads to. */
static const char script[] =
	"function o(){var d=document.getElementById(location.hash.slice(1));"
	"if(d&&d.tagName==='DETAILS'){d.open=true;d.scrollIntoView()}}"
	"addEventListener('hashchange',o);o();"
	"addEventListener('beforeprint',function(){"
	"document.querySelectorAll('details').forEach("
	"function(d){d.open=true})});";

static void element(struct buf *b, const char *name, const char *text)
{
	buf_addf(b, "<%s>", name);
	text_xml(b, text);
	buf_addf(b, "</%s>", name);
}

/* ---- tables ---- */

enum cell { CELL_TEXT, CELL_NUMBER, CELL_STATUS, CELL_CODE };

struct column {
	const char *key, *title;
	enum cell cell;
};

/* "AEAD_AES_128_GCM, forged 2": what did not go well is counted. */
static void add_srtp(struct buf *b, const json_t *srtp)
{
	static const char *const counts[] = {"forged", "replayed",
					     "rtcp_forged"};
	json_int_t n;
	size_t i;

	text_xml(b, run_text(srtp, "suite"));
	for (i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
		n = json_integer_value(json_object_get(srtp, counts[i]));
		if (n)
			buf_addf(b, ", %s %" JSON_INTEGER_FORMAT, counts[i], n);
	}
}

static void add_value(struct buf *b, const json_t *v)
{
	if (json_is_object(v))
		add_srtp(b, v);
	else if (json_is_string(v))
		text_xml(b, json_string_value(v));
	else if (json_is_integer(v))
		buf_addf(b, "%" JSON_INTEGER_FORMAT, json_integer_value(v));
	else if (json_is_real(v))
		buf_addf(b, "%.1f", json_real_value(v));
}

static void add_cell(struct buf *b, const struct column *c, const json_t *row)
{
	const json_t *v = json_object_get(row, c->key);

	buf_add_str(b, c->cell == CELL_NUMBER ? "<td class=\"n\">" : "<td>");
	if (c->cell == CELL_STATUS)
		buf_addf(b, "<b class=\"%s\">", json_string_value(v));
	else if (c->cell == CELL_CODE && v)
		buf_add_str(b, "<code>");
	add_value(b, v);
	if (c->cell == CELL_STATUS)
		buf_add_str(b, "</b>");
	else if (c->cell == CELL_CODE && v)
		buf_add_str(b, "</code>");
	buf_add_str(b, "</td>");
}

/* `columns` end with a NULL key. Nothing of an empty array. */
static void add_table(struct buf *b, const char *title, const json_t *rows,
		      const struct column *columns)
{
	const struct column *c;
	const json_t *row;
	size_t i;

	if (!json_array_size(rows))
		return;
	element(b, "h3", title);
	buf_add_str(b, "<div class=\"wide\"><table><tr>");
	for (c = columns; c->key; c++)
		element(b, "th", c->title);
	buf_add_str(b, "</tr>\n");
	json_array_foreach(rows, i, row)
	{
		buf_add_str(b, "<tr>");
		for (c = columns; c->key; c++)
			add_cell(b, c, row);
		buf_add_str(b, "</tr>\n");
	}
	buf_add_str(b, "</table></div>\n");
}

static const struct column check_columns[] = {
	{"status", "verdict", CELL_STATUS},
	{"line", "line", CELL_NUMBER},
	{"check", "check", CELL_TEXT},
	{"wanted", "wanted", CELL_CODE},
	{"got", "got", CELL_CODE},
	{"why", "why", CELL_TEXT},
	{NULL, NULL, CELL_TEXT}};
static const struct column attempt_columns[] = {
	{"at_ms", "ms", CELL_NUMBER},
	{"instance", "instance", CELL_TEXT},
	{"server", "recorder", CELL_TEXT},
	{"uri", "URI", CELL_CODE},
	{"result", "result", CELL_TEXT},
	{"why", "reason", CELL_TEXT},
	{NULL, NULL, CELL_TEXT}};
static const struct column event_columns[] = {
	{"at_ms", "ms", CELL_NUMBER},
	{"name", "event", CELL_TEXT},
	{"instance", "instance", CELL_TEXT},
	{"server", "recorder", CELL_CODE},
	{"code", "code", CELL_TEXT},
	{"reason", "reason", CELL_TEXT},
	{NULL, NULL, CELL_TEXT}};
static const struct column stream_columns[] = {
	{"server", "recorder", CELL_TEXT},
	{"party", "party", CELL_TEXT},
	{"label", "label", CELL_TEXT},
	{"ssrc", "SSRC", CELL_CODE},
	{"codec", "codec", CELL_TEXT},
	{"srtp", "SRTP", CELL_TEXT},
	{"sent", "sent", CELL_NUMBER},
	{"received", "received", CELL_NUMBER},
	{"lost", "lost", CELL_NUMBER},
	{"reordered", "reordered", CELL_NUMBER},
	{"duplicates", "twice", CELL_NUMBER},
	{"jitter_ms", "jitter, ms", CELL_NUMBER},
	{"first_ms", "first, ms", CELL_NUMBER},
	{"last_ms", "last, ms", CELL_NUMBER},
	{NULL, NULL, CELL_TEXT}};

/* ---- what "_page" has ---- */

/* The links of the drawing get the name of the run: "@m3" becomes "r0-m3". */
static void add_ladder(struct buf *b, const json_t *page, size_t run)
{
	struct span rest = span_of(run_text(page, "ladder"));
	const struct span link = span_of("\"#@");

	if (!rest.n)
		return;
	element(b, "h3", "Ladder");
	buf_add_str(b, "<div class=\"wide\">");
	for (;;) {
		size_t n = span_find(rest, link);

		if (n >= rest.n)
			break;
		buf_add(b, rest.p, n);
		buf_addf(b, "\"#r%zu-", run);
		rest = span_skip(rest, n + link.n);
	}
	buf_add_span(b, rest);
	buf_add_str(b, "</div>\n");
}

static void add_messages(struct buf *b, const json_t *page, size_t run)
{
	const json_t *all = json_object_get(page, "messages"), *m;
	size_t i;

	if (json_array_size(all))
		element(b, "h3", "Messages");
	json_array_foreach(all, i, m)
	{
		buf_addf(b, "<details id=\"r%zu-m%" JSON_INTEGER_FORMAT "\">",
			 run, json_integer_value(json_object_get(m, "row")));
		element(b, "summary", run_text(m, "title"));
		element(b, "pre", run_text(m, "text"));
		buf_add_str(b, "</details>\n");
	}
}

static void add_figures(struct buf *b, const char *title, const json_t *all)
{
	const json_t *one;
	size_t i;

	if (json_array_size(all))
		element(b, "h3", title);
	json_array_foreach(all, i, one)
	{
		buf_add_str(b, "<figure>");
		element(b, "figcaption", run_text(one, "title"));
		buf_add_str(b, run_text(one, "figure"));
		if (json_object_get(one, "data"))
			buf_addf(b,
				 "<audio controls preload=\"none\" "
				 "src=\"data:audio/wav;base64,%s\"></audio>",
				 run_text(one, "data"));
		buf_add_str(b, "</figure>\n");
	}
}

static void add_changed_lines(struct buf *b, struct span text)
{
	struct span line;

	while (span_line(&text, &line)) {
		const char *element_name = NULL;
		char *body;

		if (line.n && *line.p != ' ')
			element_name = *line.p == '+' ? "ins" : "del";
		body = span_dup(span_skip(line, line.n ? 1 : 0));
		if (element_name)
			element(b, element_name, body);
		else
			text_xml(b, body);
		buf_add_char(b, '\n');
		free(body);
	}
}

static void add_documents(struct buf *b, const json_t *page)
{
	const json_t *all = json_object_get(page, "documents"), *one;
	size_t i;

	if (json_array_size(all))
		element(b, "h3", "Metadata as it was sent");
	json_array_foreach(all, i, one)
	{
		buf_add_str(b, "<details>");
		element(b, "summary", run_text(one, "title"));
		buf_add_str(b, "<pre>");
		add_changed_lines(b, span_of(run_text(one, "text")));
		buf_add_str(b, "</pre></details>\n");
	}
}

/* ---- the page ---- */

static void add_head_of(struct buf *b, const json_t *run, size_t i)
{
	struct buf title;

	buf_init(&title, PAGE_MAX);
	run_title(&title, run);
	buf_addf(b, "<section id=\"r%zu\" class=\"%s\"><h2>", i,
		 run_text(run, "status"));
	text_xml(b, buf_str(&title));
	buf_addf(b, "</h2><p><b class=\"%s\">%s</b> <code>",
		 run_text(run, "status"), run_text(run, "status"));
	text_xml(b, run_text(run, "file"));
	buf_addf(b,
		 "</code>, %s clock, seed %" JSON_INTEGER_FORMAT ", %.3f s</p>",
		 run_text(run, "clock"),
		 json_integer_value(json_object_get(run, "seed")),
		 (double)json_integer_value(
			 json_object_get(run, "duration_ms")) /
			 1e3);
	if (*run_text(run, "error"))
		element(b, "p", run_text(run, "error"));
	if (*run_text(run, "_again")) {
		buf_add_str(b, "<p>again: <code>");
		text_xml(b, run_text(run, "_again"));
		buf_add_str(b, "</code></p>\n");
	}
	buf_fini(&title);
}

static void add_run(struct buf *b, const json_t *run, size_t i)
{
	const json_t *page = json_object_get(run, "_page");

	add_head_of(b, run, i);
	add_table(b, "Checks", json_object_get(run, "expect"), check_columns);
	add_table(b, "Attempts", json_object_get(run, "attempts"),
		  attempt_columns);
	add_ladder(b, page, i);
	add_messages(b, page, i);
	add_table(b, "Events", json_object_get(run, "events"), event_columns);
	add_table(b, "Streams at the recorders",
		  json_object_get(run, "streams"), stream_columns);
	add_figures(b, "Loss and jitter over time",
		    json_object_get(page, "streams"));
	add_figures(b, "What was recorded", json_object_get(page, "sound"));
	add_documents(b, page);
	buf_add_str(b, "</section>\n");
}

static void add_list(struct buf *b, const json_t *runs)
{
	const json_t *run;
	struct buf title;
	size_t i;

	buf_add_str(b, "<nav class=\"wide\"><table>\n");
	json_array_foreach(runs, i, run)
	{
		buf_init(&title, PAGE_MAX);
		run_title(&title, run);
		buf_addf(b,
			 "<tr><td><b class=\"%s\">%s</b></td>"
			 "<td><a href=\"#r%zu\">",
			 run_text(run, "status"), run_text(run, "status"), i);
		text_xml(b, buf_str(&title));
		buf_add_str(b, "</a></td><td><code>");
		text_xml(b, run_text(run, "file"));
		buf_add_str(b, "</code></td></tr>\n");
		buf_fini(&title);
	}
	buf_add_str(b, "</table></nav>\n");
}

static void add_summary(struct buf *b, const struct totals *t)
{
	buf_addf(b, "<h1>siprec-src %s: %d passed, %d failed",
		 SIPREC_SRC_VERSION, t->passed, t->failed + t->errors);
	if (t->skipped)
		buf_addf(b, ", %d skipped", t->skipped);
	buf_add_str(b, "</h1>\n");
}

void report_html(FILE *f, const json_t *runs)
{
	struct totals t = runs_count(runs);
	const json_t *run;
	struct buf b;
	size_t i;

	buf_init(&b, PAGE_MAX);
	buf_addf(&b,
		 "<!DOCTYPE html>\n<html lang=\"en\"><head>"
		 "<meta charset=\"utf-8\"><meta name=\"viewport\" "
		 "content=\"width=device-width, initial-scale=1\">"
		 "<title>siprec-src: %d passed, %d failed</title><style>",
		 t.passed, t.failed + t.errors);
	buf_add_str(&b, style);
	buf_add_str(&b, "</style></head><body>\n");
	add_summary(&b, &t);
	add_list(&b, runs);
	json_array_foreach(runs, i, run) add_run(&b, run, i);
	buf_addf(&b, "<script>%s</script></body></html>\n", script);
	fwrite(buf_str(&b), 1, b.n, f);
	buf_fini(&b);
}
