#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "call/call.h"
#include "capture/calls.h"
#include "cli/inspect.h"
#include "cli/kept.h"
#include "cli/one_shot.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/file.h"
#include "core/span.h"

enum {
	O_TO,
	O_CALL,
	O_ALL,
	O_SPEED,
	O_START_AT,
	O_REWRITE,
	O_CALLER,
	O_CALLEE,
	O_ANSWER_WITHIN,
	O_LOGIN,
	O_CA,
	O_CERT,
	O_KEY,
	O_SRTP,
	O_CLEAR_KEYS,
	O_OUT,
	O_SEED,
	O_END
};

static const struct opt options[] = {
	[O_TO] = {"to", 0, "URI",
		  "the recorder: sip:host:port (default: an embedded one, on "
		  "the virtual clock)"},
	[O_CALL] = {"call", 0, "N",
		    "which call; a number or a Call-ID (default: the first "
		    "with media)"},
	[O_ALL] = {"all", 0, NULL,
		   "every call that has media, overlapping as captured"},
	[O_SPEED] = {"speed", 0, "SPEED", "1x (default), 2x, ... or max"},
	[O_START_AT] = {"start-at", 0, "TIME",
			"where in the captured call to begin"},
	[O_REWRITE] = {"rewrite", 0, "none|ssrc|time",
		       "what is new; time: sequence numbers and timestamps"},
	[O_CALLER] = {"caller", 0, "ADDR",
		      "IP address, or ADDR:PORT: the caller is there; in a "
		      "capture without SIP, its media comes from there"},
	[O_CALLEE] = {"callee", 0, "ADDR", "the same of the callee"},
	[O_ANSWER_WITHIN] = {"answer-within", 0, "TIME",
			     "patience with the recorder (default: 32s)"},
	[O_LOGIN] = {"login", 0, LOGIN_ARG,
		     "when the recorder asks; without PASSWORD that of the "
		     "environment variable " LOGIN_ENV},
	[O_CA] = TLS_CA_OPT,
	[O_CERT] = TLS_CERT_OPT,
	[O_KEY] = TLS_KEY_OPT,
	[O_SRTP] = {"srtp", 0, SRTP_ARG, SRTP_HELP},
	[O_CLEAR_KEYS] = {"clear-keys", 0, NULL, CLEAR_KEYS_HELP},
	[O_OUT] = {"out", 0, "DIR", "keep a capture of it in DIR"},
	[O_SEED] = {"seed", 0, "N", "seed of all that is random"},
	[O_END] = {NULL, 0, NULL, NULL}};
const struct opt_table cmd_replay_table = {
	"replay", "PCAP", "Has one call of a capture recorded.", options};

enum { SCENARIO_MAX = 64 * 1024 };

/* Texts are borrowed from the command line; NULL where it says nothing. */
struct replay {
	const char *path;
	const char *value[O_END];
	struct login login;
	uint64_t seed;
	bool all, clear_keys;
};

static struct one_shot_rec rec_of(const struct replay *r)
{
	struct one_shot_rec rec = {
		.uri = r->value[O_TO],
		.answer_within = r->value[O_ANSWER_WITHIN],
		.srtp = r->value[O_SRTP],
		.clear_keys = r->clear_keys,
		.login = &r->login,
		.tls = {.ca = r->value[O_CA],
			.cert = r->value[O_CERT],
			.key = r->value[O_KEY]},
	};

	return rec;
}

/* ---- which call ---- */

static bool has_media(const struct capture_calls *c, size_t call)
{
	return c->call[call].stream != SIZE_MAX;
}

static int find_call(const struct replay *r, const struct capture_calls *c,
		     size_t *call, struct err *e)
{
	if (r->value[O_CALL])
		return inspect_find(c, r->value[O_CALL], call, e);
	for (*call = 0; *call < c->n_calls; ++*call)
		if (has_media(c, *call))
			return 0;
	if (!c->n_calls && c->n_streams) {
		*call = SIZE_MAX;
		return 0;
	}
	if (!c->n_calls)
		return err_set(e, ERR_EMPTY, "no call in it");
	return err_set(e, ERR_EMPTY, "no call in it has media");
}

static void print_parties(const struct capture_calls *c, size_t call)
{
	const struct capture_call *of = &c->call[call];
	const struct capture_leg *leg = &c->leg[of->leg[0]];
	int64_t until_us = capture_call_until(c, call);

	printf("call %zu of %zu: %s > %s, %s, %.1f s\n", call + 1, c->n_calls,
	       leg->caller, leg->callee, capture_outcome_name(of->outcome),
	       (double)(until_us - of->start_us) / 1e6);
}

/* What the user gets, and at which pace. */
static void print_call(const struct replay *r, const struct capture_calls *c,
		       size_t call)
{
	const char *speed = r->value[O_SPEED] ? r->value[O_SPEED] : "1x";

	if (r->all)
		printf("every call of %zu that has media\n", c->n_calls);
	else if (call == SIZE_MAX)
		printf("streams without SIP\n");
	else
		print_parties(c, call);
	if (r->value[O_TO] && strcmp(speed, "max") == 0)
		printf("played on the real clock, %d times as fast, waiting "
		       "for the recorder at each change\n",
		       CALL_MAX_SPEED);
	else if (r->value[O_TO])
		printf("played at %s on the real clock\n", speed);
	else if (strcmp(speed, "max") == 0)
		printf("played on the virtual clock, where nobody waits, to "
		       "an embedded recorder\n");
	else
		printf("played at %s on the virtual clock, to an embedded "
		       "recorder\n",
		       speed);
	printf("RTP as captured; RTCP is our own, with the captured times\n");
	fflush(stdout);
}

/* ---- the scenario of it ---- */

static void write_seats(struct buf *b, const struct replay *r)
{
	static const char *const who[] = {"caller", "callee"};
	int i;

	if (!r->value[O_CALLER] && !r->value[O_CALLEE])
		return;
	buf_add_str(b, "  parties:\n");
	for (i = 0; i < 2; i++) {
		if (!r->value[O_CALLER + i])
			continue;
		buf_add_str(b, "    ");
		one_shot_quote(b, span_of(r->value[O_CALLER + i]));
		buf_addf(b, ": %s\n", who[i]);
	}
}

static void write_scenario(struct buf *b, const struct replay *r, size_t call)
{
	struct one_shot_rec rec = rec_of(r);

	buf_addf(b, "name: replay\nclock: %s\ncall:\n",
		 r->value[O_TO] ? "real" : "virtual");
	one_shot_key(b, "pcap", r->path);
	if (r->all)
		buf_add_str(b, "  pick: all\n");
	else if (call != SIZE_MAX)
		buf_addf(b, "  pick: {index: %zu}\n", call + 1);
	one_shot_key(b, "speed", r->value[O_SPEED]);
	one_shot_key(b, "start_at", r->value[O_START_AT]);
	one_shot_key(b, "rewrite", r->value[O_REWRITE]);
	write_seats(b, r);
	one_shot_recorder(b, &rec);
}

/* What faults of the scenario are about. */
static const struct one_shot_key keys[] = {{"'speed'", "speed"},
					   {"'start_at'", "start-at"},
					   {"'rewrite'", "rewrite"},
					   {NULL, NULL}};

/* ---- all ---- */

static int play(const struct replay *r, const struct scenario *s)
{
	struct world_conf world = {
		.clock = r->value[O_TO] ? SCN_CLOCK_REAL : SCN_CLOCK_VIRTUAL,
		.seed = r->seed,
		.dir = r->value[O_OUT],
		.tls_by_option = true,
	};

	return one_shot_run(&cmd_replay_table, s, &world);
}

static int replay_call(const struct replay *r, const struct capture_calls *c,
		       size_t call)
{
	struct causes causes;
	struct scn_set set;
	struct buf text;
	int code;

	if (call < c->n_calls && !has_media(c, call)) {
		print_call(r, c, call);
		printf("not recorded: there is no RTP of it in the capture\n");
		return 1;
	}
	causes_init(&causes);
	buf_init(&text, SCENARIO_MAX);
	write_scenario(&text, r, call);
	if (scn_load_text(&set, "replay", buf_str(&text), text.n, NULL, 0,
			  &causes) < 0) {
		code = one_shot_faults(&cmd_replay_table, keys, &causes);
	} else {
		print_call(r, c, call);
		code = play(r, set.at[0]);
	}
	scn_set_fini(&set);
	buf_fini(&text);
	causes_fini(&causes);
	return code;
}

static int replay(const struct replay *r)
{
	struct err e = ERR_INIT;
	const struct capture_calls *calls = cache_calls(r->path, &e);
	size_t call;

	if (!calls)
		return cmd_show_err(&e);
	if (find_call(r, calls, &call, &e) == 0)
		return replay_call(r, calls, call);
	err_wrap(&e, "%s", r->path);
	return cmd_show_err(&e);
}

static int take_option(struct replay *r, const struct opt_got *got)
{
	ptrdiff_t o = got->opt - options;
	struct err e = ERR_INIT;

	if (o == O_SEED &&
	    !parse_u64(span_of(got->value), 0, INT64_MAX, &r->seed))
		return opt_fault(&cmd_replay_table,
				 "--seed wants a number, not '%s'", got->value);
	if (o == O_LOGIN && login_take(&r->login, got->value, &e) < 0)
		return opt_fault(&cmd_replay_table, "%s", e.text);
	r->all = r->all || o == O_ALL;
	r->clear_keys = r->clear_keys || o == O_CLEAR_KEYS;
	r->value[o] = got->value;
	return -1;
}

/* The capture of it is wire.pcap there. */
static int check_out(const struct replay *r)
{
	char *path = kept_capture(r->value[O_OUT]);
	struct err e = ERR_INIT;
	int rc = file_spare(r->path, path, &e);

	free(path);
	return rc < 0 ? opt_fault(&cmd_replay_table, "--out %s", e.text) : -1;
}

static int check_recorder(const struct replay *r)
{
	struct one_shot_rec rec = rec_of(r);
	struct err e = ERR_INIT;

	return one_shot_check(&rec, &e) < 0
		       ? opt_fault_err(&cmd_replay_table, &e)
		       : -1;
}

int cmd_replay(int argc, char **argv)
{
	struct replay r = {.seed = 1};
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;
	int code = -1;

	opt_init(&p, &cmd_replay_table, argc, argv);
	while (code < 0 && (kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			code = p.exit_code;
		else if (kind == OPT_OPTION)
			code = take_option(&r, &got);
		else if (r.path)
			code = opt_fault(&cmd_replay_table,
					 "one capture at a time");
		else
			r.path = got.value;
	}
	if (code < 0 && !r.path)
		code = opt_fault(&cmd_replay_table,
				 "which capture? (see --help)");
	if (code < 0 && r.all && r.value[O_CALL])
		code = opt_fault(&cmd_replay_table, "--all and --call: which?");
	if (code < 0 && inspect_is_pipe(r.path))
		code = opt_fault(&cmd_replay_table,
				 "%s is a pipe: it is read twice", r.path);
	if (code < 0 && r.value[O_OUT])
		code = check_out(&r);
	if (code < 0)
		code = check_recorder(&r);
	return code < 0 ? replay(&r) : code;
}
