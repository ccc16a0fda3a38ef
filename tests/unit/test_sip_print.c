#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sip/print.h"

static struct addr at(const char *text)
{
	struct addr a;

	assert_true(addr_parse(span_of(text), &a));
	return a;
}

/* The Via lines of a reply to a request with these, from there. */
static void test_reply_via(void **state)
{
	static const struct {
		const char *name, *from, *vias, *got;
	} rows[] = {
		{"as it says", "192.0.2.1:5070",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n"},
		{"from elsewhere", "192.0.2.9:5060",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1\r\n",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1"
		 ";received=192.0.2.9\r\n"},
		{"a name", "192.0.2.9:5060",
		 "Via: SIP/2.0/UDP pbx.example.org;branch=z9hG4bK1\r\n",
		 "Via: SIP/2.0/UDP pbx.example.org;branch=z9hG4bK1"
		 ";received=192.0.2.9\r\n"},
		{"rport", "192.0.2.1:5070",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060 ; RPORT ;branch=z9hG4bK1\r\n",
		 "Via: SIP/2.0/UDP 192.0.2.1:5060;rport=5070;branch=z9hG4bK1"
		 ";received=192.0.2.1\r\n"},
		{"what it says itself of that", "192.0.2.1:5070",
		 "v: SIP/2.0/UDP "
		 "10.0.0.1;received=6.6.6.6;rport=7;branch=z9hG4bK1"
		 "\r\n",
		 "Via: SIP/2.0/UDP 10.0.0.1;rport=5070;branch=z9hG4bK1"
		 ";received=192.0.2.1\r\n"},
		{"IPv6", "[2001:db8::9]:5070",
		 "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1\r\n",
		 "Via: SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bK1"
		 ";received=2001:db8::9\r\n"},
		{"the topmost alone", "192.0.2.9:5060",
		 "Via: SIP/2.0/UDP a;branch=z9hG4bK1, SIP/2.0/UDP b;rport\r\n"
		 "Via: SIP/2.0/UDP c;rport\r\n",
		 "Via: SIP/2.0/UDP a;branch=z9hG4bK1;received=192.0.2.9"
		 ", SIP/2.0/UDP b;rport\r\n"
		 "Via: SIP/2.0/UDP c;rport\r\n"},
	};
	struct sip_reply r = {.code = 200};
	struct sip_view v;
	struct addr from;
	char text[1024];
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		snprintf(text, sizeof(text),
			 "OPTIONS sip:x SIP/2.0\r\n%sFrom: <sip:a>;tag=1\r\n"
			 "To: <sip:x>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n",
			 rows[i].vias);
		assert_true(sip_view(span_of(text), &v));
		from = at(rows[i].from);
		r.from = &from;
		buf_init(&b, 4096);
		sip_print_reply(&b, &v, &r);
		if (!strstr(buf_str(&b), rows[i].got))
			fail_msg("%s: %s", rows[i].name, buf_str(&b));
		buf_fini(&b);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reply_via),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
