/*
 * sip/ua.h - a user agent: one address, its transactions, its sessions
 *
 * Caller, callee, SRC and SRS are all of this kind. A user agent answers by
 * itself what needs no decision: OPTIONS, requests for dialogs it does not
 * know, extensions it does not have, a 2xx that nobody waits for any more.
 */
#ifndef SIP_UA_H
#define SIP_UA_H

#include "core/addr.h"
#include "core/dns.h"
#include "core/err.h"
#include "core/ids.h"
#include "core/loop.h"
#include "core/rng.h"
#include "net/tls.h"
#include "net/wire.h"
#include "sip/txn.h"
#include "sip/view.h"
#include "trace/trace.h"

struct sip_ua;
struct sip_edits;

/* An INVITE outside a dialog came. The handler makes a session of it
 * (sip_session_incoming) or answers it with sip_ua_reply; what it leaves gets
 * no response. */
typedef void(sip_invite_h)(struct sip_ua *ua, struct sip_txn *x,
			   const struct sip_view *req, const struct addr *from,
			   void *arg);

/* A request came that may need a login: any but ACK, which has no answer, and
 * CANCEL (RFC 3261 section 22.1). True: it may pass. False: the handler has
 * answered it with sip_ua_reply. */
typedef bool(sip_admit_h)(struct sip_ua *ua, struct sip_txn *x,
			  const struct sip_view *req, void *arg);

struct sip_ua_conf {
	struct loop *loop;
	struct wire *wire;
	struct trace *trace;
	struct ids *ids;
	struct rng *rng;
	const struct dns *dns;	    /* names of hosts; NULL: none is known */
	const char *name;	    /* of the actor, for the trace */
	const struct addr *local;   /* NULL: loopback, any port. All of the
				     * host: Via and Contact show
				     * net_local_any */
	unsigned protos;	    /* that it listens at from the beginning,
				     * bits of 1 << enum addr_proto; 0: UDP.
				     * UDP and TCP share the port; TLS has one
				     * of its own unless it is alone */
	struct tls *tls;	    /* borrowed; NULL: there is no TLS */
	const char *user;	    /* of the Contact URI, or NULL */
	const char *contact_params; /* ";+sip.src", or NULL */
	const char *accept;	    /* media types for OPTIONS and 415 */
	const char *understood;	    /* option tags, comma list, or NULL */
	struct sip_edits *edits;    /* of requests that go out, or NULL;
				     * borrowed */
	sip_invite_h *invite;	    /* NULL: every INVITE gets 603 */
	sip_admit_h *admit;	    /* NULL: everything may pass */
	void *arg;
};

struct sip_ua *sip_ua_new(const struct sip_ua_conf *conf, struct err *e);

/* Closes the address and forgets all sessions, released or not; nothing is
 * sent. Not from inside a handler. */
void sip_ua_free(struct sip_ua *ua);

/* Of the first transport that it listens at. */
const struct addr *sip_ua_addr(const struct sip_ua *ua);
const char *sip_ua_addr_text(const struct sip_ua *ua);

/* Silent from now on, as if the process were gone; and back. Requests that
 * come meanwhile are refused by the wire. */
void sip_ua_kill(struct sip_ua *ua);
int sip_ua_revive(struct sip_ua *ua, struct err *e);

/* Whether anything is still under way: sessions that are not over, requests
 * without final outcome. A run is not finished before. */
bool sip_ua_busy(const struct sip_ua *ua);

/* Dialogs and transactions that it still holds and that will not end by
 * themselves: what a finished run must not leave behind. */
struct sip_ua_left {
	size_t dialogs, transactions;
};
struct sip_ua_left sip_ua_left(const struct sip_ua *ua);

struct sip_ask {
	const char *method;    /* neither INVITE nor ACK */
	const char *uri;       /* Request-URI */
	const char *from, *to; /* name-addr without tag; `to` may have one */
	const char *call_id;
	const char *headers;	  /* whole lines with CRLF, or NULL */
	const char *content_type; /* NULL: no body */
	struct span body;
};

/* A request outside any dialog of ours; the handler as in sip_txn_request.
 * NULL when it cannot be built or its URI leads nowhere. */
struct sip_txn *sip_ua_ask(struct sip_ua *ua, const struct sip_ask *ask,
			   sip_outcome_h *h, void *arg, struct err *e);

/* Sends a request outside any dialog, as whoever the Contact says, without a
 * body. As sip_txn_request; NULL also when the URI leads nowhere. */
struct sip_txn *sip_ua_request(struct sip_ua *ua, const char *method,
			       const char *uri, const char *headers,
			       sip_outcome_h *h, void *arg, struct err *e);

/* Answers a request with no session's help. */
void sip_ua_reply(struct sip_ua *ua, struct sip_txn *x, int code,
		  const char *headers);

#endif
