/*
 * expect/judge.h - what the families of checks share; for this room only
 *
 * A judge holds one check of one call while it is decided. A check function
 * writes what was wanted and what was got, and calls judge_fail for each
 * thing that does not hold; a judge nobody failed has passed.
 */
#ifndef EXPECT_JUDGE_H
#define EXPECT_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/span.h"
#include "scenario/model.h"
#include "trace/trace.h"

struct judge {
	const struct scenario *s;
	const struct trace *t;
	const struct scn_check *c;
	int call;
	int64_t t0_us; /* the call's first INVITE, -1: never sent */
	struct buf wanted, got, why;
	int64_t at_us; /* of what was judged last, -1: nothing */
	bool failed;
	bool skipped; /* there was nothing that it is about */
	bool unmet;   /* it failed, for what it is about never came to be */
	size_t seen;  /* rules: what was looked at */
	bool brief;   /* rules: of each only the first thing */
	bool client;  /* rules: of who calls the recorder */
	const struct trace_sip *proof; /* the message that decides, or NULL */
};

/* Marks the check as failed; reasons are joined with "; ". */
void judge_fail(struct judge *j, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

typedef void(judge_h)(struct judge *j);
judge_h judge_recorded_by, judge_attempts, judge_events, judge_result;
judge_h judge_requests, judge_never, judge_reply, judge_header;
judge_h judge_rtp, judge_quiet, judge_gap;
judge_h judge_audio, judge_files;
judge_h judge_metadata, judge_metadata_valid;
judge_h judge_sdp, judge_same;
judge_h judge_rules;

/* ---- names ---- */

/* Appends "a, b, c", or `none` for an empty list. */
void strings_add(struct buf *b, const struct scn_strings *s, const char *none);

/* Whether a name is a recorder of `srs` or of a `servers` list; and whether
 * it is a real one, whose arrivals nobody sees. */
bool judge_is_recorder(const struct judge *j, const char *name);
bool judge_is_external(const struct judge *j, const char *name);

/* ---- messages (messages.c) ---- */

/* Next request of the call that came to whom the check is about (`to`, else
 * any recorder; `instance`), each transaction once. `method`
 * NULL: any but ACK. Start with *i = 0. */
bool judge_next_request(const struct judge *j, const char *method, size_t *i,
			const struct trace_sip **m);

/* The same, but what recorders ask of the SRC: `to` says which of them. */
bool judge_next_asked(const struct judge *j, const char *method, size_t *i,
		      const struct trace_sip **m);

/* Whether a message reached somebody: seen to arrive, or sent to or by one
 * whose arrivals nobody sees. */
bool judge_came(const struct judge *j, const struct trace_sip *m);
int64_t judge_when(const struct trace_sip *m); /* arrival, else sending */

/* Whether an earlier message that came belongs to the same transaction and is
 * of the same kind: then this one is a retransmission. */
bool judge_is_repeat(const struct judge *j, const struct trace_sip *m);

bool judge_of_instance(const struct judge *j, struct span call_id);

/* ---- bodies (pick.c) ---- */

enum pick_what { PICK_OFFER, PICK_ANSWER, PICK_METADATA };

struct picked {
	const struct trace_sip *m;
	struct span body;
};

/* The recorder a check about bodies means: its `to`, the only one there is,
 * or the last that accepted. NULL, and the check failed, when there is none. */
const char *judge_recorder(struct judge *j);

/* The body that `at` of the check (its default: `preset`) names, of those
 * that came to the recorder (answers: from it). False, and the check failed,
 * when there is no such body. */
bool judge_pick(struct judge *j, enum pick_what what, const char *recorder,
		enum scn_at preset, struct picked *out);

struct mime;
struct meta_faults;

/* Appends the faults of a metadata document, held against the labels of the SDP
 * beside it (metadata.c). */
void judge_document(const struct mime *mime, struct span xml,
		    struct meta_faults *out);

/* ---- streams (rtp.c) ---- */

/* Whether a stream belongs to the call and instance of the check and goes to
 * this recorder; `party` NULL: any, of any kind, else its audio, or the video
 * that the check is about. */
bool judge_stream(const struct judge *j, const struct trace_rtp *r,
		  const char *server, const char *party);

/* ---- what was captured (original.c) ---- */

/* How far the longest gap may be off: a hole stays a hole, but a machine that
 * has other work is late at times. On a virtual clock nothing is. */
#define ORIGINAL_SHORT_US INT64_C(100000)
#define ORIGINAL_LONG_US INT64_C(500000)
#define ORIGINAL_EXACT_US INT64_C(1000)

struct original {
	bool begun;	  /* the recorder had something of the call */
	uint64_t packets; /* sequence numbers, each once */
	uint64_t reordered;
	int64_t max_gap_us; /* -1: no two packets */
};

/* What the party of the check sent in the captured call while the recorder of
 * the check had it: from its 200 to the end of the call. */
void original_of(const struct judge *j, struct original *o);

/* ---- values (want.c) ---- */

bool want_range(const struct scn_range *r, double v);

/* "is", "has", "matches" and "count" of the check: appended to `wanted`. */
void want_text(struct judge *j);
bool want_given(const struct scn_check *c);

/* Judges values found: their number, and that one of them fits all that is
 * wanted. Writes `got`. */
void want_values(struct judge *j, struct span const *value, size_t n);

/* Case-blind, unanchored POSIX extended expression, as for skip codes. */
bool want_matches(const char *pattern, struct span text);

/* Appends "20 ms", "1.5 s"; a time of the call as "2.003 s". */
void want_add_us(struct buf *b, int64_t us);
void want_add_time(const struct judge *j, struct buf *b, int64_t at_us);

/* Appends text of a peer in single quotes, shortened. */
void want_add_quoted(struct buf *b, struct span text);

#endif
