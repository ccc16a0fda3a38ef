/*
 * recording/query.h - what is recorded right now, for whoever asks
 *
 * Read-only; texts are borrowed until the recording goes on.
 */
#ifndef RECORDING_QUERY_H
#define RECORDING_QUERY_H

#include "recording/recording.h"

struct recording_session {
	const char *instance;
	const char *state;	/* "idle", "waiting" (for the media, or for the
				 * answer), "hunting", "recording", "paused",
				 * "pausing", "resuming" */
	const char *server;	/* name of the one that is tried or records */
	const char *uri;	/* of it */
	const char *session_id; /* in the metadata; "" before the first hunt */
	const char *call_id;	/* of the recorded dialog */
	const char *rs_call_id; /* of the recording dialog, or "" */
	int64_t since_us;	/* of the state, by loop_now; -1: not known */
	uint64_t packets;	/* of RTP that went to the server */
};

struct recording_stream {
	const char *party;
	const char *media; /* "audio", "video" */
	const char *label;
	const char *codec; /* name */
	uint32_t rate;	   /* Hz */
	struct addr dst;
	uint64_t packets;
};

size_t recording_instances(const struct recording *r);
/* `n` below recording_instances. */
void recording_describe(const struct recording *r, size_t n,
			struct recording_session *out);
/* Whether anything is asked of it: false for "idle". */
bool recording_is_active(const struct recording *r, size_t n);
/* `stream` below RECORDING_STREAMS, in the order of the labels. False: no such
 * stream goes to the server of instance `n`. */
bool recording_describe_stream(const struct recording *r, size_t n,
			       size_t stream, struct recording_stream *out);

#endif
