/* When a run ends: not before all is done, and not for ever after. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "core/buf.h"
#include "scenario/load.h"
#include "world/world.h"

#define SECOND INT64_C(1000000)

static const struct {
	const char *name, *text;
	int64_t least_us, most_us; /* length of the run */
} rows[] = {
	{"with the call",
	 "call: {end: 3s}\n"
	 "srs: [{name: a}]\n",
	 3 * SECOND, 4 * SECOND},
	{"with the last step",
	 "call: {end: 2s}\n"
	 "srs: [{name: a}]\n"
	 "timeline: [{at: 20s, stop: recording}]\n",
	 20 * SECOND, 21 * SECOND},
	{"with the last step of a chain, however long",
	 "call: {end: 2s}\n"
	 "srs: [{name: a}]\n"
	 "timeline: [{at: 1s, pause: recording}, {after: 500s, resume: "
	 "recording},"
	 " {after: 500s, stop: recording}]\n",
	 1001 * SECOND, 1002 * SECOND},
	{"with a step that an event began",
	 "call: {end: 2s}\n"
	 "srs: [{name: a}]\n"
	 "timeline: [{when: stop, start: recording},"
	 " {after: 9s, stop: recording}]\n",
	 11 * SECOND, 12 * SECOND},
	{"without a step whose event never comes",
	 "call: {end: 2s}\n"
	 "srs: [{name: a}]\n"
	 "timeline: [{when: exhausted, start: recording}]\n",
	 2 * SECOND, 3 * SECOND},
	{"timer F after a BYE that nobody answers",
	 "call: {end: 2s}\n"
	 "srs: [{name: a}]\n"
	 "timeline: [{at: 1990ms, kill: a}]\n",
	 2 * SECOND, 36 * SECOND},
};

static void check_row(size_t i)
{
	struct world_conf conf = {.clock = SCN_CLOCK_VIRTUAL, .seed = 1};
	struct err e = ERR_INIT;
	struct world_result r;
	struct causes causes;
	struct scn_set set;
	struct buf text;
	size_t n;

	buf_init(&text, 4096);
	buf_addf(&text, "name: end\n%s", rows[i].text);
	causes_init(&causes);
	if (scn_load_text(&set, "end.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		fail_msg("%s: %s", rows[i].name, causes.at[0].text);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("%s: %s", rows[i].name, e.text);
	for (n = 0; n < trace_n_notes(r.trace); n++)
		if (strstr(trace_note_at(r.trace, n)->text, "never came"))
			fail_msg("%s: cut off", rows[i].name);
	if (r.duration_us < rows[i].least_us || r.duration_us > rows[i].most_us)
		fail_msg("%s: %lld us", rows[i].name, (long long)r.duration_us);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
	buf_fini(&text);
}

static void test_run_ends(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_run_ends),
	};

	return cmocka_run_group_tests_name("world_end", tests, NULL, NULL);
}
