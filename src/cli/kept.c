#include "cli/kept.h"

#include <stdbool.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/xalloc.h"

static bool is_dir(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

char *kept_capture(const char *path)
{
	return is_dir(path) ? xasprintf("%s/wire.pcap", path) : xstrdup(path);
}

int kept_check(const char *path, struct err *e)
{
	char *capture = kept_capture(path);
	struct stat st;
	bool bad = is_dir(path) && stat(capture, &st) < 0;

	free(capture);
	if (bad)
		return err_set(e, ERR_ENV,
			       "%s: no wire.pcap is in it (wanted is the "
			       "directory that a run has kept, or a capture)",
			       path);
	return 0;
}
