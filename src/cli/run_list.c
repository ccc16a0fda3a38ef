#include "cli/run.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/xalloc.h"
#include "scenario/suggest.h"

/* Runs of all files, before anything is selected: which ones share a name for
 * their files must not depend on the selection. */
struct named {
	struct hash_le he; /* by dir */
	const struct scenario *s;
	char *dir; /* owned */
};

struct naming {
	struct named *at; /* owned */
	size_t n;
	struct hash dirs;
};

/* ---- names of directories ---- */

static void name_dir(struct naming *names, struct named *r, const char *out)
{
	const char *slash = out[strlen(out) - 1] == '/' ? "" : "/";
	unsigned i;

	r->dir = xasprintf("%s%s%s", out, slash, r->s->stem);
	for (i = 2; hash_find(&names->dirs, span_of(r->dir)); i++) {
		free(r->dir);
		r->dir = xasprintf("%s%s%s-%u", out, slash, r->s->stem, i);
	}
	hash_add(&names->dirs, &r->he, span_of(r->dir));
}

static void naming_init(struct naming *names, const struct run_list *l,
			const char *out)
{
	size_t i, j, n = 0;

	hash_init(&names->dirs);
	for (i = 0; i < l->n_sets; i++)
		n += l->set[i].n;
	names->at = xcalloc(n + 1, sizeof(*names->at));
	names->n = 0;
	for (i = 0; i < l->n_sets; i++) {
		for (j = 0; j < l->set[i].n; j++) {
			struct named *r = &names->at[names->n++];

			r->s = l->set[i].at[j];
			name_dir(names, r, out);
		}
	}
}

static void naming_fini(struct naming *names)
{
	size_t i;

	hash_fini(&names->dirs);
	for (i = 0; i < names->n; i++)
		free(names->at[i].dir);
	free(names->at);
}

/* ---- selection ---- */

static bool has_any(const struct scn_strings *tags,
		    const struct scn_strings *wanted)
{
	size_t i;

	for (i = 0; i < wanted->n; i++)
		if (scn_strings_has(tags, wanted->at[i]))
			return true;
	return false;
}

/* File name without directory and ending: the stem without matrix values. */
static char *file_stem(const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *base = slash ? slash + 1 : file;
	const char *dot = strrchr(base, '.');

	return dot && dot != base ? xstrndup(base, (size_t)(dot - base))
				  : xstrdup(base);
}

static bool is_named(const struct scenario *s, const struct scn_strings *globs)
{
	char *stem = file_stem(s->file);
	bool found = false;
	size_t i;

	for (i = 0; i < globs->n && !found; i++)
		found = fnmatch(globs->at[i], s->name, 0) == 0 ||
			fnmatch(globs->at[i], s->stem, 0) == 0 ||
			fnmatch(globs->at[i], stem, 0) == 0;
	free(stem);
	return found;
}

static bool is_selected(const struct scenario *s, const struct run_conf *conf)
{
	if (conf->tags.n && !has_any(&s->tags, &conf->tags))
		return false;
	if (has_any(&s->tags, &conf->not_tags))
		return false;
	return !conf->names.n || is_named(s, &conf->names);
}

static void add_item(struct run_list *l, const struct named *r, unsigned repeat)
{
	struct run_item *item;

	l->item = xreallocarray(l->item, l->n + 1, sizeof(*l->item));
	item = &l->item[l->n++];
	item->s = r->s;
	item->dir = repeat ? xasprintf("%s-r%u", r->dir, repeat)
			   : xstrdup(r->dir);
}

/* Returns how many matched, in all shards. */
static size_t select_items(struct run_list *l, const struct naming *names,
			   const struct run_conf *conf)
{
	size_t i, matched = 0;
	unsigned r;

	for (i = 0; i < names->n; i++) {
		if (!is_selected(names->at[i].s, conf))
			continue;
		if (matched++ % conf->shards != conf->shard - 1)
			continue;
		for (r = 1; r <= conf->repeat; r++)
			add_item(l, &names->at[i], conf->repeat > 1 ? r : 0);
	}
	return matched;
}

/* ---- nothing selected ---- */

static void add_unique(struct scn_strings *all, const char *text)
{
	if (!scn_strings_has(all, text))
		scn_strings_add(all, text);
}

static void add_words(struct buf *b, const char *head,
		      const struct scn_strings *words)
{
	size_t i;

	for (i = 0; i < words->n; i++)
		buf_addf(b, "%s%s", i ? ", " : head, words->at[i]);
}

static void add_hint(struct buf *b, const struct scn_strings *asked,
		     const struct scn_strings *there)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i, j;

	for (i = 0; i < asked->n; i++) {
		scn_suggest_init(&s, asked->at[i]);
		for (j = 0; j < there->n; j++)
			scn_suggest_try(&s, there->at[j]);
		if (!scn_strings_has(there, asked->at[i]))
			buf_add_str(b, scn_suggest_hint(&s, hint));
	}
}

static void say_nothing(const struct naming *names, size_t matched,
			const struct run_conf *conf)
{
	struct scn_strings tags = {NULL, 0};
	struct buf b;
	size_t i, j;

	buf_init(&b, 16 * 1024);
	for (i = 0; i < names->n; i++)
		for (j = 0; j < names->at[i].s->tags.n; j++)
			add_unique(&tags, names->at[i].s->tags.at[j]);
	buf_add_str(&b, "nothing matched the selection");
	if (matched) {
		buf_addf(&b, ": shard %u/%u of %zu run%s is empty", conf->shard,
			 conf->shards, matched, matched == 1 ? "" : "s");
	} else {
		add_hint(&b, &conf->tags, &tags);
		buf_addf(&b, ": there %s %zu run%s",
			 names->n == 1 ? "is" : "are", names->n,
			 names->n == 1 ? "" : "s");
		add_words(&b, ", with tags ", &tags);
		buf_add_str(&b, "; 'siprec-src list' shows names");
	}
	fprintf(stderr, "%s\n", buf_str(&b));
	buf_fini(&b);
	scn_strings_fini(&tags);
}

/* ---- loading ---- */

static void aim(struct scn_set *set, const struct run_conf *conf)
{
	size_t i;

	for (i = 0; conf->to && i < set->n; i++)
		run_aim(set->at[i], conf);
}

/* On IPv6 nobody reaches an address of IPv4. */
static void leave_out_ipv4(struct scn_set *set, bool ipv6)
{
	size_t i;

	for (i = 0; ipv6 && i < set->n; i++)
		if (!set->at[i]->skip && scenario_names_ipv4(set->at[i]))
			set->at[i]->skip = xstrdup(
				"it names an address of IPv4");
}

static int load_file(struct run_list *l, const char *path,
		     const struct run_conf *conf)
{
	struct causes causes;
	int code = 0;

	causes_init(&causes);
	if (scn_load(&l->set[l->n_sets++], path, conf->vars.at, conf->vars.n,
		     &causes) < 0)
		code = cmd_show_causes(&causes);
	causes_fini(&causes);
	aim(&l->set[l->n_sets - 1], conf);
	leave_out_ipv4(&l->set[l->n_sets - 1], conf->ipv6);
	return code;
}

static int load_files(struct run_list *l, const struct run_conf *conf)
{
	struct scn_strings files;
	struct err e = ERR_INIT;
	int code = 0;
	size_t i;

	if (scn_find(&files, conf->paths.at, conf->paths.n, &e) < 0)
		return cmd_show_err(&e);
	l->set = xcalloc(files.n, sizeof(*l->set));
	for (i = 0; i < files.n; i++) {
		int this = load_file(l, files.at[i], conf);

		if (this > code)
			code = this;
	}
	scn_strings_fini(&files);
	return code;
}

int run_list_load(struct run_list *l, const struct run_conf *conf)
{
	struct naming names;
	size_t matched;
	int code;

	memset(l, 0, sizeof(*l));
	code = load_files(l, conf);
	if (code)
		return code;
	naming_init(&names, l, conf->out);
	matched = select_items(l, &names, conf);
	if (!l->n) {
		say_nothing(&names, matched, conf);
		code = err_exit_code(ERR_EMPTY);
	}
	naming_fini(&names);
	return code;
}

void run_list_fini(struct run_list *l)
{
	size_t i;

	for (i = 0; i < l->n; i++)
		free(l->item[i].dir);
	free(l->item);
	for (i = 0; i < l->n_sets; i++)
		scn_set_fini(&l->set[i]);
	free(l->set);
}
