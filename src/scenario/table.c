#include "scenario/table.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/suggest.h"

const struct scn_key *scn_table_key(const struct scn_table *t, const char *name)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		if (strcmp(t->key[i].name, name) == 0)
			return &t->key[i];
	}
	return NULL;
}

void scn_table_defaults(const struct scn_table *t, void *out)
{
	struct faults none;
	size_t i;

	scn_faults_init(&none, "");
	for (i = 0; i < t->n; i++) {
		const struct scn_key *k = &t->key[i];
		struct node n = {.kind = NODE_TEXT};

		if (!k->otherwise)
			continue;
		n.text = xstrdup(k->otherwise);
		scn_value_read(&none, k, &n, (char *)out + k->at);
		free(n.text);
	}
	scn_faults_fini(&none);
}

static void fault_key(struct faults *f, const struct scn_table *t,
		      const struct node *key)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i;

	scn_suggest_init(&s, key->text);
	for (i = 0; i < t->n; i++)
		scn_suggest_try(&s, t->key[i].name);
	scn_fault(f, key->place, "unknown key '%.60s' in %s%s", key->text,
		  t->name, scn_suggest_hint(&s, hint));
}

static void check_keys(struct faults *f, const struct scn_table *t,
		       const struct node *n)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		const struct scn_key *k = scn_table_key(t, n->key[i]->text);

		if (!k)
			fault_key(f, t, n->key[i]);
		else if (k->flags & KEY_LATER)
			scn_fault(f, n->key[i]->place, "'%s' is not built yet",
				  k->name);
	}
}

static bool by_its_section(const struct scn_key *k)
{
	return !k->read && (k->type == SCN_T_MAP || k->type == SCN_T_LIST ||
			    k->type == SCN_T_NAMED);
}

static void read_key(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *out)
{
	if (k->flags & KEY_LATER || by_its_section(k))
		return;
	if (k->read)
		k->read(f, k, n, out);
	else
		scn_value_read(f, k, n, (char *)out + k->at);
}

void scn_table_read(struct faults *f, const struct scn_table *t,
		    const struct node *n, void *out)
{
	char said[NODE_SAID];
	size_t i;

	if (n->kind != NODE_MAP) {
		scn_fault(f, n->place, "%s wants keys with values, not %s",
			  t->name, scn_node_said(n, said));
		return;
	}
	check_keys(f, t, n);
	for (i = 0; i < t->n; i++) {
		const struct scn_key *k = &t->key[i];
		const struct node *value = scn_node_get(n, k->name);

		if (value)
			read_key(f, k, value, out);
		else if (k->flags & KEY_NEEDED)
			scn_fault(f, n->place, "%s needs '%s'", t->name,
				  k->name);
	}
}

void scn_fault_type(struct faults *f, const struct scn_key *k,
		    const char *wants, const struct node *n)
{
	char said[NODE_SAID];

	scn_fault(f, n->place, "'%s' wants %s, not %s", k->name, wants,
		  scn_node_said(n, said));
}

void scn_each_text(struct faults *f, const struct scn_key *k,
		   const struct node *n, text_h *each, void *arg)
{
	size_t i;

	if (n->kind == NODE_MAP || scn_node_is_null(n)) {
		scn_fault_type(f, k, "a text or a list of them", n);
		return;
	}
	if (n->kind == NODE_TEXT) {
		each(f, n, arg);
		return;
	}
	for (i = 0; i < n->n; i++) {
		if (n->item[i]->kind == NODE_TEXT &&
		    !scn_node_is_null(n->item[i]))
			each(f, n->item[i], arg);
		else
			scn_fault_type(f, k, "texts in its list", n->item[i]);
	}
}
