/*
 * call/offer.h - what the parties agree on (RFC 3264)
 */
#ifndef CALL_OFFER_H
#define CALL_OFFER_H

#include "call/voice.h"
#include "core/buf.h"

/* The codecs of the offer: what the voices play from captures, unless it is
 * among the named ones, then those. `fmtp` stays the voices'. -1 with
 * ERR_SCENARIO: a name that is unknown, or payload types that clash. */
int offer_codecs(struct sdp_codec out[SDP_CODECS], size_t *n,
		 struct voice *const voice[CALL_PARTIES],
		 const char *const *name, size_t n_names, struct err *e);

/* Appends the description of a party that speaks and listens at `rtp`. */
void offer_write(struct buf *b, uint64_t sess_id, const struct addr *rtp,
		 const struct sdp_codec *codec, size_t n);

/* Appends the description that answers `offer`: every codec of it. -1 with
 * ERR_INPUT when it offers no audio that could be answered. */
int offer_answer(struct buf *b, uint64_t sess_id, const struct addr *rtp,
		 struct span offer, struct err *e);

/* What is agreed for the party of `own`, which said `mine` and was told `peer`,
 * and where it sends to. -1 with ERR_INPUT when one of them is no description
 * or what it speaks is not among the codecs of both. `m` owns its codecs
 * afterwards. */
int offer_agree(struct call_media *m, struct addr *to, struct span mine,
		struct span peer, const struct voice *own, struct err *e);
void offer_media_fini(struct call_media *m);

#endif
