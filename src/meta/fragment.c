#include "meta/xml.h"

#include <string.h>

#include <libxml/parser.h>

/* The root around a fragment. It declares the recording namespace, as the
 * place does where the elements will stand; a fragment cannot close it and
 * go on, as then two roots would be left. */
#define OPEN "<fragment xmlns='" META_NS "'>"
#define CLOSE "</fragment>"

static bool is_blank(const xmlNode *n)
{
	return (n->type == XML_TEXT_NODE ||
		n->type == XML_CDATA_SECTION_NODE) &&
	       span_trim(span_of((const char *)n->content)).n == 0;
}

static int check_top(const xmlNode *n, bool own_ns, struct err *e)
{
	int line = (int)xmlGetLineNo(n);

	if (n->type == XML_COMMENT_NODE || n->type == XML_PI_NODE ||
	    is_blank(n))
		return 0;
	if (n->type != XML_ELEMENT_NODE)
		return err_set(e, ERR_SCENARIO,
			       "line %d: text outside of an element", line);
	/* RFC 7865 section 9: ##other leaves out both */
	if (own_ns && (!n->ns || xml_is(n, NULL)))
		return err_set(e, ERR_SCENARIO,
			       "line %d: element '%.60s' needs a namespace of"
			       " its own (xmlns=...)",
			       line, (const char *)n->name);
	return 0;
}

/* RFC 7865 section 9: a participant is nameIDs, each with an address, and then
 * what others define. */
static int check_participant(const xmlNode *n, bool *named, struct err *e)
{
	int line = (int)xmlGetLineNo(n);

	if (n->type != XML_ELEMENT_NODE || (n->ns && !xml_is(n, NULL)))
		return 0;
	if (!xml_is(n, "nameID"))
		return err_set(e, ERR_SCENARIO,
			       "line %d: a participant has no element '%.60s' "
			       "(nameID, or one with a namespace of its own)",
			       line, (const char *)n->name);
	if (!xmlHasProp(n, (const xmlChar *)"aor"))
		return err_set(e, ERR_SCENARIO,
			       "line %d: nameID needs an aor=\"sip:...\"",
			       line);
	*named = true;
	return 0;
}

static int check_all(const xmlDoc *doc, bool own_ns, struct err *e)
{
	bool named = own_ns;
	const xmlNode *root = xmlDocGetRootElement(doc);
	const xmlNode *n;

	for (n = root->children; n; n = n->next)
		if (check_top(n, own_ns, e) < 0 ||
		    (!own_ns && check_participant(n, &named, e) < 0))
			return -1;
	if (!named)
		return err_set(e, ERR_SCENARIO, "line 1: no nameID in it");
	return 0;
}

xmlDoc *fragment_read(struct span xml, bool own_ns, struct err *e)
{
	struct err why = ERR_INIT;
	struct buf b;
	xmlDoc *doc;
	int line;

	buf_init(&b, META_MAX);
	buf_add_str(&b, OPEN);
	buf_add_span(&b, xml);
	buf_add_str(&b, CLOSE);
	if (b.overflow) {
		err_set(e, ERR_SCENARIO, "line 1: xml of %zu bytes is too long",
			xml.n);
		buf_fini(&b);
		return NULL;
	}
	doc = xml_read(buf_span(&b), &line, &why);
	if (!doc) {
		err_set(e, ERR_SCENARIO, "line %d: %s", line ? line : 1,
			why.text);
	} else if (check_all(doc, own_ns, e) < 0) {
		xmlFreeDoc(doc);
		doc = NULL;
	}
	buf_fini(&b);
	return doc;
}

int meta_check_fragment(struct span xml, bool own_ns, struct err *e)
{
	xmlDoc *doc = fragment_read(xml, own_ns, e);

	xmlFreeDoc(doc);
	return doc ? 0 : -1;
}
