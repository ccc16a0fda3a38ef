/* What a user agent still holds: two of them, one that never lets go. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sip/session.h"

static struct {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct sip_ua *caller, *callee;
	struct sip_session *out, *in;
} w;

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	static const struct sip_session_handlers none;

	(void)req;
	(void)from;
	(void)arg;
	w.in = sip_session_incoming(ua, x, &none, NULL);
}

static struct sip_ua *new_agent(const char *name)
{
	struct sip_ua_conf conf = {.loop = w.loop,
				   .wire = w.wire,
				   .trace = w.trace,
				   .ids = w.ids,
				   .rng = &w.rng,
				   .name = name,
				   .invite = on_invite};
	struct err e = ERR_INIT;
	struct sip_ua *ua = sip_ua_new(&conf, &e);

	assert_non_null(ua);
	return ua;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_VIRTUAL);
	w.trace = trace_new();
	rng_init(&w.rng, 1);
	w.ids = ids_new(1, true);
	w.wire = wire_sim_new(w.loop, w.trace, &w.rng, 1000);
	w.caller = new_agent("caller");
	w.callee = new_agent("callee");
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	sip_ua_free(w.caller);
	sip_ua_free(w.callee);
	assert_int_equal(wire_flows(w.wire), 0);
	wire_free(w.wire);
	assert_int_equal(loop_timers(w.loop), 0);
	ids_free(w.ids);
	loop_free(w.loop);
	trace_free(w.trace);
	return 0;
}

static void on_stop(void *arg)
{
	loop_stop(arg);
}

static void run_for(int64_t us)
{
	struct timer t;

	timer_init(&t, w.loop, on_stop, w.loop);
	timer_after(&t, us);
	loop_run(w.loop);
}

static void invite(void)
{
	static const struct sip_session_handlers none;
	char host[ADDR_TEXT];
	char *uri = xasprintf("sip:b@%s",
			      addr_text(sip_ua_addr(w.callee), host));
	struct sip_invite inv = {.uri = uri,
				 .from = "<sip:a@example.com>",
				 .to = "<sip:b@example.com>"};
	struct err e = ERR_INIT;

	w.out = sip_session_invite(w.caller, &inv, &none, NULL, &e);
	assert_non_null(w.out);
	free(uri);
	run_for(10000);
	assert_non_null(w.in);
}

static void assert_left(const struct sip_ua *ua, size_t dialogs,
			size_t transactions)
{
	struct sip_ua_left left = sip_ua_left(ua);

	assert_int_equal(left.dialogs, dialogs);
	assert_int_equal(left.transactions, transactions);
}

static void test_left_unanswered(void **state)
{
	(void)state;
	assert_left(w.caller, 0, 0);
	invite();
	assert_left(w.caller, 1, 1);
	assert_left(w.callee, 1, 1);
}

static void test_left_up_and_over(void **state)
{
	(void)state;
	invite();
	sip_session_answer(w.in, 200, NULL, NULL, span_of(""));
	run_for(10000);
	assert_left(w.caller, 1, 0);
	assert_left(w.callee, 1, 0);
	sip_session_hangup(w.out, NULL);
	sip_session_release(w.out);
	run_for(10000);
	/* the BYE's transactions end by timers J and K */
	assert_left(w.caller, 0, 0);
	/* over, and still the owner's */
	assert_left(w.callee, 1, 0);
	sip_session_release(w.in);
	assert_left(w.callee, 0, 0);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(test_left_unanswered),
		T(test_left_up_and_over),
	};

	return cmocka_run_group_tests_name("sip_left", tests, NULL, NULL);
}
