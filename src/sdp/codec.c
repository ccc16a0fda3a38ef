#include "sdp/sdp.h"

#include <string.h>

struct known {
	uint8_t pt;
	char name[24];
	uint32_t rate;
	uint8_t channels;
};

/* RFC 3551 section 6, tables 4 and 5. */
static const struct known statics[] = {
	{0, "PCMU", 8000, 1},	{3, "GSM", 8000, 1},	{4, "G723", 8000, 1},
	{5, "DVI4", 8000, 1},	{6, "DVI4", 16000, 1},	{7, "LPC", 8000, 1},
	{8, "PCMA", 8000, 1},	{9, "G722", 8000, 1},	{10, "L16", 44100, 2},
	{11, "L16", 44100, 1},	{12, "QCELP", 8000, 1}, {13, "CN", 8000, 1},
	{14, "MPA", 90000, 1},	{15, "G728", 8000, 1},	{16, "DVI4", 11025, 1},
	{17, "DVI4", 22050, 1}, {18, "G729", 8000, 1},	{25, "CelB", 90000, 1},
	{26, "JPEG", 90000, 1}, {28, "nv", 90000, 1},	{31, "H261", 90000, 1},
	{32, "MPV", 90000, 1},	{33, "MP2T", 90000, 1}, {34, "H263", 90000, 1},
};

/* Dynamic types under the numbers most endpoints give them. */
static const struct known dynamics[] = {
	{111, "opus", 48000, 2}, /* RFC 7587: always 48000/2 */
	{101, "telephone-event", 8000, 1},
	{96, "VP8", 90000, 1},	/* RFC 7741 */
	{97, "H264", 90000, 1}, /* RFC 6184 */
};

static void fill(struct sdp_codec *c, const struct known *k)
{
	c->pt = k->pt;
	memcpy(c->name, k->name, sizeof(k->name));
	c->rate = k->rate;
	c->channels = k->channels;
}

static const struct known *by_name(const struct known *table, size_t n,
				   struct span name)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (span_case_is(name, table[i].name))
			return &table[i];
	return NULL;
}

bool sdp_static_codec(uint8_t pt, struct sdp_codec *c)
{
	size_t i;

	for (i = 0; i < sizeof(statics) / sizeof(*statics); i++) {
		if (statics[i].pt == pt) {
			fill(c, &statics[i]);
			return true;
		}
	}
	return false;
}

bool sdp_codec_by_name(struct span name, struct sdp_codec *c)
{
	const struct known *k;

	k = by_name(statics, sizeof(statics) / sizeof(*statics), name);
	if (!k)
		k = by_name(dynamics, sizeof(dynamics) / sizeof(*dynamics),
			    name);
	if (!k)
		return false;
	memset(c, 0, sizeof(*c));
	fill(c, k);
	return true;
}

const struct sdp_codec *sdp_codec_by_pt(const struct sdp_media *m, uint8_t pt)
{
	size_t i;

	for (i = 0; i < m->n_codecs; i++)
		if (m->codec[i].pt == pt)
			return &m->codec[i];
	return NULL;
}

static bool alike(const struct sdp_codec *a, const struct sdp_codec *b)
{
	/* a dynamic type that nobody named: the number is all there is */
	if (!a->name[0] && !b->name[0])
		return a->pt == b->pt;
	return span_case_eq(span_of(a->name), span_of(b->name)) &&
	       a->rate == b->rate && a->channels == b->channels;
}

const struct sdp_codec *sdp_codec_like(const struct sdp_media *m,
				       const struct sdp_codec *c)
{
	size_t i;

	for (i = 0; i < m->n_codecs; i++)
		if (alike(&m->codec[i], c))
			return &m->codec[i];
	return NULL;
}
