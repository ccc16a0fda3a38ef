#include "scenario/table.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "core/addr.h"
#include "core/xalloc.h"
#include "scenario/checkers.h"
#include "scenario/suggest.h"
#include "scenario/text.h"
#include "scenario/units.h"

typedef void value_h(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *field);

/* The text of a scalar that says something, or NULL after a fault. */
static const char *text_of(struct faults *f, const struct scn_key *k,
			   const struct node *n, const char *wants)
{
	if (n->kind == NODE_TEXT && !scn_node_is_null(n))
		return n->text;
	scn_fault_type(f, k, wants, n);
	return NULL;
}

static void replace(char **field, const char *text)
{
	free(*field);
	*field = xstrdup(text);
}

static void read_text(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "a text");

	if (text)
		replace(field, text);
}

static void add_text(struct faults *f, const struct node *n, void *arg)
{
	(void)f;
	scn_strings_add(arg, n->text);
}

/* Whether a text is one of the key's words, if it has any. */
static void check_word(struct faults *f, const struct scn_key *k,
		       const struct node *n)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i;

	scn_suggest_init(&s, n->text);
	for (i = 0; k->word[i].name; i++) {
		if (strcmp(k->word[i].name, n->text) == 0)
			return;
		scn_suggest_try(&s, k->word[i].name);
	}
	scn_fault(f, n->place, "'%s' does not know '%s'%s", k->name, n->text,
		  scn_suggest_hint(&s, hint));
}

struct wordy {
	const struct scn_key *key;
	struct scn_strings *out;
};

static void add_wordy(struct faults *f, const struct node *n, void *arg)
{
	const struct wordy *w = arg;

	if (w->key->word)
		check_word(f, w->key, n);
	add_text(f, n, w->out);
}

static void read_texts(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	struct wordy w = {k, field};

	scn_strings_fini(field);
	scn_each_text(f, k, n, add_wordy, &w);
}

static void read_bool(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "true or false");

	if (!text)
		return;
	if (strcmp(text, "true") == 0)
		*(bool *)field = true;
	else if (strcmp(text, "false") == 0)
		*(bool *)field = false;
	else
		scn_fault_type(f, k, "true or false", n);
}

static void read_int(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *field)
{
	char *wants = xasprintf("a number %.0f to %.0f", k->min, k->max);
	const char *text = text_of(f, k, n, wants);
	uint32_t v;

	if (text &&
	    parse_u32(span_of(text), (uint32_t)k->min, (uint32_t)k->max, &v))
		*(int *)field = (int)v;
	else if (text)
		scn_fault_type(f, k, wants, n);
	free(wants);
}

static void read_u64(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "a whole number");

	if (text && !parse_u64(span_of(text), 0, UINT64_MAX, field))
		scn_fault_type(f, k, "a whole number", n);
}

/* A bound as it would be written. */
static const char *bound_text(const struct scn_key *k, double v, char out[32])
{
	static const struct {
		double us;
		const char *name;
	} unit[] = {{3600e6, "h"}, {1e6, "s"}, {1e3, "ms"}, {1, "us"}};
	size_t i = 0;

	if (k->type == SCN_T_HZ) {
		snprintf(out, 32, "%.0fHz", v);
		return out;
	}
	while (unit[i].us > 1 && fmod(v, unit[i].us) > 0)
		i++;
	snprintf(out, 32, "%.0f%s", v / unit[i].us, unit[i].name);
	return out;
}

/* A value with a unit, in min..max when the key has bounds: a time or a
 * frequency. */
static bool read_unit(struct faults *f, const struct scn_key *k,
		      const struct node *n, unit_h *unit, const char *wants,
		      double *out)
{
	const char *text = text_of(f, k, n, wants);
	char low[32], high[32];

	if (!text)
		return false;
	if (!unit(span_of(text), out)) {
		scn_fault_type(f, k, wants, n);
		return false;
	}
	if (k->max > 0 && (*out < k->min || *out > k->max)) {
		scn_fault(f, n->place, "'%s' wants %s to %s, not '%s'", k->name,
			  bound_text(k, k->min, low),
			  bound_text(k, k->max, high), text);
		return false;
	}
	return true;
}

static void read_time(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	double us;

	if (read_unit(f, k, n, scn_unit_time, "a time such as 4s or 300ms",
		      &us))
		*(int64_t *)field = (int64_t)us;
}

static void read_hz(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *field)
{
	read_unit(f, k, n, scn_unit_hz, "a frequency such as 440Hz", field);
}

static void read_share(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	read_unit(f, k, n, scn_unit_share, "a share such as 2%", field);
}

static void read_rate(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	read_unit(f, k, n, scn_unit_rate, "a rate such as 50/s", field);
}

static void fault_word(struct faults *f, const struct scn_key *k,
		       const struct node *n)
{
	char hint[SUGGEST_HINT], said[NODE_SAID];
	const struct scn_word *w;
	struct suggest s;
	struct buf list;

	buf_init(&list, 1024);
	scn_suggest_init(&s, n->kind == NODE_TEXT ? n->text : "");
	for (w = k->word; w->name; w++) {
		buf_addf(&list, "%s%s", w == k->word ? "" : ", ", w->name);
		scn_suggest_try(&s, w->name);
	}
	scn_fault(f, n->place, "'%s' wants %s%s, not %s%s", k->name,
		  k->word[1].name ? "one of " : "", buf_str(&list),
		  scn_node_said(n, said), scn_suggest_hint(&s, hint));
	buf_fini(&list);
}

static bool find_word(struct faults *f, const struct scn_key *k,
		      const struct node *n, int *value)
{
	const struct scn_word *w = k->word;

	while (w->name &&
	       (n->kind != NODE_TEXT || strcmp(w->name, n->text) != 0))
		w++;
	if (!w->name) {
		fault_word(f, k, n);
		return false;
	}
	if (w->later)
		scn_fault(f, n->place, "'%s: %s' is not built yet", k->name,
			  w->name);
	*value = w->value;
	return true;
}

static void read_word(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	int value;

	if (find_word(f, k, n, &value))
		*(unsigned int *)field = (unsigned int)value;
}

static void read_either(struct faults *f, const struct scn_key *k,
			const struct node *n, void *field)
{
	int value;

	if (find_word(f, k, n, &value))
		*(bool *)field = value != 0;
}

static void read_fixed(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	int value;

	(void)field;
	find_word(f, k, n, &value);
}

static void read_range(struct faults *f, const struct scn_key *k,
		       const struct node *n, unit_h *unit, const char *wants,
		       struct scn_range *out)
{
	const char *text = text_of(f, k, n, wants);

	if (text && !scn_unit_range(span_of(text), unit, out))
		scn_fault_type(f, k, wants, n);
}

static void read_numbers(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *field)
{
	read_range(f, k, n, scn_unit_number,
		   "a number or a range such as 190..210", field);
}

static void read_times(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	read_range(f, k, n, scn_unit_time,
		   "a time or a range such as ..20ms or 1s..2s", field);
}

static void read_shares(struct faults *f, const struct scn_key *k,
			const struct node *n, void *field)
{
	read_range(f, k, n, scn_unit_share,
		   "a share or a range such as 0% or ..2%", field);
}

static void read_one_ssrc(struct faults *f, const struct scn_key *k,
			  const struct node *n, void *field)
{
	static const char wants[] = "an SSRC such as 0xc5419b46";
	const char *text = text_of(f, k, n, wants);
	struct span s = span_of(text);

	if (text &&
	    !(span_case_starts(s, "0x") && parse_hex32(span_skip(s, 2), field)))
		scn_fault_type(f, k, wants, n);
}

static void read_uri(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *field)
{
	static const char wants[] = "a SIP URI such as sip:vault@192.0.2.1";
	const char *text = text_of(f, k, n, wants);

	if (text && !scn_text_is_sip_uri(text))
		scn_fault_type(f, k, wants, n);
	else if (text)
		replace(field, text);
}

bool scn_server_uri(struct faults *f, struct scn_place place, const char *text)
{
	struct err e = ERR_INIT;

	if (!scn_checkers()->server ||
	    scn_checkers()->server(span_of(text), &e) == 0)
		return true;
	scn_fault(f, place, "%s", e.text);
	return false;
}

static void read_server(struct faults *f, const struct scn_key *k,
			const struct node *n, void *field)
{
	read_uri(f, k, n, field);
	if (*(char **)field)
		scn_server_uri(f, n->place, *(char **)field);
}

static void read_address(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "an IP address");
	struct addr a;

	if (text && !addr_parse_ip(span_of(text), &a))
		scn_fault_type(f, k, "an IP address", n);
	else if (text)
		replace(field, text);
}

static void add_header(struct faults *f, const struct node *n, void *arg)
{
	struct span rest = span_of(n->text), line;

	while (span_line(&rest, &line)) {
		char *text, *why;

		if (span_empty(span_trim(line)))
			continue;
		text = span_dup(line);
		why = scn_text_header_fault(text);
		if (why)
			scn_fault(f, n->place, "%s", why);
		else
			scn_strings_add(arg, text);
		free(why);
		free(text);
	}
}

/* Headers that have one value (RFC 3261 section 7.3.1), and that a recording
 * has already. */
static void check_taken(struct faults *f, const struct node *n,
			const struct scn_strings *headers)
{
	static const char *const taken[] = {
		"Date", "User-Agent", "Min-SE", "Session-Expires", "x", NULL};
	size_t i;

	for (i = 0; i < headers->n; i++) {
		char *why = scn_text_header_taken(headers->at[i], taken);

		if (why)
			scn_fault(f, n->place, "%s", why);
		free(why);
	}
}

static void read_headers(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *field)
{
	scn_strings_fini(field);
	scn_each_text(f, k, n, add_header, field);
	if (k->with)
		check_taken(f, n, field);
}

static void read_regex(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	static const char wants[] = "a regular expression";
	const char *text = text_of(f, k, n, wants);
	char why[128];

	if (!text)
		return;
	if (scn_text_regex_fault(text, why, sizeof(why)))
		scn_fault(f, n->place, "'%s' wants %s, and '%.60s' is none: %s",
			  k->name, wants, text, why);
	else
		replace(field, text);
}

static void read_xpath(struct faults *f, const struct scn_key *k,
		       const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "an XPath expression");
	struct err e = ERR_INIT;

	if (text && scn_checkers()->xpath &&
	    scn_checkers()->xpath(text, &e) < 0)
		scn_fault(f, n->place, "%s", e.text);
	if (text)
		replace(field, text);
}

static void read_fragment(struct faults *f, const struct scn_key *k,
			  const struct node *n, bool own_ns, char **field)
{
	const char *text = text_of(f, k, n, "XML elements");
	struct err e = ERR_INIT;

	if (text && scn_checkers()->fragment &&
	    scn_checkers()->fragment(span_of(text), own_ns, &e) < 0)
		scn_fault(f, n->place,
			  "'%s': %s; 'profile: unescaped' puts in what is no "
			  "such XML",
			  k->name, e.text);
	if (text)
		replace(field, text);
}

static void read_xml(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *field)
{
	read_fragment(f, k, n, false, field);
}

static void read_xml_ext(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *field)
{
	read_fragment(f, k, n, true, field);
}

char *scn_path_of(const char *from, const char *text)
{
	const char *slash = strrchr(from, '/');

	if (text[0] == '/' || !slash)
		return xstrdup(text);
	return xasprintf("%.*s/%s", (int)(slash - from), from, text);
}

static void read_file(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *field)
{
	const char *text = text_of(f, k, n, "a file name");
	char **path = field;
	struct stat st;

	if (!text)
		return;
	free(*path);
	*path = scn_path_of(f->file, text);
	if (stat(*path, &st) == 0 && S_ISREG(st.st_mode))
		return;
	scn_fault_env(f, n->place,
		      stat(*path, &st) < 0 ? "'%s': there is no file '%s'"
					   : "'%s': '%s' is not a file",
		      k->name, *path);
	free(*path);
	*path = NULL;
}

void scn_value_read(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *field)
{
	static value_h *const reader[] = {
		[SCN_T_TEXT] = read_text,	[SCN_T_TEXTS] = read_texts,
		[SCN_T_BOOL] = read_bool,	[SCN_T_INT] = read_int,
		[SCN_T_U64] = read_u64,		[SCN_T_TIME] = read_time,
		[SCN_T_HZ] = read_hz,		[SCN_T_SHARE] = read_share,
		[SCN_T_RATE] = read_rate,	[SCN_T_WORD] = read_word,
		[SCN_T_EITHER] = read_either,	[SCN_T_FIXED] = read_fixed,
		[SCN_T_NUMBERS] = read_numbers, [SCN_T_TIMES] = read_times,
		[SCN_T_SHARES] = read_shares,	[SCN_T_SSRC] = read_one_ssrc,
		[SCN_T_URI] = read_uri,		[SCN_T_ADDRESS] = read_address,
		[SCN_T_SERVER] = read_server,	[SCN_T_HEADERS] = read_headers,
		[SCN_T_REGEX] = read_regex,	[SCN_T_XPATH] = read_xpath,
		[SCN_T_XML] = read_xml,		[SCN_T_XML_EXT] = read_xml_ext,
		[SCN_T_FILE] = read_file,
	};

	reader[k->type](f, k, n, field);
}
