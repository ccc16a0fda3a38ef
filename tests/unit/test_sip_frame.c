/* Messages in a stream of bytes, in whatever pieces they come. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/rng.h"
#include "core/xalloc.h"
#include "sip/frame.h"

#define HEAD "OPTIONS sip:a SIP/2.0\r\nCall-ID: 1\r\n"
#define FIRST HEAD "Content-Length: 5\r\n\r\nhello"
#define SECOND "SIP/2.0 200 OK\r\nl:  0 \r\n\r\n"
#define THIRD HEAD "content-length : 4\r\n\r\n\r\n\r\n"

/* What comes out, as text: messages in brackets, "ping", "garbage: why". */
static void take_all(struct sip_frame *f, struct buf *out)
{
	struct err e = ERR_INIT;
	struct span what;

	for (;;) {
		switch (sip_frame_next(f, &what, &e)) {
		case SIP_FRAME_MORE:
			return;
		case SIP_FRAME_MESSAGE:
			buf_addf(out, "[%.*s]", SPAN_ARG(what));
			break;
		case SIP_FRAME_PING:
			buf_add_str(out, "ping");
			break;
		case SIP_FRAME_GARBAGE:
			buf_addf(out, "garbage: %s", e.text);
			return;
		}
	}
}

/* All of `in`, `step` bytes at a time; 0: random pieces. */
static char *frame(struct span in, size_t step, struct rng *rng)
{
	struct sip_frame f;
	struct buf out;

	sip_frame_init(&f);
	buf_init(&out, 4 << 20);
	while (in.n) {
		size_t n = step ? step : 1 + rng_below(rng, 60);

		if (n > in.n)
			n = in.n;
		assert_true(sip_frame_add(&f, in.p, n));
		in = span_skip(in, n);
		take_all(&f, &out);
	}
	sip_frame_fini(&f);
	assert_false(out.overflow);
	return out.p ? buf_steal(&out) : xstrdup("");
}

static void check(const char *in, const char *wanted, size_t step)
{
	char *got = frame(span_of(in), step, NULL);

	assert_string_equal(got, wanted);
	free(got);
}

static const struct {
	const char *name, *in, *out;
} rows[] = {
	{"one", FIRST, "[" FIRST "]"},
	{"several in one read", FIRST SECOND THIRD,
	 "[" FIRST "][" SECOND "][" THIRD "]"},
	{"a line end before", "\r\n" FIRST, "[" FIRST "]"},
	{"a ping", "\r\n\r\n", "ping"},
	{"pings", FIRST "\r\n\r\n\r\n\r\n" SECOND,
	 "[" FIRST "]pingping[" SECOND "]"},
	{"half a ping is forgotten", "\r\n" SECOND "\r\n" SECOND,
	 "[" SECOND "][" SECOND "]"},
	{"folded length", HEAD "Content-Length:\r\n 2\r\n\r\nab",
	 "[" HEAD "Content-Length:\r\n 2\r\n\r\nab]"},
	{"twice the same", HEAD "l: 1\r\nContent-Length: 1\r\n\r\nx",
	 "[" HEAD "l: 1\r\nContent-Length: 1\r\n\r\nx]"},
};

static void test_frame_messages(void **state)
{
	size_t i, step;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		for (step = 1; step <= strlen(rows[i].in); step++)
			check(rows[i].in, rows[i].out, step);
	}
}

static const struct {
	const char *name, *in, *why;
} broken[] = {
	{"no length", HEAD "\r\n",
	 "a message without Content-Length, which a stream needs"},
	{"negative", HEAD "Content-Length: -1\r\n\r\n",
	 "Content-Length '-1' is no number"},
	{"signed", HEAD "Content-Length: +1\r\n\r\n",
	 "Content-Length '+1' is no number"},
	{"empty", HEAD "Content-Length: \r\n\r\n",
	 "Content-Length '' is no number"},
	{"beyond 32 bits", HEAD "Content-Length: 4294967296\r\n\r\n",
	 "Content-Length '4294967296' is no number"},
	{"too much", HEAD "Content-Length: 1048577\r\n\r\n",
	 "Content-Length 1048577 is more than the 1048576 bytes that are "
	 "taken"},
	{"two that differ", HEAD "Content-Length: 1\r\nl: 2\r\n\r\nab",
	 "two Content-Length, 1 and 2"},
	{"not SIP", "GET / HTTP/1.1\r\n", "what came is not SIP"},
	{"TLS", "\026\003\001\002", "what came is not SIP"},
	{"a lone CR", "\rINVITE", "what came is not SIP"},
	{"LF only", "OPTIONS sip:a SIP/2.0\n", "lines end in LF, not CRLF"},
	{"an LF", "\nOPTIONS", "what came is not SIP"},
};

static void test_frame_garbage(void **state)
{
	char wanted[256];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct sip_frame f;
		struct buf out;

		print_message("%s\n", broken[i].name);
		snprintf(wanted, sizeof(wanted), "[%s]garbage: %s", SECOND,
			 broken[i].why);
		sip_frame_init(&f);
		buf_init(&out, 4096);
		sip_frame_add(&f, SECOND, strlen(SECOND));
		sip_frame_add(&f, broken[i].in, strlen(broken[i].in));
		take_all(&f, &out);
		assert_string_equal(buf_str(&out), wanted);
		/* and for ever */
		sip_frame_add(&f, SECOND, strlen(SECOND));
		buf_clear(&out);
		take_all(&f, &out);
		assert_true(span_starts(buf_span(&out), "garbage: "));
		sip_frame_fini(&f);
		buf_fini(&out);
	}
}

static void test_frame_endless_head(void **state)
{
	struct err e = ERR_INIT;
	struct sip_frame f;
	struct span what;
	int i;

	(void)state;
	sip_frame_init(&f);
	sip_frame_add(&f, "OPTIONS sip:a SIP/2.0\r\n", 23);
	for (i = 0; sip_frame_next(&f, &what, &e) == SIP_FRAME_MORE; i++)
		assert_true(sip_frame_add(&f, "X: 0123456789\r\n", 15));
	assert_in_range(i, 4000, 5000);
	assert_string_equal(e.text, "a head of more than 65536 bytes");
	sip_frame_fini(&f);
}

/* The longest body, and another message behind it. */
static void test_frame_longest(void **state)
{
	struct rng rng;
	struct buf in;
	char *got;
	size_t i;

	(void)state;
	rng_init(&rng, 1);
	buf_init(&in, 4 << 20);
	buf_addf(&in, "%sContent-Length: %d\r\n\r\n", HEAD, SIP_FRAME_BODY);
	for (i = 0; i < SIP_FRAME_BODY; i++)
		buf_add_char(&in, "INVITE \r\n"[i % 9]);
	buf_add_str(&in, SECOND);
	got = frame(buf_span(&in), 0, &rng);
	assert_int_equal(strlen(got), in.n + 4);
	free(got);
	buf_fini(&in);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_frame_messages),
		cmocka_unit_test(test_frame_garbage),
		cmocka_unit_test(test_frame_endless_head),
		cmocka_unit_test(test_frame_longest),
	};

	return cmocka_run_group_tests_name("sip_frame", tests, NULL, NULL);
}
