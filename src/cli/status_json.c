#include "cli/status_json.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "core/xalloc.h"
#include "world/status.h"

/* ---- the request ---- */

static const struct {
	const char *word;
	bool wants_id;
	enum recording_verb verb;
} words[] = {
	[STATUS_SESSIONS] = {"sessions", false, RECORDING_START},
	[STATUS_STREAMS] = {"streams", false, RECORDING_START},
	[STATUS_STOP] = {"stop", true, RECORDING_STOP},
	[STATUS_PAUSE] = {"pause", true, RECORDING_PAUSE},
	[STATUS_RESUME] = {"resume", true, RECORDING_RESUME},
};

enum { WORDS = sizeof(words) / sizeof(words[0]) };

static int parse_id(struct status_request *rq, struct span id, struct err *e)
{
	bool has_slash = span_chr(id, '/') < id.n;
	struct span rest = id, call = span_cut(&rest, '/');

	if (!parse_u32(call, 1, INT32_MAX, &rq->call) ||
	    (has_slash && span_empty(rest)))
		return err_set(e, ERR_USAGE,
			       "'%.*s' is no id such as 1 or 1/default",
			       SPAN_ARG(id));
	rq->instance = rest;
	return 0;
}

int status_request_parse(struct status_request *rq, struct span line,
			 struct err *e)
{
	struct span rest = span_trim(line);
	struct span word = span_cut(&rest, ' ');
	size_t i;

	memset(rq, 0, sizeof(*rq));
	rest = span_trim(rest);
	for (i = 0; i < WORDS && !span_is(word, words[i].word); i++)
		continue;
	if (i == WORDS)
		return err_set(e, ERR_USAGE,
			       "'%.*s' is none of sessions, streams, stop, "
			       "pause and resume",
			       SPAN_ARG(word));
	rq->what = (enum status_what)i;
	if (words[i].wants_id)
		return span_empty(rest) ? err_set(e, ERR_USAGE,
						  "%s what? (1, 1/default)",
						  words[i].word)
					: parse_id(rq, rest, e);
	if (!span_empty(rest))
		return err_set(e, ERR_USAGE, "'%s' takes no id", words[i].word);
	return 0;
}

/* ---- answers ---- */

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
	int p;

	(void)w;
	recording_describe(r, instance, &of);
	for (p = 0; p < RECORDING_PARTIES; p++) {
		if (!recording_describe_stream(r, instance, p, &s))
			continue;
		o = with_id(call, of.instance);
		set_text(o, "party", s.party);
		set_text(o, "label", s.label);
		codec = xasprintf("%s/%u", s.codec, s.rate);
		set_text(o, "codec", codec);
		free(codec);
		set_text(o, "destination", addr_text(&s.dst, dst));
		set_int(o, "packets", (int64_t)s.packets);
		json_array_append_new(arg, o);
	}
}

static json_t *perform(struct world *w, const struct status_request *rq)
{
	char *instance = rq->instance.n ? span_dup(rq->instance) : NULL;
	enum recording_result r = world_do(w, words[rq->what].verb, rq->call,
					   instance);
	json_t *o = json_object();

	json_object_set_new(o, "ok", json_boolean(r == RECORDING_OK));
	set_text(o, "result", recording_result_text(r));
	free(instance);
	return o;
}

static json_t *look(const struct world *w, enum status_what what)
{
	json_t *o = json_object(), *list = json_array();

	world_each_session(
		w, what == STATUS_SESSIONS ? add_session : add_streams, list);
	json_object_set_new(o, "ok", json_true());
	set_text(o, "scenario", world_scenario(w));
	json_object_set_new(o, words[what].word, list);
	return o;
}

void status_answer(struct world *w, struct span line, struct buf *out)
{
	struct status_request rq;
	struct err e = ERR_INIT;
	char *text;
	json_t *o;

	if (status_request_parse(&rq, line, &e) < 0) {
		o = json_object();
		json_object_set_new(o, "ok", json_false());
		set_text(o, "error", e.text);
	} else if (words[rq.what].wants_id) {
		o = perform(w, &rq);
	} else {
		o = look(w, rq.what);
	}
	text = json_dumps(o, JSON_COMPACT);
	buf_addf(out, "%s\n", text ? text : "{}");
	free(text);
	json_decref(o);
}
