/* What SRTP costs a packet of 20 ms, beside libsrtp2 alone: at most 1.5 times
 * is wanted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <srtp2/srtp.h>

#include "bench.h"
#include "media/rtp.h"
#include "media/srtp.h"
#include "net/wire.h"
#include "recording/priv.h"
#include "sdp/sdp.h"

enum { VOICE = 160 };

struct state {
	struct suite_key key;
	uint8_t packet[RTP_MAX + SEAL_ROOM], out[RTP_MAX + SEAL_ROOM];
	size_t n;
	uint16_t seq;
	srtp_t session;	       /* closes alone */
	srtp_t from[2], other; /* whose packets are opened: alone, by ours */
	struct seal *seal;
	struct opener *opener;
	struct fork *clear, *secure;
};

static struct suite_key key_of(enum suite suite)
{
	struct suite_key k = {.suite = suite};

	memset(k.key, 0x17, sizeof(k.key));
	return k;
}

/* The same as the seal's, but for what it does around it. */
static srtp_t session_of(struct suite_key *key, srtp_ssrc_type_t way)
{
	srtp_policy_t p;
	srtp_t session;

	memset(&p, 0, sizeof(p));
	if (key->suite == SUITE_AEAD_AES_128_GCM) {
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&p.rtp);
		srtp_crypto_policy_set_aes_gcm_128_16_auth(&p.rtcp);
	} else {
		srtp_crypto_policy_set_rtp_default(&p.rtp);
		srtp_crypto_policy_set_rtcp_default(&p.rtcp);
	}
	p.ssrc.type = way;
	p.key = key->key;
	p.window_size = 1024;
	p.allow_repeat_tx = 1;
	if (srtp_create(&session, &p) != srtp_err_status_ok)
		abort();
	return session;
}

static void number(struct state *s)
{
	s->seq++;
	s->packet[2] = (uint8_t)(s->seq >> 8);
	s->packet[3] = (uint8_t)s->seq;
}

static void close_alone(size_t n, void *arg)
{
	struct state *s = arg;
	int len;

	while (n--) {
		number(s);
		memcpy(s->out, s->packet, s->n);
		len = (int)s->n;
		if (srtp_protect(s->session, s->out, &len))
			abort();
	}
}

static void close_ours(size_t n, void *arg)
{
	struct state *s = arg;
	size_t len;

	while (n--) {
		number(s);
		memcpy(s->out, s->packet, s->n);
		len = s->n;
		if (!seal_rtp(s->seal, s->out, &len))
			abort();
	}
}

/* What arrives was closed before; that is taken off again. */
static void pass_alone(size_t n, void *arg)
{
	struct state *s = arg;
	int len;

	while (n--) {
		number(s);
		memcpy(s->out, s->packet, s->n);
		len = (int)s->n;
		if (srtp_protect(s->from[0], s->out, &len) ||
		    srtp_unprotect(s->other, s->out, &len))
			abort();
	}
}

static void pass_ours(size_t n, void *arg)
{
	uint8_t clear[RTP_MAX + SEAL_ROOM];
	struct state *s = arg;
	size_t rest;
	int len;

	while (n--) {
		number(s);
		memcpy(s->out, s->packet, s->n);
		len = (int)s->n;
		if (srtp_protect(s->from[1], s->out, &len))
			abort();
		rest = (size_t)len;
		if (opener_rtp(s->opener, s->out, &rest, clear) != SEAL_OK)
			abort();
	}
}

static void begin(struct state *s, enum suite suite)
{
	static const struct seal_mki none;
	struct rtp r = {.ssrc = 7};
	char voice[VOICE] = {0};

	memset(s, 0, sizeof(*s));
	s->key = key_of(suite);
	r.payload = span_from(voice, VOICE);
	s->n = rtp_write(&r, s->packet);
	s->seal = seal_new(&s->key, NULL);
	s->opener = opener_new();
	opener_key(s->opener, &s->key, none, false);
	s->session = session_of(&s->key, ssrc_any_outbound);
	s->from[0] = session_of(&s->key, ssrc_any_outbound);
	s->from[1] = session_of(&s->key, ssrc_any_outbound);
	s->other = session_of(&s->key, ssrc_any_inbound);
}

static void end(struct state *s)
{
	seal_free(s->seal);
	opener_free(s->opener);
	srtp_dealloc(s->session);
	srtp_dealloc(s->from[0]);
	srtp_dealloc(s->from[1]);
	srtp_dealloc(s->other);
}

/* ---- the fork: a packet's whole way to a socket that nobody reads ---- */

static struct sdp *describe(const struct suite_key *key, uint16_t port)
{
	struct sdp_codec pcmu;
	struct sdp_out_media m = {.type = "audio",
				  .addr = addr_loopback(port),
				  .codec = &pcmu,
				  .n_codecs = 1,
				  .dir = SDP_SENDRECV};
	struct sdp_out out = {
		.addr = addr_loopback(0), .media = &m, .n_media = 1};
	struct sdp *s;
	struct buf b;

	sdp_static_codec(0, &pcmu);
	if (key) {
		m.proto = "RTP/SAVP";
		m.crypto = key;
		m.n_cryptos = 1;
		m.crypto_tag = 1;
	}
	pcmu.fmtp = NULL;
	buf_init(&b, SDP_MAX);
	sdp_write(&b, &out);
	s = sdp_parse(buf_span(&b), NULL);
	buf_fini(&b);
	return s;
}

static void send_clear(size_t n, void *arg)
{
	struct state *s = arg;

	while (n--) {
		number(s);
		fork_send(s->clear, s->packet, s->n);
	}
}

static void send_secure(size_t n, void *arg)
{
	struct state *s = arg;

	while (n--) {
		number(s);
		fork_send(s->secure, s->packet, s->n);
	}
}

static void deaf(const struct addr *from, const void *p, size_t n, void *arg)
{
	(void)from;
	(void)p;
	(void)n;
	(void)arg;
}

static struct fork *aimed(const struct fork_conf *conf, struct flow *sink,
			  const struct suite_key *key)
{
	struct sdp *sdp = describe(key, flow_addr(sink)->port);
	struct fork *f = fork_new(conf, NULL);

	if (!f || !fork_aim(f, &sdp->media[0], &sdp->media[0]))
		abort();
	sdp_free(sdp);
	return f;
}

/* ---- rows: all in turn, many times, since others use the machine too ---- */

enum { ROUNDS = 25, ROUND_US = 10000 };

enum row { CLOSE, SEAL, PASS, OPEN, CLEAR, SECURE, ROWS };

static bench_case_h *const work[ROWS] = {close_alone, close_ours, pass_alone,
					 pass_ours,   send_clear, send_secure};

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(const double in[ROUNDS])
{
	double sorted[ROUNDS];

	memcpy(sorted, in, sizeof(sorted));
	qsort(sorted, ROUNDS, sizeof(*sorted), by_size);
	return sorted[ROUNDS / 2];
}

static double round_ns(bench_case_h *one, struct state *s)
{
	int64_t start_us = clock_cpu_us(), took_us = 0;
	size_t n = 0;

	while (took_us < ROUND_US) {
		one(256, s);
		n += 256;
		took_us = clock_cpu_us() - start_us;
	}
	return (double)took_us * 1000 / (double)n;
}

static void print(const char *name, const double ns[ROUNDS],
		  const double ratio[ROUNDS])
{
	printf("%-36s %12.1f %12.0f", name, median(ns), 1e9 / median(ns));
	if (ratio)
		printf(" %8.2f", median(ratio));
	putchar('\n');
}

static void rows(struct state *s)
{
	double ns[ROWS][ROUNDS], part[2][ROUNDS], ratio[3][ROUNDS];
	int r, k;

	for (r = 0; r < ROUNDS; r++) {
		for (k = 0; k < ROWS; k++)
			ns[k][r] = round_ns(work[k], s);
		part[0][r] = ns[OPEN][r] - ns[CLOSE][r];
		part[1][r] = ns[SECURE][r] - ns[CLEAR][r];
		ratio[0][r] = ns[SEAL][r] / ns[CLOSE][r];
		ratio[1][r] = part[0][r] / (ns[PASS][r] - ns[CLOSE][r]);
		ratio[2][r] = part[1][r] / ns[CLOSE][r];
	}
	bench_head(suite_name(s->key.suite));
	print("libsrtp2 closes a packet", ns[CLOSE], NULL);
	print("  a seal", ns[SEAL], ratio[0]);
	print("  an opener opens one", part[0], ratio[1]);
	print("  the fork, less what clear costs", part[1], ratio[2]);
}

static void suite_rows(const struct fork_conf *conf, struct flow *sink,
		       enum suite suite)
{
	struct state s;

	begin(&s, suite);
	s.clear = aimed(conf, sink, NULL);
	s.secure = aimed(conf, sink, &s.key);
	rows(&s);
	fork_free(s.clear);
	fork_free(s.secure);
	end(&s);
}

int main(void)
{
	struct loop *loop = loop_new(LOOP_REAL);
	struct trace *trace = trace_new();
	struct wire *wire = wire_udp_new(loop, trace);
	struct rng rng = {1};
	struct flow_conf fc = {.kind = FLOW_RTP, .name = "x", .recv = deaf};
	struct flow *sink = flow_open(wire, &fc, NULL);
	struct fork_conf conf = {.wire = wire,
				 .loop = loop,
				 .rng = &rng,
				 .local = addr_loopback(0),
				 .name = "src",
				 .cname = "x"};

	suite_rows(&conf, sink, SUITE_AES_CM_128_HMAC_SHA1_80);
	suite_rows(&conf, sink, SUITE_AEAD_AES_128_GCM);
	flow_close(sink);
	wire_free(wire);
	loop_free(loop);
	trace_free(trace);
	return 0;
}
