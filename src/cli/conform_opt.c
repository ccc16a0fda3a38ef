#include "cli/conform.h"

#include <string.h>

#include "cli/one_shot.h"
#include "cli/opt.h"
#include "core/file.h"

enum { JOBS = 16 };

static const struct opt options[] = {
	{"to", 0, "URI", "the recorder: sip:host:port"},
	{"login", 0, LOGIN_ARG, "what it asks for"},
	TLS_CA_OPT,
	TLS_CERT_OPT,
	TLS_KEY_OPT,
	{"srtp", 0, SRTP_ARG, SRTP_HELP},
	{"clear-keys", 0, NULL, CLEAR_KEYS_HELP},
	{"level", 0, "LEVEL",
	 "what counts: must, should (default: both) or may (all)"},
	{"grade", 0, "GRADE",
	 "strict: what RFCs say (default); field: also what clients send "
	 "besides"},
	{"only", 0, "ID", "this check, or those of a pattern (repeatable)"},
	{"baseline", 0, "FILE", "checks that are known to fail: they may"},
	{"write-baseline", 0, "FILE", "write down those that fail now"},
	{"list", 0, NULL, "show the checks, run none"},
	{"show", 0, "ID",
	 "print the scenario of this check, or those of a pattern"},
	{"jobs", 'j', "N", "checks at a time (default 16)"},
	{"repeat", 0, "N", "run each N times; the worst counts"},
	{"report", 0, "FORMAT=FILE",
	 "also junit, tap, json or html; - is stdout (repeatable)"},
	{"keep", 0, "WHEN", "keep captures on-fail (default), always or never"},
	{"out", 0, "DIR", "where they go (default: out)"},
	{"color", 0, "WHEN", "auto, always or never"},
	{"progress", 0, "WHEN", "auto or off"},
	{"quiet", 'q', NULL, "show failures and the sum only"},
	{NULL, 0, NULL, NULL}};
const struct opt_table cmd_conform_table = {
	"conform", "--to URI",
	"Examines a recorder: each check is a call recorded there.", options};

int conform_fault(const char *text)
{
	return opt_fault(&cmd_conform_table, "%s", text);
}

static int take_level(struct conform_conf *c, const char *value, struct err *e)
{
	int level;

	for (level = SCN_LEVEL_MUST; level <= SCN_LEVEL_MAY; level++)
		if (strcmp(value, conform_level((enum scn_level)level)) == 0) {
			c->level = (enum scn_level)level;
			return 0;
		}
	return err_set(e, ERR_USAGE,
		       "--level wants must, should or may, not "
		       "'%s'",
		       value);
}

static int take_grade(struct conform_conf *c, const char *value, struct err *e)
{
	c->field = strcmp(value, "field") == 0;
	if (c->field || strcmp(value, "strict") == 0)
		return 0;
	return err_set(e, ERR_USAGE, "--grade wants strict or field, not '%s'",
		       value);
}

static int take_file(const char *name, const char *value, const char **out,
		     struct err *e)
{
	if (!*value)
		return err_set(e, ERR_USAGE, "--%s wants a file", name);
	*out = value;
	return 0;
}

static int take(struct conform_conf *c, const struct opt_got *got,
		struct err *e)
{
	if (opt_is(got, "level"))
		return take_level(c, got->value, e);
	if (opt_is(got, "grade"))
		return take_grade(c, got->value, e);
	if (opt_is(got, "baseline"))
		return take_file("baseline", got->value, &c->baseline, e);
	if (opt_is(got, "write-baseline"))
		return take_file("write-baseline", got->value,
				 &c->write_baseline, e);
	if (opt_is(got, "only"))
		scn_strings_add(&c->only, got->value);
	else if (opt_is(got, "list"))
		c->list = true;
	else if (opt_is(got, "show"))
		c->show = got->value;
	else if (opt_is(got, "srtp"))
		c->run.srtp = got->value;
	else if (opt_is(got, "clear-keys"))
		c->run.clear_keys = true;
	else
		return run_conf_take(&c->run, got->opt->name, got->value, e);
	return 0;
}

/* What is said of the recorder. -1: go on; else the exit code. */
static int check_recorder(struct conform_conf *c)
{
	struct one_shot_rec rec = run_outside_rec(&c->run);
	struct err e = ERR_INIT;

	if (!c->run.to && (c->list || c->show))
		return -1;
	if (!c->run.to)
		return conform_fault("--to is missing: which recorder?");
	if (one_shot_check(&rec, &e) < 0)
		return opt_fault_err(&cmd_conform_table, &e);
	return run_outside_load(&c->run, &cmd_conform_table);
}

/* A baseline may be written anew, a report is none. */
static int check_reports(const struct conform_conf *c, struct err *e)
{
	size_t i;

	for (i = 0; c->baseline && i < c->run.n_reports; i++)
		if (file_spare(c->baseline, c->run.report[i].path, e) < 0)
			return -1;
	return 0;
}

int conform_conf_read(struct conform_conf *c, int argc, char **argv)
{
	struct err e = ERR_INIT;
	struct opt_parser p;
	struct opt_got got;
	enum opt_kind kind;

	memset(c, 0, sizeof(*c));
	run_conf_init(&c->run);
	c->run.jobs = JOBS;
	c->level = SCN_LEVEL_SHOULD;
	opt_init(&p, &cmd_conform_table, argc, argv);
	while ((kind = opt_next(&p, &got)) != OPT_END) {
		if (kind == OPT_EXIT)
			return p.exit_code;
		if (kind == OPT_ARG)
			return opt_fault(&cmd_conform_table,
					 "'%s' is one too many (the recorder "
					 "is named by --to)",
					 got.value);
		if (take(c, &got, &e) < 0)
			return conform_fault(e.text);
	}
	if (check_reports(c, &e) < 0)
		return conform_fault(e.text);
	return check_recorder(c);
}

void conform_conf_fini(struct conform_conf *c)
{
	scn_strings_fini(&c->only);
	run_conf_fini(&c->run);
}
