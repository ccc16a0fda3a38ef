#include "report/ladder.h"

#include <inttypes.h>
#include <string.h>

#include "report/text.h"

/* User units, which are pixels while nobody scales it. */
enum {
	TIME = 76,   /* column of times */
	LANE = 176,  /* from lane to lane */
	FIRST = 70,  /* of the first lane, from the end of the times */
	TOP = 40,    /* names */
	ROW = 30,    /* an arrow with its label */
	CHAR = 7,    /* width of a letter, at most */
	MARGIN = 12, /* around all */
	TEXT_MAX = 4096
};

static const char style[] =
	"<style>"
	".lad{font:12px ui-monospace,Menlo,Consolas,monospace;fill:#1c2430}"
	".lad .t{fill:#6b7684}"
	".lad .life{stroke:#c4ccd6;stroke-dasharray:2 3}"
	".lad .a{stroke:#2456a6;stroke-width:1.5}.lad .h{fill:#2456a6}"
	".lad .rtp .a{stroke:#7b8794;stroke-dasharray:6 3}"
	".lad .rtp .h{fill:#7b8794}"
	".lad .lost .a{stroke:#b3261e}.lad .lost .x{stroke:#b3261e;"
	"stroke-width:1.5}"
	".lad .n rect{fill:#fff6d6;stroke:#d9c889}"
	".lad a text:not(.t){text-decoration:underline}"
	"</style>";

static int lane_x(int lane)
{
	return MARGIN + TIME + FIRST + lane * LANE;
}

static int row_y(size_t row)
{
	return MARGIN + TOP + (int)row * ROW + ROW / 2;
}

static int last_x(const struct ladder *l)
{
	return lane_x(l->lanes ? l->lanes - 1 : 0);
}

/* Wide enough for the lanes, and for the longest note beside them. */
static int width_of(const struct ladder *l)
{
	int width = last_x(l) + FIRST + MARGIN, wanted;
	size_t i;

	for (i = 0; i < l->n; i++) {
		wanted = 2 * MARGIN + TIME + MARGIN +
			 CHAR * (int)strlen(l->row[i].label);
		if (l->row[i].from < 0 && wanted > width)
			width = wanted;
	}
	return width;
}

static void add_text(struct buf *out, int x, int y, const char *attributes,
		     const char *text)
{
	struct buf clean;

	buf_init(&clean, TEXT_MAX);
	text_clean(&clean, span_of(text), false);
	buf_addf(out, "<text x=\"%d\" y=\"%d\"%s>", x, y, attributes);
	text_xml(out, buf_str(&clean));
	buf_add_str(out, "</text>");
	buf_fini(&clean);
}

static void add_lanes(const struct ladder *l, struct buf *out)
{
	int i;

	for (i = 0; i < l->lanes; i++) {
		buf_addf(out,
			 "<line class=\"life\" x1=\"%d\" x2=\"%d\" y1=\"%d\" "
			 "y2=\"%d\"/>",
			 lane_x(i), lane_x(i), MARGIN + TOP - 10, row_y(l->n));
		add_text(out, lane_x(i), MARGIN + TOP - 18,
			 " text-anchor=\"middle\" font-weight=\"bold\"",
			 l->lane[i]);
	}
}

static void add_time(struct buf *out, size_t row, int64_t at_us)
{
	int64_t ms = (at_us < 0 ? -at_us : at_us) / 1000;

	buf_addf(out,
		 "<text class=\"t\" text-anchor=\"end\" x=\"%d\" y=\"%d\">%c"
		 "%" PRId64 ".%03d</text>",
		 MARGIN + TIME, row_y(row) + 4, at_us < 0 ? '-' : '+',
		 ms / 1000, (int)(ms % 1000));
}

/* The point of the arrow, or the x where it was lost. */
static void add_head(const struct ladder_row *r, int y, struct buf *out)
{
	int back = r->from < r->to ? -8 : 8, x = lane_x(r->to);

	if (r->lost)
		buf_addf(out, "<path class=\"x\" d=\"M%d %dl8 8m0 -8l-8 8\"/>",
			 x + 2 * back - 4, y - 4);
	else
		buf_addf(out, "<path class=\"h\" d=\"M%d %dl%d -4v8z\"/>", x, y,
			 back);
}

static void add_arrow(const struct ladder_row *r, size_t row, struct buf *out)
{
	int y = row_y(row) + 4, back = r->from < r->to ? -16 : 16;
	int x1 = lane_x(r->from), x2 = lane_x(r->to) + (r->lost ? back : 0);

	buf_addf(out,
		 "<line class=\"a\" x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\"/>",
		 x1, x2, y, y);
	add_head(r, y, out);
	add_text(out, (lane_x(r->from) + lane_x(r->to)) / 2, y - 6,
		 " text-anchor=\"middle\"", r->label);
}

static void add_note(const struct ladder_row *r, size_t row, struct buf *out)
{
	int width = CHAR * (int)strlen(r->label) + MARGIN;
	int x = MARGIN + TIME + MARGIN, y = row_y(row);

	buf_addf(out,
		 "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"20\" "
		 "rx=\"3\"/>",
		 x, y - 10, width);
	add_text(out, x + MARGIN / 2, y + 4, "", r->label);
}

static void add_row(const struct ladder *l, size_t i, const char *link,
		    struct buf *out)
{
	const struct ladder_row *r = &l->row[i];
	bool linked = link && r->sip;

	if (linked)
		buf_addf(out, "<a href=\"#%s%zu\">", link, i);
	buf_addf(out, "<g class=\"%s%s\">",
		 r->from < 0		 ? "n"
		 : r->kind == LADDER_RTP ? "rtp"
					 : "sip",
		 r->lost ? " lost" : "");
	add_time(out, i, r->at_us);
	if (r->from < 0)
		add_note(r, i, out);
	else
		add_arrow(r, i, out);
	buf_add_str(out, linked ? "</g></a>\n" : "</g>\n");
}

void report_ladder_svg(const struct ladder *l, const char *link,
		       struct buf *out)
{
	int width = width_of(l), height = row_y(l->n) + MARGIN;
	size_t i;

	buf_addf(out,
		 "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"lad\" "
		 "role=\"img\" width=\"%d\" height=\"%d\" "
		 "viewBox=\"0 0 %d %d\">",
		 width, height, width, height);
	buf_add_str(out, style);
	buf_add_str(out, "<title>Ladder of the call</title>"
			 "<rect width=\"100%\" height=\"100%\" "
			 "fill=\"#fff\"/>\n");
	add_lanes(l, out);
	for (i = 0; i < l->n; i++)
		add_row(l, i, link, out);
	buf_add_str(out, "</svg>\n");
}
