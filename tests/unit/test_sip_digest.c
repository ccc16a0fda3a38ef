#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "sip/digest.h"

/* ---- answers ---- */

struct row {
	const char *name;
	enum sip_digest_algorithm algorithm;
	const char *user, *realm, *password, *nonce, *nc, *cnonce, *method,
		*uri, *response;
};

#define HTTP_REALM "http-auth@example.org"
#define HTTP_NONCE "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
#define HTTP_CNONCE "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
#define OLD_NONCE "dcd98b7102dd2f0e8b11d0f600bfb0c093"
#define OLD_CNONCE "0a4f113b"

/* The first four are published; the others were computed with another
 * implementation. `nc` NULL: the way of RFC 2069. */
static const struct row rows[] = {
	{"RFC 7616 3.9.1, MD5", SIP_DIGEST_MD5, "Mufasa", HTTP_REALM,
	 "Circle of Life", HTTP_NONCE, "00000001", HTTP_CNONCE, "GET",
	 "/dir/index.html", "8ca523f5e9506fed4657c9700eebdbec"},
	{"RFC 7616 3.9.1, SHA-256", SIP_DIGEST_SHA256, "Mufasa", HTTP_REALM,
	 "Circle of Life", HTTP_NONCE, "00000001", HTTP_CNONCE, "GET",
	 "/dir/index.html",
	 "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
	{"RFC 2617 3.5", SIP_DIGEST_MD5, "Mufasa", "testrealm@host.com",
	 "Circle Of Life", OLD_NONCE, "00000001", OLD_CNONCE, "GET",
	 "/dir/index.html", "6629fae49393a05397450978507c4ef1"},
	{"RFC 2069 2.4, as corrected", SIP_DIGEST_MD5, "Mufasa",
	 "testrealm@host.com", "CircleOfLife", OLD_NONCE, NULL, NULL, "GET",
	 "/dir/index.html", "1949323746fe6a43ef61f9606e7febea"},
	{"SIP, MD5", SIP_DIGEST_MD5, "bob", "biloxi.com", "zanzibar", OLD_NONCE,
	 "00000001", OLD_CNONCE, "INVITE", "sip:bob@biloxi.com",
	 "89eb0059246c02b2f6ee02c7961d5ea3"},
	{"SIP, MD5-sess", SIP_DIGEST_MD5_SESS, "bob", "biloxi.com", "zanzibar",
	 OLD_NONCE, "00000001", OLD_CNONCE, "INVITE", "sip:bob@biloxi.com",
	 "e4e4ea61d186d07a92c9e1f6919902e9"},
	{"SIP, SHA-256", SIP_DIGEST_SHA256, "bob", "biloxi.com", "zanzibar",
	 OLD_NONCE, "00000001", OLD_CNONCE, "INVITE", "sip:bob@biloxi.com",
	 "b3b5a6c69453abafaab9ae4dccdac90a076b6c80615d5f3498e7433b6e93bf4f"},
	{"SIP, SHA-256-sess", SIP_DIGEST_SHA256_SESS, "bob", "biloxi.com",
	 "zanzibar", OLD_NONCE, "00000001", OLD_CNONCE, "INVITE",
	 "sip:bob@biloxi.com",
	 "5da59c9ca40954be9d5063a15a174066c8251be2c10cf47c144c366dc7daf792"},
	{"SIP, SHA-512-256", SIP_DIGEST_SHA512_256, "bob", "biloxi.com",
	 "zanzibar", OLD_NONCE, "00000001", OLD_CNONCE, "INVITE",
	 "sip:bob@biloxi.com",
	 "7f1a09de0f19af0a1eac2b28d33e3f2fb89cca1ad8fb01bba5e1883b288bac14"},
	{"SIP, SHA-512-256-sess", SIP_DIGEST_SHA512_256_SESS, "bob",
	 "biloxi.com", "zanzibar", OLD_NONCE, "00000001", OLD_CNONCE, "INVITE",
	 "sip:bob@biloxi.com",
	 "077d9677be83f41f162d1a4453dc163389919f81e5927391d972f477da767633"},
};
enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static void test_response_figures(void **state)
{
	char response[SIP_DIGEST_HEX + 1];
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];
		struct sip_digest d = {.algorithm = r->algorithm,
				       .user = span_of(r->user),
				       .realm = span_of(r->realm),
				       .password = span_of(r->password),
				       .nonce = span_of(r->nonce),
				       .method = span_of(r->method),
				       .uri = span_of(r->uri),
				       .nc = span_of(r->nc),
				       .cnonce = span_of(r->cnonce),
				       .qop = r->nc != NULL};

		sip_digest_response(&d, response);
		if (strcmp(response, r->response) != 0)
			fail_msg("%s: %s", r->name, response);
	}
}

/* The same, read from a header; one letter off is wrong. */
static void test_credentials_of_figures(void **state)
{
	struct sip_credentials c;
	char text[1024], wrong[64];
	size_t i;

	(void)state;
	for (i = 0; i < ROWS; i++) {
		const struct row *r = &rows[i];

		snprintf(text, sizeof(text),
			 "Digest username=\"%s\", realm=\"%s\",nonce=\"%s\" , "
			 "uri=\"%s\", response=\"%s\", algorithm=%s%s%s%s%s%s",
			 r->user, r->realm, r->nonce, r->uri, r->response,
			 sip_digest_name(r->algorithm),
			 r->nc ? ", qop=auth, nc=" : "", r->nc ? r->nc : "",
			 r->nc ? ", cnonce=\"" : "", r->nc ? r->cnonce : "",
			 r->nc ? "\"" : "");
		if (!sip_credentials_read(span_of(text), &c))
			fail_msg("%s is not read: %s", r->name, text);
		if (!sip_credentials_fit(&c, span_of(r->method), r->password))
			fail_msg("%s does not fit: %s", r->name, text);
		snprintf(wrong, sizeof(wrong), "%sx", r->password);
		assert_false(
			sip_credentials_fit(&c, span_of(r->method), wrong));
		assert_false(
			sip_credentials_fit(&c, span_of("BYE"), r->password));
		c.response.n--;
		assert_false(sip_credentials_fit(&c, span_of(r->method),
						 r->password));
	}
}

static void test_credentials_broken(void **state)
{
	static const char *const texts[] = {
		"",
		"Digest",
		"Basic dXNlcjpwYXNz",
		"Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"d\"",
		"Digest username=\"a\", realm=\"b\", nonce=\"c\", uri=\"d\", "
		"response=\"e\", algorithm=SHA-3",
		"Digest username=\"a, realm=\"b\", nonce=\"c\"",
		"Digest ,,,,",
		"Digest =\"\"",
	};
	struct sip_credentials c;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (sip_credentials_read(span_of(texts[i]), &c))
			fail_msg("read: %s", texts[i]);
}

/* ---- challenges ---- */

/* "realm|nonce|algorithm|flags" of each challenge in a value. */
static void summary(const char *value, struct buf *out)
{
	struct span rest = span_of(value);
	struct sip_challenge c;

	while (sip_challenge_take(&rest, &c))
		buf_addf(out, "[%.*s|%.*s|%s%s%s%s%s]", SPAN_ARG(c.realm),
			 SPAN_ARG(c.nonce), sip_digest_name(c.algorithm),
			 c.has_qop ? "|qop" : "", c.qop_auth ? "|auth" : "",
			 c.stale ? "|stale" : "",
			 c.has_opaque ? "|opaque" : "");
}

static void test_challenge_table(void **state)
{
	static const struct {
		const char *name, *value, *got;
	} table[] = {
		{"nothing", "  ", ""},
		{"plain", "Digest realm=\"a\", nonce=\"b\"", "[a|b|MD5]"},
		{"all of it",
		 "Digest realm=\"a\", nonce=\"b\", qop=\"auth,auth-int\", "
		 "algorithm=SHA-256, opaque=\"\", stale=TRUE, domain=\"x\"",
		 "[a|b|SHA-256|qop|auth|stale|opaque]"},
		{"no qop that is known",
		 "Digest realm=\"a\",nonce=\"b\",qop=\"auth-int\"",
		 "[a|b|MD5|qop]"},
		{"unquoted, odd case and blanks",
		 "dIGEST  REALM = a ,, Nonce= b ,algorithm=\"md5-SESS\"",
		 "[a|b|MD5-sess]"},
		{"commas and quotes inside",
		 "Digest realm=\"a,\\\"b\", nonce=\"c\"", "[a,\\\"b|c|MD5]"},
		{"unknown algorithm",
		 "Digest realm=\"a\", nonce=\"b\", algorithm=AKAv1-MD5",
		 "[a|b|?]"},
		{"another scheme", "Basic realm=\"a\", nonce=\"b\"", "[a|b|?]"},
		{"no nonce", "Digest realm=\"a\"", "[a||?]"},
		{"empty realm", "Digest realm=\"\", nonce=\"b\"", "[|b|MD5]"},
		{"two in one line",
		 "Digest realm=\"a\", nonce=\"b\", algorithm=SHA-256, "
		 "Digest realm=\"a\", nonce=\"c\"",
		 "[a|b|SHA-256][a|c|MD5]"},
		{"open quotes", "Digest realm=\"a, nonce=\"b",
		 "[a, nonce=\"b||?]"},
		{"nonsense", "Digest", "[||?]"},
	};
	struct buf got;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		buf_init(&got, 4096);
		summary(table[i].value, &got);
		if (strcmp(buf_str(&got), table[i].got) != 0)
			fail_msg("%s: %s", table[i].name, buf_str(&got));
		buf_fini(&got);
	}
}

/* Cut anywhere, it ends. */
static void test_challenge_cut(void **state)
{
	static const char value[] =
		"Digest realm=\"a\\\"b\", nonce=\"c\", qop=\"auth\", "
		"Digest realm=\"d\", stale=true";
	size_t n;

	(void)state;
	for (n = 0; n <= strlen(value); n++) {
		struct span rest = span_from(value, n);
		struct sip_challenge c;
		int count = 0;

		while (sip_challenge_take(&rest, &c))
			assert_in_range(++count, 1, 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_response_figures),
		cmocka_unit_test(test_credentials_of_figures),
		cmocka_unit_test(test_credentials_broken),
		cmocka_unit_test(test_challenge_table),
		cmocka_unit_test(test_challenge_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
