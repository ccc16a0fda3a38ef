#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "capture_files.h"

enum { INTERFACE = 1, OLD = 2, SIMPLE = 3, ENHANCED = 6, STATISTICS = 5 };

/* The byte order of what is added from now on. */
static bool little;

static void add16(struct buf *b, uint16_t v)
{
	buf_add_be16(b, little ? __builtin_bswap16(v) : v);
}

static void add32(struct buf *b, uint32_t v)
{
	buf_add_be32(b, little ? __builtin_bswap32(v) : v);
}

static void add_block(struct buf *b, uint32_t type, struct buf *body)
{
	while (body->n % 4)
		buf_add_char(body, 0);
	add32(b, type);
	add32(b, (uint32_t)body->n + 12);
	buf_add_span(b, buf_span(body));
	add32(b, (uint32_t)body->n + 12);
	buf_fini(body);
}

static void add_section(struct buf *b)
{
	struct buf body;

	buf_init(&body, 65535);
	add32(&body, 0x1a2b3c4d);
	add16(&body, 1);
	add16(&body, 0);
	add32(&body, UINT32_MAX);
	add32(&body, UINT32_MAX);
	add_block(b, 0x0a0d0d0a, &body);
}

static void add_interface(struct buf *b, uint16_t link, uint32_t snap)
{
	struct buf body;

	buf_init(&body, 65535);
	add16(&body, link);
	add16(&body, 0);
	add32(&body, snap);
	add_block(b, INTERFACE, &body);
}

/* With a name, a time resolution and an offset of 1000 s. */
static void add_fine_interface(struct buf *b, uint8_t resol)
{
	struct buf body;

	buf_init(&body, 65535);
	add16(&body, LINK_ETHERNET);
	add16(&body, 0);
	add32(&body, 0);
	add16(&body, 2);
	add16(&body, 3);
	buf_add(&body, "eth", 4);
	add16(&body, 9);
	add16(&body, 1);
	buf_add_char(&body, (char)resol);
	buf_add(&body, "\0\0\0", 3);
	add16(&body, 14);
	add16(&body, 8);
	add32(&body, little ? 1000 : 0);
	add32(&body, little ? 0 : 1000);
	add16(&body, 0);
	add16(&body, 0);
	add_block(b, INTERFACE, &body);
}

static void add_enhanced(struct buf *b, uint32_t iface, uint64_t t,
			 struct span frame)
{
	struct buf body;

	buf_init(&body, 65535);
	add32(&body, iface);
	add32(&body, (uint32_t)(t >> 32));
	add32(&body, (uint32_t)t);
	add32(&body, (uint32_t)frame.n);
	add32(&body, (uint32_t)frame.n);
	buf_add_span(&body, frame);
	add_block(b, ENHANCED, &body);
}

static void add_text(struct buf *b, uint32_t iface, uint64_t t,
		     const char *text)
{
	struct buf frame;

	buf_init(&frame, 65535);
	add_frame(&frame, text);
	add_enhanced(b, iface, t, buf_span(&frame));
	buf_fini(&frame);
}

static void add_old(struct buf *b, uint64_t t, const char *text)
{
	struct buf frame, body;

	buf_init(&frame, 65535);
	buf_init(&body, 65535);
	add_frame(&frame, text);
	add16(&body, 0);
	add16(&body, 7);
	add32(&body, (uint32_t)(t >> 32));
	add32(&body, (uint32_t)t);
	add32(&body, (uint32_t)frame.n);
	add32(&body, (uint32_t)frame.n);
	buf_add_span(&body, buf_span(&frame));
	add_block(b, OLD, &body);
	buf_fini(&frame);
}

static void add_simple(struct buf *b, size_t snap, const char *text)
{
	struct buf frame, body;

	buf_init(&frame, 65535);
	buf_init(&body, 65535);
	add_frame(&frame, text);
	add32(&body, (uint32_t)frame.n);
	if (snap && frame.n > snap)
		frame.n = snap;
	buf_add_span(&body, buf_span(&frame));
	add_block(b, SIMPLE, &body);
	buf_fini(&frame);
}

static void begin(struct buf *b, bool is_little)
{
	little = is_little;
	buf_init(b, 1 << 20);
	add_section(b);
}

static void add_other_block(struct buf *b)
{
	struct buf body;

	buf_init(&body, 65535);
	buf_add_str(&body, "what nobody reads");
	add_block(b, STATISTICS, &body);
}

static void test_byte_orders(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct buf file;
		struct seen s;

		begin(&file, i);
		add_interface(&file, LINK_ETHERNET, 0);
		add_other_block(&file);
		add_text(&file, 0, 5000007, "enhanced");
		add_old(&file, 6000008, "old");
		add_simple(&file, 0, "simple");
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, 3);
		assert_string_equal(s.at[0].text, "enhanced");
		assert_true(s.at[0].at_us == 5000007);
		assert_string_equal(s.at[1].text, "old");
		assert_true(s.at[1].at_us == 6000008);
		assert_string_equal(s.at[2].text, "simple");
		assert_true(s.at[2].at_us == 6000008);
		assert_int_equal(s.at[2].frame, 3);
		assert_string_equal(s.info.link_type, "EN10MB");
		assert_memory_equal(s.info.warning, "1 packet in simple", 18);
		buf_fini(&file);
	}
}

/* The second section has another byte order and interfaces of its own. */
static void test_two_sections(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	begin(&file, false);
	add_interface(&file, LINK_ETHERNET, 0);
	add_text(&file, 0, 1, "first");
	little = true;
	add_section(&file);
	add_fine_interface(&file, 3);
	add_text(&file, 0, 2, "second");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.at[1].text, "second");
	assert_true(s.at[1].at_us == 1000002000);
	buf_fini(&file);
}

static const struct {
	const char *name;
	uint8_t resol;
	uint64_t t;
	int64_t at_us; /* without the offset */
} resols[] = {
	{"seconds", 0, 7, 7000000},
	{"milliseconds", 3, 7001, 7001000},
	{"nanoseconds", 9, 7000001999, 7000001},
	{"picoseconds", 12, 7000001000000, 7000001},
	{"10^-19 s", 19, UINT64_MAX, 1844674},
	{"10^-20 s", 20, UINT64_MAX, 0},
	{"10^-127 s", 127, UINT64_MAX, 0},
	{"2^-0 s", 0x80, 7, 7000000},
	{"2^-1 s", 0x81, 3, 1500000},
	{"2^-20 s", 0x80 | 20, UINT64_C(5) << 18, 1250000},
	{"2^-40 s", 0x80 | 40, UINT64_C(5) << 38, 1250000},
	{"2^-63 s", 0x80 | 63, UINT64_C(1) << 62, 500000},
	{"2^-64 s", 0x80 | 64, UINT64_MAX, 0},
	{"after the end of time", 0, UINT64_MAX, -1000000000},
	{"after it by the offset", 0, INT64_MAX, -1000000000},
	{"after it in nanoseconds", 0, UINT64_C(1) << 60, -1000000000},
};

static void test_time_resolutions(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(resols) / sizeof(resols[0]); i++) {
		struct buf file;
		struct seen s;

		print_message("%s\n", resols[i].name);
		begin(&file, i % 2);
		add_fine_interface(&file, resols[i].resol);
		add_text(&file, 0, resols[i].t, "x");
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, 1);
		assert_true(s.at[0].at_us == resols[i].at_us + 1000000000);
		buf_fini(&file);
	}
}

static void test_interfaces_of_different_links(void **state)
{
	struct buf file, raw;
	struct seen s;

	(void)state;
	begin(&file, true);
	buf_init(&raw, 65535);
	add_ip4_udp(&raw, "raw");
	add_interface(&file, LINK_ETHERNET, 0);
	add_interface(&file, 101, 0);
	add_interface(&file, 105, 0);
	add_enhanced(&file, 1, 1, buf_span(&raw));
	add_text(&file, 2, 2, "802.11");
	add_text(&file, 0, 3, "ethernet");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.at[0].text, "raw");
	assert_string_equal(s.at[1].text, "ethernet");
	assert_int_equal(s.at[1].frame, 3);
	assert_int_equal(s.info.frames, 3);
	assert_string_equal(s.info.link_type, "EN10MB, RAW, IEEE802_11");
	assert_string_equal(
		s.info.warning,
		"1 packet of other link types skipped, from packet 2 on");
	buf_fini(&raw);
	buf_fini(&file);
}

static void test_no_usable_interface(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	begin(&file, true);
	add_interface(&file, 105, 0);
	add_text(&file, 0, 2, "802.11");
	assert_int_equal(read_buf(&s, &file), -1);
	assert_int_equal(s.e.kind, ERR_INPUT);
	assert_non_null(
		strstr(s.e.text, ": link type IEEE802_11 is not supported"));
	buf_fini(&file);
}

static void test_simple_packet_cut_by_snap_length(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	begin(&file, true);
	add_interface(&file, LINK_ETHERNET, 44);
	add_simple(&file, 44, "hello");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].text, "he");
	assert_true(s.at[0].cut);
	assert_int_equal(s.info.cut, 1);
	assert_string_equal(s.info.warning,
			    "1 packet in simple packet blocks, which have no "
			    "times: times, durations and jitter are unknown");
	buf_fini(&file);
}

static void make_small(struct buf *file, size_t at[4])
{
	begin(file, true);
	at[0] = file->n;
	add_interface(file, LINK_ETHERNET, 0);
	at[1] = file->n;
	add_text(file, 0, 1, "one");
	at[2] = file->n;
	add_text(file, 0, 2, "two");
	at[3] = file->n;
	add_other_block(file);
}

static void test_broken_off_everywhere(void **state)
{
	struct buf file;
	size_t n, i, at[4];

	(void)state;
	make_small(&file, at);
	for (n = 4; n < file.n; n++) {
		char *part = xmemdup(file.p, n);
		bool clean = false;
		struct seen s;

		for (i = 0; i < 4; i++)
			clean = clean || n == at[i];
		assert_int_equal(read_bytes(&s, part, n), 0);
		assert_int_equal(s.n, n < at[2] ? 0 : n < at[3] ? 1 : 2);
		assert_int_equal(s.info.broken_off, !clean);
		assert_int_equal(s.info.warning[0] == '\0', clean);
		free(part);
	}
	assert_int_equal(read_bytes(&(struct seen){.n = 0}, file.p, n), 0);
	buf_fini(&file);
}

static void test_broken_off_says_where(void **state)
{
	struct buf file;
	size_t at[4];
	struct seen s;

	(void)state;
	make_small(&file, at);
	assert_int_equal(read_bytes(&s, file.p, at[2] + 30), 0);
	assert_string_equal(s.info.warning,
			    "the file breaks off inside packet 2");
	assert_int_equal(read_bytes(&s, file.p, at[3] + 9), 0);
	assert_string_equal(s.info.warning,
			    "the file breaks off after packet 2");
	buf_fini(&file);
}

/* One octet of the small file is changed; offsets count from a block. */
static const struct {
	const char *name;
	int block; /* -1: the section header */
	size_t at;
	uint8_t value;
	size_t n; /* datagrams that are left */
} damages[] = {
	{"byte order", -1, 8, 0, 0},
	{"length of the section no multiple of 4", -1, 4, 29, 0},
	{"length of the section too small", -1, 4, 12, 0},
	{"length too small", 1, 4, 8, 0},
	{"length too large", 1, 7, 0x7f, 0},
	{"lengths differ", 1, 4, 64, 0},
	{"no such interface", 2, 8, 9, 1},
	{"more captured than the block has", 2, 20, 200, 1},
	{"absurd captured length", 2, 23, 200, 1},
	{"type becomes unknown", 1, 0, 77, 1},
};

static void test_damaged(void **state)
{
	struct buf file;
	size_t i, at[4];

	(void)state;
	make_small(&file, at);
	for (i = 0; i < sizeof(damages) / sizeof(damages[0]); i++) {
		int block = damages[i].block;
		char *p = xmemdup(file.p, file.n);
		struct seen s;

		print_message("%s\n", damages[i].name);
		p[(block < 0 ? 0 : at[block]) + damages[i].at] =
			(char)damages[i].value;
		assert_int_equal(read_bytes(&s, p, file.n), 0);
		assert_int_equal(s.n, damages[i].n);
		if (damages[i].value != 77)
			assert_non_null(strstr(s.info.warning, "damaged"));
		assert_false(s.info.broken_off);
		free(p);
	}
	buf_fini(&file);
}

/* A packet that cannot be read costs only itself. */
static void test_damaged_packet_between_others(void **state)
{
	static const struct {
		const char *name;
		size_t at; /* in its block, of which this octet becomes ... */
		uint8_t value;
	} rows[] = {{"no such interface", 8, 9},
		    {"more captured than the block has", 20, 200},
		    {"absurd captured length", 23, 200}};
	struct buf file;
	size_t i, at[4];

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct seen s;

		print_message("%s\n", rows[i].name);
		make_small(&file, at);
		file.p[at[1] + rows[i].at] = (char)rows[i].value;
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, 1);
		assert_string_equal(s.at[0].text, "two");
		assert_int_equal(s.info.frames, 2);
		assert_string_equal(s.info.warning,
				    "1 damaged packet left out (no such "
				    "interface, or shorter than said): 1");
		buf_fini(&file);
	}
}

static void test_many_damaged_packets(void **state)
{
	struct buf file;
	struct seen s;
	int i;

	(void)state;
	begin(&file, true);
	add_interface(&file, LINK_ETHERNET, 0);
	for (i = 0; i < 7; i++)
		add_text(&file, 1, 1, "lost");
	add_text(&file, 0, 2, "there");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(s.info.warning,
			       "7 damaged packets left out (no such interface, "
			       "or shorter than said): 1, 2, 3, 4, 5, ..."));
	buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_orders),
		cmocka_unit_test(test_two_sections),
		cmocka_unit_test(test_time_resolutions),
		cmocka_unit_test(test_interfaces_of_different_links),
		cmocka_unit_test(test_no_usable_interface),
		cmocka_unit_test(test_simple_packet_cut_by_snap_length),
		cmocka_unit_test(test_broken_off_everywhere),
		cmocka_unit_test(test_broken_off_says_where),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_damaged_packet_between_others),
		cmocka_unit_test(test_many_damaged_packets),
	};

	return cmocka_run_group_tests_name("capture_pcapng", tests, files_setup,
					   files_teardown);
}
