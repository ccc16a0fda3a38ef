/* Rules about a recording client: its bodies and metadata. */
#include "expect/rules.h"

#include <string.h>

#include "meta/meta.h"

/* ---- bodies ---- */

/* Next message with a body; `m` has its parts, `e` what is wrong with them. */
static bool next_body(const struct judge *j, struct said *s, struct mime *m,
		      struct err *e)
{
	while (rule_next_said(j, s)) {
		if (!s->v.body.n)
			continue;
		*e = (struct err)ERR_INIT;
		mime_of(m, &s->v, e);
		return true;
	}
	return false;
}

static void parts(struct judge *j)
{
	struct said s = {.i = 0};
	struct mime m;
	struct err e;

	while (next_body(j, &s, &m, &e)) {
		if (e.kind && m.limit) {
			rule_limit(j, e.text);
			continue;
		}
		rule_seen(j, &s);
		if (e.kind)
			rule_fail(j, &s, "%s", e.text);
	}
}

/* Next metadata part. */
static bool next_metadata(const struct judge *j, struct said *s, struct mime *m,
			  const struct mime_part **part)
{
	struct err e;

	while (next_body(j, s, m, &e)) {
		*part = mime_metadata(m);
		if (*part)
			return true;
	}
	return false;
}

static void disposition(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	while (next_metadata(j, &s, &m, &p)) {
		rule_seen(j, &s);
		if (!span_case_is(p->disposition, "recording-session"))
			rule_fail(j, &s, "Content-Disposition: %.*s",
				  SPAN_ARG(p->disposition));
	}
}

static void carrier(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	while (next_metadata(j, &s, &m, &p)) {
		rule_seen(j, &s);
		if (s.v.request && !span_is(s.v.method, "INVITE") &&
		    !span_is(s.v.method, "UPDATE"))
			rule_fail(j, &s, "metadata in a %.*s",
				  SPAN_ARG(s.v.method));
	}
}

static void metadata_sent(struct judge *j)
{
	struct said s = {.i = 0}, first = {.i = 0};
	const struct mime_part *p;
	struct mime m;
	bool found = next_metadata(j, &s, &m, &p), invited = false;

	while (!invited && rule_next_said(j, &first))
		invited = first.v.request && span_is(first.v.method, "INVITE");
	if (!invited)
		return;
	rule_seen(j, found ? &s : &first);
	if (!found)
		rule_fail(j, &first, "no metadata in the whole session");
}

static void complete_first(struct judge *j)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct mime m;

	if (!next_metadata(j, &s, &m, &p))
		return;
	rule_seen(j, &s);
	if (span_find(p->body, span_of(">partial<")) < p->body.n)
		rule_fail(j, &s, "the first document is a partial one");
}

/* ---- what is wrong with the documents ---- */

/* Faults of one kind: the rule of meta/ that found them. */
static void each_document(struct judge *j, const char *kind)
{
	struct said s = {.i = 0};
	const struct mime_part *p;
	struct meta_faults faults;
	struct mime m;
	size_t i;

	while (next_metadata(j, &s, &m, &p)) {
		faults = (struct meta_faults){NULL, 0};
		judge_document(&m, p->body, &faults);
		rule_seen(j, &s);
		for (i = 0; i < faults.n; i++)
			if (strcmp(faults.at[i].rule, kind) == 0)
				rule_fail(j, &s, "line %d: %s",
					  faults.at[i].line, faults.at[i].text);
		meta_faults_fini(&faults);
	}
}

#define OF_DOCUMENTS(name, kind)                                               \
	static void name(struct judge *j)                                      \
	{                                                                      \
		each_document(j, kind);                                        \
	}

OF_DOCUMENTS(well_formed, "xml")
OF_DOCUMENTS(valid, "xsd")
OF_DOCUMENTS(root, "L1")
OF_DOCUMENTS(ids, "L2")
OF_DOCUMENTS(references, "L4")
OF_DOCUMENTS(labels, "L5")
OF_DOCUMENTS(times, "L6")
OF_DOCUMENTS(order_of_times, "L7")
OF_DOCUMENTS(session_ids, "L8")

/* RFC 3261 section 10.3: an address-of-record has no port and no parameters
 * that say how to reach it. */
static void addresses(struct judge *j)
{
	struct said s = {.i = 0};
	struct meta_found found;
	struct err e = ERR_INIT;
	const struct mime_part *p;
	struct mime m;
	size_t i;

	while (next_metadata(j, &s, &m, &p)) {
		if (meta_xpath(p->body, "//r:nameID/@aor", &found, &e) < 0)
			continue;
		if (found.n)
			rule_seen(j, &s);
		for (i = 0; i < found.n; i++) {
			struct span aor = span_of(found.value[i]);

			if (span_case_starts(aor, "sip") &&
			    span_chr(aor, ';') < aor.n)
				rule_fail(j, &s, "aor '%.*s' has parameters",
					  SPAN_ARG(aor));
		}
		meta_found_fini(&found);
	}
}

const struct rule rules_client_metadata[] = {
	{"2046-5.1.1-a", parts},
	{"3261-20.11-a", disposition},
	{"7866-9.1-g", carrier},
	{"7866-9.1-a", metadata_sent},
	{"7866-9.1-f", complete_first},
	{"7865-5.1-a", well_formed},
	{"7865-9-a", valid},
	{"7865-5.1.2-a", root},
	{"7865-6.10-b", ids},
	{"7865-6.5.1-b", references},
	{"7866-9.1-h", labels},
	{"7865-6.9-a", times},
	{"7865-6.9-b", order_of_times},
	{"7865-6.3.1-c", session_ids},
	{"7865-6.5.1-a", addresses},
	{NULL, NULL},
};
