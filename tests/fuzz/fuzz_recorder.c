/*
 * A client that says anything to the recorder.
 *
 * NUL octets divide the input. The first octet of a piece says what it is: '!'
 * and a letter is what the recorder does (b: BYE, i: re-INVITE without an
 * offer, m: with one more m-line, u: UPDATE that asks for a snapshot, k and r:
 * dies and comes back), '0' to '9' lets as many seconds pass; R is a response
 * to the newest request of the recorder ("R200 ..."), I, U, O, A, C and B are
 * INVITE, UPDATE, OPTIONS, ACK, CANCEL and BYE of the client. What follows goes
 * as headers up to '|', then as the body. P and a digit is a datagram to the
 * port of that m-line, p one to the port above it. Any other piece is a
 * datagram as it is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recorder/recorder.h"
#include "sdp/sdp.h"
#include "sip/mime.h"
#include "sip/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { PORTS = 4 };

static struct {
	struct loop *loop;
	struct recorder *r;
	struct flow *sip, *media;
	char *newest; /* request that came */
	size_t newest_n;
	char *to; /* of the dialog: with the tag of the newest answer */
	struct addr port[PORTS];
	uint32_t cseq;
} w;

static void learn_ports(const struct sip_view *v)
{
	struct mime m;
	struct sdp *sdp = NULL;
	size_t i;

	if (mime_of(&m, v, NULL) == 0 && mime_find(&m, "application/sdp"))
		sdp = sdp_parse(mime_find(&m, "application/sdp")->body, NULL);
	for (i = 0; sdp && i < sdp->n_media && i < PORTS; i++)
		w.port[i] = sdp->media[i].conn;
	sdp_free(sdp);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	struct sip_view v;

	(void)from;
	(void)arg;
	if (!sip_view(span_from(p, n), &v))
		return;
	if (v.request) {
		free(w.newest);
		w.newest = xmemdup(p, n);
		w.newest_n = n;
		return;
	}
	if (!span_empty(v.to_tag)) {
		free(w.to);
		w.to = span_dup(v.to);
	}
	learn_ports(&v);
}

static void on_media(const struct addr *from, const void *p, size_t n,
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
	timer_stop(&t);
}

static void ask(const char *method, enum recorder_offer offer, bool snapshot)
{
	struct recorder_line line = {
		.send = method, .offer = offer, .snapshot = snapshot};

	recorder_send(w.r, &line);
}

static void command(char c)
{
	if (c == 'b')
		recorder_bye(w.r);
	else if (c == 'i')
		ask("re-INVITE", RECORDER_OFFER_NONE, false);
	else if (c == 'm')
		ask("re-INVITE", RECORDER_OFFER_MORE, false);
	else if (c == 'u')
		ask("UPDATE", RECORDER_OFFER_NONE, true);
	else if (c == 'k')
		recorder_kill(w.r);
	else if (c == 'r')
		recorder_revive(w.r, NULL);
}

static void send_text(struct buf *b)
{
	flow_send(w.sip, recorder_addr(w.r), b->p, b->n);
	buf_fini(b);
}

static void respond(struct span rest)
{
	struct span code = span_cut(&rest, ' ');
	struct span lines = span_cut(&rest, '|');
	struct sip_reply r = {.to_tag = "src",
			      .contact = "<sip:src@127.0.0.1:7000>"};
	char *headers = span_dup(lines);
	struct sip_view v;
	uint32_t n = 200;
	struct buf b;

	parse_u32(code, 100, 699, &n);
	r.code = (int)n;
	r.headers = headers;
	r.content_type = rest.n ? "application/sdp" : NULL;
	r.body = rest;
	buf_init(&b, SIP_MAX);
	if (w.newest && sip_view(span_from(w.newest, w.newest_n), &v)) {
		sip_print_reply(&b, &v, &r);
		send_text(&b);
	}
	free(headers);
}

/* ACK and CANCEL have the number and the branch of the INVITE before. */
static void request(const char *method, struct span rest)
{
	struct span lines = span_cut(&rest, '|');
	char *headers = span_dup(lines), branch[16];
	struct sip_out r = {
		.method = method,
		.uri = recorder_uri(w.r),
		.via = "UDP 127.0.0.1:7000",
		.branch = branch,
		.from = "<sip:src@127.0.0.1>;tag=src",
		.to = w.to,
		.call_id = "call",
		.contact = "<sip:src@127.0.0.1:7000>;+sip.src",
		.headers = headers,
		.content_type = rest.n ? "multipart/mixed;boundary=b" : NULL,
		.body = rest};
	struct buf b;

	if (strcmp(method, "ACK") != 0 && strcmp(method, "CANCEL") != 0)
		w.cseq++;
	r.cseq = w.cseq;
	snprintf(branch, sizeof(branch), "b%u", w.cseq);
	buf_init(&b, SIP_MAX);
	sip_print_request(&b, &r);
	send_text(&b);
	free(headers);
}

static void send_media(char digit, struct span data, uint16_t above)
{
	struct addr to = w.port[(digit - '0') & (PORTS - 1)];

	if (!to.port || addr_is_any(&to))
		return;
	to.port = (uint16_t)(to.port + above);
	flow_send(w.media, &to, data.p, data.n);
}

static void act(struct span piece)
{
	static const char letters[] = "IUOACB";
	static const char *const methods[] = {"INVITE", "UPDATE", "OPTIONS",
					      "ACK",	"CANCEL", "BYE"};
	char c = piece.n ? piece.p[0] : '\0';
	const char *at = c ? strchr(letters, c) : NULL;

	if (piece.n == 2 && c == '!')
		command(piece.p[1]);
	else if (piece.n == 1 && c >= '0' && c <= '9')
		pass_time((c - '0') * INT64_C(1000000));
	else if (c == 'R')
		respond(span_skip(piece, 1));
	else if (at)
		request(methods[at - letters], span_skip(piece, 1));
	else if (piece.n > 1 && (c == 'P' || c == 'p'))
		send_media(piece.p[1], span_skip(piece, 2), c == 'p');
	else if (piece.n)
		flow_send(w.sip, recorder_addr(w.r), piece.p, piece.n);
	pass_time(10000);
}

/* What a wire and two open ends need, on a virtual clock. */
struct stage {
	struct trace *trace;
	struct ids *ids;
	struct rng rng;
	struct wire *wire;
};

static void set_up(struct stage *s)
{
	struct addr peer = addr_loopback(7000);
	struct flow_conf sip = {.kind = FLOW_SIP,
				.name = "src",
				.local = &peer,
				.recv = on_datagram};
	struct flow_conf media = {
		.kind = FLOW_RTP, .name = "src", .recv = on_media};
	struct recorder_conf rc = {.name = "vault",
				   .ring_us = -1,
				   .bye_after_us = -1,
				   .die_after_us = -1};

	memset(&w, 0, sizeof(w));
	s->trace = rc.trace = trace_new();
	s->ids = rc.ids = ids_new(1, true);
	rng_init(&s->rng, 1);
	rc.rng = &s->rng;
	w.loop = rc.loop = loop_new(LOOP_VIRTUAL);
	s->wire = rc.wire = wire_sim_new(w.loop, s->trace, &s->rng, 0);
	w.r = recorder_new(&rc, NULL);
	w.sip = flow_open(s->wire, &sip, NULL);
	w.media = flow_open(s->wire, &media, NULL);
	w.to = xstrdup("<sip:vault@127.0.0.1>");
}

static void tear_down(struct stage *s)
{
	recorder_free(w.r);
	flow_close(w.sip);
	flow_close(w.media);
	wire_free(s->wire);
	loop_free(w.loop);
	trace_free(s->trace);
	ids_free(s->ids);
	free(w.newest);
	free(w.to);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_from((const char *)data, size);
	struct stage s;

	set_up(&s);
	while (input.n)
		act(span_cut(&input, '\0'));
	/* it hung up, and nobody says a word to that: so it is over */
	recorder_bye(w.r);
	pass_time(INT64_C(100000000));
	if (recorder_busy(w.r) || recorder_sessions(w.r))
		abort();
	tear_down(&s);
	return 0;
}
