/*
 * sdp/read.h - what the two halves of the parser share; not for other rooms
 */
#ifndef SDP_READ_H
#define SDP_READ_H

#include "sdp/sdp.h"

/* Next word before a blank or tab, empty at the end; `*rest` moves on. */
struct span sdp_token(struct span *rest);

/* First of `n` lines that begins with `start`, or NULL. */
const struct sdp_line *sdp_find_line(const struct sdp_line *line, size_t n,
				     const char *start);

/* "sdp line 3: <wanted>, got '<line>'"; returns -1. */
int sdp_fault(const struct sdp_line *line, const char *wanted, struct err *e);

/* Fills a section from its lines, which are set, and those of the session. */
int sdp_read_media(const struct sdp *s, struct sdp_media *m, struct err *e);

#endif
