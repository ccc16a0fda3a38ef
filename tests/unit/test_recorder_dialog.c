#include "recorder_fixture.h"

static struct sdp *establish(struct fix *f)
{
	fix_start(f);
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	assert_int_equal(f->final, 200);
	return sdp_of(f->answer);
}

static void reinvite(struct fix *f, const char *sdp)
{
	assert_int_equal(sip_session_reinvite(f->session, NULL,
					      sdp ? "application/sdp" : NULL,
					      span_of(sdp), fix_changed, f),
			 0);
	fix_run(f, 50 * MS);
}

static void update(struct fix *f, const char *type, struct span body)
{
	assert_int_equal(sip_session_request(f->session, "UPDATE", NULL, type,
					     body, fix_changed, f),
			 0);
	fix_run(f, 50 * MS);
}

/* ---- re-INVITE ---- */

static void test_reinvite_pauses(void **state)
{
	static const char paused[] =
		"v=0\r\no=src 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
		"c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		"m=audio 20000 RTP/AVP 8\r\na=inactive\r\na=label:1\r\n"
		"m=audio 20002 RTP/AVP 0\r\na=sendonly\r\na=label:2\r\n";
	struct fix *f = fix_new();
	struct sdp *first = establish(f), *now;

	(void)state;
	reinvite(f, paused);
	assert_int_equal(f->change_code, 200);
	now = sdp_of(f->change);
	assert_int_equal(now->media[0].dir, SDP_INACTIVE);
	assert_int_equal(now->media[1].dir, SDP_RECVONLY);
	assert_int_equal(now->media[0].port, first->media[0].port);
	assert_int_equal(now->media[1].port, first->media[1].port);
	assert_int_equal(now->version, first->version + 1);
	sdp_free(now);

	reinvite(f, paused);
	now = sdp_of(f->change);
	assert_int_equal(now->version, first->version + 1);
	sdp_free(now);

	reinvite(f, two_lines);
	now = sdp_of(f->change);
	assert_int_equal(now->media[0].dir, SDP_RECVONLY);
	assert_int_equal(now->version, first->version + 2);
	sdp_free(now);
	sdp_free(first);
	fix_free(f);
}

static void test_reinvite_adds_and_removes(void **state)
{
	char *three = xasprintf("%sm=audio 20004 RTP/AVP 0\r\na=sendonly\r\n"
				"a=label:3\r\n",
				two_lines);
	struct fix *f = fix_new();
	struct sdp *first = establish(f), *now;
	size_t flows = wire_flows(f->wire);
	char *zero;

	(void)state;
	reinvite(f, three);
	now = sdp_of(f->change);
	assert_int_equal(now->n_media, 3);
	assert_string_equal(now->media[2].label, "3");
	assert_int_not_equal(now->media[2].port, 0);
	assert_int_equal(wire_flows(f->wire), flows + 2);
	sdp_free(now);

	zero = strstr(three, "20002");
	memcpy(zero, "00000", 5);
	reinvite(f, three);
	now = sdp_of(f->change);
	assert_int_equal(now->media[1].port, 0);
	assert_int_equal(now->media[0].port, first->media[0].port);
	assert_int_equal(wire_flows(f->wire), flows);
	fix_tone(f, first, 1, (struct rtp){.ssrc = 1}, 1, 440);
	assert_true(f->refused);
	sdp_free(now);
	sdp_free(first);
	free(three);
	fix_free(f);
}

static void test_reinvite_is_refused(void **state)
{
	static const struct {
		const char *name, *sdp;
		int code;
	} rows[] = {
		{"a line less",
		 "v=0\r\no=src 1 2 IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 2 RTP/AVP 0\r\n",
		 488},
		{"no SDP at all", "garbage", 400},
	};
	struct fix *f = fix_new();
	size_t i;

	(void)state;
	sdp_free(establish(f));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		reinvite(f, rows[i].sdp);
		assert_int_equal(f->change_code, rows[i].code);
		assert_non_null(strstr(f->change, "Warning: 399"));
	}
	assert_int_equal(recorder_sessions(f->r), 1);
	fix_free(f);
}

/* It asks for an offer: the same description again. */
static void test_reinvite_without_body(void **state)
{
	struct fix *f = fix_new();
	struct sdp *first = establish(f), *now;

	(void)state;
	reinvite(f, NULL);
	assert_int_equal(f->change_code, 200);
	now = sdp_of(f->change);
	assert_int_equal(now->n_media, 2);
	assert_int_equal(now->version, first->version);
	assert_int_equal(now->media[0].port, first->media[0].port);
	sdp_free(now);
	sdp_free(first);
	fix_free(f);
}

/* ---- UPDATE and others ---- */

static void test_update_of_metadata(void **state)
{
	struct fix *f = fix_new();
	struct buf xml;

	(void)state;
	fix_want_dir(f);
	sdp_free(establish(f));
	buf_init(&xml, META_MAX);
	add_metadata(&xml);
	update(f, "application/rs-metadata", buf_span(&xml));
	assert_int_equal(f->change_code, 200);
	assert_non_null(strstr(f->change, "Content-Length: 0\r\n"));
	assert_non_null(strstr(f->change, "+sip.srs"));
	assert_int_equal(trace_n_files(f->trace), 2);
	assert_non_null(
		strstr(trace_file_at(f->trace, 1)->path, "/vault-2.xml"));
	buf_fini(&xml);
	fix_free(f);
}

static void test_update_with_sdp(void **state)
{
	struct fix *f = fix_new();
	struct sdp *first = establish(f), *now;

	(void)state;
	update(f, "application/sdp", span_of(two_lines));
	assert_int_equal(f->change_code, 200);
	now = sdp_of(f->change);
	assert_int_equal(now->media[0].port, first->media[0].port);
	sdp_free(now);
	sdp_free(first);
	update(f, "application/sdp", span_of("v=9"));
	assert_int_equal(f->change_code, 400);
	fix_free(f);
}

static void test_other_requests(void **state)
{
	static const struct {
		const char *method;
		int code;
	} rows[] = {{"OPTIONS", 200}, {"INFO", 405}, {"NOTIFY", 405}};
	struct fix *f = fix_new();
	size_t i;

	(void)state;
	sdp_free(establish(f));
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].method);
		sip_session_request(f->session, rows[i].method, NULL, NULL,
				    span_of(""), fix_changed, f);
		fix_run(f, 50 * MS);
		assert_int_equal(f->change_code, rows[i].code);
	}
	fix_free(f);
}

/* ---- ends ---- */

static void test_bye_after(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	f->conf.bye_after_us = 2 * SECOND;
	sdp_free(establish(f));
	fix_run(f, 1900 * MS);
	assert_false(f->ended);
	fix_run(f, 200 * MS);
	assert_true(f->ended);
	assert_true(told(f, "bye we hung up\nended no packet came\n"));
	assert_int_equal(recorder_sessions(f->r), 0);
	assert_false(recorder_busy(f->r));
	assert_int_equal(wire_flows(f->wire), 3);
	fix_free(f);
}

static void test_bye_of_all(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	sdp_free(establish(f));
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	assert_int_equal(recorder_sessions(f->r), 2);
	recorder_bye(f->r);
	fix_run(f, 50 * MS);
	assert_int_equal(recorder_sessions(f->r), 0);
	fix_free(f);
}

/* A peer that sends is refused, its requests too; then it is back. */
static void test_die_and_revive(void **state)
{
	struct fix *f = fix_new();
	struct sdp *a;

	(void)state;
	f->conf.die_after_us = SECOND;
	a = establish(f);
	fix_run(f, 900 * MS);
	fix_tone(f, a, 0, (struct rtp){.pt = 8, .ssrc = 1}, 1, 440);
	assert_false(f->refused);
	fix_run(f, 100 * MS);
	fix_tone(f, a, 0, (struct rtp){.pt = 8, .ssrc = 1}, 1, 440);
	assert_true(f->refused);
	assert_false(f->ended);
	assert_int_equal(recorder_sessions(f->r), 0);
	assert_false(recorder_busy(f->r));

	f->final = 0;
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	assert_int_equal(f->outcome, SIP_UNREACHABLE);
	assert_int_equal(f->final, 503);

	assert_int_equal(recorder_revive(f->r, NULL), 0);
	fix_invite(f, two_lines);
	fix_run(f, 50 * MS);
	assert_int_equal(f->final, 200);
	sdp_free(a);
	fix_free(f);
}

/* What it knew before it died is gone. */
static void test_revived_knows_nothing(void **state)
{
	struct fix *f = fix_new();

	(void)state;
	sdp_free(establish(f));
	recorder_kill(f->r);
	assert_int_equal(recorder_revive(f->r, NULL), 0);
	reinvite(f, two_lines);
	assert_int_equal(f->change_code, 481);
	fix_free(f);
}

static void test_address_in_use(void **state)
{
	struct fix *f = fix_new();
	struct recorder *second;
	struct err e = ERR_INIT;

	(void)state;
	fix_start(f);
	f->conf.local = recorder_addr(f->r);
	second = recorder_new(&f->conf, &e);
	assert_null(second);
	assert_int_equal(e.kind, ERR_ENV);
	fix_free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reinvite_pauses),
		cmocka_unit_test(test_reinvite_adds_and_removes),
		cmocka_unit_test(test_reinvite_is_refused),
		cmocka_unit_test(test_reinvite_without_body),
		cmocka_unit_test(test_update_of_metadata),
		cmocka_unit_test(test_update_with_sdp),
		cmocka_unit_test(test_other_requests),
		cmocka_unit_test(test_bye_after),
		cmocka_unit_test(test_bye_of_all),
		cmocka_unit_test(test_die_and_revive),
		cmocka_unit_test(test_revived_knows_nothing),
		cmocka_unit_test(test_address_in_use),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
