/*
 * A stream of SIP: what comes out must not depend on how it was cut. The first
 * octet says how long the pieces are.
 */
#include <stdlib.h>

#include "core/buf.h"
#include "sip/frame.h"

static bool take(struct sip_frame *f, struct buf *out)
{
	struct err e = ERR_INIT;
	struct span what;

	for (;;) {
		switch (sip_frame_next(f, &what, &e)) {
		case SIP_FRAME_MORE:
			return true;
		case SIP_FRAME_MESSAGE:
			buf_add_span(out, what);
			break;
		case SIP_FRAME_PING:
			buf_add_char(out, '.');
			break;
		case SIP_FRAME_GARBAGE:
			buf_add_str(out, e.text);
			return false;
		}
	}
}

static void frame(struct span in, size_t step, struct buf *out)
{
	struct sip_frame f;

	sip_frame_init(&f);
	while (in.n) {
		size_t n = step < in.n ? step : in.n;

		if (!sip_frame_add(&f, in.p, n))
			abort();
		in = span_skip(in, n);
		if (!take(&f, out))
			break;
	}
	sip_frame_fini(&f);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = span_from((const char *)data, size);
	struct buf whole, cut;
	uint8_t step;

	if (!rd_u8(&in, &step) || in.n > SIP_FRAME_HEAD)
		return 0;
	buf_init(&whole, SIP_FRAME_MAX);
	buf_init(&cut, SIP_FRAME_MAX);
	frame(in, in.n ? in.n : 1, &whole);
	frame(in, step ? step : 1, &cut);
	if (!span_eq(buf_span(&whole), buf_span(&cut)))
		abort();
	buf_fini(&whole);
	buf_fini(&cut);
	return 0;
}
