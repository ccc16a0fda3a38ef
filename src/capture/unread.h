/*
 * capture/unread.h - frames that could carry a call and are not read
 *
 * Of kinds that no call travels in, such as ARP, nothing is said.
 */
#ifndef CAPTURE_UNREAD_H
#define CAPTURE_UNREAD_H

#include <stddef.h>
#include <stdint.h>

#include "capture/capture.h"
#include "core/span.h"

enum { UNREAD_TYPES = 6 };

/* Zeroed: none. */
struct unread {
	size_t frames;
	uint16_t type[UNREAD_TYPES]; /* Ethernet types, as they appeared */
	size_t n_types;		     /* more than UNREAD_TYPES: not all named */
	size_t vxlan;		     /* datagrams */
};

/* A frame that capture_link_strip could do nothing with. */
void unread_frame(struct unread *u, int dlt, struct span frame);

/* A datagram, which may be VXLAN (RFC 7348). It is handed out all the same. */
static inline void unread_datagram(struct unread *u,
				   const struct capture_packet *p)
{
	enum { VXLAN_PORT = 4789, VXLAN_HEAD = 8, VXLAN_VALID = 0x08 };

	if (p->dst.port == VXLAN_PORT && p->data.n > VXLAN_HEAD &&
	    p->data.p[0] == VXLAN_VALID && !p->tcp)
		u->vxlan++;
}

/* Says in the warnings what there was. */
void unread_tell(const struct unread *u, struct capture_info *info);

#endif
