/*
 * Segments in any order: each has an octet that picks direction and flags, one
 * that moves the sequence number, one of length, and its octets.
 */
#include <stdlib.h>

#include "capture/ends.h"
#include "capture/leg.h"
#include "capture/tcp.h"
#include "core/buf.h"

struct run {
	struct tcp *tcp;
	struct legs *legs;
	uint32_t seq[2];
	struct capture_packet p;
};

static void on_message(const struct capture_packet *p, void *arg)
{
	struct run *r = arg;
	size_t n;

	tcp_frames(r->tcp, &n);
	if (n > 64)
		abort();
	legs_add(r->legs, p);
}

static void take(struct run *r, uint8_t what, uint8_t move, struct span data)
{
	unsigned way = what >> 7;

	addr_parse(span_of(way ? "10.0.0.1:5060" : "10.0.0.2:5060"), &r->p.src);
	addr_parse(span_of(way ? "10.0.0.2:5060" : "10.0.0.1:5060"), &r->p.dst);
	r->p.tcp = true;
	r->p.flags = what & 7;
	r->p.seq = r->seq[way] + (uint32_t)((int8_t)move * 4);
	r->p.length = data.n + (what >> 3 & 3);
	r->p.cut = r->p.length > data.n;
	r->p.data = data;
	r->p.at_us += what & 0x40 ? 1000000 : 1000;
	r->p.frame++;
	tcp_add(r->tcp, &r->p, on_message, r);
	r->seq[way] += (uint32_t)r->p.length + (what >> 1 & 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), part;
	struct ends *ends = ends_new();
	struct run r = {.tcp = tcp_new(), .legs = legs_new(ends)};
	uint8_t what, move, n;
	struct leg *l;

	while (rd_u8(&rest, &what) && rd_u8(&rest, &move) && rd_u8(&rest, &n) &&
	       rd_bytes(&rest, n < rest.n ? n : rest.n, &part))
		take(&r, what, move, part);
	tcp_flush(r.tcp, on_message, &r);
	for (l = legs_next(r.legs, NULL); l; l = legs_next(r.legs, l))
		leg_close(l);
	tcp_free(r.tcp);
	legs_free(r.legs);
	ends_free(ends);
	return 0;
}
