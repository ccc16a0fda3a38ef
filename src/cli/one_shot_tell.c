/* What is said of a run that a command made. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/one_shot.h"
#include "core/log.h"
#include "core/loop.h"
#include "core/xalloc.h"
#include "expect/expect.h"

enum { WHY_MAX = 4096, WARNINGS_MAX = 20 };

static void print_attempts(const struct trace *t)
{
	size_t i;

	for (i = 0; i < trace_n_attempts(t); i++) {
		const struct trace_attempt *a = trace_attempt_at(t, i);

		printf("%s: %s%s%s\n", a->uri, a->result ? a->result : "open",
		       a->why ? " " : "", a->why ? a->why : "");
	}
}

/* RFC 3550 section 6.4.1: what the recorder said of it last. */
static void print_report(const struct trace_rtp *r)
{
	if (!r->reported)
		return;
	printf("; it reports %" PRId32 " lost, jitter %.1f ms",
	       r->reported_lost, r->reported_jitter_us / 1e3);
	if (r->reported_rtt_us >= 0)
		printf(", round trip %.1f ms",
		       (double)r->reported_rtt_us / 1e3);
}

static void print_stream(const struct trace_rtp *r)
{
	char dst[ADDR_TEXT];

	printf("%s: label %s, %s, %s%s%" PRIu64 " packets to %s",
	       r->party ? r->party : "?", r->label ? r->label : "?",
	       r->codec ? r->codec : "?", r->suite ? r->suite : "",
	       r->suite ? ", " : "", r->sent, addr_text(&r->dst, dst));
	print_report(r);
	putchar('\n');
}

/* Calls as they came, the streams of each by their labels. */
static int by_label(const void *a, const void *b)
{
	const struct trace_rtp *r = *(const struct trace_rtp *const *)a;
	const struct trace_rtp *s = *(const struct trace_rtp *const *)b;
	int order = strcmp(r->label ? r->label : "", s->label ? s->label : "");

	if (r->call != s->call)
		return r->call < s->call ? -1 : 1;
	if (order)
		return order;
	return r->first_sent_us < s->first_sent_us
		       ? -1
		       : r->first_sent_us > s->first_sent_us;
}

static void print_streams(const struct trace *t)
{
	size_t i, n = 0;
	const struct trace_rtp **sent = xcalloc(trace_n_rtp(t) + 1,
						sizeof(*sent));

	for (i = 0; i < trace_n_rtp(t); i++)
		if (trace_rtp_at(t, i)->server && trace_rtp_at(t, i)->sent)
			sent[n++] = trace_rtp_at(t, i);
	qsort(sent, n, sizeof(*sent), by_label);
	for (i = 0; i < n; i++)
		print_stream(sent[i]);
	free(sent);
}

static void print_files(const struct trace *t)
{
	size_t i;

	for (i = 0; i < trace_n_files(t); i++)
		printf("kept %s\n", trace_file_at(t, i)->path);
}

static bool is_repeat(const struct trace *t, size_t at)
{
	const struct trace_note *n = trace_note_at(t, at), *b;
	size_t i;

	for (i = 0; i < at; i++) {
		b = trace_note_at(t, i);
		if (b->kind == TRACE_WARNING && strcmp(b->text, n->text) == 0 &&
		    strcmp(b->who ? b->who : "", n->who ? n->who : "") == 0)
			return true;
	}
	return false;
}

static void print_warnings(const struct trace *t)
{
	size_t i, n = 0;

	for (i = 0; i < trace_n_notes(t); i++) {
		const struct trace_note *note = trace_note_at(t, i);

		if (note->kind != TRACE_WARNING || is_repeat(t, i))
			continue;
		if (n++ == WARNINGS_MAX) {
			log_warn("... and more like these");
			return;
		}
		log_warn("%s%s%s", note->who ? note->who : "",
			 note->who ? ": " : "", note->text);
	}
}

/* From the first that was recorded to the last, whatever the calls took. */
static double recorded_s(const struct trace *t)
{
	int64_t from_us = -1, to_us = 0;
	size_t i;

	for (i = 0; i < trace_n_events(t); i++) {
		const struct trace_event *e = trace_event_at(t, i);

		if (from_us < 0 && strcmp(e->kind, "start") == 0)
			from_us = e->at_us;
		if (strcmp(e->kind, "stop") == 0)
			to_us = e->at_us;
	}
	return from_us < 0 || to_us < from_us ? 0
					      : (double)(to_us - from_us) / 1e6;
}

/* What went to recorders, of all that the parties of a captured call sent. */
static void add_packets(struct buf *b, const struct trace *t, int call)
{
	uint64_t sent = 0, all = 0;
	size_t i;

	for (i = 0; i < trace_n_rtp(t); i++)
		if (trace_rtp_at(t, i)->server &&
		    trace_rtp_at(t, i)->call == call)
			sent += trace_rtp_at(t, i)->sent;
	for (i = 0; i < trace_n_originals(t); i++)
		if (trace_original_at(t, i)->call == call)
			all += trace_original_at(t, i)->n_log;
	if (sent >= all)
		buf_addf(b,
			 "; %" PRIu64 " packets were sent, and how many of "
			 "them it has is not known",
			 sent);
	else
		buf_addf(b,
			 "; %" PRIu64 " of the %" PRIu64
			 " packets of the call were sent to it",
			 sent, all);
}

/* Whether all recordings lasted as long as their calls. */
static bool tell_order(const struct trace *t)
{
	int n = trace_calls(t), call, bad = 0;
	struct buf why, one;

	buf_init(&why, WHY_MAX);
	for (call = 0; call < n; call++) {
		buf_init(&one, WHY_MAX);
		if (!expect_in_order(t, call, &one) && !bad++) {
			if (n > 1)
				buf_addf(&why, "call %d: ", call + 1);
			buf_add_str(&why, buf_str(&one));
			add_packets(&why, t, call);
		}
		buf_fini(&one);
	}
	if (bad && n > 1)
		buf_addf(&why, "; so are %d of %d calls", bad, n);
	if (bad)
		printf("not recorded to the end: %s\n", buf_str(&why));
	buf_fini(&why);
	return !bad;
}

static bool tell_judged(const struct scenario *s, const struct trace *t)
{
	struct verdicts v;
	bool passed;

	verdicts_init(&v);
	if (s->load.calls > 1)
		expect_judge_load(s, t, &v);
	else
		expect_judge(s, t, 0, &v);
	passed = verdicts_status(&v) == VERDICT_PASSED;
	if (!passed)
		printf("not recorded: %s\n",
		       v.n && v.at[0].why ? v.at[0].why : "nothing was asked");
	verdicts_fini(&v);
	return passed;
}

int one_shot_tell(const struct scenario *s, const struct world_result *r)
{
	print_attempts(r->trace);
	print_streams(r->trace);
	print_files(r->trace);
	fflush(stdout);
	print_warnings(r->trace);
	if (r->interrupted) {
		printf("interrupted\n");
		return 128 + loop_interrupted();
	}
	if (!tell_judged(s, r->trace) || !tell_order(r->trace))
		return 1;
	printf("recorded, %.1f s\n", recorded_s(r->trace));
	return 0;
}
