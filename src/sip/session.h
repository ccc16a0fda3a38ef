/*
 * sip/session.h - INVITE sessions: set-up, change, end (RFC 3261 12 to 15)
 *
 * A session is one dialog, ours from either side. Bodies pass through as they
 * are: offers and answers are the owner's business. What the transaction
 * layer leaves open is done here: ACK to a 2xx and its repetition, 2xx
 * repetition until the ACK, CANCEL races, 491, reliable provisional responses
 * and their PRACK (RFC 3262).
 */
#ifndef SIP_SESSION_H
#define SIP_SESSION_H

#include "core/buf.h"
#include "sip/targets.h"
#include "sip/ua.h"

struct sip_session;

enum sip_ended {
	SIP_ENDED_HERE,	     /* our BYE got its answer, or none in time */
	SIP_ENDED_BY_PEER,   /* BYE came, 200 went */
	SIP_ENDED_CANCELLED, /* the caller's CANCEL came first */
	SIP_ENDED_LOST	     /* our 2xx was never acknowledged */
};

/* Why an INVITE of ours failed. */
struct sip_failure {
	enum sip_outcome outcome; /* FINAL, TIMEOUT, UNREACHABLE, ... */
	int code;		  /* 300..699; 408 and 503 as RFC 3261 8.1.3.1
				 * says for TIMEOUT and UNREACHABLE */
	const struct sip_view *resp; /* FINAL only */
	const char *why;	     /* MALFORMED, UNREACHABLE, and FINAL
				      * when a challenge was not answered; or
				      * NULL */
	bool cancelled;		     /* it ends what sip_session_hangup began */
};

/* All may be NULL. A handler may hang up and release its session. */
struct sip_session_handlers {
	/* A 1xx to our first INVITE. To one that is reliable the PRACK goes
	 * out when this returns, unless it was sent by sip_session_prack. */
	void (*progress)(struct sip_session *s, const struct sip_view *resp,
			 void *arg);
	/* A 2xx to our first INVITE. The ACK goes out when this returns, unless
	 * it was sent by sip_session_ack. */
	void (*answered)(struct sip_session *s, const struct sip_view *resp,
			 void *arg);
	/* Our first INVITE failed; the session is over. */
	void (*failed)(struct sip_session *s, const struct sip_failure *f,
		       void *arg);
	/* A reliable response of ours got its PRACK. True: that was answered;
	 * false, or NULL: 200 without a body. */
	bool (*pracked)(struct sip_session *s, struct sip_txn *x,
			const struct sip_view *prack, void *arg);
	/* The ACK to our 2xx came. */
	void (*acked)(struct sip_session *s, const struct sip_view *ack,
		      void *arg);
	/* The peer's re-INVITE: answer it with sip_session_answer or
	 * sip_session_reject, now or later. NULL: 488. */
	void (*reinvited)(struct sip_session *s, const struct sip_view *req,
			  void *arg);
	/* BYE came. True: the owner has answered it, or will, or never, and
	 * the session is not over by it. False, or NULL: 200, and `ended`. */
	bool (*bye)(struct sip_session *s, struct sip_txn *x,
		    const struct sip_view *req, void *arg);
	/* Any other request inside the dialog but BYE and CANCEL. True: it
	 * was answered; false: the user agent's own answer. */
	bool (*request)(struct sip_session *s, struct sip_txn *x,
			const struct sip_view *req, void *arg);
	/* The server's address did not serve, and the same INVITE has gone to
	 * its next one (RFC 3263 section 4.3). */
	void (*moved)(struct sip_session *s, void *arg);
	/* Over, exactly once, unless `failed` was called. */
	void (*ended)(struct sip_session *s, enum sip_ended how, void *arg);
};

/* For servers that ask (RFC 3261 section 22). The user has neither quotes nor
 * backslashes. */
struct sip_login {
	const char *user, *password;
};

/* RFC 3261 section 18.1.1: what is larger than 1,300 bytes goes by TCP. */
enum sip_by_size {
	SIP_SIZE_IGNORED,
	SIP_SIZE_WARNS,	 /* it goes by UDP, and the trace says so once for
			  * each user agent */
	SIP_SIZE_DECIDES /* and by UDP again where nobody takes it by TCP */
};

struct sip_invite {
	const char *uri;	  /* Request-URI */
	struct sip_way way;	  /* where it names no transport */
	enum sip_by_size by_size; /* likewise */
	const char *from, *to;	  /* name-addr without tag */
	const char *headers;	  /* whole lines with CRLF, or NULL */
	const char *always; /* those of ACK to a 2xx and PRACK, likewise */
	const char *content_type; /* NULL: no body, late offer */
	struct span body;
	const struct sip_login *login; /* copied; NULL: none */
};

/* Sends an INVITE to the first address of its URI, and when nobody answers there,
 * or with 503, to the next one, in the same dialog to be. It and every later request of the session are sent once
 * more, with the login, when the peer asks for that; nobody hears of it. NULL when it cannot be built or its URI leads nowhere
 * (ERR_INPUT); handlers are never called before this returns. The session is
 * owned by the caller until sip_session_release. */
struct sip_session *sip_session_invite(struct sip_ua *ua,
				       const struct sip_invite *inv,
				       const struct sip_session_handlers *h,
				       void *arg, struct err *e);

/* While no response at all has come to our first INVITE: its address is given
 * up, and `moved` follows. False: it was the last one. */
bool sip_session_next_target(struct sip_session *s);

/* From inside `failed` alone: the same once more with the headers and the body
 * of `inv`, same Call-ID, From and To and the next CSeq (RFC 3261 section
 * 8.1.3.5, RFC 4028 section 7.3). -1: it cannot go out, and the session is
 * over. */
int sip_session_invite_again(struct sip_session *s,
			     const struct sip_invite *inv);

/* Takes the INVITE of a sip_invite_h as a session; nothing is sent yet. */
struct sip_session *sip_session_incoming(struct sip_ua *ua, struct sip_txn *x,
					 const struct sip_session_handlers *h,
					 void *arg);

/* Responses to the INVITE, or re-INVITE, that waits. `body` by content type;
 * NULL type: none. */
void sip_session_progress(struct sip_session *s, int code, const char *headers,
			  const char *content_type, struct span body);
/* The same, repeated until its PRACK comes (RFC 3262 section 3): for 64*T1,
 * then the INVITE is refused with 504. One after the other, and a 2xx waits for
 * those that have a body. Only when the peer takes them. */
void sip_session_progress_reliably(struct sip_session *s, int code,
				   const char *headers,
				   const char *content_type, struct span body);
bool sip_session_takes_reliable(const struct sip_session *s);
void sip_session_answer(struct sip_session *s, int code, const char *headers,
			const char *content_type, struct span body);
void sip_session_reject(struct sip_session *s, int code, const char *headers);

/* The 2xx is sent as it is, whatever it says: for recorders that misbehave.
 * `text` is the whole message. */
void sip_session_answer_raw(struct sip_session *s, struct span text);
/* The 2xx that sip_session_answer would send, for such mangling. */
void sip_session_print_answer(struct sip_session *s, struct buf *b, int code,
			      const char *headers, const char *content_type,
			      struct span body);

/* ACK with an answer, from inside `answered` (late offer). */
void sip_session_ack(struct sip_session *s, const char *content_type,
		     struct span body);

/* PRACK with a body, from inside `progress`: the answer to an offer in a
 * reliable response (RFC 3262 section 5). A no-op when none is due. */
void sip_session_prack(struct sip_session *s, const char *content_type,
		       struct span body);

/* Outcome of a change; `resp` NULL unless FINAL. */
typedef void(sip_change_h)(struct sip_session *s, enum sip_outcome o,
			   const struct sip_view *resp, void *arg);

/* Sends a re-INVITE. -1 while the dialog is not up or another INVITE is open
 * in it (RFC 3261 section 14.1). A 491 is waited out and tried once more; what
 * comes here meanwhile takes the place of what waits, whose handler is not
 * called. */
int sip_session_reinvite(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body,
			 sip_change_h *h, void *arg);

/* Any other request in the dialog. -1 while it is neither up nor early. */
int sip_session_request(struct sip_session *s, const char *method,
			const char *headers, const char *content_type,
			struct span body, sip_change_h *h, void *arg);

/* Ways to send a request wrongly, for peers that must cope. */
enum { SIP_WRONG_TAG = 1, SIP_WRONG_CSEQ = 2 };

/* Sends a request, also an INVITE or BYE, that the dialog keeps no account of:
 * with a To tag that is not the peer's, or a CSeq below that of the request
 * before. -1 while the dialog is not up. */
int sip_session_stray(struct sip_session *s, unsigned wrong, const char *method,
		      const char *headers, const char *content_type,
		      struct span body, sip_change_h *h, void *arg);

/* Answers a request handed to `request` or `bye`. */
void sip_session_reply(struct sip_session *s, struct sip_txn *x, int code,
		       const char *headers, const char *content_type,
		       struct span body);

/* While the first INVITE is open: the same once more, with the same CSeq, no To
 * tag and a body of its own, which no client may send (RFC 3261 section 14.1).
 * Whatever comes of it is nobody's business. */
void sip_session_second_invite(struct sip_session *s, const char *headers,
			       const char *content_type, struct span body);

/* A 2xx to the first INVITE that comes from now on gets neither ACK nor BYE, as
 * clients do that forget what they cancelled. */
void sip_session_forsake(struct sip_session *s);

/* The Contact of this dialog, a whole value. */
const char *sip_session_contact(const struct sip_session *s);
/* What our 2xx in this dialog have as Contact instead; copied. */
void sip_session_set_contact(struct sip_session *s, const char *value);

/* Ends it as its state asks for: BYE; CANCEL, after a provisional response
 * only (RFC 3261 section 9.1); ACK and BYE for a 2xx that crosses it; 480 to
 * an INVITE not yet answered. `headers` go on the BYE or CANCEL. */
void sip_session_hangup(struct sip_session *s, const char *headers);

/* The owner lets go: no handler runs any more, the user agent frees it when
 * its business is done. NULL is fine. */
void sip_session_release(struct sip_session *s);

/* Releases it and forgets it at once, as a process that dies would: nothing
 * more is sent, no handler runs. An INVITE of the peer's that waits stays
 * without an answer. NULL is fine. */
void sip_session_drop(struct sip_session *s);

bool sip_session_is_up(const struct sip_session *s); /* 2xx, no BYE yet */
/* Not answered yet, but a reliable response and its PRACK have made a dialog
 * that takes requests (RFC 3311 section 5.1). */
bool sip_session_is_early(const struct sip_session *s);
bool sip_session_is_open(const struct sip_session *s); /* an INVITE is open */
bool sip_session_waits(const struct sip_session *s);   /* after a 491 */
/* An INVITE of ours waits for its final response. */
bool sip_session_is_offering(const struct sip_session *s);
/* Where the newest first INVITE went, or came from. */
const struct addr *sip_session_peer(const struct sip_session *s);
const char *sip_session_call_id(const struct sip_session *s);
/* The INVITE that waits for our answer, or NULL. */
const struct sip_view *sip_session_invite_view(const struct sip_session *s);

#endif
