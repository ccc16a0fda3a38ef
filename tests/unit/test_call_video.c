/* Video beside the audio of a call: there from the start, added, removed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_fixture.h"

static struct fixture f;

enum { STEPS = 4 };

struct plan {
	struct timer timer;
	int party;
	struct call_change what;
};

static struct plan step[STEPS];

static void on_plan(void *arg)
{
	const struct plan *p = arg;

	call_change(f.call, p->party, &p->what);
}

static struct call_change *plan(size_t n, int64_t at_us, int party)
{
	struct plan *p = &step[n];

	memset(p, 0, sizeof(*p));
	p->party = party;
	timer_init(&p->timer, f.loop, on_plan, p);
	timer_after(&p->timer, at_us);
	return &p->what;
}

static void add(struct call_change *what)
{
	what->video = fixture_video_codecs;
	what->n_video = 1;
}

static void begin(bool video)
{
	fixture_init(&f);
	f.conf.answer_us = 100000;
	f.conf.end_us = 2000000;
	if (video) {
		f.conf.video = fixture_video_codecs;
		f.conf.n_video = 1;
	}
}

static void end(void)
{
	assert_null(trace_call_at(f.trace, 0)->disorder);
	fixture_fini(&f);
}

static size_t seen_between(int party, int64_t from_us, int64_t until_us)
{
	size_t i, n = 0;

	for (i = 0; i < f.n_seen[party]; i++)
		n += f.seen[party][i].at_us >= from_us &&
		     f.seen[party][i].at_us < until_us;
	return n;
}

/* The nth (from 0) SDP of a party, freed by the caller. */
static struct sdp *said(const char *who, size_t nth)
{
	const struct trace_sip *m;
	struct sdp *s = NULL;
	size_t i = 0;

	while (!s && trace_call_sip(f.trace, 0, &i, &m)) {
		size_t at = span_find(m->text, span_of("\r\n\r\nv=0"));
		const char *name = trace_name_of(f.trace, &m->src);

		if (at < m->text.n && name && strcmp(name, who) == 0 &&
		    nth-- == 0)
			s = sdp_parse(span_skip(m->text, at + 4), NULL);
	}
	assert_non_null(s);
	return s;
}

/* How many lines, and whether the second is video that lives. */
static void check_said(const char *who, size_t nth, size_t lines, bool live)
{
	struct sdp *s = said(who, nth);

	assert_int_equal(s->n_media, lines);
	assert_string_equal(s->media[0].type, "audio");
	assert_true(s->media[0].port);
	if (lines > 1) {
		assert_string_equal(s->media[1].type, "video");
		assert_int_equal(s->media[1].port != 0, live);
	}
	sdp_free(s);
}

/* Nothing is lost, every frame ends with a marker, time is true. */
static void check_frames(int party)
{
	const struct seen *s = f.seen[party];
	size_t i;

	for (i = 1; i < f.n_seen[party]; i++) {
		const struct rtp *a = &s[i - 1].rtp, *b = &s[i].rtp;

		assert_int_equal(b->seq, (uint16_t)(a->seq + 1));
		assert_int_equal(b->ssrc, a->ssrc);
		assert_int_equal(b->ts != a->ts, a->marker);
		assert_int_equal((b->ts - a->ts) / 90,
				 (s[i].at_us - s[i - 1].at_us) / 1000);
	}
}

static void test_video_from_the_start(void **state)
{
	const struct call_media *m;
	int p;

	(void)state;
	begin(true);
	fixture_run(&f);
	check_said("caller", 0, 2, true);
	check_said("callee", 0, 2, true);
	for (p = 0; p < CALL_PARTIES; p++) {
		m = call_media(f.call, p, CALL_VIDEO);
		assert_int_equal(m->n_codecs, 1);
		assert_string_equal(m->codec[0].name, "H264");
		assert_int_equal(m->codec[0].rate, 90000);
		assert_non_null(m->codec[0].fmtp);
		assert_int_equal(m->dir, SDP_SENDRECV);
		assert_true(f.n_seen[p] > 90);
		assert_true(f.n_heard[p] > 90);
		check_frames(p);
	}
	assert_int_not_equal(f.seen[0][0].rtp.ssrc, f.seen[1][0].rtp.ssrc);
	end();
}

static void test_video_added_and_removed(void **state)
{
	int p;

	(void)state;
	begin(false);
	add(plan(0, 500000, CALL_CALLER));
	plan(1, 1000000, CALL_CALLEE)->no_video = true;
	step[1].what.by_update = true;
	add(plan(2, 1500000, CALL_CALLER));
	fixture_run(&f);
	check_said("caller", 0, 1, false);
	check_said("caller", 1, 2, true);
	check_said("callee", 1, 2, true);
	check_said("callee", 2, 2, false); /* its offer */
	check_said("caller", 2, 2, false);
	check_said("caller", 3, 2, true);
	assert_int_equal(f.n_changed, 3);
	for (p = 0; p < CALL_PARTIES; p++) {
		assert_int_equal(seen_between(p, 0, 500000), 0);
		assert_true(seen_between(p, 500000, 1000000) > 20);
		assert_int_equal(seen_between(p, 1010000, 1500000), 0);
		assert_true(seen_between(p, 1500000, 2000000) > 20);
		check_frames(p);
	}
	end();
}

static void test_video_stays_when_something_else_changes(void **state)
{
	(void)state;
	begin(true);
	plan(0, 500000, CALL_CALLEE)->kind = CALL_HOLD;
	plan(1, 1000000, CALL_CALLEE)->kind = CALL_UNHOLD;
	plan(2, 1500000, CALL_CALLER)->new_port = true;
	step[2].what.by_update = true;
	fixture_run(&f);
	check_said("callee", 1, 2, true);
	assert_int_equal(seen_between(CALL_CALLER, 510000, 1000000), 0);
	assert_true(seen_between(CALL_CALLEE, 510000, 1000000) > 20);
	assert_true(seen_between(CALL_CALLER, 1510000, 2000000) > 20);
	assert_true(seen_between(CALL_CALLEE, 1510000, 2000000) > 20);
	check_frames(CALL_CALLER);
	check_frames(CALL_CALLEE);
	end();
}

static void test_video_refused(void **state)
{
	(void)state;
	begin(true);
	f.conf.refuse_video = true;
	plan(0, 500000, CALL_CALLER)->kind = CALL_HOLD;
	plan(1, 1000000, CALL_CALLER)->kind = CALL_UNHOLD;
	add(&step[1].what); /* once more */
	fixture_run(&f);
	check_said("caller", 0, 2, true);
	check_said("callee", 0, 2, false);
	check_said("caller", 1, 2, false);
	check_said("caller", 2, 2, true);
	check_said("callee", 2, 2, false);
	assert_int_equal(call_media(f.call, CALL_CALLER, CALL_VIDEO)->n_codecs,
			 0);
	assert_int_equal(f.n_seen[0] + f.n_seen[1], 0);
	assert_true(f.n_heard[CALL_CALLER] > 90);
	end();
}

static void test_video_codec_changes(void **state)
{
	(void)state;
	begin(true);
	plan(0, 1000000, CALL_CALLEE)->video = &fixture_video_codecs[1];
	step[0].what.n_video = 1;
	fixture_run(&f);
	assert_string_equal(
		call_media(f.call, CALL_CALLER, CALL_VIDEO)->codec[0].name,
		"VP8");
	assert_int_equal(f.seen[0][0].begin[0] & 0x1f, 28); /* FU-A */
	assert_int_equal(f.seen[0][f.n_seen[0] - 1].begin[0] & 0x80, 0x80);
	check_frames(CALL_CALLER);
	check_frames(CALL_CALLEE);
	end();
}

/* Where the first description comes from. */
static const struct {
	const char *name;
	bool late, bare;
	int64_t early_us, forked_us;
} rows[] = {
	{"late offer", true, false, -1, -1},
	{"early media", false, false, 50000, -1},
	{"SDP in the 183 alone", false, true, 50000, -1},
	{"another phone first, without video", false, false, -1, 50000},
};

static void test_video_however_it_begins(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		begin(true);
		f.conf.late_offer = rows[i].late;
		f.conf.bare_answer = rows[i].bare;
		f.conf.early_media_us = rows[i].early_us;
		f.conf.forked_us = rows[i].forked_us;
		fixture_run(&f);
		if (f.n_seen[0] < 90 || f.n_seen[1] < 90)
			fail_msg("%s: %zu and %zu packets", rows[i].name,
				 f.n_seen[0], f.n_seen[1]);
		check_frames(CALL_CALLER);
		check_frames(CALL_CALLEE);
		end();
	}
}

static void test_video_of_no_codec(void **state)
{
	static const char *const name[] = {"H261"};

	(void)state;
	fixture_init(&f);
	f.conf.video = name;
	f.conf.n_video = 1;
	fixture_open(&f);
	assert_null(f.call);
	assert_string_equal(f.err.text,
			    "caller: none of the call's video codecs can be "
			    "made up: VP8 and H264 can");
	fixture_fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_video_from_the_start),
		cmocka_unit_test(test_video_added_and_removed),
		cmocka_unit_test(test_video_stays_when_something_else_changes),
		cmocka_unit_test(test_video_refused),
		cmocka_unit_test(test_video_codec_changes),
		cmocka_unit_test(test_video_however_it_begins),
		cmocka_unit_test(test_video_of_no_codec),
	};

	return cmocka_run_group_tests_name("call_video", tests, NULL, NULL);
}
