#include "cli/status_json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/xalloc.h"
#include "world/request.h"
#include "world/status.h"

/* What is no UTF-8 came from a peer and is shown as far as it is ASCII. */
static void set_text(json_t *o, const char *key, const char *s)
{
	json_t *text = json_string(s);
	char *copy, *at;

	if (!text) {
		copy = xstrdup(s ? s : "");
		for (at = copy; *at; at++)
			if ((unsigned char)*at >= 0x80)
				*at = '?';
		text = json_string(copy);
		free(copy);
	}
	json_object_set_new(o, key, text);
}

static void set_int(json_t *o, const char *key, int64_t v)
{
	json_object_set_new(o, key, json_integer((json_int_t)v));
}

static json_t *with_id(int call, const char *instance)
{
	json_t *o = json_object();

	json_object_set_new(o, "id", json_sprintf("%d/%s", call, instance));
	return o;
}

static void add_session(const struct world *w, int call,
			const struct recording *r, size_t instance, void *arg)
{
	struct recording_session s;
	json_t *o;

	if (!recording_is_active(r, instance))
		return;
	recording_describe(r, instance, &s);
	o = with_id(call, s.instance);
	set_int(o, "call", call);
	set_text(o, "instance", s.instance);
	set_text(o, "server", s.server);
	set_text(o, "uri", s.uri);
	set_text(o, "state", s.state);
	set_int(o, "since_ms", world_call_ms(w, call, s.since_us));
	set_int(o, "packets", (int64_t)s.packets);
	set_text(o, "session_id", s.session_id);
	set_text(o, "dlg_callid", s.call_id);
	set_text(o, "callid", s.rs_call_id);
	json_array_append_new(arg, o);
}

static void add_streams(const struct world *w, int call,
			const struct recording *r, size_t instance, void *arg)
{
	struct recording_session of;
	struct recording_stream s;
	char dst[ADDR_TEXT], *codec;
	json_t *o;
	size_t n;

	(void)w;
	recording_describe(r, instance, &of);
	for (n = 0; n < RECORDING_STREAMS; n++) {
		if (!recording_describe_stream(r, instance, n, &s))
			continue;
		o = with_id(call, of.instance);
		set_text(o, "party", s.party);
		set_text(o, "media", s.media);
		set_text(o, "label", s.label);
		codec = xasprintf("%s/%u", s.codec, s.rate);
		set_text(o, "codec", codec);
		free(codec);
		set_text(o, "destination", addr_text(&s.dst, dst));
		set_int(o, "packets", (int64_t)s.packets);
		json_array_append_new(arg, o);
	}
}

static json_t *perform(struct world *w, const struct world_request *rq)
{
	char *instance = rq->instance.n ? span_dup(rq->instance) : NULL;
	enum recording_result r = world_do(w, rq->verb, rq->call, instance);
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_boolean(r == RECORDING_OK));
	set_text(o, "result", recording_result_text(r));
	free(instance);
	return o;
}

static json_t *look(const struct world *w, const char *what, world_session_h *h)
{
	json_t *o = json_object(), *list = json_array();

	world_each_session(w, h, list);
	json_object_set_new(o, "ok", json_true());
	set_text(o, "scenario", world_scenario(w));
	json_object_set_new(o, what, list);
	return o;
}

static json_t *refuse(const struct err *e)
{
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_false());
	set_text(o, "error", e->text);
	return o;
}

static json_t *respond(struct world *w, struct span line)
{
	struct world_request rq;
	struct err e = ERR_INIT;

	if (world_request_parse(&rq, line, &e) < 0)
		return refuse(&e);
	if (rq.asked == WORLD_VERB)
		return perform(w, &rq);
	return rq.asked == WORLD_SESSIONS ? look(w, "sessions", add_session)
					  : look(w, "streams", add_streams);
}

void status_answer(struct world *w, struct span line, struct buf *out)
{
	json_t *o = respond(w, line);
	char *text = json_dumps(o, JSON_COMPACT);

	buf_addf(out, "%s\n", text ? text : "{}");
	free(text);
	json_decref(o);
}
