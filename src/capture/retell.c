#include "capture/calls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "capture/member.h"
#include "capture/tcp.h"
#include "core/xalloc.h"
#include "sip/view.h"
#include "trace/trace.h"

/* A stream whose codec changes all the time is told of so often. */
enum { CHANGES_TOLD = 16 };

/* What a stream spoke last. */
struct spoken {
	uint8_t type; /* its place, from 1; 0: nothing yet */
	uint8_t changes;
};

/* Calls that are told once more: `n` from `first`. */
struct retelling {
	const struct capture_calls *c;
	size_t first, n;
	struct members *members; /* owned, all four */
	struct tcp *tcp;
	struct trace *trace;
	struct spoken *spoken; /* of each stream */
};

/* ---- who is who ---- */

static const struct capture_leg *leg_at(const struct capture_calls *c,
					size_t call, size_t i)
{
	return &c->leg[c->call[call].leg[i]];
}

/* User part of a URI, or the whole of it. */
static const char *user_of(const char *uri, char out[64])
{
	const char *user = strchr(uri, ':');
	const char *end = strchr(uri, '@');

	if (!user || !end || end <= user + 1)
		return uri;
	snprintf(out, 64, "%.*s", (int)(end - user - 1), user + 1);
	return out;
}

static void name_ends(const struct retelling *r, size_t call)
{
	const struct capture_leg *near = leg_at(r->c, call, 0);
	const struct capture_leg *far = leg_at(r->c, call,
					       r->c->call[call].n_legs - 1);
	const char *from = "caller", *to = "callee";
	char a[64], b[64];

	if (r->n > 1 && near->siprec) {
		from = "src";
		to = user_of(near->callee, b);
	} else if (call > r->first) {
		from = user_of(near->caller, a);
		to = user_of(near->callee, b);
	}
	/* the side that calls has the last word where both are one address */
	trace_name_addr(r->trace, &far->far, to);
	trace_name_addr(r->trace, &near->src, from);
}

/* Addresses on the way keep their own names. */
static void name_parties(const struct retelling *r)
{
	size_t i;

	for (i = 0; i < r->n; i++)
		name_ends(r, r->first + i);
}

static void name_addr(struct trace *t, const struct addr *media,
		      const struct addr *sip)
{
	const char *name = trace_name_of(t, sip);
	char text[ADDR_TEXT];

	trace_name_addr(t, media, name ? name : addr_text(sip, text));
}

/* "PCMU" of "PCMU/8000". */
static void name_codec(char out[CAPTURE_CODEC], const char *codec)
{
	snprintf(out, CAPTURE_CODEC, "%s", codec);
	if (strchr(out, '/'))
		*strchr(out, '/') = '\0';
}

/* Media goes between the ends of its leg. */
static void introduce(const struct retelling *r, const struct capture_stream *s)
{
	const struct capture_leg *l = &r->c->leg[s->leg];
	bool by_caller = (s->party == CAPTURE_CALLER) != l->swapped;
	struct trace_bind bind = {.call = 0, .instance = ""};
	char codec[CAPTURE_CODEC];

	name_codec(codec, s->spoken[0][0] ? s->spoken[0] : s->codec);
	bind.codec = codec[0] ? codec : NULL;
	bind.pt = s->pt;
	trace_bind_rtp(r->trace, &s->src, &s->dst, &bind);
	name_addr(r->trace, &s->src, by_caller ? &l->src : &l->far);
	name_addr(r->trace, &s->dst, by_caller ? &l->far : &l->src);
}

/* ---- packets ---- */

static void retell_message(struct retelling *r, const struct capture_packet *p)
{
	struct trace_sip *m;

	if (!members_message(r->members, p->data))
		return;
	m = trace_add_sip(r->trace, p->at_us, &p->src, &p->dst, p->data.p,
			  p->data.n);
	trace_sip_arrived(m, p->at_us);
}

static void on_message(const struct capture_packet *p, void *arg)
{
	retell_message(arg, p);
}

static void note_codec(const struct retelling *r,
		       const struct capture_stream *s,
		       const struct capture_packet *p)
{
	struct spoken *last = &r->spoken[s - r->c->stream];
	const char *who = capture_party_name(s->party);
	uint8_t i, pt = (uint8_t)p->data.p[1] & 0x7f; /* RFC 3550 section 5.1 */
	char codec[CAPTURE_CODEC];

	for (i = 0; i < s->n_types && s->type[i] != pt; i++)
		;
	if (s->copy || i == s->n_types || !s->spoken[i][0] ||
	    last->type == i + 1)
		return;
	if (last->type && last->changes < CHANGES_TOLD) {
		last->changes++;
		name_codec(codec, s->spoken[i]);
		trace_notef(r->trace, 0, p->at_us, TRACE_NOTE, NULL,
			    "%s%sgoes on with %s", who ? who : "",
			    who ? " " : "", codec);
	}
	last->type = (uint8_t)(i + 1);
}

static void retell_rtp(const struct retelling *r,
		       const struct capture_stream *s,
		       const struct capture_packet *p)
{
	struct trace_rtp *t;

	if (p->at_us == s->first_us)
		introduce(r, s);
	note_codec(r, s, p);
	t = trace_rtp_of(r->trace, &p->src, &p->dst, p->data.p, p->data.n);
	if (t)
		trace_rtp_received(r->trace, t, p->at_us, p->data.p, p->data.n);
}

static void on_packet(const struct capture_packet *p, void *arg)
{
	struct retelling *r = arg;
	const struct capture_stream *s;

	if (p->tcp) {
		tcp_add(r->tcp, p, on_message, r);
		return;
	}
	s = members_stream(r->members, p);
	if (s)
		retell_rtp(r, s, p);
	else
		retell_message(r, p);
}

/* ---- all ---- */

static void note_holds(const struct retelling *r, const struct capture_leg *l)
{
	size_t i;

	for (i = 0; i < l->n_sdp; i++) {
		const struct capture_sdp *s = &l->sdp[i];

		if (s->holds || s->resumes)
			trace_notef(r->trace, 0, s->at_us, TRACE_NOTE, NULL,
				    "%s %s", capture_party_name(s->party),
				    s->holds ? "holds" : "resumes");
	}
}

static void bind_legs(const struct retelling *r, size_t call)
{
	size_t i;

	for (i = 0; i < r->c->call[call].n_legs; i++)
		trace_bind_call_id(r->trace,
				   span_of(leg_at(r->c, call, i)->call_id), 0);
}

static void begin(struct retelling *r)
{
	size_t i;

	r->members = members_new(r->c,
				 r->n == 1 ? r->first : CAPTURE_EVERY_CALL);
	r->tcp = tcp_new();
	r->trace = trace_new();
	r->spoken = xcalloc(r->c->n_streams + 1, sizeof(*r->spoken));
	trace_set_classifier(r->trace, sip_classify);
	trace_call(r->trace, 0)->t0_us = r->c->call[r->first].start_us;
	for (i = 0; i < r->n; i++)
		bind_legs(r, r->first + i);
	name_parties(r);
}

static void end(struct retelling *r)
{
	members_free(r->members);
	tcp_free(r->tcp);
	trace_free(r->trace);
	free(r->spoken);
}

static void begin_again(void *arg)
{
	end(arg);
	begin(arg);
}

struct trace *capture_call_trace(const struct capture_calls *c,
				 const char *path, size_t call, struct err *e)
{
	bool every = call == CAPTURE_EVERY_CALL;
	struct retelling r = {
		.c = c, .first = every ? 0 : call, .n = every ? c->n_calls : 1};
	struct trace *t = NULL;
	size_t i;

	begin(&r);
	if (capture_read_all(path, on_packet, begin_again, &r, NULL, e) == 0) {
		tcp_flush(r.tcp, on_message, &r);
		for (i = 0; i < r.n; i++)
			note_holds(&r, leg_at(c, r.first + i, 0));
		t = r.trace;
		r.trace = NULL;
	}
	end(&r);
	return t;
}
