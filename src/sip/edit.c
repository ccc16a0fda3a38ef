#include "sip/edit.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/view.h"

struct rule {
	const struct sip_edit *edit;
	char **taken; /* owned: branch and method of requests it changes */
	size_t n_taken;
	size_t met; /* requests it was for ... */
	bool found; /* ... and one had what is to be replaced */
};

struct sip_edits {
	struct rule *rule;
	size_t n;
};

struct sip_edits *sip_edits_new(const struct sip_edit *e, size_t n)
{
	struct sip_edits *es = xcalloc(1, sizeof(*es));
	size_t i;

	es->rule = xcalloc(n + 1, sizeof(*es->rule));
	es->n = n;
	for (i = 0; i < n; i++)
		es->rule[i].edit = &e[i];
	return es;
}

void sip_edits_free(struct sip_edits *es)
{
	size_t i, k;

	if (!es)
		return;
	for (i = 0; i < es->n; i++) {
		for (k = 0; k < es->rule[i].n_taken; k++)
			free(es->rule[i].taken[k]);
		free(es->rule[i].taken);
	}
	free(es->rule);
	free(es);
}

size_t sip_edits_idle(const struct sip_edits *es)
{
	size_t i;

	for (i = 0; i < es->n; i++)
		if (es->rule[i].edit->replace && es->rule[i].met &&
		    !es->rule[i].found)
			break;
	return i;
}

/* ---- which requests it is for ---- */

static bool is_for(const struct sip_edit *e, const struct sip_view *v)
{
	bool inside = !span_empty(v->to_tag);

	if (strcmp(e->of, "re-INVITE") == 0)
		return span_is(v->method, "INVITE") && inside;
	if (strcmp(e->of, "INVITE") == 0)
		return span_is(v->method, "INVITE") && !inside;
	return span_is(v->method, e->of);
}

/* A retransmission is the same request, and so is the ACK to one more 2xx. */
static bool is_taken(struct rule *r, const struct sip_view *v)
{
	char *key = xasprintf("%.*s %.*s", SPAN_ARG(v->method),
			      SPAN_ARG(v->branch));
	size_t i;

	for (i = 0; i < r->n_taken; i++) {
		if (strcmp(r->taken[i], key) != 0)
			continue;
		free(key);
		return true;
	}
	if (r->n_taken == r->edit->times) {
		free(key);
		return false;
	}
	r->taken = xreallocarray(r->taken, r->n_taken + 1, sizeof(*r->taken));
	r->taken[r->n_taken++] = key;
	return true;
}

static bool applies(struct rule *r, const struct sip_view *v)
{
	return is_for(r->edit, v) && (!r->edit->times || is_taken(r, v));
}

/* ---- what it does ---- */

/* `text` in the buffer becomes what the edit makes of it. */
static void change(struct rule *r, struct buf *text)
{
	const struct sip_edit *e = r->edit;
	struct buf out;

	r->met++;
	if (e->replace &&
	    span_find(buf_span(text), span_of(e->replace)) != text->n)
		r->found = true;
	buf_init(&out, SIP_MAX);
	if (e->text)
		buf_add_str(&out, e->text);
	else
		sip_spoil(e, buf_span(text), &out);
	if (!out.overflow) {
		buf_clear(text);
		buf_add_span(text, buf_span(&out));
	}
	buf_fini(&out);
}

unsigned sip_edits_apply(struct sip_edits *es, struct span text,
			 struct buf *out)
{
	unsigned copies = 1;
	struct sip_view v;
	size_t i;

	buf_add_span(out, text);
	if (!es || !sip_view(text, &v) || !v.request)
		return copies;
	for (i = 0; i < es->n; i++) {
		if (!applies(&es->rule[i], &v))
			continue;
		if (es->rule[i].edit->drop)
			return 0;
		copies += es->rule[i].edit->again;
		change(&es->rule[i], out);
	}
	return copies;
}
