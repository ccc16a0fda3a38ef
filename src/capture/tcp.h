/*
 * capture/tcp.h - SIP messages out of TCP segments
 *
 * Puts the octets of each direction of a connection in order, whatever way
 * their segments came, and cuts them into messages by Content-Length (RFC 3261
 * section 18.3). What does not begin like SIP costs no memory. After a hole
 * reading goes on where a segment begins with a message.
 */
#ifndef CAPTURE_TCP_H
#define CAPTURE_TCP_H

#include <stddef.h>

#include "capture/capture.h"

struct tcp;

struct tcp *tcp_new(void);
void tcp_free(struct tcp *t); /* NULL is fine */

/* Takes in a segment; `h` gets each message that it completes, with the time
 * and the number of the frame that did. A message that the snap length cut is
 * handed out as far as it is there, when its header is. */
void tcp_add(struct tcp *t, const struct capture_packet *segment,
	     capture_packet_h *h, void *arg);

/* The capture is over: what still waits for a segment that is missing is handed
 * out without it. */
void tcp_flush(struct tcp *t, capture_packet_h *h, void *arg);

/* For the handlers: the frames that hold octets of the message, at most the
 * last 64 of them. */
const size_t *tcp_frames(const struct tcp *t, size_t *n);

#endif
