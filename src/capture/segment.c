#include "capture/segment.h"

#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

enum { FIRST_NUMBER = 1000, WINDOW = 65535 };

/* One direction of a connection. */
struct way {
	struct hash_le by_ends;
	struct le le;
	struct addr ends[2]; /* from, to */
	uint32_t next;	     /* sequence number */
	bool syn;	     /* sent, in this connection */
};

struct segments {
	struct hash ways;
	struct list all;
};

struct segments *segments_new(void)
{
	struct segments *s = xcalloc(1, sizeof(*s));

	hash_init(&s->ways);
	return s;
}

void segments_free(struct segments *s)
{
	if (!s)
		return;
	while (s->all.head) {
		struct way *w = container_of(s->all.head, struct way, le);

		list_unlink(&w->le);
		free(w);
	}
	hash_fini(&s->ways);
	free(s);
}

static struct way *find(const struct segments *s, const struct addr *from,
			const struct addr *to)
{
	struct addr ends[2] = {*from, *to};
	struct hash_le *he = hash_find(
		&s->ways, span_from((const char *)ends, sizeof(ends)));

	return he ? container_of(he, struct way, by_ends) : NULL;
}

static struct way *use(struct segments *s, const struct addr *from,
		       const struct addr *to)
{
	struct way *w = find(s, from, to);

	if (w)
		return w;
	w = xcalloc(1, sizeof(*w));
	w->ends[0] = *from;
	w->ends[1] = *to;
	w->next = FIRST_NUMBER;
	list_append(&s->all, &w->le);
	hash_add(&s->ways, &w->by_ends,
		 span_from((const char *)w->ends, sizeof(w->ends)));
	return w;
}

void segments_next(struct segments *s, struct buf *out, unsigned flags,
		   const struct addr *src, const struct addr *dst,
		   struct span data)
{
	struct way *w = use(s, src, dst), *back = use(s, dst, src);

	buf_clear(out);
	buf_add_be16(out, src->port);
	buf_add_be16(out, dst->port);
	buf_add_be32(out, w->next);
	buf_add_be32(out, flags & SEGMENT_ACK ? back->next : 0);
	buf_add_be16(out, (uint16_t)(SEGMENT_HEADER / 4 << 12 | flags));
	buf_add_be16(out, WINDOW);
	buf_add_be32(out, 0); /* checksum, urgent pointer */
	buf_add_span(out, data);
	/* RFC 9293 section 3.4: SYN and FIN take a number each */
	w->next += (uint32_t)data.n;
	if (flags & (SEGMENT_SYN | SEGMENT_FIN))
		w->next++;
	if (flags & SEGMENT_SYN)
		w->syn = true;
	if (flags & (SEGMENT_FIN | SEGMENT_RST))
		w->syn = back->syn = false;
}

bool segments_half_open(const struct segments *s, const struct addr *src,
			const struct addr *dst, struct addr *by,
			struct addr *to)
{
	const struct way *w = find(s, src, dst), *back = find(s, dst, src);
	bool ours = w && w->syn, theirs = back && back->syn;

	if (ours == theirs)
		return false;
	*by = ours ? *src : *dst;
	*to = ours ? *dst : *src;
	return true;
}
