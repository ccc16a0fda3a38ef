/*
 * sip/session_int.h - what the files of a session share; for the sip room only
 *
 * session.c has the dialog and what comes in it, session_out.c the first INVITE
 * that we send, session_change.c the later ones, session_request.c the other
 * requests, session_in.c the INVITEs that we get, reliable.c the provisional
 * responses that want a PRACK.
 */
#ifndef SIP_SESSION_INT_H
#define SIP_SESSION_INT_H

#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "sip/auth.h"
#include "sip/reliable.h"
#include "sip/session.h"
#include "sip/ua_int.h"

enum session_state {
	INVITING,   /* ours; nothing came yet */
	PROCEEDING, /* ours; a provisional response came */
	CANCELLING, /* ours; CANCEL went, the final response is open */
	INCOMING,   /* the peer's; not yet answered */
	ANSWERED,   /* the peer's; our 2xx waits for its ACK */
	UP,
	ENDING, /* our BYE waits for its answer */
	OVER
};

enum { CHANGE_TRIES = 2 };

/* A request of ours in the dialog, and who wants to know. */
struct change {
	struct le le;
	struct sip_session *session;
	struct sip_txn *x; /* NULL once it is final */
	sip_change_h *h;
	void *arg;
	unsigned challenges; /* that were answered */
	/* to send it once more; NULL without a login */
	char *method, *headers, *type, *body;
	size_t body_n;
};

struct sip_session {
	struct le le; /* in ua->sessions; first for ua.c */
	struct hash_le by_call_id;
	struct sip_ua *ua;
	struct sip_session_handlers h;
	void *arg;
	bool outgoing; /* we sent the first INVITE */
	bool released;
	int depth; /* handlers on the stack: not to be freed */
	enum session_state state;

	/* dialog, RFC 3261 section 12 */
	char *call_id;
	char *local, *remote; /* From and To values as we send them */
	char *local_tag;
	char *remote_tag; /* NULL until known */
	char *target;	  /* URI */
	char *route;	  /* comma list, or NULL */
	struct addr peer; /* where the first INVITE went or came from; its
			   * transport is that of all URIs without one */
	bool sips;	  /* a SIPS URI began it */
	uint32_t local_cseq, remote_cseq;

	/* INVITE of ours that is open, first or later */
	struct sip_txn *out;
	uint32_t out_cseq;
	enum sip_by_size by_size;
	bool by_udp;	      /* it may yet have to */
	struct addr *targets; /* owned: of its URI, in order; NULL: one */
	size_t n_targets, at_target;
	char *ack; /* of the newest 2xx, for repeated ones */
	size_t ack_n;
	uint32_t ack_cseq;
	struct addr ack_to;
	bool acked;
	bool acking;   /* the handler of a 2xx runs: no other INVITE yet */
	bool hangup;   /* asked for while it could not be done */
	bool forsaken; /* a 2xx is left alone */
	char *contact; /* of our 2xx, or NULL: the user agent's */
	char *hangup_headers;
	char *always; /* headers of ACK and PRACK, or NULL */
	/* what the first INVITE began with: target and To without a tag */
	char *first_target, *first_remote;
	struct auth auth;
	char *credentials;   /* lines of the newest INVITE, or NULL */
	unsigned challenges; /* to the INVITE or BYE that is open */
	struct timer cancel_timer;
	struct early_dialogs early;

	/* re-INVITE of ours; and the first one when it may be sent again */
	sip_change_h *change_h;
	void *change_arg;
	char *change_headers, *change_type;
	struct buf change_body;
	struct timer change_timer; /* runs after a 491 */
	int change_tries;
	struct list changes; /* requests other than INVITE */

	/* INVITE of the peer's that is open, first or later */
	struct sip_txn *in;
	uint32_t in_cseq;
	char *in_branch;
	char *ok; /* our 2xx, repeated until the ACK */
	size_t ok_n;
	struct addr ok_to;
	struct timer ok_timer;
	int64_t ok_wait_us, ok_until_us;
	struct provisionals provisional;
};

/* ---- session.c ---- */

struct sip_session *session_new(struct sip_ua *ua, struct span call_id,
				const struct sip_session_handlers *h,
				void *arg);
/* Every way in from outside is between these two: a handler may release the
 * session, and then the last one out frees it. */
void session_enter(struct sip_session *s);
void session_leave(struct sip_session *s);
void session_set_state(struct sip_session *s, enum session_state state);
/* Over, and said so: once. */
void session_ended(struct sip_session *s, enum sip_ended how);
void session_failed(struct sip_session *s, const struct sip_failure *f);
void session_change_free(struct change *c);
/* Frees what `*at` held before. */
void session_replace(char **at, char *owned);
void session_take_target(struct sip_session *s, const struct sip_view *v);
void session_take_route(struct sip_session *s, const struct sip_view *v,
			bool reverse);
void session_take_dialog(struct sip_session *s, const struct sip_view *resp);
/* Puts a request of this dialog into ua->out; where it is to go. */
struct addr session_print(struct sip_session *s, const char *method,
			  uint32_t cseq, const char *headers,
			  const char *content_type, struct span body);

/* ---- session_out.c ---- */

void session_on_cancel_timer(void *arg);
void session_send_cancel(struct sip_session *s);

/* ---- session_change.c ---- */

/* Keeps what it takes to send an INVITE once more. */
void session_keep_invite(struct sip_session *s, const char *headers,
			 const char *content_type, struct span body);
void session_on_change_timer(void *arg);

/* ---- session_request.c ---- */

/* Any request in the dialog, whatever its state. -1 when it cannot go out. */
int session_send(struct sip_session *s, const char *method, const char *headers,
		 const char *content_type, struct span body, sip_change_h *h,
		 void *arg);
void session_send_bye(struct sip_session *s);
/* Whether a response asks for credentials that we have: then the request is
 * to be sent once more. `tries` counts that. */
bool session_is_challenged(struct sip_session *s, enum sip_outcome o,
			   const struct sip_view *resp, unsigned *tries);

/* ---- session_in.c ---- */

void session_on_ok_timer(void *arg);
/* Puts a response in the dialog into `b`. */
void session_print_reply(struct sip_session *s, struct buf *b,
			 const struct sip_txn *x, int code, const char *headers,
			 const char *content_type, struct span body);

#endif
