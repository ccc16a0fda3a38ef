#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "capture_files.h"

#define ZEROS10 "\0\0\0\0\0\0\0\0\0\0"
#define ETHER(type) ZEROS10 "\0\0" type
/* Its total length is 0, as with segmentation offload. */
#define OUTER(proto) "\x45\0\0\0\0\1\0\0\x40" proto "\0\0\xc0\0\2\1\xc0\0\2\2"

static const struct {
	const char *name;
	uint32_t link; /* LINKTYPE_ in the file */
	const char *header;
	size_t n;
	bool ip;
} rows[] = {
	{"Ethernet", 1, ZEROS10 "\0\0\x08\0", 14, true},
	{"Ethernet, ARP", 1, ZEROS10 "\0\0\x08\x06", 14, false},
	{"802.1Q", 1, ZEROS10 "\0\0\x81\0\0\x64\x08\0", 18, true},
	{"802.1ad and 802.1Q", 1, ZEROS10 "\0\0\x88\xa8\0\1\x81\0\0\2\x08\0",
	 22, true},
	{"three tags", 1, ZEROS10 "\0\0\x91\0\0\1\x91\0\0\2\x81\0\0\3\x08\0",
	 26, true},
	{"tags only", 1, ZEROS10 "\0\0\x81\0\0\x64\x88\xcc", 18, false},
	{"cooked", 113, ZEROS10 "\0\0\0\0\x08\0", 16, true},
	{"cooked, tagged", 113, ZEROS10 "\0\0\0\0\x81\0\0\1\x08\0", 20, true},
	{"cooked, ARP", 113, ZEROS10 "\0\0\0\0\x08\x06", 16, false},
	{"cooked 2", 276, "\x08\0" ZEROS10 "\0\0\0\0\0\0\0\0", 20, true},
	{"cooked 2, ARP", 276, "\x08\6" ZEROS10 "\0\0\0\0\0\0\0\0", 20, false},
	{"raw", 101, "", 0, true},
	{"IPv4", 228, "", 0, true},
	{"null, little-endian", 0, "\2\0\0\0", 4, true},
	{"null, big-endian", 0, "\0\0\0\2", 4, true},
	{"null, AppleTalk", 0, "\x10\0\0\0", 4, false},
	{"loop", 108, "\0\0\0\2", 4, true},
	{"loop, IPv6 of macOS", 108, "\0\0\0\x1e", 4, true},
	{"MPLS", 1, ETHER("\x88\x47") "\0\1\1\x40", 18, true},
	{"MPLS, two labels", 1,
	 ETHER("\x88\x48") "\0\1\0\x40"
			   "\0\2\1\x40",
	 22, true},
	{"MPLS on a VLAN", 1, ETHER("\x81\0") "\0\1\x88\x47\0\1\1\x40", 22,
	 true},
	{"pseudowire", 1,
	 ETHER("\x88\x47") "\0\1\1\x40\0\0\0\0" ETHER("\x08\0"), 36, true},
	{"MPLS, neither IP nor pseudowire", 1,
	 ETHER("\x88\x47") "\0\1\1\x40\xf0", 19, false},
	{"PPPoE", 1, ETHER("\x88\x64") "\x11\0\0\7\0\0\0\x21", 22, true},
	{"PPPoE, LCP", 1, ETHER("\x88\x64") "\x11\0\0\7\0\0\xc0\x21", 22,
	 false},
	{"PPPoE, discovery", 1, ETHER("\x88\x63") "\x11\x09\0\0\0\0\0\0", 22,
	 false},
	{"IP in IP", 101, OUTER("\4"), 20, true},
	{"IP in IP in IP", 101, OUTER("\4") OUTER("\4"), 40, true},
	{"IP in IPv6", 101, "\x60\0\0\0\0\0\4\1" ZEROS10 ZEROS10 ZEROS10 "\0\0",
	 40, true},
	{"GRE", 101, OUTER("\x2f") "\0\0\x08\0", 24, true},
	{"GRE with key and number", 101,
	 OUTER("\x2f") "\x30\0\x08\0\0\0\0\1\0\0\0\2", 32, true},
	{"GRE with checksum", 101, OUTER("\x2f") "\x80\0\x08\0\0\0\0\0", 28,
	 true},
	{"GRE, bridged", 101, OUTER("\x2f") "\0\0\x65\x58" ETHER("\x08\0"), 38,
	 true},
	{"GRE, mirrored", 101,
	 OUTER("\x2f") "\x10\0\x88\xbe\0\0\0\1\0\0\0\0\0\0\0\0" ETHER("\x08\0"),
	 50, true},
	{"GRE of another version", 101, OUTER("\x2f") "\0\1\x08\0", 24, false},
	{"ESP", 101, OUTER("\x32"), 20, false},
};

static void test_link_types(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf file, frame;
		struct seen s;

		print_message("%s\n", rows[i].name);
		pcap_begin(&file, rows[i].link);
		buf_init(&frame, 65535);
		buf_add(&frame, rows[i].header, rows[i].n);
		add_ip4_udp(&frame, "hello");
		buf_add(&frame, ZEROS10, 10); /* padding of the link */
		pcap_record(&file, 1, 0, buf_span(&frame), frame.n);
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.info.frames, 1);
		assert_int_equal(s.n, rows[i].ip);
		if (s.n) {
			assert_string_equal(s.at[0].src, "10.0.0.1:4000");
			assert_string_equal(s.at[0].dst, "10.0.0.2:5000");
			assert_string_equal(s.at[0].text, "hello");
			assert_int_equal(s.at[0].size, 5);
		}
		buf_fini(&frame);
		buf_fini(&file);
	}
}

/* Whatever the snap length left is used or passed over. */
static void test_link_types_cut_everywhere(void **state)
{
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf frame;

		buf_init(&frame, 65535);
		buf_add(&frame, rows[i].header, rows[i].n);
		add_ip4_udp(&frame, "hello");
		for (n = 0; n < frame.n; n++) {
			char *part = n ? xmemdup(frame.p, n) : NULL;
			struct buf file;
			struct seen s;

			pcap_begin(&file, rows[i].link);
			pcap_record(&file, 1, 0, span_from(part, n), frame.n);
			assert_int_equal(read_buf(&s, &file), 0);
			assert_int_equal(s.info.cut, 1);
			/* the IP and UDP headers are 28 octets */
			assert_int_equal(s.n,
					 rows[i].ip && n >= rows[i].n + 28);
			if (s.n) {
				assert_true(s.at[0].cut);
				assert_int_equal(s.at[0].size,
						 n - rows[i].n - 28);
			}
			buf_fini(&file);
			free(part);
		}
		buf_fini(&frame);
	}
}

static void test_link_type_unsupported(void **state)
{
	struct buf file;
	struct seen s;
	char text[128];

	(void)state;
	pcap_begin(&file, 105);
	pcap_datagram(&file, 1, 0, "hello");
	assert_int_equal(read_buf(&s, &file), -1);
	assert_int_equal(s.e.kind, ERR_INPUT);
	snprintf(text, sizeof(text),
		 "%s: link type IEEE802_11 is not supported", files_path);
	assert_string_equal(s.e.text, text);
	assert_int_equal(s.n, 0);
	buf_fini(&file);
}

/* An IPv4 header is what these rows change. */
static const struct {
	const char *name;
	size_t at; /* octet of the IP packet */
	uint8_t value;
	size_t n; /* datagrams */
} headers[] = {
	{"as it is", 0, 0x45, 1},
	{"version 5", 0, 0x55, 0},
	{"header too short", 0, 0x44, 0},
	{"header beyond the packet", 0, 0x4f, 0},
	{"TCP", 9, 6, 0},
	{"total length below header", 3, 19, 0},
	{"total length 0", 3, 0, 1},
	{"total length leaves no UDP header", 3, 27, 0},
	{"UDP length too small", 25, 7, 0},
	{"UDP length 0", 25, 0, 1},
	{"do not fragment", 6, 0x40, 1},
};

static void test_ip4_headers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		struct buf file, frame;
		struct seen s;

		print_message("%s\n", headers[i].name);
		pcap_begin(&file, 101);
		buf_init(&frame, 65535);
		add_ip4_udp(&frame, "hello");
		frame.p[headers[i].at] = (char)headers[i].value;
		pcap_record(&file, 1, 0, buf_span(&frame), frame.n);
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, headers[i].n);
		if (s.n) {
			assert_string_equal(s.at[0].text, "hello");
			assert_false(s.at[0].cut);
		}
		buf_fini(&frame);
		buf_fini(&file);
	}
}

static void test_ip4_options(void **state)
{
	struct buf file, frame;
	struct seen s;

	(void)state;
	pcap_begin(&file, 101);
	buf_init(&frame, 65535);
	add_ip4(&frame, 1, 0, false, span_from("\x94\4\0\0", 4));
	frame.p[0] = 0x46; /* the payload is a router alert option */
	add_udp(&frame, "hello");
	frame.p[3] = (char)frame.n;
	pcap_record(&file, 1, 0, buf_span(&frame), frame.n);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].text, "hello");
	buf_fini(&frame);
	buf_fini(&file);
}

/* What stands between the IPv6 and the UDP header. */
static const struct {
	const char *name;
	uint8_t next;
	const char *between;
	size_t n;
	size_t datagrams;
} chains[] = {
	{"UDP at once", 17, "", 0, 1},
	{"hop by hop", 0, "\x11\0\1\4\0\0\0\0", 8, 1},
	{"long destination options", 60, "\x11\1\1\014\0\0\0\0\0\0\0\0\0\0\0\0",
	 16, 1},
	{"all of them", 0,
	 "\x2b\0\0\0\0\0\0\0\x3c\0\0\0\0\0\0\0\x2c\0\0\0\0\0\0\0"
	 "\x11\0\0\0\0\0\0\1",
	 32, 1},
	{"authentication", 51, "\x11\1\0\0\0\0\0\1\0\0\0\1", 12, 1},
	{"mobility", 135, "\x11\0\0\0\0\0\0\0", 8, 1},
	{"options beyond the packet", 60, "\x11\xff\0\0\0\0\0\0", 8, 0},
	{"TCP behind options", 60, "\6\0\0\0\0\0\0\0", 8, 0},
	{"ends in a header", 17 + 100, "", 0, 0},
};

static void test_ip6_extension_headers(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(chains) / sizeof(chains[0]); i++) {
		struct buf file, frame, payload;
		struct seen s;

		print_message("%s\n", chains[i].name);
		pcap_begin(&file, 229);
		buf_init(&frame, 65535);
		buf_init(&payload, 65535);
		buf_add(&payload, chains[i].between, chains[i].n);
		add_udp(&payload, "hello");
		add_ip6(&frame, chains[i].next, buf_span(&payload));
		pcap_record(&file, 1, 0, buf_span(&frame), frame.n);
		assert_int_equal(read_buf(&s, &file), 0);
		assert_int_equal(s.n, chains[i].datagrams);
		if (s.n) {
			assert_string_equal(s.at[0].src, "[2001:db8::1]:4000");
			assert_string_equal(s.at[0].dst, "[2001:db8::2]:5000");
			assert_string_equal(s.at[0].text, "hello");
		}
		buf_fini(&payload);
		buf_fini(&frame);
		buf_fini(&file);
	}
}

/* What could carry a call is told of. */
static void test_kinds_not_read(void **state)
{
	static const uint16_t types[] = {0x0806, 0x88cc, 0x0100, 0x88b5,
					 0x88b5, 0x22f0, 0x0800};
	struct buf file, frame, packet, vxlan;
	struct seen s;
	size_t i;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		buf_init(&frame, 65535);
		buf_init(&packet, 65535);
		add_ip4_udp(&packet, "hello");
		add_ethernet(&frame, types[i], buf_span(&packet));
		pcap_record(&file, 1, 0, buf_span(&frame), frame.n);
		buf_fini(&frame);
		buf_fini(&packet);
	}
	assert_int_equal(read_buf(&s, &file), 0);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.info.warning,
			    "3 frames of kinds that are not read: Ethernet "
			    "types 0x88b5, 0x22f0");
	buf_fini(&file);

	pcap_begin(&file, 101);
	buf_init(&vxlan, 65535);
	buf_init(&packet, 65535);
	buf_add(&vxlan, "\x0f\xa0\x12\xb5\0\x11\0\0\x08\0\0\0\0\0\1\0x", 17);
	add_ip4(&packet, 1, 0, false, buf_span(&vxlan));
	pcap_record(&file, 1, 0, buf_span(&packet), packet.n);
	assert_int_equal(read_buf(&s, &file), 0);
	assert_string_equal(s.info.warning,
			    "1 packet of VXLAN: what is inside is not read");
	buf_fini(&packet);
	buf_fini(&vxlan);
	buf_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_link_types),
		cmocka_unit_test(test_link_types_cut_everywhere),
		cmocka_unit_test(test_link_type_unsupported),
		cmocka_unit_test(test_ip4_headers),
		cmocka_unit_test(test_ip4_options),
		cmocka_unit_test(test_ip6_extension_headers),
		cmocka_unit_test(test_kinds_not_read),
	};

	return cmocka_run_group_tests_name("capture_link", tests, files_setup,
					   files_teardown);
}
