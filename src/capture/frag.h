/*
 * capture/frag.h - puts fragments of IP packets together again
 *
 * In any order, repeated ones too (RFC 791 section 3.2, RFC 8200 section 4.5).
 * A fragment that contradicts what is there, or comes over 30 s after it,
 * begins a new packet of the same id. At most 64 packets are worked on; the
 * oldest gives way.
 */
#ifndef CAPTURE_FRAG_H
#define CAPTURE_FRAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/ip.h"

struct capture_frags;

struct capture_frags *capture_frags_new(void);
void capture_frags_free(struct capture_frags *f); /* NULL is fine */

/* Takes in a fragment seen at `*at_ns`, in frame `frame`. True when it made its packet whole:
 * `ip` then is all of it, its payload borrowed until the next call, and
 * `*at_ns` the time of its latest fragment. */
bool capture_frags_add(struct capture_frags *f, struct capture_ip *ip,
		       int64_t *at_ns, size_t frame);

/* The frames of the packet that was made whole last; borrowed until the next
 * call. */
const size_t *capture_frags_parts(const struct capture_frags *f, size_t *n);

/* Packets that were not completed so far; `*frame` is where the first of them
 * began. */
size_t capture_frags_lost(const struct capture_frags *f, size_t *frame);

#endif
