/*
 * net/wire_sim.h - what the files of the simulated wire share; for the net
 * room only
 */
#ifndef NET_WIRE_SIM_H
#define NET_WIRE_SIM_H

#include "net/wire_int.h"

struct sim {
	struct wire wire;
	struct rng cuts; /* where connections are cut: no draw of an actor's
			  * may depend on how SIP is carried */
	int64_t latency_us;
	uint16_t next_sip, next_rtp, next_tcp;
	struct sim_end *reading; /* NULL once it was closed */
	struct list flying;
	struct list spare; /* small packets for the next use */
};

/* The next port for SIP; it may be taken. */
uint16_t wire_sim_port(struct sim *s);

extern const struct stream_ops wire_sim_tcp_ops;

#endif
