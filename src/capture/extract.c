#include <errno.h>
#include <fcntl.h>
#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "capture/calls.h"
#include "capture/frame.h"
#include "capture/link.h"
#include "capture/member.h"
#include "capture/tcp.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/xalloc.h"

enum { SNAP = 262144, ETHER_IP4 = 0x0800, ETHER_IP6 = 0x86dd };

/* The frames that are wanted, a bit each. */
struct frames {
	struct members *members; /* owned, all three */
	struct tcp *tcp;
	uint8_t *bit;
	size_t n; /* bits there is room for */
};

static void want(struct frames *f, size_t frame)
{
	if (frame >= f->n) {
		size_t had = f->n / 8, size = (frame / 8 + 1) * 2;

		f->bit = xrealloc(f->bit, size);
		memset(f->bit + had, 0, size - had);
		f->n = size * 8;
	}
	f->bit[frame / 8] |= (uint8_t)(1u << frame % 8);
}

static bool is_wanted(const struct frames *f, size_t frame)
{
	return frame < f->n && f->bit[frame / 8] >> frame % 8 & 1;
}

static void want_all(struct frames *f, const size_t *frame, size_t n)
{
	while (n--)
		want(f, frame[n]);
}

static void on_message(const struct capture_packet *p, void *arg)
{
	struct frames *f = arg;
	const size_t *frame;
	size_t n;

	if (!members_message(f->members, p->data))
		return;
	frame = tcp_frames(f->tcp, &n);
	want_all(f, frame, n);
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct frames *f = arg;

	if (p->tcp) {
		tcp_add(f->tcp, p, on_message, f);
		return;
	}
	if (!members_stream(f->members, p) &&
	    !members_message(f->members, p->data) &&
	    !members_report(f->members, p))
		return;
	if (p->part)
		want_all(f, p->part, p->n_parts);
	else
		want(f, p->frame);
}

/* To want a frame twice does no harm. */
static void begin_again(void *arg)
{
	struct frames *f = arg;

	tcp_free(f->tcp);
	f->tcp = tcp_new();
}

/* ---- writing ---- */

struct copier {
	const struct frames *frames;
	bool ether; /* link types differ: headers are made anew */
	FILE *out;
	pcap_t *pcap;	     /* owned */
	pcap_dumper_t *dump; /* owned, `out` too */
	int why;	     /* errno of the first write that failed; 0: none */
	struct buf frame;
};

static void open_dump(struct copier *c, int link)
{
	c->pcap = pcap_open_dead_with_tstamp_precision(
		c->ether ? DLT_EN10MB : link, SNAP, PCAP_TSTAMP_PRECISION_NANO);
	if (c->pcap)
		c->dump = pcap_dump_fopen(c->pcap, c->out);
}

/* pcap_dump says nothing of it. */
static void note_failure(struct copier *c)
{
	if (ferror(c->out) && !c->why)
		c->why = errno;
}

static void put(struct copier *c, const struct capture_frame *f,
		struct span data, size_t length)
{
	struct pcap_pkthdr head = {.caplen = (bpf_u_int32)data.n,
				   .len = (bpf_u_int32)length};

	head.ts.tv_sec = f->at_ns / 1000000000;
	head.ts.tv_usec = f->at_ns % 1000000000; /* nanoseconds */
	pcap_dump((u_char *)c->dump, &head, (const u_char *)data.p);
	note_failure(c);
}

static void put_ether(struct copier *c, const struct capture_frame *f)
{
	static const char macs[12] = {2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1};
	struct span packet;

	if (!capture_link_strip(f->link, f->data, &packet) || !packet.n)
		return;
	buf_clear(&c->frame);
	buf_add(&c->frame, macs, sizeof(macs));
	buf_add_be16(&c->frame,
		     (uint8_t)packet.p[0] >> 4 == 6 ? ETHER_IP6 : ETHER_IP4);
	buf_add_span(&c->frame, packet);
	put(c, f, buf_span(&c->frame), c->frame.n + (f->length - f->data.n));
}

static void on_frame(const struct capture_frame *f, void *arg)
{
	struct copier *c = arg;

	if (!is_wanted(c->frames, f->number))
		return;
	if (!c->dump)
		open_dump(c, f->link);
	if (!c->dump)
		return;
	if (c->ether)
		put_ether(c, f);
	else
		put(c, f, f->data, f->length);
}

/* A call without a frame does not exist, so there is a dump when all goes
 * well. */
static int close_copy(struct copier *c, const char *to, struct err *e)
{
	bool failed = !c->dump || pcap_dump_flush(c->dump) < 0 || c->why;
	int why = c->why ? c->why : errno;

	if (c->dump)
		pcap_dump_close(c->dump);
	else
		fclose(c->out);
	if (c->pcap)
		pcap_close(c->pcap);
	buf_fini(&c->frame);
	return failed ? err_set(e, ERR_ENV, "%s: cannot be written: %s", to,
				strerror(why))
		      : 0;
}

static FILE *open_out(const char *to)
{
	FILE *f;
	int fd;

	if (strcmp(to, "-") != 0)
		return fopen(to, "wbe");
	fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	f = fd < 0 ? NULL : fdopen(fd, "wb");
	if (!f && fd >= 0)
		close(fd);
	return f;
}

static int copy(const struct frames *frames, const char *path, const char *to,
		bool ether, struct err *e)
{
	struct copier c = {.frames = frames, .ether = ether};
	struct capture_info info;
	struct capture_sink sink = {on_frame, &c, &info};
	struct capture_file *file = capture_file_open(path, e);
	int rc = -1;

	if (!file)
		return err_wrap(e, "%s", path);
	buf_init(&c.frame, SNAP + 14);
	c.out = open_out(to);
	if (!c.out) {
		err_set(e, ERR_ENV, "%s: cannot be written: %s", to,
			strerror(errno));
		goto out;
	}
	rc = capture_file_read(file, &sink, e);
	if (rc < 0)
		err_wrap(e, "%s", path);
	if (close_copy(&c, to, rc < 0 ? NULL : e) < 0)
		rc = -1;
out:
	capture_file_close(file);
	return rc;
}

int capture_extract(const struct capture_calls *c, const char *path,
		    size_t call, const char *to, struct err *e)
{
	struct frames f = {.n = 0};
	struct capture_info info;
	int rc;

	if (file_spare(path, strcmp(to, "-") == 0 ? "/dev/stdout" : to, e) < 0)
		return -1;
	f.members = members_new(c, call);
	f.tcp = tcp_new();
	rc = capture_read_all(path, on_packet, begin_again, &f, &info, e);
	tcp_flush(f.tcp, on_message, &f);
	if (rc == 0)
		rc = copy(&f, path, to, strchr(info.link_type, ',') != NULL, e);
	members_free(f.members);
	tcp_free(f.tcp);
	free(f.bit);
	return rc;
}
