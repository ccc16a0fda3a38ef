#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/capture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("capture", 0);
	struct capture_streams s;
	struct err e;
	char path[32];

	if (fd < 0)
		return 0;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (write(fd, data, size) == (ssize_t)size &&
	    capture_streams(&s, path, &e) == 0) {
		capture_pick(&s, false, 0, 1000, &e);
		capture_streams_fini(&s);
	}
	close(fd);
	return 0;
}
