/*
 * Fills a table of records by c-ares: first what leads to servers, then the
 * addresses of all names that came up.
 */
#include "net/dns_fetch.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "core/clock.h"
#include "core/xalloc.h"

#define PATIENCE_US INT64_C(5000000)

enum { NAMES = 64, RECORD = 600 };

struct names {
	char *at[NAMES]; /* owned */
	size_t n;
};

struct fetch {
	struct dns *d;
	ares_channel channel;
	size_t pending;
	int worst; /* ARES_ code of a server that did not answer, or 0 */
	bool answered;
	struct names hosts;    /* whose addresses are wanted */
	struct names services; /* whose SRV records were asked for */
};

struct asked {
	struct fetch *f;
	char *name; /* owned */
};

static struct asked *ask(struct fetch *f, const char *name)
{
	struct asked *a = xcalloc(1, sizeof(*a));

	a->f = f;
	a->name = xstrdup(name);
	f->pending++;
	return a;
}

/* That there is no such name is an answer. */
static bool answered(struct asked *a, int status)
{
	a->f->pending--;
	if (status == ARES_SUCCESS || status == ARES_ENODATA ||
	    status == ARES_ENOTFOUND)
		a->f->answered = true;
	else
		a->f->worst = status;
	return status == ARES_SUCCESS;
}

static void asked_free(struct asked *a)
{
	free(a->name);
	free(a);
}

/* False: it was there already, or there are too many. */
static bool names_add(struct names *list, const char *name)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		if (strcasecmp(list->at[i], name) == 0)
			return false;
	if (list->n == NAMES)
		return false;
	list->at[list->n++] = xstrdup(name);
	return true;
}

static void names_free(struct names *list)
{
	while (list->n)
		free(list->at[--list->n]);
}

/* Records that cannot be used are passed over. */
static void add(struct fetch *f, const char *name, const char *record)
{
	dns_add(f->d, name, record, NULL);
}

static void on_srv(void *arg, int status, int timeouts, unsigned char *p, int n)
{
	struct ares_srv_reply *list = NULL, *r;
	struct asked *a = arg;
	char text[RECORD];

	(void)timeouts;
	if (answered(a, status) &&
	    ares_parse_srv_reply(p, n, &list) == ARES_SUCCESS) {
		for (r = list; r; r = r->next) {
			snprintf(text, sizeof(text), "SRV %u %u %u %s",
				 r->priority, r->weight, r->port, r->host);
			add(a->f, a->name, text);
			names_add(&a->f->hosts, r->host);
		}
		ares_free_data(list);
	}
	asked_free(a);
}

static void ask_srv(struct fetch *f, const char *name)
{
	if (names_add(&f->services, name))
		ares_query(f->channel, name, ns_c_in, ns_t_srv, on_srv,
			   ask(f, name));
}

static void on_naptr(void *arg, int status, int timeouts, unsigned char *p,
		     int n)
{
	struct ares_naptr_reply *list = NULL, *r;
	struct asked *a = arg;
	char text[RECORD];

	(void)timeouts;
	if (answered(a, status) &&
	    ares_parse_naptr_reply(p, n, &list) == ARES_SUCCESS) {
		for (r = list; r; r = r->next) {
			snprintf(text, sizeof(text), "NAPTR %u %u %s %s %s",
				 r->order, r->preference, (char *)r->flags,
				 (char *)r->service, r->replacement);
			add(a->f, a->name, text);
			ask_srv(a->f, r->replacement);
		}
		ares_free_data(list);
	}
	asked_free(a);
}

static void on_addresses(void *arg, int status, int timeouts,
			 struct ares_addrinfo *found)
{
	struct ares_addrinfo_node *node;
	struct asked *a = arg;
	char text[RECORD], ip[ADDR_TEXT];
	struct addr addr;

	(void)timeouts;
	if (answered(a, status)) {
		for (node = found->nodes; node; node = node->ai_next) {
			if (!addr_from_sockaddr(node->ai_addr, &addr))
				continue;
			snprintf(text, sizeof(text), "%s %s",
				 addr.family == 6 ? "AAAA" : "A",
				 addr_ip_text(&addr, ip));
			add(a->f, a->name, text);
		}
	}
	ares_freeaddrinfo(found);
	asked_free(a);
}

static void ask_addresses(struct fetch *f)
{
	struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC,
					    .ai_socktype = SOCK_DGRAM};
	size_t i;

	for (i = 0; i < f->hosts.n; i++)
		ares_getaddrinfo(f->channel, f->hosts.at[i], NULL, &hints,
				 on_addresses, ask(f, f->hosts.at[i]));
}

/* Until all was answered, or patience ends. */
static void wait_for_answers(struct fetch *f, int64_t until_us)
{
	ares_socket_t fd[ARES_GETSOCK_MAXNUM];

	while (f->pending) {
		/* its macros shift into the sign */
		unsigned bits = (unsigned)ares_getsock(f->channel, fd,
						       ARES_GETSOCK_MAXNUM);
		struct pollfd p[ARES_GETSOCK_MAXNUM];
		int64_t left_us = until_us - clock_monotonic_us();
		int n = 0, i;

		if (left_us <= 0) {
			ares_cancel(f->channel);
			return;
		}
		for (i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
			p[n].fd = fd[i];
			p[n].events = 0;
			if (bits >> i & 1)
				p[n].events |= POLLIN;
			if (bits >> (i + ARES_GETSOCK_MAXNUM) & 1)
				p[n].events |= POLLOUT;
			n += p[n].events != 0;
		}
		poll(p, (nfds_t)n, left_us > 100000 ? 100 : 1);
		for (i = 0; i < n; i++)
			ares_process_fd(
				f->channel,
				p[i].revents & (POLLIN | POLLERR | POLLHUP)
					? p[i].fd
					: ARES_SOCKET_BAD,
				p[i].revents & POLLOUT ? p[i].fd
						       : ARES_SOCKET_BAD);
		if (!n)
			ares_process_fd(f->channel, ARES_SOCKET_BAD,
					ARES_SOCKET_BAD);
	}
}

static void ask_ways(struct fetch *f, const struct dns_want *w,
		     const char *host)
{
	static const char *const prefix[] = {"_sips._tcp.", "_sip._tcp.",
					     "_sip._udp."};
	char name[RECORD];
	size_t i;

	if (!w->has_proto)
		ares_query(f->channel, host, ns_c_in, ns_t_naptr, on_naptr,
			   ask(f, host));
	for (i = 0; i < sizeof(prefix) / sizeof(*prefix); i++) {
		snprintf(name, sizeof(name), "%s%s", prefix[i], host);
		ask_srv(f, name);
	}
}

static int open_channel(struct fetch *f, struct err *e)
{
	struct ares_options o = {.timeout = 2000, .tries = 2};
	int rc = ares_library_init(ARES_LIB_INIT_ALL);

	if (rc == ARES_SUCCESS)
		rc = ares_init_options(&f->channel, &o,
				       ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES);
	if (rc != ARES_SUCCESS)
		return err_set(e, ERR_ENV, "no look-up of names: %s",
			       ares_strerror(rc));
	return 0;
}

int dns_fetch(struct dns *d, const struct dns_want *w, struct err *e)
{
	int64_t until_us = clock_monotonic_us() + PATIENCE_US;
	struct fetch f = {.d = d};
	struct addr literal;
	char *host;

	if (addr_parse_ip(w->host, &literal))
		return 0;
	if (open_channel(&f, e) < 0)
		return -1;
	host = span_dup(w->host);
	names_add(&f.hosts, host);
	if (!w->port) {
		ask_ways(&f, w, host);
		wait_for_answers(&f, until_us);
	}
	ask_addresses(&f);
	wait_for_answers(&f, until_us);
	ares_destroy(f.channel);
	ares_library_cleanup();
	names_free(&f.hosts);
	names_free(&f.services);
	if (!f.answered)
		err_set(e, ERR_ENV, "DNS does not answer: %s",
			ares_strerror(f.worst ? f.worst : ARES_ETIMEOUT));
	free(host);
	return f.answered ? 0 : -1;
}
