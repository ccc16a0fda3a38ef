#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/xalloc.h"
#include "sip/view.h"
#include "trace/trace.h"

static int setup(void **state)
{
	*state = trace_new();
	trace_set_classifier(*state, sip_classify);
	return 0;
}

static int teardown(void **state)
{
	trace_free(*state);
	return 0;
}

static struct trace_sip *add(struct trace *t, int64_t now_us, uint16_t src,
			     uint16_t dst, const char *call_id, int cseq)
{
	struct addr a = addr_loopback(src), b = addr_loopback(dst);
	char text[256];
	int n = snprintf(text, sizeof(text),
			 "BYE sip:b SIP/2.0\r\nCall-ID: %s\r\n"
			 "CSeq: %d BYE\r\n\r\n",
			 call_id, cseq);

	return trace_add_sip(t, now_us, &a, &b, text, (size_t)n);
}

static void test_sip_fields(void **state)
{
	struct trace *t = *state;
	struct addr a = addr_loopback(5060);
	struct trace_sip *m;

	trace_name_addr(t, &a, "src");
	trace_bind_call_id(t, span_of("c7"), 7);
	m = add(t, 1234, 5060, 5070, "c7", 2);
	assert_int_equal(m->sent_us, 1234);
	assert_int_equal(m->arrived_us, -1);
	assert_string_equal(m->from, "src");
	assert_string_equal(m->to, "127.0.0.1:5070");
	assert_int_equal(m->call, 7);
	assert_true(m->request);
	assert_int_equal(m->cseq, 2);
	assert_true(span_is(m->method, "BYE"));
	assert_int_equal(m->text.p[m->text.n], '\0');
	trace_sip_arrived(m, 1300);
	assert_int_equal(trace_sip_at(t, 0)->arrived_us, 1300);
	assert_int_equal(trace_calls(t), 8);
}

static void test_sip_not_sip(void **state)
{
	struct trace *t = *state;
	struct addr a = addr_loopback(1);
	struct trace_sip *m = trace_add_sip(t, 0, &a, &a, "\0\n", 2);

	assert_int_equal(m->call, -1);
	assert_int_equal(m->method.n, 0);
	assert_memory_equal(m->text.p, "\0\n", 2);
	m = trace_add_sip(t, 0, &a, &a, NULL, 0);
	assert_int_equal(m->text.n, 0);
	assert_false(m->again);
	assert_true(trace_add_sip(t, 0, &a, &a, NULL, 0)->again);
}

static void test_sip_again(void **state)
{
	struct trace *t = *state;

	assert_false(add(t, 0, 1, 2, "c", 1)->again);
	assert_false(add(t, 1, 2, 1, "c", 1)->again);
	assert_false(add(t, 2, 1, 2, "c", 2)->again);
	assert_false(add(t, 3, 1, 3, "c", 1)->again);
	assert_true(add(t, 4, 1, 2, "c", 1)->again);
	assert_true(add(t, 5, 1, 2, "c", 1)->again);
}

static void test_names_newest_counts(void **state)
{
	struct trace *t = *state;
	struct addr a = addr_loopback(9);
	char name[] = "first";
	const struct trace_sip *m;

	assert_null(trace_name_of(t, &a));
	m = add(t, 0, 9, 2, "c", 1);
	assert_string_equal(m->from, "127.0.0.1:9");
	assert_null(trace_name_of(t, &a));
	trace_name_addr(t, &a, name);
	name[0] = 'x';
	assert_string_equal(trace_name_of(t, &a), "first");
	trace_name_addr(t, &a, "second");
	assert_string_equal(add(t, 0, 9, 2, "c", 1)->from, "second");
	assert_string_equal(m->from, "127.0.0.1:9");
}

/* A recorder that sends from a port nobody knows is known by its Call-ID. */
static void test_names_of_a_dialog(void **state)
{
	struct trace *t = *state;
	struct addr src = addr_loopback(5060), vault = addr_loopback(5070),
		    other = addr_loopback(5071);
	const struct trace_sip *m;

	trace_name_addr(t, &src, "src");
	trace_name_addr(t, &vault, "vault");
	trace_name_addr(t, &other, "other");
	trace_bind_call_id(t, span_of("c1"), 0);
	trace_bind_call_id(t, span_of("c2"), 0);
	add(t, 1, 5060, 5070, "c1", 1);
	add(t, 2, 5060, 5071, "c2", 1);
	m = add(t, 3, 40000, 5060, "c1", 2);
	assert_string_equal(m->from, "vault");
	assert_string_equal(m->to, "src");
	m = add(t, 4, 5060, 40000, "c1", 2);
	assert_string_equal(m->from, "src");
	assert_string_equal(m->to, "vault");
	m = add(t, 5, 40000, 5060, "c2", 2);
	assert_string_equal(m->from, "other");
	/* who spoke with nobody there, and a Call-ID that nobody knows */
	m = add(t, 6, 40000, 5071, "c1", 2);
	assert_string_equal(m->from, "127.0.0.1:40000");
	m = add(t, 7, 40000, 5060, "c3", 2);
	assert_string_equal(m->from, "127.0.0.1:40000");
}

static void test_calls_thousand(void **state)
{
	enum { CALLS = 1000 };
	struct trace *t = *state;
	const struct trace_sip *m, *first = NULL;
	char id[16];
	int call, round;
	size_t i;

	for (call = 0; call < CALLS; call++) {
		snprintf(id, sizeof(id), "c%d", call);
		trace_bind_call_id(t, span_of(id), call);
	}
	for (round = 0; round < 3; round++)
		for (call = CALLS - 1; call >= 0; call--) {
			snprintf(id, sizeof(id), "c%d", call);
			m = add(t, round, 1, 2, id, round);
			if (!first)
				first = m;
		}
	assert_ptr_equal(first, trace_sip_at(t, 0));
	assert_int_equal(trace_n_sip(t), 3 * CALLS);
	for (call = 0; call < CALLS; call++) {
		i = 0;
		for (round = 0; round < 3; round++) {
			assert_true(trace_call_sip(t, call, &i, &m));
			assert_int_equal(m->call, call);
			assert_int_equal(m->sent_us, round);
		}
		assert_false(trace_call_sip(t, call, &i, &m));
	}
	i = 0;
	assert_false(trace_call_sip(t, CALLS, &i, &m));
	assert_false(trace_call_sip(t, -1, &i, &m));
}

static void test_calls_on_demand(void **state)
{
	struct trace *t = *state;
	struct trace_call *c, *again;

	assert_int_equal(trace_calls(t), 0);
	assert_null(trace_call_at(t, 0));
	c = trace_call(t, 2);
	assert_int_equal(trace_calls(t), 3);
	assert_int_equal(c->t0_us, -1);
	assert_int_equal(c->answered_us, -1);
	assert_int_equal(c->ended_us, -1);
	trace_call(t, 5000);
	again = trace_call(t, 2);
	assert_ptr_equal(c, again);
	assert_ptr_equal(trace_call_at(t, 2), c);
}

static void test_call_id_rebound(void **state)
{
	struct trace *t = *state;

	assert_int_equal(add(t, 0, 1, 2, "c", 1)->call, -1);
	trace_bind_call_id(t, span_of("c"), 0);
	assert_int_equal(add(t, 0, 1, 2, "c", 2)->call, 0);
	trace_bind_call_id(t, span_of("c"), 1);
	assert_int_equal(add(t, 0, 1, 2, "c", 3)->call, 1);
	assert_int_equal(add(t, 0, 1, 2, "C", 4)->call, -1);
}

static void test_order_over_all_kinds(void **state)
{
	struct trace *t = *state;
	struct trace_event ev = {.call = 0, .kind = "start"};
	const struct trace_event *e;
	struct trace_attempt *a;

	add(t, 0, 1, 2, "c", 1);
	a = trace_add_attempt(t, 0, 5, "default", "vault", "sip:v", "id");
	e = trace_add_event(t, &ev);
	trace_notef(t, -1, 6, TRACE_NOTE, "world", "%d of %s", 3, "them");
	assert_int_equal(trace_sip_at(t, 0)->order, 0);
	assert_int_equal(a->order, 1);
	assert_int_equal(e->order, 2);
	assert_int_equal(trace_note_at(t, 0)->order, 3);
	assert_string_equal(trace_note_at(t, 0)->text, "3 of them");
	assert_string_equal(e->kind, "start");
	assert_string_equal(e->dlg_id, "");
	assert_string_equal(e->code, "");
}

static void test_attempt(void **state)
{
	struct trace *t = *state;
	char result[] = "486";
	struct trace_attempt *a = trace_add_attempt(t, 3, 5, "default", "vault",
						    "sip:v", "id");

	assert_int_equal(a->ended_us, -1);
	assert_null(a->result);
	trace_attempt_end(t, a, 9, result, NULL);
	result[0] = 'x';
	assert_ptr_equal(trace_attempt_at(t, 0), a);
	assert_int_equal(a->ended_us, 9);
	assert_string_equal(a->result, "486");
	assert_null(a->why);
}

static void test_files(void **state)
{
	struct trace *t = *state;

	trace_add_file(t, TRACE_FILE_AUDIO, 1, "vault", "caller", "a.wav");
	trace_add_file(t, TRACE_FILE_PCAP, 0, NULL, NULL, "wire.pcap");
	assert_int_equal(trace_n_files(t), 2);
	assert_string_equal(trace_file_at(t, 0)->party, "caller");
	assert_null(trace_file_at(t, 1)->server);
	assert_string_equal(trace_file_at(t, 1)->path, "wire.pcap");
}

/* Texts around and beyond a block of the arena keep their bytes. */
static void test_texts_of_all_sizes(void **state)
{
	static const size_t sizes[] = {1,     15,    16,    17,	   16383, 16384,
				       16385, 65535, 65536, 65537, 200000};
	enum { SIZES = sizeof(sizes) / sizeof(sizes[0]) };
	struct trace *t = *state;
	struct addr a = addr_loopback(1);
	size_t i, k;

	for (i = 0; i < 4 * SIZES; i++) {
		size_t n = sizes[i % SIZES];
		char *text = xmalloc(n);

		memset(text, 'a' + (int)(i % 26), n);
		trace_add_sip(t, 0, &a, &a, text, n);
		free(text);
	}
	for (i = 0; i < 4 * SIZES; i++) {
		struct span text = trace_sip_at(t, i)->text;

		assert_int_equal(text.n, sizes[i % SIZES]);
		for (k = 0; k < text.n; k++)
			if (text.p[k] != 'a' + (int)(i % 26))
				fail_msg("message %zu, octet %zu", i, k);
	}
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_sip_fields),
		TEST(test_sip_not_sip),
		TEST(test_sip_again),
		TEST(test_names_newest_counts),
		TEST(test_names_of_a_dialog),
		TEST(test_calls_thousand),
		TEST(test_calls_on_demand),
		TEST(test_call_id_rebound),
		TEST(test_order_over_all_kinds),
		TEST(test_attempt),
		TEST(test_files),
		TEST(test_texts_of_all_sizes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
