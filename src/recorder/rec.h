/*
 * recorder/rec.h - what the files of this room share
 *
 * A recorder has sessions, a session has a stream for each m-line.
 */
#ifndef RECORDER_REC_H
#define RECORDER_REC_H

#include "core/buf.h"
#include "core/list.h"
#include "recorder/names.h"
#include "recorder/offer.h"
#include "recorder/reception.h"
#include "recorder/recorder.h"
#include "recorder/track.h"
#include "sdp/sdp.h"
#include "sip/session.h"

struct recorder {
	struct recorder_conf conf; /* strings owned */
	struct addr local;	   /* what conf.local points to */
	struct sip_ua *ua;
	char *uri;
	struct list sessions;
	struct list silent; /* INVITEs that get no answer */
	struct rec_names names;
	unsigned documents; /* metadata written or counted so far */
};

/* One m-line and what comes for it. */
struct rec_stream {
	struct rec_session *session;
	size_t number; /* of the m-line, from 1 */
	char type[16], proto[24], label[64];
	struct flow *rtp, *rtcp; /* NULL while the line is refused */
	struct addr peer_rtcp;
	bool mux;
	enum sdp_dir dir;
	bool has_codec;
	struct sdp_codec codec; /* the one we answer; fmtp owned */
	char *party;		/* NULL until metadata told */
	struct rec_track *track;
	bool no_track; /* it could not be opened; once is enough */
	char *path;    /* of the track, "" without one */
	struct reception in;
	uint64_t reported; /* packets received at our last report */
	uint32_t own_ssrc;
	struct timer report;
};

struct rec_session {
	struct le le;
	struct recorder *recorder;
	struct sip_session *sip;
	char *call_id;
	struct addr local; /* of its media, port 0 */
	struct timer ring, final, bye, die;
	struct rec_stream *stream[SDP_MEDIA]; /* owned */
	size_t n_streams;
	uint64_t sess_id, version; /* of o= */
	char *sdp;		   /* what we last said, or NULL */
	bool answered;		   /* with a 2xx */
};

#define REC_ACCEPT                                                             \
	"application/sdp, multipart/mixed, application/rs-metadata+xml, "      \
	"application/rs-metadata"

/* ---- recorder.c ---- */

/* Fills in the time and NULL strings, and calls whoever wants to know. */
void rec_event(struct recorder *r, struct recorder_event ev);
/* An event without a file. */
void rec_tell(struct rec_session *s, const char *kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));
/* The same as event and as note of the trace. */
void rec_warn(struct rec_session *s, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
int rec_call(const struct rec_session *s); /* in the trace, or -1 */

/* ---- dialog.c ---- */

/* Takes an INVITE that begins a recording session. */
void rec_session_begin(struct recorder *r, struct sip_txn *x,
		       const struct sip_view *req, const struct addr *from);
/* Closes its streams and forgets it; the SIP session is the caller's. */
void rec_session_free(struct rec_session *s);

/* ---- streams.c ---- */

/* Follows an offer: new streams, new directions, refused lines. -1 when lines
 * went missing (ERR_INPUT) or no port is left (ERR_ENV). */
int rec_streams_follow(struct rec_session *s, const struct sdp *offer,
		       struct err *e);
/* Keeps the document and learns who speaks on which stream. */
void rec_streams_metadata(struct rec_session *s, struct span xml);

/* ---- stream.c ---- */

struct rec_stream *rec_stream_new(struct rec_session *s, size_t number);
/* Events, files and flows are closed. NULL is fine. */
void rec_stream_free(struct rec_stream *st);
/* Takes in what came before now. */
void rec_stream_drain(struct rec_stream *st);
int rec_stream_follow(struct rec_stream *st, const struct sdp_media *m,
		      struct err *e);

/* ---- answer.c ---- */

/* Our description, as one text; `mangle` for the first answer only. */
void rec_answer_sdp(struct rec_session *s, unsigned mangle, struct buf *b);
/* The 200 to the first INVITE. False when it could make no dialog, so there
 * is no session to wait for. */
bool rec_answer_send(struct rec_session *s);

#endif
