/*
 * capture/group.h - which legs are one call
 */
#ifndef CAPTURE_GROUP_H
#define CAPTURE_GROUP_H

#include <stdbool.h>

#include "capture/calls.h"
#include "capture/ends.h"

/* Makes calls of legs, which are in the order they began. */
void group_legs(struct capture_calls *c, bool by_leg);

#endif
