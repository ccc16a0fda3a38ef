#include "cli/conform.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/suggest.h"

const char *conform_level(enum scn_level level)
{
	static const char *const names[] = {[SCN_LEVEL_NONE] = "",
					    [SCN_LEVEL_MUST] = "must",
					    [SCN_LEVEL_SHOULD] = "should",
					    [SCN_LEVEL_MAY] = "may"};

	return names[level];
}

#define STILL_THERE "still-there"

bool conform_is_plain(const struct conform_check *c)
{
	return strcmp(c->id, "answers") == 0;
}

/* ---- selection ---- */

static bool is_named(const char *id, const struct scn_strings *only)
{
	size_t i;

	for (i = 0; i < only->n; i++)
		if (fnmatch(only->at[i], id, 0) == 0)
			return true;
	return false;
}

/* What is asked for by name is run, whatever its level. */
static bool is_selected(const struct conform_conf *conf, const char *id,
			const struct scenario *s)
{
	if (conf->only.n)
		return is_named(id, &conf->only);
	return s->level <= conf->level && (!s->field || conf->field);
}

/* ---- loading ---- */

static char *dir_of(const char *out, const char *id)
{
	size_t n = strlen(out);

	return xasprintf("%s%s%s", out, n && out[n - 1] == '/' ? "" : "/", id);
}

/* Into the place behind the last. A fault in what we carry is a fault of ours,
 * and is told as any other. */
static int load(struct conform_list *l, const struct conform_conf *conf,
		const struct conform_text *t)
{
	struct conform_check *c = &l->at[l->n];
	char *path = xasprintf("conform/%s.yml", t->id);
	struct causes causes;
	int code = 0;

	causes_init(&causes);
	memset(c, 0, sizeof(*c));
	if (scn_load_text(&c->set, path, t->text, t->n, NULL, 0, &causes) < 0) {
		code = cmd_show_causes(&causes);
	} else {
		c->id = t->id;
		c->item.s = c->set.at[0];
		c->item.dir = dir_of(conf->run.out, t->id);
		if (conf->run.to)
			run_aim(c->set.at[0], &conf->run);
	}
	causes_fini(&causes);
	free(path);
	return code;
}

static void unload(struct conform_check *c)
{
	scn_set_fini(&c->set);
	free(c->item.dir);
	json_decref(c->finding);
	memset(c, 0, sizeof(*c));
}

static int load_one(struct conform_list *l, const struct conform_conf *conf,
		    const struct conform_text *t)
{
	int code = load(l, conf, t);

	if (code)
		return code;
	if (is_selected(conf, t->id, l->at[l->n].item.s))
		l->n++;
	else
		unload(&l->at[l->n]);
	return 0;
}

/* Kept also when nobody asked for it. */
static int load_there(struct conform_list *l, const struct conform_conf *conf)
{
	size_t i = 0;
	int code;

	while (strcmp(conform_texts[i].id, STILL_THERE) != 0)
		i++;
	code = load(l, conf, &conform_texts[i]);
	l->there = &l->at[l->n];
	if (!code && is_selected(conf, STILL_THERE, l->there->item.s))
		l->n++;
	return code;
}

static int say_nothing(const struct conform_conf *conf)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i;

	scn_suggest_init(&s, conf->only.n ? conf->only.at[0] : "");
	for (i = 0; i < conform_n_texts; i++)
		scn_suggest_try(&s, conform_texts[i].id);
	fprintf(stderr,
		"nothing matched the selection%s: there are %zu checks; "
		"'siprec-src conform --list --level may --grade field' shows "
		"all\n",
		conf->only.n ? scn_suggest_hint(&s, hint) : "",
		conform_n_texts);
	return err_exit_code(ERR_EMPTY);
}

int conform_list_load(struct conform_list *l, const struct conform_conf *conf)
{
	int code = 0;
	size_t i;

	l->at = xcalloc(conform_n_texts + 1, sizeof(*l->at));
	l->n = 0;
	for (i = 0; i < conform_n_texts && !code; i++)
		if (strcmp(conform_texts[i].id, STILL_THERE) != 0)
			code = load_one(l, conf, &conform_texts[i]);
	if (!code)
		code = load_there(l, conf);
	return code || l->n ? code : say_nothing(conf);
}

void conform_list_fini(struct conform_list *l)
{
	size_t i;

	for (i = 0; l->at && i <= conform_n_texts; i++)
		unload(&l->at[i]);
	free(l->at);
	l->at = NULL;
}
