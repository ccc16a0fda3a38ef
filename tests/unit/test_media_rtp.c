#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "media/rtp.h"

#define HEAD(first, second)                                                    \
	first second "\x12\x34\x00\x00\x03\x20\xde\xad\xbe\xef"
#define BYTES(s) s, sizeof(s) - 1

static const struct {
	const char *name, *in;
	size_t n;
	int payload; /* -1: refused */
} rows[] = {
	{"plain", BYTES(HEAD("\x80", "\x00") "abcd"), 4},
	{"no payload", BYTES(HEAD("\x80", "\x00")), 0},
	{"one octet short", BYTES(HEAD("\x80", "\x00")) - 1, -1},
	{"empty", BYTES(""), -1},
	{"version 1", BYTES(HEAD("\x40", "\x00") "abcd"), -1},
	{"STUN has version 0",
	 BYTES("\x00\x01\x00\x00\x21\x12\xa4\x42"
	       "0123456789ab"),
	 -1},
	{"two CSRCs", BYTES(HEAD("\x82", "\x00") "AAAABBBBxyz"), 3},
	{"fifteen CSRCs, two there", BYTES(HEAD("\x8f", "\x00") "AAAABBBB"),
	 -1},
	{"extension of one word",
	 BYTES(HEAD("\x90", "\x00") "\xbe\xde\x00\x01wordxy"), 2},
	{"extension of no word", BYTES(HEAD("\x90", "\x00") "\xbe\xde\x00\x00"),
	 0},
	{"extension longer than packet",
	 BYTES(HEAD("\x90", "\x00") "\xbe\xde\x00\x02word"), -1},
	{"extension of 65535 words",
	 BYTES(HEAD("\x90", "\x00") "\xbe\xde\xff\xffword"), -1},
	{"extension header cut", BYTES(HEAD("\x90", "\x00") "\xbe\xde\x00"),
	 -1},
	{"padding of three", BYTES(HEAD("\xa0", "\x00") "abcd\x00\x00\x03"), 4},
	{"only padding", BYTES(HEAD("\xa0", "\x00") "\x00\x00\x00\x04"), 0},
	{"padding of none", BYTES(HEAD("\xa0", "\x00") "abcd\x00"), -1},
	{"padding longer than payload", BYTES(HEAD("\xa0", "\x00") "abc\x05"),
	 -1},
	{"padding without payload", BYTES(HEAD("\xa0", "\x00")), -1},
	{"CSRC, extension, padding",
	 BYTES(HEAD("\xb1", "\x00") "CSRC\xbe\xde\x00\x01wordpay\x02\x02"), 3},
	{"RTCP SR", BYTES(HEAD("\x80", "\xc8") "abcd"), -1},
	{"first RTCP type", BYTES(HEAD("\x80", "\xc0") "abcd"), -1},
	{"last RTCP type", BYTES(HEAD("\x80", "\xdf") "abcd"), -1},
	{"marker and type 96", BYTES(HEAD("\x80", "\xe0") "abcd"), 4},
	{"marker and type 63", BYTES(HEAD("\x80", "\xbf") "abcd"), 4},
};

static void test_parse_rows(void **state)
{
	struct rtp r;
	size_t i;
	int got;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		got = rtp_parse(rows[i].in, rows[i].n, &r) ? (int)r.payload.n
							   : -1;
		if (got != rows[i].payload)
			fail_msg("%s: payload of %d octets, wanted %d",
				 rows[i].name, got, rows[i].payload);
	}
}

static void test_parse_fields(void **state)
{
	static const char in[] = HEAD("\x81", "\x88") "CSRCvoice";
	struct rtp r;

	(void)state;
	assert_true(rtp_parse(in, sizeof(in) - 1, &r));
	assert_true(r.marker);
	assert_int_equal(r.pt, 8);
	assert_int_equal(r.seq, 0x1234);
	assert_int_equal(r.ts, 800);
	assert_int_equal(r.ssrc, 0xdeadbeef);
	assert_true(span_is(r.payload, "voice"));
}

static void test_parse_cut_at_every_byte(void **state)
{
	static const char in[] = HEAD(
		"\x93", "\x00") "AAAABBBBCCCC\xbe\xde\x00\x01word";
	struct rtp r;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(in) - 1; n++)
		assert_false(rtp_parse(in, n, &r));
	assert_true(rtp_parse(in, n, &r));
}

static void test_write_and_parse_again(void **state)
{
	struct rtp in = {.marker = true,
			 .pt = 101,
			 .seq = 65535,
			 .ts = 0xfffffff0,
			 .ssrc = 7,
			 .payload = span_of("0123456789")};
	uint8_t packet[RTP_MAX];
	struct rtp out;

	(void)state;
	assert_int_equal(rtp_write(&in, packet), RTP_HEADER + 10);
	assert_true(rtp_parse(packet, RTP_HEADER + 10, &out));
	assert_true(out.marker);
	assert_int_equal(out.pt, 101);
	assert_int_equal(out.seq, 65535);
	assert_int_equal(out.ts, 0xfffffff0);
	assert_int_equal(out.ssrc, 7);
	assert_true(span_eq(out.payload, in.payload));
}

static void test_write_bytes(void **state)
{
	struct rtp in = {.pt = 0,
			 .seq = 0x1234,
			 .ts = 800,
			 .ssrc = 0xdeadbeef,
			 .payload = span_of("ab")};
	uint8_t packet[RTP_MAX];

	(void)state;
	assert_int_equal(rtp_write(&in, packet), 14);
	assert_memory_equal(packet, HEAD("\x80", "\x00") "ab", 14);
}

static void test_write_longest_payload(void **state)
{
	static const char payload[RTP_MAX];
	struct rtp in = {.payload = {payload, RTP_MAX - RTP_HEADER}};
	uint8_t packet[RTP_MAX];

	(void)state;
	assert_int_equal(rtp_write(&in, packet), RTP_MAX);
	in.payload.n++;
	assert_int_equal(rtp_write(&in, packet), 0);
}

static void test_before_wraps(void **state)
{
	(void)state;
	assert_true(rtp_seq_before(1, 2));
	assert_false(rtp_seq_before(2, 1));
	assert_false(rtp_seq_before(5, 5));
	assert_true(rtp_seq_before(65535, 0));
	assert_false(rtp_seq_before(0, 65535));
	assert_true(rtp_seq_before(0, 32767));
	assert_false(rtp_seq_before(0, 32768));
	assert_false(rtp_seq_before(32768, 0));
	assert_true(rtp_ts_before(0xffffff60, 0));
	assert_false(rtp_ts_before(0, 0xffffff60));
	assert_true(rtp_ts_before(100, 260));
	assert_false(rtp_ts_before(0, 0x80000000));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_rows),
		cmocka_unit_test(test_parse_fields),
		cmocka_unit_test(test_parse_cut_at_every_byte),
		cmocka_unit_test(test_write_and_parse_again),
		cmocka_unit_test(test_write_bytes),
		cmocka_unit_test(test_write_longest_payload),
		cmocka_unit_test(test_before_wraps),
	};

	return cmocka_run_group_tests_name("media_rtp", tests, NULL, NULL);
}
