#include "core/dns.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/hash.h"
#include "core/list.h"
#include "core/xalloc.h"

enum {
	SIP_PORT = 5060,
	SIPS_PORT = 5061,
	NAME = 256,
	ALIASES = 8,
	TARGETS = 64
};

enum kind { KIND_A, KIND_CNAME, KIND_SRV, KIND_NAPTR, KIND_FAILED };

struct record {
	struct hash_le he;
	struct record *next; /* in the order they were added */
	char *name;	     /* owned, small letters, no dot at the end */
	enum kind kind;
	struct addr addr;	/* A and AAAA */
	uint16_t order, weight; /* SRV: priority; NAPTR: order, preference */
	uint16_t port;		/* SRV */
	char service[16];	/* NAPTR: "sip+d2u" */
	char *target; /* owned; like a name; FAILED: why; the others: NULL */
};

struct dns {
	struct record *first, **last;
	struct hash by_name;
	size_t n;
};

/* ---- the table ---- */

struct dns *dns_new(void)
{
	struct dns *d = xcalloc(1, sizeof(*d));

	d->last = &d->first;
	hash_init(&d->by_name);
	return d;
}

void dns_free(struct dns *d)
{
	struct record *r, *next;

	if (!d)
		return;
	for (r = d->first; r; r = next) {
		next = r->next;
		free(r->name);
		free(r->target);
		free(r);
	}
	hash_fini(&d->by_name);
	free(d);
}

size_t dns_records(const struct dns *d)
{
	return d->n;
}

/* Names are compared without case, and with or without the root's dot. */
static char *plain_name(struct span name)
{
	char *out = span_dup(name), *p;
	size_t n = strlen(out);

	if (n && out[n - 1] == '.')
		out[n - 1] = '\0';
	for (p = out; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	return out;
}

static bool number(struct span *rest, uint16_t *out)
{
	struct span word;
	uint32_t n;

	*rest = span_trim(*rest);
	word = span_cut(rest, ' ');
	if (!parse_u32(word, 0, 65535, &n))
		return false;
	*out = (uint16_t)n;
	return true;
}

/* A word, in quotes or not. */
static struct span word_of(struct span *rest)
{
	struct span word;

	*rest = span_trim(*rest);
	word = span_cut(rest, ' ');
	if (word.n >= 2 && word.p[0] == '"' && word.p[word.n - 1] == '"')
		word = span_from(word.p + 1, word.n - 2);
	return word;
}

static bool is_name(struct span s)
{
	size_t i;

	for (i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && !strchr("-_.", s.p[i]))
			return false;
	return s.n > 0 && s.n < NAME;
}

static bool read_target(struct record *r, struct span *rest)
{
	struct span target = word_of(rest);

	if (!is_name(target) || span_trim(*rest).n)
		return false;
	r->target = plain_name(target);
	return true;
}

static bool read_address(struct record *r, struct span rest, uint8_t family)
{
	return addr_parse_ip(span_trim(rest), &r->addr) &&
	       r->addr.family == family;
}

static bool read_naptr(struct record *r, struct span rest)
{
	struct span flag, service;
	size_t i;

	if (!number(&rest, &r->order) || !number(&rest, &r->weight))
		return false;
	flag = word_of(&rest);
	service = word_of(&rest);
	if (!span_case_is(flag, "s") || !service.n ||
	    service.n >= sizeof(r->service))
		return false;
	for (i = 0; i < service.n; i++)
		r->service[i] = (char)tolower((unsigned char)service.p[i]);
	return read_target(r, &rest);
}

static bool read_record(struct record *r, struct span text)
{
	struct span rest = text, kind = word_of(&rest);

	if (span_case_is(kind, "A")) {
		r->kind = KIND_A;
		return read_address(r, rest, 4);
	}
	if (span_case_is(kind, "AAAA")) {
		r->kind = KIND_A;
		return read_address(r, rest, 6);
	}
	if (span_case_is(kind, "CNAME")) {
		r->kind = KIND_CNAME;
		return read_target(r, &rest);
	}
	if (span_case_is(kind, "SRV")) {
		r->kind = KIND_SRV;
		return number(&rest, &r->order) && number(&rest, &r->weight) &&
		       number(&rest, &r->port) && read_target(r, &rest);
	}
	r->kind = KIND_NAPTR;
	return span_case_is(kind, "NAPTR") && read_naptr(r, rest);
}

static void take_record(struct dns *d, struct record *r, struct span name)
{
	r->name = plain_name(name);
	*d->last = r;
	d->last = &r->next;
	hash_add(&d->by_name, &r->he, span_of(r->name));
}

int dns_add(struct dns *d, const char *name, const char *record, struct err *e)
{
	struct record *r = xcalloc(1, sizeof(*r));

	if (!is_name(span_of(name)) || !read_record(r, span_of(record))) {
		free(r->target);
		free(r);
		return err_set(e, ERR_SCENARIO,
			       "'%s' of '%s' is no record such as 'A "
			       "192.0.2.1', 'SRV 10 60 5060 a.example.com' or "
			       "'NAPTR 50 10 s SIP+D2T _sip._tcp.example.com'",
			       record, name);
	}
	take_record(d, r, span_of(name));
	d->n++;
	return 0;
}

void dns_fail(struct dns *d, struct span host, const char *why)
{
	struct record *r = xcalloc(1, sizeof(*r));

	r->kind = KIND_FAILED;
	r->target = xstrdup(why);
	take_record(d, r, host);
}

/* Records of a kind, in the order they were added: the table gives the newest
 * first. */
static size_t find(const struct dns *d, const char *name, enum kind kind,
		   const struct record **out, size_t max)
{
	const struct hash_le *e;
	size_t n = 0, i;

	for (e = hash_find(&d->by_name, span_of(name)); e;
	     e = hash_find_next(e)) {
		const struct record *r = container_of(e, struct record, he);

		if (r->kind == kind && n < max)
			out[n++] = r;
	}
	for (i = 0; i < n / 2; i++) {
		const struct record *other = out[i];

		out[i] = out[n - 1 - i];
		out[n - 1 - i] = other;
	}
	return n;
}

/* ---- targets ---- */

struct targets {
	const struct dns *d;
	struct rng *rng;
	struct addr *out;
	size_t n, max;
};

static void add_addresses(struct targets *t, const char *name, uint16_t port,
			  enum addr_proto proto)
{
	const struct record *r[TARGETS];
	const struct record *alias;
	size_t n, i;
	int left = ALIASES;

	while (left-- > 0 && find(t->d, name, KIND_CNAME, &alias, 1))
		name = alias->target;
	n = find(t->d, name, KIND_A, r, TARGETS);
	for (i = 0; i < n && t->n < t->max; i++) {
		struct addr a = addr_with(&r[i]->addr, proto);

		a.port = port;
		t->out[t->n++] = a;
	}
}

/* Which of `n` of one priority, lighter ones first, is next (RFC 2782). */
static size_t by_chance(const struct record **r, size_t n, struct rng *rng)
{
	uint32_t sum = 0, at;
	size_t i;

	for (i = 0; i < n; i++)
		sum += r[i]->weight;
	if (!sum)
		return rng_below(rng, (uint32_t)n);
	at = rng_below(rng, sum);
	for (i = 0; at >= r[i]->weight; i++)
		at -= r[i]->weight;
	return i;
}

/* Takes one out of those of the best priority: by weight and chance, or without
 * chance the heaviest. */
static const struct record *pick(const struct record **r, size_t *n,
				 struct rng *rng)
{
	const struct record *chosen;
	size_t same = 1, i;

	while (same < *n && r[same]->order == r[0]->order)
		same++;
	i = rng && same > 1 ? by_chance(r, same, rng) : same - 1;
	chosen = r[i];
	memmove(&r[i], &r[i + 1], (*n - i - 1) * sizeof(*r));
	--*n;
	return chosen;
}

static int by_order(const void *pa, const void *pb)
{
	const struct record *a = *(const struct record *const *)pa;
	const struct record *b = *(const struct record *const *)pb;

	if (a->order != b->order)
		return a->order < b->order ? -1 : 1;
	return a->weight < b->weight ? -1 : a->weight > b->weight;
}

/* False: the name has no SRV records. A target of "." serves nothing (RFC
 * 2782); it is empty here, and has no addresses. */
static bool add_servers(struct targets *t, const char *name,
			enum addr_proto proto)
{
	const struct record *r[TARGETS];
	size_t n = find(t->d, name, KIND_SRV, r, TARGETS);
	bool any = n > 0;

	qsort(r, n, sizeof(*r), by_order);
	while (n) {
		const struct record *one = pick(r, &n, t->rng);

		add_addresses(t, one->target, one->port, proto);
	}
	return any;
}

static const struct way {
	const char *service; /* of NAPTR */
	const char *prefix;  /* of SRV */
	enum addr_proto proto;
} ways[] = {
	{"sips+d2t", "_sips._tcp.", ADDR_TLS},
	{"sip+d2t", "_sip._tcp.", ADDR_TCP},
	{"sip+d2u", "_sip._udp.", ADDR_UDP},
};

enum { WAYS = sizeof(ways) / sizeof(*ways) };

/* Whether the want may be served that way (RFC 3263 section 4.1): sips by TLS
 * alone. */
static bool serves(const struct dns_want *w, const struct way *way)
{
	if (w->secure)
		return way->proto == ADDR_TLS;
	return !w->has_proto || w->proto == way->proto;
}

static bool add_by_naptr(struct targets *t, const struct dns_want *w,
			 const char *host)
{
	const struct record *r[TARGETS];
	size_t n = find(t->d, host, KIND_NAPTR, r, TARGETS), i, k;
	bool any = false;

	qsort(r, n, sizeof(*r), by_order);
	for (i = 0; i < n; i++)
		for (k = 0; k < WAYS; k++)
			if (strcmp(r[i]->service, ways[k].service) == 0 &&
			    serves(w, &ways[k]))
				any |= add_servers(t, r[i]->target,
						   ways[k].proto);
	return any;
}

static void srv_name(char out[NAME + 16], const struct way *way,
		     const char *host)
{
	snprintf(out, NAME + 16, "%s%s", way->prefix, host);
}

/* Without NAPTR: UDP before the others, as the URI wants it. */
static bool add_by_srv(struct targets *t, const struct dns_want *w,
		       const char *host)
{
	char name[NAME + 16];
	bool any = false;
	size_t k = WAYS;

	while (!any && k-- > 0) {
		if (!serves(w, &ways[k]))
			continue;
		srv_name(name, &ways[k], host);
		any = add_servers(t, name, ways[k].proto);
	}
	return any;
}

static enum addr_proto proto_of(const struct dns_want *w)
{
	if (w->secure)
		return ADDR_TLS;
	return w->has_proto ? w->proto : ADDR_UDP;
}

static uint16_t port_of(const struct dns_want *w)
{
	if (w->port)
		return w->port;
	return proto_of(w) == ADDR_TLS ? SIPS_PORT : SIP_PORT;
}

static void add_host(struct targets *t, const struct dns_want *w)
{
	char *host = plain_name(w->host);
	bool found = false;

	if (!w->port && !w->has_proto)
		found = add_by_naptr(t, w, host);
	if (!w->port && !found)
		found = add_by_srv(t, w, host);
	if (!found)
		add_addresses(t, host, port_of(w), proto_of(w));
	free(host);
}

/* `host` of "_sip._udp.host"; itself when it has no such labels. */
static const char *without_service(const char *name)
{
	while (name[0] == '_' && strchr(name, '.'))
		name = strchr(name, '.') + 1;
	return name;
}

const char *dns_why_not(const struct dns *d, struct span host)
{
	char *name = plain_name(host);
	const struct record *failed = NULL, *r;
	bool known = false;

	for (r = d ? d->first : NULL; r; r = r->next) {
		if (strcmp(without_service(r->name), name) != 0)
			continue;
		known = true;
		if (r->kind == KIND_FAILED)
			failed = r;
	}
	free(name);
	if (failed)
		return failed->target;
	return known ? "its records name nobody who serves" : "no such name";
}

size_t dns_targets(const struct dns *d, const struct dns_want *w,
		   struct rng *rng, struct addr *out, size_t max)
{
	struct targets t = {.d = d, .rng = rng, .out = out, .max = max};
	struct addr literal;

	if (max && addr_parse_ip(w->host, &literal)) {
		out[0] = addr_with(&literal, proto_of(w));
		out[0].port = port_of(w);
		return 1;
	}
	if (d && max)
		add_host(&t, w);
	return t.n;
}

static bool leads_to(const struct dns *d, const char *host,
		     const struct addr *a)
{
	struct addr at[TARGETS];
	size_t k, n, i;

	for (k = 0; k < WAYS; k++) {
		struct dns_want w = {.host = span_of(host),
				     .has_proto = true,
				     .proto = ways[k].proto};

		n = dns_targets(d, &w, NULL, at, TARGETS);
		for (i = 0; i < n; i++)
			if (addr_ip_eq(&at[i], a))
				return true;
	}
	return false;
}

size_t dns_hosts(const struct dns *d, const struct addr *a, const char **out,
		 size_t max)
{
	const struct record *r;
	size_t n = 0, i;

	for (r = d->first; r && n < max; r = r->next) {
		const char *host = without_service(r->name);

		for (i = 0; i < n; i++)
			if (strcmp(out[i], host) == 0)
				break;
		if (i == n && leads_to(d, host, a))
			out[n++] = host;
	}
	return n;
}
