/*
 * sip/value.h - finding one's way in a header value
 *
 * sip_param, sip_addr_uri and sip_addr_display, which build on this, are in
 * sip/view.h.
 */
#ifndef SIP_VALUE_H
#define SIP_VALUE_H

#include "core/span.h"

/* Position of the first of `stops`, which are of ",;<", outside quoted strings
 * and, unless '<' is itself wanted, outside <>; s.n when there is none. */
size_t sip_value_find(struct span s, const char *stops);

/* Cuts the first element off a comma list, trimmed; it may be empty. */
struct span sip_value_take(struct span *list);

#endif
