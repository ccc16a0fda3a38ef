/*
 * capture/ends.h - whose media address is whose, as SDP said and when
 */
#ifndef CAPTURE_ENDS_H
#define CAPTURE_ENDS_H

#include <stdbool.h>
#include <stdint.h>

#include "capture/leg.h"
#include "sdp/sdp.h"

struct end_codec {
	uint8_t pt, channels;
	char name[22];
	uint32_t rate;
};

/* An address where a party of a leg wants media. */
struct end {
	struct addr addr;
	int64_t at_us;	 /* when it was said */
	struct leg *leg; /* borrowed */
	enum capture_party party;
	unsigned m_line; /* from 1 */
	char media[16];
	bool encrypted;
	bool guess; /* the address is that of the signalling: the party is
		     * behind a NAT */
	struct end_codec *codec; /* owned */
	size_t n_codecs;
};

struct ends;

struct ends *ends_new(void);
void ends_free(struct ends *e); /* NULL is fine */

/* What an m-line says of `at`. */
void ends_add(struct ends *e, const struct addr *at, const struct end *who,
	      const struct sdp_media *m);

/* Grows when something was added. */
unsigned ends_generation(const struct ends *e);

/* Whose an address is for packets from `at_us` on: said last before it, by a
 * leg that has not ended, else said first after it. NULL: nobody's. */
const struct end *ends_find(const struct ends *e, const struct addr *a,
			    int64_t at_us);

/* The first other leg than `leg` that named the address before `at_us` and
 * goes on, or NULL. */
const struct end *ends_other(const struct ends *e, const struct addr *a,
			     const struct leg *leg, int64_t at_us);

const struct end_codec *end_codec(const struct end *e, uint8_t pt);

#endif
