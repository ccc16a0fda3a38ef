/* RFC 7245 section 3.2, REQ-005: nothing that a recorder does delays, changes
 * or ends the call. The same call with every kind of trouble: the same
 * messages and packets at the same times, but for ids. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "scenario/load.h"
#include "world/world.h"

enum { TEXT_MAX = 4 * 1024 * 1024, ID = 16 };

static const char *const recorders[] = {
	"{name: a}",
	"{name: a, ring: 50ms, wait: 900ms}",
	"{name: a, refuse: 486}",
	"{name: a, refuse: 603}",
	"{name: a, answer: never}",
	"{name: a, answer: inactive}",
	"{name: a, bye_after: 700ms}",
	"{name: a, die_after: 700ms}",
	"{name: a, mangle: garbage}",
	"{name: a, mangle: no-sdp}",
	"{name: a, mangle: one-media}",
	"{name: a, redirect: \"sip:192.0.2.1\"}",
};

static const char *const sources[] = {
	"{}",
	"{servers: a}",
	"{instances: {one: {}, two: {}}}",
	"{start: manual}",
	"{answer_within: 300ms}",
};

static const char *const calls[] = {
	"{ring: 100ms, early_media: 300ms, answer: 600ms, end: 3s}",
	"{ring: 100ms, cancel: 2s, answer: 5s}",
};

static const char *const timelines[] = {
	"[]",
	"[{at: 1s, pause: recording}, {at: 1500ms, resume: recording}]",
	"[{at: 700ms, start: recording}, {at: 1200ms, stop: recording}]",
};

static bool is_party(const char *who)
{
	return strcmp(who, "caller") == 0 || strcmp(who, "callee") == 0;
}

/* Ids are long runs of hexadecimal digits: all of them become one sign. */
static void add_without_ids(struct buf *b, struct span text)
{
	size_t i, n;

	for (i = 0; i < text.n; i += n) {
		for (n = 0;
		     i + n < text.n && isxdigit((unsigned char)text.p[i + n]);
		     n++)
			;
		if (n >= ID) {
			buf_add_char(b, '#');
			continue;
		}
		n += n == 0;
		buf_add(b, text.p + i, n);
	}
}

static void add_messages(struct buf *b, const struct trace *t)
{
	size_t i;

	for (i = 0; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);

		if (!is_party(m->from) || !is_party(m->to))
			continue;
		buf_addf(b, "%lld %lld %s %s\n", (long long)m->sent_us,
			 (long long)m->arrived_us, m->from, m->to);
		add_without_ids(b, m->text);
	}
}

static void add_packets(struct buf *b, const struct trace *t)
{
	size_t i, k;

	for (i = 0; i < trace_n_rtp(t); i++) {
		const struct trace_rtp *r = trace_rtp_at(t, i);

		if (r->server)
			continue;
		buf_addf(b, "%x %llu %lld %lld\n", r->ssrc,
			 (unsigned long long)r->sent,
			 (long long)r->first_sent_us,
			 (long long)r->last_sent_us);
		for (k = 0; k < r->n_log; k++)
			buf_addf(b, "%lld %u %u %u\n",
				 (long long)r->log[k].at_us, r->log[k].seq,
				 r->log[k].ts, r->log[k].size);
	}
}

/* All that the parties could notice. */
static void call_of(struct buf *b, const char *text)
{
	struct world_conf conf = {.clock = SCN_CLOCK_VIRTUAL, .seed = 7};
	struct err e = ERR_INIT;
	struct world_result r;
	struct causes causes;
	struct scn_set set;

	causes_init(&causes);
	if (scn_load_text(&set, "call.yml", text, strlen(text), NULL, 0,
			  &causes) < 0)
		fail_msg("%s\n%s", causes.at[0].text, text);
	if (world_run(set.at[0], &conf, &r, &e) < 0)
		fail_msg("%s\n%s", e.text, text);
	add_messages(b, r.trace);
	add_packets(b, r.trace);
	trace_free(r.trace);
	scn_set_fini(&set);
	causes_fini(&causes);
}

static void check_call(const char *call)
{
	struct buf good, other, text;
	size_t r, s, t;

	buf_init(&good, TEXT_MAX);
	buf_init(&other, TEXT_MAX);
	buf_init(&text, 4096);
	for (r = 0; r < sizeof(recorders) / sizeof(recorders[0]); r++)
		for (s = 0; s < sizeof(sources) / sizeof(sources[0]); s++)
			for (t = 0; t < sizeof(timelines) / sizeof(char *);
			     t++) {
				struct buf *b = good.n ? &other : &good;

				buf_clear(&text);
				buf_clear(b);
				buf_addf(&text,
					 "name: a call\ncall: %s\n"
					 "media: {caller: {tone: 440Hz, "
					 "loss: 5%%, jitter: 30ms, "
					 "duplicate: 2%%}}\n"
					 "srs: [%s, {name: b}]\nsrc: "
					 "%s\ntimeline: %s\n",
					 call, recorders[r], sources[s],
					 timelines[t]);
				call_of(b, buf_str(&text));
				assert_false(b->overflow);
				if (b == &other &&
				    strcmp(buf_str(&good), buf_str(b)) != 0)
					fail_msg("another call:\n%s",
						 buf_str(&text));
			}
	assert_true(good.n > 1000);
	buf_fini(&good);
	buf_fini(&other);
	buf_fini(&text);
}

static void test_no_recorder_touches_an_answered_call(void **state)
{
	(void)state;
	check_call(calls[0]);
}

static void test_no_recorder_touches_a_cancelled_call(void **state)
{
	(void)state;
	check_call(calls[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_recorder_touches_an_answered_call),
		cmocka_unit_test(test_no_recorder_touches_a_cancelled_call),
	};

	return cmocka_run_group_tests_name("world_call", tests, NULL, NULL);
}
