/*
 * Datagrams into a user agent that calls and is called.
 *
 * NUL octets divide the input. A piece that begins with '!' tells the agent
 * what to do (h: hang up, r: re-INVITE, u: UPDATE, a: answer, p: 183 reliably,
 * j: reject, 0 to 9: let as many seconds pass); any other comes to it from the peer. Ids are the same
 * every time, so a corpus can hold answers that fit.
 */
#include <stdint.h>
#include <string.h>

#include "sip/session.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct loop *loop;
	struct sip_session *out, *in;
	struct sip_session_handlers h;
} w;

static bool on_other(struct sip_session *s, struct sip_txn *x,
		     const struct sip_view *req, void *arg)
{
	(void)arg;
	if (!span_is(req->method, "INFO"))
		return false;
	sip_session_reply(s, x, 200, NULL, NULL, span_of(""));
	return true;
}

static void on_reinvited(struct sip_session *s, const struct sip_view *req,
			 void *arg)
{
	(void)req;
	(void)arg;
	sip_session_answer(s, 200, NULL, "application/sdp", span_of("v=0\r\n"));
}

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	(void)req;
	(void)from;
	(void)arg;
	if (!w.in)
		w.in = sip_session_incoming(ua, x, &w.h, NULL);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	(void)from;
	(void)p;
	(void)n;
	(void)arg;
}

static void stop(void *arg)
{
	loop_stop(arg);
}

static void pass_time(int64_t us)
{
	struct timer t;

	timer_init(&t, w.loop, stop, w.loop);
	timer_after(&t, us);
	loop_run(w.loop);
}

static void command(char c)
{
	struct span sdp = span_of("v=0\r\n");

	if (c >= '0' && c <= '9')
		pass_time((c - '0') * INT64_C(1000000));
	if (c == 'r')
		sip_session_reinvite(w.out, NULL, "application/sdp", sdp, NULL,
				     NULL);
	if (c == 'u')
		sip_session_request(w.out, "UPDATE", NULL, NULL, span_of(""),
				    NULL, NULL);
	if (c == 'h')
		sip_session_hangup(w.out, NULL);
	if (!w.in)
		return;
	if (c == 'h')
		sip_session_hangup(w.in, NULL);
	if (c == 'a')
		sip_session_answer(w.in, 200, NULL, "application/sdp", sdp);
	if (c == 'p')
		sip_session_progress_reliably(w.in, 183, NULL,
					      "application/sdp", sdp);
	if (c == 'j')
		sip_session_reject(w.in, 486, NULL);
}

static void play(struct flow *peer, const struct addr *to, struct span input)
{
	while (input.n) {
		struct span piece = span_cut(&input, '\0');

		if (piece.n == 2 && piece.p[0] == '!')
			command(piece.p[1]);
		else
			flow_send(peer, to, piece.p, piece.n);
		pass_time(1000);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct addr peer_addr = addr_loopback(7000);
	struct flow_conf fc = {.kind = FLOW_SIP,
			       .name = "peer",
			       .local = &peer_addr,
			       .recv = on_datagram};
	struct sip_invite inv = {.uri = "sip:p@127.0.0.1:7000",
				 .from = "<sip:agent@example.com>",
				 .to = "<sip:p@example.com>"};
	struct sip_ua_conf uc = {.name = "agent",
				 .user = "agent",
				 .understood = "siprec, 100rel",
				 .invite = on_invite};
	struct trace *trace = trace_new();
	struct rng rng;
	struct sip_ua *ua;
	struct flow *peer;

	memset(&w, 0, sizeof(w));
	rng_init(&rng, 1);
	w.loop = uc.loop = loop_new(LOOP_VIRTUAL);
	w.h.request = on_other;
	w.h.reinvited = on_reinvited;
	uc.trace = trace;
	uc.wire = wire_sim_new(w.loop, trace, &rng, 0);
	uc.ids = ids_new(1, true);
	uc.rng = &rng;
	ua = sip_ua_new(&uc, NULL);
	peer = flow_open(uc.wire, &fc, NULL);
	w.out = sip_session_invite(ua, &inv, &w.h, NULL, NULL);
	pass_time(1000);
	play(peer, sip_ua_addr(ua), span_from((const char *)data, size));
	sip_session_hangup(w.out, NULL);
	sip_session_release(w.out);
	sip_session_release(w.in);
	pass_time(INT64_C(100000000));
	sip_ua_free(ua);
	flow_close(peer);
	wire_free(uc.wire);
	loop_free(w.loop);
	trace_free(trace);
	ids_free(uc.ids);
	return 0;
}
