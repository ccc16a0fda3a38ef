#include "scenario/read.h"
#include "scenario/table.h"

#include <jansson.h>
#include <string.h>

#include "scenario/rules.h"

/* Sections by the name they have in the schema and in the man page. */
static const struct {
	const char *id;
	const struct scn_table *table;
} sections[] = {
	{"scenario", &scn_top_table},	   {"needs", &scn_needs_table},
	{"call", &scn_call_table},	   {"party", &scn_party_table},
	{"media", &scn_media_table},	   {"src", &scn_src_table},
	{"server", &scn_server_table},	   {"srs", &scn_srs_table},
	{"script", &scn_line_table},	   {"timeline", &scn_step_table},
	{"expect", &scn_check_table},	   {"event", &scn_event_table},
	{"load", &scn_load_table},	   {"pick", &scn_pick_table},
	{"instance", &scn_instance_table}, {"login", &scn_login_table},
	{"guard", &scn_guard_table},	   {"edit", &scn_edit_table},
	{"tls", &scn_src_tls_table},	   {"srs-tls", &scn_srs_tls_table},
	{"srtp", &scn_srtp_table},	   {"srs-srtp", &scn_srs_srtp_table},
};
enum { SECTIONS = sizeof(sections) / sizeof(*sections) };

/* ---- JSON Schema ---- */

static json_t *reference(const struct scn_table *t)
{
	size_t i = 0;

	while (sections[i].table != t)
		i++;
	return json_pack("{s:s+}", "$ref", "#/$defs/", sections[i].id);
}

static json_t *scalar(void)
{
	return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

static json_t *either(json_t *a, json_t *b)
{
	return json_pack("{s:[o,o]}", "anyOf", a, b);
}

static json_t *list_of(json_t *one)
{
	return json_pack("{s:s, s:o}", "type", "array", "items", one);
}

/* YAML 1.1 reads some words as the one or the other. */
static void add_truth(json_t *list, const char *word)
{
	if (strcmp(word, "true") == 0 || strcmp(word, "yes") == 0)
		json_array_append_new(list, json_true());
	else if (strcmp(word, "false") == 0 || strcmp(word, "no") == 0)
		json_array_append_new(list, json_false());
}

/* The words, or something that ${} will make one. */
static json_t *words(const struct scn_key *k)
{
	json_t *list = json_array();
	const struct scn_word *w;

	for (w = k->word; w->name; w++) {
		if (w->later)
			continue;
		json_array_append_new(list, json_string(w->name));
		add_truth(list, w->name);
	}
	return either(
		json_pack("{s:o}", "enum", list),
		json_pack("{s:s, s:s}", "type", "string", "pattern", "\\$\\{"));
}

static json_t *number(const struct scn_key *k)
{
	return either(json_pack("{s:s, s:f, s:f}", "type", "integer", "minimum",
				k->min, "maximum", k->max),
		      json_pack("{s:s}", "type", "string"));
}

static json_t *named(const struct scn_key *k)
{
	json_t *value = k->sub ? reference(k->sub)
			       : either(scalar(), list_of(scalar()));

	if (k->sub == &scn_party_table)
		value = either(value, scalar());
	else if (k->sub == &scn_instance_table)
		value = either(value, json_pack("{s:s}", "type", "null"));
	return json_pack("{s:s, s:o}", "type", "object", "additionalProperties",
			 value);
}

static json_t *list_of_sections(const struct scn_key *k)
{
	json_t *one = reference(k->sub);

	if (k->sub == &scn_event_table || k->sub == &scn_server_table)
		one = either(one, scalar());
	return either(one, list_of(json_deep_copy(one)));
}

static json_t *type_schema(const struct scn_key *k)
{
	switch (k->type) {
	case SCN_T_MAP:
		if (k->read == scn_read_srtp)
			return either(reference(k->sub),
				      either(scalar(), list_of(scalar())));
		return reference(k->sub);
	case SCN_T_LIST:
		return list_of_sections(k);
	case SCN_T_NAMED:
		return named(k);
	case SCN_T_TEXTS:
	case SCN_T_HEADERS:
		return either(scalar(), list_of(scalar()));
	case SCN_T_INT:
		return number(k);
	case SCN_T_WORD:
	case SCN_T_EITHER:
	case SCN_T_FIXED:
		return words(k);
	default:
		return k->sub ? either(scalar(), reference(k->sub)) : scalar();
	}
}

static json_t *key_schema(const struct scn_key *k)
{
	json_t *o = type_schema(k);

	json_object_set_new(o, "description", json_string(k->help));
	if (k->otherwise)
		json_object_set_new(o, "default", json_string(k->otherwise));
	return o;
}

static json_t *table_schema(const struct scn_table *t)
{
	json_t *keys = json_object(), *needed = json_array();
	size_t i;

	for (i = 0; i < t->n; i++) {
		const struct scn_key *k = &t->key[i];

		if (k->flags & KEY_LATER)
			continue;
		json_object_set_new(keys, k->name, key_schema(k));
		if (k->flags & KEY_NEEDED)
			json_array_append_new(needed, json_string(k->name));
	}
	return json_pack("{s:s, s:o, s:o, s:b}", "type", "object", "properties",
			 keys, "required", needed, "additionalProperties", 0);
}

void scn_table_print_schema(FILE *out)
{
	json_t *defs = json_object(), *root;
	size_t i;

	for (i = 0; i < SECTIONS; i++)
		json_object_set_new(defs, sections[i].id,
				    table_schema(sections[i].table));
	root = json_pack("{s:s, s:s, s:s, s:o}", "$schema",
			 "https://json-schema.org/draft/2020-12/schema",
			 "title", "siprec-src scenario", "$ref",
			 "#/$defs/scenario", "$defs", defs);
	json_dumpf(root, out, JSON_INDENT(1));
	fputc('\n', out);
	json_decref(root);
}

/* ---- man page ---- */

static const char *type_name(const struct scn_key *k)
{
	static const char *const name[] = {
		[SCN_T_TEXT] = "text",
		[SCN_T_TEXTS] = "text or list",
		[SCN_T_BOOL] = "true or false",
		[SCN_T_INT] = "number",
		[SCN_T_U64] = "number",
		[SCN_T_TIME] = "time",
		[SCN_T_HZ] = "frequency",
		[SCN_T_SHARE] = "share",
		[SCN_T_RATE] = "rate",
		[SCN_T_NUMBERS] = "number or range",
		[SCN_T_TIMES] = "time or range",
		[SCN_T_SHARES] = "share or range",
		[SCN_T_SSRC] = "SSRC",
		[SCN_T_URI] = "SIP URI",
		[SCN_T_SERVER] = "SIP URI",
		[SCN_T_ADDRESS] = "IP address",
		[SCN_T_HEADERS] = "lines",
		[SCN_T_REGEX] = "regular expression",
		[SCN_T_XPATH] = "XPath",
		[SCN_T_XML] = "XML",
		[SCN_T_XML_EXT] = "XML",
		[SCN_T_FILE] = "file",
		[SCN_T_MAP] = "section",
		[SCN_T_LIST] = "list of sections",
		[SCN_T_NAMED] = "names with values",
	};

	return name[k->type];
}

static void print_type(const struct scn_key *k, FILE *out)
{
	const struct scn_word *w;

	if (!k->word) {
		fputs(type_name(k), out);
		return;
	}
	for (w = k->word; w->name; w++) {
		if (!w->later)
			fprintf(out, "%s%s", w == k->word ? "" : " | ",
				w->name);
	}
}

static void print_key(const struct scn_key *k, FILE *out)
{
	fprintf(out, ".TP\n.BR %s \" (", k->name);
	print_type(k, out);
	if (k->type == SCN_T_INT)
		fprintf(out, " %.0f..%.0f", k->min, k->max);
	if (k->otherwise)
		fprintf(out, "; default %s", k->otherwise);
	if (k->flags & KEY_NEEDED)
		fputs("; needed", out);
	fprintf(out, ")\"\n\\&%s\n", k->help);
}

/* Those of the key `rules` of expect. */
static void print_rules(FILE *out)
{
	size_t i;

	fputs(".SS rules\n", out);
	for (i = 0; i < scn_n_rules; i++)
		fprintf(out, ".TP\n.BR %s \" (rule)\"\n\\&%s\n",
			scn_rules[i].id, scn_rules[i].text);
}

void scn_table_print_man(FILE *out)
{
	size_t i, j;

	for (i = 0; i < SECTIONS; i++) {
		if (sections[i].table == &scn_instance_table)
			continue;
		fprintf(out, ".SS %s\n", sections[i].id);
		for (j = 0; j < sections[i].table->n; j++) {
			if (!(sections[i].table->key[j].flags & KEY_LATER))
				print_key(&sections[i].table->key[j], out);
		}
	}
	print_rules(out);
}
