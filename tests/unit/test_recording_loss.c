/* Recorders that are lost in mid-call, and their successors. */
#include "recording_fixture.h"

static struct peer *const first = &w.peer[0];
static struct peer *const second = &w.peer[1];

static int setup_failover(void **state)
{
	if (setup(state) < 0)
		return -1;
	w.set.n_servers = 2;
	w.set.failover_on_loss = true;
	return 0;
}

static void end(struct peer *p)
{
	recording_call_ended(w.r);
	settle();
	reply(p, "BYE", 200, NULL);
}

/* The ids of the second's first document are those of the first's. */
static void check_same_call(void)
{
	static const char *const ids[] = {"session_id=\"", "participant_id=\"",
					  "stream_id=\""};
	struct span a = metadata_in(last(first, "INVITE"));
	struct span b = metadata_in(last(second, "INVITE"));
	size_t i;

	assert_false(span_eq(last(first, "INVITE")->v.call_id,
			     last(second, "INVITE")->v.call_id));
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		struct span id = span_skip(a, span_find(a, span_of(ids[i])));
		char *text;

		assert_true(id.n > strlen(ids[i]) + 24);
		id.n = strlen(ids[i]) + 24;
		text = span_dup(id);
		assert_true(in(b, text));
		free(text);
	}
}

static void test_change_that_loses_the_recorder(void **state)
{
	static const struct {
		const char *name;
		int code; /* to the pause; 0: none */
		const char *sections;
		const char *event_code;
	} rows[] = {
		{"481", 481, NULL, "481"},
		{"408", 408, NULL, "408"},
		{"silence", 0, NULL, "408"},
		{"an answer that cannot be used", 200, NULL, ""},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i)
			assert_int_equal(setup_failover(state), 0);
		start_recording(TAKES);
		talk(5);
		ask(RECORDING_PAUSE);
		if (rows[i].code)
			reply(first, "INVITE", rows[i].code, rows[i].sections);
		else
			run_for(33 * SECOND);
		assert_string_equal(events(), "start lost stop failover");
		assert_string_equal(trace_event_at(w.trace, 1)->code,
				    rows[i].event_code);
		assert_non_null(last(first, "BYE"));
		assert_true(in(last(second, "INVITE")->v.body, "a=inactive"));
		check_same_call();
		reply(second, "INVITE", 200, WAITS);
		ask(RECORDING_RESUME);
		reply(second, "INVITE", 200, TAKES);
		talk(5);
		assert_int_equal(packets_at(first), 10);
		assert_int_equal(packets_at(second), 10);
		assert_string_equal(events(),
				    "start lost stop failover start resume");
		end(second);
		assert_string_equal(
			events(), "start lost stop failover start resume stop");
		assert_null(recording_disorder(w.r));
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			teardown(state);
	}
}

static void test_no_server_is_left(void **state)
{
	(void)state;
	start_recording(TAKES);
	request(first, "BYE", NULL, NULL, NULL);
	reply(second, "INVITE", 486, NULL);
	assert_string_equal(events(), "start lost stop failover exhausted");
	assert_non_null(recording_disorder(w.r));
	assert_int_equal(recording_do(w.r, RECORDING_PAUSE, NULL),
			 RECORDING_NOT_RECORDING);
	/* it may be asked for again: from the first server on */
	ask(RECORDING_START);
	reply(first, "INVITE", 486, NULL);
	reply(second, "INVITE", 486, NULL);
	assert_int_equal(count(first, "INVITE"), 2);
}

static void test_stop_while_another_is_to_take_over(void **state)
{
	(void)state;
	start_recording(TAKES);
	request(first, "BYE", NULL, NULL, NULL);
	reply(second, "INVITE", 180, NULL);
	ask(RECORDING_STOP);
	assert_string_equal(events(), "start lost stop failover cancelled");
	assert_int_equal(count(second, "CANCEL"), 1);
	reply(second, "CANCEL", 200, NULL);
	reply(second, "INVITE", 487, NULL);
	assert_int_equal(recording_do(w.r, RECORDING_STOP, NULL),
			 RECORDING_NOT_RECORDING);
}

/* What the lost recorder had refused and what it asked for is not the next
 * one's. */
static void test_successor_is_offered_everything(void **state)
{
	struct sdp *s;

	(void)state;
	start_recording(TAKES);
	reinvite(first, "m=audio %1 RTP/AVP 0\r\na=recvonly\r\n"
			"m=audio 0 RTP/AVP 0\r\n");
	ack(first, NULL);
	request(first, "BYE", NULL, NULL, NULL);
	s = sdp_in(last(second, "INVITE"));
	assert_int_equal(s->n_media, 2);
	assert_true(s->media[0].port && s->media[1].port);
	sdp_free(s);
	reply(second, "INVITE", 200, TAKES);
	talk(3);
	assert_int_equal(packets_at(second), 6);
	end(second);
}

static void test_default_is_to_stop(void **state)
{
	(void)state;
	w.set.failover_on_loss = false;
	start_recording(TAKES);
	request(first, "BYE", NULL, NULL, NULL);
	assert_string_equal(events(), "start lost stop");
	assert_null(last(second, "INVITE"));
}

/* ---- signs of life ---- */

static void check_keepalive(int code, const char *want)
{
	w.set.keepalive_us = 2 * SECOND;
	start_recording(TAKES);
	run_for(2 * SECOND);
	assert_int_equal(count(first, "OPTIONS"), 1);
	if (code)
		reply(first, "OPTIONS", code, NULL);
	run_for(2 * SECOND);
	assert_string_equal(events(), want);
}

static void test_keepalive_is_answered(void **state)
{
	(void)state;
	check_keepalive(405, "start");
	assert_int_equal(count(first, "OPTIONS"), 2);
	reply(first, "OPTIONS", 200, NULL);
	end(first);
	run_for(5 * SECOND);
	assert_int_equal(count(first, "OPTIONS"), 2);
}

static void test_keepalive_is_not_answered(void **state)
{
	(void)state;
	check_keepalive(0, "start lost stop failover");
	assert_non_null(last(first, "BYE"));
	/* what comes late is no news of the next one */
	reply(first, "OPTIONS", 481, NULL);
	reply(second, "INVITE", 200, TAKES);
	run_for(1 * SECOND);
	assert_string_equal(events(), "start lost stop failover start");
	end(second);
}

static void test_keepalive_of_a_lost_dialog(void **state)
{
	(void)state;
	w.set.failover_on_loss = false;
	check_keepalive(481, "start lost stop");
	reply(first, "BYE", 481, NULL);
	run_for(5 * SECOND);
	assert_int_equal(count(first, "OPTIONS"), 1);
}

/* ---- session timers that we ask for ---- */

static bool says(const struct got *g, const char *name, const char *is)
{
	struct span value;

	assert_non_null(g);
	return sip_view_header(&g->v, name, 0, &value) && span_is(value, is);
}

static void test_recorder_without_session_timer_is_refreshed(void **state)
{
	(void)state;
	w.set.session_expires_s = 100;
	start_recording(TAKES);
	assert_true(says(last(first, "INVITE"), "Session-Expires", "100"));
	run_for(51 * SECOND);
	assert_int_equal(last(first, "INVITE")->v.cseq, 2);
	assert_true(says(last(first, "INVITE"), "Session-Expires",
			 "100;refresher=uac"));
	reply(first, "INVITE", 200, TAKES);
	run_for(51 * SECOND);
	assert_int_equal(last(first, "INVITE")->v.cseq, 3);
	reply(first, "INVITE", 481, NULL);
	assert_string_equal(events(), "start lost stop failover");
	reply(first, "BYE", 481, NULL);
	reply(second, "INVITE", 200, TAKES);
	end(second);
}

static void test_recorder_refreshes_too_late(void **state)
{
	static const char by_us[] = "Session-Expires: 90;refresher=uas\r\n";
	char *sdp = sdp_text(first, TAKES);

	(void)state;
	w.set.session_expires_s = 90;
	make_recording();
	media_known();
	reply_to(first, last(first, "INVITE"), 200, by_us, TAKES);
	run_for(50 * SECOND);
	request(first, "INVITE",
		"Supported: timer\r\nSession-Expires: 90;refresher=uac\r\n",
		"application/sdp", sdp);
	ack(first, NULL);
	/* a change of ours leaves that to the recorder */
	ask(RECORDING_PAUSE);
	assert_true(says(last(first, "INVITE"), "Session-Expires",
			 "90;refresher=uas"));
	reply_to(first, last(first, "INVITE"), 200, by_us, WAITS);
	run_for(59 * SECOND);
	assert_string_equal(events(), "start pause");
	run_for(2 * SECOND);
	assert_string_equal(events(), "start pause lost stop failover");
	assert_string_equal(trace_event_at(w.trace, 2)->reason,
			    "it did not refresh the session");
	reply(second, "INVITE", 200, WAITS);
	end(second);
	free(sdp);
}

static void test_interval_too_small(void **state)
{
	static const struct {
		const char *name, *headers;
		bool again;
	} rows[] = {
		{"longer", "Min-SE: 300\r\n", true},
		{"no longer", "Min-SE: 90\r\n", false},
		{"no Min-SE", NULL, false},
		{"no number", "Min-SE: x\r\n", false},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (i)
			assert_int_equal(setup_failover(state), 0);
		w.set.session_expires_s = 90;
		make_recording();
		media_known();
		reply_to(first, last(first, "INVITE"), 422, rows[i].headers,
			 NULL);
		if (count(first, "INVITE") != 1 + (size_t)rows[i].again)
			print_error("%s\n", rows[i].name);
		assert_int_equal(count(first, "INVITE"), 1 + rows[i].again);
		assert_int_equal(count(second, "INVITE"), !rows[i].again);
		if (rows[i].again) {
			assert_true(says(last(first, "INVITE"),
					 "Session-Expires", "300"));
			assert_true(
				says(last(first, "INVITE"), "Min-SE", "300"));
			reply(first, "INVITE", 486, NULL);
			assert_true(says(last(second, "INVITE"),
					 "Session-Expires", "90"));
		}
		reply(second, "INVITE", 486, NULL);
		if (i + 1 < sizeof(rows) / sizeof(rows[0]))
			teardown(state);
	}
}

/* ---- the hunt's pace ---- */

static void test_silent_server_is_left_early(void **state)
{
	(void)state;
	w.set.provisional_within_us = SECOND;
	make_recording();
	media_known();
	run_for(SECOND);
	assert_string_equal(events(), "failover");
	reply(second, "INVITE", 100, NULL);
	run_for(20 * SECOND);
	assert_string_equal(events(), "failover");
	/* a late 200 is taken and ended */
	reply(first, "INVITE", 200, TAKES);
	assert_int_equal(count(first, "ACK"), 1);
	assert_int_equal(count(first, "BYE"), 1);
	reply(first, "BYE", 200, NULL);
	reply(second, "INVITE", 200, TAKES);
	assert_string_equal(events(), "failover start");
	end(second);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_failover, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_change_that_loses_the_recorder),
		T(test_no_server_is_left),
		T(test_stop_while_another_is_to_take_over),
		T(test_successor_is_offered_everything),
		T(test_default_is_to_stop),
		T(test_keepalive_is_answered),
		T(test_keepalive_is_not_answered),
		T(test_keepalive_of_a_lost_dialog),
		T(test_recorder_without_session_timer_is_refreshed),
		T(test_recorder_refreshes_too_late),
		T(test_interval_too_small),
		T(test_silent_server_is_left_early),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
