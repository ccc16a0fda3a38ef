#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sdp/sdp.h"

#define CM "AES_CM_128_HMAC_SHA1_80"
#define CM32 "AES_CM_128_HMAC_SHA1_32"
#define KEY_A "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" /* 30 octets */
#define KEY_B "BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB"
#define KEY_C "CCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCCC"

/* ---- one line ---- */

static const struct {
	const char *name, *line;
	uint32_t tag;
	size_t mki;
	const char *fault; /* "" : none; how it begins */
} lines[] = {
	{"plain", "1 " CM " inline:" KEY_A, 1, 0, ""},
	{"largest tag", "999999999 " CM " inline:" KEY_A, 999999999, 0, ""},
	{"lifetime", "1 " CM " inline:" KEY_A "|2^20", 1, 0, ""},
	{"lifetime in decimal", "1 " CM " inline:" KEY_A "|1066", 1, 0, ""},
	{"lifetime and MKI", "1 " CM " inline:" KEY_A "|2^20|1:4", 1, 4, ""},
	{"MKI alone", "1 " CM " inline:" KEY_A "|300:2", 1, 2, ""},
	{"longest MKI", "1 " CM " inline:" KEY_A "|1:128", 1, 128, ""},
	{"window size", "1 " CM " inline:" KEY_A " WSH=128", 1, 0, ""},
	{"what may be ignored", "1 " CM " inline:" KEY_A " -x=1", 1, 0, ""},
	{"nothing", "", 0, 0, "wanted a tag, got ''"},
	{"leading zero", "01 " CM " inline:" KEY_A, 0, 0, "wanted a tag"},
	{"tag 0", "0 " CM " inline:" KEY_A, 0, 0, "wanted a tag"},
	{"ten digits", "1000000000 " CM " inline:" KEY_A, 0, 0, "wanted a tag"},
	{"no suite", "1", 1, 0, "the suite is not known"},
	{"other suite", "1 F8_128_HMAC_SHA1_80 inline:" KEY_A, 1, 0,
	 "the suite is not known: 'F8_128_HMAC_SHA1_80'"},
	{"case counts", "1 aes_cm_128_hmac_sha1_80 inline:" KEY_A, 1, 0,
	 "the suite is not known"},
	{"no key", "1 " CM, 1, 0, "wanted 'inline:' and a key, got ''"},
	{"other method", "1 " CM " uri:" KEY_A, 1, 0, "wanted 'inline:'"},
	{"short key", "1 " CM " inline:AAAA", 1, 0,
	 "the key has 3 octets, wanted 30"},
	{"key of another suite", "1 AEAD_AES_128_GCM inline:" KEY_A, 1, 0,
	 "the key has 30 octets, wanted 28"},
	{"no base64", "1 " CM " inline:?" KEY_A, 1, 0,
	 "the key is not base64 of 30 octets"},
	{"two keys", "1 " CM " inline:" KEY_A "|1:1;inline:" KEY_B "|2:1", 1, 0,
	 "more than one key"},
	{"MKI that does not fit", "1 " CM " inline:" KEY_A "|256:1", 1, 0,
	 "neither a lifetime nor an MKI: '256:1'"},
	{"MKI too long", "1 " CM " inline:" KEY_A "|1:129", 1, 0,
	 "neither a lifetime nor an MKI"},
	{"lifetime too long", "1 " CM " inline:" KEY_A "|2^49", 1, 0,
	 "neither a lifetime nor an MKI"},
	{"no encryption of RTCP", "1 " CM " inline:" KEY_A " UNENCRYPTED_SRTCP",
	 1, 0, "a session parameter that is not done: 'UNENCRYPTED_SRTCP'"},
	{"key derivation rate", "1 " CM " inline:" KEY_A " KDR=3", 1, 0,
	 "a session parameter that is not done: 'KDR=3'"},
};

static void test_line_rows(void **state)
{
	struct sdp_crypto c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
		sdp_crypto_read(span_of(lines[i].line), &c);
		if (c.tag != lines[i].tag ||
		    (!lines[i].fault[0] && c.mki_n != lines[i].mki) ||
		    !span_starts(span_of(c.fault), lines[i].fault) ||
		    !lines[i].fault[0] != !c.fault[0])
			fail_msg("%s: tag %u, MKI of %u, '%s'", lines[i].name,
				 c.tag, c.mki_n, c.fault);
	}
}

static void test_line_cut_anywhere(void **state)
{
	static const char line[] = "1 " CM " inline:" KEY_A "|2^20|1:4 WSH=64";
	struct sdp_crypto c;
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(line); n++) {
		char *copy = xstrndup(line, n);

		sdp_crypto_read(span_from(copy, n), &c);
		free(copy);
	}
}

static void test_mki_stands_big_endian(void **state)
{
	struct sdp_crypto c;

	(void)state;
	sdp_crypto_read(span_of("1 " CM " inline:" KEY_A "|258:4"), &c);
	assert_int_equal(c.mki_n, 4);
	assert_memory_equal(c.mki, "\0\0\1\2", 4);
}

static void test_written_is_read(void **state)
{
	struct suite_key key = {.suite = SUITE_AES_CM_128_HMAC_SHA1_80};
	struct sdp_crypto c;
	struct buf b;
	int s;

	(void)state;
	for (s = 0; s < SUITES; s++) {
		key.suite = (enum suite)s;
		memset(key.key, 0x50 + s, sizeof(key.key));
		buf_init(&b, 200);
		sdp_crypto_write(&b, 7, &key);
		assert_true(span_starts(buf_span(&b), "a=crypto:7 "));
		sdp_crypto_read(span_trim(span_skip(buf_span(&b), 9)), &c);
		assert_string_equal(c.fault, "");
		assert_int_equal(c.tag, 7);
		assert_true(suite_key_eq(&c.key, &key));
		buf_fini(&b);
	}
}

/* ---- offer and answer ---- */

#define SAVP "m=audio 4000 RTP/SAVP 0\r\n"
#define OFFER                                                                  \
	SAVP "a=crypto:1 " CM " inline:" KEY_A "\r\na=crypto:2 " CM32          \
	     " inline:" KEY_C "\r\n"

static struct sdp *parse(const char *media)
{
	char *text = xasprintf("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\n"
			       "c=IN IP4 192.0.2.1\r\nt=0 0\r\n%s",
			       media);
	struct err e = ERR_INIT;
	struct sdp *s = sdp_parse(span_of(text), &e);

	free(text);
	if (!s)
		fail_msg("%s", e.text);
	return s;
}

static const struct {
	const char *name, *offer, *answer;
	const char *text; /* NULL: as it should be */
} rows[] = {
	{"the first line", OFFER, SAVP "a=crypto:1 " CM " inline:" KEY_B "\r\n",
	 NULL},
	{"the second line", OFFER,
	 SAVP "a=crypto:2 " CM32 " inline:" KEY_B "\r\n", NULL},
	{"refused", OFFER, "m=audio 0 RTP/SAVP 0\r\n", NULL},
	{"nobody wants it", "m=audio 4000 RTP/AVP 0\r\n",
	 "m=audio 5000 RTP/AVP 0\r\n", NULL},
	{"in clear", OFFER, "m=audio 5000 RTP/AVP 0\r\n",
	 "m-line 1 offered RTP/SAVP, answered RTP/AVP: in clear"},
	{"no crypto", OFFER, SAVP, "m-line 1 of the answer: has no a=crypto"},
	{"our key back", OFFER, SAVP "a=crypto:1 " CM " inline:" KEY_A "\r\n",
	 "m-line 1 of the answer: a=crypto has the key of the offer, not one "
	 "of its own"},
	{"the key of the other line", OFFER,
	 SAVP "a=crypto:1 " CM " inline:" KEY_C "\r\n", NULL},
	{"unknown tag", OFFER, SAVP "a=crypto:9 " CM " inline:" KEY_B "\r\n",
	 "m-line 1 of the answer: a=crypto has tag 9, which was not offered"},
	{"another suite", OFFER,
	 SAVP "a=crypto:1 " CM32 " inline:" KEY_B "\r\n",
	 "m-line 1 of the answer: a=crypto has tag 1 with " CM32
	 ", offered " CM},
	{"two lines", OFFER,
	 SAVP "a=crypto:1 " CM " inline:" KEY_B "\r\na=crypto:2 " CM32
	      " inline:" KEY_B "\r\n",
	 "m-line 1 of the answer: has more than one a=crypto"},
	{"short key", OFFER, SAVP "a=crypto:1 " CM " inline:AAAA\r\n",
	 "m-line 1 of the answer: a=crypto: the key has 3 octets, wanted 30"},
};

static void test_answer_rows(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sdp *offer = parse(rows[i].offer);
		struct sdp *answer = parse(rows[i].answer);
		struct err e = ERR_INIT;
		int rc = sdp_check_keys(offer, answer, &e);

		if (rc != (rows[i].text ? -1 : 0) ||
		    (rows[i].text && strcmp(e.text, rows[i].text)))
			fail_msg("%s: '%s'", rows[i].name, e.text);
		sdp_free(offer);
		sdp_free(answer);
	}
}

static void test_agreed_from_both_sides(void **state)
{
	struct sdp *offer = parse(OFFER);
	struct sdp *answer = parse(SAVP "a=crypto:2 " CM32 " inline:" KEY_B
					"\r\n");
	const struct sdp_crypto *ours, *theirs;

	(void)state;
	assert_true(sdp_crypto_agreed(&offer->media[0], &answer->media[0],
				      &ours, &theirs));
	assert_ptr_equal(ours, &offer->media[0].crypto[1]);
	assert_ptr_equal(theirs, &answer->media[0].crypto[0]);
	assert_true(sdp_crypto_agreed(&answer->media[0], &offer->media[0],
				      &ours, &theirs));
	assert_ptr_equal(theirs, &offer->media[0].crypto[1]);
	assert_false(sdp_crypto_agreed(&offer->media[0], &offer->media[0],
				       &ours, &theirs));
	sdp_free(offer);
	sdp_free(answer);
}

static void test_choose_by_the_offer(void **state)
{
	struct sdp *s = parse(SAVP "a=crypto:1 " CM " inline:AAAA\r\n"
				   "a=crypto:2 " CM32 " inline:" KEY_A "\r\n"
				   "a=crypto:3 " CM " inline:" KEY_B "\r\n");
	const struct sdp_media *m = &s->media[0];

	(void)state;
	assert_int_equal(sdp_crypto_choose(m, ~0u)->tag, 2);
	assert_int_equal(
		sdp_crypto_choose(m, 1u << SUITE_AES_CM_128_HMAC_SHA1_80)->tag,
		3);
	assert_null(sdp_crypto_choose(m, 1u << SUITE_AEAD_AES_128_GCM));
	sdp_free(s);
}

static void test_more_lines_than_are_read(void **state)
{
	struct buf b;
	struct sdp *s;
	int i;

	(void)state;
	buf_init(&b, 64 * 1024);
	buf_add_str(&b, SAVP);
	for (i = 1; i <= 200; i++)
		buf_addf(&b, "a=crypto:%d " CM " inline:" KEY_A "\r\n", i);
	s = parse(buf_str(&b));
	assert_int_equal(s->media[0].n_cryptos, SDP_CRYPTOS);
	sdp_free(s);
	buf_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_line_rows),
		cmocka_unit_test(test_line_cut_anywhere),
		cmocka_unit_test(test_mki_stands_big_endian),
		cmocka_unit_test(test_written_is_read),
		cmocka_unit_test(test_answer_rows),
		cmocka_unit_test(test_agreed_from_both_sides),
		cmocka_unit_test(test_choose_by_the_offer),
		cmocka_unit_test(test_more_lines_than_are_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
