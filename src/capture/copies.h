/*
 * capture/copies.h - streams that are there twice, on both sides of a relay
 */
#ifndef CAPTURE_COPIES_H
#define CAPTURE_COPIES_H

#include "capture/calls.h"

/* Marks each stream of a leg whose packets came a moment earlier as another
 * stream of it: of one party and one m-line, with one SSRC, at the same time.
 * A phone that moves to other ports goes on afterwards and is no copy. Streams
 * are tied to their legs and in order of their first packet. */
void copies_mark(struct capture_calls *c);

#endif
