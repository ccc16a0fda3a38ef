/*
 * capture/frame.h - frames out of a capture file, whatever its format
 *
 * Inside the room. A file is opened once and may be read several times.
 */
#ifndef CAPTURE_FRAME_H
#define CAPTURE_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "capture/window.h"
#include "core/err.h"
#include "core/span.h"

struct capture_frame {
	int64_t at_ns;	  /* since 1970, never negative */
	int link;	  /* DLT_ of libpcap, one that capture_link_known */
	struct span data; /* what was captured; borrowed for the call */
	size_t length;	  /* on the line */
	size_t number;	  /* from 1 */
	int64_t offset;	  /* of the data in the file */
};

typedef void(capture_frame_h)(const struct capture_frame *f, void *arg);

/* Where a reader's frames go. */
struct capture_sink {
	capture_frame_h *h;
	void *arg;
	struct capture_info *info;
};

/* Counts a frame in the window, of `len` octets on the line, of which `data` was kept, and
 * hands it to the handler. */
void capture_sink_put(const struct capture_sink *s, const struct window *w,
		      int64_t at_ns, int link, struct span data, size_t len);

/* Adds to the warnings, separated by "; ", as far as there is room. */
void capture_warn(struct capture_info *info, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

struct capture_file;

/* ERR_ENV or ERR_INPUT; texts do not name the path. What comes through a pipe,
 * or is packed by gzip, is put in a temporary file first. */
struct capture_file *capture_file_open(const char *path, struct err *e);
void capture_file_close(struct capture_file *c); /* NULL is fine */

/* All frames in the order of the file. `s->info` is cleared and filled. */
int capture_file_read(struct capture_file *c, const struct capture_sink *s,
		      struct err *e);

/* The data of a frame once more: up to `n` octets at an offset, into `out`.
 * False when they cannot be read. */
bool capture_file_at(const struct capture_file *c, int64_t offset, size_t n,
		     char *out);

/* The two formats, from where the window is: at the start of the file. */
int capture_pcap_read(struct window *w, const struct capture_sink *s,
		      struct err *e);
int capture_pcapng_read(struct window *w, const struct capture_sink *s,
			struct err *e);

#endif
