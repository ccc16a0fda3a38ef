/*
 * call/call_int.h - what the files of a call share; for the call room only
 */
#ifndef CALL_CALL_INT_H
#define CALL_CALL_INT_H

#include "call/call.h"
#include "call/voice.h"
#include "sip/session.h"

struct party {
	struct call *call;
	int index;  /* CALL_CALLER, CALL_CALLEE */
	char *user; /* owned: user part of the address */
	char *sdp;  /* owned: what it said of its media, or NULL */
	struct sip_ua *ua;
	struct sip_session *session; /* NULL before its INVITE */
	struct flow *rtp, *rtcp;
	struct voice *voice;
	struct call_media media;
	struct addr to; /* where the other one listens */
	bool gone;	/* its session is over */
	enum sip_ended how;
};

enum call_step { STEP_RING, STEP_EARLY, STEP_ANSWER, STEP_CANCEL, STEP_END };
enum { CALL_STEPS = STEP_END + 1 };

struct call {
	struct call_conf conf;
	struct call_handlers h;
	void *arg;
	struct party party[CALL_PARTIES];
	struct timer step[CALL_STEPS];
	char dlg_id[24];
	int64_t t0_us; /* the INVITE was sent; -1: not yet */
	bool known;    /* both descriptions are */
	bool answered;
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

/* Its voice starts; `media` and `to` are known. */
void call_speak(struct party *p);

/* ---- caller.c ---- */

void caller_invite(struct call *c);

/* ---- callee.c ---- */

/* sip_invite_h; `arg` is the callee. */
void callee_invited(struct sip_ua *ua, struct sip_txn *x,
		    const struct sip_view *req, const struct addr *from,
		    void *arg);
void callee_ring(struct call *c);
void callee_early(struct call *c);
void callee_answer(struct call *c);

#endif
