/* Verbs at any moment, in any order: whatever a user asks comes to something, no
 * recording is left open and none stops without having started. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "meta/meta.h"
#include "scenario/load.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/view.h"
#include "world/world.h"
#include "storm.h"

enum { DIALOGS = 64 };

/* What changes who sends a request when. */
static const struct {
	const char *src;
	bool pairs; /* each start has its stop */
} settings[] = {
	{"", true},
	{"on_loss: failover", true},
	{"start: answer, headers_on: all", true},
	{"session_expires: 90s", true},
	{"profile: opensips", false},
};

static void check_pairs(const struct trace *t, uint64_t seed)
{
	int open = 0;
	size_t i;

	for (i = 0; i < trace_n_events(t); i++) {
		const char *kind = trace_event_at(t, i)->kind;

		if (strcmp(kind, "start") == 0)
			open++;
		if (strcmp(kind, "stop") == 0)
			open--;
		if (open < 0 || open > 1)
			fail_msg("seed %u: start and stop do not pair",
				 (unsigned)seed);
	}
	if (open)
		fail_msg("seed %u: a recording never stopped", (unsigned)seed);
}

static void check_trace(const struct trace *t, uint64_t seed)
{
	size_t i;

	for (i = 0; i < trace_n_steps(t); i++)
		if (!trace_step_at(t, i)->result)
			fail_msg("seed %u: a verb came to nothing",
				 (unsigned)seed);
	for (i = 0; i < trace_n_attempts(t); i++)
		if (!trace_attempt_at(t, i)->result)
			fail_msg("seed %u: an attempt is still open",
				 (unsigned)seed);
	for (i = 0; i < trace_n_notes(t); i++)
		if (strstr(trace_note_at(t, i)->text, "never came to its end"))
			fail_msg("seed %u: never came to rest", (unsigned)seed);
}

static void check_left(const struct world_left *left, uint64_t seed)
{
	size_t n = left->timers + left->transactions + left->dialogs +
		   left->flows + left->descriptors;

	if (n)
		fail_msg("seed %u: %zu things left open", (unsigned)seed, n);
}

/* The newest offer in a dialog with a recorder. */
struct told {
	struct span call_id;
	struct sdp *sdp;
};

/* No line moves or goes away, and what has lived keeps its label (RFC 3264
 * section 8). */
static void check_lines(const struct sdp *before, const struct sdp *now,
			uint64_t seed)
{
	size_t m;

	if (now->n_media < before->n_media)
		fail_msg("seed %u: an m-line went away", (unsigned)seed);
	for (m = 0; m < before->n_media; m++) {
		const struct sdp_media *a = &before->media[m];
		const struct sdp_media *b = &now->media[m];

		if (strcmp(a->type, b->type) != 0 ||
		    (a->label[0] && b->label[0] &&
		     strcmp(a->label, b->label) != 0))
			fail_msg("seed %u: an m-line moved", (unsigned)seed);
	}
}

static void check_document(const struct sdp *sdp, struct span xml,
			   uint64_t seed)
{
	const char *label[SDP_MEDIA];
	struct meta_faults faults = {NULL, 0};
	size_t m, n = 0;

	for (m = 0; m < sdp->n_media; m++)
		if (sdp->media[m].port)
			label[n++] = sdp->media[m].label;
	if (meta_check(xml, label, n, true, &faults))
		fail_msg("seed %u: %s", (unsigned)seed, faults.at[0].text);
	meta_faults_fini(&faults);
}

static struct told *told_in(struct told *all, size_t n, struct span call_id)
{
	size_t i = 0;

	while (i < n && all[i].sdp && !span_eq(all[i].call_id, call_id))
		i++;
	assert_true(i < n);
	all[i].call_id = call_id;
	return &all[i];
}

static void check_offer(const struct trace_sip *m, struct told *told,
			uint64_t seed)
{
	struct sip_view v;
	struct mime mime;
	struct sdp *sdp;

	if (!sip_view(m->text, &v) || mime_of(&mime, &v, NULL) < 0 ||
	    !mime_metadata(&mime) || !mime_find(&mime, "application/sdp"))
		return;
	sdp = sdp_parse(mime_find(&mime, "application/sdp")->body, NULL);
	assert_non_null(sdp);
	if (told->sdp)
		check_lines(told->sdp, sdp, seed);
	check_document(sdp, mime_metadata(&mime)->body, seed);
	sdp_free(told->sdp);
	told->sdp = sdp;
}

static void check_offers(const struct trace *t, uint64_t seed)
{
	struct told told[DIALOGS] = {{span_of(""), NULL}};
	size_t i;

	for (i = 0; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);

		if (strcmp(m->from, "src") == 0 && m->request && !m->again &&
		    span_is(m->method, "INVITE"))
			check_offer(m, told_in(told, DIALOGS, m->call_id),
				    seed);
	}
	for (i = 0; i < DIALOGS; i++)
		sdp_free(told[i].sdp);
}

static void storm(uint64_t seed)
{
	struct world_conf conf = {
		.clock = SCN_CLOCK_VIRTUAL, .seed = seed, .leaks = true};
	/* apart from what the seed's remainders decide */
	size_t n = seed / 6 % (sizeof(settings) / sizeof(settings[0]));
	struct world_result r;
	struct causes causes;
	struct err e = ERR_INIT;
	struct scn_set set;
	struct buf text;

	causes_init(&causes);
	buf_init(&text, 4096);
	storm_write(&text, seed, settings[n].src);
	if (scn_load_text(&set, "storm.yml", text.p, text.n, NULL, 0, &causes) <
	    0)
		fail_msg("seed %u: %s\n%s", (unsigned)seed, causes.at[0].text,
			 text.p);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("seed %u: %s", (unsigned)seed, e.text);
	check_trace(r.trace, seed);
	if (settings[n].pairs) {
		check_pairs(r.trace, seed);
		check_offers(r.trace, seed);
	}
	check_left(&r.left, seed);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
	buf_fini(&text);
}

static void test_storm_of_verbs(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 400; seed++)
		storm(seed);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_storm_of_verbs),
	};

	if (argc > 1) {
		storm(strtoull(argv[1], NULL, 10));
		return 0;
	}
	return cmocka_run_group_tests_name("world_storm", tests, NULL, NULL);
}
