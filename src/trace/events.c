#include <stdarg.h>
#include <stdlib.h>

#include "core/list.h"
#include "core/xalloc.h"
#include "trace/priv.h"

static const char *never_null(struct trace *t, const char *s)
{
	return arena_intern(&t->arena, s ? s : "");
}

/* Of one call alone: nobody would find it again. */
static const char *own(struct trace *t, const char *s)
{
	struct span text = span_of(s);

	return arena_copy(&t->arena, text.p, text.n).p;
}

/* ---- attempts ---- */

struct trace_attempt *trace_add_attempt(struct trace *t, int call,
					int64_t now_us, const char *instance,
					const char *server, const char *uri,
					const char *call_id)
{
	struct trace_attempt *a = pool_add(&t->attempts);

	a->order = t->order++;
	a->call = call;
	a->instance = never_null(t, instance);
	a->server = never_null(t, server);
	a->uri = never_null(t, uri);
	a->call_id = own(t, call_id);
	a->at_us = now_us;
	a->ended_us = -1;
	return a;
}

void trace_attempt_taken(struct trace *t, struct trace_attempt *a,
			 const char *server)
{
	a->server = never_null(t, server);
}

void trace_attempt_end(struct trace *t, struct trace_attempt *a, int64_t now_us,
		       const char *result, const char *why)
{
	a->ended_us = now_us;
	a->result = arena_intern(&t->arena, result);
	a->why = arena_intern(&t->arena, why);
}

size_t trace_n_attempts(const struct trace *t)
{
	return t->attempts.n;
}

const struct trace_attempt *trace_attempt_at(const struct trace *t, size_t i)
{
	return pool_at(&t->attempts, i);
}

/* ---- events ---- */

const struct trace_event *trace_add_event(struct trace *t,
					  const struct trace_event *ev)
{
	struct trace_event *e = pool_add(&t->events);

	e->order = t->order++;
	e->call = ev->call;
	e->at_us = ev->at_us;
	e->kind = never_null(t, ev->kind);
	e->name = never_null(t, ev->name);
	e->dlg_id = own(t, ev->dlg_id);
	e->dlg_callid = own(t, ev->dlg_callid);
	e->callid = own(t, ev->callid);
	e->session_id = own(t, ev->session_id);
	e->server = never_null(t, ev->server);
	e->instance = never_null(t, ev->instance);
	e->code = never_null(t, ev->code);
	e->reason = never_null(t, ev->reason);
	return e;
}

size_t trace_n_events(const struct trace *t)
{
	return t->events.n;
}

const struct trace_event *trace_event_at(const struct trace *t, size_t i)
{
	return pool_at(&t->events, i);
}

/* ---- steps ---- */

struct trace_step *trace_add_step(struct trace *t, int call, int64_t now_us,
				  size_t step)
{
	struct trace_step *s = pool_add(&t->steps);

	s->order = t->order++;
	s->call = call;
	s->step = step;
	s->at_us = now_us;
	s->ended_us = -1;
	return s;
}

void trace_step_end(struct trace *t, struct trace_step *s, int64_t now_us,
		    const char *result)
{
	s->ended_us = now_us;
	s->result = arena_intern(&t->arena, result);
}

size_t trace_n_steps(const struct trace *t)
{
	return t->steps.n;
}

const struct trace_step *trace_step_at(const struct trace *t, size_t i)
{
	return pool_at(&t->steps, i);
}

/* ---- states, notes ---- */

static struct note_record *add_note(struct trace *t, int call, int64_t now_us,
				    enum trace_note_kind kind, const char *who,
				    const char *fmt, va_list ap)
	__attribute__((format(printf, 6, 0)));

static struct note_record *add_note(struct trace *t, int call, int64_t now_us,
				    enum trace_note_kind kind, const char *who,
				    const char *fmt, va_list ap)
{
	struct note_record *r = pool_add(&t->notes);
	struct trace_note *n = &r->pub;
	char *text = xvasprintf(fmt, ap);

	n->order = t->order++;
	n->call = call;
	n->at_us = now_us;
	n->kind = kind;
	n->who = arena_intern(&t->arena, who);
	n->text = arena_intern(&t->arena, text);
	free(text);
	return r;
}

void trace_notef(struct trace *t, int call, int64_t now_us,
		 enum trace_note_kind kind, const char *who, const char *fmt,
		 ...)
{
	va_list ap;

	if (t->forgets)
		return;
	va_start(ap, fmt);
	add_note(t, call, now_us, kind, who, fmt, ap);
	va_end(ap);
}

void trace_dialog_notef(struct trace *t, struct span call_id, int64_t now_us,
			enum trace_note_kind kind, const char *who,
			const char *fmt, ...)
{
	struct note_record *r;
	va_list ap;

	if (t->forgets)
		return;
	va_start(ap, fmt);
	r = add_note(t, trace_call_of(t, call_id), now_us, kind, who, fmt, ap);
	va_end(ap);
	if (r->pub.call < 0)
		hash_add(&t->loose_notes, &r->loose,
			 arena_copy(&t->arena, call_id.p, call_id.n));
}

void trace_claim_notes(struct trace *t, struct span call_id, int call)
{
	struct hash_le *le;

	while ((le = hash_find(&t->loose_notes, call_id))) {
		hash_del(le);
		container_of(le, struct note_record, loose)->pub.call = call;
	}
}

size_t trace_n_notes(const struct trace *t)
{
	return t->notes.n;
}

const struct trace_note *trace_note_at(const struct trace *t, size_t i)
{
	return &((struct note_record *)pool_at(&t->notes, i))->pub;
}

/* ---- files ---- */

void trace_add_file(struct trace *t, enum trace_file_kind kind, int call,
		    const char *server, const char *party, const char *path)
{
	struct trace_file *f;

	if (t->forgets)
		return;
	f = pool_add(&t->files);
	f->kind = kind;
	f->call = call;
	f->server = arena_intern(&t->arena, server);
	f->party = arena_intern(&t->arena, party);
	f->path = arena_intern(&t->arena, path);
}

size_t trace_n_files(const struct trace *t)
{
	return t->files.n;
}

const struct trace_file *trace_file_at(const struct trace *t, size_t i)
{
	return pool_at(&t->files, i);
}
