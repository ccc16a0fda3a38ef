#include "cli/cmd.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/ladder.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "recording/habit.h"

static const struct opt options[] = {
	{"ladder", 0, NULL, "play it on the virtual clock, show the messages"},
	{"habits", 0, NULL, "list what 'profile: opensips' does otherwise"},
	{"var", 0, "K=V", "value for ${K}; beats vars and matrix"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_explain_table = {
	"explain", "FILE|DIR ...",
	"Prints who does what and when, and what is expected.", options};

/* One line of the play. Lines whose time hangs on an event come last, in the
 * order of the file. */
struct line {
	int64_t at_us; /* SCN_UNSET: hangs on an event */
	size_t seq;
	char *text;
};

struct play {
	struct line *at;
	size_t n;
};

static void say(struct play *p, int64_t at_us, const char *who, const char *fmt,
		...) __attribute__((format(printf, 4, 5)));

static void say(struct play *p, int64_t at_us, const char *who, const char *fmt,
		...)
{
	va_list ap;
	char *what;

	va_start(ap, fmt);
	what = xvasprintf(fmt, ap);
	va_end(ap);
	p->at = xreallocarray(p->at, p->n + 1, sizeof(*p->at));
	p->at[p->n].at_us = at_us;
	p->at[p->n].seq = p->n;
	p->at[p->n++].text = xasprintf("%-9s %s", who, what);
	free(what);
}

static int line_cmp(const void *a, const void *b)
{
	const struct line *x = a, *y = b;
	bool x_open = x->at_us == SCN_UNSET, y_open = y->at_us == SCN_UNSET;

	if (x_open != y_open)
		return x_open ? 1 : -1;
	if (x->at_us != y->at_us)
		return x->at_us < y->at_us ? -1 : 1;
	return x->seq < y->seq ? -1 : 1;
}

static void play_print(struct play *p)
{
	size_t i;

	if (p->n)
		qsort(p->at, p->n, sizeof(*p->at), line_cmp);
	for (i = 0; i < p->n; i++) {
		if (p->at[i].at_us == SCN_UNSET)
			printf("             %s\n", p->at[i].text);
		else
			printf("  +%.3f s  %s\n", (double)p->at[i].at_us / 1e6,
			       p->at[i].text);
	}
}

static void play_fini(struct play *p)
{
	while (p->n)
		free(p->at[--p->n].text);
	free(p->at);
}

/* ---- the call ---- */

/* First timed step with that verb, or SCN_UNSET. */
static int64_t step_time(const struct scenario *s, enum scn_verb verb)
{
	int64_t first = SCN_UNSET;
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *p = &s->step[i];

		if (p->verb == verb && p->kind == SCN_AT && p->srs < 0 &&
		    (first == SCN_UNSET || p->time_us < first))
			first = p->time_us;
	}
	return first;
}

static bool is_cancelled(const struct scenario *s)
{
	return s->call.cancel_us != SCN_UNSET ||
	       step_time(s, SCN_VERB_CANCEL) != SCN_UNSET;
}

/* When the callee's SDP is known; SCN_UNSET: never. */
static int64_t sdp_time(const struct scenario *s)
{
	int64_t early = s->call.early_media_us, forked = s->call.forked_us;

	if (early != SCN_UNSET && (forked == SCN_UNSET || early < forked))
		return early;
	if (forked != SCN_UNSET)
		return forked;
	if (s->call.reject || is_cancelled(s))
		return SCN_UNSET;
	return s->call.answer_us;
}

static void say_end(struct play *p, const struct scenario *s)
{
	const struct scn_call *c = &s->call;
	int64_t bye = step_time(s, SCN_VERB_BYE);

	if (c->cancel_us != SCN_UNSET)
		say(p, c->cancel_us, "caller", "CANCEL");
	if (is_cancelled(s))
		return;
	if (c->reject) {
		say(p, c->answer_us, "callee", "%d", c->reject);
		return;
	}
	say(p, c->answer_us, "callee", "200 OK%s",
	    c->bare_answer || (c->late_offer && c->early_media_us != SCN_UNSET)
		    ? ""
		    : " with SDP");
	if (bye == SCN_UNSET || bye > c->end_us)
		say(p, c->end_us, c->ended_by_callee ? "callee" : "caller",
		    "BYE");
}

static void say_call(struct play *p, const struct scenario *s)
{
	const struct scn_call *c = &s->call;
	const char *reliably = c->reliable ? ", gets a PRACK" : "";

	say(p, 0, "caller", "INVITE%s to callee (%s)",
	    c->late_offer ? " without SDP"
	    : c->video.n  ? " with video"
			  : "",
	    c->party[SCN_CALLEE].aor);
	if (c->ring_us != SCN_UNSET)
		say(p, c->ring_us, "callee", "180 Ringing%s", reliably);
	if (c->early_media_us != SCN_UNSET)
		say(p, c->early_media_us, "callee",
		    "183 Session Progress with SDP%s", reliably);
	if (c->forked_us != SCN_UNSET)
		say(p, c->forked_us, "callee",
		    "183 Session Progress with SDP, from another phone");
	say_end(p, s);
}

/* What is known of it beforehand; its changes are in the capture. */
static void say_capture(struct play *p, const struct scn_capture *c)
{
	if (c->every)
		say(p, 0, "call", "every call of %s, %zu of them", c->path,
		    c->n);
	else if (c->call_id)
		say(p, 0, "call", "as captured: %s of %s", c->call_id, c->path);
	else
		say(p, 0, "call", "as captured: call %d of %s", c->index,
		    c->path);
}

static void say_media(struct play *p, const struct scenario *s)
{
	int64_t at_us = sdp_time(s);
	size_t i;

	if (s->call.capture.wanted) {
		say_capture(p, &s->call.capture);
		return;
	}
	for (i = 0; at_us != SCN_UNSET && i < 2; i++) {
		const struct scn_media *m = &s->media[i];
		const char *who = s->call.party[i].id;

		if (m->source == SCN_SOURCE_TONE)
			say(p, at_us, who, "sends a tone of %g Hz", m->hz);
		else if (m->source == SCN_SOURCE_SILENCE)
			say(p, at_us, who, "sends silence");
		else if (m->source == SCN_SOURCE_UDP)
			say(p, at_us, who, "sends what comes to %s", m->udp);
		else
			say(p, at_us, who, "sends %s", m->path);
		if (m->dtmf)
			say(p, at_us + 1000000, who, "presses %s", m->dtmf);
	}
}

/* ---- the recording ---- */

static char *servers_text(const struct scn_instance *in)
{
	static const char *const between[] = {
		[SCN_SELECT_SEQUENCE] = ", then ",
		[SCN_SELECT_ROUND_ROBIN] = " or ",
		[SCN_SELECT_WEIGHTED] = " or ",
		[SCN_SELECT_ALL] = " and ",
	};
	struct buf b;
	size_t i;

	buf_init(&b, 64 * 1024);
	for (i = 0; i < in->n_servers; i++)
		buf_addf(&b, "%s%s", i ? between[in->select] : "",
			 in->server[i].name);
	return buf_steal(&b);
}

static void say_recording(struct play *p, const struct scenario *s,
			  const struct scn_instance *in)
{
	int64_t at_us = sdp_time(s);
	char *servers = servers_text(in);

	if (in->start == SCN_START_ANSWER)
		at_us = s->call.reject || is_cancelled(s) ? SCN_UNSET
							  : s->call.answer_us;
	if (in->start == SCN_START_MANUAL)
		say(p, SCN_UNSET, "src", "waits for a step to start '%s' (%s)",
		    in->name, servers);
	else if (at_us == SCN_UNSET)
		say(p, SCN_UNSET, "src", "never starts recording '%s'",
		    in->name);
	else
		say(p, at_us, "src", "starts recording '%s': tries %s",
		    in->name, servers);
	free(servers);
}

/* ---- the profile ---- */

static void print_habit(size_t n)
{
	const struct recording_habit_info *h = recording_habit_at(n);

	printf("    %s: %s (%s)\n", h->name, h->does, h->rule);
}

static void print_habits(uint64_t set)
{
	size_t n;

	for (n = 0; n < RECORDING_HABITS; n++)
		if (set >> n & 1)
			print_habit(n);
}

/* Nothing of an instance that does as the RFCs say. */
static void print_profile(const struct scn_instance *in)
{
	uint64_t set = 0;
	size_t i;

	for (i = 0; i < in->profile.n; i++)
		set |= recording_habits(in->profile.at[i]);
	if (!set)
		return;
	printf("  recording '%s' has these habits of the OpenSIPS module:\n",
	       in->name);
	print_habits(set);
}

/* ---- the timeline ---- */

static const char *verb_text(const struct scn_step *p)
{
	static const char *const text[] = {
		[SCN_VERB_START] = "starts",
		[SCN_VERB_PAUSE] = "pauses",
		[SCN_VERB_RESUME] = "resumes",
		[SCN_VERB_STOP] = "stops",
		[SCN_VERB_CANCEL] = "CANCEL",
		[SCN_VERB_BYE] = "BYE",
		[SCN_VERB_KILL] = "vanishes",
		[SCN_VERB_REVIVE] = "is back",
		[SCN_VERB_HOLD] = "puts the call on hold",
		[SCN_VERB_UNHOLD] = "takes the call back",
		[SCN_VERB_MUTE] = "sends nothing any more",
		[SCN_VERB_UNMUTE] = "sends again",
		[SCN_VERB_IDENTITY] = "is called",
		[SCN_VERB_TRANSFER] = "is replaced by",
		[SCN_VERB_DTMF] = "presses",
		[SCN_VERB_REINVITE] = "re-INVITE",
		[SCN_VERB_UPDATE] = "UPDATE",
		[SCN_VERB_OPTIONS] = "OPTIONS",
		[SCN_VERB_SEND] = "sends"};

	return text[p->verb];
}

static const char *video_text(const struct scn_step *p)
{
	if (p->no_video)
		return ", removes video";
	return p->video.n ? ", offers video" : "";
}

static void say_step(struct play *p, const struct scenario *s,
		     const struct scn_step *step, int64_t at_us,
		     const char *when)
{
	const char *verb = verb_text(step);

	if (step->srs >= 0)
		say(p, at_us, s->srs[step->srs].name, "%s%s", when, verb);
	else if (step->verb == SCN_VERB_SEND)
		say(p, at_us, "src", "%ssends %s in %s", when, step->method,
		    step->target);
	else if (step->verb == SCN_VERB_UPDATE)
		say(p, at_us, "src", "%ssends metadata in %s%s%s", when,
		    step->target, step->by_update ? ", by UPDATE" : "",
		    step->rekey ? ", with other keys" : "");
	else if (step->verb == SCN_VERB_CANCEL)
		say(p, at_us, "caller", "%s%s", when, verb);
	else if (step->verb == SCN_VERB_BYE)
		say(p, at_us, step->target, "%s%s", when, verb);
	else if (step->verb == SCN_VERB_DTMF)
		say(p, at_us, step->target, "%s%s %s", when, verb, step->keys);
	else if (step->verb == SCN_VERB_IDENTITY ||
		 step->verb == SCN_VERB_TRANSFER)
		say(p, at_us, step->target, "%s%s %s%s", when, verb,
		    step->verb == SCN_VERB_IDENTITY
			    ? step->to.aor
			    : s->call.party[step->to_party].id,
		    step->by_update ? ", by UPDATE" : "");
	else if (step->verb == SCN_VERB_REINVITE ||
		 (step->verb >= SCN_VERB_HOLD && step->verb <= SCN_VERB_UNMUTE))
		say(p, at_us, step->target, "%s%s%s%s", when, verb,
		    step->by_update ? ", by UPDATE" : "", video_text(step));
	else if (strcmp(step->target, "recording") == 0)
		say(p, at_us, "src", "%s%s the recording", when, verb);
	else
		say(p, at_us, "src", "%s%s recording '%s'", when, verb,
		    step->target);
}

/* `after` counts from the step before, which may itself wait for an event. */
static void say_timeline(struct play *p, const struct scenario *s)
{
	const char *event = NULL;
	int64_t at_us = 0;
	size_t i;

	for (i = 0; i < s->n_steps; i++) {
		const struct scn_step *step = &s->step[i];
		char *when = NULL;

		if (step->kind == SCN_AFTER)
			at_us += step->time_us;
		else
			at_us = step->kind == SCN_AT ? step->time_us : 0;
		if (step->kind != SCN_AFTER)
			event = step->when;
		if (event && at_us)
			when = xasprintf("%g s after '%s': ",
					 (double)at_us / 1e6, event);
		else if (event)
			when = xasprintf("at '%s': ", event);
		say_step(p, s, step, event ? SCN_UNSET : at_us,
			 when ? when : "");
		free(when);
	}
}

/* ---- recorders, clock, expectations ---- */

static void recorder_text(const struct scn_srs *r, struct buf *b)
{
	if (r->uri) {
		buf_addf(b, "is at %s", r->uri);
		return;
	}
	if (r->ring_us != SCN_UNSET)
		buf_addf(b, "%s %safter %g s, ",
			 r->early_answer ? "sends 183 with SDP" : "rings",
			 r->reliable ? "reliably " : "",
			 (double)r->ring_us / 1e6);
	if (r->wait_us > 0)
		buf_addf(b, "waits %g s, ", (double)r->wait_us / 1e6);
	if (r->refuse)
		buf_addf(b, "refuses with %d", r->refuse);
	else if (r->redirect)
		buf_addf(b, "redirects to %s", r->redirect);
	else if (r->n_lines)
		buf_addf(b, "follows a script of %zu", r->n_lines);
	else if (r->answer == SCN_ANSWER_NEVER)
		buf_add_str(b, "never answers");
	else if (r->answer == SCN_ANSWER_INACTIVE)
		buf_add_str(b, "answers 200 inactive");
	else
		buf_add_str(b, "answers 200");
	if (r->no_video)
		buf_add_str(b, ", takes no video");
	if (r->srtp.mode != SCN_SRTP_TAKEN)
		buf_addf(b, ", SRTP is %s",
			 r->srtp.mode == SCN_SRTP_REQUIRED ? "required"
							   : "refused");
	if (r->bye_after_us != SCN_UNSET)
		buf_addf(b, ", hangs up %g s later",
			 (double)r->bye_after_us / 1e6);
	if (r->die_after_us != SCN_UNSET)
		buf_addf(b, ", vanishes %g s later",
			 (double)r->die_after_us / 1e6);
	if (r->strict)
		buf_add_str(b, ", strict");
	if (r->login.user)
		buf_addf(b, ", asks for the login of '%s'", r->login.user);
}

static void print_recorders(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_srs; i++) {
		struct buf b;

		buf_init(&b, 4096);
		recorder_text(&s->srs[i], &b);
		printf("  %s: %s\n", s->srs[i].name, buf_str(&b));
		buf_fini(&b);
	}
}

static void print_clock(const struct scenario *s)
{
	bool virtual_ = scenario_clock(s, SCN_CLOCK_AUTO) == SCN_CLOCK_VIRTUAL;
	const char *why = "as the file says";

	if (s->clock == SCN_CLOCK_AUTO)
		why = virtual_ && s->n_dns ? "'dns' says where recorders are"
		      : virtual_ ? "every party and recorder is embedded"
		      : scenario_is_live(s) ? "a party is live"
					    : "a recorder is not embedded";
	printf("  clock: %s (%s)\n", virtual_ ? "virtual" : "real", why);
}

static void print_expect(const struct scenario *s)
{
	size_t i;

	for (i = 0; i < s->n_checks; i++)
		printf("  line %d: %s\n", s->check[i].place.line,
		       s->check[i].source);
	if (s->n_checks_skipped)
		printf("  (%zu left out of this run by 'if')\n",
		       s->n_checks_skipped);
	if (!s->n_checks && !s->n_checks_skipped)
		printf("  the call and every recording end in good order\n");
}

static void print_head(const struct scenario *s)
{
	size_t i;

	printf("%s (%s)\n", s->name, s->file);
	for (i = 0; i < s->n_matrix; i++)
		printf("  %s = %s\n", s->matrix[i].name, s->matrix[i].value);
}

static void explain(const struct scenario *s)
{
	struct play p = {NULL, 0};
	size_t i;

	print_clock(s);
	if (s->load.calls > 1)
		printf("  %d calls\n", s->load.calls);
	print_recorders(s);
	for (i = 0; i < s->n_instances; i++)
		print_profile(&s->instance[i]);
	say_call(&p, s);
	say_media(&p, s);
	for (i = 0; i < s->n_instances; i++)
		say_recording(&p, s, &s->instance[i]);
	say_timeline(&p, s);
	printf("what happens:\n");
	play_print(&p);
	printf("what is expected:\n");
	print_expect(s);
	play_fini(&p);
}

/* Returns the exit code. */
static int explain_one(const struct scenario *s, bool ladder)
{
	struct err e = ERR_INIT;

	print_head(s);
	if (!ladder)
		explain(s);
	else if (ladder_print(s, &e) < 0)
		return cmd_show_err(&e);
	return 0;
}

static int explain_file(const struct cmd_vars *vars, const char *path,
			bool ladder)
{
	struct scn_set set;
	struct causes causes;
	int code = 0;
	size_t i;

	causes_init(&causes);
	if (scn_load(&set, path, vars->at, vars->n, &causes) < 0)
		code = cmd_show_causes(&causes);
	for (i = 0; i < set.n; i++) {
		int this;

		if (i)
			putchar('\n');
		this = explain_one(set.at[i], ladder);
		if (this > code)
			code = this;
	}
	scn_set_fini(&set);
	causes_fini(&causes);
	return code;
}

static int explain_paths(const struct cmd_vars *vars,
			 const struct cmd_paths *paths, bool ladder)
{
	struct scn_strings files;
	struct err e = ERR_INIT;
	int code = 0;
	size_t i;

	if (!paths->n)
		return opt_fault(&cmd_explain_table,
				 "which file? (see --help)");
	if (scn_find(&files, paths->at, paths->n, &e) < 0)
		return cmd_show_err(&e);
	for (i = 0; i < files.n; i++) {
		int this;

		if (i)
			putchar('\n');
		this = explain_file(vars, files.at[i], ladder);
		if (this > code)
			code = this;
	}
	scn_strings_fini(&files);
	return code;
}

int cmd_explain(int argc, char **argv)
{
	struct cmd_vars vars = {NULL, 0};
	struct cmd_paths paths = {NULL, 0};
	struct err e = ERR_INIT;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	bool ladder = false, habits = false;
	int code = -1;

	opt_init(&p, &cmd_explain_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_ARG)
			cmd_paths_add(&paths, got.value);
		else if (opt_is(&got, "ladder"))
			ladder = true;
		else if (opt_is(&got, "habits"))
			habits = true;
		else if (cmd_vars_add(&vars, got.value, &e) < 0)
			code = opt_fault(&cmd_explain_table, "%s", e.text);
	}
	if (code < 0 && habits) {
		print_habits(recording_habits("opensips"));
		code = 0;
	}
	if (code < 0)
		code = explain_paths(&vars, &paths, ladder);
	cmd_vars_fini(&vars);
	cmd_paths_fini(&paths);
	return code;
}
