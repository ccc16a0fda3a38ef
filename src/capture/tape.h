/*
 * capture/tape.h - one call of a capture, moment by moment
 *
 * What inspect tells of a call in figures, kept whole for replay: each message
 * of its first leg and of those that this goes on in, and each packet of its
 * streams, when it was captured. A call that a B2BUA or a proxy carried on is
 * what its first leg says; of what is behind that it is told who was
 * transferred there.
 */
#ifndef CAPTURE_TAPE_H
#define CAPTURE_TAPE_H

#include "capture/calls.h"
#include "core/span.h"

struct capture_moment {
	int64_t at_us;	  /* from the first one; never falls */
	struct span data; /* a whole message or RTP packet, owned by the tape */
	struct addr src, dst;
	const struct capture_stream *stream; /* NULL: a message */
	const struct capture_leg *leg;	     /* NULL: of a stream without SIP */
	enum capture_party party;	     /* of the call; who sent it */
};

struct capture_tape {
	const struct capture_calls *calls; /* of the whole file, borrowed */
	size_t call;
	enum capture_party *seat; /* owned; whose each stream is, when there is
				   * no SIP to say so */
	const struct capture_leg *leg; /* the first of the call; NULL: streams
					* without SIP, who begins is the caller */
	int64_t first_us;	       /* when the first moment was */
	struct capture_moment *at;     /* owned */
	size_t n;
	int64_t end_us; /* when the call was over: BYE, CANCEL, refusal, or
			 * the last that is known of it; as at_us */
	size_t cap;
	struct capture_store *store; /* owned: the bytes */
};

/* Which call: a Call-ID, or, NULL, its number from 1 as inspect lists them. Or
 * a pair of ends between which streams without SIP go, by its number from 1 in
 * the order they began: of all, or of those from or to `caller` and `callee`.
 * In a capture without calls it is always such a pair, the first if unsaid. */
struct capture_wanted {
	const char *call_id;
	size_t number;
	size_t pair;		    /* 0: a call is wanted */
	struct addr caller, callee; /* port 0: any */
};

/* The first stream of each pair that fits `wanted`, owned by the caller; sets
 * `n`. */
const struct capture_stream **capture_pairs(const struct capture_calls *c,
					    const struct capture_wanted *wanted,
					    size_t *n);

/* False with ERR_SCENARIO and how many there are. */
bool capture_find_call(const struct capture_calls *c,
		       const struct capture_wanted *wanted, size_t *call,
		       struct err *e);

/* Whether this Call-ID is that of a leg of the call that did not begin it. */
bool capture_is_later_leg(const struct capture_calls *c, size_t call,
			  const char *call_id);

/* Reads the file once more; `calls` are its, and are borrowed.
 * Errors as capture_read, and of capture_find_call. */
int capture_tape_read(struct capture_tape *out, const char *path,
		      const struct capture_calls *calls,
		      const struct capture_wanted *wanted, struct err *e);
/* Each call of the file in one go: `out` has room for calls->n_calls. */
int capture_tapes_read(struct capture_tape *out, const char *path,
		       const struct capture_calls *calls, struct err *e);
void capture_tape_fini(struct capture_tape *t);

/* Whose a stream is in the call that was taped. */
enum capture_party capture_tape_party(const struct capture_tape *t,
				      const struct capture_stream *s);

#endif
