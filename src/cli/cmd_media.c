#include <stdlib.h>

#include "call/cache.h"
#include "call/call.h"
#include "cli/cmd.h"
#include "core/xalloc.h"
#include "media/sound.h"
#include "world/world.h"

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

/* ---- a call out of a capture ---- */

/* Those whom the file does not name go by their first name. */
static void take_names(struct scn_call *c, const struct call_facts *f)
{
	size_t i;

	for (i = 0; i < f->n_aliases; i++) {
		const struct call_alias *a = &f->alias[i];
		struct scn_party *p = &c->party[a->party];

		scn_alias_add(&c->capture, a->party, a->uri);
		if (p->aor)
			continue;
		p->aor = xstrdup(a->uri);
		p->name = a->name ? xstrdup(a->name) : NULL;
	}
}

static void take_facts(struct scn_call *c, const struct call_facts *f)
{
	take_names(c, f);
	c->reject = f->reject;
	c->end_us = f->end_us;
	c->answer_us = f->reject ? f->end_us : f->answered_us;
	if (f->cancelled)
		c->cancel_us = f->end_us;
	if (c->answer_us < 0)
		c->answer_us = f->end_us;
}

int cmd_call_check(struct scn_call *c, struct err *e)
{
	struct call_seat *seat = xcalloc(c->capture.n_seats + 1, sizeof(*seat));
	struct call_capture capture;
	struct call_facts facts;
	int rc;

	world_capture(&c->capture, seat, &capture);
	rc = call_look(&facts, &capture, e);
	if (rc == 0) {
		take_facts(c, &facts);
		call_facts_fini(&facts);
	}
	free(seat);
	return rc;
}
