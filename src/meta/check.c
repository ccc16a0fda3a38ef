#include "meta/meta.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "meta/xml.h"

void faults_add(struct meta_faults *f, const char *rule, int line,
		const char *fmt, ...)
{
	struct meta_fault *at;
	va_list ap;

	if (f->n == META_FAULTS)
		return;
	f->at = xreallocarray(f->at, f->n + 1, sizeof(*f->at));
	at = &f->at[f->n++];
	snprintf(at->rule, sizeof(at->rule), "%s", rule);
	at->line = line;
	va_start(ap, fmt);
	vsnprintf(at->text, sizeof(at->text), fmt, ap);
	va_end(ap);
}

void meta_faults_fini(struct meta_faults *f)
{
	free(f->at);
	f->at = NULL;
	f->n = 0;
}

static void append(struct meta_faults *out, const struct meta_faults *f)
{
	if (f->n == 0)
		return;
	out->at = xreallocarray(out->at, out->n + f->n, sizeof(*out->at));
	memcpy(out->at + out->n, f->at, f->n * sizeof(*f->at));
	out->n += f->n;
}

size_t meta_check(struct span xml, const char *const *label, size_t n_labels,
		  bool sdp, struct meta_faults *out)
{
	struct meta_faults f = {NULL, 0};
	struct err e = ERR_INIT;
	int line;
	size_t n;
	xmlDoc *doc = xml_read(xml, &line, &e);

	if (doc) {
		schema_check(doc, &f);
		lint_check(doc, label, n_labels, sdp, &f);
		xmlFreeDoc(doc);
	} else {
		faults_add(&f, "xml", line, "%s", e.text);
	}
	append(out, &f);
	n = f.n;
	meta_faults_fini(&f);
	return n;
}
