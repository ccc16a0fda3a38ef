/*
 * capture/transfer.h - which leg a transfer has another one go on in
 */
#ifndef CAPTURE_TRANSFER_H
#define CAPTURE_TRANSFER_H

#include "capture/calls.h"

/* Fills in `next`, `joins` and `swapped` of legs, which are in the order they
 * began. A leg goes on in at most one, and is gone on from in at most one. */
void transfers_find(struct capture_calls *c);

#endif
