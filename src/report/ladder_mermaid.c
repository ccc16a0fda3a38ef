#include "report/ladder.h"

#include <inttypes.h>

#include "report/text.h"

enum { TEXT_MAX = 4096 };

/* What would end or change the line stands as its character number. */
static void add_label(struct buf *out, const char *text)
{
	struct buf clean;
	const char *c;

	buf_init(&clean, TEXT_MAX);
	text_clean(&clean, span_of(text), false);
	for (c = buf_str(&clean); *c; c++) {
		if (*c == ';' || *c == '#' || *c == '<' || *c == '>')
			buf_addf(out, "#%d;", *c);
		else
			buf_add_char(out, *c);
	}
	buf_fini(&clean);
}

static const char *arrow_of(const struct ladder_row *r)
{
	if (r->lost)
		return "-x";
	return r->kind == LADDER_RTP ? "--)" : "->>";
}

static void add_row(const struct ladder *l, const struct ladder_row *r,
		    struct buf *out)
{
	int64_t ms = (r->at_us < 0 ? -r->at_us : r->at_us) / 1000;

	if (r->from >= 0)
		buf_addf(out, "    L%d%sL%d: ", r->from, arrow_of(r), r->to);
	else if (l->lanes > 1)
		buf_addf(out, "    Note over L0,L%d: ", l->lanes - 1);
	else
		buf_add_str(out, "    Note over L0: ");
	buf_addf(out, "%c%" PRId64 ".%03d ", r->at_us < 0 ? '-' : '+',
		 ms / 1000, (int)(ms % 1000));
	add_label(out, r->label);
	buf_add_char(out, '\n');
}

void report_ladder_mermaid(const struct ladder *l, struct buf *out)
{
	size_t i;
	int lane;

	buf_add_str(out, "sequenceDiagram\n");
	for (lane = 0; lane < l->lanes; lane++) {
		buf_addf(out, "    participant L%d as ", lane);
		add_label(out, l->lane[lane]);
		buf_add_char(out, '\n');
	}
	if (!l->lanes && l->n)
		buf_add_str(out, "    participant L0 as run\n");
	for (i = 0; i < l->n; i++)
		add_row(l, &l->row[i], out);
}
