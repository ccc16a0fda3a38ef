#include "recorder/reception.h"

/* RFC 3550 section A.1 */
enum { MAX_DROPOUT = 3000, MAX_MISORDER = 100 };

static uint32_t expected(const struct reception *r)
{
	return r->cycles + r->max_seq - r->base_seq + 1;
}

static uint64_t lost_here(const struct reception *r)
{
	uint64_t wanted = r->begun ? expected(r) : 0;

	return wanted > r->received_here ? wanted - r->received_here : 0;
}

uint64_t reception_lost(const struct reception *r)
{
	return r->lost_before + lost_here(r);
}

static void begin(struct reception *r, const struct rtp *p)
{
	r->lost_before = reception_lost(r);
	r->begun = true;
	if (r->ssrc != p->ssrc)
		r->lsr = 0;
	r->ssrc = p->ssrc;
	r->max_seq = p->seq;
	r->base_seq = p->seq;
	r->cycles = 0;
	r->received_here = 0;
	r->expected_prior = 0;
	r->received_prior = 0;
	r->transit = INT64_MIN;
	r->jitter = 0;
}

static void take_seq(struct reception *r, const struct rtp *p)
{
	uint16_t ahead = (uint16_t)(p->seq - r->max_seq);

	if (!r->begun || r->ssrc != p->ssrc ||
	    (ahead >= MAX_DROPOUT && ahead <= 65536 - MAX_MISORDER)) {
		begin(r, p);
	} else if (ahead < MAX_DROPOUT) {
		if (p->seq < r->max_seq)
			r->cycles += 65536;
		r->max_seq = p->seq;
	}
}

/* Section A.8. A timestamp's wrap looks like a jump of half a range: left out.
 */
static void take_jitter(struct reception *r, const struct rtp *p,
			int64_t now_us)
{
	int64_t rate = r->rate ? r->rate : 8000;
	int64_t transit = now_us * rate / 1000000 - (int64_t)p->ts;
	int64_t d = transit - r->transit;

	if (r->transit != INT64_MIN) {
		if (d < 0)
			d = -d;
		if (d < INT64_C(1) << 31)
			r->jitter += ((double)d - r->jitter) / 16;
	}
	r->transit = transit;
}

void reception_event(struct reception *r, const struct rtp *p)
{
	take_seq(r, p);
	r->received++;
	r->received_here++;
}

void reception_packet(struct reception *r, const struct rtp *p, int64_t now_us)
{
	reception_event(r, p);
	take_jitter(r, p, now_us);
}

void reception_sr(struct reception *r, const struct rtcp_sender *s,
		  int64_t now_us)
{
	if (!r->begun || s->ssrc != r->ssrc || s->wall_us <= 0)
		return;
	r->lsr = rtcp_middle(s->wall_us);
	r->sr_us = now_us;
}

static uint8_t fraction(uint32_t wanted, int64_t lost)
{
	if (wanted == 0 || lost <= 0)
		return 0;
	lost = lost * 256 / wanted;
	return lost > 255 ? 255 : (uint8_t)lost;
}

void reception_block(struct reception *r, int64_t now_us, struct rtcp_block *b)
{
	uint32_t wanted = expected(r) - r->expected_prior;
	int64_t came = (int64_t)(r->received_here - r->received_prior);
	uint64_t lost = lost_here(r);

	b->ssrc = r->ssrc;
	b->fraction = fraction(wanted, (int64_t)wanted - came);
	b->lost = lost > 0x7fffff ? 0x7fffff : (int32_t)lost;
	b->highest_seq = r->cycles + r->max_seq;
	b->jitter = (uint32_t)r->jitter;
	b->lsr = r->lsr;
	b->dlsr = 0;
	if (r->lsr)
		b->dlsr = (uint32_t)((now_us - r->sr_us) * 65536 / 1000000);
	r->expected_prior = expected(r);
	r->received_prior = r->received_here;
}
