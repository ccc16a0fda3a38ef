#include "core/suite.h"

#include <string.h>

static const struct {
	const char *name;
	size_t key; /* of the cipher, and the salt */
} suites[SUITES] = {
	[SUITE_AES_CM_128_HMAC_SHA1_80] = {"AES_CM_128_HMAC_SHA1_80", 16 + 14},
	[SUITE_AES_CM_128_HMAC_SHA1_32] = {"AES_CM_128_HMAC_SHA1_32", 16 + 14},
	[SUITE_AES_256_CM_HMAC_SHA1_80] = {"AES_256_CM_HMAC_SHA1_80", 32 + 14},
	[SUITE_AES_256_CM_HMAC_SHA1_32] = {"AES_256_CM_HMAC_SHA1_32", 32 + 14},
	[SUITE_AEAD_AES_128_GCM] = {"AEAD_AES_128_GCM", 16 + 12},
	[SUITE_AEAD_AES_256_GCM] = {"AEAD_AES_256_GCM", 32 + 12},
};

const char *suite_name(enum suite s)
{
	return suites[s].name;
}

size_t suite_key_len(enum suite s)
{
	return suites[s].key;
}

bool suite_find(struct span name, enum suite *out)
{
	int s;

	for (s = 0; s < SUITES; s++) {
		if (span_is(name, suites[s].name)) {
			*out = (enum suite)s;
			return true;
		}
	}
	return false;
}

bool suite_key_eq(const struct suite_key *a, const struct suite_key *b)
{
	return a->suite == b->suite &&
	       memcmp(a->key, b->key, suite_key_len(a->suite)) == 0;
}
