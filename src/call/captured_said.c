/* What the messages of a captured call change. */
#include <stdlib.h>
#include <string.h>

#include "call/captured_int.h"

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
		captured_tell_media(d);
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

	if (!overheard_message(d->overheard, v, captured_party(d, m)))
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
	captured_tell_media(d);
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

void captured_message(struct captured *d, const struct capture_moment *m)
{
	struct call *c = d->call;
	int from = captured_party(d, m);
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
