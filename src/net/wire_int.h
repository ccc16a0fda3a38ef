/*
 * net/wire_int.h - what the wires share; for the net room only
 */
#ifndef NET_WIRE_INT_H
#define NET_WIRE_INT_H

#include "core/hash.h"
#include "core/buf.h"
#include "core/list.h"
#include "net/stream.h"

/* What a kind of wire does. `sip` is the trace's record of the datagram or
 * NULL; a wire that sees it arrive says so with wire_deliver. */
struct wire_ops {
	size_t room; /* of what it keeps of a flow: `priv` points there */
	int (*open)(struct flow *f, const struct addr *local, struct err *e);
	int (*send)(struct flow *f, const struct addr *to, const void *p,
		    size_t n, struct trace_sip *sip);
	void (*close)(struct flow *f, bool bury);
	void (*free)(struct wire *w);
	void (*drain)(struct flow *f); /* NULL: nothing ever waits */
	const struct stream_ops *streams;
};

struct stream_ops {
	/* Fills in s->local and begins to connect to s->remote. */
	int (*connect)(struct stream *s, const struct addr *local,
		       struct err *e);
	int (*send)(struct stream *s, const void *p, size_t n);
	void (*close)(struct stream *s, bool reset);
	/* Fills in l->local. */
	int (*listen)(struct listener *l, const struct addr *local,
		      struct err *e);
	void (*unlisten)(struct listener *l);
};

struct wire {
	const struct wire_ops *ops;
	struct loop *loop;
	struct trace *trace;
	struct addr loopback;
	struct hash flows; /* by local address */
	struct hash gone;  /* addresses of closed flows, for a while */
	struct list gone_list;
	size_t n_flows, n_streams;
	struct hash listeners; /* by local address, of TCP */
	struct hash ways;      /* struct way, by both addresses */
	wire_observe_h *observe;
	void *observe_arg;
};

/* What every packet touches stands together, and `priv` comes next. */
struct flow {
	struct hash_le by_addr;
	flow_error_h *error;
	flow_unsent_h *unsent;
	struct addr local;
	enum flow_kind kind;
	struct wire *wire;
	flow_recv_h *recv;
	void *arg;
	struct trace_rtp *out, *in; /* newest streams, to save look-ups */
	struct addr out_dst, in_src;
	struct way *way; /* owned, NULL: a good one */
	void *priv;	 /* of the kind of wire; zeroed at first */
};

/* One direction of a connection, for who is at both of its ends: the records
 * of what is under way. */
struct way {
	struct hash_le by_ends;
	struct addr ends[2]; /* from, to; of TCP */
	struct list sent;    /* struct way_message, oldest first */
	int refs;
};

struct stream {
	struct wire *wire;
	struct addr local, remote;
	const struct stream_handlers *h; /* NULL: not taken yet */
	void *arg;
	struct way *out, *in;
	bool ours;     /* the peer is in this process too */
	bool up, gone; /* gone was told, or nobody is to be told */
	void *priv;    /* of the kind of wire */
};

struct listener {
	struct wire *wire;
	struct hash_le by_addr;
	struct addr local;
	enum addr_proto proto; /* of what comes, for the trace */
	listener_accept_h *accept;
	void *arg;
	void *priv;
};

/* ---- stream.c, for the wires ---- */

/* A connection came for `l`, from `remote` to `local`. It is not to be touched
 * when this returns: it may be closed. */
void listener_accept(struct listener *l, const struct addr *local,
		     const struct addr *remote, void *priv,
		     void (*made)(struct stream *s, void *priv));
struct listener *wire_listener_at(const struct wire *w, const struct addr *a);
void stream_tell_up(struct stream *s);
void stream_tell_data(struct stream *s, const void *p, size_t n);
void stream_tell_gone(struct stream *s, enum stream_end end);
void wire_init(struct wire *w, const struct wire_ops *ops, struct loop *l,
	       struct trace *t);
void wire_see(struct wire *w, enum wire_sight what, const struct addr *src,
	      const struct addr *dst, const void *p, size_t n);

/* The open flow at an address, or NULL. */
struct flow *wire_flow_at(const struct wire *w, const struct addr *a);

/* A datagram arrived for `f`. `sip` is its record when the wire knows it; one
 * from outside gets its record here. */
void wire_deliver(struct flow *f, const struct addr *from, const void *p,
		  size_t n, struct trace_sip *sip);

#endif
