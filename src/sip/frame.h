/*
 * sip/frame.h - messages in a stream of bytes (RFC 3261 section 18.3)
 *
 * A message ends where its Content-Length says. Bytes may come in any pieces;
 * what a peer sends is bounded before it is kept.
 */
#ifndef SIP_FRAME_H
#define SIP_FRAME_H

#include "core/buf.h"
#include "core/err.h"

enum {
	SIP_FRAME_HEAD = 65536,	  /* longest head */
	SIP_FRAME_BODY = 1 << 20, /* longest body */
	SIP_FRAME_MAX = 2 * (SIP_FRAME_HEAD + SIP_FRAME_BODY)
};

enum sip_frame_got {
	SIP_FRAME_MORE,	   /* nothing whole yet */
	SIP_FRAME_MESSAGE, /* a message */
	SIP_FRAME_PING,	   /* CRLF CRLF, to be answered with CRLF (RFC 5626
			    * section 4.4.1) */
	SIP_FRAME_GARBAGE  /* no way to tell where the next message begins */
};

struct sip_frame {
	struct buf in;
	size_t done;	/* bytes of `in` that were handed out */
	size_t scanned; /* of what is left: no end of head before that */
	size_t whole;	/* length of the message that has begun, once known */
	size_t ends;	/* line ends between messages, of a ping */
};

void sip_frame_init(struct sip_frame *f);
void sip_frame_fini(struct sip_frame *f);

/* Takes bytes. False when they are more than SIP_FRAME_MAX together: no peer
 * whose messages are taken out as they come gets there. */
bool sip_frame_add(struct sip_frame *f, const void *p, size_t n);

/* The next thing in there. `what` is the message, valid until the next call;
 * with GARBAGE what is left of the stream, and `e` says what is wrong with it.
 * After GARBAGE it is GARBAGE for ever. */
enum sip_frame_got sip_frame_next(struct sip_frame *f, struct span *what,
				  struct err *e);

#endif
