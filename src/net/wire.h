/*
 * net/wire.h - datagrams between actors, on sockets or simulated
 *
 * A wire carries flows; a flow is one bound UDP address. Actors open flows,
 * send from them and get what arrives; they cannot tell which wire it is. The
 * wire writes SIP and RTP into the trace and shows every datagram to its
 * observers (the capture file). Connections are in net/stream.h.
 */
#ifndef NET_WIRE_H
#define NET_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include "core/addr.h"
#include "core/err.h"
#include "core/loop.h"
#include "core/rng.h"
#include "net/way.h"
#include "trace/trace.h"

struct wire;
struct flow;

enum flow_kind { FLOW_SIP, FLOW_RTP, FLOW_RTCP };

/* Longest datagram that is carried, RFC 3261 18.1.1: up to 65535 bytes. */
enum { WIRE_MTU = 65507 };

/* A datagram came. The bytes are borrowed for the call; the handler may close
 * the flow. */
typedef void(flow_recv_h)(const struct addr *from, const void *p, size_t n,
			  void *arg);

/* Nobody listens at `to`: an earlier datagram came back as unreachable. `why` is
 * for people: WIRE_REFUSED, or what else the network said. */
#define WIRE_REFUSED "nobody listens there (ICMP port unreachable)"
typedef void(flow_error_h)(const struct addr *to, const char *why, void *arg);

/* A datagram that flow_send took did not go. The handler may not close the
 * flow. */
typedef void(flow_unsent_h)(void *arg);

struct flow_conf {
	enum flow_kind kind;
	const char *name;	  /* of the actor, for the trace */
	const struct addr *local; /* NULL: loopback, any port; port 0
					 * picks one */
	flow_recv_h *recv;
	flow_error_h *error;   /* may be NULL */
	flow_unsent_h *unsent; /* may be NULL */
	void *arg;
};

/* Sockets. Where the system lets us, RTP and RTCP leave together at the end of
 * the turn (net/sendq.h), or before SIP that is sent later. The variable
 * SIPREC_SRC_IO says `plain` to do without. */
struct wire *wire_udp_new(struct loop *l, struct trace *t);

/* Simulated: `latency_us` one way, nothing lost unless a flow says so. */
struct wire *wire_sim_new(struct loop *l, struct trace *t, struct rng *rng,
			  int64_t latency_us);

void wire_free(struct wire *w); /* flows must be closed */

/* Where who asks for no address is: 127.0.0.1, or from now on ::1. Port 0. */
struct addr wire_loopback(const struct wire *w);
void wire_use_ipv6(struct wire *w);

/* NULL with ERR_ENV when the address is taken or not ours. */
struct flow *flow_open(struct wire *w, const struct flow_conf *conf,
		       struct err *e);

/* RTP on an even port and RTCP on the next (RFC 3550 section 11); `conf` for
 * both but the kind. Either both or none are open afterwards. */
int flow_open_pair(struct wire *w, const struct flow_conf *conf,
		   struct flow **rtp, struct flow **rtcp, struct err *e);

/* The same with RTCP on any other port, for those who name it (RFC 3605). */
int flow_open_apart(struct wire *w, const struct flow_conf *conf,
		    struct flow **rtp, struct flow **rtcp, struct err *e);

/* Sends one datagram. -1 when the system refuses it at once; what it refuses
 * later is told by `unsent`. */
int flow_send(struct flow *f, const struct addr *to, const void *p, size_t n);

const struct addr *flow_addr(const struct flow *f);
void flow_close(struct flow *f); /* NULL is fine; no handler after */

/* Closes it as a process that dies would, but nobody else on this host gets its
 * address: what is sent there is refused until a flow is opened there again, or
 * the wire is freed. NULL is fine. */
void flow_bury(struct flow *f);

/* Hands over what has come to an RTP flow and waits to be read: what was sent
 * before a BYE counts though the BYE is read first. NULL is fine; not to be
 * called from that flow's own handler. */
void flow_drain(struct flow *f);

/* A bad way for what this flow sends. Applied before the wire, the same on both
 * wires. */
void flow_impair(struct flow *f, struct rng *rng, const struct way_conf *conf);

enum wire_sight {
	WIRE_BYTES,  /* a datagram, or bytes of a connection (`src.proto`) */
	WIRE_OPENED, /* a connection, from `src` to `dst`; no bytes */
	WIRE_CLOSED, /* by `src` */
	WIRE_RESET   /* likewise, or refused */
};

/* Called for every datagram of ours when it is sent, and for those of outside
 * peers when they arrive; for connections likewise, with the bytes as they
 * were before encryption. One observer. */
typedef void(wire_observe_h)(int64_t now_us, enum wire_sight what,
			     const struct addr *src, const struct addr *dst,
			     const void *p, size_t n, void *arg);
void wire_observe(struct wire *w, wire_observe_h *h, void *arg);

/* Flows, streams and listeners open now: what a finished run must not leave
 * behind. */
size_t wire_flows(const struct wire *w);

#endif
