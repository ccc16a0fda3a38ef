#include "core/file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/xalloc.h"

static bool is_one(const char *a, const char *b, struct stat *st)
{
	struct stat other;

	return stat(a, st) == 0 && stat(b, &other) == 0 &&
	       st->st_dev == other.st_dev && st->st_ino == other.st_ino;
}

bool file_same(const char *a, const char *b)
{
	struct stat st;

	return is_one(a, b, &st);
}

bool file_lies_in(const char *path, const char *dir)
{
	const char *slash = strrchr(path, '/');
	char *above = slash ? xstrndup(path, (size_t)(slash - path + 1))
			    : xstrdup(".");
	bool in = file_same(above, dir);

	free(above);
	return in;
}

int file_spare(const char *from, const char *to, struct err *e)
{
	struct stat st;

	/* a terminal may be read and written at once */
	if (!is_one(from, to, &st) || !S_ISREG(st.st_mode))
		return 0;
	return err_set(e, ERR_USAGE,
		       "%s: nothing is written over %s, which is read; name "
		       "another file",
		       to, from);
}
