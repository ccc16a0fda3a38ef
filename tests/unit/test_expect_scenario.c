/* Checks as the reader of scenario files hands them over. */
#include "expect_fixture.h"

#include "scenario/load.h"

static const char text[] =
	"name: two recorders\n"
	"srs:\n"
	"  - {name: first, refuse: 486}\n"
	"  - name: vault\n"
	"expect:\n"
	"  - {recorded_by: vault}\n"
	"  - {attempts: [\"first  486\", vault 200]}\n"
	"  - {requests: [INVITE, BYE], to: vault}\n"
	"  - {never: BYE, to: [first]}\n"
	"  - {reply: INVITE, to: first, code: 486, within: 1s}\n"
	"  - {rtp: vault/caller, packets: 40..60, loss: 0%, codec: PCMU}\n"
	"  - {header: Contact, of: INVITE, to: vault, has: +sip.src}\n"
	"  - {recorded_by: nobody}\n"
	"  - {rtp: vault/callee}\n";

static void play(struct stage *st)
{
	stage_attempt(st, 1000, "first", "486", "Busy Here");
	stage_request(st, 1000, "src", "first", "first", "1 INVITE");
	stage_reply(st, 1010, "first", "src", 486, "first", "1 INVITE");
	stage_attempt(st, 1020, "vault", "200", NULL);
	stage_request(st, 1020, "src", "vault", "vault", "1 INVITE");
	stage_reply(st, 1030, "vault", "src", 200, "vault", "1 INVITE");
	stage_rtp(st, 1040, "vault", "caller", 50, 0);
	stage_request(st, 5000, "src", "vault", "vault", "2 BYE");
}

static void test_scenario_from_text(void **state)
{
	struct causes causes;
	struct scn_set set;
	struct stage st;
	size_t i;

	(void)state;
	causes_init(&causes);
	if (scn_load_text(&set, "t.yml", text, strlen(text), NULL, 0, &causes))
		fail_msg("%s", causes.at[0].text);
	stage_init(&st, SCN_CHECK_REQUESTS, "requests");
	play(&st);
	expect_judge(set.at[0], st.t, 0, &st.v);
	assert_int_equal(st.v.n, 9);
	for (i = 0; i < 7; i++)
		if (st.v.at[i].status != VERDICT_PASSED)
			fail_msg("%s: %s, %s", st.v.at[i].check, st.v.at[i].got,
				 st.v.at[i].why);
	assert_int_equal(st.v.at[0].line, 6);
	assert_string_equal(st.v.at[0].check, "recorded_by");
	assert_string_equal(st.v.at[7].wanted, "nobody");
	assert_string_equal(st.v.at[7].got, "vault");
	assert_string_equal(st.v.at[7].source, "{recorded_by: nobody}");
	assert_string_equal(st.v.at[8].got, "no RTP arrived at vault/callee");
	stage_fini(&st);
	scn_set_fini(&set);
	causes_fini(&causes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_scenario_from_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
