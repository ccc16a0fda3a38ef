#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "capture_files.h"

static struct addr addr_of(const char *text)
{
	struct addr a;

	assert_true(addr_parse(span_of(text), &a));
	return a;
}

/* A capture being written, time going on by 20 ms a datagram. */
struct scene {
	struct capture_writer *w;
	int64_t now_us;
};

static struct scene scene_begin(void)
{
	struct scene s = {capture_writer_open(files_path, NULL), 1000000};

	assert_non_null(s.w);
	return s;
}

static void say(struct scene *s, const char *src, const char *dst,
		const void *p, size_t n)
{
	struct addr from = addr_of(src), to = addr_of(dst);

	capture_writer_add(s->w, s->now_us, &from, &to, p, n);
	s->now_us += 20000;
}

static void say_rtp(struct scene *s, const char *src, const char *dst,
		    uint32_t ssrc, uint8_t pt, uint16_t seq)
{
	struct buf b;

	buf_init(&b, 1472);
	buf_add_char(&b, (char)0x80);
	buf_add_char(&b, (char)pt);
	buf_add_be16(&b, seq);
	buf_add_be32(&b, seq * 160u);
	buf_add_be32(&b, ssrc);
	buf_add_str(&b, "payload");
	say(s, src, dst, b.p, b.n);
	buf_fini(&b);
}

static void say_stream(struct scene *s, const char *src, const char *dst,
		       uint32_t ssrc, uint8_t pt)
{
	uint16_t i;

	for (i = 0; i < 5; i++)
		say_rtp(s, src, dst, ssrc, pt, i);
}

/* An INVITE whose body is `type` and `body`. */
static void say_sip(struct scene *s, const char *type, const char *body)
{
	char *text = xasprintf("INVITE sip:b@h SIP/2.0\r\n"
			       "Via: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
			       "From: <sip:a@h>;tag=1\r\n"
			       "To: <sip:b@h>\r\n"
			       "Call-ID: 1\r\n"
			       "CSeq: 1 INVITE\r\n"
			       "Content-Type: %s\r\n"
			       "Content-Length: %zu\r\n\r\n%s",
			       type, strlen(body), body);

	say(s, "10.0.0.9:5060", "10.0.0.8:5060", text, strlen(text));
	free(text);
}

/* Says that 10.0.0.2:5000 takes the codec as type 96. */
static void say_sdp(struct scene *s, const char *map)
{
	char *body = xasprintf(
		"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\n"
		"c=IN IP4 10.0.0.2\r\nt=0 0\r\n"
		"m=audio 5000 RTP/AVP 96 0\r\na=rtpmap:96 %s\r\n",
		map);

	say_sip(s, "application/sdp", body);
	free(body);
}

static struct capture_streams scene_end(struct scene *s)
{
	struct capture_streams out;
	struct err e = ERR_INIT;

	assert_int_equal(capture_writer_close(s->w, NULL), 0);
	assert_int_equal(capture_streams(&out, files_path, &e), 0);
	return out;
}

static void read_streams(struct capture_streams *s, const char *path)
{
	struct err e = ERR_INIT;
	int rc = capture_streams(s, path, &e);

	assert_string_equal(e.text, "");
	assert_int_equal(rc, 0);
}

static void test_call_pcmu(void **state)
{
	struct capture_streams s;
	const struct capture_rtp *r;
	char text[ADDR_TEXT];

	(void)state;
	read_streams(&s, "pcaps/call-pcmu.pcap");
	assert_int_equal(s.n, 2);
	assert_int_equal(s.info.frames, 309);
	r = &s.at[0];
	assert_int_equal(r->ssrc, 0xcafe0440);
	assert_int_equal(r->n, 150);
	assert_int_equal(r->cut, 0);
	assert_string_equal(r->codec, "PCMU");
	assert_int_equal(r->clock_rate, 8000);
	assert_int_equal(r->channels, 1);
	assert_string_equal(r->rtpmap, "PCMU/8000");
	assert_null(r->fmtp);
	assert_string_equal(addr_text(&r->src, text), "10.1.1.10:4000");
	assert_string_equal(addr_text(&r->dst, text), "10.1.1.20:5000");
	assert_true(r->first_us == 1767225601020000);
	assert_true(r->packet[0].at_us == 0);
	assert_true(r->packet[149].at_us == 149 * 20000);
	assert_int_equal(r->packet[149].data.n, 172);
	assert_int_equal(s.at[1].ssrc, 0xcafe0660);
	assert_int_equal(s.at[1].n, 150);
	capture_streams_fini(&s);
}

static void test_opus(void **state)
{
	struct capture_streams s;

	(void)state;
	read_streams(&s, "pcaps/opus-dynamic.pcap");
	assert_int_equal(s.n, 1);
	assert_int_equal(s.at[0].n, 100);
	assert_int_equal(s.at[0].pt, 111);
	assert_string_equal(s.at[0].codec, "opus");
	assert_int_equal(s.at[0].clock_rate, 48000);
	assert_int_equal(s.at[0].channels, 2);
	assert_string_equal(s.at[0].rtpmap, "opus/48000/2");
	assert_string_equal(s.at[0].fmtp,
			    "minptime=10;useinbandfec=1;stereo=0");
	capture_streams_fini(&s);
}

static void test_g722_without_sip(void **state)
{
	struct capture_streams s;

	(void)state;
	read_streams(&s, "pcaps/g722.pcap");
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].codec, "G722");
	assert_int_equal(s.at[0].clock_rate, 8000);
	capture_streams_fini(&s);
}

static void test_vlan_and_cooked(void **state)
{
	struct capture_streams s;

	(void)state;
	read_streams(&s, "pcaps/vlan-sll.pcapng");
	assert_string_equal(s.info.link_type, "EN10MB, LINUX_SLL");
	assert_int_equal(s.n, 2);
	assert_int_equal(s.at[0].n + s.at[1].n, 115);
	assert_true(s.at[1].packet[1].at_us == 20000);
	capture_streams_fini(&s);
}

static void test_cut_file(void **state)
{
	struct capture_streams s;

	(void)state;
	read_streams(&s, "pcaps/cut.pcap");
	assert_true(s.info.broken_off);
	assert_non_null(strstr(s.info.warning, "breaks off inside packet"));
	assert_int_equal(s.n, 2);
	capture_streams_fini(&s);
}

/* Sequence numbers of packets in their order. */
static const struct {
	const char *name;
	uint16_t seq[10];
	size_t n;
	bool is_rtp;
} runs[] = {
	{"five", {1, 2, 3, 4, 5}, 5, true},
	{"four", {1, 2, 3, 4}, 4, false},
	{"wrap-around", {65533, 65534, 65535, 0, 1}, 5, true},
	{"repeated", {1, 1, 2, 2, 3, 4, 5}, 7, true},
	{"only repeated", {1, 1, 1, 1, 1, 1}, 6, false},
	{"lossy, then five", {1, 3, 9, 10, 11, 12, 13}, 7, true},
	{"every second", {1, 3, 5, 7, 9, 11}, 6, false},
	{"backwards", {9, 8, 7, 6, 5, 4}, 6, false},
};

static void test_what_is_a_stream(void **state)
{
	size_t i, k;

	(void)state;
	for (i = 0; i < sizeof(runs) / sizeof(runs[0]); i++) {
		struct scene sc = scene_begin();
		struct capture_streams s;

		print_message("%s\n", runs[i].name);
		for (k = 0; k < runs[i].n; k++)
			say_rtp(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 7, 0,
				runs[i].seq[k]);
		s = scene_end(&sc);
		assert_int_equal(s.n, runs[i].is_rtp);
		if (s.n)
			assert_int_equal(s.at[0].n, runs[i].n);
		capture_streams_fini(&s);
	}
}

static void test_one_ssrc_in_three_places(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;

	(void)state;
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 7, 0);
	say_stream(&sc, "10.0.0.1:4002", "10.0.0.2:5000", 7, 0);
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.3:5000", 7, 0);
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 8, 0);
	s = scene_end(&sc);
	assert_int_equal(s.n, 4);
	assert_int_equal(s.at[2].dst.ip[3], 3);
	assert_int_equal(s.at[3].ssrc, 8);
	capture_streams_fini(&s);
}

static void test_streams_out_of_time_order(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;

	(void)state;
	sc.now_us = 9000000;
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 1, 0);
	sc.now_us = 4000000;
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 2, 0);
	s = scene_end(&sc);
	assert_int_equal(s.n, 2);
	assert_int_equal(s.at[0].ssrc, 2);
	assert_true(s.at[0].first_us == 4000000);
	capture_streams_fini(&s);
}

enum { BEFORE = 1, AFTER = 2 };

static const struct {
	const char *name, *map;
	int when;
	const char *codec; /* of type 96 to 10.0.0.2:5000 */
} maps[] = {
	{"said before", "L16/44100/2", BEFORE, "L16/44100/2"},
	{"said after", "speex/16000", AFTER, "speex/16000"},
	{"never said", "", 0, NULL},
};

static void test_codec_of_dynamic_type(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		struct scene sc = scene_begin();
		struct capture_streams s;

		print_message("%s\n", maps[i].name);
		if (maps[i].when == BEFORE)
			say_sdp(&sc, maps[i].map);
		say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 7, 96);
		if (maps[i].when == AFTER)
			say_sdp(&sc, maps[i].map);
		s = scene_end(&sc);
		assert_int_equal(s.n, 1);
		if (maps[i].codec) {
			assert_string_equal(s.at[0].rtpmap, maps[i].codec);
		} else {
			assert_null(s.at[0].rtpmap);
			assert_string_equal(s.at[0].codec, "");
		}
		capture_streams_fini(&s);
	}
}

/* A type means what was said last before the stream began. */
static void test_address_used_again(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;

	(void)state;
	say_sdp(&sc, "iLBC/8000");
	say_sdp(&sc, "iLBC/8000");
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 1, 96);
	say_sdp(&sc, "speex/16000");
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 2, 96);
	s = scene_end(&sc);
	assert_int_equal(s.n, 2);
	assert_string_equal(s.at[0].codec, "iLBC");
	assert_string_equal(s.at[1].codec, "speex");
	capture_streams_fini(&s);
}

/* Only the source's description is in the capture. */
static void test_codec_by_source(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;

	(void)state;
	say_sdp(&sc, "iLBC/8000");
	say_stream(&sc, "10.0.0.2:5000", "10.0.0.7:5000", 1, 96);
	s = scene_end(&sc);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].codec, "iLBC");
	capture_streams_fini(&s);
}

static void test_sdp_in_multipart(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;

	(void)state;
	say_sip(&sc, "multipart/mixed;boundary=x",
		"--x\r\nContent-Type: application/sdp\r\n\r\n"
		"v=0\r\no=- 1 1 IN IP4 10.0.0.2\r\ns=-\r\n"
		"c=IN IP4 10.0.0.2\r\nt=0 0\r\n"
		"m=audio 5000 RTP/AVP 96\r\na=rtpmap:96 iLBC/8000\r\n"
		"\r\n--x\r\nContent-Type: application/rs-metadata+xml\r\n\r\n"
		"<a/>\r\n--x--\r\n");
	say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", 1, 96);
	s = scene_end(&sc);
	assert_int_equal(s.n, 1);
	assert_string_equal(s.at[0].codec, "iLBC");
	capture_streams_fini(&s);
}

static void test_packets_cut_by_snap_length(void **state)
{
	struct capture_streams s;
	struct buf file;
	uint32_t i;

	(void)state;
	pcap_begin(&file, LINK_ETHERNET);
	for (i = 0; i < 6; i++) {
		struct buf frame;

		buf_init(&frame, 65535);
		/* any text with the right first octets is RTP */
		add_frame(&frame, "\x80\x01\x01\x01tttt0123 a payload");
		frame.p[14 + 28 + 3] = (char)i;
		pcap_record(&file, i, 0, span_from(frame.p, 60), frame.n);
		buf_fini(&frame);
	}
	write_bytes(file.p, file.n);
	read_streams(&s, files_path);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.at[0].n, 6);
	assert_int_equal(s.at[0].cut, 6);
	assert_int_equal(s.at[0].packet[0].data.n, 18);
	capture_streams_fini(&s);
	buf_fini(&file);
}

static void test_unreadable(void **state)
{
	struct capture_streams s;
	struct err e = ERR_INIT;

	(void)state;
	assert_int_equal(capture_streams(&s, "/nowhere", &e), -1);
	assert_int_equal(e.kind, ERR_ENV);
	assert_int_equal(s.n, 0);
	capture_streams_fini(&s);
}

static const struct {
	const char *name;
	bool has_ssrc;
	uint32_t ssrc;
	int stream;
	int found; /* index, -1: none */
	const char *text;
} picks[] = {
	{"the first", false, 0, 0, 0, NULL},
	{"by number", false, 0, 2, 1, NULL},
	{"by ssrc", true, 0xcafe0660, 0, 1, NULL},
	{"number too high", false, 0, 3, -1,
	 "no stream 3 in pcaps/call-pcmu.pcap; it has: 1 0xcafe0440 PCMU "
	 "10.1.1.10:4000 -> 10.1.1.20:5000 (150 packets), 2 0xcafe0660 PCMU "
	 "10.1.1.20:5000 -> 10.1.1.10:4000 (150 packets)"},
	{"negative number", false, 0, -1, -1,
	 "no stream -1 in pcaps/call-pcmu.pcap; it has: 1 0xcafe0440 PCMU "
	 "10.1.1.10:4000 -> 10.1.1.20:5000 (150 packets), 2 0xcafe0660 PCMU "
	 "10.1.1.20:5000 -> 10.1.1.10:4000 (150 packets)"},
	{"no such ssrc", true, 0x12345678, 0, -1,
	 "no stream with ssrc 0x12345678 in pcaps/call-pcmu.pcap; it has: "
	 "1 0xcafe0440 PCMU 10.1.1.10:4000 -> 10.1.1.20:5000 (150 packets), "
	 "2 0xcafe0660 PCMU 10.1.1.20:5000 -> 10.1.1.10:4000 (150 packets)"},
};

static void test_pick(void **state)
{
	struct capture_streams s;
	size_t i;

	(void)state;
	read_streams(&s, "pcaps/call-pcmu.pcap");
	for (i = 0; i < sizeof(picks) / sizeof(picks[0]); i++) {
		struct err e = ERR_INIT;
		const struct capture_rtp *r;

		print_message("%s\n", picks[i].name);
		r = capture_pick(&s, picks[i].has_ssrc, picks[i].ssrc,
				 picks[i].stream, &e);
		if (picks[i].found >= 0) {
			assert_ptr_equal(r, &s.at[picks[i].found]);
			continue;
		}
		assert_null(r);
		assert_int_equal(e.kind, ERR_SCENARIO);
		assert_string_equal(e.text, picks[i].text);
	}
	capture_streams_fini(&s);
}

static void test_pick_of_nothing(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s = scene_end(&sc);
	struct err e = ERR_INIT;
	char want[128];

	(void)state;
	assert_null(capture_pick(&s, false, 0, 0, &e));
	snprintf(want, sizeof(want), "no RTP stream in %s", files_path);
	assert_string_equal(e.text, want);
	capture_streams_fini(&s);
}

static void test_pick_of_many(void **state)
{
	struct scene sc = scene_begin();
	struct capture_streams s;
	struct err e = ERR_INIT;
	uint32_t i;

	(void)state;
	for (i = 0; i < 11; i++)
		say_stream(&sc, "10.0.0.1:4000", "10.0.0.2:5000", i, 96);
	s = scene_end(&sc);
	assert_null(capture_pick(&s, true, 99, 0, &e));
	assert_non_null(
		strstr(e.text, "1 0x00000000 payload type 96 10.0.0.1"));
	assert_non_null(strstr(e.text, "(5 packets), and 3 more"));
	capture_streams_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_call_pcmu),
		cmocka_unit_test(test_opus),
		cmocka_unit_test(test_g722_without_sip),
		cmocka_unit_test(test_vlan_and_cooked),
		cmocka_unit_test(test_cut_file),
		cmocka_unit_test(test_what_is_a_stream),
		cmocka_unit_test(test_one_ssrc_in_three_places),
		cmocka_unit_test(test_streams_out_of_time_order),
		cmocka_unit_test(test_codec_of_dynamic_type),
		cmocka_unit_test(test_address_used_again),
		cmocka_unit_test(test_codec_by_source),
		cmocka_unit_test(test_sdp_in_multipart),
		cmocka_unit_test(test_packets_cut_by_snap_length),
		cmocka_unit_test(test_unreadable),
		cmocka_unit_test(test_pick),
		cmocka_unit_test(test_pick_of_nothing),
		cmocka_unit_test(test_pick_of_many),
	};

	return cmocka_run_group_tests_name("capture_streams", tests,
					   files_setup, files_teardown);
}
