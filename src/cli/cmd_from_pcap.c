#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

#include "call/call.h"
#include "capture/calls.h"
#include "cli/inspect.h"
#include "cli/one_shot.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/span.h"
#include "sip/view.h"

static const struct opt options[] = {
	{"call", 0, "N", "which call; a number or a Call-ID (default: 1)"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_from_pcap_table = {
	"from-pcap", "PCAP",
	"Prints a scenario that has a captured call recorded, and passes.",
	options};

enum { SCENARIO_MAX = 64 * 1024 };

/* What is written, of which call. */
struct draft {
	struct buf text;
	const char *path;
	const struct capture_calls *calls;
	size_t call;
	const struct capture_leg *leg;
	struct call_facts facts;
};

/* ---- what there is to expect ---- */

static bool was_media_known(const struct draft *d)
{
	size_t i;
	bool offered = false, answered = false;

	for (i = 0; i < d->leg->n_sdp; i++) {
		offered |= d->leg->sdp[i].party == CAPTURE_CALLER;
		answered |= d->leg->sdp[i].party == CAPTURE_CALLEE;
	}
	return offered && answered;
}

static const struct capture_stream *stream_of(const struct draft *d,
					      enum capture_party party)
{
	const struct capture_stream *found = NULL;
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++) {
		const struct capture_stream *s = &d->calls->stream[i];

		if (s->call == d->call && s->party == party &&
		    strcmp(s->media, "video") != 0 &&
		    (!found || s->packets > found->packets))
			found = s;
	}
	return found;
}

/* Of all that it sends, "PCMU/8000"; empty when that is not one. */
static const char *codec_of(const struct draft *d,
			    const struct capture_stream *s)
{
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++) {
		const struct capture_stream *o = &d->calls->stream[i];

		if (o->call == d->call && o->party == s->party &&
		    strcmp(o->media, s->media) == 0 &&
		    strcmp(o->codec, s->codec) != 0)
			return "";
	}
	return s->codec;
}

/* All that it sends of the kind. */
static unsigned long long packets_of(const struct draft *d,
				     const struct capture_stream *s)
{
	unsigned long long n = 0;
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++) {
		const struct capture_stream *o = &d->calls->stream[i];

		if (o->call == d->call && o->party == s->party &&
		    strcmp(o->media, s->media) == 0)
			n += o->packets;
	}
	return n;
}

/* ---- writing ---- */

/* Text of a capture in a comment: on one line, whatever is in it. */
static void add_comment(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_add_char(b, (unsigned char)*text < 0x20 ? ' ' : *text);
}

static void write_head(struct draft *d)
{
	const struct capture_call *c = &d->calls->call[d->call];
	int64_t until_us = capture_call_until(d->calls, d->call);
	struct buf *b = &d->text;

	buf_add_str(b, "# ");
	add_comment(b, d->leg->caller);
	buf_add_str(b, " calls ");
	add_comment(b, d->leg->callee);
	buf_addf(b, ": %s", capture_outcome_name(c->outcome));
	if (d->facts.reject)
		buf_addf(b, " with %d", d->facts.reject);
	buf_addf(b, ", %.1f s.\n", (double)(until_us - c->start_us) / 1e6);
	buf_add_str(b, "# Made of a capture by siprec-src from-pcap.\n");
	buf_add_str(b, "name: ");
	one_shot_quote(b, span_of("A captured call is recorded"));
	buf_add_str(b, "\ntags: [capture]\n\n");
}

static void write_call(struct draft *d)
{
	struct buf *b = &d->text;

	buf_add_str(b, "# Parties, Call-ID, media and moments are the "
		       "captured ones.\n"
		       "call:\n");
	one_shot_key(b, "pcap", d->path);
	buf_addf(b, "  pick: {index: %zu}  # Call-ID ", d->call + 1);
	add_comment(b, d->leg->call_id);
	buf_add_str(b, "\n\n# A recorder inside the program; 'uri: "
		       "sip:host:port' makes it a real one.\n"
		       "srs:\n  - name: vault\n\nexpect:\n");
}

static void write_stream(struct draft *d, enum capture_party party)
{
	const struct capture_stream *s = stream_of(d, party);
	struct buf *b = &d->text;
	const char *codec, *slash;

	if (!s)
		return;
	buf_addf(b, "  - {rtp: vault/%s, ", capture_party_name(party));
	if (d->facts.changes)
		/* what a change under way withholds depends on the recorder */
		buf_addf(b, "packets: 1..%llu", packets_of(d, s));
	else
		buf_add_str(b, "packets: as_captured, order: as_captured, "
			       "max_gap: as_captured");
	codec = codec_of(d, s);
	slash = strchr(codec, '/');
	if (slash)
		buf_addf(b, ", codec: \"%.*s\"", (int)(slash - codec), codec);
	buf_add_str(b, "}\n");
}

static void write_party(struct draft *d, int party)
{
	struct buf *b = &d->text;
	size_t i;

	for (i = 0; i < d->facts.n_aliases; i++) {
		if (d->facts.alias[i].party != party)
			continue;
		buf_add_str(b, "  - {metadata: "
			       "\"//r:participant/r:nameID/@aor\", at: start, "
			       "has: ");
		one_shot_quote(b, sip_uri_aor(span_of(d->facts.alias[i].uri)));
		buf_add_str(b, "}\n");
		return;
	}
}

static void write_expect(struct draft *d)
{
	struct buf *b = &d->text;

	if (!was_media_known(d)) {
		buf_add_str(b, "  # Nobody's media became known: there is "
			       "nothing to record.\n"
			       "  - {recorded_by: nobody}\n"
			       "  - {events: []}\n");
		return;
	}
	if (stream_of(d, CAPTURE_CALLER) || stream_of(d, CAPTURE_CALLEE))
		buf_add_str(b, "  - {recorded_by: vault}\n");
	write_stream(d, CAPTURE_CALLER);
	write_stream(d, CAPTURE_CALLEE);
	write_party(d, CALL_CALLER);
	write_party(d, CALL_CALLEE);
	buf_add_str(b, "  - {metadata_valid: true}\n");
}

static int write_scenario(const char *path, const struct capture_calls *c,
			  size_t call, struct err *e)
{
	struct draft d = {.path = path, .calls = c, .call = call};
	struct call_capture capture = {
		.path = path, .number = call + 1, .speed = 1};

	d.leg = &c->leg[c->call[call].leg[0]];
	if (call_look(&d.facts, &capture, e) < 0)
		return -1;
	buf_init(&d.text, SCENARIO_MAX);
	write_head(&d);
	write_call(&d);
	write_expect(&d);
	fputs(buf_str(&d.text), stdout);
	buf_fini(&d.text);
	call_facts_fini(&d.facts);
	return 0;
}

/* ---- the command ---- */

static int from_pcap(const char *path, const char *wanted)
{
	struct capture_calls calls;
	struct err e = ERR_INIT;
	size_t call;
	int rc;

	if (capture_calls(&calls, path, false, &e) < 0)
		return cmd_show_err(&e);
	rc = inspect_find(&calls, wanted ? wanted : "1", &call, &e);
	if (rc < 0)
		err_wrap(&e, "%s", path);
	else
		rc = write_scenario(path, &calls, call, &e);
	capture_calls_fini(&calls);
	return rc < 0 ? cmd_show_err(&e) : 0;
}

int cmd_from_pcap(int argc, char **argv)
{
	const char *path = NULL, *call = NULL;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	opt_init(&p, &cmd_from_pcap_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_OPTION)
			call = got.value;
		else if (path)
			return opt_fault(&cmd_from_pcap_table,
					 "one capture at a time");
		else
			path = got.value;
	}
	if (!path)
		return opt_fault(&cmd_from_pcap_table,
				 "which capture? (see --help)");
	if (inspect_is_pipe(path))
		return opt_fault(&cmd_from_pcap_table,
				 "%s is a pipe: it is read twice", path);
	return from_pcap(path, call);
}
