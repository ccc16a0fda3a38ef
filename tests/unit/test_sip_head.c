/* What a user agent does not act upon, though libosip2 would read it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <sys/time.h>

#include <osipparser2/osip_message.h>
#include <osipparser2/osip_parser.h>
#include <osipparser2/osip_port.h>

#include "core/buf.h"
#include "sip/plain.h"
#include "sip/targets.h"

#define H_REQUEST_LINE "OPTIONS sip:b@127.0.0.1 SIP/2.0\r\n"
#define H_VIA "Via: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
#define H_FROM "From: <sip:a@example.com>;tag=1\r\n"
#define H_TO "To: <sip:b@example.com>\r\n"
#define H_TO_TAG "To: <sip:b@example.com>;tag=2\r\n"
#define H_CALL_ID "Call-ID: x@y\r\n"
#define H_CSEQ "CSeq: 1 OPTIONS\r\n"
#define H_REST H_VIA H_FROM H_TO H_CALL_ID H_CSEQ
#define H_REST_RESP H_VIA H_FROM H_TO_TAG H_CALL_ID H_CSEQ

/* As a user agent takes it: view, then check, then osip. */
static bool accepts(const char *text, size_t n, struct err *e)
{
	osip_message_t *m;
	struct sip_view v;

	if (!sip_view(span_from(text, n), &v)) {
		err_set(e, ERR_INPUT, "not SIP");
		return false;
	}
	if (sip_head_check(&v, e) < 0)
		return false;
	m = sip_head_parse(&v, e);
	osip_message_free(m);
	return m != NULL;
}

static const struct {
	const char *name, *text;
} good[] = {
	{"request", H_REQUEST_LINE H_REST "\r\n"},
	{"request with lengths",
	 H_REQUEST_LINE H_REST "Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"},
	{"body", H_REQUEST_LINE H_REST "Content-Length: 3\r\n\r\nabc"},
	{"body and more",
	 H_REQUEST_LINE H_REST "Content-Length: 3\r\n\r\nabcdef"},
	{"compact", H_REQUEST_LINE "v: SIP/2.0/UDP h;branch=z9hG4bK1\r\n"
				   "f: <sip:a@b>;tag=1\r\nt: <sip:b@c>\r\n"
				   "i: x\r\nCSeq: 1 OPTIONS\r\nl: 0\r\n\r\n"},
	{"folded", H_REQUEST_LINE H_VIA
	 "From: <sip:a@example.com>\r\n ;tag=1\r\n" H_TO H_CALL_ID H_CSEQ
	 "\r\n"},
	{"response", "SIP/2.0 200 OK\r\n" H_REST_RESP "\r\n"},
	{"response without reason", "SIP/2.0 200 \r\n" H_REST_RESP "\r\n"},
	{"lowest status", "SIP/2.0 100 Trying\r\n" H_REST "\r\n"},
	{"highest status", "SIP/2.0 699 X\r\n" H_REST_RESP "\r\n"},
	{"highest CSeq", H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID
	 "CSeq: 2147483647 OPTIONS\r\n\r\n"},
	{"IPv6 in Via", H_REQUEST_LINE
	 "Via: SIP/2.0/UDP [::1]:5060;branch=z9hG4bK1\r\n" H_FROM H_TO H_CALL_ID
		 H_CSEQ "\r\n"},
	{"tag in the URI too", H_REQUEST_LINE H_VIA
	 "From: <sip:a@b;tag=9>;tag=1\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"quoted tag-like name", H_REQUEST_LINE H_VIA
	 "From: \"x;tag=7\" <sip:a@b>;tag=1\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
};

/* Those that are read in one pass, and those just beside. */
static const struct {
	const char *name, *text;
	bool plain;
} looks[] = {
	{"request", H_REQUEST_LINE H_REST "\r\n", true},
	{"response", "SIP/2.0 200 OK\r\n" H_REST_RESP "\r\n", true},
	{"padded length",
	 H_REQUEST_LINE H_REST "Content-Length:   3\r\n\r\nabc", true},
	{"name in the Contact",
	 H_REQUEST_LINE H_REST
	 "Contact: \"A B\" <sips:[::1]:5061;transport=tcp>;+sip.src\r\n\r\n",
	 true},
	{"what nobody looks into",
	 H_REQUEST_LINE H_REST "X-A: <, ;\r\nServer: a (b)\r\n\r\n", true},
	{"nor at its characters",
	 H_REQUEST_LINE H_REST "X-A: \xc3\xa4\t\x01\xff, b\r\n\r\n", true},
	{"lists",
	 H_REQUEST_LINE H_REST
	 "Accept: a/b, c/d+e\r\nRequire: a, b\r\nAllow: ACK\r\n\r\n",
	 true},
	{"response without tag", "SIP/2.0 200 OK\r\n" H_REST "\r\n", false},
	{"100 without tag", "SIP/2.0 100 Trying\r\n" H_REST "\r\n", true},
	{"two From", H_REQUEST_LINE H_REST H_FROM "\r\n", false},
	{"two tags",
	 H_REQUEST_LINE H_VIA
	 "From: <sip:a@b>;tag=1;tag=2\r\n" H_TO H_CALL_ID H_CSEQ "\r\n",
	 false},
	{"no tag",
	 H_REQUEST_LINE H_VIA "From: <sip:a@b>\r\n" H_TO H_CALL_ID H_CSEQ
			      "\r\n",
	 false},
	{"other CSeq",
	 H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID "CSeq: 1 INFO\r\n\r\n",
	 false},
	{"length beyond the end",
	 H_REQUEST_LINE H_REST "Content-Length: 4\r\n\r\nabc", false},
	{"folded", H_REQUEST_LINE H_REST "X-A: a\r\n b\r\n\r\n", false},
	{"quoted", H_REQUEST_LINE H_REST "X-A: \"a\r\n\r\n", false},
	{"a header that osip reads",
	 H_REQUEST_LINE H_REST "Record-Route: <sip:a>\r\n\r\n", false},
	{"port 0", H_REQUEST_LINE H_REST "Contact: <sip:a:0>\r\n\r\n", false},
	{"CR before a value", H_REQUEST_LINE H_REST "X-A: \ra\r\n\r\n", false},
	{"CR in a value", H_REQUEST_LINE H_REST "X-A: a\rb\r\n\r\n", false},
	{"LF", H_REQUEST_LINE H_REST "X-A: a\n\r\n", false},
};

static void test_head_plain(void **state)
{
	struct sip_view v;
	size_t i, n;

	(void)state;
	for (i = 0; i < sizeof(looks) / sizeof(looks[0]); i++) {
		const char *text = looks[i].text;

		assert_true(sip_view(span_of(text), &v));
		if (sip_is_plain(&v) != looks[i].plain)
			fail_msg("%s", looks[i].name);
		/* cut anywhere it is not read beyond its end, and what is still
		 * plain is still right */
		for (n = 0; n <= strlen(text); n++) {
			struct span part = span_from(
				span_dup(span_from(text, n)), n);
			struct err e = ERR_INIT;

			if (sip_view(part, &v) && sip_is_plain(&v) &&
			    !accepts(part.p, part.n, &e))
				fail_msg("%s: %s", looks[i].name, e.text);
			free((void *)(uintptr_t)part.p);
		}
	}
}

static const struct {
	const char *name, *text;
} bad[] = {
	{"no Via", H_REQUEST_LINE H_FROM H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"no From", H_REQUEST_LINE H_VIA H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"no To", H_REQUEST_LINE H_VIA H_FROM H_CALL_ID H_CSEQ "\r\n"},
	{"no Call-ID", H_REQUEST_LINE H_VIA H_FROM H_TO H_CSEQ "\r\n"},
	{"no CSeq", H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID "\r\n"},
	{"empty Call-ID",
	 H_REQUEST_LINE H_VIA H_FROM H_TO H_CSEQ "Call-ID: \r\n\r\n"},
	{"CSeq with junk", H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID
	 "CSeq: 99999999999x OPTIONS\r\n\r\n"},
	{"CSeq too large", H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID
	 "CSeq: 2147483648 OPTIONS\r\n\r\n"},
	{"CSeq without method",
	 H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID "CSeq: 1\r\n\r\n"},
	{"CSeq of another method",
	 H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID "CSeq: 1 INVITE\r\n\r\n"},
	{"status 99", "SIP/2.0 99 X\r\n" H_REST_RESP "\r\n"},
	{"status 099", "SIP/2.0 099 X\r\n" H_REST_RESP "\r\n"},
	{"status 700", "SIP/2.0 700 X\r\n" H_REST_RESP "\r\n"},
	{"status 2000", "SIP/2.0 2000 X\r\n" H_REST_RESP "\r\n"},
	{"status -1", "SIP/2.0 -1 X\r\n" H_REST_RESP "\r\n"},
	{"status 200abc", "SIP/2.0 200abc X\r\n" H_REST_RESP "\r\n"},
	{"status without blank", "SIP/2.0 200\r\n" H_REST_RESP "\r\n"},
	{"SIP/3.0 request",
	 "OPTIONS sip:b@127.0.0.1 SIP/3.0\r\n" H_REST "\r\n"},
	{"SIP/3.0 response", "SIP/3.0 200 OK\r\n" H_REST_RESP "\r\n"},
	{"two blanks after the method",
	 "OPTIONS  sip:b@127.0.0.1 SIP/2.0\r\n" H_REST "\r\n"},
	{"two blanks before the version",
	 "OPTIONS sip:b@127.0.0.1  SIP/2.0\r\n" H_REST "\r\n"},
	{"no empty line", H_REQUEST_LINE H_REST},
	{"LF only",
	 "OPTIONS sip:b@127.0.0.1 SIP/2.0\n"
	 "Via: SIP/2.0/UDP h;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\n"
	 "To: <sip:b@c>\nCall-ID: x\nCSeq: 1 OPTIONS\n\n"},
	{"LF after the request line",
	 "OPTIONS sip:b@127.0.0.1 SIP/2.0\n" H_REST "\r\n"},
	{"LF after one header",
	 H_REQUEST_LINE H_VIA H_FROM H_TO H_CALL_ID "CSeq: 1 OPTIONS\n\r\n"},
	{"negative Content-Length",
	 H_REQUEST_LINE H_REST "Content-Length: -1\r\n\r\n"},
	{"Content-Length with junk",
	 H_REQUEST_LINE H_REST "Content-Length: 0x\r\n\r\n"},
	{"Content-Length beyond the data",
	 H_REQUEST_LINE H_REST "Content-Length: 4\r\n\r\nabc"},
	{"huge Content-Length",
	 H_REQUEST_LINE H_REST "Content-Length: 99999999999999\r\n\r\n"},
	{"two Content-Lengths",
	 H_REQUEST_LINE H_REST "Content-Length: 0\r\nl: 0\r\n\r\n"},
	{"two Call-IDs", H_REQUEST_LINE H_REST "i: z\r\n\r\n"},
	{"two From", H_REQUEST_LINE H_REST H_FROM "\r\n"},
	{"port abc in the URI",
	 "OPTIONS sip:b@127.0.0.1:abc SIP/2.0\r\n" H_REST "\r\n"},
	{"port 70000 in the URI",
	 "OPTIONS sip:b@127.0.0.1:70000 SIP/2.0\r\n" H_REST "\r\n"},
	{"port abc in Via", H_REQUEST_LINE
	 "Via: SIP/2.0/UDP 127.0.0.1:abc;branch=z9hG4bK1\r\n" H_FROM H_TO
		 H_CALL_ID H_CSEQ "\r\n"},
	{"port 70000 in Via", H_REQUEST_LINE
	 "Via: SIP/2.0/UDP 127.0.0.1:70000;branch=z9hG4bK1\r\n" H_FROM H_TO
		 H_CALL_ID H_CSEQ "\r\n"},
	{"port abc in Contact",
	 H_REQUEST_LINE H_REST "Contact: <sip:a@127.0.0.1:abc>\r\n\r\n"},
	{"port 70000 in Contact",
	 H_REQUEST_LINE H_REST "Contact: <sip:a@127.0.0.1:70000>\r\n\r\n"},
	{"no tag", H_REQUEST_LINE H_VIA
	 "From: <sip:a@b>\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"empty tag", H_REQUEST_LINE H_VIA
	 "From: <sip:a@b>;tag=\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"tag without value", H_REQUEST_LINE H_VIA
	 "From: <sip:a@b>;tag\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"two tags in From", H_REQUEST_LINE H_VIA
	 "From: <sip:a@b>;tag=1;tag=2\r\n" H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"empty To tag", H_REQUEST_LINE H_VIA H_FROM
	 "To: <sip:a@b>;tag=\r\n" H_CALL_ID H_CSEQ "\r\n"},
	{"two tags in To", H_REQUEST_LINE H_VIA H_FROM
	 "To: <sip:a@b>;tag=1;TAG=2\r\n" H_CALL_ID H_CSEQ "\r\n"},
	{"200 without To tag", "SIP/2.0 200 OK\r\n" H_REST "\r\n"},
	{"no branch", H_REQUEST_LINE
	 "Via: SIP/2.0/UDP h\r\n" H_FROM H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"empty branch", H_REQUEST_LINE
	 "Via: SIP/2.0/UDP h;branch=\r\n" H_FROM H_TO H_CALL_ID H_CSEQ "\r\n"},
	{"line without colon", H_REQUEST_LINE H_REST "nonsense\r\n\r\n"},
	{"brackets round the URI",
	 "OPTIONS <sip:b@127.0.0.1> SIP/2.0\r\n" H_REST "\r\n"},
	{"URI without host", "OPTIONS sip: SIP/2.0\r\n" H_REST "\r\n"},
};

static void test_head_good(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct err e = ERR_INIT;

		if (!accepts(good[i].text, strlen(good[i].text), &e))
			fail_msg("%s: %s", good[i].name, e.text);
	}
}

static void test_head_bad(void **state)
{
	size_t i, accepted = 0;

	(void)state;
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = ERR_INIT;

		if (accepts(bad[i].text, strlen(bad[i].text), &e)) {
			print_error("accepted: %s\n", bad[i].name);
			accepted++;
		} else {
			assert_int_equal(e.kind, ERR_INPUT);
			assert_true(e.text[0]);
		}
	}
	assert_int_equal(accepted, 0);
}

/* Cut anywhere it is no whole message, and nothing is read beyond it. */
static void test_head_truncated(void **state)
{
	static const char text[] = H_REQUEST_LINE H_REST
		"Content-Length: 3\r\n\r\nabc";
	size_t n;

	(void)state;
	for (n = 0; n < sizeof(text) - 1; n++) {
		char *copy = test_malloc(n + 1);
		struct err e = ERR_INIT;

		memcpy(copy, text, n);
		assert_false(accepts(copy, n, &e));
		test_free(copy);
	}
}

static void test_uri_rows(void **state)
{
	static const struct {
		const char *text, *user, *host;
		int port; /* -1: no URI */
	} rows[] = {
		{"sip:a@127.0.0.1:5070", "a", "127.0.0.1", 5070},
		{"sip:a@127.0.0.1", "a", "127.0.0.1", 0},
		{"sip:127.0.0.1", "", "127.0.0.1", 0},
		{"sips:a@h", "a", "h", 0},
		{"sip:a@[2001:db8::1]:5060", "a", "2001:db8::1", 5060},
		{"sip:a@h:70000", "", "", -1},
		{"sip:a@h:0", "", "", -1},
		{"sip:a@h:x", "", "", -1},
		{"sip:", "", "", -1},
		{"http://h", "", "", -1},
		{"", "", "", -1},
		{"sip:a b@h", "", "", -1},
		{"<sip:a@h>", "", "", -1},
	};
	struct sip_uri u;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		bool ok = sip_uri_parse(span_of(rows[i].text), &u);

		if (ok != (rows[i].port >= 0))
			fail_msg("'%s' %s", rows[i].text,
				 ok ? "passed" : "failed");
		if (!ok)
			continue;
		assert_string_equal(u.user, rows[i].user);
		assert_string_equal(u.host, rows[i].host);
		assert_int_equal(u.port, rows[i].port);
	}
}

static void test_uri_address(void **state)
{
	struct sip_uri u;
	struct addr a;

	(void)state;
	assert_true(sip_uri_parse(span_of("sip:a@127.0.0.1"), &u));
	assert_true(sip_uri_addr(&u, NULL, ADDR_UDP, &a));
	assert_int_equal(a.port, 5060);
	assert_true(sip_uri_parse(span_of("sips:a@[::1]"), &u));
	assert_true(sip_uri_addr(&u, NULL, ADDR_UDP, &a));
	assert_int_equal(a.port, 5061);
	assert_int_equal(a.family, 6);
	assert_true(sip_uri_parse(span_of("sip:a@example.com"), &u));
	assert_false(sip_uri_addr(&u, NULL, ADDR_UDP, &a));
	assert_true(sip_uri_parse(span_of("sip:h;transport=TCP;lr"), &u));
	assert_string_equal(u.transport, "TCP");
	assert_true(u.lr);
}

static void test_uri_to_send_to(void **state)
{
	static const struct {
		const char *uri, *why; /* NULL: it is one */
	} rows[] = {
		{"sip:127.0.0.1", NULL},
		{"sip:a:b@127.0.0.1:65535;transport=TLS", NULL},
		{"sip:a@h;transport=udp?x=y:0", NULL},
		{"sips:a@[::1]:5061;transport=tcp", NULL},
		{"sip:a@h:65536", "'sip:a@h:65536': a port is 1 to 65535, not "
				  "'65536'"},
		{"sip:[::1]:0;lr",
		 "'sip:[::1]:0;lr': a port is 1 to 65535, not "
		 "'0'"},
		{"sip:a@h:x", "'sip:a@h:x': a port is 1 to 65535, not 'x'"},
		{"sip:a@h;transport=sctp",
		 "'sip:a@h;transport=sctp': transport 'sctp' is not one of "
		 "udp, "
		 "tcp, tls"},
		{"sips:a@h;transport=UDP",
		 "'sips:a@h;transport=UDP': sips goes with tls, not with udp"},
		{"sips:a@h;transport=ws",
		 "'sips:a@h;transport=ws': transport 'ws' is not one of udp, "
		 "tcp, tls"},
		{"tel:123", "'tel:123' is no SIP URI such as "
			    "sip:recorder@192.0.2.7"},
		{"", "'' is no SIP URI such as sip:recorder@192.0.2.7"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;

		print_message("%s\n", rows[i].uri);
		assert_int_equal(sip_uri_check(span_of(rows[i].uri), &e),
				 rows[i].why ? -1 : 0);
		assert_string_equal(e.text, rows[i].why ? rows[i].why : "");
	}
}

/* RFC 3261 section 18.2.2, RFC 3581 section 4. */
static void test_reply_address(void **state)
{
	static const struct {
		const char *name, *via;
		uint16_t port;
	} rows[] = {
		{"rport", "SIP/2.0/UDP 10.0.0.1:7000;rport;branch=z", 4000},
		{"port", "SIP/2.0/UDP 10.0.0.1:7000;branch=z", 7000},
		{"no port", "SIP/2.0/UDP 10.0.0.1;branch=z", 5060},
		{"a name", "SIP/2.0/UDP host.example:7000;branch=z", 7000},
		{"IPv6", "SIP/2.0/UDP [::1]:7000;branch=z", 7000},
		{"port out of range", "SIP/2.0/UDP h:70000;branch=z", 5060},
	};
	struct addr from = addr_loopback(4000), out;
	struct sip_view v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		memset(&v, 0, sizeof(v));
		v.via = span_of(rows[i].via);
		sip_reply_addr(&v, &from, &out);
		if (out.port != rows[i].port)
			fail_msg("%s: %u", rows[i].name, out.port);
		assert_true(addr_ip_eq(&out, &from));
	}
}

static void quiet(const char *fi, int li, osip_trace_level_t level,
		  const char *chfr, va_list ap)
{
	(void)fi;
	(void)li;
	(void)level;
	(void)chfr;
	(void)ap;
}

static int start(void **state)
{
	(void)state;
	parser_init();
	osip_trace_initialize_func(END_TRACE_LEVEL, quiet);
	return 0;
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_head_plain),
		cmocka_unit_test(test_head_good),
		cmocka_unit_test(test_head_bad),
		cmocka_unit_test(test_head_truncated),
		cmocka_unit_test(test_uri_rows),
		cmocka_unit_test(test_uri_address),
		cmocka_unit_test(test_reply_address),
		cmocka_unit_test(test_uri_to_send_to),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
