/*
 * net/way.h - a bad way, on which packets get lost, late or doubled
 *
 * Seeded: the same packets at the same moments meet the same fate.
 */
#ifndef NET_WAY_H
#define NET_WAY_H

#include <stddef.h>
#include <stdint.h>

#include "core/loop.h"
#include "core/rng.h"

/* Shares 0..1, and a delay of up to `jitter_us` more. */
struct way_conf {
	double loss, reorder, duplicate;
	int64_t jitter_us;
};

/* A packet is at the other end. `tag` is what it was sent with. */
typedef int(way_end_h)(const void *tag, const void *p, size_t n, void *arg);

struct way;

/* NULL for a good way, on which nothing happens: there is no need of one.
 * `rng` is borrowed. */
struct way *way_new(struct loop *loop, struct rng *rng,
		    const struct way_conf *conf, way_end_h *h, void *arg);
/* What is still under way gets lost. NULL is fine; not from its handler. */
void way_free(struct way *w);

/* Sends a packet on it, with `tag_n` octets beside it. Returns what the handler
 * does when it is there at once, else 0. */
int way_send(struct way *w, const void *tag, size_t tag_n, const void *p,
	     size_t n);

#endif
