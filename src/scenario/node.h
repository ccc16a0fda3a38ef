/*
 * scenario/node.h - a YAML document as a tree with places
 *
 * Scalars are text: what a value means is decided by the table, never by
 * YAML. A tree is bounded in depth and in size when it is made, aliases
 * included, so whoever walks it need not take care.
 */
#ifndef SCENARIO_NODE_H
#define SCENARIO_NODE_H

#include <stdbool.h>
#include <stddef.h>

#include "core/buf.h"
#include "scenario/fault.h"
#include "scenario/model.h"

enum node_kind { NODE_TEXT, NODE_LIST, NODE_MAP };

enum {
	NODE_DOC_MAX = 1024 * 1024, /* bytes of a document */
	NODE_DEPTH_MAX = 32,
	NODE_COUNT_MAX = 100000,
	NODE_KEYS_MAX = 1000,	  /* of one map */
	NODE_TEXT_MAX = 64 * 1024 /* bytes of a scalar after ${} */
};

struct node {
	enum node_kind kind;
	struct scn_place place;
	char *text;	    /* NODE_TEXT: no NUL inside */
	bool plain;	    /* NODE_TEXT: without quotes */
	struct node **item; /* list: entries; map: values */
	struct node **key;  /* map: texts, beside item */
	size_t n;
};

/* The one document in `text`; NULL with at least one fault. Repeated keys are
 * faults, but the tree is there. */
struct node *scn_node_parse(const char *text, size_t size, struct faults *f);

void scn_node_free(struct node *n); /* NULL is fine */

/* Value of a key of a map, or NULL; `n` may be NULL or no map. */
const struct node *scn_node_get(const struct node *n, const char *key);

/* Where that key itself stands; the map's place when it is not there. */
struct scn_place scn_node_key_place(const struct node *n, const char *key);

/* Plain and empty, `~` or `null`. */
bool scn_node_is_null(const struct node *n);

/* Nodes of the tree. */
size_t scn_node_count(const struct node *n);

/* Appends the tree in flow style, on one line. */
void scn_node_print(const struct node *n, struct buf *out);

/* What stands there, for messages: "'text'", "a list", "nothing". Writes into
 * `out` and returns it. */
enum { NODE_SAID = 96 };
const char *scn_node_said(const struct node *n, char out[NODE_SAID]);

/* Copies a tree; `change` may replace the text of a scalar (owned by the copy)
 * and leaves it when it returns NULL. Top-level keys for which `skip` is true
 * are left out. */
typedef char *node_change_h(const struct node *scalar, void *arg);
typedef bool node_skip_h(const char *key);
struct node *scn_node_copy(const struct node *n, node_skip_h *skip,
			   node_change_h *change, void *arg);

#endif
