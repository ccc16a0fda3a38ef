/*
 * sip/edit.h - requests of ours, changed on their way out
 *
 * Who tests a peer has to send what no honest client sends, and not to send
 * what every client does. Edits stand between a user agent and the wire: the
 * agent knows nothing of them, so its transactions and dialogs go on as if all
 * were well. A retransmission is changed as the request was. Responses pass.
 */
#ifndef SIP_EDIT_H
#define SIP_EDIT_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "core/span.h"

/* Ways to write the same, or what is wrong, otherwise (sip/spoil.c). */
enum sip_spoil {
	SIP_SPOIL_METADATA_FIRST = 1 << 0,
	SIP_SPOIL_NO_METADATA = 1 << 1, /* the multipart has SDP alone */
	SIP_SPOIL_BARE_SDP = 1 << 2,	/* no multipart */
	SIP_SPOIL_BARE_METADATA = 1 << 3,
	SIP_SPOIL_NO_BODY = 1 << 4,
	SIP_SPOIL_CUT_METADATA = 1 << 5, /* half of it: no XML */
	SIP_SPOIL_NO_END = 1 << 6,	 /* closing delimiter missing */
	SIP_SPOIL_WRONG_BOUNDARY = 1 << 7,
	SIP_SPOIL_QUOTED_BOUNDARY = 1 << 8,
	SIP_SPOIL_PREAMBLE = 1 << 9,
	SIP_SPOIL_EXTRA_PART = 1 << 10,	   /* handling=optional */
	SIP_SPOIL_REQUIRED_PART = 1 << 11, /* of a type nobody knows */
	SIP_SPOIL_NESTED = 1 << 12,	   /* SDP in a multipart of its own */
	SIP_SPOIL_COMPACT = 1 << 13,	   /* short header names */
	SIP_SPOIL_NO_LENGTH = 1 << 14,	   /* no Content-Length */
	SIP_SPOIL_LARGE = 1 << 15,	   /* 20 KB of padding headers */
	SIP_SPOIL_ONE_LINE = 1 << 16,	   /* the first m-line of the SDP */
	SIP_SPOIL_THREE_LINES = 1 << 17	   /* the first three */
};

/* One of them by its name in scenarios ("metadata-first"); 0: no such. */
unsigned sip_spoil_bit(const char *name);

struct sip_edit {
	const char *of; /* method; "INVITE" begins a dialog, "re-INVITE" is
			 * in one */
	unsigned times; /* the first so many such requests; 0: all */
	bool drop;	/* never sent */
	unsigned again; /* copies sent right after it */
	unsigned spoil; /* SIP_SPOIL_ */
	const char *replace, *with; /* everywhere; `replace` NULL: nothing */
	const char *const *header;  /* lines added, without CRLF */
	size_t n_headers;
	int length;	  /* added to a right Content-Length */
	const char *text; /* sent instead, as it is; NULL: nothing */
};

struct sip_edits;

/* `e` is borrowed, with all that it points to. */
struct sip_edits *sip_edits_new(const struct sip_edit *e, size_t n);
void sip_edits_free(struct sip_edits *es); /* NULL is fine */

/* What goes out for `text`: appended to `out` (empty before), and how often;
 * 0: nothing does. `es` NULL, and a response: `text` itself, once. */
unsigned sip_edits_apply(struct sip_edits *es, struct span text,
			 struct buf *out);

/* An edit that had requests to change and found what it is to replace in none
 * of them; n when there is none. */
size_t sip_edits_idle(const struct sip_edits *es);

/* ---- spoil.c, for edit.c ---- */

/* Appends the message `text` with all that the edit says of its contents. */
void sip_spoil(const struct sip_edit *e, struct span text, struct buf *out);

#endif
