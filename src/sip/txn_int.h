/*
 * sip/txn_int.h - what the files of the transaction layer share
 *
 * txn.c has the layer, its keys and the server transactions, txn_client.c the
 * client transactions.
 */
#ifndef SIP_TXN_INT_H
#define SIP_TXN_INT_H

#include <sys/time.h>

#include <osip2/osip.h>

#include "core/hash.h"
#include "core/list.h"
#include "sip/txn.h"

struct sip_txns {
	struct sip_txns_conf conf;
	osip_t *osip;
	struct hash client, server; /* by key */
	struct list all;
	size_t waiting;
};

/* What osip's callbacks told while an event was executed. */
enum news { NEWS_NONE, NEWS_REQUEST };

/* Figures 5 and 6 of RFC 3261. What is COMPLETED there rests here; who is
 * TERMINATED is freed. */
enum client_state { CLIENT_CALLING, CLIENT_PROCEEDING, CLIENT_RESTING };

struct sip_txn {
	struct le le; /* in layer->all; first for sip_txns_left */
	struct hash_le by_key;
	struct sip_txns *layer;
	struct timer timer;   /* the next that is due */
	struct addr peer;     /* where what we send goes */
	struct addr source;   /* of a request of the peer's */
	char *key;	      /* owned */
	char *text;	      /* owned: request, as sent or received */
	struct sip_view view; /* of `text` */
	char *reply; /* owned: newest response (server), ACK (client) */
	size_t reply_n;
	void *owner;
	bool client;

	/* client */
	sip_outcome_h *h; /* NULL: detached */
	void *arg;
	enum client_state state;
	bool invite;
	bool refused;	    /* the transport would not take the request */
	char *why;	    /* owned: the reason, if it is known */
	int64_t step_us;    /* timer A or E: the next wait */
	int64_t again_us;   /* when it is due; -1: never */
	int64_t give_up_us; /* timer B or F */

	/* server */
	osip_transaction_t *tr; /* NULL: at rest */
	type_t timer_event;
	bool dead; /* osip is through with it */
	enum news news;
};

/* `text` is copied; NULL: it is no SIP. */
struct sip_txn *txn_new(struct sip_txns *t, const struct addr *peer,
			struct span text, bool client);
void txn_free(struct sip_txn *x);
/* Sends the response of a server, the ACK of a client, once more; others have
 * none. */
void txn_repeat(const struct sip_txn *x);
struct sip_txn *txn_find(const struct hash *h, const struct sip_view *v,
			 struct span method, bool client);

/* ---- txn_client.c ---- */

void client_on_timer(struct sip_txn *x);
void client_receive(struct sip_txns *t, const struct addr *from,
		    const struct sip_view *v);
/* Takes the caller's hold off it. */
void client_detach(struct sip_txn *x);
/* Whoever waits gets no other answer. */
void client_malformed(struct sip_txn *x, const char *why);

#endif
