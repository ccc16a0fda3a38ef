/*
 * Frames of any link type: the first octet picks it, then each frame has two
 * octets of length and its octets. What is around IP, IP itself, fragments and
 * tunnels are read without a file format in the way.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "capture/calls.h"
#include "core/buf.h"

static const uint32_t links[] = {1, 113, 276, 101, 228, 229, 0, 108};

static void build(struct buf *file, const uint8_t *data, size_t size)
{
	struct span rest = span_from((const char *)data + 1, size - 1), frame;
	uint32_t sec = 1;
	uint16_t n;

	buf_add_be32(file, 0xa1b2c3d4);
	buf_add_be32(file, 0x00020004);
	buf_add_be32(file, 0);
	buf_add_be32(file, 0);
	buf_add_be32(file, 65535);
	buf_add_be32(file, links[data[0] % 8]);
	while (rd_be16(&rest, &n)) {
		uint32_t all = n & 0x7fff;
		size_t kept = all < rest.n ? all : rest.n;

		/* the highest bit: a day passes */
		sec += n >> 15 ? 86400 : 1;
		if (!rd_bytes(&rest, kept, &frame))
			return;
		buf_add_be32(file, sec);
		buf_add_be32(file, 0);
		buf_add_be32(file, (uint32_t)kept);
		buf_add_be32(file, all);
		buf_add_span(file, frame);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("frames", 0);
	struct capture_calls c;
	struct buf file;
	struct err e;
	char path[32];

	buf_init(&file, 1 << 22);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (size)
		build(&file, data, size);
	if (fd >= 0 && file.n && write(fd, file.p, file.n) == (ssize_t)file.n &&
	    capture_calls(&c, path, false, &e) == 0)
		capture_calls_fini(&c);
	if (fd >= 0)
		close(fd);
	buf_fini(&file);
	return 0;
}
