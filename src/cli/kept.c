#include "cli/kept.h"

#include <sys/stat.h>

#include "core/xalloc.h"

char *kept_capture(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISDIR(st.st_mode))
		return xasprintf("%s/wire.pcap", path);
	return xstrdup(path);
}
