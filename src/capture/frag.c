#include "capture/frag.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/xalloc.h"

enum {
	PILES = 64,
	UNITS = (IP_DATAGRAM_MAX + 7) / 8, /* fragments count in 8 octets */
};
#define AGE_NS INT64_C(30000000000)

/* The fragments of one packet. */
struct pile {
	struct le le;
	struct addr src, dst;
	uint32_t id;
	uint8_t proto;	 /* of the fragment at offset 0 */
	uint8_t *octets; /* owned */
	size_t cap;
	uint8_t have[UNITS / 8 + 1]; /* a bit for 8 octets */
	size_t end;   /* length of the packet, 0: last fragment not seen */
	size_t whole; /* what the snap length left of it, from the start */
	int64_t at_ns;
	size_t *frame; /* owned; that it came in */
	size_t n_frames, cap_frames;
	bool done;
};

struct capture_frags {
	struct list piles; /* the oldest first */
	size_t lost, first_lost;
	const struct pile *newest; /* that was made whole */
};

struct capture_frags *capture_frags_new(void)
{
	return xcalloc(1, sizeof(struct capture_frags));
}

static void pile_free(struct pile *p)
{
	list_unlink(&p->le);
	free(p->octets);
	free(p->frame);
	free(p);
}

void capture_frags_free(struct capture_frags *f)
{
	if (!f)
		return;
	while (f->piles.head)
		pile_free(container_of(f->piles.head, struct pile, le));
	free(f);
}

static void count_lost(const struct pile *p, size_t *n, size_t *frame)
{
	if (p->done)
		return;
	if (!*n || p->frame[0] < *frame)
		*frame = p->frame[0];
	++*n;
}

size_t capture_frags_lost(const struct capture_frags *f, size_t *frame)
{
	size_t n = f->lost;
	const struct le *e;

	*frame = f->first_lost;
	for (e = f->piles.head; e; e = e->next)
		count_lost(container_of(e, struct pile, le), &n, frame);
	return n;
}

static void drop(struct capture_frags *f, struct pile *p)
{
	count_lost(p, &f->lost, &f->first_lost);
	pile_free(p);
}

static struct pile *find(struct capture_frags *f, const struct capture_ip *ip)
{
	struct le *e;

	for (e = f->piles.head; e; e = e->next) {
		struct pile *p = container_of(e, struct pile, le);

		if (p->id == ip->id && addr_eq(&p->src, &ip->src) &&
		    addr_eq(&p->dst, &ip->dst))
			return p;
	}
	return NULL;
}

static struct pile *begin(struct capture_frags *f, const struct capture_ip *ip,
			  int64_t at_ns)
{
	struct pile *p = xcalloc(1, sizeof(*p));

	if (f->piles.n >= PILES)
		drop(f, container_of(f->piles.head, struct pile, le));
	p->src = ip->src;
	p->dst = ip->dst;
	p->id = ip->id;
	p->whole = IP_DATAGRAM_MAX;
	p->at_ns = at_ns;
	list_append(&f->piles, &p->le);
	return p;
}

static bool has_unit(const struct pile *p, size_t unit)
{
	return (p->have[unit / 8] >> unit % 8 & 1) != 0;
}

/* Whether octets that are there already are others, or the packet ends
 * elsewhere. */
static bool contradicts(const struct pile *p, const struct capture_ip *ip)
{
	size_t at, end = ip->offset + ip->length;

	if (p->end && (end > p->end || (!ip->more && end != p->end)))
		return true;
	for (at = 0; at < ip->payload.n; at += 8) {
		size_t n = ip->payload.n - at;

		if (!has_unit(p, (ip->offset + at) / 8))
			continue;
		if (memcmp(p->octets + ip->offset + at, ip->payload.p + at,
			   n < 8 ? n : 8) != 0)
			return true;
	}
	return false;
}

static bool stale(const struct pile *p, int64_t at_ns)
{
	return at_ns - p->at_ns > AGE_NS || p->at_ns - at_ns > AGE_NS;
}

static void put(struct pile *p, const struct capture_ip *ip)
{
	size_t at, end = ip->offset + ip->length;

	if (end > p->cap) {
		p->octets = xrealloc(p->octets, end);
		memset(p->octets + p->cap, 0, end - p->cap);
		p->cap = end;
	}
	if (ip->payload.n)
		memcpy(p->octets + ip->offset, ip->payload.p, ip->payload.n);
	for (at = ip->offset / 8; at < (end + 7) / 8; at++)
		p->have[at / 8] |= (uint8_t)(1u << at % 8);
	if (ip->payload.n < ip->length && ip->offset + ip->payload.n < p->whole)
		p->whole = ip->offset + ip->payload.n;
	if (!ip->more)
		p->end = end;
	if (!ip->offset)
		p->proto = ip->proto;
}

static void note_frame(struct pile *p, size_t frame)
{
	if (p->n_frames == UNITS) /* repeated ones */
		return;
	if (p->n_frames == p->cap_frames) {
		p->cap_frames = p->cap_frames ? p->cap_frames * 2 : 4;
		p->frame = xreallocarray(p->frame, p->cap_frames,
					 sizeof(*p->frame));
	}
	p->frame[p->n_frames++] = frame;
}

const size_t *capture_frags_parts(const struct capture_frags *f, size_t *n)
{
	*n = f->newest->n_frames;
	return f->newest->frame;
}

static bool is_whole(const struct pile *p)
{
	size_t unit;

	for (unit = 0; unit < (p->end + 7) / 8; unit++) {
		if (!has_unit(p, unit))
			return false;
	}
	return p->end > 0;
}

static bool makes_sense(const struct capture_ip *ip)
{
	return ip->length && ip->offset + ip->length <= IP_DATAGRAM_MAX &&
	       !(ip->more && ip->length % 8);
}

bool capture_frags_add(struct capture_frags *f, struct capture_ip *ip,
		       int64_t *at_ns, size_t frame)
{
	struct pile *p = find(f, ip);

	if (!makes_sense(ip))
		return false;
	if (p && (stale(p, *at_ns) || contradicts(p, ip))) {
		drop(f, p);
		p = NULL;
	}
	if (!p)
		p = begin(f, ip, *at_ns);
	if (p->done)
		return false;
	put(p, ip);
	note_frame(p, frame);
	if (*at_ns > p->at_ns)
		p->at_ns = *at_ns;
	if (!is_whole(p))
		return false;
	p->done = true;
	f->newest = p;
	*at_ns = p->at_ns;
	ip->proto = p->proto;
	ip->fragment = false;
	ip->length = p->end;
	ip->payload = span_from((const char *)p->octets,
				p->whole < p->end ? p->whole : p->end);
	return true;
}
