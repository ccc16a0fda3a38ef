#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "core/xalloc.h"
#include "scenario/text.h"

enum { SRS_MAX = 64 };

/* Keys of a recorder that contradict each other, and why. */
static const struct {
	const char *key, *other, *why;
} conflicts[] = {
	{"refuse", "redirect", "a recorder gives one final answer"},
	{"refuse", "answer", "a recorder gives one final answer"},
	{"answer", "redirect", "a recorder gives one final answer"},
	{"refuse", "bye_after", "a refused recording has nothing to end"},
	{"refuse", "die_after", "it counts from a 200 that never comes"},
	{"redirect", "bye_after", "a redirected recording has nothing to end"},
	{"redirect", "die_after", "it counts from a 200 that never comes"},
	{"uri", "listen", "a real recorder listens where it likes"},
	{"uri", "tls", "a real recorder has certificates of its own"},
	{"uri", "transport", "the URI says it: ;transport=tcp"},
	{"uri", "refuse", "a real recorder cannot be scripted"},
	{"uri", "answer", "a real recorder cannot be scripted"},
	{"uri", "ring", "a real recorder cannot be scripted"},
	{"uri", "reliable", "a real recorder cannot be scripted"},
	{"uri", "early_answer", "a real recorder cannot be scripted"},
	{"uri", "wait", "a real recorder cannot be scripted"},
	{"uri", "redirect", "a real recorder cannot be scripted"},
	{"uri", "bye_after", "a real recorder cannot be scripted"},
	{"uri", "die_after", "a real recorder cannot be scripted"},
	{"uri", "mode", "a real recorder cannot be scripted"},
	{"uri", "script", "a real recorder cannot be scripted"},
	{"uri", "session_expires", "a real recorder cannot be scripted"},
	{"uri", "min_se", "a real recorder cannot be scripted"},
	{"uri", "login",
	 "what is said to a real recorder is the 'login' of 'src', or of a "
	 "server"},
	{"script", "refuse", "the script says what is answered"},
	{"script", "answer", "the script says what is answered"},
	{"script", "wait", "the script says what is answered"},
	{"script", "redirect", "the script says what is answered"},
	{"script", "mangle", "the script says what is answered"},
};

/* Keys that mean nothing when not one response is sent. */
static const char *const silent[] = {"ring", "wait", "bye_after", "die_after",
				     "login"};

void scn_read_listen(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *out)
{
	static const char only_udp[] =
		"udp:ADDRESS:PORT such as udp:127.0.0.1:0";
	static const char any[] =
		"udp:, tcp: or tls:ADDRESS:PORT such as udp:127.0.0.1:0";
	/* of the SRC it is shared: TCP has the port of UDP */
	bool udp = strcmp(k->name, "listen") != 0;
	const char *wants = udp ? only_udp : any;
	char **field = (char **)((char *)out + k->at);
	struct span s = span_of(n->text);
	struct addr a;

	if (n->kind != NODE_TEXT) {
		scn_fault_type(f, k, wants, n);
		return;
	}
	if (!(span_starts(s, "udp:") ||
	      (!udp && (span_starts(s, "tcp:") || span_starts(s, "tls:")))) ||
	    !addr_parse(span_skip(s, 4), &a)) {
		scn_fault_type(f, k, wants, n);
		return;
	}
	free(*field);
	*field = xstrdup(n->text);
}

static void check_conflicts(struct faults *f, const struct node *n,
			    const struct scn_srs *r)
{
	size_t i;

	for (i = 0; i < sizeof(conflicts) / sizeof(*conflicts); i++) {
		if (scn_node_get(n, conflicts[i].key) &&
		    scn_node_get(n, conflicts[i].other))
			scn_fault(f, scn_node_key_place(n, conflicts[i].other),
				  "'%s' does not go with '%s': %s",
				  conflicts[i].other, conflicts[i].key,
				  conflicts[i].why);
	}
	for (i = 0; i < sizeof(silent) / sizeof(*silent); i++) {
		if (r->answer == SCN_ANSWER_NEVER && scn_node_get(n, silent[i]))
			scn_fault(f, scn_node_key_place(n, silent[i]),
				  "'%s' does not go with 'answer: never': not "
				  "one "
				  "response is sent",
				  silent[i]);
	}
}

static void check_name(struct faults *f, const struct node *n,
		       const struct scenario *s, const char *name)
{
	struct scn_place place = scn_node_get(n, "name")->place;
	int other = scenario_srs(s, name);

	if (!scn_text_is_plain_name(name))
		scn_fault(f, place,
			  "the name of a recorder has letters, digits, "
			  "'.', '_' and '-', not '%.60s'",
			  name);
	else if (strcmp(name, "nobody") == 0 || strcmp(name, "recording") == 0)
		scn_fault(f, place, "a recorder cannot be called '%s'", name);
	else if (other >= 0)
		scn_fault(f, place, "recorder '%s' is there already (line %d)",
			  name, s->srs[other].place.line);
}

/* What says how a timer is kept. */
static void check_timer(struct faults *f, const struct node *n)
{
	static const char *const of_timer[] = {"refresher", "refresh"};
	size_t i;

	for (i = 0; i < 2; i++)
		if (scn_node_get(n, of_timer[i]))
			scn_fault(f, scn_node_key_place(n, of_timer[i]),
				  "'%s' needs 'session_expires'", of_timer[i]);
}

/* `listen: tcp:...` is `transport: tcp` as well. */
static void check_listen(struct faults *f, const struct node *n,
			 struct scn_srs *r)
{
	enum scn_transport t = SCN_TRANSPORT_DEFAULT;

	if (!r->listen)
		return;
	if (span_starts(span_of(r->listen), "tcp:"))
		t = SCN_TRANSPORT_TCP;
	if (span_starts(span_of(r->listen), "tls:"))
		t = SCN_TRANSPORT_TLS;
	if (t == SCN_TRANSPORT_DEFAULT)
		return;
	if (r->transport != SCN_TRANSPORT_DEFAULT && r->transport != t)
		scn_fault(f, scn_node_key_place(n, "transport"),
			  "'transport' does not go with 'listen: %s'",
			  r->listen);
	r->transport = t;
}

static void read_one(struct faults *f, const struct node *n, struct scenario *s)
{
	struct scn_srs *r = &s->srs[s->n_srs];

	memset(r, 0, sizeof(*r));
	r->ring_us = r->bye_after_us = r->die_after_us = SCN_UNSET;
	r->login.stale_us = SCN_UNSET;
	r->timer.expires_us = r->timer.min_us = SCN_UNSET;
	scn_table_defaults(&scn_srs_table, r);
	r->place = n->place;
	scn_table_read(f, &scn_srs_table, n, r);
	if (r->name)
		check_name(f, n, s, r->name);
	else
		r->name = xstrdup("");
	check_conflicts(f, n, r);
	if (r->timer.expires_us == SCN_UNSET)
		check_timer(f, n);
	r->placed = scn_node_get(n, "listen") != NULL;
	check_listen(f, n, r);
	if (r->early_answer && r->ring_us == SCN_UNSET)
		scn_fault(f, scn_node_key_place(n, "early_answer"),
			  "'early_answer' needs 'ring', the time of its 183");
	if (r->reliable && r->ring_us == SCN_UNSET)
		scn_fault(f, scn_node_key_place(n, "reliable"),
			  "'reliable' needs 'ring': a 180 to acknowledge");
	s->n_srs++;
}

void scn_read_srs(struct faults *f, const struct node *n, struct scenario *s)
{
	size_t i, count;

	if (!n)
		return;
	count = n->kind == NODE_LIST ? n->n : 1;
	if (count == 0 || count > SRS_MAX) {
		scn_fault(f, n->place, "'srs' wants 1 to %d recorders",
			  SRS_MAX);
		return;
	}
	s->srs = xcalloc(count, sizeof(*s->srs));
	for (i = 0; i < count; i++)
		read_one(f, n->kind == NODE_LIST ? n->item[i] : n, s);
}
