/*
 * gap: how long nothing of a party was recorded while one recorder took over
 * from another.
 */
#include "expect/judge.h"

#include <string.h>

struct span_us {
	int64_t first, last; /* -1: no packet */
};

static struct span_us span_of_stream(const struct judge *j,
				     const struct trace_rtp *r)
{
	struct span_us s = {r->first_us, r->last_us};

	if (judge_is_external(j, r->server)) {
		s.first = r->first_sent_us;
		s.last = r->last_sent_us;
	}
	return s;
}

static bool is_of_party(const struct judge *j, const struct trace_rtp *r)
{
	return r->server && judge_stream(j, r, r->server, j->c->subject);
}

/* Of the streams that ended before `next` began, the one that ended last, if
 * another recorder of the same instance got it. */
static const struct trace_rtp *replaced(const struct judge *j,
					const struct trace_rtp *next)
{
	int64_t first = span_of_stream(j, next).first, last, best_last = -1;
	const struct trace_rtp *r, *best = NULL;
	size_t i;

	for (i = 0; first >= 0 && i < trace_n_rtp(j->t); i++) {
		r = trace_rtp_at(j->t, i);
		if (r == next || !is_of_party(j, r) ||
		    strcmp(r->instance, next->instance) != 0)
			continue;
		last = span_of_stream(j, r).last;
		if (last <= first && last > best_last) {
			best = r;
			best_last = last;
		}
	}
	return best && strcmp(best->server, next->server) ? best : NULL;
}

static void one_gap(struct judge *j, const struct trace_rtp *before,
		    const struct trace_rtp *after)
{
	int64_t from = span_of_stream(j, before).last;
	int64_t until = span_of_stream(j, after).first;

	if (j->got.n)
		buf_add_str(&j->got, ", ");
	want_add_us(&j->got, until - from);
	buf_addf(&j->got, " between %s and %s", before->server, after->server);
	j->at_us = until;
	if (!want_range(&j->c->duration, (double)(until - from)))
		judge_fail(j,
			   "nothing of %s was recorded from %.3f s to %.3f s",
			   j->c->subject, (double)(from - j->t0_us) / 1e6,
			   (double)(until - j->t0_us) / 1e6);
}

void judge_gap(struct judge *j)
{
	const struct trace_rtp *r, *before;
	size_t i;

	buf_addf(&j->wanted, "%s, a gap of %s", j->c->subject,
		 j->c->duration.text);
	for (i = 0; i < trace_n_rtp(j->t); i++) {
		r = trace_rtp_at(j->t, i);
		before = is_of_party(j, r) ? replaced(j, r) : NULL;
		if (before)
			one_gap(j, before, r);
	}
	if (!j->got.n) {
		buf_add_str(&j->got, "no gap");
		judge_fail(j, "no recorder took over from another");
	}
}
