/*
 * call/overheard.h - what two parties agree on, by their messages
 *
 * Offers and answers (RFC 3264) of dialogs that others have: in INVITE,
 * UPDATE and PRACK, their responses, and ACK (RFC 6337 section 2). Messages
 * may come more than once, and an offer may be refused.
 */
#ifndef CALL_OVERHEARD_H
#define CALL_OVERHEARD_H

#include <stdbool.h>

#include "sdp/sdp.h"
#include "sip/view.h"

struct overheard;

struct overheard *overheard_new(void);
void overheard_free(struct overheard *o); /* NULL is fine */

/* A message of a party (0: who called, 1: who was called). True when an answer
 * came with it: what both said is in force now, whatever they have said in
 * another dialog. */
bool overheard_message(struct overheard *o, const struct sip_view *v,
		       int party);

/* What the party said of its media and what is in force; NULL before the first
 * answer. */
const struct sdp *overheard_sdp(const struct overheard *o, int party);

/* Whether what is in force was agreed on in an UPDATE. */
bool overheard_by_update(const struct overheard *o);

#endif
