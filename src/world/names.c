/* Host names: what the scenario says of them, and what DNS says. */
#include "core/dns.h"
#include "net/dns_fetch.h"
#include "sip/targets.h"
#include "world/priv.h"

/* Whichever transport an instance will ask for. */
static const struct sip_way any_way = {.proto = ADDR_UDP};

int names_build(struct world *w, struct err *e)
{
	size_t i;

	w->dns = dns_new();
	for (i = 0; i < w->s->n_dns; i++)
		if (dns_add(w->dns, w->s->dns[i].name, w->s->dns[i].text, e) <
		    0)
			return -1;
	return 0;
}

/* All addresses get the name of the server, unless a recorder of the scenario
 * is there. False: nothing is known of it. */
static bool name_targets(const struct world *w, const struct sip_uri *u,
			 const char *name)
{
	struct addr at[SIP_TARGETS];
	size_t n, i, found = 0;
	int proto;

	for (proto = ADDR_UDP; proto <= ADDR_TLS; proto++) {
		struct sip_way way = {.proto = (enum addr_proto)proto,
				      .decided = true};

		n = sip_uri_targets(u, w->dns, NULL, &way, at, SIP_TARGETS);
		for (i = 0; i < n; i++)
			if (!trace_name_of(w->trace, &at[i]))
				trace_name_addr(w->trace, &at[i], name);
		found += n;
	}
	return found > 0;
}

static int look_up(const struct world *w, const struct sip_uri *u,
		   struct err *e)
{
	struct addr a;
	struct dns_want want;

	if (sip_uri_addr(u, w->dns, ADDR_UDP, &a) ||
	    !sip_uri_want(u, &any_way, &want))
		return 0;
	return dns_fetch(w->dns, &want, e);
}

/* The text after the last colon when it is a number, but of no port. */
static const char *wrong_port(const char *uri)
{
	const char *at = strrchr(uri, ':');
	size_t n = at ? strspn(at + 1, "0123456789") : 0;
	uint32_t port;

	if (!n || (at[1 + n] && !strchr(";?", at[1 + n])) ||
	    parse_u32(span_from(at + 1, n), 1, 65535, &port))
		return NULL;
	return at + 1;
}

static int not_a_uri(const char *uri, struct err *e)
{
	const char *port = wrong_port(uri);

	if (!port)
		return err_set(e, ERR_SCENARIO, "'%s' is not a SIP URI", uri);
	return err_set(e, ERR_SCENARIO,
		       "'%s' is not a SIP URI: port %.*s is not between 1 and "
		       "65535",
		       uri, (int)strspn(port, "0123456789"), port);
}

int names_learn(struct world *w, const char *name, const char *uri,
		struct err *e)
{
	bool real = w->conf->clock == SCN_CLOCK_REAL;
	enum addr_proto proto;
	struct sip_uri u;

	if (!sip_uri_parse(span_of(uri), &u) || !u.host[0])
		return not_a_uri(uri, e);
	if (real && !sip_uri_proto(&u, ADDR_UDP, &proto))
		return err_set(e, ERR_SCENARIO,
			       "'%s': transport '%s' is not %s", uri,
			       u.transport,
			       span_case_is(span_of(u.scheme), "sips")
				       ? "tcp or tls, as sips wants"
				       : "udp, tcp or tls");
	if (real && look_up(w, &u, e) < 0)
		return err_wrap(e, "recorder '%s' cannot be reached", name);
	if (!name_targets(w, &u, name) && real) {
		err_set(e, ERR_ENV, "host '%s': no such name", u.host);
		return err_wrap(e, "recorder '%s' cannot be reached", name);
	}
	return 0;
}
