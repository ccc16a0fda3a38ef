#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sip/view.h"
#include "trace/ladder.h"

enum { CALLER = 5060, CALLEE = 5062, SRC = 5064, FIRST = 5070, SECOND = 5072 };
enum { LOST = -1 };

#define SDP "Content-Type: application/sdp\r\n"
#define BOTH                                                                   \
	"Accept: application/sdp\r\n"                                          \
	"Content-Type: multipart/mixed;boundary=B\r\n\r\n"                     \
	"--B\r\ncontent-type: application/sdp\r\n\r\nc=IN IP4 h\r\n"           \
	"--B\r\nContent-Type: application/rs-metadata+xml\r\n\r\n<r/>\r\n"     \
	"--B--"

static int setup(void **state)
{
	static const struct {
		uint16_t port;
		const char *name;
	} names[] = {{CALLER, "caller"}, {CALLEE, "callee"},  {SRC, "src"},
		     {FIRST, "first"},	 {SECOND, "second"},  {6000, "caller"},
		     {6002, "src"},	 {6004, "second rtp"}};
	struct trace *t = trace_new();
	size_t i;

	trace_set_classifier(t, sip_classify);
	trace_bind_call_id(t, span_of("c"), 0);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		struct addr a = addr_loopback(names[i].port);

		trace_name_addr(t, &a, names[i].name);
	}
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	trace_free(*state);
	return 0;
}

/* `start` is a method, or a code and a method; `took_ms` may be LOST. */
static void sip(struct trace *t, int at_ms, int took_ms, uint16_t src,
		uint16_t dst, const char *start, const char *rest)
{
	struct addr a = addr_loopback(src), b = addr_loopback(dst);
	const char *method = strchr(start, ' ');
	struct trace_sip *m;
	char text[1024];
	int n;

	if (method)
		n = snprintf(text, sizeof(text), "SIP/2.0 %.3s x\r\n", start);
	else
		n = snprintf(text, sizeof(text), "%s sip:b SIP/2.0\r\n", start);
	n += snprintf(text + n, sizeof(text) - (size_t)n,
		      "CSeq: 1 %s\r\nCall-ID: c\r\n%s\r\n\r\n",
		      method ? method + 1 : start, rest);
	m = trace_add_sip(t, at_ms * 1000, &a, &b, text, (size_t)n);
	if (took_ms != LOST)
		trace_sip_arrived(m, (at_ms + took_ms) * 1000);
}

/* A packet each 20 ms; every one arrives but those of `lost`. */
static void rtp(struct trace *t, int at_ms, uint16_t src, uint16_t dst, int n,
		int lost)
{
	struct addr a = addr_loopback(src), b = addr_loopback(dst);
	uint8_t p[172] = {0x80};
	int i;

	for (i = 0; i < n; i++) {
		int64_t now_us = (at_ms + i * 20) * 1000;
		struct trace_rtp *r;

		p[3] = (uint8_t)i;
		r = trace_rtp_of(t, &a, &b, p, sizeof(p));
		trace_rtp_sent(r, now_us);
		if (i != lost)
			trace_rtp_received(t, r, now_us, p, sizeof(p));
	}
}

static void assert_ladder(const struct trace *t, int64_t until_us,
			  const char *wanted)
{
	struct buf out;

	buf_init(&out, 64 * 1024);
	trace_ladder(t, 0, until_us, &out);
	assert_string_equal(buf_str(&out), wanted);
	buf_fini(&out);
}

static void add_call(struct trace *t)
{
	struct addr media = addr_loopback(6002), vault = addr_loopback(6004);
	struct trace_event ev = {.at_us = 1105000, .name = "E_SIPREC_START"};
	struct trace_attempt *a;

	trace_call(t, 0)->t0_us = 100000;
	sip(t, 100, 1, CALLER, CALLEE, "INVITE", SDP);
	sip(t, 102, 1, CALLEE, CALLER, "200 INVITE", "c: application/sdp");
	a = trace_add_attempt(t, 0, 103000, "default", "first", "sip:f", "c");
	sip(t, 103, LOST, SRC, FIRST, "INVITE", BOTH);
	sip(t, 603, 1, SRC, FIRST, "INVITE", BOTH);
	sip(t, 604, 1, FIRST, SRC, "486 INVITE", "");
	trace_attempt_end(t, a, 605000, "486", "Busy Here");
	a = trace_add_attempt(t, 0, 605000, "default", "second", "sip:s", "c");
	sip(t, 605, 1, SRC, SECOND, "INVITE", BOTH);
	sip(t, 1104, 1, SECOND, SRC, "200 INVITE", SDP);
	trace_attempt_end(t, a, 1105000, "200", NULL);
	trace_add_event(t, &ev);
	trace_bind_rtp(t, &media, &vault,
		       &(struct trace_bind){0, "default", "second", "caller",
					    "audio", "1", "PCMU", 8000, 0,
					    NULL});
	rtp(t, 1120, 6002, 6004, 50, 30);
	trace_name_addr(t, &media, "callee"); /* a later call has the port */
	trace_notef(t, 0, 1110000, TRACE_STATE, "src", "not shown");
	trace_notef(t, 0, 1110000, TRACE_WARNING, "src", "late %d", 7);
	sip(t, 3000, 1, SECOND, SRC, "UPDATE",
	    "Content-Type: application/rs-metadata+xml\r\n\r\n"
	    "<requestsnapshot/>");
}

/* clang-format off: ladders are to be seen as they are */
static void test_ladder_failover(void **state)
{
	struct trace *t = *state;

	add_call(t);
	assert_ladder(t, INT64_MAX,
		      "           caller      callee      src         first    "
		      "   second\n"
		      "   +0.000  |---------->|           |           |        "
		      "   |  INVITE (sdp)\n"
		      "   +0.002  |<----------|           |           |        "
		      "   |  200 INVITE (sdp)\n"
		      "   +0.003  |           |           |----------x|        "
		      "   |  INVITE (sdp+metadata), lost\n"
		      "   +0.503  |           |           |---------->|        "
		      "   |  INVITE (sdp+metadata), again\n"
		      "   +0.504  |           |           |<----------|        "
		      "   |  486 INVITE\n"
		      "   +0.505         -- failover: first 486 -> second --\n"
		      "   +0.505  |           |           "
		      "|---------------------->|  INVITE (sdp+metadata)\n"
		      "   +1.004  |           |           "
		      "|<----------------------|  200 INVITE (sdp)\n"
		      "   +1.005                -- E_SIPREC_START --\n"
		      "   +1.010             -- warning: src: late 7 --\n"
		      "   +1.020  |           |           "
		      "|---------------------->|  RTP begins (PCMU)\n"
		      "   +2.000  |           |           "
		      "|---------------------->|  RTP 49 packets, 1 lost\n"
		      "   +2.900  |           |           "
		      "|<----------------------|  UPDATE (snapshot request)\n");
}

/* What is later is not there, nor actors that only come later. */
static void test_ladder_until(void **state)
{
	struct trace *t = *state;

	add_call(t);
	assert_ladder(t, 103000,
		      "           caller      callee      src         first\n"
		      "   +0.000  |---------->|           |           |  "
		      "INVITE (sdp)\n"
		      "   +0.002  |<----------|           |           |  200 "
		      "INVITE (sdp)\n"
		      "   +0.003  |           |           |----------x|  "
		      "INVITE (sdp+metadata), lost\n");
}

/* Arrivals at an outside peer are not known; it talks, so it is there. */
static void test_ladder_outside_peer(void **state)
{
	struct trace *t = *state;

	sip(t, 0, LOST, SRC, 7000, "INVITE", BOTH);
	sip(t, 5, 0, 7000, SRC, "200 INVITE", SDP);
	sip(t, 6, LOST, SRC, 7000, "ACK", "");
	rtp(t, 10, 6002, 7002, 3, LOST);
	assert_ladder(t, INT64_MAX,
		      "           src         127.0.0.1:7000\n"
		      "   +0.000  |---------->|  INVITE (sdp+metadata)\n"
		      "   +0.005  |<----------|  200 INVITE (sdp)\n"
		      "   +0.006  |---------->|  ACK\n"
		      "   +0.010  -- src > 127.0.0.1:7002: RTP begins --\n"
		      "   +0.050  -- src > 127.0.0.1:7002: RTP 3 packets --\n");
}

static void test_ladder_nobody_there(void **state)
{
	struct trace *t = *state;
	struct trace_attempt *a;

	a = trace_add_attempt(t, 0, 0, "default", "first", "sip:f", "c");
	sip(t, 0, LOST, SRC, FIRST, "INVITE", "");
	sip(t, 500, LOST, SRC, FIRST, "INVITE", "");
	trace_attempt_end(t, a, 2000000, "timeout", "no answer in 2 s");
	trace_call(t, 0)->t0_us = 250000;
	assert_ladder(t, INT64_MAX,
		      "           src         first\n"
		      "   -0.250  |----------x|  INVITE, lost\n"
		      "   +0.250  |----------x|  INVITE, again, lost\n"
		      "   +1.750  -- first: timeout (no answer in 2 s) --\n");
}

/* Streams of the call itself, one packet, and one that goes in a circle. */
static void test_ladder_own_streams(void **state)
{
	struct trace *t = *state;

	sip(t, 0, 1, CALLER, SRC, "INVITE", SDP);
	sip(t, 1, 1, CALLER, CALLER, "BYE", "");
	rtp(t, 10, 6000, 6002, 2, LOST);
	rtp(t, 20, 6002, 6000, 1, LOST);
	assert_ladder(t, INT64_MAX,
		      "           caller      src\n"
		      "   +0.000  |---------->|  INVITE (sdp)\n"
		      "   +0.001  -- caller > caller: BYE --\n"
		      "   +0.010  |---------->|  RTP begins\n"
		      "   +0.020  |<----------|  RTP 1 packet\n"
		      "   +0.030  |---------->|  RTP 2 packets\n");
	trace_call(t, 1);
	assert_ladder(t, INT64_MAX,
		      "           caller      src\n"
		      "   +0.000  |---------->|  INVITE (sdp)\n"
		      "   +0.001  -- caller > caller: BYE --\n");
}

/* What a dialog's note is about is often known only afterwards. */
static void test_ladder_notes(void **state)
{
	struct trace *t = *state;
	struct span later = span_of("d");

	sip(t, 1, 1, CALLER, SRC, "INVITE", SDP);
	trace_dialog_notef(t, span_of("c"), 2000, TRACE_WARNING, "src",
			   "bound");
	trace_dialog_notef(t, later, 3000, TRACE_WARNING, "src", "bound %s",
			   "later");
	trace_dialog_notef(t, later, 4000, TRACE_NOTE, NULL, "and so is this");
	trace_dialog_notef(t, span_of("e"), 5000, TRACE_NOTE, "src",
			   "another's");
	trace_notef(t, -1, 6000, TRACE_WARNING, "world", "of the run");
	trace_notef(t, -1, 6000, TRACE_STATE, "world", "no note");
	assert_int_equal(trace_note_at(t, 1)->call, -1);
	trace_bind_call_id(t, later, 0);
	trace_bind_call_id(t, span_of("e"), 1);
	assert_int_equal(trace_note_at(t, 1)->call, 0);
	assert_int_equal(trace_note_at(t, 3)->call, 1);
	assert_ladder(t, INT64_MAX,
		      "           caller      src\n"
		      "   +0.000  |---------->|  INVITE (sdp)\n"
		      "   +0.001  -- warning: src: bound --\n"
		      "   +0.002  -- warning: src: bound later --\n"
		      "   +0.003  -- and so is this --\n"
		      "   +0.005  -- warning: world: of the run --\n");
}

/* Of several calls: those that went on when it was said. */
static void test_ladder_notes_of_the_run(void **state)
{
	static const struct {
		const char *name;
		int64_t t0_us, ended_us;
		bool early, late;
	} rows[] = {
		{"the first has what was before", 50000, 150000, true, false},
		{"over before", 10, 20, false, false},
		{"begun between", 150000, -1, false, true},
		{"never begun", -1, -1, false, false}};
	struct trace *t = *state;
	struct buf out;
	int i;

	trace_notef(t, -1, 30000, TRACE_WARNING, "vault", "early");
	trace_notef(t, -1, 200000, TRACE_WARNING, "vault", "late");
	for (i = 0; i < 4; i++) {
		trace_call(t, i)->t0_us = rows[i].t0_us;
		trace_call(t, i)->ended_us = rows[i].ended_us;
	}
	for (i = 0; i < 4; i++) {
		print_message("%s\n", rows[i].name);
		buf_init(&out, 64 * 1024);
		trace_ladder(t, i, INT64_MAX, &out);
		assert_int_equal(strstr(buf_str(&out), "early") != NULL,
				 rows[i].early);
		assert_int_equal(strstr(buf_str(&out), "late") != NULL,
				 rows[i].late);
		buf_fini(&out);
	}
}

static void test_ladder_nothing(void **state)
{
	assert_ladder(*state, INT64_MAX, "");
}

/* clang-format on */

/* However many actors and however long their names, 100 columns of ASCII. */
static void test_ladder_width(void **state)
{
	struct trace *t = *state;
	const char *p, *end;
	struct buf out;
	char name[160];
	uint16_t i;

	for (i = 0; i < 20; i++) {
		struct addr a = addr_loopback((uint16_t)(8000 + i));

		snprintf(name, sizeof(name), "actor%d%c%.*s", i,
			 i % 2 ? 0xc3 : 'n', i * 7,
			 "long name long name "
			 "long name long name long name long name long name "
			 "long name long name long name long name long name");
		trace_name_addr(t, &a, name);
		sip(t, i, 1, 8000, (uint16_t)(8000 + i), "INVITE", BOTH);
		trace_notef(t, 0, i, TRACE_NOTE, name, "\t%s", name);
	}
	buf_init(&out, 64 * 1024);
	trace_ladder(t, 0, INT64_MAX, &out);
	for (p = buf_str(&out); *p; p = end + 1) {
		end = strchr(p, '\n');
		assert_non_null(end);
		assert_in_range(end - p, 1, 100);
		for (; p < end; p++)
			assert_in_range(*p, ' ', '~');
	}
	assert_non_null(strstr(buf_str(&out), "actor0n > actor19"));
	buf_fini(&out);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ladder_failover),
		TEST(test_ladder_until),
		TEST(test_ladder_outside_peer),
		TEST(test_ladder_nobody_there),
		TEST(test_ladder_own_streams),
		TEST(test_ladder_nothing),
		TEST(test_ladder_width),
		TEST(test_ladder_notes),
		TEST(test_ladder_notes_of_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
