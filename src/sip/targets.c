#include "sip/targets.h"

bool sip_uri_want(const struct sip_uri *u, const struct sip_way *way,
		  struct dns_want *w)
{
	*w = (struct dns_want){
		.host = span_of(u->host),
		.port = u->port,
		.secure = span_case_is(span_of(u->scheme), "sips"),
		.has_proto = u->transport[0] || way->decided};
	return sip_uri_proto(u, way->proto, &w->proto);
}

size_t sip_uri_targets(const struct sip_uri *u, const struct dns *d,
		       struct rng *rng, const struct sip_way *way,
		       struct addr *out, size_t max)
{
	struct dns_want w;

	return sip_uri_want(u, way, &w) ? dns_targets(d, &w, rng, out, max) : 0;
}

bool sip_uri_addr(const struct sip_uri *u, const struct dns *d,
		  enum addr_proto otherwise, struct addr *a)
{
	struct sip_way way = {.proto = otherwise, .decided = true};

	return sip_uri_targets(u, d, NULL, &way, a, 1) == 1;
}
