/*
 * recorder/recorder.h - the embedded recorder (SRS, RFC 7866 section 6.2)
 *
 * Answers recording sessions as it is told, takes their RTP, decodes G.711
 * and writes one sound file a stream and every metadata document. It knows of
 * the SRC only what comes over the wire.
 */
#ifndef RECORDER_RECORDER_H
#define RECORDER_RECORDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/err.h"
#include "core/ids.h"
#include "core/loop.h"
#include "core/rng.h"
#include "core/suite.h"
#include "net/wire.h"
#include "trace/trace.h"

struct recorder;

enum recorder_answer {
	RECORDER_POLITE,  /* 200 with recvonly */
	RECORDER_NEVER,	  /* not one response */
	RECORDER_INACTIVE /* 200 with inactive */
};

enum recorder_srtp {
	RECORDER_SRTP_TAKEN,	/* a line is answered as it is offered */
	RECORDER_SRTP_REQUIRED, /* RTP in clear is refused */
	RECORDER_SRTP_REFUSED
};

/* Ways to answer wrongly, for SRCs that must cope: bits of `mangle`. */
enum recorder_mangle {
	MANGLE_NO_SDP = 1,	    /* 200 without a body */
	MANGLE_ONE_MEDIA = 2,	    /* one m-line, whatever was offered */
	MANGLE_PORTS_ZERO = 4,	    /* every m-line refused */
	MANGLE_NO_LABELS = 8,	    /* legal: RFC 4574 section 5 */
	MANGLE_GARBAGE = 16,	    /* bytes that are not SIP */
	MANGLE_BAD_STATUS = 32,	    /* SIP/2.0 999 */
	MANGLE_NO_TO_TAG = 64,	    /* final response without To tag */
	MANGLE_MULTIPART = 128,	    /* legal: SDP inside multipart/mixed */
	MANGLE_SENDRECV = 256,	    /* direction left out */
	MANGLE_NO_TRYING = 512,	    /* no 100 before the final response */
	MANGLE_LAST_REFUSED = 1024, /* legal: the last m-line with port 0 */
	/* of an offer of SRTP */
	MANGLE_KEY_ECHO = 2048,	    /* the SRC's key as its own */
	MANGLE_IN_CLEAR = 4096,	    /* RTP/AVP, no a=crypto */
	MANGLE_UNKNOWN_TAG = 8192,  /* a tag that was not offered */
	MANGLE_NO_CRYPTO = 16384,   /* RTP/SAVP, no a=crypto */
	MANGLE_WRONG_KEY = 32768,   /* it says another key than it uses */
	MANGLE_OTHER_SUITE = 65536, /* another suite than the tag's */
	MANGLE_TWO_CRYPTOS = 131072 /* two lines instead of one */
};
/* "no-sdp", "one-media", "ports-zero", "no-labels", "garbage", "bad-status",
 * "no-to-tag", "multipart", "sendrecv", "no-trying", "last-refused",
 * "echo-key", "in-clear", "unknown-tag", "no-crypto", "wrong-key",
 * "other-suite", "two-cryptos"; 0 for other names. */
unsigned recorder_mangle_bit(const char *name);

/* ---- the script: what is done when a request comes, or at a moment ---- */

/* What the SDP of a request of the recorder's says. */
enum recorder_offer {
	RECORDER_OFFER_NONE, /* no SDP: a re-INVITE asks for an offer */
	RECORDER_OFFER_SAME, /* what was agreed last */
	RECORDER_OFFER_INACTIVE,
	RECORDER_OFFER_RECVONLY,
	RECORDER_OFFER_FEWER, /* the last m-line with port 0 */
	RECORDER_OFFER_CUT,   /* the last m-line gone, which is forbidden */
	RECORDER_OFFER_MORE,  /* an m-line more (RFC 7866 7.2: forbidden) */
	RECORDER_OFFER_MOVED  /* every m-line on new ports */
};

enum { RECORDER_REPLY_POLITE = 0, RECORDER_REPLY_NEVER = -1 };

/* One entry. It takes requests of one method, or with NULL as `when` is due
 * `after_us` from each 200 of the recorder. Entries for one method are used in
 * the order of the script, each `times` often: those for INVITE once for the
 * recorder, all others anew in each session. Strings borrowed. */
struct recorder_line {
	const char *when; /* method, in capitals; "INVITE" the initial one,
				   * "re-INVITE" later ones */
	int64_t after_us;
	unsigned times;
	int64_t wait_us; /* from the request to what is done about it */

	int reply; /* final code, or RECORDER_REPLY_ */
	enum recorder_answer answer;
	unsigned mangle;	   /* the SDP, of an INVITE also the rest */
	const char *const *header; /* whole lines without CRLF, of the reply
				    * and of what is sent */
	size_t n_headers;

	const char *send; /* method, "re-INVITE"; NULL: nothing */
	enum recorder_offer offer;
	bool snapshot;		 /* asks for all metadata (RFC 7866 9.2) */
	const char *body, *type; /* beside SDP and snapshot; NULL: none */
	bool wrong_tag;		 /* another To tag than the dialog's */
	bool lower_cseq;	 /* than that of the request before */
	const char *require;	 /* option tags, or NULL */
	bool refresh;		 /* of the session timer */
};

/* The login that a recorder asks for (RFC 3261 section 22), in every request
 * but ACK and CANCEL; strings borrowed. */
struct recorder_login {
	const char *user; /* NULL: none is asked for */
	const char *password;
	const char *realm;
	bool proxy;		      /* 407 as a proxy would, else 401 */
	bool no_qop;		      /* challenges as in RFC 2069 */
	const char *const *algorithm; /* a challenge each, in this order */
	size_t n_algorithms;	      /* 1.. */
	int64_t stale_us;	      /* age at which a nonce is, -1: never */
};

/* The session timer of a recorder (RFC 4028). */
struct recorder_timer {
	uint32_t expires_s; /* interval that it wants; 0: it has none */
	uint32_t min_s;	    /* shorter ones get 422; 0: none does */
	bool we_refresh;    /* where the client does not say who does */
	bool by_update;	    /* its refresh is an UPDATE, not a re-INVITE */
	bool forgets;	    /* it promises and never refreshes */
};

/* What happens at a recorder, for whoever runs it alone. Strings borrowed. */
struct recorder_event {
	int64_t at_us;	  /* by loop_now */
	const char *kind; /* "invite", "answered", "refused", "media",
				 * "metadata", "reinvite", "bye", "cancelled",
				 * "dtmf", "ended", "login", "warning" */
	const char *call_id;
	const char *text;	/* for a person */
	const char *label;	/* media: a=label, or "" */
	const char *party;	/* media: who, or "" */
	const char *media;	/* media, ended: "audio", "video", or "" */
	const char *path;	/* media, metadata: the file, or "" */
	const char *key;	/* dtmf: the key, or "" */
	unsigned duration_ms;	/* dtmf: how long it was heard */
	uint64_t packets, lost; /* ended: of the stream, one event each */
};
typedef void(recorder_event_h)(const struct recorder_event *ev, void *arg);

/* Name of the party with this address-of-record, or NULL: the scenario's own
 * ("caller") for file names. */
typedef const char *(recorder_party_h)(const char *aor, void *arg);

struct recorder_conf {
	struct loop *loop;
	struct wire *wire;
	struct trace *trace;
	struct ids *ids;
	struct rng *rng;
	const char *name;	  /* user part of its URI, file names */
	const struct addr *local; /* NULL: loopback, any port */
	unsigned protos;	  /* as in sip_ua_conf */
	struct tls *tls;	  /* likewise; borrowed */
	enum recorder_answer answer;
	int refuse;	      /* final code 300..699, 0: accept */
	const char *redirect; /* 302 with this Contact, or NULL */
	int64_t ring_us;      /* 180 after; -1: none */
	bool reliable;	      /* the 180, when the SRC takes it (RFC 3262) */
	bool early_answer;    /* 183 with the SDP instead of the 180 */
	int64_t wait_us;      /* before the final response, which never
				  * comes before the 180; 0.. */
	int64_t bye_after_us; /* from its 200; -1: never */
	int64_t die_after_us; /* from its 200; -1: never */
	struct recorder_login login;
	struct recorder_timer timer;
	const char *const *codec; /* audio that it takes, best first; lines
				   * without any are refused; borrowed */
	size_t n_codecs;	  /* 0: whatever is offered */
	bool no_video;		  /* every line of video is refused */
	bool rtcp_next;		  /* a=rtcp-mux is never taken */
	bool rtcp_named;	  /* nor that, and a=rtcp names its RTCP port */
	enum recorder_srtp srtp;
	unsigned suites; /* of SRTP that it takes, 1 << enum suite; 0: all */
	bool strict;	 /* 400 to what RFC 7866 forbids */
	bool asks_anew;	 /* for all metadata, once a session, when what came
			  * cannot be used (RFC 7866 section 9.2) */
	unsigned mangle; /* enum recorder_mangle */
	const struct recorder_line *line; /* the script; borrowed */
	size_t n_lines;
	const char *dir;	 /* of the files; NULL: none written */
	bool keep;		 /* never replace a file of an earlier run */
	recorder_party_h *party; /* may be NULL: user part of the aor */
	recorder_event_h *event; /* may be NULL */
	void *arg;
};

/* Strings of `conf` are copied. NULL with ERR_ENV when the address is taken. */
struct recorder *recorder_new(const struct recorder_conf *conf, struct err *e);

/* Closes its files (headers right), forgets its sessions, sends nothing. */
void recorder_free(struct recorder *r);

const char *recorder_uri(const struct recorder *r); /* "sip:vault@..." */
const struct addr *recorder_addr(const struct recorder *r);

void recorder_bye(struct recorder *r); /* BYE in every session */
/* Sends what an entry says in every session; `what` is copied. */
void recorder_send(struct recorder *r, const struct recorder_line *what);
/* Gone like a crashed process; files are closed, flows too, so that what is
 * sent to it is refused. Not from inside a recorder_event_h. */
void recorder_kill(struct recorder *r);
int recorder_revive(struct recorder *r, struct err *e);

/* Sessions or answers still open; an INVITE that is never answered is none. */
bool recorder_busy(const struct recorder *r);
size_t recorder_sessions(const struct recorder *r); /* that are up */

#endif
