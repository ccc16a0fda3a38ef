/*
 * trace/priv.h - what the files of this room share
 */
#ifndef TRACE_PRIV_H
#define TRACE_PRIV_H

#include "core/hash.h"
#include "trace/arena.h"
#include "trace/pool.h"
#include "trace/trace.h"

struct trace {
	size_t order; /* of the next record, of whatever kind */
	struct arena arena;
	trace_classify_h *classify;
	bool log_arrivals;
	bool exact;   /* trace_exact */
	bool forgets; /* trace_forget */

	struct pool calls;			    /* struct call */
	struct pool sip;			    /* struct sip_record */
	struct pool attempts, events, steps, files; /* the public structs */
	struct pool notes;			    /* struct note_record */
	struct pool rtp;			    /* struct stream */
	struct pool originals;			    /* struct original */

	struct hash names;	  /* struct addr_name by address */
	struct hash call_ids;	  /* struct call_id_bind */
	struct hash same_sip;	  /* struct sip_record by way and digest */
	struct hash unbound;	  /* struct sip_record by Call-ID of no call */
	struct hash loose_notes;  /* struct note_record, likewise */
	struct hash rtp_binds;	  /* struct rtp_bind by destination */
	struct hash streams;	  /* struct stream by way and SSRC */
	struct hash originals_by; /* struct original by call and SSRC */
};

struct note_record {
	struct trace_note pub;
	struct hash_le loose; /* while the Call-ID it is about is of no call */
};

/* Notes about this Call-ID that were of no call are of this one. */
void trace_claim_notes(struct trace *t, struct span call_id, int call);

/* Key of an address in a table: its bytes, all of which count. */
struct span trace_addr_key(const struct addr *a);
/* The name of who is there now, or the address in text; of the trace. */
const char *trace_who(struct trace *t, const struct addr *a);

/* Frees what streams and originals own. */
void trace_rtp_fini(struct trace *t);
void trace_rtp_init(struct trace *t);

#endif
