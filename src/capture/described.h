/*
 * capture/described.h - what a description in a captured message says
 */
#ifndef CAPTURE_DESCRIBED_H
#define CAPTURE_DESCRIBED_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/calls.h"
#include "capture/ends.h"

/* Whose it is. */
struct described {
	struct leg *leg;
	enum capture_party party;
	int64_t at_us;
	struct addr from; /* where the message came from */
};

/* Fills in the m-lines, and notes their addresses. False when it cannot be
 * read. */
bool described_read(struct capture_sdp *out, const struct described *d,
		    struct ends *ends, struct span text);

/* Whether it asks the other party to be silent: every m-line that has a port
 * is sendonly or inactive (RFC 3264 section 8.4). */
bool described_is_hold(const struct capture_sdp *s);

#endif
