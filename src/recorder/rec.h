/*
 * recorder/rec.h - what the files of this room share
 *
 * A recorder has sessions, a session has a stream for each m-line.
 */
#ifndef RECORDER_REC_H
#define RECORDER_REC_H

#include "core/buf.h"
#include "core/list.h"
#include "media/dtmf.h"
#include "recorder/names.h"
#include "recorder/offer.h"
#include "recorder/reception.h"
#include "recorder/recorder.h"
#include "recorder/track.h"
#include "sdp/sdp.h"
#include "sip/print.h"
#include "sip/session.h"

/* Until nobody waits for an answer any more: timer B, and what is still on its
 * way (RFC 3261 section 17.1.1.2, T4). */
#define REC_SILENT_US INT64_C(37000000)

/* SRTP of one m-line. Zeroed memory: in clear. */
struct rec_secure {
	bool on;
	uint32_t tag;		 /* of the line that was taken */
	struct suite_key own;	 /* by which we send */
	struct suite_key next;	 /* offered with new ports, or `own` */
	struct suite_key theirs; /* by which they send */
	struct addr peer;	 /* their address, when `own` was made */
	struct seal *out;
	struct opener *in;
	uint64_t forged; /* packets that did not authenticate */
	bool told;	 /* and that was said */
};

struct recorder {
	struct recorder_conf conf; /* strings owned, the script is not */
	struct addr local;	   /* what conf.local points to */
	struct sip_ua *ua;
	char *uri;
	struct list sessions;
	struct list silent; /* INVITEs that get no answer */
	struct list nonces; /* of its challenges, in use */
	struct rec_names names;
	unsigned documents; /* metadata written or counted so far */
	unsigned *used;	    /* of each line of the script, for INVITEs */
};

enum { REC_CODECS = 8 };

/* Of the first is the sound, and its clock that of the reports. */
struct rec_codecs {
	struct sdp_codec codec[REC_CODECS]; /* fmtp owned; events have none */
	size_t n;
};

/* One m-line and what comes for it. */
struct rec_stream {
	struct rec_session *session;
	size_t number; /* of the m-line, from 1 */
	char type[16], proto[24], label[64];
	struct flow *rtp, *rtcp;	   /* NULL while the line is refused */
	struct flow *next_rtp, *next_rtcp; /* offered, not yet agreed */
	bool gone;			   /* we took it away */
	struct rec_secure secure;
	struct addr peer_rtcp;
	bool mux;
	enum sdp_dir dir;
	struct rec_codecs codecs; /* that we answer; none: it is refused */
	struct dtmf_ear ear;
	uint32_t event_rate; /* of the newest event, Hz */
	struct addr from;    /* of the newest RTP packet */
	char *party;	     /* NULL until metadata told */
	char sender[64];     /* its participant_id then */
	bool told;	     /* that it has media */
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
	struct timer ring, final, bye, die, expiry;
	uint32_t expires_s; /* of the session timer, 0: none runs */
	bool we_refresh;
	const struct recorder_line *line; /* for its INVITE, or NULL */
	unsigned mangle;		  /* of the first answer */
	bool hold;	  /* we take no media: every answer is inactive */
	unsigned *used;	  /* of each line of the script, for later requests */
	struct list held; /* requests that wait for what is done about them */
	struct list asks; /* requests of ours, to be sent or answered */
	struct rec_stream *stream[SDP_MEDIA]; /* owned */
	size_t n_streams;
	uint64_t sess_id, version; /* of o= */
	char *sdp;		   /* what we last said, or NULL */
	bool described;		   /* in a 183 */
	bool answered;		   /* with a 2xx */
	bool asked_anew;	   /* for all metadata */
};

#define REC_ACCEPT                                                             \
	"application/sdp, multipart/mixed, application/rs-metadata+xml, "      \
	"application/rs-metadata"

/* ---- codecs.c ---- */

/* Those of the line that the recorder takes, in place of what it took. */
void rec_codecs_take(struct rec_codecs *all, const struct recorder_conf *conf,
		     const struct sdp_media *m);
void rec_codecs_fini(struct rec_codecs *all);
/* The telephone-event of this payload type, or NULL. */
const struct sdp_codec *rec_codecs_event(const struct rec_codecs *all,
					 uint8_t pt);
/* By payload type; another static one than agreed is understood too. NULL: it
 * is not to be heard. */
const struct codec *rec_codecs_decoder(const struct rec_codecs *all,
				       uint8_t pt);

/* ---- secure.c ---- */

enum { REC_CRYPTOS = 2 };

/* Takes a line of their offer. False: it is to be refused, because of its keys
 * or because it has none and the recorder wants them. */
bool rec_secure_follow(struct rec_stream *st, const struct sdp_media *m);
/* New ports are going to be offered, and a new key with them. */
void rec_secure_moves(struct rec_stream *st);
/* Their answer to our offer; `moved`: it had new ports. */
void rec_secure_answered(struct rec_stream *st, const struct sdp_media *m,
			 bool moved);
/* Puts the keys into a line of ours, spoiled by `mangle`; `moved`: those that
 * go with the new ports. */
void rec_secure_describe(const struct rec_stream *st, bool moved,
			 unsigned mangle, struct suite_key key[REC_CRYPTOS],
			 struct sdp_out_media *m);
/* The clear packet in `out`, which has room for `n` octets; false: it does not
 * authenticate, and was counted. */
bool rec_secure_open(struct rec_stream *st, const struct addr *from,
		     const void *p, size_t *n, uint8_t *out);
/* Closes RTCP in place, with SEAL_ROOM behind it. */
bool rec_secure_close(struct rec_stream *st, void *p, size_t *n);
void rec_secure_fini(struct rec_stream *st);

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

/* ---- guard.c ---- */

/* Asks for the login; a sip_admit_h. */
bool rec_guard(struct sip_ua *ua, struct sip_txn *x, const struct sip_view *req,
	       void *recorder);
void rec_guard_fini(struct recorder *r);

/* ---- dialog.c ---- */

/* Takes an INVITE that begins a recording session; `line` of the script says
 * how, or NULL. */
void rec_session_begin(struct recorder *r, struct sip_txn *x,
		       const struct sip_view *req, const struct addr *from,
		       const struct recorder_line *line);
/* Follows what a re-INVITE or UPDATE brings, and answers it. `x` NULL: the
 * re-INVITE that the session holds. */
void rec_change(struct rec_session *s, struct sip_txn *x,
		const struct recorder_line *line);
/* Closes its streams and forgets it; the SIP session is the caller's. */
void rec_session_free(struct rec_session *s);

/* ---- script.c ---- */

/* The first line for a request that is not used up, which this uses, or NULL.
 */
const struct recorder_line *rec_script_take(const struct recorder *r,
					    unsigned *used, struct span when);
/* What the script says about a request in a session is done, now or later.
 * False: nothing, or a polite reply that the caller gives. The session may be
 * gone after a BYE. */
bool rec_script_request(struct rec_session *s, struct sip_txn *x,
			const struct sip_view *req);
/* The same for "re-INVITE", which the SIP session holds, and "ACK". */
bool rec_script_do(struct rec_session *s, const char *when);
/* The moments count from now. */
void rec_script_answered(struct rec_session *s);
void rec_script_fini(struct rec_session *s);
/* `more`, then the header lines of an entry, each with CRLF; NULL when there
 * are none. Owned by the caller; `line` may be NULL. */
char *rec_script_headers(const struct recorder_line *line, const char *more);

/* ---- ask.c ---- */

/* Sends what a line says, in `us` or as soon as the dialog lets it; after a
 * BYE the session may be gone. */
void rec_ask(struct rec_session *s, const struct recorder_line *line,
	     int64_t us);
/* Whether it is the BYE that ends the session. */
bool rec_ask_ends(const struct recorder_line *line);
void rec_ask_fini(struct rec_session *s);

/* ---- expiry.c: the session timer ---- */

/* An interval to be refused with 422, and the header of that. */
bool rec_expiry_too_short(const struct rec_session *s,
			  const struct sip_view *req);
void rec_expiry_refuse(const struct rec_session *s, struct buf *headers);
/* A request is accepted: adds the headers of its 2xx, and the time runs. */
void rec_expiry_accept(struct rec_session *s, const struct sip_view *req,
		       struct buf *headers);
/* The headers of a re-INVITE or UPDATE of ours. */
void rec_expiry_add_request(const struct rec_session *s, struct buf *headers);
/* What became of that. False: it was the timer's refresh, and the session is to
 * be given up. */
bool rec_expiry_outcome(struct rec_session *s, bool refresh, enum sip_outcome o,
			const struct sip_view *resp);
/* BYE. The session may be gone afterwards. */
void rec_expiry_give_up(struct rec_session *s, const char *why);
void rec_expiry_due(void *session);

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
/* New ports beside the old ones; then the new ones alone, or the old. */
int rec_stream_move(struct rec_stream *st, struct err *e);
void rec_stream_moved(struct rec_stream *st, bool accepted);
/* Who speaks on it; another one than before gets a file of its own. Takes over
 * `party`. */
void rec_stream_spoken_by(struct rec_stream *st, char *party, const char *id);
/* The line is refused from now on. */
void rec_stream_remove(struct rec_stream *st);

/* ---- answer.c ---- */

#define REC_HEADERS                                                            \
	"Allow: " SIP_ALLOW "\r\n"                                             \
	"Accept: " REC_ACCEPT "\r\n"                                           \
	"Supported: siprec\r\n"

/* Our description, as one text: an offer of this kind, or with `SAME` an
 * answer. */
void rec_describe(struct rec_session *s, enum recorder_offer offer,
		  unsigned mangle, struct buf *b);
/* The last m-line that lives, or NULL. */
struct rec_stream *rec_stream_last(const struct rec_session *s);
/* The header lines of a 2xx to `req`: what we can, the session timer, those of
 * the script's line, which may be NULL. Owned by the caller. */
char *rec_ok_headers(struct rec_session *s, const struct sip_view *req,
		     const struct recorder_line *line);
/* The 200 to the first INVITE. False when it could make no dialog, so there
 * is no session to wait for. */
bool rec_answer_send(struct rec_session *s);

#endif
