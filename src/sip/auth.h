/*
 * sip/auth.h - a session's answers to challenges (RFC 3261 section 22)
 *
 * For the sip room only. A 401 or 407 to a request of ours teaches a realm;
 * each later request of the session carries credentials for all that are
 * known, with the same nonce, counted (RFC 7616 section 3.4).
 */
#ifndef SIP_AUTH_H
#define SIP_AUTH_H

#include "core/ids.h"
#include "core/list.h"
#include "sip/digest.h"
#include "sip/session.h"

struct auth {
	char *user, *password; /* owned; user NULL: no login */
	struct list realms;
	char why[160]; /* a challenge was not answered; "" */
};

/* Copies the login; NULL: none. */
void auth_init(struct auth *a, const struct sip_login *login);
void auth_fini(struct auth *a);

/* Takes the challenges of a 401 or 407 to a request of ours that was challenged
 * `*tries` times before, and counts. True: the request is worth sending once
 * more. False: it is no such response, or `a->why` says what is wrong with it.
 * A second one for the same realm is a wrong login, unless it is stale. */
bool auth_challenged(struct auth *a, const struct sip_view *resp,
		     struct ids *ids, unsigned *tries);

/* Any other final response: the credentials were good, and the server may name
 * the nonce to use next (RFC 7616 section 3.5). */
void auth_accepted(struct auth *a, const struct sip_view *resp);

/* Authorization and Proxy-Authorization lines for the next request. */
void auth_add_lines(struct auth *a, const char *method, const char *uri,
		    struct buf *out);

#endif
