/*
 * sip/ua_int.h - what the files of a user agent and those of its sessions share;
 * for the sip room only
 *
 * ua.c has its life and what reaches no session, ua_place.c its addresses and
 * what goes and comes there, ua_orphans.c the dialogs that nobody wants.
 */
#ifndef SIP_UA_INT_H
#define SIP_UA_INT_H

#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "sip/conns.h"
#include "sip/session.h"
#include "sip/targets.h"

enum { VIA_TEXT = ADDR_TEXT + 4 };
enum { UA_PROTOS = ADDR_TLS + 1, UA_SIPS = UA_PROTOS, UA_CONTACTS };

struct sip_ua {
	struct sip_ua_conf conf;
	struct flow *flow; /* NULL: no UDP */
	struct sip_conns *conns;
	bool dead;	 /* killed */
	bool large_told; /* an INVITE was too large for UDP: said once */
	/* By transport, as bound and as we show it: never a wildcard. No
	 * address: not open (yet). */
	struct addr bound[UA_PROTOS], at[UA_PROTOS];
	char via[UA_PROTOS][VIA_TEXT]; /* "UDP 192.0.2.1:5060" of `at` */
	struct addr from;	       /* where our connections leave from */
	char *contact[UA_CONTACTS];    /* owned: whole values */
	struct sip_txns *txns;
	struct hash by_call_id; /* sessions */
	struct list sessions;
	struct hash orphans; /* 2xx dialogs ended by ua_end_orphan */
	struct list orphan_list;
	struct buf out; /* message under construction */
};

/* "z9hG4bK" is added by the printer. */
enum { TOKEN = 20 };
void ua_token(struct sip_ua *ua, const char *kind, char out[TOKEN + 1]);

/* Header lines that answer OPTIONS (RFC 3261 section 11.2); owned by the
 * caller. */
char *ua_capabilities(const struct sip_ua *ua);

/* ---- ua_orphans.c ---- */

/* Every 2xx in dialogs of this Call-ID is left without ACK and BYE. */
void ua_leave_orphans(struct sip_ua *ua, const char *call_id);
/* A response that no transaction waits for: a 2xx to an INVITE is the
 * session's, or gets an ACK and a BYE. `arg` is the user agent. */
void ua_stray(const struct sip_view *resp, const struct addr *from, void *arg);
void ua_orphans_free(struct sip_ua *ua);

/* ---- ua_place.c ---- */

/* Opens what the settings ask for, at `local` or, when that is NULL, at some
 * port of the loopback. 0, or -1 and nothing is open. */
int ua_open(struct sip_ua *ua, const struct addr *local, struct err *e);
void ua_close(struct sip_ua *ua);

/* Sends ua->out as it is. */
int ua_send(struct sip_ua *ua, const struct addr *to);
int ua_send_text(struct sip_ua *ua, const struct addr *to, struct span text);

/* All addresses of a URI, as sip_uri_targets. */
size_t ua_targets(struct sip_ua *ua, const char *uri, const struct sip_way *way,
		  struct addr *out, size_t max);
/* There are none: ERR_INPUT and why. */
void ua_nowhere(const struct sip_ua *ua, const char *uri, struct err *e);
/* Where a request outside a dialog goes: the first of them. */
bool ua_outside(struct sip_ua *ua, const char *uri, struct addr *out);
/* Where a request in a dialog goes, to a URI or through a route: to `peer`, who
 * had the last one, when that is one of their addresses. Its transport is
 * theirs where they name none. */
bool ua_next_hop(struct sip_ua *ua, const char *uri, const char *route,
		 const struct addr *peer, struct addr *out);

/* Our address of a transport; opened when it was not yet. */
const struct addr *ua_at(struct sip_ua *ua, enum addr_proto proto);
/* The same for Via, as struct sip_out has it; and without the transport. */
const char *ua_via(struct sip_ua *ua, enum addr_proto proto);
const char *ua_at_text(struct sip_ua *ua, enum addr_proto proto);
/* Contact of dialogs by a transport, or (RFC 3261 section 8.1.1.8) of those
 * that a SIPS URI began. */
const char *ua_contact(struct sip_ua *ua, enum addr_proto proto, bool sips);

/* ---- session.c, called by ua.c ---- */

struct sip_session *session_find(struct sip_ua *ua, struct span call_id,
				 struct span local_tag, struct span remote_tag);
void session_free(struct sip_session *s);
bool session_over(const struct sip_session *s);
/* A request inside the session's dialog, not ACK. */
void session_request(struct sip_session *s, struct sip_txn *x,
		     const struct sip_view *req);
void session_acked(struct sip_session *s, const struct sip_view *ack);
void session_cancelled(struct sip_session *s);
/* The same INVITE again, after its transaction ended with our 2xx. */
bool session_invite_again(struct sip_ua *ua, const struct sip_view *req);
/* Whether a CANCEL names an INVITE whose transaction our 2xx has ended. */
bool session_answered(struct sip_ua *ua, const struct sip_view *cancel);
/* RFC 3261 section 8.2.2.2: an INVITE that waits, come by another way. */
bool session_is_merged(struct sip_ua *ua, const struct sip_view *req);
/* A 2xx of this dialog that no transaction waits for. */
void session_2xx_again(struct sip_session *s, const struct sip_view *resp);

#endif
