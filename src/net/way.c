#include "net/way.h"

#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/xalloc.h"

/* Twice the usual packet distance: what is held that long comes after its
 * successor. */
enum { REORDER_US = 30000 };

struct way {
	struct loop *loop;
	struct rng *rng;
	struct way_conf conf;
	way_end_h *h;
	void *arg;
	struct list held;
};

/* Its tag comes first in the bytes. */
struct held {
	struct le le;
	struct timer timer;
	struct way *way;
	size_t tag_n, n;
	char bytes[];
};

struct way *way_new(struct loop *loop, struct rng *rng,
		    const struct way_conf *conf, way_end_h *h, void *arg)
{
	struct way *w;

	if (conf->loss <= 0 && conf->reorder <= 0 && conf->duplicate <= 0 &&
	    conf->jitter_us <= 0)
		return NULL;
	w = xcalloc(1, sizeof(*w));
	w->loop = loop;
	w->rng = rng;
	w->conf = *conf;
	w->h = h;
	w->arg = arg;
	return w;
}

static void held_free(struct held *h)
{
	timer_stop(&h->timer);
	list_unlink(&h->le);
	free(h);
}

void way_free(struct way *w)
{
	if (!w)
		return;
	while (w->held.head)
		held_free(container_of(w->held.head, struct held, le));
	free(w);
}

static void held_due(void *arg)
{
	struct held *h = arg;

	h->way->h(h->bytes, h->bytes + h->tag_n, h->n, h->way->arg);
	held_free(h);
}

static void hold(struct way *w, const void *tag, size_t tag_n, const void *p,
		 size_t n, int64_t delay_us)
{
	struct held *h = xcalloc(1, sizeof(*h) + tag_n + n);

	h->way = w;
	h->tag_n = tag_n;
	h->n = n;
	memcpy(h->bytes, tag, tag_n);
	memcpy(h->bytes + tag_n, p, n);
	timer_init(&h->timer, w->loop, held_due, h);
	list_append(&w->held, &h->le);
	timer_after(&h->timer, delay_us);
}

int way_send(struct way *w, const void *tag, size_t tag_n, const void *p,
	     size_t n)
{
	const struct way_conf *c = &w->conf;
	int64_t delay_us = 0;

	if (c->loss > 0 && rng_unit(w->rng) < c->loss)
		return 0;
	if (c->jitter_us > 0)
		delay_us = rng_below(w->rng, (uint32_t)c->jitter_us);
	if (c->reorder > 0 && rng_unit(w->rng) < c->reorder)
		delay_us += REORDER_US;
	if (c->duplicate > 0 && rng_unit(w->rng) < c->duplicate)
		hold(w, tag, tag_n, p, n, delay_us);
	if (delay_us == 0)
		return w->h(tag, p, n, w->arg);
	hold(w, tag, tag_n, p, n, delay_us);
	return 0;
}
