/* metadata, metadata_valid, sdp, same */
#include "expect_fixture.h"

#include "meta/meta.h"

#define SDP_1                                                                  \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\n"     \
	"t=0 0\r\nm=audio 4000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"          \
	"a=label:1\r\na=sendonly\r\n"                                          \
	"m=audio 4002 RTP/AVP 8\r\na=label:10\r\na=sendonly\r\n"
#define SDP_2                                                                  \
	"v=0\r\no=- 7 9 IN IP4 127.0.0.2\r\ns=-\r\nc=IN IP4 127.0.0.2\r\n"     \
	"t=0 0\r\nm=audio 5000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n"          \
	"a=label:1\r\na=sendonly\r\n"                                          \
	"m=audio 5002 RTP/AVP 8\r\na=label:10\r\na=sendonly\r\n"

#define DOC(time, name)                                                        \
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"                         \
	"<recording xmlns='urn:ietf:params:xml:ns:recording:1'>\n"             \
	"<datamode>complete</datamode>\n"                                      \
	"<participant participant_id=\"MTIzNDU2Nzg5MDEyMzQ1Ng==\">"            \
	"<nameID aor=\"sip:" name "@example.com\"/></participant>\n"           \
	"<participantsessionassoc "                                            \
	"participant_id=\"MTIzNDU2Nzg5MDEyMzQ1Ng==\" "                         \
	"session_id=\"MTIzNDU2Nzg5MDEyMzQ1Nw==\">"                             \
	"<associate-time>" time "</associate-time>"                            \
	"</participantsessionassoc>\n</recording>\n"

static void send_both(struct stage *st, int at_ms, const char *to,
		      const char *call_id, const char *cseq, const char *sdp,
		      const char *xml)
{
	char *body = xasprintf(
		"--b\r\nContent-Type: application/sdp\r\n\r\n%s\r\n"
		"--b\r\nContent-Type: application/rs-metadata+xml\r\n"
		"Content-Disposition: recording-session\r\n\r\n%s\r\n--b--\r\n",
		sdp, xml);

	stage_body(st, at_ms, "src", to, "INVITE sip:x@127.0.0.1 SIP/2.0",
		   call_id, cseq, "multipart/mixed;boundary=b", body);
	free(body);
}

static void play(struct stage *st)
{
	stage_attempt(st, 1000, "first", "486", NULL);
	send_both(st, 1000, "first", "first", "1 INVITE", SDP_1,
		  DOC("2026-01-01T00:00:01Z", "alice"));
	stage_attempt(st, 1010, "vault", "200", NULL);
	send_both(st, 1010, "vault", "vault", "1 INVITE", SDP_2,
		  DOC("2026-01-01T00:00:02.5Z", "alice"));
	stage_body(st, 1020, "vault", "src", "SIP/2.0 200 OK", "vault",
		   "1 INVITE", "application/sdp",
		   "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		   "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		   "m=audio 6000 RTP/AVP 0\r\na=recvonly\r\n");
	send_both(st, 3000, "vault", "vault", "2 INVITE", SDP_2,
		  DOC("2026-01-01T00:00:03Z", "carol"));
}

static void test_metadata_at(void **state)
{
	static const struct {
		const char *name;
		enum scn_at at;
		int nth, at_ms;
		const char *is, *got, *why;
	} rows[] = {
		{"default is the end", SCN_AT_DEFAULT, 0, 0,
		 "sip:carol@example.com", "'sip:carol@example.com'", NULL},
		{"start", SCN_AT_START, 0, 0, "sip:alice@example.com",
		 "'sip:alice@example.com'", NULL},
		{"start differs", SCN_AT_START, 0, 0, "sip:carol@example.com",
		 "'sip:alice@example.com'", "it does not fit"},
		{"second", SCN_AT_NTH, 2, 0, "sip:carol@example.com",
		 "'sip:carol@example.com'", NULL},
		{"third", SCN_AT_NTH, 3, 0, "x", "only 2",
		 "`at: 3` asks for number 3"},
		{"in force then", SCN_AT_TIME, 0, 2000, "sip:alice@example.com",
		 "'sip:alice@example.com'", NULL},
		{"before all", SCN_AT_TIME, 0, 500, "x",
		 "no metadata document arrived at vault",
		 "there was none by then"},
	};
	const struct verdict *v;
	struct stage st;
	size_t i;

	(void)state;
	stage_init(&st, SCN_CHECK_METADATA, "metadata");
	st.check.subject = (char *)"//r:nameID/@aor";
	play(&st);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		st.check.at = rows[i].at;
		st.check.at_nth = rows[i].nth;
		st.check.at_us = (int64_t)rows[i].at_ms * 1000;
		st.check.is = (char *)rows[i].is;
		v = stage_judge(&st);
		if (strcmp(v->got, rows[i].got) != 0)
			fail_msg("%s: %s", rows[i].name, v->got);
		if ((v->why == NULL) != (rows[i].why == NULL))
			fail_msg("%s: %s", rows[i].name, v->why);
		if (v->why)
			assert_string_equal(v->why, rows[i].why);
	}
	stage_fini(&st);
}

static void test_metadata_without_value(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_METADATA, "metadata");
	play(&st);
	st.check.subject = (char *)"//r:participant";
	stage_passes(&st, "//r:participant is there", "it is");
	st.check.subject = (char *)"count(//r:participant) = 2";
	stage_fails(&st, "count(//r:participant) = 2 is there", "none",
		    "nothing in the metadata at vault fits");
	st.check.subject = (char *)"count(//r:participant)";
	st.check.is = (char *)"1";
	stage_passes(&st, "count(//r:participant) is '1'", "'1'");
	st.check.subject = (char *)"//r:stream";
	st.check.is = NULL;
	st.check.count = stage_range(2, 2, "2");
	stage_fails(&st, "//r:stream count 2", "none", "there are 0");
	stage_fini(&st);
}

static void test_metadata_to(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_METADATA, "metadata");
	st.check.subject = (char *)"//r:nameID/@aor";
	st.check.has = LIST((char *)"alice");
	stage_fails(&st, "//r:nameID/@aor has 'alice'", "no recorder accepted",
		    "`to:` says which recorder is meant");
	play(&st);
	stage_fails(&st, "//r:nameID/@aor has 'alice'",
		    "'sip:carol@example.com'", "it does not fit");
	st.check.to = LIST((char *)"first");
	stage_passes(&st, "//r:nameID/@aor has 'alice'",
		     "'sip:alice@example.com'");
	st.check.to = LIST((char *)"far");
	stage_fails(&st, "//r:nameID/@aor has 'alice'",
		    "no metadata document arrived at far",
		    "there is nothing to look into");
	stage_fini(&st);
}

static void test_metadata_not_xml(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_METADATA, "metadata");
	st.check.subject = (char *)"//r:nameID";
	st.check.to = LIST((char *)"vault");
	send_both(&st, 1000, "vault", "vault", "1 INVITE", SDP_1, "<recording");
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_string_equal(st.v.at[0].got, "no answer");
	assert_non_null(st.v.at[0].why);
	stage_fini(&st);
}

static void test_metadata_valid(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_METADATA_VALID, "metadata_valid");
	st.check.wanted = true;
	stage_fails(&st, "every metadata document is valid",
		    "no metadata was sent", "there is no document to judge");
	send_both(&st, 1000, "vault", "vault", "1 INVITE", SDP_1, "<recording");
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_ptr_equal(strstr(st.v.at[0].got, "vault INVITE: xml line "),
			 st.v.at[0].got);
	assert_string_equal(st.v.at[0].why, "1 fault in 1 document");
	st.check.wanted = false;
	assert_int_equal(stage_judge(&st)->status, VERDICT_PASSED);
	assert_string_equal(st.v.at[0].wanted,
			    "a metadata document with a fault");
	stage_fini(&st);
}

/* Two parties, whose streams have the labels of SDP_1. */
static void write_document(struct buf *b)
{
	static const char *const s1[] = {"c3RyZWFtLTAwMDAwMDAwMQ=="};
	static const char *const s2[] = {"c3RyZWFtLTAwMDAwMDAwMg=="};
	const struct meta_session session = {
		.id = "c2Vzc2lvbi0wMDAwMDAwMQ==",
		.start_us = 1767225600000000,
		.associate_us = 1767225600000000,
	};
	const struct meta_participant party[] = {
		{.id = "cGFydGljaXBhbnQtMDAwMQ==",
		 .aor = "sip:alice@example.com",
		 .associate_us = 1767225600000000,
		 .send = s1,
		 .n_send = 1,
		 .recv = s2,
		 .n_recv = 1},
		{.id = "cGFydGljaXBhbnQtMDAwMg==",
		 .aor = "sip:bob@example.com",
		 .associate_us = 1767225600000000,
		 .send = s2,
		 .n_send = 1,
		 .recv = s1,
		 .n_recv = 1},
	};
	const struct meta_stream stream[] = {
		{.id = "c3RyZWFtLTAwMDAwMDAwMQ==", .label = "1"},
		{.id = "c3RyZWFtLTAwMDAwMDAwMg==", .label = "10"},
	};
	const struct meta_doc doc = {.session = &session,
				     .participant = party,
				     .n_participants = 2,
				     .stream = stream,
				     .n_streams = 2};
	struct err e = ERR_INIT;

	if (meta_write(b, &doc, &e) < 0)
		fail_msg("%s", e.text);
}

static void test_metadata_valid_with_labels(void **state)
{
	struct stage st;
	struct buf doc;

	(void)state;
	buf_init(&doc, 65536);
	write_document(&doc);
	stage_init(&st, SCN_CHECK_METADATA_VALID, "metadata_valid");
	st.check.wanted = true;
	send_both(&st, 1000, "vault", "vault", "1 INVITE", SDP_1,
		  buf_str(&doc));
	stage_passes(&st, "every metadata document is valid",
		     "1 document, all valid");
	st.check.wanted = false;
	stage_fails(&st, "a metadata document with a fault",
		    "1 document, all valid", "no document has a fault");
	st.check.wanted = true;
	send_both(&st, 2000, "vault", "vault", "2 INVITE",
		  "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
		  "c=IN IP4 127.0.0.1\r\nt=0 0\r\n"
		  "m=audio 4000 RTP/AVP 0\r\na=label:7\r\n",
		  buf_str(&doc));
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_non_null(strstr(st.v.at[0].got, "vault INVITE: L5"));
	assert_int_equal(st.v.at[0].at_us, T0_US + 2001000);
	stage_fini(&st);
	buf_fini(&doc);
}

static void test_sdp_lines(void **state)
{
	static const struct {
		const char *name;
		int media;
		const char *has, *has_not, *why;
	} rows[] = {
		{"whole line", 1, "a=label:1", NULL, NULL},
		{"other section", 2, "a=label:1", NULL, "a=label:1 is missing"},
		{"longer label", 2, "a=label:10", NULL, NULL},
		{"beginning of a line", 1, "a=rtpmap:0", NULL, NULL},
		{"m-line without port", 1, "m=audio", NULL, NULL},
		{"must not be there", 1, NULL, "a=sendonly",
		 "a=sendonly is there"},
		{"is not there", 1, NULL, "a=sendrecv", NULL},
		{"part of a word", 1, "a=send", NULL, "a=send is missing"},
		{"whole description", 0, "o=- 7 9 IN IP4 127.0.0.2", NULL,
		 NULL},
		{"no such section", 3, "a=label:1", NULL,
		 "the offer has no m-line 3"},
	};
	const struct verdict *v;
	struct stage st;
	size_t i;

	(void)state;
	stage_init(&st, SCN_CHECK_SDP, "sdp");
	st.check.subject = (char *)"offer";
	play(&st);
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *has[2] = {(char *)rows[i].has, NULL};
		char *has_not[2] = {(char *)rows[i].has_not, NULL};

		st.check.media = rows[i].media;
		st.check.has = stage_list(has);
		st.check.has_not = stage_list(has_not);
		v = stage_judge(&st);
		if ((v->why == NULL) != (rows[i].why == NULL))
			fail_msg("%s: %s", rows[i].name,
				 v->why ? v->why : "passed");
		if (v->why)
			assert_string_equal(v->why, rows[i].why);
	}
	stage_fini(&st);
}

static void test_sdp_matches(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_SDP, "sdp");
	st.check.subject = (char *)"answer";
	st.check.media = 1;
	st.check.matches = (char *)"^m=audio [0-9]+ RTP/AVP 0$";
	play(&st);
	stage_passes(&st,
		     "m-line 1 of the answer has a line that matches "
		     "'^m=audio [0-9]+ RTP/AVP 0$'",
		     "m=audio 6000 RTP/AVP 0 | a=recvonly");
	st.check.has = LIST((char *)"a=recvonly");
	st.check.matches = (char *)"^a=label";
	stage_fails(&st,
		    "m-line 1 of the answer has a=recvonly, and a line that "
		    "matches '^a=label'",
		    "m=audio 6000 RTP/AVP 0 | a=recvonly",
		    "no line matches '^a=label'");
	stage_fini(&st);
}

static void test_sdp_answer(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_SDP, "sdp");
	st.check.subject = (char *)"answer";
	st.check.media = 1;
	st.check.has = LIST((char *)"a=recvonly");
	play(&st);
	stage_passes(&st, "m-line 1 of the answer has a=recvonly",
		     "m=audio 6000 RTP/AVP 0 | a=recvonly");
	st.check.to = LIST((char *)"first");
	stage_fails(&st, "m-line 1 of the answer has a=recvonly",
		    "no answer arrived from first",
		    "there is nothing to look into");
	stage_fini(&st);
}

static void test_sdp_broken(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_SDP, "sdp");
	st.check.subject = (char *)"offer";
	st.check.to = LIST((char *)"vault");
	stage_body(&st, 1, "src", "vault", "INVITE sip:x@127.0.0.1 SIP/2.0",
		   "rs", "1 INVITE", "application/sdp", "hello\r\n");
	assert_int_equal(stage_judge(&st)->status, VERDICT_FAILED);
	assert_string_equal(st.v.at[0].got, "an offer that is not SDP");
	assert_non_null(strstr(st.v.at[0].why, "sdp line 1"));
	stage_fini(&st);
}

static void test_same_offer(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_SAME, "same");
	st.check.subject = (char *)"offer";
	st.check.across = LIST((char *)"first", (char *)"vault");
	play(&st);
	stage_passes(&st, "the same offer at first, vault", "the same");
	st.check.across = LIST((char *)"first", (char *)"far");
	stage_fails(&st, "the same offer at first, far",
		    "no offer arrived at far", "there is nothing to look into");
	stage_fini(&st);
}

static void test_same_metadata(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_SAME, "same");
	st.check.subject = (char *)"metadata";
	st.check.across = LIST((char *)"first", (char *)"vault");
	play(&st);
	stage_passes(&st, "the same metadata at first, vault", "the same");
	send_both(&st, 4000, "far", "far", "1 INVITE", SDP_1,
		  DOC("2026-01-01T00:00:01Z", "bob"));
	st.check.across = LIST((char *)"first", (char *)"far");
	stage_judge(&st);
	assert_int_equal(st.v.at[0].status, VERDICT_FAILED);
	assert_non_null(strstr(st.v.at[0].got, "line 4: '<participant "));
	assert_non_null(strstr(st.v.at[0].got, "sip:bob@example.com"));
	assert_string_equal(st.v.at[0].why,
			    "first and far were told different things");
	stage_fini(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_metadata_at),
		cmocka_unit_test(test_metadata_without_value),
		cmocka_unit_test(test_metadata_to),
		cmocka_unit_test(test_metadata_not_xml),
		cmocka_unit_test(test_metadata_valid),
		cmocka_unit_test(test_metadata_valid_with_labels),
		cmocka_unit_test(test_sdp_lines),
		cmocka_unit_test(test_sdp_answer),
		cmocka_unit_test(test_sdp_matches),
		cmocka_unit_test(test_sdp_broken),
		cmocka_unit_test(test_same_offer),
		cmocka_unit_test(test_same_metadata),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
