/*
 * core/buf.h - bytes that grow, up to a stated maximum
 *
 * A buf is embedded in its owner. Adding beyond the maximum changes nothing
 * and marks the buf as overflown, so a builder checks once, at the end. The
 * bytes are always followed by a NUL that is not counted.
 */
#ifndef CORE_BUF_H
#define CORE_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "core/err.h"
#include "core/span.h"

struct buf {
	char *p;  /* owned; NULL while nothing was added */
	size_t n; /* bytes in use */
	size_t cap;
	size_t max;    /* never more bytes than this */
	bool overflow; /* something did not fit */
};

void buf_init(struct buf *b, size_t max);
void buf_fini(struct buf *b);		/* may be used again after */
void buf_clear(struct buf *b);		/* empty, memory kept */
bool buf_room(struct buf *b, size_t n); /* for so many more, and the NUL */

static inline void buf_add(struct buf *b, const void *p, size_t n)
{
	if ((b->n + n >= b->cap || n > b->max - b->n) && !buf_room(b, n))
		return;
	if (n)
		memcpy(b->p + b->n, p, n);
	b->n += n;
	b->p[b->n] = '\0';
}

static inline void buf_add_span(struct buf *b, struct span s)
{
	buf_add(b, s.p, s.n);
}

static inline void buf_add_str(struct buf *b, const char *s)
{
	buf_add(b, s, strlen(s));
}

static inline void buf_add_char(struct buf *b, char c)
{
	buf_add(b, &c, 1);
}

/* Strings one after the other: buf_add_all(b, "To: ", to, "\r\n"). */
#define buf_add_all(b, ...)                                                    \
	buf_add_list(b, (const char *const[]){__VA_ARGS__, NULL})
void buf_add_list(struct buf *b, const char *const *s); /* up to a NULL */

void buf_addf(struct buf *b, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
void buf_add_be16(struct buf *b, uint16_t v); /* network order */
void buf_add_be32(struct buf *b, uint32_t v);

const char *buf_str(const struct buf *b);  /* never NULL */
struct span buf_span(const struct buf *b); /* valid until the next add */
char *buf_steal(struct buf *b);		   /* owned by the caller now */

/* Appends a whole file. -1 with ERR_ENV when it cannot be read or is larger
 * than the buf may grow; the text names the path. */
int buf_read_file(struct buf *b, const char *path, struct err *e);

/* Writes all of it to a file, replacing it. -1 with ERR_ENV. */
int buf_write_file(const struct buf *b, const char *path, struct err *e);

/* Checked reading of network bytes: each takes from the front of `*r`, false
 * (and nothing taken) when too few are left. */
bool rd_u8(struct span *r, uint8_t *v);
bool rd_be16(struct span *r, uint16_t *v);
bool rd_be32(struct span *r, uint32_t *v);
bool rd_bytes(struct span *r, size_t n, struct span *v);

#endif
