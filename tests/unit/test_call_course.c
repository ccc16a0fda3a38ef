/* The course of a call: who says what when. */
#include <stdio.h>
#include <string.h>

#include "call_fixture.h"
#include "media/rtp.h"

static struct fixture f;

static void check_pace(int party, int64_t first_us, size_t n)
{
	struct rtp before, r;
	size_t i;

	assert_int_equal(f.n_heard[party], n);
	for (i = 0; i < n; i++) {
		const struct heard *h = &f.heard[party][i];

		assert_int_equal(h->at_us, first_us + (int64_t)i * 20000);
		assert_true(rtp_parse(h->bytes, h->n, &r));
		assert_int_equal(r.payload.n, 160);
		assert_int_equal(r.marker, i == 0);
		if (i > 0) {
			assert_int_equal(r.ssrc, before.ssrc);
			assert_int_equal(r.seq, (uint16_t)(before.seq + 1));
			assert_int_equal(r.ts, before.ts + 160);
		}
		before = r;
	}
}

static void test_course_answered(void **state)
{
	const struct trace_call *t;

	(void)state;
	fixture_init(&f);
	f.conf.ring_us = 200000;
	fixture_run(&f);
	assert_string_equal(fixture_story(&f),
			    "INVITE 100 180 200 ACK BYE 200");
	assert_int_equal(fixture_sent(&f, "INVITE", 0), 0);
	assert_int_equal(fixture_sent(&f, "100", 0), 1000);
	assert_int_equal(fixture_sent(&f, "180", 0), 200000);
	assert_int_equal(fixture_sent(&f, "200", 0), 1000000);
	assert_int_equal(fixture_sent(&f, "BYE", 0), 2000000);
	assert_int_equal(f.known_us, 1001000);
	assert_int_equal(f.answered_us, 1001000);
	assert_int_equal(f.ended_us, 2000000);
	assert_int_equal(f.n_known + f.n_answered + f.n_ended, 3);
	t = trace_call_at(f.trace, 0);
	assert_int_equal(t->t0_us, 0);
	assert_int_equal(t->answered_us, 1001000);
	assert_int_equal(t->ended_us, 2000000);
	assert_int_equal(t->final, 200);
	assert_true(t->in_order);
	assert_null(t->disorder);
	/* what the callee said last was on its way when the call ended */
	check_pace(CALL_CALLER, 1002000, 50);
	check_pace(CALL_CALLEE, 1001000, 50);
	fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_course_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
