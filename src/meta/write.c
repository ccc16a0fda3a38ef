#include "meta/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xmlwriter.h>

#include "core/clock.h"
#include "core/xalloc.h"
#include "meta/xml.h"

/* RFC 3323 section 4.1.1.3: whom nobody knows. */
#define ANONYMOUS "sip:anonymous@anonymous.invalid"

/* The writer keeps its state in memory and fails only with it, so its results
 * are not looked at one by one. */
struct out {
	xmlTextWriterPtr w;
	const struct meta_doc *d;
	struct err *e;
	int64_t time_us; /* that `time` tells; 0: none yet */
	char time[32];
};

/* ---- text ---- */

/* How many bytes the UTF-8 character at `s` has by its first (RFC 3629 section
 * 3), and its bits; 0 when no character begins so. */
static size_t lead_len(unsigned char lead, uint32_t *bits)
{
	static const struct {
		unsigned char mask, value;
	} leads[] = {{0x80, 0}, {0xe0, 0xc0}, {0xf0, 0xe0}, {0xf8, 0xf0}};
	size_t i;

	for (i = 0; i < sizeof(leads) / sizeof(*leads); i++) {
		if ((lead & leads[i].mask) == leads[i].value) {
			*bits = lead & (unsigned char)~leads[i].mask;
			return i + 1;
		}
	}
	return 0;
}

/* Length of the printable character at `s` that XML 1.0 allows, else 0. */
static size_t char_len(const char *s)
{
	static const uint32_t least[] = {0, ' ', 0x80, 0x800, 0x10000};
	uint32_t c = 0;
	size_t n = lead_len((unsigned char)*s, &c), i;

	for (i = 1; i < n; i++) {
		if (((unsigned char)s[i] & 0xc0) != 0x80)
			return 0;
		c = c << 6 | ((unsigned char)s[i] & 0x3f);
	}
	if (c < least[n] || c == 0x7f || (c >= 0xd800 && c <= 0xdfff) ||
	    c == 0xfffe || c == 0xffff || c > 0x10ffff)
		return 0;
	return n;
}

/* Printable ASCII and no mark-up, as nearly all is: it stands in XML as it is. */
static bool is_plain(const char *s)
{
	while (*s >= ' ' && *s <= '~' && *s != '"' && *s != '&' && *s != '<' &&
	       *s != '>')
		s++;
	return !*s;
}

/* Owned copy that can stand in XML: what is no UTF-8 and no printable
 * character becomes U+FFFD, one for each byte; white space becomes blanks. */
static char *clean(const char *s)
{
	struct buf b;

	buf_init(&b, META_MAX);
	while (*s) {
		size_t n = char_len(s);

		if (n)
			buf_add(&b, s, n);
		else if (strchr("\t\r\n", *s))
			buf_add_char(&b, ' ');
		else
			buf_add_str(&b, "\xef\xbf\xbd");
		s += n ? n : 1;
	}
	return buf_steal(&b);
}

static const xmlChar *xc(const char *s)
{
	return (const xmlChar *)s;
}

static void open_el(struct out *o, const char *name)
{
	xmlTextWriterStartElement(o->w, xc(name));
}

static void close_el(struct out *o)
{
	xmlTextWriterEndElement(o->w);
}

static void raw_attr(struct out *o, const char *name, const char *value)
{
	xmlTextWriterStartAttribute(o->w, xc(name));
	xmlTextWriterWriteRaw(o->w, xc(value));
	xmlTextWriterEndAttribute(o->w);
}

static void attr(struct out *o, const char *name, const char *value)
{
	char *text;

	if (o->d->raw || is_plain(value)) {
		raw_attr(o, name, value);
		return;
	}
	text = clean(value);
	xmlTextWriterWriteAttribute(o->w, xc(name), xc(text));
	free(text);
}

static void text_el(struct out *o, const char *name, const char *value)
{
	char *text;

	if (!value)
		return;
	if (o->d->raw || is_plain(value)) {
		open_el(o, name);
		xmlTextWriterWriteRaw(o->w, xc(value));
		close_el(o);
		return;
	}
	text = clean(value);
	xmlTextWriterWriteElement(o->w, xc(name), xc(text));
	free(text);
}

/* A document mostly tells of one moment: what began at it. */
static const char *time_text(struct out *o, int64_t us)
{
	if (us == o->time_us)
		return o->time;
	o->time_us = us;
	clock_rfc3339(us, !o->d->offset_times, o->time, sizeof(o->time));
	if (o->d->offset_times) /* "+0000" in place of the Z */
		snprintf(o->time + strlen(o->time) - 1, 6, "+0000");
	return o->time;
}

static void time_el(struct out *o, const char *name, int64_t us)
{
	if (us)
		text_el(o, name, time_text(o, us));
}

static void period(struct out *o, int64_t from_us, int64_t to_us)
{
	time_el(o, "associate-time", from_us);
	time_el(o, "disassociate-time", to_us);
}

/* ---- fragments of the user ---- */

/* "prefix:name" or "name", owned by the caller. */
static char *qualify(const char *prefix, const char *name)
{
	return prefix ? xasprintf("%s:%s", prefix, name) : xstrdup(name);
}

static char *qualified(const xmlNs *ns, const xmlChar *name)
{
	return qualify(ns ? (const char *)ns->prefix : NULL,
		       (const char *)name);
}

static void copy_head(struct out *o, const xmlNode *n)
{
	const xmlNs *ns;
	const xmlAttr *a;
	char *name;

	name = qualified(n->ns, n->name);
	open_el(o, name);
	free(name);
	for (ns = n->nsDef; ns; ns = ns->next) {
		name = ns->prefix ? qualify("xmlns", (const char *)ns->prefix)
				  : xstrdup("xmlns");
		xmlTextWriterWriteAttribute(o->w, xc(name),
					    ns->href ? ns->href : xc(""));
		free(name);
	}
	for (a = n->properties; a; a = a->next) {
		xmlChar *value = xmlNodeGetContent((const xmlNode *)a);

		name = qualified(a->ns, a->name);
		xmlTextWriterWriteAttribute(o->w, xc(name), value);
		free(name);
		xmlFree(value);
	}
}

/* Text that counts: white space between elements does not, unless other text
 * stands beside it. */
static bool has_text(const xmlNode *n)
{
	const xmlNode *child;

	for (child = n->children; child; child = child->next)
		if (child->type == XML_TEXT_NODE && !xmlIsBlankNode(child))
			return true;
	return !xmlFirstElementChild((xmlNode *)n);
}

/* Inside of text nothing is indented, as that would change the text. libxml2
 * reads no deeper than 256, so neither goes this. */
static void copy_element(struct out *o, const xmlNode *n, bool in_text)
{
	const xmlNode *child;
	bool text = in_text || has_text(n);

	copy_head(o, n);
	if (text)
		xmlTextWriterSetIndent(o->w, 0);
	for (child = n->children; child; child = child->next) {
		if (child->type == XML_ELEMENT_NODE)
			copy_element(o, child, text);
		else if (child->type == XML_TEXT_NODE && text)
			xmlTextWriterWriteString(o->w, child->content);
	}
	if (text && !in_text) {
		xmlTextWriterSetIndent(o->w, 1);
		if (n->children)
			/* the end tag stands right here */
			xmlTextWriterWriteString(o->w, xc(""));
	}
	close_el(o);
}

static int fragment(struct out *o, const char *xml, bool own_ns,
		    const char *what)
{
	const xmlNode *n;
	xmlDoc *doc;

	if (!xml)
		return 0;
	if (o->d->raw) {
		xmlTextWriterWriteRaw(o->w, xc(xml));
		return 0;
	}
	doc = fragment_read(span_of(xml), own_ns, o->e);
	if (!doc)
		return err_wrap(o->e, "%s", what);
	for (n = xmlDocGetRootElement(doc)->children; n; n = n->next)
		if (n->type == XML_ELEMENT_NODE)
			copy_element(o, n, false);
	xmlFreeDoc(doc);
	return 0;
}

/* ---- the elements ---- */

static int write_group(struct out *o)
{
	const struct meta_session *s = o->d->session;
	int rc;

	if (!s || !s->group)
		return 0;
	open_el(o, "group");
	attr(o, "group_id", s->group);
	rc = fragment(o, s->group_xml, true, "group extension");
	close_el(o);
	return rc;
}

static int write_session(struct out *o)
{
	const struct meta_session *s = o->d->session;
	int rc;

	if (!s)
		return 0;
	open_el(o, "session");
	attr(o, "session_id", s->id);
	text_el(o, "sipSessionID", s->sip_session_id);
	text_el(o, "group-ref", s->group);
	time_el(o, "start-time", s->start_us);
	time_el(o, "stop-time", s->stop_us);
	rc = fragment(o, s->session_xml, true, "session extension");
	close_el(o);
	return rc;
}

static int write_participant(struct out *o, const struct meta_participant *p)
{
	int rc = 0;

	/* one that is only referred to: its nameID is known already */
	if (o->d->partial && !p->aor && !p->xml)
		return 0;
	open_el(o, "participant");
	attr(o, "participant_id", p->id);
	if (p->xml) {
		rc = fragment(o, p->xml, false, "participant");
	} else {
		open_el(o, "nameID");
		attr(o, "aor", p->aor ? p->aor : ANONYMOUS);
		text_el(o, "name", p->name);
		close_el(o);
	}
	close_el(o);
	return rc;
}

static void write_stream(struct out *o, const struct meta_stream *s)
{
	open_el(o, "stream");
	attr(o, "stream_id", s->id);
	if (o->d->session)
		attr(o, "session_id", o->d->session->id);
	text_el(o, "label", s->label);
	close_el(o);
}

/* A partial document holds only the associations that it dates. */
static bool is_told(const struct out *o, int64_t from_us, int64_t to_us)
{
	return o->d->session && (!o->d->partial || from_us || to_us);
}

static void write_session_assoc(struct out *o)
{
	const struct meta_session *s = o->d->session;

	if (!s || !is_told(o, s->associate_us, s->disassociate_us))
		return;
	open_el(o, "sessionrecordingassoc");
	attr(o, "session_id", s->id);
	period(o, s->associate_us, s->disassociate_us);
	close_el(o);
}

static void write_participant_assoc(struct out *o,
				    const struct meta_participant *p)
{
	if (!is_told(o, p->associate_us, p->disassociate_us))
		return;
	open_el(o, "participantsessionassoc");
	attr(o, "participant_id", p->id);
	attr(o, "session_id", o->d->session->id);
	period(o, p->associate_us, p->disassociate_us);
	close_el(o);
}

static void write_media_assoc(struct out *o, const struct meta_participant *p)
{
	size_t i;

	open_el(o, "participantstreamassoc");
	attr(o, "participant_id", p->id);
	for (i = 0; i < p->n_send; i++)
		text_el(o, "send", p->send[i]);
	for (i = 0; i < p->n_recv; i++)
		text_el(o, "recv", p->recv[i]);
	close_el(o);
}

/* Who left and has no stream any more. */
static bool is_gone(const struct meta_participant *p)
{
	return p->disassociate_us && p->n_send + p->n_recv == 0;
}

static int write_recording(struct out *o)
{
	const struct meta_doc *d = o->d;
	size_t i;

	xmlTextWriterStartElementNS(o->w, NULL, xc("recording"), xc(META_NS));
	text_el(o, "datamode", d->partial ? "partial" : "complete");
	if (write_group(o) < 0 || write_session(o) < 0)
		return -1;
	for (i = 0; i < d->n_participants; i++)
		if (write_participant(o, &d->participant[i]) < 0)
			return -1;
	for (i = 0; i < d->n_streams; i++)
		write_stream(o, &d->stream[i]);
	write_session_assoc(o);
	for (i = 0; i < d->n_participants; i++)
		write_participant_assoc(o, &d->participant[i]);
	for (i = 0; i < d->n_participants; i++)
		if (d->partial || !is_gone(&d->participant[i]))
			write_media_assoc(o, &d->participant[i]);
	close_el(o);
	return 0;
}

int meta_write(struct buf *b, const struct meta_doc *d, struct err *e)
{
	xmlBufferPtr text;
	struct out o = {.d = d, .e = e};
	int rc;

	xml_begin();
	text = xmlBufferCreate();
	o.w = xmlNewTextWriterMemory(text, 0);
	xmlTextWriterSetIndent(o.w, 1);
	xmlTextWriterSetIndentString(o.w, xc("  "));
	xmlTextWriterStartDocument(o.w, NULL, "UTF-8", NULL);
	rc = write_recording(&o);
	xmlTextWriterEndDocument(o.w);
	xmlFreeTextWriter(o.w); /* flushes */
	if (rc == 0)
		buf_add(b, xmlBufferContent(text),
			(size_t)xmlBufferLength(text));
	xmlBufferFree(text);
	if (rc == 0 && b->overflow)
		rc = err_set(e, ERR_SCENARIO,
			     "metadata document of more than %zu bytes",
			     b->max);
	return rc;
}
