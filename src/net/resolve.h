/*
 * net/resolve.h - host names of recorders
 *
 * Names are looked up before a run begins, so that no look-up ever waits
 * inside it; during the run the answers come from a table. Virtual runs know
 * literals and "localhost" only.
 */
#ifndef NET_RESOLVE_H
#define NET_RESOLVE_H

#include <stdbool.h>

#include "core/addr.h"
#include "core/err.h"
#include "core/span.h"

/* Looks a name up with the system's resolver and keeps the first address. -1
 * with ERR_ENV. */
int resolve_prepare(struct span host, struct err *e);

/* A literal, or a name that was prepared. The port of `out` is 0. */
bool resolve_host(struct span host, struct addr *out);

void resolve_forget(void); /* frees the table */

#endif
