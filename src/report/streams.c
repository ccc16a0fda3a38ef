#include "report/streams.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "report/text.h"

int64_t report_call_ms(const struct trace *t, int call, int64_t at_us)
{
	const struct trace_call *c = trace_call_at(t, call);

	return (at_us - (c && c->t0_us > 0 ? c->t0_us : 0)) / 1000;
}

/* One entry of the array: a stream, or several of one kind. */
struct entry {
	const struct trace_rtp *first;	/* names and codec are its */
	const struct trace_rtp *newest; /* that was reported, or the first */
	char dtmf[4 * TRACE_KEYS];
	uint64_t forged, replayed, rtcp_forged;
	uint64_t streams, sent, received, lost, reordered, duplicates;
	double jitter_us;	   /* the worst */
	int64_t first_ms, last_ms; /* -1: never */
};

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_kind(const struct trace_rtp *a, const struct trace_rtp *b)
{
	return same_text(a->server, b->server) &&
	       same_text(a->party, b->party) && same_text(a->media, b->media) &&
	       same_text(a->label, b->label) && same_text(a->codec, b->codec) &&
	       same_text(a->suite, b->suite);
}

static void entry_add(struct entry *e, const struct trace *t,
		      const struct trace_rtp *r)
{
	bool came = r->received > 0;
	int64_t first_us = came ? r->first_us : r->first_sent_us;
	int64_t last_us = came ? r->last_us : r->last_sent_us;

	if (e->streams++ == 0) {
		e->first = r;
		e->first_ms = e->last_ms = -1;
	}
	if (!e->newest || r->reported)
		e->newest = r;
	strncat(e->dtmf, r->dtmf, sizeof(e->dtmf) - strlen(e->dtmf) - 1);
	e->forged += r->forged;
	e->replayed += r->replayed;
	e->rtcp_forged += r->rtcp_forged;
	e->sent += r->sent;
	e->received += r->received;
	e->lost += r->lost;
	e->reordered += r->reordered;
	e->duplicates += r->duplicates;
	e->jitter_us = fmax(e->jitter_us, r->jitter_us);
	if (first_us < 0)
		return;
	first_us = report_call_ms(t, r->call, first_us);
	last_us = report_call_ms(t, r->call, last_us);
	if (e->first_ms < 0 || first_us < e->first_ms)
		e->first_ms = first_us;
	if (last_us > e->last_ms)
		e->last_ms = last_us;
}

static bool is_external(const struct scenario *s, const char *server)
{
	int i = scenario_srs(s, server);

	return i < 0 || s->srs[i].uri;
}

static void set(json_t *o, const char *key, json_t *value, bool known)
{
	if (known) {
		json_object_set_new(o, key, value);
	} else {
		json_decref(value);
		json_object_set_new(o, key, json_null());
	}
}

/* As the recorder's newest RTCP has it; null without any. */
static json_t *reported_json(const struct trace_rtp *r)
{
	json_t *o = json_object();

	set(o, "lost", json_integer(r->reported_lost), true);
	set(o, "jitter_ms", json_real(round(r->reported_jitter_us) / 1e3),
	    true);
	set(o, "rtt_ms", json_real((double)r->reported_rtt_us / 1e3),
	    r->reported_rtt_us >= 0);
	return o;
}

/* How it was encrypted; null in clear. */
static json_t *srtp_json(const struct entry *e, bool seen)
{
	json_t *o = json_object();

	set(o, "suite", text_json(e->first->suite), e->first->suite);
	set(o, "forged", json_integer((json_int_t)e->forged), seen);
	set(o, "replayed", json_integer((json_int_t)e->replayed), seen);
	set(o, "rtcp_forged", json_integer((json_int_t)e->rtcp_forged), true);
	return o;
}

static json_t *entry_json(const struct entry *e, const struct scenario *s,
			  bool load)
{
	const struct trace_rtp *r = e->first;
	bool seen = !is_external(s, r->server);
	json_t *o = json_object();
	char ssrc[16];

	set(o, "server", text_json(r->server), true);
	set(o, "party", text_json(r->party), r->party);
	set(o, "media", text_json(r->media), r->media);
	set(o, "label", text_json(r->label), r->label);
	snprintf(ssrc, sizeof(ssrc), "0x%08" PRIx32, r->ssrc);
	if (load)
		set(o, "streams", json_integer((json_int_t)e->streams), true);
	else
		set(o, "ssrc", json_string(ssrc), true);
	set(o, "codec", text_json(r->codec), r->codec);
	set(o, "srtp", srtp_json(e, seen), r->suite);
	set(o, "sent", json_integer((json_int_t)e->sent), true);
	set(o, "received", json_integer((json_int_t)e->received), seen);
	set(o, "lost", json_integer((json_int_t)e->lost), seen);
	set(o, "reordered", json_integer((json_int_t)e->reordered), seen);
	set(o, "duplicates", json_integer((json_int_t)e->duplicates), seen);
	set(o, "jitter_ms", json_real(round(e->jitter_us) / 1e3), seen);
	set(o, "first_ms", json_integer(e->first_ms), e->first_ms >= 0);
	set(o, "last_ms", json_integer(e->last_ms), e->last_ms >= 0);
	if (!load) {
		set(o, "reported", reported_json(e->newest),
		    e->newest->reported);
		set(o, "dtmf", json_string(e->dtmf), seen);
	}
	return o;
}

json_t *report_streams(const struct report_input *in)
{
	size_t n = in->t ? trace_n_rtp(in->t) : 0, n_entries = 0, i, k;
	struct entry *entry = xcalloc(n + 1, sizeof(*entry));
	bool load = in->s->load.calls > 1;
	const struct trace_rtp *r;
	json_t *out = json_array();

	for (i = 0; i < n; i++) {
		r = trace_rtp_at(in->t, i);
		if (!r->server)
			continue;
		k = load ? 0 : n_entries;
		while (k < n_entries && !same_kind(entry[k].first, r))
			k++;
		if (k == n_entries)
			n_entries++;
		entry_add(&entry[k], in->t, r);
	}
	for (i = 0; i < n_entries; i++)
		json_array_append_new(out, entry_json(&entry[i], in->s, load));
	free(entry);
	return out;
}
