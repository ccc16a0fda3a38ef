/* The hunt: every refusal, redirects, and who comes too late. */
#include "recording_fixture.h"

static struct peer *const first = &w.peer[0];
static struct peer *const second = &w.peer[1];

static void redirect(struct peer *p, int code, const char *contacts)
{
	char *lines = contacts ? xasprintf("Contact: %s\r\n", contacts) : NULL;
	struct sip_reply r = {.code = code, .to_tag = "srs", .headers = lines};
	const struct got *inv = last(p, "INVITE");
	struct buf b;

	assert_non_null(inv);
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, &inv->v, &r);
	peer_send(p, b.p, b.n);
	buf_fini(&b);
	free(lines);
}

static const char *result(size_t n)
{
	assert_true(n < trace_n_attempts(w.trace));
	return trace_attempt_at(w.trace, n)->result;
}

static void forget(struct peer *p)
{
	while (p->n_got)
		free(p->got[--p->n_got].text);
}

/* D-fo-300: each of them, ACKed once, and on to the next. */
static void test_every_refusal_goes_on(void **state)
{
	int code;

	(void)state;
	w.set.n_servers = 2;
	make_recording();
	for (code = 300; code < 700; code++) {
		size_t n;
		char text[8];

		if (code == 300)
			media_known();
		else
			ask(RECORDING_START);
		reply(first, "INVITE", code, NULL);
		snprintf(text, sizeof(text), "%d", code);
		n = trace_n_attempts(w.trace) - 2;
		assert_string_equal(result(n), text);
		assert_int_equal(count(first, "ACK"), 1);
		assert_null(last(first, "BYE"));
		reply(second, "INVITE", 200, TAKES);
		ask(RECORDING_STOP);
		reply(second, "BYE", 200, NULL);
		forget(first);
		forget(second);
	}
}

static void test_redirect_takes_the_best_contact(void **state)
{
	char contacts[400];

	(void)state;
	w.set.follow_redirects = true;
	make_recording();
	media_known();
	snprintf(contacts, sizeof(contacts),
		 "<tel:+4930123>;q=1.0, <mailto:a@b>, "
		 "<%s>;q=0.3, \"B, or b\" <%s>;q=0.9, <%s>;q=0.25",
		 w.peer[2].uri, second->uri, w.peer[2].uri);
	redirect(first, 302, contacts);
	assert_non_null(last(second, "INVITE"));
	assert_null(last(&w.peer[2], "INVITE"));
	reply(second, "INVITE", 200, TAKES);
	assert_string_equal(events(), "start");
	recording_call_ended(w.r);
	settle();
	reply(second, "BYE", 200, NULL);
}

static void test_redirects_that_lead_nowhere(void **state)
{
	static const struct {
		const char *name, *contacts;
		int code;
	} rows[] = {
		{"no contact", NULL, 302},
		{"tel", "<tel:+4930123>", 301},
		{"other scheme", "<http://h/>", 302},
		{"star", "*", 302},
		{"not a redirect", "<sip:x@192.0.2.1>", 404},
	};
	size_t n;

	(void)state;
	w.set.follow_redirects = true;
	make_recording();
	for (n = 0; n < sizeof(rows) / sizeof(rows[0]); n++) {
		char code[8];

		if (n == 0)
			media_known();
		else
			ask(RECORDING_START);
		redirect(first, rows[n].code, rows[n].contacts);
		snprintf(code, sizeof(code), "%d", rows[n].code);
		if (trace_n_attempts(w.trace) != n + 1 ||
		    strcmp(result(n), code) != 0)
			fail_msg("%s: %zu attempts, %s", rows[n].name,
				 trace_n_attempts(w.trace), result(n));
	}
}

static void test_uris_that_lead_nowhere(void **state)
{
	static const char *const uris[] = {"sips:srs@127.0.0.1;transport=udp",
					   "sip:srs@127.0.0.1;transport=sctp",
					   "sip:srs@no-such-host",
					   "tel:+4930123"};
	size_t n;

	(void)state;
	w.set.n_servers = 2;
	make_recording();
	for (n = 0; n < sizeof(uris) / sizeof(uris[0]); n++) {
		w.server[0].uri = uris[n];
		if (n == 0)
			media_known();
		else
			ask(RECORDING_START);
		if (!result(2 * n) || strcmp(result(2 * n), "unreachable") != 0)
			fail_msg("%s is reached", uris[n]);
		reply(second, "INVITE", 486, NULL);
	}
}

/* 503 first, then 200 from the same server: its dialog is nobody's. */
static void test_200_after_a_refusal(void **state)
{
	const struct got *inv;

	(void)state;
	w.set.n_servers = 2;
	make_recording();
	media_known();
	inv = last(first, "INVITE");
	reply(first, "INVITE", 503, NULL);
	reply(second, "INVITE", 200, TAKES);
	reply_to(first, inv, 200, NULL, TAKES);
	assert_int_equal(count(first, "ACK"), 2);
	assert_int_equal(count(first, "BYE"), 1);
	reply_to(first, inv, 200, NULL, TAKES);
	assert_int_equal(count(first, "ACK"), 3);
	assert_int_equal(count(first, "BYE"), 1);
	reply(first, "BYE", 200, NULL);
	assert_null(last(second, "BYE"));
	recording_call_ended(w.r);
	settle();
	reply(second, "BYE", 200, NULL);
	assert_string_equal(events(), "failover start stop");
}

/* Too long for a datagram: it is never sent, and the hunt has its end. */
static void test_offer_too_long_to_send(void **state)
{
	struct buf xml;

	(void)state;
	buf_init(&xml, 70000);
	buf_addf(&xml, "<t:x xmlns:t=\"urn:example:t\">%062000d</t:x>", 0);
	w.set.session_xml = buf_str(&xml);
	make_recording();
	media_known();
	assert_string_equal(events(), "exhausted");
	assert_int_equal(trace_n_attempts(w.trace), 0);
	assert_null(last(first, "INVITE"));
	assert_false(recording_busy(w.r));
	buf_fini(&xml);
}

int main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(test_every_refusal_goes_on),
		T(test_redirect_takes_the_best_contact),
		T(test_redirects_that_lead_nowhere),
		T(test_uris_that_lead_nowhere),
		T(test_200_after_a_refusal),
		T(test_offer_too_long_to_send),
	};

	return cmocka_run_group_tests_name("recording_hunt", tests, NULL, NULL);
}
