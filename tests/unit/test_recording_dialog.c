/* A recording session that is up: changes, refusals, wishes of the recorder. */
#include "recording_fixture.h"

static struct peer *const srs = &w.peer[0];

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

/* ---- directions ---- */

static void test_inactive_answer_outlasts_changes(void **state)
{
	(void)state;
	start_recording(WAITS);
	talk(5);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	talk(5);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, WAITS);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_refused_change_keeps_an_inactive_line(void **state)
{
	(void)state;
	start_recording("m=audio %1 RTP/AVP 0\r\na=inactive\r\n"
			"m=audio %2 RTP/AVP 0\r\na=recvonly\r\n");
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 488, NULL);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 0);
	assert_int_equal(srs->line[1].n_rtp, 5);
	assert_string_equal(events(), "start refused");
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	assert_string_equal(events(), "start refused pause");
	hang_up();
}

static void test_recorder_holds_then_takes_in_our_exchange(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, WAITS);
	ack(srs, NULL);
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 200, WAITS);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	hang_up();
}

static void test_resume_waits_for_the_answer(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	ask(RECORDING_RESUME);
	reply(srs, "INVITE", 200, WAITS); /* of the pause */
	talk(5);
	assert_int_equal(packets_at(srs), 0);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(packets_at(srs), 10);
	assert_string_equal(events(), "start pause resume");
	hang_up();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_inactive_answer_outlasts_changes),
		T(test_refused_change_keeps_an_inactive_line),
		T(test_recorder_holds_then_takes_in_our_exchange),
		T(test_resume_waits_for_the_answer),
	};

	return cmocka_run_group_tests_name("recording_dialog", tests, NULL,
					   NULL);
}
