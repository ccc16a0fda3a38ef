#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"

enum { STEPS_MAX = 1000 };

void scn_read_step_time(struct faults *f, const struct scn_key *k,
			const struct node *n, void *out)
{
	struct step_draft *d = out;

	d->step.kind = strcmp(k->name, "at") == 0 ? SCN_AT : SCN_AFTER;
	scn_value_read(f, k, n, &d->step.time_us);
}

void scn_read_step_when(struct faults *f, const struct scn_key *k,
			const struct node *n, void *out)
{
	struct step_draft *d = out;

	d->step.kind = SCN_WHEN;
	scn_value_read(f, k, n, &d->step.when);
	if (d->step.when)
		scn_name_event(f, n, d->step.when);
}

/* The key's number is the verb. */
void scn_read_verb(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	struct step_draft *d = out;

	d->step.verb = (enum scn_verb)k->with;
	scn_value_read(f, k, n, &d->step.target);
}

/* How many keys of an entry are a verb (or a check), built or not; `first` is
 * the value of the first. */
static size_t count_keys(const struct node *n, unsigned flag,
			 const struct scn_table *t, const struct node **first)
{
	size_t i, count = 0;

	*first = NULL;
	for (i = 0; n->kind == NODE_MAP && i < n->n; i++) {
		const struct scn_key *k = scn_table_key(t, n->key[i]->text);

		if (!k || !(k->flags & flag))
			continue;
		if (count++ == 0)
			*first = n->item[i];
	}
	return count;
}

static void check_time(struct faults *f, const struct node *n)
{
	int count = (scn_node_get(n, "at") != NULL) +
		    (scn_node_get(n, "after") != NULL) +
		    (scn_node_get(n, "when") != NULL);

	if (count == 0)
		scn_fault(f, n->place, "a step needs 'at', 'after' or 'when'");
	else if (count > 1)
		scn_fault(f, n->place,
			  "a step has one of 'at', 'after' and 'when'");
}

static void recorder_scripted(struct faults *f, const struct node *n,
			      const struct scenario *s, int srs)
{
	if (srs >= 0 && s->srs[srs].uri)
		scn_fault(f, n->place,
			  "recorder '%s' is a real one: it cannot be scripted",
			  s->srs[srs].name);
}

static bool is_party(const char *target)
{
	return !strcmp(target, "caller") || !strcmp(target, "callee");
}

/* What a party does; a recorder may re-INVITE too. */
static bool is_change(const struct scn_step *p)
{
	return p->verb == SCN_VERB_HOLD || p->verb == SCN_VERB_UNHOLD ||
	       p->verb == SCN_VERB_MUTE || p->verb == SCN_VERB_UNMUTE ||
	       p->verb == SCN_VERB_IDENTITY || p->verb == SCN_VERB_TRANSFER ||
	       (p->verb == SCN_VERB_REINVITE && is_party(p->target));
}

static void call_target(struct faults *f, const struct node *n,
			const struct scenario *s, struct scn_step *p)
{
	if (p->verb == SCN_VERB_CANCEL) {
		if (strcmp(p->target, "call") != 0)
			scn_fault(f, n->place,
				  "'cancel' wants call, not '%.60s'",
				  p->target);
	} else if (strcmp(p->target, "call") == 0) {
		free(p->target);
		p->target = xstrdup(s->call.ended_by_callee ? "callee"
							    : "caller");
	} else if (!is_party(p->target) && strcmp(p->target, "both") != 0) {
		scn_fault(f, n->place,
			  "'bye' wants caller, callee, both or call, not "
			  "'%.60s' (of a recorder: {bye: recording, by: NAME})",
			  p->target);
	}
}

/* What a change of the call says besides. */
static void check_change(struct faults *f, const struct node *n,
			 const struct node *verb, const struct scenario *s,
			 const struct scn_step *p)
{
	const struct node *codec = scn_node_get(n, "codec");
	const struct node *video = scn_node_get(n, "video");
	bool late = p->offer == SCN_OFFER_NONE;

	if (!is_party(p->target)) {
		scn_fault(f, verb->place,
			  "it is the caller or the callee that does this, not "
			  "'%.60s'",
			  p->target);
		return;
	}
	if (p->offer != SCN_OFFER_DEFAULT && !late)
		scn_fault(f, scn_node_key_place(n, "offer"),
			  "'offer' of a party can be none: its re-INVITE has "
			  "no SDP");
	if (late && p->by_update)
		scn_fault(f, scn_node_key_place(n, "offer"),
			  "an UPDATE without SDP offers nothing");
	if (codec && late)
		scn_fault(f, scn_node_key_place(n, "codec"),
			  "'codec' needs an offer in the re-INVITE");
	if (video && late)
		scn_fault(f, scn_node_key_place(n, "video"),
			  "'video' needs an offer in the re-INVITE");
	if (p->new_port &&
	    s->media[strcmp(p->target, "callee") == 0].source == SCN_SOURCE_UDP)
		scn_fault(f, scn_node_key_place(n, "port"),
			  "the %s is live: its socket stays", p->target);
	if (codec && s->media[strcmp(p->target, "callee") == 0].source ==
			     SCN_SOURCE_PCAP)
		scn_fault(f, scn_node_key_place(n, "codec"),
			  "the %s plays a capture: its codec stays", p->target);
}

/* Another party, whose voice is made here. */
static void transfer_target(struct faults *f, const struct node *to,
			    const struct scenario *s, struct scn_step *p)
{
	int target = strcmp(p->target, "callee") == 0;

	if (s->media[target].source == SCN_SOURCE_UDP)
		scn_fault(f, to->place,
			  "the %s is live: nobody can take its place",
			  p->target);
	p->to_party = scn_name_party(f, to, s, to->text);
	if (p->to_party < 0)
		return;
	if (p->to_party <= SCN_CALLEE)
		scn_fault(f, to->place,
			  "the %s is in the call already: 'to' wants one of "
			  "'parties'",
			  to->text);
	else if (s->media[p->to_party].source == SCN_SOURCE_PCAP)
		scn_fault(f, to->place,
			  "%s plays a capture, and cannot take over so far",
			  to->text);
}

/* Who is meant by `to`. */
static void check_to(struct faults *f, const struct node *n,
		     const struct scenario *s, struct scn_step *p)
{
	const struct node *to = scn_node_get(n, "to");
	bool transfer = p->verb == SCN_VERB_TRANSFER;

	if (!transfer && p->verb != SCN_VERB_IDENTITY) {
		if (to)
			scn_fault(f, scn_node_key_place(n, "to"),
				  "'to' goes with transfer and identity");
	} else if (!to || to->kind != NODE_TEXT) {
		if (!to)
			scn_fault(f, n->place,
				  transfer ? "'transfer' needs 'to', one of "
					     "'parties'"
					   : "'identity' needs 'to', a "
					     "name-addr");
	} else if (transfer) {
		transfer_target(f, to, s, p);
	} else {
		scn_read_name_addr(f, to, &p->to);
	}
}

static void check_details(struct faults *f, const struct node *n)
{
	static const char *const details[] = {"codec", "video", "port"};
	size_t i;

	for (i = 0; i < sizeof(details) / sizeof(*details); i++)
		if (scn_node_get(n, details[i]))
			scn_fault(f, scn_node_key_place(n, details[i]),
				  "'%s' goes with 'reinvite' of a party",
				  details[i]);
}

/* kill and revive name the recorder themselves, or leave it to `by`. */
static void recorder_target(struct faults *f, const struct node *n,
			    const struct node *by, const struct scenario *s,
			    struct scn_step *p)
{
	bool general = !strcmp(p->target, "recorder") ||
		       !strcmp(p->target, "recording");

	if (by && !general && strcmp(p->target, by->text) != 0)
		scn_fault(f, by->place,
			  "'by: %.60s' says another recorder than "
			  "'%.60s'",
			  by->text, p->target);
	if (by)
		return;
	p->srs = scn_name_srs(f, n, s, p->target);
	recorder_scripted(f, n, s, p->srs);
}

/* What a recorder asks in its recording. */
static void request_target(struct faults *f, const struct node *verb,
			   const struct node *by, struct scn_step *p)
{
	if (!by)
		scn_fault(f, verb->place,
			  "it is a recorder that does this: {..., by: NAME}");
	else if (strcmp(p->target, "recording") != 0)
		scn_fault(f, verb->place,
			  "a recorder asks in a 'recording', not '%.60s'",
			  p->target);
	if (p->offer == SCN_OFFER_DEFAULT)
		p->offer = p->verb == SCN_VERB_REINVITE ? SCN_OFFER_SAME
							: SCN_OFFER_NONE;
}

static bool is_recorders(enum scn_verb verb)
{
	return verb == SCN_VERB_BYE || verb == SCN_VERB_KILL ||
	       verb == SCN_VERB_REVIVE || verb == SCN_VERB_REINVITE ||
	       verb == SCN_VERB_UPDATE || verb == SCN_VERB_OPTIONS;
}

/* Which request it is that changes the call. */
static void check_method(struct faults *f, const struct node *by,
			 struct scn_step *p)
{
	p->by_update = strcmp(by->text, "update") == 0;
	if (!p->by_update && strcmp(by->text, "invite") != 0)
		scn_fault(
			f, by->place,
			"a party changes the call by invite or update, not by "
			"'%.60s'",
			by->text);
}

static void check_by(struct faults *f, const struct node *by,
		     const struct scenario *s, struct scn_step *p)
{
	bool ours = p->verb == SCN_VERB_UPDATE &&
		    (!strcmp(by->text, "update") ||
		     !strcmp(by->text, "invite"));

	if (is_change(p) || (ours && scenario_srs(s, by->text) < 0)) {
		check_method(f, by, p);
		return;
	}
	if (!is_recorders(p->verb)) {
		scn_fault(f, by->place,
			  "'by' goes with what a recorder does: bye, kill, "
			  "revive, reinvite, update, options");
		return;
	}
	p->srs = scn_name_srs(f, by, s, by->text);
	recorder_scripted(f, by, s, p->srs);
}

/* Who plays a capture, or is live, has keys of its own. */
static void check_keys(struct faults *f, const struct node *n,
		       const struct node *verb, const struct scenario *s,
		       const struct scn_step *p)
{
	const struct scn_media *m = &s->media[strcmp(p->target, "callee") == 0];

	if (!is_party(p->target))
		scn_fault(f, verb->place,
			  "it is the caller or the callee that does this, not "
			  "'%.60s'",
			  p->target);
	else if (m->source == SCN_SOURCE_PCAP || m->source == SCN_SOURCE_UDP)
		scn_fault(f, verb->place,
			  "keys are pressed by voices made here: the %s %s",
			  p->target,
			  m->source == SCN_SOURCE_PCAP ? "plays a capture"
						       : "is live");
	if (!scn_node_get(n, "keys"))
		scn_fault(f, n->place, "'dtmf' needs 'keys'");
}

static void check_target(struct faults *f, const struct node *n,
			 const struct node *verb, const struct scenario *s,
			 struct scn_step *p)
{
	const struct node *by = scn_node_get(n, "by");

	if (by && by->kind == NODE_TEXT)
		check_by(f, by, s, p);
	else
		by = NULL;
	if (p->verb != SCN_VERB_REINVITE || !is_change(p))
		check_details(f, n);
	switch (p->verb) {
	case SCN_VERB_START:
	case SCN_VERB_PAUSE:
	case SCN_VERB_RESUME:
	case SCN_VERB_STOP:
	case SCN_VERB_SEND:
		break; /* read_verb.c */
	case SCN_VERB_CANCEL:
		call_target(f, verb, s, p);
		break;
	case SCN_VERB_BYE:
		if (!by)
			call_target(f, verb, s, p);
		else if (strcmp(p->target, "recording") != 0)
			scn_fault(f, verb->place,
				  "a recorder can hang up on a "
				  "'recording', not on '%.60s'",
				  p->target);
		break;
	case SCN_VERB_KILL:
	case SCN_VERB_REVIVE:
		recorder_target(f, verb, by, s, p);
		break;
	case SCN_VERB_REINVITE:
	case SCN_VERB_UPDATE:
	case SCN_VERB_OPTIONS:
		if (is_change(p))
			check_change(f, n, verb, s, p);
		else if (!scn_verb_asks(p))
			request_target(f, verb, by, p);
		break;
	case SCN_VERB_HOLD:
	case SCN_VERB_UNHOLD:
	case SCN_VERB_MUTE:
	case SCN_VERB_UNMUTE:
	case SCN_VERB_IDENTITY:
	case SCN_VERB_TRANSFER:
		check_change(f, n, verb, s, p);
		break;
	case SCN_VERB_DTMF:
		check_keys(f, n, verb, s, p);
		break;
	}
}

static bool has_srtp(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_instances; i++)
		if (s->instance[i].srtp.on)
			return true;
	return false;
}

static void check_rekey(struct faults *f, const struct node *n,
			const struct scenario *s, const struct scn_step *p)
{
	if (!p->rekey)
		return;
	if (p->verb != SCN_VERB_UPDATE || !p->target || !scn_verb_asks(p))
		scn_fault(f, scn_node_key_place(n, "rekey"),
			  "'rekey' goes with 'update: recording'");
	else if (!has_srtp(s))
		scn_fault(f, scn_node_key_place(n, "rekey"),
			  "'rekey' needs 'srtp' in src: there is no key");
}

static void read_step(struct faults *f, const struct node *n,
		      struct scenario *s)
{
	struct step_draft d = {.step = {.srs = -1, .time_us = 0}};
	const struct node *verb;
	size_t verbs = count_keys(n, KEY_ALONE, &scn_step_table, &verb);

	d.step.place = n->place;
	scn_table_read(f, &scn_step_table, n, &d);
	if (n->kind == NODE_MAP) {
		check_time(f, n);
		if (verbs == 0)
			scn_fault(f, n->place,
				  "a step needs a verb, such as "
				  "'pause: recording'");
		else if (verbs > 1)
			scn_fault(f, n->place,
				  "two verbs in one step (write two "
				  "steps)");
	}
	if (d.step.keys && d.step.verb != SCN_VERB_DTMF)
		scn_fault(f, scn_node_key_place(n, "keys"),
			  "'keys' goes with 'dtmf'");
	if (d.step.offer != SCN_OFFER_DEFAULT &&
	    d.step.verb != SCN_VERB_REINVITE && d.step.verb != SCN_VERB_UPDATE)
		scn_fault(f, scn_node_key_place(n, "offer"),
			  "'offer' goes with reinvite and update");
	if (verbs == 1 && d.step.target) {
		check_target(f, n, verb, s, &d.step);
		check_to(f, n, s, &d.step);
	}
	check_rekey(f, n, s, &d.step);
	if (verbs == 1 && d.step.target && scn_verb_asks(&d.step))
		scn_check_asked(f, n, verb, d.instance, s, &d.step);
	else
		scn_check_not_asked(f, n);
	if (!d.step.target)
		d.step.target = xstrdup("");
	free(d.by);
	free(d.to);
	free(d.instance);
	s->step[s->n_steps++] = d.step;
}

void scn_read_timeline(struct faults *f, const struct node *n,
		       struct scenario *s)
{
	size_t i, count;

	if (!n || (n->kind == NODE_LIST && n->n == 0))
		return;
	count = n->kind == NODE_LIST ? n->n : 1;
	if (count > STEPS_MAX) {
		scn_fault(f, n->place, "more than %d steps", STEPS_MAX);
		return;
	}
	s->step = xcalloc(count, sizeof(*s->step));
	for (i = 0; i < count; i++)
		read_step(f, n->kind == NODE_LIST ? n->item[i] : n, s);
}
