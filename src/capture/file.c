#include "capture/frame.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "capture/spool.h"
#include "core/xalloc.h"

struct capture_file {
	int fd; /* owned */
	bool pcapng;
	const char *packed; /* what is wrong with its packing, or NULL */
};

static const struct {
	uint8_t magic[4];
	size_t n;
	const char *fault;
} not_ours[] = {
	{{0x28, 0xb5, 0x2f, 0xfd}, 4, "is compressed: unzstd it first"},
	{{0xfd, '7', 'z', 'X'}, 4, "is compressed: unxz it first"},
	{{'B', 'Z', 'h'}, 3, "is compressed: bunzip2 it first"},
};

void capture_sink_put(const struct capture_sink *s, const struct window *w,
		      int64_t at_ns, int link, struct span data, size_t len)
{
	struct capture_frame f = {.at_ns = at_ns,
				  .link = link,
				  .data = data,
				  .length = len,
				  .number = ++s->info->frames,
				  .offset = window_offset(w, data.p)};

	if (data.n < len && !s->info->cut++)
		s->info->first_cut = f.number;
	s->h(&f, s->arg);
}

void capture_warn(struct capture_info *info, const char *fmt, ...)
{
	size_t n = strlen(info->warning), room = sizeof(info->warning);
	va_list ap;

	if (n && n + 2 < room) {
		memcpy(info->warning + n, "; ", 3);
		n += 2;
	}
	va_start(ap, fmt);
	vsnprintf(info->warning + n, room - n, fmt, ap);
	va_end(ap);
}

bool capture_next_warning(struct span *rest, struct span *one)
{
	size_t n = span_find(*rest, span_of("; "));

	*one = span_from(rest->p, n);
	*rest = n < rest->n ? span_skip(*rest, n + 2) : span_skip(*rest, n);
	return one->n > 0;
}

static int open_fd(const char *path, struct err *e)
{
	struct stat st;
	int spooled, fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, ERR_ENV, "cannot be opened: %s%s",
			       strerror(errno),
			       strcmp(path, "-") == 0
				       ? " (standard input is /dev/stdin)"
				       : "");
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode))
		return fd;
	if (!S_ISFIFO(st.st_mode)) {
		close(fd);
		return err_set(e, ERR_ENV, "is %s",
			       S_ISDIR(st.st_mode) ? "a directory"
						   : "not a file");
	}
	spooled = spool_pipe(fd);
	if (spooled < 0)
		err_set(e, ERR_ENV, "cannot be read: %s", strerror(errno));
	close(fd);
	return spooled;
}

static int unpack(struct capture_file *c, struct err *e)
{
	int fd = spool_gzip(c->fd, &c->packed);

	if (fd < 0)
		return err_set(e, ERR_ENV, "cannot be unpacked: %s",
			       strerror(errno));
	close(c->fd);
	c->fd = fd;
	return 0;
}

/* How it begins; -1 when it cannot be read or is empty. */
static int begins(const struct capture_file *c, uint8_t magic[4], struct err *e)
{
	ssize_t n = pread(c->fd, magic, 4, 0);

	if (n < 0)
		return err_set(e, ERR_ENV, "cannot be read: %s",
			       strerror(errno));
	if (n == 0)
		return err_set(e, ERR_INPUT, "not a capture file: it %s",
			       c->packed ? c->packed : "is empty");
	return 0;
}

static int look(struct capture_file *c, struct err *e)
{
	static const uint8_t section[4] = {0x0a, 0x0d, 0x0d, 0x0a};
	static const uint8_t gzip[2] = {0x1f, 0x8b};
	uint8_t magic[4] = {0};
	size_t i;

	if (begins(c, magic, e) < 0)
		return -1;
	if (memcmp(magic, gzip, sizeof(gzip)) == 0 &&
	    (unpack(c, e) < 0 || begins(c, magic, e) < 0))
		return -1;
	for (i = 0; i < sizeof(not_ours) / sizeof(not_ours[0]); i++) {
		if (memcmp(magic, not_ours[i].magic, not_ours[i].n) == 0)
			return err_set(e, ERR_INPUT, "%s", not_ours[i].fault);
	}
	c->pcapng = memcmp(magic, section, sizeof(section)) == 0;
	return 0;
}

struct capture_file *capture_file_open(const char *path, struct err *e)
{
	struct capture_file *c = xcalloc(1, sizeof(*c));

	c->fd = open_fd(path, e);
	if (c->fd < 0 || look(c, e) < 0) {
		capture_file_close(c);
		return NULL;
	}
	return c;
}

void capture_file_close(struct capture_file *c)
{
	if (!c)
		return;
	if (c->fd >= 0)
		close(c->fd);
	free(c);
}

bool capture_file_at(const struct capture_file *c, int64_t offset, size_t n,
		     char *out)
{
	return pread(c->fd, out, n, offset) == (ssize_t)n;
}

int capture_file_read(struct capture_file *c, const struct capture_sink *s,
		      struct err *e)
{
	struct window w;
	int rc;

	memset(s->info, 0, sizeof(*s->info));
	window_init(&w, c->fd);
	rc = c->pcapng ? capture_pcapng_read(&w, s, e)
		       : capture_pcap_read(&w, s, e);
	if (rc == 0 && w.failed)
		rc = err_set(e, ERR_ENV, "cannot be read: %s",
			     strerror(w.failed));
	if (rc == 0 && c->packed)
		capture_warn(s->info, "the compressed data %s", c->packed);
	window_fini(&w);
	return rc;
}
