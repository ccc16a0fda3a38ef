#include "world/world.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/xalloc.h"
#include "core/dns.h"
#include "world/priv.h"

#define LATENCY_US INT64_C(1000) /* of the simulated wire */
#define POLL_US INT64_C(10000)
/* Longest wait after all that the scenario times: a hunt through many silent
 * servers takes 32 s each. */
#define PATIENCE_US INT64_C(600000000)
#define GOODBYE_US INT64_C(1000000) /* for BYEs after an interrupt */

bool world_needs_files(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_checks; i++)
		if (s->check[i].kind == SCN_CHECK_AUDIO ||
		    s->check[i].kind == SCN_CHECK_FILES)
			return true;
	return false;
}

/* ---- the end ---- */

static bool recorders_busy(const struct world *w)
{
	size_t i;

	for (i = 0; i < w->s->n_srs; i++)
		if (w->recorder[i] && recorder_busy(w->recorder[i]))
			return true;
	return false;
}

static void drop_finished_calls(struct world *w)
{
	struct le *e, *next;

	for (e = w->calls.head; e; e = next) {
		struct world_call *c = container_of(e, struct world_call, le);

		next = e->next;
		if (world_call_over(c))
			world_call_free(c);
	}
}

static void on_poll(void *arg)
{
	struct world *w = arg;
	bool more = w->begun < w->s->load.calls && !w->interrupted;

	drop_finished_calls(w);
	if (loop_now(w->loop) >= w->give_up_us) {
		trace_notef(w->trace, -1, loop_now(w->loop), TRACE_WARNING,
			    "world", "something never came to its end");
		loop_stop(w->loop);
		return;
	}
	if (!more && !w->calls.n)
		health_stop(w->health);
	if (!more && !w->calls.n && !agents_busy(w) && !recorders_busy(w) &&
	    !disk_waits(w)) {
		loop_stop(w->loop);
		return;
	}
	timer_after(&w->poll_timer, POLL_US);
}

/* ---- calls of a load ---- */

/* From the call before to the one of that number, as captured. */
static int64_t captured_gap_us(const struct world *w, int number)
{
	const struct scn_capture *c = &w->s->call.capture;
	size_t n = (size_t)number;
	double speed = c->speed;

	if (speed <= 0)
		speed = w->conf->clock == SCN_CLOCK_REAL ? CALL_MAX_SPEED : 1;
	if (n >= c->n)
		return 0;
	return (int64_t)((double)(c->one[n].begin_us - c->one[n - 1].begin_us) /
			 speed);
}

static void on_begin(void *arg)
{
	struct world *w = arg;
	const struct scn_load *load = &w->s->load;
	int64_t gap_us = 0;

	if (w->interrupted || w->begun >= load->calls)
		return;
	if (load->concurrent && (int)w->calls.n >= load->concurrent) {
		timer_after(&w->begin_timer, POLL_US / 10);
		return;
	}
	if (!world_call_new(w, w->begun++, &w->err)) {
		loop_stop(w->loop);
		return;
	}
	if (load->rate > 0)
		gap_us = (int64_t)(1e6 / load->rate);
	else if (w->s->call.capture.n)
		gap_us = captured_gap_us(w, w->begun);
	w->give_up_us = loop_now(w->loop) + scenario_length_us(w->s) +
			PATIENCE_US;
	if (w->begun < load->calls)
		timer_after(&w->begin_timer, gap_us);
}

/* ---- interruption: say goodbye to outside recorders, then stop ---- */

static void on_interrupt(int signal, void *arg)
{
	struct world *w = arg;
	struct le *e;

	(void)signal;
	w->interrupted = true;
	if (loop_clock(w->loop) == LOOP_VIRTUAL) {
		loop_stop(w->loop);
		return;
	}
	for (e = w->calls.head; e; e = e->next) {
		struct world_call *c = container_of(e, struct world_call, le);

		recording_call_ended(c->recording);
		call_cancel(c->call);
		call_bye(c->call, CALL_CALLER);
	}
	w->give_up_us = loop_now(w->loop) + GOODBYE_US;
}

/* ---- files ---- */

static void on_sight(int64_t now_us, enum wire_sight what,
		     const struct addr *src, const struct addr *dst,
		     const void *p, size_t n, void *arg)
{
	struct world *w = arg;
	static const enum capture_mark marks[] = {
		[WIRE_OPENED] = CAPTURE_OPENED,
		[WIRE_CLOSED] = CAPTURE_CLOSED,
		[WIRE_RESET] = CAPTURE_RESET,
	};
	int64_t wall_us = loop_wall_us(w->loop) - loop_now(w->loop) + now_us;

	if (what == WIRE_BYTES)
		capture_writer_add(w->pcap, wall_us, src, dst, p, n);
	else
		capture_writer_mark(w->pcap, wall_us, marks[what], src, dst);
}

/* Every directory of the path. */
static int make_dir(const char *dir, struct err *e)
{
	char *path = xstrdup(dir), *at = path;
	int rc = 0;

	do {
		char c;

		at = strchr(at + 1, '/');
		c = at ? *at : '\0';
		if (at)
			*at = '\0';
		if (mkdir(path, 0777) < 0 && errno != EEXIST)
			rc = err_set(e, ERR_ENV, "%s: %s", path,
				     strerror(errno));
		if (at)
			*at = c;
	} while (at && rc == 0);
	free(path);
	return rc;
}

static int open_files(struct world *w, struct err *e)
{
	char *path;

	if (!w->conf->dir)
		return 0;
	if (make_dir(w->conf->dir, e) < 0)
		return -1;
	path = xasprintf("%s/wire.pcap", w->conf->dir);
	w->pcap = capture_writer_open(path, e);
	if (w->pcap) {
		wire_observe(w->wire, on_sight, w);
		trace_add_file(w->trace, TRACE_FILE_PCAP, -1, NULL, NULL, path);
	}
	free(path);
	return w->pcap ? 0 : -1;
}

/* ---- the whole ---- */

static void make_basics(struct world *w)
{
	bool real = w->conf->clock == SCN_CLOCK_REAL;

	w->loop = loop_new(real ? LOOP_REAL : LOOP_VIRTUAL);
	rng_init(&w->call_rng, w->conf->seed);
	rng_init(&w->rng, rng_u64(&w->call_rng));
	w->ids = ids_new(w->conf->seed, !real);
	w->trace = trace_new();
	trace_set_classifier(w->trace, sip_classify);
	trace_exact(w->trace, !real);
	trace_log_arrivals(w->trace,
			   w->s->load.calls <= 1 || w->s->call.capture.n);
	w->wire = real ? wire_udp_new(w->loop, w->trace)
		       : wire_sim_new(w->loop, w->trace, &w->rng, LATENCY_US);
	w->health = health_new(w->loop, w->trace);
	if (w->conf->ipv6)
		wire_use_ipv6(w->wire);
	w->authority = tls_authority_new(loop_wall_us(w->loop));
	timer_init(&w->begin_timer, w->loop, on_begin, w);
	timer_init(&w->poll_timer, w->loop, on_poll, w);
	loop_on_interrupt(w->loop, on_interrupt, w);
}

static int make_actors(struct world *w, struct err *e)
{
	build_parties(w);
	build_edits(w);
	if (names_build(w, e) < 0 || open_files(w, e) < 0 ||
	    agents_make_sockets(w, e) < 0 || build_recorders(w, e) < 0 ||
	    build_settings(w, e) < 0)
		return -1;
	return agents_make(w, e);
}

/* Frees all; `left` gets what is still there when nobody is left to use it. */
static void unmake(struct world *w, struct world_left *left)
{
	size_t timers;

	while (w->calls.head)
		world_call_free(
			container_of(w->calls.head, struct world_call, le));
	health_free(w->health);
	build_free(w);
	agents_free(w);
	build_edits_free(w);
	tls_authority_free(w->authority);
	timer_stop(&w->begin_timer);
	timer_stop(&w->poll_timer);
	left->flows = wire_flows(w->wire);
	if (!left->flows || !w->conf->leaks)
		wire_free(w->wire);
	ids_free(w->ids);
	timers = loop_timers(w->loop);
	if (timers > left->timers)
		left->timers = timers;
	loop_free(w->loop);
	dns_free(w->dns);
	disk_free(w->disk);
}

/* The servers that instances want probed. */
static void begin_probes(struct world *w)
{
	size_t i, k;

	for (i = 0; i < w->s->n_instances; i++) {
		const struct recording_settings *set = &w->set[i];

		for (k = 0; set->probe_us && k < set->n_servers; k++)
			health_probe(w->health, set->ua ? set->ua : w->src,
				     set->server[k].name, set->server[k].uri,
				     set->probe_us);
	}
}

/* Runs what is built until nothing is open any more. */
static int play(struct world *w, struct err *e)
{
	const struct world_hooks *hooks = &w->conf->hooks;

	if (hooks->up)
		hooks->up(w, hooks->arg);
	disk_begin(w);
	begin_probes(w);
	on_begin(w);
	if (w->err.kind == ERR_NONE) {
		timer_after(&w->poll_timer, POLL_US);
		loop_run(w->loop);
	}
	disk_end(w);
	health_stop(w->health);
	if (hooks->down)
		hooks->down(w, hooks->arg);
	if (w->err.kind == ERR_NONE)
		return 0;
	*e = w->err;
	return -1;
}

int world_run(const struct scenario *s, const struct world_conf *conf,
	      struct world_result *r, struct err *e)
{
	struct world w = {.s = s, .conf = conf};
	size_t descriptors = conf->leaks ? left_descriptors() : 0, now;
	int rc = -1;

	memset(r, 0, sizeof(*r));
	make_basics(&w);
	if (make_actors(&w, e) == 0)
		rc = play(&w, e);
	if (rc == 0 && !w.interrupted)
		rc = build_edits_check(&w, e);
	if (rc == 0 && !w.interrupted)
		rc = reached_by_name(&w, e);
	r->trace = w.trace;
	r->duration_us = loop_now(w.loop);
	r->interrupted = w.interrupted;
	if (conf->leaks && rc == 0)
		left_count(&w, &r->left);
	unmake(&w, &r->left);
	if (capture_writer_close(w.pcap, rc == 0 ? e : NULL) < 0)
		rc = -1;
	now = conf->leaks ? left_descriptors() : 0;
	r->left.descriptors = now > descriptors ? now - descriptors : 0;
	return rc;
}
