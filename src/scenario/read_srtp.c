/* srtp: of an instance and of a recorder. */
#include "scenario/read.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "core/suite.h"
#include "core/xalloc.h"

static const char best[] = "AES_CM_128_HMAC_SHA1_80"; /* RFC 4568 6.2.1 */

static const struct scn_key *key_of_suites(const struct scn_key *k)
{
	return scn_table_key(k->sub, "suites");
}

static void check_once(struct faults *f, const struct node *n,
		       const struct scn_strings *suites)
{
	size_t i, k;

	for (i = 0; i < suites->n; i++)
		for (k = 0; k < i; k++)
			if (strcmp(suites->at[i], suites->at[k]) == 0)
				scn_fault(f, n->place, "'srtp' has %s twice",
					  suites->at[i]);
}

/* `true`, `false`, suites, or a map. What an instance says replaces all of what `src`
 * said. */
void scn_read_srtp(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	struct scn_srtp *s = (struct scn_srtp *)((char *)out + k->at);

	scn_strings_fini(&s->suites);
	memset(s, 0, sizeof(*s));
	s->mode = SCN_SRTP_REFUSED;
	if (n->kind == NODE_TEXT && strcmp(n->text, "false") == 0)
		return;
	s->mode = SCN_SRTP_TAKEN;
	s->on = true;
	if (n->kind == NODE_MAP)
		scn_table_read(f, k->sub, n, s);
	else if (n->kind != NODE_TEXT || strcmp(n->text, "true") != 0)
		scn_value_read(f, key_of_suites(k), n, &s->suites);
	check_once(f, n, &s->suites);
	if (!s->suites.n && k->sub == &scn_srtp_table)
		scn_strings_add(&s->suites, best);
}

void scn_read_suite(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	char **field = (char **)((char *)out + k->at);
	enum suite known;

	if (n->kind != NODE_TEXT || (strcmp(n->text, "none") != 0 &&
				     !suite_find(span_of(n->text), &known))) {
		scn_fault_type(
			f, k, "none or a suite such as AES_CM_128_HMAC_SHA1_80",
			n);
		return;
	}
	free(*field);
	*field = xstrdup(n->text);
}
