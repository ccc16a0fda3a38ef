#include "scenario/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#include "core/xalloc.h"

struct walk {
	yaml_document_t *doc;
	struct faults *faults;
	size_t n_nodes;
	bool stopped; /* too deep or too many: said once */
};

static struct scn_place place_of(yaml_mark_t mark)
{
	struct scn_place p = {(int)mark.line + 1, (int)mark.column + 1};

	return p;
}

static void stop(struct walk *w, struct scn_place place, const char *why)
{
	if (!w->stopped)
		scn_fault(w->faults, place, "%s", why);
	w->stopped = true;
}

static struct node *convert(struct walk *w, int index, int depth);

static void convert_text(struct walk *w, const yaml_node_t *y, struct node *n)
{
	const char *p = (const char *)y->data.scalar.value;
	size_t size = y->data.scalar.length;

	if (memchr(p, '\0', size))
		scn_fault(w->faults, n->place,
			  "text with a NUL character in it");
	n->kind = NODE_TEXT;
	n->text = xstrndup(p, size);
	n->plain = y->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

static void convert_list(struct walk *w, const yaml_node_t *y, struct node *n,
			 int depth)
{
	const yaml_node_item_t *i = y->data.sequence.items.start;
	const yaml_node_item_t *end = y->data.sequence.items.top;

	n->kind = NODE_LIST;
	if (i < end)
		n->item = xcalloc((size_t)(end - i), sizeof(*n->item));
	for (; i < end && !w->stopped; i++)
		n->item[n->n++] = convert(w, *i, depth + 1);
}

/* Repeated keys are legal for libyaml. The first one stays. */
static bool key_is_new(struct walk *w, const struct node *n,
		       const struct node *key)
{
	size_t i;

	if (key->kind != NODE_TEXT) {
		scn_fault(w->faults, key->place, "a key must be a word, not %s",
			  key->kind == NODE_LIST ? "a list" : "a mapping");
		return false;
	}
	for (i = 0; i < n->n; i++) {
		if (strcmp(n->key[i]->text, key->text) != 0)
			continue;
		scn_fault(w->faults, key->place,
			  "key '%s' is repeated (first on line %d)", key->text,
			  n->key[i]->place.line);
		return false;
	}
	return true;
}

static void convert_map(struct walk *w, const yaml_node_t *y, struct node *n,
			int depth)
{
	const yaml_node_pair_t *i = y->data.mapping.pairs.start;
	const yaml_node_pair_t *end = y->data.mapping.pairs.top;
	size_t size = (size_t)(end - i);

	n->kind = NODE_MAP;
	n->item = xcalloc(size + 1, sizeof(*n->item));
	n->key = xcalloc(size + 1, sizeof(*n->key));
	if (size > NODE_KEYS_MAX) {
		stop(w, n->place,
		     "more keys in one mapping than any "
		     "scenario needs");
		return;
	}
	for (; i < end && !w->stopped; i++) {
		struct node *key = convert(w, i->key, depth + 1);
		struct node *value = convert(w, i->value, depth + 1);

		if (!w->stopped && key_is_new(w, n, key)) {
			n->key[n->n] = key;
			n->item[n->n++] = value;
		} else {
			scn_node_free(key);
			scn_node_free(value);
		}
	}
}

/* Never NULL. An alias becomes a copy of its anchor's tree, so a cycle ends
 * at the depth limit and a "billion laughs" at the size limit. */
static struct node *convert(struct walk *w, int index, int depth)
{
	const yaml_node_t *y = yaml_document_get_node(w->doc, index);
	struct node *n = xcalloc(1, sizeof(*n));

	n->place = place_of(y->start_mark);
	if (depth > NODE_DEPTH_MAX)
		stop(w, n->place,
		     "nested too deeply (an alias that contains itself?)");
	if (++w->n_nodes > NODE_COUNT_MAX)
		stop(w, n->place, "too many values (aliases of aliases?)");
	if (w->stopped || y->type == YAML_SCALAR_NODE) {
		if (y->type == YAML_SCALAR_NODE)
			convert_text(w, y, n);
		else
			n->text = xstrdup("");
	} else if (y->type == YAML_SEQUENCE_NODE) {
		convert_list(w, y, n, depth);
	} else {
		convert_map(w, y, n, depth);
	}
	return n;
}

/* libyaml says what is wrong where it noticed, and where the construct that
 * it was in began: the user needs both. */
static void syntax_fault(const yaml_parser_t *p, struct faults *f)
{
	const char *problem = p->problem ? p->problem : "not YAML";
	struct scn_place at = place_of(p->problem_mark);

	if (p->error == YAML_READER_ERROR)
		scn_fault(f, place_of(p->mark), "%s at byte %zu", problem,
			  p->problem_offset);
	else if (p->context)
		scn_fault(f, at, "%s %s that began at %d:%d", problem,
			  p->context, place_of(p->context_mark).line,
			  place_of(p->context_mark).col);
	else
		scn_fault(f, at, "%s", problem);
}

/* Only one document: a second one would silently not be run. */
static void check_last(yaml_parser_t *p, struct faults *f)
{
	yaml_document_t doc;
	const yaml_node_t *root;

	if (!yaml_parser_load(p, &doc)) {
		syntax_fault(p, f);
		return;
	}
	root = yaml_document_get_root_node(&doc);
	if (root)
		scn_fault(f, place_of(root->start_mark),
			  "a second document (a scenario file holds one)");
	yaml_document_delete(&doc);
}

static struct node *convert_doc(yaml_document_t *doc, struct faults *f)
{
	struct scn_place top = {1, 1};
	struct walk w = {.doc = doc, .faults = f};
	struct node *n;

	if (!yaml_document_get_root_node(doc)) {
		scn_fault(f, top,
			  "the file is empty (a scenario needs a name and "
			  "a recorder)");
		return NULL;
	}
	n = convert(&w, 1, 1);
	if (w.stopped) {
		scn_node_free(n);
		return NULL;
	}
	return n;
}

struct node *scn_node_parse(const char *text, size_t size, struct faults *f)
{
	struct scn_place top = {1, 1};
	struct node *root = NULL;
	yaml_document_t doc;
	yaml_parser_t p;

	if (size > NODE_DOC_MAX) {
		scn_fault(f, top, "the file is larger than 1 MiB");
		return NULL;
	}
	if (!yaml_parser_initialize(&p)) {
		scn_fault(f, top, "libyaml does not start");
		return NULL;
	}
	yaml_parser_set_input_string(&p, (const unsigned char *)text, size);
	if (yaml_parser_load(&p, &doc)) {
		root = convert_doc(&doc, f);
		yaml_document_delete(&doc);
		if (root)
			check_last(&p, f);
	} else {
		syntax_fault(&p, f);
	}
	yaml_parser_delete(&p);
	return root;
}
