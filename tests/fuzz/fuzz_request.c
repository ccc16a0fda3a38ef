/* Lines that clients of a run send (world/request.h). */
#include <stdint.h>
#include <stdlib.h>

#include "world/request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world_request rq;
	struct err e = ERR_INIT;
	struct span line = {(const char *)data, size};

	if (world_request_parse(&rq, line, &e) < 0) {
		if (e.kind != ERR_USAGE || !e.text[0])
			abort();
	} else if (rq.asked == WORLD_VERB &&
		   (!rq.call || rq.instance.n > size)) {
		abort();
	}
	return 0;
}
