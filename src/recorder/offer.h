/*
 * recorder/offer.h - what a request of an SRC brings, and what is wrong in it
 */
#ifndef RECORDER_OFFER_H
#define RECORDER_OFFER_H

#include <stdbool.h>

#include "core/err.h"
#include "sdp/sdp.h"
#include "sip/view.h"

struct rec_offer {
	struct sdp *sdp; /* owned; NULL: none */
	bool has_metadata;
	struct span metadata; /* borrowed from the message */
	bool useless;	      /* it is no XML, or partial as the first one */
	int refuse;	      /* 4xx that every recorder gives, or 0 */
	char why[256];	      /* of `refuse` */
	int strict_refuse;    /* what a strict one gives for `faults` */
	struct causes faults; /* breaches of RFC 7866 and 7865 */
};

/* RFC 7866 section 6.2: the feature tag and the option make a recording session
 * of a first INVITE, and only both. */
bool rec_is_recording(const struct sip_view *invite);

/* Takes an INVITE, re-INVITE or UPDATE apart and judges it; `first`: it begins
 * the session (RFC 7866 sections 6.2 and 9.1 ask more of it). */
void rec_offer_read(struct rec_offer *o, const struct sip_view *v, bool first);
void rec_offer_fini(struct rec_offer *o);

#endif
