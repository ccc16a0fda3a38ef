#include "cli/cmd.h"

#include <stdio.h>
#include <string.h>

#include "scenario/suggest.h"

static const struct command {
	const char *name;
	const char *what;
	int (*run)(int argc, char **argv);
	const struct opt_table *table;
} commands[] = {
	{"run", "run scenarios and judge them", cmd_run, &cmd_run_table},
	{"check", "validate scenarios, run nothing", cmd_check,
	 &cmd_check_table},
	{"list", "names, tags and files", cmd_list, &cmd_list_table},
	{"explain", "who does what and when", cmd_explain, &cmd_explain_table},
	{"call", "one synthesized call, recorded", cmd_call, &cmd_call_table},
	{"srs", "the embedded recorder alone", cmd_srs, &cmd_srs_table},
	{"conform", "examine a recorder, rule by rule", cmd_conform,
	 &cmd_conform_table},
	{"ctl", "ask or stop a run that goes on", cmd_ctl, &cmd_ctl_table},
	{"replay", "one captured call, recorded", cmd_replay,
	 &cmd_replay_table},
	{"from-pcap", "a scenario of a captured call", cmd_from_pcap,
	 &cmd_from_pcap_table},
	{"inspect", "calls and streams in a capture", cmd_inspect,
	 &cmd_inspect_table},
	{"ladder", "who sent what to whom, drawn", cmd_ladder,
	 &cmd_ladder_table},
	{"diff", "what two runs did differently", cmd_diff, &cmd_diff_table},
	{"schema", "the JSON Schema of a scenario", cmd_schema,
	 &cmd_schema_table},
	{"completion", "completions for a shell", cmd_completion,
	 &cmd_completion_table},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

const char *cmd_name(size_t i)
{
	return i < COMMANDS ? commands[i].name : NULL;
}

const char *cmd_what(size_t i)
{
	return i < COMMANDS ? commands[i].what : NULL;
}

const struct opt_table *cmd_table(size_t i)
{
	return i < COMMANDS ? commands[i].table : NULL;
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < COMMANDS; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

static void print_usage(FILE *out)
{
	fputs("usage: siprec-src COMMAND [ARGUMENT ...]\n"
	      "       siprec-src help COMMAND\n"
	      "       siprec-src --help | --version\n",
	      out);
}

static int print_help(void)
{
	size_t i;

	print_usage(stdout);
	fputs("\nA SIPREC session recording client for tests (RFC 7866).\n\n",
	      stdout);
	for (i = 0; i < COMMANDS; i++)
		printf("  %-11s %s\n", commands[i].name, commands[i].what);
	return 0;
}

static int unknown(const char *name)
{
	char hint[SUGGEST_HINT];
	struct suggest s;
	size_t i;

	scn_suggest_init(&s, name);
	for (i = 0; i < COMMANDS; i++)
		scn_suggest_try(&s, commands[i].name);
	fprintf(stderr, "siprec-src: unknown command '%s'%s\n", name,
		s.best ? scn_suggest_hint(&s, hint) : " (see --help)");
	return 2;
}

static int run_command(const char *name, int argc, char **argv)
{
	const struct command *c = find_command(name);

	if (!c)
		return unknown(name);
	return c->run(argc, argv);
}

/* `help run` is `run --help`. */
static int help(int argc, char **argv)
{
	char *words[] = {argv[0], (char[]){"--help"}, NULL};

	if (argc < 2)
		return print_help();
	words[0] = argv[1];
	return run_command(argv[1], 2, words);
}

int cmd_dispatch(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : NULL;

	if (!name) {
		print_usage(stderr);
		return 2;
	}
	if (strcmp(name, "help") == 0)
		return help(argc - 1, argv + 1);
	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return print_help();
	if (strcmp(name, "--version") == 0) {
		printf("siprec-src %s\n", SIPREC_SRC_VERSION);
		return 0;
	}
	if (name[0] == '-') {
		fprintf(stderr,
			"siprec-src: unknown option '%s' (see --help)\n", name);
		return 2;
	}
	return run_command(name, argc - 1, argv + 1);
}
