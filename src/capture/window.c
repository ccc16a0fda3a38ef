#include "capture/window.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/xalloc.h"

/* So that it stays in the processor's cache. */
enum { BLOCK = 128 * 1024 };

void window_init(struct window *w, int fd)
{
	memset(w, 0, sizeof(*w));
	w->fd = fd;
	w->cap = BLOCK;
	w->p = xmalloc(w->cap);
	if (lseek(fd, 0, SEEK_SET) < 0)
		w->failed = errno;
}

void window_fini(struct window *w)
{
	free(w->p);
	memset(w, 0, sizeof(*w));
}

/* Moves what is left to the front; makes room for `n`. */
static void make_room(struct window *w, size_t n)
{
	size_t left = w->n - w->at;

	memmove(w->p, w->p + w->at, left);
	w->base += (int64_t)w->at;
	w->at = 0;
	w->n = left;
	if (n > w->cap) {
		w->cap = n;
		w->p = xrealloc(w->p, w->cap);
	}
}

void window_fill(struct window *w, size_t n)
{
	make_room(w, n);
	while (w->n < n && !w->end && !w->failed) {
		ssize_t got = read(w->fd, w->p + w->n, w->cap - w->n);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			w->failed = errno;
		else if (got == 0)
			w->end = true;
		else
			w->n += (size_t)got;
	}
}
