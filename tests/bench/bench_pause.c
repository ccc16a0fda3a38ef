/*
 * How soon a recording is silent after a pause, as a capture of a run of
 * pause.yml has it.
 *
 *     bench_pause CAPTURE CALLER
 *
 * CALLER is the AOR that the run's calls come from: others may use the
 * loopback too. The step's moment is AT_US after the call's first INVITE. The caller's port
 * in that INVITE leads to its stream, and its SSRC to the recorded stream,
 * whose last packet counts. Below zero it came before the step. Prints shell
 * assignments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum { AT_US = 2000000, CALLS = 4096 };

struct call {
	uint16_t port; /* of the caller's media */
	bool known;    /* its stream was seen, so: */
	uint32_t ssrc;
	int64_t invite_us;
	int64_t last_us; /* of what is recorded; 0: nothing yet */
};

struct pauses {
	const char *caller;
	struct call call[CALLS];
	size_t n;
};

/* The only one of a call in pause.yml; those to recorders say who they are. */
static bool is_invite(struct span s, const char *caller)
{
	return s.n > 7 && memcmp(s.p, "INVITE ", 7) == 0 &&
	       memmem(s.p, s.n, caller, strlen(caller)) &&
	       !memmem(s.p, s.n, "+sip.src", 8);
}

static void on_invite(struct pauses *s, const struct capture_packet *p)
{
	static const char audio[] = "\r\nm=audio ";
	const char *m = memmem(p->data.p, p->data.n, audio, strlen(audio));

	if (!m || s->n == CALLS)
		return;
	s->call[s->n].port = (uint16_t)strtoul(m + strlen(audio), NULL, 10);
	s->call[s->n++].invite_us = p->at_us;
}

static void on_rtp(struct pauses *s, const struct capture_packet *p,
		   uint32_t ssrc)
{
	struct call *c;

	for (c = s->call; c < s->call + s->n; c++) {
		if (c->known && c->ssrc == ssrc && p->src.port != c->port) {
			c->last_us = p->at_us;
			return;
		}
		if (!c->known && p->src.port == c->port) {
			c->known = true;
			c->ssrc = ssrc;
			return;
		}
	}
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct pauses *s = arg;
	struct span r = p->data, head;
	uint8_t first, second;
	uint32_t ssrc;

	if (is_invite(p->data, s->caller))
		on_invite(s, p);
	/* PCMU only: RTCP and SIP share no second octet with it */
	else if (rd_u8(&r, &first) && first == 0x80 && rd_u8(&r, &second) &&
		 !(second & 0x7f) && rd_bytes(&r, 6, &head) &&
		 rd_be32(&r, &ssrc))
		on_rtp(s, p, ssrc);
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

int main(int argc, char **argv)
{
	static struct pauses s;
	static double late_ms[CALLS];
	struct capture_info info;
	struct err e = ERR_INIT;
	size_t i, n = 0;

	if (argc != 3)
		return 2;
	s.caller = argv[2];
	if (capture_read(argv[1], on_packet, &s, &info, &e) < 0) {
		fprintf(stderr, "%s\n", e.text);
		return 1;
	}
	for (i = 0; i < s.n; i++)
		if (s.call[i].last_us)
			late_ms[n++] = (double)(s.call[i].last_us -
						s.call[i].invite_us - AT_US) /
				       1000;
	if (!n)
		return 1;
	qsort(late_ms, n, sizeof(*late_ms), by_value);
	printf("pauses=%zu\npause_p50_ms=%.2f\npause_max_ms=%.2f\n", n,
	       late_ms[n / 2], late_ms[n - 1]);
	return 0;
}
