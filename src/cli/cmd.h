/*
 * cli/cmd.h - the commands, and what several of them do alike
 *
 * A command gets its own name as argv[0] and returns the exit code of the
 * contract.
 */
#ifndef CLI_CMD_H
#define CLI_CMD_H

#include "cli/opt.h"
#include "core/err.h"
#include "scenario/load.h"

int cmd_run(int argc, char **argv);
int cmd_check(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_srs(int argc, char **argv);
int cmd_call(int argc, char **argv);
int cmd_conform(int argc, char **argv);
int cmd_ctl(int argc, char **argv);
int cmd_inspect(int argc, char **argv);
int cmd_ladder(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_from_pcap(int argc, char **argv);
int cmd_diff(int argc, char **argv);
int cmd_schema(int argc, char **argv);
int cmd_completion(int argc, char **argv);

/* What they take. */
extern const struct opt_table cmd_run_table, cmd_check_table, cmd_list_table,
	cmd_explain_table, cmd_srs_table, cmd_call_table, cmd_ctl_table,
	cmd_inspect_table, cmd_ladder_table, cmd_replay_table,
	cmd_from_pcap_table, cmd_diff_table, cmd_conform_table,
	cmd_schema_table, cmd_completion_table;

/* A command by its place, from 0; NULL after the last. */
const char *cmd_name(size_t i);
const char *cmd_what(size_t i); /* one line */
const struct opt_table *cmd_table(size_t i);

/* Runs the command that argv[1] names, or helps. */
int cmd_dispatch(int argc, char **argv);

/* Before the first file is opened: what is closed of standard input, output and
 * error stays so, and no file gets its number. */
void cmd_begin(void);

/* After the last command: what standard output did not take is said. Returns
 * `code`, or that of ERR_ENV in place of 0. */
int cmd_end(int code);

/* How the program was called, for commands that a user may repeat. */
void cmd_set_program(const char *argv0); /* borrowed */
const char *cmd_program(void);

/* SIGINT and SIGTERM end the run gently, by loop_interrupt. `flags` are those
 * of sigaction. */
void cmd_catch_signals(int flags);

/* Values of --var K=V, later ones first in rank. Zeroed is empty. */
struct cmd_vars {
	struct scn_var *at; /* owned */
	size_t n;
};

/* -1 with ERR_USAGE when it is not K=V. */
int cmd_vars_add(struct cmd_vars *v, const char *text, struct err *e);
void cmd_vars_fini(struct cmd_vars *v);

/* Arguments that are files and directories. Zeroed is empty. */
struct cmd_paths {
	char **at; /* owned array of borrowed texts */
	size_t n;
};
void cmd_paths_add(struct cmd_paths *p, const char *path);
void cmd_paths_fini(struct cmd_paths *p);

/* Whether the file that a party plays can be played (scn_checkers). A capture
 * stays in the cache of call/, which workers inherit. */
int cmd_media_check(const struct scn_media *m, struct err *e);
/* What a captured call is like; it stays in the cache as well. */
int cmd_call_check(struct scn_call *c, struct err *e);

/* The SIP URI that an option names; -1 with ERR_USAGE when it is none. */
int cmd_take_uri(const char *option, const char *value, const char **out,
		 struct err *e);

/* Prints one line each on standard error; returns the exit code, 0 when there
 * are none. */
int cmd_show_causes(const struct causes *c);
int cmd_show_err(const struct err *e);

#endif
