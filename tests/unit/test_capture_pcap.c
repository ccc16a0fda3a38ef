#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "capture_files.h"

static void add32(struct buf *b, bool little, uint32_t v)
{
	buf_add_be32(b, little ? __builtin_bswap32(v) : v);
}

static const struct {
	const char *name;
	uint32_t magic;
	bool little;
	int64_t at_us; /* of 100 s and 5000 units */
} orders[] = {
	{"big, microseconds", 0xa1b2c3d4, false, 100005000},
	{"little, microseconds", 0xa1b2c3d4, true, 100005000},
	{"big, nanoseconds", 0xa1b23c4d, false, 100000005},
	{"little, nanoseconds", 0xa1b23c4d, true, 100000005},
};

static void test_byte_orders(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		bool little = orders[i].little;
		struct buf file, frame;
		struct seen s;

		print_message("%s\n", orders[i].name);
		buf_init(&file, 65535);
		buf_init(&frame, 65535);
		add_frame(&frame, "hello");
		add32(&file, little, orders[i].magic);
		buf_add_be32(&file, little ? 0x02000400 : 0x00020004);
		add32(&file, little, 0);
		add32(&file, little, 0);
		add32(&file, little, 65535);
		add32(&file, little, 1);
		add32(&file, little, 100);
		add32(&file, little, 5000);
		add32(&file, little, (uint32_t)frame.n);
		add32(&file, little, (uint32_t)frame.n);
		buf_add_span(&file, buf_span(&frame));
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, 1);
		assert_true(s.at[0].at_us == orders[i].at_us);
		assert_int_equal(s.at[0].frame, 1);
		assert_string_equal(s.info.link_type, "EN10MB");
		assert_string_equal(s.info.warning, "");
		buf_fini(&frame);
		buf_fini(&file);
	}
}

static void test_order_of_time(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 5, 0, "fourth");
	pcap_datagram(&file, 3, 7, "first");
	pcap_datagram(&file, 4, 0, "second");
	pcap_datagram(&file, 4, 0, "third");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 4);
	assert_string_equal(s.at[0].text, "first");
	assert_int_equal(s.at[0].frame, 2);
	assert_string_equal(s.at[1].text, "second");
	assert_string_equal(s.at[2].text, "third");
	assert_string_equal(s.at[3].text, "fourth");
	buf_fini(&file);
}

static void test_no_packets(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 0);
	assert_int_equal(s.info.frames, 0);
	assert_false(s.info.broken_off);
	buf_fini(&file);
}

static void check_cut_at(const struct buf *file, size_t n, size_t second)
{
	char *part = n ? xmemdup(file->p, n) : NULL;
	struct seen s;
	int rc = read_bytes(&s, part, n);

	free(part);
	if (n < 24) {
		assert_int_equal(rc, -1);
		assert_int_equal(s.e.kind, ERR_INPUT);
		assert_non_null(strstr(s.e.text, ": not a capture file: "));
		return;
	}
	assert_int_equal(rc, 0);
	assert_int_equal(s.n, n >= second);
	assert_int_equal(s.info.broken_off, n != 24 && n != second);
	assert_string_equal(s.info.warning,
			    !s.info.broken_off ? ""
			    : n < second
				    ? "the file breaks off inside packet 1"
				    : "the file breaks off inside packet 2");
}

static void test_broken_off_everywhere(void **state)
{
	struct buf file;
	size_t n, second;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 1, 0, "one");
	second = file.n;
	pcap_datagram(&file, 2, 0, "two");
	for (n = 0; n < file.n; n++)
		check_cut_at(&file, n, second);
	buf_fini(&file);
}

static void test_absurd_length(void **state)
{
	struct buf file;
	struct seen s;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 1, 0, "one");
	buf_add_be32(&file, 1);
	buf_add_be32(&file, 0);
	buf_add_be32(&file, 0x7fffffff);
	buf_add_be32(&file, 0x7fffffff);
	buf_add_str(&file, "and what follows is of no use");
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_non_null(strstr(s.info.warning, "packet 2 is damaged"));
	buf_fini(&file);
}

static const struct {
	const char *name, *bytes;
	size_t n;
	const char *text;
} strangers[] = {
	{"empty", "", 0, ": not a capture file: it is empty"},
	{"text", "INVITE sip:a@b SIP/2.0\r\nCall-ID: 1\r\n\r\n", 38,
	 ": not a capture file: unknown file format"},
	{"a cut gzip", "\x1f\x8b\x08\0\0\0\0\0", 8,
	 ": not a capture file: it breaks off"},
	{"a gzip of something",
	 "\x1f\x8b\x08\0\0\0\0\0\0\x03\x4b\x4f\x4f\x2f\x02\0\xe2\x26\x04"
	 "\xa7\x04\0\0\0",
	 24, ": not a capture file: "},
	{"zstd", "\x28\xb5\x2f\xfd", 4, ": is compressed: unzstd it first"},
	{"xz",
	 "\xfd"
	 "7zXZ\0",
	 6, ": is compressed: unxz it first"},
	{"half a magic", "\xa1\xb2", 2, ": not a capture file: "},
};

static void test_not_captures(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(strangers) / sizeof(strangers[0]); i++) {
		struct seen s;

		print_message("%s\n", strangers[i].name);
		assert_int_equal(
			read_bytes(&s, strangers[i].bytes, strangers[i].n), -1);
		assert_int_equal(s.e.kind, ERR_INPUT);
		assert_int_equal(
			strncmp(s.e.text, files_path, strlen(files_path)), 0);
		assert_non_null(strstr(s.e.text, strangers[i].text));
	}
}

static void test_no_file(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(read_path(&s, "/nowhere/x.pcap"), -1);
	assert_int_equal(s.e.kind, ERR_ENV);
	assert_string_equal(s.e.text, "/nowhere/x.pcap: cannot be opened: "
				      "No such file or directory");
}

static void test_directory(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(read_path(&s, "/tmp"), -1);
	assert_int_equal(s.e.kind, ERR_ENV);
	assert_string_equal(s.e.text, "/tmp: is a directory");
}

static void test_device(void **state)
{
	struct seen s;

	(void)state;
	assert_int_equal(read_path(&s, "/dev/zero"), -1);
	assert_string_equal(s.e.text, "/dev/zero: is not a file");
}

/* As in: siprec-src inspect <(zcat call.pcap.gz) */
static void test_pipe(void **state)
{
	char path[32];
	struct buf file;
	struct seen s;
	int fd[2];

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	pcap_datagram(&file, 5, 0, "second");
	pcap_datagram(&file, 3, 0, "first");
	assert_int_equal(pipe(fd), 0);
	assert_int_equal(write(fd[1], file.p, file.n), file.n);
	close(fd[1]);
	snprintf(path, sizeof(path), "/dev/fd/%d", fd[0]);
	assert_int_equal(read_path(&s, path), 0);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.at[0].text, "first");
	close(fd[0]);
	buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_byte_orders),
		cmocka_unit_test(test_order_of_time),
		cmocka_unit_test(test_no_packets),
		cmocka_unit_test(test_broken_off_everywhere),
		cmocka_unit_test(test_absurd_length),
		cmocka_unit_test(test_not_captures),
		cmocka_unit_test(test_no_file),
		cmocka_unit_test(test_directory),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_pipe),
	};

	return cmocka_run_group_tests_name("capture_pcap", tests, files_setup,
					   files_teardown);
}
