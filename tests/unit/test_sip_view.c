#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/xalloc.h"
#include "sip/view.h"

static const char invite[] =
	"INVITE sip:vault@192.0.2.9;transport=udp SIP/2.0\r\n"
	"v: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa , SIP/2.0/TCP "
	"p;branch=z9hG4bKb\r\n"
	"Via: SIP/2.0/UDP q;branch=z9hG4bKc\r\n"
	"f: \"Ann; tag=no <x>\" <sip:src@192.0.2.1;tag=uri>;tag=a1\r\n"
	"TO : <sip:vault@192.0.2.9>\r\n"
	"i:abc@192.0.2.1\r\n"
	"CSeq: 314159   INVITE\r\n"
	"Require: siprec,\r\n"
	"\t foo ;x=1\r\n"
	"k: timer\r\n"
	"Supported: , 100rel , \r\n"
	"x: 1800;refresher=uac\r\n"
	"no colon here\r\n"
	"m: <sip:src@192.0.2.1>;+sip.src, \"a,b\" <sip:b@h>;q=0.5\r\n"
	"Content-Type : multipart/mixed ; boundary=\"b,1\"\r\n"
	"l: 4\r\n"
	"\r\n"
	"bodyand more";

static void assert_span(struct span s, const char *wanted)
{
	char *got = span_dup(s);

	assert_string_equal(got, wanted);
	free(got);
}

static void test_view_request(void **state)
{
	struct sip_view v;

	(void)state;
	assert_true(sip_view(span_of(invite), &v));
	assert_true(v.request);
	assert_int_equal(v.code, 0);
	assert_span(v.method, "INVITE");
	assert_span(v.uri, "sip:vault@192.0.2.9;transport=udp");
	assert_span(v.call_id, "abc@192.0.2.1");
	assert_int_equal(v.cseq, 314159);
	assert_span(v.cseq_method, "INVITE");
	assert_span(v.from_tag, "a1");
	assert_span(v.to, "<sip:vault@192.0.2.9>");
	assert_int_equal(v.to_tag.n, 0);
	assert_span(v.via, "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKa");
	assert_span(v.branch, "z9hG4bKa");
	assert_span(v.body, "body");
	assert_int_equal(v.text.n, sizeof(invite) - 1);
	assert_span(sip_view_type(&v), "multipart/mixed");
}

static void test_view_response(void **state)
{
	struct sip_view v;

	(void)state;
	assert_true(sip_view(span_of("SIP/2.0 486 Busy  Here \r\n"
				     "To: sip:b@h;tag=t2\r\n"
				     "CSeq: 2 INVITE\r\n"
				     "Content-Length: 99\r\n\r\nab"),
			     &v));
	assert_false(v.request);
	assert_int_equal(v.code, 486);
	assert_span(v.reason, "Busy  Here");
	assert_span(v.to_tag, "t2");
	assert_span(v.cseq_method, "INVITE");
	assert_span(v.body, "ab");
}

static void test_view_start_lines(void **state)
{
	static const struct {
		const char *name, *text;
		bool ok;
	} rows[] = {
		{"no reason", "SIP/2.0 200\r\n\r\n", true},
		{"lower case", "sip/2.0 200 OK\r\n\r\n", true},
		{"LF only", "SIP/2.0 200 OK\nVia: x\n\nbody", true},
		{"empty lines first", "\r\n\r\nBYE sip:a SIP/2.0\r\n\r\n",
		 true},
		{"two blanks", "BYE  sip:a  SIP/2.0\r\n\r\n", true},
		{"odd token", "M-x.1~ sip:a SIP/2.0\r\n\r\n", true},
		{"empty", "", false},
		{"blank lines only", "\r\n\r\n\r\n", false},
		{"no end of headers", "SIP/2.0 200 OK\r\nVia: x\r\n", false},
		{"no line end", "SIP/2.0 200 OK", false},
		{"code 99", "SIP/2.0 099 OK\r\n\r\n", false},
		{"code 700", "SIP/2.0 700 OK\r\n\r\n", false},
		{"code 2000", "SIP/2.0 2000 OK\r\n\r\n", false},
		{"code 200abc", "SIP/2.0 200abc\r\n\r\n", false},
		{"no URI", "BYE SIP/2.0\r\n\r\n", false},
		{"blank URI", "BYE  SIP/2.0\r\n\r\n", false},
		{"no version", "BYE sip:a\r\n\r\n", false},
		{"HTTP", "GET / HTTP/1.1\r\n\r\n", false},
		{"method not a token", "B@E sip:a SIP/2.0\r\n\r\n", false},
		{"version cut", "BYE sip:a SIP/2\r\n\r\n", false},
	};
	struct sip_view v;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (sip_view(span_of(rows[i].text), &v) != rows[i].ok)
			fail_msg("%s", rows[i].name);
}

/* Each prefix in memory of its own, so that sanitizers see a byte too many. */
static void test_view_truncated(void **state)
{
	size_t n, whole = strlen(invite) - strlen("bodyand more");
	struct sip_view v;
	struct span value;

	(void)state;
	for (n = 0; n < sizeof(invite); n++) {
		char *copy = xmemdup(invite, n);

		assert_int_equal(sip_view(span_from(copy, n), &v), n >= whole);
		sip_view_element(&v, "Contact", 1, &value);
		free(copy);
	}
}

static void test_view_headers(void **state)
{
	struct sip_view v;
	struct span value;

	(void)state;
	assert_true(sip_view(span_of(invite), &v));
	assert_true(sip_view_header(&v, "session-expires", 0, &value));
	assert_span(value, "1800;refresher=uac");
	assert_true(sip_view_header(&v, "X", 0, &value));
	assert_true(sip_view_header(&v, "via", 1, &value));
	assert_span(value, "SIP/2.0/UDP q;branch=z9hG4bKc");
	assert_false(sip_view_header(&v, "via", 2, &value));
	assert_true(sip_view_header(&v, "Require", 0, &value));
	assert_span(value, "siprec,\r\n\t foo ;x=1");
	assert_int_equal(sip_view_header_count(&v, "Supported"), 2);
	assert_int_equal(sip_view_header_count(&v, "Subject"), 0);
	assert_false(sip_view_header(&v, "no colon here", 0, &value));
}

static void test_view_compact_forms(void **state)
{
	static const struct {
		char c;
		const char *name;
	} rows[] = {
		{'a', "Accept-Contact"},
		{'b', "Referred-By"},
		{'c', "Content-Type"},
		{'D', "Request-Disposition"},
		{'e', "Content-Encoding"},
		{'f', "From"},
		{'i', "Call-ID"},
		{'j', "Reject-Contact"},
		{'K', "Supported"},
		{'l', "Content-Length"},
		{'m', "Contact"},
		{'o', "Event"},
		{'r', "Refer-To"},
		{'s', "Subject"},
		{'t', "To"},
		{'u', "Allow-Events"},
		{'v', "Via"},
		{'x', "Session-Expires"},
		{'y', "Identity"},
	};
	char text[] = "BYE sip:a SIP/2.0\r\n?: 7\r\n\r\n";
	struct sip_view v;
	struct span value;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		*(strchr(text, '2') + 5) = rows[i].c;
		assert_true(sip_view(span_of(text), &v));
		if (!sip_view_header(&v, rows[i].name, 0, &value))
			fail_msg("%s", rows[i].name);
		assert_span(value, "7");
	}
}

static void test_view_elements(void **state)
{
	struct sip_view v;
	struct span value;

	(void)state;
	assert_true(sip_view(span_of(invite), &v));
	assert_true(sip_view_element(&v, "Via", 1, &value));
	assert_span(value, "SIP/2.0/TCP p;branch=z9hG4bKb");
	assert_true(sip_view_element(&v, "Via", 2, &value));
	assert_span(value, "SIP/2.0/UDP q;branch=z9hG4bKc");
	assert_false(sip_view_element(&v, "Via", 3, &value));
	assert_true(sip_view_element(&v, "Contact", 1, &value));
	assert_span(value, "\"a,b\" <sip:b@h>;q=0.5");
	assert_true(sip_view_element(&v, "Supported", 1, &value));
	assert_span(value, "100rel");
	assert_false(sip_view_element(&v, "Supported", 2, &value));
	assert_true(sip_view_lists(&v, "Require", "SIPREC"));
	assert_true(sip_view_lists(&v, "Require", "foo"));
	assert_true(sip_view_lists(&v, "Supported", "timer"));
	assert_false(sip_view_lists(&v, "Require", "sip"));
	assert_false(sip_view_lists(&v, "Supported", ""));
}

static void test_view_cseq_and_length_out_of_range(void **state)
{
	struct sip_view v;

	(void)state;
	assert_true(sip_view(span_of("BYE sip:a SIP/2.0\r\n"
				     "CSeq: 99999999999 BYE\r\n"
				     "Content-Length: -1\r\n\r\nabc"),
			     &v));
	assert_int_equal(v.cseq, 0);
	assert_span(v.cseq_method, "BYE");
	assert_span(v.body, "abc");
}

static void test_param(void **state)
{
	static const struct {
		const char *name, *value, *param, *wanted; /* NULL: none */
	} rows[] = {
		{"plain", "<sip:a@h>;tag=x", "tag", "x"},
		{"name in any case", "<sip:a@h>;TAG=X", "tag", "X"},
		{"blanks", "<sip:a@h> ; tag = x ;y", "tag", "x"},
		{"folded", "<sip:a@h>\r\n ;tag=x", "tag", "x"},
		{"of the URI, not of the header", "<sip:a@h;lr>", "lr", NULL},
		{"without brackets", "sip:a@h;tag=x", "tag", "x"},
		{"in the display name", "\"a;tag=n\" <sip:a>;tag=y", "tag",
		 "y"},
		{"bracket in the display name", "\"<\\\"<\" <sip:a>;tag=y",
		 "tag", "y"},
		{"no value", "<sip:a>;isfocus;tag=x", "isfocus", ""},
		{"empty value", "<sip:a>;tag=", "tag", ""},
		{"quoted", "x/y;boundary=\"a;b\\\"c,d\";q=1", "boundary",
		 "a;b\\\"c,d"},
		{"after quoted", "x/y;boundary=\"a;q=2\";q=1", "q", "1"},
		{"empty quoted", "x/y;boundary=\"\"", "boundary", ""},
		{"quote not closed", "x/y;boundary=\"ab", "boundary", "ab"},
		{"lone quote", "x/y;boundary=\"", "boundary", ""},
		{"quoted brackets", "<sip:a>;+sip.instance=\"<urn:x>\";r=1",
		 "r", "1"},
		{"longer name", "<sip:a>;tagx=1", "tag", NULL},
		{"of the next element", "<sip:a>;q=1, <sip:b>;tag=x", "tag",
		 NULL},
		{"bracket not closed", "<sip:a;tag=x", "tag", NULL},
		{"empty", "", "tag", NULL},
		{"semicolons only", ";;;", "tag", NULL},
		{"IPv6 in Via", "SIP/2.0/UDP [::1]:5060;received=::1;rport",
		 "received", "::1"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span got;
		bool found = sip_param(span_of(rows[i].value), rows[i].param,
				       &got);

		if (found != (rows[i].wanted != NULL) ||
		    (found && !span_is(got, rows[i].wanted)))
			fail_msg("%s", rows[i].name);
	}
}

static void test_addr(void **state)
{
	static const struct {
		const char *name, *value, *uri, *display;
	} rows[] = {
		{"addr-spec", "sip:a@h;tag=x", "sip:a@h", ""},
		{"bare brackets", "<sip:a@h;lr>;tag=x", "sip:a@h;lr", ""},
		{"token name", " Ann Lee  <sip:a@h>", "sip:a@h", "Ann Lee"},
		{"quoted name", "\"Ann \\\"A\\\" <Lee>\" <sip:a@h>", "sip:a@h",
		 "Ann \\\"A\\\" <Lee>"},
		{"empty name", "\"\" <sip:a@h>", "sip:a@h", ""},
		{"not closed", "Ann <sip:a@h", "sip:a@h", "Ann"},
		{"comma in the URI", "<sip:a,b@h>, <sip:c@h>", "sip:a,b@h", ""},
		{"empty", "", "", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span value = span_of(rows[i].value);

		if (!span_is(sip_addr_uri(value), rows[i].uri) ||
		    !span_is(sip_addr_display(value), rows[i].display))
			fail_msg("%s", rows[i].name);
	}
}

static void test_classify(void **state)
{
	struct trace_sip m = {.code = 0};

	(void)state;
	m.text = span_of("SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n"
			 "Call-ID: c1\r\n\r\n");
	sip_classify(&m);
	assert_false(m.request);
	assert_int_equal(m.code, 180);
	assert_int_equal(m.cseq, 7);
	assert_span(m.method, "INVITE");
	assert_span(m.call_id, "c1");

	memset(&m, 0, sizeof(m));
	m.text = span_of("\r\n\r\n");
	sip_classify(&m);
	assert_int_equal(m.method.n, 0);
	assert_int_equal(m.call_id.n, 0);
}

static void test_address_of_record(void **state)
{
	static const struct {
		const char *uri, *aor;
	} rows[] = {
		{"sip:bob@example.com", "sip:bob@example.com"},
		{"sip:bob@example.com:5070;user=phone?Subject=x",
		 "sip:bob@example.com:5070"},
		{"sips:bob;tier=1?@example.com;transport=tls",
		 "sips:bob;tier=1?@example.com"},
		{"sip:example.com;lr", "sip:example.com"},
		{"sip:[2001:db8::1];maddr=x", "sip:[2001:db8::1]"},
		{"tel:123;phone-context=example.com",
		 "tel:123;phone-context=example.com"},
		{"", ""},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		if (!span_is(sip_uri_aor(span_of(rows[i].uri)), rows[i].aor))
			fail_msg("%s", rows[i].uri);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_view_request),
		cmocka_unit_test(test_view_response),
		cmocka_unit_test(test_view_start_lines),
		cmocka_unit_test(test_view_truncated),
		cmocka_unit_test(test_view_headers),
		cmocka_unit_test(test_view_compact_forms),
		cmocka_unit_test(test_view_elements),
		cmocka_unit_test(test_view_cseq_and_length_out_of_range),
		cmocka_unit_test(test_param),
		cmocka_unit_test(test_addr),
		cmocka_unit_test(test_classify),
		cmocka_unit_test(test_address_of_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
