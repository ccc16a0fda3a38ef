#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "core/xalloc.h"
#include "scenario/checkers.h"
#include "scenario/text.h"

enum { PARTIES_MAX = 16 };

void scn_read_name_addr(struct faults *f, const struct node *n,
			struct scn_party *p)
{
	free(p->aor);
	free(p->name);
	if (!scn_text_name_addr(n->text, &p->aor, &p->name))
		scn_fault(
			f, n->place,
			"a party is 'Alice <sip:alice@example.com>', a SIP URI "
			"or a tel URI, not '%.60s'",
			n->text);
}

static void party_map(struct faults *f, const struct node *n,
		      struct scn_party *p)
{
	const struct node *aor = scn_node_get(n, "aor");

	free(p->name);
	p->name = NULL;
	scn_table_read(f, &scn_party_table, n, p);
	if (aor && p->aor && !scn_text_is_aor(p->aor))
		scn_fault(f, aor->place,
			  "'aor' wants a SIP or tel URI, not '%.60s'", p->aor);
}

static void party_value(struct faults *f, const struct scn_key *k,
			const struct node *n, struct scn_party *p)
{
	if (n->kind == NODE_MAP)
		party_map(f, n, p);
	else if (n->kind == NODE_TEXT && !scn_node_is_null(n))
		scn_read_name_addr(f, n, p);
	else
		scn_fault_type(f, k, "a name-addr or {aor, name}", n);
}

static void read_parties(struct faults *f, const struct scn_key *k,
			 const struct node *n, struct scn_call *c)
{
	size_t i;

	if (c->capture.wanted) {
		scn_read_seats(f, n, &c->capture);
		return;
	}
	if (n->kind != NODE_MAP || n->n > PARTIES_MAX) {
		scn_fault(f, n->place,
			  "'parties' wants up to %d names with people",
			  PARTIES_MAX);
		return;
	}
	c->party = xreallocarray(c->party, 2 + n->n, sizeof(*c->party));
	for (i = 0; i < n->n; i++) {
		struct scn_party *p = &c->party[c->n_parties];
		const char *id = n->key[i]->text;

		if (!scn_text_is_plain_name(id) || !strcmp(id, "caller") ||
		    !strcmp(id, "callee")) {
			scn_fault(f, n->key[i]->place,
				  "'%.60s' cannot be the id of a further party",
				  id);
			continue;
		}
		memset(p, 0, sizeof(*p));
		p->id = xstrdup(id);
		c->n_parties++;
		party_value(f, k, n->item[i], p);
	}
}

void scn_read_party(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	struct scn_call *c = out;

	if (k->type == SCN_T_NAMED)
		read_parties(f, k, n, c);
	else
		party_value(f, k, n, &c->party[strcmp(k->name, "callee") == 0]);
}

void scn_read_connected(struct faults *f, const struct scn_key *k,
			const struct node *n, void *out)
{
	struct scn_call *c = out;

	party_value(f, k, n, &c->connected);
}

static const char *const audio[] = {"PCMU", "PCMA"};
static const char *const video[] = {"VP8", "H264"};

struct codec_list {
	const char *key;	 /* as written */
	const char *const *name; /* two of them */
	const char *hint;
	struct scn_strings *out;
};

static const char events[] = "telephone-event";

/* What only a live party may speak; whole.c looks whether there is one. */
static const char *const relayed[] = {"G722", "G729", "GSM", "G723",
				      "G728", "opus", "CN"};

bool scn_codec_is_relayed(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(relayed) / sizeof(*relayed); i++)
		if (strcmp(relayed[i], name) == 0)
			return true;
	return false;
}

static bool is_beside(const char *name)
{
	return strcmp(name, events) == 0 || scn_codec_is_relayed(name);
}

static void add_codec(struct faults *f, const struct node *n, void *arg)
{
	const struct codec_list *l = arg;

	bool beside = l->name == audio && is_beside(n->text);

	if (!beside && strcmp(n->text, l->name[0]) &&
	    strcmp(n->text, l->name[1]))
		scn_fault(f, n->place, "'%s' wants %s or %s, not '%.60s'%s",
			  l->key, l->name[0], l->name[1], n->text, l->hint);
	else if (scn_strings_has(l->out, n->text))
		scn_fault(f, n->place, "codec '%s' stands twice", n->text);
	else
		scn_strings_add(l->out, n->text);
}

static void read_names(struct faults *f, const struct scn_key *k,
		       const struct node *n, struct codec_list *l)
{
	scn_strings_fini(l->out);
	scn_each_text(f, k, n, add_codec, l);
	if (n->kind == NODE_LIST && n->n == 0)
		scn_fault(f, n->place, "'%s' is empty", k->name);
}

static void read_codecs(struct faults *f, const struct scn_key *k,
			const struct node *n, struct scn_strings *out)
{
	struct codec_list l = {
		k->name, audio,
		" (others come only from a capture or a live party)", out};

	read_names(f, k, n, &l);
}

void scn_read_codecs(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *out)
{
	struct scn_call *c = out;

	read_codecs(f, k, n, &c->codecs);
}

void scn_read_srs_codecs(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *out)
{
	struct scn_srs *s = out;

	read_codecs(f, k, n, &s->codecs);
}

static bool presses(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->call.n_parties; i++)
		if (s->media[i].dtmf)
			return true;
	for (i = 0; i < s->n_steps; i++)
		if (s->step[i].verb == SCN_VERB_DTMF)
			return true;
	return false;
}

static void add_events(struct scn_strings *codecs)
{
	if (!scn_strings_has(codecs, events))
		scn_strings_add(codecs, events);
}

/* Keys need a codec of their own (RFC 4733 section 2.4.1), in each offer. */
void scn_add_events(struct scenario *s)
{
	size_t i;

	if (!presses(s))
		return;
	add_events(&s->call.codecs);
	for (i = 0; i < s->n_steps; i++)
		if (s->step[i].codecs.n)
			add_events(&s->step[i].codecs);
}

void scn_read_step_codecs(struct faults *f, const struct scn_key *k,
			  const struct node *n, void *out)
{
	struct step_draft *d = out;

	read_codecs(f, k, n, &d->step.codecs);
}

void scn_read_video(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	struct scn_call *c = out;
	struct codec_list l = {k->name, video, "", &c->video};

	read_names(f, k, n, &l);
}

void scn_read_step_video(struct faults *f, const struct scn_key *k,
			 const struct node *n, void *out)
{
	struct step_draft *d = out;
	struct codec_list l = {k->name, video, ", or none", &d->step.video};

	if (n->kind == NODE_TEXT && strcmp(n->text, "none") == 0)
		d->step.no_video = true;
	else
		read_names(f, k, n, &l);
}

static void default_parties(struct scn_call *c)
{
	c->party = xcalloc(2, sizeof(*c->party));
	c->n_parties = 2;
	c->party[SCN_CALLER].id = xstrdup("caller");
	c->party[SCN_CALLER].aor = xstrdup("sip:alice@example.com");
	c->party[SCN_CALLER].name = xstrdup("Alice");
	c->party[SCN_CALLEE].id = xstrdup("callee");
	c->party[SCN_CALLEE].aor = xstrdup("sip:bob@example.com");
	c->party[SCN_CALLEE].name = xstrdup("Bob");
}

void scn_read_call(struct faults *f, const struct node *n, struct scenario *s)
{
	struct scn_call *c = &s->call;

	c->ring_us = c->early_media_us = c->cancel_us = SCN_UNSET;
	c->forked_us = SCN_UNSET;
	default_parties(c);
	c->capture.index = 1;
	c->capture.speed = 1;
	scn_table_defaults(&scn_call_table, c);
	scn_strings_add(&c->codecs, "PCMU");
	scn_strings_add(&c->codecs, "PCMA");
	if (!n)
		return;
	c->place = n->place;
	scn_table_read(f, &scn_call_table, n, c);
	if (c->capture.wanted)
		scn_finish_capture(f, n, c);
	else
		scn_check_not_captured(f, n);
}

/* ---- media ---- */

static const char *const sources[] = {"tone", "wav", "pcap", "silence", "udp"};

static void default_media(struct scn_media *m, size_t party)
{
	memset(m, 0, sizeof(*m));
	m->source = party < 2 ? SCN_SOURCE_TONE : SCN_SOURCE_SILENCE;
	m->hz = party == SCN_CALLER ? 440 : party == SCN_CALLEE ? 660 : 0;
}

/* The enum goes in the order of `sources`. */
static void pick_source(struct faults *f, const struct node *n,
			struct scn_media *m)
{
	const char *first = NULL;
	size_t i;

	for (i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		if (!scn_node_get(n, sources[i]))
			continue;
		if (first)
			scn_fault(f, scn_node_key_place(n, sources[i]),
				  "a party sends one thing, not '%s' and '%s'",
				  first, sources[i]);
		first = sources[i];
		m->source = (enum scn_source)i;
	}
	if (!first && m->dtmf)
		m->source = SCN_SOURCE_SILENCE;
	if (m->source != SCN_SOURCE_TONE)
		m->hz = 0;
	if (m->dtmf &&
	    (m->source == SCN_SOURCE_PCAP || m->source == SCN_SOURCE_UDP))
		scn_fault(f, scn_node_key_place(n, "dtmf"),
			  "keys are pressed by voices made here: '%s' has its "
			  "own",
			  first);
}

static void check_pick(struct faults *f, const struct node *n)
{
	if (scn_node_get(n, "ssrc") && scn_node_get(n, "stream"))
		scn_fault(f, scn_node_key_place(n, "stream"),
			  "'ssrc' and 'stream' pick the same thing (one is "
			  "enough)");
	if (scn_node_get(n, "pcap"))
		return;
	if (scn_node_get(n, "ssrc"))
		scn_fault(f, scn_node_key_place(n, "ssrc"),
			  "'ssrc' needs 'pcap'");
	if (scn_node_get(n, "stream"))
		scn_fault(f, scn_node_key_place(n, "stream"),
			  "'stream' needs 'pcap'");
}

/* A file that is there must hold what it is said to hold. */
static void check_content(struct faults *f, const struct node *n,
			  const struct scn_media *m)
{
	const struct node *file = scn_node_get(n, sources[m->source]);
	struct err e = ERR_INIT;

	if (!m->path || !file || !scn_checkers()->media ||
	    scn_checkers()->media(m, &e) == 0)
		return;
	if (e.kind == ERR_SCENARIO)
		scn_fault(f, file->place, "%s", e.text);
	else
		scn_fault_env(f, file->place, "%s", e.text);
}

/* What only media made here can have, and what only live media has. */
static void check_live(struct faults *f, const struct node *n, int party,
		       const struct scn_media *m)
{
	static const char *const made[] = {"loss", "jitter", "reorder",
					   "duplicate"};
	bool live = m->source == SCN_SOURCE_UDP;
	size_t i;

	if (!live && scn_node_get(n, "peer"))
		scn_fault(f, scn_node_key_place(n, "peer"),
			  "'peer' needs 'udp'");
	if (!live)
		return;
	if (party > SCN_CALLEE)
		scn_fault(f, scn_node_key_place(n, "udp"),
			  "the caller and the callee can be live, nobody else");
	for (i = 0; i < sizeof(made) / sizeof(*made); i++)
		if (scn_node_get(n, made[i]))
			scn_fault(
				f, scn_node_key_place(n, made[i]),
				"what a live party sends is relayed as it is: "
				"'%s' is for media made here",
				made[i]);
}

/* As many as a voice keeps waiting. */
void scn_read_keys(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	static const char wants[] = "1 to 64 keys of 0-9, *, #, A-D";
	char **field = (char **)((char *)out + k->at);
	size_t len;

	if (n->kind != NODE_TEXT) {
		scn_fault_type(f, k, wants, n);
		return;
	}
	len = strlen(n->text);
	if (strspn(n->text, "0123456789*#ABCD") < len || len > 64 ||
	    (len == 0 && k->with == 0)) {
		scn_fault_type(f, k, wants, n);
		return;
	}
	free(*field);
	*field = xstrdup(n->text);
}

/* RFC 3264 section 8.4: an SDP with 0.0.0.0 is a hold. */
void scn_read_udp(struct faults *f, const struct scn_key *k,
		  const struct node *n, void *out)
{
	char **field = (char **)((char *)out + k->at);
	bool socket = strcmp(k->name, "udp") == 0;
	struct span text;
	struct addr a;

	if (n->kind != NODE_TEXT) {
		scn_fault_type(f, k, "ADDR:PORT", n);
		return;
	}
	text = span_of(n->text);
	if (socket && span_case_starts(text, "udp:"))
		text = span_skip(text, 4);
	if (!addr_parse(text, &a) || addr_is_any(&a) || (!socket && !a.port)) {
		scn_fault_type(f, k,
			       "an IP address and a port such as "
			       "127.0.0.1:40000 or [::1]:40000",
			       n);
		return;
	}
	free(*field);
	*field = span_dup(text);
}

void scn_read_media(struct faults *f, const struct node *n, struct scenario *s)
{
	size_t i;

	s->media = xcalloc(s->call.n_parties, sizeof(*s->media));
	for (i = 0; i < s->call.n_parties; i++)
		default_media(&s->media[i], i);
	if (n && n->kind != NODE_MAP) {
		scn_fault(f, n->place,
			  "'media' wants parties with what they send");
		return;
	}
	for (i = 0; n && i < n->n; i++) {
		int party = scn_name_party(f, n->key[i], s, n->key[i]->text);

		if (party < 0)
			continue;
		s->media[party].place = n->item[i]->place;
		scn_table_read(f, &scn_media_table, n->item[i],
			       &s->media[party]);
		pick_source(f, n->item[i], &s->media[party]);
		check_pick(f, n->item[i]);
		check_live(f, n->item[i], party, &s->media[party]);
		check_content(f, n->item[i], &s->media[party]);
	}
}

void scn_read_ssrc(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	struct scn_media *m = out;

	scn_value_read(f, k, n, &m->ssrc);
	m->has_ssrc = true;
}
