/*
 * storm.h - scenarios of chance: verbs at any moment, in any order
 *
 * For the test that nothing comes out of order and the measurement that
 * nothing is left behind. A seed always writes the same scenario.
 */
#ifndef STORM_H
#define STORM_H

#include <stdint.h>

#include "core/buf.h"
#include "core/rng.h"

static const char *const storm_recorders[] = {
	"{name: a}",
	"{name: a, wait: 700ms}",
	"{name: a, ring: 100ms, wait: 2s}",
	"{name: a, refuse: 486}",
	"{name: a, answer: inactive}",
	"{name: a, ring: 100ms, reliable: true, wait: 1s}",
	"{name: a, bye_after: 600ms}",
	"{name: a, die_after: 600ms}",
	"{name: a, mangle: no-sdp}",
	"{name: a, mangle: one-media}",
	"{name: a, mangle: garbage}",
	"{name: a, video: refuse}",
	"{name: a, mangle: last-refused}",
};

/* The first seven are answered, so that a party may say bye. */
static const char *const storm_calls[] = {
	"answer: 300ms, end: 2s",
	"ring: 100ms, early_media: 200ms, answer: 500ms, end: 2s",
	"answer: 300ms, end: 2s, ended_by: callee",
	"answer: 300ms, end: 2s, offer: late",
	"reliable: true, early_media: 200ms, answer: 500ms, end: 2s",
	"video: H264, answer: 300ms, end: 2s",
	"reliable: true, offer: late, ring: 100ms, early_media: 200ms, "
	"answer: 500ms, end: 2s",
	"ring: 100ms, cancel: 900ms",
	"reliable: true, ring: 100ms, early_media: 300ms, cancel: 900ms",
	"reject: 486, answer: 400ms",
};
enum { STORM_ANSWERED = 7 };

/* The last ones only where something kills the recorder. */
static const char *const storm_verbs[] = {
	"start: recording",
	"pause: recording",
	"resume: recording",
	"stop: recording",
	"hold: callee",
	"unhold: callee",
	"mute: caller, by: update",
	"unmute: caller",
	"reinvite: caller, codec: PCMA",
	"reinvite: callee, port: new, by: update",
	"reinvite: callee, offer: none",
	"reinvite: caller, video: H264",
	"reinvite: callee, video: [VP8, H264], by: update",
	"reinvite: caller, video: none",
	"transfer: callee, to: carol",
	"identity: caller, to: \"sip:eve@h\"",
	"update: recording",
	"update: recording, by: update",
	"send: INFO, type: text/plain, body: hello",
	"send: OPTIONS",
	"reinvite: recording, by: a",
	"reinvite: recording, by: a, offer: inactive",
	"reinvite: recording, by: a, offer: none",
	"update: recording, by: a, offer: same",
	"bye: recording, by: a",
	"kill: a",
	"revive: a",
};
enum { STORM_MORTAL = 2 };

#define STORM_PICK(r, list)                                                    \
	(list)[rng_below(r, sizeof(list) / sizeof((list)[0]))]

/* `src`: keys more for `src`, as "profile: opensips", or "". */
static inline void storm_write(struct buf *b, uint64_t seed, const char *src)
{
	struct rng r;
	uint32_t call, i, n,
		n_verbs = sizeof(storm_verbs) / sizeof(storm_verbs[0]);

	rng_init(&r, seed);
	buf_addf(b, "name: storm %u\n", (unsigned)seed);
	call = rng_below(&r, sizeof(storm_calls) / sizeof(storm_calls[0]));
	buf_addf(b, "call: {%s, parties: {carol: \"sip:carol@h\"}}\n",
		 storm_calls[call]);
	buf_addf(b, "srs: [%s, {name: b}]\n", STORM_PICK(&r, storm_recorders));
	buf_addf(b, "src: {answer_within: 3s%s%s}\n", *src ? ", " : "", src);
	buf_add_str(b, "timeline:\n");
	if (seed % 2)
		n_verbs -= STORM_MORTAL;
	else
		buf_addf(b, "  - {at: %ums, kill: a}\n", rng_below(&r, 2500));
	if (call < STORM_ANSWERED && seed % 3 == 0)
		buf_addf(b, "  - {at: %ums, bye: %s}\n",
			 600 + rng_below(&r, 1300),
			 seed % 2 ? "caller" : "callee");
	n = 1 + rng_below(&r, 6);
	for (i = 0; i < n; i++)
		buf_addf(b, "  - {at: %ums, %s}\n", rng_below(&r, 2500),
			 storm_verbs[rng_below(&r, n_verbs)]);
}

#endif
