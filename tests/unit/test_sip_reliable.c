/* Reliable provisional responses (RFC 3262) against a peer that says what a
 * test makes it say. */
#include "sip/reliable.h"
#include "sip_fixture.h"

static struct {
	struct sip_session *s;
	struct sip_session_handlers h;
	unsigned branch;
	char our_tag[64], call_id[64];
	int n_progress, n_pracked, n_failed, n_ended, n_changed;
	const char *answer; /* what `progress` puts into the PRACK */
} w;

static void on_progress(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	(void)resp;
	(void)arg;
	w.n_progress++;
	if (w.answer)
		sip_session_prack(s, "application/sdp", span_of(w.answer));
}

static bool on_pracked(struct sip_session *s, struct sip_txn *x,
		       const struct sip_view *prack, void *arg)
{
	(void)s;
	(void)x;
	(void)prack;
	(void)arg;
	w.n_pracked++;
	return false;
}

static void on_failed(struct sip_session *s, const struct sip_failure *f,
		      void *arg)
{
	(void)s;
	(void)f;
	(void)arg;
	w.n_failed++;
}

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	(void)s;
	(void)how;
	(void)arg;
	w.n_ended++;
}

static void on_changed(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	(void)s;
	(void)o;
	(void)resp;
	(void)arg;
	w.n_changed++;
}

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	(void)req;
	(void)from;
	(void)arg;
	w.s = sip_session_incoming(ua, x, &w.h, NULL);
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	net_open(on_invite, "100rel");
	w.h.progress = on_progress;
	w.h.pracked = on_pracked;
	w.h.failed = on_failed;
	w.h.ended = on_ended;
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_session_release(w.s);
	net_close();
	return 0;
}

static void check_header(const struct got *g, const char *name,
			 const char *wanted)
{
	struct span value;

	assert_non_null(g);
	assert_true(sip_view_header(&g->v, name, 0, &value));
	if (!span_is(value, wanted))
		fail_msg("%s: %.*s, not %s", name, SPAN_ARG(value), wanted);
}

static uint32_t rseq_of(const struct got *g)
{
	uint32_t rseq = 0;

	assert_non_null(g);
	assert_true(sip_rseq_of(&g->v, &rseq));
	return rseq;
}

/* ---- the peer answers an INVITE of the agent's ---- */

static void invite(void)
{
	struct sip_invite inv = {.from = "<sip:agent@example.com>",
				 .to = "<sip:p@example.com>",
				 .headers = "Supported: 100rel\r\n"};
	char uri[64], host[ADDR_TEXT];

	snprintf(uri, sizeof(uri), "sip:p@%s", addr_text(&net.addr, host));
	inv.uri = uri;
	w.s = sip_session_invite(net.ua, &inv, &w.h, NULL, NULL);
	assert_non_null(w.s);
	settle();
}

static void peer_reply(const char *method, int code, const char *tag,
		       const char *headers)
{
	struct sip_reply r = {.code = code, .to_tag = tag, .headers = headers};
	char contact[64], host[ADDR_TEXT];
	struct buf b;

	assert_non_null(last(method));
	snprintf(contact, sizeof(contact), "<sip:%s@%s>", tag,
		 addr_text(&net.addr, host));
	r.contact = contact;
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, &last(method)->v, &r);
	flow_send(net.flow, sip_ua_addr(net.ua), b.p, b.n);
	buf_fini(&b);
	settle();
}

static void peer_progress(int code, const char *tag, uint32_t rseq)
{
	char headers[80];

	snprintf(headers, sizeof(headers), "Require: 100rel\r\nRSeq: %u\r\n",
		 rseq);
	peer_reply("INVITE", code, tag, headers);
}

static void peer_accept_prack(const char *tag)
{
	peer_reply("PRACK", 200, tag, NULL);
}

static void hang_up(void)
{
	peer_reply("INVITE", 200, "p1", NULL);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200, "p1", NULL);
	assert_int_equal(w.n_ended, 1);
}

static void test_reliable_prack_each_once(void **state)
{
	(void)state;
	invite();
	peer_progress(183, "p1", 9021);
	assert_int_equal(count("PRACK"), 1);
	check_header(last("PRACK"), "RAck", "9021 1 INVITE");
	assert_int_equal(last("PRACK")->v.cseq, 2);
	assert_true(span_is(last("PRACK")->v.to_tag, "p1"));
	assert_true(span_starts(last("PRACK")->v.uri, "sip:p1@"));
	peer_accept_prack("p1");
	peer_progress(183, "p1", 9021); /* once more */
	peer_progress(183, "p1", 9023); /* one is missing */
	assert_int_equal(count("PRACK"), 1);
	assert_int_equal(w.n_progress, 1);
	peer_progress(180, "p1", 9022);
	check_header(last("PRACK"), "RAck", "9022 1 INVITE");
	assert_int_equal(w.n_progress, 2);
	peer_accept_prack("p1");
	hang_up();
	assert_int_equal(last("BYE")->v.cseq, 4);
}

/* RFC 3262 section 4: RSeq counts in each early dialog by itself, and RFC 3261
 * section 12.2.1.1 CSeq too. */
static void test_reliable_forked(void **state)
{
	(void)state;
	invite();
	peer_progress(183, "p1", 10);
	peer_accept_prack("p1");
	peer_progress(183, "p2", 500);
	assert_true(span_is(last("PRACK")->v.to_tag, "p2"));
	assert_int_equal(last("PRACK")->v.cseq, 2);
	check_header(last("PRACK"), "RAck", "500 1 INVITE");
	peer_accept_prack("p2");
	peer_progress(180, "p1", 11);
	assert_true(span_is(last("PRACK")->v.to_tag, "p1"));
	assert_int_equal(last("PRACK")->v.cseq, 3);
	peer_accept_prack("p1");
	hang_up();
	assert_int_equal(last("BYE")->v.cseq, 4);
}

static void test_reliable_answer_in_prack(void **state)
{
	(void)state;
	w.answer = "v=0\r\n";
	invite();
	peer_progress(183, "p1", 1);
	assert_int_equal(count("PRACK"), 1);
	assert_true(span_is(last("PRACK")->v.body, "v=0\r\n"));
	peer_accept_prack("p1");
	hang_up();
}

static void test_reliable_malformed(void **state)
{
	static const char *const headers[] = {
		"Require: 100rel\r\n", "Require: 100rel\r\nRSeq: 0\r\n",
		"Require: 100rel\r\nRSeq: 4294967296\r\n",
		"Require: 100rel\r\nRSeq: 1x\r\n", "RSeq: 1\r\n"};
	size_t i;

	(void)state;
	invite();
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		peer_reply("INVITE", 183, "p1", headers[i]);
	assert_int_equal(count("PRACK"), 0);
	assert_int_equal(w.n_progress, 5);
	hang_up();
}

/* RFC 3311 section 5.1: not before the PRACK has its answer. */
static void test_reliable_update_before_answer(void **state)
{
	(void)state;
	invite();
	peer_progress(183, "p1", 7);
	assert_int_equal(sip_session_request(w.s, "UPDATE", NULL, NULL,
					     span_of(""), on_changed, NULL),
			 -1);
	peer_accept_prack("p1");
	assert_true(sip_session_is_early(w.s));
	assert_int_equal(sip_session_request(w.s, "UPDATE", NULL, NULL,
					     span_of(""), on_changed, NULL),
			 0);
	settle();
	assert_int_equal(last("UPDATE")->v.cseq, 3);
	peer_reply("UPDATE", 200, "p1", NULL);
	assert_int_equal(w.n_changed, 1);
	hang_up();
	assert_int_equal(last("BYE")->v.cseq, 4);
}

/* The session hangs up before the first response: CANCEL, and the PRACK too,
 * or the peer would repeat its response for half a minute. */
static void test_reliable_cancelled(void **state)
{
	(void)state;
	invite();
	sip_session_hangup(w.s, NULL);
	peer_progress(183, "p1", 7);
	assert_int_equal(count("CANCEL"), 1);
	assert_int_equal(count("PRACK"), 1);
	peer_accept_prack("p1");
	peer_reply("CANCEL", 200, "p1", NULL);
	peer_reply("INVITE", 487, "p1", NULL);
	assert_int_equal(w.n_failed, 1);
}

/* ---- the agent answers an INVITE of the peer's ---- */

static void peer_request(const char *method, uint32_t cseq, const char *headers)
{
	char branch[32], to[128], host[ADDR_TEXT], contact[64], via[64];
	struct sip_out r = {.method = method, .cseq = cseq, .headers = headers};
	struct buf b;

	snprintf(branch, sizeof(branch), "p%u", ++w.branch);
	snprintf(to, sizeof(to), "<sip:agent@example.com>%s%s",
		 w.our_tag[0] ? ";tag=" : "", w.our_tag);
	addr_text(&net.addr, host);
	snprintf(via, sizeof(via), "UDP %s", host);
	snprintf(contact, sizeof(contact), "<sip:p@%s>", host);
	r.uri = "sip:agent@127.0.0.1:5060";
	r.via = via;
	r.branch = branch;
	r.from = "<sip:p@example.com>;tag=peer";
	r.to = to;
	r.call_id = "peers-call";
	r.contact = contact;
	buf_init(&b, SIP_MAX);
	sip_print_request(&b, &r);
	flow_send(net.flow, sip_ua_addr(net.ua), b.p, b.n);
	buf_fini(&b);
	settle();
}

static void be_invited(const char *headers)
{
	peer_request("INVITE", 1, headers);
	assert_non_null(w.s);
}

static void progress(int code, const char *sdp)
{
	sip_session_progress_reliably(
		w.s, code, NULL, sdp ? "application/sdp" : NULL, span_of(sdp));
	settle();
	if (last("183/INVITE"))
		snprintf(w.our_tag, sizeof(w.our_tag), "%.*s",
			 SPAN_ARG(last("183/INVITE")->v.to_tag));
}

static void peer_prack(uint32_t cseq, uint32_t rseq)
{
	char headers[64];

	snprintf(headers, sizeof(headers), "RAck: %u 1 INVITE\r\n", rseq);
	peer_request("PRACK", cseq, headers);
}

static void finish(uint32_t cseq)
{
	peer_request("ACK", 1, NULL);
	assert_true(sip_session_is_up(w.s));
	peer_request("BYE", cseq, NULL);
	assert_int_equal(w.n_ended, 1);
}

static void answer(void)
{
	sip_session_answer(w.s, 200, NULL, NULL, span_of(""));
	settle();
}

/* RFC 3262 section 3: T1, doubling without end, and 5xx after 64*T1. */
static void test_reliable_repeated_then_refused(void **state)
{
	static const int64_t ms[] = {0, 500, 1500, 3500, 7500, 15500, 31500};
	int64_t start_us;
	size_t i, n = 0;

	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, "v=0\r\n");
	start_us = last("183/INVITE")->at_us;
	answer(); /* and this waits in vain */
	run_until(start_us + 32100000);
	for (i = 0; i < net.n_got; i++) {
		if (net.got[i].v.code != 183)
			continue;
		assert_true(n < sizeof(ms) / sizeof(ms[0]));
		assert_int_equal(net.got[i].at_us - start_us, ms[n] * 1000);
		n++;
	}
	assert_int_equal(n, sizeof(ms) / sizeof(ms[0]));
	assert_int_equal(count("200/INVITE"), 0);
	assert_int_equal(last("504/INVITE")->at_us - start_us, 32000000);
	assert_int_equal(w.n_ended, 1);
}

static void test_reliable_one_after_the_other(void **state)
{
	uint32_t rseq;

	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, NULL);
	rseq = rseq_of(last("183/INVITE"));
	check_header(last("183/INVITE"), "Require", "100rel");
	progress(180, NULL);
	assert_int_equal(count("180/INVITE"), 0);
	peer_prack(2, rseq);
	assert_int_equal(count("200/PRACK"), 1);
	assert_int_equal(rseq_of(last("180/INVITE")), rseq + 1);
	peer_prack(3, rseq); /* of the first, again */
	assert_int_equal(count("481/PRACK"), 1);
	peer_prack(4, rseq + 1);
	assert_int_equal(count("200/PRACK"), 2);
	assert_int_equal(w.n_pracked, 2);
	run_until(loop_now(net.loop) + 2000000);
	assert_int_equal(count("180/INVITE"), 1);
	answer();
	finish(5);
}

static void test_reliable_2xx_waits_for_sdp(void **state)
{
	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, "v=0\r\n");
	answer();
	assert_int_equal(count("200/INVITE"), 0);
	peer_prack(2, rseq_of(last("183/INVITE")));
	assert_int_equal(count("200/PRACK"), 1);
	assert_int_equal(count("200/INVITE"), 1);
	finish(3);
}

/* Without SDP it does not, and the PRACK may still come. */
static void test_reliable_2xx_overtakes(void **state)
{
	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, NULL);
	answer();
	assert_int_equal(count("200/INVITE"), 1);
	run_until(loop_now(net.loop) + 400000);
	peer_prack(2, rseq_of(last("183/INVITE")));
	assert_int_equal(count("200/PRACK"), 1);
	finish(3);
	assert_int_equal(count("183/INVITE"), 1);
}

/* The peer requires it: what is not asked to be reliable is so too. */
static void test_reliable_required(void **state)
{
	(void)state;
	be_invited("Require: 100rel\r\n");
	sip_session_progress(w.s, 183, NULL, NULL, span_of(""));
	progress(183, NULL);
	assert_int_equal(count("183/INVITE"), 1);
	peer_prack(2, rseq_of(last("183/INVITE")));
	peer_prack(3, rseq_of(last("183/INVITE")));
	answer();
	finish(4);
}

static void test_reliable_cancel_while_200_waits(void **state)
{
	char keep[64];

	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, "v=0\r\n");
	answer();
	memcpy(keep, w.our_tag, sizeof(keep));
	w.our_tag[0] = '\0';
	w.branch--;
	peer_request("CANCEL", 1, NULL);
	assert_int_equal(count("487/INVITE"), 1);
	assert_int_equal(count("200/INVITE"), 0);
	assert_int_equal(w.n_ended, 1);
	memcpy(w.our_tag, keep, sizeof(keep));
	w.branch += 2;
	/* section 3: the PRACK may have crossed all that */
	peer_prack(2, rseq_of(last("183/INVITE")));
	assert_int_equal(count("200/PRACK"), 1);
	run_until(loop_now(net.loop) + 2000000);
	assert_int_equal(count("183/INVITE"), 1);
}

static void test_reliable_strange_racks(void **state)
{
	static const char *const racks[] = {"",
					    "RAck: \r\n",
					    "RAck: 1\r\n",
					    "RAck: x 1 INVITE\r\n",
					    "RAck: 1 1 INVITE more\r\n",
					    "RAck: 1 1\r\n"};
	uint32_t rseq;
	char other[64];
	size_t i;

	(void)state;
	be_invited("Supported: 100rel\r\n");
	progress(183, NULL);
	rseq = rseq_of(last("183/INVITE"));
	for (i = 0; i < sizeof(racks) / sizeof(racks[0]); i++)
		peer_request("PRACK", 2 + (uint32_t)i, racks[i]);
	assert_int_equal(count("400/PRACK"), 6);
	snprintf(other, sizeof(other), "RAck: %u 2 INVITE\r\n", rseq);
	peer_request("PRACK", 20, other);
	snprintf(other, sizeof(other), "RAck: %u 1 UPDATE\r\n", rseq);
	peer_request("PRACK", 21, other);
	assert_int_equal(count("481/PRACK"), 2);
	snprintf(other, sizeof(other), "RAck:\t%u  1\t INVITE \r\n", rseq);
	peer_request("PRACK", 22, other);
	assert_int_equal(count("200/PRACK"), 1);
	answer();
	finish(23);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_reliable_prack_each_once),
		CASE(test_reliable_forked),
		CASE(test_reliable_answer_in_prack),
		CASE(test_reliable_malformed),
		CASE(test_reliable_update_before_answer),
		CASE(test_reliable_cancelled),
		CASE(test_reliable_repeated_then_refused),
		CASE(test_reliable_one_after_the_other),
		CASE(test_reliable_2xx_waits_for_sdp),
		CASE(test_reliable_2xx_overtakes),
		CASE(test_reliable_required),
		CASE(test_reliable_cancel_while_200_waits),
		CASE(test_reliable_strange_racks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
