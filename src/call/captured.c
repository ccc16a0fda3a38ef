/* A call out of a capture, played at the captured moments. */
#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "call/call_int.h"
#include "call/offer.h"
#include "call/overheard.h"
#include "core/xalloc.h"
#include "media/rtp.h"
#include "net/way.h"

enum { COMFORT_NOISE = 13 }; /* RFC 3551 table 4 */

#define TURN_US INT64_C(1000)
#define PATIENCE_US INT64_C(32000000) /* timer B */

struct captured {
	struct call *call;
	const struct capture_tape *tape; /* borrowed from the cache */
	size_t pos;			 /* of the moment to come */
	struct timer timer;
	double speed;
	bool hurries;	     /* nobody waits but for what came of a change */
	int64_t late_us;     /* waited for that so far */
	int64_t waits_us;    /* since then; -1: not now */
	int64_t patience_us; /* until then; -1: no change is open */
	bool turned;	     /* the caller of the capture is our callee */
	unsigned turn;	     /* of the leg that is played, from 1 */
	struct overheard *overheard;   /* owned */
	unsigned line[CALL_LINES];     /* m-line that is played; 0: none */
	bool named[CALL_PARTIES];      /* the user says who it is */
	bool renamed[CALL_PARTIES];    /* and that was not told yet */
	char *session[CALL_PARTIES];   /* owned: o= of what it said, or NULL */
	uint32_t shift;		       /* what is added to rewrite a number */
	bool passed_over;	       /* packets of further m-lines: said so */
	struct way *way[CALL_PARTIES]; /* owned: of their media; NULL: good */
};

/* ---- who is who ---- */

static int party_of(const struct captured *d, const struct capture_moment *m)
{
	const struct call_capture *conf = d->call->conf.capture;
	int src = m->stream ? look_seat(conf, &m->src) : CALL_PARTIES;
	int dst = m->stream ? look_seat(conf, &m->dst) : CALL_PARTIES;

	if (src != dst && src < CALL_PARTIES)
		return src;
	if (src != dst && dst < CALL_PARTIES)
		return !dst;
	return ((int)m->party) ^ d->turned;
}

static enum call_kind kind_of(const struct captured *d,
			      const struct capture_stream *s)
{
	if (strcmp(s->media, "video") == 0)
		return CALL_VIDEO;
	return s->m_line && s->m_line == d->line[CALL_AUDIO2] ? CALL_AUDIO2
							      : CALL_AUDIO;
}

/* ---- what they agreed on ---- */

/* Whether a message may change what was agreed on. */
static bool asks_anew(const struct capture_moment *m)
{
	struct sip_view v;

	return !m->stream && sip_view(m->data, &v) && v.request &&
	       !span_empty(v.body) &&
	       (span_is(v.method, "INVITE") || span_is(v.method, "UPDATE"));
}

/* Of a leg that the call is not in: not yet, or not any more. */
static bool is_elsewhere(const struct captured *d,
			 const struct capture_moment *m)
{
	return m->leg && m->leg->turn && m->leg->turn != d->turn;
}

/* Whether it is the party's, and of this kind; `pt`: what it carries. */
static bool says(const struct captured *d, const struct capture_moment *m,
		 int party, enum call_kind kind, uint8_t *pt)
{
	struct rtp r;

	if (!m->stream || is_elsewhere(d, m) || kind_of(d, m->stream) != kind ||
	    party_of(d, m) != party || !rtp_parse(m->data.p, m->data.n, &r))
		return false;
	*pt = r.pt;
	return true;
}

static bool is_speech(const struct call_media *m, uint8_t pt)
{
	size_t i;

	for (i = 0; i < m->n_codecs && m->codec[i].pt != pt;)
		i++;
	return pt != COMFORT_NOISE &&
	       (i == m->n_codecs ||
		!span_case_is(span_of(m->codec[i].name), "telephone-event"));
}

/* What the party sends until somebody asks for something else is what it has
 * agreed to, whatever they said (field: an answer without what then comes).
 * What it speaks first comes first. */
static void take_sent(const struct captured *d, int party, enum call_kind kind,
		      const struct sdp *mine, const struct sdp *peer)
{
	struct call_media *m = &d->call->party[party].line[kind].media;
	bool known[128] = {false};
	int first = -1;
	uint8_t pt;
	size_t i;

	for (i = d->pos; i < d->tape->n && !asks_anew(&d->tape->at[i]); i++) {
		if (!says(d, &d->tape->at[i], party, kind, &pt) || known[pt])
			continue;
		known[pt] = offer_sent(m, pt, mine, peer, d->line[kind]);
		if (first < 0 && known[pt] && is_speech(m, pt))
			first = pt;
	}
	if (first >= 0)
		offer_sent(m, (uint8_t)first, mine, peer, d->line[kind]);
}

/* The first line of audio stays the first, whatever becomes of the second. */
static void take_line(struct captured *d, int party, enum call_kind kind)
{
	unsigned taken = kind == CALL_AUDIO    ? d->line[CALL_AUDIO2]
			 : kind == CALL_AUDIO2 ? d->line[CALL_AUDIO]
					       : 0;
	const struct sdp *mine = overheard_sdp(d->overheard, party);
	const struct sdp *peer = overheard_sdp(d->overheard, !party);
	struct call_media *m = &d->call->party[party].line[kind].media;

	offer_media_fini(m);
	if (offer_overheard(m, &d->line[kind], kind, taken, mine, peer))
		take_sent(d, party, kind, mine, peer);
	if (d->line[kind] && !m->n_codecs)
		offer_said(m, mine, d->line[kind]);
}

static void tell_media(struct captured *d)
{
	struct call *c = d->call;
	void (*tell)(struct call *, void *);
	int p, k;

	for (k = 0; k < CALL_LINES; k++)
		for (p = 0; p < CALL_PARTIES; p++)
			take_line(d, p, (enum call_kind)k);
	if (!d->line[CALL_AUDIO] && !d->line[CALL_VIDEO] && !c->known)
		return;
	tell = c->known ? c->h.changed : c->h.sdp_known;
	c->known = true;
	c->by_update = overheard_by_update(d->overheard);
	if (tell)
		tell(c, c->arg);
	d->patience_us = loop_now(c->conf.loop) + PATIENCE_US;
}

/* ---- streams without SIP ---- */

static bool has_said(const struct captured *d, int party)
{
	const struct capture_moment *m = d->tape->at;
	size_t i;

	for (i = 0; i < d->tape->n; i++)
		if (party_of(d, &m[i]) == party)
			return true;
	return false;
}

/* What is sent is what there is. Who is silent could say the same. */
static void take_streams(struct captured *d, int party)
{
	struct call_media *m = &d->call->party[party].line[CALL_AUDIO].media;
	int of = has_said(d, party) ? party : !party;
	bool known[128] = {false};
	uint8_t pt;
	size_t i;

	for (i = 0; i < d->tape->n; i++) {
		const struct capture_moment *at = &d->tape->at[i];

		if (!says(d, at, of, CALL_AUDIO, &pt) || known[pt])
			continue;
		known[pt] = true;
		offer_named_type(m, pt, at->stream->codec);
	}
	m->dir = sdp_dir_of(has_said(d, party), has_said(d, !party));
	m->ptime = 20;
}

/* Nobody says when it began: with its first packet it is under way. */
static void tell_streams(struct captured *d)
{
	struct call *c = d->call;
	int p;

	for (p = 0; p < CALL_PARTIES; p++)
		take_streams(d, p);
	c->known = c->answered = true;
	trace_call(c->conf.trace, c->conf.index)->answered_us = loop_now(
		c->conf.loop);
	if (c->h.sdp_known)
		c->h.sdp_known(c, c->arg);
	if (c->h.answered)
		c->h.answered(c, c->arg);
	d->patience_us = loop_now(c->conf.loop) + PATIENCE_US;
}

/* ---- messages ---- */

/* Nothing of it is on the wire: it stands in the trace as it was captured. Of
 * a way with several hops that of the caller is shown. */
static void show(struct captured *d, const struct capture_moment *m, int from)
{
	const struct call_conf *conf = &d->call->conf;
	const struct addr *near = &m->leg->src;
	int64_t now_us = loop_now(conf->loop);
	struct trace_sip *t;

	if (!m->leg->turn ||
	    (!addr_ip_eq(&m->src, near) && !addr_ip_eq(&m->dst, near)))
		return;
	t = trace_add_sip(conf->trace, now_us, &m->src, &m->dst, m->data.p,
			  m->data.n);
	t->from = trace_keep(conf->trace, conf->party[from].id);
	t->to = trace_keep(conf->trace, conf->party[!from].id);
	trace_sip_arrived(t, now_us);
}

static void take_answer(struct captured *d, const struct sip_view *v)
{
	struct call *c = d->call;
	struct trace_call *t = trace_call(c->conf.trace, c->conf.index);

	if (c->answered || v->request || v->code < 200 || v->code > 299 ||
	    !span_is(v->cseq_method, "INVITE"))
		return;
	c->answered = true;
	t->final = v->code;
	t->answered_us = loop_now(c->conf.loop);
	if (c->h.answered)
		c->h.answered(c, c->arg);
}

/* Somebody else took the party's place, as a B2BUA shows a transfer to the side
 * that stays: the name is another one, and so is the session that describes
 * the media (RFC 3264 section 8: that of one endpoint stays). */
static void find_others(struct captured *d)
{
	struct call *c = d->call;
	int p;

	for (p = 0; p < CALL_PARTIES; p++) {
		const struct sdp *s = overheard_sdp(d->overheard, p);
		bool other = d->session[p] &&
			     !span_is(s->sess_id, d->session[p]);

		if (other && d->renamed[p])
			c->party[p].identity.person++;
		d->renamed[p] = false;
		free(d->session[p]);
		d->session[p] = span_dup(s->sess_id);
	}
}

/* A name alone; one that comes with an offer waits for the answer. */
static void tell_name(struct captured *d, int party, const struct sip_view *v)
{
	struct call *c = d->call;

	if (!c->known)
		return;
	d->renamed[party] = false;
	c->by_update = span_is(v->cseq_method, "UPDATE");
	if (c->h.changed)
		c->h.changed(c, c->arg);
}

static void on_here(struct captured *d, int from, const struct sip_view *v)
{
	if (!d->named[from] && identity_hear(&d->call->party[from], v))
		d->renamed[from] = true;
	if (overheard_message(d->overheard, v, from)) {
		find_others(d);
		tell_media(d);
	} else if (d->renamed[from] && !(v->request && v->body.n)) {
		tell_name(d, from, v);
	}
	take_answer(d, v);
}

/* ---- transfers ---- */

/* A leg that a transfer leads to: the recording goes on with it, once its media
 * is known. */
static void on_next(struct captured *d, const struct capture_moment *m,
		    const struct sip_view *v)
{
	char *uri, *name;
	int p;

	if (!overheard_message(d->overheard, v, party_of(d, m)))
		return;
	p = look_newcomer(d->turned, m, v, &uri, &name);
	identity_become(&d->call->party[p], uri, name);
	d->named[p] = false;
	d->turn = m->leg->turn;
	for (p = 0; p < CALL_PARTIES; p++) {
		free(d->session[p]);
		d->session[p] = NULL;
	}
	memset(d->line, 0, sizeof(d->line));
	find_others(d);
	tell_media(d);
}

/* Behind a B2BUA, whose own leg goes on as it was. */
static void on_beside(struct captured *d, const struct capture_moment *m,
		      const struct sip_view *v)
{
	struct call *c = d->call;
	char *uri, *name;
	int p;

	if (!c->known || v->request || v->code < 200 || v->code > 299 ||
	    !span_is(v->cseq_method, "INVITE"))
		return;
	p = look_newcomer(d->turned, m, v, &uri, &name);
	if (strcmp(c->party[p].uri, uri) == 0) {
		free(uri);
		free(name);
		return;
	}
	identity_become(&c->party[p], uri, name);
	d->named[p] = false;
	tell_name(d, p, v);
}

/* ---- all messages ---- */

static void on_message(struct captured *d, const struct capture_moment *m)
{
	struct call *c = d->call;
	int from = party_of(d, m);
	struct sip_view v;

	show(d, m, from);
	if (c->over || !sip_view(m->data, &v))
		return;
	if (!m->leg->turn)
		on_beside(d, m, &v);
	else if (m->leg->turn > d->turn)
		on_next(d, m, &v);
	else if (m->leg->turn == d->turn)
		on_here(d, from, &v);
}

/* ---- packets ---- */

static void pass_over(struct captured *d, int party)
{
	if (d->passed_over)
		return;
	d->passed_over = true;
	call_warn(&d->call->party[party], "packets of a further m-line",
		  "a party has two streams of audio and one of video, "
		  "they are left out");
}

/* Adds to a big-endian number; what is over is lost. */
static void shift(uint8_t *at, size_t n, uint32_t by)
{
	uint64_t sum = by;

	while (n-- > 0) {
		sum += at[n];
		at[n] = (uint8_t)sum;
		sum >>= 8;
	}
}

/* RFC 3550 section 5.1: sequence number, timestamp, SSRC. */
static struct span rewritten(const struct captured *d, struct span packet,
			     uint8_t bytes[RTP_MAX])
{
	enum call_rewrite how = d->call->conf.capture->rewrite;

	if (how == CALL_REWRITE_NONE || packet.n > RTP_MAX)
		return packet;
	memcpy(bytes, packet.p, packet.n);
	if (how == CALL_REWRITE_SSRC) {
		shift(bytes + 8, 4, d->shift);
	} else {
		shift(bytes + 2, 2, d->shift >> 16);
		shift(bytes + 4, 4, d->shift);
	}
	return span_from((const char *)bytes, packet.n);
}

/* Whose packet is on its way, and of which line. */
struct sent {
	int party;
	enum call_kind kind;
};

static int arrives(const void *tag, const void *p, size_t n, void *arg)
{
	struct call *c = ((struct captured *)arg)->call;
	struct sent sent;

	memcpy(&sent, tag, sizeof(sent));
	if (!c->over && c->known && c->h.rtp)
		c->h.rtp(c, sent.party, sent.kind, p, n, c->arg);
	return 0;
}

static void pass_on(struct captured *d, const struct sent *sent,
		    struct span packet)
{
	if (d->way[sent->party])
		way_send(d->way[sent->party], sent, sizeof(*sent), packet.p,
			 packet.n);
	else
		arrives(sent, packet.p, packet.n, d);
}

static void on_packet(struct captured *d, const struct capture_moment *m)
{
	struct call *c = d->call;
	enum call_kind kind = kind_of(d, m->stream);
	int party = party_of(d, m);
	uint8_t bytes[RTP_MAX];
	struct span packet;

	if (c->over || m->at_us < c->conf.capture->start_us ||
	    is_elsewhere(d, m))
		return;
	if (m->stream->m_line && d->line[kind] &&
	    m->stream->m_line != d->line[kind]) {
		pass_over(d, party);
		return;
	}
	packet = rewritten(d, m->data, bytes);
	trace_original(c->conf.trace, c->conf.index, c->party[party].who->id,
		       call_kind_name(kind), loop_now(c->conf.loop), packet.p,
		       packet.n);
	pass_on(d, &(struct sent){party, kind}, packet);
}

/* ---- its course ---- */

static int64_t due_us(const struct captured *d, int64_t at_us)
{
	int64_t skipped_us = d->call->conf.capture->start_us;
	int64_t after_us = at_us > skipped_us ? at_us - skipped_us : 0;

	return d->call->t0_us + d->late_us +
	       (int64_t)((double)after_us / d->speed);
}

static void finish(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;
	struct trace_call *t = trace_call(conf->trace, conf->index);

	if (!t->final && d->tape->leg)
		t->final = d->tape->leg->final;
	t->in_order = true;
	call_over(d->call);
}

/* What is recorded must not have passed before the recorder is ready for it. */
static bool waits(struct captured *d)
{
	struct call *c = d->call;
	int64_t now_us = loop_now(c->conf.loop);

	if (!d->hurries || d->patience_us < 0 || c->over)
		return false;
	if (now_us < d->patience_us && c->h.settled &&
	    !c->h.settled(c, c->arg)) {
		if (d->waits_us < 0)
			d->waits_us = now_us;
		timer_after(&d->timer, TURN_US);
		return true;
	}
	if (d->waits_us >= 0)
		d->late_us += now_us - d->waits_us;
	d->waits_us = d->patience_us = -1;
	return false;
}

/* A turn of the real clock may come late: all that is due goes at once. */
static void on_due(void *arg)
{
	struct captured *d = arg;
	const struct capture_tape *t = d->tape;

	if (!t->leg && !d->call->known)
		tell_streams(d);
	while (d->pos < t->n) {
		const struct capture_moment *m = &t->at[d->pos];

		if (due_us(d, m->at_us) > loop_now(d->call->conf.loop)) {
			timer_at(&d->timer, due_us(d, m->at_us));
			return;
		}
		if (waits(d))
			return;
		d->pos++;
		if (m->stream)
			on_packet(d, m);
		else
			on_message(d, m);
		if (m->at_us >= t->end_us)
			finish(d);
	}
	finish(d);
}

void captured_start(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	if (d->tape->leg)
		trace_bind_call_id(conf->trace, span_of(captured_call_id(d)),
				   conf->index);
	timer_at(&d->timer, due_us(d, 0));
}

void captured_stop(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	trace_call(conf->trace, conf->index)->in_order = true;
	timer_stop(&d->timer);
	d->pos = d->tape->n;
}

const char *captured_call_id(const struct captured *d)
{
	return d->tape->leg ? d->tape->leg->call_id : "";
}

/* The moment that is played now; nothing is while it waits. */
int64_t captured_wall_us(const struct captured *d)
{
	const struct call *c = d->call;
	int64_t now_us = d->waits_us >= 0 ? d->waits_us
					  : loop_now(c->conf.loop);
	double played_us = (double)(now_us - c->t0_us - d->late_us) * d->speed;

	return d->tape->first_us + c->conf.capture->start_us +
	       (int64_t)played_us;
}

bool captured_busy(const struct captured *d)
{
	return d->pos < d->tape->n;
}

/* ---- opening ---- */

/* Whether the scenario calls a party something that no message does. */
static void find_named(struct captured *d, const struct call_facts *f)
{
	const struct call_conf *conf = &d->call->conf;
	size_t i;
	int p;

	for (p = 0; p < CALL_PARTIES; p++) {
		d->named[p] = true;
		for (i = 0; i < f->n_aliases; i++)
			if (f->alias[i].party == p &&
			    strcmp(f->alias[i].uri, conf->party[p].aor) == 0)
				d->named[p] = false;
	}
}

static void set_pace(struct captured *d)
{
	const struct call_conf *conf = &d->call->conf;

	d->waits_us = d->patience_us = -1;
	d->speed = conf->capture->speed;
	if (d->speed > 0)
		return;
	d->hurries = loop_clock(conf->loop) == LOOP_REAL;
	d->speed = d->hurries ? CALL_MAX_SPEED : 1;
}

struct captured *captured_new(struct call *c, struct err *e)
{
	const struct call_capture *conf = c->conf.capture;
	struct call_facts facts;
	struct captured *d;
	int p;

	if (call_look(&facts, conf, e) < 0)
		return NULL;
	d = xcalloc(1, sizeof(*d));
	d->call = c;
	d->tape = look_up(conf, e);
	set_pace(d);
	d->overheard = overheard_new();
	d->turn = 1;
	d->turned = facts.turned;
	d->shift = rng_u32(c->conf.rng) | 1;
	find_named(d, &facts);
	for (p = 0; p < CALL_PARTIES; p++)
		d->way[p] = way_new(c->conf.loop, c->conf.rng,
				    &c->conf.party[p].source.way, arrives, d);
	timer_init(&d->timer, c->conf.loop, on_due, d);
	call_facts_fini(&facts);
	return d;
}

void captured_free(struct captured *d)
{
	int p;

	if (!d)
		return;
	timer_stop(&d->timer);
	overheard_free(d->overheard);
	for (p = 0; p < CALL_PARTIES; p++) {
		way_free(d->way[p]);
		free(d->session[p]);
	}
	free(d);
}
