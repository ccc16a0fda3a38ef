/* login: of the SRC, of a server, and what a recorder asks for. */
#include "scenario/read.h"

#include <string.h>

/* RFC 7616 section 3.4: a user stands between quotes on the wire, and is hashed
 * as it stands there. */
static void check_quotable(struct faults *f, const struct node *n,
			   const char *key)
{
	const struct node *value = scn_node_get(n, key);
	const char *p;

	if (!value || value->kind != NODE_TEXT)
		return;
	for (p = value->text; *p; p++)
		if (*p == '"' || *p == '\\' || (unsigned char)*p < ' ')
			break;
	if (*p)
		scn_fault(f, value->place,
			  "'%s' has no quotes, backslashes or control "
			  "characters: it stands between quotes in the header",
			  key);
	else if (p == value->text)
		scn_fault(f, value->place, "'%s' is empty", key);
}

static void read_section(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *login)
{
	scn_table_read(f, k->sub, n, login);
	check_quotable(f, n, "user");
	check_quotable(f, n, "realm");
}

void scn_read_login(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	read_section(f, k, n, (char *)out + k->at);
}

void scn_read_guard(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	struct scn_guard *g = (struct scn_guard *)(void *)((char *)out + k->at);

	read_section(f, k, n, g);
	if (g->algorithms.n)
		return;
	/* RFC 8760 section 2.3: the preferred one first */
	scn_strings_add(&g->algorithms, "SHA-256");
	scn_strings_add(&g->algorithms, "MD5");
}
