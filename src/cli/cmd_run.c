#include "cli/cmd.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/run.h"
#include "core/file.h"
#include "core/log.h"
#include "core/xalloc.h"

struct session {
	struct run_conf *conf;
	struct run_list *list;
	struct run_show show;
	json_t **result; /* owned; by place in the list, NULL: none yet */
	size_t shown;	 /* all before this one were shown */
	bool failed;	 /* some run stands for exit code 1 */
	int worst;	 /* largest exit code of a run */
};

static json_t *on_job(size_t i, void *arg)
{
	struct session *s = arg;

	return run_one(s->conf, &s->list->item[i]);
}

static void show_ready(struct session *s)
{
	while (s->shown < s->list->n && s->result[s->shown])
		run_show_line(&s->show, s->result[s->shown++]);
}

static enum run_next on_done(size_t i, json_t *result, const char *why,
			     void *arg)
{
	struct session *s = arg;
	int code;

	if (!result)
		result = run_one_lost(s->conf, &s->list->item[i], why);
	s->result[i] = result;
	code = (int)json_integer_value(json_object_get(result, "_exit"));
	if (code == 1)
		s->failed = true;
	if (code > s->worst)
		s->worst = code;
	s->show.done++;
	s->show.bad += code != 0;
	show_ready(s);
	run_show_progress(&s->show);
	return s->conf->fail_fast && code ? RUN_NO_MORE : RUN_GO_ON;
}

/* Those that ran, in the order of the list. */
static json_t *collect(struct session *s)
{
	json_t *runs = json_array();
	size_t i;

	for (i = 0; i < s->list->n; i++) {
		if (!s->result[i])
			continue;
		if (i >= s->shown)
			run_show_line(&s->show, s->result[i]);
		json_array_append_new(runs, s->result[i]);
	}
	return runs;
}

/* A failed expectation says more about what was tested than an environment
 * that did not serve for another run, so it wins. */
static int exit_code(const struct session *s, int signal)
{
	if (signal > 0)
		return 128 + signal;
	return s->failed ? 1 : s->worst;
}

/* Told once, however many there are. */
static bool show_lost_events(const json_t *runs)
{
	const json_t *run, *why;
	size_t i;

	json_array_foreach(runs, i, run)
	{
		why = json_object_get(run, "_events");
		if (!why)
			continue;
		fprintf(stderr, "events were lost: %s\n",
			json_string_value(why));
		return true;
	}
	return false;
}

static int finish(struct session *s, int signal, struct err *e)
{
	json_t *runs = collect(s);
	int code = exit_code(s, signal);
	struct err report_e = ERR_INIT;

	run_show_end(&s->show, runs);
	if (signal < 0)
		code = cmd_show_err(e);
	if (run_reports_write(s->conf, runs, &report_e) < 0 && code == 0)
		code = err_exit_code(report_e.kind);
	if (report_e.kind)
		cmd_show_err(&report_e);
	if (show_lost_events(runs) && code == 0)
		code = err_exit_code(ERR_ENV);
	json_decref(runs);
	return code;
}

/* Where events go and questions come from, before anything runs. */
static int open_ways_out(struct run_conf *conf, struct err *e)
{
	if (conf->events_to) {
		conf->events = run_events_open(conf->events_to, e);
		if (!conf->events)
			return -1;
	}
	if (conf->status_path) {
		conf->status = run_status_open(conf->status_path, e);
		if (!conf->status)
			return -1;
	}
	return 0;
}

/* Who asks lives in real time. */
static int check_clocks(const struct run_conf *conf,
			const struct run_list *list)
{
	char text[512];
	size_t i;

	for (i = 0; conf->status_path && i < list->n; i++) {
		const struct scenario *s = list->item[i].s;

		if (scenario_clock(s, conf->clock) == SCN_CLOCK_REAL)
			continue;
		snprintf(text, sizeof(text),
			 "--status wants the real clock, and %s runs on the "
			 "virtual one (add --clock real)",
			 s->file);
		return run_fault(text);
	}
	return 0;
}

/* Whether `to` is none of the files that are read. */
static int check_output(const struct run_list *list, const char *to)
{
	struct err e = ERR_INIT;
	const char *path;
	size_t i, j;

	for (i = 0; i < list->n; i++)
		for (j = 0; (path = scenario_input(list->item[i].s, j)); j++)
			if (file_spare(path, to, &e) < 0)
				return run_fault(e.text);
	return 0;
}

static int check_outputs(const struct run_conf *conf,
			 const struct run_list *list)
{
	size_t i;
	int code = 0;

	for (i = 0; i < conf->n_reports && code == 0; i++)
		code = check_output(list, conf->report[i].path);
	if (code == 0 && conf->events_to)
		code = check_output(list, conf->events_to);
	return code;
}

static int run_items(struct run_conf *conf, struct run_list *list)
{
	struct session s = {.conf = conf, .list = list};
	struct err e = ERR_INIT;
	struct stat st;
	bool had_out = stat(conf->out, &st) == 0;
	int signal, code;

	if (run_reports_open(conf, &e) < 0 || open_ways_out(conf, &e) < 0)
		return cmd_show_err(&e);
	run_conf_pages(conf, list->n);
	s.result = xcalloc(list->n, sizeof(*s.result));
	run_show_init(&s.show, conf, list->n);
	run_show_progress(&s.show);
	signal = run_pool(list->n, conf->jobs, on_job, on_done, &s, &e);
	code = finish(&s, signal, &e);
	/* Nothing was kept: the directory was only passed through. */
	if (!had_out)
		rmdir(conf->out);
	free(s.result);
	return code;
}

static void set_log_level(const struct run_conf *conf)
{
	if (conf->quiet)
		log_set_level(LOG_QUIET);
	else if (conf->verbose)
		log_set_level(conf->verbose > 1 ? LOG_DEBUG : LOG_INFO);
}

int cmd_run(int argc, char **argv)
{
	struct run_conf conf;
	struct run_list list;
	int code = run_conf_read(&conf, argc, argv);

	if (code < 0) {
		set_log_level(&conf);
		code = run_list_load(&list, &conf);
		if (code == 0)
			code = check_clocks(&conf, &list);
		if (code == 0)
			code = check_outputs(&conf, &list);
		if (code == 0)
			code = run_items(&conf, &list);
		run_list_fini(&list);
	}
	run_conf_fini(&conf);
	return code;
}
