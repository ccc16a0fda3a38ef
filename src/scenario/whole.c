#include "scenario/read.h"

#include <stdlib.h>
#include "core/xalloc.h"

static struct scn_place key_place(const struct node *root, const char *section,
				  const char *key)
{
	const struct node *n = scn_node_get(root, section);
	const struct node *value = scn_node_get(n, key);

	return value ? value->place : n ? n->place : root->place;
}

static double seconds(int64_t us)
{
	return (double)us / 1e6;
}

/* Earliest CANCEL whose time the file says, or SCN_UNSET. */
static int64_t cancel_time(const struct scenario *s, struct scn_place *place)
{
	int64_t first = s->call.cancel_us;
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *p = &s->step[i];

		if (p->verb != SCN_VERB_CANCEL || p->kind != SCN_AT ||
		    (first != SCN_UNSET && p->time_us >= first))
			continue;
		first = p->time_us;
		*place = p->place;
	}
	return first;
}

/* A callee whose answer nobody timed does not answer before the CANCEL. */
static void check_cancel(struct faults *f, const struct node *root,
			 struct scenario *s)
{
	struct scn_place place = key_place(root, "call", "cancel");
	int64_t cancel = cancel_time(s, &place);
	bool answer_said = scn_node_get(scn_node_get(root, "call"), "answer") !=
			   NULL;

	if (cancel == SCN_UNSET || cancel < s->call.answer_us ||
	    (answer_said && cancel == s->call.answer_us)) /* they cross */
		return;
	if (answer_said)
		scn_fault(f, place,
			  "cancel at %gs is after the answer at %gs (a call "
			  "that is answered ends by 'end' or 'bye')",
			  seconds(cancel), seconds(s->call.answer_us));
	else
		s->call.answer_us = cancel + 1000000;
}

/* RFC 3261 section 13.2.1: a response that may get lost has no offer, and the
 * 200 may do without SDP only when the answer went before it. */
static void check_offer(struct faults *f, const struct node *root,
			const struct scenario *s)
{
	const struct scn_call *c = &s->call;

	if (c->late_offer && !c->reliable && c->early_media_us != SCN_UNSET)
		scn_fault(f, key_place(root, "call", "early_media"),
			  "a 183 has SDP only to answer an offer, and "
			  "'offer: late' makes none before the 200, unless "
			  "'reliable: true'");
	if (c->late_offer && c->forked_us != SCN_UNSET)
		scn_fault(f, key_place(root, "call", "forked"),
			  "a 183 has SDP only to answer an offer, and "
			  "'offer: late' makes none before the 200");
	if (c->bare_answer && c->forked_us != SCN_UNSET)
		scn_fault(f, key_place(root, "call", "answer_sdp"),
			  "after another phone's 183 the 200 needs SDP");
	if (c->bare_answer && c->early_media_us == SCN_UNSET)
		scn_fault(f, key_place(root, "call", "answer_sdp"),
			  "a 200 without SDP needs 'early_media' before it");
}

static void check_reliable(struct faults *f, const struct node *root,
			   const struct scenario *s)
{
	const struct scn_call *c = &s->call;

	if (c->reliable && c->ring_us == SCN_UNSET &&
	    c->early_media_us == SCN_UNSET)
		scn_fault(f, key_place(root, "call", "reliable"),
			  "'reliable' needs 'ring' or 'early_media': a 1xx "
			  "to acknowledge");
}

static void check_before_answer(struct faults *f, const struct node *root,
				const char *key, int64_t us, int64_t answer_us)
{
	if (us != SCN_UNSET && us >= answer_us)
		scn_fault(f, key_place(root, "call", key),
			  "%s at %gs is not before the answer at %gs", key,
			  seconds(us), seconds(answer_us));
}

static void check_end(struct faults *f, const struct node *root,
		      const struct scenario *s)
{
	const struct scn_call *c = &s->call;
	bool said = scn_node_get(scn_node_get(root, "call"), "end") != NULL;
	struct scn_place none;

	if (c->reject || cancel_time(s, &none) != SCN_UNSET ||
	    c->end_us > c->answer_us)
		return;
	scn_fault(f, key_place(root, "call", said ? "end" : "answer"),
		  "the call ends at %gs%s, but is answered only at %gs (%s)",
		  seconds(c->end_us), said ? "" : " (the default)",
		  seconds(c->answer_us),
		  said ? "say a later 'end'" : "say 'end' as well");
}

static void check_bye(struct faults *f, const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *p = &s->step[i];

		if (p->verb == SCN_VERB_BYE && p->srs < 0 &&
		    p->kind == SCN_AT && p->time_us <= s->call.answer_us)
			scn_fault(
				f, p->place,
				"bye at %gs, but the call is answered only at "
				"%gs (use 'cancel: call')",
				seconds(p->time_us),
				seconds(s->call.answer_us));
	}
}

static bool can_die(const struct scenario *s, int srs)
{
	size_t i;

	if (s->srs[srs].die_after_us != SCN_UNSET)
		return true;
	for (i = 0; i < s->n_steps; i++) {
		if (s->step[i].verb == SCN_VERB_KILL && s->step[i].srs == srs)
			return true;
	}
	return false;
}

static void check_revive(struct faults *f, const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *p = &s->step[i];

		if (p->verb == SCN_VERB_REVIVE && p->srs >= 0 &&
		    !can_die(s, p->srs))
			scn_fault(f, p->place,
				  "nothing ever kills recorder '%s' (a 'kill' "
				  "step "
				  "or 'die_after' does)",
				  s->srs[p->srs].name);
	}
}

static const struct scn_server *outside_server(const struct scenario *s)
{
	size_t i, j;

	for (i = 0; i < s->n_instances; i++) {
		for (j = 0; j < s->instance[i].n_servers; j++) {
			if (s->instance[i].server[j].uri)
				return &s->instance[i].server[j];
		}
	}
	return NULL;
}

/* The first item of a list that is such a codec, or its one text. */
static const struct node *relayed_in(const struct node *codecs)
{
	size_t i;

	if (codecs && codecs->kind == NODE_TEXT &&
	    scn_codec_is_relayed(codecs->text))
		return codecs;
	for (i = 0; codecs && codecs->kind == NODE_LIST && i < codecs->n; i++)
		if (codecs->item[i]->kind == NODE_TEXT &&
		    scn_codec_is_relayed(codecs->item[i]->text))
			return codecs->item[i];
	return NULL;
}

static void check_list(struct faults *f, const struct node *section,
		       const char *key)
{
	const struct node *n = relayed_in(scn_node_get(section, key));

	if (n)
		scn_fault(f, n->place,
			  "'%s' wants PCMU or PCMA, not '%.60s' (others come "
			  "only from a capture or a live party)",
			  key, n->text);
}

/* A section, or each one of a list of them. */
static void check_lists(struct faults *f, const struct node *n, const char *key)
{
	size_t i;

	if (n && n->kind == NODE_MAP)
		check_list(f, n, key);
	for (i = 0; n && n->kind == NODE_LIST && i < n->n; i++)
		if (n->item[i]->kind == NODE_MAP)
			check_list(f, n->item[i], key);
}

static void check_codecs(struct faults *f, const struct node *root,
			 const struct scenario *s)
{
	if (scenario_is_live(s))
		return;
	check_lists(f, scn_node_get(root, "call"), "codecs");
	check_lists(f, scn_node_get(root, "timeline"), "codec");
	check_lists(f, scn_node_get(root, "srs"), "codecs");
}

/* A live party is outside: on its clock nothing is simulated. Its socket is in
 * one call at a time. */
static void check_live(struct faults *f, const struct node *root,
		       const struct scenario *s)
{
	if (!scenario_is_live(s))
		return;
	if (s->clock == SCN_CLOCK_VIRTUAL)
		scn_fault(f, scn_node_get(root, "clock")->place,
			  "the virtual clock is for parties made here, and "
			  "'media' has a live one (say 'clock: real', or "
			  "'auto')");
	if (s->load.calls > 1)
		scn_fault(f, key_place(root, "load", "calls"),
			  "a live party is in one call, not in %d",
			  s->load.calls);
}

static void check_clock(struct faults *f, const struct node *root,
			const struct scenario *s)
{
	const struct scn_server *v = outside_server(s);

	if (s->clock == SCN_CLOCK_VIRTUAL && v)
		scn_fault(
			f, scn_node_get(root, "clock")->place,
			"the virtual clock is for embedded recorders, and '%s' "
			"is at %s (say 'clock: real', or 'auto')",
			v->name, v->uri);
}

static void check_recorders(struct faults *f, const struct node *root,
			    const struct scenario *s)
{
	size_t i, servers = 0;

	for (i = 0; i < s->n_instances; i++)
		servers += s->instance[i].n_servers;
	if (servers || scn_node_get(root, "srs") ||
	    scn_node_get(scn_node_get(root, "src"), "servers"))
		return;
	scn_fault(f, root->place,
		  "nobody records (add 'srs: [{name: vault}]' for "
		  "an embedded recorder, or src.servers)");
}

/* One URI cannot lead to the port of TLS and to another one. */
static void check_ways(struct faults *f, const struct scenario *s, int srs)
{
	const struct scn_srs *r = &s->srs[srs];
	bool tls = false, others = false;
	size_t i, k;

	for (i = 0; i < s->n_instances; i++)
		for (k = 0; k < s->instance[i].n_servers; k++) {
			bool is_tls = s->instance[i].transport ==
				      SCN_TRANSPORT_TLS;

			if (s->instance[i].server[k].srs != srs)
				continue;
			tls = tls || is_tls;
			others = others || !is_tls;
		}
	if (tls && others && !r->uri && !r->placed &&
	    r->transport == SCN_TRANSPORT_DEFAULT)
		scn_fault(f, r->place,
			  "recorder '%s' is asked by tls in one recording and "
			  "not in another (say its 'transport', which its URI "
			  "then tells them all)",
			  r->name);
}

static void check_start(const struct faults *f, struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		if (s->step[i].verb == SCN_VERB_START)
			return;
	}
	for (i = 0; i < s->n_instances; i++) {
		const struct scn_instance *in = &s->instance[i];
		char *text;

		if (in->start != SCN_START_MANUAL)
			continue;
		text = xasprintf("%s:%d:%d: warning: 'start: manual', and no "
				 "step starts '%s'",
				 f->file, in->place.line, in->place.col,
				 in->name);
		scn_strings_add(&s->warnings, text);
		free(text);
	}
}

static void check_as_captured(struct faults *f, const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_checks; i++) {
		const struct scn_check *c = &s->check[i];

		if (c->packets_captured || c->max_gap_captured ||
		    c->order_captured)
			scn_fault(f, c->place,
				  "'as_captured' is for a call out of a "
				  "capture ('pcap' of 'call')");
	}
}

/* Of a call that is made up. */
static void check_times(struct faults *f, const struct node *root,
			struct scenario *s)
{
	check_cancel(f, root, s);
	check_before_answer(f, root, "ring", s->call.ring_us,
			    s->call.answer_us);
	check_before_answer(f, root, "early_media", s->call.early_media_us,
			    s->call.answer_us);
	check_before_answer(f, root, "forked", s->call.forked_us,
			    s->call.answer_us);
	check_offer(f, root, s);
	check_reliable(f, root, s);
	check_end(f, root, s);
	check_bye(f, s);
	check_as_captured(f, s);
}

void scn_check_whole(struct faults *f, const struct node *root,
		     struct scenario *s)
{
	size_t i;

	if (s->call.capture.wanted)
		scn_check_captured(f, root, s);
	else
		check_times(f, root, s);
	check_revive(f, s);
	check_clock(f, root, s);
	check_live(f, root, s);
	check_codecs(f, root, s);
	scn_add_events(s);
	check_recorders(f, root, s);
	for (i = 0; i < s->n_srs; i++)
		check_ways(f, s, (int)i);
	check_start(f, s);
}
