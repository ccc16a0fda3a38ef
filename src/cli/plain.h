/*
 * cli/plain.h - a message without what no two runs share
 */
#ifndef CLI_PLAIN_H
#define CLI_PLAIN_H

#include "core/buf.h"
#include "core/span.h"

struct plain;

struct plain *plain_new(void);
void plain_free(struct plain *p); /* NULL is fine */

/* Appends a SIP message, a line for each of its. Branches, tags, Call-IDs,
 * boundaries, nonces and their responses, ids of metadata, SSRCs, ids and
 * versions of SDP and ports become names with numbers, in the order in which
 * they appear: the same one is the same name in all messages of a `plain`.
 * Times and lengths become words. */
void plain_message(struct plain *p, struct span text, struct buf *out);

#endif
