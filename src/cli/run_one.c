#include "cli/run.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/xalloc.h"
#include "expect/expect.h"
#include "report/report.h"
#include "world/world.h"

struct run {
	const struct run_conf *conf;
	const struct run_item *item;
	struct world_conf world;
	struct world_result result;
	struct verdicts verdicts;
	enum report_status status;
	struct err e; /* of REPORT_ERROR */
	size_t events_lost;
	struct err events_e; /* why the last of them was */
};

/* ---- what is told while it runs ---- */

static void on_event(const struct trace *t, const struct trace_event *ev,
		     void *arg)
{
	struct run *r = arg;

	if (r->conf->events && run_events_add(r->conf->events, r->item->s, t,
					      ev, &r->events_e) < 0)
		r->events_lost++;
}

static void on_up(struct world *w, void *arg)
{
	struct run *r = arg;

	if (r->conf->status)
		run_status_up(r->conf->status, w);
}

static void on_down(struct world *w, void *arg)
{
	struct run *r = arg;

	(void)w;
	if (r->conf->status)
		run_status_down(r->conf->status);
}

/* ---- the run ---- */

/* Whoever drives the phones of a live party waits for these lines. */
static void on_live(const char *who, const char *text, void *arg)
{
	const struct run *r = arg;

	fprintf(stderr, "%s: %s: %s\n", r->item->s->file, who, text);
}

static void run_init(struct run *r, const struct run_conf *conf,
		     const struct run_item *item)
{
	bool wants_files = conf->keep != RUN_KEEP_NEVER ||
			   conf->pages != RUN_PAGES_NONE ||
			   world_needs_files(item->s);

	memset(r, 0, sizeof(*r));
	r->conf = conf;
	r->item = item;
	r->world.clock = scenario_clock(item->s, conf->clock);
	r->world.seed = conf->seed_set ? conf->seed : item->s->seed;
	r->world.dir = wants_files ? item->dir : NULL;
	r->world.leaks = conf->leaks;
	r->world.tls_by_option = conf->to != NULL;
	r->world.transport = conf->transport;
	r->world.ipv6 = conf->ipv6;
	r->world.hooks = (struct world_hooks){.event = on_event,
					      .live = on_live,
					      .up = on_up,
					      .down = on_down,
					      .arg = r};
	verdicts_init(&r->verdicts);
}

static void judge(struct run *r)
{
	static const enum report_status status[] = {
		[VERDICT_PASSED] = REPORT_PASSED,
		[VERDICT_FAILED] = REPORT_FAILED,
		[VERDICT_SKIPPED] = REPORT_SKIPPED,
	};
	const struct scenario *s = r->item->s;

	if (s->load.calls > 1)
		expect_judge_load(s, r->result.trace, &r->verdicts);
	else
		expect_judge(s, r->result.trace, 0, &r->verdicts);
	r->status = status[verdicts_status(&r->verdicts)];
}

static bool left_any(const struct world_left *l)
{
	return l->timers || l->transactions || l->dialogs || l->flows ||
	       l->descriptors;
}

/* A run that leaves anything open fails by one check more. */
static void judge_left(struct run *r)
{
	struct verdict v = {.line = 1,
			    .col = 1,
			    .check = "leaks",
			    .status = VERDICT_FAILED,
			    .at_us = -1};

	if (!left_any(&r->result.left))
		return;
	v.wanted = xstrdup("nothing left open");
	v.got = run_left_text(&r->result.left);
	v.why = xstrdup("still there when the run was over");
	verdicts_add(&r->verdicts, &v);
	r->status = REPORT_FAILED;
}

static void perform(struct run *r)
{
	if (r->item->s->skip) {
		r->status = REPORT_SKIPPED;
		return;
	}
	r->status = REPORT_ERROR;
	if (r->world.dir &&
	    run_files_begin(r->item->s, r->world.dir, &r->e) < 0) {
		r->world.dir = NULL; /* nothing in it is of this run */
		return;
	}
	if (world_run(r->item->s, &r->world, &r->result, &r->e) < 0)
		return;
	if (r->result.interrupted)
		err_set(&r->e, ERR_FAILED, "interrupted by signal");
	else if (world_reached(r->item->s, r->result.trace, &r->e) == 0)
		judge(r);
	if (r->conf->leaks && !r->result.interrupted)
		judge_left(r);
}

/* Directory of the files that stay, or NULL. */
static const char *settle_files(const struct run *r)
{
	bool bad = r->status == REPORT_FAILED || r->status == REPORT_ERROR;

	if (!r->world.dir)
		return NULL;
	if (r->conf->keep == RUN_KEEP_NEVER ||
	    (r->conf->keep == RUN_KEEP_ON_FAIL && !bad)) {
		run_files_drop(r->world.dir);
		return NULL;
	}
	/* A run that failed early left nothing worth naming. */
	if (rmdir(r->world.dir) == 0 || errno == ENOENT)
		return NULL;
	return r->world.dir;
}

static int exit_code(const struct run *r)
{
	if (r->status == REPORT_FAILED)
		return 1;
	return r->status == REPORT_ERROR ? err_exit_code(r->e.kind) : 0;
}

/* NULL: the report does with less, or there is none. */
static json_t *make_page(const struct run *r)
{
	bool good = r->status == REPORT_PASSED || r->status == REPORT_SKIPPED;

	if (!r->result.trace || r->conf->pages == RUN_PAGES_NONE ||
	    (good && r->conf->pages == RUN_PAGES_BAD))
		return NULL;
	return report_page(r->result.trace);
}

static json_t *describe(const struct run *r, int64_t wall_us)
{
	json_t *page = make_page(r); /* while the files are there */
	struct report_input in = {
		.s = r->item->s,
		.t = r->result.trace,
		.v = &r->verdicts,
		.status = r->status,
		.error = r->status == REPORT_ERROR ? r->e.text : NULL,
		.clock = r->world.clock == SCN_CLOCK_REAL ? "real" : "virtual",
		.seed = r->world.seed,
		.duration_us = r->result.duration_us,
		.wall_us = wall_us,
		.kept = settle_files(r),
		.argv0 = cmd_program(),
		.to = r->conf->again,
		.var = r->conf->vars.at,
		.n_vars = r->conf->vars.n,
	};
	json_t *o = report_scenario(&in);

	if (page)
		json_object_set_new(o, "_page", page);
	if (r->conf->leaks && r->result.trace)
		json_object_set_new(o, "leaks", run_left_json(&r->result.left));
	if (r->events_lost)
		json_object_set_new(o, "_events",
				    json_string(r->events_e.text));
	json_object_set_new(o, "_exit", json_integer(exit_code(r)));
	return o;
}

json_t *run_one(const struct run_conf *conf, const struct run_item *item)
{
	int64_t begin_us = clock_monotonic_us();
	struct run r;
	json_t *o;

	run_init(&r, conf, item);
	perform(&r);
	o = describe(&r, clock_monotonic_us() - begin_us);
	verdicts_fini(&r.verdicts);
	trace_free(r.result.trace);
	return o;
}

json_t *run_one_lost(const struct run_conf *conf, const struct run_item *item,
		     const char *why)
{
	struct run r;
	json_t *o;

	run_init(&r, conf, item);
	r.status = REPORT_ERROR;
	err_set(&r.e, ERR_FAILED, "%s", why);
	o = describe(&r, 0);
	verdicts_fini(&r.verdicts);
	return o;
}
