#include "capture/unread.h"

#include <stdbool.h>

#include "capture/frame.h"
#include "capture/link.h"
#include "core/buf.h"

enum { LENGTH_MAX = 1535 }; /* below the first type: a length, IEEE 802.3 */

static bool is_no_carrier(int type)
{
	static const uint16_t types[] = {
		0x0806, 0x8035,		/* ARP, RARP */
		0x8809, 0x88cc, 0x8902, /* LACP, LLDP, CFM */
		0x888e,			/* EAPOL */
		0x8863, 0x8864,		/* PPPoE; of its sessions LCP is left */
		0x88f7, 0x9000,		/* PTP, loopback */
	};
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (types[i] == type)
			return true;
	return type <= LENGTH_MAX;
}

static void note_type(struct unread *u, uint16_t type)
{
	size_t i;

	for (i = 0; i < u->n_types && i < UNREAD_TYPES; i++)
		if (u->type[i] == type)
			return;
	if (u->n_types < UNREAD_TYPES)
		u->type[u->n_types] = type;
	if (u->n_types <= UNREAD_TYPES)
		u->n_types++;
}

void unread_frame(struct unread *u, int dlt, struct span frame)
{
	int type = capture_link_type(dlt, frame);

	if (is_no_carrier(type))
		return;
	u->frames++;
	note_type(u, (uint16_t)type);
}

void unread_tell(const struct unread *u, struct capture_info *info)
{
	struct buf types;
	size_t i;

	buf_init(&types, 128);
	for (i = 0; i < u->n_types && i < UNREAD_TYPES; i++)
		buf_addf(&types, "%s0x%04x", i ? ", " : "", u->type[i]);
	if (u->frames)
		capture_warn(info,
			     "%zu frame%s of kinds that are not read: Ethernet "
			     "type%s %s%s",
			     u->frames, u->frames == 1 ? "" : "s",
			     u->n_types == 1 ? "" : "s", buf_str(&types),
			     u->n_types > UNREAD_TYPES ? ", ..." : "");
	if (u->vxlan)
		capture_warn(info,
			     "%zu packet%s of VXLAN: what is inside is not "
			     "read",
			     u->vxlan, u->vxlan == 1 ? "" : "s");
	buf_fini(&types);
}
