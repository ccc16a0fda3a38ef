/*
 * sip/reliable.h - reliable provisional responses and PRACK (RFC 3262)
 *
 * For the sip room only, but for the two readers. A session has early dialogs,
 * one for each To tag that answered its INVITE, and a queue of the responses
 * of its own that wait for their PRACK.
 */
#ifndef SIP_RELIABLE_H
#define SIP_RELIABLE_H

#include "core/list.h"
#include "core/loop.h"
#include "sip/session.h"

/* ---- headers ---- */

struct sip_rack {
	uint32_t rseq, cseq;
	struct span method;
};

/* RAck: "776656 1 INVITE" (section 7.2). False on anything else. */
bool sip_rack_parse(struct span value, struct sip_rack *r);

/* Whether a provisional response asks for a PRACK: Require has 100rel, and
 * RSeq is a number from 1 (section 7.1). */
bool sip_rseq_of(const struct sip_view *resp, uint32_t *rseq);

/* ---- of an INVITE of ours ---- */

/* A dialog that a provisional response made (RFC 3261 section 12.1). */
struct early {
	struct le le;
	char *tag;	      /* owned: the peer's */
	uint32_t cseq;	      /* newest of ours in it, unless it is current */
	uint32_t invite_cseq; /* what `rseq` belongs to */
	uint32_t rseq;	      /* newest that came in order, 0: none */
	bool confirmed;	      /* a PRACK in it was accepted */
};

struct early_dialogs {
	struct list all;
	struct early *current; /* the session's dialog, or NULL */
	uint32_t prack_due;    /* RSeq, 0: none */
};

void early_fini(struct early_dialogs *d);
/* False for a reliable response that came before, or too early: it is not to
 * be looked at (section 4). One that is in order makes its dialog the
 * session's; without PRACK there is nothing to say in an early dialog. */
bool early_in_order(struct sip_session *s, const struct sip_view *resp);
/* The PRACK goes out unless sip_session_prack has sent it. */
void early_settle(struct sip_session *s);
/* The 2xx chose its dialog. */
void early_leave(struct sip_session *s, const struct sip_view *resp);

/* ---- of an INVITE of the peer's ---- */

struct provisional; /* a response that waits for its turn or its PRACK */

struct provisionals {
	struct list waiting; /* the first one is being sent */
	uint32_t cseq;	     /* of the INVITE */
	uint32_t rseq;	     /* newest given */
	bool acked;	     /* one of them was */
	struct timer timer;
	int64_t wait_us, until_us;
	char *final; /* owned: a 2xx that waits for them, or NULL */
	size_t final_n;
};

void provisionals_init(struct sip_session *s);
void provisionals_fini(struct sip_session *s);
/* The INVITE has its final response, or will get none: nothing is repeated
 * any more, but a PRACK for what was sent may still come. */
void provisionals_stop(struct sip_session *s);
/* Takes a 2xx that may not go out yet (section 3); false: it may. */
bool provisionals_hold(struct sip_session *s, struct span ok);
void provisionals_prack(struct sip_session *s, struct sip_txn *x,
			const struct sip_view *req);

#endif
