/*
 * sip/view.h - a SIP message as it lies in its bytes
 *
 * A view borrows: it points into the text and owns nothing. It is tolerant,
 * for reports, checks and captures; what a user agent acts upon has passed
 * sip/head.h too.
 */
#ifndef SIP_VIEW_H
#define SIP_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "core/span.h"
#include "trace/trace.h"

struct sip_view {
	struct span text; /* all of it */
	bool request;
	struct span method; /* start line of a request */
	struct span uri;
	int code; /* start line of a response; 0 in requests */
	struct span reason;
	struct span headers; /* header lines, without the empty line */
	struct span body;    /* cut to Content-Length when that is shorter */
	struct span call_id;
	uint32_t cseq;
	struct span cseq_method;
	struct span from, to;	      /* whole values */
	struct span from_tag, to_tag; /* empty without a tag */
	struct span via;	      /* topmost value */
	struct span branch;	      /* of the topmost Via */
};

/* False when it does not begin like SIP (RFC 3261 section 7) or has no end of
 * headers. */
bool sip_view(struct span text, struct sip_view *v);

/* The nth (from 0) header line of a name, in any case, long or compact form;
 * comma lists are left as they are. Continuation lines are part of the value.
 */
bool sip_view_header(const struct sip_view *v, const char *name, unsigned nth,
		     struct span *value);
unsigned sip_view_header_count(const struct sip_view *v, const char *name);

/* The nth element of all comma lists of a name together; quoted strings and
 * <> are respected. */
bool sip_view_element(const struct sip_view *v, const char *name, unsigned nth,
		      struct span *value);

/* All those elements, one after the other: what a peer may send by the
 * thousand is not to be counted from the start each time. */
struct sip_walk {
	struct span rest, list;
	struct span name;
};
void sip_walk(struct sip_walk *w, const struct sip_view *v, const char *name);
bool sip_walk_next(struct sip_walk *w, struct span *value);

/* Whether a comma list (Require, Supported, Allow, ...) has this token, case
 * folded. */
bool sip_view_lists(const struct sip_view *v, const char *name,
		    const char *token);

/* Parameter of a header value (after the URI's closing bracket, if any):
 * ";tag=x" gives "x"; a parameter without value gives an empty span. Quotes
 * are taken off, escapes left in. In a comma list only the first element is
 * looked at. */
bool sip_param(struct span value, const char *name, struct span *out);

/* "host:port" of a Via value, without protocol and parameters. */
struct span sip_via_sent_by(struct span via);

/* URI of a name-addr or addr-spec, without brackets. */
struct span sip_addr_uri(struct span value);

/* A SIP or SIPS URI as an address-of-record: without the parameters and
 * headers, which say how to reach it (RFC 3261 section 10.3, step 5). A port
 * stays, for with it the URI is another one (section 19.1.4); so do parameters
 * of tel URIs, which are part of the number (RFC 3966 section 5). */
struct span sip_uri_aor(struct span uri);

/* Display name without quotes, escapes left in; empty when there is none. */
struct span sip_addr_display(struct span value);

/* Content-Type's type/subtype without parameters, trimmed. */
struct span sip_view_type(const struct sip_view *v);

/* For trace_set_classifier. */
void sip_classify(struct trace_sip *m);

#endif
