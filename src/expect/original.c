/* What the parties of a captured call sent, as far as a recorder could have it.
 */
#include <stdlib.h>
#include <string.h>

#include "expect/judge.h"
#include "trace/figures.h"

/* When the recorder said 200 for the first time, or -1. */
static int64_t begin_us(const struct judge *j)
{
	size_t i;

	for (i = 0; i < trace_n_attempts(j->t); i++) {
		const struct trace_attempt *a = trace_attempt_at(j->t, i);

		if (a->call == j->call && a->result && a->result[0] == '2' &&
		    strcmp(a->server, j->c->subject) == 0 &&
		    (!j->c->instance ||
		     strcmp(a->instance, j->c->instance) == 0))
			return a->ended_us;
	}
	return -1;
}

static void add(struct original *o, const struct trace_original *from,
		int64_t begin, int64_t end)
{
	struct figures f;
	int64_t last_us = -1;
	size_t i;

	memset(&f, 0, sizeof(f));
	for (i = 0; i < from->n_log; i++) {
		const struct trace_arrival *a = &from->log[i];

		if (a->at_us < begin || a->at_us > end)
			continue;
		figures_add(&f, a->seq, a->ts, a->pt, a->at_us, 0);
		if (last_us >= 0 && a->at_us - last_us > o->max_gap_us)
			o->max_gap_us = a->at_us - last_us;
		last_us = a->at_us;
	}
	o->packets += f.received;
	o->reordered += f.reordered;
}

void original_of(const struct judge *j, struct original *o)
{
	const struct trace_call *call = trace_call_at(j->t, j->call);
	int64_t begin = begin_us(j);
	size_t i;

	o->begun = begin >= 0;
	o->packets = o->reordered = 0;
	o->max_gap_us = -1;
	for (i = 0; begin >= 0 && i < trace_n_originals(j->t); i++) {
		const struct trace_original *from = trace_original_at(j->t, i);

		if (from->call == j->call &&
		    strcmp(from->media, scn_stream_name[j->c->stream]) == 0 &&
		    strcmp(from->party, j->c->party) == 0)
			add(o, from, begin, call->ended_us);
	}
}
