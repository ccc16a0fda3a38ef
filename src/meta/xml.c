#include "meta/xml.h"

#include <stdlib.h>
#include <string.h>

#include <libxml/SAX2.h>
#include <libxml/parser.h>
#include <libxml/xmlIO.h>

#include "core/xalloc.h"

static bool begun;

static void keep_quiet(void *arg, xmlErrorPtr error)
{
	(void)arg;
	(void)error;
}

static void print_nothing(void *arg, const char *fmt, ...)
{
	(void)arg;
	(void)fmt;
}

static xmlParserInputPtr load_nothing(const char *url, const char *id,
				      xmlParserCtxtPtr ctxt)
{
	(void)url;
	(void)id;
	(void)ctxt;
	return NULL;
}

void xml_begin(void)
{
	if (begun)
		return;
	xmlInitParser();
	xmlSetStructuredErrorFunc(NULL, keep_quiet);
	xmlSetGenericErrorFunc(NULL, print_nothing);
	xmlSetExternalEntityLoader(load_nothing);
	begun = true;
}

void meta_fini(void)
{
	if (!begun)
		return;
	schema_fini();
	xmlCleanupParser();
	begun = false;
}

void xml_tidy(const char *text, char *out, size_t size)
{
	static const char ns[] = "{" META_NS "}";
	size_t n = 0;

	while (*text && n + 1 < size) {
		if (strncmp(text, ns, sizeof(ns) - 1) == 0) {
			text += sizeof(ns) - 1;
			continue;
		}
		out[n++] = (unsigned char)*text < ' ' ? ' ' : *text;
		text++;
	}
	while (n && (out[n - 1] == ' ' || out[n - 1] == '.'))
		n--;
	out[n] = '\0';
}

/* ---- reading ---- */

static void refuse_dtd(void *arg, const xmlChar *name, const xmlChar *id,
		       const xmlChar *url)
{
	xmlParserCtxtPtr ctxt = arg;
	int *dtd_line = ctxt->_private;

	(void)name;
	(void)id;
	(void)url;
	*dtd_line = xmlSAX2GetLineNumber(ctxt);
	xmlStopParser(ctxt);
}

static int read_fault(xmlParserCtxtPtr ctxt, int dtd_line, int *line,
		      struct err *e)
{
	const xmlError *last = xmlCtxtGetLastError(ctxt);
	char text[200];

	if (dtd_line) {
		*line = dtd_line;
		return err_set(e, ERR_INPUT,
			       "document type declaration refused");
	}
	if (!last || !last->message)
		return err_set(e, ERR_INPUT, "not well-formed");
	*line = last->line;
	xml_tidy(last->message, text, sizeof(text));
	return err_set(e, ERR_INPUT, "%s", text);
}

xmlDoc *xml_read(struct span text, int *line, struct err *e)
{
	xmlParserCtxtPtr ctxt;
	xmlDoc *doc;
	int dtd_line = 0;

	*line = 0;
	if (text.n == 0 || text.n > META_MAX) {
		err_set(e, ERR_INPUT, "document of %zu bytes, wanted 1 to %d",
			text.n, META_MAX);
		return NULL;
	}
	xml_begin();
	ctxt = xmlNewParserCtxt();
	ctxt->_private = &dtd_line;
	ctxt->sax->internalSubset = refuse_dtd;
	doc = xmlCtxtReadMemory(
		ctxt, text.p, (int)text.n, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |
			XML_PARSE_NOCDATA | XML_PARSE_BIG_LINES);
	/* a prefix without declaration is well-formed, yet nobody who reads
	 * namespaces takes it */
	if (!doc || dtd_line || !ctxt->nsWellFormed ||
	    !xmlDocGetRootElement(doc)) {
		read_fault(ctxt, dtd_line, line, e);
		xmlFreeDoc(doc);
		doc = NULL;
	}
	xmlFreeParserCtxt(ctxt);
	return doc;
}

/* ---- the tree ---- */

bool xml_is(const xmlNode *n, const char *name)
{
	return n->type == XML_ELEMENT_NODE && n->ns && n->ns->href &&
	       strcmp((const char *)n->ns->href, META_NS) == 0 &&
	       (!name || strcmp((const char *)n->name, name) == 0);
}

static const xmlNode *from(const xmlNode *n, const char *name)
{
	while (n && !xml_is(n, name))
		n = n->next;
	return n;
}

const xmlNode *xml_child(const xmlNode *parent, const char *name)
{
	return from(parent->children, name);
}

const xmlNode *xml_next(const xmlNode *n, const char *name)
{
	return from(n->next, name);
}

char *xml_take(xmlChar *s)
{
	char *copy = span_dup(span_trim(span_of((const char *)s)));

	xmlFree(s);
	return copy;
}

char *xml_text(const xmlNode *n)
{
	return xml_take(xmlNodeGetContent(n));
}

char *xml_attr(const xmlNode *n, const char *name)
{
	xmlChar *value = xmlGetNoNsProp(n, (const xmlChar *)name);

	return value ? xml_take(value) : NULL;
}

char *xml_id(char *text)
{
	char *to = text;
	const char *at;

	for (at = text; at && *at; at++)
		if (!strchr(" \t\r\n", *at))
			*to++ = *at;
	if (to)
		*to = '\0';
	return text;
}
