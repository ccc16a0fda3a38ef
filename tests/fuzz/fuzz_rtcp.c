/* Any datagram as compound RTCP; what was read, written and read again, is the
 * same. */
#include <assert.h>
#include <stdint.h>
#include <string.h>

#include "media/rtcp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_sender(const struct rtcp_seen *seen)
{
	struct rtcp_seen again;
	struct buf b;

	buf_init(&b, 1500);
	rtcp_write_sr_bye(&b, &seen->sender, seen->cname);
	assert(!b.overflow && rtcp_parse(b.p, b.n, &again));
	assert(again.sr && again.bye);
	assert(again.sender.packets == seen->sender.packets);
	assert(again.sender.rtp_ts == seen->sender.rtp_ts);
	/* Before 1970 only a wrong clock can be; the start of NTP's second era
	 * looks like no clock at all. */
	assert(seen->sender.wall_us <= 0 ||
	       seen->sender.wall_us == INT64_C(2085978496000000) ||
	       again.sender.wall_us == seen->sender.wall_us);
	assert(!strcmp(again.cname, seen->cname));
	buf_fini(&b);
}

static void check_block(const struct rtcp_seen *seen)
{
	struct rtcp_seen again;
	struct buf b;

	buf_init(&b, 1500);
	rtcp_write_rr(&b, seen->ssrc, &seen->block, seen->cname);
	assert(!b.overflow && rtcp_parse(b.p, b.n, &again));
	assert(again.rr && again.ssrc == seen->ssrc);
	assert(again.block.lost == seen->block.lost);
	assert(again.block.fraction == seen->block.fraction);
	assert(again.block.dlsr == seen->block.dlsr);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rtcp_seen seen;

	if (!rtcp_parse(data, size, &seen))
		return 0;
	assert(rtcp_is(data, size));
	assert(seen.sr || seen.rr);
	assert(strlen(seen.cname) < sizeof(seen.cname));
	if (seen.sr)
		check_sender(&seen);
	if (seen.has_block)
		check_block(&seen);
	return 0;
}
