/*
 * media/dtmf.h - keys as RTP packets (RFC 4733)
 *
 * A pad makes the packets of the keys that are pressed, in place of the sound,
 * packet for packet; an ear makes keys of the packets that come.
 */
#ifndef MEDIA_DTMF_H
#define MEDIA_DTMF_H

#include "media/rtp.h"

/* Keys that a pad holds, octets of an event, name of the codec in SDP. */
enum { DTMF_KEYS = 64, DTMF_PAYLOAD = 4 };
#define DTMF_CODEC "telephone-event"

/* 0 to 15 of "0123456789*#ABCD", letters of either case; -1: no key. */
int dtmf_event(char key);

/* ---- sending ---- */

struct dtmf_pad {
	char key[DTMF_KEYS];
	size_t n;	   /* keys to come, the first one may have begun */
	unsigned slot;	   /* packets since it began */
	uint32_t ts;	   /* when it began */
	uint8_t octets[4]; /* of the newest packet */
};

/* Keys to press one after the other; those that are none or too many are left
 * out. Returns how many will be. */
size_t dtmf_press(struct dtmf_pad *pad, const char *keys);

/* What stands in the place of the sound of `r`, whose timestamp is of 8000 Hz
 * and packets are 20 ms apart: false, and it is the sound. Else timestamp,
 * marker and payload (borrowed from the pad) are the event's: 100 ms long, its
 * last packet three times (RFC 4733 section 2.5.1.4), a pause after it. */
bool dtmf_pad_next(struct dtmf_pad *pad, struct rtp *r);

/* A key that has begun is pressed anew the next time. */
void dtmf_pad_rest(struct dtmf_pad *pad);

/* ---- hearing ---- */

struct dtmf_ear {
	bool open; /* an event has begun, and its end has not come */
	bool any;
	uint32_t ssrc, ts; /* of the newest event, told or not */
	uint8_t event;
	uint16_t duration;
};

struct dtmf_key {
	char key;	   /* of "0123456789*#ABCD" */
	uint16_t duration; /* units of the clock, as far as it was heard */
};

/* An event packet came. True when a key is over: by its end, or because
 * another one began though the ends of this one were lost. Events that are no
 * key are left alone. */
bool dtmf_hear(struct dtmf_ear *ear, const struct rtp *r, struct dtmf_key *out);

/* Nothing more will come: the key whose end was lost, if there is one. */
bool dtmf_hear_end(struct dtmf_ear *ear, struct dtmf_key *out);

#endif
