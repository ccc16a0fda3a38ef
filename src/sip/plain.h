/*
 * sip/plain.h - messages and URIs that need no second look
 *
 * Nearly all that comes is written in the plainest form the grammar of
 * RFC 3261 section 25.1 has: nothing folded, quoted or abbreviated. What is
 * plain is read in one pass and is known to pass all of sip/head.h, libosip2's
 * parser too; what is not may still be right, and is looked at there.
 */
#ifndef SIP_PLAIN_H
#define SIP_PLAIN_H

#include "sip/view.h"

/* Whether sip_head_check and sip_head_parse are known to take the message. */
bool sip_is_plain(const struct sip_view *v);

struct plain_uri {
	bool sips;
	struct span user;   /* empty without one */
	struct span host;   /* brackets taken off */
	uint16_t port;	    /* 0: not given */
	struct span params; /* from the first semicolon on, or empty */
};

/* A SIP or SIPS URI without escapes, passwords and headers. */
bool sip_uri_plain(struct span text, struct plain_uri *u);

/* Value of a parameter of a plain URI, the name in any case; empty without one.
 * False when there is no such parameter. */
bool sip_uri_plain_param(const struct plain_uri *u, const char *name,
			 struct span *value);

#endif
