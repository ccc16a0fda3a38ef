#include "capture/tcp.h"

#include <stdlib.h>
#include <string.h>

#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "sip/view.h"

enum {
	FIN = 0x01,
	SYN = 0x02,
	RST = 0x04,

	WAYS = 4096,		/* directions followed at a time */
	EARLY = 64,		/* segments that wait for one before them */
	EARLY_OCTETS = 1 << 18, /* in them */
	MESSAGE_MAX = 1 << 18,
	HEAD_MAX = 1 << 16,
	METHOD_MAX = 32,
	FRAMES = 64,
};
#define WAIT_US INT64_C(3000000)

/* A segment that came before one that belongs before it. */
struct early {
	struct le le;
	struct capture_packet p; /* data owned */
};

struct ends_of_way {
	struct addr src, dst;
};

/* One direction of a connection. */
struct way {
	struct le le; /* the one used longest ago first */
	struct hash_le he;
	struct ends_of_way key;
	uint32_t next; /* sequence number wanted */
	bool astray;   /* waits for a segment that begins with a message */
	struct buf text;
	size_t looked;	   /* for the end of the header, up to here */
	struct list early; /* by sequence number */
	size_t early_octets;
	size_t frame[FRAMES]; /* that `text` came in */
	size_t n_frames;
};

struct tcp {
	struct hash by_ends;
	struct list ways;
	const struct way *now; /* whose message is handed out */
};

/* Where messages go. */
struct outlet {
	capture_packet_h *h;
	void *arg;
};

struct tcp *tcp_new(void)
{
	struct tcp *t = xcalloc(1, sizeof(*t));

	hash_init(&t->by_ends);
	return t;
}

static void early_free(struct way *w, struct early *e)
{
	w->early_octets -= e->p.data.n;
	list_unlink(&e->le);
	free((void *)(uintptr_t)e->p.data.p);
	free(e);
}

static void way_free(struct way *w)
{
	while (w->early.head)
		early_free(w, container_of(w->early.head, struct early, le));
	hash_del(&w->he);
	list_unlink(&w->le);
	buf_fini(&w->text);
	free(w);
}

void tcp_free(struct tcp *t)
{
	if (!t)
		return;
	while (t->ways.head)
		way_free(container_of(t->ways.head, struct way, le));
	hash_fini(&t->by_ends);
	free(t);
}

const size_t *tcp_frames(const struct tcp *t, size_t *n)
{
	*n = t->now->n_frames;
	return t->now->frame;
}

/* ---- what begins like SIP ---- */

static bool begins(struct span s, const char *with)
{
	size_t n = strlen(with);

	return strncmp(s.p, with, s.n < n ? s.n : n) == 0;
}

/* RFC 3261 section 7.1: a method, a blank, a URI. What is not there yet may
 * still be right. */
static bool may_be_request(struct span s)
{
	size_t n = 0;

	while (n < s.n && n < METHOD_MAX && s.p[n] >= 'A' && s.p[n] <= 'Z')
		n++;
	if (n == s.n)
		return true;
	if (!n || s.p[n] != ' ')
		return false;
	s = span_skip(s, n + 1);
	return begins(s, "sip:") || begins(s, "sips:") || begins(s, "tel:") ||
	       begins(s, "urn:");
}

static bool may_be_sip(struct span s)
{
	return begins(s, "SIP/2.0 ") || may_be_request(s);
}

static struct span without_blank_lines(struct span s)
{
	while (s.n && (s.p[0] == '\r' || s.p[0] == '\n'))
		s = span_skip(s, 1);
	return s;
}

/* Enough of it to be sure. */
static bool is_start(struct span s)
{
	s = without_blank_lines(s);
	return s.n >= METHOD_MAX && may_be_sip(s);
}

/* ---- directions ---- */

static struct way *way_find(const struct tcp *t, const struct capture_packet *p)
{
	struct ends_of_way key = {p->src, p->dst};
	struct hash_le *e = hash_find(
		&t->by_ends, span_from((const char *)&key, sizeof(key)));

	return e ? container_of(e, struct way, he) : NULL;
}

static struct way *way_new(struct tcp *t, const struct capture_packet *p)
{
	struct way *w = xcalloc(1, sizeof(*w));

	if (t->ways.n >= WAYS)
		way_free(container_of(t->ways.head, struct way, le));
	w->key.src = p->src;
	w->key.dst = p->dst;
	buf_init(&w->text, 2 * MESSAGE_MAX);
	list_append(&t->ways, &w->le);
	hash_add(&t->by_ends, &w->he,
		 span_from((const char *)&w->key, sizeof(w->key)));
	return w;
}

/* What a segment goes to: it may open a connection, or be of one that was open
 * before the capture. NULL: to nothing. */
static struct way *way_of(struct tcp *t, const struct capture_packet *p)
{
	struct way *w = way_find(t, p);

	if (w &&
	    (p->flags & RST || (p->flags & SYN && p->seq + 1 != w->next))) {
		way_free(w);
		w = NULL;
	}
	if (w || p->flags & RST)
		return w;
	if (!(p->flags & SYN) && !is_start(p->data))
		return NULL;
	w = way_new(t, p);
	w->next = p->flags & SYN ? p->seq + 1 : p->seq;
	return w;
}

/* ---- messages ---- */

static void drop_text(struct way *w, size_t n)
{
	memmove(w->text.p, w->text.p + n, w->text.n - n);
	w->text.n -= n;
	w->looked = 0;
	if (w->n_frames) { /* the newest may hold more */
		w->frame[0] = w->frame[w->n_frames - 1];
		w->n_frames = 1;
	}
}

static void go_astray(struct way *w)
{
	buf_clear(&w->text);
	w->looked = 0;
	w->n_frames = 0;
	w->astray = true;
}

static void hand_out(struct tcp *t, struct way *w, size_t n,
		     const struct capture_packet *p, const struct outlet *out)
{
	struct capture_packet m = *p;

	m.data = span_from(w->text.p, n);
	m.length = n;
	t->now = w;
	out->h(&m, out->arg);
}

/* Length of the header with its empty line, 0 while that is not there. */
static size_t head_length(struct way *w)
{
	static const char end[] = "\r\n\r\n";
	size_t from = w->looked > 3 ? w->looked - 3 : 0;
	struct span rest = span_skip(buf_span(&w->text), from);
	size_t at = span_find(rest, span_of(end));

	w->looked = w->text.n;
	return at < rest.n ? from + at + sizeof(end) - 1 : 0;
}

/* False when it does not say or is beyond reason. */
static bool body_length(struct span head, uint32_t *n)
{
	struct sip_view v;
	struct span value;

	*n = 0;
	return sip_view(head, &v) &&
	       (!sip_view_header(&v, "Content-Length", 0, &value) ||
		parse_u32(value, 0, MESSAGE_MAX, n));
}

/* Takes one message off the text; false when it is not whole. */
static bool take_message(struct tcp *t, struct way *w,
			 const struct capture_packet *p,
			 const struct outlet *out)
{
	struct span text = without_blank_lines(buf_span(&w->text));
	size_t head;
	uint32_t body;

	if (text.n < w->text.n)
		drop_text(w, w->text.n - text.n);
	if (!w->text.n)
		return false;
	head = head_length(w);
	if (!may_be_sip(buf_span(&w->text)) ||
	    (!head && w->text.n > HEAD_MAX) ||
	    (head && !body_length(span_from(w->text.p, head), &body))) {
		go_astray(w);
		return false;
	}
	if (!head || w->text.n < head + body) {
		w->looked = head ? 0 : w->looked;
		return false;
	}
	hand_out(t, w, head + body, p, out);
	drop_text(w, head + body);
	return true;
}

/* What the snap length left of a message. */
static void take_remains(struct tcp *t, struct way *w,
			 const struct capture_packet *p,
			 const struct outlet *out)
{
	w->looked = 0;
	if (w->text.n && head_length(w))
		hand_out(t, w, w->text.n, p, out);
	go_astray(w);
}

static void note_frame(struct way *w, size_t frame)
{
	if (w->n_frames == FRAMES) {
		memmove(w->frame, w->frame + 1,
			(FRAMES - 1) * sizeof(w->frame[0]));
		w->n_frames--;
	}
	w->frame[w->n_frames++] = frame;
}

/* Octets in their place, `missing` of them cut. */
static void take_octets(struct tcp *t, struct way *w,
			const struct capture_packet *p, struct span data,
			size_t missing, const struct outlet *out)
{
	w->next += (uint32_t)(data.n + missing);
	if (w->astray && !is_start(data))
		return;
	w->astray = false;
	if (!w->text.n)
		w->n_frames = 0;
	note_frame(w, p->frame);
	buf_add_span(&w->text, data);
	while (take_message(t, w, p, out))
		;
	if (missing)
		take_remains(t, w, p, out);
}

/* ---- order ---- */

/* What of a segment was not there before. */
static void take_segment(struct tcp *t, struct way *w,
			 const struct capture_packet *p,
			 const struct outlet *out)
{
	uint32_t old = w->next - p->seq;
	struct span data = p->data;

	if (old >= p->length)
		return;
	data = old < data.n ? span_skip(data, old) : span_from(NULL, 0);
	take_octets(t, w, p, data, p->length - old - data.n, out);
}

static int32_t behind(uint32_t a, uint32_t b)
{
	return (int32_t)(a - b);
}

static void keep_early(struct way *w, const struct capture_packet *p)
{
	struct early *e = xcalloc(1, sizeof(*e));
	struct le *at = w->early.tail;

	e->p = *p;
	e->p.data.p = p->data.n ? xmemdup(p->data.p, p->data.n) : NULL;
	w->early_octets += p->data.n;
	while (at &&
	       behind(container_of(at, struct early, le)->p.seq, p->seq) > 0)
		at = at->prev;
	if (at)
		list_insert_after(&w->early, at, &e->le);
	else
		list_prepend(&w->early, &e->le);
}

/* Those whose turn has come; with `by_force` the first whether or not. */
static void take_early(struct tcp *t, struct way *w, bool by_force,
		       const struct outlet *out)
{
	while (w->early.head) {
		struct early *e = container_of(w->early.head, struct early, le);

		if (behind(e->p.seq, w->next) > 0) {
			if (!by_force)
				return;
			go_astray(w);
			w->next = e->p.seq;
		}
		by_force = false;
		take_segment(t, w, &e->p, out);
		early_free(w, e);
	}
}

/* Whether the segment that is missing will not come any more. */
static bool is_lost(const struct way *w, int64_t now_us)
{
	const struct early *e;

	if (!w->early.head)
		return false;
	e = container_of(w->early.head, struct early, le);
	return w->early.n > EARLY || w->early_octets > EARLY_OCTETS ||
	       now_us - e->p.at_us > WAIT_US;
}

void tcp_add(struct tcp *t, const struct capture_packet *p, capture_packet_h *h,
	     void *arg)
{
	struct way *w = way_of(t, p);
	const struct outlet out = {h, arg};

	if (!w)
		return;
	list_unlink(&w->le);
	list_append(&t->ways, &w->le);
	if (p->length && !(p->flags & SYN)) {
		if (behind(p->seq, w->next) > 0)
			keep_early(w, p);
		else
			take_segment(t, w, p, &out);
	}
	take_early(t, w, is_lost(w, p->at_us), &out);
	if (p->flags & FIN)
		take_early(t, w, true, &out);
	if (p->flags & FIN || (w->astray && !w->early.head))
		way_free(w);
}

void tcp_flush(struct tcp *t, capture_packet_h *h, void *arg)
{
	const struct outlet out = {h, arg};
	struct le *e;

	for (e = t->ways.head; e; e = e->next) {
		struct way *w = container_of(e, struct way, le);

		while (w->early.head)
			take_early(t, w, true, &out);
	}
}
