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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_last_comes_after_what_is_ready),
		cmocka_unit_test(test_turn_serves_all_that_is_ready),
		cmocka_unit_test(test_stopped_by_another_is_not_served),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
