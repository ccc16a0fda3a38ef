#include "report/warnings.h"

#include <stdlib.h>

#include "core/xalloc.h"
#include "report/streams.h"
#include "report/text.h"

enum { LINES_MAX = 20 };

static json_t *make(const struct report_input *in, const struct trace_note *n)
{
	json_t *o = json_object();

	if (in->s->load.calls > 1 && n->call >= 0)
		json_object_set_new(o, "call", json_integer(n->call + 1));
	json_object_set_new(o, "who", text_json(n->who));
	json_object_set_new(o, "text", text_json(n->text));
	json_object_set_new(o, "at_ms",
			    json_integer((json_int_t)report_call_ms(
				    in->t, n->call, n->at_us)));
	json_object_set_new(o, "times", json_integer(1));
	return o;
}

/* `seen`: those of `out`, by what they say. */
static void take(json_t *out, json_t *seen, json_t *warning)
{
	char *key = xasprintf("%s: %s", run_text(warning, "who"),
			      run_text(warning, "text"));
	const json_t *before = json_object_get(seen, key);
	json_t *times = json_object_get(before, "times");

	if (before) {
		json_integer_set(times, json_integer_value(times) + 1);
	} else {
		json_object_set(seen, key, warning);
		json_array_append(out, warning);
	}
	json_decref(warning);
	free(key);
}

json_t *warnings_json(const struct report_input *in)
{
	json_t *out = json_array(), *seen = json_object();
	size_t i;

	for (i = 0; in->t && i < trace_n_notes(in->t); i++) {
		const struct trace_note *n = trace_note_at(in->t, i);

		if (n->kind == TRACE_WARNING)
			take(out, seen, make(in, n));
	}
	json_decref(seen);
	return out;
}

static void add_line(struct buf *b, const char *indent, const json_t *w)
{
	const char *who = run_text(w, "who");
	json_int_t times = json_integer_value(json_object_get(w, "times"));

	buf_addf(b, "%swarning: %s%s%s", indent, who, *who ? ": " : "",
		 run_text(w, "text"));
	if (times > 1)
		buf_addf(b, " (%" JSON_INTEGER_FORMAT " times)", times);
	buf_add_char(b, '\n');
}

void warnings_text(struct buf *b, const char *indent, const json_t *warnings)
{
	size_t n = json_array_size(warnings), i;

	for (i = 0; i < n && i < LINES_MAX; i++)
		add_line(b, indent, json_array_get(warnings, i));
	if (n > LINES_MAX)
		buf_addf(b, "%s... and %zu warnings more\n", indent,
			 n - LINES_MAX);
}
