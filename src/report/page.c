#include "report/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>

#include "core/xalloc.h"
#include "report/ladder.h"
#include "report/report.h"
#include "report/text.h"

enum {
	FIGURE_MAX = 16 * 1024 * 1024,
	SOUND_MAX = 8 * 1024 * 1024 /* of a file that is put into the page */
};

static void set_figure(json_t *o, const char *key, const struct buf *b)
{
	json_object_set_new(o, key, json_string(buf_str(b)));
}

/* ---- the ladder and the messages behind it ---- */

static json_t *message(const struct ladder *l, size_t i)
{
	const struct ladder_row *r = &l->row[i];
	struct buf title, text;
	json_t *o = json_object();

	buf_init(&title, FIGURE_MAX);
	buf_init(&text, FIGURE_MAX);
	buf_addf(&title, "%+.3f s  %s > %s  %s", (double)r->at_us / 1e6,
		 r->sip->from, r->sip->to, r->label);
	text_clean(&text, r->sip->text, true);
	json_object_set_new(o, "row", json_integer((json_int_t)i));
	json_object_set_new(o, "title", text_json(buf_str(&title)));
	set_figure(o, "text", &text);
	buf_fini(&title);
	buf_fini(&text);
	return o;
}

/* The links of the drawing lead to "m" and the number of the row; html.c puts
 * the run's own name before it. */
static void add_ladder(json_t *page, const struct trace *t)
{
	json_t *messages = json_array();
	struct ladder l;
	struct buf svg;
	size_t i;

	ladder_make(&l, t, 0, INT64_MAX);
	buf_init(&svg, FIGURE_MAX);
	if (l.n)
		report_ladder_svg(&l, "@m", &svg);
	for (i = 0; i < l.n; i++)
		if (l.row[i].sip)
			json_array_append_new(messages, message(&l, i));
	set_figure(page, "ladder", &svg);
	json_object_set_new(page, "messages", messages);
	buf_fini(&svg);
	ladder_fini(&l);
}

/* ---- streams ---- */

static const char *or_else(const char *s, const char *other)
{
	return s ? s : other;
}

static json_t *stream(const struct trace_rtp *r, const struct buf *figure)
{
	json_t *o = json_object();
	struct buf title;

	buf_init(&title, FIGURE_MAX);
	buf_addf(&title, "%s at %s: %s %s, %" PRIu64 " packets",
		 or_else(r->party, "unknown"), r->server,
		 or_else(r->media, "audio"), or_else(r->codec, ""),
		 r->received);
	json_object_set_new(o, "title", text_json(buf_str(&title)));
	set_figure(o, "figure", figure);
	buf_fini(&title);
	return o;
}

static void add_streams(json_t *page, const struct trace *t)
{
	json_t *out = json_array();
	struct buf figure;
	size_t i;

	buf_init(&figure, FIGURE_MAX);
	for (i = 0; i < trace_n_rtp(t); i++) {
		const struct trace_rtp *r = trace_rtp_at(t, i);

		if (!r->server || r->call > 0)
			continue;
		buf_clear(&figure);
		page_stream(r, &figure);
		if (figure.n)
			json_array_append_new(out, stream(r, &figure));
	}
	buf_fini(&figure);
	json_object_set_new(page, "streams", out);
}

/* ---- sound ---- */

static void set_data(json_t *o, const struct buf *file)
{
	size_t n = (file->n + 2) / 3 * 4;
	unsigned char *text = xcalloc(1, n + 1);

	EVP_EncodeBlock(text, (const unsigned char *)file->p, (int)file->n);
	json_object_set_new(o, "data", json_stringn((char *)text, n));
	free(text);
}

static json_t *recorded(const struct trace_file *f)
{
	json_t *o = json_object();
	struct err e = ERR_INIT;
	struct buf figure, file;
	char *title = xasprintf("%s at %s", or_else(f->party, "sound"),
				or_else(f->server, "the recorder"));

	buf_init(&figure, FIGURE_MAX);
	buf_init(&file, SOUND_MAX);
	json_object_set_new(o, "title", text_json(title));
	if (page_wave(f->path, &figure) == 0)
		set_figure(o, "figure", &figure);
	if (buf_read_file(&file, f->path, &e) == 0)
		set_data(o, &file);
	buf_fini(&figure);
	buf_fini(&file);
	free(title);
	return o;
}

static void add_sound(json_t *page, const struct trace *t)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < trace_n_files(t); i++) {
		const struct trace_file *f = trace_file_at(t, i);

		if (f->kind == TRACE_FILE_AUDIO && f->call <= 0)
			json_array_append_new(out, recorded(f));
	}
	json_object_set_new(page, "sound", out);
}

json_t *report_page(const struct trace *t)
{
	json_t *page = json_object();

	add_ladder(page, t);
	add_streams(page, t);
	add_sound(page, t);
	json_object_set_new(page, "documents", page_documents(t, 0));
	return page;
}
