#include "recording/recording.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

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

static void forget_media(struct recording *r)
{
	size_t p, c;

	for (p = 0; p < RECORDING_PARTIES; p++) {
		for (c = 0; c < r->n_codecs[p]; c++)
			free(r->codec[p][c].fmtp);
		free(r->codec[p]);
		r->codec[p] = NULL;
		r->n_codecs[p] = 0;
	}
}

void recording_free(struct recording *r)
{
	size_t n;

	if (!r)
		return;
	for (n = 0; n < r->n; n++)
		instance_fini(&r->instance[n]);
	forget_media(r);
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

static void copy_codecs(struct recording *r, size_t p,
			const struct recording_media *m)
{
	size_t c;

	r->n_codecs[p] = m->n_codecs;
	r->codec[p] = xcalloc(m->n_codecs, sizeof(struct sdp_codec));
	for (c = 0; c < m->n_codecs; c++) {
		r->codec[p][c] = m->codec[c];
		if (m->codec[c].fmtp)
			r->codec[p][c].fmtp = xstrdup(m->codec[c].fmtp);
	}
}

static void take_media(struct recording *r,
		       const struct recording_media media[])
{
	size_t p;

	forget_media(r);
	for (p = 0; p < RECORDING_PARTIES; p++) {
		copy_codecs(r, p, &media[p]);
		r->ptime[p] = media[p].ptime;
		r->dir[p] = media[p].dir;
	}
}

static bool same_codec(const struct sdp_codec *a, const struct sdp_codec *b)
{
	return a->pt == b->pt && a->rate == b->rate &&
	       a->channels == b->channels && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->fmtp ? a->fmtp : "", b->fmtp ? b->fmtp : "") == 0;
}

static bool same_media(const struct recording *r, size_t p,
		       const struct recording_media *m)
{
	size_t c;

	if (r->n_codecs[p] != m->n_codecs || r->ptime[p] != m->ptime ||
	    r->dir[p] != m->dir)
		return false;
	for (c = 0; c < m->n_codecs; c++)
		if (!same_codec(&r->codec[p][c], &m->codec[c]))
			return false;
	return true;
}

void recording_media_known(struct recording *r,
			   const struct recording_media media[],
			   int64_t began_us)
{
	if (r->known)
		return;
	take_media(r, media);
	r->known = true;
	r->began_us = began_us;
	begin(r, RECORDING_AT_SDP);
	begin(r, RECORDING_MANUAL); /* those that were asked for already */
	if (r->answered)
		begin(r, RECORDING_AT_ANSWER);
}

void recording_media_changed(struct recording *r,
			     const struct recording_media media[],
			     bool by_update)
{
	bool same = same_media(r, 0, &media[0]) && same_media(r, 1, &media[1]);
	size_t n;

	if (!r->known || r->ended)
		return;
	if (!same)
		take_media(r, media);
	for (n = 0; n < r->n; n++) {
		struct instance *i = &r->instance[n];

		if (by_update ? instance_has(i, HABIT_UPDATE_UNSEEN) || same
			      : same && !instance_has(i, HABIT_EVERY_REINVITE))
			continue;
		i->stale = true;
		instance_sync(i);
	}
}

void recording_answered(struct recording *r)
{
	r->answered = true;
	if (r->known) /* or the ACK brings the SDP */
		begin(r, RECORDING_AT_ANSWER);
}

void recording_rtp(struct recording *r, int party, const void *p, size_t n)
{
	size_t k;

	for (k = 0; k < r->n; k++)
		if (r->instance[k].state == INSTANCE_RECORDING)
			fork_send(r->instance[k].fork[party], p, n);
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
	switch (result) {
	case RECORDING_OK:
		return "ok";
	case RECORDING_NO_INSTANCE:
		return "no such instance";
	case RECORDING_NOT_RECORDING:
		return "not recording";
	case RECORDING_ALREADY:
		return "already recording";
	}
	return "?";
}

static enum recording_result do_one(struct instance *i,
				    enum recording_verb verb)
{
	switch (verb) {
	case RECORDING_START:
		return instance_start(i);
	case RECORDING_PAUSE:
		return instance_pause(i, true);
	case RECORDING_RESUME:
		return instance_pause(i, false);
	case RECORDING_STOP:
		return instance_stop(i);
	}
	return RECORDING_NO_INSTANCE;
}

enum recording_result recording_do(struct recording *r,
				   enum recording_verb verb,
				   const char *instance)
{
	enum recording_result result = RECORDING_NO_INSTANCE, one;
	size_t n;

	for (n = 0; n < r->n; n++) {
		struct instance *i = &r->instance[n];

		if (instance && strcmp(instance, i->set->name) != 0)
			continue;
		one = do_one(i, verb);
		if (result == RECORDING_NO_INSTANCE || one == RECORDING_OK)
			result = one;
	}
	return result;
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
