/* edit: of the SRC. */
#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

enum { EDITS_MAX = 100 };

static void check_alone(struct faults *f, const struct node *n,
			const char *alone)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		const char *key = n->key[i]->text;

		if (strcmp(key, alone) != 0 && strcmp(key, "of") != 0 &&
		    strcmp(key, "times") != 0)
			scn_fault(f, n->key[i]->place,
				  "'%.60s' does not go with '%s': %s", key,
				  alone,
				  strcmp(alone, "drop") == 0
					  ? "nothing is sent"
					  : "that is all that is sent");
	}
}

/* Any name will do: it is for messages that may be wrong. */
static void check_headers(struct faults *f, const struct node *n,
			  const struct scn_edit *e)
{
	size_t i;

	for (i = 0; i < e->headers.n; i++) {
		const char *line = e->headers.at[i];

		if (!strchr(line, ':') || line[0] == ':' ||
		    strpbrk(line, "\r\n"))
			scn_fault(f, scn_node_get(n, "headers")->place,
				  "'headers' wants lines such as 'Subject: "
				  "one', not '%.60s'",
				  line);
	}
}

static bool does_nothing(const struct scn_edit *e)
{
	return !e->drop && !e->again && !e->mangle.n && !e->replace &&
	       !e->headers.n && !e->longer && !e->shorter && !e->text;
}

static void check_edit(struct faults *f, const struct node *n,
		       const struct scn_edit *e)
{
	const struct node *of = scn_node_get(n, "of");

	if (of && e->of && strcmp(e->of, "re-INVITE") != 0)
		scn_name_method(f, of, e->of);
	if (e->with && !e->replace)
		scn_fault(f, scn_node_key_place(n, "with"),
			  "'with' goes with 'replace'");
	if (e->replace && !e->replace[0])
		scn_fault(f, scn_node_get(n, "replace")->place,
			  "'replace' wants a text that is not empty");
	if (e->drop)
		check_alone(f, n, "drop");
	else if (e->text)
		check_alone(f, n, "text");
	if (e->longer && e->shorter)
		scn_fault(f, scn_node_key_place(n, "shorter"),
			  "'shorter' does not go with 'longer'");
	check_headers(f, n, e);
	if (does_nothing(e))
		scn_fault(f, n->place,
			  "an entry of 'edit' needs what it changes: mangle, "
			  "replace, headers, longer, shorter, again, drop or "
			  "text");
}

static void read_one(struct faults *f, const struct node *n, struct scenario *s)
{
	struct scn_edit *e = &s->edit[s->n_edits++];

	e->place = n->place;
	scn_table_defaults(&scn_edit_table, e);
	scn_table_read(f, &scn_edit_table, n, e);
	if (n->kind == NODE_MAP)
		check_edit(f, n, e);
	if (!e->of)
		e->of = xstrdup("INVITE");
}

void scn_read_edits(struct faults *f, const struct node *n, struct scenario *s)
{
	size_t i, count;

	if (!n)
		return;
	count = n->kind == NODE_LIST ? n->n : 1;
	if (count == 0 || count > EDITS_MAX) {
		scn_fault(f, n->place, "'edit' wants 1 to %d entries",
			  EDITS_MAX);
		return;
	}
	s->edit = xcalloc(count, sizeof(*s->edit));
	for (i = 0; i < count; i++)
		read_one(f, n->kind == NODE_LIST ? n->item[i] : n, s);
}
