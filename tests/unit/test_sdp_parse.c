#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "sdp/sdp.h"

#define HEAD                                                                   \
	"v=0\r\no=src 17 3 IN IP4 192.0.2.1\r\ns=-\r\n"                        \
	"c=IN IP4 192.0.2.1\r\nt=0 0\r\n"

static struct sdp *parse(const char *text)
{
	struct err e = ERR_INIT;
	struct sdp *s = sdp_parse(span_of(text), &e);

	if (!s)
		fail_msg("%s", e.text);
	return s;
}

static void test_parse_siprec_offer(void **state)
{
	struct sdp *s = parse(HEAD "m=audio 4000 RTP/AVP 8 96 101\r\n"
				   "a=RTPMAP:96 opus/48000/2\r\n"
				   "a=rtpmap:101 Telephone-Event/8000\r\n"
				   "a=fmtp:101 0-15\r\n"
				   "a=ptime:20\r\n"
				   "a=label: 96a \r\n"
				   "a=sendonly\r\n"
				   "m=audio 4002 RTP/AVP 0\r\n"
				   "c=IN IP6 2001:db8::1\r\n"
				   "a=rtcp:5000 IN IP4 192.0.2.9\r\n"
				   "a=rtcp-mux\r\n");
	const struct sdp_media *m = &s->media[0];
	char text[ADDR_TEXT];

	(void)state;
	assert_int_equal(s->n_media, 2);
	assert_int_equal(s->n_session_lines, 5);
	assert_true(span_is(s->sess_id, "17"));
	assert_int_equal(s->version, 3);
	assert_true(span_is(s->origin, "src 17 3 IN IP4 192.0.2.1"));
	assert_string_equal(m->type, "audio");
	assert_string_equal(m->proto, "RTP/AVP");
	assert_int_equal(m->n_codecs, 3);
	assert_string_equal(m->codec[0].name, "PCMA");
	assert_int_equal(m->codec[0].rate, 8000);
	assert_null(m->codec[0].fmtp);
	assert_string_equal(m->codec[1].name, "opus");
	assert_int_equal(m->codec[1].rate, 48000);
	assert_int_equal(m->codec[1].channels, 2);
	assert_string_equal(m->codec[2].fmtp, "0-15");
	assert_int_equal(m->ptime, 20);
	assert_string_equal(m->label, "96a");
	assert_int_equal(m->dir, SDP_SENDONLY);
	assert_true(m->has_dir);
	assert_string_equal(addr_text(&m->conn, text), "192.0.2.1:4000");
	assert_string_equal(addr_text(&m->rtcp, text), "192.0.2.1:4001");
	assert_int_equal(m->n_lines, 7);
	assert_int_equal(m->line[0].number, 6);

	m = &s->media[1];
	assert_string_equal(addr_text(&m->conn, text), "[2001:db8::1]:4002");
	assert_string_equal(addr_text(&m->rtcp, text), "192.0.2.9:5000");
	assert_true(m->rtcp_mux);
	assert_false(m->has_dir);
	assert_int_equal(m->dir, SDP_SENDRECV);
	assert_string_equal(m->label, "");
	sdp_free(s);
}

static const struct {
	const char *name, *session, *section;
	enum sdp_dir dir;
	bool said;
} dirs[] = {
	{"nobody says", "", "", SDP_SENDRECV, false},
	{"session", "a=inactive\r\n", "", SDP_INACTIVE, true},
	{"section", "", "a=recvonly\r\n", SDP_RECVONLY, true},
	{"section wins", "a=inactive\r\n", "a=sendrecv\r\n", SDP_SENDRECV,
	 true},
	{"any case", "", "a=SendOnly\r\n", SDP_SENDONLY, true},
	{"blank after", "", "a=sendonly \r\n", SDP_SENDONLY, true},
	{"not a direction", "", "a=sendonly:1\r\n", SDP_SENDRECV, false},
};

static void test_parse_direction(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(dirs) / sizeof(*dirs); i++) {
		char *text = xasprintf(HEAD "%sm=audio 4 RTP/AVP 0\r\n%s",
				       dirs[i].session, dirs[i].section);
		struct sdp *s = parse(text);

		if (s->media[0].dir != dirs[i].dir ||
		    s->media[0].has_dir != dirs[i].said)
			fail_msg("%s: got %s", dirs[i].name,
				 sdp_dir_name(s->media[0].dir));
		sdp_free(s);
		free(text);
	}
}

static const struct {
	const char *name, *in, *conn;
} tolerated[] = {
	{"LF only", "v=0\nc=IN IP4 192.0.2.7\nm=audio 9 RTP/AVP 0\n",
	 "192.0.2.7:9"},
	{"no final CRLF", "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 9 RTP/AVP 0",
	 "192.0.2.7:9"},
	{"blank lines at the end",
	 "v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 9 RTP/AVP 0\r\n\r\n\r\n",
	 "192.0.2.7:9"},
	{"no o=, s=, t=", "v=0\r\nm=audio 9 RTP/AVP 0\r\n", "?:9"},
	{"old hold", HEAD "m=audio 9 RTP/AVP 0\r\nc=IN IP4 0.0.0.0\r\n",
	 "0.0.0.0:9"},
	{"multicast with TTL",
	 HEAD "m=audio 9 RTP/AVP 0\r\nc=IN IP4 224.2.1.1/127/3\r\n",
	 "224.2.1.1:9"},
	{"host name of the section hides the session",
	 HEAD "m=audio 9 RTP/AVP 0\r\nc=IN IP4 host.example.com\r\n", "?:9"},
	{"double blanks", HEAD "m=audio  9  RTP/AVP  0 \r\n", "192.0.2.1:9"},
	{"port count", HEAD "m=audio 9/2 RTP/AVP 0\r\n", "192.0.2.1:9"},
	{"refused without formats", HEAD "m=audio 0 RTP/AVP\r\n",
	 "192.0.2.1:0"},
	{"c= after a=",
	 "v=0\r\nm=audio 9 RTP/AVP 0\r\na=sendonly\r\nc=IN IP4 192.0.2.3\r\n",
	 "192.0.2.3:9"},
	{"unknown line types", "v=0\r\nx=y\r\nm=audio 9 RTP/AVP 0\r\nq=1\r\n",
	 "?:9"},
	{"not RTP", HEAD "m=image 9 udptl t38\r\n", "192.0.2.1:9"},
};

static void test_parse_tolerates(void **state)
{
	char text[ADDR_TEXT];
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(tolerated) / sizeof(*tolerated); i++) {
		struct err e = ERR_INIT;
		struct sdp *s = sdp_parse(span_of(tolerated[i].in), &e);

		if (!s)
			fail_msg("%s: %s", tolerated[i].name, e.text);
		addr_text(&s->media[0].conn, text);
		if (strcmp(text, tolerated[i].conn))
			fail_msg("%s: got %s", tolerated[i].name, text);
		sdp_free(s);
	}
}

static const struct {
	const char *name, *in, *text;
} broken[] = {
	{"empty", "", "sdp line 1: wanted 'v=0', got nothing"},
	{"only line ends", "\r\n\r\n", "sdp line 1: wanted 'v=0', got nothing"},
	{"no v=", "o=- 1 1 IN IP4 192.0.2.1\r\n",
	 "sdp line 1: wanted 'v=0', got 'o=- 1 1 IN IP4 192.0.2.1'"},
	{"v=1", "v=1\r\n", "sdp line 1: wanted 'v=0', got 'v=1'"},
	{"not x=", "v=0\r\nhello\r\n",
	 "sdp line 2: wanted 'x=...', got 'hello'"},
	{"blank line inside", "v=0\r\n\r\ns=-\r\n",
	 "sdp line 2: wanted 'x=...', got ''"},
	{"control characters are not shown", "v=0\r\n\033[2Jx\r\n",
	 "sdp line 2: wanted 'x=...', got '?[2Jx'"},
	{"long line is cut",
	 "v=0\r\n-123456789012345678901234567890123456789012345\r\n",
	 "sdp line 2: wanted 'x=...', got "
	 "'-123456789012345678901234567890123456789'"},
	{"empty m=", "v=0\r\nm=\r\n", "sdp line 2: bad media type, got 'm='"},
	{"media type too long", "v=0\r\nm=abcdefghijklmnop 1 RTP/AVP 0\r\n",
	 "sdp line 2: bad media type, got 'm=abcdefghijklmnop 1 RTP/AVP 0'"},
	{"port is a word", "v=0\r\nm=audio x RTP/AVP 0\r\n",
	 "sdp line 2: bad port, got 'm=audio x RTP/AVP 0'"},
	{"port out of range", "v=0\r\nm=audio 65536 RTP/AVP 0\r\n",
	 "sdp line 2: bad port, got 'm=audio 65536 RTP/AVP 0'"},
	{"no protocol", "v=0\r\nm=audio 1\r\n",
	 "sdp line 2: bad protocol, got 'm=audio 1'"},
	{"no formats", "v=0\r\nm=audio 1 RTP/AVP\r\n",
	 "sdp line 2: wanted formats (0 to 127 for RTP), got "
	 "'m=audio 1 RTP/AVP'"},
	{"payload type 128", "v=0\r\nm=audio 1 RTP/AVP 128\r\n",
	 "sdp line 2: wanted formats (0 to 127 for RTP), got "
	 "'m=audio 1 RTP/AVP 128'"},
	{"label too long",
	 "v=0\r\nm=audio 1 RTP/AVP 0\r\na=label:"
	 "0123456789012345678901234567890123456789012345678901234567890123\r\n",
	 "sdp line 3: wanted a short token, got "
	 "'a=label:01234567890123456789012345678901'"},
};

static void test_parse_broken(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
		struct err e = ERR_INIT;
		struct sdp *s = sdp_parse(span_of(broken[i].in), &e);

		if (s)
			fail_msg("%s: accepted", broken[i].name);
		if (e.kind != ERR_INPUT || strcmp(e.text, broken[i].text))
			fail_msg("%s: got %s", broken[i].name, e.text);
	}
}

static void test_parse_nul_byte(void **state)
{
	static const char in[] = "v=0\r\ns=a\0b\r\n";
	struct err e = ERR_INIT;

	(void)state;
	assert_null(sdp_parse(span_from(in, sizeof(in) - 1), &e));
	assert_string_equal(e.text, "sdp line 2: wanted 'x=...', got 's=a?b'");
}

static void test_parse_limits(void **state)
{
	struct buf b;
	struct err e = ERR_INIT;
	struct sdp *s;
	int i;

	(void)state;
	buf_init(&b, 2 * SDP_MAX);
	buf_add_str(&b, "v=0\r\n");
	for (i = 0; i < SDP_MEDIA; i++)
		buf_add_str(&b, "m=audio 1 RTP/AVP 0\r\n");
	s = sdp_parse(buf_span(&b), &e);
	assert_non_null(s);
	assert_int_equal(s->n_media, SDP_MEDIA);
	sdp_free(s);

	buf_add_str(&b, "m=audio 1 RTP/AVP 0\r\n");
	assert_null(sdp_parse(buf_span(&b), &e));
	assert_string_equal(e.text, "sdp line 34: more than 32 m-lines");

	while (b.n <= SDP_MAX)
		buf_add_str(&b, "a=x\r\n");
	assert_null(sdp_parse(buf_span(&b), &e));
	assert_non_null(strstr(e.text, "at most 65536"));
	buf_fini(&b);
}

static void test_parse_excess_formats(void **state)
{
	struct sdp *s;
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, SDP_MAX);
	buf_add_str(&b, HEAD "m=audio 4 RTP/AVP 0 0");
	for (i = 60; i < 128; i++)
		buf_addf(&b, " %d", i);
	buf_add_str(&b, "\r\na=rtpmap:127 late/8000\r\na=fmtp:127 x\r\n");
	s = parse(buf_str(&b));
	assert_int_equal(s->media[0].n_codecs, SDP_CODECS);
	assert_int_equal(s->media[0].codec[1].pt, 60);
	assert_null(sdp_codec_by_pt(&s->media[0], 127));
	sdp_free(s);
	buf_fini(&b);
}

static const struct {
	const char *name, *line, *codec;
	uint32_t rate;
} maps[] = {
	{"good", "a=rtpmap:96 L16/16000", "L16", 16000},
	{"blanks", "a=rtpmap: 96  L16/16000 ", "L16", 16000},
	{"no rate", "a=rtpmap:96 L16", "", 0},
	{"rate 0", "a=rtpmap:96 L16/0", "", 0},
	{"bad channels", "a=rtpmap:96 L16/8000/x", "", 0},
	{"no name", "a=rtpmap:96 /8000", "", 0},
	{"other type", "a=rtpmap:97 L16/8000", "", 0},
	{"no type", "a=rtpmap:", "", 0},
	{"name of 32 characters",
	 "a=rtpmap:96 abcdefghijklmnopqrstuvwxyz012345/8000", "", 0},
};

static void test_parse_rtpmap(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(maps) / sizeof(*maps); i++) {
		char *text = xasprintf(HEAD "m=audio 4 RTP/AVP 96\r\n%s\r\n",
				       maps[i].line);
		struct sdp *s = parse(text);
		const struct sdp_codec *c = &s->media[0].codec[0];

		if (strcmp(c->name, maps[i].codec) || c->rate != maps[i].rate)
			fail_msg("%s: got %s/%u", maps[i].name, c->name,
				 c->rate);
		sdp_free(s);
		free(text);
	}
}

static void test_parse_truncated_anywhere(void **state)
{
	static const char whole[] = HEAD
		"a=sendonly\r\nm=audio 4000 RTP/AVP 8 96\r\n"
		"a=rtpmap:96 opus/48000/2\r\na=fmtp:96 x=1\r\n"
		"a=rtcp:5000 IN IP6 ::1\r\na=label:1\r\na=ptime:20\r\n";
	size_t n, good = 0;

	(void)state;
	for (n = 0; n < sizeof(whole); n++) {
		/* on the heap, so that reading beyond is seen */
		char *part = xmemdup(whole, n ? n : 1);
		struct err e = ERR_INIT;
		struct sdp *s = sdp_parse(span_from(part, n), &e);

		if (!s && (e.kind != ERR_INPUT || !e.text[0]))
			fail_msg("%zu bytes: no reason", n);
		good += s != NULL;
		sdp_free(s);
		free(part);
	}
	assert_true(good > sizeof(whole) / 2);
}

static void test_find_lines(void **state)
{
	struct sdp *s = parse(HEAD "a=tool:x\r\nm=audio 4 RTP/AVP 0\r\n"
				   "a=label:1\r\na=label:2\r\n");

	(void)state;
	assert_int_equal(sdp_find(s, -1, "a=tool:")->number, 6);
	assert_null(sdp_find(s, -1, "a=label:"));
	assert_int_equal(sdp_find(s, 0, "a=label:")->number, 8);
	assert_int_equal(sdp_find(s, 0, "m=")->number, 7);
	assert_null(sdp_find(s, 0, "a=tool:"));
	assert_null(sdp_find(s, 1, "m="));
	assert_string_equal(s->media[0].label, "1");
	sdp_free(s);
}

static void test_rtcp_ports(void **state)
{
	static const struct {
		const char *name, *section;
		int port;
	} rows[] = {
		{"next port", "m=audio 4000 RTP/AVP 0\r\n", 4001},
		{"no next port", "m=audio 65535 RTP/AVP 0\r\n", 0},
		{"refused", "m=audio 0 RTP/AVP 0\r\n", 0},
		{"port alone", "m=audio 4 RTP/AVP 0\r\na=rtcp:9\r\n", 9},
		{"bad port", "m=audio 4 RTP/AVP 0\r\na=rtcp:70000\r\n", 5},
		{"bad address", "m=audio 4 RTP/AVP 0\r\na=rtcp:9 IN IP4 h\r\n",
		 5},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char *text = xasprintf(HEAD "%s", rows[i].section);
		struct sdp *s = parse(text);

		if (s->media[0].rtcp.port != rows[i].port)
			fail_msg("%s: got %u", rows[i].name,
				 s->media[0].rtcp.port);
		sdp_free(s);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_parse_siprec_offer),
		cmocka_unit_test(test_parse_direction),
		cmocka_unit_test(test_parse_tolerates),
		cmocka_unit_test(test_parse_broken),
		cmocka_unit_test(test_parse_nul_byte),
		cmocka_unit_test(test_parse_limits),
		cmocka_unit_test(test_parse_excess_formats),
		cmocka_unit_test(test_parse_rtpmap),
		cmocka_unit_test(test_parse_truncated_anywhere),
		cmocka_unit_test(test_find_lines),
		cmocka_unit_test(test_rtcp_ports),
	};

	return cmocka_run_group_tests_name("sdp_parse", tests, NULL, NULL);
}
