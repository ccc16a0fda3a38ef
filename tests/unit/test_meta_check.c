#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "meta/meta.h"

#define DIR "fixtures/meta/"
#define NS "xmlns='" META_NS "'"

static const char *const both_labels[] = {"1", "2"};

/* "L4:11 xsd:3", in the order found. */
static void list_faults(struct buf *b, const struct meta_faults *f)
{
	size_t i;

	for (i = 0; i < f->n; i++)
		buf_addf(b, "%s%s:%d", i ? " " : "", f->at[i].rule,
			 f->at[i].line);
}

static void assert_faults(const char *name, struct span xml,
			  const char *const *label, size_t n_labels, bool sdp,
			  const char *wanted)
{
	struct meta_faults f = {NULL, 0};
	struct buf got;
	size_t n = meta_check(xml, label, n_labels, sdp, &f);

	buf_init(&got, 4096);
	list_faults(&got, &f);
	if (n != f.n || strcmp(buf_str(&got), wanted))
		fail_msg("%s: wanted '%s', got '%s' (%s)", name, wanted,
			 buf_str(&got), f.n ? f.at[0].text : "");
	buf_fini(&got);
	meta_faults_fini(&f);
}

static void read_fixture(struct buf *b, const char *name)
{
	struct err e = ERR_INIT;
	char *path = xasprintf(DIR "%s", name);

	buf_init(b, META_MAX);
	if (buf_read_file(b, path, &e) < 0)
		fail_msg("%s", e.text);
	free(path);
}

static const struct {
	const char *file, *faults;
} files[] = {
	{"complete.xml", ""},
	{"partial-hold.xml", ""},
	{"other-prefix.xml", ""},
	{"snapshot-request.xml", ""},
	{"ipv6-aor.xml", ""},
	{"bad-draft-namespace.xml", "xsd:2 L1:2"},
	{"bad-order.xml", "xsd:4"},
	{"bad-extension.xml", "xsd:4"},
	{"bad-ids.xml", "xsd:3 L2:3 L3:9 L4:4 L4:11"},
	{"bad-times.xml", "xsd:10 L7:6 L6:9 L6:10 L8:4"},
	{"bad-entities.xml", "xml:2"},
	{"bad-markup.xml", "xml:4"},
	{"bad-prefix.xml", "xml:3"},
};

static void test_check_fixtures(void **state)
{
	struct buf b;
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(files) / sizeof(*files); i++) {
		read_fixture(&b, files[i].file);
		assert_faults(files[i].file, buf_span(&b), NULL, 0, false,
			      files[i].faults);
		buf_fini(&b);
	}
}

/* One change to complete.xml, and what it breaks. */
static const struct {
	const char *name, *from, *to, *faults;
} changes[] = {
	{"unchanged", "complete", "complete", ""},
	{"no datamode", "<datamode>complete</datamode>", "", ""},
	{"unknown datamode", ">complete<", ">full<", "xsd:3"},
	{"dataMode", "<datamode>complete</datamode>",
	 "<dataMode>complete</dataMode>", "xsd:3"},

	{"L1 other root", "<recording xmlns=", "<recorder xmlns=", "xml:43"},
	{"L1 namespace in upper case", "ns:recording:1\"", "ns:RECORDING:1\"",
	 "xsd:2 L1:2"},

	{"L2 16 letters", "group_id=\"AAAAAAAAQACAAAAAAAAAAQ==\"",
	 "group_id=\"QUFBQUFBQUFBQUFBQUFB\"", "L2:4 L4:7"},
	{"L2 spare bits set", "stream_id=\"AAAAAAAAQACAAAAAAAAABQ==\"",
	 "stream_id=\"AAAAAAAAQACAAAAAAAAABR==\"", "xsd:19 L2:19 L4:36 L4:41"},
	{"L2 no padding", "group_id=\"AAAAAAAAQACAAAAAAAAAAQ==\"",
	 "group_id=\"AAAAAAAAQACAAAAAAAAAAQ\"", "xsd:4 L2:4 L4:7"},
	{"L2 text of a UUID", "group_id=\"AAAAAAAAQACAAAAAAAAAAQ==\"",
	 "group_id=\"855a5ded-8420-41c1-aa4d-1d0b0c2d8f15\"", "L2:4 L4:7"},
	{"L2 id in two pieces", "group_id=\"AAAAAAAAQACAAAAAAAAAAQ==\"",
	 "group_id=\" AAAAAAAAQACA AAAAAAAAAQ==\"", ""},

	{"L3 participant twice", "participant_id=\"AAAAAAAAQACAAAAAAAAABA==\"",
	 "participant_id=\"AAAAAAAAQACAAAAAAAAAAw==\"", "L3:16 L4:31 L4:39"},
	{"L3 stream as group", "group_id=\"AAAAAAAAQACAAAAAAAAAAQ==\"",
	 "group_id=\"AAAAAAAAQACAAAAAAAAABQ==\"", "L3:19 L4:7"},

	{"L4 no such stream", "<send>AAAAAAAAQACAAAAAAAAABQ==",
	 "<send>AAAAAAAAQACAAAAAAAAACA==", "L4:36"},
	{"L4 stream is a session", "<recv>AAAAAAAAQACAAAAAAAAABg==",
	 "<recv>AAAAAAAAQACAAAAAAAAAAg==", "L4:37"},
	{"L4 session of a stream",
	 "\" session_id=\"AAAAAAAAQACAAAAAAAAAAg==\">"
	 "\n    <label>1",
	 "\" session_id=\"AAAAAAAAQACAAAAAAAAACA==\">\n    <label>1", "L4:19"},
	{"L4 partial may refer to what came before", "<datamode>complete",
	 "<datamode>partial", ""},

	{"L5 label not in the SDP", "<label>1<", "<label>3<", "L5:20 L5:0"},
	{"L5 blanks do not count", "<label>1<", "<label> 1\n<", ""},
	{"L5 m-line without stream", "<label>2</label>", "", "L5:0"},

	{"L6 no zone", "00:00:01.000Z", "00:00:01.000", "L6:26"},
	{"L6 offset without colon", "00:00:01.000Z", "00:00:01.000+0100",
	 "xsd:26 L6:26"},
	{"L6 offset with colon", "00:00:01.000Z", "00:00:01.000+01:00", ""},
	{"L6 small t", "2026-01-01T00:00:01", "2026-01-01t00:00:01",
	 "xsd:26 L6:26"},

	{"L7 stopped before it started", "00:00:06.250Z</stop",
	 "00:00:06.250+00:01</stop", "L7:9"},
	{"L7 left before joining", "00:00:06.250Z</dis", "00:00:00.499Z</dis",
	 "L7:33"},
	{"L7 at once", "00:00:06.250Z</dis", "00:00:00.500Z</dis", ""},

	{"L8 upper case", "ab30317f", "AB30317F", "L8:6"},
	{"L8 line break at the semicolon", ";remote=", "\n  ; remote = ", ""},
	{"L8 no remote", ";remote=47755a9de7794ba387653f2099600ef2", "",
	 "L8:6"},

	{"second label", "<label>1</label>", "<label>1</label><label>2</label>",
	 "xsd:20"},
	{"foreign element last", "</recording>",
	 "<x xmlns='urn:x'/></recording>", ""},
	{"foreign element first", "<datamode>", "<x xmlns='urn:x'/><datamode>",
	 "xsd:3"},
	{"brackets without an address", "sip:bob@example.com", "sip:bob@[x]",
	 "xsd:17"},
	{"something behind the brackets", "sip:bob@example.com",
	 "sip:bob@[::1]x", "xsd:17"},
	{"IPv6 with port", "sip:bob@example.com", "sip:bob@[::1]:5060", ""},
	{"a file to load", "<recording ",
	 "<recording xmlns:i='http://www.w3.org/2001/XMLSchema-instance' "
	 "i:schemaLocation='urn:x memory:xml-lang.xsd' ",
	 ""},
};

static char *replaced(struct span text, const char *from, const char *to)
{
	size_t at = span_find(text, span_of(from));

	if (at == text.n)
		fail_msg("'%s' is not there", from);
	return xasprintf("%.*s%s%s", (int)at, text.p, to,
			 text.p + at + strlen(from));
}

static void test_check_changes(void **state)
{
	struct buf good;
	size_t i;

	(void)state;
	read_fixture(&good, "complete.xml");
	for (i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		char *xml = replaced(buf_span(&good), changes[i].from,
				     changes[i].to);

		assert_faults(changes[i].name, span_of(xml), both_labels, 2,
			      true, changes[i].faults);
		free(xml);
	}
	buf_fini(&good);
}

static void test_check_labels_need_an_sdp(void **state)
{
	struct buf good;

	(void)state;
	read_fixture(&good, "complete.xml");
	assert_faults("no SDP", buf_span(&good), NULL, 0, false, "");
	assert_faults("SDP without labels", buf_span(&good), NULL, 0, true,
		      "L5:20 L5:23");
	buf_fini(&good);
}

static void test_check_texts(void **state)
{
	static const char xml[] = "<recording " NS
				  "><stream stream_id='x'/></recording>";
	struct meta_faults f = {NULL, 0};

	(void)state;
	assert_int_equal(meta_check(span_of(xml), NULL, 0, false, &f), 2);
	assert_string_equal(f.at[0].text,
			    "Element 'stream', attribute 'stream_id': 'x' is "
			    "not a valid value of the atomic type "
			    "'xs:base64Binary'");
	assert_string_equal(f.at[1].text,
			    "stream id 'x' is not a UUID of 16 octets in "
			    "base64");
	/* the next document's faults come after */
	assert_int_equal(meta_check(span_of("<a"), NULL, 0, false, &f), 1);
	assert_int_equal(f.n, 3);
	meta_faults_fini(&f);
}

/* ---- hostile documents ---- */

static void fill(struct buf *b, const char *before, const char *again,
		 size_t times, const char *after)
{
	buf_init(b, 2 * META_MAX);
	buf_add_str(b, before);
	while (times--)
		buf_add_str(b, again);
	buf_add_str(b, after);
}

static const struct {
	const char *name, *before, *again;
	size_t times;
	const char *after, *rule;
} hostile[] = {
	{"empty", "", "", 0, "", "xml"},
	{"too long", "<recording " NS ">", " ", META_MAX, "</recording>",
	 "xml"},
	{"nested", "<recording " NS "><x xmlns='urn:x'>", "<x>", 100000, "",
	 "xml"},
	{"long attribute", "<recording " NS "><stream stream_id='", "A", 900000,
	 "'/></recording>", "L2"},
	{"long text", "<recording " NS "><datamode>", "x", 900000,
	 "</datamode></recording>", "xsd"},
	{"many attributes", "<recording " NS " ", "a='1' ", 1000,
	 "></recording>", "xml"},
	{"latin-1", "<recording " NS ">\xe9", "", 0, "</recording>", "xml"},
	{"unknown encoding", "<?xml version='1.0' encoding='x-none'?>", "", 0,
	 "<recording " NS "/>", "xml"},
	{"parameter entity", "<!DOCTYPE a [<!ENTITY % p SYSTEM 'file:///x'>%p;",
	 "", 0, "]><a/>", "xml"},
	{"DTD elsewhere", "<!DOCTYPE a SYSTEM 'http://127.0.0.1:1/'>", "", 0,
	 "<a/>", "xml"},
	{"control character", "<recording " NS ">\001", "", 0, "</recording>",
	 "xml"},
};

static void test_check_hostile(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct meta_faults f = {NULL, 0};
		bool found = false;
		struct buf b;
		size_t k;

		fill(&b, hostile[i].before, hostile[i].again, hostile[i].times,
		     hostile[i].after);
		meta_check(buf_span(&b), NULL, 0, true, &f);
		for (k = 0; k < f.n; k++)
			found |= !strcmp(f.at[k].rule, hostile[i].rule);
		if (!found)
			fail_msg("%s: no fault", hostile[i].name);
		meta_faults_fini(&f);
		buf_fini(&b);
	}
}

static void test_check_faults_are_capped(void **state)
{
	struct meta_faults f = {NULL, 0};
	struct buf b;

	(void)state;
	fill(&b, "<recording " NS ">", "<stream stream_id='x'/>", 40000,
	     "</recording>");
	assert_int_equal(meta_check(buf_span(&b), NULL, 0, false, &f), 100);
	meta_faults_fini(&f);
	buf_fini(&b);
}

static void test_check_truncated_anywhere(void **state)
{
	struct buf good;
	size_t n;

	(void)state;
	read_fixture(&good, "complete.xml");
	for (n = 0; n + 2 < good.n; n++) {
		struct meta_faults f = {NULL, 0};
		char *part = xmemdup(good.p, n ? n : 1);

		if (meta_check(span_from(part, n), NULL, 0, false, &f) != 1 ||
		    strcmp(f.at[0].rule, "xml"))
			fail_msg("%zu bytes: taken", n);
		meta_faults_fini(&f);
		free(part);
	}
	buf_fini(&good);
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
		cmocka_unit_test(test_check_fixtures),
		cmocka_unit_test(test_check_changes),
		cmocka_unit_test(test_check_labels_need_an_sdp),
		cmocka_unit_test(test_check_texts),
		cmocka_unit_test(test_check_hostile),
		cmocka_unit_test(test_check_faults_are_capped),
		cmocka_unit_test(test_check_truncated_anywhere),
	};

	return cmocka_run_group_tests_name("meta_check", tests, NULL,
					   group_end);
}
