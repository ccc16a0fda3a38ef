/* User agents over connections: TCP and TLS, on the simulated wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/xalloc.h"
#include "net/stream.h"
#include "sip/session.h"

struct side {
	struct sip_ua *ua;
	struct tls *tls;
	struct sip_session *s; /* newest */
	int answered, failed, ended, acked, reinvited;
	struct sip_failure failure;
	char why[200];
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct tls_authority *authority;
	struct side a, b;
	struct sip_session_handlers h;
	bool silent;  /* b does not answer INVITEs */
	bool dropped; /* b has forgotten one */
} w;

static void on_answered(struct sip_session *s, const struct sip_view *resp,
			void *arg)
{
	(void)s;
	(void)resp;
	((struct side *)arg)->answered++;
}

static void on_failed(struct sip_session *s, const struct sip_failure *f,
		      void *arg)
{
	struct side *x = arg;

	x->failed++;
	x->failure = *f;
	snprintf(x->why, sizeof(x->why), "%s", f->why ? f->why : "");
	sip_session_release(s);
	x->s = NULL;
}

static void on_acked(struct sip_session *s, const struct sip_view *ack,
		     void *arg)
{
	(void)s;
	(void)ack;
	((struct side *)arg)->acked++;
}

static void on_reinvited(struct sip_session *s, const struct sip_view *req,
			 void *arg)
{
	(void)req;
	((struct side *)arg)->reinvited++;
	sip_session_answer(s, 200, NULL, NULL, span_of(""));
}

static void on_ended(struct sip_session *s, enum sip_ended how, void *arg)
{
	struct side *x = arg;

	(void)how;
	x->ended++;
	sip_session_release(s);
	x->s = NULL;
}

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	(void)req;
	(void)from;
	(void)arg;
	w.b.s = sip_session_incoming(ua, x, &w.h, &w.b);
	sip_session_progress(w.b.s, 100, NULL, NULL, span_of(""));
	if (!w.silent)
		sip_session_answer(w.b.s, 200, NULL, NULL, span_of(""));
}

static struct sip_ua *open_ua(struct side *x, const char *name, unsigned protos,
			      const struct tls_conf *more)
{
	struct tls_conf tc = *more;
	struct sip_ua_conf c = {.loop = w.loop,
				.wire = w.wire,
				.trace = w.trace,
				.ids = w.ids,
				.rng = &w.rng,
				.name = name,
				.user = name,
				.protos = protos,
				.invite = on_invite};
	struct err e = ERR_INIT;

	tc.authority = w.authority;
	tc.name = name;
	x->tls = tls_new(&tc, &e);
	assert_non_null(x->tls);
	c.tls = x->tls;
	x->ua = sip_ua_new(&c, &e);
	assert_non_null(x->ua);
	return x->ua;
}

static int setup(void **state)
{
	(void)state;
	memset(&w, 0, sizeof(w));
	w.loop = loop_new(LOOP_VIRTUAL);
	w.trace = trace_new();
	trace_set_classifier(w.trace, sip_classify);
	rng_init(&w.rng, 3);
	w.wire = wire_sim_new(w.loop, w.trace, &w.rng, 1000);
	w.ids = ids_new(3, true);
	w.authority = tls_authority_new(loop_wall_us(w.loop));
	w.h = (struct sip_session_handlers){.answered = on_answered,
					    .failed = on_failed,
					    .acked = on_acked,
					    .reinvited = on_reinvited,
					    .ended = on_ended};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	loop_run(w.loop);
	assert_int_equal(sip_ua_left(w.a.ua).transactions, 0);
	if (w.b.ua && !w.dropped)
		assert_int_equal(sip_ua_left(w.b.ua).transactions, 0);
	sip_ua_free(w.a.ua);
	sip_ua_free(w.b.ua);
	tls_free(w.a.tls);
	tls_free(w.b.tls);
	tls_authority_free(w.authority);
	assert_int_equal(wire_flows(w.wire), 0);
	wire_free(w.wire);
	assert_int_equal(loop_timers(w.loop), 0);
	loop_free(w.loop);
	trace_free(w.trace);
	ids_free(w.ids);
	return 0;
}

static void on_stop(void *arg)
{
	loop_stop(arg);
}

static void run_for(int64_t us)
{
	struct timer t;

	timer_init(&t, w.loop, on_stop, w.loop);
	timer_after(&t, us);
	loop_run(w.loop);
}

static const struct tls_conf plain;

static void open_both(enum addr_proto proto)
{
	open_ua(&w.a, "a", 1u << ADDR_UDP, &plain);
	open_ua(&w.b, "b", 1u << proto, &plain);
}

static void invite(enum addr_proto proto)
{
	char uri[100], host[ADDR_TEXT];
	struct sip_invite inv = {.uri = uri,
				 .way = {.proto = proto, .decided = true},
				 .from = "<sip:a@x>",
				 .to = "<sip:b@y>"};
	struct err e = ERR_INIT;

	snprintf(uri, sizeof(uri), "sip:b@%s",
		 addr_text(sip_ua_addr(w.b.ua), host));
	w.a.s = sip_session_invite(w.a.ua, &inv, &w.h, &w.a, &e);
	assert_non_null(w.a.s);
}

/* Messages of a method, or "200", that were sent. */
static size_t sent(const char *what)
{
	size_t i, n = 0;

	for (i = 0; i < trace_n_sip(w.trace); i++)
		n += span_starts(trace_sip_at(w.trace, i)->text, what);
	return n;
}

static void check_dialog(enum addr_proto proto)
{
	size_t before;

	open_both(proto);
	before = wire_flows(w.wire);
	invite(proto);
	run_for(100000);
	assert_int_equal(w.a.answered, 1);
	assert_int_equal(w.b.acked, 1);
	/* both ends of one connection, and where a listens from now on */
	assert_int_equal(wire_flows(w.wire), before + 3);
	assert_int_equal(sip_session_reinvite(w.b.s, NULL, NULL, span_of(""),
					      NULL, NULL),
			 0);
	run_for(100000);
	assert_int_equal(w.a.reinvited, 1);
	sip_session_hangup(w.b.s, NULL);
	run_for(100000);
	assert_int_equal(w.a.ended, 1);
	assert_int_equal(w.b.ended, 1);
	assert_int_equal(wire_flows(w.wire), before + 3);
	assert_int_equal(sent("INVITE"), 2);
	assert_int_equal(sent("BYE"), 1);
}

static void test_dialog_over_tcp(void **state)
{
	(void)state;
	check_dialog(ADDR_TCP);
}

static void test_dialog_over_tls(void **state)
{
	(void)state;
	check_dialog(ADDR_TLS);
}

/* RFC 3261 section 17.1.1.2: nothing is said twice, and nobody waits for what
 * comes twice. */
static void test_nothing_twice(void **state)
{
	(void)state;
	open_both(ADDR_TCP);
	w.silent = true;
	invite(ADDR_TCP);
	run_for(20000000);
	assert_int_equal(sent("INVITE"), 1);
	sip_session_reject(w.b.s, 486, NULL);
	run_for(100000);
	assert_int_equal(w.a.failed, 1);
	assert_int_equal(w.a.failure.code, 486);
	assert_int_equal(sent("SIP/2.0 486"), 1);
	assert_int_equal(loop_timers(w.loop), 0);
}

static void test_refused(void **state)
{
	struct sip_invite inv = {.uri = "sip:b@127.0.0.1:9;transport=tcp",
				 .from = "<sip:a@x>",
				 .to = "<sip:b@y>"};

	(void)state;
	open_ua(&w.a, "a", 0, &plain);
	w.a.s = sip_session_invite(w.a.ua, &inv, &w.h, &w.a, NULL);
	run_for(100000);
	assert_int_equal(w.a.failed, 1);
	assert_int_equal(w.a.failure.outcome, SIP_UNREACHABLE);
	assert_int_equal(w.a.failure.code, 503);
	assert_string_equal(w.a.why, "TCP connection refused");
	assert_int_equal(sent("INVITE"), 0);
}

/* Whoever waits for an answer hears that none will come. */
static void test_lost_before_the_answer(void **state)
{
	(void)state;
	open_both(ADDR_TCP);
	w.silent = true;
	invite(ADDR_TCP);
	run_for(100000);
	w.dropped = true;
	sip_session_drop(w.b.s);
	sip_ua_kill(w.b.ua);
	run_for(100000);
	assert_int_equal(w.a.failed, 1);
	assert_string_equal(w.a.why, "TCP connection closed");
}

/* RFC 3261 section 18.2.2: where it listens, when its connection is gone. */
static void test_response_by_a_new_connection(void **state)
{
	struct addr contact;

	(void)state;
	open_both(ADDR_TCP);
	w.silent = true;
	invite(ADDR_TCP);
	run_for(100000);
	/* a comes back at its address, and has forgotten nothing */
	contact = *sip_ua_addr(w.a.ua);
	sip_ua_kill(w.a.ua);
	run_for(100000);
	assert_int_equal(sip_ua_revive(w.a.ua, NULL), 0);
	assert_true(addr_eq(&contact, sip_ua_addr(w.a.ua)));
	sip_session_answer(w.b.s, 200, NULL, NULL, span_of(""));
	run_for(100000);
	assert_int_equal(w.a.answered, 1);
	assert_int_equal(w.b.acked, 1);
}

static void large_invite(enum sip_by_size by_size)
{
	char uri[100], host[ADDR_TEXT], body[1400] = {0};
	struct sip_invite inv = {.uri = uri,
				 .by_size = by_size,
				 .from = "<sip:a@x>",
				 .to = "<sip:b@y>",
				 .content_type = "text/plain",
				 .body = span_from(body, sizeof(body))};

	memset(body, 'x', sizeof(body));
	snprintf(uri, sizeof(uri), "sip:b@%s",
		 addr_text(sip_ua_addr(w.b.ua), host));
	w.a.s = sip_session_invite(w.a.ua, &inv, &w.h, &w.a, NULL);
	run_for(100000);
	assert_int_equal(w.a.answered, 1);
}

static enum addr_proto proto_of_invite(void)
{
	size_t i;

	for (i = 0; i < trace_n_sip(w.trace); i++)
		if (span_starts(trace_sip_at(w.trace, i)->text, "INVITE"))
			return (enum addr_proto)trace_sip_at(w.trace, i)
				->dst.proto;
	return ADDR_TLS;
}

static void test_large_by_tcp(void **state)
{
	(void)state;
	open_ua(&w.a, "a", 0, &plain);
	open_ua(&w.b, "b", 1u << ADDR_UDP | 1u << ADDR_TCP, &plain);
	large_invite(SIP_SIZE_DECIDES);
	assert_int_equal(proto_of_invite(), ADDR_TCP);
}

static void test_large_by_udp_after_all(void **state)
{
	const struct trace_note *n;

	(void)state;
	open_both(ADDR_UDP);
	large_invite(SIP_SIZE_DECIDES);
	assert_int_equal(proto_of_invite(), ADDR_UDP);
	assert_int_equal(sent("INVITE"), 1);
	n = trace_note_at(w.trace, 0);
	assert_string_equal(n->text, "TCP connection refused: the INVITE goes "
				     "by UDP");
}

static void test_large_warns(void **state)
{
	(void)state;
	open_both(ADDR_UDP);
	large_invite(SIP_SIZE_WARNS);
	assert_int_equal(trace_note_at(w.trace, 0)->kind, TRACE_WARNING);
	assert_non_null(strstr(trace_note_at(w.trace, 0)->text, "18.1.1"));
	sip_session_release(w.a.s);
	w.a.answered = 0;
	large_invite(SIP_SIZE_WARNS);
	assert_int_equal(trace_n_notes(w.trace), 1);
}

/* ---- whoever connects, and says what it likes ---- */

static struct {
	struct buf got;
	int gone;
} raw;

static void on_raw_data(const void *p, size_t n, void *arg)
{
	(void)arg;
	buf_add(&raw.got, p, n);
}

static void on_raw_gone(enum stream_end end, void *arg)
{
	(void)end;
	(void)arg;
	raw.gone++;
}

static const struct stream_handlers raw_handlers = {NULL, on_raw_data,
						    on_raw_gone};

static void say(const char *text, const char *wanted, int gone)
{
	struct stream_conf conf = {
		.name = "raw", .proto = ADDR_TCP, .h = &raw_handlers};
	struct stream *s;

	raw.gone = 0;
	buf_init(&raw.got, 65536);
	s = stream_connect(w.wire, &conf, sip_ua_addr(w.b.ua), NULL);
	stream_send(s, text, strlen(text));
	run_for(100000);
	if (!strstr(buf_str(&raw.got), wanted))
		fail_msg("'%s' is answered with '%s'", text, buf_str(&raw.got));
	assert_int_equal(raw.gone, gone);
	stream_close(s);
	buf_fini(&raw.got);
	run_for(100000);
}

#define OPTIONS                                                                \
	"OPTIONS sip:b@127.0.0.1 SIP/2.0\r\n"                                  \
	"Via: SIP/2.0/TCP 127.0.0.1:40404;branch=z9hG4bK1\r\n"                 \
	"From: <sip:x@y>;tag=1\r\nTo: <sip:b@y>\r\nCall-ID: 1\r\n"             \
	"CSeq: 1 OPTIONS\r\n"

static void test_raw_peers(void **state)
{
	(void)state;
	open_both(ADDR_TCP);
	say("\r\n\r\n", "\r\n", 0);
	say(OPTIONS "Content-Length: 0\r\n\r\n", "SIP/2.0 200 ", 0);
	say(OPTIONS "\r\n", "", 1);
	say("GET / HTTP/1.1\r\n\r\n", "", 1);
	say("\026\003\001", "", 1);
}

/* Connections that nothing comes over do not pile up, and whoever has spoken
 * stays. */
static void test_mute_peers(void **state)
{
	enum { MANY = 70 };
	struct stream_conf conf = {
		.name = "raw", .proto = ADDR_TCP, .h = &raw_handlers};
	struct stream *mute[MANY], *speaks;
	int i;

	(void)state;
	open_both(ADDR_TCP);
	raw.gone = 0;
	buf_init(&raw.got, 65536);
	speaks = stream_connect(w.wire, &conf, sip_ua_addr(w.b.ua), NULL);
	stream_send(speaks, OPTIONS "Content-Length: 0\r\n\r\n",
		    strlen(OPTIONS "Content-Length: 0\r\n\r\n"));
	run_for(1000000);
	for (i = 0; i < MANY; i++)
		mute[i] = stream_connect(w.wire, &conf, sip_ua_addr(w.b.ua),
					 NULL);
	stream_send(mute[MANY - 1], "\r\n\r\n", 4); /* no message */
	run_for(1000000);
	assert_int_equal(raw.gone, MANY - 64);
	run_for(30000000);
	assert_int_equal(raw.gone, MANY - 64);
	run_for(2000000);
	assert_int_equal(raw.gone, MANY);
	assert_int_equal(loop_timers(w.loop), 0);
	for (i = 0; i < MANY; i++)
		stream_close(mute[i]);
	stream_close(speaks);
	buf_fini(&raw.got);
	run_for(100000);
}

/* ---- TLS ---- */

static void test_tls_session_again(void **state)
{
	struct tls_conf tc = {.authority = w.authority, .name = "b"};
	struct addr at = addr_loopback(5061);
	struct tls *client = tls_new(&tc, NULL), *server = tls_new(&tc, NULL);
	int64_t now_us = loop_wall_us(w.loop);
	int i;

	(void)state;
	open_ua(&w.a, "a", 0, &plain);
	for (i = 0; i < 2; i++) {
		struct tls_end *c = tls_connect(client, span_of("b"), &at,
						now_us);
		struct tls_end *s = tls_accept(server, now_us);
		struct buf to_c, to_s, plain_c, plain_s;
		int rounds;

		buf_init(&to_c, 100000);
		buf_init(&to_s, 100000);
		buf_init(&plain_c, 100000);
		buf_init(&plain_s, 100000);
		for (rounds = 0; rounds < 4; rounds++) {
			struct buf in = to_c;

			buf_init(&to_c, 100000);
			tls_take(c, buf_span(&in), &plain_c, &to_s);
			buf_fini(&in);
			in = to_s;
			buf_init(&to_s, 100000);
			tls_take(s, buf_span(&in), &plain_s, &to_c);
			buf_fini(&in);
		}
		assert_int_equal(tls_is_resumed(c), i == 1);
		assert_true(tls_is_for(c, span_of("B")));
		assert_true(tls_is_for(c, span_of("127.0.0.1")));
		assert_false(tls_is_for(c, span_of("c")));
		tls_write(c, span_of("hello"), &to_s);
		assert_int_equal(tls_take(s, buf_span(&to_s), &plain_s, &to_c),
				 TLS_UP);
		assert_string_equal(buf_str(&plain_s), "hello");
		tls_end_free(c);
		tls_end_free(s);
		buf_fini(&to_c);
		buf_fini(&to_s);
		buf_fini(&plain_c);
		buf_fini(&plain_s);
	}
	tls_free(client);
	tls_free(server);
}

static void test_tls_wrong_files(void **state)
{
	struct tls_conf tc = {
		.authority = w.authority, .name = "b", .cert = "/nowhere.pem"};
	struct err e = ERR_INIT;

	(void)state;
	open_ua(&w.a, "a", 0, &plain);
	assert_null(tls_new(&tc, &e));
	assert_int_equal(e.kind, ERR_ENV);
	assert_true(span_starts(span_of(e.text), "/nowhere.pem: "));
}

#define CASE(t) cmocka_unit_test_setup_teardown(t, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(test_dialog_over_tcp),
		CASE(test_dialog_over_tls),
		CASE(test_nothing_twice),
		CASE(test_refused),
		CASE(test_lost_before_the_answer),
		CASE(test_response_by_a_new_connection),
		CASE(test_mute_peers),
		CASE(test_large_by_tcp),
		CASE(test_large_by_udp_after_all),
		CASE(test_large_warns),
		CASE(test_raw_peers),
		CASE(test_tls_session_again),
		CASE(test_tls_wrong_files),
	};

	return cmocka_run_group_tests_name("sip_stream", tests, NULL, NULL);
}
