#include "expect_fixture.h"

static void rtp_init(struct stage *st)
{
	stage_init(st, SCN_CHECK_RTP, "rtp");
	st->check.subject = (char *)"vault";
	st->check.party = (char *)"caller";
}

static void test_rtp_packets(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	stage_rtp(&st, 1000, "vault", "caller", 200, 0);
	stage_rtp(&st, 1000, "vault", "callee", 7, 0);
	stage_passes(&st, "packets 1..", "packets 200");
	st.check.packets = stage_range(190, 210, "190..210");
	st.check.loss = stage_range(0, 0, "0%");
	st.check.codec = (char *)"pcmu";
	stage_passes(&st, "packets 190..210, codec pcmu, loss 0%",
		     "packets 200, codec PCMU, loss 0%");
	st.check.codec = (char *)"PCMA";
	st.check.packets = stage_range(300, HUGE_VAL, "300..");
	stage_fails(&st, "packets 300.., codec PCMA, loss 0%",
		    "packets 200, codec PCMU, loss 0%",
		    "packets is 200, not 300..; codec is PCMU, not PCMA");
	stage_fini(&st);
}

/* Each kind of media is a stream of its own; silence is for both. */
static void test_rtp_video(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	stage_rtp(&st, 1000, "vault", "caller", 200, 0);
	stage_stream(&st, 1000, "vault", "caller", "video", 90, 0);
	stage_stream(&st, 1000, "vault", "callee", "video", 7, 0);
	st.check.packets = stage_range(200, 200, "200");
	stage_passes(&st, "packets 200", "packets 200");
	st.check.stream = SCN_STREAM_VIDEO;
	stage_fails(&st, "packets 200", "packets 90", "packets is 90, not 200");
	st.check.party = (char *)"callee";
	st.check.packets = stage_range(7, 7, "7");
	stage_passes(&st, "packets 7", "packets 7");
	st.check.subject = (char *)"attic";
	st.check.packets.set = false;
	stage_fails(&st, "packets 1..", "no RTP arrived at attic/callee/video",
		    "packets is 0, not 1..");
	stage_fini(&st);
}

static void test_quiet_of_video(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_QUIET, "quiet");
	trace_log_arrivals(st.t, true);
	st.check.subject = (char *)"vault";
	st.check.from_us = 500000;
	st.check.until_us = 1500000;
	stage_stream(&st, 1000, "vault", "callee", "video", 7, 0);
	stage_fails(&st, "no RTP at vault from 500 ms to 1.5 s",
		    "video of callee at 1.001 s",
		    "callee was sent on to vault in that span");
	stage_fini(&st);
}

static void test_rtp_loss(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	stage_rtp(&st, 1000, "vault", "caller", 100, 50);
	st.check.loss = stage_range(0, 0.02, "..2%");
	stage_passes(&st, "packets 1.., loss ..2%", "packets 98, loss 2%");
	st.check.loss = stage_range(0, 0, "0%");
	stage_fails(&st, "packets 1.., loss 0%", "packets 98, loss 2%",
		    "loss is 2%, not 0%");
	stage_fini(&st);
}

static void test_rtp_details(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	stage_rtp(&st, 1000, "vault", "caller", 10, 0);
	st.check.jitter = stage_range(-HUGE_VAL, 5000, "..5ms");
	st.check.max_gap = stage_range(-HUGE_VAL, 30000, "..30ms");
	st.check.order = st.check.order_set = true;
	st.check.has_ssrc = true;
	st.check.ssrc = 0x42;
	stage_passes(&st,
		     "packets 1.., ssrc 0x00000042, jitter ..5ms, max_gap "
		     "..30ms, order kept",
		     "packets 10, ssrc 0x00000042, jitter 0 ms, max_gap 20 ms, "
		     "order 0 out of order");
	st.check.max_gap = stage_range(-HUGE_VAL, 10000, "..10ms");
	st.check.ssrc = 0x43;
	st.check.order = false;
	stage_fails(&st,
		    "packets 1.., ssrc 0x00000043, jitter ..5ms, max_gap "
		    "..10ms, order broken",
		    "packets 10, ssrc 0x00000042, jitter 0 ms, max_gap 20 ms, "
		    "order 0 out of order",
		    "ssrc is 0x00000042, not 0x00000043; max_gap is 20 ms, "
		    "not ..10ms; order is 0 out of order, not broken");
	stage_fini(&st);
}

static void test_rtp_none(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	st.check.packets = stage_range(190, 210, "190..210");
	stage_fails(&st, "packets 190..210", "no RTP arrived at vault/caller",
		    "packets is 0, not 190..210");
	st.check.packets = stage_range(0, 0, "0");
	stage_passes(&st, "packets 0", "packets 0");
	stage_fini(&st);
}

static void test_rtp_external(void **state)
{
	struct stage st;

	(void)state;
	rtp_init(&st);
	st.check.subject = (char *)"far";
	stage_rtp(&st, 1000, "far", "caller", 50, 0);
	stage_passes(&st, "packets 1..", "packets 50");
	st.check.loss = stage_range(0, 0, "0%");
	stage_fails(&st, "packets 1..", "packets 50",
		    "far is not ours: what arrived there is not known");
	stage_fini(&st);
}

static void quiet_init(struct stage *st, int from_ms, int until_ms)
{
	stage_init(st, SCN_CHECK_QUIET, "quiet");
	st->check.subject = (char *)"vault";
	st->check.from_us = (int64_t)from_ms * 1000;
	st->check.until_us = (int64_t)until_ms * 1000;
}

static void test_quiet_with_log(void **state)
{
	struct stage st;

	(void)state;
	quiet_init(&st, 2100, 2900);
	trace_log_arrivals(st.t, true);
	stage_rtp(&st, 1000, "vault", "caller", 50, 0); /* to 1.981 s */
	stage_passes(&st, "no RTP at vault from 2.1 s to 2.9 s", "none");
	st.check.from_us = 1970000;
	stage_fails(&st, "no RTP at vault from 1.97 s to 2.9 s",
		    "RTP of caller at 1.981 s",
		    "caller was sent on to vault in that span");
	assert_int_equal(st.v.at[0].at_us, T0_US + 1981000);
	stage_fini(&st);
}

static void test_quiet_without_log(void **state)
{
	struct stage st;

	(void)state;
	quiet_init(&st, 1100, 1900);
	stage_passes(&st, "no RTP at vault from 1.1 s to 1.9 s", "none");
	stage_rtp(&st, 1000, "vault", "caller", 50, 0);
	stage_fails(&st, "no RTP at vault from 1.1 s to 1.9 s",
		    "RTP of caller before and after",
		    "when packets of caller came to vault is not known");
	stage_fini(&st);
}

static void test_quiet_external_uses_sends(void **state)
{
	struct stage st;

	(void)state;
	quiet_init(&st, 1500, 3000);
	st.check.subject = (char *)"far";
	stage_rtp(&st, 1000, "far", "caller", 20, 0); /* to 1.38 s */
	stage_passes(&st, "no RTP at far from 1.5 s to 3 s", "none");
	st.check.from_us = 1300000;
	stage_fails(&st, "no RTP at far from 1.3 s to 3 s",
		    "RTP of caller at 1.380 s",
		    "caller was sent on to far in that span");
	stage_fini(&st);
}

/* ---- gap ---- */

static void test_gap_between_two(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_GAP, "gap");
	st.check.subject = (char *)"caller";
	st.check.duration = stage_range(0, 200000, "..200ms");
	stage_rtp(&st, 1000, "first", "caller", 5, 0);
	stage_rtp(&st, 1000, "first", "callee", 50, 0);
	stage_fails(&st, "caller, a gap of ..200ms", "no gap",
		    "no recorder took over from another");
	stage_rtp(&st, 1200, "vault", "caller", 5, 0);
	stage_passes(&st, "caller, a gap of ..200ms",
		     "120 ms between first and vault");
	st.check.duration = stage_range(0, 100000, "..100ms");
	stage_fails(&st, "caller, a gap of ..100ms",
		    "120 ms between first and vault",
		    "nothing of caller was recorded from 1.081 s to 1.201 s");
	/* arrivals nobody sees count when they were sent */
	st.check.duration = stage_range(0, 200000, "..200ms");
	stage_rtp(&st, 1400, "far", "caller", 2, 0);
	stage_passes(&st, "caller, a gap of ..200ms",
		     "120 ms between first and vault, 119 ms between vault and "
		     "far");
	stage_fini(&st);
}

/* Two at the same time replace nobody. */
static void test_gap_side_by_side(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_GAP, "gap");
	st.check.subject = (char *)"caller";
	st.check.duration = stage_range(0, 200000, "..200ms");
	stage_rtp(&st, 1000, "first", "caller", 5, 0);
	stage_rtp(&st, 1010, "vault", "caller", 5, 0);
	stage_fails(&st, "caller, a gap of ..200ms", "no gap",
		    "no recorder took over from another");
	stage_fini(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rtp_packets),
		cmocka_unit_test(test_rtp_video),
		cmocka_unit_test(test_quiet_of_video),
		cmocka_unit_test(test_rtp_loss),
		cmocka_unit_test(test_rtp_details),
		cmocka_unit_test(test_rtp_none),
		cmocka_unit_test(test_rtp_external),
		cmocka_unit_test(test_quiet_with_log),
		cmocka_unit_test(test_quiet_without_log),
		cmocka_unit_test(test_quiet_external_uses_sends),
		cmocka_unit_test(test_gap_between_two),
		cmocka_unit_test(test_gap_side_by_side),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
