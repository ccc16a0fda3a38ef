/* Where a user agent is: its addresses, and what goes and comes there. */
#include "sip/ua_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "net/local.h"
#include "sip/edit.h"
#include "sip/print.h"

enum { PORT_TRIES = 16 };

/* ---- what goes ---- */

/* Whose connection is gone gets its responses where it listens (RFC 3261
 * section 18.2.2). */
static int send_by_conn(struct sip_ua *ua, const struct addr *to,
			struct span text)
{
	struct addr back;
	struct sip_view v;

	if (sip_conns_has(ua->conns, to) || !sip_view(text, &v) || v.request)
		return sip_conns_send(ua->conns, to, text);
	sip_via_addr(v.via, to, &back);
	return sip_conns_send(ua->conns, &back, text);
}

static int transmit(struct sip_ua *ua, const struct addr *to, struct span text)
{
	if (addr_is_reliable(to))
		return send_by_conn(ua, to, text);
	ua_at(ua, ADDR_UDP);
	return ua->flow ? flow_send(ua->flow, to, text.p, text.n) : -1;
}

/* Edits see what goes out; what they leave of it is sent, as often as they
 * say. */
static int transmit_edited(struct sip_ua *ua, const struct addr *to,
			   struct span text)
{
	struct buf out;
	unsigned n;
	int rc = 0;

	buf_init(&out, SIP_MAX);
	for (n = sip_edits_apply(ua->conf.edits, text, &out); n > 0; n--)
		if (transmit(ua, to, buf_span(&out)) < 0)
			rc = -1;
	buf_fini(&out);
	return rc;
}

int ua_send_text(struct sip_ua *ua, const struct addr *to, struct span text)
{
	/* a dead process is no transport error to itself */
	if (ua->dead)
		return 0;
	return ua->conf.edits ? transmit_edited(ua, to, text)
			      : transmit(ua, to, text);
}

int ua_send(struct sip_ua *ua, const struct addr *to)
{
	if (ua->out.overflow)
		return -1;
	return ua_send_text(ua, to, buf_span(&ua->out));
}

/* ---- what comes ---- */

static void on_message(const struct addr *from, struct span text, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_receive(ua->txns, from, text);
}

static void on_datagram(const struct addr *from, const void *p, size_t n,
			void *arg)
{
	on_message(from, span_from(p, n), arg);
}

static void on_lost(const struct addr *to, const char *why, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_unreachable(ua->txns, to, why);
}

static void on_noise(const struct addr *from, const char *why, void *arg)
{
	struct sip_ua *ua = arg;

	sip_txns_noise(ua->txns, from, why);
}

/* ---- where requests go ---- */

size_t ua_targets(struct sip_ua *ua, const char *uri, const struct sip_way *way,
		  struct addr *out, size_t max)
{
	struct sip_uri u;

	if (!sip_uri_parse(span_of(uri), &u))
		return 0;
	return sip_uri_targets(&u, ua->conf.dns, ua->conf.rng, way, out, max);
}

void ua_nowhere(const struct sip_ua *ua, const char *uri, struct err *e)
{
	struct sip_uri u;

	if (sip_uri_check(span_of(uri), e) < 0)
		err_wrap(e, "it leads nowhere");
	else if (sip_uri_parse(span_of(uri), &u))
		err_set(e, ERR_INPUT, "'%s' leads nowhere: %s", uri,
			dns_why_not(ua->conf.dns, span_of(u.host)));
}

bool ua_outside(struct sip_ua *ua, const char *uri, struct addr *out)
{
	struct sip_way way = {.proto = ADDR_UDP};

	return ua_targets(ua, uri, &way, out, 1) == 1;
}

bool ua_next_hop(struct sip_ua *ua, const char *uri, const char *route,
		 const struct addr *peer, struct addr *out)
{
	struct sip_way way = {.proto = (enum addr_proto)peer->proto,
			      .decided = true};
	struct span first = span_of(uri);
	struct addr at[SIP_TARGETS];
	struct sip_uri u;
	size_t n, i;

	if (route && route[0])
		first = sip_addr_uri(span_of(route));
	if (!sip_uri_parse(first, &u))
		return false;
	n = sip_uri_targets(&u, ua->conf.dns, NULL, &way, at, SIP_TARGETS);
	for (i = 0; i < n; i++)
		if (addr_eq(&at[i], peer))
			break;
	if (n)
		*out = at[i < n ? i : 0];
	return n > 0;
}

/* ---- addresses ---- */

static void set_at(struct sip_ua *ua, enum addr_proto proto,
		   const struct addr *at)
{
	char text[ADDR_TEXT];

	ua->at[proto] = *at;
	snprintf(ua->via[proto], VIA_TEXT, "%s %s", addr_proto_text(at),
		 addr_text(at, text));
}

/* What we show of an address that we are bound to. */
static void show(struct sip_ua *ua, enum addr_proto proto,
		 const struct addr *bound)
{
	struct addr at = *bound;

	ua->bound[proto] = *bound;
	if (addr_is_any(bound)) {
		net_local_any(bound->family, &at);
		at.port = bound->port;
		at.proto = bound->proto;
		trace_name_addr(ua->conf.trace, &at, ua->conf.name);
	}
	set_at(ua, proto, &at);
}

static int open_flow(struct sip_ua *ua, const struct addr *local, struct err *e)
{
	struct flow_conf conf = {.kind = FLOW_SIP,
				 .name = ua->conf.name,
				 .local = local,
				 .recv = on_datagram,
				 .error = on_lost,
				 .arg = ua};

	ua->flow = flow_open(ua->conf.wire, &conf, e);
	if (!ua->flow)
		return -1;
	show(ua, ADDR_UDP, flow_addr(ua->flow));
	return 0;
}

static int open_at(struct sip_ua *ua, enum addr_proto proto,
		   const struct addr *local, struct err *e)
{
	struct addr at = addr_with(local, proto);

	if (proto == ADDR_UDP)
		return open_flow(ua, &at, e);
	if (sip_conns_listen(ua->conns, &at, e) < 0)
		return -1;
	show(ua, proto, sip_conns_addr(ua->conns, proto));
	return 0;
}

static const struct addr *first_at(const struct sip_ua *ua)
{
	int i = 0;

	while (i < ADDR_TLS && !addr_is_set(&ua->at[i]))
		i++;
	return &ua->at[i];
}

/* The IP address of what is open, with its port if that may be shared. */
static struct addr beside(const struct sip_ua *ua, enum addr_proto proto)
{
	const struct addr *first = first_at(ua);
	struct addr local = addr_with(&ua->bound[first->proto], proto);

	if (proto == ADDR_TLS || first->proto == ADDR_TLS)
		local.port = 0;
	return local;
}

const struct addr *ua_at(struct sip_ua *ua, enum addr_proto proto)
{
	struct addr local, first;

	if (addr_is_set(&ua->at[proto]) || ua->dead)
		return &ua->at[proto];
	local = beside(ua, proto);
	if (open_at(ua, proto, &local, NULL) == 0)
		return &ua->at[proto];
	local.port = 0;
	if (open_at(ua, proto, &local, NULL) < 0) {
		/* nobody reaches us there, but by our own connections */
		first = addr_with(first_at(ua), proto);
		set_at(ua, proto, &first);
	}
	return &ua->at[proto];
}

const char *ua_via(struct sip_ua *ua, enum addr_proto proto)
{
	ua_at(ua, proto);
	return ua->via[proto];
}

static const char *at_text(const struct sip_ua *ua, enum addr_proto proto)
{
	return ua->via[proto] + strlen("UDP ");
}

const char *ua_at_text(struct sip_ua *ua, enum addr_proto proto)
{
	ua_at(ua, proto);
	return at_text(ua, proto);
}

const char *ua_contact(struct sip_ua *ua, enum addr_proto proto, bool sips)
{
	static const char *const params[] = {"", ";transport=tcp",
					     ";transport=tls", ""};
	char **at;

	if (sips)
		proto = ADDR_TLS;
	at = &ua->contact[sips ? UA_SIPS : (int)proto];
	if (!*at)
		*at = xasprintf(
			"<%s:%s%s%s%s>%s", sips ? "sips" : "sip",
			ua->conf.user ? ua->conf.user : "",
			ua->conf.user ? "@" : "", ua_at_text(ua, proto),
			params[sips ? UA_SIPS : (int)proto],
			ua->conf.contact_params ? ua->conf.contact_params : "");
	return *at;
}

const struct addr *sip_ua_addr(const struct sip_ua *ua)
{
	return first_at(ua);
}

const char *sip_ua_addr_text(const struct sip_ua *ua)
{
	return at_text(ua, (enum addr_proto)(first_at(ua) - ua->at));
}

/* ---- open, dead, open again ---- */

/* A port that is free for UDP may be taken for TCP: then another one. */
static int open_all(struct sip_ua *ua, const struct addr *local, struct err *e)
{
	unsigned protos = ua->conf.protos ? ua->conf.protos : 1 << ADDR_UDP;
	struct addr at = *local;
	int i;

	for (i = 0; i < UA_PROTOS; i++) {
		if (!(protos >> i & 1))
			continue;
		if (addr_is_set(first_at(ua)))
			at = beside(ua, (enum addr_proto)i);
		if (open_at(ua, (enum addr_proto)i, &at, e) < 0)
			return -1;
	}
	return 0;
}

static void close_all(struct sip_ua *ua)
{
	sip_conns_close(ua->conns);
	flow_close(ua->flow);
	ua->flow = NULL;
	memset(ua->at, 0, sizeof(ua->at));
}

static struct sip_conns *make_conns(struct sip_ua *ua)
{
	struct sip_conns_conf conf = {.loop = ua->conf.loop,
				      .wire = ua->conf.wire,
				      .tls = ua->conf.tls,
				      .name = ua->conf.name,
				      .local = &ua->from,
				      .message = on_message,
				      .lost = on_lost,
				      .garbage = on_noise,
				      .arg = ua};

	return sip_conns_new(&conf);
}

int ua_open(struct sip_ua *ua, const struct addr *local, struct err *e)
{
	struct addr any = wire_loopback(ua->conf.wire);
	int tries = local && local->port ? 1 : PORT_TRIES;

	ua->conns = make_conns(ua);
	while (open_all(ua, local ? local : &any, e) < 0) {
		close_all(ua);
		if (--tries == 0) {
			sip_conns_free(ua->conns);
			return -1;
		}
	}
	ua->from = ua->bound[first_at(ua)->proto];
	return 0;
}

void ua_close(struct sip_ua *ua)
{
	int i;

	sip_conns_free(ua->conns);
	flow_close(ua->flow);
	for (i = 0; i < UA_CONTACTS; i++)
		free(ua->contact[i]);
}

void sip_ua_kill(struct sip_ua *ua)
{
	ua->dead = true;
	sip_conns_close(ua->conns);
	flow_bury(ua->flow);
	ua->flow = NULL;
}

int sip_ua_revive(struct sip_ua *ua, struct err *e)
{
	int i;

	if (!ua->dead)
		return 0;
	ua->dead = false;
	for (i = 0; i < UA_PROTOS; i++)
		if (addr_is_set(&ua->at[i]) &&
		    open_at(ua, (enum addr_proto)i, &ua->bound[i], e) < 0) {
			ua->dead = true;
			return -1;
		}
	return 0;
}
