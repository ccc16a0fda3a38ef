/*
 * call/offer.h - what the parties agree on (RFC 3264)
 */
#ifndef CALL_OFFER_H
#define CALL_OFFER_H

#include "call/voice.h"
#include "core/buf.h"

/* What a party says of one kind of its media. */
struct offer_line {
	const struct addr *rtp; /* where it speaks and listens; NULL: it has
				 * none, port 0 */
	const struct sdp_codec *codec; /* best first; of an offer */
	size_t n_codecs;
};

/* What a party says of itself. */
struct offer_desc {
	uint64_t sess_id, version;
	struct offer_line line[CALL_KINDS];
	size_t n_lines; /* 1: audio alone; of an offer */
	enum sdp_dir dir;
};

/* The codecs of the first offer: what the voices play from captures, unless it
 * is among the named ones, then those. `fmtp` stays the voices'. -1 with
 * ERR_SCENARIO: a name that is unknown, or payload types that clash. */
int offer_codecs(struct sdp_codec out[SDP_CODECS], size_t *n,
		 struct voice *const voice[CALL_PARTIES],
		 const char *const *name, size_t n_names, struct err *e);

/* The codecs of these names that are known. */
size_t offer_named(struct sdp_codec out[SDP_CODECS], const char *const *name,
		   size_t n_names);

/* Appends the description of `d`. */
void offer_write(struct buf *b, const struct offer_desc *d);

/* The m-section of a kind that lives, or NULL. */
const struct sdp_media *offer_line_of(const struct sdp *s, enum call_kind kind);

/* Appends the description that answers `offer`: every codec of it, in the
 * direction of `d` as far as the offer allows; lines that `d` has nothing for
 * are refused (RFC 3264 section 6). -1 with ERR_INPUT when it offers no audio
 * that could be answered. */
int offer_answer(struct buf *b, const struct offer_desc *d, struct span offer,
		 struct err *e);

/* What is agreed for a kind of media of the party of `own`, which said `mine`
 * and was told `peer`, and where it sends to. It goes on with the codec of its
 * voice when that is among those of both, unless `as_listed`: else it speaks
 * the first that it can. -1 with ERR_INPUT when there is no such line or it
 * has nothing to speak. `m` owns its codecs afterwards. */
int offer_agree(struct call_media *m, struct addr *to, enum call_kind kind,
		const struct sdp *mine, const struct sdp *peer,
		const struct voice *own, bool as_listed, struct err *e);
void offer_media_fini(struct call_media *m);

/* The same for a call of others, line by line: of this kind, with a port on
 * both sides, the one at the place `*line`, or else the first that is not at
 * `taken`; places count from 1, 0 is none. False when there is none, `*line`
 * is 0 and `m` is empty. They may have no codec in common, and use one. */
bool offer_overheard(struct call_media *m, unsigned *line, enum call_kind kind,
		     unsigned taken, const struct sdp *mine,
		     const struct sdp *peer);
/* All that it said of the line, when there is nothing else to go by. */
void offer_said(struct call_media *m, const struct sdp *mine, unsigned line);
/* A payload type with nothing but its number and, of a dynamic one, what the
 * stream is called: "opus/48000/2". */
void offer_named_type(struct call_media *m, uint8_t pt, const char *codec);
/* What is sent under this number comes first, whoever named it; false when
 * nobody did. */
bool offer_sent(struct call_media *m, uint8_t pt, const struct sdp *mine,
		const struct sdp *peer, unsigned line);

#endif
