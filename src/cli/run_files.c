#include "cli/run.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/file.h"
#include "core/xalloc.h"

static int make_dir(const char *dir, struct err *e)
{
	char *path = xstrdup(dir);
	char *p = path;
	int rc = 0;

	while (rc == 0 && p) {
		p = strchr(p + 1, '/');
		if (p)
			*p = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			rc = err_set(e, ERR_ENV, "%s: %s", path,
				     strerror(errno));
		if (p)
			*p = '/';
	}
	free(path);
	return rc;
}

/* Only what a run writes: somebody's notes beside it are left alone. */
static bool is_ours(const char *name)
{
	static const char *const endings[] = {".wav", ".xml", ".pcap"};
	const char *dot = strrchr(name, '.');
	size_t i;

	for (i = 0; dot && i < sizeof(endings) / sizeof(endings[0]); i++)
		if (strcmp(dot, endings[i]) == 0)
			return true;
	return false;
}

static int remove_files(const char *dir)
{
	DIR *h = opendir(dir);
	struct dirent *d;

	if (!h)
		return -1;
	while ((d = readdir(h)))
		if (is_ours(d->d_name))
			unlinkat(dirfd(h), d->d_name, 0);
	closedir(h);
	return 0;
}

static int spare_inputs(const struct scenario *s, const char *dir,
			struct err *e)
{
	const char *path;
	size_t i;

	for (i = 0; (path = scenario_input(s, i)); i++) {
		if (is_ours(path) && file_lies_in(path, dir))
			return err_set(e, ERR_USAGE,
				       "%s is read, and files of an earlier "
				       "run are taken out of %s; name another "
				       "directory by --out",
				       path, dir);
	}
	return 0;
}

int run_files_begin(const struct scenario *s, const char *dir, struct err *e)
{
	if (spare_inputs(s, dir, e) < 0 || make_dir(dir, e) < 0)
		return -1;
	if (remove_files(dir) < 0)
		return err_set(e, ERR_ENV, "%s: %s", dir, strerror(errno));
	return 0;
}

void run_files_drop(const char *dir)
{
	remove_files(dir);
	rmdir(dir);
}
