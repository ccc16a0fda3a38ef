/*
 * net/wire_tcp.h - connections on sockets; for the net room only
 */
#ifndef NET_WIRE_TCP_H
#define NET_WIRE_TCP_H

#include "net/wire_int.h"

extern const struct stream_ops wire_tcp_ops;

#endif
