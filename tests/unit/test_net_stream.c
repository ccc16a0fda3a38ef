/* Connections, on the simulated wire and on sockets. */
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "net/stream.h"
#include "sip/view.h"

enum { LARGE = 1000000, LIMIT_US = 5000000 };

struct end {
	struct stream *s;
	struct buf got;
	size_t pieces, ups, gones;
	enum stream_end end;
	bool closes; /* itself, when something comes */
	bool echoes;
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct rng rng;
	struct wire *wire;
	struct listener *listener;
	struct end a, b;
	bool rejects; /* the listener, whoever comes */
	struct timer limit;
} w;

static bool is_real(void)
{
	return loop_clock(w.loop) == LOOP_REAL;
}

static void on_up(void *arg)
{
	((struct end *)arg)->ups++;
}

static void on_data(const void *p, size_t n, void *arg)
{
	struct end *x = arg;

	x->pieces++;
	buf_add(&x->got, p, n);
	if (x->echoes)
		assert_int_equal(stream_send(x->s, p, n), 0);
	if (x->closes) {
		stream_close(x->s);
		x->s = NULL;
	}
	if (x->got.n == LARGE)
		loop_stop(w.loop);
}

static void on_gone(enum stream_end end, void *arg)
{
	struct end *x = arg;

	x->gones++;
	x->end = end;
	loop_stop(w.loop);
}

static const struct stream_handlers handlers = {on_up, on_data, on_gone};

static void on_accept(struct stream *s, void *arg)
{
	(void)arg;
	if (w.rejects) {
		stream_reset(s);
		return;
	}
	w.b.s = s;
	stream_take(s, &handlers, &w.b);
}

static void on_limit(void *arg)
{
	(void)arg;
	loop_stop(w.loop);
}

static void make(enum loop_clock clock)
{
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(clock);
	w.trace = trace_new();
	trace_set_classifier(w.trace, sip_classify);
	rng_init(&w.rng, 5);
	w.wire = clock == LOOP_REAL
			 ? wire_udp_new(w.loop, w.trace)
			 : wire_sim_new(w.loop, w.trace, &w.rng, 1000);
	buf_init(&w.a.got, 2 * LARGE);
	buf_init(&w.b.got, 2 * LARGE);
	timer_init(&w.limit, w.loop, on_limit, NULL);
}

static int setup_sim(void **state)
{
	(void)state;
	make(LOOP_VIRTUAL);
	return 0;
}

static int setup_real(void **state)
{
	(void)state;
	make(LOOP_REAL);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	stream_close(w.a.s);
	stream_close(w.b.s);
	listener_close(w.listener);
	assert_int_equal(wire_flows(w.wire), 0);
	timer_stop(&w.limit);
	assert_int_equal(loop_timers(w.loop), 0);
	wire_free(w.wire);
	loop_free(w.loop);
	trace_free(w.trace);
	buf_fini(&w.a.got);
	buf_fini(&w.b.got);
	return 0;
}

/* Until something ends, or, on sockets, for so long. */
static void run(int64_t us)
{
	timer_after(&w.limit, us);
	loop_run(w.loop);
	timer_stop(&w.limit);
}

static void listen_anywhere(void)
{
	struct stream_conf conf = {.name = "b", .proto = ADDR_TCP};

	w.listener = listener_open(w.wire, &conf, on_accept, NULL, NULL);
	assert_non_null(w.listener);
}

static void connect_to(const struct addr *to)
{
	struct stream_conf conf = {
		.name = "a", .proto = ADDR_TCP, .h = &handlers, .arg = &w.a};

	w.a.s = stream_connect(w.wire, &conf, to, NULL);
	assert_non_null(w.a.s);
	assert_int_equal(w.a.ups + w.a.gones, 0);
}

static void connect_both(void)
{
	listen_anywhere();
	connect_to(listener_addr(w.listener));
	run(50000);
	assert_int_equal(w.a.ups, 1);
	assert_non_null(w.b.s);
}

static void test_stream_carries_in_order(void **state)
{
	char *bytes = xmalloc(LARGE);
	size_t i;

	(void)state;
	for (i = 0; i < LARGE; i++)
		bytes[i] = (char)(i * 2654435761u >> 13);
	listen_anywhere();
	connect_to(listener_addr(w.listener));
	for (i = 0; i < LARGE; i += LARGE / 100)
		assert_int_equal(stream_send(w.a.s, bytes + i, LARGE / 100), 0);
	run(LIMIT_US);
	assert_int_equal(w.b.got.n, LARGE);
	assert_memory_equal(w.b.got.p, bytes, LARGE);
	assert_true(addr_eq(stream_remote(w.b.s), stream_local(w.a.s)));
	assert_true(addr_eq(stream_local(w.b.s), stream_remote(w.a.s)));
	free(bytes);
}

static void test_stream_cuts_by_the_seed(void **state)
{
	int i;

	(void)state;
	connect_both();
	for (i = 0; i < 50; i++) {
		stream_send(w.a.s, "01234", 5);
		stream_send(w.a.s, "56789", 5);
		run(100);
	}
	run(LIMIT_US);
	assert_int_equal(w.b.got.n, 500);
	for (i = 0; i < 500; i++)
		assert_int_equal(w.b.got.p[i], '0' + i % 10);
	/* some cut, some joined */
	assert_in_range(w.b.pieces, 60, 200);
	assert_int_not_equal(w.b.pieces, 100);
}

static void test_stream_both_ways(void **state)
{
	(void)state;
	connect_both();
	w.b.echoes = true;
	stream_send(w.a.s, "hello", 5);
	run(50000);
	assert_string_equal(buf_str(&w.a.got), "hello");
}

static void test_stream_refused(void **state)
{
	struct addr to;

	(void)state;
	listen_anywhere();
	to = *listener_addr(w.listener);
	listener_close(w.listener);
	w.listener = NULL;
	connect_to(&to);
	stream_send(w.a.s, "x", 1);
	run(LIMIT_US);
	assert_int_equal(w.a.gones, 1);
	assert_int_equal(w.a.end, STREAM_REFUSED);
	assert_int_equal(w.a.ups, 0);
	assert_int_equal(stream_send(w.a.s, "x", 1), -1);
}

static void test_stream_no_way(void **state)
{
	struct stream_conf conf = {
		.name = "a", .proto = ADDR_TCP, .h = &handlers, .arg = &w.a};
	struct addr to, local = addr_loopback(0);

	(void)state;
	/* RFC 5737: nobody's; and the loopback leads nowhere else */
	addr_parse(span_of("192.0.2.1:5060"), &to);
	conf.local = &local;
	w.a.s = stream_connect(w.wire, &conf, &to, NULL);
	assert_non_null(w.a.s);
	run(LIMIT_US);
	assert_int_equal(w.a.gones, 1);
	assert_int_equal(w.a.end, STREAM_UNREACHABLE);
}

static void test_stream_closed(void **state)
{
	(void)state;
	connect_both();
	stream_send(w.b.s, "bye", 3);
	stream_close(w.b.s);
	w.b.s = NULL;
	run(LIMIT_US);
	assert_string_equal(buf_str(&w.a.got), "bye");
	assert_int_equal(w.a.gones, 1);
	assert_int_equal(w.a.end, STREAM_CLOSED);
}

static void test_stream_reset(void **state)
{
	(void)state;
	connect_both();
	stream_reset(w.b.s);
	w.b.s = NULL;
	run(LIMIT_US);
	assert_int_equal(w.a.gones, 1);
	assert_int_equal(w.a.end, STREAM_RESET);
}

static void test_stream_rejected(void **state)
{
	(void)state;
	w.rejects = true;
	listen_anywhere();
	connect_to(listener_addr(w.listener));
	run(LIMIT_US);
	assert_int_equal(w.a.gones, 1);
	assert_int_equal(w.a.end, STREAM_RESET);
}

static void test_stream_closes_in_handler(void **state)
{
	(void)state;
	connect_both();
	w.b.closes = true;
	stream_send(w.a.s, "hello", 5);
	run(LIMIT_US);
	assert_null(w.b.s);
	assert_int_equal(w.b.pieces, 1);
	assert_int_equal(w.a.gones, 1);
}

static void test_listener_taken(void **state)
{
	struct err e = ERR_INIT;
	struct stream_conf conf = {.name = "c", .proto = ADDR_TCP};

	(void)state;
	listen_anywhere();
	conf.local = listener_addr(w.listener);
	assert_null(listener_open(w.wire, &conf, on_accept, NULL, &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_non_null(strstr(e.text, "tcp:127.0.0.1:"));
}

static const char message[] = "OPTIONS sip:b SIP/2.0\r\nCall-ID: 1\r\n\r\n";

/* One record for who sent it and who got it, whatever came in between. */
static void test_stream_one_record(void **state)
{
	const struct trace_sip *m;

	(void)state;
	connect_both();
	stream_note_sent(w.a.s, span_of("lost in the noise"));
	stream_note_sent(w.a.s, span_of(message));
	stream_note_received(w.b.s, span_of(message));
	assert_int_equal(trace_n_sip(w.trace), 2);
	m = trace_sip_at(w.trace, 0);
	assert_int_equal(m->arrived_us, -1);
	m = trace_sip_at(w.trace, 1);
	assert_int_equal(m->arrived_us, loop_now(w.loop));
	assert_string_equal(m->from, "a");
	assert_string_equal(m->to, "b");
	assert_int_equal(m->src.proto, ADDR_TCP);
	/* what nobody of ours sent is recorded when it comes */
	stream_note_received(w.b.s, span_of(message));
	assert_int_equal(trace_n_sip(w.trace), 3);
}

/* A trace that keeps nothing gives no record, neither to who sent nor to whom it
 * came, be it from one of ours or from outside. */
static void test_stream_no_record(void **state)
{
	(void)state;
	trace_forget(w.trace);
	connect_both();
	stream_note_sent(w.a.s, span_of(message));
	stream_note_received(w.b.s, span_of(message));
	stream_note_received(w.b.s, span_of(message));
	assert_int_equal(trace_n_sip(w.trace), 0);
}

static size_t sights[4];

static void on_sight(int64_t now_us, enum wire_sight what,
		     const struct addr *src, const struct addr *dst,
		     const void *p, size_t n, void *arg)
{
	(void)now_us;
	(void)src;
	(void)dst;
	(void)p;
	(void)n;
	(void)arg;
	sights[what]++;
}

static void test_stream_seen_once(void **state)
{
	(void)state;
	memset(sights, 0, sizeof(sights));
	wire_observe(w.wire, on_sight, NULL);
	connect_both();
	stream_show_sent(w.a.s, "x", 1);
	stream_show_received(w.b.s, "x", 1);
	stream_close(w.a.s);
	w.a.s = NULL;
	run(LIMIT_US);
	assert_int_equal(w.b.gones, 1);
	assert_int_equal(sights[WIRE_OPENED], 1);
	assert_int_equal(sights[WIRE_BYTES], 1);
	assert_int_equal(sights[WIRE_CLOSED], 1);
	assert_int_equal(sights[WIRE_RESET], 0);
	assert_false(is_real() && trace_n_sip(w.trace));
}

#define SIM(t) cmocka_unit_test_setup_teardown(t, setup_sim, teardown)
#define BOTH(t) SIM(t), cmocka_unit_test_setup_teardown(t, setup_real, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_stream_carries_in_order),
		SIM(test_stream_cuts_by_the_seed),
		BOTH(test_stream_both_ways),
		BOTH(test_stream_refused),
		BOTH(test_stream_no_way),
		BOTH(test_stream_closed),
		BOTH(test_stream_reset),
		BOTH(test_stream_rejected),
		BOTH(test_stream_closes_in_handler),
		BOTH(test_listener_taken),
		BOTH(test_stream_one_record),
		BOTH(test_stream_no_record),
		BOTH(test_stream_seen_once),
	};

	return cmocka_run_group_tests_name("net_stream", tests, NULL, NULL);
}
