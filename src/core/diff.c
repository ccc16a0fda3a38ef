#include "core/diff.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

struct lines {
	struct span *at; /* owned */
	size_t n;
};

/* The part of both where they differ. */
struct field {
	const struct span *a, *b;
	int n, m; /* lines of each */
};

/* furthest[k] of each round: how far a path on diagonal k (x - y) gets with so
 * many changes. Round d has 2 d + 1 of them. */
struct rounds {
	int *at[DIFF_MOST + 1]; /* owned */
};

static void split(struct lines *l, struct span text)
{
	struct span line;
	size_t cap = 0;

	memset(l, 0, sizeof(*l));
	while (span_line(&text, &line)) {
		if (l->n == cap) {
			cap = cap ? cap * 2 : 64;
			l->at = xreallocarray(l->at, cap, sizeof(*l->at));
		}
		l->at[l->n++] = line;
	}
}

static void put(struct diff *d, enum diff_kind kind, struct span text)
{
	d->at[d->n].kind = kind;
	d->at[d->n++].text = text;
	d->changes += kind != DIFF_SAME;
}

static int furthest(const struct rounds *r, int d, int k)
{
	return r->at[d][k + d];
}

/* Whether the best path to diagonal k in round d came down, by a new line. */
static bool came_down(const struct rounds *r, int d, int k)
{
	if (k == -d)
		return true;
	return k != d && furthest(r, d - 1, k - 1) < furthest(r, d - 1, k + 1);
}

/* One round; true when it has reached the end of both. */
static bool advance(struct rounds *r, const struct field *f, int d)
{
	int k, x;

	r->at[d] = xcalloc(2 * (size_t)d + 1, sizeof(int));
	for (k = -d; k <= d; k += 2) {
		if (d == 0)
			x = 0;
		else if (came_down(r, d, k))
			x = furthest(r, d - 1, k + 1);
		else
			x = furthest(r, d - 1, k - 1) + 1;
		while (x < f->n && x - k < f->m && x - k >= 0 &&
		       span_eq(f->a[x], f->b[x - k]))
			x++;
		r->at[d][k + d] = x;
		if (x >= f->n && x - k >= f->m)
			return true;
	}
	return false;
}

/* The path that round d found, from its end to its beginning. */
static void walk_back(const struct rounds *r, const struct field *f, int d,
		      struct diff *out)
{
	int x = f->n, y = f->m;

	for (; d > 0; d--) {
		int k = x - y;
		bool down = came_down(r, d, k);
		int from_k = down ? k + 1 : k - 1;
		int from_x = furthest(r, d - 1, from_k);
		int from_y = from_x - from_k;

		for (; x > from_x + !down && y > from_y + down; x--, y--)
			put(out, DIFF_SAME, f->b[y - 1]);
		if (down)
			put(out, DIFF_NEW, f->b[--y]);
		else
			put(out, DIFF_GONE, f->a[--x]);
	}
	for (; x > 0; x--)
		put(out, DIFF_SAME, f->b[x - 1]);
}

static void reverse(struct diff_line *at, size_t n)
{
	size_t i;

	for (i = 0; i < n / 2; i++) {
		struct diff_line other = at[i];

		at[i] = at[n - 1 - i];
		at[n - 1 - i] = other;
	}
}

static void replace_all(const struct field *f, struct diff *out)
{
	int i;

	for (i = 0; i < f->n; i++)
		put(out, DIFF_GONE, f->a[i]);
	for (i = 0; i < f->m; i++)
		put(out, DIFF_NEW, f->b[i]);
}

static void compare(const struct field *f, struct diff *out)
{
	struct rounds *r = xcalloc(1, sizeof(*r));
	size_t begin = out->n;
	bool met = false;
	int d;

	for (d = 0; d <= DIFF_MOST && !met; d++)
		met = advance(r, f, d);
	if (met) {
		walk_back(r, f, d - 1, out);
		reverse(out->at + begin, out->n - begin);
	} else {
		replace_all(f, out);
	}
	for (d = 0; d <= DIFF_MOST; d++)
		free(r->at[d]);
	free(r);
}

/* Where one change follows another, what is gone goes first. */
static void order(struct diff *d)
{
	size_t i = 0, k, end;

	while (i < d->n) {
		for (end = i; end < d->n && d->at[end].kind != DIFF_SAME;)
			end++;
		for (k = i; k < end; k++) {
			struct diff_line line = d->at[k];
			size_t to = k;

			if (line.kind != DIFF_GONE)
				continue;
			for (; to > i && d->at[to - 1].kind == DIFF_NEW; to--)
				d->at[to] = d->at[to - 1];
			d->at[to] = line;
		}
		i = end + 1;
	}
}

void diff_lines(struct diff *d, struct span old, struct span now)
{
	struct lines a, b;
	struct field f;
	size_t head = 0, tail = 0, i;

	split(&a, old);
	split(&b, now);
	memset(d, 0, sizeof(*d));
	d->at = xcalloc(a.n + b.n + 1, sizeof(*d->at));
	while (head < a.n && head < b.n && span_eq(a.at[head], b.at[head]))
		put(d, DIFF_SAME, b.at[head++]);
	while (tail < a.n - head && tail < b.n - head &&
	       span_eq(a.at[a.n - 1 - tail], b.at[b.n - 1 - tail]))
		tail++;
	f = (struct field){.a = a.at + head,
			   .b = b.at + head,
			   .n = (int)(a.n - head - tail),
			   .m = (int)(b.n - head - tail)};
	if (f.n || f.m)
		compare(&f, d);
	for (i = b.n - tail; i < b.n; i++)
		put(d, DIFF_SAME, b.at[i]);
	order(d);
	free(a.at);
	free(b.at);
}

void diff_fini(struct diff *d)
{
	free(d->at);
	memset(d, 0, sizeof(*d));
}
