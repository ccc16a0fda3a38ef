/*
 * core/loop.h - one thread's turns: timers, descriptors, time
 *
 * Under the virtual clock the loop jumps from deadline to deadline and ends
 * when none is left. Under the real clock turns are at least a millisecond
 * apart: all that falls due or arrives meanwhile is served together, without
 * a wake-up for each. Handlers see one and the same loop_now during a turn.
 */
#ifndef CORE_LOOP_H
#define CORE_LOOP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/err.h"

struct loop;
struct timer;

enum loop_clock { LOOP_VIRTUAL, LOOP_REAL };

/* Virtual wall time starts here: 2026-01-01T00:00:00Z. */
#define LOOP_EPOCH_US INT64_C(1767225600000000)

struct loop *loop_new(enum loop_clock clock);

/* Timers and descriptors must have been stopped by their owners. */
void loop_free(struct loop *l);

enum loop_clock loop_clock(const struct loop *l);
int64_t loop_now(const struct loop *l);	    /* us since the loop was made */
int64_t loop_wall_us(const struct loop *l); /* us since 1970, UTC */

/* Runs turns until loop_stop, an interrupt, or (virtual) no timer is left. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l); /* after the handler that is running */

/* Asynchronous-signal-safe: the loop that runs calls its interrupt handler
 * (loop_on_interrupt) at its next turn, with the signal's number. */
void loop_interrupt(int signal);
typedef void(loop_interrupt_h)(int signal, void *arg);
void loop_on_interrupt(struct loop *l, loop_interrupt_h *h, void *arg);
int loop_interrupted(void); /* the signal, or 0 */

/* A timer is embedded in the object it serves and borrowed by the loop while
 * it runs. It fires once. Equal deadlines fire in the order of their start. */
typedef void(timer_h)(void *arg);

struct timer {
	struct loop *loop;
	timer_h *h;
	void *arg;
	int64_t at_us; /* deadline, by loop_now */
	uint64_t seq;  /* order of start */
	size_t pos;    /* place in the heap + 1; 0 while stopped */
};

void timer_init(struct timer *t, struct loop *l, timer_h *h, void *arg);
void timer_at(struct timer *t, int64_t at_us);	     /* restarts */
void timer_after(struct timer *t, int64_t delay_us); /* restarts */
void timer_stop(struct timer *t); /* fine when stopped or zeroed */
bool timer_running(const struct timer *t);

/* A descriptor watched for EPOLL* events; real clock only. Embedded as well.
 * The handler may stop any descriptor, its own too. */
typedef void(loop_fd_h)(uint32_t events, void *arg);

struct loop_fd {
	struct loop *loop;
	loop_fd_h *h;
	void *arg;
	int fd;
	bool watched;
	bool last;
};

int loop_fd_watch(struct loop_fd *w, struct loop *l, int fd, uint32_t events,
		  loop_fd_h *h, void *arg, struct err *e);
void loop_fd_stop(struct loop_fd *w);

/* The same, and closes the descriptor, of which there must be no copy: then the
 * system stops watching by itself. */
void loop_fd_close(struct loop_fd *w);

/* From now on served after all others that are ready in the same turn: what
 * says that a stream ends must not overtake what the stream brought. */
void loop_fd_serve_last(struct loop_fd *w);

/* Real clock: called before the loop waits, and when loop_run returns: what was
 * gathered until then goes out together. One handler; NULL for none. */
typedef void(loop_turn_h)(void *arg);
void loop_on_turn_end(struct loop *l, loop_turn_h *h, void *arg);

/* Real clock: turns for descriptors may be `turn_us` apart, 1000 to 5000, as
 * long as much is arriving: fewer turns with more in each. Timers keep their
 * time. */
void loop_stretch(struct loop *l, int64_t turn_us);

/* So many things were served in this turn by a handler of one descriptor. */
void loop_served(struct loop *l, size_t n);

/* Timers that run now: what a finished run must not leave behind. */
size_t loop_timers(const struct loop *l);

#endif
