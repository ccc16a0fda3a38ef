/*
 * call/offer.h - what the parties agree on (RFC 3264)
 */
#ifndef CALL_OFFER_H
#define CALL_OFFER_H

#include "call/voice.h"
#include "core/buf.h"

/* What a party says of itself. */
struct offer_desc {
	uint64_t sess_id, version;
	const struct addr *rtp;	       /* where it speaks and listens */
	const struct sdp_codec *codec; /* best first */
	size_t n_codecs;
	enum sdp_dir dir;
};

/* The codecs of the first offer: what the voices play from captures, unless it
 * is among the named ones, then those. `fmtp` stays the voices'. -1 with
 * ERR_SCENARIO: a name that is unknown, or payload types that clash. */
int offer_codecs(struct sdp_codec out[SDP_CODECS], size_t *n,
		 struct voice *const voice[CALL_PARTIES],
		 const char *const *name, size_t n_names, struct err *e);

/* Appends the description of `d`. */
void offer_write(struct buf *b, const struct offer_desc *d);

/* Appends the description that answers `offer`: every codec of it, in the
 * direction of `d` as far as the offer allows. -1 with ERR_INPUT when it offers
 * no audio that could be answered. */
int offer_answer(struct buf *b, const struct offer_desc *d, struct span offer,
		 struct err *e);

/* What is agreed for the party of `own`, which said `mine` and was told `peer`,
 * and where it sends to. It goes on with the codec of its voice when that is
 * among those of both, unless `as_listed`: else it speaks the first that can
 * be encoded. -1 with ERR_INPUT when one of them is no description or it has
 * nothing to speak. `m` owns its codecs afterwards. */
int offer_agree(struct call_media *m, struct addr *to, struct span mine,
		struct span peer, const struct voice *own, bool as_listed,
		struct err *e);
void offer_media_fini(struct call_media *m);

#endif
