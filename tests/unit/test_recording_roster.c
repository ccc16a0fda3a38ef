/* Who takes part, as recorders are told. */
#include "recording_fixture.h"

#include "meta/meta.h"

static struct peer *const srs = &w.peer[0];

static const struct sdp_codec pcmu[] = {
	{.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1}};

/* The call changed, though its media did not. */
static void tell(void)
{
	struct recording_media m[RECORDING_PARTIES] = {
		{0, RECORDING_AUDIO, pcmu, 1, 20, SDP_SENDRECV},
		{1, RECORDING_AUDIO, pcmu, 1, 20, SDP_SENDRECV}};

	recording_media_changed(w.r, m, 2, false);
	settle();
}

static void accept_it(void)
{
	reply(srs, "INVITE", 200, TAKES);
	settle();
}

/* The callee is, or is called, this from now on. */
static void become(const char *id, const char *aor, const char *name,
		   bool other)
{
	struct recording_party p = {
		.id = id, .uri = aor, .aor = aor, .name = name};

	recording_party(w.r, 1, &p, other);
}

static void begin(void)
{
	make_recording();
	become("callee", "sip:bob@example.com", "Bob", false);
	media_known();
	accept_it();
	tell(); /* one codec is left: what follows is news of names alone */
	accept_it();
}

static void hang_up(void)
{
	recording_call_ended(w.r);
	settle();
	reply(srs, "BYE", 200, NULL);
}

/* One value of the newest document. */
static void check(const char *xpath, const char *wanted)
{
	struct meta_found found = {NULL, 0};
	struct err e = ERR_INIT;

	if (meta_xpath(metadata_in(last(srs, "INVITE")), xpath, &found, &e) < 0)
		fail_msg("%s: %s", xpath, e.text);
	if (found.n != 1 || strcmp(found.value[0], wanted) != 0)
		fail_msg("%s is %s, not %s", xpath,
			 found.n ? found.value[0] : "nothing", wanted);
	meta_found_fini(&found);
}

static void check_valid(void)
{
	static const char *const label[] = {"1", "2"};
	struct meta_faults faults = {NULL, 0};

	if (meta_check(metadata_in(last(srs, "INVITE")), label, 2, true,
		       &faults))
		fail_msg("%s: %s", faults.at[0].rule, faults.at[0].text);
	meta_faults_fini(&faults);
}

static char *value(const char *xpath)
{
	struct meta_found found = {NULL, 0};
	char *text;

	assert_int_equal(meta_xpath(metadata_in(last(srs, "INVITE")), xpath,
				    &found, NULL),
			 0);
	assert_int_equal(found.n, 1);
	text = xstrdup(found.value[0]);
	meta_found_fini(&found);
	return text;
}

#define BOB "//r:participant[r:nameID/@aor='sip:bob@example.com']"
#define ROB "//r:participant[r:nameID/@aor='sip:rob@example.com']"
#define EVE "//r:participant[r:nameID/@aor='sip:eve@example.com']"

static void test_roster_renamed(void **state)
{
	char *before, *after;

	(void)state;
	begin();
	before = value("string(" BOB "/@participant_id)");
	become("callee", "sip:rob@example.com", "R & B", false);
	tell();
	accept_it();
	assert_int_equal(count(srs, "INVITE"), 3);
	after = value("string(" ROB "/@participant_id)");
	assert_string_equal(before, after);
	check("string(" ROB "//r:name)", "R & B");
	check("count(//r:participant)", "2");
	check("count(//r:disassociate-time)", "0");
	check_valid();
	become("callee", "sip:rob@example.com", "R & B", false);
	tell();
	assert_int_equal(count(srs, "INVITE"), 3);
	free(before);
	free(after);
	hang_up();
}

static void test_roster_replaced(void **state)
{
	char *stream, *other;

	(void)state;
	w.set.callee_xml = "<nameID aor='sip:bob@example.com'/>";
	begin();
	stream = value("string(//r:stream[r:label='2']/@stream_id)");
	run_for(SECOND);
	become("eve", "sip:eve@example.com", NULL, true);
	tell();
	accept_it();
	check("count(//r:participant)", "3");
	check("count(" EVE "/r:nameID)", "1");
	/* the block of the user's is about the one who left */
	check("count(" BOB "/r:nameID/r:name)", "0");
	check("//r:participantsessionassoc[r:disassociate-time]"
	      "/@participant_id = " BOB "/@participant_id",
	      "true");
	check("count(//r:participantstreamassoc)", "2");
	other = value("string(//r:stream[r:label='2']/@stream_id)");
	assert_true(strcmp(stream, other) != 0);
	check_valid();
	free(stream);
	free(other);
	hang_up();
}

/* The oldest of very many are forgotten, and the document stays valid. */
static void test_roster_of_many(void **state)
{
	int n;

	(void)state;
	begin();
	for (n = 0; n < 20; n++) {
		char aor[40];

		snprintf(aor, sizeof(aor), "sip:%d@example.com", n);
		become("next", aor, "Next", true);
		tell();
		accept_it();
	}
	check("count(//r:participant)", "18");
	check("count(" BOB ")", "0");
	check_valid();
	hang_up();
}

/* Nobody was told of those who were there before the recording. */
static void test_roster_before_the_start(void **state)
{
	(void)state;
	w.set.start = RECORDING_MANUAL;
	make_recording();
	media_known();
	become("eve", "sip:eve@example.com", "Eve", true);
	tell();
	assert_int_equal(recording_do(w.r, RECORDING_START, NULL),
			 RECORDING_OK);
	settle();
	accept_it();
	check("count(//r:participant)", "2");
	check("count(//r:disassociate-time)", "0");
	check("count(" EVE ")", "1");
	check_valid();
	hang_up();
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		CASE(test_roster_renamed),
		CASE(test_roster_replaced),
		CASE(test_roster_of_many),
		CASE(test_roster_before_the_start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
