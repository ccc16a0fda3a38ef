/*
 * rtp_peer - a phone that speaks and listens, and says what it heard
 *
 *	rtp_peer [--bind ADDR] [--packets N] [--every US] [--mux] [--pt N] ADDR:PORT
 *
 * Sends PCMU RTP to ADDR:PORT, a packet every 20 ms, from an even port that it
 * prints first, and an RTCP SR every 25 packets, from the port above or, with
 * --mux, from the same. Ends two seconds after its last packet with a line of
 * what it sent and heard: each packet of the other one counts once, whoever
 * asks may compare both.
 */
#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "core/addr.h"
#include "core/buf.h"
#include "media/rtcp.h"
#include "media/rtp.h"

enum { PAYLOAD = 160, REPORT_EVERY = 25, LINGER_US = 2000000, SEQS = 65536 };

struct peer {
	struct addr to;
	int rtp, rtcp;
	uint32_t ssrc;
	uint8_t pt;
	long packets, every_us;
	bool mux;
	long sent, heard, repeated, reports_sent, reports_heard;
	bool had[SEQS];
};

static int64_t now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void die(const char *what)
{
	fprintf(stderr, "rtp_peer: %s: %s\n", what, strerror(errno));
	exit(1);
}

static int open_at(struct addr *at)
{
	struct sockaddr_storage ss;
	socklen_t n = addr_to_sockaddr(at, &ss);
	int s = socket(ss.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (s < 0)
		die("socket");
	if (bind(s, (struct sockaddr *)&ss, n) < 0) {
		close(s);
		return -1;
	}
	getsockname(s, (struct sockaddr *)&ss, &n);
	addr_from_sockaddr((struct sockaddr *)&ss, at);
	return s;
}

/* RTP on an even port, RTCP above. */
static void open_pair(struct peer *p, const struct addr *local)
{
	struct addr at, above;
	char text[ADDR_TEXT];
	int tries;

	for (tries = 0; tries < 100; tries++) {
		at = *local;
		p->rtp = open_at(&at);
		if (p->rtp < 0)
			die("bind");
		above = at;
		above.port++;
		p->rtcp = at.port % 2 ? -1 : open_at(&above);
		if (p->rtcp >= 0) {
			printf("at %s\n", addr_text(&at, text));
			fflush(stdout);
			return;
		}
		close(p->rtp);
	}
	die("no pair of ports");
}

static void send_to(int s, struct addr to, const void *bytes, size_t n)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&to, &ss);

	/* an ICMP error of the packet before is not this one's */
	if (sendto(s, bytes, n, 0, (struct sockaddr *)&ss, len) < 0 &&
	    sendto(s, bytes, n, 0, (struct sockaddr *)&ss, len) < 0)
		die("sendto");
}

static void send_report(struct peer *p)
{
	struct rtcp_sender sender = {.ssrc = p->ssrc,
				     .wall_us = (int64_t)time(NULL) * 1000000,
				     .packets = (uint32_t)p->sent};
	struct addr to = p->to;
	struct buf b;

	to.port = (uint16_t)(to.port + !p->mux);
	buf_init(&b, 512);
	rtcp_write_sr(&b, &sender, "peer");
	send_to(p->mux ? p->rtp : p->rtcp, to, b.p, b.n);
	buf_fini(&b);
	p->reports_sent++;
}

static void speak(struct peer *p)
{
	uint8_t out[RTP_MAX], sound[PAYLOAD];
	struct rtp r = {.pt = p->pt,
			.seq = (uint16_t)p->sent,
			.ts = (uint32_t)p->sent * PAYLOAD,
			.ssrc = p->ssrc,
			.payload = {(const char *)sound, sizeof(sound)}};

	memset(sound, 0xff, sizeof(sound)); /* silence */
	send_to(p->rtp, p->to, out, rtp_write(&r, out));
	if (++p->sent % REPORT_EVERY == 0)
		send_report(p);
}

static void hear(struct peer *p, const void *bytes, size_t n)
{
	struct rtp r;

	if (rtcp_is(bytes, n)) {
		p->reports_heard++;
		return;
	}
	if (!rtp_parse(bytes, n, &r))
		return;
	if (p->had[r.seq])
		p->repeated++;
	else
		p->heard++;
	p->had[r.seq] = true;
}

static void listen_until(struct peer *p, int64_t until_us)
{
	struct pollfd fd[] = {{p->rtp, POLLIN, 0}, {p->rtcp, POLLIN, 0}};
	uint8_t bytes[2048];
	int64_t left_us;
	ssize_t n;
	int i;

	while ((left_us = until_us - now_us()) > 0) {
		poll(fd, 2, (int)((left_us + 999) / 1000));
		for (i = 0; i < 2; i++)
			while ((n = recv(fd[i].fd, bytes, sizeof(bytes), 0)) >
			       0)
				hear(p, bytes, (size_t)n);
	}
}

static void run(struct peer *p)
{
	int64_t due_us = now_us();

	while (p->sent < p->packets) {
		speak(p);
		due_us += p->every_us;
		listen_until(p, due_us);
	}
	listen_until(p, now_us() + LINGER_US);
	printf("sent %ld heard %ld repeated %ld rtcp sent %ld heard %ld\n",
	       p->sent, p->heard, p->repeated, p->reports_sent,
	       p->reports_heard);
}

static void usage(void)
{
	fprintf(stderr, "usage: rtp_peer [--bind ADDR] [--packets N] "
			"[--every US] [--mux] [--pt N] ADDR:PORT\n");
	exit(2);
}

int main(int argc, char **argv)
{
	static struct peer p = {.packets = 100, .every_us = 20000};
	struct addr local = addr_loopback(0);
	int i;

	for (i = 1; i < argc - 1; i++) {
		if (strcmp(argv[i], "--mux") == 0)
			p.mux = true;
		else if (i + 1 == argc - 1)
			usage();
		else if (strcmp(argv[i], "--bind") == 0 &&
			 addr_parse_ip(span_of(argv[i + 1]), &local))
			i++;
		else if (strcmp(argv[i], "--packets") == 0)
			p.packets = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--every") == 0)
			p.every_us = strtol(argv[++i], NULL, 10);
		else if (strcmp(argv[i], "--pt") == 0)
			p.pt = (uint8_t)strtol(argv[++i], NULL, 10);
		else
			usage();
	}
	if (argc < 2 || !addr_parse(span_of(argv[argc - 1]), &p.to))
		usage();
	p.ssrc = (uint32_t)getpid();
	open_pair(&p, &local);
	run(&p);
	return 0;
}
