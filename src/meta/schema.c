#include "meta/xml.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/uri.h>
#include <libxml/xmlschemas.h>
#include <libxml/xmlschemastypes.h>

#include "core/addr.h"
#include "core/xalloc.h"

#define LANG_URL "memory:xml-lang.xsd"

/*
 * The schema of recording metadata, written for this tool: it says the same
 * as RFC 7865 section 9, in pieces that the elements share. Children come in
 * one order only, extensions in foreign namespaces always last. It is kept
 * in parts because C promises no literal beyond 4095 characters.
 */
static const char *const schema_text[] = {
	"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'"
	" xmlns='" META_NS "' targetNamespace='" META_NS "'"
	" elementFormDefault='qualified'>"
	"<xs:import namespace='http://www.w3.org/XML/1998/namespace'"
	" schemaLocation='" LANG_URL "'/>"
	"<xs:element name='recording' type='Recording'/>"
	"<xs:element name='requestsnapshot' type='SnapshotRequest'/>",

	/* what several types have at their end */
	"<xs:group name='foreign'><xs:sequence>"
	"<xs:any namespace='##other' processContents='lax'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"</xs:sequence></xs:group>"
	"<xs:group name='period'><xs:sequence>"
	"<xs:element name='associate-time' type='xs:dateTime' minOccurs='0'/>"
	"<xs:element name='disassociate-time' type='xs:dateTime'"
	" minOccurs='0'/>"
	"</xs:sequence></xs:group>",

	/* section 5.1.2: one document */
	"<xs:complexType name='Recording'><xs:sequence>"
	"<xs:element name='datamode' minOccurs='0'><xs:simpleType>"
	"<xs:restriction base='xs:string'>"
	"<xs:enumeration value='complete'/><xs:enumeration value='partial'/>"
	"</xs:restriction></xs:simpleType></xs:element>"
	"<xs:element name='group' type='Group'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='session' type='Session'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='participant' type='Participant'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='stream' type='Stream'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='sessionrecordingassoc' type='SessionInRecording'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='participantsessionassoc'"
	" type='ParticipantInSession'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='participantstreamassoc' type='ParticipantMedia'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:group ref='foreign'/>"
	"</xs:sequence></xs:complexType>",

	/* sections 6.2 and 6.3 */
	"<xs:complexType name='Group'><xs:sequence>"
	"<xs:group ref='period'/><xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='group_id' type='xs:base64Binary' use='required'/>"
	"</xs:complexType>"
	"<xs:complexType name='Session'><xs:sequence>"
	"<xs:element name='sipSessionID' type='xs:string'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='reason' type='Reason'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='group-ref' type='xs:base64Binary' minOccurs='0'/>"
	"<xs:element name='start-time' type='xs:dateTime' minOccurs='0'/>"
	"<xs:element name='stop-time' type='xs:dateTime' minOccurs='0'/>"
	"<xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='session_id' type='xs:base64Binary' "
	"use='required'/>"
	"</xs:complexType>"
	"<xs:complexType name='Reason'><xs:simpleContent>"
	"<xs:extension base='xs:string'>"
	"<xs:attribute name='cause' type='xs:short' use='required'/>"
	"<xs:attribute name='protocol' type='xs:string' default='SIP'/>"
	"</xs:extension></xs:simpleContent></xs:complexType>",

	/* sections 6.5 and 6.7 */
	"<xs:complexType name='Participant'><xs:sequence>"
	"<xs:element name='nameID' maxOccurs='unbounded'><xs:complexType>"
	"<xs:sequence>"
	"<xs:element name='name' type='Words' minOccurs='0'/>"
	"</xs:sequence>"
	"<xs:attribute name='aor' type='xs:anyURI' use='required'/>"
	"</xs:complexType></xs:element>"
	"<xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='participant_id' type='xs:base64Binary' "
	"use='required'/>"
	"</xs:complexType>"
	"<xs:complexType name='Words'><xs:simpleContent>"
	"<xs:extension base='xs:string'>"
	"<xs:attribute ref='xml:lang'/>"
	"</xs:extension></xs:simpleContent></xs:complexType>"
	"<xs:complexType name='Stream'><xs:sequence>"
	"<xs:element name='label' type='xs:string' minOccurs='0'/>"
	"<xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='stream_id' type='xs:base64Binary' use='required'/>"
	"<xs:attribute name='session_id' type='xs:base64Binary'/>"
	"</xs:complexType>",

	/* sections 6.4, 6.6 and 6.8: who is in what; in the last one the
	 * period comes after the streams */
	"<xs:complexType name='SessionInRecording'><xs:sequence>"
	"<xs:group ref='period'/><xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='session_id' type='xs:base64Binary' "
	"use='required'/>"
	"</xs:complexType>"
	"<xs:complexType name='ParticipantInSession'><xs:sequence>"
	"<xs:group ref='period'/>"
	"<xs:element name='param' minOccurs='0' maxOccurs='unbounded'>"
	"<xs:complexType>"
	"<xs:attribute name='pname' type='xs:string' use='required'/>"
	"<xs:attribute name='pval' type='xs:string' use='required'/>"
	"</xs:complexType></xs:element>"
	"<xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='participant_id' type='xs:base64Binary' "
	"use='required'/>"
	"<xs:attribute name='session_id' type='xs:base64Binary' "
	"use='required'/>"
	"</xs:complexType>"
	"<xs:complexType name='ParticipantMedia'><xs:sequence>"
	"<xs:element name='send' type='xs:base64Binary'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:element name='recv' type='xs:base64Binary'"
	" minOccurs='0' maxOccurs='unbounded'/>"
	"<xs:group ref='period'/><xs:group ref='foreign'/></xs:sequence>"
	"<xs:attribute name='participant_id' type='xs:base64Binary' "
	"use='required'/>"
	"</xs:complexType>",

	/* RFC 7866 section 9.2, with its type in RFC 7865 */
	"<xs:complexType name='SnapshotRequest'><xs:sequence>"
	"<xs:element name='requestreason' type='Words' minOccurs='0'/>"
	"<xs:group ref='foreign'/></xs:sequence></xs:complexType>"
	"</xs:schema>",
};

/* The one thing the schema takes from outside: xml:lang, a language tag or
 * nothing (XML 1.0 section 2.12). */
static const char lang_text[] =
	"<xs:schema xmlns:xs='http://www.w3.org/2001/XMLSchema'"
	" targetNamespace='http://www.w3.org/XML/1998/namespace'>"
	"<xs:attribute name='lang'><xs:simpleType>"
	"<xs:union memberTypes='xs:language'><xs:simpleType>"
	"<xs:restriction base='xs:string'><xs:length value='0'/>"
	"</xs:restriction></xs:simpleType></xs:union>"
	"</xs:simpleType></xs:attribute></xs:schema>";

static xmlSchemaPtr schema; /* compiled on first use */

static xmlParserInputPtr load_lang(const char *url, const char *id,
				   xmlParserCtxtPtr ctxt)
{
	(void)id;
	if (!url || strcmp(url, LANG_URL) != 0)
		return NULL;
	return xmlNewStringInputStream(ctxt, (const xmlChar *)lang_text);
}

static void on_compile_error(void *arg, xmlErrorPtr error)
{
	snprintf(arg, 200, "%s", error->message);
}

static xmlSchemaPtr compile(void)
{
	xmlExternalEntityLoader loader = xmlGetExternalEntityLoader();
	char why[200] = "";
	xmlSchemaParserCtxtPtr ctxt;
	xmlSchemaPtr compiled;
	struct buf b;
	size_t i;

	buf_init(&b, META_MAX);
	for (i = 0; i < sizeof(schema_text) / sizeof(*schema_text); i++)
		buf_add_str(&b, schema_text[i]);
	ctxt = xmlSchemaNewMemParserCtxt(buf_str(&b), (int)b.n);
	xmlSchemaSetParserStructuredErrors(ctxt, on_compile_error, why);
	xmlSetExternalEntityLoader(load_lang);
	compiled = xmlSchemaParse(ctxt);
	xmlSetExternalEntityLoader(loader);
	xmlSchemaFreeParserCtxt(ctxt);
	buf_fini(&b);
	if (!compiled) {
		fprintf(stderr, "schema of recording metadata: %s\n", why);
		abort();
	}
	return compiled;
}

void schema_fini(void)
{
	xmlSchemaFree(schema);
	schema = NULL;
	xmlSchemaCleanupTypes();
}

/* A URI as libxml2 wants it for xs:anyURI, once an IPv6 address is out of the
 * way: characters that may be escaped count as escaped. */
static bool is_uri(const char *head, size_t n, const char *tail)
{
	char *text = xasprintf("%.*sx%s", (int)n, head, tail);
	xmlURIPtr uri;
	char *c;

	for (c = text; *c; c++)
		if (*c < '!' || *c > '~' || strchr("<>\"{}|\\^`", *c))
			*c = '_';
	uri = xmlParseURI(text);
	xmlFreeURI(uri);
	free(text);
	return uri != NULL;
}

/* "sip:a@[2001:db8::1]" is a good SIP URI that only libxml2 refuses. */
static bool is_ipv6_aor(const xmlError *error)
{
	const xmlNode *n = error->node;
	const char *open, *close;
	struct addr a;
	bool ok = false;
	char *aor;

	if (error->code != XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1 || !n)
		return false;
	if (n->type == XML_ATTRIBUTE_NODE)
		n = n->parent;
	if (!xml_is(n, "nameID") || !strstr(error->message, "'aor'"))
		return false;
	aor = xml_attr(n, "aor");
	open = aor ? strchr(aor, '[') : NULL;
	close = open ? strchr(open, ']') : NULL;
	/* after it only what RFC 3261 section 25.1 lets follow a host */
	if (close && strchr(":;?", close[1]) &&
	    addr_parse_ip(span_from(open + 1, (size_t)(close - open - 1)),
			  &a) &&
	    a.family == 6)
		ok = is_uri(aor, (size_t)(open - aor), close + 1);
	free(aor);
	return ok;
}

static void on_fault(void *arg, xmlErrorPtr error)
{
	char text[sizeof(((struct meta_fault *)0)->text)];

	if (error->level == XML_ERR_WARNING || is_ipv6_aor(error))
		return;
	xml_tidy(error->message, text, sizeof(text));
	faults_add(arg, "xsd", error->line, "%s", text);
}

void schema_check(xmlDoc *doc, struct meta_faults *f)
{
	xmlSchemaValidCtxtPtr ctxt;

	if (!schema)
		schema = compile();
	ctxt = xmlSchemaNewValidCtxt(schema);
	xmlSchemaSetValidStructuredErrors(ctxt, on_fault, f);
	if (xmlSchemaValidateDoc(ctxt, doc) < 0)
		faults_add(f, "xsd", 0, "cannot be judged by the schema");
	xmlSchemaFreeValidCtxt(ctxt);
}
