/*
 * capture/reports.h - what RTCP says of captured streams
 */
#ifndef CAPTURE_REPORTS_H
#define CAPTURE_REPORTS_H

#include <stdbool.h>

#include "capture/calls.h"
#include "capture/capture.h"

struct reports;

struct reports *reports_new(void);
void reports_free(struct reports *r); /* NULL is fine */

/* Takes in a datagram; false when it is not RTCP. */
bool reports_add(struct reports *r, const struct capture_packet *p);

/* Fills in `s->rtcp` by addresses without ports, and SSRC. */
void reports_tell(const struct reports *r, struct capture_stream *s);

#endif
