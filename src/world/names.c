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
 * is there. */
static void name_targets(const struct world *w, const struct sip_uri *u,
			 const char *name)
{
	struct addr at[SIP_TARGETS];
	size_t n, i;
	int proto;

	for (proto = ADDR_UDP; proto <= ADDR_TLS; proto++) {
		struct sip_way way = {.proto = (enum addr_proto)proto,
				      .decided = true};

		n = sip_uri_targets(u, w->dns, NULL, &way, at, SIP_TARGETS);
		for (i = 0; i < n; i++)
			if (!trace_name_of(w->trace, &at[i]))
				trace_name_addr(w->trace, &at[i], name);
	}
}

static void look_up(const struct world *w, const struct sip_uri *u)
{
	struct err e = ERR_INIT;
	struct dns_want want;
	struct addr a;

	if (!sip_uri_addr(u, w->dns, ADDR_UDP, &a) &&
	    sip_uri_want(u, &any_way, &want) &&
	    dns_fetch(w->dns, &want, &e) < 0)
		dns_fail(w->dns, want.host, e.text);
}

int names_learn(struct world *w, const char *name, const char *uri,
		struct err *e)
{
	struct sip_uri u;

	if (!sip_uri_parse(span_of(uri), &u) || !u.host[0])
		return err_set(e, ERR_SCENARIO, "'%s' is not a SIP URI", uri);
	if (w->conf->clock == SCN_CLOCK_REAL)
		look_up(w, &u);
	name_targets(w, &u, name);
	return 0;
}
