#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "world/priv.h"

struct step {
	struct timeline *timeline;
	const struct scn_step *scn;
	struct timer timer;
	bool waiting;		   /* for its event */
	struct trace_step *record; /* of what a recording was asked */
};

struct timeline {
	struct world_call *c;
	struct step *step; /* owned */
	size_t n;
};

/* ---- what a step does ---- */

/* What nobody expected to go wrong is a warning. */
static void on_done(struct recording_outcome o, void *arg)
{
	struct step *s = arg;
	struct world_call *c = s->timeline->c;
	struct world *w = c->w;
	char buf[RECORDING_OUTCOME];
	const char *text = recording_outcome_text(o, buf);
	const char *wanted = s->scn->result ? s->scn->result : "ok";

	trace_step_end(w->trace, s->record, loop_now(w->loop), text);
	if (strcmp(text, wanted) != 0 || s->scn->result)
		trace_notef(
			w->trace, c->index, loop_now(w->loop),
			strcmp(text, wanted) != 0 ? TRACE_WARNING : TRACE_NOTE,
			"timeline", "line %d: %s", s->scn->place.line, text);
}

static void do_recording(struct step *step, enum recording_verb verb)
{
	struct world_call *c = step->timeline->c;
	const struct scn_step *s = step->scn;
	struct recording_ask ask = {
		.verb = verb,
		.instance = strcmp(s->target, "recording") != 0 ? s->target
								: NULL,
		.by_update = s->by_update,
		.outside = s->outside,
		.wrong = (s->send_wrong_tag ? SIP_WRONG_TAG : 0u) |
			 (s->send_lower_cseq ? SIP_WRONG_CSEQ : 0u),
		.rekey = s->rekey,
		.method = s->method,
		.header = (const char *const *)s->headers.at,
		.n_headers = s->headers.n,
		.type = s->type,
		.body = span_of(s->body)};

	step->record = trace_add_step(c->w->trace, c->index,
				      loop_now(c->w->loop),
				      (size_t)(step - step->timeline->step));
	recording_ask(c->recording, &ask, on_done, step);
}

static int party_of(const struct scn_step *s)
{
	return strcmp(s->target, "callee") == 0 ? CALL_CALLEE : CALL_CALLER;
}

static void do_bye(struct world_call *c, const struct scn_step *s)
{
	if (s->srs >= 0) {
		recorder_bye(c->w->recorder[s->srs]);
		return;
	}
	if (strcmp(s->target, "both") == 0)
		call_bye(c->call, CALL_BOTH);
	else
		call_bye(c->call, party_of(s));
}

static enum call_change_kind kind_of(enum scn_verb verb)
{
	switch (verb) {
	case SCN_VERB_HOLD:
		return CALL_HOLD;
	case SCN_VERB_UNHOLD:
		return CALL_UNHOLD;
	case SCN_VERB_MUTE:
		return CALL_MUTE;
	case SCN_VERB_UNMUTE:
		return CALL_UNMUTE;
	case SCN_VERB_IDENTITY:
		return CALL_IDENTIFY;
	case SCN_VERB_TRANSFER:
		return CALL_TRANSFER;
	default:
		return CALL_REINVITE;
	}
}

static void do_change(struct world_call *c, const struct scn_step *s)
{
	struct call_change change = {.kind = kind_of(s->verb),
				     .codec = (const char *const *)s->codecs.at,
				     .n_codecs = s->codecs.n,
				     .video = (const char *const *)s->video.at,
				     .n_video = s->video.n,
				     .no_video = s->no_video,
				     .new_port = s->new_port,
				     .by_update = s->by_update,
				     .late_offer = s->offer == SCN_OFFER_NONE,
				     .uri = s->to.aor,
				     .name = s->to.name};

	if (s->verb == SCN_VERB_TRANSFER)
		change.to = &c->party[s->to_party];
	call_change(c->call, party_of(s), &change);
}

static void do_revive(struct world_call *c, const struct scn_step *s)
{
	struct world *w = c->w;
	struct err e = ERR_INIT;

	if (recorder_revive(w->recorder[s->srs], &e) < 0)
		trace_notef(w->trace, c->index, loop_now(w->loop),
			    TRACE_WARNING, "timeline", "line %d: %s",
			    s->place.line, e.text);
}

/* Noted before it is done, so that what comes of it follows in the trace. */
static void note_step(struct world_call *c, const struct scn_step *s)
{
	static const char *const verb[] = {
		[SCN_VERB_START] = "start",
		[SCN_VERB_PAUSE] = "pause",
		[SCN_VERB_RESUME] = "resume",
		[SCN_VERB_STOP] = "stop",
		[SCN_VERB_CANCEL] = "cancel",
		[SCN_VERB_BYE] = "bye",
		[SCN_VERB_KILL] = "kill",
		[SCN_VERB_REVIVE] = "revive",
		[SCN_VERB_REINVITE] = "reinvite",
		[SCN_VERB_UPDATE] = "update",
		[SCN_VERB_OPTIONS] = "options",
		[SCN_VERB_HOLD] = "hold",
		[SCN_VERB_UNHOLD] = "unhold",
		[SCN_VERB_MUTE] = "mute",
		[SCN_VERB_UNMUTE] = "unmute",
		[SCN_VERB_SEND] = "send",
		[SCN_VERB_IDENTITY] = "identity",
		[SCN_VERB_TRANSFER] = "transfer",
		[SCN_VERB_DTMF] = "dtmf",
	};
	const struct world *w = c->w;
	const char *by = s->srs >= 0 ? w->s->srs[s->srs].name : s->target;
	bool named = strcmp(by, s->target) == 0; /* the target is who does it */
	const char *what = s->method ? s->method : s->keys ? s->keys : "";
	const char *with = s->method ? " in " : s->keys ? " by " : "";

	trace_notef(w->trace, c->index, loop_now(w->loop), TRACE_NOTE,
		    "timeline", "line %d: %s %s%s%s%s%s", s->place.line,
		    verb[s->verb], what, with, s->target, named ? "" : " by ",
		    named ? "" : by);
}

/* What a recorder asks of the SRC in its recordings. */
static void do_request(struct world_call *c, const struct scn_step *s,
		       const char *method)
{
	struct recorder_line line = {.send = method,
				     .offer = build_offer(s->offer)};

	recorder_send(c->w->recorder[s->srs], &line);
}

static void perform(struct step *step)
{
	struct world_call *c = step->timeline->c;
	const struct scn_step *s = step->scn;

	note_step(c, s);
	switch (s->verb) {
	case SCN_VERB_START:
		do_recording(step, RECORDING_START);
		break;
	case SCN_VERB_PAUSE:
		do_recording(step, RECORDING_PAUSE);
		break;
	case SCN_VERB_RESUME:
		do_recording(step, RECORDING_RESUME);
		break;
	case SCN_VERB_STOP:
		do_recording(step, RECORDING_STOP);
		break;
	case SCN_VERB_SEND:
		do_recording(step, RECORDING_SEND);
		break;
	case SCN_VERB_CANCEL:
		call_cancel(c->call);
		break;
	case SCN_VERB_BYE:
		do_bye(c, s);
		break;
	case SCN_VERB_KILL:
		recorder_kill(c->w->recorder[s->srs]);
		break;
	case SCN_VERB_REVIVE:
		do_revive(c, s);
		break;
	case SCN_VERB_REINVITE:
		if (s->srs >= 0)
			do_request(c, s, "re-INVITE");
		else
			do_change(c, s);
		break;
	case SCN_VERB_UPDATE:
		if (s->srs >= 0)
			do_request(c, s, "UPDATE");
		else
			do_recording(step, RECORDING_UPDATE);
		break;
	case SCN_VERB_OPTIONS:
		do_request(c, s, "OPTIONS");
		break;
	case SCN_VERB_HOLD:
	case SCN_VERB_UNHOLD:
	case SCN_VERB_MUTE:
	case SCN_VERB_UNMUTE:
	case SCN_VERB_IDENTITY:
	case SCN_VERB_TRANSFER:
		do_change(c, s);
		break;
	case SCN_VERB_DTMF:
		call_dtmf(c->call, party_of(s), s->keys);
		break;
	}
}

/* ---- when ---- */

static void on_due(void *arg)
{
	struct step *s = arg;
	struct timeline *t = s->timeline;
	struct step *next = s + 1;

	perform(s);
	if (next < t->step + t->n && next->scn->kind == SCN_AFTER)
		timer_after(&next->timer, next->scn->time_us);
}

struct timeline *timeline_new(struct world_call *c)
{
	const struct scenario *s = c->w->s;
	struct timeline *t = xcalloc(1, sizeof(*t));
	size_t i;

	t->c = c;
	t->n = s->n_steps;
	t->step = xcalloc(t->n, sizeof(*t->step));
	for (i = 0; i < t->n; i++) {
		t->step[i].timeline = t;
		t->step[i].scn = &s->step[i];
		timer_init(&t->step[i].timer, c->w->loop, on_due, &t->step[i]);
	}
	return t;
}

void timeline_free(struct timeline *t)
{
	size_t i;

	if (!t)
		return;
	for (i = 0; i < t->n; i++)
		timer_stop(&t->step[i].timer);
	free(t->step);
	free(t);
}

void timeline_start(struct timeline *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct step *s = &t->step[i];

		if (s->scn->kind == SCN_AT)
			timer_after(&s->timer, s->scn->time_us);
		else if (s->scn->kind == SCN_AFTER && i == 0)
			timer_after(&s->timer, s->scn->time_us);
		s->waiting = s->scn->kind == SCN_WHEN;
	}
}

void timeline_event(struct timeline *t, const char *kind)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		struct step *s = &t->step[i];

		if (!s->waiting || strcmp(s->scn->when, kind) != 0)
			continue;
		s->waiting = false;
		timer_after(&s->timer, 0);
	}
}

bool timeline_pending(const struct timeline *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		if (timer_running(&t->step[i].timer))
			return true;
	return false;
}
