#include "media/dtmf.h"

#include <ctype.h>
#include <string.h>

enum {
	PACKET = 160, /* 20 ms of 8000 Hz */
	LENGTH = 5,   /* packets of a key, the last one has the end */
	REPEATS = 2,  /* of the last packet */
	PAUSE = 3,    /* packets of sound before the next key */
	END = 0x80,   /* RFC 4733 section 2.3 */
	VOLUME = 10   /* dBm0 below zero */
};

static const char names[] = "0123456789*#ABCD";

int dtmf_event(char key)
{
	const char *at;

	key = (char)toupper((unsigned char)key);
	at = key ? strchr(names, key) : NULL;
	return at ? (int)(at - names) : -1;
}

/* ---- sending ---- */

size_t dtmf_press(struct dtmf_pad *pad, const char *keys)
{
	size_t before = pad->n;

	for (; *keys && pad->n < DTMF_KEYS; keys++)
		if (dtmf_event(*keys) >= 0)
			pad->key[pad->n++] = *keys;
	return pad->n - before;
}

static void next_key(struct dtmf_pad *pad)
{
	pad->slot = 0;
	memmove(pad->key, pad->key + 1, --pad->n);
}

/* Durations grow with the packets; that of the repeats is the whole. */
static void write_event(struct dtmf_pad *pad)
{
	bool last = pad->slot + 1 >= LENGTH;
	unsigned packets = last ? LENGTH : pad->slot + 1;

	pad->octets[0] = (uint8_t)dtmf_event(pad->key[0]);
	pad->octets[1] = (uint8_t)((last ? END : 0) | VOLUME);
	pad->octets[2] = (uint8_t)(packets * PACKET >> 8);
	pad->octets[3] = (uint8_t)(packets * PACKET);
}

bool dtmf_pad_next(struct dtmf_pad *pad, struct rtp *r)
{
	if (!pad->n)
		return false;
	if (pad->slot >= LENGTH + REPEATS) {
		if (++pad->slot >= LENGTH + REPEATS + PAUSE)
			next_key(pad);
		return false;
	}
	if (pad->slot == 0)
		pad->ts = r->ts;
	write_event(pad);
	/* section 2.5.1.1: the timestamp stays that of the beginning */
	r->ts = pad->ts;
	r->marker = pad->slot++ == 0;
	r->payload = span_from((const char *)pad->octets, DTMF_PAYLOAD);
	return true;
}

void dtmf_pad_rest(struct dtmf_pad *pad)
{
	if (pad->n && pad->slot >= LENGTH)
		next_key(pad);
	pad->slot = 0;
}

/* ---- hearing ---- */

bool dtmf_hear_end(struct dtmf_ear *ear, struct dtmf_key *out)
{
	if (!ear->open)
		return false;
	ear->open = false;
	out->key = names[ear->event];
	out->duration = ear->duration;
	return true;
}

static bool is_news(const struct dtmf_ear *ear, const struct rtp *r)
{
	if (!ear->any || ear->ssrc != r->ssrc)
		return true;
	/* what was overtaken is of a key that was told */
	return rtp_ts_before(ear->ts, r->ts);
}

bool dtmf_hear(struct dtmf_ear *ear, const struct rtp *r, struct dtmf_key *out)
{
	const uint8_t *p = (const uint8_t *)r->payload.p;
	bool told = false;
	uint16_t duration;

	if (r->payload.n < DTMF_PAYLOAD || p[0] >= sizeof(names) - 1)
		return false;
	if (is_news(ear, r)) {
		told = dtmf_hear_end(ear, out);
		ear->any = ear->open = true;
		ear->ssrc = r->ssrc;
		ear->ts = r->ts;
		ear->event = p[0];
		ear->duration = 0;
	} else if (!ear->open || ear->ts != r->ts) {
		return false;
	}
	duration = (uint16_t)(p[2] << 8 | p[3]);
	if (duration > ear->duration)
		ear->duration = duration;
	/* an end that is the first of its key waits for the next packet */
	if (!told && p[1] & END)
		return dtmf_hear_end(ear, out);
	return told;
}
