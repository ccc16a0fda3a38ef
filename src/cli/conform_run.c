/* The checks are run, and what came of them is told. */
#include "cli/conform.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/loop.h"
#include "core/xalloc.h"
#include "report/report.h"

struct session {
	struct conform_conf *conf;
	struct conform_list *list;
	size_t *order;	 /* checks, in the order they are run; owned */
	size_t n_order;	 /* all but `there` */
	size_t probe;	 /* the one that goes first */
	size_t n_probes; /* it, and what goes beside it */
	struct run_show show;
	size_t *open; /* runs to come of each check; owned */
	size_t shown; /* all before this one were shown */
	size_t begun; /* jobs of the pool before this one */
	struct conform_watch watch;
	char *why;    /* the recorder cannot be reached; owned */
	char *gone;   /* it cannot any more; owned */
	bool probing; /* nothing is shown before it is reached */
	bool hangs;   /* it leaves a plain INVITE without a final answer */
	bool again;   /* they are tried for the second time */
	bool failed;
	int worst;
};

/* Visible: it was asked for, or it failed. */
static bool has_there(const struct session *s)
{
	return s->list->there < s->list->at + s->list->n;
}

static struct conform_check *check_of(const struct session *s, size_t job)
{
	return &s->list->at[s->order[(s->begun + job) % s->n_order]];
}

static json_t *run_check(const struct session *s, const struct conform_check *c)
{
	int64_t begin_us = clock_monotonic_us();
	json_t *run = run_one(&s->conf->run, &c->item);

	json_object_set_new(run, "_begin_us", json_integer(begin_us));
	json_object_set_new(run, "_end_us", json_integer(clock_monotonic_us()));
	return run;
}

static json_t *on_job(size_t job, void *arg)
{
	struct session *s = arg;

	return run_check(s, check_of(s, job));
}

/* What is going to be tried again is not. */
static bool is_ready(const struct session *s, size_t i)
{
	const json_t *finding = s->list->at[i].finding;

	return finding && !s->open[i] && (s->again || !conform_unmet(finding));
}

/* In the order of the list, as they are complete. */
static void show_ready(struct session *s)
{
	while (!s->probing && s->shown < s->list->n && is_ready(s, s->shown)) {
		if (!s->conf->run.quiet)
			conform_show_line(s->show.out,
					  s->list->at[s->shown].finding);
		s->shown++;
	}
	fflush(s->show.out);
}

/* ---- is anybody still there? ---- */

static json_t *on_there(size_t job, void *arg)
{
	const struct session *s = arg;

	(void)job;
	return run_check(s, s->list->there);
}

static void take_there(struct session *s, json_t *run)
{
	struct conform_check *c = s->list->there;
	const char *why = conform_unreachable(run);

	json_decref(c->finding);
	c->finding = conform_finding(c, run, &s->conf->run);
	if (!why)
		return;
	s->gone = xstrdup(why);
	if (!has_there(s))
		s->list->n++;
}

static enum run_next on_there_done(size_t job, json_t *run, const char *why,
				   void *arg)
{
	struct session *s = arg;

	(void)job;
	if (!run)
		run = run_one_lost(&s->conf->run, &s->list->there->item, why);
	if (!loop_interrupted() || !report_is(run, "error"))
		take_there(s, run);
	json_decref(run);
	return RUN_GO_ON;
}

/* A plain call of our own. As run_pool. */
static int ask_there(struct session *s, struct err *e)
{
	return run_pool(1, 1, on_there, on_there_done, s, e);
}

/* ---- a run is over ---- */

static void take(struct session *s, struct conform_check *c, json_t *run)
{
	const struct conform_check *probe = &s->list->at[s->probe];
	json_t *finding = conform_finding(c, run, &s->conf->run);
	const char *why = conform_unreachable(run);

	if (s->probing && c == probe && why && !s->why)
		s->why = xstrdup(why);
	if (s->probing && c == probe && conform_is_plain(c))
		s->hangs = conform_hangs(run);
	if (!s->probing)
		conform_refused(finding, probe->finding);
	c->finding = c->finding ? conform_worse(c->finding, finding) : finding;
}

/* A signal came before it was over, or there was nobody left to talk to: it says
 * nothing. */
static bool is_cut_off(const struct session *s, const json_t *run)
{
	return (loop_interrupted() || s->gone) && report_is(run, "error");
}

static enum run_next on_done(size_t job, json_t *run, const char *why,
			     void *arg)
{
	struct session *s = arg;
	struct conform_check *c = check_of(s, job);
	struct err e = ERR_INIT;
	bool silent;

	if (!run)
		run = run_one_lost(&s->conf->run, &c->item, why);
	silent = conform_watch_run(&s->watch, c, run);
	if (is_cut_off(s, run)) {
		run_files_drop(c->item.dir);
		json_decref(run);
		return RUN_GO_ON;
	}
	take(s, c, run);
	s->open[c - s->list->at]--;
	s->show.done++;
	if (silent && !s->probing && !s->gone && !loop_interrupted())
		ask_there(s, &e);
	json_decref(run);
	if (s->gone)
		return RUN_CUT;
	run_show_clear(&s->show);
	show_ready(s);
	run_show_progress(&s->show);
	return RUN_GO_ON;
}

/* ---- the run ---- */

/* The check that is a plain call goes first: where nobody is, all others would
 * say the same, half a minute each. Beside it that which tells what a recorder
 * does that never answers. Then those that take longest. */
static int64_t urgency(const struct conform_check *c)
{
	if (conform_is_plain(c))
		return INT64_MAX;
	return strcmp(c->id, "final-answer") == 0
		       ? INT64_MAX - 1
		       : scenario_length_us(c->item.s);
}

static void put_in_order(struct session *s)
{
	const struct conform_check *at = s->list->at;
	size_t i, k, n = 0;

	s->order = xcalloc(s->list->n, sizeof(*s->order));
	for (i = 0; i < s->list->n; i++) {
		if (&at[i] == s->list->there && s->list->n > 1)
			continue;
		for (k = n++;
		     k > 0 && urgency(&at[s->order[k - 1]]) < urgency(&at[i]);
		     k--)
			s->order[k] = s->order[k - 1];
		s->order[k] = i;
	}
	s->n_order = n;
	s->probe = s->order[0];
	s->n_probes = 1;
	if (n > 1 && urgency(&at[s->order[1]]) == INT64_MAX - 1 &&
	    conform_is_plain(&at[s->order[0]]))
		s->n_probes = 2;
}

static int unreachable(const struct session *s)
{
	fprintf(stderr, "recorder %s cannot be reached: %s\n", s->conf->run.to,
		s->why);
	return err_exit_code(ERR_ENV);
}

static void sum_up(struct session *s)
{
	size_t i;

	for (i = 0; i < s->list->n; i++) {
		const json_t *finding = s->list->at[i].finding;

		if (report_is(finding, "failed"))
			s->failed = true;
		if (report_is(finding, "error")) {
			int code = (int)json_integer_value(
				json_object_get(finding, "_exit"));

			s->worst = code > s->worst ? code : s->worst;
		}
	}
}

/* Why a check has no finding of its own. */
static const char *why_not(const struct session *s, int signal)
{
	if (signal)
		return CONFORM_INTERRUPTED;
	return s->gone ? "the recorder had gone away"
		       : "not run: the plain INVITE of 'answers' has no final "
			 "answer";
}

/* Those that were not run, or not to their end; and what they say who found
 * nobody there any more. */
static void fill_up(struct session *s, int signal)
{
	const struct run_conf *conf = &s->conf->run;
	size_t i;

	for (i = 0; i < s->list->n; i++) {
		struct conform_check *c = &s->list->at[i];

		if (!c->finding)
			c->finding = conform_not_run(c, conf,
						     why_not(s, signal));
		if (!s->gone || c == s->list->there ||
		    !conform_watch_has(&s->watch, c) ||
		    report_is(c->finding, "passed"))
			continue;
		json_decref(c->finding);
		c->finding = conform_not_run(
			c, conf, "the recorder went away meanwhile");
	}
}

static int finish(struct session *s, int signal, struct err *e)
{
	struct conform_conf *conf = s->conf;
	struct err file_e = ERR_INIT;
	int code;

	fill_up(s, signal);
	if (s->gone)
		conform_gone(s->list->there->finding, &s->watch, s->gone);
	run_show_clear(&s->show);
	for (; s->shown < s->list->n; s->shown++)
		if (!conf->run.quiet)
			conform_show_line(s->show.out,
					  s->list->at[s->shown].finding);
	sum_up(s);
	code = signal > 0 ? 128 + signal : s->failed ? 1 : s->worst;
	conform_show_end(s->show.out, s->list, signal > 0);
	if (signal < 0)
		code = cmd_show_err(e);
	if (conform_reports_write(conf, s->list, signal > 0, &file_e) < 0 ||
	    (conf->write_baseline &&
	     conform_baseline_write(s->list, conf->write_baseline, conf->run.to,
				    &file_e) < 0)) {
		cmd_show_err(&file_e);
		code = code ? code : err_exit_code(file_e.kind);
	}
	return code;
}

/* On a machine that has other work a call may be over before the recorder got to
 * its part: those are tried once more, one at a time. */
static int try_again(struct session *s, struct err *e)
{
	size_t i, n = 0;

	for (i = 0; i < s->list->n; i++) {
		struct conform_check *c = &s->list->at[i];

		if (!c->finding || !conform_unmet(c->finding))
			continue;
		json_decref(c->finding);
		c->finding = NULL;
		s->open[i] = 1;
		s->order[n++] = i;
	}
	s->begun = 0;
	s->again = true;
	return n ? run_pool(n, 1, on_job, on_done, s, e) : 0;
}

/* All that is left, once somebody is known to be there. */
static int run_others(struct session *s, struct err *e)
{
	size_t n = s->n_order * s->conf->run.repeat;
	int signal = 0;

	s->begun = s->n_probes;
	if (n > s->begun)
		signal = run_pool(n - s->begun, s->conf->run.jobs, on_job,
				  on_done, s, e);
	if (!signal && !s->gone)
		signal = try_again(s, e);
	if (!signal && !s->gone && has_there(s) && !s->list->there->finding)
		signal = ask_there(s, e);
	return signal;
}

static int run_jobs(struct session *s, struct err *e)
{
	int signal;

	s->probing = true;
	signal = run_pool(s->n_probes, (unsigned)s->n_probes, on_job, on_done,
			  s, e);
	if (signal || s->why)
		return signal;
	s->probing = false;
	show_ready(s);
	return s->hangs ? 0 : run_others(s, e);
}

int conform_run(struct conform_conf *conf, struct conform_list *list)
{
	struct session s = {.conf = conf, .list = list};
	struct err e = ERR_INIT;
	struct stat st;
	bool had_out = stat(conf->run.out, &st) == 0;
	size_t i;
	int signal, code;

	if ((conf->baseline &&
	     conform_baseline_read(list, conf->baseline, &e) < 0) ||
	    run_reports_open(&conf->run, &e) < 0)
		return cmd_show_err(&e);
	run_conf_pages(&conf->run, list->n * conf->run.repeat);
	put_in_order(&s);
	s.open = xcalloc(list->n + 1, sizeof(*s.open));
	for (i = 0; i < s.n_order; i++)
		s.open[s.order[i]] = conf->run.repeat;
	run_show_init(&s.show, &conf->run, s.n_order * conf->run.repeat);
	signal = run_jobs(&s, &e);
	if (!signal && s.why)
		code = unreachable(&s);
	else
		code = finish(&s, signal, &e);
	if (!had_out)
		rmdir(conf->run.out);
	conform_watch_fini(&s.watch);
	free(s.open);
	free(s.order);
	free(s.why);
	free(s.gone);
	return code;
}
