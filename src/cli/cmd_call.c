#include "cli/cmd.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "cli/one_shot.h"
#include "cli/opt.h"
#include "core/buf.h"
#include "core/span.h"
#include "scenario/units.h"
#include "world/world.h"

enum {
	O_TO,
	O_DURATION,
	O_WAV,
	O_TONE,
	O_RELAY,
	O_PEER,
	O_CODEC,
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
	[O_TO] = {"to", 0, "URI", "the recorder: sip:host:port"},
	[O_DURATION] = {"duration", 0, "TIME", "of the call (default: 5s)"},
	[O_WAV] = {"wav", 0, "FILE",
		   "what the caller says; a second one: the callee"},
	[O_TONE] = {"tone", 0, "HZ",
		    "tone of the caller (440Hz); a second one: callee (660Hz)"},
	[O_RELAY] = {"relay", 0, "A,B",
		     "live media: ADDR:PORT for the caller's and the callee's "
		     "phone to send to, relayed to each other; port 0 picks "
		     "one"},
	[O_PEER] = {"peer", 0, "A,B",
		    "ADDR:PORT of these phones, until they are heard"},
	[O_CODEC] = {"codec", 0, "NAME", "PCMU or PCMA (default: both)"},
	[O_CALLER] = {"caller", 0, "ADDR", "as in \"Alice <sip:alice@a.org>\""},
	[O_CALLEE] = {"callee", 0, "ADDR", "the other party"},
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
const struct opt_table cmd_call_table = {
	"call", "--to URI", "Makes one call and has it recorded.", options};

enum { PARTIES = 2, SCENARIO_MAX = 64 * 1024 };

/* Texts are borrowed from the command line; NULL where it says nothing. */
struct call_conf {
	const char *value[O_END];
	struct {
		const char *key; /* "wav" or "tone" */
		const char *value;
	} voice[PARTIES];
	size_t n_voices;
	struct span relay[PARTIES], peer[PARTIES];
	struct login login;
	bool clear_keys;
	uint64_t seed;
};

static struct one_shot_rec rec_of(const struct call_conf *c)
{
	struct one_shot_rec rec = {
		.uri = c->value[O_TO],
		.answer_within = c->value[O_ANSWER_WITHIN],
		.srtp = c->value[O_SRTP],
		.clear_keys = c->clear_keys,
		.login = &c->login,
		.tls = {.ca = c->value[O_CA],
			.cert = c->value[O_CERT],
			.key = c->value[O_KEY]},
	};

	return rec;
}

/* ---- options ---- */

static int take_time(const struct opt_got *got, struct err *e)
{
	double us;

	if (scn_unit_time(span_of(got->value), &us) && us > 0)
		return 0;
	return err_set(e, ERR_USAGE, "--%s wants a time such as 5s, not '%s'",
		       got->opt->name, got->value);
}

static int take_voice(struct call_conf *c, const struct opt_got *got,
		      struct err *e)
{
	if (c->n_voices == PARTIES)
		return err_set(e, ERR_USAGE,
			       "a call has two parties: --wav and --tone are "
			       "given twice at most");
	c->voice[c->n_voices].key = got->opt->name;
	c->voice[c->n_voices++].value = got->value;
	return 0;
}

/* An IPv6 address is in brackets then. Port 0 must be said. */
static bool has_port(struct span at)
{
	size_t n = at.n;

	while (n && at.p[n - 1] >= '0' && at.p[n - 1] <= '9')
		n--;
	if (!n || n == at.n || at.p[n - 1] != ':')
		return false;
	return at.p[0] != '[' || (n > 1 && at.p[n - 2] == ']');
}

/* "A,B", of which B may be missing. */
static int take_pair(struct span pair[PARTIES], const struct opt_got *got,
		     struct err *e)
{
	struct span rest = span_of(got->value);

	pair[0] = span_trim(span_cut(&rest, ','));
	pair[1] = span_trim(rest);
	if (!has_port(pair[0]) || (pair[1].n && !has_port(pair[1])) ||
	    span_find(rest, span_of(",")) < rest.n)
		return err_set(e, ERR_USAGE,
			       "--%s wants ADDR:PORT,ADDR:PORT, of the caller "
			       "and of the callee, not '%s'",
			       got->opt->name, got->value);
	return 0;
}

static int take_option(struct call_conf *c, const struct opt_got *got,
		       struct err *e)
{
	ptrdiff_t o = got->opt - options;

	if (o == O_WAV || o == O_TONE)
		return take_voice(c, got, e);
	if ((o == O_DURATION || o == O_ANSWER_WITHIN) && take_time(got, e) < 0)
		return -1;
	if (o == O_SEED &&
	    !parse_u64(span_of(got->value), 0, INT64_MAX, &c->seed))
		return err_set(e, ERR_USAGE, "--seed wants a number, not '%s'",
			       got->value);
	if (o == O_LOGIN && login_take(&c->login, got->value, e) < 0)
		return -1;
	if (o == O_RELAY && take_pair(c->relay, got, e) < 0)
		return -1;
	if (o == O_PEER && take_pair(c->peer, got, e) < 0)
		return -1;
	c->clear_keys = c->clear_keys || o == O_CLEAR_KEYS;
	c->value[o] = got->value;
	return 0;
}

static int check_options(const struct call_conf *c, struct err *e)
{
	struct one_shot_rec rec = rec_of(c);

	if (!c->value[O_TO])
		return err_set(e, ERR_USAGE,
			       "--to is missing: which recorder?");
	if (c->value[O_RELAY] && c->n_voices)
		return err_set(e, ERR_USAGE,
			       "--relay brings the voices: --%s has nobody to "
			       "speak for",
			       c->voice[0].key);
	if (c->value[O_PEER] && !c->value[O_RELAY])
		return err_set(e, ERR_USAGE, "--peer goes with --relay");
	return one_shot_check(&rec, e);
}

/* ---- the scenario of it ---- */

static bool is_number(const char *text)
{
	double n;

	return scn_unit_number(span_of(text), &n);
}

static const char *const party[PARTIES] = {"caller", "callee"};

static void add_relay(struct buf *b, const struct call_conf *c)
{
	size_t i;

	if (c->value[O_RELAY])
		buf_add_str(b, "media:\n");
	for (i = 0; i < PARTIES && c->relay[i].n; i++) {
		buf_addf(b, "  %s: {udp: ", party[i]);
		one_shot_quote(b, c->relay[i]);
		if (c->peer[i].n) {
			buf_add_str(b, ", peer: ");
			one_shot_quote(b, c->peer[i]);
		}
		buf_add_str(b, "}\n");
	}
}

static void add_media(struct buf *b, const struct call_conf *c)
{
	size_t i;

	if (c->n_voices)
		buf_add_str(b, "media:\n");
	for (i = 0; i < c->n_voices; i++) {
		const char *value = c->voice[i].value;
		bool bare = strcmp(c->voice[i].key, "tone") == 0 &&
			    is_number(value);

		buf_addf(b, "  %s: {%s: ", party[i], c->voice[i].key);
		if (bare)
			buf_addf(b, "%sHz", value);
		else
			one_shot_quote(b, span_of(value));
		buf_add_str(b, "}\n");
	}
}

/* The call is answered at once, so that all of its time can be recorded. */
static void write_scenario(struct buf *b, const struct call_conf *c)
{
	const char *duration = c->value[O_DURATION];
	struct one_shot_rec rec = rec_of(c);

	buf_add_str(b, "name: call\nclock: real\ncall:\n  answer: 0\n");
	one_shot_key(b, "end", duration ? duration : "5s");
	if (c->value[O_RELAY] && !c->value[O_CODEC])
		buf_add_str(b, "  codecs: [PCMU, PCMA, telephone-event]\n");
	one_shot_key(b, "codecs", c->value[O_CODEC]);
	one_shot_key(b, "caller", c->value[O_CALLER]);
	one_shot_key(b, "callee", c->value[O_CALLEE]);
	add_media(b, c);
	add_relay(b, c);
	one_shot_recorder(b, &rec);
}

/* What faults of the scenario are about. */
static const struct one_shot_key keys[] = {
	{"'end'", "duration"}, {"'codecs'", "codec"},  {"'wav'", "wav"},
	{"'tone'", "tone"},    {"'caller'", "caller"}, {"'udp'", "relay"},
	{"'peer'", "peer"},    {"'callee'", "callee"}, {NULL, NULL}};

/* Whoever drives the phones waits for these lines. */
static void on_live(const char *who, const char *text, void *arg)
{
	(void)arg;
	printf("%s %s\n", who, text);
	fflush(stdout);
}

static int make_call(const struct scenario *s, const struct call_conf *c)
{
	struct world_conf world = {
		.clock = SCN_CLOCK_REAL,
		.seed = c->seed,
		.dir = c->value[O_OUT],
		.tls_by_option = true,
		.hooks = {.live = on_live},
	};

	return one_shot_run(&cmd_call_table, s, &world);
}

static int call(const struct call_conf *c)
{
	struct scn_set set;
	struct causes causes;
	struct buf text;
	int code;

	causes_init(&causes);
	buf_init(&text, SCENARIO_MAX);
	write_scenario(&text, c);
	if (scn_load_text(&set, "call", buf_str(&text), text.n, NULL, 0,
			  &causes) < 0)
		code = one_shot_faults(&cmd_call_table, keys, &causes);
	else
		code = make_call(set.at[0], c);
	scn_set_fini(&set);
	buf_fini(&text);
	causes_fini(&causes);
	return code;
}

int cmd_call(int argc, char **argv)
{
	struct call_conf c = {.seed = 1};
	struct err e = ERR_INIT;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	opt_init(&p, &cmd_call_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_ARG)
			return opt_fault(&cmd_call_table,
					 "what is '%s'? (see --help)",
					 got.value);
		if (take_option(&c, &got, &e) < 0)
			return opt_fault(&cmd_call_table, "%s", e.text);
	}
	if (check_options(&c, &e) < 0)
		return opt_fault_err(&cmd_call_table, &e);
	return call(&c);
}
