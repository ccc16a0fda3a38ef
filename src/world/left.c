#include <dirent.h>

#include "world/priv.h"

/* RFC 3261 keeps a finished transaction for 64 * T1, 32 s, twice that when a
 * request was answered late; what still has a timer then never ends. */
#define DRAIN_US INT64_C(120000000)

size_t left_descriptors(void)
{
	DIR *dir = opendir("/proc/self/fd");
	const struct dirent *e;
	size_t n = 0;

	if (!dir)
		return 0;
	while ((e = readdir(dir)))
		n += e->d_name[0] != '.';
	closedir(dir);
	return n - 1; /* the directory itself */
}

static void on_drained(void *arg)
{
	loop_stop(arg);
}

/* Virtual time costs nothing, so what is kept for repeated messages may run
 * out. Returns the timers that never do. */
static size_t drain(struct world *w)
{
	struct timer limit;

	timer_stop(&w->begin_timer);
	timer_stop(&w->poll_timer);
	if (loop_clock(w->loop) == LOOP_REAL)
		return 0;
	timer_init(&limit, w->loop, on_drained, w->loop);
	timer_after(&limit, DRAIN_US);
	loop_run(w->loop);
	timer_stop(&limit);
	return loop_timers(w->loop);
}

void left_count(struct world *w, struct world_left *left)
{
	struct sip_ua_left src;
	const struct le *e;
	size_t i;

	left->timers = drain(w);
	src = agents_left(w);
	left->transactions = src.transactions;
	left->dialogs = src.dialogs;
	for (e = w->calls.head; e; e = e->next) {
		const struct world_call *c = container_of(e, struct world_call,
							  le);

		left->dialogs += call_busy(c->call);
	}
	for (i = 0; i < w->s->n_srs; i++)
		if (w->recorder[i])
			left->dialogs += recorder_sessions(w->recorder[i]);
}
