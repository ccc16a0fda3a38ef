/* Which server a call begins with, and recordings side by side. */
#include "recording_fixture.h"

#include "recording/priv.h"

static void spread(const struct recording_settings *set, int from, int calls,
		   unsigned *n)
{
	int call;

	memset(n, 0, PEERS * sizeof(*n));
	for (call = from; call < from + calls; call++)
		n[select_first(set, call)]++;
}

static void test_first_by_selection(void **state)
{
	static const struct {
		const char *name;
		enum recording_select select;
		unsigned weight[PEERS];
		int calls;
		unsigned n[PEERS];
	} rows[] = {
		{"in sequence", RECORDING_SEQUENCE, {9, 9, 9}, 12, {12, 0, 0}},
		{"in turn", RECORDING_ROUND_ROBIN, {9, 1, 1}, 12, {4, 4, 4}},
		{"even weights", RECORDING_WEIGHTED, {1, 1, 1}, 12, {4, 4, 4}},
		{"three to one", RECORDING_WEIGHTED, {3, 1, 0}, 12, {9, 3, 0}},
		{"spare first", RECORDING_WEIGHTED, {0, 1, 2}, 12, {0, 4, 8}},
		{"no weight", RECORDING_WEIGHTED, {0, 0, 0}, 12, {12, 0, 0}},
		{"large ones",
		 RECORDING_WEIGHTED,
		 {100, 50, 50},
		 200,
		 {100, 50, 50}},
	};
	struct recording_settings set = w.set;
	unsigned n[PEERS];
	size_t i, k;

	(void)state;
	set.n_servers = PEERS;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		set.select = rows[i].select;
		for (k = 0; k < PEERS; k++)
			w.server[k].weight = rows[i].weight[k];
		/* wherever the count begins */
		spread(&set, (int)i * 1000000, rows[i].calls, n);
		for (k = 0; k < PEERS; k++) {
			if (n[k] != rows[i].n[k])
				print_error("%s\n", rows[i].name);
			assert_int_equal(n[k], rows[i].n[k]);
		}
	}
}

/* Never four of the big one's in a row. */
static void test_weights_are_mixed(void **state)
{
	struct recording_settings set = w.set;
	int call, row = 0;

	(void)state;
	set.n_servers = 2;
	set.select = RECORDING_WEIGHTED;
	w.server[0].weight = 3;
	w.server[1].weight = 1;
	for (call = 0; call < 100; call++) {
		row = select_first(&set, call) == 0 ? row + 1 : 0;
		assert_true(row < 4);
	}
}

static void test_all_are_recordings_of_their_own(void **state)
{
	size_t i;

	(void)state;
	w.set.n_servers = PEERS;
	w.set.select = RECORDING_ALL;
	make_recording();
	media_known();
	for (i = 0; i < PEERS; i++)
		assert_int_equal(count(&w.peer[i], "INVITE"), 1);
	reply(&w.peer[0], "INVITE", 200, TAKES);
	reply(&w.peer[1], "INVITE", 486, NULL);
	reply(&w.peer[2], "INVITE", 200, TAKES);
	assert_string_equal(events(), "start exhausted start");
	assert_string_not_equal(trace_event_at(w.trace, 0)->session_id,
				trace_event_at(w.trace, 2)->session_id);
	talk(5);
	assert_int_equal(packets_at(&w.peer[0]), 10);
	assert_int_equal(packets_at(&w.peer[1]), 0);
	assert_int_equal(packets_at(&w.peer[2]), 10);
	assert_int_equal(recording_do(w.r, RECORDING_STOP, "default"),
			 RECORDING_OK);
	settle();
	assert_int_equal(count(&w.peer[0], "BYE"), 1);
	assert_int_equal(count(&w.peer[2], "BYE"), 1);
	reply(&w.peer[0], "BYE", 200, NULL);
	reply(&w.peer[2], "BYE", 200, NULL);
	assert_string_equal(events(), "start exhausted start stop stop");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_first_by_selection),
		T(test_weights_are_mixed),
		T(test_all_are_recordings_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
