/*
 * All runs in the format of the contract.
 */
#include "report/report.h"

#include <stdlib.h>

#include "report/text.h"

static json_t *summary_json(const json_t *runs)
{
	struct totals t = runs_count(runs);

	return json_pack("{s:i, s:i, s:i, s:i}", "passed", t.passed, "failed",
			 t.failed, "errors", t.errors, "skipped", t.skipped);
}

/* A copy without the keys that are ours alone. */
static json_t *public_of(const json_t *run)
{
	json_t *out = json_object(), *value;
	const char *key;

	json_object_foreach((json_t *)(uintptr_t)run, key,
			    value) if (key[0] != '_')
		json_object_set(out, key, value);
	return out;
}

void report_json(FILE *f, const json_t *runs)
{
	json_t *all = json_object(), *list = json_array(), *run;
	size_t i;

	json_object_set_new(all, "format", json_integer(1));
	json_object_set_new(all, "tool",
			    json_string("siprec-src " SIPREC_SRC_VERSION));
	json_object_set_new(all, "summary", summary_json(runs));
	json_array_foreach(runs, i, run)
		json_array_append_new(list, public_of(run));
	json_object_set_new(all, "scenarios", list);
	json_dumpf(all, f, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	fputc('\n', f);
	json_decref(all);
}
