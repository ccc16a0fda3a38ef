/*
 * sip/print.h - messages that we send, every byte of them
 */
#ifndef SIP_PRINT_H
#define SIP_PRINT_H

#include "core/addr.h"
#include "core/buf.h"
#include "sip/view.h"

/* Longest message: what a datagram carries. */
enum { SIP_MAX = 65000 };

/* What a user agent of ours answers with more than 405. */
#define SIP_ALLOW "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK"

struct sip_out {
	const char *method;
	const char *uri;
	const char *via;       /* "UDP 192.0.2.1:5060": where we are */
	const char *branch;    /* without the magic cookie */
	const char *from, *to; /* whole values with tags */
	const char *call_id;
	uint32_t cseq;
	const char *cseq_method;  /* NULL: method */
	const char *route;	  /* Route values, comma list, or NULL */
	const char *contact;	  /* whole value, or NULL */
	const char *credentials;  /* whole lines with CRLF, or NULL */
	const char *headers;	  /* whole lines with CRLF, or NULL */
	const char *content_type; /* NULL: no body */
	struct span body;
};

/* Appends the request: Via, Max-Forwards, Route, From, To, Call-ID, CSeq,
 * Contact, User-Agent, `credentials`, `headers`, Content-Type, Content-Length, body. */
void sip_print_request(struct buf *b, const struct sip_out *r);

struct sip_reply {
	int code;
	const char *reason; /* NULL: the usual one */
	/* where the request came from: the topmost Via gets `received` and
	 * `rport` (RFC 3261 section 18.2.1, RFC 3581 section 4); NULL: it stays
	 * as it is */
	const struct addr *from;
	const char *to_tag; /* added when the request has none */
	const char *contact;
	const char *headers;
	const char *content_type;
	struct span body;
};

/* Appends the response: Via, Record-Route, From, To, Call-ID, CSeq of the
 * request (RFC 3261 section 8.2.6.2), then as above. */
void sip_print_reply(struct buf *b, const struct sip_view *req,
		     const struct sip_reply *r);

/* ACK to a final response other than 2xx: same branch, Route and request URI
 * as the INVITE, To of the response (RFC 3261 section 17.1.1.3), and its
 * credentials (section 22.1). */
void sip_print_ack(struct buf *b, const struct sip_view *invite,
		   const struct sip_view *resp);

/* CANCEL of an INVITE (RFC 3261 section 9.1); nobody may ask it for
 * credentials (section 22.1). */
void sip_print_cancel(struct buf *b, const struct sip_view *invite,
		      const char *headers);

/* "Busy Here"; for codes nobody registered the reason of the class. */
const char *sip_reason(int code);

#endif
