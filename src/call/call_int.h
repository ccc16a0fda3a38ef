/*
 * call/call_int.h - what the files of a call share; for the call room only
 */
#ifndef CALL_CALL_INT_H
#define CALL_CALL_INT_H

#include "call/call.h"
#include "call/voice.h"
#include "core/list.h"
#include "sip/session.h"

/* How a party wants its media to be, whatever the other one says. */
struct stance {
	bool holds; /* the other one shall be silent */
	bool muted; /* it is silent itself */
};

struct ports {
	struct flow *rtp, *rtcp; /* owned; NULL: not open */
};

/* One kind of media of a party. */
struct line {
	struct ports ports;
	struct ports old;    /* until the next port */
	struct ports forked; /* of the callee's other phone */
	struct voice *voice; /* NULL: it never had this kind */
	struct call_media media;
	struct addr to; /* where the other one listens */
};

struct live;
struct capture_moment;

struct party {
	struct call *call;
	int index;		       /* CALL_CALLER, CALL_CALLEE */
	char *user;		       /* owned: user part of the address */
	const struct call_party *who;  /* of the conf, or who took over */
	struct call_identity identity; /* as the other one knows it */
	char *uri, *name;	       /* owned: of `identity` */
	char *sdp;  /* owned: what it said of its media and what holds, or
		     * NULL */
	char *said; /* owned: the newest that it said, refused or not */
	uint32_t sess_id;
	uint64_t version; /* of `said` */
	struct sip_ua *ua;
	struct sip_session *session; /* NULL before its INVITE */
	struct line line[CALL_LINES];
	struct live *live; /* owned; NULL: its media is made here */
	struct stance stance;
	struct sip_txn *invite; /* the callee's; while its answer is open */
	char *heard_tag; /* owned, the caller's: To tag of whose SDP it took */
	struct list changes;	   /* asked for, none of them sent */
	struct change *open;	   /* sent, not yet answered */
	struct timer change_timer; /* looks at `changes` again */
	char *offered; /* owned: in a 2xx that waits for its ACK, or NULL */
	bool gone;     /* its session is over */
	enum sip_ended how;
};

enum call_step {
	STEP_RING,
	STEP_EARLY,
	STEP_FORKED,
	STEP_ANSWER,
	STEP_CANCEL,
	STEP_END
};
enum { CALL_STEPS = STEP_END + 1 };

struct captured;
struct capture_tape;

struct call {
	struct call_conf conf;
	struct captured *captured; /* owned; NULL: synthesized */
	struct call_handlers h;
	void *arg;
	struct party party[CALL_PARTIES];
	struct timer step[CALL_STEPS];
	char dlg_id[24];
	int64_t t0_us; /* the INVITE was sent; -1: not yet */
	bool known;    /* both descriptions are */
	bool answered;
	bool by_update;	      /* the newest change was */
	bool changed_early;   /* by UPDATE, before the answer */
	bool hung_up;	      /* a party was told to end it */
	bool over;	      /* `ended` was called */
	const char *disorder; /* a literal, or NULL */
};

/* Runs a step of the conf `after_us` from the INVITE; a time that has passed is
 * now, one below 0 never. */
void call_arm(struct call *c, enum call_step step, int64_t after_us);

/* Nothing more is said: voices stop, the owner is told. Once. */
void call_over(struct call *c);

/* The session of a party is over. When both are, the trace learns whether the
 * call ended as it should. */
void call_party_gone(struct party *p, enum sip_ended how);

/* Its voices start, or go on as `media` and `to` say now. */
void call_speak(struct party *p);

/* A pair of ports for media of the one who speaks as this party. */
int call_open_ports(struct party *p, const struct call_party *who,
		    struct ports *ports, struct err *e);
void call_close_ports(struct ports *ports);
struct voice *call_open_voice(const struct call *c,
			      const struct call_party *who, struct err *e);

/* An RTP packet came from there to this party; false when the other party of
 * the call did not send it. */
bool call_heard(const struct party *hearer, const struct addr *from,
		const void *p, size_t n);

/* It has video from now on, ports and a voice that speaks one of these codecs;
 * a no-op when it has. */
int call_open_video(struct party *p, const char *const *codec, size_t n,
		    struct err *e);

/* Something that a user may want to know. */
void call_warn(const struct party *p, const char *what, const char *why);

/* The party leaves a dialog that cannot go on; `disorder` is a literal. */
void call_break(struct party *p, const char *disorder);

/* ---- party.c: what it says of itself, and what comes of it ---- */

/* The first offer of the call, owned by the caller: this audio, and the video
 * of the call. */
char *party_first_offer(struct party *p, const struct sdp_codec *codec,
			size_t n_codecs);

/* An offer, owned by the caller. `moved`: CALL_KINDS of ports, those that are
 * open instead of its own; `what`: codecs and video that are not as they are.
 * Either may be NULL. */
char *party_offer(struct party *p, const struct stance *stance,
		  const struct ports *moved, const struct call_change *what);

/* Its answer to an offer, owned by the caller; it is settled already. NULL with
 * ERR_INPUT when there is none, and all is as before. */
char *party_answer(struct party *p, const struct stance *stance,
		   const struct ports *moved, struct span offer, struct err *e);

/* Offer and answer are there: media, address and codec follow; `as_listed` as
 * in offer_agree. -1 with ERR_INPUT, and all is as before. */
int party_settle(struct party *p, const char *mine, struct span peer,
		 bool as_listed, struct err *e);

/* The SDP that a message brings, empty when there is none. */
struct span party_sdp_of(const struct sip_view *v);

/* ---- look.c ---- */

/* The tape of a captured call, from the cache; errors as call_look. */
const struct capture_tape *look_up(const struct call_capture *c, struct err *e);
/* Who is new in a leg that a transfer leads to, as a message about its first
 * INVITE says; `uri` and `name` are owned by the caller, `name` may be NULL. */
int look_newcomer(bool turned, const struct capture_moment *m,
		  const struct sip_view *v, char **uri, char **name);
/* Whose an address is: CALL_PARTIES when nobody said. */
int look_seat(const struct call_capture *c, const struct addr *a);
struct capture_stream;
/* Nothing says what the packets of a stream are, or most of them. */
bool look_is_unnamed(const struct capture_stream *s);

/* ---- captured.c ---- */

/* NULL with the errors of call_look. */
struct captured *captured_new(struct call *c, struct err *e);
void captured_free(struct captured *d); /* NULL is fine */
void captured_start(struct captured *d);
const char *captured_call_id(const struct captured *d);
int64_t captured_wall_us(const struct captured *d);
bool captured_busy(const struct captured *d); /* messages still to come */
void captured_stop(struct captured *d);	      /* plays nothing more */

/* ---- identity.c ---- */

void identity_init(struct party *p);
void identity_fini(struct party *p);
/* A name-addr, owned by the caller; `name` may be NULL. */
char *identity_text(const char *name, const char *uri);
/* Header lines that say it, owned by the caller: Allow, and
 * P-Asserted-Identity unless `uri` is NULL. */
char *identity_headers(const char *name, const char *uri);
/* What a name-addr says; both owned by the caller, `*name` may be NULL. */
void identity_read(struct span value, char **uri, char **name);
/* Takes what a message of this party's says of it (RFC 3325 section 9.1); true
 * when that is news. */
bool identity_hear(struct party *p, const struct sip_view *v);
/* From now on it is somebody else. */
void identity_replace(struct party *p, const struct call_party *who);
/* The same, known by name only; both are taken over, `name` may be NULL. */
void identity_become(struct party *p, char *uri, char *name);

/* ---- change.c: re-INVITE and UPDATE, from either side ---- */

void change_init(struct party *p);
void change_stop(struct party *p); /* no more of them */
void change_fini(struct party *p);

/* Of sip_session_handlers; `arg` is the party. */
void change_reinvited(struct sip_session *s, const struct sip_view *req,
		      void *arg);
void change_acked(struct sip_session *s, const struct sip_view *ack, void *arg);
bool change_request(struct sip_session *s, struct sip_txn *x,
		    const struct sip_view *req, void *arg);

/* ---- caller.c ---- */

void caller_invite(struct call *c);

/* ---- callee.c ---- */

/* sip_invite_h; `arg` is the callee. */
void callee_invited(struct sip_ua *ua, struct sip_txn *x,
		    const struct sip_view *req, const struct addr *from,
		    void *arg);
void callee_ring(struct call *c);
void callee_early(struct call *c);
bool callee_is_reliable(const struct call *c); /* its 1xx want a PRACK */
void callee_answer(struct call *c);

/* ---- live.c: a party whose media comes from outside ---- */

/* Opens the sockets that its source names as its audio ports. -1 with ERR_ENV. */
int live_open(struct party *p, struct err *e);
void live_free(struct live *l); /* NULL is fine */
/* The party has new codecs. NULL is fine. */
void live_settled(struct live *l);

/* ---- forked.c ---- */

void forked_early(struct call *c);

#endif
