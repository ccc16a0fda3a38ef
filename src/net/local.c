#include "net/local.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { DISCARD_PORT = 9 };

bool net_local_for(const struct addr *peer, struct addr *out)
{
	struct sockaddr_storage ss;
	struct addr to = *peer;
	socklen_t n;
	bool ok;
	int fd;

	if (to.port == 0)
		to.port = DISCARD_PORT;
	n = addr_to_sockaddr(&to, &ss);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return false;
	ok = connect(fd, (struct sockaddr *)&ss, n) == 0;
	n = sizeof(ss);
	ok = ok && getsockname(fd, (struct sockaddr *)&ss, &n) == 0 &&
	     addr_from_sockaddr((struct sockaddr *)&ss, out);
	close(fd);
	out->port = 0;
	return ok;
}

/* fe80::/10 needs a scope and 169.254/16 is no address to be called at. */
static bool is_link_local(const struct addr *a)
{
	if (a->family == 6)
		return a->ip[0] == 0xfe && (a->ip[1] & 0xc0) == 0x80;
	return a->ip[0] == 169 && a->ip[1] == 254;
}

static bool is_wanted(const struct ifaddrs *i, uint8_t family, struct addr *a)
{
	return i->ifa_addr && (i->ifa_flags & IFF_UP) &&
	       !(i->ifa_flags & IFF_LOOPBACK) &&
	       addr_from_sockaddr(i->ifa_addr, a) && a->family == family &&
	       !is_link_local(a);
}

void net_local_any(uint8_t family, struct addr *out)
{
	struct ifaddrs *all = NULL, *i;
	bool found = false;

	if (getifaddrs(&all) == 0) {
		for (i = all; i && !found; i = i->ifa_next)
			found = is_wanted(i, family, out);
		freeifaddrs(all);
	}
	if (!found && family == 6)
		addr_parse_ip(span_of("::1"), out);
	else if (!found)
		*out = addr_loopback(0);
	out->port = 0;
}
