/*
 * What the system asks for a recorded call of a recording client, and nothing
 * else is done: the floor of bench_signal.
 *
 *     bench_ask CALLS RATE INVITE OK ACK BYE OK
 *
 * Each call opens the ports of two streams, RTP and RTCP, and has them watched;
 * INVITE, ACK and BYE are so many octets that say which they are, and so are
 * the answers of a process of its own. In turns of a millisecond, as ours.
 * Prints shell assignments; 1 when a call never ended.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "core/addr.h"
#include "core/span.h"
#include "core/xalloc.h"
#include "net/udp_socket.h"

enum {
	TURN_US = 1000,
	PATIENCE_US = 40000000,
	PORTS = 4,
	BATCH = 16,
	ROOM = 65536
};

enum kind { INVITE, INVITE_OK, ACK, BYE, BYE_OK, KINDS };

/* What a message begins with. */
struct mark {
	uint32_t kind, call;
};

struct client {
	uint32_t size[KINDS], n, rate, begun, ended;
	int (*port)[PORTS]; /* of each call */
	int epoll, sip;
	struct sockaddr_storage peer;
	socklen_t peer_n;
};

static char text[BATCH][ROOM];

static int bound_socket(bool sip, struct addr *at)
{
	struct addr any = addr_loopback(0);
	int s = udp_socket_open(&any, sip, at, NULL);

	if (s < 0)
		abort();
	return s;
}

static void say(int s, const uint32_t *size, struct mark m,
		const struct sockaddr_storage *to, socklen_t n)
{
	memcpy(text[0], &m, sizeof(m));
	sendto(s, text[0], size[m.kind], 0, (const struct sockaddr *)to, n);
}

/* ---- the peer ---- */

static void answer(int s, const uint32_t *size)
{
	struct sockaddr_storage from;
	socklen_t n = sizeof(from);
	struct mark m;

	if (recvfrom(s, text[0], ROOM, 0, (struct sockaddr *)&from, &n) <
	    (ssize_t)sizeof(m))
		return;
	memcpy(&m, text[0], sizeof(m));
	if (m.kind == ACK)
		return;
	m.kind++;
	say(s, size, m, &from, n);
}

static pid_t start_peer(struct client *c)
{
	struct addr at;
	int s = bound_socket(true, &at), wait = 0;
	pid_t pid = fork();

	c->peer_n = addr_to_sockaddr(&at, &c->peer);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		wait = epoll_create1(EPOLL_CLOEXEC);
		epoll_ctl(wait, EPOLL_CTL_ADD, s,
			  &(struct epoll_event){.events = EPOLLIN});
		while (epoll_wait(wait, &(struct epoll_event){0}, 1, -1) >= 0)
			answer(s, c->size);
	}
	close(s);
	return pid;
}

/* ---- the client ---- */

static int open_port(const struct client *c, const struct addr *local,
		     struct addr *at)
{
	struct epoll_event ev = {.events = EPOLLIN};
	int s = udp_socket_open(local, false, at, NULL);

	if (s >= 0)
		epoll_ctl(c->epoll, EPOLL_CTL_ADD, s, &ev);
	return s;
}

static void open_pair(const struct client *c, int port[2])
{
	struct addr any = addr_loopback(0), at;

	for (;;) {
		port[0] = open_port(c, &any, &at);
		if (port[0] < 0)
			abort();
		at.port ^= 1;
		port[1] = open_port(c, &at, &at);
		if (port[1] >= 0)
			return;
		close(port[0]);
	}
}

static void begin_call(struct client *c)
{
	struct mark m = {INVITE, c->begun++};
	int p;

	for (p = 0; p < PORTS; p += 2)
		open_pair(c, &c->port[m.call][p]);
	say(c->sip, c->size, m, &c->peer, c->peer_n);
}

static void end_call(struct client *c, struct mark m)
{
	int p;

	m.kind = ACK;
	say(c->sip, c->size, m, &c->peer, c->peer_n);
	for (p = 0; p < PORTS; p++)
		close(c->port[m.call][p]);
	m.kind = BYE;
	say(c->sip, c->size, m, &c->peer, c->peer_n);
}

static void take_in(struct client *c)
{
	struct sockaddr_storage from[BATCH];
	struct mmsghdr msg[BATCH] = {0};
	struct iovec iov[BATCH];
	struct mark m[BATCH];
	int i, n;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){text[i], ROOM};
		msg[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i],
						 .msg_iovlen = 1,
						 .msg_name = &from[i],
						 .msg_namelen = sizeof(*from)};
	}
	n = recvmmsg(c->sip, msg, BATCH, MSG_DONTWAIT, NULL);
	for (i = 0; i < n; i++)
		memcpy(&m[i], text[i], sizeof(*m));
	for (i = 0; i < n; i++) {
		if (m[i].kind == INVITE_OK)
			end_call(c, m[i]);
		c->ended += m[i].kind == BYE_OK;
	}
	if (n == BATCH)
		take_in(c);
}

static void pause_us(int64_t us)
{
	struct timespec t = {0, us * 1000};

	if (us > 0)
		nanosleep(&t, NULL);
}

static void measure(struct client *c)
{
	int64_t start_us = clock_monotonic_us(), cpu_us = clock_cpu_us();
	int64_t at_us = 0, turn_us;
	struct epoll_event ev;

	while (c->ended < c->n && at_us < PATIENCE_US) {
		turn_us = at_us + TURN_US;
		pause_us(turn_us - (clock_monotonic_us() - start_us));
		at_us = clock_monotonic_us() - start_us;
		if (epoll_wait(c->epoll, &ev, 1, 0) == 1)
			take_in(c);
		while (c->begun < c->n && c->begun <= at_us * c->rate / 1000000)
			begin_call(c);
	}
	printf("ask_us=%.2f ask_missed=%u\n",
	       (double)(clock_cpu_us() - cpu_us) / c->n, c->n - c->ended);
}

static bool read_arguments(struct client *c, int argc, char **argv)
{
	int k;

	if (argc != 3 + KINDS ||
	    !parse_u32(span_of(argv[1]), 1, 10000000, &c->n) ||
	    !parse_u32(span_of(argv[2]), 1, 1000000, &c->rate))
		return false;
	for (k = 0; k < KINDS; k++)
		if (!parse_u32(span_of(argv[3 + k]), sizeof(struct mark), 65000,
			       &c->size[k]))
			return false;
	return true;
}

int main(int argc, char **argv)
{
	struct epoll_event ev = {.events = EPOLLIN};
	struct client c = {0};
	struct addr at;
	pid_t peer;

	if (!read_arguments(&c, argc, argv)) {
		fprintf(stderr, "usage: bench_ask CALLS RATE INVITE OK ACK BYE "
				"OK\n");
		return 2;
	}
	udp_socket_many();
	peer = start_peer(&c);
	c.port = xcalloc(c.n, sizeof(*c.port));
	c.epoll = epoll_create1(EPOLL_CLOEXEC);
	c.sip = bound_socket(true, &at);
	epoll_ctl(c.epoll, EPOLL_CTL_ADD, c.sip, &ev);
	measure(&c);
	kill(peer, SIGKILL);
	waitpid(peer, NULL, 0);
	free(c.port);
	return c.ended == c.n ? 0 : 1;
}
