/* Parties whose media comes from outside: who is heard, where it goes. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_fixture.h"
#include "media/rtcp.h"

/* A phone somewhere else: a flow of the wire that the call knows nothing of. */
struct phone {
	struct flow *rtp, *rtcp;
	size_t n_rtp, n_rtcp;
	struct addr from; /* of the newest datagram */
	uint16_t seq;
};

static struct fixture f;
static struct phone alice, bob, eve;

static void phone_heard(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	struct phone *ph = arg;

	ph->from = *from;
	if (rtcp_is(p, n))
		ph->n_rtcp++;
	else
		ph->n_rtp++;
}

static void phone_open(struct phone *ph)
{
	struct flow_conf c = {.name = "phone", .recv = phone_heard, .arg = ph};

	memset(ph, 0, sizeof(*ph));
	assert_int_equal(
		flow_open_pair(f.wire, &c, &ph->rtp, &ph->rtcp, &f.err), 0);
}

static void phone_close(struct phone *ph)
{
	flow_close(ph->rtp);
	flow_close(ph->rtcp);
}

static void phone_says(struct phone *ph, const struct addr *to, uint8_t pt)
{
	uint8_t bytes[RTP_MAX], sound[160] = {0};
	struct rtp r = {.pt = pt,
			.seq = ph->seq++,
			.ts = ph->seq * 160u,
			.ssrc = flow_addr(ph->rtp)->port,
			.payload = {(const char *)sound, sizeof(sound)}};

	flow_send(ph->rtp, to, bytes, rtp_write(&r, bytes));
}

static void phone_reports(struct phone *ph, struct flow *by,
			  const struct addr *to)
{
	struct rtcp_sender s = {.ssrc = flow_addr(ph->rtp)->port};
	struct buf b;

	buf_init(&b, 512);
	rtcp_write_sr(&b, &s, "phone");
	flow_send(by, to, b.p, b.n);
	buf_fini(&b);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void pass(int64_t us)
{
	struct timer t;

	timer_init(&t, f.loop, stop, f.loop);
	timer_after(&t, us);
	loop_run(f.loop);
}

static void live(int party)
{
	struct call_source *s = &f.conf.party[party].source;

	s->kind = CALL_UDP;
	s->udp = addr_loopback(0);
}

/* Answered, and a bit of time for the SDP. */
static void open_call(bool callee_too)
{
	fixture_init(&f);
	live(CALL_CALLER);
	if (callee_too)
		live(CALL_CALLEE);
	f.conf.answer_us = 0;
	f.conf.end_us = 60000000;
	fixture_open(&f);
	assert_non_null(f.call);
	phone_open(&alice);
	phone_open(&bob);
	phone_open(&eve);
	call_start(f.call);
	pass(100000);
	assert_int_equal(f.n_known, 1);
}

static void close_call(void)
{
	call_bye(f.call, CALL_CALLER);
	loop_run(f.loop);
	phone_close(&alice);
	phone_close(&bob);
	phone_close(&eve);
	fixture_fini(&f);
}

static struct addr at(int party)
{
	return call_live(f.call, party)->at;
}

static struct addr above(struct addr a)
{
	a.port++;
	return a;
}

static const char *newest_note(void)
{
	return trace_note_at(f.trace, trace_n_notes(f.trace) - 1)->text;
}

static void test_live_relayed_and_told(void **state)
{
	struct addr a, b;

	(void)state;
	open_call(true);
	a = at(CALL_CALLER);
	b = at(CALL_CALLEE);
	phone_says(&alice, &a, 0); /* nobody knows bob yet */
	pass(20000);
	phone_says(&bob, &b, 0);
	phone_says(&alice, &a, 0);
	pass(20000);
	phone_says(&alice, &a, 0);
	pass(20000);
	assert_int_equal(bob.n_rtp, 2);
	assert_int_equal(alice.n_rtp, 1);
	assert_true(addr_eq(&bob.from, &b));
	assert_true(addr_eq(&alice.from, &a));
	assert_int_equal(f.n_heard[CALL_CALLER], 3);
	assert_int_equal(f.n_heard[CALL_CALLEE], 1);
	assert_int_equal(call_live(f.call, CALL_CALLER)->packets, 3);
	assert_int_equal(call_live(f.call, CALL_CALLER)->relayed, 2);
	assert_true(addr_eq(&call_live(f.call, CALL_CALLER)->peer,
			    flow_addr(alice.rtp)));
	close_call();
}

static void test_live_rtcp_by_its_own_port(void **state)
{
	struct addr a, b;

	(void)state;
	open_call(true);
	a = at(CALL_CALLER);
	b = at(CALL_CALLEE);
	phone_says(&alice, &a, 0);
	phone_says(&bob, &b, 0);
	pass(20000);
	a = above(a);
	phone_reports(&alice, alice.rtcp, &a);
	pass(20000);
	assert_int_equal(bob.n_rtcp, 1);
	b = above(b);
	assert_true(addr_eq(&bob.from, &b));
	assert_int_equal(call_live(f.call, CALL_CALLER)->reports_relayed, 1);
	close_call();
}

/* Bob sends both to one port, and gets both there; Alice has two. */
static void test_live_rtcp_on_one_port(void **state)
{
	struct addr a, b;

	(void)state;
	open_call(true);
	a = at(CALL_CALLER);
	b = at(CALL_CALLEE);
	phone_says(&alice, &a, 0);
	phone_says(&bob, &b, 0);
	pass(20000);
	phone_reports(&bob, bob.rtp, &b);
	a = above(a);
	phone_reports(&alice, alice.rtcp, &a);
	pass(20000);
	assert_int_equal(alice.n_rtcp, 1);
	assert_true(addr_eq(&alice.from, &a));
	assert_int_equal(bob.n_rtcp, 1);
	assert_true(addr_eq(&bob.from, &b));
	assert_int_equal(f.n_heard[CALL_CALLEE], 1);
	close_call();
}

/* A stranger is not heard while the phone speaks; a phone that moved is, once
 * its old place is silent. */
static void test_live_stranger_and_move(void **state)
{
	struct addr a;
	int i;

	(void)state;
	open_call(true);
	a = at(CALL_CALLER);
	for (i = 0; i < 20; i++) {
		phone_says(&alice, &a, 0);
		phone_says(&eve, &a, 0);
		pass(20000);
	}
	assert_int_equal(call_live(f.call, CALL_CALLER)->packets, 20);
	assert_int_equal(call_live(f.call, CALL_CALLER)->strays, 20);
	pass(1100000);
	phone_says(&eve, &a, 0);
	pass(20000);
	assert_int_equal(call_live(f.call, CALL_CALLER)->packets, 21);
	assert_true(addr_eq(&call_live(f.call, CALL_CALLER)->peer,
			    flow_addr(eve.rtp)));
	flow_send(eve.rtp, &a, "no media", 8);
	pass(20000);
	assert_int_equal(call_live(f.call, CALL_CALLER)->strays, 21);
	close_call();
}

static void test_live_peer_told_before(void **state)
{
	struct addr b;

	(void)state;
	fixture_init(&f);
	phone_open(&alice);
	phone_open(&bob);
	phone_open(&eve);
	live(CALL_CALLER);
	live(CALL_CALLEE);
	f.conf.party[CALL_CALLER].source.peer = *flow_addr(alice.rtp);
	fixture_open(&f);
	assert_non_null(f.call);
	b = at(CALL_CALLEE);
	phone_says(&bob, &b, 0); /* the call has not begun */
	pass(20000);
	assert_int_equal(alice.n_rtp, 1);
	assert_int_equal(f.n_heard[CALL_CALLEE], 0);
	call_start(f.call);
	pass(1100000);
	close_call();
}

/* The live one hears the voice that is made here, and is recorded beside it. */
static void test_live_with_a_made_one(void **state)
{
	struct addr a;

	(void)state;
	open_call(false);
	a = at(CALL_CALLER);
	phone_says(&alice, &a, 0);
	pass(1000000);
	assert_int_equal(f.n_heard[CALL_CALLER], 1);
	assert_in_range(f.n_heard[CALL_CALLEE], 50, 60);
	assert_in_range(alice.n_rtp, 49, 52);
	assert_null(call_live(f.call, CALL_CALLEE));
	close_call();
}

static void test_live_foreign_payload_type(void **state)
{
	struct addr a;
	size_t n;

	(void)state;
	open_call(true);
	a = at(CALL_CALLER);
	phone_says(&alice, &a, 0);
	pass(20000);
	n = trace_n_notes(f.trace);
	phone_says(&alice, &a, 18);
	phone_says(&alice, &a, 18);
	pass(20000);
	assert_int_equal(trace_n_notes(f.trace), n + 1);
	assert_string_equal(newest_note(),
			    "payload type 18 (G729): the call has no such "
			    "codec: it is relayed and not recorded");
	close_call();
}

static void test_live_port_taken(void **state)
{
	(void)state;
	fixture_init(&f);
	phone_open(&alice);
	live(CALL_CALLER);
	f.conf.party[CALL_CALLER].source.udp = *flow_addr(alice.rtp);
	fixture_open(&f);
	assert_null(f.call);
	assert_int_equal(f.err.kind, ERR_ENV);
	phone_close(&alice);
	fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_live_relayed_and_told),
		cmocka_unit_test(test_live_rtcp_by_its_own_port),
		cmocka_unit_test(test_live_rtcp_on_one_port),
		cmocka_unit_test(test_live_stranger_and_move),
		cmocka_unit_test(test_live_peer_told_before),
		cmocka_unit_test(test_live_with_a_made_one),
		cmocka_unit_test(test_live_foreign_payload_type),
		cmocka_unit_test(test_live_port_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
