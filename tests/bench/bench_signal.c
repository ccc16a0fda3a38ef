/*
 * A recording client on sockets and nothing else: the SRC's part of calls that
 * are recorded at a recorder in another process. No call is signalled and no
 * media flows; each recording begins as if two parties had just agreed on
 * theirs, and ends with the recorder's 200.
 *
 *   bench_signal URI CALLS RATE [udp|tcp|tls]
 *
 * Prints NAME=VALUE lines for the script: CPU a call, calls that were not
 * recorded, retransmissions, the size of an INVITE, and those of all messages
 * of the first call. 1 when not all were recorded.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/clock.h"
#include "core/list.h"
#include "core/xalloc.h"
#include "net/tls.h"
#include "net/wire.h"
#include "recording/recording.h"

enum { TICK_US = 1000, PATIENCE_US = 40000000 };

/* What a centre adds of its own, to the size of SIPp's INVITE. */
#define EXTRA                                                                  \
	"queue, agent, campaign, customer number; "                            \
	"queue, agent, campaign, customer number; "                            \
	"queue, agent, campaign, customer number; "                            \
	"queue, agent, campaign, customer number; "                            \
	"queue, agent, campaign, customer number"

static const char *const extra[] = {"X-Centre: " EXTRA, "X-Centre: " EXTRA,
				    "X-Centre: " EXTRA, "X-Centre: " EXTRA,
				    "X-Centre: " EXTRA};

struct bench {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct tls_authority *authority;
	struct tls *tls;
	struct sip_ua *ua;
	struct recording_settings set;
	struct recording_server server;
	struct timer tick;
	struct list calls; /* that are recorded now */
	int64_t begun_us, newest_us;
	uint32_t n, rate, begun, recorded;
	bool over;
};

struct call {
	struct le le;
	struct bench *b;
	struct recording *recording;
	struct timer end;
	char id[32];
};

static void stop_for(const char *why)
{
	fprintf(stderr, "bench_signal: %s\n", why);
	exit(1);
}

static void on_event(const struct trace_event *ev, void *arg)
{
	struct call *c = arg;

	if (strcmp(ev->kind, "start") != 0)
		return;
	c->b->recorded++;
	timer_after(&c->end, 0);
}

static void on_end(void *arg)
{
	struct call *c = arg;

	recording_call_ended(c->recording);
}

static void call_begin(struct bench *b)
{
	static const struct recording_party parties[RECORDING_PARTIES] = {
		{"caller", "sip:alice@example.com", "sip:alice@example.com",
		 "Alice"},
		{"callee", "sip:bob@example.com", "sip:bob@example.com",
		 "Bob"}};
	static const struct sdp_codec codecs[] = {
		{.pt = 0, .name = "PCMU", .rate = 8000, .channels = 1},
		{.pt = 8, .name = "PCMA", .rate = 8000, .channels = 1},
		{.pt = 101,
		 .name = "telephone-event",
		 .rate = 8000,
		 .channels = 1}};
	struct recording_media media[RECORDING_PARTIES];
	struct call *c = xcalloc(1, sizeof(*c));
	struct err e = ERR_INIT;
	struct recording_conf conf = {.ua = b->ua,
				      .wire = b->wire,
				      .loop = b->loop,
				      .trace = b->trace,
				      .ids = b->ids,
				      .rng = &b->rng,
				      .call = (int)b->begun,
				      .call_id = c->id,
				      .dlg_id = c->id,
				      .party = {parties[0], parties[1]},
				      .instance = &b->set,
				      .n_instances = 1,
				      .event = on_event,
				      .arg = c};
	int p;

	c->b = b;
	snprintf(c->id, sizeof(c->id), "call-%" PRIu32, b->begun++);
	timer_init(&c->end, b->loop, on_end, c);
	for (p = 0; p < RECORDING_PARTIES; p++)
		media[p] = (struct recording_media){.party = p,
						    .kind = RECORDING_AUDIO,
						    .codec = codecs,
						    .n_codecs = 3,
						    .ptime = 20,
						    .dir = SDP_SENDRECV};
	c->recording = recording_new(&conf, &e);
	if (!c->recording)
		stop_for(e.text);
	list_append(&b->calls, &c->le);
	recording_media_known(c->recording, media, RECORDING_PARTIES,
			      loop_wall_us(b->loop));
	recording_answered(c->recording);
}

static void call_free(struct call *c)
{
	timer_stop(&c->end);
	recording_free(c->recording);
	list_unlink(&c->le);
	free(c);
}

static void drop_finished(struct bench *b)
{
	struct le *e, *next;

	for (e = b->calls.head; e; e = next) {
		struct call *c = container_of(e, struct call, le);

		next = e->next;
		if (!timer_running(&c->end) && !recording_busy(c->recording))
			call_free(c);
	}
}

static void on_tick(void *arg)
{
	struct bench *b = arg;
	int64_t at_us = loop_now(b->loop) - b->begun_us;
	int64_t due = at_us * b->rate / 1000000 + 1;

	for (; b->begun < b->n && b->begun < due; call_begin(b))
		b->newest_us = at_us;
	drop_finished(b);
	if (b->begun == b->n && !b->calls.n && !sip_ua_busy(b->ua))
		loop_stop(b->loop);
	else if (at_us > b->newest_us + PATIENCE_US)
		stop_for("a call never ended");
	else
		timer_after(&b->tick, TICK_US);
}

static void build(struct bench *b, enum addr_proto proto)
{
	struct sip_ua_conf conf = {0};
	struct tls_conf tls = {.takes_any = true, .name = "src"};
	struct addr local;
	struct err e = ERR_INIT;

	b->loop = loop_new(LOOP_REAL);
	rng_init(&b->rng, 1);
	b->ids = ids_new(1, false);
	b->trace = trace_new();
	trace_set_classifier(b->trace, sip_classify);
	b->wire = wire_udp_new(b->loop, b->trace);
	b->authority = tls_authority_new(loop_wall_us(b->loop));
	local = wire_loopback(b->wire);
	tls.authority = b->authority;
	tls.local = &local;
	b->tls = tls_new(&tls, &e);
	conf = (struct sip_ua_conf){.loop = b->loop,
				    .wire = b->wire,
				    .trace = b->trace,
				    .ids = b->ids,
				    .rng = &b->rng,
				    .tls = b->tls};
	b->ua = b->tls ? recording_agent(&conf, &e) : NULL;
	if (!b->ua)
		stop_for(e.text);
	b->set = (struct recording_settings){
		.name = "default",
		.server = &b->server,
		.n_servers = 1,
		.answer_within_us = 32000000,
		.header = extra,
		.n_headers = 5,
		.way = {.proto = proto, .decided = true}};
	timer_init(&b->tick, b->loop, on_tick, b);
}

static void unbuild(struct bench *b)
{
	sip_ua_free(b->ua);
	tls_free(b->tls);
	tls_authority_free(b->authority);
	wire_free(b->wire);
	ids_free(b->ids);
	trace_free(b->trace);
	loop_free(b->loop);
}

static void tell_sizes(const struct trace *t)
{
	const char *before = "";
	const struct trace_sip *m;
	size_t i = 0;

	printf("signal_sizes='");
	for (; trace_call_sip(t, 0, &i, &m); before = " ")
		if (!m->again)
			printf("%s%zu", before, m->text.n);
	printf("'\n");
}

static void tell(const struct bench *b, int64_t cpu_us)
{
	size_t i, again = 0, invite = 0;

	for (i = 0; i < trace_n_sip(b->trace); i++) {
		const struct trace_sip *m = trace_sip_at(b->trace, i);

		again += m->again;
		if (!invite && span_is(m->method, "INVITE"))
			invite = m->text.n;
	}
	printf("signal_us=%.2f\nsignal_missed=%" PRIu32 "\n",
	       (double)cpu_us / b->n, b->n - b->recorded);
	printf("signal_again=%zu\nsignal_invite=%zu\n", again, invite);
	tell_sizes(b->trace);
}

static enum addr_proto proto_of(const char *name)
{
	static const char *const names[] = {"udp", "tcp", "tls"};
	int i;

	for (i = ADDR_UDP; i <= ADDR_TLS; i++)
		if (strcmp(names[i], name) == 0)
			return (enum addr_proto)i;
	stop_for("no such transport");
	return ADDR_UDP;
}

int main(int argc, char **argv)
{
	struct bench b = {0};
	int64_t cpu_us = clock_cpu_us();
	bool all;

	if (argc < 4 || argc > 5 ||
	    !parse_u32(span_of(argv[2]), 1, 10000000, &b.n) ||
	    !parse_u32(span_of(argv[3]), 1, 1000000, &b.rate))
		return 2;
	b.server = (struct recording_server){.name = "vault", .uri = argv[1]};
	build(&b, proto_of(argc > 4 ? argv[4] : "udp"));
	b.begun_us = loop_now(b.loop);
	timer_after(&b.tick, 0);
	loop_run(b.loop);
	tell(&b, clock_cpu_us() - cpu_us);
	all = b.recorded == b.n;
	unbuild(&b);
	return all ? 0 : 1;
}
