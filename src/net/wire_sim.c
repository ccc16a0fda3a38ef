/* The simulated wire: datagrams are timers of the loop. */
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "net/wire_sim.h"

enum {
	/* Wireshark guesses by the port: from 5072 on other protocols have
	 * some, from 50000 to 54327 none. */
	FIRST_SIP_PORT = 5060,
	FIRST_TAKEN_PORT = 5072,
	FIRST_FREE_PORT = 50000,
	FIRST_RTP_PORT = 10000,
	SMALL = 256 /* room for a usual RTP packet */
};

struct packet {
	struct le le;
	struct timer timer;
	struct sim *sim;
	struct addr src, dst;
	struct trace_sip *sip;
	bool refused; /* on its way back: nobody listens at src */
	size_t n;
	size_t room;
	char bytes[];
};

static struct packet *packet_get(struct sim *s, size_t n)
{
	size_t room = n > SMALL ? n : SMALL;
	struct packet *p;

	if (room == SMALL && s->spare.head) {
		p = container_of(s->spare.head, struct packet, le);
		list_unlink(&p->le);
	} else {
		p = xcalloc(1, sizeof(*p) + room);
		p->room = room;
	}
	p->sim = s;
	p->n = n;
	p->sip = NULL;
	p->refused = false;
	return p;
}

static void packet_put(struct packet *p)
{
	list_unlink(&p->le);
	if (p->room == SMALL)
		list_append(&p->sim->spare, &p->le);
	else
		free(p);
}

static void packet_due(void *arg);

static void fly(struct packet *p)
{
	timer_init(&p->timer, p->sim->wire.loop, packet_due, p);
	list_append(&p->sim->flying, &p->le);
	timer_after(&p->timer, p->sim->latency_us);
}

/* As an ICMP port unreachable would. */
static void refuse(const struct packet *p)
{
	struct packet *back = packet_get(p->sim, 0);

	back->src = p->dst;
	back->dst = p->src;
	back->refused = true;
	fly(back);
}

static void packet_due(void *arg)
{
	struct packet *p = arg;
	struct flow *f = wire_flow_at(&p->sim->wire, &p->dst);

	if (p->refused) {
		if (f && f->error)
			f->error(&p->src, WIRE_REFUSED, f->arg);
	} else if (f) {
		wire_deliver(f, &p->src, p->bytes, p->n, p->sip);
	} else {
		refuse(p);
	}
	packet_put(p);
}

static int sim_send(struct flow *f, const struct addr *to, const void *bytes,
		    size_t n, struct trace_sip *sip)
{
	struct sim *s = (struct sim *)f->wire;
	struct packet *p = packet_get(s, n);

	p->src = f->local;
	p->dst = *to;
	p->sip = sip;
	if (n)
		memcpy(p->bytes, bytes, n);
	fly(p);
	return 0;
}

uint16_t wire_sim_port(struct sim *s)
{
	if (s->next_sip == FIRST_TAKEN_PORT)
		s->next_sip = FIRST_FREE_PORT;
	return s->next_sip++;
}

/* RTP gets an even one, so that its pair goes up to ports that nobody had. */
static uint16_t media_port(struct sim *s, enum flow_kind kind)
{
	if (kind == FLOW_RTP && s->next_rtp % 2)
		s->next_rtp++;
	return s->next_rtp++;
}

static int sim_open(struct flow *f, const struct addr *local, struct err *e)
{
	struct sim *s = (struct sim *)f->wire;
	char text[ADDR_TEXT];

	f->local = *local;
	if (local->port == 0) {
		do
			f->local.port = f->kind == FLOW_SIP
						? wire_sim_port(s)
						: media_port(s, f->kind);
		while (wire_flow_at(&s->wire, &f->local) || !f->local.port);
	} else if (wire_flow_at(&s->wire, local)) {
		return err_set(e, ERR_ENV, "%s: address already in use",
			       addr_text(local, text));
	}
	return 0;
}

static void sim_close(struct flow *f, bool bury)
{
	(void)f;
	(void)bury;
}

static void free_list(struct list *l)
{
	while (l->head) {
		struct packet *p = container_of(l->head, struct packet, le);

		timer_stop(&p->timer);
		list_unlink(&p->le);
		free(p);
	}
}

static void sim_free(struct wire *w)
{
	struct sim *s = (struct sim *)w;

	free_list(&s->flying);
	free_list(&s->spare);
	free(s);
}

static const struct wire_ops sim_ops = {.open = sim_open,
					.send = sim_send,
					.close = sim_close,
					.free = sim_free,
					.streams = &wire_sim_tcp_ops};

struct wire *wire_sim_new(struct loop *l, struct trace *t, struct rng *rng,
			  int64_t latency_us)
{
	struct sim *s = xcalloc(1, sizeof(*s));

	wire_init(&s->wire, &sim_ops, l, t);
	s->cuts.state = ~rng->state;
	s->latency_us = latency_us;
	s->next_sip = FIRST_SIP_PORT;
	s->next_rtp = FIRST_RTP_PORT;
	return &s->wire;
}
