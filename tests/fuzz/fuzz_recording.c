/*
 * A recorder that says anything to the SRC.
 *
 * NUL octets divide the input. The first octet of a piece says what it is: '!'
 * and a letter is a verb of the user's or the call's, '0' to '9' lets as many
 * seconds pass; R is a response to the newest request of the SRC ("R200 ..."),
 * I, U, A and B are INVITE, UPDATE, ACK and BYE in its dialog. What follows
 * goes as headers up to '|', then as m-sections of an SDP. Any other piece is a
 * datagram as it is.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "media/rtp.h"
#include "recording/recording.h"
#include "sip/print.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct {
	struct loop *loop;
	struct wire *wire;
	struct sip_ua *src;
	struct recording *r;
	struct flow *flow;
	char *newest; /* request that came */
	size_t newest_n;
	char *from, *to, *call_id; /* of the dialog, as the recorder says it */
	uint32_t cseq;
	uint16_t seq;
} w;

static void learn(const struct sip_view *v, struct span text)
{
	free(w.newest);
	w.newest = xmemdup(text.p, text.n);
	w.newest_n = text.n;
	if (!span_is(v->method, "INVITE") || !span_empty(v->to_tag))
		return;
	free(w.from);
	free(w.to);
	free(w.call_id);
	w.from = xasprintf("%.*s;tag=srs", SPAN_ARG(v->to));
	w.to = span_dup(v->from);
	w.call_id = span_dup(v->call_id);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	struct sip_view v;

	(void)from;
	(void)arg;
	if (sip_view(span_from(p, n), &v) && v.request &&
	    !span_is(v.method, "ACK"))
		learn(&v, span_from(p, n));
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

static void talk(void)
{
	struct rtp r = {.ssrc = 1, .payload = span_of("abc")};
	uint8_t out[RTP_MAX];
	int p;

	r.seq = w.seq++;
	r.ts = r.seq * 160u;
	for (p = 0; p < RECORDING_PARTIES; p++) {
		recording_rtp(w.r, p, RECORDING_AUDIO, out, rtp_write(&r, out));
		recording_rtp(w.r, p, RECORDING_VIDEO, out, rtp_write(&r, out));
	}
}

static const struct sdp_codec codec[] = {
	{.name = "PCMU", .rate = 8000, .channels = 1},
	{.pt = 96, .name = "H264", .rate = 90000, .channels = 1}};
static const struct recording_media media[] = {
	{0, RECORDING_AUDIO, &codec[0], 1, 20, SDP_SENDRECV},
	{1, RECORDING_AUDIO, &codec[0], 1, 20, SDP_SENDRECV},
	{0, RECORDING_VIDEO, &codec[1], 1, 0, SDP_SENDRECV},
	{1, RECORDING_VIDEO, &codec[1], 1, 0, SDP_SENDRECV}};

static void ask(char c)
{
	struct recording_ask what = {.verb = c == 'i' ? RECORDING_SEND
						      : RECORDING_UPDATE,
				     .by_update = c == 'U',
				     .method = "INFO",
				     .type = "text/x",
				     .body = span_of("x")};

	recording_ask(w.r, &what, NULL, NULL);
}

static void command(char c)
{
	static const char verbs[] = "sprxu"; /* as enum recording_verb */
	const char *at = strchr(verbs, c);

	if (c && at)
		recording_do(w.r, (enum recording_verb)(at - verbs), NULL);
	else if (c == 'U' || c == 'i')
		ask(c);
	else if (c == 'e')
		recording_call_ended(w.r);
	else if (c == 't')
		talk();
	else if (c == 'v')
		recording_media_changed(w.r, media, 4, false);
	else if (c == 'a')
		recording_media_changed(w.r, media, 2, false);
}

static void send_text(struct buf *b)
{
	flow_send(w.flow, sip_ua_addr(w.src), b->p, b->n);
	buf_fini(b);
}

static char *sdp_of(struct span sections)
{
	if (sections.n == 0)
		return NULL;
	return xasprintf("v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"
			 "c=IN IP4 127.0.0.1\r\nt=0 0\r\n%.*s",
			 SPAN_ARG(sections));
}

static void respond(struct span rest)
{
	struct span code = span_cut(&rest, ' ');
	struct span lines = span_cut(&rest, '|');
	struct sip_reply r = {.to_tag = "srs",
			      .contact = "<sip:srs@127.0.0.1:7000>"};
	char *headers = span_dup(lines), *sdp = sdp_of(rest);
	struct sip_view v;
	uint32_t n = 200;
	struct buf b;

	parse_u32(code, 100, 699, &n);
	r.code = (int)n;
	r.headers = headers;
	r.content_type = sdp ? "application/sdp" : NULL;
	r.body = span_of(sdp);
	buf_init(&b, SIP_MAX);
	if (w.newest && sip_view(span_from(w.newest, w.newest_n), &v)) {
		sip_print_reply(&b, &v, &r);
		send_text(&b);
	}
	free(headers);
	free(sdp);
}

static void request(const char *method, struct span rest)
{
	struct span lines = span_cut(&rest, '|');
	char *headers = span_dup(lines), *sdp = sdp_of(rest);
	char branch[16];
	struct sip_out r = {.method = method,
			    .uri = "sip:src@127.0.0.1",
			    .via = "UDP 127.0.0.1:7000",
			    .branch = branch,
			    .from = w.from,
			    .to = w.to,
			    .call_id = w.call_id,
			    .contact = "<sip:srs@127.0.0.1:7000>",
			    .headers = headers,
			    .content_type = sdp ? "application/sdp" : NULL,
			    .body = span_of(sdp)};
	struct buf b;

	if (strcmp(method, "ACK") != 0)
		w.cseq++;
	r.cseq = w.cseq;
	snprintf(branch, sizeof(branch), "%s%u", method, w.cseq);
	buf_init(&b, SIP_MAX);
	sip_print_request(&b, &r);
	send_text(&b);
	free(headers);
	free(sdp);
}

static void act(struct span piece)
{
	static const char letters[] = "IUAB";
	static const char *const methods[] = {"INVITE", "UPDATE", "ACK", "BYE"};
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
	else if (piece.n)
		flow_send(w.flow, sip_ua_addr(w.src), piece.p, piece.n);
	pass_time(10000);
}

static void make_recording(struct trace *t, struct ids *ids, struct rng *rng)
{
	static const struct recording_server server[] = {
		{"a", "sip:srs@127.0.0.1:7000"},
		{"b", "sip:srs@127.0.0.1:7000"}};
	static const struct recording_settings set = {
		.name = "default",
		.server = server,
		.n_servers = 2,
		.answer_within_us = 5000000,
		.follow_redirects = true};
	struct recording_conf conf = {.ua = w.src,
				      .wire = w.wire,
				      .loop = w.loop,
				      .trace = t,
				      .ids = ids,
				      .rng = rng,
				      .call_id = "call",
				      .dlg_id = "dlg",
				      .party = {{"caller", "sip:a@h", NULL},
						{"callee", "sip:b@h", ""}},
				      .instance = &set,
				      .n_instances = 1};

	w.r = recording_new(&conf, NULL);
	recording_media_known(w.r, media, 2, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span input = span_from((const char *)data, size);
	struct addr peer = addr_loopback(7000);
	struct flow_conf fc = {.kind = FLOW_SIP,
			       .name = "srs",
			       .local = &peer,
			       .recv = on_datagram};
	struct trace *trace = trace_new();
	struct sip_ua_conf uc = {.trace = trace};
	struct rng rng;

	memset(&w, 0, sizeof(w));
	rng_init(&rng, 1);
	w.loop = uc.loop = loop_new(LOOP_VIRTUAL);
	w.wire = uc.wire = wire_sim_new(w.loop, trace, &rng, 0);
	uc.ids = ids_new(1, true);
	uc.rng = &rng;
	w.src = recording_agent(&uc, NULL);
	w.flow = flow_open(w.wire, &fc, NULL);
	make_recording(trace, uc.ids, &rng);
	pass_time(10000);
	while (input.n)
		act(span_cut(&input, '\0'));
	recording_call_ended(w.r);
	pass_time(INT64_C(100000000));
	if (recording_busy(w.r) || sip_ua_busy(w.src))
		abort(); /* the call is over: so is all else */
	recording_free(w.r);
	sip_ua_free(w.src);
	flow_close(w.flow);
	wire_free(w.wire);
	loop_free(w.loop);
	trace_free(trace);
	ids_free(uc.ids);
	free(w.newest);
	free(w.from);
	free(w.to);
	free(w.call_id);
	return 0;
}
