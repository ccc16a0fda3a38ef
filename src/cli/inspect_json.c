#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/inspect.h"
#include "core/buf.h"
#include "core/xalloc.h"

/* Text of a capture is not always UTF-8: what is not becomes '?'. */
static json_t *text(const char *s)
{
	json_t *j = json_string(s);
	char *ascii;
	size_t i;

	if (j)
		return j;
	ascii = xstrdup(s);
	for (i = 0; ascii[i]; i++) {
		if (ascii[i] & 0x80)
			ascii[i] = '?';
	}
	j = json_string(ascii);
	free(ascii);
	return j;
}

static json_t *text_or_null(const char *s)
{
	return s && s[0] ? text(s) : json_null();
}

static json_t *address(const struct addr *a)
{
	char out[ADDR_TEXT];

	return json_string(addr_text(a, out));
}

static json_t *number(uint64_t n)
{
	return json_integer((json_int_t)n);
}

static json_t *milliseconds(int64_t from_us, int64_t to_us)
{
	if (from_us < 0 || to_us < 0)
		return json_null();
	return json_integer((to_us - from_us) / 1000);
}

/* A tenth is all that is meant. */
static json_t *tenths(double ms)
{
	return json_real(round(ms * 10) / 10);
}

static json_t *moment(int64_t at_us)
{
	time_t sec = (time_t)(at_us / 1000000);
	char out[48];
	struct tm tm;
	size_t n;

	if (at_us < 0 || !gmtime_r(&sec, &tm))
		return json_null();
	n = strftime(out, sizeof(out), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, sizeof(out) - n, ".%03dZ",
		 (int)(at_us / 1000 % 1000));
	return json_string(out);
}

/* ---- streams ---- */

static json_t *types_of(const struct capture_stream *s)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < s->n_types; i++)
		json_array_append_new(a, json_integer(s->type[i]));
	return a;
}

static json_t *rtcp_of(const struct capture_stream *s)
{
	json_t *o = json_object();

	json_object_set_new(o, "packets", number(s->rtcp.packets));
	json_object_set_new(o, "bye", json_boolean(s->rtcp.bye));
	json_object_set_new(o, "cname", text_or_null(s->rtcp.cname));
	json_object_set_new(o, "reported_lost",
			    s->rtcp.reported ? json_integer(s->rtcp.lost)
					     : json_null());
	return o;
}

static void add_figures(json_t *o, const struct capture_stream *s,
			int64_t start_us)
{
	json_object_set_new(o, "packets", number(s->packets));
	json_object_set_new(o, "lost", number(s->lost));
	json_object_set_new(o, "duplicates", number(s->duplicates));
	json_object_set_new(o, "reordered", number(s->reordered));
	json_object_set_new(o, "jitter_ms", tenths(s->jitter_ms));
	json_object_set_new(o, "start_ms", milliseconds(start_us, s->first_us));
	json_object_set_new(o, "duration_ms",
			    milliseconds(s->first_us, s->last_us));
	json_object_set_new(o, "encrypted", json_boolean(s->encrypted));
}

static json_t *stream_of(const struct capture_stream *s, int64_t start_us)
{
	json_t *o = json_object();
	char ssrc[16];

	snprintf(ssrc, sizeof(ssrc), "0x%08x", s->ssrc);
	json_object_set_new(o, "party",
			    text_or_null(capture_party_name(s->party)));
	json_object_set_new(o, "media", text_or_null(s->media));
	json_object_set_new(o, "src", address(&s->src));
	json_object_set_new(o, "dst", address(&s->dst));
	json_object_set_new(o, "ssrc", json_string(ssrc));
	json_object_set_new(o, "payload_types", types_of(s));
	json_object_set_new(o, "codec", text_or_null(s->codec));
	add_figures(o, s, start_us);
	json_object_set_new(o, "copy", json_boolean(s->copy));
	json_object_set_new(o, "truncated", number(s->cut));
	json_object_set_new(o, "m_line", json_integer(s->m_line));
	json_object_set_new(o, "dtmf", json_string(s->events));
	json_object_set_new(o, "events", json_integer(s->n_events));
	json_object_set_new(o, "comfort_noise", number(s->comfort_noise));
	json_object_set_new(o, "rtcp", rtcp_of(s));
	return o;
}

static json_t *streams_of(const struct capture_calls *c, size_t call,
			  int64_t start_us)
{
	const struct capture_stream *s;
	json_t *a = json_array();

	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s))
		json_array_append_new(a, stream_of(s, start_us));
	return a;
}

/* ---- descriptions ---- */

static json_t *media_of(const struct capture_sdp *s)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < s->n_media; i++) {
		const struct capture_media *m = &s->media[i];

		o = json_object();
		json_object_set_new(o, "type", text(m->type));
		json_object_set_new(o, "addr", address(&m->addr));
		json_object_set_new(o, "direction",
				    json_string(sdp_dir_name(m->dir)));
		json_object_set_new(o, "codecs", text(m->codecs));
		json_object_set_new(o, "encrypted", json_boolean(m->encrypted));
		json_array_append_new(a, o);
	}
	return a;
}

static json_t *sdp_of(const struct capture_leg *l, int64_t start_us)
{
	json_t *a = json_array(), *o;
	size_t i;

	for (i = 0; i < l->n_sdp; i++) {
		const struct capture_sdp *s = &l->sdp[i];

		o = json_object();
		json_object_set_new(o, "at_ms",
				    milliseconds(start_us, s->at_us));
		json_object_set_new(o, "party",
				    json_string(capture_party_name(s->party)));
		json_object_set_new(o, "kind",
				    json_string(s->offer ? "offer" : "answer"));
		json_object_set_new(o, "holds", json_boolean(s->holds));
		json_object_set_new(o, "resumes", json_boolean(s->resumes));
		json_object_set_new(o, "media", media_of(s));
		json_array_append_new(a, o);
	}
	return a;
}

/* ---- calls ---- */

static json_t *call_ids_of(const struct capture_calls *c,
			   const struct capture_call *call)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < call->n_legs; i++)
		json_array_append_new(a, text(c->leg[call->leg[i]].call_id));
	return a;
}

static json_t *leg_of(const struct capture_leg *l, int64_t start_us)
{
	json_t *o = json_object();

	json_object_set_new(o, "call_id", text(l->call_id));
	json_object_set_new(o, "src", address(&l->src));
	json_object_set_new(o, "dst", address(&l->dst));
	json_object_set_new(o, "transport",
			    json_string(l->tcp ? "tcp" : "udp"));
	json_object_set_new(o, "outcome",
			    json_string(capture_outcome_name(l->outcome)));
	json_object_set_new(o, "final", json_integer(l->final));
	json_object_set_new(o, "start_ms", milliseconds(start_us, l->start_us));
	json_object_set_new(o, "answered_ms",
			    milliseconds(start_us, l->answered_us));
	json_object_set_new(o, "end_ms", milliseconds(start_us, l->end_us));
	json_object_set_new(o, "partial", json_boolean(l->partial));
	json_object_set_new(o, "siprec", json_boolean(l->siprec));
	json_object_set_new(o, "replaces", text_or_null(l->replaces));
	json_object_set_new(o, "refer_to", text_or_null(l->refer_to));
	json_object_set_new(o, "messages", json_integer(l->messages));
	json_object_set_new(o, "retransmissions", json_integer(l->again));
	json_object_set_new(o, "sdp", sdp_of(l, start_us));
	return o;
}

static json_t *legs_of(const struct capture_calls *c,
		       const struct capture_call *call)
{
	json_t *a = json_array();
	size_t i;

	for (i = 0; i < call->n_legs; i++)
		json_array_append_new(
			a, leg_of(&c->leg[call->leg[i]], call->start_us));
	return a;
}

static json_t *call_of(const struct capture_calls *c, size_t i)
{
	const struct capture_call *call = &c->call[i];
	const struct capture_leg *l = &c->leg[call->leg[0]];
	json_t *o = json_object();

	json_object_set_new(o, "index", json_integer((json_int_t)i + 1));
	json_object_set_new(o, "call_ids", call_ids_of(c, call));
	json_object_set_new(o, "caller", text(l->caller));
	json_object_set_new(o, "callee", text(l->callee));
	json_object_set_new(o, "transport",
			    json_string(l->tcp ? "tcp" : "udp"));
	json_object_set_new(o, "outcome",
			    json_string(capture_outcome_name(call->outcome)));
	json_object_set_new(o, "final", json_integer(call->final));
	json_object_set_new(o, "start", moment(call->start_us));
	json_object_set_new(
		o, "duration_ms",
		milliseconds(call->start_us, capture_call_until(c, i)));
	json_object_set_new(o, "answered_ms",
			    milliseconds(call->start_us, call->answered_us));
	json_object_set_new(o, "reinvites", json_integer(call->reinvites));
	json_object_set_new(o, "holds", json_integer(call->holds));
	json_object_set_new(o, "transfers", json_integer(call->transfers));
	json_object_set_new(o, "retransmissions", json_integer(call->again));
	json_object_set_new(o, "early_media", json_boolean(call->early_media));
	json_object_set_new(o, "streams", streams_of(c, i, call->start_us));
	json_object_set_new(o, "legs", legs_of(c, call));
	return o;
}

static json_t *warnings_of(const struct capture_info *info)
{
	struct span rest = span_of(info->warning), one;
	json_t *a = json_array();

	while (capture_next_warning(&rest, &one))
		json_array_append_new(a, json_stringn(one.p, one.n));
	return a;
}

/* Prints elements of an array as they are made: a capture may hold very many
 * calls, and a tree of them all would take more memory than they do. */
static void print_element(json_t *o, bool first, FILE *out)
{
	fputs(first ? "\n" : ",\n", out);
	json_dumpf(o, out, JSON_INDENT(1));
	json_decref(o);
}

static void print_calls(const struct capture_calls *c, size_t only, FILE *out)
{
	bool first = true;
	size_t i;

	fputs(",\n \"calls\": [", out);
	for (i = 0; i < c->n_calls; i++) {
		if (only != SIZE_MAX && only != i)
			continue;
		print_element(call_of(c, i), first, out);
		first = false;
	}
	fputs("],\n", out);
}

static void print_orphans(const struct capture_calls *c, FILE *out)
{
	const struct capture_stream *s;
	bool first = true;

	for (s = capture_next_stream(c, SIZE_MAX, NULL); s;
	     s = capture_next_stream(c, SIZE_MAX, s)) {
		print_element(stream_of(s, c->first_us), first, out);
		first = false;
	}
}

/* The object up to its calls, without the bracket that closes it. */
static void print_head(const struct capture_calls *c, const char *path,
		       FILE *out)
{
	json_t *o = json_object();
	char *head;

	json_object_set_new(o, "format", json_integer(1));
	json_object_set_new(o, "file", text(path));
	json_object_set_new(o, "link_type", json_string(c->info.link_type));
	json_object_set_new(o, "packets", number(c->info.frames));
	json_object_set_new(o, "truncated", number(c->info.cut));
	json_object_set_new(o, "warnings", warnings_of(&c->info));
	head = json_dumps(o, JSON_INDENT(1));
	fprintf(out, "%.*s", (int)strlen(head) - 2, head); /* "\n}" */
	free(head);
	json_decref(o);
}

void inspect_json(const struct capture_calls *c, const char *path, size_t call,
		  FILE *out)
{
	print_head(c, path, out);
	print_calls(c, call, out);
	fputs(" \"orphans\": [", out);
	if (call == SIZE_MAX)
		print_orphans(c, out);
	fputs("]\n}\n", out);
}
