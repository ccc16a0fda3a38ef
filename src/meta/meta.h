/*
 * meta/meta.h - recording metadata (RFC 7865)
 *
 * A model of plain data, a writer, and the checks: the schema, and the cross
 * references that no schema sees. libxml2 is used only in this room, and only
 * from one thread.
 */
#ifndef META_META_H
#define META_META_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/span.h"

#define META_NS "urn:ietf:params:xml:ns:recording:1"
#define META_TYPE "application/rs-metadata+xml"

enum { META_ID = 25, META_MAX = 1024 * 1024 };

/* Times: microseconds since 1970 UTC, 0 = not known and left out. Ids: base64
 * of 16 octets (core/ids.h). Strings are borrowed, UTF-8, unescaped; what is
 * not UTF-8 is written as U+FFFD. */
struct meta_participant {
	char id[META_ID];
	const char *aor;  /* NULL: anonymous (RFC 3323) */
	const char *name; /* NULL: nameID without name */
	const char *xml;  /* replaces nameID: elements, or NULL */
	int64_t associate_us, disassociate_us;
	const char *const *send; /* stream ids */
	size_t n_send;
	const char *const *recv;
	size_t n_recv;
};

struct meta_stream {
	char id[META_ID];
	const char *label; /* NULL: known but not carried */
};

struct meta_session {
	char id[META_ID];
	const char *sip_session_id; /* RFC 7989 value, or NULL */
	const char *group;     /* group id as base64 of 16 octets, or NULL */
	const char *group_xml; /* extension elements, or NULL */
	const char *session_xml;
	int64_t start_us, stop_us;
	int64_t associate_us, disassociate_us; /* of session and recording */
};

struct meta_doc {
	bool partial; /* datamode */
	/* Ways in which documents are written wrongly in the field: texts and
	 * fragments are put in as they are, times end in +0000. */
	bool raw, offset_times;
	const struct meta_session *session; /* NULL: none */
	const struct meta_participant *participant;
	size_t n_participants;
	const struct meta_stream *stream;
	size_t n_streams;
};

/* Appends the document: declaration, elements in schema order. A complete one
 * associates every participant and the recording with the session, and with
 * its streams unless it has left and has none. A partial
 * one has only the associations that are dated; a participant in it without
 * aor and xml is one the recorder knows, so only its streams are told. -1
 * with ERR_SCENARIO when an `xml` fragment cannot stand where it should
 * (meta_check_fragment), or when `b` is too small. */
int meta_write(struct buf *b, const struct meta_doc *d, struct err *e);

/* Whether text is a well-formed sequence of elements to put into a document.
 * Elements without prefix are in the namespace of recording metadata, and are
 * a participant's: nameID, one at least. `own_ns`: every top element must have one of its own (RFC 7865 schema:
 * ##other), and there may be none at all. -1 says line and reason. */
int meta_check_fragment(struct span xml, bool own_ns, struct err *e);

/* ---- checks ---- */

struct meta_fault {
	char rule[16]; /* "xsd", "L1" .. "L18", or "xml" */
	int line;      /* in the document, 0: unknown */
	char text[256];
};

struct meta_faults {
	struct meta_fault *at; /* owned */
	size_t n;
};

/* Judges one document as a recorder would: well-formed, no DTD, valid by our
 * schema of RFC 7865, and lint rules L1 to L8 (the list is in the header of
 * meta/lint.c). `label` are the a=label values of live m-lines in the SDP of
 * the same message (L5); with `sdp` false L5 is not judged. Returns the number
 * of faults, at most 100 for a document; they are appended. */
size_t meta_check(struct span xml, const char *const *label, size_t n_labels,
		  bool sdp, struct meta_faults *out);
void meta_faults_fini(struct meta_faults *f);

/* ---- queries ---- */

struct meta_found {
	char **value; /* owned: string value of each node, or one
				 * number, boolean or string as text */
	size_t n;
};

/* Evaluates an XPath 1.0 expression with prefix `r` for the namespace. -1
 * with ERR_INPUT (document) or ERR_SCENARIO (expression). Numbers print as
 * "2", "2.5"; booleans as "true", "false". */
int meta_xpath(struct span xml, const char *xpath, struct meta_found *out,
	       struct err *e);
void meta_found_fini(struct meta_found *f);

/* Whether an expression compiles, for `check`. */
int meta_xpath_check(const char *xpath, struct err *e);

struct meta_sender {
	char id[64];   /* participant_id, cut; empty when nobody is known */
	char aor[256]; /* the first one, cut */
};

/* What a recorder needs to name its files: the first sender of the stream with
 * this label. False when the label is not in the document. */
bool meta_label_sender(struct span xml, const char *label,
		       struct meta_sender *out);

/* Frees what the room keeps between calls; for the end of the program. */
void meta_fini(void);

#endif
