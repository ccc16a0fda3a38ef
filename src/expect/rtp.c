/*
 * rtp, quiet: what media came to a recorder, and when.
 */
#include "expect/judge.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* A stream of nobody's knowledge is audio. */
static const char *media_of(const struct trace_rtp *r)
{
	return r->media ? r->media : scn_stream_name[SCN_STREAM_AUDIO];
}

bool judge_stream(const struct judge *j, const struct trace_rtp *r,
		  const char *server, const char *party)
{
	if (r->call != j->call || !r->server || strcmp(r->server, server) != 0)
		return false;
	if (party && (!r->party || strcmp(r->party, party) != 0 ||
		      strcmp(media_of(r), scn_stream_name[j->c->stream]) != 0))
		return false;
	return !j->c->instance ||
	       (r->instance && !strcmp(r->instance, j->c->instance));
}

/* ---- rtp ---- */

/* All streams of one party at one recorder: one, unless the recording was
 * taken up again at other ports. */
struct sum {
	size_t n;
	bool external;
	uint64_t packets; /* received, or sent to an external recorder */
	uint64_t received, lost, reordered, duplicates;
	int64_t max_gap_us; /* -1: no two arrivals */
	double jitter_us;   /* the worst */
	bool ssrc_fits;
	uint32_t ssrc; /* of the first stream, or of the one that differs */
	bool codec_fits;
	const char *codec; /* likewise */
	struct buf dtmf;   /* keys of all of them */
	bool suite_fits;
	const char *suite; /* of the first, or of the one that differs */
	uint64_t forged;   /* packets and reports */
};

static bool codec_fits(const char *codec, const char *want)
{
	size_t n = codec ? strlen(codec) : 0;

	/* "PCMU" and, from an SDP line, "PCMU/8000" */
	return codec && !strncasecmp(codec, want, n) &&
	       (want[n] == '\0' || want[n] == '/');
}

static const char *suite_of(const struct trace_rtp *r)
{
	return r->suite ? r->suite : "none";
}

static void sum_add(struct sum *s, const struct trace_rtp *r,
		    const struct scn_check *c)
{
	bool ssrc = !c->has_ssrc || r->ssrc == c->ssrc;
	bool codec = !c->codec || codec_fits(r->codec, c->codec);
	bool suite = !c->suite || !strcmp(suite_of(r), c->suite);

	if (!s->n++ || (s->ssrc_fits && !ssrc))
		s->ssrc = r->ssrc;
	if (!s->codec || (s->codec_fits && !codec))
		s->codec = r->codec;
	if (!s->suite || (s->suite_fits && !suite))
		s->suite = suite_of(r);
	s->suite_fits = s->suite_fits && suite;
	s->forged += r->forged + r->rtcp_forged;
	s->ssrc_fits = s->ssrc_fits && ssrc;
	s->codec_fits = s->codec_fits && codec;
	buf_add_str(&s->dtmf, r->dtmf);
	s->packets += s->external ? r->sent : r->received;
	s->received += r->received;
	s->lost += r->lost;
	s->reordered += r->reordered;
	s->duplicates += r->duplicates;
	if (r->received > 1 && r->max_gap_us > s->max_gap_us)
		s->max_gap_us = r->max_gap_us;
	if (r->jitter_us > s->jitter_us)
		s->jitter_us = r->jitter_us;
}

static void sum_up(struct judge *j, struct sum *s)
{
	const struct trace_rtp *r;
	size_t i;

	memset(s, 0, sizeof(*s));
	buf_init(&s->dtmf, 64 * 1024);
	s->external = judge_is_external(j, j->c->subject);
	s->ssrc_fits = s->codec_fits = s->suite_fits = true;
	s->max_gap_us = -1;
	for (i = 0; i < trace_n_rtp(j->t); i++) {
		r = trace_rtp_at(j->t, i);
		if (!judge_stream(j, r, j->c->subject, j->c->party))
			continue;
		sum_add(s, r, j->c);
		j->at_us = s->external ? r->last_sent_us : r->last_us;
	}
}

/* One thing asked of a stream, in words. */
static void facet(struct judge *j, const char *name, const char *wanted,
		  const char *got, bool fits)
{
	buf_addf(&j->wanted, "%s%s %s", j->wanted.n ? ", " : "", name, wanted);
	buf_addf(&j->got, "%s%s %s", j->got.n ? ", " : "", name, got);
	if (!fits)
		judge_fail(j, "%s is %s, not %s", name, got, wanted);
}

static void facet_us(struct judge *j, const char *name,
		     const struct scn_range *range, double us)
{
	struct buf got;

	buf_init(&got, 64);
	want_add_us(&got, (int64_t)us);
	facet(j, name, range->text, buf_str(&got), want_range(range, us));
	buf_fini(&got);
}

/* So many packets, when the check asks for a number of them. */
static void facet_n(struct judge *j, const char *name,
		    const struct scn_range *range, uint64_t n)
{
	char text[32];

	if (!range->set)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, n);
	facet(j, name, range->text, text, want_range(range, (double)n));
}

static double loss_of(const struct sum *s)
{
	uint64_t all = s->received + s->lost;

	return all ? (double)s->lost / (double)all : 0.0;
}

/* Facts that only the receiver knows. */
static void check_arrivals(struct judge *j, const struct sum *s)
{
	const struct scn_check *c = j->c;
	char text[32];

	if (c->loss.set) {
		snprintf(text, sizeof(text), "%.3g%%", 100.0 * loss_of(s));
		facet(j, "loss", c->loss.text, text,
		      want_range(&c->loss, loss_of(s)));
	}
	if (c->jitter.set)
		facet_us(j, "jitter", &c->jitter, s->jitter_us);
	if (c->max_gap.set && s->max_gap_us >= 0)
		facet_us(j, "max_gap", &c->max_gap, (double)s->max_gap_us);
	else if (c->max_gap.set)
		facet(j, "max_gap", c->max_gap.text, "unknown: one packet",
		      false);
	if (c->dtmf)
		facet(j, "dtmf", c->dtmf[0] ? c->dtmf : "none",
		      s->dtmf.n ? buf_str(&s->dtmf) : "none",
		      strcmp(c->dtmf, buf_str(&s->dtmf)) == 0);
	facet_n(j, "reordered", &c->reordered, s->reordered);
	facet_n(j, "duplicates", &c->duplicates, s->duplicates);
	if (c->order_set) {
		snprintf(text, sizeof(text), "%" PRIu64 " out of order",
			 s->reordered);
		facet(j, "order", c->order ? "kept" : "broken", text,
		      c->order == (s->reordered == 0));
	}
}

/* ---- as captured ---- */

static void original_packets(struct judge *j, const struct original *o,
			     const struct sum *s)
{
	char want[48], got[32];

	snprintf(want, sizeof(want), "%" PRIu64 " (as captured)", o->packets);
	snprintf(got, sizeof(got), "%" PRIu64, s->packets);
	facet(j, "packets", want, got, o->packets == s->packets);
}

static void original_order(struct judge *j, const struct original *o,
			   const struct sum *s)
{
	char want[48], got[32];

	snprintf(want, sizeof(want), "%" PRIu64 " out of order (as captured)",
		 o->reordered);
	snprintf(got, sizeof(got), "%" PRIu64 " out of order", s->reordered);
	facet(j, "order", want, got, o->reordered == s->reordered);
}

static void original_gap(struct judge *j, const struct original *o,
			 const struct sum *s)
{
	struct buf want, got;
	int64_t off_us = s->max_gap_us - o->max_gap_us;
	bool exact = trace_is_exact(j->t);

	buf_init(&want, 64);
	buf_init(&got, 64);
	want_add_us(&want, o->max_gap_us < 0 ? 0 : o->max_gap_us);
	buf_add_str(&want, " (as captured)");
	if (s->max_gap_us < 0)
		buf_add_str(&got, "unknown: one packet");
	else
		want_add_us(&got, s->max_gap_us);
	facet(j, "max_gap", buf_str(&want), buf_str(&got),
	      exact ? llabs(off_us) <= ORIGINAL_EXACT_US
		    : off_us >= -ORIGINAL_SHORT_US &&
			      off_us <= ORIGINAL_LONG_US);
	buf_fini(&want);
	buf_fini(&got);
}

/* Of a recorder that never accepted there is nothing to compare. */
static void check_original(struct judge *j, const struct sum *s)
{
	const struct scn_check *c = j->c;
	struct original o;

	if (!c->packets_captured && !c->order_captured && !c->max_gap_captured)
		return;
	original_of(j, &o);
	if (!o.begun)
		judge_fail(j, "%s never began to record", c->subject);
	if (c->packets_captured)
		original_packets(j, &o, s);
	if (c->order_captured)
		original_order(j, &o, s);
	if (c->max_gap_captured)
		original_gap(j, &o, s);
}

static void check_packets(struct judge *j, const struct sum *s)
{
	const struct scn_range *range = &j->c->packets;
	char text[32];

	if (j->c->packets_captured)
		return;
	snprintf(text, sizeof(text), "%" PRIu64, s->packets);
	facet(j, "packets", range->set ? range->text : "1..", text,
	      range->set ? want_range(range, (double)s->packets)
			 : s->packets > 0);
}

static void check_kind(struct judge *j, const struct sum *s)
{
	char want[16], got[16];

	if (j->c->suite)
		facet(j, "suite", j->c->suite, s->suite ? s->suite : "unknown",
		      s->suite_fits && s->suite);
	if (j->c->codec)
		facet(j, "codec", j->c->codec, s->codec ? s->codec : "unknown",
		      s->codec_fits);
	if (!j->c->has_ssrc)
		return;
	snprintf(want, sizeof(want), "0x%08" PRIx32, j->c->ssrc);
	snprintf(got, sizeof(got), "0x%08" PRIx32, s->ssrc);
	facet(j, "ssrc", want, got, s->ssrc_fits);
}

static bool wants_arrivals(const struct scn_check *c)
{
	return c->order_captured || c->max_gap_captured || c->loss.set ||
	       c->jitter.set || c->max_gap.set || c->order_set || c->dtmf ||
	       c->reordered.set || c->duplicates.set;
}

static void no_rtp(struct judge *j, const struct sum *s)
{
	const struct scn_check *c = j->c;

	buf_clear(&j->got);
	buf_addf(&j->got, "no RTP %s %s/%s%s%s",
		 s->external ? "was sent to" : "arrived at", c->subject,
		 c->party, c->stream ? "/" : "",
		 c->stream ? scn_stream_name[c->stream] : "");
	if (!j->failed)
		judge_fail(j, "there is no stream to judge");
}

void judge_rtp(struct judge *j)
{
	const struct scn_check *c = j->c;
	struct sum s;

	sum_up(j, &s);
	check_packets(j, &s);
	check_kind(j, &s);
	/* packets are opened where they arrive, reports at the SRC */
	facet_n(j, "forged", &c->forged, s.forged);
	if (wants_arrivals(c) && s.external) {
		judge_fail(j, "%s is not ours: what arrived there is not known",
			   c->subject);
		goto out;
	}
	check_arrivals(j, &s);
	check_original(j, &s);
	if (s.packets == 0 &&
	    (j->failed || (!c->packets.set && !c->packets_captured)))
		no_rtp(j, &s);
out:
	buf_fini(&s.dtmf);
}

/* ---- quiet ---- */

/* A packet that came in the span, or -1. `*known` turns false when the times
 * of the packets were not kept and the stream reaches across the span. */
static int64_t in_span(const struct trace_rtp *r, bool external, int64_t from,
		       int64_t until, bool *known)
{
	int64_t first = external ? r->first_sent_us : r->first_us;
	int64_t last = external ? r->last_sent_us : r->last_us;
	size_t i;

	if (first < 0 || first > until || last < from)
		return -1;
	for (i = 0; i < r->n_log; i++)
		if (r->log[i].at_us >= from && r->log[i].at_us <= until)
			return r->log[i].at_us;
	if (first >= from)
		return first;
	if (last <= until)
		return last;
	if (!r->n_log)
		*known = false;
	return -1;
}

static void quiet_stream(struct judge *j, const struct trace_rtp *r)
{
	bool known = true;
	bool external = judge_is_external(j, j->c->subject);
	int64_t at = in_span(r, external, j->t0_us + j->c->from_us,
			     j->t0_us + j->c->until_us, &known);
	const char *party = r->party ? r->party : "?";

	if (at >= 0) {
		buf_addf(&j->got, "%s%s of %s at ", j->got.n ? ", " : "",
			 strcmp(media_of(r), "audio") ? media_of(r) : "RTP",
			 party);
		want_add_time(j, &j->got, at);
		judge_fail(j, "%s was sent on to %s in that span", party,
			   j->c->subject);
		if (j->at_us < 0 || at < j->at_us)
			j->at_us = at;
	} else if (!known) {
		buf_addf(&j->got, "%sRTP of %s before and after",
			 j->got.n ? ", " : "", party);
		judge_fail(j, "when packets of %s came to %s is not known",
			   party, j->c->subject);
	}
}

void judge_quiet(struct judge *j)
{
	const struct trace_rtp *r;
	size_t i;

	buf_addf(&j->wanted, "no RTP at %s from ", j->c->subject);
	want_add_us(&j->wanted, j->c->from_us);
	buf_add_str(&j->wanted, " to ");
	want_add_us(&j->wanted, j->c->until_us);
	for (i = 0; i < trace_n_rtp(j->t); i++) {
		r = trace_rtp_at(j->t, i);
		if (judge_stream(j, r, j->c->subject, NULL))
			quiet_stream(j, r);
	}
	if (!j->got.n)
		buf_add_str(&j->got, "none");
}
