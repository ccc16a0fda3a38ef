#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/frag.h"
#include "capture/frame.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum { TUNNELS = 8 };

/* A datagram kept until all are there. */
struct kept {
	int64_t at_ns;
	struct capture_packet packet; /* data and part owned */
};

enum mode {
	LOOK,	  /* whether frames are in time order, nothing else */
	HAND_OUT, /* until they are not */
	KEEP,	  /* all, to be sorted */
};

struct reader {
	capture_packet_h *h;
	void *arg;
	bool tcp; /* segments too */
	enum mode mode;
	int64_t last_ns; /* time of the frame before */
	bool disordered;
	struct capture_frags *frags; /* owned */
	struct buf inner;	     /* a packet out of fragments */
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
	if (p->part)
		k->packet.part = xmemdup(p->part,
					 p->n_parts * sizeof(*p->part));
}

/* Puts fragments together. False while the packet is not whole. */
static bool make_whole(struct reader *r, struct capture_ip *ip, int64_t *at_ns,
		       struct capture_packet *p)
{
	if (!ip->fragment)
		return true;
	if (!capture_frags_add(r->frags, ip, at_ns, p->frame) ||
	    (ip->src.family == 6 && !capture_ip_walk(ip)) || ip->fragment)
		return false;
	p->part = capture_frags_parts(r->frags, &p->n_parts);
	return true;
}

/* A packet in another is copied where that one was put together: its octets
 * would be gone when more fragments are taken in. */
static struct span keep_inner(struct reader *r, struct span inner)
{
	buf_clear(&r->inner);
	buf_add_span(&r->inner, inner);
	return buf_span(&r->inner);
}

/* Unwraps down to what carries UDP or TCP. */
static bool find_packet(struct reader *r, struct span packet,
			struct capture_ip *ip, int64_t *at_ns,
			struct capture_packet *p)
{
	bool was_fragment;
	int depth;

	for (depth = 0; depth < TUNNELS; depth++) {
		if (!capture_ip_parse(packet, ip))
			return false;
		was_fragment = ip->fragment;
		if (!make_whole(r, ip, at_ns, p))
			return false;
		if (ip->proto == IP_UDP || ip->proto == IP_TCP)
			return true;
		if (!capture_ip_inner(ip, &packet))
			return false;
		if (was_fragment)
			packet = keep_inner(r, packet);
	}
	return false;
}

static bool find_data(const struct reader *r, struct capture_ip *ip,
		      struct capture_packet *p)
{
	if (ip->proto == IP_UDP) {
		if (!capture_udp_parse(ip, &p->data, &p->cut))
			return false;
		p->length = p->data.n;
	} else {
		if (!r->tcp || !capture_tcp_parse(ip, &p->data, &p->length,
						  &p->seq, &p->flags))
			return false;
		p->tcp = true;
		p->cut = p->data.n < p->length;
	}
	p->src = ip->src;
	p->dst = ip->dst;
	return true;
}

static void on_frame(const struct capture_frame *f, void *arg)
{
	struct reader *r = arg;
	struct capture_packet p = {.frame = f->number};
	int64_t at_ns = f->at_ns;
	struct capture_ip ip;
	struct span packet;

	if (f->at_ns < r->last_ns)
		r->disordered = true;
	r->last_ns = f->at_ns;
	if (r->mode == LOOK || (r->mode == HAND_OUT && r->disordered))
		return;
	if (!capture_link_strip(f->link, f->data, &packet) ||
	    !find_packet(r, packet, &ip, &at_ns, &p) || !find_data(r, &ip, &p))
		return;
	p.at_us = at_ns / 1000;
	if (r->mode == KEEP)
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

static void kept_fini(struct capture_packet *p)
{
	free((void *)(uintptr_t)p->data.p);
	free((void *)(uintptr_t)p->part);
}

static void reader_fini(struct reader *r)
{
	size_t i;

	for (i = 0; i < r->n_kept; i++)
		kept_fini(&r->kept[i].packet);
	free(r->kept);
	capture_frags_free(r->frags);
	buf_fini(&r->inner);
}

/* One time through the file. */
static int pass(struct reader *r, struct capture_file *file, enum mode mode,
		struct capture_info *info, struct err *e)
{
	struct capture_sink sink = {on_frame, r, info};
	size_t lost;

	r->mode = mode;
	r->last_ns = 0;
	capture_frags_free(r->frags);
	r->frags = capture_frags_new();
	if (capture_file_read(file, &sink, e) < 0)
		return -1;
	lost = capture_frags_lost(r->frags);
	if (lost)
		capture_warn(info, "fragments of %zu IP packet%s are missing",
			     lost, lost == 1 ? "" : "s");
	return 0;
}

/* Merged files may go back in time. To find out costs less than to keep all of
 * every capture. */
static int read_file(struct reader *r, struct capture_file *file,
		     capture_again_h *again, struct capture_info *info,
		     struct err *e)
{
	if (pass(r, file, again ? HAND_OUT : LOOK, info, e) < 0)
		return -1;
	if (again && !r->disordered)
		return 0;
	if (again)
		again(r->arg);
	if (pass(r, file, r->disordered ? KEEP : HAND_OUT, info, e) < 0)
		return -1;
	hand_out_kept(r);
	return 0;
}

static int read_path(struct reader *r, const char *path, capture_again_h *again,
		     struct capture_info *info, struct err *e)
{
	struct capture_file *file = capture_file_open(path, e);
	struct capture_info unused;
	int rc = -1;

	if (!info)
		info = &unused;
	memset(info, 0, sizeof(*info));
	buf_init(&r->inner, IP_DATAGRAM_MAX);
	if (file)
		rc = read_file(r, file, again, info, e);
	if (rc < 0)
		err_wrap(e, "%s", path);
	reader_fini(r);
	capture_file_close(file);
	return rc;
}

int capture_read_all(const char *path, capture_packet_h *h,
		     capture_again_h *again, void *arg,
		     struct capture_info *info, struct err *e)
{
	struct reader r = {.h = h, .arg = arg, .tcp = true};

	return read_path(&r, path, again, info, e);
}

int capture_read_once(const char *path, capture_packet_h *h,
		      capture_again_h *again, void *arg,
		      struct capture_info *info, struct err *e)
{
	struct reader r = {.h = h, .arg = arg};

	return read_path(&r, path, again, info, e);
}

int capture_read(const char *path, capture_packet_h *h, void *arg,
		 struct capture_info *info, struct err *e)
{
	return capture_read_once(path, h, NULL, arg, info, e);
}
