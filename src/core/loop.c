#include "core/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include "core/clock.h"
#include "core/xalloc.h"

enum {
	TURN_US = 1000,	   /* real clock: shortest distance of two turns */
	EVENTS = 512,	   /* descriptors asked for at once */
	ROUNDS = 32,	   /* how often in one turn: a flood must not hold up
			   * the timers */
	IDLE_US = 1000000, /* longest sleep */
	BUSY = 4	   /* served in TURN_US: worth a longer turn */
};

/* A timer in the heap, with what it is compared by: the timers themselves lie
 * all over the memory. */
struct slot {
	int64_t at_us;
	uint64_t seq;
	struct timer *t;
};

struct loop {
	enum loop_clock clock;
	int64_t now_us;
	int64_t wall_us; /* what osip sees, follows now_us */
	int64_t start_mono_us;
	int64_t start_wall_us;
	struct slot *heap; /* owned array; earliest first */
	size_t n, cap;
	uint64_t next_seq;
	int epoll; /* -1 under the virtual clock */
	struct epoll_event ev[EVENTS];
	int n_ev;    /* events of this turn not yet served */
	bool coarse; /* the system waits for whole milliseconds only */
	bool stop;
	int64_t longest_us; /* turn while much arrives */
	int64_t turn_us;    /* when the newest one began */
	int64_t took_us;    /* from that before it until then */
	size_t served;	    /* in the newest */
	loop_interrupt_h *on_interrupt;
	void *interrupt_arg;
	loop_turn_h *on_turn_end;
	void *turn_arg;
};

static volatile sig_atomic_t pending_signal;
static bool signal_seen;

void loop_interrupt(int signal)
{
	pending_signal = signal;
}

int loop_interrupted(void)
{
	return (int)pending_signal;
}

static void set_now(struct loop *l, int64_t now_us)
{
	l->now_us = now_us;
	l->wall_us = l->start_wall_us + now_us;
}

static void read_real_clock(struct loop *l)
{
	set_now(l, clock_monotonic_us() - l->start_mono_us);
}

struct loop *loop_new(enum loop_clock clock)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->clock = clock;
	l->epoll = -1;
	l->start_wall_us = LOOP_EPOCH_US;
	l->longest_us = TURN_US;
	if (clock == LOOP_REAL) {
		l->epoll = epoll_create1(EPOLL_CLOEXEC);
		assert(l->epoll >= 0);
		l->start_mono_us = clock_monotonic_us();
		l->start_wall_us = clock_wall_us();
	}
	set_now(l, 0);
	clock_bind_osip(&l->wall_us);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	clock_bind_osip(NULL);
	if (l->epoll >= 0)
		close(l->epoll);
	free(l->heap);
	free(l);
}

enum loop_clock loop_clock(const struct loop *l)
{
	return l->clock;
}

int64_t loop_now(const struct loop *l)
{
	return l->now_us;
}

int64_t loop_wall_us(const struct loop *l)
{
	return l->wall_us;
}

void loop_stop(struct loop *l)
{
	l->stop = true;
}

void loop_on_interrupt(struct loop *l, loop_interrupt_h *h, void *arg)
{
	l->on_interrupt = h;
	l->interrupt_arg = arg;
}

void loop_on_turn_end(struct loop *l, loop_turn_h *h, void *arg)
{
	l->on_turn_end = h;
	l->turn_arg = arg;
}

void loop_stretch(struct loop *l, int64_t turn_us)
{
	l->longest_us = turn_us;
}

void loop_served(struct loop *l, size_t n)
{
	l->served += n;
}

size_t loop_timers(const struct loop *l)
{
	return l->n;
}

/* ---- timers: a binary heap of (deadline, order of start) ---- */

static bool earlier(const struct slot *a, const struct slot *b)
{
	if (a->at_us != b->at_us)
		return a->at_us < b->at_us;
	return a->seq < b->seq;
}

static void put(struct loop *l, size_t i, struct slot s)
{
	l->heap[i] = s;
	s.t->pos = i + 1;
}

static void sift_up(struct loop *l, size_t i)
{
	struct slot s = l->heap[i];

	while (i > 0 && earlier(&s, &l->heap[(i - 1) / 2])) {
		put(l, i, l->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(l, i, s);
}

static void sift_down(struct loop *l, size_t i)
{
	struct slot s = l->heap[i];

	for (;;) {
		size_t child = 2 * i + 1;

		if (child >= l->n)
			break;
		if (child + 1 < l->n &&
		    earlier(&l->heap[child + 1], &l->heap[child]))
			child++;
		if (!earlier(&l->heap[child], &s))
			break;
		put(l, i, l->heap[child]);
		i = child;
	}
	put(l, i, s);
}

void timer_init(struct timer *t, struct loop *l, timer_h *h, void *arg)
{
	memset(t, 0, sizeof(*t));
	t->loop = l;
	t->h = h;
	t->arg = arg;
}

void timer_stop(struct timer *t)
{
	struct loop *l = t->loop;
	size_t i;

	if (!t->pos)
		return;
	i = t->pos - 1;
	t->pos = 0;
	if (i == --l->n)
		return;
	l->heap[i] = l->heap[l->n];
	if (i > 0 && earlier(&l->heap[i], &l->heap[(i - 1) / 2]))
		sift_up(l, i);
	else
		sift_down(l, i);
}

void timer_at(struct timer *t, int64_t at_us)
{
	struct loop *l = t->loop;

	timer_stop(t);
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 64;
		l->heap = xreallocarray(l->heap, l->cap, sizeof(*l->heap));
	}
	t->at_us = at_us > l->now_us ? at_us : l->now_us;
	t->seq = l->next_seq++;
	l->heap[l->n] = (struct slot){t->at_us, t->seq, t};
	sift_up(l, l->n++);
}

void timer_after(struct timer *t, int64_t delay_us)
{
	timer_at(t, t->loop->now_us + delay_us);
}

bool timer_running(const struct timer *t)
{
	return t->pos != 0;
}

/* Calls what is due. Timers started meanwhile wait for the next turn, so that
 * a handler which restarts its timer with no delay cannot hold up the rest. */
static void fire_due(struct loop *l)
{
	uint64_t limit = l->next_seq;

	while (l->n && !l->stop) {
		struct timer *t = l->heap[0].t;

		if (t->at_us > l->now_us || t->seq >= limit)
			break;
		timer_stop(t);
		t->h(t->arg);
	}
}

/* ---- descriptors ---- */

int loop_fd_watch(struct loop_fd *w, struct loop *l, int fd, uint32_t events,
		  loop_fd_h *h, void *arg, struct err *e)
{
	struct epoll_event ev = {.events = events, .data = {.ptr = w}};

	assert(l->clock == LOOP_REAL);
	w->loop = l;
	w->h = h;
	w->arg = arg;
	w->fd = fd;
	w->watched = false;
	w->last = false;
	if (epoll_ctl(l->epoll, EPOLL_CTL_ADD, fd, &ev) < 0)
		return err_set(e, ERR_ENV, "epoll: %s", strerror(errno));
	w->watched = true;
	return 0;
}

/* Nothing of it that is ready is served any more. */
static void forget(struct loop_fd *w)
{
	struct loop *l = w->loop;
	int i;

	w->watched = false;
	for (i = 0; i < l->n_ev; i++)
		if (l->ev[i].data.ptr == w)
			l->ev[i].data.ptr = NULL;
}

void loop_fd_stop(struct loop_fd *w)
{
	if (!w->watched)
		return;
	epoll_ctl(w->loop->epoll, EPOLL_CTL_DEL, w->fd, NULL);
	forget(w);
}

void loop_fd_close(struct loop_fd *w)
{
	if (w->watched)
		forget(w);
	close(w->fd);
}

void loop_fd_serve_last(struct loop_fd *w)
{
	w->last = true;
}

/* When the next turn begins at the earliest. A timer is not kept waiting. */
static int64_t next_turn(const struct loop *l)
{
	int64_t soon_us = l->turn_us + TURN_US;
	int64_t late_us = l->turn_us + l->longest_us;

	if ((int64_t)l->served * TURN_US < BUSY * l->took_us)
		return soon_us;
	if (l->n && l->heap[0].at_us < late_us)
		late_us = l->heap[0].at_us;
	return late_us > soon_us ? late_us : soon_us;
}

/* To the next slot: what comes meanwhile is served in one go. */
static void sleep_until(struct loop *l, int64_t at_us)
{
	struct timespec ts = {0, 0};

	read_real_clock(l);
	if (at_us <= l->now_us)
		return;
	ts.tv_nsec = (long)(at_us - l->now_us) * 1000;
	nanosleep(&ts, NULL);
	read_real_clock(l);
}

static bool wait_ready(struct loop *l, int64_t until_us)
{
	int64_t left = until_us > l->now_us ? until_us - l->now_us : 0;
	struct timespec ts;

	ts.tv_sec = (time_t)(left / 1000000);
	ts.tv_nsec = (long)(left % 1000000 * 1000);
	if (!l->coarse) {
		l->n_ev = epoll_pwait2(l->epoll, l->ev, EVENTS, &ts, NULL);
		/* Linux before 5.11, valgrind */
		l->coarse = l->n_ev < 0 && errno == ENOSYS;
	}
	if (l->coarse)
		l->n_ev = epoll_wait(l->epoll, l->ev, EVENTS,
				     (int)((left + 999) / 1000));
	if (l->n_ev < 0)
		l->n_ev = 0;
	l->served += (size_t)l->n_ev;
	return l->n_ev == EVENTS;
}

static void serve(struct loop *l, bool last)
{
	int i;

	for (i = 0; i < l->n_ev && !l->stop; i++) {
		struct loop_fd *w = l->ev[i].data.ptr;

		if (w && w->last == last)
			w->h(l->ev[i].events, w->arg);
	}
}

/* The round that finds less than it has room for knows of all that is ready,
 * and with it of all that is to be served last. */
static void wait_real(struct loop *l)
{
	int64_t until = l->now_us + IDLE_US;
	int round;
	bool more;

	sleep_until(l, next_turn(l));
	l->served = 0;
	if (l->n && l->heap[0].at_us < until)
		until = l->heap[0].at_us;
	more = wait_ready(l, until);
	read_real_clock(l);
	serve(l, false);
	for (round = 1; more && round < ROUNDS && !l->stop; round++) {
		more = wait_ready(l, 0);
		serve(l, false);
	}
	serve(l, true);
	l->n_ev = 0;
}

/* ---- running ---- */

static void check_interrupt(struct loop *l)
{
	if (!pending_signal || signal_seen)
		return;
	signal_seen = true;
	if (l->on_interrupt)
		l->on_interrupt((int)pending_signal, l->interrupt_arg);
	else
		l->stop = true;
}

static bool turn_virtual(struct loop *l)
{
	if (!l->n)
		return false;
	set_now(l, l->heap[0].at_us);
	fire_due(l);
	return true;
}

static void end_turn(struct loop *l)
{
	if (l->on_turn_end)
		l->on_turn_end(l->turn_arg);
}

void loop_run(struct loop *l)
{
	l->stop = false;
	while (!l->stop) {
		check_interrupt(l);
		if (l->stop)
			break;
		if (l->clock == LOOP_VIRTUAL) {
			if (!turn_virtual(l))
				break;
			continue;
		}
		end_turn(l);
		wait_real(l);
		l->took_us = l->now_us - l->turn_us;
		l->turn_us = l->now_us;
		fire_due(l);
	}
	end_turn(l);
}
