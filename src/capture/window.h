/*
 * capture/window.h - a file as a window that moves over it
 *
 * Blocks are read into one buffer and looked at there: nothing is copied on
 * the way to who reads a frame.
 */
#ifndef CAPTURE_WINDOW_H
#define CAPTURE_WINDOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/span.h"

struct window {
	int fd;	      /* borrowed */
	int64_t base; /* where in the file the window begins */
	char *p;      /* owned */
	size_t at;    /* where we are in it */
	size_t n;     /* octets in it */
	size_t cap;
	bool end;   /* of the file */
	int failed; /* errno of a read, or 0 */
};

/* From the start of the file. */
void window_init(struct window *w, int fd);
void window_fini(struct window *w);

/* Has `n` octets in the window, or as many as the file still has. */
void window_fill(struct window *w, size_t n);

/* The next `n` octets, borrowed until the next call; fewer at the end of the
 * file. They stay the next until they are skipped. */
static inline struct span window_peek(struct window *w, size_t n)
{
	if (w->n - w->at < n)
		window_fill(w, n);
	if (w->n - w->at < n)
		n = w->n - w->at;
	return (struct span){w->p + w->at, n};
}

/* Where in the file octets are that were peeked at. */
static inline int64_t window_offset(const struct window *w, const char *p)
{
	return w->base + (p - w->p);
}

/* Over octets that were peeked at. */
static inline void window_skip(struct window *w, size_t n)
{
	w->at += n;
}

#endif
