/*
 * recording/health.h - which servers are to be left out of hunts, and why
 *
 * Known across the calls of a run, by URI: a server said 503 and when to come
 * back, or it does not answer the OPTIONS that it is probed with.
 */
#ifndef RECORDING_HEALTH_H
#define RECORDING_HEALTH_H

#include "recording/recording.h"

struct health;

struct health *health_new(struct loop *loop, struct trace *trace);
void health_free(struct health *h); /* NULL is fine */

/* Probes a server with OPTIONS outside any dialog every `every_us`, the first
 * one at once. A URI that leads nowhere counts as one that does not answer. */
void health_probe(struct health *h, struct sip_ua *ua, const char *name,
		  const char *uri, int64_t every_us);
/* No more probes; one that is open is forgotten. */
void health_stop(struct health *h);

/* Left alone for so long (RFC 3261 section 21.5.4). */
void health_rest(struct health *h, const char *name, const char *uri,
		 int64_t us);
/* It did not answer an INVITE: one that is probed is down until it answers. */
void health_silent(struct health *h, const char *uri);

enum { HEALTH_WHY = 120 };
/* Whether it is left out now, and why. `h` may be NULL. */
bool health_is_out(const struct health *h, const char *uri,
		   char why[HEALTH_WHY]);

#endif
