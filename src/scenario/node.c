#include "scenario/node.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

void scn_node_free(struct node *n)
{
	size_t i;

	if (!n)
		return;
	for (i = 0; i < n->n; i++) {
		scn_node_free(n->item[i]);
		if (n->key)
			scn_node_free(n->key[i]);
	}
	free(n->item);
	free(n->key);
	free(n->text);
	free(n);
}

static size_t key_index(const struct node *n, const char *key)
{
	size_t i;

	for (i = 0; i < n->n; i++) {
		if (strcmp(n->key[i]->text, key) == 0)
			break;
	}
	return i;
}

const struct node *scn_node_get(const struct node *n, const char *key)
{
	size_t i;

	if (!n || n->kind != NODE_MAP)
		return NULL;
	i = key_index(n, key);
	return i < n->n ? n->item[i] : NULL;
}

struct scn_place scn_node_key_place(const struct node *n, const char *key)
{
	size_t i = n->kind == NODE_MAP ? key_index(n, key) : n->n;

	return i < n->n ? n->key[i]->place : n->place;
}

bool scn_node_is_null(const struct node *n)
{
	return n->kind == NODE_TEXT && n->plain &&
	       (!n->text[0] || strcmp(n->text, "~") == 0 ||
		strcmp(n->text, "null") == 0);
}

size_t scn_node_count(const struct node *n)
{
	size_t i, sum = 1;

	for (i = 0; i < n->n; i++)
		sum += scn_node_count(n->item[i]) + (n->key ? 1 : 0);
	return sum;
}

/* Texts that need no quotes in flow style, whatever stands around them. */
static bool prints_plain(const struct node *n)
{
	size_t i;

	if (!n->plain || !n->text[0])
		return false;
	for (i = 0; n->text[i]; i++) {
		if (strchr(",[]{}#\"\n", n->text[i]))
			return false;
	}
	return true;
}

static void print_text(const struct node *n, struct buf *out)
{
	const char *p;

	if (prints_plain(n)) {
		buf_add_str(out, n->text);
		return;
	}
	buf_add_char(out, '"');
	for (p = n->text; *p; p++) {
		if (*p == '\n')
			buf_add_str(out, "\\n");
		else if (*p == '\r')
			buf_add_str(out, "\\r");
		else if (*p == '"' || *p == '\\')
			buf_addf(out, "\\%c", *p);
		else
			buf_add_char(out, *p);
	}
	buf_add_char(out, '"');
}

void scn_node_print(const struct node *n, struct buf *out)
{
	size_t i;

	if (n->kind == NODE_TEXT) {
		print_text(n, out);
		return;
	}
	buf_add_char(out, n->kind == NODE_MAP ? '{' : '[');
	for (i = 0; i < n->n; i++) {
		if (i)
			buf_add_str(out, ", ");
		if (n->key) {
			print_text(n->key[i], out);
			buf_add_str(out, ": ");
		}
		scn_node_print(n->item[i], out);
	}
	buf_add_char(out, n->kind == NODE_MAP ? '}' : ']');
}

const char *scn_node_said(const struct node *n, char out[NODE_SAID])
{
	if (n->kind == NODE_LIST)
		snprintf(out, NODE_SAID, "a list");
	else if (n->kind == NODE_MAP)
		snprintf(out, NODE_SAID, "a mapping");
	else if (scn_node_is_null(n))
		snprintf(out, NODE_SAID, "nothing");
	else
		snprintf(out, NODE_SAID, "'%.60s%s'", n->text,
			 strlen(n->text) > 60 ? "..." : "");
	return out;
}

struct node *scn_node_copy(const struct node *n, node_skip_h *skip,
			   node_change_h *change, void *arg)
{
	struct node *c = xcalloc(1, sizeof(*c));
	size_t i;

	c->kind = n->kind;
	c->place = n->place;
	c->plain = n->plain;
	if (n->text) {
		c->text = change ? change(n, arg) : NULL;
		if (!c->text)
			c->text = xstrdup(n->text);
	}
	if (n->n)
		c->item = xcalloc(n->n, sizeof(*c->item));
	if (n->n && n->key)
		c->key = xcalloc(n->n, sizeof(*c->key));
	for (i = 0; i < n->n; i++) {
		if (skip && n->key && skip(n->key[i]->text))
			continue;
		c->item[c->n] = scn_node_copy(n->item[i], NULL, change, arg);
		if (n->key)
			c->key[c->n] = scn_node_copy(n->key[i], NULL, NULL,
						     NULL);
		c->n++;
	}
	return c;
}
