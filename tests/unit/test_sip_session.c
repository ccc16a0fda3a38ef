/* Sessions against a peer that says what a test makes it say. */
#include "sip_fixture.h"

static struct {
	struct sip_session *s;
	struct sip_session_handlers h;
	char call_id[64], our_tag[64]; /* of the dialog; ours: the agent's */
	unsigned branch;
	/* what the handlers were told */
	int n_progress, n_answered, n_failed, n_acked, n_ended, n_changed;
	int n_invites;
	struct sip_failure failure;
	enum sip_ended how;
	enum sip_outcome change;
	int change_code;
} w;

/* ---- the agent's handlers ---- */

static void on_progress(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	(void)s;
	(void)resp;
	(void)arg;
	w.n_progress++;
}

static void on_answered(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	(void)s;
	(void)resp;
	(void)arg;
	w.n_answered++;
}

static void on_failed(struct sip_session *s, const struct sip_failure *f,
		      void *arg)
{
	(void)s;
	(void)arg;
	w.n_failed++;
	w.failure = *f;
}

static void on_acked(struct sip_session *s, const struct sip_view *ack,
		     void *arg)
{
	(void)s;
	(void)ack;
	(void)arg;
	w.n_acked++;
}

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	(void)s;
	(void)arg;
	w.n_ended++;
	w.how = how;
}

static void on_changed(struct sip_session *s, enum sip_outcome o,
		       const struct sip_view *resp, void *arg)
{
	(void)s;
	(void)arg;
	w.n_changed++;
	w.change = o;
	w.change_code = resp ? resp->code : 0;
}

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	(void)req;
	(void)from;
	(void)arg;
	w.n_invites++;
	if (!w.s)
		w.s = sip_session_incoming(ua, x, &w.h, NULL);
}

/* ---- the peer ---- */

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	net_open(on_invite, NULL);
	w.h.progress = on_progress;
	w.h.answered = on_answered;
	w.h.failed = on_failed;
	w.h.acked = on_acked;
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

static void peer_send(const char *text, size_t n)
{
	flow_send(net.flow, sip_ua_addr(net.ua), text, n);
}

static void peer_reply_as(const struct got *g, int code, const char *tag)
{
	struct sip_reply r = {.code = code, .to_tag = tag};
	char contact[64], host[ADDR_TEXT];
	struct buf b;

	assert_non_null(g);
	snprintf(contact, sizeof(contact), "<sip:p@%s>",
		 addr_text(&net.addr, host));
	r.contact = contact;
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, &g->v, &r);
	peer_send(b.p, b.n);
	buf_fini(&b);
	settle();
}

static void peer_reply(const char *method, int code)
{
	peer_reply_as(last(method), code, "peer");
}

/* A request of the peer's: in the dialog when the agent's tag is given. */
static void peer_request(const char *method, uint32_t cseq, const char *our_tag,
			 const char *headers)
{
	char branch[32], to[128], host[ADDR_TEXT], contact[64], via[64];
	struct sip_out r = {.method = method, .cseq = cseq, .headers = headers};
	struct buf b;

	if (strcmp(method, "CANCEL") != 0)
		w.branch++;
	snprintf(branch, sizeof(branch), "p%u", w.branch);
	snprintf(to, sizeof(to), "<sip:agent@example.com>%s%s",
		 our_tag ? ";tag=" : "", our_tag ? our_tag : "");
	addr_text(&net.addr, host);
	snprintf(via, sizeof(via), "UDP %s", host);
	snprintf(contact, sizeof(contact), "<sip:p@%s>", host);
	r.uri = "sip:agent@127.0.0.1:5060";
	r.via = via;
	r.branch = branch;
	r.from = "<sip:p@example.com>;tag=peer";
	r.to = to;
	r.call_id = w.call_id[0] ? w.call_id : "peers-call";
	r.contact = contact;
	buf_init(&b, SIP_MAX);
	sip_print_request(&b, &r);
	peer_send(b.p, b.n);
	buf_fini(&b);
	settle();
}

/* ---- beginnings ---- */

static void invite(void)
{
	struct sip_invite inv = {.from = "<sip:agent@example.com>",
				 .to = "<sip:p@example.com>"};
	struct err e = ERR_INIT;
	char uri[64], host[ADDR_TEXT];

	snprintf(uri, sizeof(uri), "sip:p@%s", addr_text(&net.addr, host));
	inv.uri = uri;
	w.s = sip_session_invite(net.ua, &inv, &w.h, NULL, &e);
	assert_non_null(w.s);
	settle();
	snprintf(w.call_id, sizeof(w.call_id), "%s", sip_session_call_id(w.s));
	snprintf(w.our_tag, sizeof(w.our_tag), "%.*s",
		 SPAN_ARG(last("INVITE")->v.from_tag));
}

static void invite_and_answer(void)
{
	invite();
	peer_reply("INVITE", 200);
	assert_int_equal(count("ACK"), 1);
	assert_true(sip_session_is_up(w.s));
}

/* The peer's INVITE, answered by the agent, not yet acknowledged. */
static void be_invited(void)
{
	peer_request("INVITE", 1, NULL, NULL);
	assert_non_null(w.s);
}

static void learn_tag(void)
{
	snprintf(w.our_tag, sizeof(w.our_tag), "%.*s",
		 SPAN_ARG(last("200/INVITE")->v.to_tag));
}

static void be_invited_and_answer(void)
{
	be_invited();
	sip_session_answer(w.s, 200, NULL, NULL, span_of(""));
	settle();
	learn_tag();
}

static void peer_ack(uint32_t cseq)
{
	peer_request("ACK", cseq, w.our_tag, NULL);
}

/* ---- tests ---- */

static void test_session_whole(void **state)
{
	(void)state;
	invite();
	assert_false(sip_session_is_up(w.s));
	peer_reply("INVITE", 180);
	assert_int_equal(w.n_progress, 1);
	peer_reply("INVITE", 200);
	assert_int_equal(w.n_answered, 1);
	sip_session_hangup(w.s, "X-Why: done\r\n");
	settle();
	assert_int_equal(last("BYE")->v.cseq, 2);
	assert_int_equal(sip_view_header_count(&last("BYE")->v, "X-Why"), 1);
	assert_int_equal(w.n_ended, 0);
	peer_reply("BYE", 200);
	assert_int_equal(w.n_ended, 1);
	assert_int_equal(w.how, SIP_ENDED_HERE);
	sip_session_hangup(w.s, NULL);
	settle();
	assert_int_equal(count("BYE"), 1);
}

static void test_session_2xx_is_repeated(void **state)
{
	static const int64_t ms[] = {0,	    500,   1500,  3500,	 7500, 11500,
				     15500, 19500, 23500, 27500, 31500};
	int64_t start_us;
	size_t i, n = 0;

	(void)state;
	be_invited_and_answer();
	start_us = last("200/INVITE")->at_us;
	run_until(start_us + 32400000);
	for (i = 0; i < net.n_got; i++) {
		if (net.got[i].v.code != 200)
			continue;
		assert_true(n < sizeof(ms) / sizeof(ms[0]));
		assert_int_equal(net.got[i].at_us - start_us, ms[n] * 1000);
		n++;
	}
	assert_int_equal(n, sizeof(ms) / sizeof(ms[0]));
	/* RFC 3261 section 13.3.1.4: no ACK for 64*T1: BYE */
	assert_int_equal(w.n_ended, 1);
	assert_int_equal(w.how, SIP_ENDED_LOST);
	assert_int_equal(last("BYE")->at_us - start_us, 32000000);
	peer_reply("BYE", 200);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_ack_must_fit(void **state)
{
	(void)state;
	be_invited_and_answer();
	peer_request("ACK", 1, "wrong-tag", NULL);
	peer_ack(2);
	assert_int_equal(w.n_acked, 0);
	peer_ack(1);
	assert_int_equal(w.n_acked, 1);
	peer_ack(1);
	run_until(40000000);
	assert_int_equal(w.n_acked, 1);
	assert_int_equal(count("200/INVITE"), 1);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_invite_repeated_after_2xx(void **state)
{
	(void)state;
	be_invited_and_answer();
	w.branch = 0; /* the same INVITE once more */
	peer_request("INVITE", 1, NULL, NULL);
	assert_int_equal(w.n_invites, 1);
	assert_int_equal(count("200/INVITE"), 2);
	peer_ack(1);
	peer_request("BYE", 2, w.our_tag, NULL);
	assert_int_equal(w.how, SIP_ENDED_BY_PEER);
}

static void test_session_ack_lost(void **state)
{
	const struct got *first;

	(void)state;
	invite_and_answer();
	first = last("ACK");
	peer_reply("INVITE", 200);
	peer_reply("INVITE", 200);
	assert_int_equal(count("ACK"), 3);
	assert_string_equal(first->text, last("ACK")->text);
	assert_int_equal(w.n_answered, 1);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_byes_cross(void **state)
{
	(void)state;
	invite_and_answer();
	sip_session_hangup(w.s, NULL);
	peer_request("BYE", 1, w.our_tag, NULL);
	assert_int_equal(count("200/BYE"), 1);
	assert_int_equal(w.n_ended, 0);
	peer_reply("BYE", 481);
	assert_int_equal(w.n_ended, 1);
	assert_int_equal(w.how, SIP_ENDED_HERE);
}

static void test_session_bye_unanswered(void **state)
{
	(void)state;
	invite_and_answer();
	sip_session_hangup(w.s, NULL);
	loop_run(net.loop);
	assert_int_equal(count("BYE"), 11);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_bye_after_end(void **state)
{
	(void)state;
	invite_and_answer();
	peer_request("BYE", 1, w.our_tag, NULL);
	assert_int_equal(w.n_ended, 1);
	assert_int_equal(w.how, SIP_ENDED_BY_PEER);
	peer_request("BYE", 2, w.our_tag, NULL);
	assert_int_equal(count("481/BYE"), 1);
	assert_int_equal(w.n_ended, 1);
}

/* Section 9.1: CANCEL waits for a provisional response. */
static void test_session_cancel_before_1xx(void **state)
{
	(void)state;
	invite();
	sip_session_hangup(w.s, NULL);
	settle();
	assert_int_equal(count("CANCEL"), 0);
	peer_reply("INVITE", 100);
	assert_int_equal(count("CANCEL"), 1);
	assert_true(
		span_eq(last("CANCEL")->v.branch, last("INVITE")->v.branch));
	assert_int_equal(last("CANCEL")->v.cseq, 1);
	peer_reply("CANCEL", 200);
	peer_reply("INVITE", 487);
	assert_int_equal(w.n_failed, 1);
	assert_true(w.failure.cancelled);
	assert_int_equal(w.failure.code, 487);
	assert_int_equal(count("ACK"), 1);
	assert_int_equal(w.n_ended, 0);
}

static void test_session_cancel_after_1xx(void **state)
{
	(void)state;
	invite();
	peer_reply("INVITE", 180);
	sip_session_hangup(w.s, "Reason: SIP;cause=200\r\n");
	sip_session_hangup(w.s, NULL);
	settle();
	assert_int_equal(count("CANCEL"), 1);
	assert_int_equal(sip_view_header_count(&last("CANCEL")->v, "Reason"),
			 1);
	peer_reply("CANCEL", 200);
	peer_reply("INVITE", 180);
	assert_int_equal(w.n_progress, 2);
	peer_reply("INVITE", 487);
	assert_int_equal(w.n_failed, 1);
}

static void test_session_cancel_crosses_2xx(void **state)
{
	(void)state;
	invite();
	peer_reply("INVITE", 180);
	sip_session_hangup(w.s, NULL);
	peer_reply("INVITE", 200);
	assert_int_equal(w.n_answered, 0);
	assert_int_equal(count("ACK"), 1);
	assert_int_equal(count("BYE"), 1);
	peer_reply("CANCEL", 481);
	peer_reply("BYE", 200);
	assert_int_equal(w.n_ended, 1);
	assert_int_equal(w.n_failed, 0);
	assert_int_equal(w.how, SIP_ENDED_HERE);
}

static void test_session_2xx_instead_of_1xx(void **state)
{
	(void)state;
	invite();
	sip_session_hangup(w.s, NULL);
	peer_reply("INVITE", 200);
	assert_int_equal(count("CANCEL"), 0);
	assert_int_equal(count("ACK"), 1);
	assert_int_equal(count("BYE"), 1);
	peer_reply("BYE", 200);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_cancel_without_final(void **state)
{
	(void)state;
	invite();
	peer_reply("INVITE", 180);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("CANCEL", 200);
	loop_run(net.loop);
	assert_int_equal(w.n_failed, 1);
	assert_true(w.failure.cancelled);
	assert_int_equal(w.failure.outcome, SIP_TIMEOUT);
}

static void test_session_hangup_unanswered(void **state)
{
	(void)state;
	invite();
	sip_session_hangup(w.s, NULL);
	loop_run(net.loop);
	assert_int_equal(count("INVITE"), 7);
	assert_int_equal(count("CANCEL"), 0);
	assert_int_equal(w.n_failed, 1);
	assert_int_equal(w.failure.outcome, SIP_TIMEOUT);
	assert_int_equal(w.failure.code, 408);
}

static void test_session_hangup_incoming(void **state)
{
	(void)state;
	be_invited();
	sip_session_hangup(w.s, NULL);
	settle();
	assert_int_equal(count("480/INVITE"), 1);
	assert_int_equal(w.n_ended, 1);
	w.branch = 0;
	peer_request("ACK", 1, NULL, NULL);
}

static void test_session_hangup_before_ack(void **state)
{
	(void)state;
	be_invited_and_answer();
	sip_session_hangup(w.s, NULL);
	settle();
	assert_int_equal(count("BYE"), 0);
	peer_ack(1);
	assert_int_equal(count("BYE"), 1);
	peer_reply("BYE", 200);
	assert_int_equal(w.how, SIP_ENDED_HERE);
}

static void test_session_unreachable(void **state)
{
	struct sip_invite inv = {.uri = "sip:x@127.0.0.1:9",
				 .from = "<sip:a@b>",
				 .to = "<sip:x@y>"};
	struct err e = ERR_INIT;

	(void)state;
	w.s = sip_session_invite(net.ua, &inv, &w.h, NULL, &e);
	loop_run(net.loop);
	assert_int_equal(w.n_failed, 1);
	assert_int_equal(w.failure.outcome, SIP_UNREACHABLE);
	assert_int_equal(w.failure.code, 503);
}

static void test_session_nowhere(void **state)
{
	struct sip_invite inv = {.uri = "sip:x@host.example",
				 .from = "<sip:a@b>",
				 .to = "<sip:x@y>"};
	struct err e = ERR_INIT;

	(void)state;
	assert_null(sip_session_invite(net.ua, &inv, &w.h, NULL, &e));
	assert_int_equal(e.kind, ERR_INPUT);
	assert_string_equal(e.text, "'sip:x@host.example' leads nowhere: no "
				    "such name");
}

static void reinvite(void)
{
	assert_int_equal(sip_session_reinvite(w.s, NULL, NULL, span_of(""),
					      on_changed, NULL),
			 0);
	settle();
}

/* Section 14.1: 2.1 to 4 s for the owner of the Call-ID, and once. */
static void test_session_reinvite_491(void **state)
{
	int64_t refused_us, wait_us;

	(void)state;
	invite_and_answer();
	reinvite();
	assert_int_equal(sip_session_reinvite(w.s, NULL, NULL, span_of(""),
					      on_changed, NULL),
			 -1);
	peer_reply("INVITE", 491);
	refused_us = loop_now(net.loop);
	assert_int_equal(w.n_changed, 0);
	run_until(refused_us + 5000000);
	wait_us = last("INVITE")->at_us - refused_us;
	assert_in_range(last("INVITE")->v.cseq, 3, 3);
	assert_in_range(wait_us, 2099000, 4000000);
	peer_reply("INVITE", 491);
	assert_int_equal(w.n_changed, 1);
	assert_int_equal(w.change_code, 491);
	assert_true(sip_session_is_up(w.s));
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_reinvite_accepted(void **state)
{
	(void)state;
	invite_and_answer();
	reinvite();
	peer_reply("INVITE", 200);
	assert_int_equal(w.change_code, 200);
	assert_int_equal(last("ACK")->v.cseq, 2);
	peer_reply("INVITE", 200);
	assert_int_equal(last("ACK")->v.cseq, 2);
	assert_int_equal(count("ACK"), 3);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_bye_overtakes_reinvite(void **state)
{
	(void)state;
	invite_and_answer();
	reinvite();
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("INVITE", 200);
	assert_int_equal(last("ACK")->v.cseq, 2);
	assert_int_equal(count("BYE"), 1);
	peer_reply("BYE", 200);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_peer_reinvites(void **state)
{
	(void)state;
	invite_and_answer();
	peer_request("INVITE", 1, w.our_tag, NULL);
	assert_int_equal(count("488/INVITE"), 1); /* nobody handles it */
	w.branch = 1;
	reinvite();
	w.branch = 5;
	peer_request("INVITE", 2, w.our_tag, NULL);
	assert_int_equal(count("491/INVITE"), 1);
	peer_reply("INVITE", 200);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_wrong_tags(void **state)
{
	(void)state;
	invite_and_answer();
	peer_request("BYE", 1, "wrong", NULL);
	assert_int_equal(count("481/BYE"), 1);
	assert_true(sip_session_is_up(w.s));
	peer_request("BYE", 1, NULL, NULL);
	assert_int_equal(count("481/BYE"), 2);
	snprintf(w.call_id, sizeof(w.call_id), "another");
	peer_request("BYE", 1, w.our_tag, NULL);
	assert_int_equal(count("481/BYE"), 3);
	assert_int_equal(w.n_ended, 0);
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_old_cseq(void **state)
{
	(void)state;
	invite_and_answer();
	peer_request("OPTIONS", 10, w.our_tag, NULL);
	assert_int_equal(count("200/OPTIONS"), 1);
	peer_request("BYE", 9, w.our_tag, NULL);
	assert_int_equal(count("500/BYE"), 1);
	peer_request("BYE", 11, w.our_tag, NULL);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_unknown_require(void **state)
{
	struct span value;

	(void)state;
	peer_request("INVITE", 1, NULL, "Require: siprec, magic\r\n");
	assert_int_equal(count("420/INVITE"), 1);
	assert_int_equal(w.n_invites, 0);
	assert_true(sip_view_header(&last("420/INVITE")->v, "Unsupported", 0,
				    &value));
	assert_true(span_is(value, "siprec, magic"));
	w.branch = 0;
	peer_request("ACK", 1, NULL, NULL);
	loop_run(net.loop);
	assert_int_equal(count("420/INVITE"), 1);
}

static void test_session_unknown_method(void **state)
{
	struct span value;

	(void)state;
	peer_request("PUBLISH", 1, NULL, NULL);
	assert_int_equal(count("405/PUBLISH"), 1);
	assert_true(
		sip_view_header(&last("405/PUBLISH")->v, "Allow", 0, &value));
	invite_and_answer();
	peer_request("REFER", 1, w.our_tag, NULL);
	assert_int_equal(count("405/REFER"), 1);
	assert_true(sip_view_lists(&last("405/REFER")->v, "Allow", "INVITE"));
	peer_request("BYE", 2, w.our_tag, NULL);
}

static void test_session_options(void **state)
{
	(void)state;
	peer_request("OPTIONS", 1, NULL, NULL);
	assert_true(sip_view_lists(&last("200/OPTIONS")->v, "Allow", "BYE"));
}

/* D-fo-late200: ended, but not left hanging. */
static void test_session_late_2xx(void **state)
{
	(void)state;
	invite();
	loop_run(net.loop);
	assert_int_equal(w.n_failed, 1);
	assert_int_equal(w.failure.outcome, SIP_TIMEOUT);
	peer_reply("INVITE", 200);
	assert_int_equal(count("ACK"), 1);
	assert_int_equal(count("BYE"), 1);
	assert_int_equal(last("BYE")->v.cseq, 2);
	peer_reply("INVITE", 200);
	assert_int_equal(count("ACK"), 2);
	assert_int_equal(count("BYE"), 1);
	assert_true(sip_ua_busy(net.ua));
	peer_reply("BYE", 200);
	assert_int_equal(w.n_answered, 0);
}

/* Section 13.2.2.4: a second leg that answers gets ACK and BYE. */
static void test_session_forked_2xx(void **state)
{
	(void)state;
	invite_and_answer();
	peer_reply_as(last("INVITE"), 200, "other");
	assert_int_equal(count("ACK"), 2);
	assert_true(span_is(last("ACK")->v.to_tag, "other"));
	assert_true(span_is(last("BYE")->v.to_tag, "other"));
	peer_reply("BYE", 200);
	assert_true(sip_session_is_up(w.s));
	sip_session_hangup(w.s, NULL);
	settle();
	peer_reply("BYE", 200);
}

static void test_session_released_early(void **state)
{
	(void)state;
	invite();
	sip_session_hangup(w.s, NULL);
	sip_session_release(w.s);
	w.s = NULL;
	peer_reply("INVITE", 180);
	assert_int_equal(count("CANCEL"), 1);
	peer_reply("CANCEL", 200);
	peer_reply("INVITE", 487);
	assert_int_equal(w.n_failed, 0);
}

static void test_session_peer_cancels(void **state)
{
	(void)state;
	be_invited();
	peer_request("CANCEL", 1, NULL, NULL);
	assert_int_equal(count("200/CANCEL"), 1);
	assert_int_equal(count("487/INVITE"), 1);
	assert_int_equal(w.how, SIP_ENDED_CANCELLED);
	w.branch = 77;
	peer_request("CANCEL", 1, NULL, NULL);
	assert_int_equal(count("481/CANCEL"), 1);
}

static void test_session_left_invite(void **state)
{
	(void)state;
	be_invited_and_answer();
	peer_ack(1);
	snprintf(w.call_id, sizeof(w.call_id), "second");
	peer_request("INVITE", 1, NULL, NULL);
	assert_int_equal(w.n_invites, 2);
	/* an agent may be told to stay silent, and does */
	run_until(loop_now(net.loop) + 40000000);
	assert_null(last("603/INVITE"));
	assert_null(last("100/INVITE"));
	snprintf(w.call_id, sizeof(w.call_id), "peers-call");
	peer_request("BYE", 2, w.our_tag, NULL);
	assert_int_equal(w.n_ended, 1);
}

static void test_session_killed(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	invite_and_answer();
	sip_ua_kill(net.ua);
	assert_false(sip_ua_busy(net.ua));
	peer_request("BYE", 1, w.our_tag, NULL);
	assert_int_equal(count("200/BYE"), 0);
	assert_int_equal(sip_ua_revive(net.ua, &e), 0);
	peer_request("BYE", 1, w.our_tag, NULL);
	assert_int_equal(count("200/BYE"), 1);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_session_whole),
		CASE(test_session_2xx_is_repeated),
		CASE(test_session_ack_must_fit),
		CASE(test_session_invite_repeated_after_2xx),
		CASE(test_session_ack_lost),
		CASE(test_session_byes_cross),
		CASE(test_session_bye_unanswered),
		CASE(test_session_bye_after_end),
		CASE(test_session_cancel_before_1xx),
		CASE(test_session_cancel_after_1xx),
		CASE(test_session_cancel_crosses_2xx),
		CASE(test_session_2xx_instead_of_1xx),
		CASE(test_session_cancel_without_final),
		CASE(test_session_hangup_unanswered),
		CASE(test_session_hangup_incoming),
		CASE(test_session_hangup_before_ack),
		CASE(test_session_unreachable),
		CASE(test_session_nowhere),
		CASE(test_session_reinvite_491),
		CASE(test_session_reinvite_accepted),
		CASE(test_session_bye_overtakes_reinvite),
		CASE(test_session_peer_reinvites),
		CASE(test_session_wrong_tags),
		CASE(test_session_old_cseq),
		CASE(test_session_unknown_require),
		CASE(test_session_unknown_method),
		CASE(test_session_options),
		CASE(test_session_late_2xx),
		CASE(test_session_forked_2xx),
		CASE(test_session_released_early),
		CASE(test_session_peer_cancels),
		CASE(test_session_left_invite),
		CASE(test_session_killed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
