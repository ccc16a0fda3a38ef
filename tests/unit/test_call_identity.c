/* Who the parties are, and who takes over. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call_fixture.h"
#include "media/rtp.h"

static struct fixture f;

struct plan {
	struct timer timer;
	int party;
	struct call_change what;
};

static const struct call_party carol = {
	.id = "carol",
	.aor = "sip:carol@example.com",
	.name = "Carol \"C\" \\ <&>",
	.source = {.kind = CALL_TONE, .hz = 880},
};

static void on_plan(void *arg)
{
	const struct plan *p = arg;

	call_change(f.call, p->party, &p->what);
}

static void plan(struct plan *p, int64_t at_us)
{
	timer_init(&p->timer, f.loop, on_plan, p);
	timer_after(&p->timer, at_us);
}

static void begin(int64_t end_us)
{
	fixture_init(&f);
	f.conf.answer_us = 100000;
	f.conf.end_us = end_us;
}

static void check_identity(int party, const char *id, const char *uri,
			   const char *name, unsigned person)
{
	const struct call_identity *i = call_identity(f.call, party);

	assert_string_equal(i->id, id);
	assert_string_equal(i->uri, uri);
	if (name)
		assert_string_equal(i->name, name);
	else
		assert_null(i->name);
	assert_int_equal(i->person, person);
}

static const struct {
	const char *name, *display;
	int who;
	bool by_update;
	const char *story;
} rows[] = {
	{"caller, re-INVITE", "Carol", CALL_CALLER, false,
	 "INVITE 100 200 ACK INVITE 200 ACK BYE 200"},
	{"callee, re-INVITE, no name", NULL, CALL_CALLEE, false,
	 "INVITE 100 200 ACK INVITE 200 ACK BYE 200"},
	{"callee, UPDATE, a hostile name", "a\"b\\c; <x>, y", CALL_CALLEE, true,
	 "INVITE 100 200 ACK UPDATE 200 BYE 200"},
	{"caller, UPDATE, a line end", "a\r\nb", CALL_CALLER, true,
	 "INVITE 100 200 ACK UPDATE 200 BYE 200"},
};

static void test_identity_changes(void **state)
{
	static const char *const id[] = {"caller", "callee"};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct plan p = {.party = rows[i].who,
				 .what = {.kind = CALL_IDENTIFY,
					  .by_update = rows[i].by_update,
					  .uri = "sip:ca&rol@example.com",
					  .name = rows[i].display}};
		const char *heard = rows[i].display;

		print_message("%s\n", rows[i].name);
		if (heard && strchr(heard, '\r'))
			heard = "a  b";
		begin(1000000);
		plan(&p, 500000);
		fixture_run(&f);
		assert_string_equal(fixture_story(&f), rows[i].story);
		assert_int_equal(f.n_changed, 1);
		check_identity(rows[i].who, id[rows[i].who],
			       "sip:ca&rol@example.com", heard, 0);
		assert_true(trace_call_at(f.trace, 0)->in_order);
		fixture_fini(&f);
	}
}

/* The 200 alone says it, after the 183 had the SDP. */
static void test_identity_connected(void **state)
{
	static const bool early[] = {false, true};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		begin(1000000);
		f.conf.connected = "tel:+15551234567";
		f.conf.early_media_us = early[i] ? 50000 : -1;
		fixture_run(&f);
		check_identity(CALL_CALLEE, "callee", "tel:+15551234567", NULL,
			       0);
		assert_int_equal(f.n_changed, 0);
		fixture_fini(&f);
	}
}

static uint32_t ssrc_of(const struct heard *h)
{
	struct rtp r;

	assert_true(rtp_parse(h->bytes, h->n, &r));
	return r.ssrc;
}

/* Packets of the callee with the SSRC of its nth one, from 0. */
static size_t same_ssrc(size_t nth)
{
	uint32_t ssrc = ssrc_of(&f.heard[CALL_CALLEE][nth]);
	size_t i, n = 0;

	for (i = 0; i < f.n_heard[CALL_CALLEE]; i++)
		n += ssrc_of(&f.heard[CALL_CALLEE][i]) == ssrc;
	return n;
}

static void test_transfer(void **state)
{
	static const bool by_update[] = {false, true};
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		struct plan hold = {.party = CALL_CALLEE,
				    .what = {.kind = CALL_HOLD}};
		struct plan p = {.party = CALL_CALLEE,
				 .what = {.kind = CALL_TRANSFER,
					  .by_update = by_update[i],
					  .to = &carol}};

		begin(2100000);
		plan(&hold, 600000);
		plan(&p, 1100000);
		fixture_run(&f);
		assert_int_equal(f.n_changed, 2);
		check_identity(CALL_CALLEE, "carol", carol.aor, carol.name, 1);
		assert_in_range(same_ssrc(0), 49, 52);
		assert_in_range(same_ssrc(f.n_heard[CALL_CALLEE] - 1), 49, 51);
		assert_int_equal(same_ssrc(0) +
					 same_ssrc(f.n_heard[CALL_CALLEE] - 1),
				 f.n_heard[CALL_CALLEE]);
		/* whoever takes over holds nobody */
		assert_int_equal(
			call_media(f.call, CALL_CALLER, CALL_AUDIO)->dir,
			SDP_SENDRECV);
		assert_true(trace_call_at(f.trace, 0)->in_order);
		fixture_fini(&f);
	}
}

/* Both at once: the 491 is waited out, and the voice is there only once. */
static void test_transfer_collides(void **state)
{
	struct plan p = {.party = CALL_CALLEE,
			 .what = {.kind = CALL_TRANSFER,
				  .by_update = true,
				  .to = &carol}};
	struct plan hold = {.party = CALL_CALLER,
			    .what = {.kind = CALL_HOLD, .by_update = true}};

	(void)state;
	begin(8000000);
	plan(&p, 500000);
	plan(&hold, 500000);
	fixture_run(&f);
	assert_int_equal(f.n_changed, 2);
	check_identity(CALL_CALLEE, "carol", carol.aor, carol.name, 1);
	assert_true(trace_call_at(f.trace, 0)->in_order);
	fixture_fini(&f);
}

/* A voice that cannot be opened, and a call that is over. */
static void test_transfer_fails(void **state)
{
	struct call_party mute = carol;
	struct plan p = {.party = CALL_CALLEE,
			 .what = {.kind = CALL_TRANSFER, .to = &mute}};
	struct plan late = {.party = CALL_CALLEE,
			    .what = {.kind = CALL_TRANSFER, .to = &carol}};

	(void)state;
	begin(1000000);
	mute.source.kind = CALL_WAV;
	mute.source.path = "/nonexistent.wav";
	plan(&p, 500000);
	plan(&late, 1500000);
	fixture_run(&f);
	assert_int_equal(f.n_changed, 0);
	assert_string_equal(fixture_story(&f), "INVITE 100 200 ACK BYE 200");
	check_identity(CALL_CALLEE, "callee", "sip:bob@example.com", NULL, 0);
	fixture_fini(&f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_identity_changes),
		cmocka_unit_test(test_identity_connected),
		cmocka_unit_test(test_transfer),
		cmocka_unit_test(test_transfer_collides),
		cmocka_unit_test(test_transfer_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
