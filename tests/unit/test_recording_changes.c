/* What the call changes, on its way to a recorder. */
#include "recording_fixture.h"

static struct peer *const srs = &w.peer[0];

static const struct sdp_codec both[] = {
	{.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1},
	{.pt = 8, .name = "PCMA", .rate = 8000, .channels = 1}};

/* One party's direction as it sees it, the other's is the reverse. */
static void change(enum sdp_dir caller, const struct sdp_codec *codec, size_t n)
{
	struct recording_media m[RECORDING_PARTIES] = {
		{0, RECORDING_AUDIO, codec, n, 20, caller},
		{1, RECORDING_AUDIO, codec, n, 20, sdp_dir_reverse(caller)}};

	recording_media_changed(w.r, m, 2, false);
	settle();
}

static void hold(void) /* by the callee */
{
	change(SDP_RECVONLY, both, 2);
}

static void unhold(void)
{
	change(SDP_SENDRECV, both, 2);
}

/* By re-INVITE, with the media as it was. */
static void rename_callee(const char *name)
{
	struct recording_party now = {"callee", "sip:bob@example.com",
				      "sip:bob@example.com", name};

	recording_party(w.r, 1, &now, false);
	change(SDP_SENDRECV, both, 2);
}

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

static void check_offer(const struct got *g, enum sdp_dir one, enum sdp_dir two,
			uint64_t version)
{
	struct sdp *s = sdp_in(g);

	assert_int_equal(s->n_media, 2);
	assert_int_equal(s->media[0].dir, one);
	assert_int_equal(s->media[1].dir, two);
	assert_string_equal(s->media[0].label, "1");
	assert_string_equal(s->media[1].label, "2");
	assert_int_equal(s->version, version);
	sdp_free(s);
}

static size_t times(struct span text, const char *what)
{
	size_t n = 0, at;

	while ((at = span_find(text, span_of(what))) < text.n) {
		text = span_skip(text, at + 1);
		n++;
	}
	return n;
}

#define HELD                                                                   \
	"m=audio %1 RTP/AVP 0\r\na=inactive\r\n"                               \
	"m=audio %2 RTP/AVP 0\r\na=recvonly\r\n"

static void test_change_goes_out_once(void **state)
{
	const struct got *g;

	(void)state;
	start_recording(TAKES);
	check_offer(last(srs, "INVITE"), SDP_SENDONLY, SDP_SENDONLY, 1);
	hold();
	g = last(srs, "INVITE");
	assert_int_equal(count(srs, "INVITE"), 2);
	check_offer(g, SDP_INACTIVE, SDP_SENDONLY, 2);
	assert_int_equal(times(metadata_in(g), "<send>"), 1);
	assert_int_equal(times(metadata_in(g), "<recv>"), 1);
	assert_int_equal(times(metadata_in(g), "<label>"), 2);
	reply(srs, "INVITE", 200, HELD);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 0);
	assert_int_equal(srs->line[1].n_rtp, 5);
	unhold();
	g = last(srs, "INVITE");
	check_offer(g, SDP_SENDONLY, SDP_SENDONLY, 3);
	assert_int_equal(times(metadata_in(g), "<send>"), 2);
	reply(srs, "INVITE", 200, TAKES);
	talk(5);
	assert_int_equal(srs->line[0].n_rtp, 5);
	assert_string_equal(events(), "start update update");
	hang_up();
}

static void test_change_of_nothing_is_not_told(void **state)
{
	(void)state;
	start_recording(TAKES);
	change(SDP_SENDRECV, both, 2);
	assert_int_equal(count(srs, "INVITE"), 1);
	change(SDP_SENDRECV, both, 1);
	assert_int_equal(count(srs, "INVITE"), 2);
	reply(srs, "INVITE", 200, TAKES);
	hang_up();
}

static void test_changes_are_gathered_while_one_is_open(void **state)
{
	(void)state;
	start_recording(TAKES);
	hold();
	unhold();
	change(SDP_SENDONLY, both, 2);
	assert_int_equal(count(srs, "INVITE"), 2);
	reply(srs, "INVITE", 200, HELD);
	run_for(100 * MS);
	assert_int_equal(count(srs, "INVITE"), 3);
	/* its ACK went before it */
	assert_true(last(srs, "ACK")->v.cseq + 1 ==
		    last(srs, "INVITE")->v.cseq);
	assert_true(last(srs, "ACK") < last(srs, "INVITE"));
	check_offer(last(srs, "INVITE"), SDP_SENDONLY, SDP_INACTIVE, 3);
	reply(srs, "INVITE", 200, TAKES);
	run_for(100 * MS);
	assert_int_equal(count(srs, "INVITE"), 3);
	assert_string_equal(events(), "start update update");
	hang_up();
}

static void test_change_with_a_pause(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	hold();
	reply(srs, "INVITE", 200, WAITS); /* of the pause */
	run_for(100 * MS);
	/* the SDP is the same, the metadata is not */
	check_offer(last(srs, "INVITE"), SDP_INACTIVE, SDP_INACTIVE, 2);
	assert_int_equal(times(metadata_in(last(srs, "INVITE")), "<send>"), 1);
	ask(RECORDING_RESUME); /* while that one is open */
	unhold();
	reply(srs, "INVITE", 200, WAITS);
	run_for(100 * MS);
	check_offer(last(srs, "INVITE"), SDP_SENDONLY, SDP_SENDONLY, 3);
	reply(srs, "INVITE", 200, TAKES);
	assert_int_equal(count(srs, "INVITE"), 4);
	assert_string_equal(events(), "start pause update resume update");
	talk(3);
	assert_int_equal(packets_at(srs), 6);
	hang_up();
}

static void test_change_refused(void **state)
{
	(void)state;
	start_recording(TAKES);
	hold();
	reply(srs, "INVITE", 488, NULL);
	run_for(100 * MS);
	assert_int_equal(count(srs, "INVITE"), 2);
	talk(3); /* as agreed before */
	assert_int_equal(packets_at(srs), 6);
	/* the next one tells all that is different by then */
	ask(RECORDING_PAUSE);
	assert_int_equal(times(metadata_in(last(srs, "INVITE")), "<send>"), 1);
	reply(srs, "INVITE", 200, WAITS);
	assert_string_equal(events(), "start refused pause");
	hang_up();
}

/* A pause that was asked for while the refused change was open is not refused
 * with it. */
static void test_change_refused_before_a_pause(void **state)
{
	(void)state;
	start_recording(TAKES);
	hold();
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 488, NULL);
	run_for(100 * MS);
	check_offer(last(srs, "INVITE"), SDP_INACTIVE, SDP_INACTIVE, 3);
	reply(srs, "INVITE", 200, WAITS);
	assert_string_equal(events(), "start refused pause");
	hang_up();
}

static void test_change_during_the_hunt(void **state)
{
	(void)state;
	w.set.n_servers = 2;
	make_recording();
	media_known();
	hold();
	assert_int_equal(count(srs, "INVITE"), 1);
	reply(srs, "INVITE", 486, NULL);
	check_offer(last(&w.peer[1], "INVITE"), SDP_INACTIVE, SDP_SENDONLY, 2);
	reply(&w.peer[1], "INVITE", 200, HELD);
	run_for(100 * MS);
	assert_int_equal(count(&w.peer[1], "INVITE"), 1);
	recording_call_ended(w.r);
	settle();
	reply(&w.peer[1], "BYE", 200, NULL);
	assert_string_equal(events(), "failover start stop");
}

static void test_change_before_the_answer(void **state)
{
	(void)state;
	make_recording();
	media_known();
	hold();
	reply(srs, "INVITE", 200, TAKES);
	assert_int_equal(count(srs, "INVITE"), 2);
	check_offer(last(srs, "INVITE"), SDP_INACTIVE, SDP_SENDONLY, 2);
	reply(srs, "INVITE", 200, HELD);
	assert_string_equal(events(), "start update");
	hang_up();
}

static void test_change_after_491(void **state)
{
	(void)state;
	start_recording(TAKES);
	hold();
	reply(srs, "INVITE", 491, NULL);
	unhold(); /* while it waits: what goes out is true by then */
	change(SDP_INACTIVE, both, 2);
	run_for(4100 * MS);
	reply(srs, "INVITE", 200, HELD);
	run_for(100 * MS);
	check_offer(last(srs, "INVITE"), SDP_INACTIVE, SDP_INACTIVE, 3);
	reply(srs, "INVITE", 200, WAITS);
	assert_string_equal(events(), "start update update");
	hang_up();
}

/* The recorder asked for PCMU only; the call speaks PCMA from now on. */
static void test_change_of_codec_after_the_recorders_offer(void **state)
{
	struct sdp *s;

	(void)state;
	start_recording(TAKES);
	reinvite(srs, TAKES);
	ack(srs, NULL);
	change(SDP_SENDRECV, &both[1], 1);
	s = sdp_in(last(srs, "INVITE"));
	assert_int_equal(s->n_media, 2);
	assert_true(s->media[0].port != 0);
	assert_int_equal(s->media[0].n_codecs, 1);
	assert_int_equal(s->media[0].codec[0].pt, 8);
	sdp_free(s);
	reply(srs, "INVITE", 200,
	      "m=audio %1 RTP/AVP 8\r\na=recvonly\r\n"
	      "m=audio %2 RTP/AVP 8\r\na=recvonly\r\n");
	hang_up();
}

static void test_change_when_nothing_runs(void **state)
{
	(void)state;
	w.set.start = RECORDING_MANUAL;
	make_recording();
	hold(); /* nothing is known yet */
	media_known();
	hold();
	assert_int_equal(srs->n_got, 0);
	ask(RECORDING_START);
	check_offer(last(srs, "INVITE"), SDP_INACTIVE, SDP_SENDONLY, 1);
	reply(srs, "INVITE", 200, HELD);
	assert_int_equal(count(srs, "INVITE"), 1);
	hang_up();
	unhold(); /* too late */
	assert_int_equal(count(srs, "INVITE"), 1);
	assert_string_equal(events(), "start stop");
}

/* A document longer than a message may be: nothing is sent, all stays as it was,
 * and it is said. What fits again is told. */
static void test_change_that_cannot_be_written(void **state)
{
	static char xml[59000], name[4000];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	snprintf(xml, sizeof(xml),
		 "<nameID aor=\"sip:a@example.com\"><name>%*s</name></nameID>",
		 56000, "long");
	w.set.caller_xml = xml;
	start_recording(TAKES);
	assert_int_equal(count(srs, "INVITE"), 1);
	rename_callee(name);
	assert_int_equal(count(srs, "INVITE"), 1);
	assert_string_equal(events(), "start refused");
	rename_callee("Bob");
	assert_int_equal(count(srs, "INVITE"), 2);
	reply(srs, "INVITE", 200, TAKES);
	assert_string_equal(events(), "start refused update");
	hang_up();
}

int main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(test_change_goes_out_once),
		CASE(test_change_of_nothing_is_not_told),
		CASE(test_changes_are_gathered_while_one_is_open),
		CASE(test_change_with_a_pause),
		CASE(test_change_refused),
		CASE(test_change_that_cannot_be_written),
		CASE(test_change_refused_before_a_pause),
		CASE(test_change_during_the_hunt),
		CASE(test_change_before_the_answer),
		CASE(test_change_after_491),
		CASE(test_change_of_codec_after_the_recorders_offer),
		CASE(test_change_when_nothing_runs),
	};

	return cmocka_run_group_tests_name("recording_changes", tests, NULL,
					   NULL);
}
