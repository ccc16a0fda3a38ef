/* Transactions: what is sent when, and what is told. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/buf.h"
#include "sip/print.h"
#include "sip/txn.h"

enum { MAX = 64 };

struct sent {
	int64_t at_us;
	char word[16]; /* method or status */
	struct addr to;
	char text[1024];
};

static struct {
	struct loop *loop;
	struct sip_txns *txns;
	struct sent sent[MAX];
	size_t n_sent;
	bool refuse; /* the transport takes nothing */
	enum sip_outcome outcome[MAX];
	int code[MAX];
	int64_t outcome_us[MAX];
	size_t n_outcomes;
	struct sip_txn *server; /* of the newest request */
	size_t n_requests, n_acks, n_strays, n_garbage;
	struct addr peer;
} w;

static int on_send(const struct addr *to, struct span text, void *arg)
{
	struct sent *s = &w.sent[w.n_sent];
	struct sip_view v;

	(void)arg;
	if (w.refuse)
		return -1;
	assert_true(w.n_sent < MAX);
	w.n_sent++;
	s->at_us = loop_now(w.loop);
	s->to = *to;
	snprintf(s->text, sizeof(s->text), "%.*s", SPAN_ARG(text));
	s->word[0] = '\0';
	if (sip_view(text, &v) && v.request)
		snprintf(s->word, sizeof(s->word), "%.*s", SPAN_ARG(v.method));
	else
		snprintf(s->word, sizeof(s->word), "%d", v.code);
	return 0;
}

static void on_request(struct sip_txn *x, const struct sip_view *req,
		       const struct addr *from, void *arg)
{
	(void)from;
	(void)arg;
	w.server = x;
	w.n_requests++;
	if (!x) {
		assert_true(span_is(req->method, "ACK"));
		w.n_acks++;
	}
}

static void on_stray(const struct sip_view *resp, const struct addr *from,
		     void *arg)
{
	(void)from;
	(void)arg;
	assert_false(resp->request);
	w.n_strays++;
}

static void on_garbage(const struct addr *from, const char *why, void *arg)
{
	(void)from;
	(void)arg;
	assert_true(why && why[0]);
	w.n_garbage++;
}

static void on_outcome(enum sip_outcome o, const struct sip_view *resp,
		       const char *why, void *arg)
{
	assert_ptr_equal(arg, &w);
	assert_int_equal(resp != NULL, o == SIP_FINAL || o == SIP_PROVISIONAL);
	assert_int_equal(why != NULL, o == SIP_MALFORMED);
	w.outcome[w.n_outcomes] = o;
	w.code[w.n_outcomes] = resp ? resp->code : 0;
	w.outcome_us[w.n_outcomes] = loop_now(w.loop);
	w.n_outcomes++;
}

static int setup(void **state)
{
	struct sip_txns_conf conf = {.send = on_send,
				     .request = on_request,
				     .stray = on_stray,
				     .garbage = on_garbage};

	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_VIRTUAL);
	w.peer = addr_loopback(7000);
	conf.loop = w.loop;
	w.txns = sip_txns_new(&conf);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_txns_free(w.txns);
	assert_int_equal(loop_timers(w.loop), 0);
	loop_free(w.loop);
	return 0;
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void run_until(int64_t at_us)
{
	struct timer t;

	timer_init(&t, w.loop, stop, w.loop);
	timer_at(&t, at_us);
	loop_run(w.loop);
}

static const char *request_text(const char *method)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "%s sip:b@127.0.0.1:7000 SIP/2.0\r\n"
		 "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKq\r\n"
		 "Max-Forwards: 70\r\n"
		 "From: <sip:a@example.com>;tag=f\r\n"
		 "To: <sip:b@example.com>\r\n"
		 "Call-ID: c\r\n"
		 "CSeq: 7 %s\r\n"
		 "Contact: <sip:a@127.0.0.1:5060>\r\n"
		 "Content-Length: 0\r\n\r\n",
		 method, method);
	return text;
}

static struct sip_txn *request(const char *method)
{
	struct err e = ERR_INIT;
	struct sip_txn *x = sip_txn_request(w.txns, &w.peer,
					    span_of(request_text(method)),
					    on_outcome, &w, &e);

	assert_non_null(x);
	assert_int_equal(w.n_outcomes, 0); /* never before it returns */
	return x;
}

static void receive(const char *text)
{
	sip_txns_receive(w.txns, &w.peer, span_of(text));
}

static void respond_with(const char *status, const char *method,
			 const char *to_tag)
{
	char text[1024];

	snprintf(text, sizeof(text),
		 "SIP/2.0 %s\r\n"
		 "Via: SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKq\r\n"
		 "From: <sip:a@example.com>;tag=f\r\n"
		 "To: <sip:b@example.com>%s%s\r\n"
		 "Call-ID: c\r\nCSeq: 7 %s\r\n"
		 "Content-Length: 0\r\n\r\n",
		 status, to_tag ? ";tag=" : "", to_tag ? to_tag : "", method);
	receive(text);
}

static void respond(const char *status, const char *method)
{
	respond_with(status, method,
		     strncmp(status, "100", 3) == 0 ? NULL : "t");
}

static void check_times(const char *word, const int64_t *ms, size_t n)
{
	size_t i;

	assert_int_equal(w.n_sent, n);
	for (i = 0; i < n; i++) {
		assert_string_equal(w.sent[i].word, word);
		assert_int_equal(w.sent[i].at_us, ms[i] * 1000);
		assert_string_equal(w.sent[i].text, w.sent[0].text);
	}
}

static void check_outcome(enum sip_outcome o, int code)
{
	assert_int_equal(w.n_outcomes, 1);
	assert_int_equal(w.outcome[0], o);
	assert_int_equal(w.code[0], code);
	assert_int_equal(sip_txns_waiting(w.txns), 0);
}

/* ---- client ---- */

/* RFC 3261 section 17.1.1.2: timer A doubles, B ends it. */
static void test_invite_schedule(void **state)
{
	static const int64_t ms[] = {0, 500, 1500, 3500, 7500, 15500, 31500};

	(void)state;
	request("INVITE");
	assert_int_equal(sip_txns_waiting(w.txns), 1);
	loop_run(w.loop);
	check_times("INVITE", ms, sizeof(ms) / sizeof(ms[0]));
	check_outcome(SIP_TIMEOUT, 0);
	assert_int_equal(w.outcome_us[0], 32000000);
}

/* Section 17.1.2.2: timer E doubles up to T2. */
static void test_other_schedule(void **state)
{
	static const int64_t ms[] = {0,	    500,   1500,  3500,	 7500, 11500,
				     15500, 19500, 23500, 27500, 31500};

	(void)state;
	request("BYE");
	loop_run(w.loop);
	check_times("BYE", ms, sizeof(ms) / sizeof(ms[0]));
	check_outcome(SIP_TIMEOUT, 0);
	assert_int_equal(w.outcome_us[0], 32000000);
}

static void test_invite_silent_after_provisional(void **state)
{
	(void)state;
	request("INVITE");
	respond("100 Trying", "INVITE");
	run_until(60000000);
	assert_int_equal(w.n_sent, 1);
	assert_int_equal(w.n_outcomes, 1);
	assert_int_equal(w.outcome[0], SIP_PROVISIONAL);
	assert_int_equal(sip_txns_waiting(w.txns), 1);
}

/* Section 17.1.1.3: every repeat of a refusal is acknowledged, nobody is told
 * again, and after 32 s it is over. */
static void test_invite_refused(void **state)
{
	struct sip_view v;

	(void)state;
	request("INVITE");
	respond("486 Busy Here", "INVITE");
	check_outcome(SIP_FINAL, 486);
	assert_int_equal(w.n_sent, 2);
	assert_string_equal(w.sent[1].word, "ACK");
	assert_true(sip_view(span_of(w.sent[1].text), &v));
	assert_true(span_is(v.branch, "z9hG4bKq"));
	assert_true(span_is(v.to_tag, "t"));
	assert_true(span_is(v.uri, "sip:b@127.0.0.1:7000"));
	assert_int_equal(v.cseq, 7);
	assert_true(span_is(v.cseq_method, "ACK"));
	assert_int_equal(sip_view_header_count(&v, "Max-Forwards"), 1);
	respond("486 Busy Here", "INVITE");
	respond("486 Busy Here", "INVITE");
	assert_int_equal(w.n_sent, 4);
	assert_string_equal(w.sent[3].text, w.sent[1].text);
	assert_int_equal(w.n_outcomes, 1);
	loop_run(w.loop);
	assert_int_equal(loop_now(w.loop), 32000000);
	respond("486 Busy Here", "INVITE");
	assert_int_equal(w.n_sent, 4);
	assert_int_equal(w.n_strays, 1);
}

static void test_invite_answered_again(void **state)
{
	(void)state;
	request("INVITE");
	respond("200 OK", "INVITE");
	check_outcome(SIP_FINAL, 200);
	respond("200 OK", "INVITE");
	assert_int_equal(w.n_strays, 1);
	assert_int_equal(w.n_outcomes, 1);
}

static void test_invite_detached(void **state)
{
	(void)state;
	sip_txn_detach(request("INVITE"));
	assert_int_equal(sip_txns_waiting(w.txns), 0);
	respond("180 Ringing", "INVITE");
	assert_int_equal(w.n_strays, 0);
	respond("200 OK", "INVITE");
	assert_int_equal(w.n_strays, 1);
	assert_int_equal(w.n_outcomes, 0);
}

static void test_other_answered(void **state)
{
	(void)state;
	request("OPTIONS");
	respond("200 OK", "OPTIONS");
	check_outcome(SIP_FINAL, 200);
	respond("200 OK", "OPTIONS"); /* absorbed until timer K */
	loop_run(w.loop);
	assert_int_equal(w.n_outcomes, 1);
	assert_int_equal(loop_now(w.loop), 5000000);
}

static void test_refused_at_once(void **state)
{
	(void)state;
	w.refuse = true;
	request("INVITE");
	loop_run(w.loop);
	check_outcome(SIP_UNREACHABLE, 0);
	assert_int_equal(w.outcome_us[0], 0);
}

static void test_refused_later(void **state)
{
	struct addr other = addr_loopback(7001);

	(void)state;
	request("INVITE");
	sip_txns_unreachable(w.txns, &other, NULL);
	run_until(100000);
	assert_int_equal(w.n_outcomes, 0);
	sip_txns_unreachable(w.txns, &w.peer, NULL);
	sip_txns_unreachable(w.txns, &w.peer, NULL);
	assert_int_equal(w.n_outcomes, 0); /* in the next turn */
	loop_run(w.loop);
	check_outcome(SIP_UNREACHABLE, 0);
	assert_int_equal(w.outcome_us[0], 100000);
}

/* A peer that spoke is there, whatever comes back late. */
static void test_refused_after_answer(void **state)
{
	(void)state;
	request("INVITE");
	respond("180 Ringing", "INVITE");
	sip_txns_unreachable(w.txns, &w.peer, NULL);
	run_until(1000000);
	assert_int_equal(w.n_outcomes, 1);
	assert_int_equal(w.outcome[0], SIP_PROVISIONAL);
}

static void test_malformed_answers(void **state)
{
	static const struct {
		const char *name, *text;
	} rows[] = {
		{"noise", "what is this\r\n\r\n"},
		{"binary", "\x80\x01\x02\x03\xff"},
		{"no To tag", NULL},
	};
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		request("INVITE");
		if (rows[i].text)
			receive(rows[i].text);
		else
			respond_with("200 OK", "INVITE", NULL);
		check_outcome(SIP_MALFORMED, 0);
		assert_int_equal(w.n_garbage, 1);
		loop_run(w.loop);
		check_outcome(SIP_MALFORMED, 0);
		teardown(state);
		setup(state);
	}
}

static void test_noise_of_others(void **state)
{
	struct addr other = addr_loopback(7001);

	(void)state;
	request("INVITE");
	sip_txns_receive(w.txns, &other, span_of("noise"));
	receive("\r\n\r\n"); /* RFC 5626: keeps a path open */
	assert_int_equal(w.n_outcomes, 0);
	assert_int_equal(w.n_garbage, 1);
}

static void test_bad_requests(void **state)
{
	static const char *const rows[] = {"", "nonsense",
					   "SIP/2.0 200 OK\r\n\r\n",
					   "INVITE sip:b@h SIP/2.0\r\n\r\n"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		assert_null(sip_txn_request(w.txns, &w.peer, span_of(rows[i]),
					    on_outcome, &w, &e));
		assert_int_equal(e.kind, ERR_INPUT);
	}
	assert_int_equal(w.n_sent, 0);
}

/* Section 9.1: with nobody left to cancel it, it ends after 64 * T1. */
static void test_unwanted_invite_ends(void **state)
{
	struct sip_txn *x;

	(void)state;
	x = request("INVITE");
	run_until(100000);
	respond("180 Ringing", "INVITE");
	sip_txn_detach(x);
	assert_int_equal(sip_txns_left(w.txns), 0);
	loop_run(w.loop);
	assert_int_equal(loop_now(w.loop), 32100000);
}

static void test_unwanted_invite_rings(void **state)
{
	(void)state;
	sip_txn_detach(request("INVITE"));
	run_until(200000);
	respond("180 Ringing", "INVITE");
	assert_int_equal(sip_txns_left(w.txns), 0);
	loop_run(w.loop);
	assert_int_equal(loop_now(w.loop), 32200000);
}

/* ---- server ---- */

static void reply(int code)
{
	struct sip_reply r = {.code = code, .to_tag = "s"};
	struct buf b;

	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, sip_txn_view(w.server), &r);
	sip_txn_reply(w.server, buf_span(&b));
	buf_fini(&b);
}

static void receive_ack(void)
{
	char *text = strdup(request_text("ACK"));

	receive(text);
	free(text);
}

/* Section 17.2.1: a refusal is repeated until its ACK. */
static void test_server_refusal_repeats(void **state)
{
	static const int64_t ms[] = {0,	    500,   1500,  3500,	 7500, 11500,
				     15500, 19500, 23500, 27500, 31500};

	(void)state;
	receive(request_text("INVITE"));
	assert_non_null(w.server);
	reply(486);
	loop_run(w.loop);
	check_times("486", ms, sizeof(ms) / sizeof(ms[0]));
	assert_int_equal(loop_now(w.loop), 32000000);
}

/* What osip cannot read is a response all the same: said again when the request
 * comes again, and through after 32 s. */
static void test_server_malformed_response(void **state)
{
	struct sip_reply r = {.code = 200, .contact = "<<sip:a@b>;x>"};
	struct buf b;

	(void)state;
	receive(request_text("BYE"));
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, sip_txn_view(w.server), &r);
	sip_txn_reply(w.server, buf_span(&b));
	buf_fini(&b);
	assert_int_equal(sip_txns_left(w.txns), 0);
	receive(request_text("BYE"));
	assert_int_equal(w.n_requests, 1);
	assert_int_equal(w.n_sent, 2);
	assert_non_null(strstr(w.sent[1].text, "<<sip:a@b>;x>"));
	loop_run(w.loop);
	assert_int_equal(loop_now(w.loop), 32000000);
}

static void test_server_refusal_acknowledged(void **state)
{
	(void)state;
	receive(request_text("INVITE"));
	reply(486);
	run_until(600000);
	receive_ack();
	receive_ack(); /* absorbed */
	loop_run(w.loop);
	assert_int_equal(w.n_sent, 2);
	assert_int_equal(w.n_requests, 1);
	assert_int_equal(loop_now(w.loop), 5600000); /* timer I */
}

static void test_server_repeats_provisional(void **state)
{
	(void)state;
	receive(request_text("INVITE"));
	reply(180);
	receive(request_text("INVITE"));
	receive(request_text("INVITE"));
	assert_int_equal(w.n_requests, 1);
	assert_int_equal(w.n_sent, 3);
	assert_string_equal(w.sent[2].text, w.sent[0].text);
}

static void test_server_absorbs_repeats(void **state)
{
	(void)state;
	receive(request_text("BYE"));
	reply(200);
	receive(request_text("BYE"));
	assert_int_equal(w.n_requests, 1);
	assert_int_equal(w.n_sent, 2);
	loop_run(w.loop);
	assert_int_equal(loop_now(w.loop), 32000000); /* timer J */
	receive(request_text("BYE"));
	assert_int_equal(w.n_requests, 2);
}

static void test_server_ack_of_2xx(void **state)
{
	(void)state;
	receive(request_text("INVITE"));
	reply(200);
	receive_ack();
	assert_int_equal(w.n_acks, 1);
}

static void test_server_cancel_finds_invite(void **state)
{
	struct sip_txn *invite;
	struct sip_view v;

	(void)state;
	receive(request_text("INVITE"));
	invite = w.server;
	receive(request_text("CANCEL"));
	assert_ptr_not_equal(w.server, invite);
	v = *sip_txn_view(w.server);
	assert_ptr_equal(sip_txn_of_cancel(w.txns, &v), invite);
	v.branch = span_of("z9hG4bKother");
	assert_null(sip_txn_of_cancel(w.txns, &v));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_invite_schedule),
		CASE(test_other_schedule),
		CASE(test_invite_silent_after_provisional),
		CASE(test_invite_refused),
		CASE(test_invite_answered_again),
		CASE(test_invite_detached),
		CASE(test_other_answered),
		CASE(test_refused_at_once),
		CASE(test_refused_later),
		CASE(test_refused_after_answer),
		CASE(test_malformed_answers),
		CASE(test_noise_of_others),
		CASE(test_bad_requests),
		CASE(test_unwanted_invite_ends),
		CASE(test_unwanted_invite_rings),
		CASE(test_server_malformed_response),
		CASE(test_server_refusal_repeats),
		CASE(test_server_refusal_acknowledged),
		CASE(test_server_repeats_provisional),
		CASE(test_server_absorbs_repeats),
		CASE(test_server_ack_of_2xx),
		CASE(test_server_cancel_finds_invite),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
