#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "media/rtcp.h"
#include "media/rtp.h"

#define BYTES(s) s, sizeof(s) - 1
#define RR_EMPTY "\x80\xc9\x00\x01SSRC"
#define SR_EMPTY                                                               \
	"\x80\xc8\x00\x06SSRC\xe9\x00\x00\x00\x80\x00\x00\x00"                 \
	"\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00\x03"
#define BLOCK                                                                  \
	"REPT\x40\xff\xff\xfe\x00\x01\x00\x02\x00\x00\x00\x05"                 \
	"\x11\x22\x33\x44\x00\x01\x00\x00"

/* 2026-01-01T00:00:00.123457Z */
#define WALL_US INT64_C(1767225600123457)

static struct buf made;

static int setup(void **state)
{
	(void)state;
	buf_init(&made, 1500);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buf_fini(&made);
	return 0;
}

static const struct {
	const char *name, *in;
	size_t n;
	const char *want; /* NULL: refused */
} rows[] = {
	{"empty RR", BYTES(RR_EMPTY), "rr"},
	{"SR", BYTES(SR_EMPTY), "sr"},
	{"nothing", BYTES(""), NULL},
	{"RR with block", BYTES("\x81\xc9\x00\x07SSRC" BLOCK), "rr block"},
	{"RR whose block is missing", BYTES("\x81\xc9\x00\x01SSRC"), NULL},
	{"RR with profile extension", BYTES("\x80\xc9\x00\x02SSRCmore"), "rr"},
	{"RR without SSRC", BYTES("\x80\xc9\x00\x00"), NULL},
	{"SR without sender part", BYTES("\x80\xc8\x00\x01SSRC"), NULL},
	{"version 1", BYTES("\x40\xc9\x00\x01SSRC"), NULL},
	{"longer than datagram", BYTES("\x80\xc9\x00\x02SSRC"), NULL},
	{"trailing octet", BYTES(RR_EMPTY "x"), NULL},
	{"SDES first", BYTES("\x80\xca\x00\x00"), NULL},
	{"BYE alone", BYTES("\x81\xcb\x00\x01SSRC"), NULL},
	{"RR, BYE", BYTES(RR_EMPTY "\x81\xcb\x00\x01SSRC"), "rr bye"},
	{"BYE with reason",
	 BYTES(RR_EMPTY "\x81\xcb\x00\x02SSRC\x03"
			"end"),
	 "rr bye"},
	{"BYE of two, one there", BYTES(RR_EMPTY "\x82\xcb\x00\x01SSRC"), NULL},
	{"APP is skipped", BYTES(RR_EMPTY "\x80\xcc\x00\x02SSRCname"), "rr"},
	{"unknown type is skipped", BYTES(RR_EMPTY "\x80\xd5\x00\x00"), "rr"},
	{"second packet of version 0", BYTES(RR_EMPTY "\x00\xcb\x00\x00"),
	 NULL},
	{"padding in the last",
	 BYTES(RR_EMPTY "\xa1\xcb\x00\x02SSRC\x00\x00\x00\x04"), "rr bye"},
	{"padding in the first", BYTES("\xa0\xc9\x00\x02SSRC\x00\x00\x00\x04"),
	 NULL},
	{"padding in the middle",
	 BYTES(RR_EMPTY "\xa1\xcb\x00\x02SSRC\x00\x00\x00\x04"
			"\x80\xcc\x00\x00"),
	 NULL},
	{"padding of no full word",
	 BYTES(RR_EMPTY "\xa1\xcb\x00\x02SSRC\x00\x00\x00\x03"), NULL},
	{"padding beyond the packet",
	 BYTES(RR_EMPTY "\xa1\xcb\x00\x02SSRC\x00\x00\x00\x10"), NULL},
	{"padding without a body", BYTES(RR_EMPTY "\xa0\xcb\x00\x00"), NULL},
	{"SDES",
	 BYTES(RR_EMPTY "\x81\xca\x00\x03SSRC\x01\x04"
			"a@bc\x00\x00"),
	 "rr a@bc"},
	{"SDES with a name before the CNAME",
	 BYTES(RR_EMPTY "\x81\xca\x00\x04SSRC\x02\x03"
			"Bob\x01\x03"
			"b@c\x00\x00"),
	 "rr b@c"},
	{"SDES of two chunks, second has the CNAME",
	 BYTES(RR_EMPTY "\x82\xca\x00\x05SSRC\x00\x00\x00\x00SRC2"
			"\x01\x03"
			"x@y\x00\x00\x00"),
	 "rr x@y"},
	{"SDES without end",
	 BYTES(RR_EMPTY "\x81\xca\x00\x03SSRC\x01\x06"
			"a@bcde"),
	 NULL},
	{"SDES item beyond the packet",
	 BYTES(RR_EMPTY "\x81\xca\x00\x03SSRC\x01\x60"
			"a@bc\x00\x00"),
	 NULL},
	{"SDES chunk missing", BYTES(RR_EMPTY "\x81\xca\x00\x00"), NULL},
	{"SDES of no chunk", BYTES(RR_EMPTY "\x80\xca\x00\x00"), "rr"},
	{"two RRs, block in the second",
	 BYTES(RR_EMPTY "\x81\xc9\x00\x07SSRC" BLOCK), "rr block"},
};

static const char *describe(bool valid, const struct rtcp_seen *s)
{
	static char text[300];

	if (!valid)
		return "refused";
	snprintf(text, sizeof(text), "%s%s%s%s%s%s", s->sr ? "sr" : "",
		 s->rr ? "rr" : "", s->has_block ? " block" : "",
		 s->bye ? " bye" : "", s->cname[0] ? " " : "", s->cname);
	return text;
}

static void test_parse_rows(void **state)
{
	const char *want, *got;
	struct rtcp_seen s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		want = rows[i].want ? rows[i].want : "refused";
		got = describe(rtcp_parse(rows[i].in, rows[i].n, &s), &s);
		if (strcmp(got, want))
			fail_msg("%s: %s, wanted %s", rows[i].name, got, want);
	}
}

static void test_parse_block_fields(void **state)
{
	static const char in[] = "\x81\xc9\x00\x07SSRC" BLOCK;
	struct rtcp_seen s;

	(void)state;
	assert_true(rtcp_parse(in, sizeof(in) - 1, &s));
	assert_int_equal(s.ssrc, 0x53535243);
	assert_int_equal(s.block.ssrc, 0x52455054);
	assert_int_equal(s.block.fraction, 64);
	assert_int_equal(s.block.lost, -2);
	assert_int_equal(s.block.highest_seq, 65538);
	assert_int_equal(s.block.jitter, 5);
	assert_int_equal(s.block.lsr, 0x11223344);
	assert_int_equal(s.block.dlsr, 65536);
}

static void test_sr_and_back(void **state)
{
	struct rtcp_sender in = {.ssrc = 0xcafe0001,
				 .wall_us = WALL_US,
				 .rtp_ts = 4000000000,
				 .packets = 250,
				 .octets = 40000};
	struct rtcp_seen s;

	(void)state;
	rtcp_write_sr(&made, &in, "x9cmRz1VbOqpk4Lu");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_true(s.sr);
	assert_false(s.bye);
	assert_false(s.has_block);
	assert_int_equal(s.ssrc, in.ssrc);
	assert_int_equal(s.sender.ssrc, in.ssrc);
	assert_int_equal(s.sender.wall_us, WALL_US);
	assert_int_equal(s.sender.rtp_ts, in.rtp_ts);
	assert_int_equal(s.sender.packets, 250);
	assert_int_equal(s.sender.octets, 40000);
	assert_string_equal(s.cname, "x9cmRz1VbOqpk4Lu");
}

static void test_sr_bytes(void **state)
{
	/* Half past 2036-02-07T06:28:15Z, the last second of NTP's era 0. */
	struct rtcp_sender in = {.ssrc = 1,
				 .wall_us = INT64_C(2085978495500000)};
	static const char want[] =
		"\x80\xc8\x00\x06\x00\x00\x00\x01"
		"\xff\xff\xff\xff\x80\x00\x00\x00"
		"\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
		"\x81\xca\x00\x02\x00\x00\x00\x01"
		"\x01\x01"
		"c";

	(void)state;
	rtcp_write_sr(&made, &in, "c");
	assert_int_equal(made.n, sizeof(want));
	assert_memory_equal(made.p, want, sizeof(want));
}

static void test_sr_time_beyond_the_era(void **state)
{
	struct rtcp_sender in = {.wall_us = INT64_C(2085978496000001)};
	struct rtcp_seen s;

	(void)state;
	rtcp_write_sr(&made, &in, "c");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_int_equal(s.sender.wall_us, in.wall_us);
}

static void test_sr_every_microsecond_returns(void **state)
{
	struct rtcp_sender in = {0};
	struct rtcp_seen s;
	int64_t us;

	(void)state;
	for (us = 0; us < 1000000; us += 997) {
		in.wall_us = INT64_C(1767225600000000) + us;
		buf_clear(&made);
		rtcp_write_sr(&made, &in, "");
		assert_true(rtcp_parse(made.p, made.n, &s));
		assert_int_equal(s.sender.wall_us, in.wall_us);
	}
}

static void test_sr_without_a_clock(void **state)
{
	static const char in[] = "\x80\xc8\x00\x06SSRC\0\0\0\0\0\0\0\0"
				 "\0\0\0\1\0\0\0\2\0\0\0\3";
	struct rtcp_seen s;

	(void)state;
	assert_true(rtcp_parse(in, sizeof(in) - 1, &s));
	assert_int_equal(s.sender.wall_us, 0);
	assert_int_equal(s.sender.octets, 3);
}

static void test_rr_and_back(void **state)
{
	static const int32_t lost[] = {0, 1, -1, 0x7fffff, -0x800000};
	struct rtcp_block in = {.ssrc = 9,
				.fraction = 255,
				.highest_seq = 0x1fffe,
				.jitter = 12,
				.lsr = 0xabcd,
				.dlsr = 6};
	struct rtcp_seen s;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lost) / sizeof(lost[0]); i++) {
		in.lost = lost[i];
		buf_clear(&made);
		rtcp_write_rr(&made, 77, &in, "name");
		assert_true(rtcp_parse(made.p, made.n, &s));
		assert_true(s.rr && s.has_block);
		assert_int_equal(s.ssrc, 77);
		assert_int_equal(s.block.lost, lost[i]);
		assert_int_equal(s.block.fraction, 255);
		assert_int_equal(s.block.highest_seq, 0x1fffe);
		assert_int_equal(s.block.dlsr, 6);
		assert_string_equal(s.cname, "name");
	}
}

static void test_rr_lost_is_clamped(void **state)
{
	struct rtcp_block in = {.lost = 0x1000000};
	struct rtcp_seen s;

	(void)state;
	rtcp_write_rr(&made, 1, &in, "");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_int_equal(s.block.lost, 0x7fffff);
	in.lost = INT32_MIN;
	buf_clear(&made);
	rtcp_write_rr(&made, 1, &in, "");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_int_equal(s.block.lost, -0x800000);
}

static void test_rr_without_block(void **state)
{
	struct rtcp_seen s;

	(void)state;
	rtcp_write_rr(&made, 5, NULL, "n");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_true(s.rr);
	assert_false(s.has_block);
}

/* Section 6.5: whole words, one null at least, whatever the CNAME's length. */
static void test_cname_of_every_length(void **state)
{
	char name[300];
	struct rtcp_seen s;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(name); n++) {
		memset(name, 'c', n);
		name[n] = '\0';
		buf_clear(&made);
		rtcp_write_rr(&made, 5, NULL, name);
		assert_int_equal(made.n % 4, 0);
		assert_int_equal(made.p[made.n - 1], 0);
		assert_true(rtcp_parse(made.p, made.n, &s));
		assert_int_equal(strlen(s.cname), n < 255 ? n : 255);
	}
}

static void test_bye_comes_last(void **state)
{
	struct rtcp_sender in = {.ssrc = 0x01020304, .wall_us = WALL_US};
	struct rtcp_seen s;

	(void)state;
	rtcp_write_sr_bye(&made, &in, "name");
	assert_true(rtcp_parse(made.p, made.n, &s));
	assert_true(s.sr && s.bye);
	assert_memory_equal(made.p + made.n - 8,
			    "\x81\xcb\x00\x01\x01\x02\x03\x04", 8);
}

static void test_parse_cut_at_every_byte(void **state)
{
	struct rtcp_sender in = {.ssrc = 1, .wall_us = WALL_US};
	struct rtcp_seen s;
	size_t n, valid = 0;

	(void)state;
	rtcp_write_sr_bye(&made, &in, "name");
	for (n = 0; n <= made.n; n++)
		valid += rtcp_parse(made.p, n, &s);
	assert_int_equal(valid, 3); /* SR; SR, SDES; SR, SDES, BYE */
}

static void test_is_rtcp(void **state)
{
	(void)state;
	assert_true(rtcp_is(BYTES(RR_EMPTY)));
	assert_true(rtcp_is(BYTES("\x80\xc0\x00\x00")));
	assert_true(rtcp_is(BYTES("\x80\xdf\x00\x00")));
	assert_false(rtcp_is(BYTES("\x80\xe0\x00\x00")));
	assert_false(rtcp_is(BYTES("\x80\xbf\x00\x00")));
	assert_false(rtcp_is(BYTES("\x00\xc8\x00\x00")));
	assert_false(rtcp_is(BYTES("\x80\xc8\x00")));
	assert_false(rtcp_is(NULL, 0));
}

static void test_interval(void **state)
{
	(void)state;
	assert_int_equal(rtcp_interval_us(false, 0), 2500000);
	assert_int_equal(rtcp_interval_us(false, 1), 7500000);
	assert_int_equal(rtcp_interval_us(true, 0), 1250000);
	assert_int_equal(rtcp_interval_us(true, 0.5), 2500000);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_parse_rows),
		CASE(test_parse_block_fields),
		CASE(test_sr_and_back),
		CASE(test_sr_bytes),
		CASE(test_sr_time_beyond_the_era),
		CASE(test_sr_every_microsecond_returns),
		CASE(test_sr_without_a_clock),
		CASE(test_rr_and_back),
		CASE(test_rr_lost_is_clamped),
		CASE(test_rr_without_block),
		CASE(test_cname_of_every_length),
		CASE(test_bye_comes_last),
		CASE(test_parse_cut_at_every_byte),
		CASE(test_is_rtcp),
		CASE(test_interval),
	};

	return cmocka_run_group_tests_name("media_rtcp", tests, NULL, NULL);
}
