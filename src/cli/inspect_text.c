#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/inspect.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "trace/ladder.h"
#include "trace/trace.h"

enum { COLUMNS = 9, LINE = 4096, LADDER_MAX = 64 << 20 };

/* Rows of texts, as wide as they must be. */
struct table {
	char **cell; /* owned, COLUMNS a row */
	size_t rows;
	size_t width[COLUMNS];
	const bool *right; /* aligned to the right */
};

static void table_add(struct table *t, char *const cells[COLUMNS])
{
	size_t i;

	t->cell = xreallocarray(t->cell, (t->rows + 1) * COLUMNS,
				sizeof(char *));
	for (i = 0; i < COLUMNS; i++) {
		size_t n = cells[i] ? strlen(cells[i]) : 0;

		t->cell[t->rows * COLUMNS + i] = cells[i];
		if (n > t->width[i])
			t->width[i] = n;
	}
	t->rows++;
}

/* Bytes of a capture go to a terminal: nothing that steers it. */
static void add_plain(struct buf *b, const char *s)
{
	for (; *s; s++)
		buf_add_char(b,
			     (unsigned char)*s < ' ' || *s == 127 ? '?' : *s);
}

static void add_cell(struct buf *line, const struct table *t, size_t row,
		     size_t i)
{
	const char *text = t->cell[row * COLUMNS + i];
	size_t n = text ? strlen(text) : 0;
	int pad = (int)(t->width[i] - n);

	if (t->right[i])
		buf_addf(line, "%*s", pad, "");
	add_plain(line, text ? text : "");
	if (!t->right[i])
		buf_addf(line, "%*s", pad, "");
}

static void print_row(const struct table *t, size_t row, const char *indent,
		      FILE *out)
{
	struct buf line;
	size_t i;

	buf_init(&line, LINE);
	for (i = 0; i < COLUMNS; i++) {
		if (!t->width[i])
			continue;
		buf_add_str(&line, line.n ? "  " : indent);
		add_cell(&line, t, row, i);
	}
	while (line.n && line.p[line.n - 1] == ' ')
		line.n--;
	fprintf(out, "%.*s\n", SPAN_ARG(buf_span(&line)));
	buf_fini(&line);
}

static void table_fini(struct table *t)
{
	size_t i;

	for (i = 0; i < t->rows * COLUMNS; i++)
		free(t->cell[i]);
	free(t->cell);
}

/* ---- words ---- */

static char *seconds(int64_t us)
{
	if (us < 0)
		us = 0;
	return xasprintf("%" PRId64 ".%03ds", us / 1000000,
			 (int)(us / 1000 % 1000));
}

static char *clock_time(int64_t at_us)
{
	time_t sec = (time_t)(at_us / 1000000);
	char out[32] = "";
	struct tm tm;

	if (gmtime_r(&sec, &tm))
		strftime(out, sizeof(out), "%Y-%m-%d %H:%M:%S", &tm);
	return xasprintf("%s.%03d", out, (int)(at_us / 1000 % 1000));
}

static char *outcome_of(const struct capture_call *c)
{
	if (c->final && c->outcome != CAPTURE_ANSWERED &&
	    c->outcome != CAPTURE_OPEN)
		return xasprintf("%s %d", capture_outcome_name(c->outcome),
				 c->final);
	return xstrdup(capture_outcome_name(c->outcome));
}

static void add_times(struct buf *b, unsigned n, const char *one,
		      const char *many)
{
	if (n)
		buf_addf(b, "%s%u %s", b->n ? ", " : "", n,
			 n == 1 ? one : many);
}

/* What else happened. */
static char *remarks_of(const struct capture_calls *c,
			const struct capture_call *call)
{
	const struct capture_leg *l = &c->leg[call->leg[0]];
	struct buf b;

	buf_init(&b, LINE);
	if (l->siprec)
		buf_add_str(&b, "a recording");
	if (l->partial)
		buf_addf(&b, "%sbegan before the capture", b.n ? ", " : "");
	if (call->early_media)
		buf_addf(&b, "%searly media", b.n ? ", " : "");
	add_times(&b, call->reinvites, "re-INVITE", "re-INVITEs");
	add_times(&b, call->holds, "hold", "holds");
	add_times(&b, call->transfers, "transfer", "transfers");
	add_times(&b, call->again, "retransmission", "retransmissions");
	return buf_steal(&b);
}

/* Each once, in the order they were spoken. */
static void add_codec(struct buf *b, struct span name)
{
	struct span rest = buf_span(b);

	while (rest.n) {
		if (span_eq(span_trim(span_cut(&rest, ',')), name))
			return;
	}
	if (b->n)
		buf_add_str(b, ", ");
	buf_add_span(b, name);
}

static char *codecs_of(const struct capture_calls *c, size_t call)
{
	const struct capture_stream *s;
	struct buf b;
	size_t i;

	buf_init(&b, LINE);
	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s)) {
		for (i = 0; i < s->n_types; i++) {
			struct span name = span_of(s->spoken[i]);

			if (span_chr(name, '/') == name.n)
				continue; /* events, noise, or no name */
			name.n = span_chr(name, '/');
			add_codec(&b, name);
		}
	}
	if (!b.n)
		buf_add_char(&b, '-');
	return buf_steal(&b);
}

/* ---- streams ---- */

static char *ways_of(const struct capture_stream *s)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	return xasprintf("%s > %s", addr_text(&s->src, src),
			 addr_text(&s->dst, dst));
}

/* Without any it is the one of its events, or noise. */
static char *codec_of(const struct capture_stream *s)
{
	struct buf b;
	size_t i;

	buf_init(&b, LINE);
	for (i = 0; i < s->n_types; i++)
		if (s->spoken[i][0])
			add_codec(&b, span_of(s->spoken[i]));
	if (!b.n)
		buf_add_str(&b, s->codec);
	if (s->encrypted)
		buf_add_str(&b, " (SRTP)");
	return buf_steal(&b);
}

static double loss_of(const struct capture_stream *s)
{
	uint64_t all = s->packets + s->lost;

	return all ? 100.0 * (double)s->lost / (double)all : 0;
}

static void add_count(struct buf *b, uint64_t n, const char *what)
{
	if (n)
		buf_addf(b, "%s%" PRIu64 " %s", b->n ? ", " : "", n, what);
}

static char *stream_remarks(const struct capture_stream *s)
{
	struct buf b;

	buf_init(&b, LINE);
	if (s->copy)
		buf_add_str(&b, "sent on");
	if (s->events[0])
		buf_addf(&b, "%sDTMF %s", b.n ? ", " : "", s->events);
	add_count(&b, s->duplicates, "repeated");
	add_count(&b, s->reordered, "out of order");
	add_count(&b, s->cut, "cut");
	add_count(&b, s->comfort_noise, "comfort noise");
	add_count(&b, s->rtcp.packets, "RTCP");
	return buf_steal(&b);
}

static void add_stream(struct table *t, const struct capture_stream *s,
		       int64_t start_us)
{
	const char *party = capture_party_name(s->party);
	char *cells[COLUMNS] = {
		xstrdup(party ? party : ""),
		xstrdup(s->media),
		ways_of(s),
		xasprintf("0x%08x", s->ssrc),
		codec_of(s),
		xasprintf("%+.3fs %.3fs",
			  (double)(s->first_us - start_us) / 1e6,
			  (double)(s->last_us - s->first_us) / 1e6),
		xasprintf("%" PRIu64 " packet%s", s->packets,
			  s->packets == 1 ? "" : "s"),
		xasprintf("%" PRIu64 " lost (%.1f%%), jitter %.1f ms", s->lost,
			  loss_of(s), s->jitter_ms),
		stream_remarks(s)};

	table_add(t, cells);
}

static void print_streams(const struct capture_calls *c, size_t call,
			  int64_t start_us, FILE *out)
{
	static const bool right[COLUMNS] = {[6] = true};
	struct table t = {.right = right};
	const struct capture_stream *s;
	size_t i;

	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s))
		add_stream(&t, s, start_us);
	for (i = 0; i < t.rows; i++)
		print_row(&t, i, "    ", out);
	table_fini(&t);
}

/* ---- calls ---- */

static void add_call(struct table *t, const struct capture_calls *c, size_t i)
{
	const struct capture_call *call = &c->call[i];
	const struct capture_leg *l = &c->leg[call->leg[0]];
	char *cells[COLUMNS] = {
		xasprintf("%zu", i + 1),
		clock_time(call->start_us),
		xasprintf("%s > %s", l->caller, l->callee),
		outcome_of(call),
		seconds(capture_call_until(c, i) - call->start_us),
		codecs_of(c, i),
		xstrdup(l->tcp ? "tcp" : "udp"),
		xstrdup(l->call_id),
		remarks_of(c, call)};

	table_add(t, cells);
}

static void print_other_legs(const struct capture_calls *c,
			     const struct capture_call *call, FILE *out)
{
	struct buf line;
	size_t i;

	for (i = 1; i < call->n_legs; i++) {
		buf_init(&line, LINE);
		add_plain(&line, c->leg[call->leg[i]].call_id);
		fprintf(out, "    also leg %s\n", buf_str(&line));
		buf_fini(&line);
	}
}

/* All of them, or one. */
static void print_calls(const struct capture_calls *c, size_t only, FILE *out)
{
	static const bool right[COLUMNS] = {[0] = true, [4] = true};
	static const char *const names[COLUMNS] = {
		"#",	  "start (UTC)", "parties", "outcome", "duration",
		"codecs", "via",	 "call-id", "remarks"};
	struct table t = {.right = right};
	char *head[COLUMNS];
	size_t i, row = 0;

	for (i = 0; i < COLUMNS; i++)
		head[i] = xstrdup(names[i]);
	table_add(&t, head);
	for (i = 0; i < c->n_calls; i++) {
		if (only == SIZE_MAX || only == i)
			add_call(&t, c, i);
	}
	print_row(&t, row++, "", out);
	for (i = 0; i < c->n_calls; i++) {
		if (only != SIZE_MAX && only != i)
			continue;
		print_row(&t, row++, "", out);
		print_other_legs(c, &c->call[i], out);
		print_streams(c, i, c->call[i].start_us, out);
	}
	table_fini(&t);
}

int inspect_call(const struct capture_calls *c, const char *path, size_t call,
		 FILE *out, struct err *e)
{
	struct trace *t = capture_call_trace(c, path, call, e);
	struct buf text;

	if (!t)
		return -1;
	print_calls(c, call, out);
	buf_init(&text, LADDER_MAX);
	trace_ladder(t, 0, INT64_MAX, &text);
	fprintf(out, "\n%s", buf_str(&text));
	buf_fini(&text);
	trace_free(t);
	return 0;
}

static size_t count_orphans(const struct capture_calls *c)
{
	const struct capture_stream *s;
	size_t n = 0;

	for (s = capture_next_stream(c, SIZE_MAX, NULL); s;
	     s = capture_next_stream(c, SIZE_MAX, s))
		n++;
	return n;
}

static const char *plural(size_t n)
{
	return n == 1 ? "" : "s";
}

void inspect_print(const struct capture_calls *c, const char *path, FILE *out)
{
	size_t orphans = count_orphans(c);

	if (c->n_calls)
		print_calls(c, SIZE_MAX, out);
	if (orphans) {
		fprintf(out, "%sstreams without a call\n",
			c->n_calls ? "\n" : "");
		print_streams(c, SIZE_MAX, c->first_us, out);
	}
	fprintf(out,
		"%s%s: %zu packet%s (%s), %zu call%s, %zu stream%s, "
		"%zu without a call\n",
		c->n_calls || orphans ? "\n" : "", path, c->info.frames,
		plural(c->info.frames), c->info.link_type, c->n_calls,
		plural(c->n_calls), c->n_streams, plural(c->n_streams),
		orphans);
}
