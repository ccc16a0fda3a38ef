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

void buf_cut(struct buf *b, size_t n)
{
	if (n >= b->n)
		return;
	b->n = n;
	b->p[n] = '\0';
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

/* ---- formats: messages are made of a few plain ones, and printf takes a
 * thousand instructions for each ---- */

/* The conversions of put_plain and nothing else. */
static bool is_plain(const char *fmt)
{
	static const char *const known[] = {"s", "u",  "d",  "c",
					    "%", "zu", "lu", ".*s"};
	size_t i;

	while ((fmt = strchr(fmt, '%'))) {
		fmt++;
		for (i = 0; i < sizeof(known) / sizeof(*known); i++)
			if (strncmp(fmt, known[i], strlen(known[i])) == 0)
				break;
		if (i == sizeof(known) / sizeof(*known))
			return false;
		fmt += strlen(known[i]);
	}
	return true;
}

static void add_number(struct buf *b, unsigned long n)
{
	char digits[24];
	size_t at = sizeof(digits);

	do
		digits[--at] = (char)('0' + n % 10);
	while (n /= 10);
	buf_add(b, digits + at, sizeof(digits) - at);
}

static void add_int(struct buf *b, int n)
{
	if (n < 0)
		buf_add_char(b, '-');
	add_number(b, n < 0 ? -(unsigned long)n : (unsigned long)n);
}

static void put_plain(struct buf *b, const char *fmt, va_list ap)
{
	size_t n;

	for (; *fmt; fmt += n) {
		n = strcspn(fmt, "%");
		buf_add(b, fmt, n);
		if (!fmt[n])
			break;
		fmt += n + 1;
		n = 1;
		switch (*fmt) {
		case 's':
			buf_add_str(b, va_arg(ap, const char *));
			break;
		case 'u':
			add_number(b, va_arg(ap, unsigned));
			break;
		case 'd':
			add_int(b, va_arg(ap, int));
			break;
		case 'c':
			buf_add_char(b, (char)va_arg(ap, int));
			break;
		case 'z':
		case 'l':
			add_number(b, va_arg(ap, unsigned long));
			n = 2;
			break;
		case '.':
			n = (size_t)va_arg(ap, int);
			buf_add(b, va_arg(ap, const char *), n);
			n = 3;
			break;
		default:
			buf_add_char(b, *fmt);
			break;
		}
	}
}

_Static_assert(sizeof(size_t) == sizeof(unsigned long), "%zu is %lu");

__attribute__((format(printf, 2, 0))) static void
put_any(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0 || !buf_room(b, (size_t)n))
		return;
	vsnprintf(b->p + b->n, (size_t)n + 1, fmt, ap);
	b->n += (size_t)n;
}

/* All of it or nothing. */
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	size_t before = b->n;
	bool overflow = b->overflow;

	if (!is_plain(fmt)) {
		put_any(b, fmt, ap);
		return;
	}
	b->overflow = false;
	put_plain(b, fmt, ap);
	if (b->overflow)
		buf_cut(b, before);
	b->overflow |= overflow;
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
