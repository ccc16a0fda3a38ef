/*
 * capture/spool.h - what can be read but once, in a file without a name
 *
 * Captures are read more than once, and at any place. What comes through a
 * pipe, or packed by gzip (RFC 1952), goes into a temporary file first; it
 * takes room there, no memory.
 */
#ifndef CAPTURE_SPOOL_H
#define CAPTURE_SPOOL_H

/* Both: a new descriptor, owned by the caller; -1 with errno, EFBIG for more
 * than 4 GiB. `from` stays open. */
int spool_pipe(int from);

/* From the start of the file. Several packed pieces one after the other are
 * one. What cannot be unpacked ends it, and `*fault` says why; else it is NULL.
 */
int spool_gzip(int from, const char **fault);

#endif
