/* The simulated wire, and the bad ways that both wires share. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "media/rtp.h"
#include "net/wire.h"
#include "sip/view.h"

enum { MAX = 2048 };

struct end {
	struct flow *flow;
	int64_t at_us[MAX];
	uint16_t seq[MAX]; /* of RTP; else the length */
	size_t n, n_errors;
	struct addr from, error;
	bool closes; /* itself, when something comes */
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct rng rng;
	struct wire *wire;
	struct end a, b;
	size_t n_observed;
} w;

static void on_recv(const struct addr *from, const void *p, size_t n, void *arg)
{
	struct end *e = arg;
	struct rtp r;

	assert_true(e->n < MAX);
	e->from = *from;
	e->at_us[e->n] = loop_now(w.loop);
	e->seq[e->n++] = rtp_parse(p, n, &r) ? r.seq : (uint16_t)n;
	if (e->closes) {
		flow_close(e->flow);
		e->flow = NULL;
	}
}

static void on_error(const struct addr *to, const char *why, void *arg)
{
	struct end *e = arg;

	assert_string_equal(why, WIRE_REFUSED);
	e->n_errors++;
	e->error = *to;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_VIRTUAL);
	w.trace = trace_new();
	trace_set_classifier(w.trace, sip_classify);
	rng_init(&w.rng, 5);
	w.wire = wire_sim_new(w.loop, w.trace, &w.rng, 1000);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	flow_close(w.a.flow);
	flow_close(w.b.flow);
	assert_int_equal(wire_flows(w.wire), 0);
	wire_free(w.wire);
	assert_int_equal(loop_timers(w.loop), 0);
	loop_free(w.loop);
	trace_free(w.trace);
	return 0;
}

static struct flow *open_end(struct end *e, enum flow_kind kind,
			     const char *name)
{
	struct flow_conf conf = {.kind = kind,
				 .name = name,
				 .recv = on_recv,
				 .error = on_error,
				 .arg = e};
	struct err err = ERR_INIT;

	e->flow = flow_open(w.wire, &conf, &err);
	assert_non_null(e->flow);
	return e->flow;
}

static void open_both(enum flow_kind kind)
{
	open_end(&w.a, kind, "a");
	open_end(&w.b, kind, "b");
}

static void send_rtp(uint16_t seq)
{
	struct rtp r = {.seq = seq, .ssrc = 9, .ts = seq * 160u};
	uint8_t bytes[RTP_MAX];

	assert_int_equal(flow_send(w.a.flow, flow_addr(w.b.flow), bytes,
				   rtp_write(&r, bytes)),
			 0);
}

static void on_observed(int64_t now_us, enum wire_sight what,
			const struct addr *src, const struct addr *dst,
			const void *p, size_t n, void *arg)
{
	(void)now_us;
	(void)what;
	(void)p;
	(void)n;
	(void)arg;
	assert_true(addr_eq(src, flow_addr(w.a.flow)));
	assert_true(addr_eq(dst, flow_addr(w.b.flow)));
	w.n_observed++;
}

static void test_sim_delivers(void **state)
{
	const struct trace_sip *m;

	(void)state;
	open_both(FLOW_SIP);
	wire_observe(w.wire, on_observed, NULL);
	flow_send(w.a.flow, flow_addr(w.b.flow), "hello", 5);
	flow_send(w.a.flow, flow_addr(w.b.flow), "", 0);
	assert_int_equal(w.b.n, 0); /* never inside the send */
	loop_run(w.loop);
	assert_int_equal(w.b.n, 2);
	assert_int_equal(w.b.at_us[0], 1000);
	assert_int_equal(w.b.seq[0], 5);
	assert_int_equal(w.b.seq[1], 0);
	assert_true(addr_eq(&w.b.from, flow_addr(w.a.flow)));
	assert_int_equal(w.n_observed, 2);
	m = trace_sip_at(w.trace, 0);
	assert_int_equal(m->sent_us, 0);
	assert_int_equal(m->arrived_us, 1000);
	assert_string_equal(m->from, "a");
	assert_string_equal(m->to, "b");
}

static void test_sim_largest_datagram(void **state)
{
	char *big = calloc(1, WIRE_MTU + 1);

	(void)state;
	open_both(FLOW_SIP);
	assert_int_equal(
		flow_send(w.a.flow, flow_addr(w.b.flow), big, WIRE_MTU), 0);
	assert_int_equal(
		flow_send(w.a.flow, flow_addr(w.b.flow), big, WIRE_MTU + 1),
		-1);
	loop_run(w.loop);
	assert_int_equal(w.b.n, 1);
	assert_int_equal(w.b.seq[0], WIRE_MTU);
	free(big);
}

static void test_sim_refuses(void **state)
{
	struct addr nobody = addr_loopback(9);

	(void)state;
	open_both(FLOW_SIP);
	flow_send(w.a.flow, &nobody, "hello", 5);
	loop_run(w.loop);
	assert_int_equal(w.a.n_errors, 1);
	assert_true(addr_eq(&w.a.error, &nobody));
	assert_int_equal(loop_now(w.loop), 2000);
	assert_int_equal(trace_sip_at(w.trace, 0)->arrived_us, -1);
}

static void test_sim_closed_while_flying(void **state)
{
	(void)state;
	open_both(FLOW_RTP);
	send_rtp(1);
	flow_close(w.b.flow);
	w.b.flow = NULL;
	loop_run(w.loop);
	assert_int_equal(w.b.n, 0);
	assert_int_equal(w.a.n_errors, 1);
	/* and the sender gone when the refusal comes back */
	flow_send(w.a.flow, &w.a.error, "x", 1);
	flow_close(w.a.flow);
	w.a.flow = NULL;
	loop_run(w.loop);
	assert_int_equal(w.a.n_errors, 1);
}

static void test_sim_closed_in_handler(void **state)
{
	(void)state;
	open_both(FLOW_RTP);
	w.b.closes = true;
	send_rtp(1);
	send_rtp(2);
	loop_run(w.loop);
	assert_int_equal(w.b.n, 1);
	assert_int_equal(w.a.n_errors, 1);
}

static void count_observed(int64_t now_us, enum wire_sight what,
			   const struct addr *src, const struct addr *dst,
			   const void *p, size_t n, void *arg)
{
	(void)now_us;
	(void)what;
	(void)src;
	(void)dst;
	(void)p;
	(void)n;
	(void)arg;
	w.n_observed++;
}

/* What was under way when its sender closed is not told again on arrival. */
static void test_sim_observed_once(void **state)
{
	struct addr to;

	(void)state;
	open_both(FLOW_RTP);
	wire_observe(w.wire, count_observed, NULL);
	to = *flow_addr(w.b.flow);
	flow_send(w.a.flow, &to, "hello", 5);
	flow_close(w.a.flow);
	w.a.flow = NULL;
	loop_run(w.loop);
	assert_int_equal(w.b.n, 1);
	assert_int_equal(w.n_observed, 1);
}

static void test_sim_address_taken(void **state)
{
	struct flow_conf conf = {.kind = FLOW_SIP, .name = "c"};
	struct err e = ERR_INIT;

	(void)state;
	open_both(FLOW_SIP);
	conf.local = flow_addr(w.a.flow);
	assert_null(flow_open(w.wire, &conf, &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_int_equal(wire_flows(w.wire), 2);
}

static void test_sim_pair(void **state)
{
	struct flow_conf conf = {.name = "p", .recv = on_recv, .arg = &w.a};
	struct flow *rtp, *rtcp, *again;
	struct err e = ERR_INIT;
	struct addr odd;

	(void)state;
	assert_int_equal(flow_open_pair(w.wire, &conf, &rtp, &rtcp, &e), 0);
	assert_int_equal(flow_addr(rtp)->port % 2, 0);
	assert_int_equal(flow_addr(rtcp)->port, flow_addr(rtp)->port + 1);
	odd = addr_loopback(20001);
	conf.local = &odd;
	assert_int_equal(
		flow_open_pair(w.wire, &conf, &w.a.flow, &w.b.flow, &e), -1);
	assert_null(w.a.flow);
	assert_null(w.b.flow);
	/* RTCP's port is taken: neither is open */
	odd.port--;
	conf.local = &odd;
	assert_int_equal(
		flow_open_pair(w.wire, &conf, &w.a.flow, &w.b.flow, &e), 0);
	flow_close(w.a.flow);
	w.a.flow = NULL;
	assert_int_equal(flow_open_pair(w.wire, &conf, &w.a.flow, &again, &e),
			 -1);
	assert_null(w.a.flow);
	assert_null(again);
	assert_int_equal(wire_flows(w.wire), 3);
	flow_close(rtp);
	flow_close(rtcp);
}

/* A port that was tried in vain leaves no error behind. */
static void test_sim_pair_after_a_taken_one(void **state)
{
	struct flow_conf conf = {.name = "p", .recv = on_recv, .arg = &w.a};
	struct flow *rtp, *rtcp, *taken;
	struct err e = ERR_INIT;
	struct addr next;

	(void)state;
	assert_int_equal(flow_open_pair(w.wire, &conf, &rtp, &rtcp, &e), 0);
	next = *flow_addr(rtcp);
	next.port += 2;
	conf.kind = FLOW_RTCP;
	conf.local = &next;
	taken = flow_open(w.wire, &conf, &e);
	assert_non_null(taken);
	conf.local = NULL;
	assert_int_equal(
		flow_open_pair(w.wire, &conf, &w.a.flow, &w.b.flow, &e), 0);
	assert_true(flow_addr(w.b.flow)->port > next.port);
	assert_int_equal(e.kind, ERR_NONE);
	flow_close(rtp);
	flow_close(rtcp);
	flow_close(taken);
}

static void send_many(size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		send_rtp((uint16_t)i);
	loop_run(w.loop);
}

static void test_sim_loss(void **state)
{
	(void)state;
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng, &(struct way_conf){.loss = 0.25});
	send_many(1000);
	assert_in_range(w.b.n, 700, 800);
}

static void test_sim_all_lost(void **state)
{
	(void)state;
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng, &(struct way_conf){.loss = 1});
	send_many(10);
	assert_int_equal(w.b.n, 0);
}

static void test_sim_jitter(void **state)
{
	size_t i;

	(void)state;
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng, &(struct way_conf){.jitter_us = 5000});
	send_many(200);
	assert_int_equal(w.b.n, 200);
	for (i = 0; i < w.b.n; i++)
		assert_in_range(w.b.at_us[i], 1000, 6000);
	assert_true(w.b.at_us[199] > w.b.at_us[0] + 3000);
}

static void test_sim_reorder(void **state)
{
	size_t i, late = 0;

	(void)state;
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng, &(struct way_conf){.reorder = 0.1});
	send_many(500);
	assert_int_equal(w.b.n, 500);
	for (i = 1; i < w.b.n; i++)
		late += w.b.at_us[i] > 1000;
	assert_in_range(late, 30, 70);
}

static void run_impaired(uint64_t seed, struct end *out)
{
	void *state = NULL;

	setup(&state);
	rng_init(&w.rng, seed);
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng,
		    &(struct way_conf){.loss = 0.1,
				       .reorder = 0.1,
				       .duplicate = 0.1,
				       .jitter_us = 3000});
	send_many(300);
	*out = w.b;
	teardown(&state);
}

static void test_sim_same_seed(void **state)
{
	static struct end one, two, other;

	(void)state;
	run_impaired(1, &one);
	run_impaired(1, &two);
	run_impaired(2, &other);
	assert_int_equal(one.n, two.n);
	assert_memory_equal(one.seq, two.seq, sizeof(one.seq));
	assert_memory_equal(one.at_us, two.at_us, sizeof(one.at_us));
	assert_memory_not_equal(one.seq, other.seq, sizeof(one.seq));
}

static void test_sim_closed_with_held_packets(void **state)
{
	(void)state;
	open_both(FLOW_RTP);
	flow_impair(w.a.flow, &w.rng,
		    &(struct way_conf){.reorder = 1, .duplicate = 1});
	send_rtp(1);
	flow_close(w.a.flow);
	w.a.flow = NULL;
	loop_run(w.loop);
	assert_int_equal(w.b.n, 0);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_sim_delivers),
		CASE(test_sim_largest_datagram),
		CASE(test_sim_refuses),
		CASE(test_sim_closed_while_flying),
		CASE(test_sim_closed_in_handler),
		CASE(test_sim_observed_once),
		CASE(test_sim_address_taken),
		CASE(test_sim_pair),
		CASE(test_sim_pair_after_a_taken_one),
		CASE(test_sim_loss),
		CASE(test_sim_all_lost),
		CASE(test_sim_jitter),
		CASE(test_sim_reorder),
		cmocka_unit_test(test_sim_same_seed),
		CASE(test_sim_closed_with_held_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
