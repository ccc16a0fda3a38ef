#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/xalloc.h"
#include "scenario/load.h"
#include "scenario/table.h"

#define HEAD "name: x\nsrs: [{name: vault}, {name: spare}]\n"

/* The one run of a text that must be right. */
static struct scenario *load_one(struct scn_set *set, const char *text)
{
	struct causes c;

	causes_init(&c);
	if (scn_load_text(set, "dir/f.yml", text, strlen(text), NULL, 0, &c) <
	    0)
		fail_msg("%s", c.at[0].text);
	causes_fini(&c);
	assert_int_equal(set->n, 1);
	return set->at[0];
}

static void check_default_call(const struct scn_call *c)
{
	assert_int_equal(c->n_parties, 2);
	assert_string_equal(c->party[SCN_CALLER].aor, "sip:alice@example.com");
	assert_string_equal(c->party[SCN_CALLEE].name, "Bob");
	assert_int_equal(c->answer_us, 1000000);
	assert_int_equal(c->end_us, 5000000);
	assert_true(c->ring_us == SCN_UNSET);
	assert_true(c->early_media_us == SCN_UNSET);
	assert_true(c->cancel_us == SCN_UNSET);
	assert_int_equal(c->reject, 0);
	assert_false(c->ended_by_callee);
	assert_int_equal(c->codecs.n, 2);
	assert_string_equal(c->codecs.at[0], "PCMU");
}

static void check_default_instance(const struct scn_instance *i)
{
	assert_string_equal(i->name, "default");
	assert_int_equal(i->n_servers, 1);
	assert_string_equal(i->server[0].name, "vault");
	assert_int_equal(i->server[0].srs, 0);
	assert_null(i->server[0].uri);
	assert_int_equal(i->answer_within_us, 32000000);
	assert_int_equal(i->start, SCN_START_SDP);
	assert_int_equal(i->select, SCN_SELECT_SEQUENCE);
	assert_null(i->skip_failover_codes);
	assert_false(i->follow_redirects);
}

static void test_load_postcard(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(&set, "name: P\nsrs:\n  - name: vault\n");

	(void)state;
	assert_string_equal(s->name, "P");
	assert_string_equal(s->file, "dir/f.yml");
	assert_string_equal(s->stem, "f");
	assert_int_equal(s->clock, SCN_CLOCK_AUTO);
	assert_int_equal(s->seed, 1);
	assert_false(s->seed_set);
	assert_int_equal(s->load.calls, 1);
	check_default_call(&s->call);
	check_default_instance(&s->instance[0]);
	assert_string_equal(s->srs[0].listen, "udp:127.0.0.1:0");
	assert_int_equal(s->srs[0].wait_us, 0);
	assert_int_equal(s->srs[0].place.line, 3);
	assert_int_equal(s->media[SCN_CALLER].source, SCN_SOURCE_TONE);
	assert_int_equal((int)s->media[SCN_CALLER].hz, 440);
	assert_int_equal((int)s->media[SCN_CALLEE].hz, 660);
	assert_int_equal(s->n_steps + s->n_checks + s->warnings.n, 0);
	assert_int_equal(scenario_length_us(s), 5000000);
	assert_int_equal(scenario_clock(s, SCN_CLOCK_AUTO), SCN_CLOCK_VIRTUAL);
	assert_int_equal(scenario_clock(s, SCN_CLOCK_REAL), SCN_CLOCK_REAL);
	scn_set_fini(&set);
}

static void test_load_call(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(
		&set, HEAD "call:\n"
			   "  caller: '\"A. B\" <sips:a@h>'\n"
			   "  callee: {aor: \"tel:+49123\"}\n"
			   "  parties: {carol: '\"C \\\"\\\\\" <sip:c@h>'}\n"
			   "  connected: {aor: \"sip:d@h\", name: D}\n"
			   "  ring: 100ms\n  answer: 2s\n  reject: 486\n"
			   "  ended_by: callee\n  codecs: PCMA\n"
			   "  video: [VP8, H264]\n  video_answer: refuse\n"
			   "  headers: \"X-A: 1\\r\\nX-B: 2\\r\\n\"\n"
			   "media: {callee: {silence: true, loss: 2%}}\n");

	(void)state;
	assert_int_equal(s->call.n_parties, 3);
	assert_string_equal(s->call.party[0].name, "A. B");
	assert_string_equal(s->call.party[0].aor, "sips:a@h");
	assert_string_equal(s->call.party[1].aor, "tel:+49123");
	assert_null(s->call.party[1].name);
	assert_string_equal(s->call.party[2].id, "carol");
	assert_string_equal(s->call.party[2].name, "C \"\\");
	assert_string_equal(s->call.connected.aor, "sip:d@h");
	assert_string_equal(s->call.connected.name, "D");
	assert_int_equal(s->call.ring_us, 100000);
	assert_int_equal(s->call.reject, 486);
	assert_true(s->call.ended_by_callee);
	assert_int_equal(s->call.codecs.n, 1);
	assert_int_equal(s->call.video.n, 2);
	assert_string_equal(s->call.video.at[1], "H264");
	assert_true(s->call.video_refused);
	assert_int_equal(s->call.headers.n, 2);
	assert_string_equal(s->call.headers.at[1], "X-B: 2");
	assert_int_equal(s->media[1].source, SCN_SOURCE_SILENCE);
	assert_true(fabs(s->media[1].loss - 0.02) < 1e-9);
	assert_int_equal(s->media[2].source, SCN_SOURCE_SILENCE);
	assert_int_equal(scenario_length_us(s), 2000000);
	scn_set_fini(&set);
}

/* Nobody answers before a CANCEL, unless the file says when. */
static void test_load_cancel_moves_default_answer(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(&set, HEAD "call: {cancel: 2s}\n");

	(void)state;
	assert_int_equal(s->call.cancel_us, 2000000);
	assert_int_equal(s->call.answer_us, 3000000);
	scn_set_fini(&set);
	s = load_one(&set, HEAD "timeline: [{at: 3s, cancel: call}]\n");
	assert_int_equal(s->call.answer_us, 4000000);
	scn_set_fini(&set);
}

static void test_load_instances_inherit(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(
		&set, HEAD "src:\n  group: g\n  headers: \"X-A: 1\"\n"
			   "  servers: [spare, \"sip:h:5070\", vault]\n"
			   "  instances:\n    one: {group: h, servers: vault}\n"
			   "    two:\n");

	(void)state;
	assert_int_equal(s->n_instances, 2);
	assert_string_equal(s->instance[0].name, "one");
	assert_string_equal(s->instance[0].group, "h");
	assert_string_equal(s->instance[0].headers.at[0], "X-A: 1");
	assert_int_equal(s->instance[0].n_servers, 1);
	assert_string_equal(s->instance[1].group, "g");
	assert_int_equal(s->instance[1].n_servers, 3);
	assert_int_equal(s->instance[1].server[0].srs, 1);
	assert_int_equal(s->instance[1].server[1].srs, -1);
	assert_string_equal(s->instance[1].server[1].uri, "sip:h:5070");
	assert_int_equal(s->instance[1].server[2].place.col, 34);
	assert_int_equal(scenario_clock(s, SCN_CLOCK_AUTO), SCN_CLOCK_REAL);
	scn_set_fini(&set);
}

static void test_load_srs(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(
		&set,
		"name: x\nsrs:\n"
		"  - {name: a, refuse: 486, ring: 50ms, wait: 3s}\n"
		"  - {name: b, answer: never}\n"
		"  - {name: c, answer: inactive, die_after: 2s, mode: strict}\n"
		"  - {name: d, redirect: \"sip:b@h\"}\n"
		"  - {name: e, uri: \"sip:e@192.0.2.1\"}\n");

	(void)state;
	assert_int_equal(s->srs[0].refuse, 486);
	assert_int_equal(s->srs[0].ring_us, 50000);
	assert_int_equal(s->srs[0].wait_us, 3000000);
	assert_int_equal(s->srs[1].answer, SCN_ANSWER_NEVER);
	assert_int_equal(s->srs[2].answer, SCN_ANSWER_INACTIVE);
	assert_int_equal(s->srs[2].die_after_us, 2000000);
	assert_true(s->srs[2].bye_after_us == SCN_UNSET);
	assert_true(s->srs[2].strict);
	assert_string_equal(s->srs[3].redirect, "sip:b@h");
	assert_string_equal(s->instance[0].server[4].uri, "sip:e@192.0.2.1");
	assert_int_equal(scenario_srs(s, "d"), 3);
	assert_int_equal(scenario_srs(s, "z"), -1);
	scn_set_fini(&set);
}

static void test_load_timeline(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(
		&set, HEAD "timeline:\n"
			   "  - {at: 2s, pause: recording}\n"
			   "  - {after: 500ms, resume: default}\n"
			   "  - {when: start, bye: recording, by: vault}\n"
			   "  - {at: 3s, kill: spare}\n"
			   "  - {at: 7s, revive: recorder, by: spare}\n"
			   "  - {at: 4s, bye: call}\n");

	(void)state;
	assert_int_equal(s->n_steps, 6);
	assert_int_equal(s->step[0].kind, SCN_AT);
	assert_int_equal(s->step[0].verb, SCN_VERB_PAUSE);
	assert_string_equal(s->step[0].target, "recording");
	assert_int_equal(s->step[0].srs, -1);
	assert_int_equal(s->step[0].place.line, 4);
	assert_int_equal(s->step[1].kind, SCN_AFTER);
	assert_int_equal(s->step[1].time_us, 500000);
	assert_string_equal(s->step[1].target, "default");
	assert_int_equal(s->step[2].kind, SCN_WHEN);
	assert_string_equal(s->step[2].when, "start");
	assert_int_equal(s->step[2].srs, 0);
	assert_int_equal(s->step[3].srs, 1);
	assert_int_equal(s->step[4].verb, SCN_VERB_REVIVE);
	assert_int_equal(s->step[4].srs, 1);
	assert_string_equal(s->step[5].target, "caller");
	assert_int_equal(scenario_length_us(s), 7500000);
	scn_set_fini(&set);
}

static void test_load_identities(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(
		&set,
		HEAD "call: {parties: {eve: \"sip:e@h\", dan: \"sip:d@h\"}}\n"
		     "timeline:\n"
		     "  - {at: 2s, transfer: callee, to: dan, by: update}\n"
		     "  - {at: 3s, identity: caller, to: \"A B <sip:a@h>\"}\n");

	(void)state;
	assert_int_equal(s->step[0].verb, SCN_VERB_TRANSFER);
	assert_int_equal(s->step[0].to_party, 3);
	assert_true(s->step[0].by_update);
	assert_string_equal(s->step[0].target, "callee");
	assert_int_equal(s->step[1].verb, SCN_VERB_IDENTITY);
	assert_string_equal(s->step[1].to.aor, "sip:a@h");
	assert_string_equal(s->step[1].to.name, "A B");
	assert_false(s->step[1].by_update);
	scn_set_fini(&set);
}

#define CHECKS                                                                 \
	HEAD "expect:\n"                                                       \
	     "  - {recorded_by: nobody}\n"                                     \
	     "  - {attempts: [ \"vault   486\", spare timeout]}\n"             \
	     "  - {events: [failover, {event: start, has: {server: v}}]}\n"    \
	     "  - {requests: [], to: vault}\n"                                 \
	     "  - {reply: INVITE, code: 200, within: 1s}\n"                    \
	     "  - {rtp: vault/caller, packets: 190..210, loss: ..2%,\n"        \
	     "     jitter: ..5ms, order: true, ssrc: 0x0000000A}\n"            \
	     "  - {audio: spare/callee, tone: 660Hz}\n"                        \
	     "  - {header: Require, has: [siprec]}\n"                          \
	     "  - {quiet: vault, between: [2.1s, 2.9s]}\n"                     \
	     "  - {metadata: \"//x\", is: \"2\", at: 2}\n"                     \
	     "  - {metadata_valid: false}\n"                                   \
	     "  - {sdp: offer, media: 1, not: [\"a=x\"], at: 3s}\n"            \
	     "  - {same: metadata, across: [vault, spare]}\n"                  \
	     "  - {files: \"*.wav\", count: 2.., duration: 5s}\n"

static void check_hunt_checks(const struct scn_check *c)
{
	assert_int_equal(c[0].kind, SCN_CHECK_RECORDED_BY);
	assert_string_equal(c[0].key, "recorded_by");
	assert_string_equal(c[0].source, "{recorded_by: nobody}");
	assert_int_equal(c[0].place.line, 4);
	assert_int_equal(c[0].place.col, 5);
	assert_int_equal(c[0].list.n, 0);
	assert_true(c[0].within_us == SCN_UNSET);
	assert_string_equal(c[1].list.at[0], "vault 486");
	assert_string_equal(c[1].list.at[1], "spare timeout");
	assert_int_equal(c[2].n_events, 2);
	assert_string_equal(c[2].event[0].name, "failover");
	assert_string_equal(c[2].event[1].has_key.at[0], "server");
	assert_string_equal(c[2].event[1].has_value.at[0], "v");
	assert_int_equal(c[3].list.n, 0);
	assert_string_equal(c[3].to.at[0], "vault");
	assert_string_equal(c[4].subject, "INVITE");
	assert_int_equal((int)c[4].code.min, 200);
	assert_int_equal(c[4].within_us, 1000000);
}

static void check_media_checks(const struct scn_check *c)
{
	assert_string_equal(c[5].subject, "vault");
	assert_string_equal(c[5].party, "caller");
	assert_int_equal((int)c[5].packets.max, 210);
	assert_true(fabs(c[5].loss.max - 0.02) < 1e-9);
	assert_true(isinf(c[5].loss.min));
	assert_int_equal((int)c[5].jitter.max, 5000);
	assert_true(c[5].order && c[5].order_set && c[5].has_ssrc);
	assert_int_equal(c[5].ssrc, 10);
	assert_false(c[5].max_gap.set);
	assert_int_equal((int)c[6].hz, 660);
	assert_string_equal(c[7].of, "INVITE");
	assert_int_equal(c[8].from_us, 2100000);
	assert_int_equal(c[8].until_us, 2900000);
}

static void test_load_checks(void **state)
{
	struct scn_set set;
	const struct scn_check *c = load_one(&set, CHECKS)->check;

	(void)state;
	assert_int_equal(set.at[0]->n_checks, 14);
	check_hunt_checks(c);
	check_media_checks(c);
	assert_int_equal(c[9].at, SCN_AT_NTH);
	assert_int_equal(c[9].at_nth, 2);
	assert_string_equal(c[9].is, "2");
	assert_false(c[10].wanted);
	assert_int_equal(c[11].at, SCN_AT_TIME);
	assert_int_equal(c[11].at_us, 3000000);
	assert_int_equal(c[11].media, 1);
	assert_string_equal(c[11].has_not.at[0], "a=x");
	assert_string_equal(c[12].across.at[1], "spare");
	assert_int_equal((int)c[13].count.min, 2);
	assert_int_equal((int)c[13].duration.max, 5000000);
	scn_set_fini(&set);
}

/* ---- warnings ---- */

static const struct code_row {
	const char *pattern;
	const char *warning; /* NULL: none */
} codes[] = {
	{"486", NULL},
	{"^4", "is short: it matches all of 400-499 (100 of 400 codes)"},
	{"^4..$", NULL},
	{"4..", NULL},
	{"486|603", NULL},
	{"4", "is matched anywhere in the code: it matches all of 400-499, and "
	      "304, 314, 324, 334, .. (157 of 400 codes)"},
	{"48", "it matches 348, 448, 480, 481, .. (14 of 400 codes)"},
	{"^4|99", "it matches all of 400-499, and 399, 599, 699 (103 of 400"},
	{"^2..", "matches no code of 300-699"},
	{".*", "is short: it matches all of 300-399, all of 400-499"},
};

static void test_load_skip_code_warnings(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		char *text = xasprintf(HEAD "src: {skip_failover_codes: '%s'}"
					    "\n",
				       codes[i].pattern);
		struct scn_set set;
		struct scenario *s = load_one(&set, text);

		assert_int_equal(s->warnings.n, codes[i].warning != NULL);
		if (codes[i].warning &&
		    !strstr(s->warnings.at[0], codes[i].warning))
			fail_msg("%s: %s", codes[i].pattern, s->warnings.at[0]);
		scn_set_fini(&set);
		free(text);
	}
}

static void test_load_warns_of_no_start(void **state)
{
	struct scn_set set;
	struct scenario *s = load_one(&set, HEAD "src: {start: manual}\n");

	(void)state;
	assert_int_equal(s->warnings.n, 1);
	assert_string_equal(s->warnings.at[0],
			    "dir/f.yml:3:6: warning: 'start: manual', and no "
			    "step starts 'default'");
	scn_set_fini(&set);
}

/* ---- files ---- */

struct tree {
	char root[64];
};

static void touch(const char *root, const char *name, const char *text)
{
	char *path = xasprintf("%s/%s", root, name);
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	fputs(text, f);
	fclose(f);
	free(path);
}

static void make_dir(const char *root, const char *name)
{
	char *path = xasprintf("%s/%s", root, name);

	assert_int_equal(mkdir(path, 0700), 0);
	free(path);
}

static int setup_tree(void **state)
{
	struct tree *t = xcalloc(1, sizeof(*t));

	snprintf(t->root, sizeof(t->root), "/tmp/siprec-src-test-XXXXXX");
	if (!mkdtemp(t->root))
		return -1;
	make_dir(t->root, "b");
	make_dir(t->root, "none");
	touch(t->root, "z.yml",
	      "name: x\nsrs: {name: v}\nmedia: {caller: "
	      "{wav: b/tone.wav}}\n");
	touch(t->root, "b/a.yaml", "name: x\nsrs: {name: v}\n");
	touch(t->root, "b/tone.wav", "RIFF");
	touch(t->root, "none/.yml", "");
	*state = t;
	return 0;
}

static int teardown_tree(void **state)
{
	static const char *const names[] = {"none/.yml", "none", "b/tone.wav",
					    "b/a.yaml",	 "b",	 "z.yml"};
	struct tree *t = *state;
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(*names); i++) {
		char *path = xasprintf("%s/%s", t->root, names[i]);

		remove(path);
		free(path);
	}
	rmdir(t->root);
	free(t);
	return 0;
}

static void test_find_recursive_and_sorted(void **state)
{
	struct tree *t = *state;
	char *z = xasprintf("%s/z.yml", t->root);
	char *path[] = {z, t->root};
	struct scn_strings files;
	struct err e = ERR_INIT;

	assert_int_equal(scn_find(&files, path, 2, &e), 0);
	assert_int_equal(files.n, 2);
	assert_non_null(strstr(files.at[0], "/b/a.yaml"));
	assert_string_equal(files.at[1], z);
	scn_strings_fini(&files);
	free(z);
}

static void test_find_nothing(void **state)
{
	struct tree *t = *state;
	char *none = xasprintf("%s/none", t->root);
	char *missing = xasprintf("%s/missing", t->root);
	struct scn_strings files;
	struct err e = ERR_INIT;

	assert_int_equal(scn_find(&files, &none, 1, &e), -1);
	assert_int_equal(e.kind, ERR_EMPTY);
	assert_int_equal(scn_find(&files, &missing, 1, &e), -1);
	assert_int_equal(e.kind, ERR_ENV);
	free(none);
	free(missing);
}

static void test_load_file_names_are_relative_to_the_file(void **state)
{
	struct tree *t = *state;
	char *path = xasprintf("%s/z.yml", t->root);
	char *wav = xasprintf("%s/b/tone.wav", t->root);
	struct scn_set set;
	struct causes c;

	causes_init(&c);
	assert_int_equal(scn_load(&set, path, NULL, 0, &c), 0);
	assert_int_equal(set.at[0]->media[0].source, SCN_SOURCE_WAV);
	assert_string_equal(set.at[0]->media[0].path, wav);
	scn_set_fini(&set);
	causes_fini(&c);
	free(path);
	free(wav);
}

/* ---- what is made of the table ---- */

static void test_table_prints_every_key(void **state)
{
	char *text = NULL;
	size_t n = 0;
	FILE *out = open_memstream(&text, &n);

	(void)state;
	scn_table_print_man(out);
	fclose(out);
	assert_non_null(strstr(text, ".BR skip_failover_codes"));
	assert_non_null(strstr(text, "(sdp | answer | manual; default sdp)"));
	assert_non_null(strstr(text, "(udp | tcp | tls | auto)"));
	assert_non_null(strstr(text, ".BR login"));
	assert_null(strstr(text, ".BR dialect"));
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_load_postcard),
		cmocka_unit_test(test_load_call),
		cmocka_unit_test(test_load_cancel_moves_default_answer),
		cmocka_unit_test(test_load_instances_inherit),
		cmocka_unit_test(test_load_srs),
		cmocka_unit_test(test_load_timeline),
		cmocka_unit_test(test_load_identities),
		cmocka_unit_test(test_load_checks),
		cmocka_unit_test(test_load_skip_code_warnings),
		cmocka_unit_test(test_load_warns_of_no_start),
		cmocka_unit_test_setup_teardown(test_find_recursive_and_sorted,
						setup_tree, teardown_tree),
		cmocka_unit_test_setup_teardown(test_find_nothing, setup_tree,
						teardown_tree),
		cmocka_unit_test_setup_teardown(
			test_load_file_names_are_relative_to_the_file,
			setup_tree, teardown_tree),
		cmocka_unit_test(test_table_prints_every_key),
	};

	return cmocka_run_group_tests_name("scenario_load", tests, NULL, NULL);
}
