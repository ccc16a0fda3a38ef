#include "net/resolve.h"

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include "core/list.h"
#include "core/xalloc.h"

struct known {
	struct le le;
	struct addr addr;
	char *host;
};

static struct list table;

bool resolve_host(struct span host, struct addr *out)
{
	const struct le *e;

	if (addr_parse_ip(host, out))
		return true;
	for (e = table.head; e; e = e->next) {
		const struct known *k = (const struct known *)(const void *)e;

		if (span_case_is(host, k->host)) {
			*out = k->addr;
			return true;
		}
	}
	return false;
}

int resolve_prepare(struct span host, struct err *e)
{
	struct addrinfo hints, *list = NULL;
	struct known *k;
	struct addr a;
	char *name;
	int rc;

	if (resolve_host(host, &a))
		return 0;
	memset(&hints, 0, sizeof(hints));
	hints.ai_socktype = SOCK_DGRAM;
	name = span_dup(host);
	rc = getaddrinfo(name, NULL, &hints, &list);
	if (rc || !addr_from_sockaddr(list->ai_addr, &a)) {
		err_set(e, ERR_ENV, "host '%s': %s", name,
			rc ? gai_strerror(rc) : "no IP address");
		free(name);
		return -1;
	}
	freeaddrinfo(list);
	k = xcalloc(1, sizeof(*k));
	k->addr = a;
	k->host = name;
	list_append(&table, &k->le);
	return 0;
}

void resolve_forget(void)
{
	while (table.head) {
		struct known *k = container_of(table.head, struct known, le);

		list_unlink(&k->le);
		free(k->host);
		free(k);
	}
}
