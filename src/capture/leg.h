/*
 * capture/leg.h - what each Call-ID of a capture did
 */
#ifndef CAPTURE_LEG_H
#define CAPTURE_LEG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/calls.h"
#include "capture/capture.h"

struct leg;
struct legs;
struct ends;

/* What SDP says goes to `ends`, which is borrowed. */
struct legs *legs_new(struct ends *ends);
void legs_free(struct legs *l); /* NULL is fine */

/* Whether a datagram begins like a SIP message; cheap. */
bool legs_is_sip(struct span data);

/* Takes in a message; false when it is no SIP. */
bool legs_add(struct legs *l, const struct capture_packet *p);

/* In the order they began: start with NULL. */
struct leg *legs_next(const struct legs *l, const struct leg *at);

/* Until legs_free; the outcome is filled in by leg_close. */
struct capture_leg *leg_facts(struct leg *l);
void leg_close(struct leg *l);

/* Where its facts went, for what points to the leg. */
void leg_place(struct leg *l, size_t place);
size_t leg_placed(const struct leg *l);

int64_t leg_end_us(const struct leg *l); /* -1 while it goes on */
bool leg_is_partial(const struct leg *l);

/* The newest leg of a Call-ID, or NULL. */
struct leg *legs_find(const struct legs *l, struct span call_id);

/* User part of a URI; the scheme when it has none. Borrowed. */
struct span leg_user(const char *uri);

/* Frees what is in it. */
void capture_leg_fini(struct capture_leg *l);

#endif
