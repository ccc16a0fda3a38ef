#include "core/base64.h"

#include <string.h>

static const char abc[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "abcdefghijklmnopqrstuvwxyz0123456789+/";

void base64_write(const uint8_t *p, size_t n, char *out)
{
	uint32_t bits = 0;
	unsigned have = 0;
	size_t i, written = 0;

	for (i = 0; i < n; i++) {
		bits = bits << 8 | p[i];
		for (have += 8; have >= 6; written++) {
			have -= 6;
			*out++ = abc[bits >> have & 63];
		}
	}
	if (have) {
		*out++ = abc[bits << (6 - have) & 63];
		written++;
	}
	for (; written % 4; written++)
		*out++ = '=';
	*out = '\0';
}

static struct span without_padding(struct span text)
{
	size_t pads = 0;

	if (text.n % 4)
		return text;
	while (pads < 2 && pads < text.n && text.p[text.n - pads - 1] == '=')
		pads++;
	return span_from(text.p, text.n - pads);
}

bool base64_read(struct span text, uint8_t *out, size_t max, size_t *n)
{
	uint32_t bits = 0;
	unsigned have = 0;
	const char *at;
	size_t i;

	*n = 0;
	text = without_padding(text);
	for (i = 0; i < text.n; i++) {
		at = text.p[i] ? strchr(abc, text.p[i]) : NULL;
		if (!at)
			return false;
		bits = (bits << 6 | (uint32_t)(at - abc)) & 0xffff;
		have += 6;
		if (have < 8)
			continue;
		if (*n == max)
			return false;
		have -= 8;
		out[(*n)++] = (uint8_t)(bits >> have);
	}
	return have < 6 && (bits & ((1u << have) - 1)) == 0;
}
