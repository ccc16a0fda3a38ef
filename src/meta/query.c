#include "meta/meta.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/xpath.h>
#include <libxml/xpathInternals.h>

#include "core/xalloc.h"
#include "meta/xml.h"

/* What one expression may cost: steps of libxml2, and bytes of its result. */
enum { OPS_MAX = 2000000, FOUND_MAX = 8 * META_MAX };

/* libxml2 hands these over without a text. */
static const struct {
	int code;
	const char *text;
} reasons[] = {
	{XPATH_UNDEF_PREFIX_ERROR, "unknown prefix (r is known)"},
	{XPATH_UNKNOWN_FUNC_ERROR, "unknown function"},
	{XPATH_UNDEF_VARIABLE_ERROR, "unknown variable"},
	{XPATH_INVALID_ARITY, "wrong number of arguments"},
	{XPATH_INVALID_TYPE, "a value of the wrong type"},
	{XPATH_OP_LIMIT_EXCEEDED, "takes too many steps on this document"},
	{XPATH_RECURSION_LIMIT_EXCEEDED, "too deeply nested"},
};

static void on_error(void *arg, xmlErrorPtr error)
{
	int code = error->code - XML_XPATH_EXPRESSION_OK + XPATH_EXPRESSION_OK;
	struct err *e = arg;
	size_t i;

	if (e->kind != ERR_NONE)
		return; /* the first is the cause */
	for (i = 0; i < sizeof(reasons) / sizeof(*reasons); i++)
		if (reasons[i].code == code)
			break;
	if (i < sizeof(reasons) / sizeof(*reasons))
		err_set(e, ERR_SCENARIO, "%s", reasons[i].text);
	else
		err_set(e, ERR_SCENARIO, "invalid expression at character %d",
			error->int1 + 1);
}

/* The value of an expression over a document; freed by the caller. The
 * context must outlive it, as namespace nodes belong to it. */
static xmlXPathObjectPtr eval(xmlXPathContextPtr ctxt, const char *xpath,
			      struct err *e)
{
	struct err why = ERR_INIT;
	xmlXPathObjectPtr value;

	ctxt->error = on_error;
	ctxt->userData = &why;
	ctxt->opLimit = OPS_MAX;
	ctxt->node = (xmlNodePtr)ctxt->doc;
	xmlXPathRegisterNs(ctxt, (const xmlChar *)"r",
			   (const xmlChar *)META_NS);
	value = xmlXPathEvalExpression((const xmlChar *)xpath, ctxt);
	if (!value)
		err_set(e, ERR_SCENARIO, "xpath '%s': %s", xpath,
			why.text[0] ? why.text : "invalid expression");
	return value;
}

static void add_value(struct meta_found *out, size_t *room, char *value)
{
	if (out->n == *room) {
		*room = *room ? *room * 2 : 8;
		out->value = xreallocarray(out->value, *room,
					   sizeof(*out->value));
	}
	out->value[out->n++] = value;
}

static int add_nodes(struct meta_found *out, const xmlNodeSet *set,
		     struct err *e)
{
	size_t room = 0, bytes = 0;
	int i;

	for (i = 0; set && i < set->nodeNr; i++) {
		add_value(out, &room,
			  xml_take(xmlXPathCastNodeToString(set->nodeTab[i])));
		bytes += strlen(out->value[out->n - 1]) + sizeof(char *);
		if (bytes > FOUND_MAX)
			return err_set(e, ERR_INPUT,
				       "xpath finds more than %d bytes",
				       FOUND_MAX);
	}
	return 0;
}

int meta_xpath(struct span xml, const char *xpath, struct meta_found *out,
	       struct err *e)
{
	xmlXPathContextPtr ctxt = NULL;
	xmlXPathObjectPtr value = NULL;
	size_t room = 0;
	int rc = -1, line;
	xmlDoc *doc;

	out->value = NULL;
	out->n = 0;
	doc = xml_read(xml, &line, e);
	if (!doc)
		return err_wrap(e, "metadata line %d", line ? line : 1);
	ctxt = xmlXPathNewContext(doc);
	value = eval(ctxt, xpath, e);
	if (!value)
		goto out;
	if (value->type == XPATH_NODESET) {
		rc = add_nodes(out, value->nodesetval, e);
	} else {
		add_value(out, &room, xml_take(xmlXPathCastToString(value)));
		rc = 0;
	}
out:
	if (rc < 0)
		meta_found_fini(out);
	xmlXPathFreeObject(value);
	xmlXPathFreeContext(ctxt);
	xmlFreeDoc(doc);
	return rc;
}

void meta_found_fini(struct meta_found *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		free(f->value[i]);
	free(f->value);
	f->value = NULL;
	f->n = 0;
}

/* Unknown prefixes and functions show only when an expression runs, so it
 * runs on a document with nothing in it. */
int meta_xpath_check(const char *xpath, struct err *e)
{
	static const char nothing[] = "<recording xmlns='" META_NS "'/>";
	struct meta_found found;

	if (meta_xpath(span_of(nothing), xpath, &found, e) < 0)
		return -1;
	meta_found_fini(&found);
	return 0;
}

/* ---- who is on a label ---- */

/* Takes over `text`, which may be NULL. */
static bool is_text(char *text, const char *wanted)
{
	bool same = text && strcmp(text, wanted) == 0;

	free(text);
	return same;
}

static char *stream_id(const xmlNode *root, const char *label)
{
	const xmlNode *s, *n;

	for (s = xml_child(root, "stream"); s; s = xml_next(s, "stream")) {
		n = xml_child(s, "label");
		if (n && is_text(xml_text(n), label))
			return xml_id(xml_attr(s, "stream_id"));
	}
	return NULL;
}

static bool sends(const xmlNode *assoc, const char *id)
{
	const xmlNode *n;

	for (n = xml_child(assoc, "send"); n; n = xml_next(n, "send"))
		if (is_text(xml_id(xml_text(n)), id))
			return true;
	return false;
}

static char *sender_id(const xmlNode *root, const char *stream)
{
	static const char assoc[] = "participantstreamassoc";
	const xmlNode *n;

	for (n = xml_child(root, assoc); n; n = xml_next(n, assoc))
		if (sends(n, stream))
			return xml_id(xml_attr(n, "participant_id"));
	return NULL;
}

static char *aor_of(const xmlNode *root, const char *participant)
{
	const xmlNode *p, *name;

	for (p = xml_child(root, "participant"); p;
	     p = xml_next(p, "participant")) {
		if (!is_text(xml_id(xml_attr(p, "participant_id")),
			     participant))
			continue;
		name = xml_child(p, "nameID");
		if (name)
			return xml_attr(name, "aor");
	}
	return NULL;
}

bool meta_label_sender(struct span xml, const char *label,
		       struct meta_sender *out)
{
	char *stream = NULL, *participant = NULL, *aor = NULL;
	const xmlNode *root;
	bool known;
	int line;
	xmlDoc *doc = xml_read(xml, &line, NULL);

	memset(out, 0, sizeof(*out));
	if (!doc)
		return false;
	root = xmlDocGetRootElement(doc);
	stream = stream_id(root, label);
	known = stream != NULL;
	if (stream)
		participant = sender_id(root, stream);
	if (participant)
		aor = aor_of(root, participant);
	snprintf(out->id, sizeof(out->id), "%s",
		 participant ? participant : "");
	snprintf(out->aor, sizeof(out->aor), "%s", aor ? aor : "");
	free(stream);
	free(participant);
	free(aor);
	xmlFreeDoc(doc);
	return known;
}
