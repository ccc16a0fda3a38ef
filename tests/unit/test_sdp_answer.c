#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sdp/sdp.h"

#define A1 "m=audio 4000 RTP/AVP 0 8\r\na=sendonly\r\n"
#define NONE "m=audio 0 RTP/AVP 0\r\n"
#define RECV "a=recvonly\r\n"

static const struct {
	const char *name, *offer, *answer;
	bool usable;
	const char *text; /* NULL: fits */
} rows[] = {
	{"plain", A1, "m=audio 5000 RTP/AVP 8\r\n" RECV, true, NULL},
	{"inactive", A1, "m=audio 5000 RTP/AVP 8\r\na=inactive\r\n", true,
	 NULL},
	{"one of two refused", A1 A1, "m=audio 5000 RTP/AVP 0\r\n" RECV NONE,
	 true, NULL},
	{"all refused", A1, NONE, false, NULL},
	{"too few", A1 A1, "m=audio 5000 RTP/AVP 0\r\n" RECV, false,
	 "answer has 1 m-line, offer has 2"},
	{"too many", A1, NONE NONE, false, "answer has 2 m-lines, offer has 1"},
	{"none", A1, "", false, "answer has 0 m-lines, offer has 1"},
	{"sendrecv by default", A1, "m=audio 5000 RTP/AVP 0\r\n", true,
	 "m-line 1 offered sendonly, answered sendrecv (no direction line), "
	 "wanted recvonly or inactive"},
	{"both send", A1, "m=audio 5000 RTP/AVP 0\r\na=sendonly\r\n", true,
	 "m-line 1 offered sendonly, answered sendonly, "
	 "wanted recvonly or inactive"},
	{"offer inactive", "m=audio 4 RTP/AVP 0\r\na=inactive\r\n",
	 "m=audio 5 RTP/AVP 0\r\na=recvonly\r\n", true,
	 "m-line 1 offered inactive, answered recvonly, wanted inactive"},
	{"offer sendrecv", "m=audio 4 RTP/AVP 0\r\n",
	 "m=audio 5 RTP/AVP 0\r\na=sendonly\r\n", true, NULL},
	{"other media", A1, "m=video 5000 RTP/AVP 31\r\n" RECV, false,
	 "m-line 1 offered audio, answered video"},
	{"other protocol", A1, "m=audio 5000 RTP/SAVP 0\r\n" RECV, true,
	 "m-line 1 offered RTP/AVP, answered RTP/SAVP"},
	{"revived", NONE, "m=audio 5000 RTP/AVP 0\r\n" RECV, false,
	 "m-line 1 offered with port 0, answered with port 5000"},
	{"no common codec", A1,
	 "m=audio 5000 RTP/AVP 9 96 97\r\na=rtpmap:96 opus/48000/2\r\n" RECV,
	 false,
	 "m-line 1 accepted on port 5000 without a common codec: offered "
	 "PCMU/8000 PCMA/8000, answered G722/8000 opus/48000/2 97"},
	{"only tones in common",
	 "m=audio 4 RTP/AVP 0 101\r\na=rtpmap:101 telephone-event/8000\r\n",
	 "m=audio 5 RTP/AVP 9 101\r\na=rtpmap:101 telephone-event/8000\r\n",
	 false,
	 "m-line 1 accepted on port 5 without a common codec: offered "
	 "PCMU/8000 telephone-event/8000, answered G722/8000 "
	 "telephone-event/8000"},
	{"other number, same codec",
	 "m=audio 4 RTP/AVP 96\r\na=rtpmap:96 Opus/48000/2\r\n",
	 "m=audio 5 RTP/AVP 111\r\na=rtpmap:111 opus/48000/2\r\n", true, NULL},
	{"no address", A1,
	 "m=audio 5000 RTP/AVP 0\r\nc=IN IP4 rec.example\r\n" RECV, false,
	 "m-line 1 accepted on port 5000 without an IP address in a c= line"},
	{"two faults", A1 A1,
	 "m=audio 5000 RTP/AVP 0\r\nm=video 5002 RTP/AVP 31\r\n", true,
	 "m-line 1 offered sendonly, answered sendrecv (no direction line), "
	 "wanted recvonly or inactive; m-line 2 offered audio, answered video"},
};

static struct sdp *parse(const char *sections)
{
	char *text = xasprintf("v=0\r\nc=IN IP4 192.0.2.1\r\n%s", sections);
	struct sdp *s = sdp_parse(span_of(text), NULL);

	free(text);
	assert_non_null(s);
	return s;
}

static void test_answer_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct sdp *offer = parse(rows[i].offer);
		struct sdp *answer = parse(rows[i].answer);
		struct err e = ERR_INIT;
		bool usable = !rows[i].usable;
		int rc = sdp_check_answer(offer, answer, &usable, &e);

		if (usable != rows[i].usable)
			fail_msg("%s: usable %d", rows[i].name, usable);
		if ((rc == 0) != !rows[i].text ||
		    strcmp(e.text, rows[i].text ? rows[i].text : ""))
			fail_msg("%s: got '%s'", rows[i].name, e.text);
		sdp_free(offer);
		sdp_free(answer);
	}
}

static void test_answer_many_faults_are_cut(void **state)
{
	struct buf b;
	struct sdp *offer, *answer;
	struct err e = ERR_INIT;
	bool usable;
	int i;

	(void)state;
	buf_init(&b, SDP_MAX);
	for (i = 0; i < SDP_MEDIA; i++)
		buf_add_str(&b, A1);
	offer = parse(buf_str(&b));
	answer = parse(buf_str(&b));
	assert_int_equal(sdp_check_answer(offer, answer, &usable, &e), -1);
	assert_true(usable);
	assert_true(strlen(e.text) < sizeof(e.text) - 1);
	sdp_free(offer);
	sdp_free(answer);
	buf_fini(&b);
}

static void test_codec_lookup(void **state)
{
	struct sdp *s = parse("m=audio 4 RTP/AVP 0 96 97\r\n"
			      "a=rtpmap:96 L16/8000/2\r\n");
	const struct sdp_media *m = &s->media[0];
	struct sdp_codec c;

	(void)state;
	assert_true(sdp_codec_by_name(span_of("pcmu"), &c));
	assert_int_equal(c.pt, 0);
	assert_null(c.fmtp);
	assert_ptr_equal(sdp_codec_like(m, &c), &m->codec[0]);
	c.rate = 16000;
	assert_null(sdp_codec_like(m, &c));
	c = m->codec[1];
	c.channels = 1;
	assert_null(sdp_codec_like(m, &c));
	assert_ptr_equal(sdp_codec_like(m, &m->codec[2]), &m->codec[2]);
	assert_ptr_equal(sdp_codec_by_pt(m, 97), &m->codec[2]);
	assert_null(sdp_codec_by_pt(m, 98));
	sdp_free(s);
}

static void test_codec_tables(void **state)
{
	struct sdp_codec c = {0};

	(void)state;
	assert_true(sdp_static_codec(9, &c));
	/* RFC 3551 section 4.5.2: 8000 although it samples at 16000 */
	assert_int_equal(c.rate, 8000);
	assert_false(sdp_static_codec(1, &c));
	assert_false(sdp_static_codec(96, &c));
	assert_true(sdp_codec_by_name(span_of("Opus"), &c));
	assert_int_equal(c.channels, 2);
	assert_true(c.pt >= 96);
	assert_false(sdp_codec_by_name(span_of("PCM"), &c));
	assert_false(sdp_codec_by_name(span_of(""), &c));
}

static void test_direction_reversed(void **state)
{
	(void)state;
	assert_int_equal(sdp_dir_reverse(SDP_SENDONLY), SDP_RECVONLY);
	assert_int_equal(sdp_dir_reverse(SDP_RECVONLY), SDP_SENDONLY);
	assert_int_equal(sdp_dir_reverse(SDP_SENDRECV), SDP_SENDRECV);
	assert_int_equal(sdp_dir_reverse(SDP_INACTIVE), SDP_INACTIVE);
	assert_string_equal(sdp_dir_name(SDP_INACTIVE), "inactive");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answer_table),
		cmocka_unit_test(test_answer_many_faults_are_cut),
		cmocka_unit_test(test_codec_lookup),
		cmocka_unit_test(test_codec_tables),
		cmocka_unit_test(test_direction_reversed),
	};

	return cmocka_run_group_tests_name("sdp_answer", tests, NULL, NULL);
}
