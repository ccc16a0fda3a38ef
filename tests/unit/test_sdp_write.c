#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sdp/sdp.h"

static char fmtp_text[] = "0-15\r\na=evil";

static struct addr at(const char *text)
{
	struct addr a;

	assert_true(addr_parse(span_of(text), &a));
	return a;
}

static void test_write_keys_and_rtcp(void **state)
{
	static const struct suite_key keys[2] = {
		{.suite = SUITE_AEAD_AES_128_GCM},
		{.suite = SUITE_AES_CM_128_HMAC_SHA1_32}};
	struct sdp_codec pcmu;
	struct sdp_out_media m = {.type = "audio",
				  .proto = "RTP/SAVP",
				  .codec = &pcmu,
				  .n_codecs = 1,
				  .rtcp_port = 4007,
				  .crypto = keys,
				  .n_cryptos = 2,
				  .crypto_tag = 3};
	struct sdp_out out = {.media = &m, .n_media = 1};
	struct sdp *back;
	struct buf b;

	(void)state;
	assert_true(sdp_codec_by_name(span_of("PCMU"), &pcmu));
	m.addr = out.addr = at("192.0.2.1:4000");
	buf_init(&b, SDP_MAX);
	sdp_write(&b, &out);
	assert_non_null(
		strstr(buf_str(&b),
		       "a=sendrecv\r\n"
		       "a=rtcp:4007\r\n"
		       "a=crypto:3 AEAD_AES_128_GCM "
		       "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA==\r\n"
		       "a=crypto:4 AES_CM_128_HMAC_SHA1_32 "
		       "inline:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\r\n"));
	back = sdp_parse(buf_span(&b), NULL);
	assert_int_equal(back->media[0].rtcp.port, 4007);
	assert_int_equal(back->media[0].n_cryptos, 2);
	assert_int_equal(back->media[0].crypto[1].tag, 4);
	/* a line that is refused says no key */
	m.addr.port = 0;
	buf_clear(&b);
	sdp_write(&b, &out);
	assert_null(strstr(buf_str(&b), "crypto"));
	sdp_free(back);
	buf_fini(&b);
}

static void test_write_golden(void **state)
{
	struct sdp_codec codec[2] = {{.pt = 111}, {.pt = 101}};
	struct sdp_out_media media[3] = {
		{.type = "audio",
		 .n_codecs = 2,
		 .dir = SDP_SENDONLY,
		 .label = "1",
		 .rtcp_mux = true,
		 .ptime = 20},
		{.type = "audio",
		 .proto = "RTP/SAVP",
		 .n_codecs = 1,
		 .dir = SDP_INACTIVE},
		{.type = "video", .label = "3"},
	};
	struct sdp_out out = {.user = "src", .sess_id = 5, .version = 6};
	struct buf b;
	struct sdp *back;

	(void)state;
	assert_true(sdp_codec_by_name(span_of("opus"), &codec[0]));
	assert_true(sdp_codec_by_name(span_of("telephone-event"), &codec[1]));
	codec[1].fmtp = fmtp_text;
	media[0].addr = at("192.0.2.1:4000");
	media[1].addr = at("[2001:db8::2]:4002");
	media[0].codec = media[1].codec = codec;
	out.addr = at("192.0.2.1");
	out.media = media;
	out.n_media = 3;
	buf_init(&b, SDP_MAX);
	sdp_write(&b, &out);
	assert_string_equal(buf_str(&b), "v=0\r\n"
					 "o=src 5 6 IN IP4 192.0.2.1\r\n"
					 "s=-\r\n"
					 "c=IN IP4 192.0.2.1\r\n"
					 "t=0 0\r\n"
					 "m=audio 4000 RTP/AVP 111 101\r\n"
					 "a=rtpmap:111 opus/48000/2\r\n"
					 "a=rtpmap:101 telephone-event/8000\r\n"
					 "a=fmtp:101 0-15a=evil\r\n"
					 "a=ptime:20\r\n"
					 "a=sendonly\r\n"
					 "a=label:1\r\n"
					 "a=rtcp-mux\r\n"
					 "m=audio 4002 RTP/SAVP 111\r\n"
					 "c=IN IP6 2001:db8::2\r\n"
					 "a=rtpmap:111 opus/48000/2\r\n"
					 "a=inactive\r\n"
					 "m=video 0 RTP/AVP 0\r\n"
					 "a=label:3\r\n");
	back = sdp_parse(buf_span(&b), NULL);
	assert_non_null(back);
	assert_int_equal(back->n_media, 3);
	assert_true(addr_eq(&back->media[1].conn, &media[1].addr));
	sdp_free(back);
	buf_fini(&b);
}

static void test_write_defaults(void **state)
{
	struct sdp_out out = {.name = "a\nb=c"};
	struct buf b;

	(void)state;
	buf_init(&b, SDP_MAX);
	sdp_write(&b, &out);
	assert_string_equal(buf_str(&b),
			    "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=ab=c\r\n"
			    "c=IN IP4 0.0.0.0\r\nt=0 0\r\n");
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_golden),
		cmocka_unit_test(test_write_keys_and_rtcp),
		cmocka_unit_test(test_write_defaults),
	};

	return cmocka_run_group_tests_name("sdp_write", tests, NULL, NULL);
}
