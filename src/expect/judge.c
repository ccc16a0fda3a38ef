#include "expect/expect.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "expect/judge.h"

enum { TEXT_MAX = 16 * 1024 };

static judge_h *const judges[] = {
	[SCN_CHECK_RECORDED_BY] = judge_recorded_by,
	[SCN_CHECK_ATTEMPTS] = judge_attempts,
	[SCN_CHECK_EVENTS] = judge_events,
	[SCN_CHECK_REQUESTS] = judge_requests,
	[SCN_CHECK_NEVER] = judge_never,
	[SCN_CHECK_REPLY] = judge_reply,
	[SCN_CHECK_RTP] = judge_rtp,
	[SCN_CHECK_AUDIO] = judge_audio,
	[SCN_CHECK_HEADER] = judge_header,
	[SCN_CHECK_QUIET] = judge_quiet,
	[SCN_CHECK_METADATA] = judge_metadata,
	[SCN_CHECK_METADATA_VALID] = judge_metadata_valid,
	[SCN_CHECK_SDP] = judge_sdp,
	[SCN_CHECK_SAME] = judge_same,
	[SCN_CHECK_FILES] = judge_files,
	[SCN_CHECK_GAP] = judge_gap,
	[SCN_CHECK_RESULT] = judge_result,
	[SCN_CHECK_RULES] = judge_rules,
};

void verdicts_init(struct verdicts *v)
{
	v->at = NULL;
	v->n = 0;
}

static void verdict_fini(struct verdict *v)
{
	free(v->wanted);
	free(v->got);
	free(v->why);
	free(v->message);
}

void verdicts_fini(struct verdicts *v)
{
	size_t i;

	for (i = 0; i < v->n; i++)
		verdict_fini(&v->at[i]);
	free(v->at);
	verdicts_init(v);
}

enum verdict_status verdicts_status(const struct verdicts *v)
{
	enum verdict_status all = VERDICT_SKIPPED;
	size_t i;

	for (i = 0; i < v->n; i++) {
		if (v->at[i].status == VERDICT_FAILED)
			return VERDICT_FAILED;
		if (v->at[i].status == VERDICT_PASSED)
			all = VERDICT_PASSED;
	}
	return all;
}

void verdicts_add(struct verdicts *v, const struct verdict *one)
{
	v->at = xreallocarray(v->at, v->n + 1, sizeof(*v->at));
	v->at[v->n++] = *one;
}

static void judge_init(struct judge *j, const struct scenario *s,
		       const struct trace *t, int call,
		       const struct scn_check *c)
{
	const struct trace_call *tc = trace_call_at(t, call);

	memset(j, 0, sizeof(*j));
	j->s = s;
	j->t = t;
	j->c = c;
	j->call = call;
	j->t0_us = tc ? tc->t0_us : -1;
	j->at_us = -1;
	buf_init(&j->wanted, TEXT_MAX);
	buf_init(&j->got, TEXT_MAX);
	buf_init(&j->why, TEXT_MAX);
}

void judge_fail(struct judge *j, const char *fmt, ...)
{
	va_list ap;

	j->failed = true;
	if (j->why.n)
		buf_add_str(&j->why, "; ");
	va_start(ap, fmt);
	buf_vaddf(&j->why, fmt, ap);
	va_end(ap);
}

/* Moves the texts into a verdict. */
static void judge_close(struct judge *j, struct verdict *v)
{
	v->status = j->failed	 ? VERDICT_FAILED
		    : j->skipped ? VERDICT_SKIPPED
				 : VERDICT_PASSED;
	v->unmet = j->unmet;
	if (j->proof)
		v->message = span_dup(j->proof->text);
	v->wanted = xstrdup(buf_str(&j->wanted));
	v->got = xstrdup(j->got.n ? buf_str(&j->got) : "nothing");
	v->why = j->why.n ? xstrdup(buf_str(&j->why)) : NULL;
	v->call = j->call;
	v->at_us = j->at_us;
	buf_fini(&j->wanted);
	buf_fini(&j->got);
	buf_fini(&j->why);
}

/* `within`: what is looked at came to be no later than this after the call's
 * first INVITE. `reply` counts from the request, and `never` looks no further
 * than that; both see to it themselves. */
static void check_within(struct judge *j)
{
	int64_t limit = j->c->within_us;

	if (limit == SCN_UNSET || j->c->kind == SCN_CHECK_REPLY ||
	    j->c->kind == SCN_CHECK_NEVER)
		return;
	buf_add_str(&j->wanted, ", within ");
	want_add_us(&j->wanted, limit);
	if (j->at_us < 0 || j->at_us - j->t0_us <= limit)
		return;
	buf_add_str(&j->got, ", at ");
	want_add_time(j, &j->got, j->at_us);
	judge_fail(j, "it came too late");
}

static struct verdict check_judge(const struct scenario *s,
				  const struct trace *t, int call,
				  const struct scn_check *c)
{
	struct verdict v = {
		.line = c->place.line,
		.col = c->place.col,
		.check = c->key,
		.source = c->source,
	};
	struct judge j;

	assert((size_t)c->kind < sizeof(judges) / sizeof(judges[0]));
	judge_init(&j, s, t, call, c);
	if (c->unknown) {
		buf_add_str(&j.wanted, c->source ? c->source : c->key);
		buf_add_str(&j.got, "not known of a recorder outside");
		j.skipped = true;
	} else if (j.t0_us < 0) {
		buf_add_str(&j.wanted, c->source ? c->source : c->key);
		buf_add_str(&j.got, "the call never began");
		judge_fail(&j, "no INVITE of the call was sent");
	} else {
		judges[c->kind](&j);
		check_within(&j);
	}
	judge_close(&j, &v);
	return v;
}

static struct verdict order_judge(const struct scenario *s,
				  const struct trace *t, int call,
				  const struct scn_check *c)
{
	bool said = s->call.place.line > 0; /* else the whole file means it */
	struct verdict v = {
		.line = said ? s->call.place.line : 1,
		.col = said ? s->call.place.col : 1,
		.check = "good_order",
	};
	struct judge j;

	judge_init(&j, s, t, call, c);
	buf_add_str(&j.wanted, "the call and its recordings end in good order");
	if (expect_in_order(t, call, &j.got))
		buf_add_str(&j.got, "they did");
	else
		judge_fail(&j, s->n_checks
				       ? "nobody recorded it, and no check is "
					 "about that"
				       : "the scenario expects nothing else, "
					 "so this is what it is judged by");
	judge_close(&j, &v);
	return v;
}

/* `count`: in how many calls of the load it is so. */
static struct verdict count_judge(const struct scenario *s,
				  const struct trace *t,
				  const struct scn_check *c)
{
	struct verdict v = check_judge(s, t, 0, c), one;
	int call, n = v.status == VERDICT_PASSED;
	char *wanted;
	bool fits;

	for (call = 1; call < s->load.calls; call++) {
		one = check_judge(s, t, call, c);
		n += one.status == VERDICT_PASSED;
		verdict_fini(&one);
	}
	fits = want_range(&c->count, n);
	wanted = xasprintf("%s, in %s calls", v.wanted, c->count.text);
	verdict_fini(&v);
	v.status = fits ? VERDICT_PASSED : VERDICT_FAILED;
	v.wanted = wanted;
	v.got = xasprintf("so in %d of %d calls", n, s->load.calls);
	v.why = fits ? NULL : xasprintf("%d calls are so", n);
	v.at_us = -1;
	return v;
}

static bool counts_calls(const struct scn_check *c)
{
	return c->count.set && (c->kind == SCN_CHECK_RECORDED_BY ||
				c->kind == SCN_CHECK_ATTEMPTS);
}

typedef struct verdict(verdict_h)(const struct scenario *s,
				  const struct trace *t, int call,
				  const struct scn_check *c);

/* Puts "call 3 of 1000: " in front of what a verdict got. */
static void verdict_name_call(struct verdict *v, int n_calls, int n_failed)
{
	char *got = xasprintf("call %d of %d: %s", v->call + 1, n_calls,
			      v->got);
	char *why = xasprintf("%s%s%d of %d calls failed so",
			      v->why ? v->why : "", v->why ? "; " : "",
			      n_failed, n_calls);

	free(v->got);
	free(v->why);
	v->got = got;
	v->why = why;
}

static struct verdict calls_judge(const struct scenario *s,
				  const struct trace *t, int n_calls,
				  const struct scn_check *c, verdict_h *one)
{
	struct verdict kept = one(s, t, 0, c);
	int n_failed = kept.status == VERDICT_FAILED;
	struct verdict v;
	int call;

	for (call = 1; call < n_calls; call++) {
		v = one(s, t, call, c);
		if (v.status == VERDICT_FAILED && n_failed++ == 0) {
			verdict_fini(&kept);
			kept = v;
		} else {
			verdict_fini(&v);
		}
	}
	if (n_failed)
		verdict_name_call(&kept, n_calls, n_failed);
	return kept;
}

/* Whether a check says, or could have said, who records. */
static bool is_about_hunt(const struct scn_check *c)
{
	return c->kind == SCN_CHECK_RECORDED_BY ||
	       c->kind == SCN_CHECK_ATTEMPTS || c->kind == SCN_CHECK_EVENTS ||
	       c->kind == SCN_CHECK_REPLY || c->kind == SCN_CHECK_RULES ||
	       c->kind == SCN_CHECK_RESULT;
}

/* Nobody outside accepted it, and no check is about that. `conform` has its own
 * words for it. */
static bool is_unrecorded(const struct scenario *s, const struct trace *t)
{
	size_t i, n = trace_n_attempts(t);

	for (i = 0; i < n; i++) {
		const struct trace_attempt *a = trace_attempt_at(t, i);
		int srs = scenario_srs(s, a->server);

		if ((srs >= 0 && !s->srs[srs].uri) || !a->result ||
		    a->result[0] == '2' || strcmp(a->result, "cancelled") == 0)
			return false;
	}
	for (i = 0; i < s->n_checks; i++)
		if (is_about_hunt(&s->check[i]))
			return false;
	return n > 0 && !trace_is_exact(t) && s->level == SCN_LEVEL_NONE;
}

/* Whether the verdict on the whole stands in for checks nobody wrote. */
static bool wants_order(const struct scenario *s, const struct trace *t)
{
	return (s->n_checks == 0 && s->n_checks_skipped == 0) ||
	       is_unrecorded(s, t);
}

void expect_judge(const struct scenario *s, const struct trace *t, int call,
		  struct verdicts *out)
{
	struct verdict v;
	size_t i;

	for (i = 0; i < s->n_checks; i++) {
		v = check_judge(s, t, call, &s->check[i]);
		verdicts_add(out, &v);
	}
	if (wants_order(s, t)) {
		v = order_judge(s, t, call, NULL);
		verdicts_add(out, &v);
	}
}

void expect_judge_load(const struct scenario *s, const struct trace *t,
		       struct verdicts *out)
{
	int n_calls = s->load.calls;
	struct verdict v;
	size_t i;

	for (i = 0; i < s->n_checks; i++) {
		v = counts_calls(&s->check[i])
			    ? count_judge(s, t, &s->check[i])
			    : calls_judge(s, t, n_calls, &s->check[i],
					  check_judge);
		verdicts_add(out, &v);
	}
	if (wants_order(s, t)) {
		v = calls_judge(s, t, n_calls, NULL, order_judge);
		verdicts_add(out, &v);
	}
}
