/* A file of any kind, understood as far as it goes. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/calls.h"
#include "trace/trace.h"

static void look_at_all(const struct capture_calls *c, const char *path)
{
	struct err e;
	size_t i;

	for (i = 0; i < c->n_calls && i < 4; i++) {
		trace_free(capture_call_trace(c, path, i, &e));
		capture_extract(c, path, i, "/dev/null", &e);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", 0);
	struct capture_calls c;
	struct err e;
	char path[32];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size &&
	    capture_calls(&c, path, size % 2, &e) == 0) {
		look_at_all(&c, path);
		capture_calls_fini(&c);
	}
	close(fd);
	return 0;
}
