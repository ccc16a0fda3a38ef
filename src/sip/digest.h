/*
 * sip/digest.h - digest authentication (RFC 7616, RFC 8760, RFC 3261 22)
 *
 * Challenges and credentials are read as they lie in their bytes: a quoted
 * text is what stands between the quotes, escapes left in, which is also what
 * is hashed (RFC 7616 section 3.4.1, "unq"). Who asks and who answers are in
 * sip/auth.h and in the recorder.
 */
#ifndef SIP_DIGEST_H
#define SIP_DIGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/span.h"

/* From weak to strong. */
enum sip_digest_algorithm {
	SIP_DIGEST_UNKNOWN,
	SIP_DIGEST_MD5,
	SIP_DIGEST_MD5_SESS,
	SIP_DIGEST_SHA256,
	SIP_DIGEST_SHA256_SESS,
	SIP_DIGEST_SHA512_256,
	SIP_DIGEST_SHA512_256_SESS,
	SIP_DIGESTS
};

/* "SHA-256", in any case; nothing is MD5 (RFC 7616 section 3.3). */
enum sip_digest_algorithm sip_digest_algorithm(struct span name);
const char *sip_digest_name(enum sip_digest_algorithm a);
/* Whether it hashes a cnonce in any case. */
bool sip_digest_is_sess(enum sip_digest_algorithm a);

/* Spans borrow from the header. */
struct sip_challenge {
	struct span realm, nonce, opaque;
	bool has_opaque;
	struct span algorithm_name; /* empty: not said */
	enum sip_digest_algorithm algorithm;
	bool has_qop, qop_auth; /* qop is said, and has "auth" */
	bool stale;
};

/* Cuts the first challenge off a WWW-Authenticate or Proxy-Authenticate value;
 * several in one line are cut one after the other. False when nothing is left.
 * What is no usable Digest challenge, of another scheme or without realm and
 * nonce, comes back with the algorithm UNKNOWN. */
bool sip_challenge_take(struct span *value, struct sip_challenge *c);

struct sip_credentials {
	struct span user, realm, nonce, uri, response, opaque, cnonce;
	struct span algorithm_name;
	enum sip_digest_algorithm algorithm;
	struct span qop, nc; /* both empty: the way of RFC 2069 */
};

/* Reads an Authorization or Proxy-Authorization value. False when it is of
 * another scheme, or lacks what every answer has. */
bool sip_credentials_read(struct span value, struct sip_credentials *c);

/* The nonce that an Authentication-Info value names for the next request. */
bool sip_nextnonce(struct span value, struct span *nonce);

/* What an answer is made of; everything borrowed, texts without quotes. */
struct sip_digest {
	enum sip_digest_algorithm algorithm; /* not UNKNOWN */
	struct span user, realm, password, nonce, method, uri;
	struct span cnonce, nc; /* with qop, and with -sess algorithms */
	bool qop;		/* "auth" (RFC 7616 section 3.4.1) */
};

enum { SIP_DIGEST_HEX = 64 };

/* Writes the response in lower-case hex, and a NUL. */
void sip_digest_response(const struct sip_digest *d,
			 char out[SIP_DIGEST_HEX + 1]);

/* Whether credentials answer for that method and password. The time that it
 * takes tells nothing of the right answer. */
bool sip_credentials_fit(const struct sip_credentials *c, struct span method,
			 const char *password);

#endif
