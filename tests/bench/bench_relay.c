/*
 * What it costs to relay live streams of PCMU and fork each to a recorder: CPU
 * a packet that came, which is sent twice. Beside it, in the same run, the
 * least that a relay does: an event loop, recvfrom and two sendto, without
 * statistics, RTCP, or a call.
 *
 *     bench_relay phones
 *
 * is the phones alone, for the relay of somebody else: it prints the port of
 * each and of a recorder, reads where each shall send to, and speaks until it
 * is ended.
 *
 * The phones are a process of their own, so that this one's CPU is the relay's;
 * nobody reads what comes to the recorder's port.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "call/call.h"
#include "core/xalloc.h"
#include "media/rtp.h"
#include "recording/priv.h"
#include "sip/view.h"

enum { CALLS = 100, STREAMS = 2 * CALLS, PACKET = 160, SECONDS = 4 };

/* ---- the phones ---- */

static void pause_us(int64_t us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

static int bound_socket(struct addr *at)
{
	struct sockaddr_storage ss;
	socklen_t n;
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	*at = addr_loopback(0);
	n = addr_to_sockaddr(at, &ss);
	if (s < 0 || bind(s, (struct sockaddr *)&ss, n) < 0)
		abort();
	getsockname(s, (struct sockaddr *)&ss, &n);
	addr_from_sockaddr((struct sockaddr *)&ss, at);
	return s;
}

static void send_to(int s, const struct addr *to, const void *p, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(to, &ss);

	sendto(s, p, n, 0, (struct sockaddr *)&ss, len);
}

/* 50 packets a second each, spread over the 20 ms; never ends. */
static void speak(const int *s, const struct addr *to)
{
	uint8_t out[RTP_MAX], sound[PACKET] = {0};
	struct rtp r = {.payload = {(const char *)sound, PACKET}};
	int64_t due_us = clock_monotonic_us(), now_us;
	int i = 0;

	for (;;) {
		r.ssrc = (uint32_t)i + 1;
		send_to(s[i], &to[i], out, rtp_write(&r, out));
		if (++i == STREAMS) {
			i = 0;
			r.seq++;
			r.ts += PACKET;
		}
		due_us += 20000 / STREAMS;
		now_us = clock_monotonic_us();
		if (due_us - now_us > 1000)
			pause_us(due_us - now_us);
	}
}

static pid_t start_phones(const struct addr *to)
{
	int s[STREAMS], i;
	struct addr at;
	pid_t pid = fork();

	if (pid)
		return pid;
	for (i = 0; i < STREAMS; i++)
		s[i] = bound_socket(&at);
	speak(s, to);
	_exit(0);
}

/* ---- ours ---- */

struct ours {
	struct loop *loop;
	struct call *call[CALLS];
	struct fork *fork[STREAMS];
	struct addr sink;
};

struct side {
	struct ours *o;
	int call;
};

static void on_rtp(struct call *c, int party, enum call_kind kind,
		   const void *p, size_t n, void *arg)
{
	const struct side *s = arg;

	(void)c;
	(void)kind;
	fork_send(s->o->fork[2 * s->call + party], p, n);
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void pass(struct ours *o, int64_t us)
{
	struct timer t;

	timer_init(&t, o->loop, stop, o->loop);
	timer_after(&t, us);
	loop_run(o->loop);
}

static uint64_t relayed(const struct ours *o)
{
	uint64_t n = 0;
	int i;

	for (i = 0; i < STREAMS; i++)
		n += call_live(o->call[i / 2], i % 2)->relayed;
	return n;
}

static struct call *open_call(struct call_conf *conf, struct side *side)
{
	static const struct call_handlers h = {.rtp = on_rtp};
	struct err e = ERR_INIT;
	struct call *c;
	int p;

	for (p = 0; p < CALL_PARTIES; p++) {
		conf->party[p] = (struct call_party){
			.id = p ? "callee" : "caller",
			.aor = p ? "sip:bob@example.com"
				 : "sip:alice@example.com",
			.source = {.kind = CALL_UDP, .udp = addr_loopback(0)}};
	}
	conf->index = side->call;
	c = call_new(conf, &h, side, &e);
	if (!c) {
		fprintf(stderr, "bench_relay: %s\n", e.text);
		exit(1);
	}
	call_start(c);
	return c;
}

static struct fork *open_fork(struct fork_conf *conf, const struct addr *to)
{
	struct sdp_codec codec;
	struct sdp_media m = {.type = "audio",
			      .port = to->port,
			      .codec = &codec,
			      .n_codecs = 1,
			      .conn = *to,
			      .rtcp = *to,
			      .dir = SDP_RECVONLY};
	struct fork *f = fork_new(conf, NULL);

	sdp_codec_by_name(span_of("PCMU"), &codec);
	if (!f || !fork_aim(f, &m, &m))
		abort();
	return f;
}

/* CPU a packet, in us; `share` of the processor that it took. */
static double measure_ours(double *share, uint64_t *packets)
{
	static const char *const codecs[] = {"PCMU"};
	struct trace *trace = trace_new();
	static struct side side[CALLS];
	struct addr to[STREAMS];
	struct rng rng;
	struct ours o = {.loop = loop_new(LOOP_REAL)};
	struct wire *wire = wire_udp_new(o.loop, trace);
	struct ids *ids = ids_new(1, false);
	struct call_conf conf = {.loop = o.loop,
				 .wire = wire,
				 .trace = trace,
				 .ids = ids,
				 .rng = &rng,
				 .ring_us = -1,
				 .early_media_us = -1,
				 .forked_us = -1,
				 .cancel_us = -1,
				 .end_us = 60000000,
				 .codec = codecs,
				 .n_codecs = 1};
	struct fork_conf fc = {.wire = wire,
			       .loop = o.loop,
			       .rng = &rng,
			       .local = addr_loopback(0),
			       .name = "src",
			       .cname = "bench"};
	int64_t cpu_us, wall_us;
	int i, sink = bound_socket(&o.sink);
	uint64_t before;
	pid_t pid;

	rng_init(&rng, 1);
	trace_set_classifier(trace, sip_classify);
	for (i = 0; i < CALLS; i++) {
		side[i] = (struct side){&o, i};
		o.call[i] = open_call(&conf, &side[i]);
		o.fork[2 * i] = open_fork(&fc, &o.sink);
		o.fork[2 * i + 1] = open_fork(&fc, &o.sink);
		to[2 * i] = call_live(o.call[i], CALL_CALLER)->at;
		to[2 * i + 1] = call_live(o.call[i], CALL_CALLEE)->at;
	}
	pid = start_phones(to);
	pass(&o, 1500000);
	before = relayed(&o);
	cpu_us = clock_cpu_us();
	wall_us = clock_monotonic_us();
	pass(&o, SECONDS * INT64_C(1000000));
	cpu_us = clock_cpu_us() - cpu_us;
	wall_us = clock_monotonic_us() - wall_us;
	*packets = relayed(&o) - before;
	*share = (double)cpu_us / (double)wall_us;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	close(sink);
	for (i = 0; i < STREAMS; i++) {
		fork_free(o.fork[i]);
		if (i % 2)
			call_free(o.call[i / 2]);
	}
	wire_free(wire);
	loop_free(o.loop);
	trace_free(trace);
	ids_free(ids);
	return (double)cpu_us / (double)*packets;
}

/* ---- the least ---- */

static uint64_t carry(int ep, const int *s, struct addr *peer,
		      const struct addr *sink, int64_t us)
{
	int64_t end_us = clock_monotonic_us() + us;
	struct epoll_event ev[64];
	struct sockaddr_storage ss;
	uint64_t packets = 0;
	char bytes[2048];
	int i, k, n;

	while (clock_monotonic_us() < end_us) {
		n = epoll_wait(ep, ev, 64, 10);
		for (i = 0; i < n; i++) {
			socklen_t len = sizeof(ss);
			ssize_t got;

			k = (int)ev[i].data.u32;
			got = recvfrom(s[k], bytes, sizeof(bytes), 0,
				       (struct sockaddr *)&ss, &len);
			if (got <= 0)
				continue;
			addr_from_sockaddr((struct sockaddr *)&ss, &peer[k]);
			send_to(s[k ^ 1], &peer[k ^ 1], bytes, (size_t)got);
			send_to(s[k ^ 1], sink, bytes, (size_t)got);
			packets++;
		}
	}
	return packets;
}

static double measure_least(void)
{
	struct addr to[STREAMS], peer[STREAMS], at;
	int s[STREAMS], i, sink = bound_socket(&at), ep = epoll_create1(0);
	uint64_t packets;
	int64_t cpu_us;
	pid_t pid;

	for (i = 0; i < STREAMS; i++) {
		struct epoll_event ev = {.events = EPOLLIN,
					 .data = {.u32 = (uint32_t)i}};

		s[i] = bound_socket(&to[i]);
		peer[i] = at;
		epoll_ctl(ep, EPOLL_CTL_ADD, s[i], &ev);
	}
	pid = start_phones(to);
	carry(ep, s, peer, &at, 1000000);
	cpu_us = clock_cpu_us();
	packets = carry(ep, s, peer, &at, SECONDS * INT64_C(1000000));
	cpu_us = clock_cpu_us() - cpu_us;
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	for (i = 0; i < STREAMS; i++)
		close(s[i]);
	close(sink);
	close(ep);
	return (double)cpu_us / (double)packets;
}

static int phones(void)
{
	struct addr to[STREAMS], at;
	int s[STREAMS], i;
	unsigned port;

	for (i = 0; i < STREAMS; i++) {
		s[i] = bound_socket(&at);
		printf("%u ", at.port);
	}
	bound_socket(&at);
	printf("%u\n", at.port);
	fflush(stdout);
	for (i = 0; i < STREAMS; i++) {
		if (scanf("%5u", &port) != 1)
			return 1;
		to[i] = addr_loopback((uint16_t)port);
	}
	speak(s, to);
	return 0;
}

int main(int argc, char **argv)
{
	uint64_t packets;
	double share, least, ours;

	if (argc > 1 && strcmp(argv[1], "phones") == 0)
		return phones();
	ours = measure_ours(&share, &packets);
	least = measure_least();
	printf("relay_us=%.2f least_us=%.2f relay_share=%.2f "
	       "relay_packets=%llu relay_streams=%d\n",
	       ours, least, share, (unsigned long long)packets, STREAMS);
	return 0;
}
