/*
 * net/wire_int.h - what the wires share; for the net room only
 */
#ifndef NET_WIRE_INT_H
#define NET_WIRE_INT_H

#include "core/hash.h"
#include "core/buf.h"
#include "core/list.h"
#include "net/wire.h"

/* What a kind of wire does. `sip` is the trace's record of the datagram or
 * NULL; a wire that sees it arrive says so with wire_deliver. */
struct wire_ops {
	int (*open)(struct flow *f, const struct addr *local, struct err *e);
	int (*send)(struct flow *f, const struct addr *to, const void *p,
		    size_t n, struct trace_sip *sip);
	void (*close)(struct flow *f, bool bury);
	void (*free)(struct wire *w);
	void (*drain)(struct flow *f); /* NULL: nothing ever waits */
};

struct wire {
	const struct wire_ops *ops;
	struct loop *loop;
	struct trace *trace;
	struct hash flows; /* by local address */
	struct hash gone;  /* addresses of closed flows, for a while */
	struct list gone_list;
	size_t n_flows;
	wire_observe_h *observe;
	void *observe_arg;
};

struct flow {
	struct wire *wire;
	struct hash_le by_addr;
	struct addr local;
	enum flow_kind kind;
	flow_recv_h *recv;
	flow_error_h *error;
	void *arg;
	struct trace_rtp *out, *in; /* newest streams, to save look-ups */
	struct addr out_dst, in_src;
	struct way *way; /* owned, NULL: a good one */
	void *priv;	 /* of the kind of wire */
};

/* The open flow at an address, or NULL. */
struct flow *wire_flow_at(const struct wire *w, const struct addr *a);

/* A datagram arrived for `f`. `sip` is its record when the wire knows it; one
 * from outside gets its record here. */
void wire_deliver(struct flow *f, const struct addr *from, const void *p,
		  size_t n, struct trace_sip *sip);

#endif
