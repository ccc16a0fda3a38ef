/* What parties change in a call that is up, and how calls begin that do not
 * begin with an offer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_fixture.h"
#include "core/xalloc.h"
#include "media/rtp.h"

static struct fixture f;

/* A change at a time. */
struct plan {
	struct timer timer;
	int party;
	struct call_change what;
};

static void on_plan(void *arg)
{
	const struct plan *p = arg;

	call_change(f.call, p->party, &p->what);
}

static void plan(struct plan *p, int64_t at_us, int party,
		 enum call_change_kind kind)
{
	timer_init(&p->timer, f.loop, on_plan, p);
	timer_after(&p->timer, at_us);
	p->party = party;
	p->what.kind = kind;
}

static void begin(int64_t end_us)
{
	fixture_init(&f);
	f.conf.answer_us = 100000;
	f.conf.end_us = end_us;
}

/* The nth (from 0) SDP that a party sent in the call, or NULL. */
static struct sdp *said(const char *from_user, size_t nth)
{
	const struct trace_sip *m;
	size_t i = 0;

	while (trace_call_sip(f.trace, 0, &i, &m)) {
		struct span body = m->text;
		size_t at = span_find(body, span_of("\r\n\r\nv=0"));
		const char *name = trace_name_of(f.trace, &m->src);

		if (at == body.n || !name || strcmp(name, from_user) != 0)
			continue;
		if (nth-- == 0)
			return sdp_parse(span_skip(body, at + 4), NULL);
	}
	return NULL;
}

static void check_said(const char *who, size_t nth, enum sdp_dir dir,
		       uint64_t version)
{
	struct sdp *s = said(who, nth);

	if (!s)
		fail_msg("%s said less than %zu descriptions", who, nth + 1);
	assert_int_equal(s->n_media, 1);
	if (s->media[0].dir != dir || s->version != version)
		fail_msg("%s, description %zu: %s, version %u", who, nth,
			 sdp_dir_name(s->media[0].dir), (unsigned)s->version);
	sdp_free(s);
}

static size_t heard_between(int party, int64_t from_us, int64_t until_us)
{
	size_t i, n = 0;

	for (i = 0; i < f.n_heard[party]; i++)
		n += f.heard[party][i].at_us >= from_us &&
		     f.heard[party][i].at_us < until_us;
	return n;
}

/* ---- hold and mute ---- */

static const struct {
	const char *name;
	int who;
	enum call_change_kind kind, back;
	bool by_update;
	enum sdp_dir said, answered;
	int silent; /* party */
} rows[] = {
	{"callee holds", CALL_CALLEE, CALL_HOLD, CALL_UNHOLD, false,
	 SDP_SENDONLY, SDP_RECVONLY, CALL_CALLER},
	{"caller holds", CALL_CALLER, CALL_HOLD, CALL_UNHOLD, false,
	 SDP_SENDONLY, SDP_RECVONLY, CALL_CALLEE},
	{"caller is muted", CALL_CALLER, CALL_MUTE, CALL_UNMUTE, false,
	 SDP_RECVONLY, SDP_SENDONLY, CALL_CALLER},
	{"callee is muted by UPDATE", CALL_CALLEE, CALL_MUTE, CALL_UNMUTE, true,
	 SDP_RECVONLY, SDP_SENDONLY, CALL_CALLEE},
	{"caller holds by UPDATE", CALL_CALLER, CALL_HOLD, CALL_UNHOLD, true,
	 SDP_SENDONLY, SDP_RECVONLY, CALL_CALLEE},
};

/* Nothing is lost, time is true, and a marker begins what comes after. */
static void check_silence(int party)
{
	struct rtp a, b;
	size_t i;
	int gaps = 0;

	for (i = 1; i < f.n_heard[party]; i++) {
		const struct heard *h = &f.heard[party][i];

		assert_true(rtp_parse(h[-1].bytes, h[-1].n, &a));
		assert_true(rtp_parse(h->bytes, h->n, &b));
		assert_int_equal(b.seq, (uint16_t)(a.seq + 1));
		assert_int_equal((b.ts - a.ts) / 8,
				 (h->at_us - h[-1].at_us) / 1000);
		assert_int_equal(b.marker, b.ts - a.ts != 160);
		gaps += b.ts - a.ts != 160;
	}
	assert_int_equal(gaps, 1);
}

static void test_change_hold_and_mute(void **state)
{
	static const char *const name[] = {"caller", "callee"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan go = {.what.by_update = rows[i].by_update};
		struct plan back = {.what.by_update = rows[i].by_update};
		int who = rows[i].who;

		print_message("%s\n", rows[i].name);
		begin(2000000);
		plan(&go, 500000, who, rows[i].kind);
		plan(&back, 1500000, who, rows[i].back);
		fixture_run(&f);
		check_said(name[who], 1, rows[i].said, 2);
		check_said(name[!who], 1, rows[i].answered, 2);
		check_said(name[who], 2, SDP_SENDRECV, 3);
		check_said(name[!who], 2, SDP_SENDRECV, 3);
		assert_int_equal(f.n_changed, 2);
		assert_int_equal(heard_between(rows[i].silent, 510000, 1490000),
				 0);
		assert_in_range(heard_between(!rows[i].silent, 510000, 1490000),
				48, 50);
		assert_in_range(heard_between(rows[i].silent, 1520000, 2000000),
				23, 25);
		check_silence(rows[i].silent);
		assert_true(trace_call_at(f.trace, 0)->in_order);
		fixture_fini(&f);
	}
}

/* Who is held offers what it wants, not what it has to do (RFC 6337 5.3). */
static void test_change_of_the_held_one(void **state)
{
	struct plan hold = {0}, re = {0}, both = {0};

	(void)state;
	begin(2000000);
	plan(&hold, 500000, CALL_CALLEE, CALL_HOLD);
	plan(&re, 800000, CALL_CALLER, CALL_REINVITE);
	plan(&both, 1200000, CALL_CALLER, CALL_HOLD);
	fixture_run(&f);
	check_said("caller", 2, SDP_SENDRECV, 3);
	check_said("callee", 2, SDP_SENDONLY, 2); /* the same again */
	check_said("caller", 3, SDP_SENDONLY, 4);
	check_said("callee", 3, SDP_INACTIVE, 3);
	assert_int_equal(call_media(f.call, CALL_CALLER, CALL_AUDIO)->dir,
			 SDP_INACTIVE);
	assert_int_equal(call_media(f.call, CALL_CALLEE, CALL_AUDIO)->dir,
			 SDP_INACTIVE);
	assert_int_equal(f.n_changed, 3);
	fixture_fini(&f);
}

static void test_change_hold_while_muted(void **state)
{
	struct plan mute = {0}, hold = {0};

	(void)state;
	begin(2000000);
	/* one after the other, whatever the moment */
	plan(&mute, 500000, CALL_CALLER, CALL_MUTE);
	plan(&hold, 500000, CALL_CALLER, CALL_HOLD);
	fixture_run(&f);
	check_said("caller", 1, SDP_RECVONLY, 2);
	check_said("caller", 2, SDP_INACTIVE, 3);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 200 ACK INVITE 200 ACK INVITE 200 ACK "
			    "BYE 200");
	fixture_fini(&f);
}

/* ---- codecs and ports ---- */

static const char *const pcma[] = {"PCMA"};
static const char *const pcma_first[] = {"PCMA", "PCMU"};

static int pt_at(int party, int64_t at_us)
{
	struct rtp r;
	size_t i;

	for (i = 0; i < f.n_heard[party]; i++) {
		const struct heard *h = &f.heard[party][i];

		if (h->at_us < at_us)
			continue;
		assert_true(rtp_parse(h->bytes, h->n, &r));
		return r.pt;
	}
	return -1;
}

static void check_continuous(int party)
{
	struct rtp a, b;
	size_t i;

	for (i = 1; i < f.n_heard[party]; i++) {
		const struct heard *h = &f.heard[party][i];

		assert_true(rtp_parse(h[-1].bytes, h[-1].n, &a));
		assert_true(rtp_parse(h->bytes, h->n, &b));
		assert_int_equal(b.seq, (uint16_t)(a.seq + 1));
		assert_int_equal(b.ts, a.ts + 160);
		assert_int_equal(b.ssrc, a.ssrc);
		assert_false(b.marker);
	}
}

static void test_change_codec_for_both(void **state)
{
	struct plan re = {.what = {.codec = pcma, .n_codecs = 1}};
	const struct call_media *m;

	(void)state;
	begin(1000000);
	plan(&re, 500000, CALL_CALLEE, CALL_REINVITE);
	fixture_run(&f);
	assert_int_equal(pt_at(CALL_CALLER, 300000), 0);
	assert_int_equal(pt_at(CALL_CALLER, 520000), 8);
	assert_int_equal(pt_at(CALL_CALLEE, 520000), 8);
	check_continuous(CALL_CALLER);
	check_continuous(CALL_CALLEE);
	m = call_media(f.call, CALL_CALLER, CALL_AUDIO);
	assert_int_equal(m->n_codecs, 1);
	assert_string_equal(m->codec[0].name, "PCMA");
	fixture_fini(&f);
}

/* The one that offers speaks its first, the other one goes on as it was. */
static void test_change_codec_for_one(void **state)
{
	struct plan re = {.what = {.codec = pcma_first, .n_codecs = 2}};

	(void)state;
	begin(1000000);
	plan(&re, 500000, CALL_CALLER, CALL_REINVITE);
	fixture_run(&f);
	assert_int_equal(pt_at(CALL_CALLER, 520000), 8);
	assert_int_equal(pt_at(CALL_CALLEE, 520000), 0);
	assert_string_equal(
		call_media(f.call, CALL_CALLER, CALL_AUDIO)->codec[0].name,
		"PCMA");
	assert_string_equal(
		call_media(f.call, CALL_CALLEE, CALL_AUDIO)->codec[0].name,
		"PCMU");
	fixture_fini(&f);
}

static void test_change_refused(void **state)
{
	static const bool by_update[] = {false, true};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct plan re = {.what = {.codec = pcma,
					   .n_codecs = 1,
					   .new_port = true,
					   .by_update = by_update[i]}};
		struct plan hold = {0};

		begin(1000000);
		f.conf.party[CALL_CALLEE].source.kind = CALL_PCAP;
		f.conf.party[CALL_CALLEE].source.path = "pcaps/call-pcmu.pcap";
		plan(&re, 500000, CALL_CALLER, CALL_REINVITE);
		plan(&hold, 700000, CALL_CALLEE, CALL_HOLD);
		fixture_run(&f);
		assert_true(fixture_sent(&f, "488", 0) == 501000);
		assert_int_equal(f.n_changed, 1);
		assert_int_equal(pt_at(CALL_CALLER, 520000), 0);
		/* it never moved; versions count on from what it said */
		check_said("caller", 1, SDP_SENDRECV, 2);
		check_said("caller", 2, SDP_RECVONLY, 3);
		check_said("callee", 1, SDP_SENDONLY, 2);
		assert_true(trace_call_at(f.trace, 0)->in_order);
		fixture_fini(&f);
	}
}

static void test_change_port(void **state)
{
	static const bool by_update[] = {false, true};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct plan one = {
			.what = {.new_port = true, .by_update = by_update[i]}};
		struct plan two = {.what = {.new_port = true}};
		struct sdp *a, *b;

		begin(1000000);
		plan(&one, 400000, CALL_CALLER, CALL_REINVITE);
		plan(&two, 700000, CALL_CALLER, CALL_REINVITE);
		fixture_run(&f);
		a = said("caller", 0);
		b = said("caller", 2);
		assert_true(a->media[0].port != b->media[0].port);
		sdp_free(a);
		sdp_free(b);
		check_continuous(CALL_CALLER);
		check_continuous(CALL_CALLEE);
		assert_int_equal(f.n_heard[CALL_CALLER], 45);
		assert_int_equal(f.n_heard[CALL_CALLEE], 45);
		fixture_fini(&f);
	}
}

/* ---- offers that come late ---- */

static void test_change_late_offer(void **state)
{
	(void)state;
	begin(1000000);
	f.conf.late_offer = true;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f), "INVITE 100 200 ACK BYE 200");
	check_said("callee", 0, SDP_SENDRECV, 1);
	check_said("caller", 0, SDP_SENDRECV, 1);
	assert_int_equal(f.answered_us, 101000);
	assert_int_equal(f.known_us, 102000); /* with the ACK */
	assert_int_equal(f.n_known, 1);
	assert_in_range(f.n_heard[CALL_CALLER], 44, 46);
	assert_in_range(f.n_heard[CALL_CALLEE], 44, 46);
	assert_true(trace_call_at(f.trace, 0)->in_order);
	fixture_fini(&f);
}

/* The INVITE has none, the 200 has the hold in it. */
static void test_change_late_reinvite(void **state)
{
	struct plan hold = {0}, re = {.what.late_offer = true};
	struct plan mute = {.what.late_offer = true};

	(void)state;
	begin(2000000);
	plan(&hold, 500000, CALL_CALLEE, CALL_HOLD);
	plan(&re, 800000, CALL_CALLER, CALL_REINVITE);
	plan(&mute, 1200000, CALL_CALLEE, CALL_MUTE);
	fixture_run(&f);
	check_said("callee", 2, SDP_SENDONLY, 2);
	check_said("caller", 2, SDP_RECVONLY, 2);
	check_said("caller", 3, SDP_SENDRECV, 3); /* in its 200 */
	check_said("callee", 3, SDP_INACTIVE, 3); /* in the ACK */
	assert_int_equal(f.n_changed, 3);
	assert_int_equal(call_media(f.call, CALL_CALLER, CALL_AUDIO)->dir,
			 SDP_INACTIVE);
	fixture_fini(&f);
}

static void test_change_bare_answer(void **state)
{
	(void)state;
	begin(1000000);
	f.conf.early_media_us = 50000;
	f.conf.bare_answer = true;
	fixture_run(&f);
	assert_int_equal(f.known_us, 51000);
	assert_int_equal(f.answered_us, 101000);
	assert_null(said("callee", 1));
	assert_true(trace_call_at(f.trace, 0)->in_order);
	fixture_fini(&f);
	/* and without the 183 there is no call */
	begin(1000000);
	f.conf.bare_answer = true;
	fixture_run(&f);
	assert_int_equal(f.n_known, 0);
	assert_string_equal(trace_call_at(f.trace, 0)->disorder,
			    "the call was answered without SDP");
	fixture_fini(&f);
}

/* ---- forks ---- */

static void test_change_of_the_phone(void **state)
{
	struct sdp *other, *own;

	(void)state;
	begin(1000000);
	f.conf.answer_us = 500000;
	f.conf.forked_us = 200000;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 183 200 ACK BYE 200");
	other = said("callee", 0);
	own = said("callee", 1);
	assert_true(other->media[0].port != own->media[0].port);
	assert_int_equal(other->media[0].n_codecs, 1);
	sdp_free(other);
	sdp_free(own);
	assert_int_equal(f.known_us, 201000);
	assert_int_equal(f.n_known, 1);
	assert_int_equal(f.n_changed, 1);
	assert_int_equal(call_media(f.call, CALL_CALLER, CALL_AUDIO)->n_codecs,
			 2);
	check_continuous(CALL_CALLER);
	assert_int_equal(heard_between(CALL_CALLEE, 0, 500000), 0);
	assert_int_equal(heard_between(CALL_CALLEE, 500000, 1000000), 25);
	assert_true(trace_call_at(f.trace, 0)->in_order);
	fixture_fini(&f);
}

/* ---- moments ---- */

static void test_change_waits_for_the_answer(void **state)
{
	struct plan hold = {0}, late = {0};

	(void)state;
	begin(1000000);
	plan(&hold, 0, CALL_CALLEE, CALL_HOLD);
	plan(&late, 1500000, CALL_CALLEE, CALL_UNHOLD); /* over by then */
	fixture_run(&f);
	assert_int_equal(f.n_changed, 1);
	assert_in_range(fixture_sent(&f, "INVITE", 1), 102000, 112000);
	check_said("callee", 1, SDP_SENDONLY, 2);
	fixture_fini(&f);
}

static void bye_both(void *arg)
{
	(void)arg;
	call_bye(f.call, CALL_BOTH);
}

static void test_change_bye_from_both(void **state)
{
	struct timer t;

	(void)state;
	begin(9000000);
	timer_init(&t, f.loop, bye_both, NULL);
	timer_after(&t, 500000);
	fixture_run(&f);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 200 ACK BYE BYE 200 200");
	assert_int_equal(f.n_ended, 1);
	assert_int_equal(f.ended_us, 500000);
	assert_true(trace_call_at(f.trace, 0)->in_order);
	fixture_fini(&f);
}

/* ---- a storm ---- */

static enum call_change_kind any_kind(struct rng *r)
{
	return (enum call_change_kind)rng_below(r, CALL_UNMUTE + 1);
}

static void plan_any(struct plan *p, struct rng *r)
{
	static const char *const *const codecs[] = {fixture_codecs, pcma_first,
						    pcma};
	uint32_t c = rng_below(r, 6);

	memset(p, 0, sizeof(*p));
	plan(p, rng_below(r, 300) * INT64_C(10000), (int)rng_below(r, 2),
	     any_kind(r));
	p->what.by_update = rng_below(r, 2);
	p->what.new_port = rng_below(r, 4) == 0;
	p->what.late_offer = !p->what.by_update && rng_below(r, 4) == 0;
	if (c < 3 && !p->what.late_offer) {
		p->what.codec = codecs[c];
		p->what.n_codecs = c == 2 ? 1 : 2;
	}
	if (c > 3 && !p->what.late_offer) {
		p->what.video = fixture_video_codecs;
		p->what.n_video = c - 3;
	}
	p->what.no_video = c == 3;
}

/* Versions go up by one with what is said, and stay with what is not; no line
 * ever goes away. */
static void check_versions(const char *who)
{
	struct sdp *before = said(who, 0), *now;
	size_t n;

	for (n = 1; (now = said(who, n)); n++) {
		bool same = strcmp(before->text, now->text) == 0;

		assert_true(now->n_media >= before->n_media);
		if (now->version != before->version + !same)
			fail_msg("%s: version %u after %u", who,
				 (unsigned)now->version,
				 (unsigned)before->version);
		sdp_free(before);
		before = now;
	}
	sdp_free(before);
}

/* Both think the same of a kind. */
static void check_agreed(enum call_kind kind)
{
	const struct call_media *a = call_media(f.call, CALL_CALLER, kind);
	const struct call_media *b = call_media(f.call, CALL_CALLEE, kind);

	assert_int_equal(a->n_codecs, b->n_codecs);
	if (a->n_codecs)
		assert_int_equal(a->dir, sdp_dir_reverse(b->dir));
}

static void storm(uint64_t seed, bool late)
{
	enum { STEPS = 8 };
	struct plan step[STEPS];
	struct rng r;
	size_t i;

	rng_init(&r, seed);
	begin(30000000);
	f.conf.late_offer = late;
	for (i = 0; i < STEPS; i++)
		plan_any(&step[i], &r);
	/* some end in the middle of it */
	if (seed % 4 == 0)
		f.conf.end_us = 100000 + rng_below(&r, 3000) * INT64_C(1000);
	fixture_run(&f);
	assert_int_equal(f.n_ended, 1);
	check_agreed(CALL_AUDIO);
	check_agreed(CALL_VIDEO);
	check_versions("caller");
	check_versions("callee");
	assert_null(trace_call_at(f.trace, 0)->disorder);
	fixture_fini(&f);
}

static void test_change_storm(void **state)
{
	uint64_t seed;

	(void)state;
	for (seed = 1; seed <= 200; seed++)
		storm(seed, seed % 3 == 0);
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_change_hold_and_mute),
		cmocka_unit_test(test_change_of_the_held_one),
		cmocka_unit_test(test_change_hold_while_muted),
		cmocka_unit_test(test_change_codec_for_both),
		cmocka_unit_test(test_change_codec_for_one),
		cmocka_unit_test(test_change_refused),
		cmocka_unit_test(test_change_port),
		cmocka_unit_test(test_change_late_offer),
		cmocka_unit_test(test_change_late_reinvite),
		cmocka_unit_test(test_change_bare_answer),
		cmocka_unit_test(test_change_of_the_phone),
		cmocka_unit_test(test_change_waits_for_the_answer),
		cmocka_unit_test(test_change_bye_from_both),
		cmocka_unit_test(test_change_storm),
	};

	if (argc > 1) {
		storm(strtoull(argv[1], NULL, 10), argc > 2);
		return 0;
	}
	return cmocka_run_group_tests_name("call_changes", tests, NULL, NULL);
}
