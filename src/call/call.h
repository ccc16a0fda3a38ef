/*
 * call/call.h - the call that is recorded (CS), synthesized or captured
 *
 * A caller and a callee, each a user agent with a real dialog and RTP of its
 * own on the wire; or a call out of a capture, of which nothing is on the wire
 * any more. The call knows nothing of recordings; who wants to record
 * it listens to its handlers and is told of every RTP packet as it arrives at
 * the other party, as a media relay between the two would see it.
 */
#ifndef CALL_CALL_H
#define CALL_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"
#include "core/ids.h"
#include "core/loop.h"
#include "core/rng.h"
#include "core/span.h"
#include "net/wire.h"
#include "sdp/sdp.h"
#include "trace/trace.h"

struct call;

enum { CALL_CALLER, CALL_CALLEE, CALL_PARTIES, CALL_BOTH = CALL_PARTIES };

/* Kinds of media, in the order of their m-lines. */
/* What a party sends: a line of each kind, and, in a captured call, of audio a
 * second one. */
enum call_kind {
	CALL_AUDIO,
	CALL_VIDEO,
	CALL_KINDS,
	CALL_AUDIO2 = CALL_KINDS,
	CALL_LINES
};

/* As in checks: "audio", "video", "audio2". */
const char *call_kind_name(enum call_kind k);

enum call_source_kind {
	CALL_TONE,
	CALL_WAV,
	CALL_PCAP,
	CALL_SILENCE,
	CALL_UDP /* live: from outside, at a socket of ours */
};

struct call_source {
	enum call_source_kind kind;
	double hz;	  /* CALL_TONE */
	const char *path; /* CALL_WAV, CALL_PCAP */
	bool has_ssrc;	  /* CALL_PCAP: by SSRC, else by number */
	uint32_t ssrc;
	int stream;	     /* from 1; 0: the first */
	struct way_conf way; /* that its media goes */
	const char *keys;    /* pressed a second after it begins to speak, or
			   * NULL; not CALL_PCAP, not CALL_UDP */
	struct addr udp;     /* CALL_UDP: where it is heard; port 0 picks one */
	struct addr peer;    /* CALL_UDP: who is told what the other party says
			   * until somebody is heard; family 0: nobody */
};

struct call_party {
	const char *id; /* "caller": its name in the trace */
	const char *aor;
	const char *name; /* display name, or NULL */
	struct call_source source;
};

/* Who speaks as a party. */
struct call_identity {
	const char *id;	  /* as in call_party */
	const char *uri;  /* as the other one was told last */
	const char *name; /* display name, or NULL */
	unsigned person;  /* counts those who took over, from 0 */
};

enum { CALL_MAX_SPEED = 25 };

/* A call that was captured, to be played once more. */
struct call_capture {
	const char *path;
	const char *call_id; /* which one; NULL: by number, from 1 */
	size_t number;
	size_t pair;  /* not 0: of streams without SIP, see capture/tape.h */
	bool legs;    /* each leg is a call, as inspect --legs lists them; so it
		      * is by the Call-ID of a leg that began no call */
	double speed; /* 1: as captured, 2: twice as fast; 0: nobody waits: on
		       * the virtual clock as captured, else CALL_MAX_SPEED,
		       * and a change waits until `settled` */
	/* What was captured before is there at once, its packets are left out.
	 */
	int64_t start_us;
	enum call_rewrite {
		CALL_REWRITE_NONE,
		CALL_REWRITE_SSRC, /* other SSRCs, each for one of the capture */
		CALL_REWRITE_TIME  /* other sequence numbers and timestamps, as
				    * far apart as the captured ones */
	} rewrite;
	/* Whose an address is, when the capture has it the other way. */
	const struct call_seat {
		struct addr at; /* port 0: any */
		int party;
	} * seat;
	size_t n_seats;
};

struct call_conf {
	struct loop *loop;
	struct wire *wire;
	struct trace *trace;
	struct ids *ids;
	struct rng *rng;
	int index; /* number of the call in the trace, from 0 */
	struct call_party party[CALL_PARTIES];
	/* Whom the callee's 18x and 200 name in P-Asserted-Identity, when that
	 * is not who was called; URI and display name, or NULL. */
	const char *connected, *connected_name;
	int64_t ring_us;	/* 180; -1: none. All from the first INVITE */
	int64_t early_media_us; /* 183 with SDP; -1: none */
	int64_t forked_us;	/* 183 with SDP of another phone of the
				 * callee; -1: none */
	int64_t answer_us;	/* 200, or `reject` */
	int64_t cancel_us;	/* CANCEL by the caller; -1: none */
	int64_t end_us;		/* BYE */
	int reject;		/* 300..699, 0: answer */
	bool ended_by_callee;
	bool late_offer;	  /* the INVITE has no SDP, the 200 offers */
	bool bare_answer;	  /* the 200 has no SDP: the 183 had it */
	bool reliable;		  /* 180 and 183 wait for PRACK (RFC 3262) */
	const char *const *codec; /* names, "PCMU"; preferred first */
	size_t n_codecs;
	const char *const *video; /* the same, "H264"; none: no video */
	size_t n_video;
	bool refuse_video;	   /* the callee takes none that is offered */
	const char *const *header; /* "Name: value" on the INVITE */
	size_t n_headers;
	/* NULL: synthesized. Else of what stands above only the basics and the
	 * names of the parties count, and the way of what they send. */
	const struct call_capture *capture;
};

/* What a captured call is like, before it is played. Times count from its
 * first packet, as it was captured; -1: it did not happen. */
struct call_facts {
	struct call_alias {
		int party;
		char *uri, *name; /* owned; or NULL */
	} * alias;		  /* owned: whatever they were called. The first
				   * two are how the caller and the callee come to be
				   * known */
	size_t n_aliases;
	size_t first[CALL_PARTIES]; /* what they are called when both SDPs are
				     * known first: of `alias` */
	int64_t answered_us, end_us;
	bool cancelled;
	int reject;   /* code, 0: not refused */
	bool changes; /* its media changed on the way */
	bool turned;  /* the caller of the capture is our callee */
	size_t n_rtp[CALL_PARTIES];
};

/* Reads the capture, which then stays in the cache. -1 with ERR_ENV or
 * ERR_INPUT (no capture, encrypted, a codec that nothing names), or
 * ERR_SCENARIO (no such call). */
int call_look(struct call_facts *out, const struct call_capture *c,
	      struct err *e);
void call_facts_fini(struct call_facts *f);

/* All may be NULL. Handlers must not free the call. */
struct call_handlers {
	/* The SDP of the second side came, in a 183, the 200 or the ACK: both
	 * sides of the media are known. Once. */
	void (*sdp_known)(struct call *c, void *arg);
	void (*answered)(struct call *c, void *arg);
	/* A re-INVITE or UPDATE was accepted, its offer and answer, or the
	 * identity that it names, are known; or a response names another one;
	 * or the phone that answers is not the one whose SDP came first. Not
	 * before sdp_known. */
	void (*changed)(struct call *c, void *arg);
	/* An RTP packet of a party came to the other one. */
	void (*rtp)(struct call *c, int party, enum call_kind kind,
		    const void *p, size_t n, void *arg);
	/* Whether those who listen have done what came of the last change; asked
	 * of a captured call that is played without waiting. */
	bool (*settled)(struct call *c, void *arg);
	/* BYE, CANCEL or a refusal: nothing more will be said. Called when the
	 * party that ends it says so, once. */
	void (*ended)(struct call *c, void *arg);
	/* News of a live party: where it is heard, who it is. From call_new on,
	 * so the call is not said; `text` is borrowed. */
	void (*live)(int party, const char *text, void *arg);
};

/* What a live party's socket has seen. */
struct call_live {
	struct addr at;	  /* the socket */
	struct addr peer; /* who speaks there; family 0: nobody yet */
	uint64_t packets; /* RTP of the peer */
	uint64_t relayed; /* of these, sent on to the other live party */
	uint64_t reports; /* RTCP of the peer */
	uint64_t reports_relayed;
	uint64_t strays; /* of somebody else, or no RTP; not relayed */
};

/* What is agreed for one kind of media of one party, both SDPs known. */
struct call_media {
	struct sdp_codec *codec; /* owned; negotiated, the one that the party
				  * sends comes first */
	size_t n_codecs;	 /* 0: there is none; audio there always is */
	enum sdp_dir dir;	 /* of the party, as both agreed: sendonly means
				 * that the other one is silent */
	uint32_t ptime;		 /* ms; 0 for video */
};

/* Opens addresses and media sources; sends nothing. Strings of `conf` are
 * borrowed for the life of the call. NULL with ERR_ENV or ERR_INPUT. */
struct call *call_new(const struct call_conf *conf,
		      const struct call_handlers *h, void *arg, struct err *e);
void call_free(struct call *c); /* NULL is fine; nothing is sent */

void call_start(struct call *c); /* INVITE goes out now */

/* By command, in place of the times of `conf`. No-ops when they make no sense
 * any more. */
void call_cancel(struct call *c);
void call_bye(struct call *c, int party); /* or CALL_BOTH, at once */

/* Presses keys, "0123456789*#ABCD", as events of RFC 4733. A warning in the
 * trace when they cannot be sent. */
void call_dtmf(struct call *c, int party, const char *keys);

/* What a party does to the call that goes on. */
enum call_change_kind {
	CALL_REINVITE, /* nothing but what the fields below say */
	CALL_HOLD,     /* it goes on sending, the other one shall not: its
			* offer says sendonly (RFC 3264 section 8.4) */
	CALL_UNHOLD,
	CALL_MUTE, /* it sends nothing any more: recvonly */
	CALL_UNMUTE,
	CALL_IDENTIFY, /* it is called something else from now on */
	CALL_TRANSFER  /* somebody else takes its place: another voice from
			* another port, in the same dialog, as a B2BUA or an
			* SBC shows a transfer to the side that stays */
};

struct call_change {
	enum call_change_kind kind;
	const char *const *codec; /* names, borrowed for the life of the call;
				   * all that it offers from now on */
	size_t n_codecs;	  /* 0: the codecs stay */
	const char *const *video; /* the same; video is added, or changed */
	size_t n_video;		  /* 0: it stays as it is */
	bool no_video;		  /* it is removed: port 0 (RFC 3264 8.2) */
	bool new_port;		  /* for its media */
	bool by_update;		  /* UPDATE (RFC 3311) instead of INVITE */
	bool late_offer;	  /* INVITE without SDP, offer in the 200 */
	/* CALL_IDENTIFY: URI and display name, or NULL, for
	 * P-Asserted-Identity (RFC 3325, RFC 5876); borrowed. By UPDATE there is
	 * no SDP with it. */
	const char *uri, *name;
	/* CALL_TRANSFER: borrowed for the life of the call; no capture. */
	const struct call_party *to;
};

/* Does it as soon as the call is answered and no other exchange is open, an
 * UPDATE also in an early dialog that takes one; one change after the other.
 * What the other one refuses leaves the call as it
 * was. A no-op when the call is over. */
void call_change(struct call *c, int party, const struct call_change *change);

/* Whether the newest change was made by UPDATE. */
bool call_changed_by_update(const struct call *c);
const struct call_media *call_media(const struct call *c, int party,
				    enum call_kind kind);
const struct call_identity *call_identity(const struct call *c, int party);
/* NULL: the party is not live. */
const struct call_live *call_live(const struct call *c, int party);
const char *call_id(const struct call *c);     /* Call-ID of its dialog */
const char *call_dlg_id(const struct call *c); /* as OpenSIPS' dlg_id: "h:n" */
/* When what its parties send now was said, us since 1970: in a captured call,
 * that moment of the capture. */
int64_t call_wall_us(const struct call *c);
bool call_is_answered(const struct call *c);
bool call_is_over(const struct call *c); /* `ended` was called */

/* Transactions or dialogs still open: not before they are closed is the run
 * finished. */
bool call_busy(const struct call *c);

/* Forgets the media files that calls have read; no call may be left. */
void call_cache_free(void);

#endif
