#include "scenario/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/xalloc.h"
#include "scenario/table.h"

enum { DEPTH_MAX = 32 };

static bool is_scenario(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot && dot != name &&
	       (strcmp(dot, ".yml") == 0 || strcmp(dot, ".yaml") == 0);
}

static int walk(struct scn_strings *files, const char *dir, int depth,
		struct err *e);

/* A file that vanished or cannot be asked about is nobody's scenario; one that
 * cannot be read is reported when it is loaded. */
static int visit(struct scn_strings *files, const char *dir, const char *name,
		 int depth, struct err *e)
{
	char *path = xasprintf("%s%s%s", dir,
			       dir[strlen(dir) - 1] == '/' ? "" : "/", name);
	struct stat st;
	int rc = 0;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		rc = walk(files, path, depth + 1, e);
	else if (is_scenario(name))
		scn_strings_add(files, path);
	free(path);
	return rc;
}

static int walk(struct scn_strings *files, const char *dir, int depth,
		struct err *e)
{
	struct dirent *d;
	DIR *h;
	int rc = 0;

	if (depth > DEPTH_MAX)
		return err_set(e, ERR_ENV, "%s: directories too deep", dir);
	h = opendir(dir);
	if (!h)
		return err_set(e, ERR_ENV, "%s: %s", dir, strerror(errno));
	while (rc == 0 && (d = readdir(h))) {
		if (d->d_name[0] != '.')
			rc = visit(files, dir, d->d_name, depth, e);
	}
	closedir(h);
	return rc;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What several arguments name is there once. */
static void drop_repeated(struct scn_strings *files)
{
	size_t i, kept = 0;

	for (i = 0; i < files->n; i++) {
		if (kept && strcmp(files->at[kept - 1], files->at[i]) == 0)
			free(files->at[i]);
		else
			files->at[kept++] = files->at[i];
	}
	files->n = kept;
}

static int add_path(struct scn_strings *files, const char *path, struct err *e)
{
	struct stat st;
	size_t before = files->n;

	if (stat(path, &st) < 0)
		return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode)) {
		scn_strings_add(files, path);
		return 0;
	}
	if (walk(files, path, 1, e) < 0)
		return -1;
	if (files->n == before)
		return err_set(e, ERR_EMPTY,
			       "%s: no scenario (*.yml, *.yaml) in there",
			       path);
	return 0;
}

int scn_find(struct scn_strings *files, char *const *path, size_t n,
	     struct err *e)
{
	size_t i;

	memset(files, 0, sizeof(*files));
	for (i = 0; i < n; i++) {
		if (add_path(files, path[i], e) < 0) {
			scn_strings_fini(files);
			return -1;
		}
	}
	if (files->n)
		qsort(files->at, files->n, sizeof(*files->at), by_name);
	drop_repeated(files);
	return 0;
}
