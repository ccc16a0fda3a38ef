#include "core/buf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

/* Who may grow so large is a message, and grows at once. */
enum { LARGE = 16384 };

void buf_init(struct buf *b, size_t max)
{
	memset(b, 0, sizeof(*b));
	b->max = max;
}

void buf_fini(struct buf *b)
{
	free(b->p);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->n = 0;
	b->overflow = false;
	if (b->p)
		b->p[0] = '\0';
}

/* False beyond the maximum. */
bool buf_room(struct buf *b, size_t n)
{
	size_t cap = b->cap ? b->cap : b->max < LARGE ? 64 : 1024;

	if (n > b->max || b->n > b->max - n) {
		b->overflow = true;
		return false;
	}
	if (b->n + n < b->cap)
		return true;
	while (cap < b->n + n + 1)
		cap *= 2;
	if (cap > b->cap) {
		b->p = xrealloc(b->p, cap);
		b->cap = cap;
	}
	return true;
}

void buf_add_list(struct buf *b, const char *const *s)
{
	for (; *s; s++)
		buf_add_str(b, *s);
}

/* All of it or nothing. */
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	size_t room = b->p ? b->cap - b->n : 0;
	int n;

	/* mostly there is room, and once is enough */
	va_copy(again, ap);
	n = vsnprintf(b->p ? b->p + b->n : NULL, room, fmt, again);
	va_end(again);
	if (n < 0 || !buf_room(b, (size_t)n)) {
		if (b->p)
			b->p[b->n] = '\0';
		return;
	}
	if ((size_t)n >= room)
		vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_add_be16(struct buf *b, uint16_t v)
{
	unsigned char two[2] = {(unsigned char)(v >> 8), (unsigned char)v};

	buf_add(b, two, sizeof(two));
}

void buf_add_be32(struct buf *b, uint32_t v)
{
	buf_add_be16(b, (uint16_t)(v >> 16));
	buf_add_be16(b, (uint16_t)v);
}

const char *buf_str(const struct buf *b)
{
	return b->p ? b->p : "";
}

struct span buf_span(const struct buf *b)
{
	return span_from(b->p, b->n);
}

char *buf_steal(struct buf *b)
{
	char *p = b->p ? b->p : xstrdup("");

	b->p = NULL;
	buf_init(b, b->max);
	return p;
}

int buf_read_file(struct buf *b, const char *path, struct err *e)
{
	char chunk[16384];
	FILE *f = fopen(path, "rbe");
	size_t n;
	int rc = 0;

	if (!f)
		return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(b, chunk, n);
	if (ferror(f))
		rc = err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	else if (b->overflow)
		rc = err_set(e, ERR_ENV, "%s: larger than %zu bytes", path,
			     b->max);
	fclose(f);
	return rc;
}

int buf_write_file(const struct buf *b, const char *path, struct err *e)
{
	FILE *f = fopen(path, "wbe");
	bool bad;

	if (!f)
		return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	bad = b->n && fwrite(b->p, 1, b->n, f) != b->n;
	bad |= fclose(f) != 0;
	if (bad)
		return err_set(e, ERR_ENV, "%s: %s", path, strerror(errno));
	return 0;
}

bool rd_bytes(struct span *r, size_t n, struct span *v)
{
	if (r->n < n)
		return false;
	*v = span_from(r->p, n);
	*r = span_skip(*r, n);
	return true;
}

bool rd_u8(struct span *r, uint8_t *v)
{
	struct span b;

	if (!rd_bytes(r, 1, &b))
		return false;
	*v = (uint8_t)b.p[0];
	return true;
}

bool rd_be16(struct span *r, uint16_t *v)
{
	struct span b;

	if (!rd_bytes(r, 2, &b))
		return false;
	*v = (uint16_t)((uint8_t)b.p[0] << 8 | (uint8_t)b.p[1]);
	return true;
}

bool rd_be32(struct span *r, uint32_t *v)
{
	uint16_t hi, lo;

	if (r->n < 4 || !rd_be16(r, &hi) || !rd_be16(r, &lo))
		return false;
	*v = (uint32_t)hi << 16 | lo;
	return true;
}
