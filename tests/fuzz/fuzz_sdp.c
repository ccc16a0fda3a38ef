/* Reads any bytes as SDP; what can be read is also judged and written. */
#include <stddef.h>
#include <stdint.h>

#include "sdp/sdp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void write_back(const struct sdp *s)
{
	struct sdp_out_media media[SDP_MEDIA] = {{0}};
	struct sdp_out out = {.media = media, .n_media = s->n_media};
	struct sdp *again;
	struct buf b;
	size_t i;

	for (i = 0; i < s->n_media; i++) {
		const struct sdp_media *m = &s->media[i];

		media[i].type = m->type;
		media[i].proto = m->proto;
		media[i].addr = m->conn;
		media[i].codec = m->codec;
		media[i].n_codecs = m->n_codecs;
		media[i].dir = m->dir;
		media[i].label = m->label[0] ? m->label : NULL;
		media[i].ptime = m->ptime;
	}
	buf_init(&b, 4 * SDP_MAX);
	sdp_write(&b, &out);
	again = sdp_parse(buf_span(&b), NULL);
	if (again ? again->n_media != s->n_media : b.n <= SDP_MAX)
		__builtin_trap();
	sdp_free(again);
	buf_fini(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct err e = ERR_INIT;
	struct sdp *s = sdp_parse(span_from((const char *)data, size), &e);
	bool usable;

	if (!s)
		return 0;
	sdp_check_answer(s, s, &usable, &e);
	sdp_find(s, 0, "a=label:");
	write_back(s);
	sdp_free(s);
	return 0;
}
