/* How a request is written otherwise: the contents of an edit. */
#include "sip/edit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/mime.h"
#include "sip/print.h"
#include "sip/view.h"

enum { PADDING_LINES = 20, PADDING_LINE = 1000 };

#define BOUNDARY "edited-boundary-7d1f"
#define OTHER_BOUNDARY "no-such-boundary"
/* RFC 2046 section 5.1.1: legal, and a token it is not. */
#define ODD_BOUNDARY "edited boundary? 7d1f"
#define INNER_BOUNDARY "inner-boundary-7d1f"

#define SDP_HEADERS "Content-Type: application/sdp\r\n"

/* Bits that need the body to be put together anew. */
#define OF_PARTS                                                               \
	(SIP_SPOIL_METADATA_FIRST | SIP_SPOIL_NO_METADATA |                    \
	 SIP_SPOIL_CUT_METADATA | SIP_SPOIL_NO_END |                           \
	 SIP_SPOIL_WRONG_BOUNDARY | SIP_SPOIL_QUOTED_BOUNDARY |                \
	 SIP_SPOIL_PREAMBLE | SIP_SPOIL_EXTRA_PART | SIP_SPOIL_REQUIRED_PART | \
	 SIP_SPOIL_NESTED | SIP_SPOIL_ONE_LINE | SIP_SPOIL_THREE_LINES)

static const struct {
	const char *name;
	unsigned bit;
} names[] = {
	{"metadata-first", SIP_SPOIL_METADATA_FIRST},
	{"no-metadata", SIP_SPOIL_NO_METADATA},
	{"bare-sdp", SIP_SPOIL_BARE_SDP},
	{"bare-metadata", SIP_SPOIL_BARE_METADATA},
	{"no-body", SIP_SPOIL_NO_BODY},
	{"cut-metadata", SIP_SPOIL_CUT_METADATA},
	{"no-end", SIP_SPOIL_NO_END},
	{"wrong-boundary", SIP_SPOIL_WRONG_BOUNDARY},
	{"quoted-boundary", SIP_SPOIL_QUOTED_BOUNDARY},
	{"preamble", SIP_SPOIL_PREAMBLE},
	{"extra-part", SIP_SPOIL_EXTRA_PART},
	{"required-part", SIP_SPOIL_REQUIRED_PART},
	{"nested", SIP_SPOIL_NESTED},
	{"compact", SIP_SPOIL_COMPACT},
	{"no-length", SIP_SPOIL_NO_LENGTH},
	{"large", SIP_SPOIL_LARGE},
	{"one-line", SIP_SPOIL_ONE_LINE},
	{"three-lines", SIP_SPOIL_THREE_LINES},
};

unsigned sip_spoil_bit(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(names[i].name, name) == 0)
			return names[i].bit;
	return 0;
}

/* ---- the body ---- */

struct body {
	struct buf text;
	struct buf type;  /* Content-Type value; empty: no body */
	bool is_metadata; /* alone: it needs its disposition */
};

/* Up to the m-line after the first `n`. */
static struct span first_lines(struct span sdp, unsigned n)
{
	struct span rest = sdp, line;

	while (span_line(&rest, &line))
		if (span_starts(line, "m=") && n-- == 0)
			return span_from(sdp.p, (size_t)(line.p - sdp.p));
	return sdp;
}

static void add_sdp(struct buf *b, const char *boundary, unsigned spoil,
		    struct span sdp)
{
	struct buf inner;

	if (spoil & SIP_SPOIL_ONE_LINE)
		sdp = first_lines(sdp, 1);
	else if (spoil & SIP_SPOIL_THREE_LINES)
		sdp = first_lines(sdp, 3);
	if (!(spoil & SIP_SPOIL_NESTED)) {
		mime_add(b, boundary, SDP_HEADERS, sdp);
		return;
	}
	buf_init(&inner, SIP_MAX);
	mime_add(&inner, INNER_BOUNDARY, SDP_HEADERS, sdp);
	mime_close(&inner, INNER_BOUNDARY);
	mime_add(b, boundary,
		 "Content-Type: multipart/mixed;boundary=" INNER_BOUNDARY
		 "\r\n",
		 buf_span(&inner));
	buf_fini(&inner);
}

static void add_metadata(struct buf *b, const char *boundary, unsigned spoil,
			 const struct mime_part *meta)
{
	struct span xml = meta->body;
	char *headers = xasprintf("Content-Type: %.*s\r\n"
				  "Content-Disposition: recording-session\r\n",
				  SPAN_ARG(meta->type_value));

	if (spoil & SIP_SPOIL_CUT_METADATA)
		xml.n /= 2;
	mime_add(b, boundary, headers, xml);
	free(headers);
}

static void add_others(struct buf *b, const char *boundary, unsigned spoil)
{
	if (spoil & SIP_SPOIL_EXTRA_PART)
		mime_add(b, boundary,
			 "Content-Type: application/gtd\r\n"
			 "Content-Disposition: signal;handling=optional\r\n",
			 span_of("IAM,\r\nGCI,0123456789abcdef\r\n"));
	if (spoil & SIP_SPOIL_REQUIRED_PART)
		mime_add(b, boundary,
			 "Content-Type: application/x-unknown\r\n"
			 "Content-Disposition: "
			 "recording-session;handling=required\r\n",
			 span_of("nobody knows this\r\n"));
}

static void put_together(struct body *b, unsigned spoil,
			 const struct mime_part *sdp,
			 const struct mime_part *meta)
{
	const char *boundary = spoil & SIP_SPOIL_QUOTED_BOUNDARY ? ODD_BOUNDARY
								 : BOUNDARY;
	bool first = spoil & SIP_SPOIL_METADATA_FIRST;

	if (spoil & SIP_SPOIL_NO_METADATA)
		meta = NULL;
	if (spoil & SIP_SPOIL_PREAMBLE)
		buf_add_str(&b->text,
			    "This is a message of several parts.\r\n");
	if (meta && first)
		add_metadata(&b->text, boundary, spoil, meta);
	if (sdp)
		add_sdp(&b->text, boundary, spoil, sdp->body);
	if (meta && !first)
		add_metadata(&b->text, boundary, spoil, meta);
	add_others(&b->text, boundary, spoil);
	if (!(spoil & SIP_SPOIL_NO_END))
		mime_close(&b->text, boundary);
	if (spoil & SIP_SPOIL_PREAMBLE)
		buf_add_str(&b->text,
			    "And this is after the last of them.\r\n");
	buf_addf(&b->type,
		 spoil & SIP_SPOIL_QUOTED_BOUNDARY
			 ? "multipart/mixed;boundary=\"%s\""
			 : "multipart/mixed;boundary=%s",
		 spoil & SIP_SPOIL_WRONG_BOUNDARY ? OTHER_BOUNDARY : boundary);
}

/* What there is of the wished for part goes alone; nothing else changes a body
 * that has neither. */
static void make_body(struct body *b, unsigned spoil, const struct sip_view *v)
{
	const struct mime_part *sdp, *meta, *alone = NULL;
	struct mime m;
	struct span type;

	mime_of(&m, v, NULL);
	sdp = mime_find(&m, "application/sdp");
	meta = mime_metadata(&m);
	if (spoil & SIP_SPOIL_NO_BODY)
		return;
	if (spoil & SIP_SPOIL_BARE_SDP)
		alone = sdp;
	else if (spoil & SIP_SPOIL_BARE_METADATA)
		alone = meta;
	if (alone) {
		buf_add_span(&b->text, alone->body);
		buf_add_span(&b->type, alone->type_value);
		b->is_metadata = alone == meta;
	} else if ((spoil & OF_PARTS) && (sdp || meta)) {
		put_together(b, spoil, sdp, meta);
	} else if (sip_view_header(v, "Content-Type", 0, &type)) {
		buf_add_span(&b->text, v->body);
		buf_add_span(&b->type, type);
	}
}

/* ---- the head ---- */

/* RFC 3261 section 7.3.3 and 20, RFC 4028 for `x`. */
static const struct {
	const char *name, *compact;
} compacts[] = {
	{"Via", "v"},	       {"From", "f"},		{"To", "t"},
	{"Call-ID", "i"},      {"Contact", "m"},	{"Supported", "k"},
	{"Content-Type", "c"}, {"Content-Length", "l"},
};

static const char *compact_of(struct span name)
{
	size_t i;

	for (i = 0; i < sizeof(compacts) / sizeof(compacts[0]); i++)
		if (span_case_is(name, compacts[i].name))
			return compacts[i].compact;
	return NULL;
}

static void add_line(struct buf *out, unsigned spoil, struct span name,
		     struct span value)
{
	const char *compact = compact_of(name);

	if (compact && (spoil & SIP_SPOIL_COMPACT))
		name = span_of(compact);
	buf_addf(out, "%.*s: %.*s\r\n", SPAN_ARG(name), SPAN_ARG(value));
}

/* Those of the body come anew. */
static void add_head(struct buf *out, unsigned spoil, const struct sip_view *v)
{
	struct span rest = v->headers, line, name;

	while (span_line(&rest, &line)) {
		name = span_trim(span_cut(&line, ':'));
		if (!span_case_is(name, "Content-Type") &&
		    !span_case_is(name, "Content-Length"))
			add_line(out, spoil, name, span_trim(line));
	}
}

static void add_padding(struct buf *out)
{
	char pad[PADDING_LINE + 1];
	int i;

	memset(pad, 'x', PADDING_LINE);
	pad[PADDING_LINE] = '\0';
	for (i = 0; i < PADDING_LINES; i++)
		buf_addf(out, "X-Padding: %s\r\n", pad);
}

static void add_length(struct buf *out, const struct sip_edit *e, size_t n)
{
	char text[32];
	long long length = (long long)n + e->length;

	if (e->spoil & SIP_SPOIL_NO_LENGTH)
		return;
	snprintf(text, sizeof(text), "%lld", length < 0 ? 0 : length);
	add_line(out, e->spoil, span_of("Content-Length"), span_of(text));
}

static void write_message(const struct sip_edit *e, const struct sip_view *v,
			  struct buf *out)
{
	struct span rest = v->text, line;
	struct body b = {.is_metadata = false};
	size_t i;

	buf_init(&b.text, SIP_MAX);
	buf_init(&b.type, 512);
	make_body(&b, e->spoil, v);
	span_line(&rest, &line);
	buf_addf(out, "%.*s\r\n", SPAN_ARG(line));
	add_head(out, e->spoil, v);
	for (i = 0; i < e->n_headers; i++)
		buf_addf(out, "%s\r\n", e->header[i]);
	if (e->spoil & SIP_SPOIL_LARGE)
		add_padding(out);
	if (b.type.n)
		add_line(out, e->spoil, span_of("Content-Type"),
			 buf_span(&b.type));
	if (b.is_metadata)
		buf_add_str(out, "Content-Disposition: recording-session\r\n");
	add_length(out, e, b.text.n);
	buf_add_str(out, "\r\n");
	buf_add_span(out, buf_span(&b.text));
	buf_fini(&b.text);
	buf_fini(&b.type);
}

static void replace_all(struct span text, const char *what, const char *with,
			struct buf *out)
{
	struct span wanted = span_of(what);
	size_t at;

	while ((at = span_find(text, wanted)) < text.n) {
		buf_add(out, text.p, at);
		buf_add_str(out, with);
		text = span_skip(text, at + wanted.n);
	}
	buf_add_span(out, text);
}

/* The body may be longer now than the old Content-Length says. */
static bool view_replaced(struct span text, struct sip_view *v)
{
	if (!sip_view(text, v))
		return false;
	v->body = span_skip(text,
			    (size_t)(v->headers.p - text.p) + v->headers.n);
	if (span_starts(v->body, "\r\n"))
		v->body = span_skip(v->body, 2);
	return true;
}

void sip_spoil(const struct sip_edit *e, struct span text, struct buf *out)
{
	struct sip_view v;
	struct buf replaced;

	buf_init(&replaced, SIP_MAX);
	if (e->replace && e->replace[0])
		replace_all(text, e->replace, e->with ? e->with : "",
			    &replaced);
	else
		buf_add_span(&replaced, text);
	if (view_replaced(buf_span(&replaced), &v))
		write_message(e, &v, out);
	else
		buf_add_span(out, buf_span(&replaced));
	buf_fini(&replaced);
}
