/* What a step asks of a recording, and what it expects of that. */
#include "scenario/read.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/span.h"
#include "core/xalloc.h"
#include "scenario/suggest.h"
#include "scenario/text.h"

/* Besides these, "refused" and a code. */
static const char *const results[] = {"ok",
				      "refused",
				      "timeout",
				      "unreachable",
				      "unusable",
				      "lost",
				      "cancelled",
				      "overtaken",
				      "no such instance",
				      "not recording",
				      "already recording",
				      "failed",
				      NULL};

bool scn_verb_asks(const struct scn_step *p)
{
	switch (p->verb) {
	case SCN_VERB_START:
	case SCN_VERB_PAUSE:
	case SCN_VERB_RESUME:
	case SCN_VERB_STOP:
	case SCN_VERB_SEND:
		return true;
	case SCN_VERB_UPDATE:
		return p->srs < 0;
	default:
		return false;
	}
}

bool scn_is_sent(const struct scenario *s, const char *method)
{
	size_t i;

	for (i = 0; i < s->n_steps; i++)
		if (s->step[i].method && strcmp(s->step[i].method, method) == 0)
			return true;
	return false;
}

/* ---- result ---- */

static bool is_result(const char *text)
{
	struct span rest = span_of(text);
	const char *const *r;
	uint32_t code;

	if (span_starts(rest, "refused "))
		return parse_u32(span_skip(rest, 8), 300, 699, &code);
	for (r = results; *r; r++)
		if (strcmp(*r, text) == 0)
			return strcmp(text, "refused") != 0;
	return false;
}

static void check_result(struct faults *f, const struct node *n,
			 struct scn_step *p)
{
	const struct node *value = scn_node_get(n, "result");
	char hint[SUGGEST_HINT];
	const char *const *r;
	struct suggest g;

	if (!p->result)
		return;
	p->source = scn_source_of(n);
	if (is_result(p->result))
		return;
	scn_suggest_init(&g, p->result);
	for (r = results; *r; r++)
		scn_suggest_try(&g, *r);
	if (span_starts(span_of(p->result), "refused"))
		scn_fault(f, value->place,
			  "'result' wants a code with 'refused', as in "
			  "'refused 488', not '%.60s'",
			  p->result);
	else
		scn_fault(f, value->place,
			  "nothing a recording is asked comes to '%.60s'%s",
			  p->result, scn_suggest_hint(&g, hint));
}

/* ---- send ---- */

static void check_type(struct faults *f, const struct node *n,
		       struct scn_step *p)
{
	const char *c;

	if (!p->type) {
		if (p->body)
			p->type = xstrdup("text/plain");
		return;
	}
	if (!p->body)
		scn_fault(f, scn_node_key_place(n, "type"),
			  "'type' goes with 'body'");
	for (c = p->type; *c && isprint((unsigned char)*c); c++)
		continue;
	if (*c || !strchr(p->type, '/') || p->type[0] == '/')
		scn_fault(f, scn_node_get(n, "type")->place,
			  "'type' wants a media type such as text/plain, not "
			  "'%.60s'",
			  p->type);
}

/* Outside a dialog nothing depends on it but an INVITE and its ACK. */
static bool is_ours(const char *method, bool outside)
{
	return !outside || strcmp(method, "INVITE") == 0 ||
	       strcmp(method, "re-INVITE") == 0 || strcmp(method, "ACK") == 0;
}

static void check_sent(struct faults *f, const struct node *verb,
		       const char *method, bool outside)
{
	static const struct {
		const char *method, *instead;
	} ours[] = {
		{"INVITE", "'start: recording' and 'update: recording' do"},
		{"re-INVITE", "'update: recording' does"},
		{"ACK", "each 2xx gets its own"},
		{"BYE", "'stop: recording' does"},
		{"CANCEL", "'stop: recording' does, while it is tried"},
		{"PRACK", "each reliable 1xx gets its own"},
	};
	size_t i;

	for (i = 0; i < sizeof(ours) / sizeof(ours[0]); i++) {
		if (strcmp(ours[i].method, method) != 0 ||
		    !is_ours(method, outside))
			continue;
		scn_fault(f, verb->place,
			  "%s is not sent by a step: the dialog depends on it "
			  "(%s)",
			  method, ours[i].instead);
		return;
	}
	scn_name_method(f, verb, method);
}

static void check_send(struct faults *f, const struct node *n,
		       const struct node *verb, const char *instance,
		       struct scn_step *p)
{
	p->method = p->target;
	p->target = xstrdup(instance ? instance : "recording");
	check_sent(f, verb, p->method, p->outside);
	if (p->outside && (p->send_wrong_tag || p->send_lower_cseq))
		scn_fault(f, scn_node_key_place(n, "dialog"),
			  "'dialog: none' has no 'tag' and no 'cseq' of its "
			  "own");
	check_type(f, n, p);
}

/* ---- the step ---- */

/* A step may expect that there is no such instance. */
static void check_target(struct faults *f, const struct node *at,
			 const struct scenario *s, const struct scn_step *p)
{
	if (strcmp(p->target, "recording") != 0 &&
	    !(p->result && strcmp(p->result, "no such instance") == 0))
		scn_name_instance(f, at, s, p->target);
}

static void check_without(struct faults *f, const struct node *n,
			  const char *const *keys, const char *why)
{
	for (; *keys; keys++)
		if (scn_node_get(n, *keys))
			scn_fault(f, scn_node_key_place(n, *keys), "'%s' %s",
				  *keys, why);
}

static const char *const of_send[] = {"headers", "body", "type", "instance",
				      "dialog",	 "tag",	 "cseq", NULL};

void scn_check_asked(struct faults *f, const struct node *n,
		     const struct node *verb, const char *instance,
		     const struct scenario *s, struct scn_step *p)
{
	const struct node *at = verb;

	if (p->verb == SCN_VERB_SEND) {
		check_send(f, n, verb, instance, p);
		at = instance ? scn_node_get(n, "instance") : verb;
	} else {
		check_without(f, n, of_send, "goes with 'send'");
	}
	if (p->verb == SCN_VERB_UPDATE && p->offer != SCN_OFFER_DEFAULT)
		scn_fault(f, scn_node_key_place(n, "offer"),
			  "'offer' is for a recorder's UPDATE: ours has the "
			  "SDP that the labels of the metadata are in");
	check_result(f, n, p);
	check_target(f, at, s, p);
}

void scn_check_not_asked(struct faults *f, const struct node *n)
{
	static const char *const result[] = {"result", NULL};

	if (n->kind != NODE_MAP)
		return;
	check_without(f, n, of_send, "goes with 'send'");
	check_without(f, n, result,
		      "goes with what a recording is asked: start, pause, "
		      "resume, stop, send, update");
}

/* ---- checks ---- */

size_t scn_results(const struct scenario *s)
{
	size_t i, n = 0;

	for (i = 0; i < s->n_steps; i++)
		n += s->step[i].result != NULL;
	return n;
}

void scn_add_results(struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *p = &s->step[i];
		struct scn_check *c;

		if (!p->result)
			continue;
		c = &s->check[s->n_checks++];
		c->kind = SCN_CHECK_RESULT;
		c->key = "result";
		c->place = p->place;
		c->source = xstrdup(p->source ? p->source : "");
		c->step = i;
		c->from_us = c->until_us = c->within_us = SCN_UNSET;
		c->is = xstrdup(p->result);
	}
}
