/* A user agent on the simulated wire, and a peer that keeps what comes to it
 * and says what a test makes it say. */
#ifndef SIP_FIXTURE_H
#define SIP_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sip/print.h"
#include "sip/session.h"

enum { GOT_MAX = 128 };

struct got {
	int64_t at_us;
	char *text;
	struct sip_view v;
};

static struct {
	struct loop *loop;
	struct trace *trace;
	struct wire *wire;
	struct ids *ids;
	struct rng rng;
	struct sip_ua *ua;
	struct flow *flow; /* the peer's */
	struct addr addr;
	struct got got[GOT_MAX]; /* what came to it */
	size_t n_got;
} net;

static void net_on_datagram(const struct addr *from, const void *p, size_t n,
			    void *arg)
{
	struct got *g = &net.got[net.n_got++];

	(void)from;
	(void)arg;
	assert_true(net.n_got < GOT_MAX);
	g->at_us = loop_now(net.loop);
	g->text = span_dup(span_from(p, n));
	assert_true(sip_view(span_from(g->text, n), &g->v));
}

static void net_open(sip_invite_h *invite, const char *understood)
{
	struct flow_conf fc = {
		.kind = FLOW_SIP, .name = "peer", .recv = net_on_datagram};
	struct sip_ua_conf uc = {
		.name = "agent", .invite = invite, .understood = understood};
	struct err e = ERR_INIT;

	memset(&net, 0, sizeof(net));
	net.loop = loop_new(LOOP_VIRTUAL);
	net.trace = trace_new();
	rng_init(&net.rng, 3);
	net.wire = wire_sim_new(net.loop, net.trace, &net.rng, 0);
	net.ids = ids_new(3, true);
	uc.loop = net.loop;
	uc.wire = net.wire;
	uc.trace = net.trace;
	uc.ids = net.ids;
	uc.rng = &net.rng;
	net.ua = sip_ua_new(&uc, &e);
	net.flow = flow_open(net.wire, &fc, &e);
	assert_non_null(net.ua);
	assert_non_null(net.flow);
	net.addr = *flow_addr(net.flow);
}

/* Nothing of the agent's is left once all has run out. */
static void net_close(void)
{
	size_t i;

	loop_run(net.loop);
	assert_false(sip_ua_busy(net.ua));
	sip_ua_free(net.ua);
	flow_close(net.flow);
	wire_free(net.wire);
	assert_int_equal(loop_timers(net.loop), 0);
	loop_free(net.loop);
	trace_free(net.trace);
	ids_free(net.ids);
	for (i = 0; i < net.n_got; i++)
		free(net.got[i].text);
}

static void net_stop(void *arg)
{
	loop_stop(arg);
}

static void run_until(int64_t at_us)
{
	struct timer t;

	timer_init(&t, net.loop, net_stop, net.loop);
	timer_at(&t, at_us);
	loop_run(net.loop);
}

static void settle(void)
{
	run_until(loop_now(net.loop) + 1000);
}

/* "INVITE", or "200/BYE" for a response with its CSeq method. */
static bool is_what(const struct sip_view *v, const char *what)
{
	char word[64];

	if (v->request)
		return span_is(v->method, what);
	snprintf(word, sizeof(word), "%d/%.*s", v->code,
		 SPAN_ARG(v->cseq_method));
	return strcmp(word, what) == 0;
}

/* The newest such message that came to the peer, or NULL. */
static const struct got *last(const char *what)
{
	size_t i;

	for (i = net.n_got; i-- > 0;)
		if (is_what(&net.got[i].v, what))
			return &net.got[i];
	return NULL;
}

static size_t count(const char *what)
{
	size_t i, n = 0;

	for (i = 0; i < net.n_got; i++)
		n += is_what(&net.got[i].v, what);
	return n;
}

#endif
