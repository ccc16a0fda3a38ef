#include "recording/query.h"

#include <string.h>

#include "recording/priv.h"

size_t recording_instances(const struct recording *r)
{
	return r->n;
}

bool recording_is_active(const struct recording *r, size_t n)
{
	const struct instance *i = &r->instance[n];

	return i->state != INSTANCE_IDLE || (i->wanted && !r->ended);
}

static const char *state_text(const struct instance *i)
{
	if (i->state == INSTANCE_HUNTING)
		return "hunting";
	if (i->state == INSTANCE_IDLE)
		return i->wanted && !i->r->ended ? "waiting" : "idle";
	if (i->want_paused)
		return i->agreed_paused ? "paused" : "pausing";
	return i->agreed_paused ? "resuming" : "recording";
}

static bool is_change(const char *kind)
{
	static const char *const kinds[] = {"start", "pause", "resume", "stop"};
	size_t k;

	for (k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++)
		if (strcmp(kind, kinds[k]) == 0)
			return true;
	return false;
}

/* The newest event that changed the state. */
static int64_t since(const struct instance *i)
{
	const struct recording_conf *conf = &i->r->conf;
	size_t k = trace_n_events(conf->trace);

	if (i->state == INSTANCE_HUNTING)
		return i->attempt ? i->attempt->at_us : -1;
	while (k--) {
		const struct trace_event *ev = trace_event_at(conf->trace, k);

		if (ev->call == conf->call && is_change(ev->kind) &&
		    strcmp(ev->instance, i->set->name) == 0 && i->call_id &&
		    strcmp(ev->callid, i->call_id) == 0)
			return ev->at_us;
	}
	return -1;
}

/* RTP packets from a fork; `dst` NULL: wherever they went. */
static uint64_t sent_by(const struct instance *i, const struct fork *f,
			const struct addr *dst)
{
	const struct trace *t = i->r->conf.trace;
	uint64_t sent = 0;
	size_t k;

	for (k = 0; f && k < trace_n_rtp(t); k++) {
		const struct trace_rtp *s = trace_rtp_at(t, k);

		if (addr_eq(&s->src, fork_source(f)) &&
		    (!dst || addr_eq(&s->dst, dst)))
			sent += s->sent;
	}
	return sent;
}

void recording_describe(const struct recording *r, size_t n,
			struct recording_session *out)
{
	const struct instance *i = &r->instance[n];
	size_t s;

	memset(out, 0, sizeof(*out));
	out->instance = i->set->name;
	out->state = state_text(i);
	out->server = i->set->n_servers ? instance_at(i)->name : "";
	out->uri = i->set->n_servers ? instance_uri(i) : "";
	out->session_id = i->session_id;
	out->call_id = r->conf.call_id;
	out->rs_call_id = i->rs ? sip_session_call_id(i->rs) : "";
	out->since_us = since(i);
	for (s = 0; s < RECORDING_STREAMS; s++)
		out->packets += sent_by(i, i->fork[s], NULL);
}

bool recording_describe_stream(const struct recording *r, size_t n,
			       size_t stream, struct recording_stream *out)
{
	const struct instance *i = &r->instance[n];
	const struct stream *s = &r->stream[stream];
	const struct fork *f = i->fork[stream];
	const struct sdp_codec *c = f ? fork_codec(f) : NULL;

	memset(out, 0, sizeof(*out));
	if (i->state != INSTANCE_RECORDING || !c)
		return false;
	out->party = r->party[s->party].id;
	out->media = recording_kind_name(s->kind);
	out->label = rs_offer_label(i, stream);
	out->codec = c->name;
	out->rate = c->rate;
	out->dst = *fork_dst(f);
	out->packets = sent_by(i, f, &out->dst);
	return true;
}
