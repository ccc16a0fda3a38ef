#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture_files.h"

static const char text[] = "0123456789abcdefghijklmnopqrstuv"; /* 32 octets */

/* The datagram is 40 octets: five pieces of 8, named by their place. '*' goes
 * on 31 s, '#' puts other octets in the piece after it, '!' gives the rest
 * another id. */
static const struct {
	const char *name, *pieces;
	size_t n, lost;
} orders[] = {
	{"in order", "01234", 1, 0},
	{"backwards", "43210", 1, 0},
	{"mixed", "30412", 1, 0},
	{"one twice", "011234", 1, 0},
	{"all twice", "0011223344", 1, 0},
	{"the last one again", "0123404", 1, 0},
	{"one missing", "0134", 0, 1},
	{"no first", "1234", 0, 1},
	{"no last", "0123", 0, 1},
	{"one comes late", "0134*2", 0, 2},
	{"id used again", "01234*01234", 2, 0},
	{"id used again at once", "01234#01234", 2, 0},
	{"contradiction, then whole", "01#1*01234", 1, 2},
	{"contradictions", "01#101234", 0, 3},
	{"two datagrams", "01!2341234", 0, 2},
};

static void add_fragment(struct buf *file, uint32_t sec, uint16_t id,
			 struct span udp, size_t place, bool other, bool ip6)
{
	struct span part = span_skip(udp, place * 8);
	bool more = part.n > 8;
	struct buf packet, piece;

	buf_init(&packet, 65535);
	buf_init(&piece, 65535);
	if (ip6) {
		buf_add_be16(&piece, 17 << 8);
		buf_add_be16(&piece, (uint16_t)(place * 8 | more));
		buf_add_be32(&piece, id);
	}
	buf_add(&piece, part.p, 8);
	if (other)
		piece.p[piece.n - 1] ^= 1;
	if (ip6)
		add_ip6(&packet, 44, buf_span(&piece));
	else
		add_ip4(&packet, id, place * 8, more, buf_span(&piece));
	pcap_record(file, sec, 0, buf_span(&packet), packet.n);
	buf_fini(&piece);
	buf_fini(&packet);
}

static void add_pieces(struct buf *file, const char *pieces, bool ip6)
{
	uint32_t sec = 1;
	uint16_t id = 7;
	bool other = false;
	struct buf udp;

	buf_init(&udp, 65535);
	add_udp(&udp, text);
	for (; *pieces; pieces++) {
		if (*pieces == '*') {
			sec += 31;
		} else if (*pieces == '!') {
			id++;
		} else if (*pieces == '#') {
			other = true;
		} else {
			add_fragment(file, sec, id, buf_span(&udp),
				     (size_t)(*pieces - '0'), other, ip6);
			other = false;
		}
	}
	buf_fini(&udp);
}

static void check_lost(const struct seen *s, size_t lost)
{
	char want[96] = "";

	if (lost)
		snprintf(want, sizeof(want),
			 "fragments of %zu IP packet%s are missing, from "
			 "packet ",
			 lost, lost == 1 ? "" : "s");
	assert_int_equal(strncmp(s->info.warning, want, strlen(want)), 0);
	assert_int_equal(s->info.warning[0] == '\0', lost == 0);
}

static void test_orders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < 2 * sizeof(orders) / sizeof(orders[0]); i++) {
		bool ip6 = i % 2;
		struct buf file;
		struct seen s;

		print_message("%s, IPv%c\n", orders[i / 2].name,
			      ip6 ? '6' : '4');
		pcap_begin(&file, 101);
		add_pieces(&file, orders[i / 2].pieces, ip6);
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, orders[i / 2].n);
		check_lost(&s, orders[i / 2].lost);
		if (s.n) {
			assert_string_equal(s.at[0].text, text);
			assert_int_equal(s.at[0].size, 32);
			assert_false(s.at[0].cut);
		}
		buf_fini(&file);
	}
}

/* Fragments are sorted by time: the last one tells the time and the frame. */
static void test_time(void **state)
{
	struct buf file, udp;
	struct seen s;

	(void)state;
	pcap_begin(&file, 101);
	buf_init(&udp, 65535);
	add_udp(&udp, "12345678");
	add_fragment(&file, 9, 1, buf_span(&udp), 1, false, false);
	add_fragment(&file, 4, 1, buf_span(&udp), 0, false, false);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_true(s.at[0].at_us == 9000000);
	assert_int_equal(s.at[0].frame, 1);
	buf_fini(&udp);
	buf_fini(&file);
}

static void add_raw_fragment(struct buf *file, size_t offset, bool more,
			     size_t n)
{
	char *octets = xcalloc(1, n + 1);
	struct buf packet;

	memset(octets, 'x', n);
	buf_init(&packet, 1 << 17);
	add_ip4(&packet, 1, offset, more, span_from(octets, n));
	pcap_record(file, 1, 0, buf_span(&packet), packet.n);
	buf_fini(&packet);
	free(octets);
}

static const struct {
	const char *name;
	size_t offset;
	bool more;
	size_t n;
} odd[] = {
	{"beyond 64 KiB", 65528, false, 8},
	{"far beyond 64 KiB", 65528, false, 1480},
	{"no multiple of 8", 0, true, 15},
	{"empty", 0, true, 0},
	{"empty and last", 8, false, 0},
};

static void test_odd_fragments_are_dropped(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
		struct buf file;
		struct seen s;

		print_message("%s\n", odd[i].name);
		pcap_begin(&file, 101);
		add_raw_fragment(&file, odd[i].offset, odd[i].more, odd[i].n);
		add_pieces(&file, "01234", false);
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, 1);
		assert_string_equal(s.info.warning, "");
		buf_fini(&file);
	}
}

static void test_two_ends(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	pcap_begin(&file, 101);
	add_raw_fragment(&file, 800, false, 8);
	add_raw_fragment(&file, 1600, false, 8);
	add_raw_fragment(&file, 1600, true, 8);
	add_raw_fragment(&file, 2400, true, 8);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 0);
	check_lost(&s, 3);
	buf_fini(&file);
}

/* The oldest of 65 gives way, so its last piece comes too late. */
static void test_too_many(void **state)
{
	struct buf file, udp;
	struct seen s;
	uint16_t id;

	(void)state;
	pcap_begin(&file, 101);
	buf_init(&udp, 65535);
	add_udp(&udp, "12345678");
	for (id = 1; id <= 65; id++)
		add_fragment(&file, 1, id, buf_span(&udp), 0, false, false);
	add_fragment(&file, 1, 2, buf_span(&udp), 1, false, false);
	add_fragment(&file, 1, 1, buf_span(&udp), 1, false, false);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.at[0].frame, 66);
	check_lost(&s, 65);
	buf_fini(&udp);
	buf_fini(&file);
}

static void add_cut_fragment(struct buf *file, size_t offset, bool more,
			     struct span part, size_t kept)
{
	struct buf packet;

	buf_init(&packet, 65535);
	add_ip4(&packet, 1, offset, more, part);
	pcap_record(file, 1, 0, span_from(packet.p, 20 + kept), packet.n);
	buf_fini(&packet);
}

static void test_cut_by_snap_length(void **state)
{
	struct buf file, udp;
	struct seen s;

	(void)state;
	pcap_begin(&file, 101);
	buf_init(&udp, 65535);
	add_udp(&udp, text);
	add_cut_fragment(&file, 24, false, span_skip(buf_span(&udp), 24), 16);
	add_cut_fragment(&file, 0, true, span_from(udp.p, 24), 13);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_true(s.at[0].cut);
	assert_string_equal(s.at[0].text, "01234");
	buf_fini(&udp);
	buf_fini(&file);
}

/* RFC 8200 4.5: headers behind the fragment header are in the pieces. */
static void test_ip6_options_inside_fragments(void **state)
{
	struct buf file, all, packet;
	struct seen s;
	size_t at;

	(void)state;
	pcap_begin(&file, 101);
	buf_init(&all, 65535);
	buf_init(&packet, 65535);
	buf_add(&all, "\x11\0\1\4\0\0\0\0", 8);
	add_udp(&all, "12345678");
	for (at = 0; at < all.n; at += 8) {
		struct buf piece;

		buf_init(&piece, 65535);
		buf_add_be16(&piece, 60 << 8);
		buf_add_be16(&piece, (uint16_t)(at | (at + 8 < all.n)));
		buf_add_be32(&piece, 1);
		buf_add(&piece, all.p + at, 8);
		buf_clear(&packet);
		add_ip6(&packet, 44, buf_span(&piece));
		pcap_record(&file, 1, 0, buf_span(&packet), packet.n);
		buf_fini(&piece);
	}
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].text, "12345678");
	buf_fini(&packet);
	buf_fini(&all);
	buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_orders),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_odd_fragments_are_dropped),
		cmocka_unit_test(test_two_ends),
		cmocka_unit_test(test_too_many),
		cmocka_unit_test(test_cut_by_snap_length),
		cmocka_unit_test(test_ip6_options_inside_fragments),
	};

	return cmocka_run_group_tests_name("capture_frag", tests, files_setup,
					   files_teardown);
}
