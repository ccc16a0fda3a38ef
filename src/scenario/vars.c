#include "scenario/vars.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/suggest.h"
#include "scenario/table.h"

/* One key of the matrix. On the command line's say it has one value. */
struct axis {
	const char *name;
	const struct node *values; /* list, or one scalar */
	size_t n;
};

struct vars {
	const struct node *root;
	const struct scn_var *given; /* command line */
	size_t n_given;
	struct faults *faults;
	struct axis *axis;
	size_t n_axes;
	size_t n_runs;
	struct scn_strings env; /* names that may be used */
	struct scn_var *matrix; /* values of this run, one for each axis */
	struct scn_var *own;	/* `vars` so far resolved */
	size_t n_own;
};

static const char *find(const struct scn_var *at, size_t n, const char *name)
{
	while (n--) {
		if (at[n].name && strcmp(at[n].name, name) == 0)
			return at[n].value;
	}
	return NULL;
}

static const char *value_of(const struct vars *v, const char *name)
{
	const char *value = find(v->given, v->n_given, name);
	size_t i;

	if (!value && v->matrix)
		value = find(v->matrix, v->n_axes, name);
	if (!value)
		value = find(v->own, v->n_own, name);
	for (i = 0; !value && i < v->env.n; i++) {
		if (strcmp(v->env.at[i], name) == 0)
			value = getenv(name);
	}
	return value;
}

static void fault_unknown(const struct vars *v, const struct node *n,
			  const char *name)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i;

	scn_suggest_init(&s, name);
	for (i = 0; i < v->n_given; i++)
		scn_suggest_try(&s, v->given[i].name);
	for (i = 0; i < v->n_axes; i++)
		scn_suggest_try(&s, v->axis[i].name);
	for (i = 0; i < v->n_own; i++)
		scn_suggest_try(&s, v->own[i].name);
	for (i = 0; i < v->env.n; i++)
		scn_suggest_try(&s, v->env.at[i]);
	scn_suggest_hint(&s, hint);
	scn_fault(v->faults, n->place, "${%s} has no value%s", name,
		  hint[0] ? hint
			  : " (say it in 'vars', 'matrix', with --var, or list "
			    "it in needs.env)");
}

/* Takes "${NAME}" off the front of `*rest` and appends its value. */
static void add_value(const struct vars *v, const struct node *n,
		      struct span *rest, struct buf *out)
{
	size_t end = span_chr(*rest, '}');
	char *name;
	const char *value;

	if (end == rest->n) {
		scn_fault(v->faults, n->place,
			  "'${' without '}' (a literal '${' "
			  "is written '$${')");
		*rest = span_skip(*rest, rest->n);
		return;
	}
	name = xstrndup(rest->p + 2, end - 2);
	value = value_of(v, name);
	if (value)
		buf_add_str(out, value);
	else
		fault_unknown(v, n, name);
	*rest = span_skip(*rest, end + 1);
	free(name);
}

/* The text of a scalar with values in place, or NULL when it has no ${}. */
static char *replace(const struct node *n, void *arg)
{
	const struct vars *v = arg;
	struct span rest = span_of(n->text);
	struct buf out;

	if (!strstr(n->text, "${"))
		return NULL;
	buf_init(&out, NODE_TEXT_MAX);
	while (rest.n) {
		if (span_starts(rest, "$${")) {
			buf_add_str(&out, "${");
			rest = span_skip(rest, 3);
		} else if (span_starts(rest, "${")) {
			add_value(v, n, &rest, &out);
		} else {
			buf_add_char(&out, rest.p[0]);
			rest = span_skip(rest, 1);
		}
	}
	if (out.overflow)
		scn_fault(v->faults, n->place,
			  "longer than 64 KiB with its "
			  "values in place");
	if (!out.p)
		return xstrdup("");
	return buf_steal(&out);
}

static char *resolved(struct vars *v, const struct node *n)
{
	char *text = replace(n, v);

	return text ? text : xstrdup(n->text);
}

/* ---- matrix ---- */

static bool scalars(struct vars *v, const char *name, const struct node *n)
{
	size_t i;

	if (n->kind == NODE_TEXT)
		return true;
	if (n->kind == NODE_MAP || n->n == 0) {
		scn_fault(v->faults, n->place, "'%s' wants a list of values",
			  name);
		return false;
	}
	for (i = 0; i < n->n; i++) {
		if (n->item[i]->kind == NODE_TEXT)
			continue;
		scn_fault(v->faults, n->item[i]->place,
			  "a value of '%s' must be a text or a number", name);
		return false;
	}
	return true;
}

static void read_axis(struct vars *v, const char *name, const struct node *n)
{
	struct axis *a = &v->axis[v->n_axes];

	if (!scalars(v, name, n))
		return;
	a->name = name;
	a->values = n;
	a->n = n->kind == NODE_LIST ? n->n : 1;
	if (find(v->given, v->n_given, name))
		a->n = 1;
	v->n_axes++;
	if (v->n_runs <= MATRIX_RUNS_MAX)
		v->n_runs *= a->n;
}

/* Every run reads the whole document again: both together are bounded. */
static void check_size(struct vars *v, const struct node *n)
{
	enum { WORK_MAX = 4000000 };

	if (v->n_runs <= MATRIX_RUNS_MAX &&
	    v->n_runs * scn_node_count(v->root) <= WORK_MAX)
		return;
	scn_fault(v->faults, n->place, "the matrix makes too many runs (%s%zu)",
		  v->n_runs > MATRIX_RUNS_MAX ? "at least " : "", v->n_runs);
	v->n_runs = 1;
}

static bool is_map(struct vars *v, const char *key, const struct node *n)
{
	if (!n || n->kind == NODE_MAP)
		return n != NULL;
	scn_fault(v->faults, n->place, "'%s' wants names with values", key);
	return false;
}

static void read_matrix(struct vars *v)
{
	const struct node *n = scn_node_get(v->root, "matrix");
	size_t i;

	if (!is_map(v, "matrix", n))
		return;
	v->axis = xcalloc(n->n + 1, sizeof(*v->axis));
	for (i = 0; i < n->n; i++)
		read_axis(v, n->key[i]->text, n->item[i]);
	check_size(v, n);
	v->matrix = xcalloc(v->n_axes + 1, sizeof(*v->matrix));
}

static const struct node *axis_value(const struct axis *a, size_t i)
{
	return a->values->kind == NODE_LIST ? a->values->item[i] : a->values;
}

static void select_matrix(struct vars *v, size_t run)
{
	size_t i = v->n_axes;

	while (i--) {
		const struct axis *a = &v->axis[i];
		const char *value = find(v->given, v->n_given, a->name);
		char *text = value ? xstrdup(value)
				   : resolved(v, axis_value(a, run % a->n));

		run /= a->n;
		free(v->matrix[i].name);
		free(v->matrix[i].value);
		v->matrix[i].name = xstrdup(a->name);
		v->matrix[i].value = text;
	}
}

/* ---- vars and needs ---- */

static void clear_own(struct vars *v)
{
	while (v->n_own) {
		v->n_own--;
		free(v->own[v->n_own].name);
		free(v->own[v->n_own].value);
	}
	free(v->own);
	v->own = NULL;
}

static void select_own(struct vars *v)
{
	const struct node *n = scn_node_get(v->root, "vars");
	size_t i;

	clear_own(v);
	if (!is_map(v, "vars", n))
		return;
	v->own = xcalloc(n->n + 1, sizeof(*v->own));
	for (i = 0; i < n->n; i++) {
		if (n->item[i]->kind != NODE_TEXT) {
			scn_fault(v->faults, n->item[i]->place,
				  "'%s' must be a text or a number",
				  n->key[i]->text);
			continue;
		}
		v->own[v->n_own].value = resolved(v, n->item[i]);
		v->own[v->n_own++].name = xstrdup(n->key[i]->text);
	}
}

/* A value of the command line serves as well. */
static void check_needs(struct vars *v, const struct node *env)
{
	size_t i;

	for (i = 0; i < v->env.n; i++) {
		if (find(v->given, v->n_given, v->env.at[i]) ||
		    getenv(v->env.at[i]))
			continue;
		scn_fault_env(
			v->faults, env->place,
			"needs the environment variable %s (or --var %s=...)",
			v->env.at[i], v->env.at[i]);
	}
}

static void read_needs(struct vars *v)
{
	const struct node *n = scn_node_get(v->root, "needs");

	if (!n)
		return;
	scn_table_read(v->faults, &scn_needs_table, n, &v->env);
	if (scn_node_get(n, "env"))
		check_needs(v, scn_node_get(n, "env"));
}

/* ---- the whole ---- */

struct vars *scn_vars_new(const struct node *root, const struct scn_var *given,
			  size_t n_given, struct faults *f)
{
	struct vars *v = xcalloc(1, sizeof(*v));

	v->root = root;
	v->given = given;
	v->n_given = n_given;
	v->faults = f;
	v->n_runs = 1;
	read_needs(v);
	read_matrix(v);
	return v;
}

void scn_vars_free(struct vars *v)
{
	size_t i;

	if (!v)
		return;
	clear_own(v);
	for (i = 0; v->matrix && i < v->n_axes; i++) {
		free(v->matrix[i].name);
		free(v->matrix[i].value);
	}
	free(v->matrix);
	free(v->axis);
	scn_strings_fini(&v->env);
	free(v);
}

size_t scn_vars_runs(const struct vars *v)
{
	return v->n_runs;
}

void scn_vars_select(struct vars *v, size_t run)
{
	select_matrix(v, run);
	select_own(v);
}

const struct scn_var *scn_vars_matrix(const struct vars *v, size_t *n)
{
	*n = v->n_axes;
	return v->matrix;
}

static bool is_head(const char *key)
{
	return strcmp(key, "matrix") == 0 || strcmp(key, "vars") == 0 ||
	       strcmp(key, "needs") == 0;
}

struct node *scn_vars_apply(struct vars *v)
{
	return scn_node_copy(v->root, is_head, replace, v);
}
