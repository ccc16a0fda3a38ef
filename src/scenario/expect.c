#include "scenario/expect.h"

#include <stdlib.h>
#include <string.h>

#include "core/xalloc.h"
#include "scenario/rules.h"
#include "scenario/suggest.h"
#include "scenario/text.h"

/* Each entry of a list of texts with its node, for places. */
typedef void entry_h(struct faults *f, const struct node *n, size_t i,
		     const struct scenario *s, struct scn_check *c);

static void each_entry(struct faults *f, const struct node *n, size_t count,
		       entry_h *each, const struct scenario *s,
		       struct scn_check *c)
{
	size_t i;

	if (n->kind == NODE_TEXT && count == 1)
		each(f, n, 0, s, c);
	for (i = 0; n->kind == NODE_LIST && n->n == count && i < count; i++)
		each(f, n->item[i], i, s, c);
}

static void check_recorder(struct faults *f, const struct node *n, size_t i,
			   const struct scenario *s, struct scn_check *c)
{
	(void)i;
	(void)c;
	scn_name_recorder(f, n, s, n->text);
}

/* ---- recorded_by ---- */

static void recorded_by(struct faults *f, const struct node *n,
			const struct node *subject, const struct scenario *s,
			struct scn_check *c)
{
	(void)n;
	if (c->list.n == 1 && strcmp(c->list.at[0], "nobody") == 0)
		scn_strings_fini(&c->list);
	else
		each_entry(f, subject, c->list.n, check_recorder, s, c);
}

/* ---- attempts ---- */

static bool is_result(struct span text)
{
	static const char *const words[] = {
		"timeout", "unreachable", "malformed", "unusable", "cancelled"};
	uint32_t code;
	size_t i;

	for (i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (span_is(text, words[i]))
			return true;
	}
	return parse_u32(text, 200, 699, &code);
}

/* "first timeout" or "first unreachable refused", kept with one blank between
 * the words; what follows the result is looked for in its reason. */
static void check_attempt(struct faults *f, const struct node *n, size_t i,
			  const struct scenario *s, struct scn_check *c)
{
	struct span text = span_trim(span_of(n->text));
	struct span name = span_cut(&text, ' ');
	struct span rest = span_trim(text), result;
	char *who = span_dup(name);

	result = span_cut(&rest, ' ');
	rest = span_trim(rest);
	if (!result.n || !is_result(result))
		scn_fault(f, n->place,
			  "an attempt is a recorder and a final code, timeout, "
			  "unreachable, malformed, unusable or cancelled, and "
			  "perhaps words of the reason, not '%.60s'",
			  n->text);
	else if (scn_name_recorder(f, n, s, who)) {
		free(c->list.at[i]);
		c->list.at[i] = xasprintf("%s %.*s%s%.*s", who,
					  SPAN_ARG(result), rest.n ? " " : "",
					  SPAN_ARG(rest));
	}
	free(who);
}

static void attempts(struct faults *f, const struct node *n,
		     const struct node *subject, const struct scenario *s,
		     struct scn_check *c)
{
	(void)n;
	each_entry(f, subject, c->list.n, check_attempt, s, c);
}

/* ---- events ---- */

static void read_has(struct faults *f, const struct node *has,
		     struct scn_event_want *w)
{
	static const char *const keys[] = {"server", "session_id", "instance",
					   "dlg_id", "dlg_callid", "callid",
					   "code",   "reason"};
	char hint[SUGGEST_HINT];
	struct suggest g;
	size_t i, k;

	for (i = 0; i < has->n; i++) {
		const char *key = has->key[i]->text;

		scn_suggest_init(&g, key);
		for (k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			scn_suggest_try(&g, keys[k]);
		if (!g.best || strcmp(g.best, key) != 0)
			scn_fault(f, has->key[i]->place,
				  "an event has no '%.60s'%s", key,
				  scn_suggest_hint(&g, hint));
		if (has->item[i]->kind != NODE_TEXT) {
			scn_fault(f, has->item[i]->place,
				  "'%.60s' wants a text", key);
			continue;
		}
		scn_strings_add(&w->has_key, key);
		scn_strings_add(&w->has_value, has->item[i]->text);
	}
}

static void read_event(struct faults *f, const struct node *n,
		       struct scn_check *c)
{
	struct scn_event_want *w = &c->event[c->n_events];
	const struct node *has = scn_node_get(n, "has");
	const struct node *name = n;

	if (n->kind != NODE_TEXT) {
		scn_table_read(f, &scn_event_table, n, w);
		name = scn_node_get(n, "event");
	} else {
		w->name = xstrdup(n->text);
	}
	if (w->name)
		scn_name_event(f, name, w->name);
	else
		w->name = xstrdup("");
	if (has && has->kind == NODE_MAP)
		read_has(f, has, w);
	else if (has)
		scn_fault(f, has->place, "'has' wants names with values");
	c->n_events++;
}

void scn_read_events(struct faults *f, const struct scn_key *k,
		     const struct node *n, void *out)
{
	struct scn_check *c = &((struct check_draft *)out)->check;
	size_t i, count = n->kind == NODE_LIST ? n->n : 1;

	if (scn_node_is_null(n)) {
		scn_fault_type(f, k, "a list of events ([] for none)", n);
		return;
	}
	c->event = xcalloc(count + 1, sizeof(*c->event));
	for (i = 0; i < count; i++)
		read_event(f, n->kind == NODE_LIST ? n->item[i] : n, c);
}

/* ---- requests, never, reply, header ---- */

static void check_method(struct faults *f, const struct node *n,
			 const struct scenario *s, const char *method, bool ack)
{
	char hint[SUGGEST_HINT];
	const char *const *m;
	struct suggest g;

	if (strcmp(method, "re-INVITE") == 0) {
		scn_fault(f, n->place, "a re-INVITE counts as INVITE here");
		return;
	}
	if (!ack && strcmp(method, "ACK") == 0) {
		scn_fault(f, n->place, "an ACK is not counted here");
		return;
	}
	if (scn_text_is_method(method) || scn_is_sent(s, method))
		return;
	scn_suggest_init(&g, method);
	for (m = scn_text_method; *m; m++)
		scn_suggest_try(&g, *m);
	scn_fault(f, n->place, "there is no request '%.60s'%s", method,
		  scn_suggest_hint(&g, hint));
}

static void check_request(struct faults *f, const struct node *n, size_t i,
			  const struct scenario *s, struct scn_check *c)
{
	(void)i;
	(void)c;
	check_method(f, n, s, n->text, false);
}

static void requests(struct faults *f, const struct node *n,
		     const struct node *subject, const struct scenario *s,
		     struct scn_check *c)
{
	(void)n;
	each_entry(f, subject, c->list.n, check_request, s, c);
}

static void never(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	(void)n;
	check_method(f, subject, s, c->subject, true);
}

static void reply(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	if (!c->by_src || !scn_is_scripted(s, c->subject))
		check_method(f, subject, s, c->subject, false);
	if (!c->code.set && c->within_us == SCN_UNSET && !c->has.n &&
	    !c->has_not.n)
		scn_fault(f, n->place,
			  "'reply' needs 'code', 'within', 'has' or 'not'");
}

static void header(struct faults *f, const struct node *n,
		   const struct node *subject, const struct scenario *s,
		   struct scn_check *c)
{
	(void)subject;
	if (c->of)
		check_method(f, scn_node_get(n, "of"), s, c->of, true);
	else
		c->of = xstrdup("INVITE");
}

/* ---- rtp, audio, quiet ---- */

const char *const scn_stream_name[3] = {"audio", "video", "audio2"};

/* "vault/caller/video" loses its end, and is of video. */
static void split_kind(struct scn_check *c)
{
	char *slash = strrchr(c->subject, '/');
	int m;

	if (!slash || strchr(c->subject, '/') == slash)
		return;
	for (m = SCN_STREAM_VIDEO; m <= SCN_STREAM_AUDIO2; m++) {
		if (strcmp(slash + 1, scn_stream_name[m]) != 0)
			continue;
		*slash = '\0';
		c->stream = (enum scn_stream)m;
		return;
	}
}

/* "vault/caller" becomes recorder and party. */
static void split_stream(struct faults *f, const struct node *subject,
			 const struct scenario *s, struct scn_check *c)
{
	char *slash = strrchr(c->subject, '/');

	if (!slash || slash == c->subject || !slash[1]) {
		scn_fault(f, subject->place,
			  "'%s' wants a recorder and a party such as "
			  "vault/caller, not '%.60s'",
			  c->key, c->subject);
		return;
	}
	c->party = xstrdup(slash + 1);
	*slash = '\0';
	if (scn_name_recorder(f, subject, s, c->subject))
		scn_name_party(f, subject, s, c->party);
}

static void rtp(struct faults *f, const struct node *n,
		const struct node *subject, const struct scenario *s,
		struct scn_check *c)
{
	(void)n;
	split_kind(c);
	split_stream(f, subject, s, c);
}

static void audio(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	bool tone = scn_node_get(n, "tone") != NULL;

	split_kind(c);
	split_stream(f, subject, s, c);
	if (c->stream && c->party)
		scn_fault(f, subject->place,
			  "'audio' is about what a party says, such as "
			  "%.60s/%.60s, not its %s",
			  c->subject, c->party, scn_stream_name[c->stream]);
	if (tone && scn_node_get(n, "silence"))
		scn_fault(f, n->place,
			  "'tone' and 'silence' exclude each other");
	else if (!tone && !c->silence)
		scn_fault(f, n->place,
			  "'audio' needs 'tone: 440Hz' or 'silence: "
			  "true'");
}

static void quiet(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	scn_name_recorder(f, subject, s, c->subject);
	if (!scn_node_get(n, "between"))
		scn_fault(f, n->place, "'quiet' needs 'between: [2s, 3s]'");
}

/* ---- gap ---- */

static void gap(struct faults *f, const struct node *n,
		const struct node *subject, const struct scenario *s,
		struct scn_check *c)
{
	scn_name_party(f, subject, s, c->subject);
	if (!c->duration.set)
		scn_fault(f, n->place, "'gap' needs 'duration: ..200ms'");
}

/* ---- sdp, same ---- */

static void check_word(struct faults *f, const struct node *subject,
		       const struct scn_check *c, const char *other)
{
	if (strcmp(c->subject, "offer") && strcmp(c->subject, other))
		scn_fault(f, subject->place,
			  "'%s' wants offer or %s, not '%.60s'", c->key, other,
			  c->subject);
}

static void sdp(struct faults *f, const struct node *n,
		const struct node *subject, const struct scenario *s,
		struct scn_check *c)
{
	(void)s;
	check_word(f, subject, c, "answer");
	if (!c->has.n && !c->has_not.n && !c->matches)
		scn_fault(f, n->place,
			  "'sdp' needs 'has' or 'not' with lines, or "
			  "'matches'");
}

static void same(struct faults *f, const struct node *n,
		 const struct node *subject, const struct scenario *s,
		 struct scn_check *c)
{
	(void)s;
	check_word(f, subject, c, "metadata");
	if (c->across.n < 2)
		scn_fault(f, n->place,
			  "'same' needs 'across' with two recorders "
			  "or more");
}

/* ---- rules ---- */

static void check_rule(struct faults *f, const struct node *n, size_t i,
		       const struct scenario *s, struct scn_check *c)
{
	char hint[SUGGEST_HINT];
	struct suggest g;
	size_t r;

	(void)i;
	(void)s;
	(void)c;
	if (scn_rule_find(n->text) || strcmp(n->text, SCN_RULES_PACK) == 0)
		return;
	scn_suggest_init(&g, n->text);
	scn_suggest_try(&g, SCN_RULES_PACK);
	for (r = 0; r < scn_n_rules; r++)
		scn_suggest_try(&g, scn_rules[r].id);
	scn_fault(f, n->place, "there is no rule '%.60s'%s", n->text,
		  scn_suggest_hint(&g, hint));
}

static void rules(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	if (!c->list.n)
		scn_fault(f, n->place, "'rules' needs one rule or more");
	if (scn_node_get(n, "level") &&
	    !scn_strings_has(&c->list, SCN_RULES_PACK))
		scn_fault(f, scn_node_key_place(n, "level"),
			  "'level' goes with 'rules: " SCN_RULES_PACK
			  "', of which it takes a part");
	each_entry(f, subject, c->list.n, check_rule, s, c);
}

/* ---- the whole ---- */

static void check_references(struct faults *f, const struct node *n,
			     const struct scenario *s, struct scn_check *c)
{
	if (c->to.n)
		each_entry(f, scn_node_get(n, "to"), c->to.n, check_recorder, s,
			   c);
	if (c->across.n)
		each_entry(f, scn_node_get(n, "across"), c->across.n,
			   check_recorder, s, c);
	if (c->instance)
		scn_name_instance(f, scn_node_get(n, "instance"), s,
				  c->instance);
	if (c->count.set &&
	    (c->kind == SCN_CHECK_RECORDED_BY ||
	     c->kind == SCN_CHECK_ATTEMPTS) &&
	    s->load.calls < 2)
		scn_fault(f, scn_node_key_place(n, "count"),
			  "'count' of '%s' counts calls and needs a 'load' of "
			  "several",
			  c->key);
}

/* ---- files ---- */

/* The folder of the scenario is no part of the pattern. */
static void files(struct faults *f, const struct node *n,
		  const struct node *subject, const struct scenario *s,
		  struct scn_check *c)
{
	struct buf from;
	const char *p;

	(void)n;
	(void)subject;
	(void)s;
	buf_init(&from, 64 * 1024);
	for (p = f->file; *p; p++)
		buf_addf(&from, "%s%c", strchr("*?[\\", *p) ? "\\" : "", *p);
	c->path = scn_path_of(buf_str(&from), c->subject);
	buf_fini(&from);
}

typedef void check_h(struct faults *f, const struct node *n,
		     const struct node *subject, const struct scenario *s,
		     struct scn_check *c);

void scn_expect_check(struct faults *f, const struct node *n,
		      const struct node *subject, const struct scenario *s,
		      struct scn_check *c)
{
	/* The others have said all in the table. */
	static check_h *const check[] = {
		[SCN_CHECK_RECORDED_BY] = recorded_by,
		[SCN_CHECK_ATTEMPTS] = attempts,
		[SCN_CHECK_REQUESTS] = requests,
		[SCN_CHECK_NEVER] = never,
		[SCN_CHECK_REPLY] = reply,
		[SCN_CHECK_RTP] = rtp,
		[SCN_CHECK_AUDIO] = audio,
		[SCN_CHECK_HEADER] = header,
		[SCN_CHECK_QUIET] = quiet,
		[SCN_CHECK_SDP] = sdp,
		[SCN_CHECK_SAME] = same,
		[SCN_CHECK_FILES] = files,
		[SCN_CHECK_GAP] = gap,
		[SCN_CHECK_RESULT] = NULL,
		[SCN_CHECK_RULES] = rules,
	};
	bool by_list = c->kind == SCN_CHECK_RECORDED_BY ||
		       c->kind == SCN_CHECK_ATTEMPTS ||
		       c->kind == SCN_CHECK_REQUESTS ||
		       c->kind == SCN_CHECK_RULES;

	check_references(f, n, s, c);
	if (check[c->kind] && (by_list || c->subject))
		check[c->kind](f, n, subject, s, c);
}
