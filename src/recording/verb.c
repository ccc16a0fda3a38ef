/*
 * Verbs of the user's on their way: from being asked for until it is known how
 * they went, which may be never more than the recording itself lasts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "recording/priv.h"

enum { HEADERS_MAX = 32768 };

/* What was asked, of one instance or of all. */
struct ask {
	struct recording_ask what;
	recording_done_h *done; /* or NULL */
	void *arg;
	size_t open; /* outcomes that it waits for, and who deals it out */
	size_t refs;
	struct recording_outcome outcome; /* of all so far */
	const struct instance *whose;	  /* the first that did not do it */
};

/* What one instance makes of it. */
struct verb {
	struct le le; /* in instance.verbs, in the order asked */
	struct instance *i;
	struct ask *ask;
	bool sent;	   /* SEND: it went out; UPDATE: a message carries it */
	bool told;	   /* HABIT_ALWAYS_OK: nobody waits for its outcome */
	struct sip_txn *x; /* SEND outside a dialog: until it is answered */
};

static struct recording_outcome with(enum recording_result result)
{
	return (struct recording_outcome){.result = result};
}

const char *recording_outcome_text(struct recording_outcome o,
				   char text[RECORDING_OUTCOME])
{
	const char *word = recording_result_text(o.result);

	if (o.result != RECORDING_REFUSED)
		return word;
	snprintf(text, RECORDING_OUTCOME, "%s %d", word, o.code);
	return text;
}

/* ---- the end of one ---- */

static void ask_unref(struct ask *a)
{
	if (--a->refs == 0)
		free(a);
}

/* One outcome that it waited for has come. */
static void ask_close(struct ask *a)
{
	if (--a->open == 0 && a->done)
		a->done(a->outcome, a->arg);
	ask_unref(a);
}

static void ask_open(struct ask *a)
{
	a->open++;
	a->refs++;
}

/* All did it, or the first of them that did not says why. */
static void ask_take(struct ask *a, const struct instance *i,
		     struct recording_outcome o)
{
	bool first = a->outcome.result == RECORDING_NO_INSTANCE;
	bool worse = o.result != RECORDING_OK &&
		     (a->outcome.result == RECORDING_OK || i < a->whose);

	if (first || worse) {
		a->outcome = o;
		a->whose = i;
	}
	ask_close(a);
}

static void end(struct verb *v, struct recording_outcome o)
{
	struct instance *i = v->i;
	struct ask *a = v->ask;
	bool told = v->told;

	if (v->x)
		sip_txn_detach(v->x);
	list_unlink(&v->le);
	free(v);
	if (told)
		ask_unref(a);
	else
		ask_take(a, i, o);
}

static enum recording_verb kind_of(const struct verb *v)
{
	return v->ask->what.verb;
}

/* Whether it asks for a pause, or to resume. */
static bool is_pause(const struct verb *v, bool *paused)
{
	*paused = kind_of(v) == RECORDING_PAUSE;
	return *paused || kind_of(v) == RECORDING_RESUME;
}

/* ---- each of an instance ---- */

/* True: `v` was ended. */
typedef bool(verb_h)(struct verb *v, const struct recording_outcome *o);

static void each(struct instance *i, verb_h *h,
		 const struct recording_outcome *o)
{
	struct le *e, *next;

	for (e = i->verbs.head; e; e = next) {
		next = e->next;
		h(container_of(e, struct verb, le), o);
	}
}

/* An offer is on its way that says so. */
static bool is_offered(const struct instance *i, bool paused)
{
	return i->offered_paused == paused &&
	       (i->state == INSTANCE_HUNTING ||
		i->offered_paused != i->agreed_paused);
}

static bool settle(struct verb *v, const struct recording_outcome *o)
{
	const struct instance *i = v->i;
	bool up = i->state == INSTANCE_RECORDING, paused;

	(void)o;
	if (kind_of(v) == RECORDING_START && up) {
		end(v, with(RECORDING_OK));
		return true;
	}
	if (!is_pause(v, &paused) || is_offered(i, paused))
		return false;
	if (up && i->agreed_paused == paused && i->offered_paused == paused)
		end(v, with(RECORDING_OK));
	else if (i->want_paused != paused)
		end(v, with(RECORDING_OVERTAKEN));
	else
		return false;
	return true;
}

static bool written(struct verb *v, const struct recording_outcome *o)
{
	(void)o;
	v->sent |= kind_of(v) == RECORDING_UPDATE;
	return false;
}

static bool unwritten(struct verb *v, const struct recording_outcome *o)
{
	(void)o;
	if (kind_of(v) == RECORDING_UPDATE) {
		v->sent = false;
		v->i->stale = true;
	}
	return false;
}

static bool accepted(struct verb *v, const struct recording_outcome *o)
{
	(void)o;
	if (kind_of(v) != RECORDING_UPDATE || !v->sent)
		return settle(v, NULL);
	end(v, with(RECORDING_OK));
	return true;
}

static bool refused(struct verb *v, const struct recording_outcome *o)
{
	bool paused;

	if (!(kind_of(v) == RECORDING_UPDATE && v->sent) &&
	    !(is_pause(v, &paused) && is_offered(v->i, paused)))
		return false;
	end(v, *o);
	return true;
}

static bool lost(struct verb *v, const struct recording_outcome *o)
{
	if (v->i->set->failover_on_loss && kind_of(v) != RECORDING_SEND) {
		v->sent = false;
		return false; /* the next recorder will say */
	}
	end(v, *o);
	return true;
}

/* Nobody accepted: what was to begin it knows why, the rest has nothing to be
 * done in. */
static bool failed(struct verb *v, const struct recording_outcome *o)
{
	end(v,
	    kind_of(v) == RECORDING_START ? *o : with(RECORDING_NOT_RECORDING));
	return true;
}

static bool over(struct verb *v, const struct recording_outcome *o)
{
	end(v, *o);
	return true;
}

void verb_settle(struct instance *i)
{
	each(i, settle, NULL);
}

void verb_written(struct instance *i)
{
	each(i, written, NULL);
}

void verb_unwritten(struct instance *i)
{
	each(i, unwritten, NULL);
}

void verb_accepted(struct instance *i)
{
	each(i, accepted, NULL);
}

void verb_refused(struct instance *i, enum recording_result result, int code)
{
	struct recording_outcome o = {.result = result, .code = code};

	each(i, refused, &o);
}

void verb_lost(struct instance *i)
{
	struct recording_outcome o = with(RECORDING_LOST);

	each(i, lost, &o);
}

/* How an attempt ended, in the words of the trace. */
static struct recording_outcome outcome_of(const char *attempt)
{
	static const struct {
		const char *word;
		enum recording_result result;
	} words[] = {
		{"timeout", RECORDING_TIMEOUT},
		{"unreachable", RECORDING_UNREACHABLE},
		{"malformed", RECORDING_UNUSABLE},
		{"unusable", RECORDING_UNUSABLE},
	};
	struct recording_outcome o = with(RECORDING_FAILED);
	uint32_t code;
	size_t n;

	for (n = 0; attempt && n < sizeof(words) / sizeof(words[0]); n++)
		if (strcmp(words[n].word, attempt) == 0)
			return with(words[n].result);
	if (!attempt || !parse_u32(span_of(attempt), 300, 699, &code))
		return o;
	o.result = RECORDING_REFUSED;
	o.code = (int)code;
	return o;
}

void verb_failed(struct instance *i, const char *attempt)
{
	struct recording_outcome o = outcome_of(attempt);

	each(i, failed, &o);
}

void verb_over(struct instance *i)
{
	struct recording_outcome o = with(RECORDING_CANCELLED);

	each(i, over, &o);
}

/* ---- send ---- */

/* RFC 3261 section 12.2.1.2: after these there is no dialog any more. */
static bool is_gone(enum sip_outcome o, const struct sip_view *resp)
{
	return o == SIP_TIMEOUT || o == SIP_UNREACHABLE ||
	       (o == SIP_FINAL && (resp->code == 481 || resp->code == 408));
}

struct recording_outcome verb_outcome(enum sip_outcome o,
				      const struct sip_view *resp)
{
	struct recording_outcome refusal = {.result = RECORDING_REFUSED};

	switch (o) {
	case SIP_TIMEOUT:
		return with(RECORDING_TIMEOUT);
	case SIP_UNREACHABLE:
		return with(RECORDING_UNREACHABLE);
	case SIP_FINAL:
		if (resp->code / 100 == 2)
			return with(RECORDING_OK);
		refusal.code = resp->code;
		return refusal;
	default:
		return with(RECORDING_UNUSABLE);
	}
}

static void on_answer(struct sip_session *s, enum sip_outcome o,
		      const struct sip_view *resp, void *arg)
{
	struct verb *v = arg;
	struct instance *i = v->i;
	bool stray = v->ask->what.wrong; /* what it says is of that */
	char code[16];

	(void)s;
	end(v, verb_outcome(o, resp));
	if (stray || !is_gone(o, resp) || instance_has(i, HABIT_DEAF_TO_LOSS))
		return;
	snprintf(code, sizeof(code), "%d",
		 o == SIP_FINAL	    ? resp->code
		 : o == SIP_TIMEOUT ? 408
				    : 503);
	instance_lost(i, code, "it does not know the session any more");
}

static void on_answer_outside(enum sip_outcome o, const struct sip_view *resp,
			      const char *why, void *arg)
{
	struct verb *v = arg;

	(void)why;
	if (o == SIP_PROVISIONAL)
		return;
	v->x = NULL;
	end(v, verb_outcome(o, resp));
}

static void add_headers(const struct verb *v, struct buf *headers)
{
	const struct recording_ask *what = &v->ask->what;
	size_t h;

	if (v->i->set->headers_on_all)
		rs_offer_own_headers(v->i, headers);
	for (h = 0; h < what->n_headers; h++)
		buf_addf(headers, "%s\r\n", what->header[h]);
}

/* To the server that is, or would be, asked first. */
static enum recording_result send_outside(struct verb *v)
{
	const struct recording_ask *what = &v->ask->what;
	struct instance *i = v->i;
	const char *uri = instance_uri(i);
	char call_id[33], *from = rs_offer_from(i), *to = rs_offer_to(i, uri);
	struct sip_ask ask = {.method = what->method,
			      .uri = uri,
			      .from = from,
			      .to = to,
			      .call_id = call_id,
			      .content_type = what->type,
			      .body = what->body};
	struct buf headers;

	ids_hex(i->r->conf.ids, "call-id", call_id, 32);
	trace_bind_call_id(i->r->conf.trace, span_of(call_id), i->r->conf.call);
	buf_init(&headers, HEADERS_MAX);
	add_headers(v, &headers);
	ask.headers = buf_str(&headers);
	v->sent = true;
	if (!headers.overflow)
		v->x = sip_ua_ask(instance_ua(i), &ask, on_answer_outside, v,
				  NULL);
	buf_fini(&headers);
	free(from);
	free(to);
	return v->x ? RECORDING_OK : RECORDING_FAILED;
}

static void send_now(struct verb *v)
{
	const struct recording_ask *what = &v->ask->what;
	struct buf headers;
	int rc;

	buf_init(&headers, HEADERS_MAX);
	add_headers(v, &headers);
	v->sent = true;
	if (headers.overflow)
		rc = -1;
	else if (what->wrong)
		rc = sip_session_stray(v->i->rs, what->wrong, what->method,
				       buf_str(&headers), what->type,
				       what->body, on_answer, v);
	else
		rc = sip_session_request(v->i->rs, what->method,
					 buf_str(&headers), what->type,
					 what->body, on_answer, v);
	buf_fini(&headers);
	if (rc < 0)
		end(v, with(RECORDING_FAILED));
}

static bool flush(struct verb *v, const struct recording_outcome *o)
{
	(void)o;
	if (kind_of(v) == RECORDING_SEND && !v->sent)
		send_now(v);
	return false;
}

void verb_flush(struct instance *i)
{
	if (i->state == INSTANCE_RECORDING && i->rs)
		each(i, flush, NULL);
}

/* ---- update ---- */

bool verb_by_update(const struct instance *i)
{
	const struct le *e;

	for (e = i->verbs.head; e; e = e->next) {
		const struct verb *v = container_of(e, struct verb, le);

		if (kind_of(v) == RECORDING_UPDATE && !v->sent)
			return v->ask->what.by_update;
	}
	return false;
}

static enum recording_result update(struct instance *i, bool rekey)
{
	if (i->state == INSTANCE_IDLE)
		return RECORDING_NOT_RECORDING;
	if (rekey)
		keys_renew(i);
	i->stale = true;
	instance_sync(i);
	return RECORDING_OK;
}

/* ---- asking ---- */

/* OK: done, or the verb waits; anything else: there is nothing to wait for. */
static enum recording_result begin(struct instance *i, struct verb *v)
{
	const struct recording_ask *what = &v->ask->what;

	switch (what->verb) {
	case RECORDING_START:
		return instance_start(i);
	case RECORDING_PAUSE:
		return instance_pause(i, true);
	case RECORDING_RESUME:
		return instance_pause(i, false);
	case RECORDING_SEND:
		if (what->outside)
			return send_outside(v);
		if (i->state == INSTANCE_IDLE)
			return RECORDING_NOT_RECORDING;
		verb_flush(i);
		return RECORDING_OK;
	case RECORDING_UPDATE:
		return update(i, what->rekey);
	case RECORDING_STOP: /* deal_stop */
		break;
	}
	return RECORDING_NOT_RECORDING;
}

/* HABIT_ALWAYS_OK: a call that was made went well. */
static bool is_told(const struct instance *i, enum recording_verb verb,
		    enum recording_result *result)
{
	bool pause = verb == RECORDING_PAUSE || verb == RECORDING_RESUME;

	if (!instance_has(i, HABIT_ALWAYS_OK))
		return false;
	if (pause && i->begun && *result == RECORDING_NOT_RECORDING)
		*result = RECORDING_OK;
	return true;
}

/* RFC 3261 section 15.1.1: with the BYE, or the CANCEL, it is over, whatever
 * will be said to it; so `stop` waits for nothing. */
static enum recording_result deal_stop(struct ask *a, struct instance *i)
{
	enum recording_result result = instance_stop(i);

	ask_open(a);
	ask_take(a, i, with(result));
	return result;
}

static enum recording_result deal(struct ask *a, struct instance *i)
{
	struct verb *v;
	enum recording_result result;

	if (a->what.verb == RECORDING_STOP)
		return deal_stop(a, i);
	v = xcalloc(1, sizeof(*v));
	v->i = i;
	v->ask = a;
	v->told = instance_has(i, HABIT_ALWAYS_OK);
	list_append(&i->verbs, &v->le);
	ask_open(a);
	if (v->told)
		a->refs++; /* and one for the outcome that is told now */
	result = begin(i, v);
	if (result != RECORDING_OK)
		end(v, with(result));
	else
		verb_settle(i);
	if (is_told(i, a->what.verb, &result))
		ask_take(a, i, with(result));
	return result;
}

static bool is_meant(const struct instance *i, const char *name)
{
	return !name || strcmp(name, i->set->name) == 0;
}

static enum recording_result ask(struct recording *r,
				 const struct recording_ask *what,
				 recording_done_h *done, void *arg)
{
	enum recording_result result = RECORDING_NO_INSTANCE, one;
	struct ask *a = xcalloc(1, sizeof(*a));
	size_t n;

	a->what = *what;
	a->done = done;
	a->arg = arg;
	a->outcome = with(RECORDING_NO_INSTANCE);
	ask_open(a);
	for (n = 0; n < r->n; n++) {
		if (!is_meant(&r->instance[n], what->instance))
			continue;
		one = deal(a, &r->instance[n]);
		if (result == RECORDING_NO_INSTANCE || one == RECORDING_OK)
			result = one;
	}
	ask_close(a);
	return result;
}

void recording_ask(struct recording *r, const struct recording_ask *what,
		   recording_done_h *done, void *arg)
{
	ask(r, what, done, arg);
}

enum recording_result recording_do(struct recording *r,
				   enum recording_verb verb,
				   const char *instance)
{
	struct recording_ask what = {.verb = verb, .instance = instance};

	return ask(r, &what, NULL, NULL);
}
