/* A call out of a capture. */
#include "scenario/read.h"

#include <stdlib.h>
#include <string.h>

#include "core/addr.h"
#include "core/xalloc.h"
#include "scenario/checkers.h"
#include "scenario/units.h"

enum { SEATS_MAX = 16 };

/* ---- its keys ---- */

void scn_read_capture(struct faults *f, const struct scn_key *k,
		      const struct node *n, void *out)
{
	struct scn_call *c = out;

	c->capture.wanted = true;
	scn_value_read(f, k, n, &c->capture.path);
}

/* Several ways to say which call. */
static void check_picks(struct faults *f, const struct node *n)
{
	static const char *const pair[][2] = {{"index", "call_id"},
					      {"index", "streams"},
					      {"call_id", "streams"}};
	size_t i;

	for (i = 0; i < sizeof(pair) / sizeof(*pair); i++)
		if (scn_node_get(n, pair[i][0]) && scn_node_get(n, pair[i][1]))
			scn_fault(f, scn_node_key_place(n, pair[i][1]),
				  "'%s' and '%s' pick the same thing (one is "
				  "enough)",
				  pair[i][0], pair[i][1]);
	if (scn_node_get(n, "legs") && scn_node_get(n, "streams"))
		scn_fault(f, scn_node_key_place(n, "legs"),
			  "'streams' without SIP have no legs");
}

void scn_read_pick(struct faults *f, const struct scn_key *k,
		   const struct node *n, void *out)
{
	struct scn_call *c = out;

	if (n->kind == NODE_TEXT && strcmp(n->text, "all") == 0) {
		c->capture.every = true;
		return;
	}
	if (n->kind != NODE_MAP) {
		scn_fault(f, n->place,
			  "'pick' wants all, or which call, such as {index: 2} "
			  "or {call_id: abc@host}%s%.60s",
			  n->kind == NODE_TEXT ? ", not " : "",
			  n->kind == NODE_TEXT ? n->text : "");
		return;
	}
	scn_table_read(f, k->sub, n, &c->capture);
	check_picks(f, n);
}

/* "2x": 0.01 up to 1000. */
static bool read_factor(struct span text, double *speed)
{
	if (!text.n || text.p[text.n - 1] != 'x')
		return false;
	text.n--;
	return scn_unit_number(text, speed) && *speed >= 0.01 && *speed <= 1000;
}

void scn_read_speed(struct faults *f, const struct scn_key *k,
		    const struct node *n, void *out)
{
	struct scn_call *c = out;

	if (n->kind == NODE_TEXT && strcmp(n->text, "max") == 0)
		c->capture.speed = 0;
	else if (n->kind != NODE_TEXT ||
		 !read_factor(span_of(n->text), &c->capture.speed))
		scn_fault_type(f, k,
			       "max, or how often as fast, 0.01x to 1000x", n);
}

static void read_seat(struct faults *f, const struct node *at,
		      const struct node *who, struct scn_capture *c)
{
	struct addr a;
	bool callee = who->kind == NODE_TEXT &&
		      strcmp(who->text, "callee") == 0;

	if (!addr_parse(span_of(at->text), &a)) {
		scn_fault(f, at->place,
			  "'%.60s' is no IP address: with 'pcap', 'parties' "
			  "says whose an address is",
			  at->text);
		return;
	}
	if (!callee &&
	    (who->kind != NODE_TEXT || strcmp(who->text, "caller"))) {
		scn_fault(f, who->place,
			  "an address of a capture is the caller's or the "
			  "callee's");
		return;
	}
	c->seat[c->n_seats].at = xstrdup(at->text);
	c->seat[c->n_seats++].party = callee ? SCN_CALLEE : SCN_CALLER;
}

void scn_read_seats(struct faults *f, const struct node *n,
		    struct scn_capture *c)
{
	size_t i;

	if (n->kind != NODE_MAP || n->n > SEATS_MAX) {
		scn_fault(f, n->place,
			  "with 'pcap', 'parties' wants IP addresses with "
			  "caller or callee");
		return;
	}
	c->seat = xcalloc(n->n + 1, sizeof(*c->seat));
	for (i = 0; i < n->n; i++)
		read_seat(f, n->key[i], n->item[i], c);
}

/* ---- all of them together ---- */

static void check_company(struct faults *f, const struct node *n)
{
	static const char *const fits[] = {"pcap",     "pick",	  "speed",
					   "start_at", "rewrite", "caller",
					   "callee",   "parties"};
	size_t i, k;

	for (i = 0; i < n->n; i++) {
		const char *key = n->key[i]->text;

		for (k = 0; k < sizeof(fits) / sizeof(*fits); k++)
			if (strcmp(key, fits[k]) == 0)
				break;
		if (k == sizeof(fits) / sizeof(*fits) &&
		    scn_table_key(&scn_call_table, key))
			scn_fault(f, n->key[i]->place,
				  "'%s' has no place beside 'pcap': the "
				  "capture says how the call went",
				  key);
	}
}

/* What is of one call only. */
static void check_every(struct faults *f, const struct node *n)
{
	static const char *const key[] = {"caller", "callee", "parties",
					  "start_at"};
	size_t i;

	for (i = 0; i < sizeof(key) / sizeof(*key); i++)
		if (scn_node_get(n, key[i]))
			scn_fault(f, scn_node_key_place(n, key[i]),
				  "'%s' is of one call, and 'pick: all' plays "
				  "each",
				  key[i]);
}

/* Those whom the file does not name are called as in the capture. */
static void forget_defaults(const struct node *n, struct scn_call *c)
{
	static const char *const key[] = {"caller", "callee"};
	int p;

	for (p = SCN_CALLER; p <= SCN_CALLEE; p++) {
		if (scn_node_get(n, key[p]))
			continue;
		free(c->party[p].aor);
		free(c->party[p].name);
		c->party[p].aor = c->party[p].name = NULL;
	}
}

/* A scenario is whole whatever the capture is like. */
void scn_fill_party(struct scn_party *party, int p)
{
	static const char *const aor[] = {"sip:caller@anonymous.invalid",
					  "sip:callee@anonymous.invalid"};

	if (!party->aor)
		party->aor = xstrdup(aor[p]);
}

static void fill_gaps(struct scn_call *c)
{
	int p;

	for (p = SCN_CALLER; p <= SCN_CALLEE; p++)
		scn_fill_party(&c->party[p], p);
}

/* Times count from where it begins. */
static void begin_later(struct scn_call *c)
{
	int64_t skipped_us = c->capture.start_at_us;
	double speed = c->capture.speed > 0 ? c->capture.speed : 1;

	c->end_us = (int64_t)((double)(c->end_us - skipped_us) / speed);
	c->answer_us = c->answer_us < skipped_us
			       ? 0
			       : (int64_t)((double)(c->answer_us - skipped_us) /
					   speed);
	if (c->cancel_us != SCN_UNSET)
		c->cancel_us = c->end_us;
}

void scn_finish_capture(struct faults *f, const struct node *n,
			struct scn_call *c)
{
	const struct node *pcap = scn_node_get(n, "pcap");
	struct err e = ERR_INIT;

	check_company(f, n);
	if (c->capture.every)
		check_every(f, n);
	forget_defaults(n, c);
	if (c->capture.path && scn_checkers()->call &&
	    scn_checkers()->call(c, &e) < 0) {
		if (e.kind == ERR_SCENARIO)
			scn_fault(f, pcap->place, "%s", e.text);
		else
			scn_fault_env(f, pcap->place, "%s", e.text);
	}
	fill_gaps(c);
	if (c->capture.start_at_us > 0 && c->capture.start_at_us >= c->end_us)
		scn_fault(f, scn_node_get(n, "start_at")->place,
			  "the captured call is over at %gs",
			  (double)c->end_us / 1e6);
	else
		begin_later(c);
}

void scn_check_not_captured(struct faults *f, const struct node *n)
{
	static const char *const key[] = {"pick", "speed", "start_at",
					  "rewrite"};
	size_t i;

	for (i = 0; i < sizeof(key) / sizeof(*key); i++)
		if (scn_node_get(n, key[i]))
			scn_fault(f, scn_node_key_place(n, key[i]),
				  "'%s' needs 'pcap'", key[i]);
}

/* ---- what cannot be done to it ---- */

static bool changes_call(const struct scn_step *p)
{
	switch (p->verb) {
	case SCN_VERB_HOLD:
	case SCN_VERB_UNHOLD:
	case SCN_VERB_MUTE:
	case SCN_VERB_UNMUTE:
	case SCN_VERB_IDENTITY:
	case SCN_VERB_TRANSFER:
		return true;
	case SCN_VERB_REINVITE:
		return p->srs < 0;
	default:
		return false;
	}
}

/* What becomes of what they send on its way can be said, but not what that is.
 */
static void check_way(struct faults *f, const struct node *n)
{
	static const char *const fits[] = {"loss", "jitter", "reorder",
					   "duplicate"};
	size_t i, k;

	for (i = 0; i < n->n; i++) {
		for (k = 0; k < sizeof(fits) / sizeof(*fits); k++)
			if (strcmp(n->key[i]->text, fits[k]) == 0)
				break;
		if (k == sizeof(fits) / sizeof(*fits) &&
		    scn_table_key(&scn_media_table, n->key[i]->text))
			scn_fault(f, n->key[i]->place,
				  "'%s' has no place beside 'pcap' of 'call': "
				  "the capture says what the parties send",
				  n->key[i]->text);
	}
}

static void check_ways(struct faults *f, const struct node *media)
{
	size_t i;

	for (i = 0; media->kind == NODE_MAP && i < media->n; i++)
		if (media->item[i]->kind == NODE_MAP)
			check_way(f, media->item[i]);
}

void scn_check_captured(struct faults *f, const struct node *root,
			struct scenario *s)
{
	const struct node *media = scn_node_get(root, "media");
	const struct node *load = scn_node_get(root, "load");
	size_t i;

	if (s->call.capture.every && load)
		scn_fault(f, load->place,
			  "'load' has no place beside 'pick: all': there are "
			  "as many calls as were captured");
	else if (s->call.capture.every && s->call.capture.n)
		s->load.calls = (int)s->call.capture.n;

	if (media)
		check_ways(f, media);
	for (i = 0; i < s->n_steps; i++)
		if (changes_call(&s->step[i]))
			scn_fault(f, s->step[i].place,
				  "a call out of a capture can be ended, but "
				  "not changed");
}
