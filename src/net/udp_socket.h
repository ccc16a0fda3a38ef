/*
 * net/udp_socket.h - what we ask of a UDP socket
 */
#ifndef NET_UDP_SOCKET_H
#define NET_UDP_SOCKET_H

#include <stdbool.h>

#include "core/addr.h"
#include "core/err.h"

/* A socket that does not block, bound to `local`; where it is goes to `bound`.
 * `tell_errors`: ICMP errors can be read from it. -1 with ERR_ENV when the
 * address is taken or not ours. */
int udp_socket_open(const struct addr *local, bool tell_errors,
		    struct addr *bound, struct err *e);

/* Takes the next ICMP error off and says where the datagram was sent to, and the
 * errno that stands for it; false when there is none. */
bool udp_socket_error(int sock, struct addr *to, int *error);

/* It stays bound, but the system finds no socket for what others send there,
 * and says so to them. */
bool udp_socket_deafen(int sock, const struct addr *local);

/* A thousand calls need more descriptors than a shell usually grants: asks for
 * as many as there may be. */
void udp_socket_many(void);

#endif
