#include "report/block.h"

#include <inttypes.h>
#include <string.h>

#include "report/text.h"
#include "report/warnings.h"
#include "trace/ladder.h"

enum { LADDER_MAX = 256 * 1024 };

static bool is_in_matrix(const struct scenario *s, const char *name)
{
	size_t i;

	for (i = 0; i < s->n_matrix; i++)
		if (!strcmp(s->matrix[i].name, name))
			return true;
	return false;
}

static void add_var(struct buf *b, const struct scn_var *var)
{
	struct buf word;

	buf_init(&word, LADDER_MAX);
	buf_addf(&word, "%s=%s", var->name, var->value);
	buf_add_str(b, " --var ");
	report_shell(b, buf_str(&word));
	buf_fini(&word);
}

void block_again(struct buf *b, const struct report_input *in)
{
	size_t i;

	report_shell(b, in->argv0);
	buf_add_str(b, " run ");
	report_shell(b, in->s->file);
	buf_addf(b, " --seed %" PRIu64, in->seed);
	if (in->clock)
		buf_addf(b, " --clock %s", in->clock);
	if (in->to)
		buf_addf(b, " %s", in->to);
	for (i = 0; i < in->s->n_matrix; i++)
		add_var(b, &in->s->matrix[i]);
	for (i = 0; i < in->n_vars; i++)
		if (!is_in_matrix(in->s, in->var[i].name))
			add_var(b, &in->var[i]);
}

static void add_line(struct buf *b, const char *head, const char *text)
{
	buf_add_str(b, head);
	text_clean(b, span_of(text), false);
	buf_add_char(b, '\n');
}

static void add_verdict(struct buf *b, const char *file,
			const struct verdict *v)
{
	buf_addf(b, "  %s:%d:%d: %s\n", file, v->line, v->col, v->check);
	if (v->source)
		add_line(b, "      ", v->source);
	add_line(b, "    wanted: ", v->wanted);
	add_line(b, "    got:    ", v->got);
	if (v->why)
		add_line(b, "    why:    ", v->why);
}

static int64_t end_of(const struct verdict *v)
{
	return v->at_us < 0 ? INT64_MAX : v->at_us;
}

/* The first call that failed, or -1, and the moment after which nothing of it
 * has to do with the failures. */
static int ladder_span(const struct verdicts *v, int64_t *until_us)
{
	int call = -1;
	size_t i;

	*until_us = INT64_MIN;
	for (i = 0; i < v->n; i++) {
		if (v->at[i].status != VERDICT_FAILED)
			continue;
		if (call < 0)
			call = v->at[i].call;
		if (call == v->at[i].call && end_of(&v->at[i]) > *until_us)
			*until_us = end_of(&v->at[i]);
	}
	return call;
}

static void add_ladder(struct buf *b, const struct report_input *in)
{
	struct buf ladder;
	int64_t until_us;
	int call = ladder_span(in->v, &until_us);

	if (call < 0 || !in->t)
		return;
	buf_init(&ladder, LADDER_MAX);
	trace_ladder(in->t, call, until_us, &ladder);
	if (ladder.n) {
		buf_add_char(b, '\n');
		text_clean(b, buf_span(&ladder), true);
		if (ladder.p[ladder.n - 1] != '\n')
			buf_add_char(b, '\n');
		buf_add_char(b, '\n');
	}
	buf_fini(&ladder);
}

void block_text(struct buf *b, const struct report_input *in,
		const json_t *warnings, const char *title, const char *again)
{
	size_t i;

	buf_addf(b, "%s %s (%s)\n",
		 in->status == REPORT_ERROR ? "ERROR" : "FAIL", title,
		 in->s->file);
	if (in->error)
		add_line(b, "  ", in->error);
	for (i = 0; in->v && i < in->v->n; i++)
		if (in->v->at[i].status == VERDICT_FAILED)
			add_verdict(b, in->s->file, &in->v->at[i]);
	warnings_text(b, "  ", warnings);
	if (in->v)
		add_ladder(b, in);
	add_line(b, "  again: ", again);
	if (in->kept)
		add_line(b, "  kept:  ", in->kept);
}
