/*
 * What it costs to relay live streams of PCMU and fork each to a recorder: CPU
 * a packet that came, which is sent twice; and what became of the packets.
 *
 *     bench_relay STREAMS          what a call of ours and its forks take
 *     bench_relay STREAMS least    the least that a relay does: an event loop,
 *                                  recvfrom and two sendto, without statistics,
 *                                  RTCP, or a call
 *     bench_relay STREAMS queued   the same in turns of 5 ms, and what is sent
 *                                  leaves by our send queue: what the system
 *                                  asks for, however little we do ourselves
 *
 * The phones and the recorder are a process of their own, bench_phones, so that
 * this one's CPU is the relay's.
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
#include "net/sendq.h"
#include "recording/priv.h"
#include "sip/view.h"

enum { WARM_US = 1500000, COUNTED_US = 4000000 };

static int streams;

/* ---- the phones ---- */

struct phones {
	pid_t pid;
	FILE *to, *from;
	struct addr *at, *sink; /* of each stream */
};

static void read_ports(struct phones *p, struct addr *at)
{
	unsigned port;
	int i;

	for (i = 0; i < streams; i++) {
		if (fscanf(p->from, "%5u", &port) != 1)
			abort();
		at[i] = addr_loopback((uint16_t)port);
	}
}

static void phones_start(struct phones *p, const char *self)
{
	int in[2], out[2], n = (int)(strrchr(self, '/') - self);
	char path[4096], count[16];

	snprintf(path, sizeof(path), "%.*s/bench_phones", n, self);
	snprintf(count, sizeof(count), "%d", streams);
	if (pipe(in) < 0 || pipe(out) < 0)
		abort();
	p->pid = fork();
	if (!p->pid) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execl(path, path, count, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	p->to = fdopen(in[1], "w");
	p->from = fdopen(out[0], "r");
	p->at = xcalloc((size_t)streams, sizeof(*p->at));
	p->sink = xcalloc((size_t)streams, sizeof(*p->sink));
	read_ports(p, p->at);
	read_ports(p, p->sink);
}

static void phones_speak(struct phones *p, const struct addr *to)
{
	int i;

	for (i = 0; i < streams; i++)
		fprintf(p->to, "%u ", to[i].port);
	fputc('\n', p->to);
	fflush(p->to);
}

/* Whether it has counted all; until then we relay. */
static bool phones_ended(const struct phones *p)
{
	siginfo_t info = {.si_pid = 0};

	waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT);
	return info.si_pid == p->pid;
}

/* What it said goes into our line. */
static void phones_end(struct phones *p)
{
	char line[1024] = "";

	while (fgets(line, sizeof(line), p->from))
		if (line[0] != '\n')
			fputs(line, stdout);
	waitpid(p->pid, NULL, 0);
	fclose(p->to);
	fclose(p->from);
	free(p->at);
	free(p->sink);
}

struct cost {
	int64_t cpu_us, wall_us;
	uint64_t packets;
};

static void cost_begin(struct cost *c, uint64_t packets)
{
	c->packets = packets;
	c->cpu_us = clock_cpu_us();
	c->wall_us = clock_monotonic_us();
}

static void cost_end(struct cost *c, uint64_t packets)
{
	c->packets = packets - c->packets;
	c->cpu_us = clock_cpu_us() - c->cpu_us;
	c->wall_us = clock_monotonic_us() - c->wall_us;
}

/* ---- ours ---- */

struct ours {
	struct loop *loop;
	struct call **call; /* one to two streams */
	struct fork **fork;
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

	for (i = 0; i < streams; i++)
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

static void open_all(struct ours *o, struct call_conf *cc, struct fork_conf *fc,
		     struct side *side, const struct phones *p,
		     struct addr *listens)
{
	int i, party;

	for (i = 0; i < streams; i++) {
		party = i % 2 ? CALL_CALLEE : CALL_CALLER;
		if (i % 2 == 0) {
			side[i / 2] = (struct side){o, i / 2};
			o->call[i / 2] = open_call(cc, &side[i / 2]);
		}
		o->fork[i] = open_fork(fc, &p->sink[i]);
		listens[i] = call_live(o->call[i / 2], party)->at;
	}
}

static void close_all(struct ours *o)
{
	int i;

	for (i = 0; i < streams; i++) {
		fork_free(o->fork[i]);
		if (i % 2)
			call_free(o->call[i / 2]);
	}
	free(o->call);
	free(o->fork);
}

static void measure_ours(struct phones *p, struct cost *cost)
{
	static const char *const codecs[] = {"PCMU"};
	size_t n = (size_t)streams;
	struct trace *trace = trace_new();
	struct side *side = xcalloc(n, sizeof(*side));
	struct addr *listens = xcalloc(n, sizeof(*listens));
	struct rng rng;
	struct ours o = {.loop = loop_new(LOOP_REAL),
			 .call = xcalloc(n, sizeof(struct call *)),
			 .fork = xcalloc(n, sizeof(struct fork *))};
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

	rng_init(&rng, 1);
	trace_set_classifier(trace, sip_classify);
	open_all(&o, &conf, &fc, side, p, listens);
	/* the calls are answered: who is not yet is not recorded */
	pass(&o, 200000 + streams * INT64_C(1000));
	phones_speak(p, listens);
	pass(&o, WARM_US);
	cost_begin(cost, relayed(&o));
	pass(&o, COUNTED_US);
	cost_end(cost, relayed(&o));
	while (!phones_ended(p))
		pass(&o, 20000);
	close_all(&o);
	wire_free(wire);
	loop_free(o.loop);
	trace_free(trace);
	ids_free(ids);
	free(side);
	free(listens);
}

/* ---- the least ---- */

enum { TURN_US = 5000 };

struct bare {
	struct sendq *queue; /* NULL: each by itself */
	int ep, *s;
	struct addr *peer; /* where each socket's phone is */
	const struct addr *sink;
	uint64_t packets;
};

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

static void send_to(struct bare *b, int s, const struct addr *to, const void *p,
		    size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len;

	if (b->queue) {
		sendq_put(b->queue, s, to, p, n, NULL);
		return;
	}
	len = addr_to_sockaddr(to, &ss);
	sendto(s, p, n, 0, (struct sockaddr *)&ss, len);
}

static void carry(struct bare *b, int k)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	char bytes[2048];
	ssize_t got = recvfrom(b->s[k], bytes, sizeof(bytes), 0,
			       (struct sockaddr *)&ss, &len);

	if (got <= 0)
		return;
	addr_from_sockaddr((struct sockaddr *)&ss, &b->peer[k]);
	send_to(b, b->s[k ^ 1], &b->peer[k ^ 1], bytes, (size_t)got);
	send_to(b, b->s[k ^ 1], &b->sink[k], bytes, (size_t)got);
	b->packets++;
}

/* All that is ready. */
static void carry_ready(struct bare *b, int wait_ms)
{
	struct epoll_event ev[64];
	int i, n;

	do {
		n = epoll_wait(b->ep, ev, 64, wait_ms);
		for (i = 0; i < n; i++)
			carry(b, (int)ev[i].data.u32);
		wait_ms = 0;
	} while (b->queue && n == 64);
}

static void turn(struct bare *b)
{
	struct timespec t = {0, TURN_US * 1000L};

	if (!b->queue) {
		carry_ready(b, 10);
		return;
	}
	nanosleep(&t, NULL);
	carry_ready(b, 0);
	sendq_flush(b->queue);
}

static void carry_for(struct bare *b, int64_t us)
{
	int64_t end_us = clock_monotonic_us() + us;

	while (clock_monotonic_us() < end_us)
		turn(b);
}

static void ignore(void *arg)
{
	(void)arg;
}

static struct sendq *queue_new(void)
{
	struct err e = ERR_INIT;
	struct sendq *q = sendq_new(ignore, &e);

	if (!q) {
		fprintf(stderr, "bench_relay: %s\n", e.text);
		exit(1);
	}
	return q;
}

static void measure_least(struct phones *p, struct cost *cost, bool queued)
{
	size_t n = (size_t)streams;
	struct addr *listens = xcalloc(n, sizeof(*listens));
	struct bare b = {.queue = queued ? queue_new() : NULL,
			 .ep = epoll_create1(0),
			 .s = xcalloc(n, sizeof(int)),
			 .peer = xcalloc(n, sizeof(struct addr)),
			 .sink = p->sink};
	int i;

	for (i = 0; i < streams; i++) {
		struct epoll_event ev = {.events = EPOLLIN,
					 .data = {.u32 = (uint32_t)i}};

		b.s[i] = bound_socket(&listens[i]);
		b.peer[i] = p->at[i];
		epoll_ctl(b.ep, EPOLL_CTL_ADD, b.s[i], &ev);
	}
	phones_speak(p, listens);
	carry_for(&b, WARM_US);
	cost_begin(cost, b.packets);
	carry_for(&b, COUNTED_US);
	cost_end(cost, b.packets);
	while (!phones_ended(p))
		carry_for(&b, 20000);
	for (i = 0; i < streams; i++)
		close(b.s[i]);
	close(b.ep);
	sendq_free(b.queue);
	free(b.s);
	free(b.peer);
	free(listens);
}

static void raise_descriptor_limit(void)
{
	struct rlimit r;

	getrlimit(RLIMIT_NOFILE, &r);
	r.rlim_cur = r.rlim_max;
	setrlimit(RLIMIT_NOFILE, &r);
}

int main(int argc, char **argv)
{
	bool queued = argc == 3 && strcmp(argv[2], "queued") == 0;
	bool least = queued || (argc == 3 && strcmp(argv[2], "least") == 0);
	struct phones phones;
	struct cost cost;

	streams = argc > 1 ? (int)strtol(argv[1], NULL, 10) : 0;
	if (streams <= 0 || streams % 2 || (argc > 2 && !least)) {
		fprintf(stderr, "usage: bench_relay STREAMS [least|queued]\n");
		return 2;
	}
	raise_descriptor_limit();
	phones_start(&phones, argv[0]);
	if (least)
		measure_least(&phones, &cost, queued);
	else
		measure_ours(&phones, &cost);
	printf("us=%.2f share=%.2f packets=%llu ",
	       (double)cost.cpu_us / (double)cost.packets,
	       (double)cost.cpu_us / (double)cost.wall_us,
	       (unsigned long long)cost.packets);
	phones_end(&phones);
	return 0;
}
