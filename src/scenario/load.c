#include "scenario/load.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/xalloc.h"
#include "scenario/read.h"
#include "scenario/vars.h"

enum { STEM_MAX = 120 };

static void add_safe(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_add_char(b, isalnum((unsigned char)*text) ||
						strchr("._-", *text)
					? *text
					: '_');
}

/* File name without directory and ending, then the values of the matrix. */
static char *make_stem(const struct scenario *s)
{
	const char *slash = strrchr(s->file, '/');
	char *base = xstrdup(slash ? slash + 1 : s->file);
	char *dot = strrchr(base, '.');
	struct buf b;
	size_t i;

	if (dot && dot != base)
		*dot = '\0';
	buf_init(&b, STEM_MAX);
	add_safe(&b, base[0] ? base : "scenario");
	for (i = 0; i < s->n_matrix; i++) {
		buf_add_char(&b, '-');
		add_safe(&b, s->matrix[i].value);
	}
	free(base);
	if (b.p[0] == '.')
		b.p[0] = '_';
	return buf_steal(&b);
}

static bool stem_taken(const struct scn_set *set, const char *stem)
{
	size_t i;

	for (i = 0; i < set->n; i++) {
		if (strcmp(set->at[i]->stem, stem) == 0)
			return true;
	}
	return false;
}

/* Values that look alike in a file name, or are cut, still get a directory
 * each. */
static void set_stem(struct scenario *s, const struct scn_set *set)
{
	char *first = make_stem(s);
	unsigned n = 1;

	s->stem = xstrdup(first);
	while (stem_taken(set, s->stem)) {
		free(s->stem);
		s->stem = xasprintf("%s-%u", first, ++n);
	}
	free(first);
}

static void copy_matrix(struct scenario *s, const struct vars *v)
{
	const struct scn_var *m = scn_vars_matrix(v, &s->n_matrix);
	size_t i;

	s->matrix = xcalloc(s->n_matrix + 1, sizeof(*s->matrix));
	for (i = 0; i < s->n_matrix; i++) {
		s->matrix[i].name = xstrdup(m[i].name);
		s->matrix[i].value = xstrdup(m[i].value);
	}
}

static void read_load(struct faults *f, const struct node *n,
		      struct scenario *s)
{
	scn_table_defaults(&scn_load_table, &s->load);
	if (n)
		scn_table_read(f, &scn_load_table, n, &s->load);
}

static void read_sections(struct faults *f, const struct node *root,
			  struct scenario *s)
{
	scn_table_defaults(&scn_top_table, s);
	scn_table_read(f, &scn_top_table, root, s);
	s->seed_set = scn_node_get(root, "seed") != NULL;
	scn_read_call(f, scn_node_get(root, "call"), s);
	scn_read_media(f, scn_node_get(root, "media"), s);
	scn_read_dns(f, scn_node_get(root, "dns"), s);
	scn_read_srs(f, scn_node_get(root, "srs"), s);
	scn_read_src(f, scn_node_get(root, "src"), s);
	scn_read_timeline(f, scn_node_get(root, "timeline"), s);
	read_load(f, scn_node_get(root, "load"), s);
	scn_read_expect(f, scn_node_get(root, "expect"), s);
	scn_check_whole(f, root, s);
}

static void read_run(struct scn_set *set, struct faults *f, struct vars *v,
		     size_t run)
{
	struct scenario *s = xcalloc(1, sizeof(*s));
	struct node *root;

	scn_vars_select(v, run);
	root = scn_vars_apply(v);
	s->file = xstrdup(f->file);
	copy_matrix(s, v);
	set_stem(s, set);
	read_sections(f, root, s);
	scn_node_free(root);
	set->at[set->n++] = s;
}

static void read_runs(struct scn_set *set, struct faults *f,
		      const struct node *root, const struct scn_var *var,
		      size_t n_vars)
{
	struct vars *v = scn_vars_new(root, var, n_vars, f);
	size_t i, runs = scn_vars_runs(v);

	set->at = xcalloc(runs, sizeof(struct scenario *));
	for (i = 0; i < runs && f->n < FAULTS_MAX; i++)
		read_run(set, f, v, i);
	scn_vars_free(v);
}

int scn_load_text(struct scn_set *set, const char *path, const char *text,
		  size_t size, const struct scn_var *var, size_t n_vars,
		  struct causes *causes)
{
	struct scn_place top = {1, 1};
	struct faults f;
	struct node *root;
	int rc = 0;

	memset(set, 0, sizeof(*set));
	scn_faults_init(&f, path);
	root = scn_node_parse(text, size, &f);
	if (root && root->kind != NODE_MAP)
		scn_fault(&f, top,
			  "a scenario is keys with values (name, call, "
			  "srs, ...)");
	else if (root)
		read_runs(set, &f, root, var, n_vars);
	if (f.n) {
		scn_faults_report(&f, causes);
		scn_set_fini(set);
		rc = -1;
	}
	scn_node_free(root);
	scn_faults_fini(&f);
	return rc;
}

int scn_load(struct scn_set *set, const char *path, const struct scn_var *var,
	     size_t n_vars, struct causes *causes)
{
	struct err e = ERR_INIT;
	struct buf text;
	int rc = -1;

	memset(set, 0, sizeof(*set));
	buf_init(&text, 2 * NODE_DOC_MAX);
	if (buf_read_file(&text, path, &e) < 0)
		causes_add(causes, &e);
	else
		rc = scn_load_text(set, path, buf_str(&text), text.n, var,
				   n_vars, causes);
	buf_fini(&text);
	return rc;
}

void scn_set_fini(struct scn_set *set)
{
	size_t i;

	for (i = 0; i < set->n; i++)
		scenario_free(set->at[i]);
	free(set->at);
	memset(set, 0, sizeof(*set));
}
