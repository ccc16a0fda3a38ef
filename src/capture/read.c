#include <stdlib.h>
#include <string.h>

#include "capture/capture.h"
#include "capture/frag.h"
#include "capture/frame.h"
#include "capture/ip.h"
#include "capture/link.h"
#include "capture/unread.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum { TUNNELS = 8, FRAME_MAX = 256 * 1024 };

/* A frame of a file that is not in order of time, to be read again. */
struct place {
	int64_t at_ns, offset;
	uint32_t number, kept, length;
	int link;
};

enum mode {
	LOOK,	  /* whether frames are in time order, nothing else */
	HAND_OUT, /* until they are not */
	NOTE,	  /* where all of them are, to sort them */
};

struct reader {
	capture_packet_h *h;
	void *arg;
	bool tcp; /* segments too */
	enum mode mode;
	int64_t last_ns;	     /* time of the frame before */
	size_t disordered;	     /* number of a frame, or 0 */
	struct capture_frags *frags; /* owned */
	struct buf inner;	     /* a packet out of fragments */
	struct unread unread;
	struct place *place; /* owned */
	size_t n_places, cap;
};

static void note_place(struct reader *r, const struct capture_frame *f)
{
	struct place *p;

	if (r->n_places == r->cap) {
		r->cap = r->cap ? r->cap * 2 : 1024;
		r->place = xreallocarray(r->place, r->cap, sizeof(*r->place));
	}
	p = &r->place[r->n_places++];
	p->at_ns = f->at_ns;
	p->offset = f->offset;
	p->number = (uint32_t)f->number;
	p->kept = (uint32_t)f->data.n;
	p->length = (uint32_t)f->length;
	p->link = f->link;
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

/* What is wrapped, in fragments, or TCP. */
static bool look_closer(struct reader *r, struct span packet, int64_t *at_ns,
			struct capture_packet *p)
{
	struct capture_ip ip;

	return find_packet(r, packet, &ip, at_ns, p) && find_data(r, &ip, p);
}

/* To clear what is filled in anyway costs more than to fill it in. */
static bool take_plain(const struct capture_frame *f, struct span packet,
		       struct capture_packet *p)
{
	if (!capture_ip4_udp(packet, &p->src, &p->dst, &p->data))
		return false;
	p->at_us = f->at_ns / 1000;
	p->frame = f->number;
	p->length = p->data.n;
	p->cut = p->tcp = false;
	p->part = NULL;
	p->n_parts = 0;
	p->flags = 0;
	p->seq = 0;
	return true;
}

static void take_frame(struct reader *r, const struct capture_frame *f)
{
	struct capture_packet p;
	int64_t at_ns = f->at_ns;
	struct span packet;

	if (!capture_link_strip(f->link, f->data, &packet)) {
		unread_frame(&r->unread, f->link, f->data);
		return;
	}
	if (!take_plain(f, packet, &p)) {
		memset(&p, 0, sizeof(p));
		p.frame = f->number;
		if (!look_closer(r, packet, &at_ns, &p))
			return;
		p.at_us = at_ns / 1000;
	}
	unread_datagram(&r->unread, &p);
	r->h(&p, r->arg);
}

static void on_frame(const struct capture_frame *f, void *arg)
{
	struct reader *r = arg;

	if (f->at_ns < r->last_ns && !r->disordered)
		r->disordered = f->number;
	r->last_ns = f->at_ns;
	if (r->mode == NOTE)
		note_place(r, f);
	else if (r->mode == HAND_OUT && !r->disordered)
		take_frame(r, f);
}

static int compare(const void *a, const void *b)
{
	const struct place *x = a, *y = b;

	if (x->at_ns != y->at_ns)
		return x->at_ns < y->at_ns ? -1 : 1;
	return x->number < y->number ? -1 : 1;
}

static int take_places(struct reader *r, const struct capture_file *file,
		       struct err *e)
{
	char *data = xmalloc(FRAME_MAX);
	size_t i;
	int rc = 0;

	if (r->n_places)
		qsort(r->place, r->n_places, sizeof(*r->place), compare);
	for (i = 0; rc == 0 && i < r->n_places; i++) {
		const struct place *p = &r->place[i];
		size_t n = p->kept < FRAME_MAX ? p->kept : FRAME_MAX;
		struct capture_frame f = {.at_ns = p->at_ns,
					  .link = p->link,
					  .data = span_from(data, n),
					  .length = p->length,
					  .number = p->number};

		if (capture_file_at(file, p->offset, n, data))
			take_frame(r, &f);
		else
			rc = err_set(e, ERR_ENV, "cannot be read again");
	}
	free(data);
	return rc;
}

static void reader_fini(struct reader *r)
{
	free(r->place);
	capture_frags_free(r->frags);
	buf_fini(&r->inner);
}

static void note_fragments(const struct reader *r, struct capture_info *info)
{
	size_t first, lost = capture_frags_lost(r->frags, &first);

	if (lost)
		capture_warn(info,
			     "fragments of %zu IP packet%s are missing, from "
			     "packet %zu on",
			     lost, lost == 1 ? "" : "s", first);
}

/* One time through the file. */
static int pass(struct reader *r, struct capture_file *file, enum mode mode,
		struct capture_info *info, struct err *e)
{
	struct capture_sink sink = {on_frame, r, info};

	r->mode = mode;
	r->last_ns = 0;
	r->unread = (struct unread){.frames = 0};
	capture_frags_free(r->frags);
	r->frags = capture_frags_new();
	return capture_file_read(file, &sink, e);
}

/* Merged files may go back in time. To find out costs less than to note the
 * place of every frame of every capture. */
static int read_file(struct reader *r, struct capture_file *file,
		     capture_again_h *again, struct capture_info *info,
		     struct err *e)
{
	if (pass(r, file, again ? HAND_OUT : LOOK, info, e) < 0)
		return -1;
	if (!again || r->disordered) {
		if (again)
			again(r->arg);
		if (pass(r, file, r->disordered ? NOTE : HAND_OUT, info, e) < 0)
			return -1;
	}
	info->disordered = r->disordered;
	if (r->disordered && take_places(r, file, e) < 0)
		return -1;
	note_fragments(r, info);
	unread_tell(&r->unread, info);
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
