#include "cli/cmd.h"

#include <inttypes.h>
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
	{"legs", 0, NULL, "legs are calls, as inspect --legs lists them"},
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
	bool legs;
	size_t call;			   /* SIZE_MAX: streams without SIP */
	const struct capture_leg *leg;	   /* NULL, then */
	const struct capture_stream *lead; /* the first of them, else NULL */
	struct call_facts facts;
};

/* ---- what there is to expect ---- */

static bool was_media_known(const struct draft *d)
{
	size_t i;
	bool offered = false, answered = false;

	if (d->lead)
		return true;
	for (i = 0; i < d->leg->n_sdp; i++) {
		offered |= d->leg->sdp[i].party == CAPTURE_CALLER;
		answered |= d->leg->sdp[i].party == CAPTURE_CALLEE;
	}
	return offered && answered;
}

/* A line of audio of a party, and what is sent on it. */
struct line {
	enum capture_party party;
	unsigned m_line;  /* from 1; 0: any */
	const char *kind; /* as in checks: "", "/audio2" */
};

static const struct capture_sdp *first_sdp(const struct draft *d, bool offer)
{
	size_t i;

	for (i = 0; i < d->leg->n_sdp; i++)
		if (d->leg->sdp[i].offer == offer)
			return &d->leg->sdp[i];
	return NULL;
}

static bool is_audio(const struct capture_sdp *s, size_t i)
{
	return i < s->n_media && s->media[i].addr.port &&
	       strcmp(s->media[i].type, "audio") == 0;
}

/* The place of the nth m-line of audio, from 1, that both want; 0: none. */
static unsigned audio_line(const struct draft *d, unsigned nth)
{
	const struct capture_sdp *offer = d->leg ? first_sdp(d, true) : NULL;
	const struct capture_sdp *answer = d->leg ? first_sdp(d, false) : NULL;
	size_t i;

	if (!offer || !answer)
		return 0;
	for (i = 0; i < offer->n_media; i++)
		if (is_audio(offer, i) && is_audio(answer, i) && --nth == 0)
			return (unsigned)i + 1;
	return 0;
}

static bool is_way(const struct capture_stream *s, const struct addr *src,
		   const struct addr *dst)
{
	return addr_eq(&s->src, src) && addr_eq(&s->dst, dst);
}

static bool is_on(const struct draft *d, const struct line *l,
		  const struct capture_stream *s)
{
	if (d->lead && l->party == CAPTURE_CALLER)
		return is_way(s, &d->lead->src, &d->lead->dst);
	if (d->lead)
		return is_way(s, &d->lead->dst, &d->lead->src);
	return s->call == d->call && s->party == l->party &&
	       strcmp(s->media, "video") != 0 &&
	       (!l->m_line || !s->m_line || s->m_line == l->m_line);
}

/* The one of most packets. */
static const struct capture_stream *stream_of(const struct draft *d,
					      const struct line *l)
{
	const struct capture_stream *found = NULL;
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++) {
		const struct capture_stream *s = &d->calls->stream[i];

		if (is_on(d, l, s) && (!found || s->packets > found->packets))
			found = s;
	}
	return found;
}

static bool has_media(const struct draft *d)
{
	return stream_of(d, &(struct line){CAPTURE_CALLER, 0, ""}) ||
	       stream_of(d, &(struct line){CAPTURE_CALLEE, 0, ""});
}

/* Of all that is sent, "PCMU/8000"; empty when that is not one. */
static const char *codec_of(const struct draft *d, const struct line *l)
{
	const char *codec = stream_of(d, l)->codec;
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++)
		if (is_on(d, l, &d->calls->stream[i]) &&
		    strcmp(d->calls->stream[i].codec, codec) != 0)
			return "";
	return codec;
}

static unsigned long long packets_of(const struct draft *d,
				     const struct line *l)
{
	unsigned long long n = 0;
	size_t i;

	for (i = 0; i < d->calls->n_streams; i++)
		if (is_on(d, l, &d->calls->stream[i]))
			n += d->calls->stream[i].packets;
	return n;
}

/* ---- writing ---- */

/* Text of a capture in a comment: on one line, whatever is in it. */
static void add_comment(struct buf *b, const char *text)
{
	for (; *text; text++)
		buf_add_char(b, (unsigned char)*text < 0x20 ? ' ' : *text);
}

/* Who called whom, and how it went. */
static void write_story(struct draft *d)
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
}

static void write_head(struct draft *d)
{
	struct buf *b = &d->text;

	if (d->leg)
		write_story(d);
	else
		buf_add_str(b, "# Streams without SIP: nobody says who they "
			       "are.\n");
	buf_add_str(b, "# Made of a capture by siprec-src from-pcap.\n");
	buf_add_str(b, "name: ");
	one_shot_quote(b, span_of("A captured call is recorded"));
	buf_add_str(b, "\ntags: [capture]\n\n");
}

/* Who sits where, and names to put others in the place of. */
static void write_seats(struct draft *d)
{
	struct buf *b = &d->text;
	char at[ADDR_TEXT];

	buf_add_str(b, "  caller: \"Caller <sip:caller@anonymous.invalid>\"\n"
		       "  callee: \"Callee <sip:callee@anonymous.invalid>\"\n"
		       "  parties:\n");
	buf_addf(b, "    \"%s\": caller\n", addr_text(&d->lead->src, at));
	buf_addf(b, "    \"%s\": callee\n", addr_text(&d->lead->dst, at));
}

static void write_pick(struct draft *d)
{
	buf_addf(&d->text, "  pick: {index: %zu%s}  # Call-ID ", d->call + 1,
		 d->legs ? ", legs: true" : "");
	add_comment(&d->text, d->leg->call_id);
	buf_add_char(&d->text, '\n');
}

static void write_call(struct draft *d)
{
	struct buf *b = &d->text;

	buf_add_str(b, d->leg ? "# Parties, Call-ID, media and moments are the "
				"captured ones.\n"
			      : "# Media and moments are the captured ones.\n");
	buf_add_str(b, "call:\n");
	one_shot_key(b, "pcap", d->path);
	if (d->leg)
		write_pick(d);
	else
		write_seats(d);
	buf_add_str(b, "\n# A recorder inside the program; 'uri: "
		       "sip:host:port' makes it a real one.\n"
		       "srs:\n  - name: vault\n\nexpect:\n");
}

static void write_stream(struct draft *d, const struct line *l)
{
	struct buf *b = &d->text;
	const char *codec, *slash;

	if (!stream_of(d, l))
		return;
	buf_addf(b, "  - {rtp: vault/%s%s, ", capture_party_name(l->party),
		 l->kind);
	if (d->facts.changes)
		/* what a change under way withholds depends on the recorder */
		buf_addf(b, "packets: 1..%llu", packets_of(d, l));
	else
		buf_add_str(b, "packets: as_captured, order: as_captured, "
			       "max_gap: as_captured");
	codec = codec_of(d, l);
	slash = strchr(codec, '/');
	if (slash)
		buf_addf(b, ", codec: \"%.*s\"", (int)(slash - codec), codec);
	buf_add_str(b, "}\n");
}

static void write_streams(struct draft *d)
{
	unsigned second = audio_line(d, 2);
	enum capture_party p;

	for (p = CAPTURE_CALLER; p < CAPTURE_NOBODY; p++)
		write_stream(d, &(struct line){p, audio_line(d, 1), ""});
	for (p = CAPTURE_CALLER; second && p < CAPTURE_NOBODY; p++)
		write_stream(d, &(struct line){p, second, "/audio2"});
}

/* Without SIP nobody has a name. */
static void write_party(struct draft *d, int party)
{
	const struct call_facts *f = &d->facts;
	struct buf *b = &d->text;

	if (!f->n_aliases)
		return;
	buf_add_str(b, "  - {metadata: \"//r:participant/r:nameID/@aor\", "
		       "at: start, has: ");
	one_shot_quote(b, sip_uri_aor(span_of(f->alias[f->first[party]].uri)));
	buf_add_str(b, "}\n");
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
	if (has_media(d))
		buf_add_str(b, "  - {recorded_by: vault}\n");
	write_streams(d);
	write_party(d, CALL_CALLER);
	write_party(d, CALL_CALLEE);
	buf_add_str(b, "  - {metadata_valid: true}\n");
}

/* -1: there is media, and nothing of it is whole. */
static int check_whole(const struct draft *d, struct err *e)
{
	uint64_t packets = 0, cut = 0;
	enum capture_party p;
	size_t i;

	for (p = CAPTURE_CALLER; p < CAPTURE_NOBODY; p++)
		for (i = 0; i < d->calls->n_streams; i++) {
			const struct capture_stream *s = &d->calls->stream[i];

			if (!is_on(d, &(struct line){p, 0, ""}, s))
				continue;
			packets += s->packets;
			cut += s->cut;
		}
	if (!cut || cut < packets)
		return 0;
	return err_set(e, ERR_INPUT,
		       "%s: all its %" PRIu64 " RTP packets are cut by the "
		       "snap length: there is nothing to play",
		       d->path, cut);
}

static int write_scenario(struct draft *d, struct err *e)
{
	struct call_capture capture = {.path = d->path,
				       .number = d->call + 1,
				       .legs = d->legs,
				       .speed = 1};

	if (d->call == SIZE_MAX)
		d->lead = &d->calls->stream[0];
	else
		d->leg = &d->calls->leg[d->calls->call[d->call].leg[0]];
	if (check_whole(d, e) < 0 || call_look(&d->facts, &capture, e) < 0)
		return -1;
	buf_init(&d->text, SCENARIO_MAX);
	write_head(d);
	write_call(d);
	write_expect(d);
	fputs(buf_str(&d->text), stdout);
	buf_fini(&d->text);
	call_facts_fini(&d->facts);
	return 0;
}

/* ---- the command ---- */

/* The first call, unless there are only streams. */
static int choose(struct draft *d, const char *wanted, struct err *e)
{
	d->call = SIZE_MAX;
	if (inspect_choose(d->path, wanted, &d->legs, &d->calls, &d->call, e) <
	    0)
		return -1;
	if (wanted || (!d->calls->n_calls && d->calls->n_streams))
		return 0;
	return inspect_find(d->calls, "1", &d->call, e);
}

static int from_pcap(struct draft *d, const char *wanted)
{
	struct err e = ERR_INIT;

	if (choose(d, wanted, &e) < 0) {
		if (e.kind == ERR_EMPTY)
			err_wrap(&e, "%s", d->path);
		return cmd_show_err(&e);
	}
	return write_scenario(d, &e) < 0 ? cmd_show_err(&e) : 0;
}

int cmd_from_pcap(int argc, char **argv)
{
	struct draft d = {.path = NULL};
	const char *call = NULL;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	opt_init(&p, &cmd_from_pcap_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_OPTION && opt_is(&got, "legs"))
			d.legs = true;
		else if (kind == OPT_OPTION)
			call = got.value;
		else if (d.path)
			return opt_fault(&cmd_from_pcap_table,
					 "one capture at a time");
		else
			d.path = got.value;
	}
	if (!d.path)
		return opt_fault(&cmd_from_pcap_table,
				 "which capture? (see --help)");
	if (inspect_is_pipe(d.path))
		return opt_fault(&cmd_from_pcap_table,
				 "%s is a pipe: it is read twice", d.path);
	return from_pcap(&d, call);
}
