#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "call/call.h"
#include "cli/cmd.h"
#include "capture/calls.h"
#include "core/log.h"
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

/* Takes a call up among those that are played, or a pair of ends without SIP, by
 * their numbers; what cannot be is said, and left out. */
static void take_one(struct scn_call *c, size_t call, size_t pair,
		     int64_t start_us)
{
	struct call_capture one = {.path = c->capture.path,
				   .number = call,
				   .pair = pair,
				   .speed = 1};
	struct scn_captured *to;
	struct err e = ERR_INIT;
	struct call_facts facts;
	int p;

	if (call_look(&facts, &one, &e) < 0) {
		log_warn("%s %zu is left out: %s",
			 pair ? "pair of streams" : "call", pair ? pair : call,
			 e.text);
		return;
	}
	c->capture.one = xreallocarray(c->capture.one, c->capture.n + 1,
				       sizeof(*c->capture.one));
	to = &c->capture.one[c->capture.n++];
	memset(to, 0, sizeof(*to));
	to->index = (int)call;
	to->pair = (int)pair;
	to->begin_us = start_us;
	take_facts(c, &facts);
	for (p = SCN_CALLER; p <= SCN_CALLEE; p++) {
		scn_fill_party(&c->party[p], p);
		to->party[p] = c->party[p];
		c->party[p].aor = c->party[p].name = NULL;
	}
	c->capture.longest_us = facts.end_us > c->capture.longest_us
					? facts.end_us
					: c->capture.longest_us;
	call_facts_fini(&facts);
}

static void take_pairs(struct scn_call *c, const struct capture_calls *calls)
{
	const struct capture_wanted any = {.pair = 1};
	const struct capture_stream **pair;
	size_t i, n;

	pair = capture_pairs(calls, &any, &n);
	for (i = 0; i < n; i++)
		take_one(c, 0, i + 1, pair[i]->first_us);
	free(pair);
}

/* Calls that have media; where none has, the streams without SIP. */
static int check_every(struct scn_call *c, struct err *e)
{
	const struct capture_calls *calls = cache_calls(c->capture.path, e);
	bool any = false;
	int64_t first_us;
	size_t i;

	if (!calls || cache_tapes(c->capture.path, e) < 0)
		return -1;
	for (i = 0; i < calls->n_calls; i++)
		if (calls->call[i].stream != SIZE_MAX) {
			any = true;
			take_one(c, i + 1, 0, calls->call[i].start_us);
		}
	if (!any)
		take_pairs(c, calls);
	if (!c->capture.n)
		return err_set(e, ERR_SCENARIO, "%s: no call in it has media%s",
			       c->capture.path,
			       any ? " that can be played" : "");
	first_us = c->capture.one[0].begin_us;
	for (i = 0; i < c->capture.n; i++)
		c->capture.one[i].begin_us -= first_us;
	c->end_us = c->capture.longest_us;
	c->reject = 0;
	c->cancel_us = SCN_UNSET;
	return 0;
}

int cmd_call_check(struct scn_call *c, struct err *e)
{
	struct call_seat *seat = xcalloc(c->capture.n_seats + 1, sizeof(*seat));
	struct call_capture capture;
	struct call_facts facts;
	int rc;

	if (c->capture.every) {
		free(seat);
		return check_every(c, e);
	}
	world_capture(&c->capture, seat, &capture);
	rc = call_look(&facts, &capture, e);
	if (rc == 0) {
		take_facts(c, &facts);
		call_facts_fini(&facts);
	}
	free(seat);
	return rc;
}
