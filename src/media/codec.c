#include "media/codec.h"

#include <spandsp/telephony.h>
#include <spandsp/bit_operations.h>
#include <spandsp/g711.h>
#include <threads.h>

#include "core/span.h"

struct codec {
	const char *name;
	uint32_t rate;
	uint8_t pt;		/* RFC 3551 table 4 */
	uint8_t (*encode)(int); /* one sample, for the tables */
	int16_t (*decode)(uint8_t);
	struct tables *tables;
};

/* Looking up is three times as fast as spandsp's arithmetic. */
struct tables {
	uint8_t octet[1 << 16]; /* by the sample's bits */
	int16_t sample[1 << 8];
};

static uint8_t encode_ulaw(int sample)
{
	return linear_to_ulaw(sample);
}

static uint8_t encode_alaw(int sample)
{
	return linear_to_alaw(sample);
}

static int16_t decode_ulaw(uint8_t octet)
{
	return ulaw_to_linear(octet);
}

static int16_t decode_alaw(uint8_t octet)
{
	return alaw_to_linear(octet);
}

static struct tables ulaw, alaw;

static const struct codec codecs[] = {
	{"PCMU", 8000, 0, encode_ulaw, decode_ulaw, &ulaw},
	{"PCMA", 8000, 8, encode_alaw, decode_alaw, &alaw},
};

enum { N_CODECS = sizeof(codecs) / sizeof(codecs[0]) };

static void fill_tables(void)
{
	const struct codec *c;
	int v;

	for (c = codecs; c < codecs + N_CODECS; c++) {
		for (v = INT16_MIN; v <= INT16_MAX; v++)
			c->tables->octet[(uint16_t)v] = c->encode(v);
		for (v = 0; v <= UINT8_MAX; v++)
			c->tables->sample[v] = c->decode((uint8_t)v);
	}
}

const struct codec *codec_find(const char *name)
{
	static once_flag filled = ONCE_FLAG_INIT;
	size_t i;

	call_once(&filled, fill_tables);
	for (i = 0; i < N_CODECS; i++)
		if (span_case_is(span_of(name), codecs[i].name))
			return &codecs[i];
	return NULL;
}

const char *codec_name(const struct codec *c)
{
	return c->name;
}

uint32_t codec_rate(const struct codec *c)
{
	return c->rate;
}

uint8_t codec_pt(const struct codec *c)
{
	return c->pt;
}

void codec_encode(const struct codec *c, const int16_t *pcm, size_t n,
		  uint8_t *out)
{
	const uint8_t *octet = c->tables->octet;
	size_t i;

	for (i = 0; i < n; i++)
		out[i] = octet[(uint16_t)pcm[i]];
}

void codec_decode(const struct codec *c, const uint8_t *in, size_t n,
		  int16_t *pcm)
{
	const int16_t *sample = c->tables->sample;
	size_t i;

	for (i = 0; i < n; i++)
		pcm[i] = sample[in[i]];
}

uint8_t codec_silence(const struct codec *c)
{
	return c->tables->octet[0];
}
