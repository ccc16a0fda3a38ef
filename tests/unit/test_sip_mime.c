#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/xalloc.h"
#include "sip/mime.h"

#define MIXED "multipart/mixed;boundary=B"

/* "type[bytes]" of each part, with the depth when it is not 1. */
static void summary(const struct mime *m, struct buf *out)
{
	size_t i;

	for (i = 0; i < m->n; i++) {
		const struct mime_part *p = &m->part[i];

		if (p->depth != 1)
			buf_addf(out, "%d:", p->depth);
		buf_addf(out, "%.*s[%.*s]", SPAN_ARG(p->type),
			 SPAN_ARG(p->body));
	}
}

static void test_split_table(void **state)
{
	static const struct {
		const char *name, *type, *body, *parts;
		const char *fault; /* in the text of the error, or NULL */
	} rows[] = {
		{"not multipart", "application/sdp", "v=0\r\n",
		 "0:application/sdp[v=0\r\n]", NULL},
		{"type with parameters", " text/xml ; charset=utf-8", "<a/>",
		 "0:text/xml[<a/>]", NULL},
		{"no type", "", "hello", "0:text/plain[hello]", NULL},
		{"two parts", MIXED,
		 "--B\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n"
		 "--B\r\ncontent-type:text/xml;x=y\r\n\r\n<a/>\r\n--B--\r\n",
		 "application/sdp[v=0\r\n]text/xml[<a/>]", NULL},
		{"preamble and epilogue", MIXED,
		 "see --B\r\nhow\r\n--B\r\n\r\nx\r\n--B--\r\n--B\r\n\r\ny",
		 "text/plain[x]", NULL},
		{"LF only", MIXED,
		 "--B\nContent-Type: a/b\n\nx\ny\n--B\n\nz\n--B--",
		 "a/b[x\ny]text/plain[z]", NULL},
		{"part without headers", MIXED, "--B\r\n\r\nx\r\n--B--",
		 "text/plain[x]", NULL},
		{"part without headers or empty line", MIXED,
		 "--B\r\nv=0\r\n\r\nx\r\n--B--", "text/plain[v=0\r\n\r\nx]",
		 NULL},
		{"headers without body", MIXED,
		 "--B\r\nContent-Type: a/b\r\n--B--", "a/b[]", NULL},
		{"empty body", MIXED,
		 "--B\r\nContent-Type: a/b\r\n\r\n\r\n--B--", "a/b[]", NULL},
		{"empty parts", MIXED, "--B\r\n--B\r\n\r\n--B\r\n--B--",
		 "text/plain[]text/plain[]text/plain[]", NULL},
		{"folded header", MIXED,
		 "--B\r\nContent-Type:\r\n a/b;\r\n\tc=d\r\n\r\nx\r\n--B--",
		 "a/b[x]", NULL},
		{"empty header value", MIXED,
		 "--B\r\nContent-ID:\r\nContent-Type: a/b\r\n\r\nx\r\n--B--",
		 "a/b[x]", NULL},
		{"blanks after the boundary", MIXED,
		 "--B \t\r\n\r\nx\r\n--B-- \r\n", "text/plain[x]", NULL},
		{"boundary within a line", MIXED,
		 "--B\r\n\r\nx--B\r\n--Bx\r\n--B-\r\n--B--x\r\n--B--",
		 "text/plain[x--B\r\n--Bx\r\n--B-\r\n--B--x]", NULL},
		{"inner boundary begins with the outer", MIXED,
		 "--B\r\nContent-Type: multipart/mixed;boundary=BB\r\n\r\n"
		 "--BB\r\n\r\nx\r\n--BB--\r\n--B\r\n\r\ny\r\n--B--",
		 "2:text/plain[x]text/plain[y]", NULL},
		{"quoted boundary", "multipart/mixed;boundary=\"a b:?\"",
		 "--a b:?\r\n\r\nx\r\n--a b:?--", "text/plain[x]", NULL},
		{"any multipart", "Multipart/Alternative;Boundary=B",
		 "--B\r\n\r\nx\r\n--B--", "text/plain[x]", NULL},
		{"not closed", MIXED, "--B\r\n\r\nx\r\n--B\r\n\r\ny\r\n",
		 "text/plain[x]text/plain[y\r\n]", "not closed by '--B--'"},
		{"ends in a delimiter", MIXED, "--B\r\n\r\nx\r\n--B",
		 "text/plain[x]", "not closed"},
		{"inner not closed", MIXED,
		 "--B\r\nContent-Type: multipart/x;boundary=C\r\n\r\n"
		 "--C\r\n\r\nx\r\n--B\r\n\r\ny\r\n--B--",
		 "2:text/plain[x]text/plain[y]", "not closed by '--C--'"},
		{"no boundary parameter", "multipart/mixed", "--B\r\n\r\nx",
		 "0:multipart/mixed[--B\r\n\r\nx]",
		 "'multipart/mixed' has no boundary parameter"},
		{"empty boundary", "multipart/mixed;boundary=\"\"", "--\r\n",
		 "0:multipart/mixed[--\r\n]", "no boundary parameter"},
		{"other boundary", "multipart/mixed;boundary=C",
		 "--B\r\n\r\nx\r\n--B--",
		 "0:multipart/mixed[--B\r\n\r\nx\r\n"
		 "--B--]",
		 "boundary 'C' does not occur"},
		{"first fault is told", MIXED,
		 "--B\r\nContent-Type: multipart/x\r\n\r\nx\r\n",
		 "multipart/x[x\r\n]", "not closed"},
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct err e = ERR_INIT;
		struct mime m;
		struct buf got;
		int rc = mime_split(&m, span_of(rows[i].type),
				    span_of(rows[i].body), &e);

		buf_init(&got, 4096);
		summary(&m, &got);
		if (strcmp(buf_str(&got), rows[i].parts) != 0)
			fail_msg("%s: %s", rows[i].name, buf_str(&got));
		if (rc != (rows[i].fault ? -1 : 0) ||
		    (rc < 0 &&
		     (e.kind != ERR_INPUT || !strstr(e.text, rows[i].fault))))
			fail_msg("%s: '%s'", rows[i].name, e.text);
		buf_fini(&got);
	}
}

/* `levels` multiparts in each other around one text. */
static void add_nested(struct buf *body, int levels)
{
	int i;

	buf_clear(body);
	for (i = 1; i < levels; i++)
		buf_addf(body,
			 "--b%d\r\nContent-Type: multipart/mixed;"
			 "boundary=b%d\r\n\r\n",
			 i, i + 1);
	buf_addf(body, "--b%d\r\n\r\nx", levels);
	for (i = levels; i > 0; i--)
		buf_addf(body, "\r\n--b%d--", i);
}

static void test_split_depth(void **state)
{
	struct span type = span_of("multipart/mixed;boundary=b1");
	struct err e = ERR_INIT;
	struct mime m;
	struct buf body;

	(void)state;
	buf_init(&body, 4096);
	add_nested(&body, MIME_DEPTH);
	assert_int_equal(mime_split(&m, type, buf_span(&body), &e), 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.part[0].depth, MIME_DEPTH);
	assert_true(span_is(m.part[0].body, "x"));

	add_nested(&body, MIME_DEPTH + 1);
	assert_int_equal(mime_split(&m, type, buf_span(&body), &e), -1);
	assert_string_equal(e.text, "multiparts nested more than 4 deep");
	assert_int_equal(m.n, 1);
	assert_true(span_is(m.part[0].type, "multipart/mixed"));
	buf_fini(&body);
}

static int split_many(int parts, struct mime *m, struct err *e)
{
	struct buf body;
	int i, rc;

	buf_init(&body, 4096);
	for (i = 0; i < parts; i++)
		mime_add(&body, "B", "", span_of("x"));
	mime_close(&body, "B");
	rc = mime_split(m, span_of(MIXED), buf_span(&body), e);
	buf_fini(&body);
	return rc;
}

static void test_split_count(void **state)
{
	struct err e = ERR_INIT;
	struct mime m;

	(void)state;
	assert_int_equal(split_many(MIME_PARTS, &m, &e), 0);
	assert_int_equal(m.n, MIME_PARTS);
	assert_int_equal(split_many(MIME_PARTS + 1, &m, &e), -1);
	assert_string_equal(e.text, "more than 16 parts in a body");
	assert_int_equal(m.n, MIME_PARTS);
}

static void test_split_long_boundary(void **state)
{
	char boundary[72], type[128];
	struct err e = ERR_INIT;
	struct buf body;
	struct mime m;
	size_t n;

	(void)state;
	for (n = 70; n <= 71; n++) {
		memset(boundary, 'b', n);
		boundary[n] = '\0';
		snprintf(type, sizeof(type), "multipart/mixed;boundary=%s",
			 boundary);
		buf_init(&body, 4096);
		mime_add(&body, boundary, "", span_of("x"));
		mime_close(&body, boundary);
		assert_int_equal(
			mime_split(&m, span_of(type), buf_span(&body), &e),
			n == 70 ? 0 : -1);
		assert_int_equal(m.n, 1);
		buf_fini(&body);
	}
	assert_string_equal(
		e.text, "boundary of 71 characters, at most 70 are allowed");
}

static void test_split_nul_bytes(void **state)
{
	static const char body[] = "--B\r\n\r\na\0b\r\n\0--B\r\n--B--";
	struct err e = ERR_INIT;
	struct mime m;

	(void)state;
	assert_int_equal(mime_split(&m, span_of(MIXED),
				    span_from(body, sizeof(body) - 1), &e),
			 0);
	assert_int_equal(m.n, 1);
	assert_int_equal(m.part[0].body.n, 9);
	assert_memory_equal(m.part[0].body.p, "a\0b\r\n\0--B", 9);
}

static void test_split_truncated(void **state)
{
	static const char body[] =
		"--B\r\nContent-Type: multipart/x;boundary=\"BB\"\r\n\r\n"
		"--BB\r\n\r\nx\r\n--BB--\r\n--B\r\nContent-Type: a/b\r\n\r\n"
		"y\r\n--B--";
	size_t n, whole = sizeof(body) - 1;
	struct mime m;

	(void)state;
	for (n = 0; n <= whole; n++) {
		char *copy = xmemdup(body, n);

		assert_int_equal(mime_split(&m, span_of(MIXED),
					    span_from(copy, n), NULL),
				 n == whole ? 0 : -1);
		free(copy);
	}
}

static void test_of_message(void **state)
{
	struct sip_view v;
	struct err e = ERR_INIT;
	struct mime m;

	(void)state;
	assert_true(sip_view(
		span_of("UPDATE sip:a SIP/2.0\r\n"
			"c: application/rs-metadata+xml\r\n"
			"Content-Disposition: recording-session;handling="
			"required\r\n\r\n<recording/>"),
		&v));
	assert_int_equal(mime_of(&m, &v, &e), 0);
	assert_int_equal(m.n, 1);
	assert_ptr_equal(mime_metadata(&m), &m.part[0]);
	assert_true(span_is(m.part[0].disposition, "recording-session"));
	assert_true(span_is(m.part[0].disposition_value,
			    "recording-session;handling=required"));

	v.body.n = 0;
	assert_int_equal(mime_of(&m, &v, &e), 0);
	assert_int_equal(m.n, 0);
	assert_null(mime_metadata(&m));
}

static void test_of_multipart_message(void **state)
{
	struct sip_view v;
	struct err e = ERR_INIT;
	struct mime m;

	(void)state;
	assert_true(sip_view(
		span_of("INVITE sip:a SIP/2.0\r\n"
			"Content-Disposition: session\r\n"
			"Content-Type: multipart/mixed;boundary=B\r\n\r\n"
			"--B\r\nContent-Disposition: recording-session\r\n"
			"Content-Type: Application/RS-Metadata\r\n"
			"Content-ID: <1>\r\n\r\n<recording/>\r\n"
			"--B\r\nContent-Type: application/SDP\r\n\r\nv=0\r\n"
			"\r\n--B--\r\n"),
		&v));
	assert_int_equal(mime_of(&m, &v, &e), 0);
	assert_int_equal(m.n, 2);
	assert_ptr_equal(mime_find(&m, "application/sdp"), &m.part[1]);
	assert_int_equal(m.part[1].disposition.n, 0);
	assert_ptr_equal(mime_metadata(&m), &m.part[0]);
	assert_true(span_is(m.part[0].disposition, "recording-session"));
	assert_true(span_starts(m.part[0].headers, "Content-Disposition"));
	assert_null(mime_find(&m, "text/plain"));
}

static void test_write(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 1024);
	mime_add(&b, "B", "Content-Type: application/sdp\r\n",
		 span_of("v=0\r\n"));
	mime_add(&b, "B", "", span_of(""));
	mime_close(&b, "B");
	assert_string_equal(buf_str(&b),
			    "--B\r\nContent-Type: application/sdp\r\n\r\n"
			    "v=0\r\n\r\n--B\r\n\r\n\r\n--B--\r\n");
	buf_fini(&b);
}

static void test_boundary(void **state)
{
	struct span body[2] = {span_of("v=0"), span_of("x tok-1 y tok z")};
	char out[100], small[16], token[120];

	(void)state;
	mime_boundary(out, sizeof(out), "tok", body, 1);
	assert_string_equal(out, "tok");
	mime_boundary(out, sizeof(out), "tok", body, 2);
	assert_string_equal(out, "tok-2");
	mime_boundary(out, sizeof(out), "", body, 2);
	assert_string_equal(out, "-2");
	memset(token, 't', sizeof(token) - 1);
	token[sizeof(token) - 1] = '\0';
	mime_boundary(out, sizeof(out), token, body, 2);
	assert_true(strlen(out) <= 70);
	mime_boundary(small, sizeof(small), "tok", body, 2);
	assert_string_equal(small, "tok-2");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_split_table),
		cmocka_unit_test(test_split_depth),
		cmocka_unit_test(test_split_count),
		cmocka_unit_test(test_split_long_boundary),
		cmocka_unit_test(test_split_nul_bytes),
		cmocka_unit_test(test_split_truncated),
		cmocka_unit_test(test_of_message),
		cmocka_unit_test(test_of_multipart_message),
		cmocka_unit_test(test_write),
		cmocka_unit_test(test_boundary),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
