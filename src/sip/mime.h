/*
 * sip/mime.h - bodies of several parts (RFC 2046 section 5.1, RFC 5621)
 *
 * Reads what peers send: any boundary, preamble, epilogue, nested multiparts,
 * parts without headers. Writes what we send. Views borrow the text.
 *
 * A part's Content-Transfer-Encoding is not undone: bodies of SIP travel in
 * binary (RFC 5621 section 3.2). Who must cope with base64 finds the header
 * in `headers`.
 */
#ifndef SIP_MIME_H
#define SIP_MIME_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"
#include "sip/view.h"

enum { MIME_PARTS = 16, MIME_DEPTH = 4 };

struct mime_part {
	struct span type;	 /* "application/sdp": no parameters; text/plain
				 * when the part does not say */
	struct span type_value;	 /* the whole header value */
	struct span disposition; /* without parameters, or empty */
	struct span disposition_value;
	struct span headers; /* of the part; empty outside a multipart */
	struct span body;
	int depth; /* 0: the message itself is not multipart */
};

struct mime {
	struct mime_part part[MIME_PARTS]; /* leaves, in order */
	size_t n;
	bool limit; /* the fault is that there is more than we read */
};

/* Takes a body apart by its Content-Type value; a body that is not multipart
 * is one part. -1 with ERR_INPUT and a text that says what is wrong: no
 * boundary parameter, no such boundary, not closed (RFC 2046 5.1.1), too many
 * parts or levels. The text names the first fault; all parts that could be
 * read are in `m`, a multipart that could not be divided as one part. */
int mime_split(struct mime *m, struct span content_type, struct span body,
	       struct err *e);

/* The same for a message; Content-Disposition of an undivided body is the
 * message's own. No body: zero parts, 0. */
int mime_of(struct mime *m, const struct sip_view *v, struct err *e);

/* First part of a type, case folded, or NULL. */
const struct mime_part *mime_find(const struct mime *m, const char *type);

/* The metadata part: application/rs-metadata+xml, or the older name without
 * +xml (RFC 9806 section 2), or NULL. */
const struct mime_part *mime_metadata(const struct mime *m);

/* Appends one part of a multipart body, with its delimiter; `headers` are
 * whole lines with CRLF. mime_close appends the closing delimiter. The caller
 * sees to it that the boundary occurs in no part (RFC 2046 5.1.1). */
void mime_add(struct buf *b, const char *boundary, const char *headers,
	      struct span body);
void mime_close(struct buf *b, const char *boundary);

/* A boundary that occurs in none of the bodies, derived from `token`. */
void mime_boundary(char *out, size_t size, const char *token,
		   const struct span *body, size_t n);

#endif
