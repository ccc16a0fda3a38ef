#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/dtmf.h"
#include "media/rtcp.h"
#include "media/srtp.h"
#include "net/wire.h"
#include "recording/priv.h"

enum { DROP = 255, RTCP_MAX = 512 };

struct fork {
	struct fork_conf conf;
	char *cname;
	struct flow *rtp, *rtcp;
	struct flow *out;   /* that RTP leaves by: ours, or that of `via` */
	struct fork *via;   /* whose port is shared, or NULL */
	struct list riders; /* forks that share ours */
	struct le rider;    /* in via->riders */
	struct addr dst, rtcp_dst;
	bool aimed, mux;
	struct seal *seal;     /* of what we send; NULL: in clear */
	struct opener *opener; /* of their RTCP, likewise */
	struct suite_key key;  /* of `seal` */
	bool held;	       /* the answer takes nothing now */
	bool paused;	       /* we send nothing now */
	bool withheld;	       /* a packet did not go: seq must close up */
	bool audio;
	bool refused; /* and said so */
	uint16_t seq_shift, last_seq;
	uint8_t map[128];	/* payload type of the call -> of the answer */
	bool event[128];	/* of the call: it is telephone-event */
	struct sdp_codec codec; /* first of the answer; fmtp not kept */
	struct timer timer;	/* next report */
	struct timer alive;	/* next sign of life */
	int64_t out_us;		/* when something left by the RTP port */
	bool reported;
	uint32_t ssrc, ts;  /* of the newest packet */
	int64_t wall_us;    /* when it was said */
	int64_t sr_us;	    /* when the newest report was sent, */
	uint32_t sr_middle; /* and what its time is in blocks */
	int64_t unheard_us; /* of the first one since RTCP came; 0: none */
	uint32_t packets, octets;
	uint64_t unfit;
};

static void on_rtcp_due(void *arg);
static void on_alive_due(void *arg);

/* When what is sent now was said. */
static int64_t media_wall_us(const struct fork *f)
{
	return f->conf.wall_us ? f->conf.wall_us(f->conf.arg)
			       : loop_wall_us(f->conf.loop);
}

/* The times in our reports are of another day: which one it is about is known
 * of the newest alone. */
static int64_t past_round_trip_us(const struct fork *f,
				  const struct rtcp_block *b)
{
	int64_t us = loop_now(f->conf.loop) - f->sr_us -
		     (int64_t)b->dlsr * 1000000 / 65536;

	if (b->lsr != f->sr_middle)
		return -1;
	return us > 0 ? us : 0;
}

/* RFC 3550 section 6.4.1: from the middle 32 bits of NTP time, in 1/65536 s. */
static int64_t round_trip_us(const struct fork *f, const struct rtcp_block *b)
{
	int32_t units = (int32_t)(rtcp_middle(loop_wall_us(f->conf.loop)) -
				  b->lsr - b->dlsr);

	if (!b->lsr)
		return -1;
	if (f->conf.wall_us)
		return past_round_trip_us(f, b);
	/* the two ends round for themselves */
	return units > 0 ? (int64_t)units * 1000000 / 65536 : 0;
}

/* The clear RTCP in `out`, or false: it is not the recorder's. */
static bool open_rtcp(struct fork *f, const void *p, size_t *n, uint8_t *out)
{
	enum seal_result r;

	if (*n > RTP_MAX)
		return false;
	if (!f->opener) {
		memcpy(out, p, *n);
		return true;
	}
	r = opener_rtcp(f->opener, p, n, out);
	if (r == SEAL_FORGED && f->conf.forged)
		f->conf.forged(f, f->conf.arg);
	return r == SEAL_OK;
}

/* Of either port: what the recorder says of our stream. */
static void on_rtcp(const struct addr *from, const void *bytes, size_t n,
		    void *arg)
{
	struct fork *f = arg;
	struct rtcp_seen seen = {.cname = ""};
	struct trace_rtcp facts = {.astray = !addr_eq(from, &f->rtcp_dst)};
	uint8_t p[RTP_MAX];

	if (!rtcp_is(bytes, n) || !open_rtcp(f, bytes, &n, p))
		return;
	facts.bad = !rtcp_parse(p, n, &seen);
	facts.cname = !facts.bad && seen.cname[0];
	if (f->conf.heard)
		f->conf.heard(f, &facts, f->conf.arg);
	if (facts.bad || !seen.has_block || !f->packets ||
	    seen.block.ssrc != f->ssrc)
		return;
	if (f->conf.report)
		f->conf.report(f, &seen.block, round_trip_us(f, &seen.block),
			       f->conf.arg);
}

static void refused(struct fork *f, const struct addr *to)
{
	if (f->refused || !f->aimed || !addr_eq(to, &f->dst))
		return;
	f->refused = true;
	if (f->conf.refused)
		f->conf.refused(f, f->conf.arg);
}

/* Told last: whoever hears of it may free the fork. */
static void on_refused(const struct addr *to, const char *why, void *arg)
{
	struct fork *f = arg, *hit = f;
	struct le *e;

	(void)why;
	for (e = f->riders.head; e; e = e->next) {
		struct fork *rider = container_of(e, struct fork, rider);

		if (rider->aimed && addr_eq(to, &rider->dst))
			hit = rider;
	}
	refused(hit, to);
}

/* Its RTP leaves by the port of another fork. */
static void share(struct fork *f, struct fork *via)
{
	f->via = via;
	f->out = via->rtp;
	list_append(&via->riders, &f->rider);
}

static void unshare(struct fork *f)
{
	if (!f->via)
		return;
	list_unlink(&f->rider);
	f->via = NULL;
	f->out = f->rtp;
}

static int open_ports(struct fork *f, const struct flow_conf *fc, struct err *e)
{
	if (f->conf.rtcp_apart)
		return flow_open_apart(f->conf.wire, fc, &f->rtp, &f->rtcp, e);
	return flow_open_pair(f->conf.wire, fc, &f->rtp, &f->rtcp, e);
}

struct fork *fork_new(const struct fork_conf *conf, struct err *e)
{
	struct fork *f = xcalloc(1, sizeof(*f));
	struct flow_conf fc = {.name = conf->name,
			       .local = &conf->local,
			       .recv = on_rtcp,
			       .error = on_refused,
			       .arg = f};

	f->conf = *conf;
	if (open_ports(f, &fc, e) < 0) {
		free(f);
		return NULL;
	}
	f->cname = xstrdup(conf->cname);
	f->out = f->rtp;
	if (conf->via)
		share(f, conf->via->via ? conf->via->via : conf->via);
	timer_init(&f->timer, conf->loop, on_rtcp_due, f);
	timer_init(&f->alive, conf->loop, on_alive_due, f);
	return f;
}

const struct addr *fork_source(const struct fork *f)
{
	return flow_addr(f->out);
}

uint16_t fork_rtcp_port(const struct fork *f)
{
	return flow_addr(f->rtcp)->port;
}

const struct addr *fork_addr(const struct fork *f)
{
	return flow_addr(f->rtp);
}

uint32_t fork_ssrc(const struct fork *f)
{
	return f->ssrc;
}

const struct addr *fork_dst(const struct fork *f)
{
	return &f->dst;
}

bool fork_is_taken(const struct fork *f)
{
	return f->aimed && !f->held;
}

const struct sdp_codec *fork_codec(const struct fork *f)
{
	return f->aimed ? &f->codec : NULL;
}

int64_t fork_unheard_us(const struct fork *f)
{
	return f->unheard_us;
}

void fork_was_heard(struct fork *f)
{
	f->unheard_us = 0;
}

uint64_t fork_unfit(const struct fork *f)
{
	return f->unfit;
}

/* ---- RTCP: an endpoint's own reports (RFC 7866 section 8.1.1) ---- */

static void send_report(struct fork *f, bool bye)
{
	int64_t now_us = media_wall_us(f);
	int64_t since_us = now_us - f->wall_us;
	struct rtcp_sender s = {.ssrc = f->ssrc,
				.wall_us = now_us,
				.packets = f->packets,
				.octets = f->octets};
	uint8_t out[RTCP_MAX + SEAL_ROOM];
	struct buf b;
	size_t n;

	/* RFC 3550 section 6.4.1: the same instant on both clocks */
	s.rtp_ts = f->ts + (uint32_t)(since_us * f->codec.rate / 1000000);
	f->sr_us = loop_now(f->conf.loop);
	f->sr_middle = rtcp_middle(now_us);
	buf_init(&b, RTCP_MAX);
	if (bye)
		rtcp_write_sr_bye(&b, &s, f->cname);
	else
		rtcp_write_sr(&b, &s, f->cname);
	memcpy(out, b.p, b.n);
	n = b.n;
	buf_fini(&b);
	if (f->seal && !seal_rtcp(f->seal, out, &n))
		return;
	/* c=0.0.0.0 and a=rtcp:0 lead nowhere */
	if (!f->rtcp_dst.port || addr_is_any(&f->rtcp_dst))
		return;
	flow_send(f->mux ? f->rtp : f->rtcp, &f->rtcp_dst, out, n);
	if (f->mux)
		f->out_us = now_us;
}

static void schedule(struct fork *f)
{
	timer_after(&f->timer,
		    rtcp_interval_us(!f->reported, rng_unit(f->conf.rng)));
}

static void on_rtcp_due(void *arg)
{
	struct fork *f = arg;

	if (f->packets)
		send_report(f, false);
	f->reported = true;
	schedule(f);
}

/* ---- signs of life (RFC 6263) ---- */

/* Section 4.1: an empty datagram, which no receiver takes for media. Where
 * RTCP goes by the same ports, its reports are the sign (section 4.3). */
static void on_alive_due(void *arg)
{
	struct fork *f = arg;
	int64_t now_us = loop_now(f->conf.loop);

	if (now_us - f->out_us >= f->conf.alive_us) {
		if (!addr_is_any(&f->dst))
			flow_send(f->out, &f->dst, "", 0);
		f->out_us = now_us;
	}
	timer_after(&f->alive, f->out_us + f->conf.alive_us - now_us);
}

static void keep_alive(struct fork *f)
{
	if (!f->conf.alive_us || timer_running(&f->alive))
		return;
	f->out_us = loop_now(f->conf.loop);
	timer_after(&f->alive, f->conf.alive_us);
}

/* ---- aiming ---- */

static bool is_event(const struct sdp_codec *c)
{
	return span_case_is(span_of(c->name), DTMF_CODEC);
}

static void map_codecs(struct fork *f, const struct sdp_media *offer,
		       const struct sdp_media *answer)
{
	size_t i;

	memset(f->map, DROP, sizeof(f->map));
	memset(f->event, 0, sizeof(f->event));
	for (i = 0; i < offer->n_codecs; i++) {
		const struct sdp_codec *c = &offer->codec[i];
		const struct sdp_codec *a = sdp_codec_like(answer, c);

		if (!a || c->pt >= sizeof(f->map))
			continue;
		f->map[c->pt] = a->pt;
		f->event[c->pt] = is_event(c);
	}
}

/* What the call sends comes first in the offer, and is sent as it is when the
 * answer has it: the clock of the reports is that codec's. */
static const struct sdp_codec *codec_sent(const struct sdp_media *offer,
					  const struct sdp_media *answer)
{
	size_t i;

	for (i = 0; i < offer->n_codecs; i++) {
		const struct sdp_codec *c = sdp_codec_like(answer,
							   &offer->codec[i]);

		if (c && !is_event(c))
			return c;
	}
	return &answer->codec[0];
}

/* ---- keys ---- */

const char *fork_suite(const struct fork *f)
{
	return f->seal ? suite_name(f->key.suite) : NULL;
}

void fork_unseal(struct fork *f)
{
	seal_free(f->seal);
	opener_free(f->opener);
	f->seal = NULL;
	f->opener = NULL;
}

/* A key that is used on is used as before: its counters never begin again
 * (RFC 3711 section 9.1). A new one takes them over, but not to elsewhere. */
static void seal_with(struct fork *f, const struct suite_key *key, bool moved)
{
	struct seal *before = f->seal;

	if (before && suite_key_eq(&f->key, key))
		return;
	f->seal = seal_new(key, moved ? NULL : before);
	f->key = *key;
	seal_free(before);
}

/* False: one side wants it secure and they did not agree how. */
static bool secure(struct fork *f, const struct sdp_media *ours,
		   const struct sdp_media *theirs)
{
	const struct sdp_crypto *our_line, *their_line;
	struct seal_mki mki;

	if (!sdp_is_secure(ours->proto)) {
		fork_unseal(f);
		return true;
	}
	if (!sdp_crypto_agreed(ours, theirs, &our_line, &their_line))
		return false;
	seal_with(f, &our_line->key, !addr_eq(&f->dst, &theirs->conn));
	if (!f->opener)
		f->opener = opener_new();
	mki = (struct seal_mki){their_line->mki, their_line->mki_n};
	opener_key(f->opener, &their_line->key, mki, false);
	return true;
}

bool fork_aim(struct fork *f, const struct sdp_media *offer,
	      const struct sdp_media *answer)
{
	bool takes = answer->dir == SDP_RECVONLY || answer->dir == SDP_SENDRECV;

	if (offer->port == 0 || answer->port == 0 || answer->n_codecs == 0 ||
	    answer->conn.family != fork_addr(f)->family ||
	    !secure(f, offer, answer)) {
		fork_stop(f);
		return false;
	}
	map_codecs(f, offer, answer);
	f->audio = strcmp(offer->type, "audio") == 0;
	f->refused = f->refused && addr_eq(&f->dst, &answer->conn);
	f->dst = answer->conn;
	f->mux = answer->rtcp_mux && offer->rtcp_mux;
	f->rtcp_dst = f->mux ? answer->conn : answer->rtcp;
	f->codec = *codec_sent(offer, answer);
	f->codec.fmtp = NULL;
	if (!f->codec.rate)
		f->codec.rate = 8000;
	f->aimed = true;
	/* RFC 3264 section 8.4: c=0.0.0.0 is the old form of hold */
	f->held = !takes || addr_is_any(&answer->conn);
	if (f->held)
		f->unheard_us = 0;
	if (!timer_running(&f->timer))
		schedule(f);
	keep_alive(f);
	return true;
}

void fork_stop(struct fork *f)
{
	timer_stop(&f->timer);
	timer_stop(&f->alive);
	if (f->aimed && f->packets)
		send_report(f, true);
	f->aimed = false;
	f->reported = false;
	f->unheard_us = 0;
	f->packets = f->octets = 0;
}

void fork_pause(struct fork *f, bool paused)
{
	f->paused = paused;
	if (paused)
		f->unheard_us = 0; /* what rests is not reported on */
}

void fork_free(struct fork *f)
{
	if (!f)
		return;
	fork_stop(f);
	fork_unseal(f);
	while (f->riders.head)
		unshare(container_of(f->riders.head, struct fork, rider));
	unshare(f);
	flow_close(f->rtp);
	flow_close(f->rtcp);
	free(f->cname);
	free(f);
}

/* ---- the packet's way; nothing is allocated here ---- */

/* What a pause withheld is no loss: sequence numbers go on where they were,
 * and a marker says that the time did not (RFC 3551 section 4.1). That of video
 * says that a frame ends (RFC 6184 section 5.1, RFC 7741 section 4.1). */
static void close_up(struct fork *f, const struct rtp *r, uint8_t *out)
{
	uint16_t seq;

	if (f->withheld && f->packets) {
		f->seq_shift = (uint16_t)(r->seq - f->last_seq - 1);
		out[1] |= f->audio ? 0x80 : 0;
	}
	f->withheld = false;
	seq = (uint16_t)(r->seq - f->seq_shift);
	out[2] = (uint8_t)(seq >> 8);
	out[3] = (uint8_t)seq;
	f->last_seq = seq;
}

void fork_send(struct fork *f, const void *p, size_t n)
{
	uint8_t out[RTP_MAX + SEAL_ROOM];
	struct rtp r;

	if (!f->aimed || n > RTP_MAX || !rtp_parse(p, n, &r))
		return;
	if (f->held || f->paused || f->map[r.pt] == DROP) {
		f->unfit += !f->held && !f->paused;
		f->withheld = true;
		return;
	}
	/* a translator keeps SSRC, sequence, time and payload (RFC 3550
	 * section 7.1); the payload type is the answer's (RFC 3264 6.1) */
	memcpy(out, p, n);
	out[1] = (uint8_t)((out[1] & 0x80) | f->map[r.pt]);
	if (f->ssrc != r.ssrc)
		f->packets = f->octets = f->seq_shift = 0;
	close_up(f, &r, out);
	if (f->seal && !seal_rtp(f->seal, out, &n)) {
		f->unfit++; /* older than the replay window */
		return;
	}
	/* the timestamp of an event stands still while time goes on (RFC 4733
	 * section 2.5.1.1): reports count from what was sent before it */
	if (!f->event[r.pt] || f->ssrc != r.ssrc) {
		f->ts = r.ts;
		f->wall_us = media_wall_us(f);
	}
	f->ssrc = r.ssrc;
	if (!f->unheard_us)
		f->unheard_us = loop_now(f->conf.loop);
	f->packets++;
	f->octets += (uint32_t)r.payload.n;
	f->out_us = loop_now(f->conf.loop);
	flow_send(f->out, &f->dst, out, n);
}
