/* Any datagram: RTP or not, never both RTP and RTCP, and written again it says
 * the same. */
#include <assert.h>
#include <stdint.h>

#include "media/dtmf.h"
#include "media/rtcp.h"
#include "media/rtp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A packet is one key at most, and one that there is. */
static void hear(const struct rtp *r)
{
	struct dtmf_ear ear = {.any = false};
	struct dtmf_key key;
	int told = dtmf_hear(&ear, r, &key);

	assert(!told || dtmf_event(key.key) >= 0);
	assert(!told || !dtmf_hear(&ear, r, &key));
	assert(!(dtmf_hear_end(&ear, &key) && told));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	uint8_t packet[RTP_MAX];
	struct rtp in, out;
	size_t n;

	if (!rtp_parse(data, size, &in))
		return 0;
	assert(!rtcp_is(data, size));
	hear(&in);
	assert(in.payload.n <= size - RTP_HEADER);
	n = rtp_write(&in, packet);
	assert(!n == (in.payload.n > RTP_MAX - RTP_HEADER));
	if (!n)
		return 0;
	assert(rtp_parse(packet, n, &out));
	assert(in.marker == out.marker && in.pt == out.pt);
	assert(in.seq == out.seq && in.ts == out.ts && in.ssrc == out.ssrc);
	assert(span_eq(in.payload, out.payload));
	return 0;
}
