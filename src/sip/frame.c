#include "sip/frame.h"

#include <string.h>

#include "sip/view.h"

void sip_frame_init(struct sip_frame *f)
{
	memset(f, 0, sizeof(*f));
	buf_init(&f->in, SIP_FRAME_MAX);
}

void sip_frame_fini(struct sip_frame *f)
{
	buf_fini(&f->in);
}

/* What was handed out is not needed any more. */
static void drop_done(struct sip_frame *f)
{
	if (!f->done)
		return;
	memmove(f->in.p, f->in.p + f->done, f->in.n - f->done);
	f->in.n -= f->done;
	f->done = 0;
}

bool sip_frame_add(struct sip_frame *f, const void *p, size_t n)
{
	drop_done(f);
	buf_add(&f->in, p, n);
	return !f->in.overflow;
}

static struct span left_of(const struct sip_frame *f)
{
	return span_skip(buf_span(&f->in), f->done);
}

static void skip(struct sip_frame *f, size_t n)
{
	f->done += n;
	f->scanned = f->whole = 0;
}

/* RFC 3261 section 7.5: line ends before a message say nothing, but two of
 * them between messages are a ping (RFC 5626 section 3.5.1). */
static bool take_ping(struct sip_frame *f)
{
	struct span left = left_of(f);

	while (left.n >= 2 && left.p[0] == '\r' && left.p[1] == '\n') {
		skip(f, 2);
		left = left_of(f);
		if (++f->ends == 2) {
			f->ends = 0;
			return true;
		}
	}
	return false;
}

/* A token (RFC 3261 section 25.1) or "SIP/2.0" is how a message begins. */
static bool may_begin(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	       (c >= '0' && c <= '9') || (c && strchr("-.!%*_+`'~", c));
}

static bool is_start_line(struct span line)
{
	struct span version = span_of("SIP/2.0");

	return span_find(line, version) < line.n;
}

/* Where the head ends, its empty line included; 0: not yet. */
static size_t find_head(struct sip_frame *f, struct span left)
{
	static const char end[] = "\r\n\r\n";
	size_t from = f->scanned > 3 ? f->scanned - 3 : 0, at;

	at = from + span_find(span_skip(left, from), span_of(end));
	f->scanned = left.n;
	return at < left.n ? at + 4 : 0;
}

/* Without one nobody knows where the message ends, and of two that differ
 * which is right. */
static int read_length(struct span head, uint32_t *out, struct err *e)
{
	struct sip_view v;
	struct span value;
	uint32_t n;
	unsigned i;

	if (!sip_view(head, &v))
		return err_set(e, ERR_INPUT, "what came is not SIP");
	if (!sip_view_header_count(&v, "Content-Length"))
		return err_set(e, ERR_INPUT,
			       "a message without Content-Length, which a "
			       "stream needs");
	for (i = 0; sip_view_header(&v, "Content-Length", i, &value); i++) {
		value = span_trim(value);
		if (!parse_u32(value, 0, UINT32_MAX, &n))
			return err_set(e, ERR_INPUT,
				       "Content-Length '%.*s' is no number",
				       (int)(value.n < 40 ? value.n : 40),
				       value.p);
		if (i > 0 && n != *out)
			return err_set(e, ERR_INPUT,
				       "two Content-Length, %u and %u", *out,
				       n);
		*out = n;
	}
	if (*out > SIP_FRAME_BODY)
		return err_set(e, ERR_INPUT,
			       "Content-Length %u is more than the %d bytes "
			       "that are taken",
			       *out, SIP_FRAME_BODY);
	return 0;
}

/* Whether what is there can still become a message. */
static int check_begin(struct span left, struct err *e)
{
	size_t end = span_chr(left, '\n');

	if (!may_begin(left.p[0]) && left.p[0] != '\r')
		return err_set(e, ERR_INPUT, "what came is not SIP");
	if (left.p[0] == '\r' && left.n > 1 && left.p[1] != '\n')
		return err_set(e, ERR_INPUT, "what came is not SIP");
	if (end < left.n && left.p[end - 1] != '\r')
		return err_set(e, ERR_INPUT, "lines end in LF, not CRLF");
	if (end < left.n && end > 1 && !is_start_line(span_from(left.p, end)))
		return err_set(e, ERR_INPUT, "what came is not SIP");
	return 0;
}

/* Finds out how long the message is that has begun. */
static int measure(struct sip_frame *f, struct span left, struct err *e)
{
	uint32_t length = 0;
	size_t head;

	if (check_begin(left, e) < 0)
		return -1;
	head = find_head(f, left);
	if (head > SIP_FRAME_HEAD || (!head && left.n > SIP_FRAME_HEAD))
		return err_set(e, ERR_INPUT, "a head of more than %d bytes",
			       SIP_FRAME_HEAD);
	if (!head)
		return 0;
	if (read_length(span_from(left.p, head), &length, e) < 0) {
		f->scanned = 0; /* it is found wrong the next time too */
		return -1;
	}
	f->whole = head + length;
	return 0;
}

enum sip_frame_got sip_frame_next(struct sip_frame *f, struct span *what,
				  struct err *e)
{
	struct span left;

	if (!f->whole && take_ping(f))
		return SIP_FRAME_PING;
	left = left_of(f);
	if (!left.n)
		return SIP_FRAME_MORE;
	if (!f->whole && measure(f, left, e) < 0) {
		*what = left;
		return SIP_FRAME_GARBAGE;
	}
	if (!f->whole || left.n < f->whole)
		return SIP_FRAME_MORE;
	*what = span_from(left.p, f->whole);
	f->ends = 0;
	skip(f, what->n);
	return SIP_FRAME_MESSAGE;
}
