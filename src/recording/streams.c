/* Streams of the call, and what each recorder has of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

/* ---- of the call ---- */

static void forget_codecs(struct stream *s)
{
	size_t c;

	for (c = 0; c < s->n_codecs; c++)
		free(s->codec[c].fmtp);
	free(s->codec);
	s->codec = NULL;
	s->n_codecs = 0;
}

static void take_codecs(struct stream *s, const struct recording_media *m)
{
	size_t c;

	s->n_codecs = m->n_codecs;
	s->codec = xcalloc(m->n_codecs, sizeof(*s->codec));
	for (c = 0; c < m->n_codecs; c++) {
		s->codec[c] = m->codec[c];
		if (m->codec[c].fmtp)
			s->codec[c].fmtp = xstrdup(m->codec[c].fmtp);
	}
}

static bool same_codec(const struct sdp_codec *a, const struct sdp_codec *b)
{
	return a->pt == b->pt && a->rate == b->rate &&
	       a->channels == b->channels && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->fmtp ? a->fmtp : "", b->fmtp ? b->fmtp : "") == 0;
}

static bool same_media(const struct stream *s, const struct recording_media *m)
{
	size_t c;

	if (!s->live || s->n_codecs != m->n_codecs || s->ptime != m->ptime ||
	    s->dir != m->dir)
		return false;
	for (c = 0; c < m->n_codecs; c++)
		if (!same_codec(&s->codec[c], &m->codec[c]))
			return false;
	return true;
}

int streams_find(const struct recording *r, int party, enum recording_kind kind)
{
	return (int)r->number[party][kind] - 1;
}

/* A party has one stream of a kind, so there is room for all. */
static struct stream *make(struct recording *r, const struct recording_media *m)
{
	struct stream *s = &r->stream[r->n_streams++];

	s->party = m->party;
	s->kind = m->kind;
	r->number[s->party][s->kind] = (uint8_t)r->n_streams;
	snprintf(s->label, sizeof(s->label), "%zu", r->n_streams);
	return s;
}

static void take_media(struct stream *s, const struct recording_media *m)
{
	forget_codecs(s);
	take_codecs(s, m);
	s->ptime = m->ptime;
	s->dir = m->dir;
	s->live = true;
}

/* One that comes back may suit a recorder that refused it before. */
static void try_anew(struct recording *r, size_t stream)
{
	size_t n;

	for (n = 0; n < r->n; n++) {
		r->instance[n].lines.impossible[stream] = false;
		r->instance[n].agreed.impossible[stream] = false;
	}
}

static bool take_one(struct recording *r, const struct recording_media *m)
{
	int found = streams_find(r, m->party, m->kind);
	struct stream *s = found < 0 ? make(r, m) : &r->stream[found];

	if (same_media(s, m))
		return false;
	if (!s->live)
		try_anew(r, (size_t)(s - r->stream));
	take_media(s, m);
	return true;
}

static bool is_among(const struct stream *s, const struct recording_media *m,
		     size_t n)
{
	while (n-- > 0)
		if (m[n].party == s->party && m[n].kind == s->kind)
			return true;
	return false;
}

bool streams_take(struct recording *r, const struct recording_media *media,
		  size_t n)
{
	bool news = false;
	size_t k;

	for (k = 0; k < r->n_streams; k++) {
		struct stream *s = &r->stream[k];

		if (!s->live || is_among(s, media, n))
			continue;
		s->live = false;
		news = true;
	}
	for (k = 0; k < n; k++)
		news |= take_one(r, &media[k]);
	return news;
}

void streams_fini(struct recording *r)
{
	size_t s;

	for (s = 0; s < r->n_streams; s++)
		forget_codecs(&r->stream[s]);
}

/* ---- their m-lines ---- */

void lines_init(struct lines *l)
{
	size_t s;

	memset(l, 0, sizeof(*l));
	for (s = 0; s < RECORDING_STREAMS; s++)
		l->of[s] = NO_LINE;
}

int lines_stream(const struct lines *l, size_t line)
{
	int s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if (l->of[s] == line)
			return s;
	return -1;
}

bool lines_live(const struct instance *i, size_t stream)
{
	return i->r->stream[stream].live && i->lines.of[stream] != NO_LINE &&
	       !i->lines.unwanted[stream] && !i->lines.impossible[stream];
}

static bool is_known(const char *proto)
{
	return strcmp(proto, "RTP/AVP") == 0 ||
	       strcmp(proto, "RTP/AVPF") == 0 || sdp_is_secure(proto);
}

bool lines_may_carry(const struct instance *i, const struct stream *s,
		     const struct sdp_media *theirs)
{
	return theirs->port &&
	       strcmp(theirs->type, recording_kind_type(s->kind)) == 0 &&
	       is_known(theirs->proto) && keys_fit(i, theirs);
}

/* Lines of an offer that it never agreed to are not in its own. What it takes
 * away it does not want, but that a line is dead which we had removed says
 * nothing (7866-7.2-d). */
void lines_follow(struct instance *i, const struct sdp *theirs)
{
	struct lines *l = &i->lines;
	size_t s;

	*l = i->agreed;
	l->n = theirs->n_media;
	for (s = 0; s < i->r->n_streams; s++) {
		size_t line = l->of[s];

		if (line == NO_LINE)
			continue;
		if (lines_may_carry(i, &i->r->stream[s], &theirs->media[line]))
			l->unwanted[s] = false;
		else if (l->up[s])
			l->unwanted[s] = true;
	}
}

void lines_said(struct instance *i)
{
	struct lines *l = &i->lines;
	size_t s;

	i->settled = false;
	for (s = 0; s < RECORDING_STREAMS; s++)
		l->up[s] = l->of[s] != NO_LINE &&
			   i->offer->media[l->of[s]].port != 0;
}

void lines_settled(struct instance *i)
{
	i->agreed = i->lines;
	i->settled = true;
}

/* RFC 3261 section 14.1: the session stays as it was. When the media was the
 * reason (section 21.4.26), what was new is not offered once more, or every
 * later change would be refused with it. */
void lines_refused(struct instance *i, int code)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if ((code == 488 || code == 606) && i->lines.up[s] &&
		    !i->agreed.up[s])
			i->agreed.impossible[s] = true;
	i->lines = i->agreed;
}

/* ---- their forks ---- */

/* We do not transcode: what the answer has no codec for stays behind. */
static void warn_of_unfit(const struct instance *i, size_t s)
{
	const struct recording *r = i->r;
	uint64_t n = i->fork[s] ? fork_unfit(i->fork[s]) : 0;

	if (n)
		trace_notef(r->conf.trace, r->conf.call, loop_now(r->conf.loop),
			    TRACE_WARNING, i->set->name,
			    "%llu %s%spackets of %s were not sent: the "
			    "recorder has no codec for them",
			    (unsigned long long)n,
			    r->stream[s].kind
				    ? recording_kind_name(r->stream[s].kind)
				    : "",
			    r->stream[s].kind ? " " : "",
			    r->party[r->stream[s].party].id);
}

void forks_close(struct instance *i)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++) {
		warn_of_unfit(i, s);
		fork_free(i->fork[s]);
		i->fork[s] = NULL;
	}
}

void forks_pause(struct instance *i, bool paused)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if (i->fork[s])
			fork_pause(i->fork[s], paused);
}

void forks_stop(struct instance *i)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if (i->fork[s])
			fork_stop(i->fork[s]);
}

void forks_rest(struct instance *i)
{
	size_t s;

	for (s = 0; s < i->r->n_streams; s++)
		if (i->fork[s] && !i->r->stream[s].live)
			fork_stop(i->fork[s]);
}

/* A hint only: a NAT or a recorder that restarts its media may refuse for a
 * moment, and SIP says whether it still records. */
static void on_refused(const struct fork *f, void *arg)
{
	const struct instance *i = arg;
	const struct recording *r = i->r;
	char at[ADDR_TEXT];
	size_t s;

	for (s = 0; s < RECORDING_STREAMS && i->fork[s] != f;)
		s++;
	if (s < RECORDING_STREAMS)
		trace_notef(r->conf.trace, r->conf.call, loop_now(r->conf.loop),
			    TRACE_WARNING, i->set->name,
			    "RTP of %s is refused: nobody listens at %s",
			    r->party[r->stream[s].party].id,
			    addr_text(fork_dst(f), at));
}

static void on_report(const struct fork *f, const struct rtcp_block *b,
		      int64_t rtt_us, void *arg)
{
	const struct instance *i = arg;
	struct trace_rtp *t = trace_rtp_find(i->r->conf.trace, fork_source(f),
					     fork_dst(f), fork_ssrc(f));

	if (t)
		trace_rtp_reported(t, b->lost, b->jitter, rtt_us);
}

/* RFC 4568 section 7.1.2: each side has a key of its own, and sends by what it
 * said. Told once a session and stream. */
static void on_forged(const struct fork *f, void *arg)
{
	/* the fork's handlers have it as they got it */
	struct instance *i = arg;
	struct recording *r = i->r;
	struct trace_rtp *t = trace_rtp_find(r->conf.trace, fork_source(f),
					     fork_dst(f), fork_ssrc(f));
	char why[200];
	size_t s;

	if (t)
		t->rtcp_forged++;
	for (s = 0; s < RECORDING_STREAMS && i->fork[s] != f;)
		s++;
	if (s == RECORDING_STREAMS || i->forged[s])
		return;
	i->forged[s] = true;
	snprintf(why, sizeof(why),
		 "RTCP of %s for %s does not authenticate by the key that it "
		 "answered",
		 instance_server(i), r->party[r->stream[s].party].id);
	instance_event(i, "forged", "", why);
}

static int64_t on_wall(void *arg)
{
	const struct recording *r = ((struct instance *)arg)->r;

	return r->conf.wall_us(r->conf.arg);
}

static struct fork *first_fork(const struct instance *i)
{
	size_t s;

	for (s = 0; s < RECORDING_STREAMS; s++)
		if (i->fork[s])
			return i->fork[s];
	return NULL;
}

static void on_heard(const struct fork *f, const struct trace_rtcp *seen,
		     void *arg)
{
	const struct instance *i = arg;
	struct trace_rtp *t = trace_rtp_find(i->r->conf.trace, fork_addr(f),
					     fork_dst(f), fork_ssrc(f));

	alive_heard(arg);
	if (t)
		trace_rtp_rtcp(t, seen);
}

static struct fork *open_fork(struct instance *i, const struct stream *s,
			      struct err *e)
{
	struct recording *r = i->r;
	struct fork_conf conf = {.wire = r->conf.wire,
				 .loop = r->conf.loop,
				 .rng = r->conf.rng,
				 .name = "src",
				 .cname = i->cname[s->party],
				 .refused = on_refused,
				 .heard = on_heard,
				 .report = on_report,
				 .forged = on_forged,
				 .arg = i};

	if (r->conf.wall_us)
		conf.wall_us = on_wall;
	conf.rtcp_apart = i->set->rtcp == RECORDING_RTCP_NAMED;
	conf.alive_us = i->set->rtp_keepalive_us;
	conf.via = i->set->shared_port ? first_fork(i) : NULL;
	conf.local = *sip_ua_addr(instance_ua(i));
	conf.local.port = 0;
	return fork_new(&conf, e);
}

/* The id stays the same over failover and over stop and start again: it is the
 * same CS (D-fo-newdialog, 7865-6.5.1-b). */
static void make_id(struct instance *i, size_t s)
{
	uint8_t uuid[16];

	if (i->stream_id[s][0])
		return;
	ids_uuid(i->r->conf.ids, "stream", uuid);
	ids_base64(uuid, i->stream_id[s]);
}

static void place(struct instance *i, size_t s)
{
	const struct recording *r = i->r;
	struct err e = ERR_INIT;

	make_id(i, s);
	keys_place(i, s);
	if (!i->fork[s])
		i->fork[s] = open_fork(i, &r->stream[s], &e);
	if (!i->fork[s])
		trace_notef(r->conf.trace, r->conf.call, loop_now(r->conf.loop),
			    TRACE_WARNING, i->set->name, "%s", e.text);
	else if (i->lines.of[s] == NO_LINE && i->lines.n < SDP_MEDIA)
		i->lines.of[s] = i->lines.n++;
}

bool lines_place(struct instance *i)
{
	const struct recording *r = i->r;
	size_t s;

	for (s = 0; s < r->n_streams; s++)
		if (r->stream[s].live && !i->lines.impossible[s])
			place(i, s);
	return i->lines.n > 0;
}
