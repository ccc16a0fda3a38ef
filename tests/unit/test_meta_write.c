#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "meta/meta.h"

#define T0 (INT64_C(20454) * 86400 * 1000000) /* 2026-01-01 */

static const char stream_1[] = "AAAAAAAAQACAAAAAAAAABQ==";
static const char stream_2[] = "AAAAAAAAQACAAAAAAAAABg==";
static const char *const first[] = {stream_1};
static const char *const second[] = {stream_2};

static const struct meta_session session = {
	.id = "AAAAAAAAQACAAAAAAAAAAg==",
	.sip_session_id = "ab30317f1a784dc48ff824d0d3715d86;"
			  "remote=47755a9de7794ba387653f2099600ef2",
	.group = "AAAAAAAAQACAAAAAAAAAAQ==",
	.start_us = T0,
	.stop_us = T0 + 6250000,
	.associate_us = T0 + 1000000,
};

static const struct meta_participant people[] = {
	{.id = "AAAAAAAAQACAAAAAAAAAAw==",
	 .aor = "sip:alice@example.com",
	 .name = "Alice",
	 .associate_us = T0,
	 .send = first,
	 .n_send = 1,
	 .recv = second,
	 .n_recv = 1},
	{.id = "AAAAAAAAQACAAAAAAAAABA==",
	 .aor = "sip:bob@example.com",
	 .associate_us = T0 + 500000,
	 .disassociate_us = T0 + 6250000,
	 .send = second,
	 .n_send = 1,
	 .recv = first,
	 .n_recv = 1},
};

static const struct meta_stream streams[] = {
	{.id = "AAAAAAAAQACAAAAAAAAABQ==", .label = "1"},
	{.id = "AAAAAAAAQACAAAAAAAAABg==", .label = "2"},
};

static void assert_valid(const struct buf *b)
{
	struct meta_faults f = {NULL, 0};

	if (meta_check(buf_span(b), NULL, 0, false, &f))
		fail_msg("%s %d %s\n%s", f.at[0].rule, f.at[0].line,
			 f.at[0].text, buf_str(b));
	meta_faults_fini(&f);
}

static void write_doc(struct buf *b, const struct meta_doc *d)
{
	struct err e = ERR_INIT;

	buf_init(b, META_MAX);
	if (meta_write(b, d, &e) < 0)
		fail_msg("%s", e.text);
}

static void test_write_golden(void **state)
{
	struct meta_doc d = {.session = &session,
			     .participant = people,
			     .n_participants = 2,
			     .stream = streams,
			     .n_streams = 2};
	struct buf got, wanted;

	(void)state;
	buf_init(&wanted, META_MAX);
	assert_int_equal(
		buf_read_file(&wanted, "fixtures/meta/complete.xml", NULL), 0);
	write_doc(&got, &d);
	assert_string_equal(buf_str(&got), buf_str(&wanted));
	buf_fini(&got);
	buf_fini(&wanted);
}

static void test_write_partial_hold(void **state)
{
	struct meta_participant held = {.id = "AAAAAAAAQACAAAAAAAAAAw=="};
	struct meta_doc d = {
		.partial = true, .participant = &held, .n_participants = 1};
	struct buf got, wanted;

	(void)state;
	buf_init(&wanted, META_MAX);
	assert_int_equal(
		buf_read_file(&wanted, "fixtures/meta/partial-hold.xml", NULL),
		0);
	write_doc(&got, &d);
	assert_string_equal(buf_str(&got), buf_str(&wanted));
	buf_fini(&got);
	buf_fini(&wanted);
}

static void test_write_partial_leave(void **state)
{
	struct meta_session s = {.id = "AAAAAAAAQACAAAAAAAAAAg=="};
	struct meta_participant p = {.id = "AAAAAAAAQACAAAAAAAAAAw==",
				     .disassociate_us = T0};
	struct meta_doc d = {.partial = true,
			     .session = &s,
			     .participant = &p,
			     .n_participants = 1};
	struct buf b;

	(void)state;
	write_doc(&b, &d);
	assert_valid(&b);
	assert_non_null(strstr(buf_str(&b), "<disassociate-time>"
					    "2026-01-01T00:00:00.000Z<"));
	assert_null(strstr(buf_str(&b), "sessionrecordingassoc"));
	assert_null(strstr(buf_str(&b), "<nameID"));
	buf_fini(&b);
}

static const struct {
	const char *name, *in, *out;
} texts[] = {
	{"markup", "a&b<c>\"d\" 'e' ]]>", "a&b<c>\"d\" 'e' ]]>"},
	{"injection", "</name></nameID><x/>", "</name></nameID><x/>"},
	{"UTF-8", "Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x8e\xa7",
	 "Zo\xc3\xab \xe2\x82\xac \xf0\x9f\x8e\xa7"},
	{"latin-1", "Zo\xeb!", "Zo\xef\xbf\xbd!"},
	{"latin-1 at the end", "Zo\xeb", "Zo\xef\xbf\xbd"},
	{"cut character", "\xe2\x82", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"not the shortest", "\xc0\xbc", "\xef\xbf\xbd\xef\xbf\xbd"},
	{"surrogate", "\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"no character", "\xef\xbf\xbf",
	 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"beyond Unicode", "\xf4\x90\x80\x80",
	 "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
	{"controls", "a\001b\033c\177",
	 "a\xef\xbf\xbd"
	 "b\xef\xbf\xbd"
	 "c\xef\xbf\xbd"},
	{"line breaks", "a\r\nb\tc", "a  b c"},
	{"nothing", "", ""},
};

static void assert_found(const struct buf *b, const char *row,
			 const char *xpath, const char *wanted)
{
	struct meta_found found;
	struct err e = ERR_INIT;

	if (meta_xpath(buf_span(b), xpath, &found, &e) < 0)
		fail_msg("%s: %s", row, e.text);
	if (found.n != 1 || strcmp(found.value[0], wanted))
		fail_msg("%s: %s is '%s'", row, xpath,
			 found.n ? found.value[0] : "nothing");
	meta_found_fini(&found);
}

static void test_write_text_survives(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct meta_participant p = people[0];
		struct meta_doc d = {.participant = &p, .n_participants = 1};
		char *aor = xasprintf("sip:%s@h", texts[i].in);
		char *wanted = xasprintf("sip:%s@h", texts[i].out);
		struct buf b;

		p.n_send = p.n_recv = 0;
		p.name = texts[i].in;
		write_doc(&b, &d);
		assert_valid(&b);
		buf_fini(&b);

		p.aor = aor; /* well-formed, though seldom a URI */
		write_doc(&b, &d);
		assert_found(&b, texts[i].name, "//r:name", texts[i].out);
		assert_found(&b, texts[i].name, "//r:nameID/@aor", wanted);
		assert_found(&b, texts[i].name, "count(//*)", "6");
		buf_fini(&b);
		free(aor);
		free(wanted);
	}
}

static void test_write_unknown_caller(void **state)
{
	struct meta_participant p = {.id = "AAAAAAAAQACAAAAAAAAAAw=="};
	struct meta_doc d = {.participant = &p, .n_participants = 1};
	struct buf b;

	(void)state;
	write_doc(&b, &d);
	assert_valid(&b);
	assert_found(&b, "no aor", "//@aor", "sip:anonymous@anonymous.invalid");
	buf_fini(&b);
}

static void test_write_fragments(void **state)
{
	struct meta_session s = session;
	struct meta_participant p = people[0];
	struct meta_doc d = {
		.session = &s, .participant = &p, .n_participants = 1};
	struct buf b;

	(void)state;
	s.group_xml = "<c:id xmlns:c='urn:c' c:k='1&amp;2'>7 &lt; 8</c:id>";
	s.session_xml = "\n<!-- note --><d xmlns='urn:d'>\n<e xml:lang='it'/>"
			"\n</d><d xmlns='urn:d'> mixed <e/> text </d>";
	p.xml = "<nameID aor='tel:+1'><name>A</name></nameID>"
		"<nameID aor='sip:a@b'/><x xmlns='urn:x'><![CDATA[<]]></x>";
	p.n_send = p.n_recv = 0;
	write_doc(&b, &d);
	assert_valid(&b);
	assert_non_null(strstr(buf_str(&b),
			       "    <c:id xmlns:c=\"urn:c\" "
			       "c:k=\"1&amp;2\">7 &lt; 8</c:id>\n"));
	assert_non_null(strstr(buf_str(&b), "    <d xmlns=\"urn:d\">\n"
					    "      <e xml:lang=\"it\"/>\n"
					    "    </d>\n"));
	assert_non_null(strstr(buf_str(&b), "> mixed <e/> text </d>"));
	assert_non_null(strstr(buf_str(&b), "<x xmlns=\"urn:x\">&lt;</x>"));
	assert_found(&b, "xml", "count(//r:participant/r:nameID)", "2");
	assert_null(strstr(buf_str(&b), "alice"));
	buf_fini(&b);
}

static const struct {
	const char *name, *xml;
	bool own_ns;
	const char *text; /* NULL: fine */
} fragments[] = {
	{"plain", "<nameID aor='sip:a@b'/>", false, NULL},
	{"own namespace", "<a xmlns='urn:a'/>", true, NULL},
	{"own prefix", "<a:a xmlns:a='urn:a'><a:b/><c/></a:a>", true, NULL},
	{"blanks and comments", " <!-- x -->\n", true, NULL},
	{"no element", " <!-- x -->\n", false, "line 1: no nameID in it"},
	{"nobody named", "<a xmlns='urn:a'/>", false,
	 "line 1: no nameID in it"},
	{"named and more", "<nameID aor='a:b'/>\n<a xmlns='urn:a'/>", false,
	 NULL},
	{"no extension", "<nameID aor='a:b'/>\n<seat/>", false,
	 "line 2: a participant has no element 'seat' (nameID, or one with a "
	 "namespace of its own)"},
	{"no namespace", "<nameID aor='a:b'/><seat xmlns=''/>", false,
	 "line 1: a participant has no element 'seat'"},
	{"no address", "<nameID><name>A</name></nameID>", false,
	 "line 1: nameID needs an aor=\"sip:...\""},
	{"inherits", "\n<a/>", true,
	 "line 2: element 'a' needs a namespace of its own (xmlns=...)"},
	{"none", "<a xmlns=''/>", true,
	 "line 1: element 'a' needs a namespace of its own (xmlns=...)"},
	{"recording's", "<a xmlns='" META_NS "'/>", true,
	 "line 1: element 'a' needs a namespace of its own (xmlns=...)"},
	{"text", "<nameID aor='a:b'/>\n<b xmlns='urn:b'/> x", false,
	 "line 2: text outside of an element"},
	{"open", "<a>\n</b>", false, "line 2: Opening and ending tag mismatch"},
	{"closes the root", "<a/></fragment><fragment>", false,
	 "line 1: Extra content at the end of the document"},
	{"closes the root and comments", "</fragment><!-- ", false,
	 "line 1: Comment not terminated"},
	{"prefix", "<x:a/>", false,
	 "line 1: Namespace prefix x on a is not defined"},
	{"entity", "<a>&e;</a>", false, "line 1: Entity 'e' not defined"},
	{"declaration", "<?xml version='1.0'?><a/>", false,
	 "line 1: XML declaration allowed only at the start of the document"},
	{"DTD", "<!DOCTYPE a><a/>", false,
	 "line 1: StartTag: invalid element name"},
};

static void test_fragment_table(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(fragments) / sizeof(*fragments); i++) {
		const char *wanted = fragments[i].text ? fragments[i].text : "";
		struct err e = ERR_INIT;
		int rc = meta_check_fragment(span_of(fragments[i].xml),
					     fragments[i].own_ns, &e);

		if ((rc == 0) != !fragments[i].text ||
		    (rc < 0 && e.kind != ERR_SCENARIO) ||
		    strncmp(e.text, wanted, strlen(wanted)))
			fail_msg("%s: got '%s'", fragments[i].name, e.text);
	}
}

static void test_write_bad_fragment(void **state)
{
	struct meta_session s = session;
	struct meta_doc d = {.session = &s};
	struct err e = ERR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, META_MAX);
	s.group_xml = "<costcenter/>";
	assert_int_equal(meta_write(&b, &d, &e), -1);
	assert_int_equal(e.kind, ERR_SCENARIO);
	assert_string_equal(e.text,
			    "group extension: line 1: element 'costcenter' "
			    "needs a namespace of its own (xmlns=...)");
	assert_int_equal(b.n, 0);
	buf_fini(&b);
}

static void test_write_too_long(void **state)
{
	struct meta_doc d = {.session = &session};
	struct err e = ERR_INIT;
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(meta_write(&b, &d, &e), -1);
	assert_string_equal(e.text, "metadata document of more than 100 bytes");
	buf_fini(&b);
}

static int group_end(void **state)
{
	(void)state;
	meta_fini();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_golden),
		cmocka_unit_test(test_write_partial_hold),
		cmocka_unit_test(test_write_partial_leave),
		cmocka_unit_test(test_write_text_survives),
		cmocka_unit_test(test_write_unknown_caller),
		cmocka_unit_test(test_write_fragments),
		cmocka_unit_test(test_fragment_table),
		cmocka_unit_test(test_write_bad_fragment),
		cmocka_unit_test(test_write_too_long),
	};

	return cmocka_run_group_tests_name("meta_write", tests, NULL,
					   group_end);
}
