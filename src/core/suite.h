/*
 * core/suite.h - how media is encrypted: the crypto suites of SRTP
 *
 * A suite has a name in SDP (RFC 4568 section 6.2, RFC 6188, RFC 7714) and a
 * master key and salt of a fixed length, one after the other.
 */
#ifndef CORE_SUITE_H
#define CORE_SUITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

enum suite {
	SUITE_AES_CM_128_HMAC_SHA1_80,
	SUITE_AES_CM_128_HMAC_SHA1_32,
	SUITE_AES_256_CM_HMAC_SHA1_80,
	SUITE_AES_256_CM_HMAC_SHA1_32,
	SUITE_AEAD_AES_128_GCM,
	SUITE_AEAD_AES_256_GCM,
	SUITES
};

enum { SUITE_KEY = 46 }; /* octets of the longest key and salt */

/* A suite with the key of one direction of one stream. */
struct suite_key {
	enum suite suite;
	uint8_t key[SUITE_KEY]; /* suite_key_len(suite) octets */
};

const char *suite_name(enum suite s); /* "AES_CM_128_HMAC_SHA1_80" */
size_t suite_key_len(enum suite s);   /* octets of key and salt */

/* The suite of this name; false for others. Case counts: RFC 4568 section 9.2
 * has them as tokens of their own. */
bool suite_find(struct span name, enum suite *out);

bool suite_key_eq(const struct suite_key *a, const struct suite_key *b);

#endif
