/*
 * What the system asks for a datagram of PCMU that is sent in real time, and
 * nothing else is done: the floor of a replay.
 *
 *     bench_send STREAMS
 *
 * Each stream has a socket of its own and sends each 20 ms for SECONDS, evenly
 * spread, in turns of a millisecond, by our send queue. A process of its own
 * takes them in. Prints shell assignments.
 */
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "core/addr.h"
#include "core/xalloc.h"
#include "net/sendq.h"
#include "net/udp_socket.h"

enum {
	SECONDS = 3,
	INTERVAL_US = 20000,
	TURN_US = 1000,
	TURNS = INTERVAL_US / TURN_US,
	PACKET = 172,
	SINKS = 64,
	ROOM = 4 << 20,
	BATCH = 64
};

static int sink[SINKS];
static struct addr sink_at[SINKS];

static int bound_socket(struct addr *at)
{
	struct addr any = addr_loopback(0);
	int s = udp_socket_open(&any, false, at, NULL);

	if (s < 0)
		abort();
	return s;
}

static void pause_us(int64_t us)
{
	struct timespec t = {0, us * 1000};

	if (us > 0)
		nanosleep(&t, NULL);
}

static void take_in(int s)
{
	static struct mmsghdr msg[BATCH];
	static struct iovec iov[BATCH];
	static char bytes[BATCH][PACKET];
	int i;

	for (i = 0; i < BATCH; i++) {
		iov[i] = (struct iovec){bytes[i], PACKET};
		msg[i].msg_hdr = (struct msghdr){.msg_iov = &iov[i],
						 .msg_iovlen = 1};
	}
	while (recvmmsg(s, msg, BATCH, MSG_DONTWAIT, NULL) == BATCH)
		;
}

static pid_t start_sinks(void)
{
	int room = ROOM, i;
	pid_t pid;

	for (i = 0; i < SINKS; i++) {
		sink[i] = bound_socket(&sink_at[i]);
		setsockopt(sink[i], SOL_SOCKET, SO_RCVBUFFORCE, &room,
			   sizeof(room));
	}
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;) {
		for (i = 0; i < SINKS; i++)
			take_in(sink[i]);
		pause_us(TURN_US);
	}
}

static void ignore(void *arg)
{
	(void)arg;
}

/* Their share of the streams, each turn of an interval. */
static void send_turn(struct sendq *q, const int *s, int streams, int turn)
{
	static char bytes[PACKET];
	int i;

	for (i = turn; i < streams; i += TURNS)
		sendq_put(q, s[i], &sink_at[i % SINKS], bytes, PACKET, NULL);
	sendq_flush(q);
}

static void measure(struct sendq *q, const int *s, int streams)
{
	int64_t start_us = clock_monotonic_us(), cpu_us = clock_cpu_us();
	double packets = (double)streams * SECONDS * 1000000 / INTERVAL_US;
	int turn;

	for (turn = 0; turn < SECONDS * 1000000 / TURN_US; turn++) {
		pause_us(start_us + turn * (int64_t)TURN_US -
			 clock_monotonic_us());
		send_turn(q, s, streams, turn % TURNS);
	}
	cpu_us = clock_cpu_us() - cpu_us;
	printf("us=%.2f share=%.3f\n", (double)cpu_us / packets,
	       (double)cpu_us / 1e6 / SECONDS);
}

int main(int argc, char **argv)
{
	int streams = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0, i, *s;
	struct err e = ERR_INIT;
	struct sendq *q = sendq_new(ignore, &e);
	struct addr at;
	pid_t sinks;

	if (streams <= 0 || !q) {
		fprintf(stderr, "usage: bench_send STREAMS\n%s\n", e.text);
		return 2;
	}
	udp_socket_many();
	s = xcalloc((size_t)streams, sizeof(*s));
	sinks = start_sinks();
	for (i = 0; i < streams; i++)
		s[i] = bound_socket(&at);
	measure(q, s, streams);
	kill(sinks, SIGKILL);
	waitpid(sinks, NULL, 0);
	for (i = 0; i < streams; i++)
		close(s[i]);
	free(s);
	sendq_free(q);
	return 0;
}
