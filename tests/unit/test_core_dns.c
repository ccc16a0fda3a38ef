/* RFC 3263: from a URI to addresses, by a table of records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "core/buf.h"
#include "core/dns.h"

enum { MAX = 16 };

static void add(struct dns *d, const char *name, const char *record)
{
	struct err e = ERR_INIT;

	if (dns_add(d, name, record, &e) < 0)
		fail_msg("%s", e.text);
}

/* "udp 192.0.2.1:5060, ..." */
static void assert_targets(const struct dns *d, const struct dns_want *w,
			   const char *wanted)
{
	static const char *const protos[] = {
		[ADDR_UDP] = "udp", [ADDR_TCP] = "tcp", [ADDR_TLS] = "tls"};
	struct addr a[MAX];
	char text[ADDR_TEXT];
	struct rng rng;
	struct buf got;
	size_t n, i;

	rng_init(&rng, 1);
	n = dns_targets(d, w, &rng, a, MAX);
	buf_init(&got, 4096);
	for (i = 0; i < n; i++)
		buf_addf(&got, "%s%s %s", i ? ", " : "", protos[a[i].proto],
			 addr_text(&a[i], text));
	assert_string_equal(buf_str(&got), wanted);
	buf_fini(&got);
}

static struct dns_want want(const char *host)
{
	struct dns_want w = {.host = span_of(host)};

	return w;
}

static void test_literals(void **state)
{
	struct dns *d = dns_new();
	struct dns_want w = want("192.0.2.1");

	(void)state;
	assert_targets(d, &w, "udp 192.0.2.1:5060");
	w.port = 5070;
	w.has_proto = true;
	w.proto = ADDR_TCP;
	assert_targets(d, &w, "tcp 192.0.2.1:5070");
	w = want("[2001:db8::1]");
	w.secure = true;
	assert_targets(d, &w, "tls [2001:db8::1]:5061");
	dns_free(d);
}

static void test_addresses(void **state)
{
	struct dns *d = dns_new();
	struct dns_want w = want("Rec.Example.com.");

	(void)state;
	add(d, "rec.example.com", "A 192.0.2.1");
	add(d, "rec.example.com", "AAAA 2001:db8::1");
	add(d, "alias.example.com", "CNAME rec.example.com.");
	add(d, "round.example.com", "CNAME round.example.com");
	assert_targets(d, &w, "udp 192.0.2.1:5060, udp [2001:db8::1]:5060");
	w.port = 5070;
	assert_targets(d, &w, "udp 192.0.2.1:5070, udp [2001:db8::1]:5070");
	w.secure = true;
	w.port = 0;
	assert_targets(d, &w, "tls 192.0.2.1:5061, tls [2001:db8::1]:5061");
	w = want("alias.example.com");
	assert_targets(d, &w, "udp 192.0.2.1:5060, udp [2001:db8::1]:5060");
	w = want("round.example.com");
	assert_targets(d, &w, "");
	w = want("nobody.example.com");
	assert_targets(d, &w, "");
	dns_free(d);
}

static struct dns *site(void)
{
	struct dns *d = dns_new();

	add(d, "a.example.com", "A 192.0.2.1");
	add(d, "b.example.com", "A 192.0.2.2");
	add(d, "b.example.com", "AAAA 2001:db8::2");
	add(d, "_sip._udp.example.com", "SRV 20 0 5060 a.example.com");
	add(d, "_sip._udp.example.com", "SRV 10 0 5080 b.example.com");
	add(d, "_sip._tcp.example.com", "SRV 10 0 5090 a.example.com");
	add(d, "_sips._tcp.example.com", "SRV 10 0 5091 b.example.com");
	add(d, "example.com", "A 192.0.2.9");
	return d;
}

static void test_servers(void **state)
{
	struct dns *d = site();
	struct dns_want w = want("example.com");

	(void)state;
	assert_targets(d, &w,
		       "udp 192.0.2.2:5080, udp [2001:db8::2]:5080, "
		       "udp 192.0.2.1:5060");
	w.has_proto = true;
	w.proto = ADDR_TCP;
	assert_targets(d, &w, "tcp 192.0.2.1:5090");
	w = want("example.com");
	w.secure = true;
	assert_targets(d, &w, "tls 192.0.2.2:5091, tls [2001:db8::2]:5091");
	/* a port: no servers are asked for */
	w = want("example.com");
	w.port = 5070;
	assert_targets(d, &w, "udp 192.0.2.9:5070");
	/* nothing is served there, and nothing else is tried */
	add(d, "_sip._udp.closed.example.com", "SRV 0 0 0 .");
	add(d, "closed.example.com", "A 192.0.2.9");
	w = want("closed.example.com");
	assert_targets(d, &w, "");
	dns_free(d);
}

static void test_naptr(void **state)
{
	struct dns *d = site();
	struct dns_want w = want("example.com");

	(void)state;
	add(d, "example.com",
	    "NAPTR 60 10 \"s\" \"SIP+D2U\" _sip._udp.example.com");
	add(d, "example.com", "NAPTR 50 20 s SIP+D2T _sip._tcp.example.com");
	add(d, "example.com", "NAPTR 50 10 s SIPS+D2T _sips._tcp.example.com");
	add(d, "example.com", "NAPTR 10 10 s SIP+D2S _sip._sctp.example.com");
	assert_targets(d, &w,
		       "tls 192.0.2.2:5091, tls [2001:db8::2]:5091, "
		       "tcp 192.0.2.1:5090, udp 192.0.2.2:5080, "
		       "udp [2001:db8::2]:5080, udp 192.0.2.1:5060");
	/* RFC 3263 section 4.1: what is not by TLS is discarded */
	w.secure = true;
	assert_targets(d, &w, "tls 192.0.2.2:5091, tls [2001:db8::2]:5091");
	dns_free(d);
}

/* How often each of three was first, of 10,000. */
static void test_weights(void **state)
{
	struct dns *d = dns_new();
	struct dns_want w = want("example.com");
	unsigned first[3] = {0}, second[3] = {0};
	struct addr a[MAX];
	struct rng rng;
	int i;

	(void)state;
	add(d, "a.example.com", "A 192.0.2.0");
	add(d, "b.example.com", "A 192.0.2.1");
	add(d, "c.example.com", "A 192.0.2.2");
	add(d, "_sip._udp.example.com", "SRV 10 60 5060 a.example.com");
	add(d, "_sip._udp.example.com", "SRV 10 30 5060 b.example.com");
	add(d, "_sip._udp.example.com", "SRV 10 10 5060 c.example.com");
	rng_init(&rng, 3);
	for (i = 0; i < 10000; i++) {
		assert_int_equal(dns_targets(d, &w, &rng, a, MAX), 3);
		first[a[0].ip[3]]++;
		second[a[1].ip[3]]++;
		assert_int_equal(a[0].ip[3] + a[1].ip[3] + a[2].ip[3], 3);
	}
	assert_in_range(first[0], 5800, 6200);
	assert_in_range(first[1], 2800, 3200);
	assert_in_range(first[2], 850, 1150);
	assert_true(second[0] && second[1] && second[2]);
	dns_free(d);
}

static void test_faults(void **state)
{
	static const char *const wrong[] = {
		"",
		"A",
		"A 2001:db8::1",
		"AAAA 192.0.2.1",
		"A 192.0.2.256",
		"MX 10 a.example.com",
		"SRV 10 60 a.example",
		"SRV 10 60 70000 a.example.com",
		"SRV 1 2 3",
		"SRV 1 2 3 a b",
		"NAPTR 1 2 u SIP+D2U _sip._udp.example.com",
		"NAPTR 1 2 s SIP+D2U",
		"CNAME a b",
		"CNAME a/b"};
	struct dns *d = dns_new();
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct err e = ERR_INIT;

		if (dns_add(d, "example.com", wrong[i], &e) == 0)
			fail_msg("'%s' was taken", wrong[i]);
		assert_int_equal(e.kind, ERR_SCENARIO);
	}
	assert_int_equal(dns_add(d, "a b", "A 192.0.2.1", NULL), -1);
	assert_int_equal(dns_records(d), 0);
	dns_free(d);
}

/* More than there is room for. */
static void test_room(void **state)
{
	struct dns *d = dns_new();
	struct dns_want w = want("example.com");
	struct addr a[2];
	struct rng rng;
	char text[32];
	int i;

	(void)state;
	for (i = 0; i < 200; i++) {
		snprintf(text, sizeof(text), "A 192.0.2.%d", i);
		add(d, "example.com", text);
	}
	rng_init(&rng, 1);
	assert_int_equal(dns_targets(d, &w, &rng, a, 2), 2);
	assert_int_equal(dns_targets(d, &w, &rng, a, 0), 0);
	w = want("192.0.2.1");
	assert_int_equal(dns_targets(d, &w, &rng, a, 0), 0);
	dns_free(d);
}

static void test_hosts(void **state)
{
	struct dns *d = dns_new();
	struct addr a;
	const char *host[MAX];

	(void)state;
	add(d, "_sip._tcp.pool.example.com", "SRV 1 0 5070 one.example.com");
	add(d, "one.example.com", "A 192.0.2.1");
	add(d, "other.example.com", "A 192.0.2.2");
	add(d, "alias.example.com", "CNAME one.example.com");
	assert_true(addr_parse(span_of("192.0.2.1:9"), &a));
	assert_int_equal(dns_hosts(d, &a, host, MAX), 3);
	assert_string_equal(host[0], "pool.example.com");
	assert_string_equal(host[1], "one.example.com");
	assert_string_equal(host[2], "alias.example.com");
	assert_int_equal(dns_hosts(d, &a, host, 1), 1);
	dns_free(d);
}

static void test_why_not(void **state)
{
	struct dns *d = dns_new();
	struct span silent = span_of("Silent.example.com.");

	(void)state;
	assert_string_equal(dns_why_not(NULL, silent), "no such name");
	assert_string_equal(dns_why_not(d, silent), "no such name");
	add(d, "_sip._udp.none.example.com", "SRV 0 0 0 .");
	assert_string_equal(dns_why_not(d, span_of("none.example.com")),
			    "its records name nobody who serves");
	dns_fail(d, silent, "nobody was asked");
	assert_string_equal(dns_why_not(d, span_of("silent.example.com")),
			    "nobody was asked");
	assert_int_equal(dns_records(d), 1);
	dns_free(d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_literals),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_servers),
		cmocka_unit_test(test_naptr),
		cmocka_unit_test(test_weights),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_hosts),
		cmocka_unit_test(test_why_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
