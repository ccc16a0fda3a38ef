#include "expect_fixture.h"

/* INVITE, 200, ACK, re-INVITE, BYE; the call's own INVITE goes elsewhere. */
static void play(struct stage *st)
{
	stage_request(st, 0, "caller", "callee", "cs", "1 INVITE");
	stage_request(st, 1000, "src", "vault", "rs", "1 INVITE");
	stage_reply(st, 1002, "vault", "src", 100, "rs", "1 INVITE");
	stage_reply(st, 1250, "vault", "src", 200, "rs", "1 INVITE");
	stage_request(st, 1252, "src", "vault", "rs", "1 ACK");
	stage_request(st, 2000, "src", "vault", "rs", "2 INVITE");
	stage_request(st, 5000, "src", "vault", "rs", "3 BYE");
}

static void test_requests_in_order(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	st.check.to = LIST((char *)"vault");
	st.check.list = LIST((char *)"INVITE", (char *)"INVITE", (char *)"BYE");
	play(&st);
	stage_passes(&st, "INVITE, INVITE, BYE to vault",
		     "INVITE, INVITE, BYE");
	st.check.list = LIST((char *)"INVITE", (char *)"BYE");
	stage_fails(&st, "INVITE, BYE to vault", "INVITE, INVITE, BYE",
		    "request 2 is INVITE, not BYE");
	assert_int_equal(st.v.at[0].at_us, T0_US + 2001000);
	st.check.list = LIST((char *)"INVITE", (char *)"INVITE");
	stage_fails(&st, "INVITE, INVITE to vault", "INVITE, INVITE, BYE",
		    "request 3, BYE to vault, is one too many");
	st.check.list = LIST((char *)"INVITE", (char *)"INVITE", (char *)"BYE",
			     (char *)"OPTIONS");
	stage_fails(&st, "INVITE, INVITE, BYE, OPTIONS to vault",
		    "INVITE, INVITE, BYE", "no OPTIONS came after that");
	stage_fini(&st);
}

static void test_requests_to_a_party(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	st.check.to = LIST((char *)"callee");
	st.check.list = LIST((char *)"INVITE");
	play(&st);
	stage_passes(&st, "INVITE to callee", "INVITE");
	st.check.to.n = 0;
	stage_fails(&st, "INVITE", "INVITE, INVITE, BYE",
		    "request 2, INVITE to vault, is one too many");
	stage_fini(&st);
}

static void test_requests_retransmitted(void **state)
{
	char *text = stage_message("INVITE sip:x@127.0.0.1 SIP/2.0", "rs",
				   "1 INVITE", "", NULL, "");
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	st.check.to = LIST((char *)"vault");
	st.check.list = LIST((char *)"INVITE");
	trace_bind_call_id(st.t, span_of("rs"), 0);
	stage_send_bytes(&st, 1000, "src", "vault", text, true);
	stage_fails(&st, "INVITE to vault", "none",
		    "no INVITE came after that");
	stage_send_bytes(&st, 1500, "src", "vault", text, false);
	stage_send_bytes(&st, 2500, "src", "vault", text, false);
	stage_passes(&st, "INVITE to vault", "INVITE");
	assert_int_equal(st.v.at[0].at_us, T0_US + 1501000);
	stage_fini(&st);
	free(text);
}

static void test_requests_to_external(void **state)
{
	char *text = stage_message("INVITE sip:x@127.0.0.1 SIP/2.0", "rs",
				   "1 INVITE", "", NULL, "");
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	st.check.to = LIST((char *)"far");
	st.check.list = LIST((char *)"INVITE");
	trace_bind_call_id(st.t, span_of("rs"), 0);
	stage_send_bytes(&st, 1000, "src", "far", text, true);
	stage_passes(&st, "INVITE to far", "INVITE");
	stage_fini(&st);
	free(text);
}

static void test_requests_of_instance(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	st.check.list = LIST((char *)"INVITE");
	st.check.instance = (char *)"default";
	stage_attempt(&st, 1000, "vault", "200", NULL);
	stage_request(&st, 1000, "src", "vault", "vault", "1 INVITE");
	stage_request(&st, 1000, "src", "vault", "other", "1 INVITE");
	stage_passes(&st, "INVITE", "INVITE");
	stage_fini(&st);
}

static void test_never(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_NEVER, "never");
	st.check.subject = (char *)"BYE";
	st.check.to = LIST((char *)"vault", (char *)"first");
	stage_request(&st, 1000, "src", "vault", "rs", "1 INVITE");
	stage_passes(&st, "no BYE to vault, first", "none");
	stage_request(&st, 5000, "src", "vault", "rs", "2 BYE");
	stage_fails(&st, "no BYE to vault, first", "BYE to vault at 5.001 s",
		    "src sent one");
	st.check.within_us = 2000000;
	stage_passes(&st, "no BYE to vault, first within 2 s", "none");
	st.check.within_us = SCN_UNSET;
	st.check.to = LIST((char *)"first");
	stage_passes(&st, "no BYE to first", "none");
	st.check.subject = (char *)"ACK";
	stage_request(&st, 5000, "src", "first", "rs", "1 ACK");
	stage_fails(&st, "no ACK to first", "ACK to first at 5.001 s",
		    "src sent one");
	stage_fini(&st);
}

static void test_reply(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REPLY, "reply");
	st.check.subject = (char *)"INVITE";
	st.check.to = LIST((char *)"vault");
	st.check.code = stage_range(200, 200, "200");
	st.check.within_us = 1000000;
	play(&st);
	stage_passes(&st, "200 to INVITE from vault within 1 s",
		     "200 from vault after 251 ms");
	st.check.within_us = 100000;
	stage_fails(&st, "200 to INVITE from vault within 100 ms",
		    "200 from vault after 251 ms", "the answer came too late");
	st.check.within_us = SCN_UNSET;
	st.check.code = stage_range(300, 699, "300..699");
	stage_fails(&st, "300..699 to INVITE from vault",
		    "200 from vault after 251 ms", "the code is another one");
	st.check.subject = (char *)"BYE";
	stage_fails(&st, "300..699 to BYE from vault",
		    "no final answer from vault",
		    "the BYE came at 5.001 s and was never answered");
	st.check.subject = (char *)"UPDATE";
	st.check.code.set = false;
	stage_fails(&st, "an answer to UPDATE from vault", "no UPDATE arrived",
		    "there was nothing to answer");
	stage_fini(&st);
}

static void test_reply_counts_from_first_sending(void **state)
{
	char *text = stage_message("INVITE sip:x@127.0.0.1 SIP/2.0", "rs",
				   "1 INVITE", "", NULL, "");
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_REPLY, "reply");
	st.check.subject = (char *)"INVITE";
	trace_bind_call_id(st.t, span_of("rs"), 0);
	stage_send_bytes(&st, 1000, "src", "vault", text, true);
	stage_send_bytes(&st, 1500, "src", "vault", text, false);
	stage_reply(&st, 1501, "vault", "src", 486, "rs", "1 INVITE");
	stage_passes(&st, "an answer to INVITE", "486 from vault after 502 ms");
	stage_fini(&st);
	free(text);
}

static void test_header(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_HEADER, "header");
	st.check.subject = (char *)"contact";
	st.check.to = LIST((char *)"vault");
	st.check.has = LIST((char *)"+sip.src", (char *)"sip:src@");
	play(&st);
	stage_passes(&st,
		     "contact of INVITE to vault has '+sip.src' and 'sip:src@'",
		     "'<sip:src@127.0.0.1>;+sip.src'");
	st.check.has = LIST((char *)"+sip.srs");
	stage_fails(&st, "contact of INVITE to vault has '+sip.srs'",
		    "'<sip:src@127.0.0.1>;+sip.src'", "it does not fit");
	st.check.has.n = 0;
	st.check.matches = (char *)"^<SIP:[a-z]+@";
	st.check.count = stage_range(1, 1, "1");
	stage_passes(
		&st,
		"contact of INVITE to vault matches '^<SIP:[a-z]+@' count 1",
		"'<sip:src@127.0.0.1>;+sip.src'");
	st.check.count = stage_range(2, HUGE_VAL, "2..");
	stage_fails(&st,
		    "contact of INVITE to vault matches '^<SIP:[a-z]+@' count "
		    "2..",
		    "'<sip:src@127.0.0.1>;+sip.src'", "there are 1");
	stage_fini(&st);
}

static void test_header_at(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_HEADER, "header");
	st.check.subject = (char *)"CSeq";
	st.check.at = SCN_AT_NTH;
	st.check.at_nth = 2;
	st.check.to = LIST((char *)"vault");
	st.check.is = (char *)"2 INVITE";
	play(&st);
	stage_passes(&st, "CSeq of INVITE to vault is '2 INVITE'",
		     "'2 INVITE'");
	st.check.at = SCN_AT_TIME;
	st.check.at_us = 1900000;
	stage_fails(&st, "CSeq of INVITE to vault is '2 INVITE'", "'1 INVITE'",
		    "it does not fit");
	st.check.at = SCN_AT_END;
	stage_passes(&st, "CSeq of INVITE to vault is '2 INVITE'",
		     "'2 INVITE'");
	st.check.at = SCN_AT_NTH;
	st.check.at_nth = 3;
	stage_fails(&st, "CSeq of INVITE to vault is '2 INVITE'",
		    "no such INVITE arrived",
		    "there is no message to look into");
	stage_fini(&st);
}

static void test_header_missing(void **state)
{
	struct stage st;

	(void)state;
	stage_init(&st, SCN_CHECK_HEADER, "header");
	st.check.subject = (char *)"X-Tenant";
	play(&st);
	stage_fails(&st, "X-Tenant of INVITE is there", "none",
		    "the INVITE to vault has no such header");
	st.check.is = (char *)"4711";
	stage_fails(&st, "X-Tenant of INVITE is '4711'", "none",
		    "it does not fit");
	st.check.is = NULL;
	st.check.count = stage_range(0, 0, "0");
	stage_passes(&st, "X-Tenant of INVITE count 0", "none");
	st.check.of = (char *)"INFO";
	stage_fails(&st, "X-Tenant of INFO count 0", "no INFO arrived",
		    "there is no message to look into");
	stage_fini(&st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests_in_order),
		cmocka_unit_test(test_requests_to_a_party),
		cmocka_unit_test(test_requests_retransmitted),
		cmocka_unit_test(test_requests_to_external),
		cmocka_unit_test(test_requests_of_instance),
		cmocka_unit_test(test_never),
		cmocka_unit_test(test_reply),
		cmocka_unit_test(test_reply_counts_from_first_sending),
		cmocka_unit_test(test_header),
		cmocka_unit_test(test_header_at),
		cmocka_unit_test(test_header_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
