/* Datagrams, each after an octet that says how long it is and one that says
 * how it comes: bit 0: SIP, 1: sent by us, 2: never arrives, 3: other way. */
#include <assert.h>

#include "sip/view.h"
#include "trace/ladder.h"

static void add_rtp(struct trace *t, int64_t now_us, const struct addr *src,
		    const struct addr *dst, struct span p, uint8_t how)
{
	struct trace_rtp *r = trace_rtp_of(t, src, dst, p.p, p.n);

	if (!r)
		return;
	if (how & 2)
		trace_rtp_sent(r, now_us);
	if (!(how & 4))
		trace_rtp_received(t, r, now_us, p.p, p.n);
	assert(r->received + r->duplicates == r->n_log);
	assert(r->lost <= r->sent + r->received * 3000);
}

static void add_sip(struct trace *t, int64_t now_us, const struct addr *src,
		    const struct addr *dst, struct span p, uint8_t how)
{
	struct trace_sip *m = trace_add_sip(t, now_us, src, dst, p.p, p.n);

	assert(span_eq(m->text, p));
	if (!(how & 4))
		trace_sip_arrived(m, now_us + 1000);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size), p;
	struct addr a = addr_loopback(1), b = addr_loopback(2);
	struct trace *t = trace_new();
	struct buf out;
	uint8_t n, how;
	int64_t now_us = 0;

	trace_set_classifier(t, sip_classify);
	trace_log_arrivals(t, true);
	trace_name_addr(t, &a, "src");
	trace_bind_call_id(t, span_of("c"), 0);
	while (rd_u8(&rest, &n) && rd_u8(&rest, &how)) {
		const struct addr *src = how & 8 ? &b : &a;
		const struct addr *dst = how & 8 ? &a : &b;

		if (!rd_bytes(&rest, n < rest.n ? n : rest.n, &p))
			break;
		now_us += how * 100;
		if (how & 1)
			add_sip(t, now_us, src, dst, p, how);
		else
			add_rtp(t, now_us, src, dst, p, how);
	}
	buf_init(&out, 1024 * 1024);
	trace_ladder(t, 0, INT64_MAX, &out);
	buf_fini(&out);
	trace_free(t);
	return 0;
}
