#include "recorder/recorder.h"

#include <stdarg.h>
#include <stdlib.h>

#include "core/xalloc.h"
#include "recorder/rec.h"

/* An INVITE that gets no answer; held so that its repetitions find it. */
struct silent {
	struct le le;
	struct sip_txn *x;
	struct timer timer;
};

/* ---- telling ---- */

static const char *text_or_empty(const char *s)
{
	return s ? s : "";
}

void rec_event(struct recorder *r, struct recorder_event ev)
{
	if (!r->conf.event)
		return;
	ev.at_us = loop_now(r->conf.loop);
	ev.call_id = text_or_empty(ev.call_id);
	ev.text = text_or_empty(ev.text);
	ev.label = text_or_empty(ev.label);
	ev.party = text_or_empty(ev.party);
	ev.media = text_or_empty(ev.media);
	ev.path = text_or_empty(ev.path);
	ev.key = text_or_empty(ev.key);
	r->conf.event(&ev, r->conf.arg);
}

int rec_call(const struct rec_session *s)
{
	return trace_call_of(s->recorder->conf.trace, span_of(s->call_id));
}

static void tell(struct rec_session *s, const char *kind, const char *text)
{
	struct recorder_event ev = {
		.kind = kind, .call_id = s->call_id, .text = text};

	rec_event(s->recorder, ev);
}

void rec_tell(struct rec_session *s, const char *kind, const char *fmt, ...)
{
	va_list ap;
	char *text;

	if (!s->recorder->conf.event)
		return;
	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	tell(s, kind, text);
	free(text);
}

void rec_warn(struct rec_session *s, const char *fmt, ...)
{
	const struct recorder_conf *conf = &s->recorder->conf;
	va_list ap;
	char *text;

	va_start(ap, fmt);
	text = xvasprintf(fmt, ap);
	va_end(ap);
	trace_notef(conf->trace, rec_call(s), loop_now(conf->loop),
		    TRACE_WARNING, conf->name, "%s", text);
	tell(s, "warning", text);
	free(text);
}

/* ---- INVITEs ---- */

static void silent_free(struct silent *q)
{
	timer_stop(&q->timer);
	list_unlink(&q->le);
	sip_txn_kill(q->x);
	free(q);
}

static void on_silent(void *arg)
{
	silent_free(arg);
}

static void keep_silent(struct recorder *r, struct sip_txn *x,
			const struct sip_view *req)
{
	struct silent *q = xcalloc(1, sizeof(*q));
	char *call_id = span_dup(req->call_id);
	struct recorder_event ev = {
		.kind = "invite", .call_id = call_id, .text = "gets no answer"};

	q->x = x;
	timer_init(&q->timer, r->conf.loop, on_silent, q);
	timer_after(&q->timer, REC_SILENT_US);
	list_append(&r->silent, &q->le);
	rec_event(r, ev);
	free(call_id);
}

static void on_invite(struct sip_ua *ua, struct sip_txn *x,
		      const struct sip_view *req, const struct addr *from,
		      void *arg)
{
	struct recorder *r = arg;
	const struct recorder_line *line = rec_script_take(r, r->used,
							   span_of("INVITE"));

	(void)ua;
	if (r->conf.answer == RECORDER_NEVER ||
	    (line && line->reply == RECORDER_REPLY_NEVER))
		keep_silent(r, x, req);
	else
		rec_session_begin(r, x, req, from, line);
}

/* ---- life ---- */

static char *dup_or_null(const char *s)
{
	return s ? xstrdup(s) : NULL;
}

static int open_ua(struct recorder *r, struct err *e)
{
	struct sip_ua_conf conf = {.loop = r->conf.loop,
				   .wire = r->conf.wire,
				   .trace = r->conf.trace,
				   .ids = r->conf.ids,
				   .rng = r->conf.rng,
				   .name = r->conf.name,
				   .local = r->conf.local,
				   .protos = r->conf.protos,
				   .tls = r->conf.tls,
				   .user = r->conf.name,
				   .contact_params = ";+sip.srs",
				   .accept = REC_ACCEPT,
				   .understood = "siprec, 100rel, timer",
				   .invite = on_invite,
				   .admit = r->conf.login.user ? rec_guard
							       : NULL,
				   .arg = r};
	static const char *const params[] = {"", ";transport=tcp",
					     ";transport=tls"};

	r->ua = sip_ua_new(&conf, e);
	if (!r->ua)
		return -1;
	r->uri = xasprintf("sip:%s@%s%s", r->conf.name, sip_ua_addr_text(r->ua),
			   params[sip_ua_addr(r->ua)->proto]);
	return 0;
}

struct recorder *recorder_new(const struct recorder_conf *conf, struct err *e)
{
	struct recorder *r = xcalloc(1, sizeof(*r));

	r->conf = *conf;
	r->conf.name = xstrdup(conf->name);
	r->conf.redirect = dup_or_null(conf->redirect);
	r->conf.dir = dup_or_null(conf->dir);
	if (conf->local) {
		r->local = *conf->local;
		r->conf.local = &r->local;
	}
	r->used = xcalloc(conf->n_lines + 1, sizeof(*r->used));
	rec_names_init(&r->names);
	if (open_ua(r, e) < 0) {
		recorder_free(r);
		return NULL;
	}
	return r;
}

/* As a process that dies: nobody hears of it. */
static void forget_all(struct recorder *r)
{
	while (r->sessions.head) {
		struct rec_session *s = container_of(r->sessions.head,
						     struct rec_session, le);
		struct sip_session *sip = s->sip;

		rec_session_free(s);
		sip_session_drop(sip);
	}
	while (r->silent.head)
		silent_free(container_of(r->silent.head, struct silent, le));
}

void recorder_free(struct recorder *r)
{
	if (!r)
		return;
	forget_all(r);
	sip_ua_free(r->ua);
	rec_names_fini(&r->names);
	rec_guard_fini(r);
	free(r->uri);
	free(r->used);
	free((char *)r->conf.name);
	free((char *)r->conf.redirect);
	free((char *)r->conf.dir);
	free(r);
}

void recorder_kill(struct recorder *r)
{
	forget_all(r);
	sip_ua_kill(r->ua);
}

int recorder_revive(struct recorder *r, struct err *e)
{
	return sip_ua_revive(r->ua, e);
}

void recorder_bye(struct recorder *r)
{
	struct le *e, *next;

	for (e = r->sessions.head; e; e = next) {
		next = e->next;
		sip_session_hangup(container_of(e, struct rec_session, le)->sip,
				   NULL);
	}
}

void recorder_send(struct recorder *r, const struct recorder_line *what)
{
	struct le *e, *next;

	for (e = r->sessions.head; e; e = next) {
		next = e->next;
		rec_ask(container_of(e, struct rec_session, le), what, 0);
	}
}

const char *recorder_uri(const struct recorder *r)
{
	return r->uri;
}

const struct addr *recorder_addr(const struct recorder *r)
{
	return sip_ua_addr(r->ua);
}

bool recorder_busy(const struct recorder *r)
{
	return sip_ua_busy(r->ua);
}

size_t recorder_sessions(const struct recorder *r)
{
	const struct le *e;
	size_t n = 0;

	for (e = r->sessions.head; e; e = e->next)
		n += sip_session_is_up(
			container_of(e, struct rec_session, le)->sip);
	return n;
}
