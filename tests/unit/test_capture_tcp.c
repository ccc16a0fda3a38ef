#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "capture/tcp.h"
#include "core/buf.h"
#include "core/xalloc.h"

enum { FIN = 1, SYN = 2, RST = 4 };

/* What came out: the first characters of each message, '|' between them. */
struct got {
	struct tcp *t;
	struct buf text;
	size_t frames; /* of the last message */
	bool cut;
};

static void on_message(const struct capture_packet *p, void *arg)
{
	struct got *g = arg;
	size_t n = p->data.n;

	buf_addf(&g->text, "%s%.*s(%zu)", g->text.n ? "|" : "",
		 (int)span_chr(p->data, ' '), p->data.p, n);
	tcp_frames(g->t, &g->frames);
	g->cut = p->cut;
}

static void got_init(struct got *g)
{
	g->t = tcp_new();
	buf_init(&g->text, 1 << 20);
	g->frames = 0;
}

static void got_fini(struct got *g)
{
	tcp_free(g->t);
	buf_fini(&g->text);
}

static void segment(struct got *g, uint32_t seq, uint8_t flags,
		    struct span data, size_t length)
{
	static size_t frame;
	struct capture_packet p = {.tcp = true,
				   .seq = seq,
				   .flags = flags,
				   .length = length,
				   .cut = data.n < length,
				   .frame = ++frame};
	char *copy = data.n ? xmemdup(data.p, data.n) : NULL;

	assert_true(addr_parse(span_of("10.0.0.1:5060"), &p.src));
	assert_true(addr_parse(span_of("10.0.0.2:5060"), &p.dst));
	p.data = span_from(copy, data.n);
	tcp_add(g->t, &p, on_message, g);
	free(copy);
}

static void text_segment(struct got *g, uint32_t seq, const char *text)
{
	segment(g, seq, 0, span_of(text), strlen(text));
}

/* 58 and 64 octets. */
static const char invite[] = "INVITE sip:b@example.com SIP/2.0\r\n"
			     "Call-ID: 1\r\n"
			     "l: 4\r\n\r\nbody";
static const char bye[] = "BYE sip:b@example.com SIP/2.0\r\n"
			  "Call-ID: 1\r\n"
			  "Content-Length: 0\r\n\r\n";

static char *both(void)
{
	return xasprintf("%s\r\n\r\n%s", invite, bye);
}

static const char wanted[] = "INVITE(58)|BYE(64)";

/* Cut in two at every octet, in either order, the second part twice. */
static void test_two_segments(void **state)
{
	char *text = both();
	size_t n, all = strlen(text);
	int order;

	(void)state;
	for (n = 1; n < all; n++) {
		for (order = 0; order < 2; order++) {
			struct got g;

			got_init(&g);
			segment(&g, 99, SYN, span_from(NULL, 0), 0);
			if (order)
				text_segment(&g, 100 + (uint32_t)n, text + n);
			segment(&g, 100, 0, span_from(text, n), n);
			text_segment(&g, 100 + (uint32_t)n, text + n);
			assert_string_equal(buf_str(&g.text), wanted);
			got_fini(&g);
		}
	}
	free(text);
}

static void test_octet_by_octet_over_the_wrap(void **state)
{
	char *text = both();
	size_t n, all = strlen(text);
	struct got g;

	(void)state;
	got_init(&g);
	segment(&g, 0xfffffff0 - 1, SYN, span_from(NULL, 0), 0);
	for (n = 0; n < all; n++)
		segment(&g, 0xfffffff0 + (uint32_t)n, 0, span_from(text + n, 1),
			1);
	assert_string_equal(buf_str(&g.text), wanted);
	assert_in_range(g.frames, 60, 64);
	got_fini(&g);
	free(text);
}

static void test_backwards(void **state)
{
	char *text = both();
	size_t n, all = strlen(text);
	struct got g;

	(void)state;
	got_init(&g);
	segment(&g, 99, SYN, span_from(NULL, 0), 0);
	for (n = all; n > 0; n -= n < 10 ? n : 10) {
		size_t from = n < 10 ? 0 : n - 10;

		segment(&g, 100 + (uint32_t)from, 0,
			span_from(text + from, n - from), n - from);
	}
	assert_string_equal(buf_str(&g.text), wanted);
	got_fini(&g);
	free(text);
}

/* A connection that was there before the capture is joined at a message. */
static void test_joined_late(void **state)
{
	struct got g;

	(void)state;
	got_init(&g);
	text_segment(&g, 50, "rest of a body");
	text_segment(&g, 64, invite);
	assert_string_equal(buf_str(&g.text), "INVITE(58)");
	assert_int_equal(g.frames, 1);
	got_fini(&g);
}

static void test_hole(void **state)
{
	struct got g;

	(void)state;
	got_init(&g);
	segment(&g, 99, SYN, span_from(NULL, 0), 0);
	text_segment(&g, 100, invite);
	text_segment(&g, 5000, bye);
	assert_string_equal(buf_str(&g.text), "INVITE(58)");
	tcp_flush(g.t, on_message, &g);
	assert_string_equal(buf_str(&g.text), wanted);
	got_fini(&g);
}

/* Too many that wait: the one that is missing will not come. */
static void test_hole_is_given_up(void **state)
{
	struct got g;
	uint32_t i;

	(void)state;
	got_init(&g);
	segment(&g, 99, SYN, span_from(NULL, 0), 0);
	for (i = 0; i < 70; i++)
		text_segment(&g, 5000 + i * (uint32_t)strlen(bye), bye);
	assert_int_equal(g.text.n + 1, 70 * strlen("BYE(64)|"));
	got_fini(&g);
}

static void test_end_and_reset(void **state)
{
	struct got g;

	(void)state;
	got_init(&g);
	segment(&g, 99, SYN, span_from(NULL, 0), 0);
	text_segment(&g, 100, "INVITE sip:b@example.com SIP/2.0\r\n");
	segment(&g, 134, RST, span_from(NULL, 0), 0);
	/* the same ports again */
	segment(&g, 7000, SYN, span_from(NULL, 0), 0);
	text_segment(&g, 7001, bye);
	segment(&g, 7001 + (uint32_t)strlen(bye), FIN, span_from(NULL, 0), 0);
	segment(&g, 1, SYN, span_from(NULL, 0), 0);
	text_segment(&g, 2, bye);
	assert_string_equal(buf_str(&g.text), "BYE(64)|BYE(64)");
	got_fini(&g);
}

static void test_cut(void **state)
{
	size_t n, all = strlen(invite);
	struct got g;

	(void)state;
	for (n = 0; n < all; n++) {
		got_init(&g);
		segment(&g, 99, SYN, span_from(NULL, 0), 0);
		segment(&g, 100, 0, span_from(invite, n), all);
		text_segment(&g, 100 + (uint32_t)all, bye);
		/* the header has 54 octets */
		if (n >= 54) {
			assert_non_null(strstr(buf_str(&g.text), "INVITE("));
		}
		assert_non_null(strstr(buf_str(&g.text), "BYE(64)"));
		got_fini(&g);
	}
}

static const char *const others[] = {
	"GET / HTTP/1.1\r\nHost: example.com and more of it\r\n\r\n",
	"OPTIONS rtsp://example.com/a/long/path RTSP/1.0\r\n\r\n",
	"\x16\x03\x01\x02\0 what TLS looks like, more or less, here",
	"INVITE sip:b@example.com SIP/2.0\r\nContent-Length: 99999999\r\n\r\n",
	"INVITE sip:b@example.com SIP/2.0\r\nContent-Length: -1\r\n\r\n",
	"SIP/2.0 nonsense that never ends and is no header at all",
};

static void test_others(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct got g;

		got_init(&g);
		segment(&g, 99, SYN, span_from(NULL, 0), 0);
		text_segment(&g, 100, others[i]);
		assert_string_equal(buf_str(&g.text), "");
		got_fini(&g);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_two_segments),
		cmocka_unit_test(test_octet_by_octet_over_the_wrap),
		cmocka_unit_test(test_backwards),
		cmocka_unit_test(test_joined_late),
		cmocka_unit_test(test_hole),
		cmocka_unit_test(test_hole_is_given_up),
		cmocka_unit_test(test_end_and_reset),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests_name("capture_tcp", tests, NULL, NULL);
}
