/*
 * sip/head.h - what a user agent asks of a message before it acts on it
 *
 * libosip2 reads the head; the rules below are those that it does not apply.
 * A message that passes has one of each header that a transaction and a
 * dialog rest on, and those are well-formed.
 */
#ifndef SIP_HEAD_H
#define SIP_HEAD_H

#include "core/addr.h"
#include "core/err.h"
#include "sip/view.h"

struct osip_message;

/* RFC 3261 section 8.1.1 and 20: one Via with branch, From with tag, To,
 * Call-ID, CSeq that fits the method or the status, a status of 100 to 699, no
 * header twice that may stand once, a Content-Length that the datagram holds,
 * CRLF line ends. -1 with ERR_INPUT and what is wrong. */
int sip_head_check(const struct sip_view *v, struct err *e);

/* For transactions: the head as libosip2 reads it, without body; freed by
 * osip. NULL with ERR_INPUT. */
struct osip_message *sip_head_parse(const struct sip_view *v, struct err *e);

/* Both of them, for who needs no message of osip's: 0 when they take it. */
int sip_head_test(const struct sip_view *v, struct err *e);

struct sip_uri {
	char scheme[8];	    /* "sip", "sips", "tel" */
	char user[128];	    /* "" without one */
	char host[256];	    /* without brackets; "" for tel */
	uint16_t port;	    /* 0: not given */
	char transport[16]; /* of ;transport=, or "" */
	bool lr;
};

/* False when it is no SIP, SIPS or tel URI, or its port is out of range. */
bool sip_uri_parse(struct span text, struct sip_uri *u);

/* The transport of requests for it: TLS for a SIPS URI (RFC 3261 section
 * 26.2.2), what ;transport= says, or `otherwise`. False for a transport that
 * there is not, for a SIPS URI that asks for UDP, and for no SIP URI. */
bool sip_uri_proto(const struct sip_uri *u, enum addr_proto otherwise,
		   enum addr_proto *out);

/* Whether requests can go there by what the URI says: -1 with ERR_INPUT and what
 * would be right. */
int sip_uri_check(struct span text, struct err *e);

/* Where responses to a request go (RFC 3261 section 18.2.2, RFC 3581): the
 * address it came from, over UDP with the port of the topmost Via unless that
 * has rport. */
void sip_reply_addr(const struct sip_view *req, const struct addr *from,
		    struct addr *out);

/* The same without a look at rport: where the sender of a request with this
 * topmost Via listens. */
void sip_via_addr(struct span via, const struct addr *from, struct addr *out);

#endif
