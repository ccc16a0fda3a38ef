/* The SRC's side of its dialogs when messages are lost, cross or lie. */
#include <time.h>

#include "recording_fixture.h"

static struct peer *const srs = &w.peer[0];

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

static bool same_bytes(const struct got *a, const struct got *b)
{
	return span_eq(span_from(a->text, a->n), span_from(b->text, b->n));
}

/* ---- repeated, late and forked 2xx ---- */

/* The ACK was lost, and meanwhile we changed the session. */
static void test_old_2xx_is_acknowledged_again(void **state)
{
	const struct got *first, *ack1;

	(void)state;
	start_recording(TAKES);
	first = last(srs, "INVITE");
	ack1 = last(srs, "ACK");
	ask(RECORDING_PAUSE);
	reply_to(srs, first, 200, NULL, TAKES);
	assert_int_equal(count(srs, "ACK"), 2);
	assert_true(same_bytes(last(srs, "ACK"), ack1));
	assert_null(last(srs, "BYE"));
	reply(srs, "INVITE", 200, WAITS);
	assert_int_equal(count(srs, "ACK"), 3);
	reply_to(srs, first, 200, NULL, TAKES);
	assert_int_equal(count(srs, "ACK"), 4);
	assert_int_equal(last(srs, "ACK")->v.cseq, 1);
	assert_null(last(srs, "BYE"));
	assert_string_equal(events(), "start pause");
	hang_up();
}

/* 2xx of our branch, but from one who never got our INVITE. */
static void test_strange_2xx_is_not_ours(void **state)
{
	char text[512], at[ADDR_TEXT];
	int n;

	(void)state;
	make_recording();
	n = snprintf(text, sizeof(text),
		     "SIP/2.0 200 OK\r\n"
		     "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx\r\n"
		     "From: <sip:x@h>;tag=1\r\nTo: <sip:y@h>;tag=2\r\n"
		     "Call-ID: strange\r\nCSeq: 1 INVITE\r\n"
		     "Contact: <sip:victim@%s>\r\n"
		     "Content-Length: 0\r\n\r\n",
		     addr_text(&w.peer[1].addr, at));
	peer_send(srs, text, (size_t)n);
	assert_int_equal(w.peer[1].n_got, 0);
	assert_false(sip_ua_busy(w.src));
}

static const struct got *route_of(const struct got *g, const char *wanted)
{
	struct span route;

	assert_non_null(g);
	assert_true(sip_view_header(&g->v, "Route", 0, &route));
	assert_true(span_is(route, wanted));
	return g;
}

/* D-fo-late200 through a proxy that stays in the path. */
static void test_late_2xx_is_ended_through_its_route(void **state)
{
	char record[200], route[200], at[ADDR_TEXT];
	const struct got *inv;

	(void)state;
	w.set.answer_within_us = 2 * SECOND;
	make_recording();
	media_known();
	inv = last(srs, "INVITE");
	run_for(40 * SECOND);
	snprintf(record, sizeof(record),
		 "Record-Route: <sip:far@192.0.2.9;lr>, <sip:near@%s;lr>\r\n",
		 addr_text(&w.peer[1].addr, at));
	snprintf(route, sizeof(route),
		 "<sip:near@%s;lr>, <sip:far@192.0.2.9;lr>", at);
	reply_to(srs, inv, 200, record, TAKES);
	route_of(last(&w.peer[1], "ACK"), route);
	route_of(last(&w.peer[1], "BYE"), route);
	reply(&w.peer[1], "BYE", 200, NULL);
}

static void test_route_set_and_target(void **state)
{
	char record[200], route[200], at[ADDR_TEXT], target[80];
	struct peer *proxy = &w.peer[1];

	(void)state;
	make_recording();
	media_known();
	addr_text(&proxy->addr, at);
	snprintf(record, sizeof(record),
		 "Record-Route: <sip:far@192.0.2.9;lr>\r\n"
		 "Record-Route: <sip:near@%s;lr>\r\n",
		 at);
	snprintf(route, sizeof(route),
		 "<sip:near@%s;lr>, <sip:far@192.0.2.9;lr>", at);
	reply_to(srs, last(srs, "INVITE"), 200, record, TAKES);
	route_of(last(proxy, "ACK"), route);
	ask(RECORDING_PAUSE);
	route_of(last(proxy, "INVITE"), route);
	snprintf(target, sizeof(target), "%s", srs->uri);
	assert_true(span_is(last(proxy, "INVITE")->v.uri, target));
	/* its 2xx moves the target, not the route (12.2.1.2) */
	reply(proxy, "INVITE", 200, WAITS);
	assert_true(span_is(last(proxy, "ACK")->v.uri, proxy->uri));
	route_of(last(proxy, "ACK"), route);
	recording_call_ended(w.r);
	settle();
	assert_true(span_is(last(proxy, "BYE")->v.uri, proxy->uri));
	route_of(last(proxy, "BYE"), route);
	reply(proxy, "BYE", 200, NULL);
}

/* RFC 3261 section 12.2.1.1, and 16.12.1.2 for what it looks like. */
static void test_strict_route(void **state)
{
	char record[200], route[300], uri[100], at[ADDR_TEXT];
	struct peer *proxy = &w.peer[1];
	static const char *const methods[] = {"ACK", "INVITE"};
	size_t i;

	(void)state;
	make_recording();
	media_known();
	addr_text(&proxy->addr, at);
	snprintf(record, sizeof(record),
		 "Record-Route: <sip:far@192.0.2.9;lr>, "
		 "<sip:near@%s;x=y?Subject=no>\r\n",
		 at);
	snprintf(uri, sizeof(uri), "sip:near@%s;x=y", at);
	snprintf(route, sizeof(route), "<sip:far@192.0.2.9;lr>, <%s>",
		 srs->uri);
	reply_to(srs, last(srs, "INVITE"), 200, record, TAKES);
	ask(RECORDING_PAUSE);
	for (i = 0; i < 2; i++) {
		route_of(last(proxy, methods[i]), route);
		assert_true(span_is(last(proxy, methods[i])->v.uri, uri));
	}
	reply(proxy, "INVITE", 488, NULL);
	route_of(last(proxy, "ACK"), route);
	assert_true(span_is(last(proxy, "ACK")->v.uri, uri));
	recording_call_ended(w.r);
	settle();
	route_of(last(proxy, "BYE"), route);
	assert_true(span_is(last(proxy, "BYE")->v.uri, uri));
	reply(proxy, "BYE", 200, NULL);
}

/* A Contact that no request can be sent to: what we knew stays. */
static void test_contact_that_is_no_sip_uri(void **state)
{
	(void)state;
	make_recording();
	media_known();
	{
		const struct got *inv = last(srs, "INVITE");
		struct sip_reply r = {.code = 200,
				      .to_tag = "srs",
				      .contact = "<http://example.com/\r\n x>",
				      .content_type = "application/sdp"};
		char *sdp = sdp_text(srs, TAKES);
		struct buf b;

		r.body = span_of(sdp);
		buf_init(&b, SIP_MAX);
		sip_print_reply(&b, &inv->v, &r);
		peer_send(srs, b.p, b.n);
		buf_fini(&b);
		free(sdp);
	}
	assert_non_null(last(srs, "ACK"));
	assert_true(span_is(last(srs, "ACK")->v.uri, srs->uri));
	hang_up();
	assert_string_equal(events(), "start stop");
}

/* ---- INVITEs of the recorder's ---- */

/* Its 200 was lost: the same INVITE again. */
static void test_reinvite_repeated_after_our_2xx(void **state)
{
	(void)state;
	start_recording(TAKES);
	reinvite(srs, TAKES);
	assert_int_equal(count(srs, "200/INVITE"), 1);
	srs->cseq--;
	srs->branch--;
	reinvite(srs, TAKES);
	assert_null(last(srs, "500/INVITE"));
	assert_int_equal(count(srs, "200/INVITE"), 2);
	ack(srs, NULL);
	run_for(40 * SECOND);
	assert_int_equal(count(srs, "200/INVITE"), 2);
	hang_up();
}

static void test_two_reinvites_at_once(void **state)
{
	struct span after;

	(void)state;
	start_recording(TAKES);
	reinvite(srs, TAKES);
	reinvite(srs, TAKES);
	assert_int_equal(count(srs, "500/INVITE"), 1);
	assert_true(sip_view_header(&last(srs, "500/INVITE")->v, "Retry-After",
				    0, &after));
	hang_up();
}

static uint64_t version_of(const struct got *g)
{
	struct sdp *s = sdp_in(g);
	uint64_t version = s->version;

	sdp_free(s);
	return version;
}

/* Both change the session, both get 491, the recorder is quicker (RFC 3261
 * section 14.1): our second try goes on from what was agreed meanwhile. */
static void test_glare(void **state)
{
	uint64_t answered;

	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	reinvite(srs, TAKES "m=video 4000 RTP/AVP 96\r\n");
	assert_int_equal(count(srs, "491/INVITE"), 1);
	reply(srs, "INVITE", 491, NULL);
	run_for(SECOND);
	reinvite(srs, TAKES "m=video 4000 RTP/AVP 96\r\n");
	ack(srs, NULL);
	answered = version_of(last(srs, "200/INVITE"));
	run_for(5 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 3);
	assert_true(version_of(last(srs, "INVITE")) >= answered);
	{
		struct sdp *s = sdp_in(last(srs, "INVITE"));

		assert_int_equal(s->n_media, 3);
		sdp_free(s);
	}
	reply(srs, "INVITE", 200, WAITS "m=video 0 RTP/AVP 96\r\n");
	assert_string_equal(events(), "start update pause");
	hang_up();
}

/* Its INVITE is still open when our second try is due. */
static void test_second_try_waits_for_the_recorder(void **state)
{
	(void)state;
	start_recording(TAKES);
	ask(RECORDING_PAUSE);
	reply(srs, "INVITE", 491, NULL);
	run_for(SECOND);
	reinvite(srs, TAKES);
	run_for(5 * SECOND); /* no ACK */
	assert_int_equal(last(srs, "INVITE")->v.cseq, 2);
	ack(srs, NULL);
	run_for(5 * SECOND);
	assert_int_equal(last(srs, "INVITE")->v.cseq, 3);
	reply(srs, "INVITE", 200, WAITS);
	hang_up();
}

/* ---- what must not harm ---- */

/* RFC 3261 has no limit, a quadratic list would be one: 60 KB of elements as
 * short as they get, in a second and not in minutes. */
static void test_long_lists_cost_no_time(void **state)
{
	static const struct {
		const char *name, *element;
	} rows[] = {{"Contact", "<sip:a@h>,"},
		    {"Require", "a,"},
		    {"Record-Route", "<sip:a@h>,"},
		    {"X-Other", "a,"},
		    {"Via", "SIP/2.0/UDP h;branch=z9hG4bK,"},
		    {"Allow", "a\r\nAllow:"}};
	struct timespec from, to;
	size_t i;

	(void)state;
	start_recording(TAKES);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf b;
		long ms;

		buf_init(&b, 64000);
		buf_addf(&b, "%s:", rows[i].name);
		while (b.n < 60000)
			buf_add_str(&b, rows[i].element);
		buf_add_str(&b, "a\r\n");
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &from);
		request(srs, "OPTIONS", buf_str(&b), NULL, NULL);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &to);
		ms = (to.tv_sec - from.tv_sec) * 1000 +
		     (to.tv_nsec - from.tv_nsec) / 1000000;
		if (ms > 1000)
			fail_msg("%s: %ld ms", rows[i].name, ms);
		buf_fini(&b);
	}
	hang_up();
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_old_2xx_is_acknowledged_again),
		T(test_strange_2xx_is_not_ours),
		T(test_late_2xx_is_ended_through_its_route),
		T(test_route_set_and_target),
		T(test_strict_route),
		T(test_contact_that_is_no_sip_uri),
		T(test_reinvite_repeated_after_our_2xx),
		T(test_two_reinvites_at_once),
		T(test_glare),
		T(test_second_try_waits_for_the_recorder),
		T(test_long_lists_cost_no_time),
	};

	return cmocka_run_group_tests_name("recording_signalling", tests, NULL,
					   NULL);
}
