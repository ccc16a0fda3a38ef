/* Sockets on loopback, sending together where that works, and without. */
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

struct end {
	struct flow *flow;
	size_t n, bytes, n_errors;
	struct addr from, error;
	bool closes;
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct end a, b;
	struct timer giveup;
} w;

static void on_recv(const struct addr *from, const void *p, size_t n, void *arg)
{
	struct end *e = arg;

	(void)p;
	e->n++;
	e->bytes = n;
	e->from = *from;
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

static void stop(void *arg)
{
	loop_stop(arg);
}

/* What loopback carries has arrived long before. */
static void settle(void)
{
	timer_after(&w.giveup, 30000);
	loop_run(w.loop);
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_REAL);
	w.trace = trace_new();
	trace_set_classifier(w.trace, sip_classify);
	w.wire = wire_udp_new(w.loop, w.trace);
	timer_init(&w.giveup, w.loop, stop, w.loop);
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

static void open_end(struct end *e, enum flow_kind kind, const char *name)
{
	struct flow_conf conf = {.kind = kind,
				 .name = name,
				 .recv = on_recv,
				 .error = on_error,
				 .arg = e};
	struct err err = ERR_INIT;

	e->flow = flow_open(w.wire, &conf, &err);
	assert_non_null(e->flow);
	assert_true(flow_addr(e->flow)->port > 0);
}

static void open_both(enum flow_kind kind)
{
	open_end(&w.a, kind, "a");
	open_end(&w.b, kind, "b");
}

static void test_udp_delivers_sip(void **state)
{
	const struct trace_sip *m;

	(void)state;
	open_both(FLOW_SIP);
	flow_send(w.a.flow, flow_addr(w.b.flow), "hello", 5);
	settle();
	assert_int_equal(w.b.n, 1);
	assert_int_equal(w.b.bytes, 5);
	assert_true(addr_eq(&w.b.from, flow_addr(w.a.flow)));
	/* one record for both ends */
	assert_int_equal(trace_n_sip(w.trace), 1);
	m = trace_sip_at(w.trace, 0);
	assert_true(m->arrived_us >= m->sent_us);
	assert_string_equal(m->to, "b");
}

static void test_udp_largest_datagram(void **state)
{
	char *big = calloc(1, WIRE_MTU);

	(void)state;
	open_both(FLOW_SIP);
	assert_int_equal(
		flow_send(w.a.flow, flow_addr(w.b.flow), big, WIRE_MTU), 0);
	settle();
	assert_int_equal(w.b.bytes, WIRE_MTU);
	free(big);
}

static void test_udp_delivers_rtp(void **state)
{
	struct rtp r = {.ssrc = 4};
	uint8_t bytes[RTP_MAX];
	const struct trace_rtp *t;
	int i;

	(void)state;
	open_both(FLOW_RTP);
	for (i = 0; i < 100; i++) {
		r.seq = (uint16_t)i;
		flow_send(w.a.flow, flow_addr(w.b.flow), bytes,
			  rtp_write(&r, bytes));
	}
	settle();
	assert_int_equal(w.b.n, 100);
	assert_int_equal(trace_n_rtp(w.trace), 1);
	t = trace_rtp_at(w.trace, 0);
	assert_int_equal(t->sent, 100);
	assert_int_equal(t->received, 100);
	assert_int_equal(t->lost, 0);
}

/* Read before the loop turns, and not twice. */
/* In the rhythm of a stream one is read alone: what came with it is not left
 * behind. */
static void test_udp_bursts(void **state)
{
	struct rtp r = {.payload = {"sound", 5}};
	uint8_t p[RTP_MAX];
	size_t sent = 0, burst;
	int round;

	(void)state;
	open_both(FLOW_RTP);
	for (round = 0; round < 8; round++) {
		for (burst = 0; burst <= (size_t)round % 4; burst++, sent++) {
			r.seq = (uint16_t)sent;
			flow_send(w.a.flow, flow_addr(w.b.flow), p,
				  rtp_write(&r, p));
		}
		timer_after(&w.giveup, 20000);
		loop_run(w.loop);
	}
	settle();
	assert_int_equal(w.b.n, sent);
	assert_int_equal(trace_rtp_at(w.trace, 0)->received, sent);
	assert_int_equal(trace_rtp_at(w.trace, 0)->reordered, 0);
}

static void test_udp_drained(void **state)
{
	struct rtp r = {.seq = 7, .payload = span_of("0123456789")};
	uint8_t bytes[RTP_MAX];
	size_t n = rtp_write(&r, bytes);

	(void)state;
	open_both(FLOW_RTP);
	flow_send(w.a.flow, flow_addr(w.b.flow), bytes, n);
	flow_send(w.a.flow, flow_addr(w.b.flow), bytes, n);
	flow_drain(w.b.flow);
	assert_int_equal(w.b.n, 2);
	settle();
	assert_int_equal(w.b.n, 2);
	flow_drain(NULL);
}

static void test_udp_refuses(void **state)
{
	struct addr nobody;

	(void)state;
	open_both(FLOW_SIP);
	nobody = *flow_addr(w.b.flow);
	flow_close(w.b.flow);
	w.b.flow = NULL;
	flow_send(w.a.flow, &nobody, "hello", 5);
	settle();
	assert_int_equal(w.a.n_errors, 1);
	assert_true(addr_eq(&w.a.error, &nobody));
}

/* Nobody gets the port meanwhile; who comes back there is heard again. */
static void test_udp_buried(void **state)
{
	struct flow_conf conf = {
		.kind = FLOW_SIP, .name = "b", .recv = on_recv, .arg = &w.b};
	struct addr there;

	(void)state;
	open_both(FLOW_SIP);
	there = *flow_addr(w.b.flow);
	flow_bury(w.b.flow);
	flow_send(w.a.flow, &there, "x", 1);
	settle();
	assert_int_equal(w.a.n_errors, 1);
	assert_true(addr_eq(&w.a.error, &there));
	assert_int_equal(w.b.n, 0);
	conf.local = &there;
	w.b.flow = flow_open(w.wire, &conf, NULL);
	assert_non_null(w.b.flow);
	flow_send(w.a.flow, &there, "x", 1);
	settle();
	assert_int_equal(w.b.n, 1);
}

static void test_udp_closed_in_handler(void **state)
{
	int i;

	(void)state;
	open_both(FLOW_RTP);
	w.b.closes = true;
	for (i = 0; i < 20; i++)
		flow_send(w.a.flow, flow_addr(w.b.flow), "x", 1);
	settle();
	assert_int_equal(w.b.n, 1);
}

static void test_udp_pair(void **state)
{
	struct flow_conf conf = {.name = "p", .recv = on_recv, .arg = &w.a};
	struct flow *rtp[8], *rtcp[8];
	struct err e = ERR_INIT;
	int i;

	(void)state;
	for (i = 0; i < 8; i++) {
		assert_int_equal(
			flow_open_pair(w.wire, &conf, &rtp[i], &rtcp[i], &e),
			0);
		assert_int_equal(flow_addr(rtp[i])->port % 2, 0);
		assert_int_equal(flow_addr(rtcp[i])->port,
				 flow_addr(rtp[i])->port + 1);
	}
	for (i = 0; i < 8; i++) {
		flow_close(rtp[i]);
		flow_close(rtcp[i]);
	}
}

static void test_udp_address_faults(void **state)
{
	struct flow_conf conf = {.kind = FLOW_SIP, .name = "c"};
	struct addr foreign;
	struct err e = ERR_INIT;

	(void)state;
	open_both(FLOW_SIP);
	conf.local = flow_addr(w.a.flow);
	assert_null(flow_open(w.wire, &conf, &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_true(addr_parse(span_of("192.0.2.1:5060"), &foreign));
	conf.local = &foreign;
	assert_null(flow_open(w.wire, &conf, &e));
	assert_non_null(strstr(e.text, "192.0.2.1:5060"));
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_udp_delivers_sip), CASE(test_udp_largest_datagram),
		CASE(test_udp_delivers_rtp), CASE(test_udp_bursts),
		CASE(test_udp_drained),	     CASE(test_udp_refuses),
		CASE(test_udp_buried),	     CASE(test_udp_closed_in_handler),
		CASE(test_udp_pair),	     CASE(test_udp_address_faults),
	};

	int failed = cmocka_run_group_tests_name("as it comes", tests, NULL,
						 NULL);

	setenv("SIPREC_SRC_IO", "plain", 1);
	return failed + cmocka_run_group_tests_name("plain", tests, NULL, NULL);
}
