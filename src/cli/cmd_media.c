#include "call/cache.h"
#include "call/call.h"
#include "cli/cmd.h"
#include "media/sound.h"

static int check_stream(const struct scn_media *m, struct err *e)
{
	struct call_source s = {.kind = CALL_PCAP,
				.path = m->path,
				.has_ssrc = m->has_ssrc,
				.ssrc = m->ssrc,
				.stream = m->stream};
	const char *warning;

	return cache_stream(&s, &warning, e) ? 0 : -1;
}

int cmd_media_check(const struct scn_media *m, struct err *e)
{
	return m->source == SCN_SOURCE_PCAP ? check_stream(m, e)
					    : sound_check(m->path, e);
}
