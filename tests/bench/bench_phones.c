/*
 * The phones and the recorder that a relay is measured with: streams of PCMU,
 * two to a call.
 *
 *     bench_phones STREAMS
 *
 * prints the port that each speaks from, then the port of the recorder for
 * each, reads where each shall send to, and speaks: what came of the packets of
 * SECONDS, after WARM, it says at the end. Delays are from the moment of sending
 * until the kernel has the packet for the other phone or the recorder.
 *
 * Some phones share a socket, as if behind a gateway, so that the load costs
 * less than what it loads.
 */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "core/addr.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "media/rtp.h"

enum {
	SHARE = 8, /* phones on a socket */
	PACKET = 160,
	INTERVAL_US = 20000,
	PER_SECOND = 1000000 / INTERVAL_US,
	WARM = 3 * PER_SECOND / 2, /* packets of a stream */
	COUNTED = 4 * PER_SECOND,
	AFTER = PER_SECOND / 2,
	ALL = WARM + COUNTED + AFTER,
	TURN_US = 1000,
	BATCH = 64,
	ROOM = 4 << 20,
	BUCKET_US = 100,
	BUCKETS = 20000 /* 2 s */
};

/* What came at the phones, or at the recorder. */
struct tally {
	uint8_t *seen; /* of each stream ALL octets */
	uint64_t came, twice;
	uint64_t delay[BUCKETS];
};

static struct {
	int n, groups;
	int *phone; /* 2 a group: of its callers, of its callees */
	int *sink;  /* one a group */
	struct addr *to;
	struct tally at_phone, at_sink;
	int64_t late_us; /* worst of the speakers */
	double share;	 /* of a processor, while they speak */
} all;

/* Of a call both phones are in one group, on either socket. */
static int phone_of(int stream)
{
	return stream / (2 * SHARE) * 2 + stream % 2;
}

static int stream_of(int phone, int i)
{
	return phone / 2 * 2 * SHARE + 2 * i + phone % 2;
}

/* ---- sockets ---- */

static int bound_socket(uint16_t *port)
{
	struct addr at = addr_loopback(0);
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(&at, &ss);
	int s = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0), on = 1,
	    room = ROOM;

	if (s < 0 || bind(s, (struct sockaddr *)&ss, len) < 0 ||
	    setsockopt(s, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) < 0)
		abort();
	/* it is shared, and what the relay held up comes at once */
	setsockopt(s, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room));
	getsockname(s, (struct sockaddr *)&ss, &len);
	addr_from_sockaddr((struct sockaddr *)&ss, &at);
	*port = at.port;
	return s;
}

static void open_all(void)
{
	uint16_t *port;
	int i;

	all.groups = (all.n + 2 * SHARE - 1) / (2 * SHARE);
	all.phone = xcalloc((size_t)all.groups * 2, sizeof(int));
	all.sink = xcalloc((size_t)all.groups, sizeof(int));
	all.to = xcalloc((size_t)all.n, sizeof(*all.to));
	all.at_phone.seen = xcalloc((size_t)all.n, ALL);
	all.at_sink.seen = xcalloc((size_t)all.n, ALL);
	port = xcalloc((size_t)all.groups * 3, sizeof(*port));
	for (i = 0; i < 2 * all.groups; i++)
		all.phone[i] = bound_socket(&port[i]);
	for (i = 0; i < all.groups; i++)
		all.sink[i] = bound_socket(&port[2 * all.groups + i]);
	for (i = 0; i < all.n; i++)
		printf("%u ", port[phone_of(i)]);
	for (i = 0; i < all.n; i++)
		printf("%u ", port[2 * all.groups + i / (2 * SHARE)]);
	putchar('\n');
	fflush(stdout);
	free(port);
}

static void read_targets(void)
{
	unsigned port;
	int i;

	for (i = 0; i < all.n; i++) {
		if (scanf("%5u", &port) != 1)
			exit(1);
		all.to[i] = addr_loopback((uint16_t)port);
	}
}

/* ---- hearing ---- */

static int64_t stamp_ns(struct msghdr *m)
{
	struct timespec t = {0, 0};
	struct cmsghdr *c = CMSG_FIRSTHDR(m);

	if (c && c->cmsg_type == SO_TIMESTAMPNS)
		memcpy(&t, CMSG_DATA(c), sizeof(t));
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void count(struct tally *t, const void *p, size_t n, int64_t at_ns)
{
	struct rtp r;
	int64_t sent_ns, us;
	uint8_t *seen;

	if (!rtp_parse(p, n, &r) || r.payload.n != PACKET || r.ssrc == 0 ||
	    r.ssrc > (uint32_t)all.n || r.seq < WARM || r.seq >= WARM + COUNTED)
		return;
	seen = &t->seen[(size_t)(r.ssrc - 1) * ALL + r.seq];
	if (*seen) {
		t->twice++;
		return;
	}
	*seen = 1;
	t->came++;
	memcpy(&sent_ns, r.payload.p, sizeof(sent_ns));
	us = (at_ns - sent_ns) / 1000;
	us = us < 0 ? 0 : us / BUCKET_US;
	t->delay[us < BUCKETS ? us : BUCKETS - 1]++;
}

static void hear(int s, struct tally *t)
{
	static struct mmsghdr msg[BATCH];
	static struct iovec iov[BATCH];
	static char bytes[BATCH][RTP_MAX], control[BATCH][64];
	int i, n = BATCH;

	while (n == BATCH) {
		for (i = 0; i < BATCH; i++) {
			iov[i] = (struct iovec){bytes[i], RTP_MAX};
			msg[i].msg_hdr = (struct msghdr){
				.msg_iov = &iov[i],
				.msg_iovlen = 1,
				.msg_control = control[i],
				.msg_controllen = 64};
		}
		n = recvmmsg(s, msg, BATCH, MSG_DONTWAIT, NULL);
		for (i = 0; i < n; i++)
			count(t, bytes[i], msg[i].msg_len,
			      stamp_ns(&msg[i].msg_hdr));
	}
}

/* ---- speaking ---- */

static int64_t wall_ns(void)
{
	struct timespec t;

	clock_gettime(CLOCK_REALTIME, &t);
	return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

static void speak(int phone, uint16_t seq)
{
	struct mmsghdr msg[SHARE];
	struct iovec iov[SHARE];
	struct sockaddr_storage to[SHARE];
	uint8_t bytes[SHARE][RTP_MAX], sound[PACKET] = {0};
	struct rtp r = {.seq = seq,
			.ts = (uint32_t)seq * PACKET,
			.payload = {(const char *)sound, PACKET}};
	int64_t now_ns = wall_ns();
	int i, k;

	memcpy(sound, &now_ns, sizeof(now_ns));
	memset(msg, 0, sizeof(msg));
	for (i = 0; i < SHARE && (k = stream_of(phone, i)) < all.n; i++) {
		r.ssrc = (uint32_t)k + 1;
		iov[i] = (struct iovec){bytes[i], rtp_write(&r, bytes[i])};
		msg[i].msg_hdr.msg_iov = &iov[i];
		msg[i].msg_hdr.msg_iovlen = 1;
		msg[i].msg_hdr.msg_name = &to[i];
		msg[i].msg_hdr.msg_namelen = addr_to_sockaddr(&all.to[k],
							      &to[i]);
	}
	sendmmsg(all.phone[phone], msg, (unsigned)i, 0);
}

static void pause_us(int64_t us)
{
	struct timespec t = {us / 1000000, us % 1000000 * 1000};

	nanosleep(&t, NULL);
}

static void hear_of(int phone)
{
	hear(all.phone[phone], &all.at_phone);
	if (phone % 2)
		hear(all.sink[phone / 2], &all.at_sink);
}

/* All phones once in an interval, evenly spread. */
static void converse(void)
{
	int64_t start_us = clock_monotonic_us(), due_us, late_us;
	int64_t cpu_us = clock_cpu_us();
	int phones = 2 * all.groups, i, seq;

	for (seq = 0; seq < ALL; seq++) {
		for (i = 0; i < phones; i++) {
			due_us = start_us + (int64_t)seq * INTERVAL_US +
				 (int64_t)i * INTERVAL_US / phones;
			late_us = clock_monotonic_us() - due_us;
			if (late_us < -TURN_US)
				pause_us(-late_us);
			else if (late_us > all.late_us && seq >= WARM)
				all.late_us = late_us;
			hear_of(i);
			speak(i, (uint16_t)seq);
		}
	}
	all.share = (double)(clock_cpu_us() - cpu_us) /
		    (double)(clock_monotonic_us() - start_us);
	pause_us(300000);
	for (i = 0; i < phones; i++)
		hear_of(i);
}

/* ---- what came ---- */

static double quantile_ms(const struct tally *t, double share)
{
	uint64_t below = 0;
	int i;

	for (i = 0; i < BUCKETS - 1; i++) {
		below += t->delay[i];
		if ((double)below >= share * (double)t->came)
			break;
	}
	return (i + 1) * BUCKET_US / 1000.0;
}

static void tell(const char *who, const struct tally *t)
{
	printf("%s_lost=%lld %s_twice=%llu %s_p50_ms=%.1f %s_p99_ms=%.1f ", who,
	       (long long)all.n * COUNTED - (long long)t->came, who,
	       (unsigned long long)t->twice, who, quantile_ms(t, 0.5), who,
	       quantile_ms(t, 0.99));
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
	all.n = argc == 2 ? (int)strtol(argv[1], NULL, 10) : 0;
	if (all.n <= 0 || all.n % 2) {
		fprintf(stderr,
			"usage: bench_phones STREAMS, an even number\n");
		return 2;
	}
	raise_descriptor_limit();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	open_all();
	read_targets();
	converse();
	printf("sent=%lld late_ms=%.1f load_share=%.2f ",
	       (long long)all.n * COUNTED, (double)all.late_us / 1000,
	       all.share);
	tell("phone", &all.at_phone);
	tell("recorder", &all.at_sink);
	putchar('\n');
	return 0;
}
