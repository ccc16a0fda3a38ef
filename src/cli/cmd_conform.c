#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/conform.h"
#include "core/loop.h"
#include "core/xalloc.h"
#include "report/report.h"

struct session {
	struct conform_conf *conf;
	struct conform_list *list;
	size_t *order; /* checks, in the order they are run; owned */
	size_t probe;  /* the one that goes first */
	struct run_show show;
	size_t *open; /* runs to come of each check; owned */
	size_t shown; /* all before this one were shown */
	size_t begun; /* jobs of the pool before this one */
	char *why;    /* the recorder cannot be reached; owned */
	bool again;   /* they are tried for the second time */
	bool failed;
	int worst;
};

static struct conform_check *check_of(const struct session *s, size_t job)
{
	return &s->list->at[s->order[(s->begun + job) % s->list->n]];
}

static json_t *on_job(size_t job, void *arg)
{
	struct session *s = arg;

	return run_one(&s->conf->run, &check_of(s, job)->item);
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
	while (s->shown < s->list->n && is_ready(s, s->shown)) {
		if (!s->conf->run.quiet)
			conform_show_line(s->show.out,
					  s->list->at[s->shown].finding);
		s->shown++;
	}
	fflush(s->show.out);
}

static void take(struct session *s, struct conform_check *c, json_t *run)
{
	json_t *finding = conform_finding(c, run, &s->conf->run);
	const char *why = conform_unreachable(run);

	if (why && !s->show.done)
		s->why = xstrdup(why);
	if (s->show.done)
		conform_refused(finding, s->list->at[s->probe].finding);
	c->finding = c->finding ? conform_worse(c->finding, finding) : finding;
	json_decref(run);
}

/* A signal came before it was over: it says nothing. */
static bool is_cut_off(const json_t *run)
{
	return loop_interrupted() && report_is(run, "error");
}

static bool on_done(size_t job, json_t *run, const char *why, void *arg)
{
	struct session *s = arg;
	struct conform_check *c = check_of(s, job);

	if (!run)
		run = run_one_lost(&s->conf->run, &c->item, why);
	if (is_cut_off(run)) {
		run_files_drop(c->item.dir);
		json_decref(run);
		return true;
	}
	take(s, c, run);
	s->open[c - s->list->at]--;
	s->show.done++;
	run_show_clear(&s->show);
	show_ready(s);
	run_show_progress(&s->show);
	return true;
}

/* ---- the run ---- */

/* The check that is a plain call goes first: where nobody is, all others would
 * say the same, half a minute each. Then those that take longest. */
static int64_t urgency(const struct conform_check *c)
{
	return strcmp(c->id, "answers") == 0 ? INT64_MAX
					     : scenario_length_us(c->item.s);
}

static size_t *in_order(const struct conform_list *l)
{
	size_t *order = xcalloc(l->n, sizeof(*order));
	size_t i, k;

	for (i = 0; i < l->n; i++) {
		for (k = i; k > 0 &&
			    urgency(&l->at[order[k - 1]]) < urgency(&l->at[i]);
		     k--)
			order[k] = order[k - 1];
		order[k] = i;
	}
	return order;
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

		if (!finding)
			continue;
		if (report_is(finding, "failed"))
			s->failed = true;
		if (report_is(finding, "error")) {
			int code = (int)json_integer_value(
				json_object_get(finding, "_exit"));

			s->worst = code > s->worst ? code : s->worst;
		}
	}
}

static int finish(struct session *s, int signal, struct err *e)
{
	struct conform_conf *conf = s->conf;
	struct err file_e = ERR_INIT;
	int code;

	while (s->shown < s->list->n) { /* what a signal left out */
		json_t *finding = s->list->at[s->shown++].finding;

		if (finding && !conf->run.quiet)
			conform_show_line(s->show.out, finding);
	}
	sum_up(s);
	code = signal > 0 ? 128 + signal : s->failed ? 1 : s->worst;
	run_show_clear(&s->show);
	conform_show_end(s->show.out, s->list);
	if (signal < 0)
		code = cmd_show_err(e);
	if (conform_reports_write(conf, s->list, &file_e) < 0 ||
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

/* The probe alone, then all that is left. */
static int run_jobs(struct session *s, struct err *e)
{
	size_t n = s->list->n * s->conf->run.repeat;
	int signal;

	s->probe = s->order[0];
	signal = run_pool(1, 1, on_job, on_done, s, e);
	if (signal || s->why)
		return signal;
	s->begun = 1;
	if (n > 1)
		signal = run_pool(n - 1, s->conf->run.jobs, on_job, on_done, s,
				  e);
	return signal ? signal : try_again(s, e);
}

static int run_checks(struct conform_conf *conf, struct conform_list *list)
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
	s.open = xcalloc(list->n, sizeof(*s.open));
	s.order = in_order(list);
	for (i = 0; i < list->n; i++)
		s.open[i] = conf->run.repeat;
	run_show_init(&s.show, &conf->run, list->n * conf->run.repeat);
	signal = run_jobs(&s, &e);
	if (!signal && s.why)
		code = unreachable(&s);
	else
		code = finish(&s, signal, &e);
	if (!had_out)
		rmdir(conf->run.out);
	free(s.open);
	free(s.order);
	free(s.why);
	return code;
}

static int show_text(const char *id)
{
	size_t i;

	for (i = 0; i < conform_n_texts; i++) {
		if (strcmp(conform_texts[i].id, id) != 0)
			continue;
		fwrite(conform_texts[i].text, 1, conform_texts[i].n, stdout);
		return 0;
	}
	fprintf(stderr,
		"there is no check '%s' ('siprec-src conform --list "
		"--level may --grade field' shows all)\n",
		id);
	return err_exit_code(ERR_EMPTY);
}

int cmd_conform(int argc, char **argv)
{
	struct conform_conf conf;
	struct conform_list list = {NULL, 0};
	int code = conform_conf_read(&conf, argc, argv);

	if (code < 0 && conf.show) {
		code = show_text(conf.show);
	} else if (code < 0) {
		code = conform_list_load(&list, &conf);
		if (code == 0 && conf.list)
			conform_show_list(stdout, &list);
		else if (code == 0)
			code = run_checks(&conf, &list);
	}
	conform_list_fini(&list);
	conform_conf_fini(&conf);
	return code;
}
