/*
 * metadata, metadata_valid: what the recorders were told of the call.
 */
#include "expect/judge.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "meta/meta.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/view.h"

enum { FAULTS_SHOWN = 3 };

/* ---- metadata ---- */

static void metadata_wanted(struct judge *j)
{
	buf_add_str(&j->wanted, j->c->subject);
	if (want_given(j->c))
		want_text(j);
	else
		buf_add_str(&j->wanted, " is there");
}

static void found_values(struct judge *j, const struct meta_found *f)
{
	struct span *value = xcalloc(f->n + 1, sizeof(*value));
	size_t i;

	for (i = 0; i < f->n; i++)
		value[i] = span_of(f->value[i]);
	want_values(j, value, f->n);
	free(value);
}

/* Without `is`, `has`, `matches` and `count` the expression itself has to be
 * true, as XPath sees it: a set of nodes that is not empty, say. */
static void query(struct judge *j, struct span xml, const char *recorder)
{
	bool given = want_given(j->c);
	char *xpath = given ? xstrdup(j->c->subject)
			    : xasprintf("boolean(%s)", j->c->subject);
	struct meta_found found = {NULL, 0};
	struct err e = ERR_INIT;

	if (meta_xpath(xml, xpath, &found, &e) < 0) {
		buf_add_str(&j->got, "no answer");
		judge_fail(j, "%s", e.text);
	} else if (given) {
		found_values(j, &found);
	} else if (found.n && !strcmp(found.value[0], "true")) {
		buf_add_str(&j->got, "it is");
	} else {
		buf_add_str(&j->got, "none");
		judge_fail(j, "nothing in the metadata at %s fits", recorder);
	}
	meta_found_fini(&found);
	free(xpath);
}

void judge_metadata(struct judge *j)
{
	struct picked p;
	const char *recorder;

	metadata_wanted(j);
	recorder = judge_recorder(j);
	if (recorder && judge_pick(j, PICK_METADATA, recorder, SCN_AT_END, &p))
		query(j, p.body, recorder);
}

/* ---- metadata_valid ---- */

/* Labels of the m-lines that are live; owned strings. */
static size_t labels_of(const struct sdp *s, const char *label[SDP_MEDIA])
{
	size_t i, n = 0;

	for (i = 0; i < s->n_media; i++)
		if (s->media[i].port != 0 && s->media[i].label[0])
			label[n++] = s->media[i].label;
	return n;
}

void judge_document(const struct mime *mime, struct span xml,
		    struct meta_faults *out)
{
	const struct mime_part *part = mime_find(mime, "application/sdp");
	struct sdp *sdp = part ? sdp_parse(part->body, NULL) : NULL;
	const char *label[SDP_MEDIA];
	size_t n = sdp ? labels_of(sdp, label) : 0;

	meta_check(xml, label, n, sdp != NULL, out);
	sdp_free(sdp);
}

static bool was_sent(const struct judge *j, const struct trace_sip *m)
{
	return m->request && !m->again && judge_of_instance(j, m->call_id) &&
	       (j->c->to.n ? scn_strings_has(&j->c->to, m->to)
			   : judge_is_recorder(j, m->to));
}

struct tally {
	size_t documents, faults;
};

static void add_fault(struct judge *j, struct tally *t,
		      const struct trace_sip *m, const struct meta_fault *f)
{
	if (t->faults++ >= FAULTS_SHOWN)
		return;
	buf_addf(&j->got, "%s%s %.*s: %s", j->got.n ? "; " : "", m->to,
		 SPAN_ARG(m->method), f->rule);
	if (f->line)
		buf_addf(&j->got, " line %d", f->line);
	buf_addf(&j->got, ": %s", f->text);
	if (t->faults == 1)
		j->at_us = judge_when(m);
}

static void check_message(struct judge *j, struct tally *t,
			  const struct trace_sip *m)
{
	struct meta_faults faults = {NULL, 0};
	const struct mime_part *part;
	struct sip_view v;
	struct mime mime;
	size_t i;

	if (!sip_view(m->text, &v))
		return;
	mime_of(&mime, &v, NULL); /* the parts before a fault are there */
	part = mime_metadata(&mime);
	if (!part)
		return;
	t->documents++;
	judge_document(&mime, part->body, &faults);
	for (i = 0; i < faults.n; i++)
		add_fault(j, t, m, &faults.at[i]);
	meta_faults_fini(&faults);
}

static void valid_verdict(struct judge *j, const struct tally *t)
{
	if (!t->documents) {
		buf_add_str(&j->got, "no metadata was sent");
		judge_fail(j, "there is no document to judge");
	} else if (!t->faults) {
		buf_addf(&j->got, "%zu document%s, all valid", t->documents,
			 t->documents > 1 ? "s" : "");
		if (!j->c->wanted)
			judge_fail(j, "no document has a fault");
	} else {
		if (t->faults > FAULTS_SHOWN)
			buf_addf(&j->got, " and %zu more",
				 t->faults - FAULTS_SHOWN);
		if (j->c->wanted)
			judge_fail(j, "%zu fault%s in %zu document%s",
				   t->faults, t->faults > 1 ? "s" : "",
				   t->documents, t->documents > 1 ? "s" : "");
	}
}

void judge_metadata_valid(struct judge *j)
{
	struct tally t = {0, 0};
	const struct trace_sip *m;
	size_t i = 0;

	buf_add_str(&j->wanted, j->c->wanted
					? "every metadata document is valid"
					: "a metadata document with a fault");
	while (trace_call_sip(j->t, j->call, &i, &m))
		if (was_sent(j, m))
			check_message(j, &t, m);
	valid_verdict(j, &t);
}
