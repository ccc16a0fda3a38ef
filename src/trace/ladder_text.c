#include "trace/ladder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* "+1234.567" right-aligned, two blanks, lanes, two blanks, label */
enum {
	COLUMNS = 100,
	TIME = 9,
	LEFT = TIME + 2,
	LANES = 60,
	NARROW = 5,
	WIDE = 12
};

struct line {
	char text[COLUMNS];
};

static size_t lane_width(const struct ladder *l)
{
	int width = l->lanes ? LANES / l->lanes : WIDE;

	if (width > WIDE)
		width = WIDE;
	return (size_t)(width < NARROW ? NARROW : width);
}

static size_t lane_column(const struct ladder *l, int lane)
{
	return LEFT + (size_t)lane * lane_width(l);
}

static void put(struct line *line, size_t at, const char *text, size_t n)
{
	size_t i;

	for (i = 0; i < n && at + i < sizeof(line->text); i++) {
		char c = text[i];

		line->text[at + i] = c >= ' ' && c <= '~' ? c : '?';
	}
}

/* Text in a field: cut with ".." when it is too long. */
static void put_cut(struct line *line, size_t at, const char *text,
		    size_t field)
{
	size_t n = strlen(text);

	if (n <= field) {
		put(line, at, text, n);
		return;
	}
	put(line, at, text, field - 2);
	put(line, at + field - 2, "..", 2);
}

static void line_init(struct line *line)
{
	memset(line->text, ' ', sizeof(line->text));
}

static void put_time(struct line *line, int64_t at_us)
{
	int64_t ms = (at_us < 0 ? -at_us : at_us) / 1000;
	char text[32];
	int n;

	n = snprintf(text, sizeof(text), "%c%" PRId64 ".%03d",
		     at_us < 0 ? '-' : '+', ms / 1000, (int)(ms % 1000));
	put(line, n < TIME ? (size_t)(TIME - n) : 0, text, (size_t)n);
}

static void line_end(const struct line *line, struct buf *out)
{
	size_t n = sizeof(line->text);

	while (n && line->text[n - 1] == ' ')
		n--;
	buf_add(out, line->text, n);
	buf_add_char(out, '\n');
}

/* The line of names. */
static void add_names(const struct ladder *l, struct buf *out)
{
	struct line line;
	int i;

	line_init(&line);
	for (i = 0; i < l->lanes; i++)
		put_cut(&line, lane_column(l, i), l->lane[i],
			i + 1 < l->lanes ? lane_width(l) - 1 : 2 * WIDE);
	line_end(&line, out);
}

/* `lost` ends it in an x. */
static void add_arrow(const struct ladder *l, const struct ladder_row *r,
		      struct buf *out)
{
	bool right = r->from < r->to;
	size_t left_bar = lane_column(l, right ? r->from : r->to);
	size_t right_bar = lane_column(l, right ? r->to : r->from);
	size_t label_at = lane_column(l, l->lanes - 1) + 3;
	struct line line;
	int i;

	line_init(&line);
	put_time(&line, r->at_us);
	for (i = 0; i < l->lanes; i++)
		line.text[lane_column(l, i)] = '|';
	memset(&line.text[left_bar + 1], '-', right_bar - left_bar - 1);
	if (right)
		line.text[right_bar - 1] = r->lost ? 'x' : '>';
	else
		line.text[left_bar + 1] = r->lost ? 'x' : '<';
	put_cut(&line, label_at, r->label, sizeof(line.text) - label_at);
	line_end(&line, out);
}

/* "-- text --", centred below the names. */
static void add_note(const struct ladder *l, const struct ladder_row *r,
		     struct buf *out)
{
	size_t lanes = l->lanes ? lane_column(l, l->lanes - 1) + 1 - LEFT : 0;
	size_t room = sizeof(((struct line *)0)->text) - LEFT - 6;
	size_t n = strlen(r->label), at = LEFT;
	struct line line;

	if (n > room)
		n = room;
	if (n + 6 < lanes)
		at += (lanes - n - 6) / 2;
	line_init(&line);
	put_time(&line, r->at_us);
	put(&line, at, "--", 2);
	put_cut(&line, at + 3, r->label, n);
	put(&line, at + 4 + n, "--", 2);
	line_end(&line, out);
}

void ladder_text(const struct ladder *l, struct buf *out)
{
	size_t i;

	if (l->n)
		add_names(l, out);
	for (i = 0; i < l->n; i++) {
		if (l->row[i].from < 0)
			add_note(l, &l->row[i], out);
		else
			add_arrow(l, &l->row[i], out);
	}
}
