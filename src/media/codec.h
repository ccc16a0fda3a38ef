/*
 * media/codec.h - G.711 to and from 16-bit samples
 */
#ifndef MEDIA_CODEC_H
#define MEDIA_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct codec; /* a static table entry */

/* By encoding name, case folded ("PCMU", "PCMA"); NULL when we cannot encode
 * and decode it (it may still pass untouched). */
const struct codec *codec_find(const char *name);
const char *codec_name(const struct codec *c);
uint32_t codec_rate(const struct codec *c); /* samples and clock, Hz */
uint8_t codec_pt(const struct codec *c);    /* static payload type */

/* One octet a sample for both. `out` has room for n. */
void codec_encode(const struct codec *c, const int16_t *pcm, size_t n,
		  uint8_t *out);
void codec_decode(const struct codec *c, const uint8_t *in, size_t n,
		  int16_t *pcm);

/* Octet that decodes to silence. */
uint8_t codec_silence(const struct codec *c);

#endif
