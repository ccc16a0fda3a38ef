#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>

#include "media/codec.h"

/* Values of G.711 tables 1 and 2, on a scale of 16 bits. */
static const struct {
	const char *codec;
	uint8_t octet;
	int16_t sample;
} known[] = {
	{"PCMU", 0xff, 0},	{"PCMU", 0x7f, 0},	{"PCMU", 0x80, 32124},
	{"PCMU", 0x00, -32124}, {"PCMU", 0xfe, 8},	{"PCMU", 0x7e, -8},
	{"PCMU", 0xef, 132},	{"PCMA", 0xd5, 8},	{"PCMA", 0x55, -8},
	{"PCMA", 0xaa, 32256},	{"PCMA", 0x2a, -32256}, {"PCMA", 0xd4, 24},
};

static void test_find_by_name(void **state)
{
	(void)state;
	assert_string_equal(codec_name(codec_find("pcmu")), "PCMU");
	assert_string_equal(codec_name(codec_find("PcmA")), "PCMA");
	assert_null(codec_find("PCM"));
	assert_null(codec_find("PCMUX"));
	assert_null(codec_find("opus"));
	assert_null(codec_find(""));
	assert_null(codec_find(NULL));
}

static void test_static_payload_types(void **state)
{
	(void)state;
	assert_int_equal(codec_pt(codec_find("PCMU")), 0);
	assert_int_equal(codec_pt(codec_find("PCMA")), 8);
	assert_int_equal(codec_rate(codec_find("PCMU")), 8000);
	assert_int_equal(codec_rate(codec_find("PCMA")), 8000);
}

static void test_known_values(void **state)
{
	int16_t sample;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		codec_decode(codec_find(known[i].codec), &known[i].octet, 1,
			     &sample);
		if (sample != known[i].sample)
			fail_msg("%s %#x: %d, wanted %d", known[i].codec,
				 known[i].octet, sample, known[i].sample);
	}
}

/* Decoding and encoding again gives the octet back, but for the second zero of
 * mu-law. */
static void check_octets(const char *name)
{
	const struct codec *c = codec_find(name);
	uint8_t in, out;
	int16_t sample;
	int v;

	for (v = 0; v < 256; v++) {
		in = (uint8_t)v;
		codec_decode(c, &in, 1, &sample);
		codec_encode(c, &sample, 1, &out);
		if (out != in && !(c == codec_find("PCMU") && in == 0x7f))
			fail_msg("%s: %#x came back as %#x", name, in, out);
	}
}

static void test_every_octet_returns(void **state)
{
	(void)state;
	check_octets("PCMU");
	check_octets("PCMA");
}

/* The step between two values is at most 1/16 of the value or so. */
static void check_samples(const char *name)
{
	const struct codec *c = codec_find(name);
	int16_t in, out;
	uint8_t octet;
	int v, off;

	for (v = -32768; v <= 32767; v++) {
		in = (int16_t)v;
		codec_encode(c, &in, 1, &octet);
		codec_decode(c, &octet, 1, &out);
		off = abs(out - v);
		if (off > abs(v) / 32 + 8)
			fail_msg("%s: %d came back as %d", name, v, out);
	}
}

static void test_every_sample_is_near(void **state)
{
	(void)state;
	check_samples("PCMU");
	check_samples("PCMA");
}

static void test_silence_is_silent(void **state)
{
	static const char *const names[] = {"PCMU", "PCMA"};
	uint8_t octet;
	int16_t sample;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		octet = codec_silence(codec_find(names[i]));
		codec_decode(codec_find(names[i]), &octet, 1, &sample);
		assert_in_range(abs(sample), 0, 8);
	}
}

static void test_no_samples_touch_nothing(void **state)
{
	int16_t sample = 7;
	uint8_t octet = 9;

	(void)state;
	codec_encode(codec_find("PCMU"), &sample, 0, &octet);
	assert_int_equal(octet, 9);
	codec_decode(codec_find("PCMU"), &octet, 0, &sample);
	assert_int_equal(sample, 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_find_by_name),
		cmocka_unit_test(test_static_payload_types),
		cmocka_unit_test(test_known_values),
		cmocka_unit_test(test_every_octet_returns),
		cmocka_unit_test(test_every_sample_is_near),
		cmocka_unit_test(test_silence_is_silent),
		cmocka_unit_test(test_no_samples_touch_nothing),
	};

	return cmocka_run_group_tests_name("media_codec", tests, NULL, NULL);
}
