/*
 * media/srtp.h - encrypted RTP and RTCP (RFC 3711), above libsrtp2
 *
 * A seal is one key of one direction of a stream: it closes what is sent, or
 * opens what comes. It keeps rollover counters and the replay window of each
 * SSRC. When the key of a direction changes and the way does not, the new seal
 * takes over the counters (RFC 3711 section 3.3.1).
 *
 * An opener also takes, for a while after such a change, what was sent before
 * the sender knew that the new key was agreed on.
 */
#ifndef MEDIA_SRTP_H
#define MEDIA_SRTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/suite.h"

struct seal;

/* Octets that closing a packet may add; the buffer must have this much room. */
enum { SEAL_ROOM = 160, SEAL_PACKET = 65535 };

enum seal_result {
	SEAL_OK,
	SEAL_FORGED,   /* does not authenticate: another key, or damaged */
	SEAL_REPLAYED, /* came before, or is too old to tell */
	SEAL_BROKEN    /* no packet at all */
};

/* Master key identifier of what comes (RFC 3711 section 3.1), as it stands in
 * the packets. */
struct seal_mki {
	const uint8_t *p;
	size_t n; /* 0: none, up to 128 */
};

/* Readies the library under this, which takes some 40 ms once a process; who
 * does not call it pays with the first seal. Not before a fork. */
void seal_prepare(void);

/* ---- sending ---- */

/* `before`: the seal that it replaces on the same way, or NULL. */
struct seal *seal_new(const struct suite_key *key, const struct seal *before);
void seal_free(struct seal *s); /* NULL is fine */

/* Close a packet in place; `*n` grows by up to SEAL_ROOM. False when it cannot
 * be: no packet, or one that is older than the replay window. */
bool seal_rtp(struct seal *s, void *p, size_t *n);
bool seal_rtcp(struct seal *s, void *p, size_t *n);

/* ---- receiving ---- */

struct opener;

/* New one without a key: everything is SEAL_BROKEN. */
struct opener *opener_new(void);
void opener_free(struct opener *o); /* NULL is fine */

/* The sender's key from now on; the same key again changes nothing. `anew`: it
 * sends to another address, so its counters begin at zero (RFC 3711 section
 * 3.2.3). */
void opener_key(struct opener *o, const struct suite_key *key,
		struct seal_mki mki, bool anew);

/* Writes the clear packet into `out`, which has room for `n` octets, at most
 * SEAL_PACKET, and its length into `*n`. */
enum seal_result opener_rtp(struct opener *o, const void *p, size_t *n,
			    void *out);
enum seal_result opener_rtcp(struct opener *o, const void *p, size_t *n,
			     void *out);

#endif
