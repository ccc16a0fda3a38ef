/*
 * call/cache.h - media files, read once a process
 *
 * A load of calls plays the same few files: what was read stays, in packets,
 * until call_cache_free. What is handed out is borrowed until then.
 */
#ifndef CALL_CACHE_H
#define CALL_CACHE_H

#include "capture/capture.h"
#include "capture/tape.h"
#include "media/codec.h"
#include "media/source.h"

struct call_source;

/* A sound file in packets of a codec, as source_wav makes them. NULL with the
 * error of source_wav; a file without sound has no packets, but is no NULL. */
const struct source_packet *cache_sound(const struct codec *c, const char *path,
					size_t *n, struct err *e);

/* The captured stream that `s` picks. NULL with the error of capture_streams
 * or capture_pick. `*warning` is what is wrong with the file, or NULL. */
const struct capture_rtp *cache_stream(const struct call_source *s,
				       const char **warning, struct err *e);

/* The calls in a capture. NULL with the error of capture_calls. */
const struct capture_calls *cache_calls(const char *path, struct err *e);

/* Reads every call of a capture in one go, for who asks for each. -1 with the
 * error of capture_tapes_read. */
int cache_tapes(const char *path, struct err *e);

/* The same, each leg by itself. */
const struct capture_calls *cache_legs(const char *path, struct err *e);

/* The captured call that is wanted, of cache_calls; or, with `legs`, or by the
 * Call-ID of a leg that began no call, of cache_legs. NULL with the error of
 * capture_tape_read. */
const struct capture_tape *cache_tape(const char *path, bool legs,
				      const struct capture_wanted *wanted,
				      struct err *e);

#endif
