#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture_files.h"

enum { FRAME_MAX = 14 + 1500 };

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(span_of(text), &a));
	return a;
}

static struct capture_writer *open_writer(void)
{
	struct err e = ERR_INIT;
	struct capture_writer *w = capture_writer_open(files_path, &e);

	assert_string_equal(e.text, "");
	assert_non_null(w);
	return w;
}

static void close_writer(struct capture_writer *w)
{
	struct err e = ERR_INIT;

	assert_int_equal(capture_writer_close(w, &e), 0);
}

static char *pattern(size_t n)
{
	char *p = xmalloc(n + 1);
	size_t i;

	for (i = 0; i < n; i++)
		p[i] = (char)(i * 7 + i / 256);
	return p;
}

/* What capture_read gives back of one datagram. */
struct back {
	struct capture_packet packet;
	char *data; /* owned */
	size_t n;
};

static void back_h(const struct capture_packet *p, void *arg)
{
	struct back *b = arg;

	b->n++;
	b->packet = *p;
	free(b->data);
	b->data = p->data.n ? xmemdup(p->data.p, p->data.n) : NULL;
}

static const struct {
	const char *name, *src, *dst;
	size_t size, frames;
} rows[] = {
	{"empty", "10.1.1.10:4000", "10.1.1.20:5000", 0, 1},
	{"one octet", "10.1.1.10:4000", "10.1.1.20:5000", 1, 1},
	{"odd", "10.1.1.10:4000", "10.1.1.20:5000", 171, 1},
	{"largest in one frame", "10.1.1.10:1", "10.1.1.20:65535", 1472, 1},
	{"one octet more", "10.1.1.10:4000", "10.1.1.20:5000", 1473, 2},
	{"fills two", "10.1.1.10:4000", "10.1.1.20:5000", 2952, 2},
	{"fills two and one", "10.1.1.10:4000", "10.1.1.20:5000", 2953, 3},
	{"largest", "10.1.1.10:4000", "10.1.1.20:5000", 65507, 45},
	{"too large", "10.1.1.10:4000", "10.1.1.20:5000", 65508, 0},
	{"IPv6 empty", "[2001:db8::1]:1", "[2001:db8::2]:2", 0, 1},
	{"IPv6 in one frame", "[2001:db8::1]:1", "[2001:db8::2]:2", 1452, 1},
	{"IPv6 one octet more", "[2001:db8::1]:1", "[2001:db8::2]:2", 1453, 2},
	{"IPv6 largest", "[2001:db8::1]:1", "[2001:db8::2]:2", 65527, 46},
	{"IPv6 too large", "[2001:db8::1]:1", "[2001:db8::2]:2", 65528, 0},
};

static void test_what_is_written_is_read(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct capture_writer *w = open_writer();
		struct addr src = addr_of(rows[i].src);
		struct addr dst = addr_of(rows[i].dst);
		char *data = pattern(rows[i].size);
		struct back b = {.n = 0};
		struct capture_info info;

		print_message("%s\n", rows[i].name);
		capture_writer_add(w, 1767225600123456, &src, &dst, data,
				   rows[i].size);
		close_writer(w);
		assert_int_equal(
			capture_read(files_path, back_h, &b, &info, NULL), 0);
		assert_int_equal(info.frames, rows[i].frames);
		assert_int_equal(b.n, rows[i].frames > 0);
		if (b.n) {
			assert_true(b.packet.at_us == 1767225600123456);
			assert_true(addr_eq(&b.packet.src, &src));
			assert_true(addr_eq(&b.packet.dst, &dst));
			assert_false(b.packet.cut);
			assert_int_equal(b.packet.data.n, rows[i].size);
		}
		if (b.data)
			assert_memory_equal(b.data, data, rows[i].size);
		free(b.data);
		free(data);
	}
}

static struct buf file_bytes(void)
{
	struct err e = ERR_INIT;
	struct buf b;

	buf_init(&b, 1 << 20);
	assert_int_equal(buf_read_file(&b, files_path, &e), 0);
	return b;
}

static uint32_t sum16(uint32_t sum, const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		sum += (uint32_t)(uint8_t)p[i] << (i % 2 ? 0 : 8);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return sum;
}

/* A receiver's view of RFC 1071: with the checksum all add up to 0xffff. */
static void test_checksums(void **state)
{
	struct addr src = addr_of("10.1.1.10:4000");
	struct addr dst = addr_of("10.1.1.20:5000");
	size_t n;

	(void)state;
	for (n = 0; n < 20; n++) {
		struct capture_writer *w = open_writer();
		char *data = pattern(n);
		struct buf b;
		const char *ip;

		capture_writer_add(w, 1, &src, &dst, data, n);
		close_writer(w);
		b = file_bytes();
		assert_int_equal(b.n, 24 + 16 + 14 + 28 + n);
		ip = b.p + 24 + 16 + 14;
		assert_int_equal(sum16(0, ip, 20), 0xffff);
		assert_int_equal(sum16((uint32_t)(17 + 8 + n), ip + 12, 16 + n),
				 0xffff);
		buf_fini(&b);
		free(data);
	}
}

/* RFC 768: a sum of 0 is sent as 0xffff. */
static void test_checksum_is_never_0(void **state)
{
	struct addr src = addr_of("0.0.0.0:0");
	struct addr dst = addr_of("0.0.0.0:0");
	struct capture_writer *w = open_writer();
	/* 17 + 10 + 10 are in the pseudo header and the length */
	const uint8_t data[2] = {0xff, 0xff - 37};
	struct buf b;

	(void)state;
	capture_writer_add(w, 1, &src, &dst, data, 2);
	close_writer(w);
	b = file_bytes();
	assert_memory_equal(b.p + 24 + 16 + 14 + 26, "\xff\xff", 2);
	buf_fini(&b);
}

static void write_some(void)
{
	struct capture_writer *w = open_writer();
	struct addr a = addr_of("10.1.1.10:4000");
	struct addr b = addr_of("10.1.1.20:5000");
	struct addr c = addr_of("[2001:db8::1]:1");
	char *data = pattern(4000);

	capture_writer_add(w, 1000000, &a, &b, data, 100);
	capture_writer_add(w, 1000001, &b, &a, data, 4000);
	capture_writer_add(w, 2000000, &c, &c, data, 4000);
	close_writer(w);
	free(data);
}

static void test_same_bytes_every_time(void **state)
{
	struct buf once, again;

	(void)state;
	write_some();
	once = file_bytes();
	write_some();
	again = file_bytes();
	assert_int_equal(once.n, again.n);
	assert_memory_equal(once.p, again.p, once.n);
	buf_fini(&once);
	buf_fini(&again);
}

static void test_header_fields(void **state)
{
	struct buf b;
	const char *frame;

	(void)state;
	write_some();
	b = file_bytes();
	frame = b.p + 24 + 16;
	assert_memory_equal(frame, "\2\0\x0a\1\1\x14\2\0\x0a\1\1\x0a\x08\0",
			    14);
	assert_memory_equal(frame + 14 + 4, "\0\1", 2); /* id */
	frame += 14 + 28 + 100 + 16;
	assert_memory_equal(frame + 14 + 4, "\0\2\x20\0", 4);
	frame += FRAME_MAX + 16;
	assert_memory_equal(frame + 14 + 4, "\0\2\x20\xb9", 4);
	buf_fini(&b);
}

static void test_flush_makes_it_whole(void **state)
{
	struct capture_writer *w = open_writer();
	struct addr a = addr_of("10.1.1.10:4000");
	struct seen s;
	size_t i;

	(void)state;
	for (i = 1; i <= 3; i++) {
		capture_writer_add(w, 1, &a, &a, "hello", 5);
		capture_writer_flush(w);
		assert_int_equal(read_path(&s, files_path), 0);
		assert_int_equal(s.n, i);
		assert_false(s.info.broken_off);
	}
	close_writer(w);
}

static void test_nothing_added(void **state)
{
	struct seen s;

	(void)state;
	close_writer(open_writer());
	assert_int_equal(read_path(&s, files_path), 0);
	assert_int_equal(s.info.frames, 0);
}

static void test_cannot_open(void **state)
{
	struct err e = ERR_INIT;

	(void)state;
	assert_null(capture_writer_open("/nowhere/x.pcap", &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_string_equal(e.text, "/nowhere/x.pcap: cannot be written: "
				    "No such file or directory");
}

static void test_disk_full(void **state)
{
	struct err e = ERR_INIT;
	struct capture_writer *w = capture_writer_open("/dev/full", &e);
	struct addr a = addr_of("10.1.1.10:4000");

	(void)state;
	assert_non_null(w);
	capture_writer_add(w, 1, &a, &a, "hello", 5);
	capture_writer_flush(w);
	capture_writer_add(w, 1, &a, &a, "hello", 5);
	assert_int_equal(capture_writer_close(w, &e), -1);
	assert_int_equal(e.kind, ERR_ENV);
	assert_string_equal(e.text, "/dev/full: cannot be written: "
				    "No space left on device");
}

static void test_close_nothing(void **state)
{
	(void)state;
	assert_int_equal(capture_writer_close(NULL, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_is_read),
		cmocka_unit_test(test_checksums),
		cmocka_unit_test(test_checksum_is_never_0),
		cmocka_unit_test(test_same_bytes_every_time),
		cmocka_unit_test(test_header_fields),
		cmocka_unit_test(test_flush_makes_it_whole),
		cmocka_unit_test(test_nothing_added),
		cmocka_unit_test(test_cannot_open),
		cmocka_unit_test(test_disk_full),
		cmocka_unit_test(test_close_nothing),
	};

	return cmocka_run_group_tests_name("capture_write", tests, files_setup,
					   files_teardown);
}
