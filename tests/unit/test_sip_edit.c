#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/xalloc.h"
#include "sip/edit.h"
#include "sip/mime.h"
#include "sip/view.h"

#define XML "application/rs-metadata+xml"

static char *message(const char *method, const char *branch, bool inside)
{
	static const char body[] =
		"--b\r\nContent-Type: application/sdp\r\n\r\n"
		"v=0\r\nm=audio 1\r\nm=audio 2\r\nm=video 3\r\nm=video 4\r\n"
		"\r\n--b\r\nContent-Type: " XML
		"\r\nContent-Disposition: recording-session\r\n\r\n"
		"<recording><a/></recording>\r\n--b--\r\n";

	return xasprintf("%s sip:srs@h SIP/2.0\r\n"
			 "Via: SIP/2.0/UDP h;branch=z9hG4bK%s\r\n"
			 "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>%s\r\n"
			 "Call-ID: x\r\nCSeq: 1 %s\r\nContact: <sip:a@h>\r\n"
			 "Content-Type: multipart/mixed;boundary=b\r\n"
			 "Content-Length: %zu\r\n\r\n%s",
			 method, branch, inside ? ";tag=2" : "", method,
			 strlen(body), body);
}

/* What goes out for an INVITE, owned; how often is `*n`. */
static char *edited(const struct sip_edit *e, unsigned *n)
{
	struct sip_edits *es = sip_edits_new(e, 1);
	char *text = message("INVITE", "1", false);
	struct buf out;

	buf_init(&out, 65000);
	*n = sip_edits_apply(es, span_of(text), &out);
	free(text);
	sip_edits_free(es);
	return buf_steal(&out);
}

/* Types and bodies of the parts, and whether the length is right. */
static void summary(const char *text, struct buf *b)
{
	struct sip_view v;
	struct mime m;
	struct span length;
	uint32_t n;
	size_t i;

	assert_true(sip_view(span_of(text), &v));
	mime_of(&m, &v, NULL);
	for (i = 0; i < m.n; i++)
		buf_addf(b, "%s%.*s[%zu]", i ? " " : "",
			 SPAN_ARG(m.part[i].type), m.part[i].body.n);
	if (!sip_view_header(&v, "Content-Length", 0, &length))
		buf_add_str(b, " no length");
	else if (parse_u32(length, 0, 100000, &n) &&
		 n != strlen(strstr(text, "\r\n\r\n") + 4))
		buf_add_str(b, " wrong length");
}

static void test_spoils(void **state)
{
	static const struct {
		const char *name, *parts;
	} rows[] = {
		{"metadata-first", XML "[27] application/sdp[49]"},
		{"no-metadata", "application/sdp[49]"},
		{"bare-sdp", "application/sdp[49]"},
		{"bare-metadata", XML "[27]"},
		{"no-body", ""},
		{"cut-metadata", "application/sdp[49] " XML "[13]"},
		{"no-end", "application/sdp[49] " XML "[29]"},
		{"wrong-boundary", "multipart/mixed[272]"},
		{"quoted-boundary", "application/sdp[49] " XML "[27]"},
		{"preamble", "application/sdp[49] " XML "[27]"},
		{"extra-part",
		 "application/sdp[49] " XML "[27] application/gtd[28]"},
		{"required-part",
		 "application/sdp[49] " XML "[27] application/x-unknown[19]"},
		{"nested", "application/sdp[49] " XML "[27]"},
		{"compact", "application/sdp[49] " XML "[27]"},
		{"no-length", "application/sdp[49] " XML "[27] no length"},
		{"large", "application/sdp[49] " XML "[27]"},
		{"one-line", "application/sdp[16] " XML "[27]"},
		{"three-lines", "application/sdp[38] " XML "[27]"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct sip_edit e = {.of = "INVITE",
				     .spoil = sip_spoil_bit(rows[i].name)};
		struct buf got;
		unsigned n;
		char *text = edited(&e, &n);

		buf_init(&got, 1024);
		assert_int_not_equal(e.spoil, 0);
		summary(text, &got);
		if (strcmp(buf_str(&got), rows[i].parts) != 0)
			fail_msg("%s: %s", rows[i].name, buf_str(&got));
		assert_int_equal(n, 1);
		free(text);
		buf_fini(&got);
	}
	assert_int_equal(sip_spoil_bit("nothing"), 0);
}

static void test_head(void **state)
{
	static const char *const header[] = {"Subject: one", "X: y"};
	struct sip_edit e = {.of = "INVITE",
			     .replace = "<sip:a@h>\r\n",
			     .with = "<sip:longer@h>;+x\r\n",
			     .header = header,
			     .n_headers = 2};
	unsigned n;
	char *text = edited(&e, &n), *length;
	size_t size;

	(void)state;
	assert_non_null(strstr(text, "\r\nContact: <sip:longer@h>;+x\r\n"));
	assert_non_null(strstr(text, "\r\nSubject: one\r\nX: y\r\n"));
	free(text);
	e = (struct sip_edit){.of = "INVITE", .length = 7};
	text = edited(&e, &n);
	size = strlen(strstr(text, "\r\n\r\n") + 4);
	length = xasprintf("\r\nContent-Length: %zu\r\n", size + 7);
	assert_non_null(strstr(text, length));
	free(length);
	free(text);
	e = (struct sip_edit){.of = "INVITE", .length = -1000};
	text = edited(&e, &n);
	assert_non_null(strstr(text, "\r\nContent-Length: 0\r\n"));
	free(text);
	e = (struct sip_edit){.of = "INVITE",
			      .spoil = sip_spoil_bit("compact")};
	text = edited(&e, &n);
	assert_non_null(strstr(text, "\r\nv: SIP/2.0/UDP"));
	assert_non_null(strstr(text, "\r\nm: <sip:a@h>\r\n"));
	length = xasprintf("\r\nl: %zu\r\n", size);
	assert_non_null(strstr(text, length));
	free(length);
	free(text);
	e = (struct sip_edit){.of = "INVITE", .text = "noise"};
	text = edited(&e, &n);
	assert_string_equal(text, "noise");
	free(text);
}

static unsigned apply(struct sip_edits *es, const char *method,
		      const char *branch, bool inside, bool *changed)
{
	char *text = message(method, branch, inside);
	struct buf out;
	unsigned n;

	buf_init(&out, 65000);
	n = sip_edits_apply(es, span_of(text), &out);
	*changed = strcmp(buf_str(&out), text) != 0;
	free(text);
	buf_fini(&out);
	return n;
}

/* Which requests it is for, and how many of them; retransmissions are none of
 * their own. */
static void test_which(void **state)
{
	static const char *const header[] = {"X: y"};
	struct sip_edit e[] = {
		{.of = "INVITE", .times = 1, .header = header, .n_headers = 1},
		{.of = "ACK", .drop = true},
		{.of = "BYE", .again = 2}};
	struct sip_edits *es = sip_edits_new(e, 3);
	bool changed;

	(void)state;
	assert_int_equal(apply(es, "INVITE", "1", true, &changed), 1);
	assert_false(changed); /* a re-INVITE */
	apply(es, "INVITE", "2", false, &changed);
	assert_true(changed);
	apply(es, "INVITE", "3", false, &changed);
	assert_false(changed);
	apply(es, "INVITE", "2", false, &changed);
	assert_true(changed);
	assert_int_equal(apply(es, "ACK", "4", true, &changed), 0);
	assert_int_equal(apply(es, "BYE", "5", true, &changed), 3);
	assert_int_equal(apply(es, "OPTIONS", "6", true, &changed), 1);
	assert_false(changed);
	sip_edits_free(es);
}

static void test_responses_pass(void **state)
{
	struct sip_edit e = {.of = "INVITE", .drop = true};
	struct sip_edits *es = sip_edits_new(&e, 1);
	const char *reply = "SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n";
	struct buf out;

	(void)state;
	buf_init(&out, 1000);
	assert_int_equal(sip_edits_apply(es, span_of(reply), &out), 1);
	assert_string_equal(buf_str(&out), reply);
	buf_clear(&out);
	assert_int_equal(sip_edits_apply(NULL, span_of(reply), &out), 1);
	buf_fini(&out);
	sip_edits_free(es);
}

static void test_idle(void **state)
{
	struct sip_edit e[] = {{.of = "INVITE", .replace = "Call-ID"},
			       {.of = "INVITE", .replace = "nowhere"},
			       {.of = "BYE", .replace = "nowhere"}};
	struct sip_edits *es = sip_edits_new(e, 3);
	bool changed;

	(void)state;
	assert_int_equal(sip_edits_idle(es), 3);
	apply(es, "INVITE", "1", false, &changed);
	assert_int_equal(sip_edits_idle(es), 1);
	sip_edits_free(es);
	sip_edits_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_spoils),
		cmocka_unit_test(test_head),
		cmocka_unit_test(test_which),
		cmocka_unit_test(test_responses_pass),
		cmocka_unit_test(test_idle),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
