/*
 * call/voice.h - what one party says, packet by packet at its time
 *
 * A voice owns one loop timer. Its packets are due at fixed times from its
 * start, so a late turn delays one packet and never the rest. That of a live
 * party says nothing: it stands for the codec, and live.c hears the rest.
 */
#ifndef CALL_VOICE_H
#define CALL_VOICE_H

#include "call/call.h"

struct voice;

/* Opens the source; `s` is borrowed for its life. A synthesized one speaks the
 * first of the named codecs that we can encode. NULL with ERR_ENV, ERR_INPUT or ERR_SCENARIO. */
struct voice *voice_new(struct loop *loop, struct rng *rng,
			const struct call_source *s, const char *const *codec,
			size_t n_codecs, struct err *e);
/* Made-up video in the first of the named codecs that it can be in. NULL with
 * ERR_SCENARIO. */
struct voice *voice_video(struct loop *loop, struct rng *rng,
			  const char *const *codec, size_t n_codecs,
			  struct err *e);
void voice_free(struct voice *v); /* NULL is fine */

/* Whether it could speak a codec of that name. */
bool voice_can(const struct voice *v, const char *codec);
/* What it speaks; `fmtp` is the voice's. The payload type of a capture is its
 * own, else the static one. */
const struct sdp_codec *voice_codec(const struct voice *v);
bool voice_is_captured(const struct voice *v);
/* What is wrong with the captured packets, or NULL. */
const char *voice_warning(const struct voice *v);

/* Its first packet goes out after `delay_us`; once it speaks, the next one goes
 * as this says. Synthesized packets carry `pt` and a sequence of their own;
 * captured ones stay as they are (RFC 3550 section 7.1). */
void voice_start(struct voice *v, struct flow *flow, const struct addr *to,
		 uint8_t pt, int64_t delay_us);
/* Whether the other one takes telephone-event (RFC 4733), under that payload
 * type. Keys that are pressed wait as long as it does not. */
void voice_events(struct voice *v, bool agreed, uint8_t pt);
/* Presses keys one after the other, in place of its sound. False when some of
 * them will not be sent: no event was agreed, there are too many, or it is no
 * voice of ours. */
bool voice_press(struct voice *v, const char *keys);
/* Sends nothing, or goes on; time passes all the same. What a synthesized one
 * withheld is no loss: its sequence goes on, and of audio a marker says that
 * time did too (RFC 3551 section 4.1). */
void voice_mute(struct voice *v, bool muted);
/* Goes on in another codec, at the place where it is. -1 with ERR_INPUT or
 * ERR_ENV, and it goes on as before: a captured one, a codec that we cannot
 * encode, a file that is gone. */
int voice_recode(struct voice *v, const struct sdp_codec *codec, struct err *e);
void voice_stop(struct voice *v); /* for good */

#endif
