#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/frag.h"
#include "capture/frame.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "core/xalloc.h"

/* A datagram kept until all are there. */
struct kept {
	int64_t at_ns;
	struct capture_packet packet; /* data owned */
};

struct reader {
	capture_packet_h *h;
	void *arg;
	struct capture_frags *frags; /* owned */
	bool keep;		     /* frames are out of order */
	struct kept *kept;	     /* owned */
	size_t n_kept, cap;
};

static void keep(struct reader *r, int64_t at_ns,
		 const struct capture_packet *p)
{
	struct kept *k;

	if (r->n_kept == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 256;
		r->kept = xreallocarray(r->kept, r->cap, sizeof(*r->kept));
	}
	k = &r->kept[r->n_kept++];
	k->at_ns = at_ns;
	k->packet = *p;
	k->packet.data.p = p->data.n ? xmemdup(p->data.p, p->data.n) : NULL;
}

static void on_frame(const struct capture_frame *f, void *arg)
{
	struct reader *r = arg;
	struct capture_packet p = {.frame = f->number};
	int64_t at_ns = f->at_ns;
	struct capture_ip ip;
	struct span packet;

	if (!capture_link_strip(f->link, f->data, &packet) ||
	    !capture_ip_parse(packet, &ip))
		return;
	if (ip.fragment &&
	    (!capture_frags_add(r->frags, &ip, &at_ns) ||
	     (ip.src.family == 6 && !capture_ip_walk(&ip)) || ip.fragment))
		return;
	if (!capture_udp_parse(&ip, &p.data, &p.cut))
		return;
	p.at_us = at_ns / 1000;
	p.src = ip.src;
	p.dst = ip.dst;
	if (r->keep)
		keep(r, at_ns, &p);
	else
		r->h(&p, r->arg);
}

static int compare(const void *a, const void *b)
{
	const struct kept *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->packet.frame < y->packet.frame ? -1 : 1;
}

static void hand_out_kept(struct reader *r)
{
	size_t i;

	if (r->n_kept)
		qsort(r->kept, r->n_kept, sizeof(*r->kept), compare);
	for (i = 0; i < r->n_kept; i++)
		r->h(&r->kept[i].packet, r->arg);
}

static void reader_fini(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->n_kept; i++)
		free((void *)(uintptr_t)r->kept[i].packet.data.p);
	free(r->kept);
	capture_frags_free(r->frags);
}

struct order {
	int64_t last_ns;
	bool broken;
};

static void check_order(const struct capture_frame *f, void *arg)
{
	struct order *o = arg;

	if (f->at_ns < o->last_ns)
		o->broken = true;
	o->last_ns = f->at_ns;
}

/* Merged files may go back in time. A look through the file first costs less
 * than keeping all of every capture. */
static int in_order(struct capture_file *file, bool *yes, struct err *e)
{
	struct order o = {INT64_MIN, false};
	struct capture_info info;
	struct capture_sink sink = {check_order, &o, &info};

	if (capture_file_read(file, &sink, e) < 0)
		return -1;
	*yes = !o.broken;
	return 0;
}

static int read_file(struct reader *r, const char *path,
		     struct capture_info *info, struct err *e)
{
	struct capture_file *file = capture_file_open(path, e);
	struct capture_sink sink = {on_frame, r, info};
	size_t lost;
	bool ordered;
	int rc = -1;

	if (!file || in_order(file, &ordered, e) < 0)
		goto out;
	r->keep = !ordered;
	rc = capture_file_read(file, &sink, e);
	lost = capture_frags_lost(r->frags);
	if (rc == 0 && lost)
		capture_warn(info, "fragments of %zu IP packet%s are missing",
			     lost, lost == 1 ? "" : "s");
out:
	capture_file_close(file);
	return rc;
}

int capture_read(const char *path, capture_packet_h *h, void *arg,
		 struct capture_info *info, struct err *e)
{
	struct reader r = {.h = h, .arg = arg};
	struct capture_info unused;
	int rc;

	if (!info)
		info = &unused;
	memset(info, 0, sizeof(*info));
	r.frags = capture_frags_new();
	rc = read_file(&r, path, info, e);
	if (rc < 0)
		err_wrap(e, "%s", path);
	else
		hand_out_kept(&r);
	reader_fini(&r);
	return rc;
}
