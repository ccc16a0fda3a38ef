#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "media/rtcp.h"
#include "media/rtp.h"
#include "media/srtp.h"

enum { SSRC = 0x11223344, VOICE = 160 };

static const struct seal_mki no_mki = {NULL, 0};

static struct suite_key key_of(enum suite s, int fill)
{
	struct suite_key k = {.suite = s};

	memset(k.key, fill, sizeof(k.key));
	return k;
}

/* Both ends of one direction, and the packet under way. */
struct line {
	struct seal *seal;
	struct opener *opener;
	uint8_t sent[RTP_MAX + SEAL_ROOM], clear[RTP_MAX];
	size_t n, n_clear;
};

static void line_open(struct line *l, enum suite s)
{
	struct suite_key key = key_of(s, 1);

	memset(l, 0, sizeof(*l));
	l->seal = seal_new(&key, NULL);
	l->opener = opener_new();
	opener_key(l->opener, &key, no_mki, false);
}

static void line_close(struct line *l)
{
	seal_free(l->seal);
	opener_free(l->opener);
}

/* Closes packet number `seq`, from 0, of a stream that wraps. */
static void send_seq(struct line *l, uint32_t seq)
{
	char voice[VOICE] = {0};
	struct rtp r = {.seq = (uint16_t)seq,
			.ts = seq * VOICE,
			.ssrc = SSRC,
			.payload = span_from(voice, sizeof(voice))};

	memset(voice, (int)(seq & 0xff), sizeof(voice));
	l->n_clear = rtp_write(&r, l->clear);
	memcpy(l->sent, l->clear, l->n_clear);
	l->n = l->n_clear;
	assert_true(seal_rtp(l->seal, l->sent, &l->n));
}

static enum seal_result arrives(struct line *l)
{
	uint8_t out[sizeof(l->sent)];
	size_t n = l->n;
	enum seal_result r = opener_rtp(l->opener, l->sent, &n, out);

	if (r == SEAL_OK) {
		assert_int_equal(n, l->n_clear);
		assert_memory_equal(out, l->clear, n);
	}
	return r;
}

static void test_every_suite(void **state)
{
	static const size_t grows[SUITES] = {10, 4, 10, 4, 16, 16};
	struct line l;
	int s;

	(void)state;
	for (s = 0; s < SUITES; s++) {
		line_open(&l, (enum suite)s);
		send_seq(&l, 7);
		assert_int_equal(l.n, l.n_clear + grows[s]);
		assert_memory_equal(l.sent, l.clear, RTP_HEADER);
		assert_memory_not_equal(l.sent + RTP_HEADER,
					l.clear + RTP_HEADER, VOICE);
		assert_int_equal(arrives(&l), SEAL_OK);
		line_close(&l);
	}
}

/* RFC 4568 section 6.2.2: the tag of RTCP has 80 bits all the same. */
static void test_rtcp_of_every_suite(void **state)
{
	static const size_t grows[SUITES] = {14, 14, 14, 14, 20, 20};
	struct rtcp_sender sr = {.ssrc = SSRC, .wall_us = 1, .packets = 3};
	uint8_t sent[400], out[400];
	struct line l;
	struct buf b;
	size_t n, was;
	int s;

	(void)state;
	buf_init(&b, 200);
	rtcp_write_sr(&b, &sr, "0123456789");
	for (s = 0; s < SUITES; s++) {
		line_open(&l, (enum suite)s);
		memcpy(sent, b.p, b.n);
		n = b.n;
		assert_true(seal_rtcp(l.seal, sent, &n));
		assert_int_equal(n, b.n + grows[s]);
		was = n;
		assert_int_equal(opener_rtcp(l.opener, sent, &n, out), SEAL_OK);
		assert_int_equal(n, b.n);
		assert_memory_equal(out, b.p, n);
		n = was;
		assert_int_equal(opener_rtcp(l.opener, sent, &n, out),
				 SEAL_REPLAYED);
		memcpy(sent, b.p, b.n);
		n = b.n;
		assert_true(seal_rtcp(l.seal, sent, &n));
		sent[10] ^= 1;
		assert_int_equal(opener_rtcp(l.opener, sent, &n, out),
				 SEAL_FORGED);
		line_close(&l);
	}
	buf_fini(&b);
}

static void test_changed_anywhere_is_forged(void **state)
{
	static const enum suite suites[] = {SUITE_AES_CM_128_HMAC_SHA1_80,
					    SUITE_AEAD_AES_128_GCM};
	struct line l;
	size_t i, s;

	(void)state;
	for (s = 0; s < 2; s++) {
		line_open(&l, suites[s]);
		send_seq(&l, 7);
		for (i = 0; i < l.n; i++) {
			/* the octet that says how long the header is */
			if (i == 0)
				continue;
			l.sent[i] ^= 0x40;
			assert_int_equal(arrives(&l), SEAL_FORGED);
			l.sent[i] ^= 0x40;
		}
		assert_int_equal(arrives(&l), SEAL_OK);
		line_close(&l);
	}
}

static void test_cut_anywhere_is_refused(void **state)
{
	struct line l;
	size_t n;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	send_seq(&l, 7);
	n = l.n;
	for (l.n = 0; l.n < n; l.n++)
		assert_int_not_equal(arrives(&l), SEAL_OK);
	assert_int_equal(arrives(&l), SEAL_OK);
	line_close(&l);
}

static void test_twice_is_replayed(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	send_seq(&l, 7);
	assert_int_equal(arrives(&l), SEAL_OK);
	assert_int_equal(arrives(&l), SEAL_REPLAYED);
	/* sent twice, as a call may: the same bytes */
	send_seq(&l, 7);
	assert_int_equal(arrives(&l), SEAL_REPLAYED);
	line_close(&l);
}

static void test_without_a_key(void **state)
{
	struct opener *o = opener_new();
	uint8_t out[4];
	size_t n = 4;

	(void)state;
	assert_int_equal(opener_rtp(o, "abcd", &n, out), SEAL_BROKEN);
	assert_int_equal(opener_rtcp(o, "abcd", &n, out), SEAL_BROKEN);
	opener_free(o);
}

/* The next number of interest: each one near a wrap and near `at`, one in a
 * thousand else. */
static uint32_t after(uint32_t seq, uint32_t at)
{
	uint16_t low = (uint16_t)seq;
	bool near = low > 0xff00 || low < 0x100 ||
		    (seq + 1100 > at && seq < at + 100);

	return seq + (near ? 1 : 1000);
}

/* RFC 3711 section 3.3.1: the counter goes on over 65535, twice, with loss. */
static void test_sequence_wraps(void **state)
{
	struct line l;
	uint32_t seq;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	for (seq = 65000; seq < 3 * 65536 + 10; seq = after(seq, 0)) {
		send_seq(&l, seq);
		if (seq % 7 && arrives(&l) != SEAL_OK)
			fail_msg("packet %u", seq);
	}
	line_close(&l);
}

static void rekey(struct line *l, int fill, bool receiver)
{
	struct suite_key key = key_of(SUITE_AES_CM_128_HMAC_SHA1_80, fill);
	struct seal *next;

	if (receiver) {
		opener_key(l->opener, &key, no_mki, false);
		return;
	}
	next = seal_new(&key, l->seal);
	seal_free(l->seal);
	l->seal = next;
}

/* RFC 3711 section 3.3.1: a new key leaves the counter as it is. */
static void test_new_key_keeps_the_counter(void **state)
{
	static const uint32_t at[] = {65530,	 65535,	       65536,
				      65537,	 65536 + 9,    65536 + 40000,
				      2 * 65536, 2 * 65536 + 1};
	struct line l;
	uint32_t seq;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(at) / sizeof(at[0]); i++) {
		line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
		for (seq = 65000; seq < 3 * 65536; seq = after(seq, at[i])) {
			if (seq == at[i]) {
				rekey(&l, 2, true);
				rekey(&l, 2, false);
			}
			send_seq(&l, seq);
			if (arrives(&l) != SEAL_OK)
				fail_msg("key at %u, packet %u", at[i], seq);
		}
		line_close(&l);
	}
}

static void test_old_key_opens_for_a_while(void **state)
{
	struct line l;
	uint32_t seq;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	for (seq = 65530; seq < 65550; seq++) {
		send_seq(&l, seq);
		assert_int_equal(arrives(&l), SEAL_OK);
	}
	rekey(&l, 2, true);
	for (; seq < 65560; seq++) { /* the sender does not know yet */
		send_seq(&l, seq);
		assert_int_equal(arrives(&l), SEAL_OK);
	}
	rekey(&l, 2, false);
	for (; seq < 66000; seq++) {
		send_seq(&l, seq);
		assert_int_equal(arrives(&l), SEAL_OK);
	}
	rekey(&l, 1, false);
	send_seq(&l, seq);
	assert_int_equal(arrives(&l), SEAL_FORGED);
	line_close(&l);
}

static void test_same_key_again_changes_nothing(void **state)
{
	struct line l;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	send_seq(&l, 7);
	assert_int_equal(arrives(&l), SEAL_OK);
	rekey(&l, 1, true);
	assert_int_equal(arrives(&l), SEAL_REPLAYED);
	line_close(&l);
}

static void test_another_address_begins_at_zero(void **state)
{
	struct suite_key key = key_of(SUITE_AES_CM_128_HMAC_SHA1_80, 2);
	struct line l;
	uint32_t seq;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	for (seq = 65530; seq < 65550; seq++)
		send_seq(&l, seq);
	seal_free(l.seal);
	l.seal = seal_new(&key, NULL);
	opener_key(l.opener, &key, no_mki, true);
	send_seq(&l, seq);
	assert_int_equal(arrives(&l), SEAL_OK);
	line_close(&l);
}

static void test_two_sources_of_one_key(void **state)
{
	struct line l;
	uint32_t seq;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	for (seq = 65530; seq < 65550; seq++) {
		struct rtp r = {.seq = (uint16_t)(seq - 65530), .ssrc = 5};

		send_seq(&l, seq);
		assert_int_equal(arrives(&l), SEAL_OK);
		l.n_clear = rtp_write(&r, l.clear);
		memcpy(l.sent, l.clear, l.n_clear);
		l.n = l.n_clear;
		assert_true(seal_rtp(l.seal, l.sent, &l.n));
		assert_int_equal(arrives(&l), SEAL_OK);
	}
	line_close(&l);
}

/* What comes with an MKI: closed without one, and the MKI put before the tag
 * (RFC 3711 section 3.1), which it is not a part of. */
static void test_mki(void **state)
{
	static const uint8_t mki[] = {0, 0, 1, 2};
	struct suite_key key = key_of(SUITE_AES_CM_128_HMAC_SHA1_80, 1);
	struct line l;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	opener_free(l.opener);
	l.opener = opener_new();
	opener_key(l.opener, &key, (struct seal_mki){mki, sizeof(mki)}, false);
	send_seq(&l, 7);
	assert_int_not_equal(arrives(&l), SEAL_OK);
	memmove(l.sent + l.n - 10 + 4, l.sent + l.n - 10, 10);
	memcpy(l.sent + l.n - 10, mki, 4);
	l.n += 4;
	assert_int_equal(arrives(&l), SEAL_OK);
	line_close(&l);
}

static void test_no_packet_is_not_closed(void **state)
{
	uint8_t short_one[8 + SEAL_ROOM] = {0x80};
	struct line l;
	size_t n = 8;

	(void)state;
	line_open(&l, SUITE_AES_CM_128_HMAC_SHA1_80);
	assert_false(seal_rtp(l.seal, short_one, &n));
	n = 4;
	assert_false(seal_rtcp(l.seal, short_one, &n));
	line_close(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_suite),
		cmocka_unit_test(test_rtcp_of_every_suite),
		cmocka_unit_test(test_changed_anywhere_is_forged),
		cmocka_unit_test(test_cut_anywhere_is_refused),
		cmocka_unit_test(test_twice_is_replayed),
		cmocka_unit_test(test_without_a_key),
		cmocka_unit_test(test_sequence_wraps),
		cmocka_unit_test(test_new_key_keeps_the_counter),
		cmocka_unit_test(test_old_key_opens_for_a_while),
		cmocka_unit_test(test_same_key_again_changes_nothing),
		cmocka_unit_test(test_another_address_begins_at_zero),
		cmocka_unit_test(test_two_sources_of_one_key),
		cmocka_unit_test(test_mki),
		cmocka_unit_test(test_no_packet_is_not_closed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
