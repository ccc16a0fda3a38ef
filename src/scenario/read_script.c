/* script: of a recorder. */
#include "scenario/read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/span.h"
#include "core/xalloc.h"
#include "scenario/suggest.h"
#include "scenario/text.h"

enum { LINES_MAX = 1000 };

/* ---- handlers of keys ---- */

void scn_read_script_reply(struct faults *f, const struct scn_key *k,
			   const struct node *n, void *out)
{
	struct scn_line *l = out;
	uint32_t code;

	if (n->kind == NODE_TEXT && strcmp(n->text, "never") == 0)
		l->reply = SCN_REPLY_NEVER;
	else if (n->kind == NODE_TEXT &&
		 parse_u32(span_of(n->text), 200, 699, &code))
		l->reply = (int)code;
	else
		scn_fault_type(f, k, "a code 200 to 699, or never", n);
}

/* A recorder may write a Contact of its own: redirects need it. */
static void add_header(struct faults *f, const struct node *n, void *arg)
{
	struct span text = span_of(n->text);
	bool contact = span_case_starts(text, "Contact:");
	char *why = contact ? NULL : scn_text_header_fault(n->text);

	if (contact && strpbrk(n->text, "\r\n"))
		why = xstrdup("header 'Contact' has more than one line");
	if (why)
		scn_fault(f, n->place, "%s", why);
	else
		scn_strings_add(arg, n->text);
	free(why);
}

void scn_read_script_headers(struct faults *f, const struct scn_key *k,
			     const struct node *n, void *out)
{
	struct scn_line *l = out;

	scn_strings_fini(&l->headers);
	scn_each_text(f, k, n, add_header, &l->headers);
}

/* ---- methods ---- */

/* Capitals, so that "Bye" is told from an invention such as FOO. */
static bool is_method(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (!isupper((unsigned char)*p))
			return false;
	return p > text && p - text <= 32;
}

bool scn_name_method(struct faults *f, const struct node *n, const char *method)
{
	char hint[SUGGEST_HINT];
	const char *const *m;
	struct suggest g;

	if (is_method(method))
		return true;
	scn_suggest_init(&g, method);
	scn_suggest_try(&g, "re-INVITE");
	for (m = scn_text_method; *m; m++)
		scn_suggest_try(&g, *m);
	scn_fault(f, n->place, "a request is a word in capitals, not '%.60s'%s",
		  method, scn_suggest_hint(&g, hint));
	return false;
}

static void check_method(struct faults *f, const struct node *n,
			 const char *method)
{
	if (strcmp(method, "re-INVITE") != 0)
		scn_name_method(f, n, method);
}

bool scn_is_scripted(const struct scenario *s, const char *method)
{
	size_t i, k;

	for (i = 0; i < s->n_srs; i++)
		for (k = 0; k < s->srs[i].n_lines; k++)
			if (s->srs[i].line[k].send &&
			    strcmp(s->srs[i].line[k].send, method) == 0)
				return true;
	return false;
}

/* ---- what goes together ---- */

/* A key of the entry that says nothing here. */
static void check_without(struct faults *f, const struct node *n,
			  const char *const *keys, const char *why)
{
	for (; *keys; keys++)
		if (scn_node_get(n, *keys))
			scn_fault(f, scn_node_key_place(n, *keys), "'%s' %s",
				  *keys, why);
}

static void check_when(struct faults *f, const struct node *n,
		       const struct scn_line *l)
{
	static const char *const of_request[] = {"times", "wait", "reply",
						 NULL};
	static const char *const of_reply[] = {"reply", "answer", "mangle",
					       NULL};
	static const char *const of_silence[] = {"answer", "mangle", NULL};
	static const char *const send[] = {"send", NULL};
	bool moment = scn_node_get(n, "after") != NULL;

	if (!scn_node_get(n, "when") == !moment)
		scn_fault(f, n->place,
			  "an entry of script has one of 'when' and 'after'");
	else if (moment && !scn_node_get(n, "send"))
		scn_fault(f, n->place, "'after' needs 'send'");
	if (moment)
		check_without(f, n, of_request, "goes with 'when'");
	if (!l->when)
		return;
	check_method(f, scn_node_get(n, "when"), l->when);
	if (strcmp(l->when, "CANCEL") == 0)
		scn_fault(f, scn_node_get(n, "when")->place,
			  "a CANCEL is always answered as it should be");
	if (strcmp(l->when, "ACK") == 0 && !l->send)
		scn_fault(f, n->place, "'when: ACK' needs 'send'");
	if (strcmp(l->when, "ACK") == 0)
		check_without(f, n, of_reply, "is no use: an ACK has no reply");
	if (strcmp(l->when, "INVITE") == 0)
		check_without(f, n, send,
			      "comes too early: there is no dialog before the "
			      "ACK");
	if (l->reply == SCN_REPLY_NEVER || l->reply >= 300)
		check_without(f, n, of_silence, "goes with a 2xx");
}

static void check_send(struct faults *f, const struct node *n,
		       struct scn_line *l)
{
	static const char *const of_request[] = {
		"offer", "snapshot", "body", "type", "tag", "cseq", NULL};
	static const char *const of_offer[] = {"offer", NULL};
	static const char *const of_text[] = {"snapshot", "body", "type", NULL};
	bool reinvite = l->send && strcmp(l->send, "re-INVITE") == 0;

	if (!l->send) {
		check_without(f, n, of_request, "goes with 'send'");
		return;
	}
	check_method(f, scn_node_get(n, "send"), l->send);
	if (strcmp(l->send, "INVITE") == 0 || strcmp(l->send, "ACK") == 0)
		scn_fault(f, scn_node_get(n, "send")->place,
			  "'send: %s' is not for a recorder%s", l->send,
			  l->send[0] == 'I' ? " (a re-INVITE is)" : "");
	if (!reinvite && strcmp(l->send, "UPDATE") != 0)
		check_without(f, n, of_offer, "goes with re-INVITE and UPDATE");
	if (strcmp(l->send, "BYE") == 0)
		check_without(f, n, of_text, "does not go with BYE");
	if (l->type && !l->body)
		scn_fault(f, scn_node_key_place(n, "type"),
			  "'type' goes with 'body'");
	if (l->offer == SCN_OFFER_DEFAULT)
		l->offer = reinvite ? SCN_OFFER_SAME : SCN_OFFER_NONE;
}

/* ---- the list ---- */

static void read_line(struct faults *f, const struct node *n, struct scn_srs *r)
{
	struct scn_line *l = &r->line[r->n_lines++];

	scn_table_defaults(&scn_line_table, l);
	scn_table_read(f, &scn_line_table, n, l);
	if (n->kind != NODE_MAP)
		return;
	check_when(f, n, l);
	check_send(f, n, l);
}

void scn_read_script(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *out)
{
	struct scn_srs *r = out;
	size_t i, count = n->kind == NODE_LIST ? n->n : 1;

	if (scn_node_is_null(n) || count > LINES_MAX) {
		scn_fault_type(f, k, "a list of at most 1000 entries", n);
		return;
	}
	r->line = xcalloc(count + 1, sizeof(*r->line));
	for (i = 0; i < count; i++)
		read_line(f, n->kind == NODE_LIST ? n->item[i] : n, r);
}
