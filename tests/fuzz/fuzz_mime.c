/* The first line is a Content-Type, the rest is the body. */
#include <assert.h>

#include "sip/mime.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = span_from((const char *)data, size);
	struct span body = text, type;
	struct err e = ERR_INIT;
	struct mime m;
	size_t i;
	int rc;

	if (!span_line(&body, &type))
		return 0;
	rc = mime_split(&m, type, body, &e);
	assert((rc < 0) == (e.kind == ERR_INPUT));
	assert(m.n <= MIME_PARTS);
	for (i = 0; i < m.n; i++) {
		const struct mime_part *p = &m.part[i];

		assert(p->depth >= 0 && p->depth <= MIME_DEPTH);
		assert(p->body.n == 0 ||
		       (p->body.p >= body.p &&
			p->body.p + p->body.n <= body.p + body.n));
		assert(p->type.n > 0);
	}
	mime_metadata(&m);
	return 0;
}
