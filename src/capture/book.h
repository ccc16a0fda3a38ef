/*
 * capture/book.h - which codec a payload type means, and where
 *
 * Collects what the SDP of captured SIP messages says about an address, and
 * when: addresses are used again by later calls.
 */
#ifndef CAPTURE_BOOK_H
#define CAPTURE_BOOK_H

#include <stdint.h>

#include "capture/capture.h"

struct capture_book;

struct capture_book *capture_book_new(void);
void capture_book_free(struct capture_book *b); /* NULL is fine */

/* Looks whether a datagram is SIP with SDP, and notes its codecs. */
void capture_book_read(struct capture_book *b, const struct capture_packet *p);

/* Fills in codec, rate, channels, rtpmap, fmtp from addresses, payload type
 * and time of the first packet. What the destination asked for counts most,
 * then what the source said (RFC 3264 section 5.1: payload types are the
 * receiver's), then the static types. */
void capture_book_name(const struct capture_book *b, struct capture_rtp *s);

#endif
