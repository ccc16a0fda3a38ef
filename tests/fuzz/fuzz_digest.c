/* The value of a challenge, of credentials, and of Authentication-Info. */
#include <assert.h>

#include "sip/digest.h"

static void check_inside(struct span part, struct span all)
{
	assert(part.n == 0 ||
	       (part.p >= all.p && part.p + part.n <= all.p + all.n));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span all = span_from((const char *)data, size), rest = all;
	struct sip_challenge c;
	struct sip_credentials r;
	struct span nonce;
	size_t n = 0;

	if (size > 65000)
		return 0;
	while (n++ < 32 && sip_challenge_take(&rest, &c)) {
		check_inside(c.realm, all);
		check_inside(c.nonce, all);
		check_inside(c.opaque, all);
		assert(c.algorithm == SIP_DIGEST_UNKNOWN ||
		       (c.realm.p && c.nonce.p));
	}
	if (sip_credentials_read(all, &r)) {
		check_inside(r.response, all);
		assert(r.algorithm != SIP_DIGEST_UNKNOWN);
		sip_credentials_fit(&r, span_of("INVITE"), "secret");
	}
	if (sip_nextnonce(all, &nonce))
		check_inside(nonce, all);
	return 0;
}
