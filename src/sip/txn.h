/*
 * sip/txn.h - transactions (RFC 3261 section 17)
 *
 * The state machines of servers are libosip2's, those of clients ours: a
 * recording client has one for every request it sends, and what osip keeps and
 * copies for each costs more than all the rest of a call. Matching, timers and
 * bytes are ours. One layer serves one address. Handlers are called last: they may send
 * requests and replies, and drop transactions, but not free the layer.
 */
#ifndef SIP_TXN_H
#define SIP_TXN_H

#include "core/addr.h"
#include "core/loop.h"
#include "core/span.h"
#include "sip/view.h"

struct sip_txns;
struct sip_txn;

/* RFC 3261 section 17.1.1.1 and table 4. */
#define T1_US INT64_C(500000)
#define T2_US INT64_C(4000000)
#define T4_US INT64_C(5000000)

/* What became of a request. All but PROVISIONAL are final and end the
 * caller's hold on the transaction. */
enum sip_outcome {
	SIP_PROVISIONAL,
	SIP_FINAL,
	SIP_TIMEOUT,	 /* timer B or F: no final response */
	SIP_UNREACHABLE, /* the transport says nobody is there */
	SIP_MALFORMED	 /* an answer came that cannot be read */
};

/* `resp` is NULL but for PROVISIONAL and FINAL; `why` explains MALFORMED and,
 * where it is known, UNREACHABLE. */
typedef void(sip_outcome_h)(enum sip_outcome o, const struct sip_view *resp,
			    const char *why, void *arg);

/* A request came. `x` is its server transaction, to be answered once with a
 * final response; NULL for an ACK that belongs to none (to a 2xx). */
typedef void(sip_request_h)(struct sip_txn *x, const struct sip_view *req,
			    const struct addr *from, void *arg);

/* A response came that belongs to no transaction: a 2xx again, or late. */
typedef void(sip_stray_h)(const struct sip_view *resp, const struct addr *from,
			  void *arg);

/* Sends bytes; -1: the transport refused at once. */
typedef int(sip_send_h)(const struct addr *to, struct span text, void *arg);

/* A request came that no transaction can be made of, but what its answer
 * repeats is there; `why` says what is wrong. Besides sip_garbage_h. */
typedef void(sip_faulty_h)(const struct sip_view *req, const struct addr *from,
			   const char *why, void *arg);

/* Something came that is no SIP a transaction could use. */
typedef void(sip_garbage_h)(const struct addr *from, const char *why,
			    void *arg);

struct sip_txns_conf {
	struct loop *loop;
	sip_send_h *send;
	sip_request_h *request;
	sip_stray_h *stray;
	sip_faulty_h *faulty; /* may be NULL */
	sip_garbage_h *garbage;
	void *arg;
};

struct sip_txns *sip_txns_new(const struct sip_txns_conf *conf);
void sip_txns_free(struct sip_txns *t); /* no handler is called any more */

void sip_txns_receive(struct sip_txns *t, const struct addr *from,
		      struct span datagram);
/* Nobody is there, or the connection to there is gone: whoever waits for an
 * answer from it gets none. `why` may be NULL. */
void sip_txns_unreachable(struct sip_txns *t, const struct addr *to,
			  const char *why);
/* What came from there is no SIP: an answer all the same to who waits for it.
 */
void sip_txns_noise(struct sip_txns *t, const struct addr *from,
		    const char *why);

/* Sends a request of ours (not ACK). The handler is called at least once, but
 * never before this returns. NULL when the text is no valid request: a fault
 * of ours, or of headers a user gave (`e`). */
struct sip_txn *sip_txn_request(struct sip_txns *t, const struct addr *to,
				struct span text, sip_outcome_h *h, void *arg,
				struct err *e);

/* The handler is not called any more; the transaction goes on by itself. */
void sip_txn_detach(struct sip_txn *x);

/* Ends it at once: no retransmission, nothing. */
void sip_txn_kill(struct sip_txn *x);

/* The request as it was sent or received; valid while `x` is. */
const struct sip_view *sip_txn_view(const struct sip_txn *x);
const struct addr *sip_txn_peer(const struct sip_txn *x);
/* Where a request came from, which need not be where its responses go. */
const struct addr *sip_txn_source(const struct sip_txn *x);

/* Sends a response; after a final one `x` is no longer the caller's. */
void sip_txn_reply(struct sip_txn *x, struct span text);

/* The INVITE transaction that a CANCEL names (RFC 3261 section 9.2), or NULL. */
struct sip_txn *sip_txn_of_cancel(struct sip_txns *t,
				  const struct sip_view *cancel);

void sip_txn_set_owner(struct sip_txn *x, void *owner);
void *sip_txn_owner(const struct sip_txn *x);

/* Client transactions whose handler still waits for a final outcome. */
size_t sip_txns_waiting(const struct sip_txns *t);

/* Transactions that will not end by a timer of their own, or whose handler
 * still waits: what a finished run must not leave behind. */
size_t sip_txns_left(const struct sip_txns *t);

#endif
