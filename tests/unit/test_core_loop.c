#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "core/loop.h"

enum { MANY = 1500, SEEN_MAX = 64 };

struct watch {
	struct loop_fd fd;
	char name;
	char *seen;
};

static void note(char *seen, char name)
{
	size_t n = strlen(seen);

	assert_true(n + 1 < SEEN_MAX);
	seen[n] = name;
	seen[n + 1] = '\0';
}

static void on_ready(uint32_t events, void *arg)
{
	struct watch *w = arg;

	assert_true(events & EPOLLIN);
	note(w->seen, w->name);
	loop_fd_stop(&w->fd);
	close(w->fd.fd);
}

static void on_end(void *arg)
{
	loop_stop(arg);
}

/* A descriptor that is readable already. */
static void watch_ready(struct watch *w, struct loop *l, char name, char *seen)
{
	int fd = eventfd(1, EFD_CLOEXEC);

	w->name = name;
	w->seen = seen;
	assert_true(fd >= 0);
	assert_int_equal(
		loop_fd_watch(&w->fd, l, fd, EPOLLIN, on_ready, w, NULL), 0);
}

static void test_last_comes_after_what_is_ready(void **state)
{
	struct loop *l = loop_new(LOOP_REAL);
	char seen[SEEN_MAX] = "";
	struct watch w[3];
	struct timer end;

	(void)state;
	watch_ready(&w[0], l, 'z', seen);
	loop_fd_serve_last(&w[0].fd);
	watch_ready(&w[1], l, 'a', seen);
	watch_ready(&w[2], l, 'a', seen);
	timer_init(&end, l, on_end, l);
	timer_after(&end, 0);
	loop_run(l);
	assert_string_equal(seen, "aaz");
	loop_free(l);
}

static void on_count(uint32_t events, void *arg)
{
	struct loop_fd *w = arg;

	(void)events;
	loop_fd_stop(w);
	close(w->fd);
}

static bool all_served(const struct loop_fd *w, int n)
{
	while (n > 0 && !w[n - 1].watched)
		n--;
	return n == 0;
}

/* More than epoll hands out at once are served before the timers. */
static void test_turn_serves_all_that_is_ready(void **state)
{
	static struct loop_fd w[MANY];
	struct loop *l = loop_new(LOOP_REAL);
	struct timer end;
	int fd, n = 0;

	(void)state;
	while (n < MANY && (fd = eventfd(1, EFD_CLOEXEC)) >= 0) {
		assert_int_equal(loop_fd_watch(&w[n], l, fd, EPOLLIN, on_count,
					       &w[n], NULL),
				 0);
		n++;
	}
	assert_true(n > 0);
	timer_init(&end, l, on_end, l);
	timer_after(&end, 0);
	loop_run(l);
	assert_true(all_served(w, n));
	loop_free(l);
}

static void on_stop_other(uint32_t events, void *arg)
{
	struct watch *w = arg;

	(void)events;
	note(w->seen, w->name);
	loop_fd_stop(&w->fd);
	loop_fd_stop(&w[1].fd);
}

static void test_stopped_by_another_is_not_served(void **state)
{
	struct loop *l = loop_new(LOOP_REAL);
	char seen[SEEN_MAX] = "";
	struct watch w[2];
	struct timer end;

	(void)state;
	watch_ready(&w[0], l, 'a', seen);
	watch_ready(&w[1], l, 'b', seen);
	loop_fd_serve_last(&w[1].fd);
	w[0].fd.h = on_stop_other;
	timer_init(&end, l, on_end, l);
	timer_after(&end, 5000);
	loop_run(l);
	assert_string_equal(seen, "a");
	close(w[0].fd.fd);
	close(w[1].fd.fd);
	loop_free(l);
}

struct busy {
	struct loop *loop;
	struct loop_fd fd;
	struct timer timer;
	size_t turns, fired;
	int64_t due_us, least_late_us;
};

/* Ready all the time, and it says that much came. */
static void on_much(uint32_t events, void *arg)
{
	struct busy *b = arg;

	(void)events;
	b->turns++;
	loop_served(b->loop, 1000);
}

static void on_soon(void *arg)
{
	struct busy *b = arg;
	int64_t late_us = loop_now(b->loop) - b->due_us;

	if (b->fired++ == 0 || late_us < b->least_late_us)
		b->least_late_us = late_us;
	b->due_us = loop_now(b->loop) + 2000;
	timer_at(&b->timer, b->due_us);
}

static void run_busy(struct busy *b, bool with_timer)
{
	struct timer end;
	int fd = eventfd(1, EFD_CLOEXEC);

	memset(b, 0, sizeof(*b));
	b->loop = loop_new(LOOP_REAL);
	loop_stretch(b->loop, 5000);
	assert_int_equal(
		loop_fd_watch(&b->fd, b->loop, fd, EPOLLIN, on_much, b, NULL),
		0);
	timer_init(&b->timer, b->loop, on_soon, b);
	if (with_timer)
		timer_at(&b->timer, b->due_us = 2000);
	timer_init(&end, b->loop, on_end, b->loop);
	timer_after(&end, 100000);
	loop_run(b->loop);
	timer_stop(&b->timer);
	loop_fd_stop(&b->fd);
	close(fd);
	loop_free(b->loop);
}

/* At most 20 in 100 ms, the first and the last besides. */
static void test_stretched_turns(void **state)
{
	struct busy b;

	(void)state;
	run_busy(&b, false);
	assert_in_range(b.turns, 1, 22);
}

/* Others on the machine may delay most of them, but hardly all. */
static void test_timers_are_kept_in_stretched_turns(void **state)
{
	struct busy b;

	(void)state;
	run_busy(&b, true);
	assert_true(b.fired > 0);
	assert_in_range(b.least_late_us, 0, 1500);
}

static void on_turn_end(void *arg)
{
	note(arg, '.');
}

static void test_turn_end(void **state)
{
	struct loop *l = loop_new(LOOP_REAL);
	char seen[SEEN_MAX] = "";
	struct watch w[2];
	struct timer end;

	(void)state;
	watch_ready(&w[0], l, 'a', seen);
	watch_ready(&w[1], l, 'b', seen);
	loop_on_turn_end(l, on_turn_end, seen);
	timer_init(&end, l, on_end, l);
	timer_after(&end, 0);
	loop_run(l);
	assert_string_equal(seen, ".ab.");
	loop_free(l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_comes_after_what_is_ready),
		cmocka_unit_test(test_turn_serves_all_that_is_ready),
		cmocka_unit_test(test_stopped_by_another_is_not_served),
		cmocka_unit_test(test_stretched_turns),
		cmocka_unit_test(test_timers_are_kept_in_stretched_turns),
		cmocka_unit_test(test_turn_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
