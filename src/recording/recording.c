#include "recording/recording.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

const char *recording_kind_name(enum recording_kind k)
{
	static const char *const names[RECORDING_KINDS] = {"audio", "video",
							   "audio2"};

	return names[k];
}

const char *recording_kind_type(enum recording_kind k)
{
	return k == RECORDING_VIDEO ? "video" : "audio";
}

struct sip_ua *recording_agent(const struct sip_ua_conf *conf, struct err *e)
{
	struct sip_ua_conf c = *conf;

	c.name = "src";
	c.user = "siprec-src";
	c.contact_params = ";+sip.src";
	c.accept = "application/sdp, " META_TYPE ", multipart/mixed";
	c.understood = "siprec, timer, 100rel";
	return sip_ua_new(&c, e);
}

/* How many instances the settings make. */
static size_t n_made(const struct recording_settings *set)
{
	return set->select == RECORDING_ALL ? set->n_servers : 1;
}

static int make_instances(struct recording *r,
			  const struct recording_settings *set, struct err *e)
{
	bool all = set->select == RECORDING_ALL;
	size_t k, first, n = all ? 1 : set->n_servers;

	for (k = 0; k < n_made(set); k++) {
		first = all ? k : select_first(set, r->conf.call);
		if (instance_init(&r->instance[r->n++], r, set, first, n, e) <
		    0)
			return -1;
	}
	return 0;
}

struct recording *recording_new(const struct recording_conf *conf,
				struct err *e)
{
	struct recording *r = xcalloc(1, sizeof(*r));
	size_t n, all = 0;

	r->conf = *conf;
	memcpy(r->party, conf->party, sizeof(r->party));
	for (n = 0; n < conf->n_instances; n++)
		all += n_made(&conf->instance[n]);
	r->instance = xcalloc(all, sizeof(*r->instance));
	for (n = 0; n < conf->n_instances; n++) {
		if (make_instances(r, &conf->instance[n], e) < 0) {
			recording_free(r);
			return NULL;
		}
	}
	return r;
}

void recording_free(struct recording *r)
{
	size_t n;

	if (!r)
		return;
	for (n = 0; n < r->n; n++)
		instance_fini(&r->instance[n]);
	streams_fini(r);
	free(r->instance);
	free(r->disorder);
	free(r);
}

/* ---- what the call does ---- */

static void begin(struct recording *r, enum recording_start start)
{
	size_t n;

	for (n = 0; n < r->n; n++)
		if (r->instance[n].set->start == start)
			instance_begin(&r->instance[n]);
}

void recording_media_known(struct recording *r,
			   const struct recording_media *media, size_t n,
			   int64_t began_us)
{
	if (r->known)
		return;
	streams_take(r, media, n);
	r->known = true;
	r->renamed = false;
	r->began_us = began_us;
	begin(r, RECORDING_AT_SDP);
	begin(r, RECORDING_MANUAL); /* those that were asked for already */
	if (r->answered)
		begin(r, RECORDING_AT_ANSWER);
}

void recording_media_changed(struct recording *r,
			     const struct recording_media *media, size_t n,
			     bool by_update)
{
	bool same;
	size_t k;

	if (!r->known || r->ended)
		return;
	same = !streams_take(r, media, n) && !r->renamed;
	r->renamed = false;
	for (k = 0; k < r->n; k++) {
		struct instance *i = &r->instance[k];

		if (by_update ? instance_has(i, HABIT_UPDATE_UNSEEN) || same
			      : same && !instance_has(i, HABIT_EVERY_REINVITE))
			continue;
		i->stale = true;
		forks_rest(i);
		instance_sync(i);
	}
}

void recording_answered(struct recording *r)
{
	r->answered = true;
	if (r->known) /* or the ACK brings the SDP */
		begin(r, RECORDING_AT_ANSWER);
}

void recording_rtp(struct recording *r, int party, enum recording_kind kind,
		   const void *p, size_t n)
{
	int s = streams_find(r, party, kind);
	size_t k;

	for (k = 0; s >= 0 && k < r->n; k++)
		if (r->instance[k].state == INSTANCE_RECORDING &&
		    r->instance[k].fork[s])
			fork_send(r->instance[k].fork[s], p, n);
}

void recording_call_ended(struct recording *r)
{
	size_t n;

	r->ended = true;
	for (n = 0; n < r->n; n++)
		instance_call_ended(&r->instance[n]);
}

/* ---- verbs ---- */

const char *recording_result_text(enum recording_result result)
{
	static const char *const text[] = {
		[RECORDING_OK] = "ok",
		[RECORDING_NO_INSTANCE] = "no such instance",
		[RECORDING_NOT_RECORDING] = "not recording",
		[RECORDING_ALREADY] = "already recording",
		[RECORDING_REFUSED] = "refused",
		[RECORDING_TIMEOUT] = "timeout",
		[RECORDING_UNREACHABLE] = "unreachable",
		[RECORDING_UNUSABLE] = "unusable",
		[RECORDING_LOST] = "lost",
		[RECORDING_CANCELLED] = "cancelled",
		[RECORDING_OVERTAKEN] = "overtaken",
		[RECORDING_FAILED] = "failed",
	};

	return text[result];
}

/* ---- what the world asks ---- */

bool recording_busy(const struct recording *r)
{
	size_t n;

	for (n = 0; n < r->n; n++)
		if (r->instance[n].state != INSTANCE_IDLE)
			return true;
	return false;
}

bool recording_is_settled(const struct recording *r)
{
	size_t n;

	for (n = 0; n < r->n; n++) {
		const struct instance *i = &r->instance[n];

		if (i->state == INSTANCE_HUNTING ||
		    (i->state == INSTANCE_RECORDING &&
		     (i->stale || i->updating ||
		      timer_running(&i->change_timer))))
			return false;
	}
	return true;
}

const char *recording_disorder(const struct recording *r)
{
	struct recording *w = (struct recording *)(uintptr_t)r;
	size_t n;

	for (n = 0; n < r->n; n++) {
		const struct instance *i = &r->instance[n];

		if (!i->disorder)
			continue;
		free(w->disorder);
		w->disorder = xasprintf("recording '%s': %s", i->set->name,
					i->disorder);
		return w->disorder;
	}
	return NULL;
}
