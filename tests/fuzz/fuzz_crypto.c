/* Any bytes as what stands after "a=crypto:", and as packets that its key
 * opens. A line without a fault is written and read again as the same. */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "media/srtp.h"
#include "sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(const struct sdp_crypto *c)
{
	struct sdp_crypto again;
	struct buf b;

	buf_init(&b, 512);
	sdp_crypto_write(&b, c->tag, &c->key);
	assert(!b.overflow);
	sdp_crypto_read(span_trim(span_skip(buf_span(&b), strlen("a=crypto:"))),
			&again);
	assert(!again.fault[0] && again.tag == c->tag && !again.mki_n);
	assert(suite_key_eq(&again.key, &c->key));
	buf_fini(&b);
}

/* What nobody closed does not open, but by a chance of one in 2^32. */
static void open_as_packet(const struct sdp_crypto *c, struct span packet)
{
	struct seal_mki mki = {c->mki, c->mki_n};
	struct opener *o = opener_new();
	uint8_t *out = malloc(packet.n + 1);
	size_t n = packet.n;

	opener_key(o, &c->key, mki, false);
	opener_rtp(o, packet.p, &n, out);
	assert(n <= packet.n);
	n = packet.n;
	opener_rtcp(o, packet.p, &n, out);
	assert(n <= packet.n);
	free(out);
	opener_free(o);
}

/* The first line is the attribute, the rest a packet. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data, size);
	struct span line = span_cut(&rest, '\n');
	struct sdp_crypto c;

	sdp_crypto_read(line, &c);
	assert(strlen(c.fault) < sizeof(c.fault) && c.mki_n <= SDP_MKI);
	if (c.fault[0])
		return 0;
	assert(c.tag);
	write_back(&c);
	if (rest.n <= SEAL_PACKET)
		open_as_packet(&c, rest);
	return 0;
}
