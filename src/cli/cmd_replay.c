#include "cli/cmd.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "call/cache.h"
#include "call/call.h"
#include "capture/tape.h"
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
	O_LEGS,
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
		    "with media); the Call-ID of a leg plays that leg"},
	[O_ALL] = {"all", 0, NULL,
		   "every call that has media, overlapping as captured"},
	[O_LEGS] = {"legs", 0, NULL,
		    "legs are calls, as inspect --legs lists them"},
	[O_SPEED] = {"speed", 0, "SPEED", "1x (default), 2x, ... or max"},
	[O_START_AT] = {"start-at", 0, "TIME",
			"where in the captured call to begin"},
	[O_REWRITE] = {"rewrite", 0, "none|ssrc|time",
		       "what is new; time: sequence numbers and timestamps"},
	[O_CALLER] = {"caller", 0, "ADDR",
		      "IP address, or ADDR:PORT: the caller is there; media "
		      "without SIP comes from there"},
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
	bool all, legs, clear_keys;
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

/* A call, or a pair of ends that streams without SIP go between. */
struct choice {
	const struct capture_calls *of; /* borrowed: calls, or legs */
	bool legs;
	size_t call;			    /* SIZE_MAX: streams */
	const struct capture_stream *first; /* of these */
	size_t n_pairs;			    /* that it could have been */
};

static bool has_media(const struct capture_calls *c, size_t call)
{
	return c->call[call].stream != SIZE_MAX;
}

static bool is_seat(const struct addr *seat, const struct addr *a)
{
	return addr_ip_eq(seat, a) && (!seat->port || seat->port == a->port);
}

/* Somebody of the call, or a stream of it, is there. */
static bool is_of_call(const struct capture_calls *c, size_t call,
		       const struct addr *seat)
{
	const struct capture_stream *s;
	size_t i;

	if (!addr_is_set(seat))
		return true;
	for (i = 0; i < c->call[call].n_legs; i++) {
		const struct capture_leg *l = &c->leg[c->call[call].leg[i]];

		if (is_seat(seat, &l->src) || is_seat(seat, &l->dst) ||
		    is_seat(seat, &l->far))
			return true;
	}
	for (s = capture_next_stream(c, call, NULL); s;
	     s = capture_next_stream(c, call, s))
		if (is_seat(seat, &s->src) || is_seat(seat, &s->dst))
			return true;
	return false;
}

static void choose_streams(struct choice *c, const struct capture_wanted *who)
{
	const struct capture_stream **pair;

	pair = capture_pairs(c->of, who, &c->n_pairs);
	c->first = pair[0];
	free(pair);
}

/* Who was named is in it; or the streams without SIP have them, or are all that
 * there is. */
static int choose(const struct replay *r, struct choice *c, struct err *e)
{
	struct capture_wanted who = {.pair = 1};
	size_t call, first = SIZE_MAX;

	if (r->value[O_CALLER])
		addr_parse(span_of(r->value[O_CALLER]), &who.caller);
	if (r->value[O_CALLEE])
		addr_parse(span_of(r->value[O_CALLEE]), &who.callee);
	for (call = c->of->n_calls; call-- > 0;)
		if (has_media(c->of, call))
			first = call;
	c->call = SIZE_MAX;
	for (call = c->of->n_calls; call-- > 0;)
		if (has_media(c->of, call) &&
		    is_of_call(c->of, call, &who.caller) &&
		    is_of_call(c->of, call, &who.callee))
			c->call = call;
	if (c->call == SIZE_MAX)
		choose_streams(c, &who);
	if (c->call != SIZE_MAX || c->first)
		return 0;
	c->call = first;
	if (first != SIZE_MAX)
		return 0; /* it is said what does not fit */
	if (c->of->orphan != SIZE_MAX)
		return err_set(e, ERR_EMPTY,
			       "no call in it has media, and no stream "
			       "without SIP comes from or goes to who was "
			       "named");
	return err_set(e, ERR_EMPTY,
		       c->of->n_calls ? "no call in it has media"
				      : "no call in it");
}

static int find_call(const struct replay *r, struct choice *c, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->legs = r->legs;
	if (inspect_choose(r->path, r->value[O_CALL], &c->legs, &c->of,
			   &c->call, e) < 0)
		return -1;
	return r->value[O_CALL] ? 0 : choose(r, c, e);
}

static void print_parties(const struct capture_calls *c, size_t call, bool legs)
{
	const struct capture_call *of = &c->call[call];
	const struct capture_leg *leg = &c->leg[of->leg[0]];
	int64_t until_us = capture_call_until(c, call);

	printf("%s %zu of %zu: %s > %s, %s, %.1f s\n", legs ? "leg" : "call",
	       call + 1, c->n_calls, leg->caller, leg->callee,
	       capture_outcome_name(of->outcome),
	       (double)(until_us - of->start_us) / 1e6);
}

static void print_streams(const struct choice *c)
{
	char src[ADDR_TEXT], dst[ADDR_TEXT];

	printf("streams without SIP: %s > %s", addr_text(&c->first->src, src),
	       addr_text(&c->first->dst, dst));
	if (c->n_pairs > 1)
		printf(" (the first of %zu such pairs: --caller and --callee "
		       "pick others)",
		       c->n_pairs);
	putchar('\n');
}

/* What the user gets, and at which pace. */
static void print_call(const struct replay *r, const struct choice *c)
{
	const char *speed = r->value[O_SPEED] ? r->value[O_SPEED] : "1x";

	if (r->all && c->call == SIZE_MAX)
		printf("streams without SIP between every two ends: %zu "
		       "pair%s\n",
		       c->n_pairs, c->n_pairs == 1 ? "" : "s");
	else if (r->all)
		printf("every call of %zu that has media\n", c->of->n_calls);
	else if (c->call == SIZE_MAX)
		print_streams(c);
	else
		print_parties(c->of, c->call, c->legs);
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

static void write_scenario(struct buf *b, const struct replay *r,
			   const struct choice *c)
{
	struct one_shot_rec rec = rec_of(r);

	buf_addf(b, "name: replay\nclock: %s\ncall:\n",
		 r->value[O_TO] ? "real" : "virtual");
	one_shot_key(b, "pcap", r->path);
	if (r->all)
		buf_add_str(b, "  pick: all\n");
	else if (c->call == SIZE_MAX)
		buf_add_str(b, "  pick: {streams: 1}\n");
	else
		buf_addf(b, "  pick: {index: %zu%s}\n", c->call + 1,
			 c->legs ? ", legs: true" : "");
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

static void print_no_media(const struct choice *c)
{
	printf("not recorded: there is no RTP of it in the capture");
	if (c->of->orphan != SIZE_MAX)
		printf("; --caller or --callee with an address picks streams "
		       "without SIP, which are there");
	putchar('\n');
}

/* Packets whose payload the snap length cut, when all of them are; or 0. */
static uint64_t all_cut(const struct choice *c)
{
	const struct capture_stream *s;
	uint64_t n = 0, cut = 0;

	for (s = capture_next_stream(c->of, c->call, NULL); s;
	     s = capture_next_stream(c->of, c->call, s)) {
		n += s->packets;
		cut += s->cut;
	}
	return cut >= n ? cut : 0;
}

static int replay_call(const struct replay *r, const struct choice *c)
{
	uint64_t cut = all_cut(c);
	struct causes causes;
	struct scn_set set;
	struct buf text;
	int code;

	if (c->call < c->of->n_calls && !has_media(c->of, c->call)) {
		print_call(r, c);
		print_no_media(c);
		return 1;
	}
	if (!r->all && cut) {
		print_call(r, c);
		printf("not recorded: the payload of all %" PRIu64
		       " RTP packets is cut by the snap length of the "
		       "capture\n",
		       cut);
		return 1;
	}
	causes_init(&causes);
	buf_init(&text, SCENARIO_MAX);
	write_scenario(&text, r, c);
	if (scn_load_text(&set, "replay", buf_str(&text), text.n, NULL, 0,
			  &causes) < 0) {
		code = one_shot_faults(&cmd_replay_table, keys, &causes);
	} else {
		print_call(r, c);
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
	struct choice c;

	if (find_call(r, &c, &e) == 0)
		return replay_call(r, &c);
	if (c.of)
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
	r->legs = r->legs || o == O_LEGS;
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

/* Faults of the scenario would speak of a file that nobody wrote. */
static int check_choice(const struct replay *r)
{
	static const int of_one[] = {O_CALL, O_LEGS, O_START_AT, O_CALLER,
				     O_CALLEE};
	size_t i;

	for (i = 0; r->all && i < sizeof(of_one) / sizeof(*of_one); i++)
		if (r->value[of_one[i]] || (of_one[i] == O_LEGS && r->legs))
			return opt_fault(&cmd_replay_table,
					 "--all and --%s: which? --%s is of "
					 "one call",
					 options[of_one[i]].name,
					 options[of_one[i]].name);
	if (r->value[O_CALLER] && r->value[O_CALLEE] &&
	    strcmp(r->value[O_CALLER], r->value[O_CALLEE]) == 0)
		return opt_fault(&cmd_replay_table,
				 "--caller and --callee are both '%s': who of "
				 "them is there?",
				 r->value[O_CALLER]);
	return -1;
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
	if (code < 0)
		code = check_choice(&r);
	if (code < 0 && inspect_is_pipe(r.path))
		code = opt_fault(&cmd_replay_table,
				 "%s is a pipe: it is read twice", r.path);
	if (code < 0 && r.value[O_OUT])
		code = check_out(&r);
	if (code < 0)
		code = check_recorder(&r);
	return code < 0 ? replay(&r) : code;
}
