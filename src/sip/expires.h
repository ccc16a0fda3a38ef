/*
 * sip/expires.h - the headers of session timers (RFC 4028)
 */
#ifndef SIP_EXPIRES_H
#define SIP_EXPIRES_H

#include <stdbool.h>
#include <stdint.h>

#include "sip/view.h"

/* No interval is shorter (section 5). */
enum { SIP_EXPIRES_LEAST_S = 90 };

struct sip_expires {
	uint32_t seconds;
	bool says_who; /* it has a refresher, ... */
	bool uas;      /* ... and that is who answers the request */
};

/* Session-Expires of a message; false without one that is a number. */
bool sip_expires_read(const struct sip_view *v, struct sip_expires *x);

/* Min-SE, or 90 without one that is a larger number. */
uint32_t sip_expires_min(const struct sip_view *v);

/* When the one who does not refresh gives the session up, from the last
 * refresh on (section 10). */
int64_t sip_expires_watch_us(uint32_t seconds);

#endif
