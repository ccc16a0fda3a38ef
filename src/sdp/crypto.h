/*
 * sdp/crypto.h - keys of SRTP in descriptions (a=crypto, RFC 4568)
 *
 * Each side says the key of what it sends. An offer has a line for each suite
 * that will do, best first; an answer has one line, with the tag and suite of
 * the line it takes and a key of its own.
 */
#ifndef SDP_CRYPTO_H
#define SDP_CRYPTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "core/suite.h"

enum {
	SDP_CRYPTOS = 16, /* lines of one section that are read */
	SDP_MKI = 128,	  /* octets of a master key identifier, RFC 4568 6.1 */
	SDP_CRYPTO_FAULT = 96
};

struct sdp;
struct sdp_media;

/* One a=crypto line. */
struct sdp_crypto {
	uint32_t tag;	      /* 0 when it cannot be read */
	struct suite_key key; /* when there is no fault */
	uint8_t mki_n;	      /* octets that its packets carry; 0: none */
	uint8_t mki[SDP_MKI]; /* big-endian */
	char fault[SDP_CRYPTO_FAULT]; /* why it cannot be used, or "" */
};

/* Reads what comes after "a=crypto:". A line that cannot be used is one with a
 * fault, among these what we do not do: an unknown suite, several keys,
 * session parameters that change how packets are made (RFC 4568 section 6.3).
 * Lifetimes are read and not watched. */
void sdp_crypto_read(struct span value, struct sdp_crypto *out);

/* Appends "a=crypto:TAG SUITE inline:KEY" and CRLF. */
void sdp_crypto_write(struct buf *b, uint32_t tag, const struct suite_key *key);

/* RTP/SAVP or RTP/SAVPF. */
bool sdp_is_secure(const char *proto);

/* The line of an offer that an answerer takes: the first without a fault whose
 * suite is in `suites` (bits 1 << enum suite); NULL: none will do. */
const struct sdp_crypto *sdp_crypto_choose(const struct sdp_media *offer,
					   unsigned suites);

/* The lines by which `ours` and `theirs` agreed: the same tag and suite, and
 * one side, the one that answered, has no other. False: they did not. */
bool sdp_crypto_agreed(const struct sdp_media *ours,
		       const struct sdp_media *theirs,
		       const struct sdp_crypto **our_line,
		       const struct sdp_crypto **their_line);

/* Whether the lines of `answer` that are accepted are as secure as those of
 * `offer` and keyed as RFC 4568 section 5.1.2 says. -1 with ERR_INPUT and what
 * is wrong: "m-line 1 offered RTP/SAVP, answered RTP/AVP: in clear". */
int sdp_check_keys(const struct sdp *offer, const struct sdp *answer,
		   struct err *e);

#endif
