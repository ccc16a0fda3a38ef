#include "cli/run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report/report.h"

/* ---- console ---- */

static bool wants_color(const struct run_show *s)
{
	const char *no_color = getenv("NO_COLOR");

	if (s->conf->color != RUN_COLOR_AUTO)
		return s->conf->color == RUN_COLOR_ALWAYS;
	/* no-color.org: set and not empty, whatever it says. */
	return isatty(fileno(s->out)) && (!no_color || !*no_color);
}

/* A report, or events, on standard output must be alone there. */
static FILE *console(const struct run_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_reports; i++)
		if (strcmp(conf->report[i].path, "-") == 0)
			return stderr;
	return run_events_on_stdout(conf) ? stderr : stdout;
}

void run_show_init(struct run_show *s, const struct run_conf *conf, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->conf = conf;
	s->out = console(conf);
	s->n = n;
	s->progress = conf->progress && !conf->quiet && isatty(STDERR_FILENO);
	report_set_color(wants_color(s));
}

void run_show_clear(const struct run_show *s)
{
	if (s->progress)
		fputs("\r\033[K", stderr);
}

void run_show_progress(struct run_show *s)
{
	if (!s->progress || s->done >= s->n)
		return;
	fprintf(stderr, "\r\033[K[%zu/%zu]", s->done, s->n);
	if (s->bad)
		fprintf(stderr, " %zu failed", s->bad);
	fflush(stderr);
}

void run_show_line(struct run_show *s, const json_t *run)
{
	if (s->conf->quiet)
		return;
	run_show_clear(s);
	report_console_line(s->out, run, s->conf->verbose > 0);
	fflush(s->out);
}

void run_show_end(struct run_show *s, const json_t *runs)
{
	run_show_clear(s);
	if (s->conf->leaks)
		run_left_show(s->out, runs);
	report_console_summary(s->out, runs);
	fflush(s->out);
}

/* ---- reports ---- */

int run_reports_open(struct run_conf *conf, struct err *e)
{
	size_t i;

	for (i = 0; i < conf->n_reports; i++) {
		struct run_report *r = &conf->report[i];

		r->f = strcmp(r->path, "-") == 0 ? stdout
						 : fopen(r->path, "we");
		if (!r->f)
			return err_set(e, ERR_ENV, "%s: %s", r->path,
				       strerror(errno));
	}
	return 0;
}

int run_report_write(struct run_report *r, const json_t *runs, struct err *e)
{
	static void (*const write[])(FILE * f, const json_t *runs) = {
		[RUN_JUNIT] = report_junit,
		[RUN_TAP] = report_tap,
		[RUN_JSON] = report_json,
		[RUN_HTML] = report_html,
	};

	write[r->format](r->f, runs);
	if (fflush(r->f) == 0 && !ferror(r->f))
		return 0;
	err_set(e, ERR_ENV, "%s: could not be written: %s", r->path,
		strerror(errno));
	clearerr(r->f); /* it is said now */
	return -1;
}

int run_reports_write(struct run_conf *conf, const json_t *runs, struct err *e)
{
	size_t i;
	int rc = 0;

	for (i = 0; i < conf->n_reports; i++)
		if (run_report_write(&conf->report[i], runs, e) < 0)
			rc = -1;
	return rc;
}
