/*
 * A party whose media comes from outside. Its audio ports are sockets that
 * the phone of the party sends to; what comes there goes on to the phone of
 * the other one before anybody records it, as in a media relay.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "call/call_int.h"
#include "core/xalloc.h"
#include "media/rtcp.h"
#include "media/rtp.h"

/* A phone that moved is believed when the place it had is silent so long:
 * a stranger cannot take over what is going on. */
#define SILENT_US INT64_C(1000000)

/* What the loop may wait for more of, when there is much of it. */
enum { TURN_US = 5000 };

enum { NONE = 255 };

struct live {
	struct party *party;
	struct call_live seen;
	bool heard;	    /* `seen.peer` sent something; else it is a guess */
	int64_t heard_us;   /* when it did last */
	struct addr report; /* where its RTCP came from; family 0: nowhere */
	bool mux;	    /* it sends RTCP to the RTP port (RFC 5761) */
	uint8_t fine;	    /* payload type that the call has, or NONE */
	uint64_t odd[2];    /* payload types told to be none of the call's */
};

static void tell(const struct live *l, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void tell(const struct live *l, const char *fmt, ...)
{
	const struct call *c = l->party->call;
	const char *who = l->party->who->id;
	char text[160];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	trace_notef(c->conf.trace, c->conf.index, loop_now(c->conf.loop),
		    TRACE_NOTE, who, "%s", text);
	if (c->h.live)
		c->h.live(l->party->index, text, c->arg);
}

static struct live *other_of(const struct live *l)
{
	const struct party *p = l->party;

	return p->call->party[!p->index].live;
}

/* ---- who speaks there ---- */

static bool is_phone(const struct live *l, const struct addr *from)
{
	return l->heard && addr_eq(from, &l->seen.peer);
}

/* Symmetric RTP (RFC 4961): where it comes from is where it listens. */
static bool learn(struct live *l, const struct addr *from)
{
	int64_t now_us = loop_now(l->party->call->conf.loop);
	char text[ADDR_TEXT];

	if (l->heard && now_us - l->heard_us < SILENT_US)
		return false;
	l->heard = true;
	l->heard_us = now_us;
	l->seen.peer = *from;
	addr_init(&l->report);
	l->mux = false;
	tell(l, "peer %s", addr_text(from, text));
	return true;
}

/* Its RTCP has a port of its own, so its address is all that can be told. */
static bool learn_report(struct live *l, const struct addr *from)
{
	if (addr_is_set(&l->seen.peer) && !addr_ip_eq(from, &l->seen.peer))
		return false;
	l->report = *from;
	return true;
}

/* ---- the way of a packet; nothing is allocated here ---- */

static bool send_rtp(const struct live *l, const void *p, size_t n)
{
	return addr_is_set(&l->seen.peer) &&
	       flow_send(l->party->line[CALL_AUDIO].ports.rtp, &l->seen.peer, p,
			 n) == 0;
}

/* RFC 3550 section 11, RFC 5761: one above, or the same port. */
static bool send_rtcp(const struct live *l, const void *p, size_t n)
{
	struct addr to = l->report;

	if (l->mux)
		return send_rtp(l, p, n);
	if (!addr_is_set(&to)) {
		if (!addr_is_set(&l->seen.peer))
			return false;
		to = l->seen.peer;
		to.port++;
	}
	return flow_send(l->party->line[CALL_AUDIO].ports.rtcp, &to, p, n) == 0;
}

static const char *kind_of_pt(uint8_t pt, char text[64])
{
	struct sdp_codec c;

	if (sdp_static_codec(pt, &c))
		snprintf(text, 64, "payload type %u (%s)", pt, c.name);
	else
		snprintf(text, 64, "payload type %u", pt);
	return text;
}

/* A recorder has no name for what the call has none for. */
static void check_pt(struct live *l, uint8_t pt)
{
	const struct call_media *m = &l->party->line[CALL_AUDIO].media;
	char text[64];
	size_t i;

	if (pt == l->fine || l->odd[pt / 64] >> pt % 64 & 1)
		return;
	for (i = 0; i < m->n_codecs; i++) {
		if (m->codec[i].pt == pt) {
			l->fine = pt;
			return;
		}
	}
	l->odd[pt / 64] |= UINT64_C(1) << pt % 64;
	call_warn(l->party, kind_of_pt(pt, text),
		  "the call has no such codec: it is relayed and not recorded");
}

static void record(struct live *l, const struct rtp *r, const void *p, size_t n)
{
	const struct party *own = l->party;
	struct call *c = own->call;

	if (!c->known || c->over ||
	    !sdp_dir_sends(own->line[CALL_AUDIO].media.dir))
		return;
	check_pt(l, r->pt);
	if (c->h.rtp)
		c->h.rtp(c, own->index, CALL_AUDIO, p, n, c->arg);
}

static void take_report(struct live *l, const void *p, size_t n)
{
	const struct live *other = other_of(l);

	l->seen.reports++;
	if (other && send_rtcp(other, p, n))
		l->seen.reports_relayed++;
}

static void take_rtp(struct live *l, const struct rtp *r, const void *p,
		     size_t n)
{
	const struct live *other = other_of(l);

	l->seen.packets++;
	if (other && send_rtp(other, p, n))
		l->seen.relayed++;
	record(l, r, p, n);
}

static void on_rtp(const struct addr *from, const void *p, size_t n, void *arg)
{
	struct live *l = arg;
	struct rtp r;

	if (is_phone(l, from) && rtp_parse(p, n, &r)) {
		l->heard_us = loop_now(l->party->call->conf.loop);
		take_rtp(l, &r, p, n);
	} else if (call_heard(l->party, from, p, n)) {
		send_rtp(l, p, n); /* of a party that is made here */
	} else if (rtcp_is(p, n) && is_phone(l, from)) {
		l->mux = true;
		take_report(l, p, n);
	} else if (rtp_parse(p, n, &r) && learn(l, from)) {
		take_rtp(l, &r, p, n);
	} else {
		l->seen.strays++;
	}
}

/* What was relayed to this phone was not, after all. */
static void on_rtp_unsent(void *arg)
{
	struct live *other = other_of(arg);

	if (other && other->seen.relayed)
		other->seen.relayed--;
}

static void on_rtcp_unsent(void *arg)
{
	struct live *other = other_of(arg);

	if (other && other->seen.reports_relayed)
		other->seen.reports_relayed--;
}

static void on_rtcp(const struct addr *from, const void *p, size_t n, void *arg)
{
	struct live *l = arg;

	if (rtcp_is(p, n) && learn_report(l, from))
		take_report(l, p, n);
	else
		l->seen.strays++;
}

/* ---- its sockets ---- */

static struct flow *open_flow(struct live *l, enum flow_kind kind,
			      const struct addr *at, struct err *e)
{
	struct flow_conf conf = {.kind = kind,
				 .name = l->party->who->id,
				 .local = at,
				 .recv = on_rtcp,
				 .unsent = on_rtcp_unsent,
				 .arg = l};

	if (kind == FLOW_RTP) {
		conf.recv = on_rtp;
		conf.unsent = on_rtp_unsent;
	}
	return flow_open(l->party->call->conf.wire, &conf, e);
}

/* A port that was asked for is taken as it is, be it odd. */
static int open_at(struct live *l, struct ports *ports, struct addr at,
		   struct err *e)
{
	ports->rtp = open_flow(l, FLOW_RTP, &at, e);
	if (!ports->rtp)
		return -1;
	at = *flow_addr(ports->rtp);
	at.port++;
	if (at.port)
		ports->rtcp = open_flow(l, FLOW_RTCP, &at, e);
	else
		err_set(e, ERR_ENV, "port 65535 leaves none for RTCP");
	if (ports->rtcp)
		return 0;
	call_close_ports(ports);
	return -1;
}

static int open_any(struct live *l, struct ports *ports, const struct addr *at,
		    struct err *e)
{
	enum { TRIES = 64 };
	int tries;

	for (tries = 0; tries < TRIES; tries++)
		if (open_at(l, ports, *at, e) == 0)
			return 0;
	return -1;
}

int live_open(struct party *p, struct err *e)
{
	const struct call_source *s = &p->who->source;
	struct ports *ports = &p->line[CALL_AUDIO].ports;
	struct live *l = xcalloc(1, sizeof(*l));
	char text[ADDR_TEXT];

	loop_stretch(p->call->conf.loop, TURN_US);
	p->live = l;
	l->party = p;
	l->fine = NONE;
	l->seen.peer = s->peer;
	if (s->udp.port ? open_at(l, ports, s->udp, e)
			: open_any(l, ports, &s->udp, e))
		return -1;
	l->seen.at = *flow_addr(ports->rtp);
	tell(l, "listening udp:%s", addr_text(&l->seen.at, text));
	return 0;
}

void live_settled(struct live *l)
{
	if (l)
		l->fine = NONE;
}

static void tell_totals(const struct live *l)
{
	const struct call_live *s = &l->seen;

	tell(l,
	     "sent %llu packets, %llu relayed, and %llu RTCP, %llu relayed; "
	     "%llu strays",
	     (unsigned long long)s->packets, (unsigned long long)s->relayed,
	     (unsigned long long)s->reports,
	     (unsigned long long)s->reports_relayed,
	     (unsigned long long)s->strays);
}

void live_free(struct live *l)
{
	if (l && addr_is_set(&l->seen.at))
		tell_totals(l);
	free(l);
}

const struct call_live *call_live(const struct call *c, int party)
{
	const struct live *l = c->party[party].live;

	return l ? &l->seen : NULL;
}
