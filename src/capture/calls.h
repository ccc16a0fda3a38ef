/*
 * capture/calls.h - the calls in a capture, and their streams
 *
 * One pass over the file; no packet is kept. A leg is what one Call-ID did. A
 * call is one leg, or several that a proxy or a B2BUA has tied together: same
 * Session-ID (RFC 7989), same media address, or the same two parties at the
 * same moment. Streams are tied to legs by what SDP said of their addresses.
 */
#ifndef CAPTURE_CALLS_H
#define CAPTURE_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "core/addr.h"
#include "core/err.h"
#include "sdp/sdp.h"

enum { CAPTURE_CODEC = 48, CAPTURE_DIGITS = 64, CAPTURE_TYPES = 6 };

struct trace;

enum capture_party { CAPTURE_CALLER, CAPTURE_CALLEE, CAPTURE_NOBODY };

enum capture_outcome {
	CAPTURE_ANSWERED, /* and ended */
	CAPTURE_REJECTED,
	CAPTURE_CANCELLED,
	CAPTURE_UNANSWERED, /* no final response in the capture */
	CAPTURE_OPEN,	    /* answered, no end in the capture */
};
const char *capture_outcome_name(enum capture_outcome o);
const char *capture_party_name(enum capture_party p); /* NULL for nobody */

/* One m-line of a description. */
struct capture_media {
	char type[16];	  /* "audio" */
	struct addr addr; /* port 0: refused or removed */
	enum sdp_dir dir; /* c=0.0.0.0 (RFC 2543) is inactive */
	bool encrypted;	  /* SRTP is offered or answered */
	char *codecs;	  /* owned; "PCMU/8000 telephone-event/8000" */
};

/* A description that is another than the party's last. */
struct capture_sdp {
	int64_t at_us;
	enum capture_party party;
	bool offer;		     /* else an answer */
	bool holds, resumes;	     /* with it the party does */
	struct capture_media *media; /* owned */
	size_t n_media;
};

/* What a Call-ID did. Times are since 1970, -1: not in the capture. */
struct capture_leg {
	char *call_id;		     /* all texts owned */
	char *caller, *callee;	     /* addresses-of-record of From and To */
	char *session_id;	     /* of RFC 7989 without remote, or NULL */
	char *refer_to;		     /* of the last REFER (RFC 3515), or NULL */
	int64_t refer_us;	     /* when, */
	enum capture_party referred; /* and who was asked to call there */
	char *replaces;		 /* Call-ID it takes over (RFC 3891), or NULL */
	enum capture_party kept; /* who of that leg it is sent to */
	char *caller_tag;
	struct addr src, dst; /* of the first message, a request's way */
	struct addr far;      /* where its INVITE went last, behind proxies */
	bool tcp;
	bool partial; /* it began before the capture */
	bool siprec;  /* a recording session (RFC 7866) */
	int64_t start_us, answered_us, end_us;
	int64_t last_us; /* of its last message */
	enum capture_outcome outcome;
	int final;	  /* code, 0: none */
	bool early_media; /* the callee sent before it answered */
	unsigned reinvites, holds, transfers;
	unsigned messages;	 /* without those sent again */
	unsigned again;		 /* retransmissions */
	struct capture_sdp *sdp; /* owned */
	size_t n_sdp;
	size_t call; /* of capture_calls */

	/* A transfer has it go on in another leg, from that one's answer on.
	 * All of these are of legs that are grouped. */
	size_t next;		  /* SIZE_MAX: it does not */
	enum capture_party joins; /* who of it is new; NOBODY: it goes on
				    * from no other */
	unsigned turn;		  /* from 1: when the first leg of its call
				    * has come to it; 0: it is beside these */
	bool swapped; /* its caller is the callee of the leg that began */
};

struct capture_rtcp {
	uint64_t packets; /* of the sender of the stream */
	bool bye;
	char cname[64];
	/* What the receiver reported last of the stream. */
	bool reported;
	int32_t lost;
	uint32_t jitter; /* timestamp units */
};

struct capture_stream {
	struct addr src, dst;
	uint32_t ssrc;
	size_t call, leg;	  /* SIZE_MAX: an orphan */
	size_t next;		  /* of the same call; SIZE_MAX: none */
	enum capture_party party; /* of the call; who sends */
	unsigned m_line;	  /* from 1; 0: not known */
	char media[16];		  /* "audio", or "" */
	bool encrypted;
	bool copy; /* of an earlier one, which a relay sends on */
	uint8_t type[CAPTURE_TYPES]; /* payload types, in order of appearance */
	size_t n_types;
	/* Each type's codec, "PCMU/8000" or "type 97"; "" of events and noise. */
	char spoken[CAPTURE_TYPES][CAPTURE_CODEC];
	uint8_t pt;		   /* of `codec` */
	char codec[CAPTURE_CODEC]; /* "PCMU/8000" of most packets, or "" */
	uint64_t packets, lost, duplicates, reordered, cut;
	double jitter_ms;
	int64_t first_us, last_us;
	unsigned n_events;	     /* of RFC 4733 */
	char events[CAPTURE_DIGITS]; /* "123#", the first of them */
	uint64_t comfort_noise;	     /* packets of RFC 3389 */
	struct capture_rtcp rtcp;
};

/* A call is what its first leg says, and those that this goes on in; `leg` are
 * the places of all. */
struct capture_call {
	size_t *leg; /* owned; in the order they began */
	size_t n_legs;
	size_t stream; /* its first one; SIZE_MAX: none */
	int64_t start_us, answered_us, end_us; /* end: the last that is known */
	enum capture_outcome outcome;
	int final;
	unsigned reinvites, holds, transfers, again;
	bool early_media;
};

struct capture_calls {
	struct capture_info info;
	int64_t first_us, last_us; /* of all packets; -1: there are none */
	struct capture_leg *leg;   /* owned; in the order they began */
	size_t n_legs;
	struct capture_call *call; /* owned; likewise */
	size_t n_calls;
	struct capture_stream *stream; /* owned; likewise */
	size_t n_streams;
	size_t orphan; /* the first; SIZE_MAX: none */
};

/* `by_leg` keeps legs apart. Errors as capture_read. */
int capture_calls(struct capture_calls *out, const char *path, bool by_leg,
		  struct err *e);
/* Instead of the number of a call. */
#define CAPTURE_EVERY_CALL (SIZE_MAX - 1)

/* What the call did, message by message, and its streams, for ladder_make;
 * owned by the caller. CAPTURE_EVERY_CALL tells all of them as one: the ends of
 * the first call are "caller" and "callee", of recordings "src" and the user of
 * the recorder's URI, of further calls the users of their URIs. Reads the file
 * once more. */
struct trace *capture_call_trace(const struct capture_calls *c,
				 const char *path, size_t call, struct err *e);

/* Writes the frames of a call as they are into a new capture; `-` is standard
 * output. Frames of several link types get Ethernet headers. -1 with ERR_USAGE
 * when `to` is the file at `path`, or as capture_read. */
int capture_extract(const struct capture_calls *c, const char *path,
		    size_t call, const char *to, struct err *e);

/* Of a call: the leg that it was in at its end. */
const struct capture_leg *capture_call_last(const struct capture_calls *c,
					    size_t call);

/* The streams of a call, or the orphans (SIZE_MAX), one after the other: start
 * with NULL. */
const struct capture_stream *
capture_next_stream(const struct capture_calls *c, size_t call,
		    const struct capture_stream *at);

/* When a call ended, or the last that is known of it: message or packet. */
int64_t capture_call_until(const struct capture_calls *c, size_t call);

void capture_calls_fini(struct capture_calls *c);

#endif
