/* What a recorder does by its script, seen by an SRC. */
#include "recorder_fixture.h"

/* What the recorder asked of the SRC, as "METHOD\n", and the newest request. */
struct seen {
	struct buf methods;
	char *text, *ack;
	int answer; /* code that requests get */
};

static struct seen seen;

static bool take_request(struct sip_session *s, struct sip_txn *x,
			 const struct sip_view *req, void *arg)
{
	(void)arg;
	buf_addf(&seen.methods, "%.*s\n", SPAN_ARG(req->method));
	keep(&seen.text, req->text);
	sip_session_reply(s, x, seen.answer, NULL, NULL, span_of(""));
	return true;
}

static void take_reinvite(struct sip_session *s, const struct sip_view *req,
			  void *arg)
{
	(void)arg;
	buf_add_str(&seen.methods, "re-INVITE\n");
	keep(&seen.text, req->text);
	if (seen.answer < 300)
		sip_session_answer(s, seen.answer, NULL, "application/sdp",
				   span_of(two_lines));
	else
		sip_session_reject(s, seen.answer, NULL);
}

static void take_ack(struct sip_session *s, const struct sip_view *ack,
		     void *arg)
{
	(void)s;
	(void)arg;
	buf_add_str(&seen.methods, "ACK\n");
	keep(&seen.ack, ack->text);
}

static void invite(struct fix *f)
{
	static const struct sip_session_handlers h = {
		.progress = fix_progress,
		.answered = fix_answered,
		.failed = fix_failed,
		.reinvited = take_reinvite,
		.acked = take_ack,
		.request = take_request,
		.ended = fix_ended};
	struct sip_invite inv = {.uri = recorder_uri(f->r),
				 .from = "<sip:src@127.0.0.1>",
				 .to = "<sip:vault@127.0.0.1>",
				 .headers = SRC_HEADERS,
				 .content_type = MULTIPART};
	struct buf body;

	buf_init(&body, META_MAX);
	add_body(&body, two_lines, true);
	inv.body = buf_span(&body);
	sip_session_release(f->session);
	f->session = sip_session_invite(f->src, &inv, &h, f, NULL);
	assert_non_null(f->session);
	buf_fini(&body);
}

static struct fix *with_script(const struct recorder_line *line, size_t n)
{
	struct fix *f = fix_new();

	buf_init(&seen.methods, 4096);
	seen.answer = 200;
	f->conf.line = line;
	f->conf.n_lines = n;
	fix_start(f);
	return f;
}

static void done(struct fix *f)
{
	fix_free(f);
	buf_fini(&seen.methods);
	free(seen.text);
	free(seen.ack);
	seen.text = seen.ack = NULL;
}

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* ---- INVITE ---- */

static void test_entries_are_used_in_turn(void **state)
{
	static const char *const retry[] = {"Retry-After: 5"};
	static const struct recorder_line lines[] = {
		{.when = "INVITE", .times = 2, .reply = 486},
		{.when = "BYE", .times = 1, .reply = 481},
		{.when = "INVITE",
		 .times = 1,
		 .reply = 503,
		 .header = retry,
		 .n_headers = 1},
	};
	static const int wanted[] = {486, 486, 503, 200, 200};
	struct fix *f = with_script(lines, COUNT(lines));
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(wanted); i++) {
		invite(f);
		fix_run(f, 50 * MS);
		assert_int_equal(f->final, wanted[i]);
		if (wanted[i] == 503)
			assert_non_null(strstr(f->answer, retry[0]));
		if (wanted[i] == 200)
			sip_session_hangup(f->session, NULL);
		fix_run(f, 50 * MS);
	}
	done(f);
}

static void test_invite_waits_and_gets_another_2xx(void **state)
{
	static const struct recorder_line lines[] = {{.when = "INVITE",
						      .times = 1,
						      .reply = 202,
						      .wait_us = SECOND}};
	struct fix *f = with_script(lines, COUNT(lines));

	(void)state;
	invite(f);
	fix_run(f, 999 * MS);
	assert_int_equal(f->final, 0);
	fix_run(f, 50 * MS);
	assert_int_equal(f->final, 202);
	done(f);
}

static void test_invite_gets_no_answer(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "INVITE", .times = 1, .reply = RECORDER_REPLY_NEVER}};
	struct fix *f = with_script(lines, COUNT(lines));

	(void)state;
	invite(f);
	fix_run(f, 40 * SECOND);
	assert_int_equal(f->outcome, SIP_TIMEOUT);
	assert_false(recorder_busy(f->r));
	done(f);
}

/* ---- requests in the dialog ---- */

static int ask(struct fix *f, const char *method)
{
	f->change_code = 0;
	assert_int_equal(sip_session_request(f->session, method, NULL, NULL,
					     span_of(""), fix_changed, f),
			 0);
	fix_run(f, 50 * MS);
	return f->change_code;
}

static void test_requests_get_what_the_script_says(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "OPTIONS", .times = 1, .reply = 503},
		{.when = "INFO", .times = 1, .reply = 200},
		{.when = "UPDATE", .times = 1, .reply = 491},
		{.when = "FOO", .times = 1, .reply = 299},
	};
	static const struct {
		const char *method;
		int first, second;
	} rows[] = {{"OPTIONS", 503, 200},
		    {"INFO", 200, 405},
		    {"UPDATE", 491, 200},
		    {"FOO", 299, 405}};
	struct fix *f = with_script(lines, COUNT(lines));
	size_t i, session;

	(void)state;
	/* those in a dialog count anew in the next */
	for (session = 0; session < 2; session++) {
		invite(f);
		fix_run(f, 50 * MS);
		for (i = 0; i < COUNT(rows); i++) {
			assert_int_equal(ask(f, rows[i].method), rows[i].first);
			assert_int_equal(ask(f, rows[i].method),
					 rows[i].second);
		}
		sip_session_hangup(f->session, NULL);
		fix_run(f, 50 * MS);
	}
	done(f);
}

static void test_reply_that_waits_is_polite(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "OPTIONS", .times = 1, .wait_us = 100 * MS},
		{.when = "INFO", .times = 1, .wait_us = 100 * MS}};
	struct fix *f = with_script(lines, COUNT(lines));

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	assert_int_equal(ask(f, "OPTIONS"), 0);
	fix_run(f, 60 * MS);
	assert_int_equal(f->change_code, 200);
	assert_non_null(strstr(f->change, "Allow: INVITE"));
	assert_int_equal(ask(f, "INFO"), 0);
	fix_run(f, 60 * MS);
	assert_int_equal(f->change_code, 405);
	done(f);
}

/* What waits is forgotten with its session, whichever way that ends. */
static void test_session_ends_while_a_request_waits(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "OPTIONS", .times = 1, .wait_us = 10 * SECOND},
		{.when = "INFO", .times = 1, .reply = RECORDER_REPLY_NEVER},
		{.when = "re-INVITE", .times = 1, .wait_us = 10 * SECOND},
		{.after_us = 20 * SECOND, .send = "BYE"}};
	struct fix *f = with_script(lines, COUNT(lines));
	int way;

	(void)state;
	for (way = 0; way < 2; way++) {
		invite(f);
		fix_run(f, 50 * MS);
		sip_session_request(f->session, "OPTIONS", NULL, NULL,
				    span_of(""), NULL, NULL);
		sip_session_request(f->session, "INFO", NULL, NULL, span_of(""),
				    NULL, NULL);
		sip_session_reinvite(f->session, NULL, NULL, span_of(""), NULL,
				     NULL);
		fix_run(f, 50 * MS);
		if (way == 0)
			sip_session_hangup(f->session, NULL);
		else
			recorder_kill(f->r);
		fix_run(f, 50 * MS);
		assert_int_equal(recorder_sessions(f->r), 0);
	}
	done(f);
}

/* ---- BYE ---- */

static void test_bye_is_refused_or_late(void **state)
{
	static const struct {
		struct recorder_line line;
		int64_t over_us;
	} rows[] = {
		{{.when = "BYE", .times = 1, .reply = 405}, 50 * MS},
		{{.when = "BYE", .times = 1, .wait_us = SECOND}, 1020 * MS},
		{{.when = "BYE", .times = 1, .reply = RECORDER_REPLY_NEVER},
		 37 * SECOND},
		{{.when = "BYE", .times = 1, .send = "UPDATE"}, 50 * MS},
	};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct fix *f = with_script(&rows[i].line, 1);

		invite(f);
		fix_run(f, 50 * MS);
		sip_session_hangup(f->session, NULL);
		fix_run(f, rows[i].over_us - 30 * MS);
		if (rows[i].over_us > SECOND)
			assert_int_equal(recorder_sessions(f->r), 1);
		fix_run(f, 60 * MS);
		assert_true(f->ended);
		assert_int_equal(recorder_sessions(f->r), 0);
		fix_run(f, 40 * SECOND);
		assert_false(recorder_busy(f->r));
		done(f);
	}
}

static void test_byes_cross(void **state)
{
	static const struct recorder_line line = {
		.when = "BYE", .times = 1, .send = "BYE"};
	struct fix *f = with_script(&line, 1);

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	sip_session_hangup(f->session, NULL);
	fix_run(f, 50 * MS);
	assert_true(f->ended);
	assert_false(recorder_busy(f->r));
	done(f);
}

/* ---- requests of its own ---- */

static void test_moments_count_from_the_200(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "INVITE", .times = 1, .wait_us = SECOND},
		{.after_us = SECOND, .send = "OPTIONS"},
		{.after_us = 2 * SECOND,
		 .send = "INFO",
		 .body = "hello",
		 .type = "text/x-greeting",
		 .require = "foo"}};
	struct fix *f = with_script(lines, COUNT(lines));

	(void)state;
	invite(f);
	fix_run(f, 1990 * MS);
	assert_int_equal(seen.methods.n, 0);
	fix_run(f, 60 * MS);
	assert_string_equal(buf_str(&seen.methods), "OPTIONS\n");
	fix_run(f, SECOND);
	/* the 420 comes before anybody is asked */
	assert_string_equal(buf_str(&seen.methods), "OPTIONS\n");
	done(f);
}

static void test_after_the_ack(void **state)
{
	static const struct recorder_line lines[] = {
		{.when = "ACK",
		 .times = 1,
		 .send = "re-INVITE",
		 .offer = RECORDER_OFFER_SAME},
		{.when = "UPDATE", .times = 1, .send = "INFO", .body = "x"}};
	struct fix *f = with_script(lines, COUNT(lines));

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	assert_string_equal(buf_str(&seen.methods), "re-INVITE\nACK\n");
	assert_int_equal(ask(f, "UPDATE"), 200);
	assert_string_equal(buf_str(&seen.methods), "re-INVITE\nACK\nINFO\n");
	assert_non_null(strstr(seen.text, "Content-Type: text/plain\r\n"));
	done(f);
}

static struct sdp *offered(struct fix *f, enum recorder_offer offer)
{
	struct recorder_line line = {.send = "re-INVITE", .offer = offer};

	recorder_send(f->r, &line);
	fix_run(f, 20 * MS);
	return sdp_of(seen.text);
}

/* The offers themselves; the SRC refuses, so each is made of the first. */
static void test_offers(void **state)
{
	static const struct {
		const char *name;
		enum recorder_offer offer;
		size_t lines;
		enum sdp_dir dir;
		bool last_dead, moved;
	} rows[] = {
		{"same", RECORDER_OFFER_SAME, 2, SDP_RECVONLY, false, false},
		{"inactive", RECORDER_OFFER_INACTIVE, 2, SDP_INACTIVE, false,
		 false},
		{"recvonly", RECORDER_OFFER_RECVONLY, 2, SDP_RECVONLY, false,
		 false},
		{"fewer", RECORDER_OFFER_FEWER, 2, SDP_RECVONLY, true, false},
		{"cut", RECORDER_OFFER_CUT, 1, SDP_RECVONLY, false, false},
		{"more", RECORDER_OFFER_MORE, 3, SDP_RECVONLY, false, false},
		{"moved", RECORDER_OFFER_MOVED, 2, SDP_RECVONLY, false, true},
	};
	struct fix *f = with_script(NULL, 0);
	struct sdp *first, *now;
	size_t i, flows;

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	first = sdp_of(f->answer);
	flows = wire_flows(f->wire);
	seen.answer = 488;
	for (i = 0; i < COUNT(rows); i++) {
		print_message("%s\n", rows[i].name);
		now = offered(f, rows[i].offer);
		assert_int_equal(now->n_media, rows[i].lines);
		assert_int_equal(now->media[0].dir, rows[i].dir);
		assert_int_equal(now->media[0].port != first->media[0].port,
				 rows[i].moved);
		if (rows[i].lines > 1)
			assert_int_equal(now->media[1].port == 0,
					 rows[i].last_dead);
		/* a refusal leaves the ports as they were */
		assert_int_equal(wire_flows(f->wire), flows);
		sdp_free(now);
	}
	sdp_free(first);
	done(f);
}

static void test_hold_lasts_until_it_is_taken_back(void **state)
{
	struct fix *f = with_script(NULL, 0);
	struct sdp *now;

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	sdp_free(offered(f, RECORDER_OFFER_INACTIVE));
	sip_session_reinvite(f->session, NULL, "application/sdp",
			     span_of(two_lines), fix_changed, f);
	fix_run(f, 50 * MS);
	now = sdp_of(f->change);
	assert_int_equal(now->media[1].dir, SDP_INACTIVE);
	sdp_free(now);
	sdp_free(offered(f, RECORDER_OFFER_RECVONLY));
	sip_session_reinvite(f->session, NULL, "application/sdp",
			     span_of(two_lines), fix_changed, f);
	fix_run(f, 50 * MS);
	now = sdp_of(f->change);
	assert_int_equal(now->media[1].dir, SDP_RECVONLY);
	sdp_free(now);
	done(f);
}

static void test_removed_line_stays_away(void **state)
{
	struct fix *f = with_script(NULL, 0);
	struct sdp *now;
	size_t flows;

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	flows = wire_flows(f->wire);
	sdp_free(offered(f, RECORDER_OFFER_FEWER));
	assert_int_equal(wire_flows(f->wire), flows - 2);
	sip_session_reinvite(f->session, NULL, "application/sdp",
			     span_of(two_lines), fix_changed, f);
	fix_run(f, 50 * MS);
	now = sdp_of(f->change);
	assert_int_equal(now->n_media, 2);
	assert_int_not_equal(now->media[0].port, 0);
	assert_int_equal(now->media[1].port, 0);
	sdp_free(now);
	done(f);
}

static void test_answer_in_the_ack(void **state)
{
	static const struct {
		unsigned mangle;
		enum recorder_answer answer;
		const char *has;
	} rows[] = {{0, RECORDER_POLITE, "a=recvonly"},
		    {0, RECORDER_INACTIVE, "a=inactive"},
		    {MANGLE_NO_SDP, RECORDER_POLITE, "Content-Length: 0"}};
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(rows); i++) {
		struct recorder_line line = {.send = "re-INVITE",
					     .answer = rows[i].answer,
					     .mangle = rows[i].mangle};
		struct fix *f = with_script(NULL, 0);

		invite(f);
		fix_run(f, 50 * MS);
		recorder_send(f->r, &line);
		fix_run(f, 20 * MS);
		assert_string_equal(buf_str(&seen.methods), "re-INVITE\nACK\n");
		assert_non_null(strstr(seen.ack, rows[i].has));
		done(f);
	}
}

static void test_snapshot_is_asked_for(void **state)
{
	struct recorder_line line = {.send = "UPDATE", .snapshot = true};
	struct fix *f = with_script(NULL, 0);

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	recorder_send(f->r, &line);
	fix_run(f, 20 * MS);
	assert_non_null(strstr(seen.text, "<requestsnapshot xmlns="));
	assert_non_null(strstr(seen.text, "\r\nContent-Disposition: "
					  "recording-session\r\n"));
	assert_non_null(strstr(seen.text, "+sip.srs"));
	line.offer = RECORDER_OFFER_SAME;
	recorder_send(f->r, &line);
	fix_run(f, 20 * MS);
	assert_non_null(strstr(seen.text, "multipart/mixed"));
	assert_non_null(strstr(seen.text, "m=audio"));
	done(f);
}

/* The SRC answers without its session being asked. */
static void test_wrong_requests(void **state)
{
	struct recorder_line line = {.send = "INFO", .body = "x"};
	struct fix *f = with_script(NULL, 0);

	(void)state;
	invite(f);
	fix_run(f, 50 * MS);
	recorder_send(f->r, &line);
	recorder_send(f->r, &line);
	fix_run(f, 20 * MS);
	assert_string_equal(buf_str(&seen.methods), "INFO\nINFO\n");
	line.wrong_tag = true;
	recorder_send(f->r, &line);
	line.send = "BYE";
	recorder_send(f->r, &line);
	line.wrong_tag = false;
	line.lower_cseq = true;
	recorder_send(f->r, &line);
	fix_run(f, 20 * MS);
	assert_string_equal(buf_str(&seen.methods), "INFO\nINFO\n");
	assert_int_equal(recorder_sessions(f->r), 1);
	assert_false(f->ended);
	done(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entries_are_used_in_turn),
		cmocka_unit_test(test_invite_waits_and_gets_another_2xx),
		cmocka_unit_test(test_invite_gets_no_answer),
		cmocka_unit_test(test_requests_get_what_the_script_says),
		cmocka_unit_test(test_reply_that_waits_is_polite),
		cmocka_unit_test(test_session_ends_while_a_request_waits),
		cmocka_unit_test(test_bye_is_refused_or_late),
		cmocka_unit_test(test_byes_cross),
		cmocka_unit_test(test_moments_count_from_the_200),
		cmocka_unit_test(test_after_the_ack),
		cmocka_unit_test(test_offers),
		cmocka_unit_test(test_hold_lasts_until_it_is_taken_back),
		cmocka_unit_test(test_removed_line_stays_away),
		cmocka_unit_test(test_answer_in_the_ack),
		cmocka_unit_test(test_snapshot_is_asked_for),
		cmocka_unit_test(test_wrong_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
