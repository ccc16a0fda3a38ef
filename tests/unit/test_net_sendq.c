/* Datagrams that leave together. Where the system has no such queue there is
 * nothing to test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net/sendq.h"
#include "net/udp_socket.h"

enum { SOCKETS = 10, MANY = 50 };

struct end {
	struct addr at;
	int fd;
	int unsent;
};

static struct sendq *queue;
static struct end end[SOCKETS];

static void on_unsent(void *arg)
{
	struct end *e = arg;

	e->unsent++;
}

static void join(struct end *e, struct addr any)
{
	e->unsent = 0;
	e->fd = udp_socket_open(&any, false, &e->at, NULL);
}

static int setup(void **state)
{
	int i;

	(void)state;
	queue = sendq_new(on_unsent, NULL);
	assert_non_null(queue);
	for (i = 0; i < SOCKETS; i++) {
		join(&end[i], addr_loopback(0));
		assert_true(end[i].fd >= 0);
	}
	return 0;
}

static int teardown(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < SOCKETS; i++)
		close(end[i].fd);
	sendq_free(queue);
	return 0;
}

static void say(struct end *a, const struct addr *to, uint8_t octet)
{
	assert_true(sendq_put(queue, a->fd, to, &octet, 1, a));
}

/* The octet that came, or -1; `from` is where from. */
static int heard(const struct end *e, struct addr *from)
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	uint8_t octet;

	if (recvfrom(e->fd, &octet, 1, 0, (struct sockaddr *)&ss, &len) < 0)
		return -1;
	addr_from_sockaddr((struct sockaddr *)&ss, from);
	return octet;
}

static void test_sends_when_flushed(void **state)
{
	struct addr from;

	(void)state;
	say(&end[0], &end[1].at, 7);
	assert_int_equal(heard(&end[1], &from), -1);
	sendq_flush(queue);
	assert_int_equal(heard(&end[1], &from), 7);
	assert_true(addr_eq(&from, &end[0].at));
	sendq_flush(queue);
	assert_int_equal(heard(&end[1], &from), -1);
}

/* More than is kept. */
static void test_all_go_once_and_in_order(void **state)
{
	struct addr from;
	int i, k;

	(void)state;
	for (k = 0; k < MANY; k++)
		for (i = 0; i < SOCKETS; i++)
			say(&end[i], &end[(i + 1) % SOCKETS].at, (uint8_t)k);
	sendq_flush(queue);
	for (i = 0; i < SOCKETS; i++) {
		for (k = 0; k < MANY; k++)
			assert_int_equal(heard(&end[i], &from), k);
		assert_int_equal(heard(&end[i], &from), -1);
		assert_int_equal(end[i].unsent, 0);
	}
}

static void test_sizes(void **state)
{
	static char big[SENDQ_ROOM + 1], back[SENDQ_ROOM + 1];

	(void)state;
	memset(big, 'b', sizeof(big));
	assert_false(sendq_put(queue, end[0].fd, &end[1].at, big, sizeof(big),
			       &end[0]));
	assert_true(sendq_put(queue, end[0].fd, &end[1].at, big, SENDQ_ROOM,
			      &end[0]));
	assert_true(sendq_put(queue, end[0].fd, &end[1].at, big, 0, &end[0]));
	sendq_flush(queue);
	assert_int_equal(recv(end[1].fd, back, sizeof(back), 0), SENDQ_ROOM);
	assert_memory_equal(back, big, SENDQ_ROOM);
	assert_int_equal(recv(end[1].fd, back, sizeof(back), 0), 0);
}

/* Port 0 is nowhere. Others are not held up. */
static void test_tells_what_was_not_sent(void **state)
{
	struct addr nowhere = addr_loopback(0), from;

	(void)state;
	say(&end[0], &nowhere, 1);
	say(&end[2], &end[1].at, 2);
	sendq_flush(queue);
	assert_int_equal(end[0].unsent, 1);
	assert_int_equal(end[2].unsent, 0);
	assert_int_equal(heard(&end[1], &from), 2);
}

static void test_ipv6(void **state)
{
	struct addr any, from;
	struct end six;

	(void)state;
	assert_true(addr_parse(span_of("[::1]:0"), &any));
	join(&six, any);
	if (six.fd < 0)
		skip(); /* no IPv6 here */
	say(&six, &six.at, 3);
	sendq_flush(queue);
	assert_int_equal(heard(&six, &from), 3);
	assert_true(addr_eq(&from, &six.at));
	close(six.fd);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_sends_when_flushed),
		CASE(test_all_go_once_and_in_order),
		CASE(test_sizes),
		CASE(test_tells_what_was_not_sent),
		CASE(test_ipv6),
	};
	struct err e = ERR_INIT;
	struct sendq *q = sendq_new(on_unsent, &e);

	if (!q) {
		print_message("left out: %s\n", e.text);
		return 0;
	}
	sendq_free(q);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
