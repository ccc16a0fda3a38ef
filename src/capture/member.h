/*
 * capture/member.h - which packets of a capture are a call's
 */
#ifndef CAPTURE_MEMBER_H
#define CAPTURE_MEMBER_H

#include <stdbool.h>

#include "capture/calls.h"
#include "capture/capture.h"

struct members;

/* Borrows `c`. SIZE_MAX: of the streams without a call; CAPTURE_EVERY_CALL: of
 * all calls. */
struct members *members_new(const struct capture_calls *c, size_t call);
void members_free(struct members *m); /* NULL is fine */

/* A message of one of its legs. */
bool members_message(const struct members *m, struct span text);

/* The leg of a Call-ID at that moment, or NULL. */
const struct capture_leg *members_leg(const struct members *m,
				      struct span call_id, int64_t at_us);

/* The stream of the call that a datagram is of, or NULL. */
const struct capture_stream *members_stream(const struct members *m,
					    const struct capture_packet *p);

/* A report on one of its streams. */
bool members_report(const struct members *m, const struct capture_packet *p);

#endif
