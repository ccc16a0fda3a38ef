#include "report/page.h"

#include <stdlib.h>

#include "core/diff.h"
#include "report/streams.h"
#include "report/text.h"
#include "sip/mime.h"
#include "sip/view.h"

enum { TEXT_MAX = 4 * 1024 * 1024 };

/* The metadata that a request carries; empty when it has none. */
static struct span metadata_of(const struct trace_sip *m)
{
	const struct mime_part *part = NULL;
	struct sip_view v;
	struct mime mime;

	if (!m->request || m->again || !sip_view(m->text, &v))
		return span_from(NULL, 0);
	mime_of(&mime, &v, NULL); /* the parts before a fault are there */
	part = mime_metadata(&mime);
	return part ? part->body : span_from(NULL, 0);
}

/* The document that was sent before message `i` in its dialog, or empty. */
static struct span before(const struct trace *t, size_t i)
{
	const struct trace_sip *m = trace_sip_at(t, i), *other;
	struct span text;

	while (i-- > 0) {
		other = trace_sip_at(t, i);
		if (other->call != m->call ||
		    !span_eq(other->call_id, m->call_id))
			continue;
		text = metadata_of(other);
		if (text.n)
			return text;
	}
	return span_from(NULL, 0);
}

static void add_lines(struct buf *out, struct span old, struct span now)
{
	static const char mark[] = {
		[DIFF_SAME] = ' ', [DIFF_GONE] = '-', [DIFF_NEW] = '+'};
	struct diff d;
	size_t i;

	diff_lines(&d, old.n ? old : now, now);
	for (i = 0; i < d.n; i++) {
		buf_add_char(out, mark[d.at[i].kind]);
		text_clean(out, d.at[i].text, false);
		buf_add_char(out, '\n');
	}
	diff_fini(&d);
}

static json_t *document(const struct trace *t, size_t i, struct span now)
{
	const struct trace_sip *m = trace_sip_at(t, i);
	int64_t ms = report_call_ms(t, m->call, m->sent_us);
	struct buf title, text;
	json_t *o = json_object();

	buf_init(&title, TEXT_MAX);
	buf_init(&text, TEXT_MAX);
	buf_addf(&title, "%s to %s, %.*s at %.3f s", m->from, m->to,
		 SPAN_ARG(m->method), (double)ms / 1000);
	add_lines(&text, before(t, i), now);
	json_object_set_new(o, "title", text_json(buf_str(&title)));
	json_object_set_new(o, "text", json_string(buf_str(&text)));
	buf_fini(&title);
	buf_fini(&text);
	return o;
}

static void add_dialog(json_t *out, const struct trace *t, size_t first)
{
	struct span call_id = trace_sip_at(t, first)->call_id;
	size_t i;

	for (i = first; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);
		struct span now;

		if (!span_eq(m->call_id, call_id))
			continue;
		now = metadata_of(m);
		if (now.n)
			json_array_append_new(out, document(t, i, now));
	}
}

json_t *page_documents(const struct trace *t, int call)
{
	json_t *out = json_array();
	size_t i;

	for (i = 0; i < trace_n_sip(t); i++) {
		const struct trace_sip *m = trace_sip_at(t, i);

		if (m->call == call && metadata_of(m).n && !before(t, i).n)
			add_dialog(out, t, i);
	}
	return out;
}
