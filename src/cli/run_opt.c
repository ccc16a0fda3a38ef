#include "cli/run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/span.h"
#include "core/xalloc.h"

enum { JOBS_MAX = 256, COUNT_MAX = 100000 };

enum {
	O_TAG,
	O_EXCLUDE,
	O_NAME,
	O_JOBS,
	O_SHARD,
	O_REPEAT,
	O_FAIL_FAST,
	O_VAR,
	O_TO,
	O_LOGIN,
	O_CA,
	O_CERT,
	O_KEY,
	O_SEED,
	O_CLOCK,
	O_TRANSPORT,
	O_IPV6,
	O_REPORT,
	O_EVENTS,
	O_STATUS,
	O_LEAKS,
	O_KEEP,
	O_OUT,
	O_COLOR,
	O_PROGRESS,
	O_QUIET,
	O_VERBOSE,
	O_END
};

static const struct opt options[] = {
	[O_TAG] = {"tag", 't', "TAG", "run what has this tag (repeatable)"},
	[O_EXCLUDE] = {"exclude-tag", 'T', "TAG",
		       "leave out what has this tag (repeatable)"},
	[O_NAME] = {"name", 'n', "GLOB",
		    "run what has such a name or file name (repeatable)"},
	[O_JOBS] = {"jobs", 'j', "N", "runs at a time (default: processors)"},
	[O_SHARD] = {"shard", 0, "K/N", "run the K-th of N parts"},
	[O_REPEAT] = {"repeat", 0, "N", "run each N times"},
	[O_FAIL_FAST] = {"fail-fast", 0, NULL, "begin nothing after a failure"},
	[O_VAR] = {"var", 0, "K=V", "value for ${K}; beats vars and matrix"},
	[O_TO] = {"to", 0, "URI",
		  "the recorder of every scenario is the one there"},
	[O_LOGIN] = {"login", 0, LOGIN_ARG, "what that recorder asks for"},
	[O_CA] = TLS_CA_OPT,
	[O_CERT] = TLS_CERT_OPT,
	[O_KEY] = TLS_KEY_OPT,
	[O_SEED] = {"seed", 0, "N", "seed of all that is random"},
	[O_CLOCK] = {"clock", 0, "real|virtual|auto",
		     "which clock to run on (default: auto)"},
	[O_TRANSPORT] = {"transport", 0, "udp|tcp|tls|auto",
			 "how SIP goes where a file says nothing"},
	[O_IPV6] = {"ipv6", 0, NULL, "::1 where a file says no address"},
	[O_REPORT] = {"report", 0, "FORMAT=FILE",
		      "also junit, tap, json or html; - is stdout\n"
		      "                               "
		      "(repeatable)"},
	[O_EVENTS] = {"events", 0, "TO",
		      "events as JSON lines to a file, -, udp: or unix:"},
	[O_STATUS] = {"status", 0, "SOCKET",
		      "answer 'siprec-src ctl' there; one run at a time"},
	[O_LEAKS] = {"leaks", 0, NULL,
		     "fail a run that leaves anything open behind"},
	[O_KEEP] = {"keep", 0, "on-fail|always|never",
		    "when to keep files (default: on-fail)"},
	[O_OUT] = {"out", 0, "DIR", "where kept files go (default: out)"},
	[O_COLOR] = {"color", 0, "auto|always|never",
		     "green and red (default: auto)"},
	[O_PROGRESS] = {"progress", 0, "auto|off",
			"how far it is (default: auto)"},
	[O_QUIET] = {"quiet", 'q', NULL, "show failures and the sum only"},
	[O_VERBOSE] = {"verbose", 'v', NULL,
		       "show each check; twice: debug messages"},
	[O_END] = {NULL, 0, NULL, NULL}};
const struct opt_table cmd_run_table = {
	"run", "FILE|DIR ...", "Runs scenarios and judges them.", options};

int run_fault(const char *text)
{
	return opt_fault(&cmd_run_table, "%s", text);
}

/* ---- values ---- */

static int read_count(const char *name, struct span text, uint32_t max,
		      unsigned *out, struct err *e)
{
	uint32_t n;

	if (!parse_u32(text, 1, max, &n))
		return err_set(e, ERR_USAGE,
			       "--%s wants a number from 1 to %u, not '%.*s'",
			       name, max, SPAN_ARG(text));
	*out = n;
	return 0;
}

/* Place of the value among `words`, which end with NULL. */
static int read_word(const char *name, const char *value,
		     const char *const *words, struct err *e)
{
	char list[128] = "";
	size_t n = 0;
	int i;

	for (i = 0; words[i]; i++) {
		const char *between = ", ";

		if (strcmp(words[i], value) == 0)
			return i;
		if (!words[i + 1])
			between = " or ";
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
				      i ? between : "", words[i]);
	}
	return err_set(e, ERR_USAGE, "--%s wants %s, not '%s'", name, list,
		       value);
}

typedef int(take_h)(struct run_conf *c, const char *value, struct err *e);

static int take_tag(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	scn_strings_add(&c->tags, value);
	return 0;
}

static int take_exclude(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	scn_strings_add(&c->not_tags, value);
	return 0;
}

static int take_name(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	scn_strings_add(&c->names, value);
	return 0;
}

static int take_jobs(struct run_conf *c, const char *value, struct err *e)
{
	c->jobs_set = true;
	return read_count("jobs", span_of(value), JOBS_MAX, &c->jobs, e);
}

static int take_shard(struct run_conf *c, const char *value, struct err *e)
{
	struct span n = span_of(value);
	struct span k = span_cut(&n, '/');
	uint32_t shard, shards;

	if (!parse_u32(n, 1, COUNT_MAX, &shards) ||
	    !parse_u32(k, 1, shards, &shard))
		return err_set(e, ERR_USAGE,
			       "--shard wants K/N with K from 1 to N, not '%s'",
			       value);
	c->shard = shard;
	c->shards = shards;
	return 0;
}

static int take_repeat(struct run_conf *c, const char *value, struct err *e)
{
	return read_count("repeat", span_of(value), COUNT_MAX, &c->repeat, e);
}

static int take_fail_fast(struct run_conf *c, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	c->fail_fast = true;
	return 0;
}

static int take_var(struct run_conf *c, const char *value, struct err *e)
{
	return cmd_vars_add(&c->vars, value, e);
}

static int take_to(struct run_conf *c, const char *value, struct err *e)
{
	return cmd_take_uri("to", value, &c->to, e);
}

static int take_login(struct run_conf *c, const char *value, struct err *e)
{
	return login_take(&c->login, value, e);
}

static int take_ca(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	c->tls.ca = value;
	return 0;
}

static int take_cert(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	c->tls.cert = value;
	return 0;
}

static int take_key(struct run_conf *c, const char *value, struct err *e)
{
	(void)e;
	c->tls.key = value;
	return 0;
}

static int take_seed(struct run_conf *c, const char *value, struct err *e)
{
	/* A JSON integer is signed. */
	if (!parse_u64(span_of(value), 0, INT64_MAX, &c->seed))
		return err_set(e, ERR_USAGE, "--seed wants a number, not '%s'",
			       value);
	c->seed_set = true;
	return 0;
}

static int take_clock(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {
		[SCN_CLOCK_AUTO] = "auto",
		[SCN_CLOCK_VIRTUAL] = "virtual",
		[SCN_CLOCK_REAL] = "real",
		NULL,
	};
	int i = read_word("clock", value, words, e);

	c->clock = i < 0 ? c->clock : (enum scn_clock)i;
	return i < 0 ? -1 : 0;
}

static int take_transport(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {"udp", "tcp", "tls", "auto", NULL};
	int i = read_word("transport", value, words, e);

	c->transport = (enum scn_transport)(SCN_TRANSPORT_UDP + i);
	return i < 0 ? -1 : 0;
}

static int take_ipv6(struct run_conf *c, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	c->ipv6 = true;
	return 0;
}

static int take_keep(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {
		[RUN_KEEP_ON_FAIL] = "on-fail",
		[RUN_KEEP_ALWAYS] = "always",
		[RUN_KEEP_NEVER] = "never",
		NULL,
	};
	int i = read_word("keep", value, words, e);

	c->keep = i < 0 ? c->keep : (enum run_keep)i;
	return i < 0 ? -1 : 0;
}

static int take_out(struct run_conf *c, const char *value, struct err *e)
{
	if (!*value)
		return err_set(e, ERR_USAGE, "--out wants a directory");
	c->out = value;
	return 0;
}

static int take_color(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {
		[RUN_COLOR_AUTO] = "auto",
		[RUN_COLOR_ALWAYS] = "always",
		[RUN_COLOR_NEVER] = "never",
		NULL,
	};
	int i = read_word("color", value, words, e);

	c->color = i < 0 ? c->color : (enum run_color)i;
	return i < 0 ? -1 : 0;
}

static int take_progress(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {"off", "auto", NULL};
	int i = read_word("progress", value, words, e);

	c->progress = i == 1;
	return i < 0 ? -1 : 0;
}

static int take_events(struct run_conf *c, const char *value, struct err *e)
{
	if (!*value)
		return err_set(e, ERR_USAGE,
			       "--events wants a file, -, udp:HOST:PORT or "
			       "unix:PATH");
	c->events_to = value;
	return 0;
}

static int take_status(struct run_conf *c, const char *value, struct err *e)
{
	if (!*value)
		return err_set(e, ERR_USAGE,
			       "--status wants the path of a socket");
	c->status_path = value;
	return 0;
}

static int take_leaks(struct run_conf *c, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	c->leaks = true;
	return 0;
}

static int take_quiet(struct run_conf *c, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	c->quiet = true;
	return 0;
}

static int take_verbose(struct run_conf *c, const char *value, struct err *e)
{
	(void)value;
	(void)e;
	c->verbose++;
	return 0;
}

/* ---- reports ---- */

static bool has_stdout(const struct run_conf *c)
{
	size_t i;

	for (i = 0; i < c->n_reports; i++)
		if (strcmp(c->report[i].path, "-") == 0)
			return true;
	return false;
}

static int take_report(struct run_conf *c, const char *value, struct err *e)
{
	static const char *const words[] = {
		[RUN_JUNIT] = "junit",
		[RUN_TAP] = "tap",
		[RUN_JSON] = "json",
		[RUN_HTML] = "html",
		NULL,
	};
	const char *path = strchr(value, '=');
	char format[16];
	int i;

	if (!path || !path[1])
		return err_set(e, ERR_USAGE,
			       "--report wants FORMAT=FILE, not '%s'", value);
	snprintf(format, sizeof(format), "%.*s", (int)(path++ - value), value);
	i = read_word("report", format, words, e);
	if (i < 0)
		return -1;
	if (strcmp(path, "-") == 0 && has_stdout(c))
		return err_set(e, ERR_USAGE,
			       "only one report can go to standard output");
	c->report = xreallocarray(c->report, c->n_reports + 1,
				  sizeof(*c->report));
	c->report[c->n_reports].format = (enum run_format)i;
	c->report[c->n_reports].path = path;
	c->report[c->n_reports++].f = NULL;
	return 0;
}

/* ---- the whole ---- */

static take_h *const take[] = {
	[O_TAG] = take_tag,
	[O_EXCLUDE] = take_exclude,
	[O_NAME] = take_name,
	[O_JOBS] = take_jobs,
	[O_SHARD] = take_shard,
	[O_REPEAT] = take_repeat,
	[O_FAIL_FAST] = take_fail_fast,
	[O_VAR] = take_var,
	[O_TO] = take_to,
	[O_LOGIN] = take_login,
	[O_CA] = take_ca,
	[O_CERT] = take_cert,
	[O_KEY] = take_key,
	[O_SEED] = take_seed,
	[O_CLOCK] = take_clock,
	[O_TRANSPORT] = take_transport,
	[O_IPV6] = take_ipv6,
	[O_REPORT] = take_report,
	[O_EVENTS] = take_events,
	[O_STATUS] = take_status,
	[O_LEAKS] = take_leaks,
	[O_KEEP] = take_keep,
	[O_OUT] = take_out,
	[O_COLOR] = take_color,
	[O_PROGRESS] = take_progress,
	[O_QUIET] = take_quiet,
	[O_VERBOSE] = take_verbose,
};

void run_conf_init(struct run_conf *c)
{
	long processors = sysconf(_SC_NPROCESSORS_ONLN);

	memset(c, 0, sizeof(*c));
	c->jobs = processors < 1 ? 1 : (unsigned)processors;
	if (c->jobs > JOBS_MAX)
		c->jobs = JOBS_MAX;
	c->shard = c->shards = 1;
	c->repeat = 1;
	c->clock = SCN_CLOCK_AUTO;
	c->keep = RUN_KEEP_ON_FAIL;
	c->out = "out";
	c->progress = true;
}

/* What options say together. */
static int check_conf(struct run_conf *c, struct err *e)
{
	if (!c->paths.n)
		return err_set(e, ERR_USAGE, "which file? (see --help)");
	if (c->login.user[0] && !c->to)
		return err_set(e, ERR_USAGE,
			       "--login goes with --to: scenarios have their "
			       "own");
	if (tls_opt_given(&c->tls) && !c->to)
		return err_set(e, ERR_USAGE,
			       "--%s goes with --to: scenarios have 'tls: {%s: "
			       "FILE}' in src",
			       tls_opt_name(&c->tls), tls_opt_name(&c->tls));
	if (tls_opt_check(&c->tls, e) < 0)
		return -1;
	if (c->to && c->clock == SCN_CLOCK_VIRTUAL)
		return err_set(e, ERR_USAGE,
			       "--to wants the real clock: the recorder is "
			       "outside");
	if (run_events_on_stdout(c) && has_stdout(c))
		return err_set(e, ERR_USAGE,
			       "a report and --events cannot both go to "
			       "standard output");
	if (!c->status_path)
		return 0;
	if (c->jobs_set && c->jobs > 1)
		return err_set(e, ERR_USAGE,
			       "--status wants one run at a time, not -j %u",
			       c->jobs);
	c->jobs = 1;
	return 0;
}

bool run_events_on_stdout(const struct run_conf *c)
{
	return c->events_to && strcmp(c->events_to, "-") == 0;
}

void run_conf_pages(struct run_conf *conf, size_t runs)
{
	size_t i;

	conf->pages = RUN_PAGES_NONE;
	for (i = 0; i < conf->n_reports; i++)
		if (conf->report[i].format == RUN_HTML)
			conf->pages = runs > RUN_PAGES_MANY ? RUN_PAGES_BAD
							    : RUN_PAGES_ALL;
}

int run_conf_take(struct run_conf *c, const char *option, const char *value,
		  struct err *e)
{
	size_t i = 0;

	while (strcmp(options[i].name, option) != 0)
		i++;
	return take[i](c, value, e);
}

int run_conf_read(struct run_conf *conf, int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	run_conf_init(conf);
	opt_init(&p, &cmd_run_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_ARG)
			cmd_paths_add(&conf->paths, got.value);
		else if (take[got.opt - options](conf, got.value, &e) < 0)
			return run_fault(e.text);
	}
	if (check_conf(conf, &e) < 0)
		return opt_fault_err(&cmd_run_table, &e);
	return conf->to ? run_outside_load(conf, &cmd_run_table) : -1;
}

void run_conf_fini(struct run_conf *conf)
{
	size_t i;

	for (i = 0; i < conf->n_reports; i++)
		if (conf->report[i].f && conf->report[i].f != stdout)
			fclose(conf->report[i].f);
	free(conf->report);
	run_events_close(conf->events);
	run_status_close(conf->status);
	scn_set_fini(&conf->outside);
	free(conf->again);
	scn_strings_fini(&conf->tags);
	scn_strings_fini(&conf->not_tags);
	scn_strings_fini(&conf->names);
	cmd_vars_fini(&conf->vars);
	cmd_paths_fini(&conf->paths);
}
