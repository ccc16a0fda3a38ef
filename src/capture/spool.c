#include "capture/spool.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

#include "core/xalloc.h"

enum { CHUNK = 64 * 1024 };
#define SPOOL_MAX INT64_C(4294967296)

/* Where it comes from. */
struct spring {
	int fd;
	gzFile gz; /* NULL: it is not packed */
};

static int write_all(int fd, const char *p, size_t n)
{
	while (n) {
		ssize_t done = write(fd, p, n);

		if (done < 0)
			return -1;
		p += done;
		n -= (size_t)done;
	}
	return 0;
}

static ssize_t take(const struct spring *from, char *chunk)
{
	ssize_t n;

	if (from->gz)
		return gzread(from->gz, chunk, CHUNK);
	do
		n = read(from->fd, chunk, CHUNK);
	while (n < 0 && errno == EINTR);
	return n;
}

/* -1 with errno. The end of what can be unpacked is the end. */
static int pour(const struct spring *from, int to)
{
	char *chunk = xmalloc(CHUNK);
	int64_t total = 0;
	ssize_t n;
	int rc = 0;

	while (rc == 0 && (n = take(from, chunk)) > 0) {
		total += n;
		if (total > SPOOL_MAX)
			errno = EFBIG;
		if (total > SPOOL_MAX || write_all(to, chunk, (size_t)n) < 0)
			rc = -1;
	}
	if (rc == 0 && n < 0 && !from->gz)
		rc = -1;
	free(chunk);
	return rc;
}

static int spool(const struct spring *from)
{
	FILE *f = tmpfile();
	int fd = f ? dup(fileno(f)) : -1;

	if (f)
		fclose(f);
	if (fd >= 0 && pour(from, fd) < 0) {
		int why = errno;

		close(fd);
		errno = why;
		return -1;
	}
	return fd;
}

int spool_pipe(int from)
{
	struct spring s = {.fd = from};

	return spool(&s);
}

static const char *fault_of(gzFile gz)
{
	int code;

	gzerror(gz, &code);
	if (code == Z_OK || code == Z_STREAM_END)
		return NULL;
	return code == Z_BUF_ERROR ? "breaks off" : "is damaged";
}

int spool_gzip(int from, const char **fault)
{
	struct spring s = {.fd = dup(from)};
	int fd;

	*fault = NULL;
	if (s.fd < 0)
		return -1;
	if (lseek(s.fd, 0, SEEK_SET) < 0 || !(s.gz = gzdopen(s.fd, "rb"))) {
		close(s.fd);
		return -1;
	}
	gzbuffer(s.gz, CHUNK);
	fd = spool(&s);
	*fault = fault_of(s.gz);
	gzclose(s.gz); /* and s.fd */
	return fd;
}
