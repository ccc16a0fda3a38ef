#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "net/local.h"

static void test_local_for_loopback(void **state)
{
	struct addr peer = addr_loopback(5060), a, none;

	(void)state;
	assert_true(net_local_for(&peer, &a));
	none = addr_loopback(0);
	assert_true(addr_eq(&a, &none));
	peer.port = 0;
	assert_true(net_local_for(&peer, &a));
	assert_true(addr_eq(&a, &none));
}

/* Whatever the host has, it is an address one can be called at. */
static void test_local_any(void **state)
{
	static const uint8_t families[] = {4, 6};
	struct addr a;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		net_local_any(families[i], &a);
		assert_int_equal(a.family, families[i]);
		assert_int_equal(a.port, 0);
		assert_false(addr_is_any(&a));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_local_for_loopback),
		cmocka_unit_test(test_local_any),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
