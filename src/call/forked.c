/* Another phone of the callee: a proxy forked the INVITE, and what it says
 * early comes from a dialog of its own (RFC 3261 section 12.1). */
#include <stdlib.h>

#include "call/call_int.h"
#include "call/offer.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "sip/print.h"
#include "sip/txn.h"

enum { TAG = 12 };

/* It understands the last codec of the offer only and has no video, so that the
 * answer of the first phone is seen to be another one. */
static char *describe(const struct party *p, struct span offer)
{
	struct sdp *o = sdp_parse(offer, NULL);
	const struct sdp_media *m = o ? offer_line_of(o, CALL_AUDIO) : NULL;
	const struct ports *ports = &p->line[CALL_AUDIO].forked;
	struct offer_desc d = {.sess_id = rng_u32(p->call->conf.rng),
			       .version = 1};
	struct buf b;

	buf_init(&b, SDP_MAX);
	if (m && m->n_codecs) {
		d.line[CALL_AUDIO].rtp = flow_addr(ports->rtp);
		d.line[CALL_AUDIO].codec = &m->codec[m->n_codecs - 1];
		d.line[CALL_AUDIO].n_codecs = 1;
		d.n_lines = o->n_media < CALL_KINDS ? o->n_media : CALL_KINDS;
		offer_write(&b, &d);
	}
	sdp_free(o);
	return buf_steal(&b);
}

static void reply(const struct party *p, const char *sdp)
{
	char tag[TAG + 1];
	struct sip_reply r = {.code = 183,
			      .to_tag = tag,
			      .headers = "Allow: " SIP_ALLOW "\r\n",
			      .content_type = "application/sdp",
			      .body = span_of(sdp)};
	char *contact = xasprintf("<sip:forked@%s>", sip_ua_addr_text(p->ua));
	struct buf b;

	ids_hex(p->call->conf.ids, "tag", tag, TAG);
	r.contact = contact;
	buf_init(&b, SIP_MAX);
	sip_print_reply(&b, sip_txn_view(p->invite), &r);
	sip_txn_reply(p->invite, buf_span(&b));
	buf_fini(&b);
	free(contact);
}

void forked_early(struct call *c)
{
	struct party *p = &c->party[CALL_CALLEE];
	const struct sip_view *invite = sip_session_invite_view(p->session);
	struct err e = ERR_INIT;
	char *sdp;

	if (!invite)
		return;
	if (call_open_ports(p, p->who, &p->line[CALL_AUDIO].forked, &e) < 0) {
		call_warn(p, "another phone", e.text);
		return;
	}
	sdp = describe(p, invite->body);
	reply(p, sdp);
	free(sdp);
}
