/* The fork: payload types of the answer, pauses, reports. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "media/rtcp.h"
#include "net/wire.h"
#include "recording/priv.h"

enum { GOT = 600 };

struct fixture {
	struct loop *loop;
	struct trace *trace;
	struct rng rng;
	struct wire *wire;
	struct flow *sink, *sink_rtcp;
	struct fork *fork;
	struct rtp got[GOT];
	size_t n_got, n_reports;
	struct rtcp_seen report;
	struct addr report_from;
	struct rtcp_block block; /* that the fork was told */
	int64_t rtt_us;
	int n_blocks;
	unsigned n_empty; /* datagrams */
	struct addr from; /* of the newest packet */
	int n_refused;
};

static void on_rtp(const struct addr *from, const void *p, size_t n, void *arg)
{
	struct fixture *x = arg;

	if (rtcp_is(p, n)) {
		assert_true(rtcp_parse(p, n, &x->report));
		x->report_from = *from;
		x->n_reports++;
		return;
	}
	x->from = *from;
	x->n_empty += n == 0;
	if (n == 0)
		return;
	assert_true(x->n_got < GOT);
	assert_true(rtp_parse(p, n, &x->got[x->n_got]));
	x->n_got++;
}

static void on_block(const struct fork *f, const struct rtcp_block *b,
		     int64_t rtt_us, void *arg)
{
	struct fixture *x = arg;

	(void)f;
	x->block = *b;
	x->rtt_us = rtt_us;
	x->n_blocks++;
}

static void on_no(const struct fork *f, void *arg)
{
	struct fixture *x = arg;

	(void)f;
	x->n_refused++;
}

static struct fork *make_fork(struct fixture *x, struct fork *via, bool apart)
{
	struct fork_conf conf = {.wire = x->wire,
				 .loop = x->loop,
				 .rng = &x->rng,
				 .local = addr_loopback(0),
				 .via = via,
				 .rtcp_apart = apart,
				 .alive_us = 15000000,
				 .name = "src",
				 .cname = "abc",
				 .report = on_block,
				 .refused = on_no,
				 .arg = x};
	struct fork *f = fork_new(&conf, NULL);

	assert_non_null(f);
	return f;
}

static int setup(void **state)
{
	struct fixture *x = test_calloc(1, sizeof(*x));
	struct flow_conf fc = {.name = "vault", .recv = on_rtp, .arg = x};

	x->loop = loop_new(LOOP_VIRTUAL);
	x->trace = trace_new();
	rng_init(&x->rng, 1);
	x->wire = wire_sim_new(x->loop, x->trace, &x->rng, 1000);
	assert_int_equal(
		flow_open_pair(x->wire, &fc, &x->sink, &x->sink_rtcp, NULL), 0);
	x->fork = make_fork(x, NULL, false);
	*state = x;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *x = *state;

	fork_free(x->fork);
	flow_close(x->sink);
	flow_close(x->sink_rtcp);
	wire_free(x->wire);
	loop_free(x->loop);
	trace_free(x->trace);
	test_free(x);
	return 0;
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void run_for(struct fixture *x, int64_t us)
{
	struct timer t;

	timer_init(&t, x->loop, stop, x->loop);
	timer_after(&t, us);
	loop_run(x->loop);
	timer_stop(&t);
}

struct section {
	const char *formats;
	const char *attributes;
};

static struct sdp *describe(const char *type, const struct section *c,
			    unsigned port)
{
	char text[512];
	struct sdp *s;

	snprintf(text, sizeof(text),
		 "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		 "m=%s %u RTP/AVP %s\r\n%s\r\n",
		 type, port, c->formats, c->attributes);
	s = sdp_parse(span_of(text), NULL);
	assert_non_null(s);
	return s;
}

static const struct section two_codecs = {
	"0 111", "a=rtpmap:111 opus/48000/2\r\na=sendonly"};
static const struct section renumbered = {
	"96 0", "a=rtpmap:96 opus/48000/2\r\na=recvonly"};
static const struct section only_pcmu = {"0", "a=recvonly"};
static const struct section inactive = {"0", "a=inactive"};

static bool aim_at(struct fixture *x, const char *type,
		   const struct section *offer, const struct section *answer,
		   unsigned port)
{
	struct sdp *o = describe(type, offer, 4000);
	struct sdp *a = describe(type, answer, port);
	bool ok = fork_aim(x->fork, &o->media[0], &a->media[0]);

	sdp_free(o);
	sdp_free(a);
	return ok;
}

static bool aim(struct fixture *x, const struct section *answer, unsigned port)
{
	return aim_at(x, "audio", &two_codecs, answer, port);
}

static void say(struct fixture *x, uint16_t seq, uint8_t pt)
{
	struct rtp r = {.pt = pt,
			.seq = seq,
			.ts = seq * 160u,
			.ssrc = 0x11223344,
			.payload = span_of("payload")};
	uint8_t out[RTP_MAX];
	size_t n = rtp_write(&r, out);

	fork_send(x->fork, out, n);
	run_for(x, 20000);
}

static unsigned port_of(const struct fixture *x)
{
	return flow_addr(x->sink)->port;
}

static void test_fork_takes_payload_types_of_the_answer(void **state)
{
	struct fixture *x = *state;

	assert_true(aim(x, &renumbered, port_of(x)));
	say(x, 1, 111);
	say(x, 2, 0);
	assert_int_equal(x->n_got, 2);
	assert_int_equal(x->got[0].pt, 96);
	assert_int_equal(x->got[1].pt, 0);
	assert_int_equal(x->got[0].seq, 1);
	assert_int_equal(x->got[0].ts, 160);
	assert_int_equal(x->got[0].ssrc, 0x11223344);
}

static void test_fork_drops_what_the_answer_lacks(void **state)
{
	struct fixture *x = *state;

	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	say(x, 2, 111);
	say(x, 3, 0);
	assert_int_equal(x->n_got, 2);
	assert_int_equal(fork_unfit(x->fork), 1);
}

static void test_fork_sends_nothing_unaimed(void **state)
{
	struct fixture *x = *state;

	say(x, 1, 0);
	assert_false(aim(x, &only_pcmu, 0));
	say(x, 2, 0);
	assert_int_equal(x->n_got, 0);
	assert_null(fork_codec(x->fork));
}

static void test_fork_obeys_inactive(void **state)
{
	struct fixture *x = *state;

	assert_true(aim(x, &inactive, port_of(x)));
	say(x, 1, 0);
	assert_int_equal(x->n_got, 0);
}

static void test_fork_closes_up_after_a_pause(void **state)
{
	struct fixture *x = *state;

	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 65535, 0);
	fork_pause(x->fork, true);
	say(x, 0, 0);
	say(x, 1, 0);
	fork_pause(x->fork, false);
	say(x, 2, 0);
	say(x, 3, 0);
	assert_int_equal(x->n_got, 3);
	assert_int_equal(x->got[1].seq, 0); /* after 65535 */
	assert_true(x->got[1].marker);
	assert_int_equal(x->got[1].ts, 2 * 160); /* time is true */
	assert_int_equal(x->got[2].seq, 1);
	assert_false(x->got[2].marker);
}

/* The marker of video ends a frame (RFC 6184 section 5.1). */
static void test_fork_sets_no_marker_in_video(void **state)
{
	static const struct section offer = {
		"97", "a=rtpmap:97 H264/90000\r\na=sendonly"};
	static const struct section answer = {
		"97", "a=rtpmap:97 H264/90000\r\na=recvonly"};
	struct fixture *x = *state;

	assert_true(aim_at(x, "video", &offer, &answer, port_of(x)));
	say(x, 1, 97);
	fork_pause(x->fork, true);
	say(x, 2, 97);
	fork_pause(x->fork, false);
	say(x, 3, 97);
	assert_int_equal(x->n_got, 2);
	assert_int_equal(x->got[1].seq, 2);
	assert_false(x->got[1].marker);
}

static void test_fork_keeps_gaps_of_the_call(void **state)
{
	struct fixture *x = *state;

	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 10, 0);
	say(x, 14, 0);
	assert_int_equal(x->got[1].seq, 14);
}

static void test_fork_reports_what_it_sent(void **state)
{
	struct fixture *x = *state;
	uint16_t seq;

	assert_true(aim(x, &only_pcmu, port_of(x)));
	for (seq = 0; seq < 5; seq++)
		say(x, seq, 0);
	run_for(x, 8000000);
	assert_true(x->n_reports >= 1);
	assert_true(x->report.sr);
	assert_int_equal(x->report.sender.packets, 5);
	assert_int_equal(x->report.sender.octets, 5 * strlen("payload"));
	assert_string_equal(x->report.cname, "abc");
	fork_stop(x->fork);
	run_for(x, 10000);
	assert_true(x->report.bye);
}

/* RFC 3550 section 6.4.1: both times of a report are the same instant, on the
 * clock of what is sent and not of what the answer names first. */
static void test_fork_reports_on_the_right_clock(void **state)
{
	struct fixture *x = *state;
	int64_t first_us = loop_wall_us(x->loop), since_us;
	uint16_t seq;

	assert_true(aim(x, &renumbered, port_of(x)));
	for (seq = 0; seq < 500; seq++)
		say(x, seq, 0);
	assert_true(x->n_reports >= 1);
	since_us = x->report.sender.wall_us - first_us;
	assert_in_range(x->report.sender.rtp_ts, since_us * 8 / 1000 - 2,
			since_us * 8 / 1000 + 2);
}

static const struct section with_keys = {
	"0 101", "a=rtpmap:101 telephone-event/8000\r\na=sendonly"};
static const struct section keys_renumbered = {
	"96 0", "a=rtpmap:96 telephone-event/8000\r\na=recvonly"};

static void press(struct fixture *x, uint16_t seq, uint32_t ts)
{
	struct rtp r = {.pt = 101,
			.seq = seq,
			.ts = ts,
			.ssrc = 0x11223344,
			.payload = {"\x01\x0a\x00\xa0", 4}};
	uint8_t out[RTP_MAX];

	fork_send(x->fork, out, rtp_write(&r, out));
	run_for(x, 20000);
}

/* Under the recorder's number for it, and the reports go by the sound. */
static void test_fork_keys(void **state)
{
	struct fixture *x = *state;
	int64_t first_us = loop_wall_us(x->loop), since_us;
	uint16_t seq;

	assert_true(
		aim_at(x, "audio", &with_keys, &keys_renumbered, port_of(x)));
	assert_string_equal(fork_codec(x->fork)->name, "PCMU");
	for (seq = 0; seq < 10; seq++)
		say(x, seq, 0);
	while (x->n_reports == 0 && seq < 500)
		press(x, seq++, 10 * 160);
	assert_int_equal(x->got[9].pt, 0);
	assert_int_equal(x->got[10].pt, 96);
	assert_int_equal(x->got[10].seq, 10);
	assert_int_equal(x->n_reports, 1);
	since_us = x->report.sender.wall_us - first_us;
	assert_in_range(x->report.sender.rtp_ts, since_us * 8 / 1000 - 2,
			since_us * 8 / 1000 + 2);
}

static void answer_report(struct fixture *x, uint32_t ssrc, uint32_t lsr)
{
	struct rtcp_block b = {.ssrc = ssrc,
			       .lost = 3,
			       .jitter = 16,
			       .lsr = lsr,
			       .dlsr = 65536 / 2};
	struct buf out;

	buf_init(&out, 512);
	rtcp_write_rr(&out, 1, &b, "vault");
	flow_send(x->sink_rtcp, &x->report_from, out.p, out.n);
	buf_fini(&out);
	run_for(x, 20000);
}

/* RFC 3550 section 6.4.1: round trip is arrival less LSR less DLSR. */
static void test_fork_reads_reports(void **state)
{
	struct fixture *x = *state;
	uint32_t lsr;

	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	while (x->n_reports == 0)
		run_for(x, 1000);
	lsr = rtcp_middle(x->report.sender.wall_us);
	answer_report(x, 0x55667788, lsr);
	assert_int_equal(x->n_blocks, 0);
	answer_report(x, 0x11223344, 0);
	assert_int_equal(x->n_blocks, 1);
	assert_int_equal(x->rtt_us, -1);
	run_for(x, 500000);
	answer_report(x, 0x11223344, lsr);
	assert_int_equal(x->n_blocks, 2);
	assert_int_equal(x->block.lost, 3);
	assert_int_equal(x->block.jitter, 16);
	/* 42 ms in the two answers before, and the wire's 1 ms each way */
	assert_in_range(x->rtt_us, 38000, 44000);
}

static void count_nowhere(int64_t now_us, enum wire_sight what,
			  const struct addr *src, const struct addr *dst,
			  const void *p, size_t n, void *arg)
{
	size_t *lost = arg;

	(void)now_us;
	(void)what;
	(void)src;
	(void)p;
	(void)n;
	*lost += addr_is_any(dst) || dst->port == 0;
}

/* The old hold: nothing goes to 0.0.0.0, which is the host itself. */
static void test_fork_sends_nothing_to_nowhere(void **state)
{
	static const struct section nowhere = {
		"0", "c=IN IP4 0.0.0.0\r\na=recvonly"};
	struct fixture *x = *state;
	static const struct section no_rtcp = {"0", "a=recvonly\r\na=rtcp:0"};
	size_t lost = 0;

	wire_observe(x->wire, count_nowhere, &lost);
	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	assert_true(aim(x, &nowhere, port_of(x)));
	say(x, 2, 0);
	run_for(x, 20000000);
	assert_true(aim(x, &no_rtcp, port_of(x)));
	say(x, 3, 0);
	run_for(x, 20000000);
	assert_int_equal(x->n_got, 2);
	assert_int_equal(lost, 0);
}

/* ---- signs of life (RFC 6263) ---- */

static void test_fork_shows_life_while_it_rests(void **state)
{
	struct fixture *x = *state;

	run_for(x, 60000000);
	assert_int_equal(x->n_empty, 0); /* nobody to send to */
	assert_true(aim(x, &inactive, port_of(x)));
	run_for(x, 14000000);
	assert_int_equal(x->n_empty, 0);
	run_for(x, 48000000);
	assert_int_equal(x->n_empty, 4);
	assert_true(addr_eq(&x->from, fork_addr(x->fork)));
	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	run_for(x, 14500000);
	assert_int_equal(x->n_empty, 4); /* the packet was one */
	run_for(x, 1000000);
	assert_int_equal(x->n_empty, 5);
	fork_stop(x->fork);
	run_for(x, 60000000);
	assert_int_equal(x->n_empty, 5);
	assert_int_equal(x->n_got, 1);
}

/* Section 4.3: reports by the same port are signs enough. */
static void test_fork_shows_life_by_reports(void **state)
{
	static const struct section offer = {"0", "a=sendonly\r\na=rtcp-mux"};
	static const struct section mux = {"0", "a=recvonly\r\na=rtcp-mux"};
	struct fixture *x = *state;

	assert_true(aim_at(x, "audio", &offer, &mux, port_of(x)));
	say(x, 1, 0);
	fork_pause(x->fork, true);
	run_for(x, 60000000);
	assert_int_equal(x->n_empty, 0);
	assert_in_range(x->n_reports, 6, 30);
	assert_true(addr_eq(&x->report_from, fork_addr(x->fork)));
}

/* ---- ports ---- */

static void test_fork_sends_by_the_port_of_another(void **state)
{
	struct fixture *x = *state;
	struct fork *first = x->fork, *third;

	x->fork = make_fork(x, first, false);
	third = make_fork(x, x->fork, false);
	assert_true(addr_eq(fork_source(x->fork), fork_addr(first)));
	assert_true(addr_eq(fork_source(third), fork_addr(first)));
	assert_false(addr_eq(fork_addr(x->fork), fork_addr(first)));
	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	assert_true(addr_eq(&x->from, fork_addr(first)));
	run_for(x, 8000000); /* its reports have its own */
	assert_int_not_equal(x->report_from.port, fork_addr(first)->port + 1);
	assert_int_equal(x->report_from.port, fork_addr(x->fork)->port + 1);
	fork_free(first);
	say(x, 2, 0);
	assert_true(addr_eq(&x->from, fork_addr(x->fork)));
	assert_int_equal(x->n_got, 2);
	fork_free(third);
}

/* The first one's port hears that nobody is there; it is the other's place. */
static void test_fork_hears_refusals_by_the_port_of_another(void **state)
{
	struct fixture *x = *state;
	struct fork *first = x->fork;
	struct flow_conf fc = {.kind = FLOW_RTP, .name = "x", .recv = on_rtp};
	struct flow *gone = flow_open(x->wire, &fc, NULL);
	unsigned port = flow_addr(gone)->port;

	flow_bury(gone);
	x->fork = make_fork(x, first, false);
	assert_true(aim(x, &only_pcmu, port));
	say(x, 1, 0);
	say(x, 2, 0);
	assert_int_equal(x->n_refused, 1);
	fork_free(first);
}

static void test_fork_has_rtcp_elsewhere(void **state)
{
	struct fixture *x = *state;

	fork_free(x->fork);
	x->fork = make_fork(x, NULL, true);
	assert_int_not_equal(fork_rtcp_port(x->fork),
			     fork_addr(x->fork)->port + 1);
	assert_true(aim(x, &only_pcmu, port_of(x)));
	say(x, 1, 0);
	run_for(x, 8000000);
	assert_true(x->n_reports > 0);
	assert_int_equal(x->report_from.port, fork_rtcp_port(x->fork));
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_fork_takes_payload_types_of_the_answer),
		T(test_fork_drops_what_the_answer_lacks),
		T(test_fork_sends_nothing_unaimed),
		T(test_fork_obeys_inactive),
		T(test_fork_closes_up_after_a_pause),
		T(test_fork_sets_no_marker_in_video),
		T(test_fork_keeps_gaps_of_the_call),
		T(test_fork_reports_what_it_sent),
		T(test_fork_reports_on_the_right_clock),
		T(test_fork_keys),
		T(test_fork_reads_reports),
		T(test_fork_sends_nothing_to_nowhere),
		T(test_fork_shows_life_while_it_rests),
		T(test_fork_shows_life_by_reports),
		T(test_fork_sends_by_the_port_of_another),
		T(test_fork_hears_refusals_by_the_port_of_another),
		T(test_fork_has_rtcp_elsewhere),
	};

	return cmocka_run_group_tests_name("recording_fork", tests, NULL, NULL);
}
