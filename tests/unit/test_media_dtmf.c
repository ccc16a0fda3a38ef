/* Keys as packets, and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "media/dtmf.h"

enum { SOUND = 160, MAX = 1024 };

/* What a voice sends while keys are pressed. */
struct line {
	struct rtp packet[MAX];
	uint8_t octets[MAX][DTMF_PAYLOAD];
	bool event[MAX];
	size_t n;
};

static struct line line;

static void send_packets(struct dtmf_pad *pad, size_t n)
{
	line.n = 0;
	while (line.n < n) {
		size_t i = line.n++;
		struct rtp *r = &line.packet[i];

		*r = (struct rtp){.seq = (uint16_t)i,
				  .ts = (uint32_t)(4294967000u + i * SOUND),
				  .ssrc = 7};
		line.event[i] = dtmf_pad_next(pad, r);
		if (!line.event[i])
			continue;
		memcpy(line.octets[i], r->payload.p, DTMF_PAYLOAD);
		r->payload.p = (const char *)line.octets[i];
	}
}

static unsigned duration(size_t i)
{
	return (unsigned)(line.octets[i][2] << 8 | line.octets[i][3]);
}

static bool is_end(size_t i)
{
	return line.octets[i][1] & 0x80;
}

static void test_dtmf_events(void **state)
{
	(void)state;
	assert_int_equal(dtmf_event('0'), 0);
	assert_int_equal(dtmf_event('9'), 9);
	assert_int_equal(dtmf_event('*'), 10);
	assert_int_equal(dtmf_event('#'), 11);
	assert_int_equal(dtmf_event('A'), 12);
	assert_int_equal(dtmf_event('d'), 15);
	assert_int_equal(dtmf_event('E'), -1);
	assert_int_equal(dtmf_event('\0'), -1);
}

/* RFC 4733 section 2.5.1: one timestamp, a marker, growing durations, the end
 * three times; the sound goes on after it. */
static void test_dtmf_packets_of_a_key(void **state)
{
	struct dtmf_pad pad = {.n = 0};
	size_t i;

	(void)state;
	assert_int_equal(dtmf_press(&pad, "5"), 1);
	send_packets(&pad, 12);
	for (i = 0; i < 7; i++) {
		assert_true(line.event[i]);
		assert_int_equal(line.packet[i].ts, line.packet[0].ts);
		assert_int_equal(line.packet[i].marker, i == 0);
		assert_int_equal(line.octets[i][0], 5);
		assert_int_equal(duration(i), i < 5 ? (i + 1) * SOUND : 800);
		assert_int_equal(is_end(i), i >= 4);
	}
	for (; i < 12; i++) {
		assert_false(line.event[i]);
		assert_int_equal(line.packet[i].ts,
				 (uint32_t)(4294967000u + i * SOUND));
	}
}

static void test_dtmf_too_many_and_none(void **state)
{
	struct dtmf_pad pad = {.n = 0};
	char many[DTMF_KEYS + 10];

	(void)state;
	memset(many, '1', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	assert_int_equal(dtmf_press(&pad, "x y"), 0);
	send_packets(&pad, 3);
	assert_false(line.event[0]);
	assert_int_equal(dtmf_press(&pad, many), DTMF_KEYS);
	assert_int_equal(dtmf_press(&pad, "2"), 0);
}

/* One that was interrupted is pressed anew, one whose end was sent is not. */
static void test_dtmf_rest(void **state)
{
	struct dtmf_pad pad = {.n = 0};

	(void)state;
	dtmf_press(&pad, "12");
	send_packets(&pad, 3);
	dtmf_pad_rest(&pad);
	send_packets(&pad, 5);
	assert_int_equal(line.octets[0][0], 1);
	assert_int_equal(line.packet[0].marker, 1);
	assert_int_equal(duration(0), SOUND);
	dtmf_pad_rest(&pad);
	send_packets(&pad, 1);
	assert_int_equal(line.octets[0][0], 2);
}

/* The keys of what is sent, without the packets that `lost` has a bit for, in
 * every 16. */
static const char *heard(unsigned lost)
{
	static char keys[DTMF_KEYS + 1];
	struct dtmf_ear ear = {.any = false};
	struct dtmf_key key;
	size_t i, n = 0;

	for (i = 0; i < line.n; i++)
		if (line.event[i] && !(lost >> i % 16 & 1) &&
		    dtmf_hear(&ear, &line.packet[i], &key))
			keys[n++] = key.key;
	if (dtmf_hear_end(&ear, &key))
		keys[n++] = key.key;
	keys[n] = '\0';
	return keys;
}

static void test_dtmf_heard(void **state)
{
	static const struct {
		const char *name;
		unsigned lost;
	} rows[] = {
		{"all of it", 0},
		{"every second packet", 0x5555},
		{"three of four", 0x7777},
		{"the first ones", 0x000f},
	};
	struct dtmf_pad pad = {.n = 0};
	size_t i;

	(void)state;
	dtmf_press(&pad, "112#A0");
	send_packets(&pad, 100);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		print_message("%s\n", rows[i].name);
		assert_string_equal(heard(rows[i].lost), "112#A0");
	}
}

/* Without any end of the first key, the second tells it. */
static void test_dtmf_ends_lost(void **state)
{
	struct dtmf_pad pad = {.n = 0};
	struct dtmf_ear ear = {.any = false};
	struct dtmf_key key;
	size_t i;

	(void)state;
	dtmf_press(&pad, "34");
	send_packets(&pad, 20);
	for (i = 0; i < 4; i++)
		assert_false(dtmf_hear(&ear, &line.packet[i], &key));
	assert_true(dtmf_hear(&ear, &line.packet[10], &key));
	assert_int_equal(key.key, '3');
	assert_int_equal(key.duration, 4 * SOUND);
	assert_true(dtmf_hear_end(&ear, &key));
	assert_int_equal(key.key, '4');
	assert_false(dtmf_hear_end(&ear, &key));
	/* late ones of a key that was told */
	assert_false(dtmf_hear(&ear, &line.packet[5], &key));
	assert_false(dtmf_hear(&ear, &line.packet[14], &key));
}

static void test_dtmf_strange_packets(void **state)
{
	static const char tone[] = {66, 10, 0, 80}, cut[] = {1, 10, 0};
	struct dtmf_ear ear = {.any = false};
	struct rtp r = {.ts = 1, .payload = {tone, sizeof(tone)}};
	struct dtmf_key key;

	(void)state;
	assert_false(dtmf_hear(&ear, &r, &key));
	r.payload = (struct span){cut, sizeof(cut)};
	assert_false(dtmf_hear(&ear, &r, &key));
	r.payload.n = 0;
	assert_false(dtmf_hear(&ear, &r, &key));
	assert_false(dtmf_hear_end(&ear, &key));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dtmf_events),
		cmocka_unit_test(test_dtmf_packets_of_a_key),
		cmocka_unit_test(test_dtmf_too_many_and_none),
		cmocka_unit_test(test_dtmf_rest),
		cmocka_unit_test(test_dtmf_heard),
		cmocka_unit_test(test_dtmf_ends_lost),
		cmocka_unit_test(test_dtmf_strange_packets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
