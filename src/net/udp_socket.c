#include "net/udp_socket.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	RCVBUF = 512 * 1024,
	RCVBUF_SIP = 4 * 1024 * 1024, /* of all calls together */
	DISCARD = 9		      /* RFC 863 */
};

static void set_options(int sock, bool tell_errors, int family)
{
	int on = 1, size = tell_errors ? RCVBUF_SIP : RCVBUF;

	setsockopt(sock, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	if (!tell_errors)
		return;
	if (family == 6)
		setsockopt(sock, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));
	else
		setsockopt(sock, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));
}

int udp_socket_open(const struct addr *local, bool tell_errors,
		    struct addr *bound, struct err *e)
{
	struct sockaddr_storage ss;
	socklen_t len = addr_to_sockaddr(local, &ss);
	char text[ADDR_TEXT];
	int sock = socket(ss.ss_family,
			  SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (sock < 0)
		return err_set(e, ERR_ENV, "socket: %s", strerror(errno));
	set_options(sock, tell_errors, local->family);
	if (bind(sock, (struct sockaddr *)&ss, len) < 0 ||
	    (!local->port &&
	     getsockname(sock, (struct sockaddr *)&ss, &len) < 0)) {
		err_set(e, ERR_ENV, "%s: %s", addr_text(local, text),
			strerror(errno));
		close(sock);
		return -1;
	}
	addr_from_sockaddr((struct sockaddr *)&ss, bound);
	return sock;
}

/* Of IP_RECVERR. */
static int error_of(struct msghdr *m)
{
	struct sock_extended_err x = {.ee_errno = EHOSTUNREACH};
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c))
		if ((c->cmsg_level == IPPROTO_IP &&
		     c->cmsg_type == IP_RECVERR) ||
		    (c->cmsg_level == IPPROTO_IPV6 &&
		     c->cmsg_type == IPV6_RECVERR))
			memcpy(&x, CMSG_DATA(c), sizeof(x));
	return (int)x.ee_errno;
}

/* They come with the address that we sent to (IP_RECVERR). */
bool udp_socket_error(int sock, struct addr *to, int *error)
{
	struct sockaddr_storage ss;
	char bytes[64], control[512];
	struct iovec iov = {bytes, sizeof(bytes)};
	struct msghdr m = {.msg_name = &ss,
			   .msg_namelen = sizeof(ss),
			   .msg_iov = &iov,
			   .msg_iovlen = 1,
			   .msg_control = control,
			   .msg_controllen = sizeof(control)};

	if (recvmsg(sock, &m, MSG_ERRQUEUE | MSG_DONTWAIT) < 0)
		return false;
	*error = error_of(&m);
	return addr_from_sockaddr((struct sockaddr *)&ss, to);
}

/* By connecting it to where nobody is. */
bool udp_socket_deafen(int sock, const struct addr *local)
{
	struct addr nobody = *local;
	struct sockaddr_storage ss;
	socklen_t len;

	nobody.port = DISCARD;
	len = addr_to_sockaddr(&nobody, &ss);
	return connect(sock, (struct sockaddr *)&ss, len) == 0;
}

void udp_socket_many(void)
{
	struct rlimit r;

	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max;
		setrlimit(RLIMIT_NOFILE, &r);
	}
}
