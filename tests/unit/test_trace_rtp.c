#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/xalloc.h"
#include "trace/trace.h"

enum { PACKET = 172, TICK_US = 20000 };

struct world {
	struct trace *t;
	struct addr src, dst;
	struct trace_rtp *r;
};

static int setup(void **state)
{
	struct world *w = xcalloc(1, sizeof(*w));

	w->t = trace_new();
	w->src = addr_loopback(4000);
	w->dst = addr_loopback(4002);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	trace_free(w->t);
	free(w);
	return 0;
}

static void write_head(uint8_t p[12], uint8_t pt, uint16_t seq, uint32_t ts,
		       uint32_t ssrc)
{
	const uint8_t head[12] = {0x80,
				  pt,
				  (uint8_t)(seq >> 8),
				  (uint8_t)seq,
				  (uint8_t)(ts >> 24),
				  (uint8_t)(ts >> 16),
				  (uint8_t)(ts >> 8),
				  (uint8_t)ts,
				  (uint8_t)(ssrc >> 24),
				  (uint8_t)(ssrc >> 16),
				  (uint8_t)(ssrc >> 8),
				  (uint8_t)ssrc};

	memcpy(p, head, sizeof(head));
}

static void receive_at(struct world *w, int64_t now_us, uint8_t pt,
		       uint16_t seq, uint32_t ts)
{
	uint8_t p[PACKET] = {0};

	write_head(p, pt, seq, ts, 0x11223344);
	w->r = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	assert_non_null(w->r);
	trace_rtp_received(w->t, w->r, now_us, p, sizeof(p));
}

/* On time: `seq` is also the number of the 20 ms. */
static void receive(struct world *w, uint16_t seq)
{
	receive_at(w, (int64_t)seq * TICK_US, 0, seq, seq * 160u);
}

static void test_plain_stream(void **state)
{
	struct world *w = *state;
	uint16_t i;

	for (i = 0; i < 50; i++) {
		receive(w, i);
		trace_rtp_sent(w->r, (int64_t)i * TICK_US - 100);
	}
	assert_int_equal(trace_n_rtp(w->t), 1);
	assert_ptr_equal(trace_rtp_at(w->t, 0), w->r);
	assert_int_equal(w->r->ssrc, 0x11223344);
	assert_int_equal(w->r->received, 50);
	assert_int_equal(w->r->sent, 50);
	assert_int_equal(w->r->lost, 0);
	assert_int_equal(w->r->duplicates, 0);
	assert_int_equal(w->r->reordered, 0);
	assert_int_equal(w->r->octets, 50 * 160);
	assert_int_equal(w->r->first_us, 0);
	assert_int_equal(w->r->last_us, 49 * TICK_US);
	assert_int_equal(w->r->first_sent_us, -100);
	assert_int_equal(w->r->max_gap_us, TICK_US);
	assert_true(w->r->jitter_us < 0.001);
	assert_false(w->r->pt_changed);
	assert_int_equal(w->r->call, -1);
	assert_int_equal(w->r->clock_rate, 8000);
	assert_null(w->r->log);
}

/* Sequences of arrivals, and what is to be counted after them. */
static void test_sequences(void **state)
{
	static const struct {
		const char *name;
		int seq[16]; /* ends with -1 */
		unsigned received, duplicates, reordered, lost;
	} rows[] = {
		{"one", {5, -1}, 1, 0, 0, 0},
		{"gap", {5, 6, 9, -1}, 3, 0, 0, 2},
		{"gap filled late", {5, 7, 6, -1}, 3, 0, 1, 0},
		{"duplicate", {5, 6, 6, 7, 5, -1}, 3, 2, 0, 0},
		{"duplicate of a late one", {5, 7, 6, 6, -1}, 3, 1, 1, 0},
		{"earlier than the first", {5, 4, 6, -1}, 3, 0, 1, 0},
		{"earlier with a gap", {5, 2, 6, -1}, 3, 0, 1, 2},
		{"wraps", {65534, 65535, 0, 1, -1}, 4, 0, 0, 0},
		{"wraps with a gap", {65534, 1, -1}, 2, 0, 0, 2},
		{"late across the wrap", {65534, 0, 65535, -1}, 3, 0, 1, 0},
		{"early across the wrap", {0, 65535, 1, -1}, 3, 0, 1, 0},
		{"largest gap", {5, 3005, -1}, 2, 0, 0, 2999},
		{"restart forward", {5, 6, 3007, 3008, -1}, 4, 0, 0, 0},
		{"restart back", {5000, 5001, 5, 6, -1}, 4, 0, 0, 0},
		{"restart keeps earlier gaps",
		 {5, 7, 9000, 9002, -1},
		 4,
		 0,
		 0,
		 2},
		{"farthest late", {2000, 977, -1}, 2, 0, 1, 1022},
		{"too late is a restart", {2000, 976, -1}, 2, 0, 0, 0},
		{"place used again", {5, 1200, 1029, -1}, 3, 0, 1, 1193},
		{"place used again after steps",
		 {5, 500, 1100, 1029, -1},
		 4,
		 0,
		 1,
		 1092},
		{"late one twice", {5, 105, 1100, 100, 100, -1}, 4, 1, 1, 1092},
	};
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w;
		void *s;

		setup(&s);
		w = s;
		for (k = 0; rows[i].seq[k] >= 0; k++)
			receive(w, (uint16_t)rows[i].seq[k]);
		if (w->r->received != rows[i].received ||
		    w->r->duplicates != rows[i].duplicates ||
		    w->r->reordered != rows[i].reordered ||
		    w->r->lost != rows[i].lost)
			fail_msg("%s: %d %d %d %d", rows[i].name,
				 (int)w->r->received, (int)w->r->duplicates,
				 (int)w->r->reordered, (int)w->r->lost);
		teardown(&s);
	}
}

static void test_lost_at_the_end(void **state)
{
	struct world *w = *state;
	int i;

	receive(w, 0);
	for (i = 0; i < 10; i++)
		trace_rtp_sent(w->r, i);
	assert_int_equal(w->r->lost, 9);
	receive(w, 3);
	assert_int_equal(w->r->lost, 8);
	receive(w, 1);
	assert_int_equal(w->r->lost, 7);
	assert_int_equal(w->r->reordered, 1);
}

/* The network of a scenario sends some packets twice: nothing is missing. */
static void test_lost_not_when_twice(void **state)
{
	struct world *w = *state;

	receive(w, 1);
	trace_rtp_sent(w->r, 1);
	trace_rtp_sent(w->r, 1);
	receive(w, 1);
	assert_int_equal(w->r->duplicates, 1);
	assert_int_equal(w->r->lost, 0);
}

static void test_lost_before_the_sender(void **state)
{
	struct world *w = *state;

	receive(w, 0);
	trace_rtp_sent(w->r, 0);
	receive(w, 4);
	trace_rtp_sent(w->r, 0);
	assert_int_equal(w->r->lost, 3);
}

static void test_sent_and_nothing_received(void **state)
{
	struct world *w = *state;
	uint8_t p[PACKET] = {0};

	write_head(p, 0, 1, 2, 3);
	w->r = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	trace_rtp_sent(w->r, 7);
	trace_rtp_sent(w->r, 9);
	assert_int_equal(w->r->sent, 2);
	assert_int_equal(w->r->lost, 2);
	assert_int_equal(w->r->first_sent_us, 7);
	assert_int_equal(w->r->last_sent_us, 9);
	assert_int_equal(w->r->first_us, -1);
	assert_int_equal(w->r->last_us, -1);
}

/* A long stream with every tenth lost, over two wraps of the sequence. */
static void test_long_stream(void **state)
{
	struct world *w = *state;
	uint32_t i, n = 0;

	for (i = 0; i < 150001; i++) {
		if (i % 10 == 5)
			continue;
		receive_at(w, (int64_t)i * TICK_US, 0, (uint16_t)(i + 60000),
			   i * 160);
		n++;
	}
	assert_int_equal(w->r->received, n);
	assert_int_equal(w->r->lost, 15000);
	assert_int_equal(w->r->duplicates, 0);
	assert_true(w->r->jitter_us < 0.001);
	assert_int_equal(w->r->max_gap_us, 2 * TICK_US);
}

/* RFC 3550 section A.8: every other packet 8 ms late, |D| is 8 ms always. */
static void test_jitter(void **state)
{
	struct world *w = *state;
	double wanted = 0;
	uint16_t i;

	for (i = 0; i < 100; i++) {
		receive_at(w, (int64_t)i * TICK_US + i % 2 * 8000, 0, i,
			   0xffffff00u + i * 160u);
		if (i)
			wanted += (8000 - wanted) / 16;
	}
	assert_true(w->r->jitter_us > wanted - 0.01);
	assert_true(w->r->jitter_us < wanted + 0.01);
}

static void test_jitter_by_bound_clock(void **state)
{
	struct world *w = *state;
	uint16_t i;

	trace_bind_rtp(w->t, &w->src, &w->dst,
		       &(struct trace_bind){0, "default", "vault", "caller",
					    "audio", "1", "opus", 48000, 96,
					    NULL});
	for (i = 0; i < 50; i++)
		receive_at(w, (int64_t)i * TICK_US, 96, i, i * 960u);
	assert_true(w->r->jitter_us < 0.001);
	assert_int_equal(w->r->clock_rate, 48000);
}

/* The name of what was agreed is only for packets that are that. */
static void test_codec_by_what_comes(void **state)
{
	struct world *w = *state;

	trace_bind_rtp(w->t, &w->src, &w->dst,
		       &(struct trace_bind){0, "default", "vault", "caller",
					    "audio", "1", "opus", 48000, 96,
					    NULL});
	receive_at(w, 0, 8, 1, 0);
	assert_string_equal(w->r->codec, "payload type 8");
	receive_at(w, TICK_US, 101, 2, 160);
	assert_string_equal(w->r->codec, "payload type 8");
	receive_at(w, 2 * TICK_US, 96, 3, 320);
	assert_string_equal(w->r->codec, "opus");
	receive_at(w, 3 * TICK_US, 8, 4, 480);
	assert_string_equal(w->r->codec, "opus");
}

/* Events repeat their timestamp for as long as they last. */
static void test_jitter_passes_over_events(void **state)
{
	struct world *w = *state;
	uint16_t i;

	for (i = 0; i < 10; i++)
		receive(w, i);
	for (; i < 20; i++)
		receive_at(w, (int64_t)i * TICK_US, 101, i, 10 * 160u);
	for (; i < 30; i++)
		receive(w, i);
	assert_true(w->r->jitter_us < 0.001);
	assert_true(w->r->pt_changed);
	assert_int_equal(w->r->pt, 0);
}

static void test_jitter_after_restart(void **state)
{
	struct world *w = *state;

	receive(w, 1);
	receive(w, 2);
	receive_at(w, 3 * TICK_US, 0, 40000, 0x80000000u);
	receive_at(w, 4 * TICK_US, 0, 40001, 0x80000000u + 160);
	assert_true(w->r->jitter_us < 0.001);
}

static void test_bind(void **state)
{
	struct world *w = *state;
	const struct trace_rtp *first, *second;
	uint8_t p[PACKET] = {0};

	trace_bind_rtp(w->t, &w->src, &w->dst,
		       &(struct trace_bind){4, "default", "vault", "caller",
					    "audio", "1", "PCMU", 0, 0, NULL});
	write_head(p, 0, 1, 2, 3);
	first = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	trace_bind_rtp(w->t, &w->src, &w->dst,
		       &(struct trace_bind){5, "other", "attic", "callee",
					    "audio", "2", "PCMA", 16000, 8,
					    NULL});
	write_head(p, 0, 1, 2, 4);
	second = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	assert_ptr_not_equal(first, second);
	assert_int_equal(first->call, 4);
	assert_string_equal(first->server, "vault");
	assert_string_equal(first->codec, "PCMU");
	assert_int_equal(first->clock_rate, 8000);
	assert_int_equal(second->call, 5);
	assert_string_equal(second->party, "callee");
	assert_string_equal(second->instance, "other");
	assert_string_equal(second->label, "2");
	assert_int_equal(second->clock_rate, 16000);
}

/* A recorder may take all calls at one port. */
static void test_bind_two_sources_one_destination(void **state)
{
	struct world *w = *state;
	struct addr other = addr_loopback(4004);
	uint8_t p[PACKET] = {0};

	trace_bind_rtp(w->t, &w->src, &w->dst,
		       &(struct trace_bind){4, "police", "vault", "caller",
					    "audio", "1", "PCMU", 8000, 0,
					    NULL});
	trace_bind_rtp(w->t, &other, &w->dst,
		       &(struct trace_bind){5, "quality", "vault", "callee",
					    "audio", "2", "PCMU", 8000, 0,
					    NULL});
	write_head(p, 0, 1, 2, 3);
	assert_int_equal(
		trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p))->call, 4);
	assert_int_equal(
		trace_rtp_of(w->t, &other, &w->dst, p, sizeof(p))->call, 5);
	assert_int_equal(
		trace_rtp_of(w->t, &w->dst, &w->src, p, sizeof(p))->call, -1);
}

static void test_streams_by_way_and_ssrc(void **state)
{
	struct world *w = *state;
	struct addr other = addr_loopback(4004);
	uint8_t p[PACKET] = {0};
	struct trace_rtp *r;

	write_head(p, 0, 1, 2, 3);
	r = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	assert_ptr_equal(trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p)), r);
	assert_ptr_not_equal(trace_rtp_of(w->t, &other, &w->dst, p, sizeof(p)),
			     r);
	assert_ptr_not_equal(trace_rtp_of(w->t, &w->src, &other, p, sizeof(p)),
			     r);
	write_head(p, 0, 1, 2, 4);
	assert_ptr_not_equal(trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p)),
			     r);
	assert_int_equal(trace_n_rtp(w->t), 4);
}

static void test_not_rtp(void **state)
{
	static const struct {
		const char *name;
		uint8_t first, second;
		size_t n;
		bool ok;
	} rows[] = {
		{"header only", 0x80, 0, 12, true},
		{"short", 0x80, 0, 11, false},
		{"empty", 0x80, 0, 0, false},
		{"version 1", 0x40, 0, 20, false},
		{"RTCP sender report", 0x80, 200, 28, false},
		{"lowest RTCP", 0x80, 192, 28, false},
		{"marker and type 63", 0x80, 191, 28, true},
		{"marker and type 96", 0x80, 224, 28, true},
		{"two CSRCs", 0x82, 0, 20, true},
		{"CSRCs cut", 0x82, 0, 19, false},
		{"extension", 0x90, 0, 16, true},
		{"extension cut", 0x90, 0, 15, false},
	};
	struct world *w = *state;
	size_t i;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t *p = xcalloc(rows[i].n, 1);

		if (rows[i].n > 1) {
			p[0] = rows[i].first;
			p[1] = rows[i].second;
		}
		if ((trace_rtp_of(w->t, &w->src, &w->dst, p, rows[i].n) !=
		     NULL) != rows[i].ok)
			fail_msg("%s", rows[i].name);
		free(p);
	}
}

static void test_octets_without_padding(void **state)
{
	struct world *w = *state;
	uint8_t p[20] = {0};

	write_head(p, 0, 1, 2, 3);
	w->r = trace_rtp_of(w->t, &w->src, &w->dst, p, sizeof(p));
	p[0] = 0xa0;
	p[19] = 3;
	trace_rtp_received(w->t, w->r, 0, p, sizeof(p));
	assert_int_equal(w->r->octets, 5);
	p[3] = 2;
	p[19] = 9; /* more padding than payload */
	trace_rtp_received(w->t, w->r, 0, p, sizeof(p));
	assert_int_equal(w->r->octets, 5);
	trace_rtp_received(w->t, w->r, 0, p, 5);
	assert_int_equal(w->r->received, 2);
}

static void test_arrival_log(void **state)
{
	struct world *w = *state;
	uint16_t i;

	receive(w, 0);
	trace_log_arrivals(w->t, true);
	for (i = 1; i <= 1000; i++)
		receive(w, i);
	assert_int_equal(w->r->n_log, 1000);
	for (i = 1; i <= 1000; i++) {
		const struct trace_arrival *a = &w->r->log[i - 1];

		assert_int_equal(a->seq, i);
		assert_int_equal(a->ts, i * 160);
		assert_int_equal(a->at_us, i * TICK_US);
		assert_int_equal(a->size, PACKET);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_plain_stream),
		cmocka_unit_test(test_sequences),
		TEST(test_lost_at_the_end),
		TEST(test_lost_not_when_twice),
		TEST(test_lost_before_the_sender),
		TEST(test_sent_and_nothing_received),
		TEST(test_long_stream),
		TEST(test_jitter),
		TEST(test_jitter_by_bound_clock),
		TEST(test_codec_by_what_comes),
		TEST(test_jitter_passes_over_events),
		TEST(test_jitter_after_restart),
		TEST(test_bind),
		TEST(test_bind_two_sources_one_destination),
		TEST(test_streams_by_way_and_ssrc),
		TEST(test_not_rtp),
		TEST(test_octets_without_padding),
		TEST(test_arrival_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
