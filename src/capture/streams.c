#include <stdlib.h>
#include <string.h>

#include "capture/book.h"
#include "capture/capture.h"
#include "capture/store.h"
#include "capture/tcp.h"
#include "core/buf.h"
#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "media/rtp.h"

enum { IN_SEQUENCE = 5, LISTED = 8 };

struct key {
	struct addr src, dst;
	uint32_t ssrc;
};
_Static_assert(sizeof(struct key) == 2 * sizeof(struct addr) + 4,
	       "keys are compared bytewise");

/* What may be a stream. */
struct candidate {
	struct hash_le he;
	struct candidate *next;
	struct key key;
	struct capture_rtp rtp;
	size_t cap;   /* of rtp.packet */
	uint16_t seq; /* of the packet before */
	unsigned run; /* packets in sequence up to now */
	bool is_rtp;  /* there were enough of them */
};

struct finder {
	struct hash by_key;
	struct candidate *first, **last; /* owned; as they appeared */
	struct capture_store *store;	 /* owned, bytes of packets */
	struct capture_book *book;	 /* owned */
	struct tcp *tcp;		 /* owned */
};

static struct candidate *candidate_of(struct finder *f,
				      const struct capture_packet *p,
				      const struct rtp *rtp)
{
	struct key k = {p->src, p->dst, rtp->ssrc};
	struct hash_le *e;
	struct candidate *c;

	e = hash_find(&f->by_key, span_from((const char *)&k, sizeof(k)));
	if (e)
		return container_of(e, struct candidate, he);
	c = xcalloc(1, sizeof(*c));
	c->key = k;
	c->rtp.src = p->src;
	c->rtp.dst = p->dst;
	c->rtp.ssrc = rtp->ssrc;
	c->rtp.pt = rtp->pt;
	c->rtp.first_us = p->at_us;
	hash_add(&f->by_key, &c->he,
		 span_from((const char *)&c->key, sizeof(c->key)));
	*f->last = c;
	f->last = &c->next;
	return c;
}

static void count_run(struct candidate *c, uint16_t seq)
{
	if (c->run && seq == c->seq)
		return;
	c->run = c->run && seq == (uint16_t)(c->seq + 1) ? c->run + 1 : 1;
	c->seq = seq;
	if (c->run >= IN_SEQUENCE)
		c->is_rtp = true;
}

static void add_packet(struct finder *f, struct candidate *c,
		       const struct capture_packet *p)
{
	struct capture_rtp *s = &c->rtp;

	if (s->n == c->cap) {
		c->cap = c->cap ? c->cap * 2 : 8;
		s->packet = xreallocarray(s->packet, c->cap,
					  sizeof(*s->packet));
	}
	s->packet[s->n].at_us = p->at_us - s->first_us;
	s->packet[s->n].data = capture_store_add(f->store, p->data);
	s->n++;
	s->cut += p->cut;
}

static void on_message(const struct capture_packet *p, void *arg)
{
	struct finder *f = arg;

	capture_book_read(f->book, p);
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct finder *f = arg;
	struct candidate *c;
	struct rtp rtp;

	if (p->tcp) {
		tcp_add(f->tcp, p, on_message, f);
		return;
	}
	if (!rtp_parse(p->data.p, p->data.n, &rtp)) {
		capture_book_read(f->book, p);
		return;
	}
	c = candidate_of(f, p, &rtp);
	count_run(c, rtp.seq);
	add_packet(f, c, p);
}

/* Moves the streams out of what was found. */
static void take_streams(struct finder *f, struct capture_streams *out)
{
	struct candidate *c;
	size_t n = 0;

	for (c = f->first; c; c = c->next)
		n += c->is_rtp;
	out->at = n ? xcalloc(n, sizeof(*out->at)) : NULL;
	for (c = f->first; c; c = c->next) {
		if (!c->is_rtp)
			continue;
		capture_book_name(f->book, &c->rtp);
		out->at[out->n++] = c->rtp;
		c->rtp.packet = NULL;
	}
	out->packets = f->store;
	f->store = NULL;
}

static void finder_init(struct finder *f)
{
	hash_init(&f->by_key);
	f->first = NULL;
	f->last = &f->first;
	f->store = capture_store_new();
	f->book = capture_book_new();
	f->tcp = tcp_new();
}

static void finder_fini(struct finder *f)
{
	hash_fini(&f->by_key);
	while (f->first) {
		struct candidate *c = f->first;

		f->first = c->next;
		free(c->rtp.packet);
		free(c);
	}
	capture_store_free(f->store);
	capture_book_free(f->book);
	tcp_free(f->tcp);
}

static void begin_again(void *arg)
{
	finder_fini(arg);
	finder_init(arg);
}

int capture_streams(struct capture_streams *out, const char *path,
		    struct err *e)
{
	struct finder f;
	int rc;

	memset(out, 0, sizeof(*out));
	finder_init(&f);
	rc = capture_read_all(path, on_packet, begin_again, &f, &out->info, e);
	if (rc == 0) {
		tcp_flush(f.tcp, on_message, &f);
		out->path = xstrdup(path);
		take_streams(&f, out);
	}
	finder_fini(&f);
	return rc;
}

void capture_streams_fini(struct capture_streams *s)
{
	size_t i;

	for (i = 0; i < s->n; i++) {
		free(s->at[i].packet);
		free(s->at[i].rtpmap);
		free(s->at[i].fmtp);
	}
	free(s->at);
	free(s->path);
	capture_store_free(s->packets);
	memset(s, 0, sizeof(*s));
}

static void describe(struct buf *b, size_t number, const struct capture_rtp *s)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	buf_addf(b, "%zu 0x%08x ", number, s->ssrc);
	if (s->codec[0])
		buf_add_str(b, s->codec);
	else
		buf_addf(b, "payload type %u", s->pt);
	buf_addf(b, " %s -> %s (%zu packet%s)", addr_text(&s->src, src),
		 addr_text(&s->dst, dst), s->n, s->n == 1 ? "" : "s");
}

static void list_streams(struct buf *b, const struct capture_streams *s)
{
	size_t i;

	for (i = 0; i < s->n && i < LISTED; i++) {
		buf_add_str(b, i ? ", " : "");
		describe(b, i + 1, &s->at[i]);
	}
	if (s->n > LISTED)
		buf_addf(b, ", and %zu more", s->n - LISTED);
}

static const struct capture_rtp *find(const struct capture_streams *s,
				      bool has_ssrc, uint32_t ssrc, int stream)
{
	size_t i;

	if (!has_ssrc) {
		i = stream > 0 ? (size_t)stream - 1 : 0;
		return stream >= 0 && i < s->n ? &s->at[i] : NULL;
	}
	for (i = 0; i < s->n; i++) {
		if (s->at[i].ssrc == ssrc)
			return &s->at[i];
	}
	return NULL;
}

const struct capture_rtp *capture_pick(const struct capture_streams *s,
				       bool has_ssrc, uint32_t ssrc, int stream,
				       struct err *e)
{
	const struct capture_rtp *found = find(s, has_ssrc, ssrc, stream);
	struct buf what;

	if (found)
		return found;
	buf_init(&what, 4096);
	if (!s->n)
		buf_addf(&what, "no RTP stream in %s", s->path);
	else if (has_ssrc)
		buf_addf(&what,
			 "no stream with ssrc 0x%08x in %s; it has: ", ssrc,
			 s->path);
	else
		buf_addf(&what, "no stream %d in %s; it has: ", stream,
			 s->path);
	list_streams(&what, s);
	err_set(e, ERR_SCENARIO, "%s", buf_str(&what));
	buf_fini(&what);
	return NULL;
}
