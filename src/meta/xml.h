/*
 * meta/xml.h - what the files of this room share about libxml2
 *
 * Documents come from the network, so they are read with every limit on: no
 * network, no DTD, no more than META_MAX bytes, the library's own depth and
 * length limits. Not for other rooms.
 */
#ifndef META_XML_H
#define META_XML_H

#include <libxml/tree.h>
#include <libxml/xmlerror.h>

#include "core/buf.h"
#include "core/err.h"
#include "core/list.h"
#include "core/span.h"
#include "meta/meta.h"

enum { META_FAULTS = 100 }; /* of one document; the rest is dropped */

/* Starts libxml2 once: quiet, and with nothing but memory to load from. Each
 * entry point of the room calls it. */
void xml_begin(void);

/* A well-formed document, owned by the caller (xmlFreeDoc). NULL with
 * ERR_INPUT, a reason, and its line in `*line` (0: unknown). */
xmlDoc *xml_read(struct span text, int *line, struct err *e);

/* Text of libxml2 as we print it: one line, no namespace in braces. */
void xml_tidy(const char *text, char *out, size_t size);

/* Element of the recording namespace; any name when `name` is NULL. */
bool xml_is(const xmlNode *n, const char *name);
const xmlNode *xml_child(const xmlNode *parent, const char *name);
const xmlNode *xml_next(const xmlNode *n, const char *name);

/* Text of an element and value of an attribute without a namespace, trimmed;
 * owned by the caller (free). NULL when there is no such attribute. */
char *xml_text(const xmlNode *n);
char *xml_attr(const xmlNode *n, const char *name);

/* Takes the blanks out of an id, in place: base64Binary may hold them
 * anywhere, and ids compare without. NULL stays NULL. */
char *xml_id(char *text);

/* Owned copy of a string of libxml2, trimmed; frees `s`, which may be NULL. */
char *xml_take(xmlChar *s);

void faults_add(struct meta_faults *f, const char *rule, int line,
		const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Faults against the schema, in document order, rule "xsd". */
void schema_check(xmlDoc *doc, struct meta_faults *f);
void schema_fini(void);

/* Faults against the rules L1 to L8; `label` as in meta_check. */
void lint_check(const xmlDoc *doc, const char *const *label, size_t n_labels,
		bool sdp, struct meta_faults *f);

/* RFC 3339 with zone, upper case T and Z (RFC 7865 section 6.9), as
 * microseconds since 1970. */
bool time_read(const char *text, int64_t *us);

/* RFC 7989 section 5 with blanks around ';' and '='. */
bool sip_session_id_ok(const char *text);

/* The elements of a fragment as children of the document's root, which is not
 * part of it. NULL with ERR_SCENARIO, "line N: ...". */
xmlDoc *fragment_read(struct span xml, bool own_ns, struct err *e);

#endif
